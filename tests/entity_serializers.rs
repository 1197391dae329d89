//! Serializers that are written for the model of an entity: what they accept, show and describe.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

use poem::{Endpoint, http::Method, test::TestClient};
use restflow::prelude::*;
use sea_orm::{ConnectionTrait, Schema};
use serde_json::{Value, json};

pub mod category {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "category")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        #[sea_orm(has_many)]
        pub products: HasMany<super::product::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A natural key, which the client chooses.
pub mod brand {
    use restflow::prelude::{
        model_serializer,
        sea_orm::{self, entity::prelude::*},
    };

    #[model_serializer(BrandSerializer, fields = "__all__")]
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "brand")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub code: String,
        #[sea_orm(column_type = "Char(Some(2))")]
        pub country: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod tag {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "tag")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod product {
    use restflow::prelude::{
        model_serializer,
        sea_orm::{self, entity::prelude::*},
    };

    /// A product for sale.
    #[model_serializer(
        ProductSerializer,
        exclude(cost),
        read_only(created_at),
        extra(
            name(validate(length(min = 2))),
            secret(write_only),
            stock(label = "In stock")
        )
    )]
    #[model_serializer(
        SummarySerializer,
        fields(name, id, tags, reviews),
        name = "ProductSummary",
        read_only(name),
        deny_unknown_fields
    )]
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "product")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        /// What the customer sees.
        #[sea_orm(column_type = "String(StringLen::N(20))")]
        #[serializer(label = "Title")]
        #[validate(does_not_contain(pattern = "!"))]
        pub name: String,
        #[sea_orm(unique)]
        #[validate(length(max = 8))]
        pub sku: String,
        #[sea_orm(column_type = "Decimal(Some((8, 2)))")]
        pub price: Decimal,
        #[sea_orm(default_value = 5)]
        pub stock: i32,
        pub note: Option<String>,
        pub cost: Option<i32>,
        pub secret: Option<String>,
        pub created_at: Option<DateTimeUtc>,
        pub category_id: i32,
        #[sea_orm(belongs_to, from = "category_id", to = "id")]
        pub category: BelongsTo<super::category::Entity>,
        /// Who makes it.
        pub brand_code: Option<String>,
        #[sea_orm(belongs_to, from = "brand_code", to = "code")]
        pub brand: BelongsTo<Option<super::brand::Entity>>,
        #[sea_orm(has_many)]
        pub reviews: HasMany<super::review::Entity>,
        #[sea_orm(has_many, via = "product_tag")]
        pub tags: HasMany<super::tag::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod product_tag {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "product_tag")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub product_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub tag_id: i32,
        #[sea_orm(belongs_to, from = "product_id", to = "id")]
        pub product: BelongsTo<super::product::Entity>,
        #[sea_orm(belongs_to, from = "tag_id", to = "id")]
        pub tag: BelongsTo<super::tag::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod review {
    use restflow::prelude::{
        model_serializer,
        sea_orm::{self, entity::prelude::*},
    };

    #[model_serializer(ReviewSerializer, fields = "__all__")]
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "review")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique_key = "once")]
        pub product_id: i32,
        #[sea_orm(belongs_to, from = "product_id", to = "id")]
        pub product: BelongsTo<super::product::Entity>,
        #[sea_orm(unique_key = "once", default_value = "somebody")]
        pub author: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The format without relations among the fields.
pub mod offer {
    use restflow::prelude::{
        model_serializer,
        sea_orm::{self, entity::prelude::*},
    };

    #[model_serializer(
        OfferSerializer,
        fields = "__all__",
        extra(product_id(related = super::product::Entity, rename = "product"))
    )]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "offer")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub product_id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Columns with limits that are keys, or shown as something else; a relation that says its columns
/// as SeaORM shows them.
pub mod sticker {
    use restflow::{
        prelude::{
            model_serializer,
            sea_orm::{self, entity::prelude::*},
        },
        serializers::SerializerContext,
    };

    #[model_serializer(
        StickerSerializer,
        fields = "__all__",
        extra(
            brand_code(related = super::brand::Entity),
            kind(constant = "sticker".to_owned()),
            title(computed = StickerSerializer::title),
        )
    )]
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sticker")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique, column_type = "String(StringLen::N(8))")]
        pub brand_code: String,
        #[sea_orm(unique, column_type = "String(StringLen::N(8))", default_value = "")]
        pub kind: String,
        #[sea_orm(column_type = "Char(Some(8))", default_value = "")]
        pub title: String,
        pub product_id: i32,
        #[sea_orm(belongs_to, from = "Column::ProductId", to = "Column::Id")]
        pub product: BelongsTo<super::product::Entity>,
    }

    impl StickerSerializer {
        fn title(&self, _: &SerializerContext<'_>) -> String {
            format!("{} on {}", self.brand_code, self.product)
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A relation by another column than the primary key.
pub mod shelf {
    use restflow::prelude::{
        model_serializer,
        sea_orm::{self, entity::prelude::*},
    };

    #[model_serializer(
        ShelfSerializer,
        fields = "__all__",
        extra(product_stock(related = super::product::Entity))
    )]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "shelf")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub product_stock: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::product::Entity",
            from = "Column::ProductStock",
            to = "super::product::Column::Stock"
        )]
        Product,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// What was written for the entity, and more beside it.
#[derive(Debug, ModelSerializer)]
#[serializer(entity = product::Entity)]
pub struct ProductDetailSerializer {
    #[serializer(flatten)]
    pub product: product::ProductSerializer,
    #[serializer(read_only)]
    pub reviews: Vec<review::ReviewSerializer>,
}

macro_rules! views {
    ($($view:ident: $entity:ident, $serializer:ty;)*) => {$(
        #[derive(Debug, ModelViewSet)]
        pub struct $view;

        impl ApiView for $view {}

        impl GenericView for $view {
            type Entity = $entity::Entity;
            type Serializer = $serializer;
        }
    )*};
}

views! {
    Products: product, product::ProductSerializer;
    Details: product, ProductDetailSerializer;
    Reviews: review, review::ReviewSerializer;
    Offers: offer, offer::OfferSerializer;
    Brands: brand, brand::BrandSerializer;
    Stickers: sticker, sticker::StickerSerializer;
}

#[derive(Debug, ViewSet, ListModelMixin, UpdateModelMixin)]
pub struct Summaries;

impl ApiView for Summaries {}

impl GenericView for Summaries {
    type Entity = product::Entity;
    type Serializer = product::SummarySerializer;
}

#[derive(Debug)]
pub struct Shop;

impl UrlConf for Shop {
    fn urls() -> Urls {
        let mut router = DefaultRouter::new();
        router.register("products", Products);
        router.register("details", Details);
        router.register("summaries", Summaries);
        router.register("reviews", Reviews);
        router.register("offers", Offers);
        router.register("brands", Brands);
        router.register("stickers", Stickers);
        Urls::new().include("", router)
    }
}

async fn app() -> impl Endpoint {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    let schema = Schema::new(db.get_database_backend());
    for table in [
        schema.create_table_from_entity(category::Entity),
        schema.create_table_from_entity(brand::Entity),
        schema.create_table_from_entity(tag::Entity),
        schema.create_table_from_entity(product::Entity),
        schema.create_table_from_entity(product_tag::Entity),
        schema.create_table_from_entity(review::Entity),
        schema.create_table_from_entity(offer::Entity),
        schema.create_table_from_entity(sticker::Entity),
    ] {
        db.execute(&table).await.unwrap();
    }
    for statement in [
        "INSERT INTO category (name) VALUES ('Kitchen')",
        "INSERT INTO brand (code) VALUES ('ACME')",
        "INSERT INTO tag (name) VALUES ('new'), ('eco')",
    ] {
        db.execute_unprepared(statement).await.unwrap();
    }
    let api = OpenApiService::new(restflow::api::<Shop>(db), "Shop", "1");
    Route::new()
        .at("/openapi.json", api.spec_endpoint())
        .nest("/", api)
}

async fn play(table: Vec<(Method, &str, Value, u16, Value)>) {
    let client = TestClient::new(app().await);
    for (method, path, body, status, expected) in table {
        let story = format!("{method} {path} {body}");
        let mut request = client.request(method, path);
        if !body.is_null() {
            request = request.body_json(&body);
        }
        let response = request.send().await.0;
        let found = response.status().as_u16();
        let text = response.into_body().into_string().await.unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        assert_eq!((found, answer), (status, expected), "{story}");
    }
}

#[tokio::test]
async fn input_follows_the_columns() {
    let knife = json!({
        "name": "Knife", "sku": "K1", "price": "9.90", "category": 1, "brand": "ACME",
        "secret": "steel", "id": 77, "created_at": "2020-01-01T00:00:00Z", "cost": 3,
    });
    let shown = |id: i32, name: &str, stock: i32| {
        json!({
            "id": id, "name": name, "sku": "K1", "price": "9.90", "stock": stock, "note": null,
            "created_at": null, "category": 1, "brand": "ACME",
        })
    };
    let missing = json!(["This field is required."]);
    play(vec![
        (
            Method::POST,
            "/products/",
            json!({}),
            400,
            json!({
                "name": missing, "sku": missing, "price": missing, "category": missing,
            }),
        ),
        (
            Method::POST,
            "/products/",
            json!({
                "name": "!".repeat(21), "sku": "123456789", "price": "1234567.891",
                "category": 9, "brand": "NONE", "stock": "many",
            }),
            400,
            json!({
                "name": [
                    "Ensure this field has no more than 20 characters.",
                    "This field must not contain \"!\".",
                ],
                "sku": ["Ensure this field has no more than 8 characters."],
                "price": ["Ensure that there are no more than 8 digits in total."],
                "category": ["Invalid pk \"9\" - object does not exist."],
                "brand": ["Invalid pk \"NONE\" - object does not exist."],
                "stock": ["A valid integer is required."],
            }),
        ),
        (
            Method::POST,
            "/products/",
            json!({"name": "K", "sku": "K1", "price": 1, "category": 1}),
            400,
            json!({"name": ["Ensure this field has at least 2 characters."]}),
        ),
        (
            Method::POST,
            "/products/",
            knife.clone(),
            201,
            shown(1, "Knife", 5),
        ),
        (
            Method::POST,
            "/products/",
            knife,
            400,
            json!({"sku": ["product with this sku already exists."]}),
        ),
        (
            Method::PATCH,
            "/products/1/",
            json!({"name": "Blade", "stock": 2}),
            200,
            shown(1, "Blade", 2),
        ),
        // A serializer over the same entity with other fields.
        (
            Method::PATCH,
            "/summaries/1/",
            json!({"name": "ignored", "tags": [2, 1], "reviews": [4]}),
            200,
            json!({"name": "Blade", "id": 1, "tags": [1, 2], "reviews": []}),
        ),
        (
            Method::PATCH,
            "/summaries/1/",
            json!({"sku": "X"}),
            400,
            json!({"sku": ["Unknown field."]}),
        ),
        // The format without relations, with a key that was told.
        (
            Method::POST,
            "/offers/",
            json!({"product": 1}),
            201,
            json!({"id": 1, "product": 1}),
        ),
        (
            Method::POST,
            "/offers/",
            json!({"product": 2}),
            400,
            json!({"product": ["Invalid pk \"2\" - object does not exist."]}),
        ),
        // A key is as long as it is, and a relation takes the place of its column.
        (
            Method::POST,
            "/stickers/",
            json!({"brand_code": "NONE-SUCH", "product": 9, "kind": "x", "title": "x"}),
            400,
            json!({
                "brand_code": ["Invalid pk \"NONE-SUCH\" - object does not exist."],
                "product": ["Invalid pk \"9\" - object does not exist."],
            }),
        ),
        (
            Method::POST,
            "/stickers/",
            json!({"brand_code": "ACME", "product": 1}),
            201,
            json!({
                "id": 1, "brand_code": "ACME", "kind": "sticker", "title": "ACME on 1",
                "product": 1,
            }),
        ),
        (
            Method::POST,
            "/stickers/",
            json!({"brand_code": "ACME", "product": 1}),
            400,
            json!({"brand_code": ["sticker with this brand code already exists."]}),
        ),
        // A set that no two rows have, which needs all of its values.
        (
            Method::POST,
            "/reviews/",
            json!({"product": 1, "author": "Ann"}),
            201,
            json!({"id": 1, "product": 1, "author": "Ann"}),
        ),
        (
            Method::POST,
            "/reviews/",
            json!({"product": 1}),
            400,
            json!({"author": missing}),
        ),
        (
            Method::POST,
            "/reviews/",
            json!({"product": 1, "author": "Ann"}),
            400,
            json!({"non_field_errors": ["The fields product, author must make a unique set."]}),
        ),
        (
            Method::GET,
            "/details/1/",
            Value::Null,
            200,
            json!({
                "id": 1, "name": "Blade", "sku": "K1", "price": "9.90", "stock": 2, "note": null,
                "created_at": null, "category": 1, "brand": "ACME",
                "reviews": [{"id": 1, "product": 1, "author": "Ann"}],
            }),
        ),
        // A key that the client chooses is required and unique.
        (
            Method::POST,
            "/brands/",
            json!({"country": "DEU"}),
            400,
            json!({
                "code": missing,
                "country": ["Ensure this field has no more than 2 characters."],
            }),
        ),
        (
            Method::POST,
            "/brands/",
            json!({"code": "ACME"}),
            400,
            json!({"code": ["brand with this code already exists."]}),
        ),
        (
            Method::POST,
            "/brands/",
            json!({"code": "BEST", "country": "DE"}),
            201,
            json!({"code": "BEST", "country": "DE"}),
        ),
    ])
    .await;
}

#[tokio::test]
async fn the_document_says_what_the_columns_say() {
    let client = TestClient::new(app().await);
    let response = client.get("/openapi.json").send().await.0;
    let text = response.into_body().into_string().await.unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let schemas = &document["components"]["schemas"];
    let product = &schemas["Product"];
    let properties = &product["properties"];
    assert_eq!(properties["id"]["readOnly"], true);
    assert_eq!(properties["created_at"]["readOnly"], true);
    assert_eq!(properties["name"]["maxLength"], 20);
    assert_eq!(properties["name"]["description"], "What the customer sees.");
    assert_eq!(properties["note"]["nullable"], true);
    assert_eq!(properties["category"]["type"], "integer");
    assert_eq!(properties["brand"]["type"], "string");
    assert!(properties.get("cost").is_none() && properties.get("tags").is_none());
    assert!(schemas["ProductSummary"]["properties"]["tags"]["items"]["type"] == "integer");
    let request = &schemas["ProductRequest"];
    assert_eq!(
        request["required"],
        json!(["name", "sku", "price", "category"])
    );
    assert_eq!(
        schemas["ReviewRequest"]["required"],
        json!(["product", "author"])
    );
}

#[test]
fn a_serializer_is_described_as_if_it_were_written_by_hand() {
    let fields = product::ProductSerializer::fields();
    let names: Vec<_> = fields.iter().map(|field| field.name.as_ref()).collect();
    assert_eq!(
        names,
        [
            "id",
            "name",
            "sku",
            "price",
            "stock",
            "note",
            "secret",
            "created_at",
            "category",
            "brand",
        ]
    );
    assert_eq!(fields[1].label, "Title");
    assert_eq!(fields[4].label, "In stock");
    let names = product::SummarySerializer::fields();
    let names: Vec<_> = names.iter().map(|field| field.name.as_ref()).collect();
    assert_eq!(names, ["name", "id", "tags", "reviews"]);
}

#[test]
fn a_key_that_is_not_the_primary_one_is_refused_at_the_start() {
    let class = SerializerClass::of::<shelf::ShelfSerializer>();
    assert_eq!(
        class.unrelated().unwrap(),
        "the field `product_stock` takes primary keys of `product`, but `shelf.product_stock` refers \
         to `product.stock`: declare the column as a value, without `related`"
    );
    for class in [
        SerializerClass::of::<product::ProductSerializer>(),
        SerializerClass::of::<ProductDetailSerializer>(),
        SerializerClass::of::<offer::OfferSerializer>(),
    ] {
        assert_eq!(class.unrelated(), None);
    }
}

//! A shop whose answers have rows of other tables attached.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "entities are public as they are in an application"
)]

use std::cmp::Reverse;

use restflow::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectionTrait, Order, Schema, sea_query::ExprTrait};

pub const PRODUCTS: i32 = 1100;
const START: i64 = 1_700_000_000;

pub mod author {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "author")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod product {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "product")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub code: Option<String>,
        #[sea_orm(default_value = "eu")]
        pub region: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod review {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "review")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        /// Null for a review of the shop itself.
        pub product_id: Option<i32>,
        pub author_id: i32,
        pub rating: i32,
        #[sea_orm(column_type = "Decimal(Some((10, 2)))")]
        pub price: Decimal,
        pub comment: String,
        pub created_at: DateTimeUtc,
        #[sea_orm(belongs_to, from = "product_id", to = "id")]
        pub product: BelongsTo<Option<super::product::Entity>>,
        #[sea_orm(belongs_to, from = "author_id", to = "id")]
        pub author: BelongsTo<super::author::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod price {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "price")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub code: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: String,
        pub amount: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A review as it was stored.
pub struct ReviewRow {
    pub id: i32,
    pub product: i32,
    pub rating: i32,
    pub author: &'static str,
    /// Hours after the first; some are equal.
    pub hour: i64,
    pub price: String,
}

/// All reviews of products: as many as the product's number leaves by four.
fn reviews() -> impl Iterator<Item = ReviewRow> {
    let pairs = (1..=PRODUCTS).flat_map(|product| (0..product % 4).map(move |k| (product, k)));
    pairs.zip(1..).map(|((product, k), id)| ReviewRow {
        id,
        product,
        rating: (k * 2 + product) % 5,
        author: if (k + product) % 2 == 0 { "ann" } else { "bob" },
        hour: i64::from((k * 7 + product) % 3),
        price: format!("{product}.{k}0"),
    })
}

pub fn reviews_of(product: i32) -> Vec<ReviewRow> {
    reviews()
        .filter(|review| review.product == product)
        .collect()
}

/// The newest review; of several at the same time the first.
pub fn latest(product: i32) -> Option<ReviewRow> {
    reviews_of(product)
        .into_iter()
        .min_by_key(|review| (Reverse(review.hour), review.id))
}

/// The reviews with the best ratings; of equal ratings the last ones.
pub fn best(product: i32, limit: usize) -> Vec<ReviewRow> {
    let mut reviews = reviews_of(product);
    reviews.sort_by_key(|review| (Reverse(review.rating), Reverse(review.id)));
    reviews.truncate(limit);
    reviews
}

pub fn product_code(product: i32) -> Option<String> {
    (product % 5 != 0).then(|| format!("C{}", product % 10))
}

fn region(product: i32) -> &'static str {
    if product % 3 == 0 { "us" } else { "eu" }
}

/// What the product costs where it is sold; the sixth kind is not sold in the US.
pub fn price_of(product: i32) -> Option<serde_json::Value> {
    let sold = product % 5 != 0 && !(product % 10 == 6 && region(product) == "us");
    sold.then(|| serde_json::json!({"amount": amount(product % 10, region(product))}))
}

fn amount(kind: i32, region: &str) -> i32 {
    kind * 100 + if region == "us" { 7 } else { 0 }
}

/// A database with the rows above.
pub async fn open(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    if url.starts_with("sqlite") {
        options.max_connections(1);
    }
    let db = Database::connect(options).await.unwrap();
    let schema = Schema::new(db.get_database_backend());
    for table in [
        schema.create_table_from_entity(author::Entity),
        schema.create_table_from_entity(product::Entity),
        schema.create_table_from_entity(review::Entity),
        schema.create_table_from_entity(price::Entity),
    ] {
        db.execute(&table).await.unwrap();
    }
    let authors = ["ann", "bob"].map(|name| author::ActiveModel {
        name: Set(name.to_owned()),
        ..Default::default()
    });
    author::Entity::insert_many(authors)
        .exec(&db)
        .await
        .unwrap();
    let products = (1..=PRODUCTS).map(|id| product::ActiveModel {
        id: Set(id),
        name: Set(format!("p{id:04}")),
        code: Set(product_code(id)),
        region: Set(region(id).to_owned()),
    });
    product::Entity::insert_many(products.collect::<Vec<_>>())
        .exec(&db)
        .await
        .unwrap();
    let of_the_shop = review::ActiveModel {
        id: Set(100_000),
        product_id: Set(None),
        author_id: Set(1),
        rating: Set(5),
        price: Set(Decimal::ONE),
        comment: Set("a fine shop".to_owned()),
        created_at: Set(at(0)),
    };
    let reviews = reviews().map(|row| review::ActiveModel {
        id: Set(row.id),
        product_id: Set(Some(row.product)),
        author_id: Set(if row.author == "ann" { 1 } else { 2 }),
        rating: Set(row.rating),
        price: Set(row.price.parse().unwrap()),
        comment: Set(format!("r{}", row.id)),
        created_at: Set(at(row.hour)),
    });
    review::Entity::insert_many(reviews.chain([of_the_shop]).collect::<Vec<_>>())
        .exec(&db)
        .await
        .unwrap();
    let kinds = (0..10).flat_map(|kind| [(kind, "eu"), (kind, "us")]);
    let prices = kinds.filter(|kind| *kind != (6, "us"));
    let prices = prices.map(|(kind, region)| price::ActiveModel {
        code: Set(format!("C{kind}")),
        region: Set(region.to_owned()),
        amount: Set(amount(kind, region)),
    });
    price::Entity::insert_many(prices.collect::<Vec<_>>())
        .exec(&db)
        .await
        .unwrap();
    db
}

fn at(hour: i64) -> DateTimeUtc {
    DateTimeUtc::from_timestamp(START + hour * 3600, 0).unwrap()
}

pub fn app(db: DatabaseConnection) -> impl Endpoint<Output = poem::Response> {
    Route::new().nest(
        "/",
        OpenApiService::new(restflow::api::<Shop>(db), "Shop", "1"),
    )
}

struct Shop;

impl UrlConf for Shop {
    fn urls() -> Urls {
        let mut router = SimpleRouter::new();
        router.register("products", ProductViewSet);
        router.register("reviews", ReviewViewSet);
        Urls::new()
            .include("", router)
            .path("checked/{pk}/", CheckedProductView)
            .path("prices/", PriceView)
            .path("twins/", TwinView)
            .path("many/", ManyView)
            .path("missing/", MissingView)
    }
}

#[derive(ModelSerializer)]
#[serializer(entity = author::Entity)]
pub struct AuthorSerializer {
    name: String,
}

/// A review with a relation and an expression of its own.
#[derive(ModelSerializer)]
#[serializer(entity = review::Entity)]
pub struct LatestReviewSerializer {
    id: i32,
    rating: i32,
    #[serializer(read_only)]
    author: AuthorSerializer,
    #[serializer(annotated = review::Column::Rating.into_expr().mul(20))]
    stars: i32,
    #[serializer(decimal(max_digits = 10, decimal_places = 2))]
    price: Decimal,
}

#[derive(ModelSerializer)]
#[serializer(entity = review::Entity)]
pub struct ReviewIdSerializer {
    id: i32,
}

/// The joining `id` is not shown.
#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
pub struct ProductSerializer {
    name: String,
    #[serializer(post_fetch(product_id = "id"))]
    latest: Option<LatestReviewSerializer>,
    #[serializer(post_fetch(product_id = "id"))]
    best: Vec<ReviewIdSerializer>,
    #[serializer(post_fetch(product_id = "id"))]
    by_ann: Vec<ReviewIdSerializer>,
}

fn reviews_of_products() -> PostFetches {
    let latest = PostFetch::new(ProductSerializer::LATEST, review::Entity::find())
        .order_by(review::Column::CreatedAt, Order::Desc);
    let best = PostFetch::new(ProductSerializer::BEST, review::Entity::find())
        .order_by(review::Column::Rating, Order::Desc)
        .order_by(review::Column::Id, Order::Desc)
        .limit(2);
    let by_ann = review::Entity::find()
        .inner_join(author::Entity)
        .filter(author::Column::Name.eq("ann"));
    let by_ann = PostFetch::new(ProductSerializer::BY_ANN, by_ann);
    PostFetches::new().with(latest).with(best).with(by_ann)
}

fn oldest_as_latest() -> PostFetch<product::Entity, Option<LatestReviewSerializer>> {
    PostFetch::new(ProductSerializer::LATEST, review::Entity::find())
        .order_by(review::Column::CreatedAt, Order::Asc)
}

fn pages() -> Option<Paginator> {
    PageNumberPagination::new(10)
        .page_size_query_param("page_size")
        .max_page_size(100)
        .into()
}

#[derive(ModelViewSet)]
pub struct ProductViewSet;

impl ApiView for ProductViewSet {
    fn get_post_fetches(&self, _request: &Request) -> PostFetches {
        reviews_of_products()
    }
}

impl GenericView for ProductViewSet {
    type Entity = product::Entity;
    type Serializer = ProductSerializer;

    fn pagination_class(&self) -> Option<Paginator> {
        pages()
    }
}

#[actions]
impl ProductViewSet {
    /// The product with its oldest review as the latest.
    #[action(detail = true)]
    async fn oldest(&self, request: &Request) -> Result<Response> {
        let product = self.get_object(request).await?;
        self.serialized_response(request, product)
            .post_fetch(oldest_as_latest())
            .await
    }

    /// The first products, streamed with their oldest reviews as the latest.
    #[action(detail = false)]
    async fn export(&self, request: &Request) -> Result<Response> {
        let products = product::Entity::find()
            .filter(product::Column::Id.lte(9))
            .order_by_asc(product::Column::Id);
        let rows = self
            .streamed_rows(request, products)
            .post_fetches(PostFetches::new().with(oldest_as_latest()))
            .await?;
        Ok(StreamingJsonListResponse::new(rows).into())
    }
}

/// Loads the whole object, for its permission looks at it.
#[derive(RetrieveApiView)]
pub struct CheckedProductView;

struct IsProduct;

impl ObjectPermission<product::Model> for IsProduct {
    async fn has_object_permission(&self, _: &Request, product: &product::Model) -> Result<bool> {
        Ok(!product.region.is_empty())
    }
}

impl ApiView for CheckedProductView {
    fn permission_classes(&self) -> Permissions {
        Permissions::new().with_object(IsProduct)
    }

    fn get_post_fetches(&self, _request: &Request) -> PostFetches {
        reviews_of_products()
    }
}

impl GenericView for CheckedProductView {
    type Entity = product::Entity;
    type Serializer = ProductSerializer;
}

#[derive(ModelSerializer)]
#[serializer(entity = price::Entity)]
pub struct PriceSerializer {
    amount: i32,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
pub struct PricedProductSerializer {
    code: Option<String>,
    #[serializer(post_fetch(code = "code", region = "region"))]
    price: Option<PriceSerializer>,
}

/// Joined by two columns, one of which may be null.
#[derive(ListApiView)]
pub struct PriceView;

impl ApiView for PriceView {
    fn get_post_fetches(&self, _request: &Request) -> PostFetches {
        let price = PostFetch::new(PricedProductSerializer::PRICE, price::Entity::find());
        PostFetches::new().with(price)
    }
}

impl GenericView for PriceView {
    type Entity = product::Entity;
    type Serializer = PricedProductSerializer;

    async fn get_queryset(&self, request: &Request) -> Result<Queryset<Self>> {
        let products = product::Entity::find().order_by_asc(product::Column::Id);
        Ok(match number(request, "only") {
            Some(only) => products.filter(product::Column::Id.eq(only)),
            None => products.filter(product::Column::Id.lte(40)),
        })
    }
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
pub struct ProductNameSerializer {
    name: String,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
pub struct TwinSerializer {
    #[serializer(read_only)]
    id: i32,
    #[serializer(post_fetch(id = "id", region = "region"))]
    twin: Option<ProductNameSerializer>,
}

/// Each product joined with itself, by as many pairs of values as there are products.
#[derive(ListApiView)]
pub struct TwinView;

impl ApiView for TwinView {
    fn get_post_fetches(&self, _request: &Request) -> PostFetches {
        PostFetches::new().with(PostFetch::new(
            TwinSerializer::TWIN,
            product::Entity::find(),
        ))
    }
}

impl GenericView for TwinView {
    type Entity = product::Entity;
    type Serializer = TwinSerializer;

    fn queryset(&self) -> Queryset<Self> {
        product::Entity::find().order_by_asc(product::Column::Id)
    }
}

fn number(request: &Request, name: &str) -> Option<u32> {
    request.query_params().get(name)?.parse().ok()
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
pub struct ManySerializer {
    #[serializer(read_only)]
    id: i32,
    #[serializer(post_fetch(product_id = "id"))]
    reviews: Vec<ReviewIdSerializer>,
}

/// A plain view that answers a list of whole rows, with post-fetches of the view.
pub struct ManyView;

impl ApiView for ManyView {
    fn get_post_fetches(&self, request: &Request) -> PostFetches {
        let reviews = PostFetch::new(ManySerializer::REVIEWS, review::Entity::find())
            .order_by(review::Column::Rating, Order::Desc)
            .order_by(review::Column::Id, Order::Desc);
        PostFetches::new().with(match number(request, "limit") {
            Some(limit) => reviews.limit(limit),
            None => reviews,
        })
    }
}

#[handlers]
impl ManyView {
    async fn get(&self, request: &Request) -> Result<Response> {
        let products = product::Entity::find()
            .filter(product::Column::Id.lte(number(request, "to").unwrap_or(9)))
            .order_by_asc(product::Column::Id);
        self.serialized_response(request, products.all(request.db()).await?)
            .serializer::<ManySerializer>()
            .status(StatusCode::ACCEPTED)
            .header("x-shop", "many")
            .await
    }
}

#[derive(ModelSerializer)]
#[serializer(entity = review::Entity)]
pub struct ReviewedProductSerializer {
    id: i32,
    #[serializer(annotated = review::Column::Rating.into_expr().mul(20))]
    stars: i32,
    #[serializer(nested, read_only)]
    product: Option<ManySerializer>,
}

/// Reviews with their products, which have post-fetched reviews.
#[derive(ReadOnlyModelViewSet)]
pub struct ReviewViewSet;

impl ApiView for ReviewViewSet {
    fn get_post_fetches(&self, _request: &Request) -> PostFetches {
        let reviews = PostFetch::new(ManySerializer::REVIEWS, review::Entity::find())
            .order_by(review::Column::Rating, Order::Desc)
            .order_by(review::Column::Id, Order::Desc);
        PostFetches::new().with(reviews)
    }
}

impl GenericView for ReviewViewSet {
    type Entity = review::Entity;
    type Serializer = ReviewedProductSerializer;

    fn queryset(&self) -> Queryset<Self> {
        review::Entity::find().filter(review::Column::ProductId.lte(9))
    }

    fn pagination_class(&self) -> Option<Paginator> {
        pages()
    }
}

/// Nobody fills the field, or a queryset that cannot; the body tells what the log has.
#[derive(ListApiView)]
pub struct MissingView;

impl ApiView for MissingView {
    fn exception_handler(&self, _request: &Request, error: &ApiError) -> serde_json::Value {
        serde_json::json!({"cause": error.log_source().map(ToString::to_string)})
    }

    fn get_post_fetches(&self, request: &Request) -> PostFetches {
        let reviews = review::Entity::find();
        let reviews = match request.query_params().get("with") {
            Some("order") => reviews.order_by_asc(review::Column::Id),
            Some("limit") => reviews.limit(3),
            Some("distinct") => reviews.distinct(),
            Some("group") => reviews.group_by(review::Column::ProductId),
            _ => return PostFetches::new(),
        };
        PostFetches::new().with(PostFetch::new(ManySerializer::REVIEWS, reviews))
    }
}

impl GenericView for MissingView {
    type Entity = product::Entity;
    type Serializer = ManySerializer;

    async fn get_queryset(&self, request: &Request) -> Result<Queryset<Self>> {
        let to = number(request, "to").unwrap_or(9);
        Ok(product::Entity::find().filter(product::Column::Id.lte(to)))
    }
}

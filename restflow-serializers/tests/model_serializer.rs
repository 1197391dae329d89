//! A model serializer with every attribute, from input to rows and back.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    missing_debug_implementations,
    reason = "tests"
)]

mod shop;

use restflow_exceptions::{ElementErrors, ErrorDetail};
use restflow_fields::FieldInfo;
use restflow_macros::{ModelSerializer, Serializer};
use restflow_serializers::{
    FormData, Input, ListLimits, ModelSerializer as _, Serializer as _, SerializerClass,
    SerializerContext, Validated, Validation,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, TransactionTrait,
    prelude::{Date, DateTimeUtc, Decimal, Json, Time},
};
use serde_json::{Value, json};
use shop::{Shop, category, product, product::Status, review, tag};

#[derive(ModelSerializer)]
#[serializer(entity = category::Entity, crate = "restflow_serializers")]
pub struct CategorySerializer {
    #[serializer(read_only)]
    pub id: i32,
    #[validate(length(max = 100))]
    pub name: String,
    #[validate(slug, length(max = 50))]
    #[serializer(unique)]
    pub slug: String,
}

#[derive(ModelSerializer)]
#[serializer(entity = review::Entity, crate = "restflow_serializers")]
pub struct ReviewSerializer {
    #[validate(range(min = 1, max = 5))]
    pub rating: i16,
}

#[derive(ModelSerializer)]
#[serializer(entity = tag::Entity, crate = "restflow_serializers")]
pub struct TagSerializer {
    #[serializer(read_only)]
    pub id: i32,
    #[serializer(unique, error_messages(unique = "There is such a tag."))]
    pub name: String,
}

/// A product for sale.
#[derive(ModelSerializer)]
#[serializer(
    entity = product::Entity,
    crate = "restflow_serializers",
    validate = Self::check,
    to_representation = Self::fill,
)]
pub struct ProductSerializer {
    #[serializer(read_only)]
    pub id: i32,
    /// What the customer sees.
    #[validate(length(max = 20))]
    #[serializer(validate = refuse_forbidden)]
    pub name: String,
    #[validate(length(min = 3, max = 12, message = "Three to twelve.", code = "sku"))]
    #[serializer(unique)]
    pub sku: String,
    #[serializer(decimal(max_digits = 10, decimal_places = 2))]
    #[validate(range(min = 0))]
    pub price: Decimal,
    #[serializer(decimal(max_digits = 4, decimal_places = 1))]
    pub discount: Option<Decimal>,
    #[serializer(default)]
    pub in_stock: bool,
    #[serializer(default = Status::OnSale)]
    pub status: Status,
    #[serializer(related = category::Entity)]
    pub category: i32,
    #[serializer(related = product::Entity)]
    pub parent_id: Option<i32>,
    #[serializer(related = tag::Entity, required = false)]
    pub tags: Vec<i32>,
    #[serializer(required = false, label = "Kind", help_text = "Of thing.")]
    #[validate(custom(function = no_digits, message = "No digits."))]
    pub r#type: String,
    pub released_on: Option<Date>,
    pub opening_time: Option<Time>,
    #[serializer(rename = "extra")]
    pub attributes: Option<Json>,
    #[serializer(write_only, not_saved, required = false)]
    #[validate(length(max = 20), does_not_contain(pattern = "!"))]
    pub staff_note: String,
    #[serializer(read_only, source = "category")]
    pub category_detail: CategorySerializer,
    #[serializer(read_only, related = category::Entity, source = "category.name")]
    pub category_name: String,
    #[serializer(read_only)]
    pub reviews: Vec<ReviewSerializer>,
    #[serializer(computed)]
    pub url: String,
    #[serializer(read_only)]
    pub created_at: DateTimeUtc,
}

impl ProductSerializer {
    fn check(
        data: &mut ProductSerializerData,
        validation: &Validation<'_>,
    ) -> Result<(), ErrorDetail> {
        let instance = validation.instance::<product::Model>();
        let price = data.price.or(instance.map(|instance| instance.price));
        let status = data.status.or(instance.map(|instance| instance.status));
        if status == Some(Status::OnSale) && price == Some(Decimal::ZERO) {
            return Err("Products on sale have a price.".into());
        }
        Ok(())
    }

    fn fill(&mut self, context: &SerializerContext<'_>) {
        self.url = format!("{}/products/{}/", context.base_url(), self.id);
    }
}

fn refuse_forbidden(name: &mut String, _: &Validation<'_>) -> Result<(), ErrorDetail> {
    if name.to_lowercase().contains("forbidden") {
        return Err("This name is not allowed.".into());
    }
    name.retain(|c| c != '?');
    Ok(())
}

fn no_digits(text: &str) -> Result<(), validator::ValidationError> {
    match text.chars().any(char::is_numeric) {
        true => Err(validator::ValidationError::new("digits")),
        false => Ok(()),
    }
}

/// The same by slugs.
#[derive(ModelSerializer)]
#[serializer(entity = product::Entity, crate = "restflow_serializers")]
pub struct SluggedSerializer {
    pub name: String,
    pub sku: String,
    #[serializer(decimal(max_digits = 10, decimal_places = 2))]
    pub price: Decimal,
    #[serializer(related = category::Entity, slug_field = "slug")]
    pub category: String,
    #[serializer(related = tag::Entity, slug_field = "name", required = false)]
    pub tags: Vec<String>,
    #[serializer(read_only, nested, column = "parent_id")]
    pub parent: Option<ShortSerializer>,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity, crate = "restflow_serializers", name = "ShortProduct")]
pub struct ShortSerializer {
    #[serializer(source = "name")]
    pub title: String,
    #[serializer(read_only)]
    pub tags: Vec<TagSerializer>,
}

/// Columns that no client chooses.
#[derive(ModelSerializer)]
#[serializer(entity = product::Entity, crate = "restflow_serializers", name = "Draft")]
pub struct DraftSerializer {
    pub name: String,
    pub sku: String,
    #[serializer(decimal(max_digits = 10, decimal_places = 2))]
    pub price: Decimal,
    #[serializer(hidden, related = category::Entity, default_with = Self::category)]
    pub category: i32,
    #[serializer(hidden, create_only, default = Status::Draft)]
    pub status: Status,
}

impl DraftSerializer {
    fn category(validation: &Validation<'_>) -> i32 {
        if validation.is_update() { 1 } else { 2 }
    }
}

/// A primary key that clients may send.
#[derive(ModelSerializer)]
#[serializer(entity = product::Entity, crate = "restflow_serializers", name = "Keyed")]
pub struct KeyedSerializer {
    #[serializer(required = false)]
    pub id: i32,
    pub name: String,
}

/// Fields that are computed from the others, top down.
#[derive(ModelSerializer)]
#[serializer(
    entity = product::Entity,
    crate = "restflow_serializers",
    name = "PriceTag",
    to_representation = Self::shout
)]
pub struct PriceTagSerializer {
    pub name: String,
    #[serializer(decimal(max_digits = 10, decimal_places = 2))]
    pub price: Decimal,
    /// With the tax.
    #[serializer(computed = Self::gross, decimal(max_digits = 12, decimal_places = 2))]
    pub gross: Decimal,
    #[serializer(computed = price_tag)]
    pub tag: Option<String>,
}

impl PriceTagSerializer {
    fn gross(&self, _: &SerializerContext<'_>) -> Decimal {
        self.price * Decimal::new(12, 1)
    }

    fn shout(&mut self, _: &SerializerContext<'_>) {
        self.tag = self.tag.as_deref().map(str::to_uppercase);
    }
}

fn price_tag(row: &PriceTagSerializer, context: &SerializerContext<'_>) -> Option<String> {
    (row.gross > Decimal::TEN)
        .then(|| format!("{} at {}", row.gross.round_dp(1), context.base_url()))
}

fn minimal() -> Value {
    json!({"name": "Teapot", "sku": "TEA-1", "price": "12.50", "category": 2})
}

#[allow(clippy::needless_pass_by_value, reason = "it is called with a literal")]
fn minimal_with(changes: Value) -> Value {
    let mut input = minimal();
    for (name, value) in changes.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}

#[tokio::test]
async fn create_reads_every_kind_of_field_and_saves_links_in_one_transaction() {
    let shop = Shop::open().await;
    let input = minimal_with(json!({
        "id": 77, "category": "2", "parent_id": 1, "tags": [3, 1, 3], "in_stock": true,
        "status": "draft", "discount": 2.5, "type": "pot", "released_on": "2024-02-29",
        "opening_time": "10:00", "extra": {"a": [1]}, "staff_note": "hi", "url": "x",
    }));
    let created = shop.create::<ProductSerializer>(input).await.unwrap();
    assert_eq!((created.id, created.r#type.as_str()), (4, "pot"));
    let statements = shop.statements();
    assert_eq!(statements.len(), 4, "{statements:#?}");
    assert!(statements[0].contains(r#"FROM "tag" WHERE "tag"."id" IN"#));
    assert!(statements[1].starts_with("SELECT EXISTS(SELECT 1"));
    assert!(statements[2].starts_with("INSERT INTO \"product\""));
    assert!(statements[3].starts_with("INSERT INTO \"product_tag\""));

    let class = SerializerClass::of::<ProductSerializer>();
    let shown = class.represent_model(&created, &shop.context()).await;
    let expected = json!({
        "id": 4, "name": "Teapot", "sku": "TEA-1", "price": "12.50", "discount": "2.5",
        "in_stock": true, "status": "draft", "category": 2, "parent_id": 1, "tags": [1, 3],
        "type": "pot", "released_on": "2024-02-29", "opening_time": "10:00:00",
        "extra": {"a": [1]},
        "category_detail": {"id": 2, "name": "Kitchen", "slug": "kitchen"},
        "category_name": "Kitchen", "reviews": [],
        "url": "https://shop.example/products/4/", "created_at": "2024-01-02T03:04:05Z",
    });
    assert_eq!(shown.unwrap().to_value().unwrap(), expected);
}

#[tokio::test]
async fn a_unique_field_has_words_of_its_own() {
    let shop = Shop::open().await;
    let error = shop.validate::<TagSerializer>(json!({"name": "eco"})).await;
    assert_eq!(
        error.unwrap_err(),
        json!({"name": ["There is such a tag."]})
    );
}

#[tokio::test]
async fn hidden_columns_are_written_and_neither_read_nor_shown() {
    let shop = Shop::open().await;
    let input = minimal_with(json!({"category": 1, "status": "on_sale"}));
    let created = shop.create::<DraftSerializer>(input.clone()).await.unwrap();
    assert_eq!((created.category_id, created.status), (2, Status::Draft));

    let on_sale = shop.product(1).await;
    let update = shop.validate_update::<DraftSerializer>(&on_sale, false, input);
    let values = update.await.unwrap();
    let saved = values.save(&shop.db).await;
    assert_eq!(
        saved.unwrap_err().detail().to_value(),
        json!({"sku": ["product with this sku already exists."]})
    );

    let input = minimal_with(json!({"sku": "TEA-2"}));
    let update = shop.validate_update::<DraftSerializer>(&on_sale, false, input);
    let saved = update.await.unwrap().save(&shop.db).await.unwrap();
    assert_eq!((saved.category_id, saved.status), (1, Status::OnSale));

    let select = product::Entity::find_by_id(3);
    let shown = shop.list::<DraftSerializer, _>(select).await;
    assert_eq!(shown, r#"[{"name":"Spoon","sku":"SPO-1","price":"1.50"}]"#);
}

#[tokio::test]
async fn computed_fields_see_the_row_and_those_above_them() {
    let shop = Shop::open().await;
    let select = product::Entity::find().filter(product::Column::Id.is_in([1, 3]));
    let shown = shop.list::<PriceTagSerializer, _>(select).await;
    let expected = concat!(
        r#"[{"name":"Knife","price":"9.90","gross":"11.88","tag":"11.9 AT HTTPS://SHOP.EXAMPLE"},"#,
        r#"{"name":"Spoon","price":"1.50","gross":"1.80","tag":null}]"#
    );
    assert_eq!(shown, expected);
    let gross = &PriceTagSerializer::fields()[2];
    assert!(gross.read_only && !gross.required);
    assert_eq!(gross.help_text.as_deref(), Some("With the tax."));
}

#[tokio::test]
async fn defaults_are_put_in_and_unsent_columns_are_left_to_the_model() {
    let shop = Shop::open().await;
    let created = shop.create::<ProductSerializer>(minimal()).await.unwrap();
    assert_eq!((created.in_stock, created.status), (false, Status::OnSale));
    assert_eq!((created.r#type.as_str(), created.discount), ("thing", None));
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity, crate = "restflow_serializers")]
struct TagsSerializer {
    #[serializer(related = tag::Entity)]
    tags: Vec<i32>,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity, crate = "restflow_serializers")]
struct FewTagsSerializer {
    #[serializer(related = tag::Entity, slug_field = "name")]
    #[validate(length(min = 2, max = 3, message = "Two or three."))]
    tags: Vec<String>,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity, crate = "restflow_serializers")]
struct ManyTagsSerializer {
    #[serializer(related = tag::Entity)]
    #[validate(length(max = 5000))]
    tags: Vec<i32>,
}

#[tokio::test]
async fn lists_of_related_rows_have_limits_and_so_have_their_errors() {
    let shop = Shop::open().await;
    shop.statements();
    let long = shop.validate::<TagsSerializer>(json!({"tags": vec![1; 1001]}));
    let expected = json!({"tags": ["Ensure this field has no more than 1000 elements."]});
    assert_eq!(long.await.unwrap_err(), expected);
    for tags in [json!(["eco"]), json!(["a", "b", "c", "d"])] {
        let errors = shop.validate::<FewTagsSerializer>(json!({"tags": tags}));
        let expected = json!({"tags": ["Two or three."]});
        assert_eq!(errors.await.unwrap_err(), expected, "{tags}");
    }
    assert!(shop.statements().is_empty());

    // A missing row is told once.
    let same = shop.validate::<TagsSerializer>(json!({"tags": vec![99; 1000]}));
    let expected = json!({"tags": ["Invalid pk \"99\" - object does not exist."]});
    assert_eq!(same.await.unwrap_err(), expected);
    let missing: Vec<i32> = (100..3000).collect();
    let errors = shop.validate::<ManyTagsSerializer>(json!({"tags": missing}));
    let errors = errors.await.unwrap_err();
    assert_eq!(errors["tags"].as_array().unwrap().len(), 1000);

    let limits = |fields: Vec<FieldInfo>| {
        let list = fields[0].child.as_deref().unwrap();
        (list.min_length, list.max_length)
    };
    assert_eq!(limits(TagsSerializer::fields()), (None, Some(1000)));
    assert_eq!(limits(FewTagsSerializer::fields()), (Some(2), Some(3)));
}

#[derive(Serializer)]
#[serializer(crate = "restflow_serializers")]
struct ItemSerializer {
    #[serializer(related = product::Entity)]
    product: i32,
}

#[derive(Serializer)]
#[serializer(crate = "restflow_serializers")]
struct CartSerializer {
    #[serializer(required = false)]
    items: Vec<ItemSerializer>,
    #[serializer(required = false)]
    categories: Vec<CategorySerializer>,
}

#[tokio::test]
async fn nested_lists_have_a_limit_and_ask_together() {
    let shop = Shop::open().await;
    let item = json!({"product": 99});
    let long = shop.validate::<CartSerializer>(json!({"items": vec![&item; 1001]}));
    let text = "Ensure this field has no more than 1000 elements.";
    let expected = json!({"items": {"non_field_errors": [text]}});
    assert_eq!(long.await.unwrap_err(), expected);
    assert_eq!(CartSerializer::fields()[0].max_length, Some(1000));

    shop.statements();
    let right = json!({"product": 1});
    let items = json!({"items": [right, item, right, item]});
    let errors = shop.validate::<CartSerializer>(items).await.unwrap_err();
    let missing = json!({"product": ["Invalid pk \"99\" - object does not exist."]});
    assert_eq!(errors, json!({"items": {"1": missing, "3": missing}}));
    assert_eq!(shop.statements().len(), 1);

    let category = json!({"name": "Toys", "slug": "toys"});
    let twice = shop.validate::<CartSerializer>(json!({"categories": [category, category]}));
    let taken = json!({"slug": ["category with this slug already exists."]});
    assert_eq!(
        twice.await.unwrap_err(),
        json!({"categories": {"1": taken}})
    );
}

#[tokio::test]
async fn every_error_of_every_field_is_reported_in_drfs_words() {
    let shop = Shop::open().await;
    let required = json!(["This field is required."]);
    let cases = [
        (
            json!({}),
            json!({"name": required, "sku": required, "price": required, "category": required}),
        ),
        (
            json!({
                "name": "", "sku": "x", "price": "-1", "discount": "x", "in_stock": "maybe",
                "status": "bad", "category": "x", "parent_id": 99, "tags": [1, "x", 100],
                "type": "a1", "released_on": "31/01/2024", "opening_time": "25:00",
                "staff_note": "!xxxxxxxxxxxxxxxxxxxxxxx",
            }),
            json!({
                "name": ["This field may not be blank."],
                "sku": ["Three to twelve."],
                "price": ["Ensure this value is greater than or equal to 0."],
                "discount": ["A valid number is required."],
                "in_stock": ["Must be a valid boolean."],
                "status": ["\"bad\" is not a valid choice."],
                "category": ["Incorrect type. Expected pk value, received str."],
                "parent_id": ["Invalid pk \"99\" - object does not exist."],
                "tags": ["Incorrect type. Expected pk value, received str."],
                "type": ["No digits."],
                "released_on": ["Date has wrong format. Use one of these formats instead: YYYY-MM-DD."],
                "opening_time": ["Time has wrong format. Use one of these formats instead: hh:mm[:ss[.uuuuuu]]."],
                "staff_note": [
                    "Ensure this field has no more than 20 characters.",
                    "This field must not contain \"!\".",
                ],
            }),
        ),
        (
            json!({"name": "A Forbidden name", "sku": "KNI-1", "price": null, "category": true, "tags": "1", "type": "0"}),
            json!({
                "name": ["This name is not allowed."],
                "sku": ["product with this sku already exists."],
                "price": ["This field may not be null."],
                "category": ["Incorrect type. Expected pk value, received bool."],
                "tags": ["Expected a list of items but got type \"str\"."],
                "type": ["No digits."],
            }),
        ),
        (
            minimal_with(json!({"price": "0"})),
            json!({"non_field_errors": ["Products on sale have a price."]}),
        ),
        (
            json!([1]),
            json!({"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}),
        ),
        (
            json!(null),
            json!({"non_field_errors": ["No data provided"]}),
        ),
        (
            minimal_with(json!({"category": "1_0"})),
            json!({"category": ["Invalid pk \"1_0\" - object does not exist."]}),
        ),
        (
            minimal_with(json!({"category": 99_999_999_999_i64})),
            json!({"category": ["Invalid pk \"99999999999\" - object does not exist."]}),
        ),
        (
            minimal_with(json!({"category": [1]})),
            json!({"category": ["Incorrect type. Expected pk value, received list."]}),
        ),
        (
            minimal_with(json!({"tags": [99, "x"]})),
            json!({"tags": ["Invalid pk \"99\" - object does not exist."]}),
        ),
        (
            minimal_with(json!({"tags": [null]})),
            json!({"tags": ["Invalid pk \"None\" - object does not exist."]}),
        ),
        (
            minimal_with(json!({"tags": {"a": 1}})),
            json!({"tags": ["Incorrect type. Expected pk value, received str."]}),
        ),
        (
            minimal_with(json!({"tags": null})),
            json!({"tags": ["This field may not be null."]}),
        ),
    ];
    for (input, expected) in cases {
        let errors = shop.validate::<ProductSerializer>(input.clone()).await;
        assert_eq!(errors.unwrap_err(), expected, "{input}");
    }
    for category in [json!(2.9), json!(" 2 ")] {
        let input = minimal_with(json!({"category": category}));
        let validated = shop.validate::<ProductSerializer>(input).await.unwrap();
        assert_eq!(
            validated.data::<ProductSerializer>().unwrap().category,
            Some(2)
        );
    }
}

#[tokio::test]
async fn declared_codes_travel_with_the_messages() {
    let shop = Shop::open().await;
    let context = shop.context();
    let input = Input::from_json(minimal_with(json!({"sku": "x"})));
    let error = ProductSerializer::validate(input, &Validation::new(&context)).await;
    let error = error.unwrap_err();
    assert_eq!(error.detail().first_message().unwrap().code, "sku");
}

#[tokio::test]
async fn put_wants_required_fields_and_patch_only_looks_at_what_was_sent() {
    let shop = Shop::open().await;
    let knife = shop.product(1).await;
    let errors = shop
        .validate_update::<ProductSerializer>(&knife, false, json!({"name": "x"}))
        .await
        .unwrap_err();
    assert_eq!(
        errors.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["sku", "price", "category"]
    );

    let put = minimal_with(json!({"sku": "KNI-1"}));
    let validated = shop
        .validate_update::<ProductSerializer>(&knife, false, put)
        .await;
    let saved = validated.unwrap().save(&shop.db).await.unwrap();
    assert_eq!(
        (saved.name.as_str(), saved.in_stock, saved.updates),
        ("Teapot", false, 1)
    );

    shop.statements();
    let patch = json!({"discount": null, "id": 77, "created_at": "2000-01-01T00:00:00Z"});
    let validated = shop
        .validate_update::<ProductSerializer>(&saved, true, patch)
        .await
        .unwrap();
    assert!(validated.is_partial());
    let saved = validated.save(&shop.db).await.unwrap();
    assert_eq!((saved.id, saved.in_stock, saved.updates), (1, false, 2));
    let statements = shop.statements();
    assert_eq!(statements.len(), 1);
    assert!(
        statements[0].starts_with(r#"UPDATE "product" SET "discount" = ?, "updates" = ? WHERE"#)
    );

    let errors = shop
        .validate_update::<ProductSerializer>(&saved, true, json!({"sku": "NOV-1", "price": 0}))
        .await
        .unwrap_err();
    assert_eq!(
        errors,
        json!({"sku": ["product with this sku already exists."]})
    );
}

#[tokio::test]
async fn links_are_replaced_and_those_that_stay_keep_their_other_columns() {
    let shop = Shop::open().await;
    let knife = shop.product(1).await;
    shop.statements();
    let patch = json!({"tags": [2, 3, 2]});
    let validated = shop
        .validate_update::<ProductSerializer>(&knife, true, patch)
        .await
        .unwrap();
    validated.save(&shop.db).await.unwrap();
    let links = shop::product_tag::Entity::find()
        .order_by_asc(shop::product_tag::Column::TagId)
        .all(&shop.db)
        .await
        .unwrap();
    let links: Vec<_> = links
        .iter()
        .filter(|link| link.product_id == 1)
        .map(|link| (link.tag_id, link.note.as_deref()))
        .collect();
    assert_eq!(links, [(2, None), (3, Some("kept"))]);
    assert_eq!(shop.product(1).await.updates, 1);

    let validated = shop.validate_update::<ProductSerializer>(&knife, true, json!({"tags": []}));
    validated.await.unwrap().save(&shop.db).await.unwrap();
    assert!(
        shop.list::<ProductSerializer, _>(product::Entity::find_by_id(1))
            .await
            .contains(r#""tags":[],"#)
    );
}

#[tokio::test]
async fn list_takes_one_query_and_one_for_each_relation() {
    let shop = Shop::open().await;
    let select = product::Entity::find().order_by_asc(product::Column::Id);
    let listed = shop.list::<ProductSerializer, _>(select).await;
    let statements = shop.statements();
    // The page, then tags, category_detail, category_name and reviews.
    assert_eq!(statements.len(), 5, "{statements:#?}");
    assert!(!statements[0].contains("updates"), "{}", statements[0]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let tags: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["tags"])
        .collect();
    assert_eq!(tags, [&json!([1, 3]), &json!([]), &json!([2])]);
    assert_eq!(listed[0]["reviews"], json!([{"rating": 5}, {"rating": 3}]));
    assert_eq!(listed[1]["category_detail"]["name"], "Books");
    assert_eq!(listed[2]["category_name"], "Kitchen");

    let select = product::Entity::find().order_by_asc(product::Column::Id);
    let listed = shop.list::<SluggedSerializer, _>(select).await;
    // The page, then categories, tags, parents and the tags of the parents.
    assert_eq!(shop.statements().len(), 5);
    assert!(listed.starts_with(
        r#"[{"name":"Knife","sku":"KNI-1","price":"9.90","category":"kitchen","tags":["new","café"],"parent":null},"#
    ), "{listed}");
    assert!(
        listed.ends_with(
            r#""parent":{"title":"Knife","tags":[{"id":1,"name":"new"},{"id":3,"name":"café"}]}}]"#
        ),
        "{listed}"
    );
}

#[tokio::test]
async fn empty_page_takes_no_further_query() {
    let shop = Shop::open().await;
    let listed = shop
        .list::<ProductSerializer, _>(product::Entity::find_by_id(99))
        .await;
    assert_eq!((listed.as_str(), shop.statements().len()), ("[]", 1));
}

#[tokio::test]
async fn slugs_stand_for_rows() {
    let shop = Shop::open().await;
    let input = minimal_with(json!({"category": "books", "tags": ["eco", "café", "eco"]}));
    let validated = shop
        .validate::<SluggedSerializer>(input.clone())
        .await
        .unwrap();
    let data = validated.data::<SluggedSerializer>().unwrap();
    assert_eq!(
        (data.category, data.tags.clone()),
        (Some(1), Some(vec![2, 3]))
    );
    let created = shop.create::<SluggedSerializer>(input).await.unwrap();
    let shown = shop
        .list::<SluggedSerializer, _>(product::Entity::find_by_id(created.id))
        .await;
    assert!(
        shown.contains(r#""category":"books","tags":["eco","café"],"#),
        "{shown}"
    );
}

#[tokio::test]
async fn missing_slugs_are_named() {
    let shop = Shop::open().await;
    let table = [
        (json!("nope"), "nope"),
        (json!(true), "True"),
        (json!([]), "[]"),
        (json!({}), "{}"),
        (json!(1.5), "1.5"),
    ];
    for (category, shown) in table {
        let input = minimal_with(json!({"category": category, "tags": ["eco", "zzz"]}));
        let errors = shop.validate::<SluggedSerializer>(input).await.unwrap_err();
        let expected = json!({
            "category": [format!("Object with slug={shown} does not exist.")],
            "tags": ["Object with name=zzz does not exist."],
        });
        assert_eq!(errors, expected);
    }
}

#[tokio::test]
async fn unique_value_that_another_request_took_meanwhile_is_an_error_of_its_field() {
    let shop = Shop::open().await;
    let first = shop.validate::<ProductSerializer>(minimal()).await.unwrap();
    let second = minimal_with(json!({"tags": [1]}));
    let second = shop.validate::<ProductSerializer>(second).await.unwrap();
    first
        .into_typed::<product::Entity>(None)
        .unwrap()
        .save(&shop.db)
        .await
        .unwrap();
    let error = second
        .into_typed::<product::Entity>(None)
        .unwrap()
        .save(&shop.db)
        .await;
    let error = error.unwrap_err();
    assert_eq!(error.status(), 400);
    assert_eq!(
        error.detail().to_value(),
        json!({"sku": ["product with this sku already exists."]})
    );
    assert!(error.log_source().unwrap().to_string().contains("UNIQUE"));
    // The transaction is gone, the connection is free.
    assert_eq!(
        product::Entity::find().all(&shop.db).await.unwrap().len(),
        4
    );
}

#[tokio::test]
async fn broken_foreign_key_is_an_error_of_the_input() {
    let shop = Shop::open().await;
    let run = |statement| shop.db.execute_unprepared(statement);
    run("INSERT INTO category VALUES (9, 'Gone', 'gone')")
        .await
        .unwrap();
    let input = minimal_with(json!({"category": 9}));
    let validated = shop.validate::<ProductSerializer>(input).await.unwrap();
    run("DELETE FROM category WHERE id = 9").await.unwrap();
    let error = validated
        .into_typed::<product::Entity>(None)
        .unwrap()
        .save(&shop.db)
        .await;
    let error = error.unwrap_err();
    assert_eq!(error.status(), 400);
    assert_eq!(
        error.detail().to_value(),
        json!({"category": ["Invalid pk \"9\" - object does not exist."]})
    );
}

#[tokio::test]
async fn an_update_keeps_the_primary_key_and_with_it_the_row() {
    let shop = Shop::open().await;
    let instance = shop.product(1).await;
    let input = json!({"id": 2, "name": "Changed"});
    let validated = shop.validate_update::<KeyedSerializer>(&instance, false, input);
    let saved = validated.await.unwrap().save(&shop.db).await.unwrap();
    assert_eq!((saved.id, saved.name.as_str()), (1, "Changed"));
    assert_eq!(shop.product(2).await.name, "Novel");
}

#[tokio::test]
async fn set_adds_columns_of_any_fitting_type() {
    let shop = Shop::open().await;
    let validated = shop.validate::<ProductSerializer>(minimal()).await.unwrap();
    let mut validated: Validated<product::Entity> = validated.into_typed(None).unwrap();
    validated.active_model_mut().updates = Set(7);
    let saved = validated
        .set(product::Column::ParentId, 1_i64)
        .set(product::Column::Discount, Option::<String>::None)
        .save(&shop.db)
        .await
        .unwrap();
    assert_eq!((saved.parent_id, saved.updates), (Some(1), 7));

    let validated = shop.validate::<ProductSerializer>(minimal_with(json!({"sku": "OTHER"})));
    let validated: Validated<product::Entity> = validated.await.unwrap().into_typed(None).unwrap();
    let error = validated
        .set(product::Column::ParentId, "x")
        .save(&shop.db)
        .await;
    assert_eq!(error.unwrap_err().status(), 500);
}

#[tokio::test]
async fn save_in_joins_the_transaction_of_the_caller() {
    let shop = Shop::open().await;
    let validated = shop.validate::<ProductSerializer>(minimal_with(json!({"tags": [1]})));
    let validated: Validated<product::Entity> = validated.await.unwrap().into_typed(None).unwrap();
    let transaction = shop.db.begin().await.unwrap();
    validated.save_in(&transaction).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(
        product::Entity::find().all(&shop.db).await.unwrap().len(),
        3
    );
}

#[tokio::test]
async fn forms_are_read_as_drf_reads_them() {
    let shop = Shop::open().await;
    let form: FormData = [
        ("name", "Teapot"),
        ("sku", "TEA-1"),
        ("price", "1"),
        ("category", "2"),
        ("discount", ""),
        ("tags", "1"),
        ("tags", "3"),
        ("type", ""),
    ]
    .into_iter()
    .collect();
    let validated = shop.validate::<ProductSerializer>(form).await.unwrap();
    let data = validated.data::<ProductSerializer>().unwrap();
    assert_eq!((data.discount, data.in_stock), (Some(None), Some(false)));
    assert_eq!((&data.tags, &data.r#type), (&Some(vec![1, 3]), &None));
    let errors = shop
        .validate::<ProductSerializer>(FormData::new())
        .await
        .unwrap_err();
    assert_eq!(errors.as_object().unwrap().len(), 4);
}

#[test]
fn a_class_knows_the_names_of_its_fields() {
    let class = SerializerClass::of::<ProductSerializer>();
    for field in class.fields() {
        assert!(class.has_field(&field.name), "{field:?}");
    }
    assert!(!class.has_field("nothing"));
}

#[tokio::test]
async fn validate_many_reports_errors_by_index() {
    let shop = Shop::open().await;
    let context = shop.context();
    let class = SerializerClass::of::<ReviewSerializer>();
    let validation = Validation::new(&context);
    let validate = |input| class.validate_many(input, &validation, Default::default());
    let table = [
        (
            json!([{"rating": 3}, {}, {"rating": 9}, null]),
            json!({
                "1": {"rating": ["This field is required."]},
                "2": {"rating": ["Ensure this value is less than or equal to 5."]},
                "3": ["This field may not be null."],
            }),
        ),
        (
            json!({}),
            json!({"non_field_errors": ["Expected a list of items but got type \"dict\"."]}),
        ),
        (
            json!(vec![1; 1001]),
            json!({"non_field_errors": ["Ensure this field has no more than 1000 elements."]}),
        ),
    ];
    for (input, expected) in table {
        assert_eq!(
            validate(input).await.unwrap_err().detail().to_value(),
            expected
        );
    }
    assert_eq!(
        validate(json!([{"rating": 3}, {"rating": 4}]))
            .await
            .unwrap()
            .len(),
        2
    );
    let unlimited = ListLimits {
        max_length: None,
        ..ListLimits::default()
    };
    let errors = class.validate_many(json!(vec![1; 3000]), &validation, unlimited);
    let errors = errors.await.unwrap_err().detail().to_value();
    assert_eq!(errors.as_object().unwrap().len(), ElementErrors::ENOUGH);
}

#[tokio::test]
async fn foreign_types_are_internal_errors_that_name_both() {
    let shop = Shop::open().await;
    let class = SerializerClass::of::<CategorySerializer>();
    let knife = shop.product(1).await;
    let error = class
        .represent_model(&knife, &shop.context())
        .await
        .unwrap_err();
    let source = error.log_source().unwrap().to_string();
    assert!(
        source.contains("category::Model") && source.contains("product::Model"),
        "{source}"
    );
    let validated = shop
        .validate::<ReviewSerializer>(json!({"rating": 1}))
        .await
        .unwrap();
    let error = validated.into_typed::<product::Entity>(None).unwrap_err();
    let source = error.log_source().unwrap().to_string();
    assert!(
        source.contains("review::Entity") && source.contains("product::Entity"),
        "{source}"
    );
}

#[test]
fn fields_describe_themselves() {
    let fields = ProductSerializer::fields();
    let field = |name: &str| fields.iter().find(|field| field.name == name).unwrap();
    assert_eq!(ProductSerializer::NAME, "Product");
    assert_eq!(ShortSerializer::NAME, "ShortProduct");
    assert_eq!(
        field("name").help_text.as_deref(),
        Some("What the customer sees.")
    );
    assert_eq!(field("sku").max_length, Some(12));
    assert_eq!(field("in_stock").default, Some(json!(false)));
    assert_eq!(field("status").default, Some(json!("on_sale")));
    let labels: Vec<_> = field("status")
        .choices
        .iter()
        .map(|c| c.display_name.as_ref())
        .collect();
    assert_eq!(labels, ["Draft", "For sale"]);
    assert_eq!(field("category").kind.metadata_type(), "field");
    assert_eq!(
        (field("type").label.as_ref(), field("type").required),
        ("Kind", false)
    );
    assert_eq!(
        field("category_detail").reference.as_deref(),
        Some("Category")
    );
    assert!(field("category_detail").read_only && field("staff_note").write_only);
    let required: Vec<_> = fields
        .iter()
        .filter(|f| f.required)
        .map(|f| f.name.as_ref())
        .collect();
    assert_eq!(required, ["name", "sku", "price", "category"]);
    let columns = format!("{:?}", ProductSerializer::model_class().projection());
    assert!(
        columns.starts_with(r#"["id", "name", "sku", "price""#) && !columns.contains("updates")
    );
}

/// One review of each rating, of a product that the client does not choose.
#[derive(ModelSerializer)]
#[serializer(
    entity = review::Entity,
    crate = "restflow_serializers",
    unique_together(product, rating)
)]
pub struct OneReviewSerializer {
    #[serializer(related = product::Entity, hidden, default = 1)]
    pub product: i32,
    #[serializer(default = 5, rename = "stars")]
    pub rating: i16,
}

#[tokio::test]
async fn values_that_are_put_in_count_in_a_set() {
    let shop = Shop::open().await;
    let text = "The fields product, stars must make a unique set.";
    let taken = json!({"non_field_errors": [text]});
    for input in [
        json!({}),
        json!({"stars": 3}),
        json!({"stars": 5, "product": 3}),
    ] {
        shop.statements();
        let refused = shop.validate::<OneReviewSerializer>(input.clone()).await;
        assert_eq!(refused.unwrap_err(), taken, "{input}");
        assert_eq!(shop.statements().len(), 1, "{input}");
    }
    let input = json!({"stars": "many"});
    let refused = shop.validate::<OneReviewSerializer>(input).await;
    let invalid = json!({"stars": ["A valid integer is required."]});
    assert_eq!(refused.unwrap_err(), invalid);
    assert!(shop.statements().is_empty());
    let free = json!({"stars": 4});
    assert!(shop.validate::<OneReviewSerializer>(free).await.is_ok());
}

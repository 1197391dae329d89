//! Flattened serializers, unknown fields, constants, and values that are computed for a page.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    missing_debug_implementations,
    reason = "tests"
)]

mod shop;

use std::collections::HashMap;

use restflow_exceptions::{ApiError, ErrorDetail, Result};
use restflow_macros::{ModelSerializer, Serializer};
use restflow_serializers::{
    FormData, FromData, Input, ModelSerializer as _, Serializer as _, SerializerClass,
    SerializerContext, Validation,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    prelude::{DateTimeUtc, Decimal},
    sea_query::{Expr, Func},
};
use serde_json::{Value, json};
use shop::{Shop, category, product, review, tag};

/// What everything for sale has.
#[derive(Serializer)]
#[serializer(crate = "restflow_serializers", validate = Self::check)]
pub struct ForSale {
    /// What the customer sees.
    #[validate(length(max = 10))]
    pub name: String,
    #[serializer(decimal(max_digits = 10, decimal_places = 2))]
    pub price: Decimal,
    #[serializer(related = category::Entity)]
    pub category: i32,
}

impl ForSale {
    fn check(data: &mut ForSaleData, _: &Validation<'_>) -> Result<(), ErrorDetail> {
        match data.name.as_deref() {
            Some("Nothing") => Err("Nothing is not for sale.".into()),
            _ => Ok(()),
        }
    }
}

/// When something was made.
#[derive(Serializer)]
#[serializer(crate = "restflow_serializers")]
pub struct Stamps {
    #[serializer(read_only)]
    pub created_at: DateTimeUtc,
    #[serializer(constant = "shop")]
    pub origin: String,
    #[serializer(flatten)]
    pub counts: Counts,
}

#[derive(Serializer)]
#[serializer(crate = "restflow_serializers")]
pub struct Counts {
    #[serializer(read_only)]
    pub updates: i32,
}

#[derive(ModelSerializer)]
#[serializer(
    entity = product::Entity,
    crate = "restflow_serializers",
    name = "Product",
    validate = Self::check,
    deny_unknown_fields
)]
pub struct ProductSerializer {
    #[serializer(read_only)]
    pub id: i32,
    #[serializer(flatten)]
    pub sale: ForSale,
    #[serializer(unique)]
    pub sku: String,
    #[serializer(related = tag::Entity, required = false)]
    pub tags: Vec<i32>,
    #[serializer(annotated = Expr::from(Func::upper(Expr::col(product::Column::Name))))]
    pub loud: String,
    #[serializer(flatten)]
    pub stamps: Stamps,
}

impl ProductSerializer {
    fn check(
        data: &mut ProductSerializerData,
        validation: &Validation<'_>,
    ) -> Result<(), ErrorDetail> {
        let product = data.merged(validation);
        match (product.sale.name.as_deref(), product.sku.as_deref()) {
            (Some(name), Some(sku)) if name == sku => Err("Name and SKU differ.".into()),
            _ => Ok(()),
        }
    }
}

#[derive(ModelSerializer)]
#[serializer(entity = review::Entity, crate = "restflow_serializers", name = "Review")]
pub struct ReviewSerializer {
    pub rating: i16,
}

/// All of a product, and more.
#[derive(ModelSerializer)]
#[serializer(entity = product::Entity, crate = "restflow_serializers", name = "ProductDetail")]
pub struct ProductDetailSerializer {
    #[serializer(read_only)]
    pub r#type: String,
    #[serializer(flatten)]
    pub product: ProductSerializer,
    #[serializer(read_only)]
    pub reviews: Vec<ReviewSerializer>,
    #[serializer(computed_many = Self::count_reviews)]
    pub review_count: u64,
    #[serializer(computed_many = siblings, key = "parent_id")]
    pub siblings: Option<Vec<String>>,
}

impl ProductDetailSerializer {
    async fn count_reviews(
        keys: Vec<i32>,
        context: &SerializerContext<'_>,
    ) -> Result<HashMap<i32, u64>> {
        let reviews = review::Entity::find()
            .filter(review::Column::ProductId.is_in(keys))
            .all(context.db())
            .await?;
        let mut counts = HashMap::new();
        for review in reviews {
            *counts.entry(review.product_id).or_default() += 1;
        }
        Ok(counts)
    }
}

async fn siblings(
    keys: Vec<i32>,
    context: &SerializerContext<'_>,
) -> Result<HashMap<i32, Option<Vec<String>>>> {
    let children = product::Entity::find()
        .filter(product::Column::ParentId.is_in(keys))
        .order_by_asc(product::Column::Id)
        .all(context.db())
        .await?;
    let mut siblings: HashMap<_, Option<Vec<_>>> = HashMap::new();
    for child in children {
        if let Some(parent) = child.parent_id {
            let names = siblings.entry(parent).or_default();
            names.get_or_insert_default().push(child.name);
        }
    }
    Ok(siblings)
}

/// Without an entity.
#[derive(Serializer)]
#[serializer(crate = "restflow_serializers", deny_unknown_fields)]
pub struct Inquiry {
    pub text: String,
    #[serializer(flatten)]
    pub contact: Contact,
    #[serializer(constant = 2)]
    pub version: i32,
    #[serializer(hidden, default = "x")]
    pub secret: String,
    #[serializer(required = false)]
    pub lines: Option<Vec<LineSerializer>>,
}

#[derive(Serializer)]
#[serializer(crate = "restflow_serializers")]
pub struct Contact {
    #[validate(email)]
    pub email: String,
    #[serializer(default)]
    pub newsletter: bool,
}

#[derive(Serializer)]
#[serializer(crate = "restflow_serializers", deny_unknown_fields)]
pub struct LineSerializer {
    pub sku: String,
}

/// It has a column that no product has, and one of another type.
#[derive(Serializer)]
#[serializer(crate = "restflow_serializers")]
pub struct Misfit {
    #[serializer(read_only)]
    pub weight: i32,
    #[serializer(read_only)]
    pub name: i64,
    #[serializer(read_only)]
    pub sku: Option<String>,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity, crate = "restflow_serializers", name = "Misfits")]
pub struct MisfitSerializer {
    #[serializer(flatten)]
    pub misfit: Misfit,
}

fn valid() -> Value {
    json!({"name": "Pot", "sku": "POT-1", "price": "5", "category": 2, "tags": [2]})
}

#[tokio::test]
async fn flattened_fields_are_written_and_shown_among_the_others() {
    let shop = Shop::open().await;
    let created = shop.create::<ProductSerializer>(valid()).await.unwrap();
    assert_eq!((created.name.as_str(), created.category_id), ("Pot", 2));

    let expected = json!({
        "id": 4, "name": "Pot", "price": "5.00", "category": 2, "sku": "POT-1", "tags": [2],
        "loud": "POT", "created_at": "2024-01-02T03:04:05Z", "origin": "shop", "updates": 0,
    });
    let class = SerializerClass::of::<ProductSerializer>();
    let shown = class.represent_model(&created, &shop.context()).await;
    assert_eq!(shown.unwrap().to_value().unwrap(), expected);
    let select = product::Entity::find_by_id(4);
    let shown = shop.list::<ProductSerializer, _>(select).await;
    assert_eq!(
        serde_json::from_str::<Value>(&shown).unwrap(),
        json!([expected])
    );

    let names: Vec<_> = ProductSerializer::fields()
        .into_iter()
        .map(|field| field.name)
        .collect();
    let expected = [
        "id",
        "name",
        "price",
        "category",
        "sku",
        "tags",
        "loud",
        "created_at",
        "origin",
        "updates",
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn errors_of_flattened_fields_stand_at_the_top() {
    let shop = Shop::open().await;
    let required = json!(["This field is required."]);
    let cases = [
        (
            json!({}),
            json!({"name": required, "price": required, "category": required, "sku": required}),
        ),
        (
            json!({"name": "Much too long", "price": "x", "category": 99, "sku": "KNI-1"}),
            json!({
                "name": ["Ensure this field has no more than 10 characters."],
                "price": ["A valid number is required."],
                "category": ["Invalid pk \"99\" - object does not exist."],
                "sku": ["product with this sku already exists."],
            }),
        ),
        (
            json!({"name": "Nothing", "price": 1, "category": 1, "sku": ""}),
            json!({
                "non_field_errors": ["Nothing is not for sale."],
                "sku": ["This field may not be blank."],
            }),
        ),
        (
            json!({"name": "X", "price": 1, "category": 1, "sku": "X"}),
            json!({"non_field_errors": ["Name and SKU differ."]}),
        ),
    ];
    for (input, expected) in cases {
        let errors = shop.validate::<ProductSerializer>(input.clone()).await;
        assert_eq!(errors.unwrap_err(), expected, "{input}");
    }
}

#[tokio::test]
async fn a_partial_update_of_flattened_fields_writes_what_was_sent() {
    let shop = Shop::open().await;
    let knife = shop.product(1).await;
    let update = shop.validate_update::<ProductSerializer>(&knife, true, json!({"price": "3"}));
    let saved = update.await.unwrap().save(&shop.db).await.unwrap();
    assert_eq!(
        (saved.name.as_str(), saved.price),
        ("Knife", Decimal::from(3))
    );
    let update = shop.validate_update::<ProductSerializer>(&knife, true, json!({"sku": "Knife"}));
    assert_eq!(
        update.await.unwrap_err(),
        json!({"non_field_errors": ["Name and SKU differ."]})
    );
    let update = shop.validate_update::<ProductSerializer>(&knife, true, json!({}));
    assert!(update.await.is_ok());
}

#[tokio::test]
async fn a_model_serializer_is_flattened_with_all_that_it_loads() {
    let shop = Shop::open().await;
    let select = product::Entity::find().order_by_asc(product::Column::Id);
    let _ = shop.statements();
    let shown = shop.list::<ProductDetailSerializer, _>(select).await;
    let statements = shop.statements();
    assert_eq!(statements.len(), 5, "{statements:#?}");
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let knife = json!({
        "type": "tool", "id": 1, "name": "Knife", "price": "9.90", "category": 2, "sku": "KNI-1",
        "tags": [1, 3], "loud": "KNIFE", "created_at": "2024-01-02T03:04:05Z", "origin": "shop",
        "updates": 0, "reviews": [{"rating": 5}, {"rating": 3}], "review_count": 2,
        "siblings": null,
    });
    assert_eq!(shown[0], knife);
    assert_eq!(shown[1]["siblings"], json!(["Novel", "Spoon"]));
    assert_eq!(
        (&shown[2]["review_count"], &shown[2]["tags"]),
        (&json!(0), &json!([2]))
    );

    let class = SerializerClass::of::<ProductDetailSerializer>();
    let model = shop.product(1).await;
    let one = class.represent_model(&model, &shop.context()).await;
    assert_eq!(one.unwrap().to_value().unwrap(), knife);
    let mut input = valid();
    input["type"] = json!("ignored");
    let created = shop.create::<ProductDetailSerializer>(input).await;
    assert_eq!(created.unwrap().name, "Pot");
    assert_eq!(
        ProductDetailSerializer::model_class()
            .projection()
            .problems(),
        [""; 0]
    );
}

#[tokio::test]
async fn empty_pages_compute_nothing() {
    let shop = Shop::open().await;
    let select = product::Entity::find().filter(product::Column::Id.eq(99));
    let _ = shop.statements();
    assert_eq!(shop.list::<ProductDetailSerializer, _>(select).await, "[]");
    assert_eq!(shop.statements().len(), 1);
    let select = product::Entity::find_by_id(1).limit(1);
    let shown = shop.list::<ProductDetailSerializer, _>(select).await;
    assert!(shown.contains(r#""siblings":null"#), "{shown}");
}

#[tokio::test]
async fn columns_that_an_entity_does_not_have_are_a_wrong_configuration() {
    let problems = MisfitSerializer::model_class().projection().problems();
    let expected = [
        "has no column `weight`",
        "whose column `name` is no `i64`",
        "whose column `sku` is no `core::option::Option<alloc::string::String>`",
    ];
    assert_eq!(problems.len(), expected.len(), "{problems:?}");
    for (problem, expected) in problems.iter().zip(expected) {
        assert!(problem.starts_with("`Misfit` is flattened"), "{problem}");
        assert!(problem.ends_with(expected), "{problem}");
    }
    let class = SerializerClass::of::<MisfitSerializer>();
    assert!(class.misconfigured().unwrap().contains("`weight`"));
    assert_eq!(
        SerializerClass::of::<ProductSerializer>().misconfigured(),
        None
    );
    let shop = Shop::open().await;
    let model = shop.product(1).await;
    let error = class
        .represent_model(&model, &shop.context())
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "A server error occurred.");
}

async fn inquire(shop: &Shop, input: impl Into<Input>) -> Result<InquiryData> {
    let context = shop.context();
    let class = SerializerClass::of::<Inquiry>();
    let validated = class.validate(input, &Validation::new(&context)).await?;
    validated.into_data::<Inquiry>()
}

fn words(error: &ApiError) -> Value {
    error.detail().to_value()
}

#[tokio::test]
async fn plain_serializers_are_flattened_too() {
    let shop = Shop::open().await;
    let input = json!({"text": "Hi", "email": "a@example.com", "version": 9});
    let data = inquire(&shop, input).await.unwrap();
    let sent = json!({"text": "Hi", "email": "a@example.com", "newsletter": false});
    assert_eq!(serde_json::to_value(&data).unwrap(), sent);
    let inquiry = Inquiry::from_data(data).unwrap();
    let shown = json!({
        "text": "Hi", "email": "a@example.com", "newsletter": false, "version": 2, "lines": null,
    });
    assert_eq!(serde_json::to_value(&inquiry).unwrap(), shown);
    assert_eq!(inquiry.secret, "x");
    let version = &Inquiry::fields()[3];
    assert!(version.read_only && version.choices[0].value == json!(2));
}

#[tokio::test]
async fn unknown_fields_are_refused_where_it_is_said_and_ignored_elsewhere() {
    let shop = Shop::open().await;
    let unknown = json!(["Unknown field."]);
    let cases = [
        // Read-only fields are known: clients send back what they got.
        (
            json!({"text": "x", "email": "a@b.org", "version": 1, "secret": "y"}),
            json!({"secret": unknown}),
        ),
        (
            json!({"txt": 1, "email": "a", "non_field_errors": 1, "lines": [{"sku": "a"}, {"sku": "b", "qty": 1}]}),
            json!({
                "text": ["This field is required."],
                "email": ["Enter a valid email address."],
                "lines": {"1": {"qty": unknown}},
                "txt": unknown,
                "non_field_errors": unknown,
            }),
        ),
    ];
    for (input, expected) in cases {
        let error = inquire(&shop, input.clone()).await.unwrap_err();
        assert_eq!(words(&error), expected, "{input}");
        assert_eq!(error.detail().to_value(), expected);
    }
    let form: FormData = [
        ("text", "x"),
        ("email", "a@b.org"),
        ("lines[0]sku", "a"),
        ("lines[0]qty", "1"),
        ("other.x", "1"),
        ("other.y", "1"),
    ]
    .into_iter()
    .collect();
    assert_eq!(
        words(&inquire(&shop, form).await.unwrap_err()),
        json!({"lines": {"0": {"qty": unknown}}, "other": unknown})
    );
    let contact = SerializerClass::of::<Contact>();
    let context = shop.context();
    let input = json!({"email": "a@b.org", "x": 1});
    assert!(
        contact
            .validate(input, &Validation::new(&context))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn no_more_than_twenty_unknown_fields_are_named() {
    let shop = Shop::open().await;
    let mut input = json!({"text": "x", "email": "a@b.org"});
    for index in 0..10_000 {
        input[format!("{index}{}", "é".repeat(500))] = json!("secret");
    }
    let error = words(&inquire(&shop, input).await.unwrap_err());
    let error = error.as_object().unwrap();
    assert_eq!(error.len(), 21);
    assert_eq!(
        error["non_field_errors"],
        json!(["There are more unknown fields."])
    );
    assert!(error.keys().all(|name| name.chars().count() <= 101));
    assert!(!format!("{error:?}").contains("secret"));
}

//! The hooks of fields and of the whole object, plain and async.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    missing_debug_implementations,
    reason = "tests"
)]

mod shop;

use http::StatusCode;
use restflow_exceptions::{ApiError, ErrorDetail, ErrorMessage, FieldErrors, Result};
use restflow_macros::{ModelSerializer, Serializer};
use restflow_serializers::Validation;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, prelude::Decimal,
};
use serde_json::{Value, json};
use shop::{Shop, category, product, product::Status, tag};

/// A product whose name no other product of its category has.
#[derive(ModelSerializer)]
#[serializer(
    entity = product::Entity,
    crate = "restflow_serializers",
    name = "Hooked",
    validate = Self::check
)]
pub struct HookedSerializer {
    #[validate(length(max = 10))]
    #[serializer(validate = Self::check_name)]
    pub name: String,
    #[serializer(unique, validate = upper)]
    pub sku: String,
    #[serializer(decimal(max_digits = 10, decimal_places = 2))]
    pub price: Decimal,
    #[serializer(validate = at_most_the_price, required = false)]
    pub discount: Option<Decimal>,
    #[serializer(default = Status::Draft, validate = Self::check_status)]
    pub status: Status,
    #[serializer(related = category::Entity, validate = Self::check_category)]
    pub category: i32,
    #[serializer(related = tag::Entity, required = false, validate = Self::check_tags)]
    pub tags: Vec<i32>,
}

impl HookedSerializer {
    async fn check_name(name: &mut String, validation: &Validation<'_>) -> Result<()> {
        let found = product::Entity::find()
            .filter(product::Column::Name.eq(&*name))
            .count(validation.context().db())
            .await?;
        if found > 0 && !validation.is_update() {
            return Err(ErrorMessage::new("This name is taken.", "taken").into_error());
        }
        name.push('!');
        Ok(())
    }

    // It never waits, but may be async all the same.
    async fn check_status(status: &mut Status, _: &Validation<'_>) -> Result<(), ErrorDetail> {
        match status {
            Status::Draft => Err("Nobody sends drafts.".into()),
            Status::OnSale => Ok(()),
        }
    }

    async fn check_category(category: &mut i32, validation: &Validation<'_>) -> Result<()> {
        let found = category::Entity::find_by_id(*category);
        let found = found.one(validation.context().db()).await?;
        match found.ok_or_else(|| ApiError::internal("a related row exists"))? {
            category if category.slug == "books" => Err(ApiError::validation("No books.")),
            _ => Ok(()),
        }
    }

    fn check_tags(tags: &mut [i32], _: &Validation<'_>) -> Result<(), ErrorDetail> {
        tags.sort_unstable();
        match tags.len() {
            0..=2 => Ok(()),
            _ => Err("Two tags at most.".into()),
        }
    }

    async fn check(data: &mut HookedSerializerData, validation: &Validation<'_>) -> Result<()> {
        let product = data.merged(validation);
        let drafts = product::Entity::find()
            .filter(product::Column::Status.eq(Status::Draft))
            .filter(product::Column::CategoryId.eq(product.category))
            .count(validation.context().db())
            .await?;
        let mut errors = FieldErrors::new();
        if product.status == Some(Status::OnSale) && product.price == Some(Decimal::ZERO) {
            errors.add("price", "Products on sale have a price.");
        }
        if product.discount.flatten() > product.price {
            errors.add_non_field("The discount is more than the price.");
        }
        if drafts > 1 {
            errors.add_non_field("Finish the drafts first.");
        }
        Ok(errors.into_result()?)
    }
}

fn upper(sku: &mut String, _: &Validation<'_>) -> Result<(), ErrorDetail> {
    *sku = sku.to_uppercase();
    Ok(())
}

async fn at_most_the_price(
    discount: &mut Decimal,
    validation: &Validation<'_>,
) -> Result<(), ErrorDetail> {
    let instance = validation.instance::<product::Model>();
    match instance.is_some_and(|instance| *discount > instance.price) {
        true => Err("More than the price.".into()),
        false => Ok(()),
    }
}

trait IntoError {
    fn into_error(self) -> ApiError;
}

impl IntoError for ErrorMessage {
    fn into_error(self) -> ApiError {
        ApiError::validation(self)
    }
}

/// Its hook asks a table that is not there.
#[derive(Serializer)]
#[serializer(crate = "restflow_serializers")]
pub struct Broken {
    #[serializer(validate = ask_nobody)]
    pub name: String,
    #[serializer(default = 7, validate = odd)]
    pub number: i32,
}

async fn ask_nobody(_: &mut String, validation: &Validation<'_>) -> Result<()> {
    let db = validation.context().db();
    db.execute_unprepared("SELECT secret FROM nobody").await?;
    Ok(())
}

async fn odd(number: &mut i32, _: &Validation<'_>) -> Result<(), ErrorDetail> {
    match *number % 2 {
        0 => Err("Odd numbers only.".into()),
        _ => Ok(()),
    }
}

fn valid() -> Value {
    json!({"name": "Pot", "sku": "pot-1", "price": "5", "category": 2, "tags": [2, 1], "status": "on_sale"})
}

#[allow(clippy::needless_pass_by_value, reason = "it is called with a literal")]
fn valid_with(changes: Value) -> Value {
    let mut input = valid();
    for (name, value) in changes.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}

#[tokio::test]
async fn hooks_see_typed_values_and_may_change_them() {
    let shop = Shop::open().await;
    let validated = shop.validate::<HookedSerializer>(valid()).await.unwrap();
    let data = validated.data::<HookedSerializer>().unwrap();
    assert_eq!(data.name.as_deref(), Some("Pot!"));
    assert_eq!(data.sku.as_deref(), Some("POT-1"));
    assert_eq!(data.tags, Some(vec![1, 2]));
}

#[tokio::test]
async fn errors_of_all_hooks_and_fields_come_together() {
    let shop = Shop::open().await;
    let cases = [
        (
            json!({"name": "Knife", "sku": "KNI-1", "price": "x", "status": "draft", "category": 1, "tags": [1, 2, 3]}),
            json!({
                "name": ["This name is taken."],
                "sku": ["product with this sku already exists."],
                "price": ["A valid number is required."],
                "status": ["Nobody sends drafts."],
                "category": ["No books."],
                "tags": ["Two tags at most."],
            }),
        ),
        // A hook is not asked about a value that has failed, nor about a row that is not there.
        (
            valid_with(json!({"name": "Knife Knife Knife", "category": 99, "tags": [1, 2, 99]})),
            json!({
                "name": ["Ensure this field has no more than 10 characters."],
                "category": ["Invalid pk \"99\" - object does not exist."],
                "tags": ["Invalid pk \"99\" - object does not exist."],
            }),
        ),
        (
            valid_with(json!({"price": "0", "discount": "1"})),
            json!({
                "price": ["Products on sale have a price."],
                "non_field_errors": ["The discount is more than the price."],
            }),
        ),
    ];
    for (input, expected) in cases {
        let errors = shop.validate::<HookedSerializer>(input.clone()).await;
        assert_eq!(errors.unwrap_err(), expected, "{input}");
    }
}

#[tokio::test]
async fn a_partial_update_is_checked_as_the_row_that_it_makes() {
    let shop = Shop::open().await;
    let knife = shop.product(1).await;
    let cases = [
        (json!({}), None),
        (json!({"discount": "9.90"}), None),
        (
            json!({"discount": "10"}),
            Some(json!({"discount": ["More than the price."]})),
        ),
        (
            json!({"price": "0"}),
            Some(json!({"price": ["Products on sale have a price."]})),
        ),
        (
            json!({"price": "0", "status": "draft"}),
            Some(json!({"status": ["Nobody sends drafts."]})),
        ),
        (json!({"name": "Knife"}), None),
    ];
    for (input, expected) in cases {
        let update = shop.validate_update::<HookedSerializer>(&knife, true, input.clone());
        assert_eq!(update.await.err(), expected, "{input}");
    }
    let novel = shop.product(2).await;
    shop.db
        .execute_unprepared("UPDATE product SET discount = 3 WHERE id = 2")
        .await
        .unwrap();
    let novel = product::Model {
        discount: Some(Decimal::from(3)),
        ..novel
    };
    let update = shop.validate_update::<HookedSerializer>(&novel, true, json!({"price": 2}));
    assert_eq!(
        update.await.unwrap_err(),
        json!({"non_field_errors": ["The discount is more than the price."]})
    );
}

#[tokio::test]
async fn a_default_is_not_sent_and_no_matter_of_a_hook() {
    let shop = Shop::open().await;
    let mut input = valid();
    input.as_object_mut().unwrap().remove("status");
    let validated = shop.validate::<HookedSerializer>(input).await.unwrap();
    let data = validated.data::<HookedSerializer>().unwrap();
    assert_eq!(data.status, Some(Status::Draft));
}

#[tokio::test]
async fn a_database_that_does_not_answer_a_hook_is_no_error_of_the_input() {
    let shop = Shop::open().await;
    let context = shop.context();
    let class = restflow_serializers::SerializerClass::of::<Broken>();
    let run = async |input: Value| class.validate(input, &Validation::new(&context)).await;
    let error = run(json!({"name": "x", "number": 2})).await.unwrap_err();
    assert_eq!(error.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!error.to_string().contains("secret"), "{error}");
    let error = run(json!({"number": 2})).await.unwrap_err();
    let expected = json!({"name": ["This field is required."], "number": ["Odd numbers only."]});
    assert_eq!(error.detail().to_value(), expected);
}

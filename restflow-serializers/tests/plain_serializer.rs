//! Serializers without an entity: nested objects, lists, rules, defaults, forms.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    missing_debug_implementations,
    reason = "tests"
)]

use std::sync::LazyLock;

use chrono::TimeDelta;
use http::Extensions;
use regex::Regex;
use restflow_exceptions::{ApiError, ErrorDetail, ErrorMessage, FieldErrors};
use restflow_fields::MultipleChoice;
use restflow_macros::{Choices, Serializer};
use restflow_serializers::{
    FormData, FromData, Input, Serializer, SerializerClass, SerializerContext, Validation,
};
use sea_orm::{
    Database, DatabaseConnection,
    prelude::{Date, Decimal},
};
use serde_json::{Value, json};

#[derive(Debug, Serializer)]
#[serializer(crate = "restflow_serializers")]
pub struct AddressSerializer {
    #[validate(length(max = 10))]
    pub street: String,
    #[validate(regex(pattern = r"^\d{5}$"))]
    #[serializer(null = false)]
    pub zip: Option<String>,
}

#[derive(Debug, Serializer)]
#[serializer(crate = "restflow_serializers")]
pub struct LineSerializer {
    #[validate(length(min = 3))]
    pub sku: String,
    #[validate(range(min = 1))]
    #[serializer(default = 1)]
    pub qty: i32,
}

#[derive(Debug, Serializer)]
#[serializer(crate = "restflow_serializers", validate = street_is_no_note)]
pub struct Order {
    #[validate(email)]
    pub email: String,
    pub address: AddressSerializer,
    pub billing: Option<AddressSerializer>,
    #[validate(length(max = 2))]
    #[serializer(allow_empty = false)]
    pub lines: Vec<LineSerializer>,
    #[serializer(allow_blank, default = "none")]
    pub note: String,
    #[serializer(write_only, null = false)]
    #[validate(length(min = 4))]
    pub password: Option<String>,
}

fn street_is_no_note(data: &mut OrderData, _: &Validation<'_>) -> Result<(), ErrorDetail> {
    let street = data
        .address
        .as_ref()
        .and_then(|address| address.street.as_ref());
    if street == data.note.as_ref() {
        return Err(ErrorDetail::field("note", "Note repeats the street."));
    }
    Ok(())
}

/// The input of a bulk action.
#[derive(Debug, PartialEq, Serializer)]
#[serializer(crate = "restflow_serializers")]
pub struct Ids {
    #[validate(length(max = 20), each(range(min = 1)))]
    #[serializer(allow_empty = false)]
    pub ids: Vec<i64>,
}

static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[a-z]+$").unwrap());

#[derive(Debug, Serializer)]
#[serializer(crate = "restflow_serializers")]
pub struct Rules {
    #[validate(
        regex(path = *WORD, code = "word"),
        contains(pattern = "a", message = "No a."),
        custom(function = "not_banana")
    )]
    pub word: String,
    #[validate(range(exclusive_min = 0.5, max = 10))]
    pub score: Option<f64>,
    #[validate(url)]
    pub link: Option<String>,
    #[serializer(decimal(max_digits = 5, decimal_places = 2, coerce_to_string = false))]
    pub price: Option<Decimal>,
    #[serializer(decimal(decimal_places = 2, normalize_output, rounding = "half_up"))]
    pub share: Option<Decimal>,
    #[validate(range(max = 90))]
    pub length: Option<TimeDelta>,
    #[serializer(format = "%d/%m/%Y")]
    pub day: Option<Date>,
    #[serializer(format = "iso-8601", input_formats("%d.%m.%Y", "iso-8601"))]
    pub until: Option<Date>,
}

fn not_banana(word: &str) -> Result<(), validator::ValidationError> {
    match word {
        "banana" => {
            Err(validator::ValidationError::new("banana").with_message("No bananas.".into()))
        }
        _ => Ok(()),
    }
}

/// Every field has words of its own.
#[derive(Debug, Serializer)]
#[serializer(crate = "restflow_serializers")]
pub struct Worded {
    #[validate(
        length(max = 5, message = "Five at most."),
        email,
        contains(pattern = "a")
    )]
    #[serializer(error_messages(
        required = "Say who you are.",
        null = "Nobody has no name.",
        blank = "A name has letters.",
        invalid = "That is no name.",
        max_length = "Too long.",
    ))]
    pub name: String,
    #[validate(range(max = 10))]
    #[serializer(error_messages(invalid = "Give a number.", max_value = "Ten at most."))]
    pub count: Option<i32>,
    #[serializer(
        allow_empty = false,
        error_messages(empty = "Choose one.", invalid = "Never.")
    )]
    pub numbers: Option<Vec<i32>>,
}

#[derive(Debug, Clone, Choices)]
#[choice(rename_all = "snake_case", crate = "restflow_serializers")]
pub enum Size {
    Small,
    #[choice(value = "xl", label = "Very large")]
    ExtraLarge,
}

#[derive(Debug, Clone, Choices)]
#[choice(crate = "restflow_serializers")]
pub enum Level {
    #[choice(value = -1)]
    Low,
    #[choice(value = 1, label = "Top")]
    High,
}

#[derive(Debug, Serializer)]
#[serializer(crate = "restflow_serializers")]
pub struct Shirt {
    pub size: Size,
    pub level: Option<Level>,
    #[serializer(allow_empty = false, required = false)]
    pub others: MultipleChoice<Size>,
}

/// The tenant of the request.
#[derive(Debug, Clone)]
struct Tenant(&'static str);

#[derive(Debug, Serializer)]
#[serializer(crate = "restflow_serializers")]
pub struct Note {
    pub text: String,
    #[serializer(hidden, default_with = Self::tenant)]
    pub tenant: String,
    #[serializer(hidden, default = 3)]
    pub version: i32,
    #[serializer(default_with = Self::language)]
    pub language: Option<String>,
    #[serializer(default_with = Self::tenant, create_only)]
    pub origin: String,
}

impl Note {
    fn tenant(validation: &Validation<'_>) -> String {
        let tenant = validation.context().get::<Tenant>();
        tenant.map_or_else(String::new, |tenant| tenant.0.to_owned())
    }

    fn language(validation: &Validation<'_>) -> Option<String> {
        (Self::tenant(validation) == "acme").then(|| "de".to_owned())
    }
}

#[derive(Debug, Serializer)]
#[serializer(crate = "restflow_serializers", validate = Self::check)]
pub struct Range {
    #[serializer(validate = unlucky)]
    pub start: i32,
    pub end: i32,
}

impl Range {
    fn check(data: &mut RangeData, _: &Validation<'_>) -> Result<(), ErrorDetail> {
        let mut errors = FieldErrors::new();
        if data.end < data.start {
            errors.add_non_field("End must be after start.");
            errors.add_non_field("Check both values.");
        }
        errors.into_result()
    }
}

fn unlucky(start: &mut i32, _: &Validation<'_>) -> Result<(), ErrorDetail> {
    match *start {
        13 => Err(ErrorMessage::new("Unlucky.", "unlucky").into()),
        _ => Ok(()),
    }
}

async fn database() -> DatabaseConnection {
    Database::connect("sqlite::memory:").await.unwrap()
}

async fn run<S: Serializer>(input: impl Into<Input>, partial: bool) -> Result<S::Data, ApiError> {
    let (db, extensions) = (database().await, Extensions::new());
    let context = SerializerContext::new(&db, "", &extensions);
    let validation = Validation::new(&context).partial(partial);
    let class = SerializerClass::of::<S>();
    class.validate(input, &validation).await?.into_data::<S>()
}

async fn errors<S: Serializer>(input: impl Into<Input>) -> Value {
    run::<S>(input, false)
        .await
        .unwrap_err()
        .detail()
        .to_value()
}

#[tokio::test]
async fn nested_objects_and_lists_are_validated_and_made() {
    let input = json!({
        "email": "a@example.com", "address": {"street": "Main"},
        "lines": [{"sku": "abc"}, {"sku": "xyz", "qty": 3}], "password": "12345",
    });
    let data = run::<Order>(input, false).await.unwrap();
    let sent = json!({
        "email": "a@example.com", "address": {"street": "Main"},
        "lines": [{"sku": "abc", "qty": 1}, {"sku": "xyz", "qty": 3}], "note": "none",
    });
    assert_eq!(serde_json::to_value(&data).unwrap(), sent);
    let order = Order::from_data(data).unwrap();
    assert_eq!(
        (order.lines[1].qty, order.password.as_deref()),
        (3, Some("12345"))
    );
    let shown = json!({
        "email": "a@example.com", "address": {"street": "Main", "zip": null}, "billing": null,
        "lines": [{"sku": "abc", "qty": 1}, {"sku": "xyz", "qty": 3}], "note": "none",
    });
    assert_eq!(serde_json::to_value(&order).unwrap(), shown);
}

#[tokio::test]
async fn nested_errors_mirror_the_input() {
    let required = json!(["This field is required."]);
    let cases = [
        (
            json!({}),
            json!({"email": required, "address": required, "lines": required}),
        ),
        (
            json!({"email": "x", "address": "x", "lines": {}, "billing": {"street": "", "zip": null}, "password": null}),
            json!({
                "email": ["Enter a valid email address."],
                "address": {"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]},
                "billing": {"street": ["This field may not be blank."], "zip": ["This field may not be null."]},
                "lines": {"non_field_errors": ["Expected a list of items but got type \"dict\"."]},
                "password": ["This field may not be null."],
            }),
        ),
        (
            json!({"email": null, "address": null, "lines": [{"sku": "a"}, null, 1], "password": "x"}),
            json!({
                "email": ["This field may not be null."],
                "address": ["This field may not be null."],
                "lines": {"non_field_errors": ["Ensure this field has no more than 2 elements."]},
                "password": ["Ensure this field has at least 4 characters."],
            }),
        ),
        (
            json!({"email": "a@b.org", "address": {"street": "none", "zip": "1"}, "lines": [{"sku": "a"}, null]}),
            json!({
                "address": {"zip": ["This value does not match the required pattern."]},
                "lines": {"0": {"sku": ["Ensure this field has at least 3 characters."]}, "1": ["This field may not be null."]},
            }),
        ),
        (
            json!({"email": "a@b.org", "address": {"street": "none"}, "lines": []}),
            json!({"lines": {"non_field_errors": ["This list may not be empty."]}}),
        ),
        (
            json!({"email": "a@b.org", "address": {"street": "none"}, "lines": [{"sku": "abc"}]}),
            json!({"note": ["Note repeats the street."]}),
        ),
    ];
    for (input, expected) in cases {
        assert_eq!(errors::<Order>(input.clone()).await, expected, "{input}");
    }
}

#[tokio::test]
async fn lists_of_values_have_limits_of_their_own_and_of_their_elements() {
    let cases = [
        (json!({}), json!({"ids": ["This field is required."]})),
        (
            json!({"ids": []}),
            json!({"ids": ["This list may not be empty."]}),
        ),
        (
            json!({"ids": "1"}),
            json!({"ids": ["Expected a list of items but got type \"str\"."]}),
        ),
        (
            json!({"ids": ["x", 0, 3, null]}),
            json!({"ids": {
                "0": ["A valid integer is required."],
                "1": ["Ensure this value is greater than or equal to 1."],
                "3": ["This field may not be null."],
            }}),
        ),
        (
            json!({"ids": {"a": 1}}),
            json!({"ids": ["Expected a list of items but got type \"dict\"."]}),
        ),
        (
            json!({"ids": vec![1; 22]}),
            json!({"ids": ["Ensure this field has no more than 20 elements."]}),
        ),
    ];
    for (input, expected) in cases {
        assert_eq!(errors::<Ids>(input).await, expected);
    }
    let data = run::<Ids>(json!({"ids": [1, "2"]}), false).await.unwrap();
    assert_eq!(Ids::from_data(data).unwrap(), Ids { ids: vec![1, 2] });
    let data = run::<Ids>(json!({}), true).await.unwrap();
    let error = Ids::from_data(data).unwrap_err();
    assert_eq!(
        error.to_value(),
        json!({"ids": ["This field is required."]})
    );
}

#[tokio::test]
async fn rules_of_the_validator_crate_are_all_checked_and_never_show_the_value() {
    let cases = [
        (json!({"word": "banana"}), json!({"word": ["No bananas."]})),
        (
            json!({
                "word": "X1", "score": 0.5, "link": "x", "price": "1.234", "day": "2024-01-31",
                "until": "31/01/2024", "length": "2:00",
            }),
            json!({
                "word": ["This value does not match the required pattern.", "No a."],
                "score": ["Ensure this value is greater than 0.5."],
                "link": ["Enter a valid URL."],
                "price": ["Ensure that there are no more than 2 decimal places."],
                "length": ["Ensure this value is less than or equal to 0:01:30."],
                "day": ["Date has wrong format. Use one of these formats instead: DD/MM/YYYY."],
                "until": [
                    "Date has wrong format. Use one of these formats instead: DD.MM.YYYY, YYYY-MM-DD."
                ],
            }),
        ),
    ];
    for (input, expected) in cases {
        assert_eq!(errors::<Rules>(input).await, expected);
    }
    let input = json!({
        "word": "pear", "score": 2, "price": 1.5, "day": "31/01/2024", "until": "31.01.2024",
        "share": "0.50", "length": "90",
    });
    let data = run::<Rules>(input, false).await.unwrap();
    let shown = json!({
        "word": "pear", "score": 2.0, "price": 1.50, "share": "0.5", "length": "00:01:30",
        "day": "31/01/2024", "until": "2024-01-31",
    });
    assert_eq!(serde_json::to_value(&data).unwrap(), shown);
}

#[tokio::test]
async fn fields_have_words_of_their_own() {
    let cases = [
        (json!({}), json!({"name": ["Say who you are."]})),
        (
            json!({"name": null, "count": "x"}),
            json!({"name": ["Nobody has no name."], "count": ["Give a number."]}),
        ),
        (
            json!({"name": " ", "count": 11}),
            json!({"name": ["A name has letters."], "count": ["Ten at most."]}),
        ),
        (
            json!({"name": true, "numbers": []}),
            json!({"name": ["That is no name."], "numbers": ["Choose one."]}),
        ),
        // A rule with a message of its own keeps it, and so do elements.
        (
            json!({"name": "bbbbbb", "numbers": ["x"]}),
            json!({
                "name": [
                    "Five at most.",
                    "That is no name.",
                    "This field must contain \"a\".",
                ],
                "numbers": {"0": ["A valid integer is required."]},
            }),
        ),
    ];
    for (input, expected) in cases {
        assert_eq!(errors::<Worded>(input.clone()).await, expected, "{input}");
    }
    let error = run::<Worded>(json!({}), false).await.unwrap_err();
    let detail = error.detail();
    assert_eq!(detail.first_message().unwrap().code, "required");
}

#[tokio::test]
async fn hidden_fields_and_defaults_come_from_the_request() {
    let (db, mut extensions) = (database().await, Extensions::new());
    extensions.insert(Tenant("acme"));
    let context = SerializerContext::new(&db, "", &extensions);
    let new = Validation::new(&context);
    let sent = || Input::from_json(json!({"text": "x", "tenant": "evil", "version": "y"}));

    let data = Note::validate(sent(), &new).await.unwrap();
    assert_eq!(data.tenant.as_deref(), Some("acme"));
    assert_eq!(data.version, Some(3));
    assert_eq!(data.language, Some(Some("de".to_owned())));
    assert_eq!(data.origin.as_deref(), Some("acme"));
    let shown = json!({"text": "x", "language": "de", "origin": "acme"});
    assert_eq!(serde_json::to_value(&data).unwrap(), shown);
    assert_eq!(
        serde_json::to_value(Note::from_data(data).unwrap()).unwrap(),
        shown
    );

    let update = new.with_instance(&5);
    let data = Note::validate(sent(), &update).await.unwrap();
    assert_eq!((data.version, data.origin), (Some(3), None));

    let data = Note::validate(sent(), &update.partial(true)).await.unwrap();
    assert_eq!(
        (data.tenant, data.version, data.language),
        (None, None, None)
    );

    let error = Note::validate(Input::from_json(json!({})), &new).await;
    assert_eq!(
        error.unwrap_err().detail().to_value(),
        json!({"text": ["This field is required."]})
    );
    let names: Vec<_> = Note::fields().into_iter().map(|field| field.name).collect();
    assert_eq!(names, ["text", "language", "origin"]);
}

#[tokio::test]
async fn enums_without_a_column_are_choices() {
    let input = json!({"size": "xl", "level": "-1", "others": ["small", "xl", "small"]});
    let data = run::<Shirt>(input, false).await.unwrap();
    let shown = json!({"size": "xl", "level": -1, "others": ["small", "xl"]});
    assert_eq!(serde_json::to_value(&data).unwrap(), shown);

    let input = json!({"size": "ExtraLarge", "level": 0, "others": []});
    let expected = json!({
        "size": ["\"ExtraLarge\" is not a valid choice."],
        "level": ["\"0\" is not a valid choice."],
        "others": ["This selection may not be empty."],
    });
    assert_eq!(errors::<Shirt>(input).await, expected);

    let level = &Shirt::fields()[1];
    let choices: Vec<_> = level
        .choices
        .iter()
        .map(|choice| (choice.value.clone(), choice.display_name.as_ref()))
        .collect();
    assert_eq!(choices, [(json!(-1), "Low"), (json!(1), "Top")]);
}

#[tokio::test]
async fn object_hook_runs_after_all_fields_are_valid() {
    let cases = [
        (
            json!({"start": 5, "end": 1}),
            json!({"non_field_errors": ["End must be after start.", "Check both values."]}),
        ),
        (
            json!({"start": 13, "end": 1}),
            json!({"start": ["Unlucky."]}),
        ),
        (
            json!({"start": 13, "end": "x"}),
            json!({"start": ["Unlucky."], "end": ["A valid integer is required."]}),
        ),
        (
            json!("x"),
            json!({"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]}),
        ),
        (
            json!(1.5),
            json!({"non_field_errors": ["Invalid data. Expected a dictionary, but got float."]}),
        ),
        (
            json!(true),
            json!({"non_field_errors": ["Invalid data. Expected a dictionary, but got bool."]}),
        ),
        (
            Value::Null,
            json!({"non_field_errors": ["No data provided"]}),
        ),
    ];
    for (input, expected) in cases {
        assert_eq!(errors::<Range>(input).await, expected);
    }
}

#[tokio::test]
async fn partial_validation_never_puts_in_defaults() {
    let data = run::<LineSerializer>(json!({"sku": "abc"}), true)
        .await
        .unwrap();
    assert_eq!((data.sku.as_deref(), data.qty), (Some("abc"), None));
}

#[tokio::test]
async fn forms_nest_by_name() {
    let form: FormData = [
        ("email", "a@example.com"),
        ("address.street", "Main"),
        ("lines[0]sku", "abc"),
        ("lines[1].sku", "x"),
        ("note", ""),
    ]
    .into_iter()
    .collect();
    let expected =
        json!({"lines": {"1": {"sku": ["Ensure this field has at least 3 characters."]}}});
    assert_eq!(errors::<Order>(form).await, expected);

    let form: FormData = [("ids", "1"), ("ids", "2")].into_iter().collect();
    assert_eq!(run::<Ids>(form, false).await.unwrap().ids, Some(vec![1, 2]));
    assert_eq!(
        errors::<Ids>(FormData::new()).await,
        json!({"ids": ["This field is required."]})
    );
}

#[tokio::test]
async fn serializer_without_an_entity_shows_no_rows() {
    let (db, extensions) = (database().await, Extensions::new());
    let context = SerializerContext::new(&db, "", &extensions);
    let class = SerializerClass::of::<Ids>();
    assert!(!class.is_model() && class == SerializerClass::of::<Ids>());
    let error = class.represent_rows(vec![], &context).await.unwrap_err();
    assert_eq!(
        (error.status().as_u16(), error.to_string().as_str()),
        (500, "A server error occurred.")
    );
}

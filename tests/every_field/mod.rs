//! One serializer with every type of field behind one path, and what must hold for whatever is
//! sent there. The property tests, the fuzz target and the replay of its corpus share it.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    missing_debug_implementations,
    clippy::unwrap_used,
    reason = "shared by tests"
)]

use std::collections::BTreeMap;

use chrono::TimeDelta;
use poem::{Body, Endpoint, Request as PoemRequest};
use restflow::{fields::MultipleChoice, prelude::*};
use serde_json::Value;

/// The path of the one view.
pub const PATH: &str = "/every-field/";

/// The media types that a body is sent as.
pub const MEDIA_TYPES: [&str; 3] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Choices)]
pub enum Size {
    #[choice(value = "s")]
    Small,
    #[choice(value = "xl")]
    ExtraLarge,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Choices)]
pub enum Level {
    #[choice(value = -1)]
    Low,
    #[choice(value = 1)]
    High,
}

/// An address.
#[derive(Debug, Serializer)]
pub struct AddressSerializer {
    #[validate(length(max = 10))]
    pub street: String,
    #[validate(regex(pattern = r"^\d{5}$"))]
    pub zip: Option<String>,
}

/// One line of an order.
#[derive(Debug, Serializer)]
pub struct LineSerializer {
    #[validate(length(min = 3))]
    pub sku: String,
    #[validate(range(min = 1))]
    #[serializer(default = 1)]
    pub quantity: i32,
    pub address: Option<AddressSerializer>,
}

/// Nothing is required, so that any object gets far.
#[derive(Debug, Serializer)]
pub struct EveryFieldSerializer {
    /// A text with two limits.
    #[validate(length(min = 2, max = 20))]
    pub text: Option<String>,
    #[serializer(allow_blank, trim_whitespace = false)]
    pub raw: Option<String>,
    #[validate(email)]
    pub email: Option<String>,
    #[validate(url)]
    pub url: Option<String>,
    #[validate(slug)]
    pub slug: Option<String>,
    #[validate(ip)]
    pub ip: Option<String>,
    #[validate(
        regex(pattern = "^[a-z]+$"),
        contains(pattern = "a"),
        does_not_contain(pattern = "z")
    )]
    pub word: Option<String>,
    pub uuid: Option<Uuid>,
    pub tiny: Option<i8>,
    pub small: Option<i16>,
    #[validate(range(min = -5, max = 10))]
    pub medium: Option<i32>,
    pub big: Option<i64>,
    pub tiny_unsigned: Option<u8>,
    pub small_unsigned: Option<u16>,
    pub medium_unsigned: Option<u32>,
    pub big_unsigned: Option<u64>,
    #[validate(range(exclusive_min = -1.5, exclusive_max = 2.5))]
    pub float: Option<f64>,
    pub any_float: Option<f64>,
    pub single: Option<f32>,
    #[serializer(decimal(max_digits = 10, decimal_places = 2))]
    #[validate(range(min = -100))]
    pub price: Option<Decimal>,
    #[serializer(decimal(max_digits = 6, decimal_places = 3, coerce_to_string = false))]
    pub share: Option<Decimal>,
    #[serializer(decimal(normalize_output))]
    pub amount: Option<Decimal>,
    pub flag: Option<bool>,
    pub date: Option<Date>,
    #[serializer(format = "%d/%m/%Y")]
    pub own_date: Option<Date>,
    pub time: Option<Time>,
    pub moment: Option<DateTimeUtc>,
    pub local: Option<DateTime>,
    pub zoned: Option<DateTimeWithTimeZone>,
    #[validate(range(min = -100_000_000, max = 100_000_000))]
    pub duration: Option<TimeDelta>,
    pub size: Option<Size>,
    pub level: Option<Level>,
    pub sizes: Option<MultipleChoice<Size>>,
    #[validate(length(max = 20), each(range(min = 0, max = 100)))]
    pub numbers: Option<Vec<i64>>,
    pub words: Option<Vec<Option<String>>>,
    pub grid: Option<Vec<Vec<u8>>>,
    pub prices: Option<BTreeMap<String, Decimal>>,
    pub labels: Option<BTreeMap<String, Option<String>>>,
    pub json: Option<Json>,
    pub address: Option<AddressSerializer>,
    #[serializer(allow_empty = false)]
    pub lines: Option<Vec<LineSerializer>>,
    #[serializer(default = "none", rename = "remark")]
    pub note: String,
    #[serializer(write_only)]
    #[validate(length(min = 8))]
    pub password: Option<String>,
    #[serializer(hidden, default = 3)]
    pub version: i32,
}

/// Reads the body and writes what was read.
pub struct EveryField;

impl ApiView for EveryField {
    fn serializer_class(&self) -> Option<SerializerClass> {
        Some(SerializerClass::of::<EveryFieldSerializer>())
    }
}

#[handlers]
impl EveryField {
    async fn post(&self, request: &Request) -> Result<Response> {
        let read: EveryFieldSerializer = self.validated_serializer(request).await?;
        Ok(Response::new(read))
    }

    /// Is there for the schema of a partial update.
    async fn patch(&self, request: &Request) -> Result<Response> {
        self.post(request).await
    }
}

pub struct Api;

impl UrlConf for Api {
    fn urls() -> Urls {
        Urls::new().path("every-field/", EveryField)
    }
}

/// The API without a database, which none of its fields asks.
pub fn app() -> impl Endpoint<Output = poem::Response> {
    OpenApiService::new(
        restflow::api::<Api>(DatabaseConnection::default()),
        "Every field",
        "1",
    )
    .map_to_response()
}

/// What a file of the fuzz target's corpus stands for: the media type and the body.
pub fn split(data: &[u8]) -> Option<(&'static str, &[u8])> {
    let (choice, body) = data.split_first()?;
    Some((MEDIA_TYPES[usize::from(*choice) % MEDIA_TYPES.len()], body))
}

/// The answer to a body.
pub async fn send(
    app: &impl Endpoint<Output = poem::Response>,
    media_type: &str,
    body: impl Into<Body>,
) -> (StatusCode, Value) {
    let request = PoemRequest::builder()
        .method(Method::POST)
        .uri_str(PATH)
        .content_type(media_type)
        .body(body);
    let mut response = app.get_response(request).await;
    let status = response.status();
    let bytes = response.take_body().into_bytes().await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap())
}

/// Sends a body and checks what holds for every body: it is read or refused, an error has the
/// shape of the object, and what was written reads back as the same. Gives the answer.
pub async fn check(
    app: &impl Endpoint<Output = poem::Response>,
    media_type: &str,
    body: Vec<u8>,
) -> (StatusCode, Value) {
    let (status, answer) = send(app, media_type, body).await;
    match status {
        StatusCode::OK => {
            let again = send(app, MEDIA_TYPES[0], answer.to_string()).await;
            assert_eq!(
                again,
                (StatusCode::OK, answer.clone()),
                "it reads back as another"
            );
        }
        StatusCode::BAD_REQUEST => check_errors(&answer),
        StatusCode::PAYLOAD_TOO_LARGE => {}
        other => panic!("{other}: {answer}"),
    }
    (status, answer)
}

/// Errors are messages under the names of fields, or one message about the whole.
fn check_errors(answer: &Value) {
    let errors = answer.as_object().unwrap();
    assert!(!errors.is_empty());
    if let Some(detail) = errors.get("detail") {
        assert!(detail.is_string() && errors.len() == 1, "{answer}");
        return;
    }
    let fields = EveryFieldSerializer::fields();
    for (name, detail) in errors {
        let is_known = name == "non_field_errors" || fields.iter().any(|field| field.name == *name);
        assert!(is_known, "`{name}` is no field");
        check_detail(detail);
    }
}

fn check_detail(detail: &Value) {
    match detail {
        Value::Array(messages) => {
            assert!(!messages.is_empty() && messages.iter().all(Value::is_string));
        }
        Value::Object(details) => {
            assert!(!details.is_empty());
            details.values().for_each(check_detail);
        }
        other => panic!("{other} is no detail"),
    }
}

//! Serializers of several fields.

use restflow::{
    fields::{ChoiceOption, Choices},
    prelude::*,
    serializers::Validation,
};
use serde_json::Value;

use super::{
    FormView,
    nested::{AddressSerializer, LineSerializer},
    sent_keys, validate,
};
use crate::serializers::ImportSerializer;

pub(super) fn urls() -> Urls {
    Urls::new()
        .path("order/", OrderView)
        .path("range/", FormView::<RangeSerializer>::new())
        .path("typed/", FormView::<TypedSerializer>::new())
        .path("import/", FormView::<ImportSerializer>::new())
}

#[derive(Serializer)]
#[serializer(validate = note_is_new)]
struct OrderSerializer {
    #[validate(email)]
    email: String,
    address: AddressSerializer,
    billing: Option<AddressSerializer>,
    #[serializer(allow_empty = false)]
    lines: Vec<LineSerializer>,
    #[serializer(allow_blank, default = "none")]
    note: String,
    #[serializer(write_only, required = false)]
    #[validate(length(min = 4))]
    password: String,
    #[serializer(read_only)]
    status: String,
}

fn note_is_new(data: &mut OrderSerializerData, _: &Validation<'_>) -> Result<(), ErrorDetail> {
    let street = data
        .address
        .as_ref()
        .and_then(|address| address.street.as_ref());
    if street.is_some() && street == data.note.as_ref() {
        return Err(ErrorDetail::field("note", "Note repeats the street."));
    }
    Ok(())
}

struct OrderView;

impl ApiView for OrderView {}

#[handlers]
impl OrderView {
    async fn post(&self, request: &Request) -> Result<Response> {
        order(self, request).await
    }

    async fn patch(&self, request: &Request) -> Result<Response> {
        sent_keys::<OrderSerializer>(self, request).await
    }
}

/// Accepts an order and shows it as a new one.
pub(crate) async fn order(view: &impl ApiView, request: &Request) -> Result<Response> {
    let data = validate::<OrderSerializer>(view, request, false).await?;
    let mut order = serde_json::to_value(data).map_err(ApiError::internal)?;
    if let Some(order) = order.as_object_mut() {
        order.entry("billing").or_insert(Value::Null);
        order.insert("status".to_owned(), "new".into());
    }
    Ok(Response::new(order))
}

#[derive(Serializer)]
#[serializer(validate = ends_after_start)]
struct RangeSerializer {
    #[serializer(validate = lucky)]
    start: i64,
    end: i64,
}

fn lucky(start: &mut i64, _: &Validation<'_>) -> Result<(), ErrorDetail> {
    if *start == 13 {
        return Err("Unlucky.".into());
    }
    Ok(())
}

fn ends_after_start(data: &mut RangeSerializerData, _: &Validation<'_>) -> Result<(), ErrorDetail> {
    match (data.start, data.end) {
        (Some(start), Some(end)) if end < start => {
            Err(["End must be after start.", "Check both values."].into())
        }
        _ => Ok(()),
    }
}

#[derive(Serializer)]
struct TypedSerializer {
    name: String,
    age: i64,
    nick: Option<String>,
    #[validate(email)]
    email: String,
    #[serializer(required = false)]
    #[validate(ip)]
    ip: String,
    #[validate(range(min = 0, max = 10))]
    score: f64,
    #[serializer(required = false)]
    when: DateTimeUtc,
    #[serializer(required = false)]
    day: Date,
    #[serializer(required = false, decimal(max_digits = 20, decimal_places = 6))]
    price: Decimal,
    level: Level,
    tags: Vec<String>,
    #[serializer(required = false)]
    matrix: Vec<Vec<i64>>,
    #[serializer(required = false)]
    extra: std::collections::BTreeMap<String, Value>,
    anything: Option<Value>,
    #[serializer(write_only, required = false)]
    #[validate(length(max = 5))]
    secret: String,
    #[serializer(required = false)]
    address: AddressSerializer,
}

#[derive(Clone, Debug)]
enum Level {
    Low,
    High,
}

impl Choices for Level {
    fn options() -> &'static [ChoiceOption] {
        const {
            &[
                ChoiceOption::text("low", "low"),
                ChoiceOption::text("high", "high"),
            ]
        }
    }

    fn position(&self) -> usize {
        match self {
            Self::Low => 0,
            Self::High => 1,
        }
    }

    fn from_position(position: usize) -> Option<Self> {
        [Self::Low, Self::High].into_iter().nth(position)
    }
}

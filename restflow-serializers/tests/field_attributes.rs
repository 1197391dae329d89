//! Time zones, UUIDs, examples, and values that no log shows.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    missing_debug_implementations,
    reason = "tests"
)]

mod shop;

use std::collections::BTreeMap;

use restflow_exceptions::Result;
use restflow_fields::FieldKind;
use restflow_macros::Serializer;
use restflow_serializers::{FormData, Input, Serializer as _, SerializerClass, Validation};
use sea_orm::prelude::{DateTime as NaiveDateTime, DateTimeUtc, Uuid};
use serde_json::{Value, json};
use shop::Shop;

#[derive(Serializer)]
#[serializer(crate = "restflow_serializers", time_zone = "Europe/Berlin")]
pub struct Meeting {
    /// Where one sits.
    #[serializer(example = "Room 1")]
    pub room: Option<String>,
    pub starts_at: DateTimeUtc,
    #[serializer(time_zone = "America/Port-au-Prince", format = "%d.%m.%Y %H:%M")]
    pub calls_at: Option<DateTimeUtc>,
    #[serializer(uuid_format = "hex", example = Uuid::nil())]
    pub id: Option<Uuid>,
    #[serializer(write_only)]
    pub password: String,
    #[serializer(required = false)]
    pub open: bool,
}

type Moments = Vec<DateTimeUtc>;

/// Moments at any place, and what is no moment.
#[derive(Serializer)]
#[serializer(crate = "restflow_serializers", time_zone = "Europe/Berlin")]
pub struct Calendar {
    pub local: NaiveDateTime,
    #[validate(each(range(min = 1)))]
    pub days: Vec<i32>,
    pub breaks: Moments,
    pub weeks: Vec<Vec<Option<DateTimeUtc>>>,
    pub rooms: BTreeMap<String, Moments>,
}

async fn validate(input: impl Into<Input>) -> Result<MeetingData> {
    let shop = Shop::open().await;
    let context = shop.context();
    let class = SerializerClass::of::<Meeting>();
    let validated = class.validate(input, &Validation::new(&context)).await?;
    assert!(!format!("{validated:?}").contains("hunter2"));
    validated.into_data::<Meeting>()
}

#[tokio::test]
async fn moments_and_uuids_have_the_form_of_their_field() {
    let input = json!({
        "starts_at": "2024-07-01T10:00:00", "calls_at": "01.07.2024 04:00",
        "id": "1d5e5a3c-6f0a-4a8e-9d5b-0123456789ab", "password": "hunter2",
    });
    let data = validate(input).await.unwrap();
    let starts_at = data.starts_at.unwrap();
    assert_eq!(starts_at.to_rfc3339(), "2024-07-01T08:00:00+00:00");
    assert_eq!(data.calls_at.flatten(), Some(starts_at));
    let shown = json!({
        "starts_at": "2024-07-01T10:00:00+02:00", "calls_at": "01.07.2024 04:00",
        "id": "1d5e5a3c6f0a4a8e9d5b0123456789ab",
    });
    assert_eq!(serde_json::to_value(&data).unwrap(), shown);

    let error = validate(json!({"starts_at": "2024-03-31T02:30:00", "password": "x"})).await;
    let expected = json!({"starts_at": ["Invalid datetime for the timezone \"Europe/Berlin\"."]});
    assert_eq!(error.unwrap_err().detail().to_value(), expected);
}

#[tokio::test]
async fn all_moments_of_a_serializer_are_in_its_time_zone() {
    let shop = Shop::open().await;
    let context = shop.context();
    let class = SerializerClass::of::<Calendar>();
    let (sent, moment) = ("2024-07-01T10:00:00", "2024-07-01T10:00:00+02:00");
    let input = json!({
        "local": sent, "days": [1], "breaks": [sent],
        "weeks": [[sent, null]], "rooms": {"Room 1": [sent]},
    });
    let validated = class.validate(input, &Validation::new(&context)).await;
    let data = validated.unwrap().into_data::<Calendar>().unwrap();
    let shown = json!({
        "local": sent, "days": [1], "breaks": [moment],
        "weeks": [[moment, null]], "rooms": {"Room 1": [moment]},
    });
    assert_eq!(serde_json::to_value(&data).unwrap(), shown);
    let read: Vec<_> = data
        .breaks
        .unwrap()
        .iter()
        .map(|at| at.to_rfc3339())
        .collect();
    assert_eq!(read, ["2024-07-01T08:00:00+00:00"]);

    let again = class.validate(shown, &Validation::new(&context)).await;
    assert_eq!(
        again.unwrap().into_data::<Calendar>().unwrap().local,
        data.local
    );
    let zero = json!({"local": sent, "days": [0], "breaks": [], "weeks": [], "rooms": {}});
    let error = class.validate(zero, &Validation::new(&context)).await;
    let expected = json!({"days": {"0": ["Ensure this value is greater than or equal to 1."]}});
    assert_eq!(error.unwrap_err().detail().to_value(), expected);
}

#[tokio::test]
async fn a_log_shows_no_write_only_value() {
    let input = json!({"starts_at": "2024-07-01T10:00:00Z", "password": "hunter2"});
    let data = validate(input.clone()).await.unwrap();
    let text = format!("{data:?}");
    assert!(text.contains(r#"password: Some("***")"#), "{text}");
    assert!(text.contains("starts_at: Some(2024"), "{text}");
    let text = format!("{:?}", MeetingData::default());
    assert!(text.contains("password: None"), "{text}");
    assert!(!format!("{:?}", Input::from_json(input)).contains("hunter2"));

    let error = validate(json!({"starts_at": "hunter2", "password": ["hunter2"]})).await;
    let error = error.unwrap_err();
    assert!(!format!("{error:?} {error}").contains("hunter2"));
}

#[tokio::test]
async fn forms_spell_booleans_as_drf_reads_them() {
    for (text, expected) in [
        ("on", true),
        ("Yes", true),
        ("T", true),
        ("1", true),
        ("off", false),
        ("NO", false),
        ("f", false),
        ("0", false),
    ] {
        let form: FormData = [
            ("starts_at", "2024-07-01T10:00:00Z"),
            ("password", "x"),
            ("open", text),
        ]
        .into_iter()
        .collect();
        assert_eq!(validate(form).await.unwrap().open, Some(expected), "{text}");
    }
    let form: FormData = [
        ("starts_at", "2024-07-01T10:00:00Z"),
        ("password", "x"),
        ("open", "si"),
    ]
    .into_iter()
    .collect();
    assert_eq!(
        validate(form).await.unwrap_err().detail().to_value(),
        json!({"open": ["Must be a valid boolean."]})
    );
}

#[test]
fn examples_have_the_form_of_the_wire() {
    let fields = Meeting::fields();
    assert_eq!(fields[0].example, Some(json!("Room 1")));
    assert_eq!(fields[0].help_text.as_deref(), Some("Where one sits."));
    let id = &fields[3];
    assert_eq!(id.kind, FieldKind::String);
    assert_eq!(id.example, Some(Value::from("0".repeat(32))));
}

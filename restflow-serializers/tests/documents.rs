//! Bodies as they come: what is read out of a document is what its values say.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    missing_debug_implementations,
    reason = "tests"
)]

use http::Extensions;
use restflow_exceptions::{ErrorDetail, ErrorMessage};
use restflow_fields::{FieldInfo, FieldKind, FieldOptions, FieldType, Raw};
use restflow_macros::Serializer;
use restflow_serializers::{Input, Serializer, SerializerContext, Validation};
use sea_orm::DatabaseConnection;
use serde_json::{Value, json};

/// A field type with nothing but what it must have, and `-` for null.
#[derive(Debug, Clone, PartialEq)]
pub struct Span(i64, i64);

impl FieldType for Span {
    fn describe(_options: &FieldOptions) -> FieldInfo {
        FieldInfo::new(FieldKind::Json)
    }

    fn to_internal_value(value: Value, _options: &FieldOptions) -> Result<Self, ErrorDetail> {
        let end = |name: &str| value.get(name).and_then(Value::as_i64);
        match (end("from"), end("to")) {
            (Some(from), Some(to)) => Ok(Self(from, to)),
            _ => Err(ErrorMessage::new("Not a span.", "invalid").into()),
        }
    }

    fn to_representation<S: serde::Serializer>(
        &self,
        _options: &FieldOptions,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq([self.0, self.1])
    }

    fn is_null(raw: Raw<'_>) -> bool {
        matches!(raw, Raw::Null | Raw::Text("-"))
    }
}

#[derive(Debug, Serializer)]
#[serializer(crate = "restflow_serializers", deny_unknown_fields)]
pub struct PlaceSerializer {
    pub city: String,
    pub floor: Option<i32>,
}

#[derive(Debug, Serializer)]
#[serializer(crate = "restflow_serializers", deny_unknown_fields)]
pub struct Room {
    #[serializer(read_only)]
    pub id: i32,
    pub name: String,
    pub span: Option<Span>,
    #[serializer(flatten)]
    pub place: PlaceSerializer,
    pub others: Option<Vec<PlaceSerializer>>,
    #[serializer(default)]
    pub labels: std::collections::BTreeMap<String, Option<i64>>,
}

async fn validated(input: Input) -> Result<String, String> {
    let (db, extensions) = (DatabaseConnection::default(), Extensions::new());
    let context = SerializerContext::new(&db, "", &extensions);
    let data = Room::validate(input, &Validation::new(&context)).await;
    data.map(|data| format!("{data:?}"))
        .map_err(|error| error.detail().to_string())
}

/// Checks that a body is read as its values are, and gives the error or what is read.
async fn check(body: &str) -> Result<String, String> {
    let values = Input::from_json(serde_json::from_str(body).unwrap());
    let document = Input::from_slice(body.as_bytes()).unwrap();
    assert!(matches!(document, Input::Document(_)));
    let outcome = validated(document).await;
    assert_eq!(outcome, validated(values).await, "{body}");
    outcome
}

#[tokio::test]
async fn a_document_is_read_as_its_values() {
    let refused = [
        ("null", r#"{"non_field_errors":["No data provided"]}"#),
        (
            "[1]",
            r#"{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}"#,
        ),
        (
            r#"{"city": "x\ty", "name": 7, "span": {"from": 1}, "id": 1, "x": 1, "x": 2}"#,
            r#"{"span":["Not a span."],"x":["Unknown field."]}"#,
        ),
        (
            r#"{"name": "x", "others": {}, "labels": []}"#,
            r#"{"city":["This field is required."],"others":{"non_field_errors":["Expected a list of items but got type \"dict\"."]},"labels":["Expected a dictionary of items but got type \"list\"."]}"#,
        ),
        (
            r#"{"name": null, "city": "", "others": [null, 1, {"city": "x", "name": "y"}]}"#,
            r#"{"name":["This field may not be null."],"city":["This field may not be blank."],"others":{"0":["This field may not be null."],"1":{"non_field_errors":["Invalid data. Expected a dictionary, but got int."]},"2":{"name":["Unknown field."]}}}"#,
        ),
    ];
    for (body, expected) in refused {
        assert_eq!(check(body).await, Err(expected.to_owned()), "{body}");
    }
    let read = [
        r#"{"name": "x", "city": "y"}"#,
        r#"{"floor": 1, "city": "y", "others": [{"floor": 2, "city": "z"}], "span": {"to": 2, "from": 1}, "name": " x "}"#,
        r#"{"name": 1, "span": "-", "city": "\u00e9", "floor": null}"#,
        r#"{"name": [], "name": "x", "city": 1, "city": "y", "floor": "a", "floor": 2}"#,
        r#"{"name": "x", "city": "y", "labels": {"a": [], "b": null, "a": "1"}}"#,
    ];
    for body in read {
        check(body).await.unwrap();
    }
}

#[tokio::test]
async fn the_last_of_many_keys_counts() {
    for count in [0, 60, 70, 3000] {
        let noise = "\"city\":[],\"name\":{\"a\":1},".repeat(count);
        let body = format!("{{{noise}\"name\":\"x\",\"city\":\"last\"}}");
        assert!(check(&body).await.unwrap().contains("last"));

        let unknown: Vec<_> = (0..count).map(|n| format!("\"u{n}\":{n},")).collect();
        let body = format!("{{{}\"name\":\"x\",\"city\":\"last\"}}", unknown.concat());
        let outcome = check(&body).await;
        assert_eq!(outcome.is_ok(), count == 0, "{outcome:?}");
    }
}

#[test]
fn parts_of_a_document_are_inputs() {
    let input = Input::from_slice(br#"{"a": 1}"#).unwrap();
    assert_eq!(input, Input::from_slice(b" {\"a\":1} ").unwrap());
    let Input::Document(document) = input else {
        panic!("a document")
    };
    assert_eq!(document.raw().to_value(), json!({"a": 1}));
    assert_eq!(Input::from(document.clone()), Input::Document(document));
}

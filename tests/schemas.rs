//! The schemas of a serializer with every type of field, against what it reads and writes.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    missing_debug_implementations,
    reason = "tests"
)]

mod every_field;

use std::sync::LazyLock;

use every_field::{Api, Level, Size, check};
use poem::endpoint::BoxEndpoint;
use proptest::{prelude::*, sample::select};
use regex::Regex;
use restflow::prelude::*;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

static DOCUMENT: LazyLock<Value> = LazyLock::new(document::<Api>);

static APP: LazyLock<(Runtime, BoxEndpoint<'static>)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    (runtime.unwrap(), every_field::app().boxed())
});

fn document<U: UrlConf + 'static>() -> Value {
    let db = DatabaseConnection::default();
    let api = OpenApiService::new(restflow::api::<U>(db), "Schemas", "1");
    serde_json::from_str(&api.spec()).unwrap()
}

/// The answer to a JSON body.
fn sent(body: &Value) -> (StatusCode, Value) {
    let (runtime, app) = &*APP;
    let body = body.to_string().into_bytes();
    runtime.block_on(check(app, every_field::MEDIA_TYPES[0], body))
}

fn component<'d>(document: &'d Value, name: &str) -> &'d Value {
    let schemas = &document["components"]["schemas"];
    schemas
        .get(name)
        .unwrap_or_else(|| panic!("no `{name}` in {schemas:#}"))
}

/// Whether a value fits a schema of OpenAPI 3.0, as far as ours go. Formats say nothing.
fn fits(document: &Value, schema: &Value, value: &Value) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.strip_prefix("#/components/schemas/").unwrap();
        return fits(document, component(document, name), value);
    }
    if value.is_null() && schema["nullable"] == true {
        return schema["enum"]
            .as_array()
            .is_none_or(|values| values.contains(value));
    }
    let is_of_type = match schema["type"].as_str() {
        None => true,
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some(other) => panic!("{other} is no type"),
    };
    let is_one = schema["enum"]
        .as_array()
        .is_none_or(|values| values.contains(value));
    let mut all = schema["allOf"].as_array().into_iter().flatten();
    is_of_type
        && is_one
        && all.all(|schema| fits(document, schema, value))
        && match value {
            Value::String(text) => text_fits(schema, text),
            Value::Number(number) => number_fits(schema, number.as_f64().unwrap()),
            Value::Array(items) => {
                within(schema, ["minItems", "maxItems"], items.len())
                    && items
                        .iter()
                        .all(|item| fits(document, &schema["items"], item))
            }
            Value::Object(fields) => {
                within(schema, ["minProperties", "maxProperties"], fields.len())
                    && fields_fit(document, schema, fields)
            }
            Value::Null | Value::Bool(_) => true,
        }
}

fn within(schema: &Value, [least, most]: [&str; 2], length: usize) -> bool {
    let length = length as u64;
    schema[least].as_u64().is_none_or(|least| length >= least)
        && schema[most].as_u64().is_none_or(|most| length <= most)
}

fn text_fits(schema: &Value, text: &str) -> bool {
    let pattern = schema["pattern"].as_str();
    within(schema, ["minLength", "maxLength"], text.chars().count())
        && pattern.is_none_or(|pattern| Regex::new(pattern).unwrap().is_match(text))
}

fn number_fits(schema: &Value, number: f64) -> bool {
    let limit = |name: &str| schema[name].as_f64();
    let is_exclusive = |name: &str| schema[name] == true;
    limit("minimum")
        .is_none_or(|least| number > least || number == least && !is_exclusive("exclusiveMinimum"))
        && limit("maximum")
            .is_none_or(|most| number < most || number == most && !is_exclusive("exclusiveMaximum"))
}

fn fields_fit(document: &Value, schema: &Value, fields: &Map<String, Value>) -> bool {
    let mut required = schema["required"].as_array().into_iter().flatten();
    required.all(|name| fields.contains_key(name.as_str().unwrap()))
        && fields.iter().all(|(name, value)| {
            match (&schema["properties"][name], &schema["additionalProperties"]) {
                (Value::Null, Value::Object(_)) => {
                    fits(document, &schema["additionalProperties"], value)
                }
                (Value::Null, _) => true,
                (property, _) => fits(document, property, value),
            }
        })
}

/// Values of each field, as they are written.
const VALUES: &[(&str, &[&str])] = &[
    ("text", &[r#""ab""#, r#""abcdefghijklmnopqrst""#]),
    ("raw", &[r#""""#, r#"" x ""#]),
    ("email", &[r#""a@b.org""#]),
    ("url", &[r#""https://a.org/x?y#z""#]),
    ("slug", &[r#""a-b_C1""#]),
    ("ip", &[r#""127.0.0.1""#, r#""::1""#]),
    ("word", &[r#""banana""#]),
    ("uuid", &[r#""1d5e5a3c-6f0a-4a8e-9d5b-0123456789ab""#]),
    ("tiny", &["-128", "127"]),
    ("small", &["-32768"]),
    ("medium", &["-5", "10"]),
    ("big", &["-9223372036854775808"]),
    ("tiny_unsigned", &["0", "255"]),
    ("small_unsigned", &["65535"]),
    ("medium_unsigned", &["4294967295"]),
    ("big_unsigned", &["18446744073709551615"]),
    ("float", &["-1.25", "2.25"]),
    ("any_float", &["1e300", "-0.5"]),
    ("single", &["0.5"]),
    ("price", &[r#""-99.99""#, r#""99999999.99""#, r#""0.00""#]),
    ("share", &["1.125", "-999.999"]),
    ("amount", &[r#""1.25""#, r#""-7""#]),
    ("flag", &["true", "false"]),
    ("date", &[r#""2024-02-29""#]),
    ("own_date", &[r#""29/02/2024""#]),
    ("time", &[r#""23:59:59.500000""#]),
    ("moment", &[r#""2024-01-02T03:04:05Z""#]),
    ("local", &[r#""2024-01-02T03:04:05.000001""#]),
    ("zoned", &[r#""2024-01-02T03:04:05Z""#]),
    ("duration", &[r#""1 02:03:04""#, r#""-1 00:00:00""#]),
    ("size", &[r#""s""#, r#""xl""#]),
    ("level", &["-1", "1"]),
    ("sizes", &["[]", r#"["xl"]"#, r#"["s","xl"]"#]),
    ("numbers", &["[]", "[0,100]"]),
    ("words", &["[]", r#"["a",null]"#]),
    ("grid", &["[]", "[[],[1,255]]"]),
    ("prices", &["{}", r#"{"a":"1.50"}"#]),
    ("labels", &["{}", r#"{"a":null,"b":"c"}"#]),
    ("json", &["0", "[]", r#"{"a":[null]}"#, r#""x""#]),
    (
        "address",
        &[
            r#"{"street":"Main","zip":null}"#,
            r#"{"street":"x","zip":"12345"}"#,
        ],
    ),
    ("lines", &[r#"[{"sku":"abc","quantity":1,"address":null}]"#]),
    ("remark", &[r#""x""#]),
];

/// Values that a field refuses, and that its schema can refuse, too.
const REFUSED: &[(&str, &str)] = &[
    ("text", r#""a""#),
    ("text", r#""abcdefghijklmnopqrstu""#),
    ("text", "[]"),
    ("slug", r#""a b""#),
    ("word", r#""Banana""#),
    ("medium", "-6"),
    ("medium", "11"),
    ("medium", "1.5"),
    ("float", "-1.5"),
    ("float", "2.5"),
    ("price", r#""1.234""#),
    ("price", r#""123456789.00""#),
    ("share", "[]"),
    ("flag", "7"),
    ("size", r#""m""#),
    ("level", "0"),
    ("sizes", r#"["m"]"#),
    ("sizes", r#""xl""#),
    ("numbers", "[101]"),
    ("numbers", "[-1]"),
    ("numbers", "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]"),
    ("words", "[[]]"),
    ("grid", "[1]"),
    ("prices", r#"{"a":[]}"#),
    ("labels", "[]"),
    ("address", r#"{"zip":"12345"}"#),
    ("address", r#"{"street":"x","zip":"1"}"#),
    ("address", r#"{"street":"12345678901"}"#),
    ("lines", "[]"),
    ("lines", r#"[{"sku":"ab"}]"#),
    ("lines", r#"[{"sku":"abc","quantity":0}]"#),
    ("remark", "null"),
];

#[test]
fn what_is_refused_does_not_fit() {
    for (name, value) in REFUSED {
        let body = json!({*name: serde_json::from_str::<Value>(value).unwrap()});
        assert_eq!(sent(&body).0, StatusCode::BAD_REQUEST, "{body}");
        let schema = component(&DOCUMENT, "EveryFieldRequest");
        assert!(!fits(&DOCUMENT, schema, &body), "{body} fits");
    }
}

#[test]
fn what_is_read_and_written_fits() {
    for (name, values) in VALUES {
        for value in *values {
            let value: Value = serde_json::from_str(value).unwrap();
            let body = json!({*name: value});
            for schema in ["EveryFieldRequest", "PatchedEveryFieldRequest"] {
                let schema = component(&DOCUMENT, schema);
                assert!(fits(&DOCUMENT, schema, &body), "{body} does not fit");
            }
            let (status, answer) = sent(&body);
            assert_eq!((status, &answer[name]), (StatusCode::OK, &value), "{body}");
            assert!(
                fits(&DOCUMENT, component(&DOCUMENT, "EveryField"), &answer),
                "{answer}"
            );
        }
    }
    let fields = component(&DOCUMENT, "EveryField")["properties"]
        .as_object()
        .unwrap();
    let tested: Vec<_> = VALUES.iter().map(|(name, _)| *name).collect();
    assert_eq!(fields.keys().collect::<Vec<_>>(), tested);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whole_objects_fit(
        chosen in proptest::collection::vec((select(VALUES), any::<prop::sample::Index>()), 0..12),
    ) {
        let fields = chosen.iter().map(|((name, values), index)| {
            let value = serde_json::from_str(index.get::<&str>(values)).unwrap();
            ((*name).to_owned(), value)
        });
        let body = Value::Object(fields.collect());
        assert!(fits(&DOCUMENT, component(&DOCUMENT, "EveryFieldRequest"), &body), "{body}");
        let (status, answer) = sent(&body);
        assert_eq!(status, StatusCode::OK, "{body}");
        assert!(fits(&DOCUMENT, component(&DOCUMENT, "EveryField"), &answer), "{answer}");
    }
}

/// What the schemas say beyond the types of the fields.
#[derive(Debug, Serializer)]
#[serializer(name = "Annotated")]
struct AnnotatedSerializer {
    /// The number of the row.
    #[serializer(read_only)]
    id: i64,
    #[serializer(read_only, help_text = "Where it is.")]
    place: Option<String>,
    #[serializer(write_only)]
    #[validate(length(min = 8))]
    password: String,
    #[serializer(default = Level::High)]
    level: Level,
    size: Option<Size>,
    #[serializer(required = false)]
    flag: bool,
    #[serializer(allow_empty = false)]
    tags: std::collections::BTreeMap<String, u8>,
}

struct AnnotatedView;

impl ApiView for AnnotatedView {
    fn serializer_class(&self) -> Option<SerializerClass> {
        Some(SerializerClass::of::<AnnotatedSerializer>())
    }
}

#[handlers]
impl AnnotatedView {
    async fn put(&self, _request: &Request) -> Result<Response> {
        Ok(Response::no_content())
    }

    async fn patch(&self, _request: &Request) -> Result<Response> {
        Ok(Response::no_content())
    }
}

struct AnnotatedApi;

impl UrlConf for AnnotatedApi {
    fn urls() -> Urls {
        Urls::new().path("annotated/", AnnotatedView)
    }
}

#[test]
fn schemas_are_those_of_the_direction() {
    let document = document::<AnnotatedApi>();
    let request = json!({
        "type": "object",
        "required": ["password", "tags"],
        "properties": {
            "password": {"type": "string", "writeOnly": true, "minLength": 8},
            "level": {"type": "integer", "default": 1, "enum": [-1, 1]},
            "size": {"type": "string", "nullable": true, "enum": ["s", "xl", null]},
            "flag": {"type": "boolean"},
            "tags": {
                "type": "object", "minProperties": 1,
                "additionalProperties": {"type": "integer"},
            },
        },
    });
    assert_eq!(component(&document, "AnnotatedRequest"), &request);

    let mut patch = request.clone();
    patch.as_object_mut().unwrap().remove("required");
    patch["properties"]["level"]
        .as_object_mut()
        .unwrap()
        .remove("default");
    assert_eq!(component(&document, "PatchedAnnotatedRequest"), &patch);

    let mut response = patch;
    response["required"] = json!(["id", "place", "level", "size", "flag", "tags"]);
    let properties = response["properties"].as_object_mut().unwrap();
    properties.remove("password");
    properties.insert(
        "id".to_owned(),
        json!({"type": "integer", "readOnly": true, "description": "The number of the row."}),
    );
    properties.insert(
        "place".to_owned(),
        json!({
            "type": "string", "readOnly": true, "nullable": true, "description": "Where it is.",
        }),
    );
    assert_eq!(component(&document, "Annotated"), &response);
}

//! Whatever is sent to a serializer with every type of field, it is read or refused, and what the
//! serializer wrote reads back. The bodies are made at random; a failure prints the smallest one.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod every_field;

use std::{fs, path::Path, sync::LazyLock};

use every_field::{EveryFieldSerializer, MEDIA_TYPES, app, check, split};
use poem::{endpoint::BoxEndpoint, http::Extensions};
use proptest::{collection::vec, prelude::*, sample::select};
use restflow::{prelude::*, serializers::Input};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

static APP: LazyLock<(Runtime, BoxEndpoint<'static>)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    (runtime, app().boxed())
});

/// Sends a body and checks what holds for every body.
fn sent(media_type: &str, body: impl Into<Vec<u8>>) -> (StatusCode, Value) {
    let (runtime, app) = &*APP;
    runtime.block_on(check(app, media_type, body.into()))
}

/// What was read, or what is wrong with it.
fn validated(input: Input) -> Result<String, String> {
    let (db, extensions) = (DatabaseConnection::default(), Extensions::new());
    let context = SerializerContext::new(&db, "", &extensions);
    let validation = Validation::new(&context);
    let data = APP
        .0
        .block_on(EveryFieldSerializer::validate(input, &validation));
    data.map(|data| format!("{data:?}"))
        .map_err(|error| error.detail().to_string())
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// The names of the fields, those of nested ones, and names that are none.
fn name() -> impl Strategy<Value = String> {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let fields = EveryFieldSerializer::fields().into_iter();
        let nested = ["street", "zip", "sku", "quantity", "version", "", "Text"];
        fields
            .map(|field| field.name.into_owned())
            .chain(nested.map(str::to_owned))
            .collect()
    });
    prop_oneof![12 => select(NAMES.as_slice()), 1 => any::<String>()]
}

/// Texts that some field reads, or nearly.
fn known_text() -> impl Strategy<Value = String> {
    let texts = [
        "",
        " ",
        "a",
        "banana",
        "zebra",
        "xl",
        "s",
        "-1",
        "1",
        "null",
        "true",
        "OFF",
        "nan",
        "inf",
        "-0",
        "1_000",
        "+4",
        "1.0",
        "1e2",
        "1e999999999",
        "-1e-30",
        "0.005",
        "٣",
        "½",
        "0x10",
        "99999999.99",
        "79228162514264337593543950336",
        "a@b.org",
        "\"a b\"@b.org",
        "a@[::1]",
        "http://a.org",
        "http://[::1]:80/x?y#z",
        "https://münchen.de",
        "a-b_c",
        "127.0.0.1",
        "::ffff:1.2.3.4",
        "fe80::1%eth0",
        "1d5e5a3c-6f0a-4a8e-9d5b-0123456789ab",
        "{1d5e5a3c6f0a4a8e9d5b0123456789ab}",
        "urn:uuid:1",
        "2024-02-29",
        "2023-02-29",
        "0001-01-01",
        "9999-12-31",
        "10000-01-01",
        "2024-W53-7",
        "2020W537",
        "29/02/2024",
        "23:59:60",
        "24:00",
        "23:59:59.999999",
        "23:59:59,9999999999",
        "2024-01-02T03:04:05Z",
        "2024-01-02 03:04",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59.999999-23:59",
        "2024-01-02T03:04:05+24:00",
        "2016-12-31T23:59:60Z",
        "P1DT2H3M4.5S",
        "-P999999999D",
        "1 02:03:04.000005",
        "-1 day, 0:00:01",
        "999999999 23:59:59.999999",
        "1000000000 00:00:00",
        "99999999999999999999999999999999999:00:00",
        "12345",
        "abc",
    ];
    select(texts.to_vec()).prop_map(str::to_owned)
}

/// A text in JSON, with escapes that are none of Unicode.
fn json_text() -> impl Strategy<Value = String> {
    let quoted = |text: String| serde_json::to_string(&text).unwrap();
    let odd = [
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        r#""\ud83d\ude00""#,
        r#""\ud83d""#,
        r#""\u0000""#,
        r#""a\u0000b""#,
        r#""\u202e\u200f""#,
        r#""\ufeff""#,
        r#""\uffff""#,
        "\"\u{0}\"",
        "\"\n\"",
        r#""\x""#,
        "\"",
        r#""e\u0301\u0301\u0301""#,
    ];
    prop_oneof![
        8 => known_text().prop_map(quoted),
        2 => any::<String>().prop_map(quoted),
        1 => select(odd.to_vec()).prop_map(str::to_owned),
        1 => (known_text(), 2_usize..3000).prop_map(move |(text, n)| quoted(text.repeat(n))),
    ]
}

fn json_number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<u64>().prop_map(|number| number.to_string()),
        (-20_i8..20).prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| number.to_string()),
        any::<f32>().prop_map(|number| number.to_string()),
        "-?(0|[1-9][0-9]{0,60})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,4})?",
        (1_usize..3000).prop_map(|digits| "9".repeat(digits)),
    ]
}

/// Any JSON and what nearly is: keys come twice, numbers are huge, texts are no texts.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        1 => select(vec!["null", "true", "false", "NaN", "Infinity", "-", "01", "{", "[1,]", ""])
            .prop_map(str::to_owned),
        4 => json_number(),
        6 => json_text(),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = name().prop_map(|name| serde_json::to_string(&name).unwrap());
        let entry = (key, inner.clone()).prop_map(|(key, value)| format!("{key}:{value}"));
        prop_oneof![
            vec(inner, 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            vec(entry, 0..6).prop_map(|entries| format!("{{{}}}", entries.join(","))),
        ]
    })
}

/// An object of known and unknown names, so that most bodies reach the fields.
fn object() -> impl Strategy<Value = String> {
    let key = name().prop_map(|name| serde_json::to_string(&name).unwrap());
    let entry = (key, json()).prop_map(|(key, value)| format!("{key}:{value}"));
    vec(entry, 0..12).prop_map(|entries| format!("{{{}}}", entries.join(",")))
}

/// The name of a part of a form.
fn part_name() -> impl Strategy<Value = String> {
    let index = prop_oneof![0_u64..4, any::<u64>()];
    prop_oneof![
        4 => name(),
        2 => (name(), name()).prop_map(|(outer, inner)| format!("{outer}.{inner}")),
        2 => (name(), index, select(vec!["", "."]), name())
            .prop_map(|(list, index, point, inner)| format!("{list}[{index}]{point}{inner}")),
        1 => name().prop_map(|name| format!("{name}[0].address.street")),
        1 => select(vec!["[", "]", "[]", "lines[", "lines[x]", "lines[-1]sku", "address."])
            .prop_map(str::to_owned),
    ]
}

fn part_value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => known_text().prop_map(String::into_bytes),
        1 => any::<String>().prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..40),
        1 => json_number().prop_map(String::into_bytes),
    ]
}

/// A part of an urlencoded form.
fn part() -> impl Strategy<Value = String> {
    (part_name(), part_value()).prop_map(|(name, value)| {
        format!(
            "{}={}",
            percent_encoded(name.as_bytes()),
            percent_encoded(&value)
        )
    })
}

/// The bytes as they may stand in a form.
fn percent_encoded(bytes: &[u8]) -> String {
    let bytes = bytes.iter().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'[' | b']' => {
            char::from(*byte).to_string()
        }
        _ => format!("%{byte:02x}"),
    });
    bytes.collect()
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn any_json_is_read_or_refused(body in prop_oneof![9 => object(), 1 => json()]) {
        sent(MEDIA_TYPES[0], body);
    }

    #[test]
    fn a_document_says_the_same_as_its_values(body in prop_oneof![9 => object(), 1 => json()]) {
        if let Ok(value) = serde_json::from_str::<Value>(&body) {
            let document = Input::from_slice(body.as_bytes()).unwrap();
            prop_assert!(matches!(document, Input::Document(_)));
            prop_assert_eq!(validated(document), validated(Input::from_json(value)));
        }
    }

    #[test]
    fn any_value_of_one_field_is_read_or_refused(name in name(), value in json()) {
        one(&name, &value);
    }

    #[test]
    fn any_form_is_read_or_refused(parts in vec(part(), 0..12)) {
        sent(MEDIA_TYPES[1], parts.join("&"));
    }

    #[test]
    fn any_multipart_form_is_read_or_refused(
        parts in vec((part_name(), part_value(), 0..6_u8), 0..12),
        end in select(vec!["--x--\r\n", "--x", ""]),
    ) {
        let mut body = Vec::new();
        for (name, value, kind) in parts {
            let name = name.replace(['"', '\r', '\n'], "");
            let file = if kind == 0 { "; filename=\"f\"" } else { "" };
            body.extend(
                format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n")
                    .into_bytes(),
            );
            body.extend(value);
            body.extend(b"\r\n");
        }
        body.extend(end.as_bytes());
        sent(MEDIA_TYPES[2], body);
    }

    /// Only the complaints about choices show what was sent, as those of DRF do.
    #[test]
    fn no_error_shows_what_was_sent(
        name in name().prop_filter("no choice", |name| {
            !["size", "level", "sizes"].contains(&name.as_str())
        }),
        before in known_text(),
        after in known_text(),
        shape in select(vec![
            "@", "[@]", "[[@]]", "{\"k\":@}", "{\"sku\":@}", "[{\"sku\":@,\"quantity\":@}]",
            "{\"zip\":@}", "@@", "[@", "{@",
        ]),
    ) {
        let secret = format!("{before}hunter2{after}");
        let json = serde_json::to_string(&secret).unwrap();
        let form = format!("{name}={secret}&lines[0]quantity={secret}");
        let part = format!(
            "--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{secret}\r\n--x--\r\n"
        );
        for (status, answer) in [
            one(&name, &shape.replace('@', &json)),
            sent(MEDIA_TYPES[1], form),
            sent(MEDIA_TYPES[2], part),
        ] {
            let is_shown = answer.to_string().contains("hunter2");
            assert!(status == StatusCode::OK || !is_shown, "{answer}");
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        media_type in select(MEDIA_TYPES.to_vec()),
        body in vec(any::<u8>(), 0..300),
    ) {
        sent(media_type, body);
    }
}

#[test]
fn no_error_shows_a_password() {
    for value in [
        "\"hunter2\"",
        "[\"hunter2\"]",
        "{\"hunter2\":1}",
        "\"hunter2\\u0000\"",
    ] {
        let (status, answer) = one("password", value);
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(!answer.to_string().contains("hunter2"), "{answer}");
    }
    let (status, answer) = one("password", "\"hunter2hunter2\"");
    assert_eq!((status, answer.get("password")), (StatusCode::OK, None));
}

/// What the fuzz target found worth keeping; `fuzz/` tells how.
#[test]
fn the_corpus_is_read_or_refused() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/body");
    let mut statuses = [0, 0];
    for file in fs::read_dir(corpus).unwrap() {
        let data = fs::read(file.unwrap().path()).unwrap();
        if let Some((media_type, body)) = split(&data) {
            let (status, _) = sent(media_type, body);
            statuses[usize::from(status != StatusCode::OK)] += 1;
        }
    }
    assert!(statuses.iter().all(|count| *count > 10), "{statuses:?}");
}

/// A body with one field.
fn one(name: &str, value: &str) -> (StatusCode, Value) {
    let name = serde_json::to_string(name).unwrap();
    sent(MEDIA_TYPES[0], format!("{{{name}:{value}}}"))
}

#[test]
fn nesting_of_any_depth_is_read_or_refused() {
    for depth in [1, 50, 120, 126, 127, 128, 5_000, 100_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("{\"lines\":[", "]}")] {
            let deep = format!("{}0{}", open.repeat(depth), close.repeat(depth));
            for name in [
                "json", "lines", "grid", "address", "text", "duration", "price", "size",
            ] {
                one(name, &deep);
            }
            sent(MEDIA_TYPES[0], deep);
        }
    }
}

#[test]
fn thousands_of_names_are_read_or_refused() {
    let names = (0..10_000).map(|number| format!("\"unknown{number}\":[{number}]"));
    let body = format!("{{{}}}", names.collect::<Vec<_>>().join(","));
    let (status, answer) = sent(MEDIA_TYPES[0], body);
    assert_eq!(
        (status, &answer["remark"]),
        (StatusCode::OK, &json!("none"))
    );

    let twice = format!("{{{}\"medium\":7}}", "\"medium\":\"x\",".repeat(10_000));
    let (status, answer) = sent(MEDIA_TYPES[0], twice);
    assert_eq!(
        (status, &answer["medium"]),
        (StatusCode::OK, &json!(7)),
        "the last one counts"
    );

    for name in [
        "numbers",
        "lines",
        "labels",
        "lines[0]sku",
        "address.street",
    ] {
        let parts = (0..1_000).map(|number| format!("{name}[{number}]=x"));
        sent(MEDIA_TYPES[1], parts.collect::<Vec<_>>().join("&"));
    }
}

#[test]
fn long_texts_are_read_or_refused() {
    for field in EveryFieldSerializer::fields() {
        for text in [
            "9", "-9.", "a", " ", ":", "0", "é", "\\u0000", "٣", "1:", "%", "a@", "[", "_",
        ] {
            for length in [1_001, 400_000] {
                let (status, answer) = one(&field.name, &format!("\"{}\"", text.repeat(length)));
                let is_small = status == StatusCode::OK || answer.to_string().len() < 3_000_000;
                assert!(is_small, "{}", field.name);
            }
        }
    }
}

#[test]
fn a_small_body_has_no_large_answer() {
    let wrong = [
        ("numbers", "[]"),
        ("words", "[]"),
        ("grid", "[[]]"),
        ("grid", "[\"\",256]"),
        ("lines", "{}"),
        ("lines", "null"),
        ("lines", "{\"sku\":\"\",\"quantity\":0,\"address\":{}}"),
        ("sizes", "0"),
    ];
    for (name, item) in wrong {
        let (status, answer) = one(name, &format!("[{}0]", format!("{item},").repeat(40_000)));
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(answer.to_string().len() < 200_000, "{name}: {item}");
    }
    for name in ["prices", "labels"] {
        let items: Vec<_> = (0..50_000).map(|item| format!("\"{item}\":[]")).collect();
        let (status, answer) = one(name, &format!("{{{}}}", items.join(",")));
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(answer.to_string().len() < 200_000, "{name}");
    }
}

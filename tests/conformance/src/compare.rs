//! What counts as the same answer.
//!
//! Status, headers and body must agree. Three differences that no client can mind are
//! counted apart, as *soft*: the order of keys, `1` against `1.0`, and the
//! `Content-Length` of a HEAD. Content types are compared without their charset, `Allow`
//! and `Vary` as sets.
use std::collections::BTreeSet;

use indexmap::IndexMap;
use regex::Regex;
use serde_json::{Number, Value};

use crate::scenario::{Mask, Rule, Step};

/// An answer as it came from the application.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Headers in lower case; repeated ones are joined by `, `.
    pub headers: IndexMap<String, String>,
    /// The bytes of the body.
    pub body: Vec<u8>,
}

/// The body of an answer, read by its content type.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// An `application/json` or `…+json` body that is valid JSON.
    Json(Value),
    /// Any other body; bytes that are not UTF-8 are replaced.
    Text(String),
}

impl Answer {
    /// The body, read by its content type.
    #[must_use]
    pub fn parsed(&self) -> Body {
        let kind = self.headers.get("content-type").map_or("", String::as_str);
        let kind = kind
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_lowercase();
        if (kind == "application/json" || kind.ends_with("+json"))
            && let Ok(value) = serde_json::from_slice(&self.body)
        {
            return Body::Json(value);
        }
        Body::Text(self.text())
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The differences between a recorded answer and another one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Differences that a client could notice.
    pub hard: Vec<String>,
    /// Differences that no client can mind.
    pub soft: Vec<String>,
}

/// Compares an answer with the recorded one, under the masks of the step.
#[must_use]
pub fn compare_step(step: &Step, answer: &Answer) -> Diff {
    let mut diff = Diff::default();
    if step.response.status != answer.status {
        let start = &answer.body[..answer.body.len().min(200)];
        diff.hard.push(format!(
            "status: expected {}, got {} with body {}",
            step.response.status,
            answer.status,
            short_text(&String::from_utf8_lossy(start)),
        ));
    }
    compare_headers(step, answer, &mut diff);
    compare_body(step, answer, &mut diff);
    diff
}

fn compare_headers(step: &Step, answer: &Answer, diff: &mut Diff) {
    for (name, want) in &step.response.headers {
        let have = answer.headers.get(name).map(String::as_str);
        if let Some(pattern) = step.header_mask.get(name) {
            if !have.is_some_and(|have| matches_fully(pattern, have)) {
                diff.hard.push(format!(
                    "header {name}: expected a match of /{pattern}/, got {have:?}"
                ));
            }
            continue;
        }
        match (want.as_deref(), have) {
            (None, None) => {}
            (None, Some(have)) => {
                diff.hard
                    .push(format!("header {name}: expected none, got {have:?}"));
            }
            // The length is the server's business; only a wrong one counts.
            (Some(_), None) if name == "content-length" => {}
            (Some(want), None) => {
                diff.hard
                    .push(format!("header {name}: expected {want:?}, got none"));
            }
            (Some(want), Some(have)) if name == "content-length" && want != have => {
                let line = format!("header {name}: expected {want:?}, got {have:?}");
                if step.request.method == "HEAD" {
                    diff.soft.push(line);
                } else {
                    diff.hard.push(line);
                }
            }
            (Some(want), Some(have)) => {
                if !same_header(name, want, have) {
                    diff.hard
                        .push(format!("header {name}: expected {want:?}, got {have:?}"));
                }
            }
        }
    }
}

fn same_header(name: &str, want: &str, have: &str) -> bool {
    match name {
        "allow" | "vary" => token_set(want) == token_set(have),
        "content-type" => content_type(want) == content_type(have),
        _ => want == have,
    }
}

fn token_set(value: &str) -> BTreeSet<String> {
    value
        .split(',')
        .map(|part| part.trim().to_lowercase())
        .filter(|part| !part.is_empty())
        .collect()
}

/// The media type and its sorted parameters, without the charset.
fn content_type(value: &str) -> (String, Vec<String>) {
    let mut parts = value
        .split(';')
        .map(|part| part.trim().to_lowercase())
        .filter(|part| !part.is_empty());
    let kind = parts.next().unwrap_or_default();
    let mut parameters: Vec<_> = parts
        .filter(|part| !part.starts_with("charset"))
        .map(|part| part.replace(' ', ""))
        .collect();
    parameters.sort();
    (kind, parameters)
}

fn compare_body(step: &Step, answer: &Answer, diff: &mut Diff) {
    let want = &step.response;
    let whole = rule_for(&step.mask, &[]);
    if matches!(whole, Some(Rule::Ignore)) {
        return;
    }
    let want_text = want.text.as_deref().unwrap_or_default();
    let text = answer.text();
    if want.compare.as_deref() == Some("raw") {
        if want_text != text {
            diff.hard.push(format!(
                "body: expected exactly {}, got {}",
                short_text(want_text),
                short_text(&text)
            ));
        }
        return;
    }
    if let Some(want) = &want.json {
        match answer.parsed() {
            Body::Json(value) => compare_json(want, &value, &step.mask, diff, &mut Vec::new()),
            Body::Text(text) => diff.hard.push(format!(
                "body: expected JSON {}, got text {}",
                short(want),
                short_text(&text)
            )),
        }
        return;
    }
    match (want.compare.as_deref(), whole) {
        (Some("ndjson"), _) => compare_ndjson(want_text, &text, &step.mask, diff),
        (Some("sse"), _) => {
            let (want, got) = (sse_events(want_text), sse_events(&text));
            compare_json(&want, &got, &step.mask, diff, &mut Vec::new());
        }
        (_, Some(rule)) => {
            let (want, got) = (Value::from(want_text), Value::from(text));
            compare_masked(rule, &want, &got, "body", diff);
        }
        _ if want_text != text => diff.hard.push(format!(
            "body: expected text {}, got {}",
            short_text(want_text),
            short_text(&text)
        )),
        _ => {}
    }
}

fn compare_ndjson(want: &str, got: &str, masks: &[Mask], diff: &mut Diff) {
    let parse = |text: &str| -> serde_json::Result<Value> {
        text.lines().map(serde_json::from_str::<Value>).collect()
    };
    match (parse(want), parse(got)) {
        (Ok(want), Ok(value)) => {
            if !got.is_empty() && !got.ends_with('\n') {
                diff.hard
                    .push("body: the last line must end with a newline".to_owned());
            }
            compare_json(&want, &value, masks, diff, &mut Vec::new());
        }
        (Err(error), _) | (_, Err(error)) => {
            diff.hard
                .push(format!("body: not one JSON value per line: {error}"));
        }
    }
}

/// The events of a `text/event-stream` body, each a list of `[field, value]` pairs; the
/// values of data lines that are JSON are parsed.
fn sse_events(text: &str) -> Value {
    let field = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
        let parsed = (name == "data")
            .then(|| serde_json::from_str(value).ok())
            .flatten();
        Value::from(vec![
            Value::from(name),
            parsed.unwrap_or_else(|| Value::from(value)),
        ])
    };
    text.split("\n\n")
        .map(|block| block.split('\n').filter(|line| !line.is_empty()).map(field))
        .map(|fields| fields.collect::<Vec<_>>())
        .filter(|fields| !fields.is_empty())
        .map(Value::from)
        .collect()
}

fn compare_json(
    want: &Value,
    got: &Value,
    masks: &[Mask],
    diff: &mut Diff,
    path: &mut Vec<String>,
) {
    let place = if path.is_empty() {
        "body".to_owned()
    } else {
        format!("/{}", path.join("/"))
    };
    if let Some(rule) = rule_for(masks, path) {
        compare_masked(rule, want, got, &place, diff);
        return;
    }
    match (want, got) {
        (Value::Object(want), Value::Object(got)) => {
            for (key, value) in want.iter().filter(|(key, _)| !got.contains_key(*key)) {
                let value = short(value);
                diff.hard
                    .push(format!("{place}: missing key {key:?} (expected {value})"));
            }
            for (key, value) in got.iter().filter(|(key, _)| !want.contains_key(*key)) {
                diff.hard.push(format!(
                    "{place}: unexpected key {key:?} = {}",
                    short(value)
                ));
            }
            let shared = want.keys().filter(|key| got.contains_key(*key));
            if !shared.eq(got.keys().filter(|key| want.contains_key(*key))) {
                let (want, got) = (keys(want), keys(got));
                diff.soft.push(format!("{place}: key order {want} / {got}"));
            }
            for (key, value) in want {
                if let Some(other) = got.get(key) {
                    path.push(key.clone());
                    compare_json(value, other, masks, diff, path);
                    path.pop();
                }
            }
        }
        (Value::Array(wanted), Value::Array(given)) => {
            if wanted.len() != given.len() {
                diff.hard.push(format!(
                    "{place}: expected {} items, got {}: {} / {}",
                    wanted.len(),
                    given.len(),
                    short(want),
                    short(got)
                ));
            }
            for (at, (value, other)) in wanted.iter().zip(given).enumerate() {
                path.push(at.to_string());
                compare_json(value, other, masks, diff, path);
                path.pop();
            }
        }
        (Value::Number(a), Value::Number(b)) if same_number(a, b) => {
            if a.is_f64() != b.is_f64() {
                diff.soft.push(format!("{place}: number written {a} / {b}"));
            }
        }
        _ if want == got => {}
        _ => diff.hard.push(format!(
            "{place}: expected {}, got {}",
            short(want),
            short(got)
        )),
    }
}

fn compare_masked(rule: &Rule, want: &Value, got: &Value, place: &str, diff: &mut Diff) {
    if matches!(rule, Rule::Ignore) {
        return;
    }
    if kind(want) != kind(got) {
        diff.hard.push(format!(
            "{place}: expected a {}, got {}",
            kind(want),
            short(got)
        ));
        return;
    }
    let text = got.as_str().map_or_else(|| got.to_string(), str::to_owned);
    match rule {
        Rule::Type | Rule::Ignore => {}
        Rule::Prefix(prefix) => {
            if !text.starts_with(prefix) {
                diff.hard.push(format!(
                    "{place}: expected a text starting {prefix:?}, got {text:?}"
                ));
            }
        }
        Rule::Regex(pattern) => {
            if !matches_fully(pattern, &text) {
                diff.hard.push(format!(
                    "{place}: expected a match of /{pattern}/, got {text:?}"
                ));
            }
        }
        Rule::Cursor => {
            let same = want
                .as_str()
                .is_none_or(|want| without_cursor(want) == without_cursor(&text));
            if !same {
                diff.hard.push(format!(
                    "{place}: expected {} (cursor value free), got {}",
                    short(want),
                    short(got)
                ));
            }
        }
    }
}

fn rule_for<'a>(masks: &'a [Mask], path: &[String]) -> Option<&'a Rule> {
    masks.iter().find_map(|mask| mask.rule_at(path))
}

/// A URL without its query, and the sorted query with the cursor's value blanked.
fn without_cursor(url: &str) -> (String, Vec<(String, String)>) {
    let url = url.split('#').next().unwrap_or_default();
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let mut query: Vec<_> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .map(|(key, value)| {
            if key == "cursor" {
                (key, "*".to_owned())
            } else {
                (key, value)
            }
        })
        .collect();
    query.sort();
    (place.to_owned(), query)
}

/// Whether the whole text matches; a pattern that is not a regular expression matches
/// nothing.
fn matches_fully(pattern: &str, text: &str) -> bool {
    Regex::new(&format!(r"\A(?:{pattern})\z")).is_ok_and(|pattern| pattern.is_match(text))
}

/// Whether two numbers are equal in value, however they are written.
fn same_number(a: &Number, b: &Number) -> bool {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => a == b,
        (Some(integer), None) => is_integer(b, integer),
        (None, Some(integer)) => is_integer(a, integer),
        (None, None) => a.as_f64() == b.as_f64(),
    }
}

fn is_integer(float: &Number, integer: i128) -> bool {
    float
        .as_f64()
        .is_some_and(|float| float.fract() == 0.0 && float as i128 == integer)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn keys(object: &serde_json::Map<String, Value>) -> String {
    object
        .keys()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 160 {
        return text;
    }
    let start: String = text.chars().take(157).collect();
    format!("{start}...")
}

fn short_text(text: &str) -> String {
    short(&Value::from(text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "tests")]
    use serde_json::json;

    use super::*;

    /// The numbers of hard and soft differences between a recorded response and an
    /// answer given in the same form.
    #[track_caller]
    fn check(step: Value, answer: Value, hard: usize, soft: usize) {
        let mut whole = json!({"request": {"method": "GET", "path": "/"}});
        whole["response"] = step["response"].clone();
        for key in ["request", "mask", "header_mask"] {
            if let Some(value) = step.get(key) {
                whole[key] = value.clone();
            }
        }
        let step: Step = serde_json::from_value(whole).unwrap();
        let mut headers: IndexMap<String, String> =
            serde_json::from_value(answer["headers"].clone()).unwrap_or_default();
        let body = match (answer.get("json"), answer.get("text")) {
            (Some(value), _) => {
                headers.insert("content-type".to_owned(), "application/json".to_owned());
                value.to_string()
            }
            (None, text) => text.and_then(Value::as_str).unwrap_or_default().to_owned(),
        };
        let status = answer["status"].as_u64().unwrap_or(200);
        let answer = Answer {
            status: status.try_into().unwrap(),
            headers,
            body: body.into(),
        };
        let diff = compare_step(&step, &answer);
        assert_eq!((diff.hard.len(), diff.soft.len()), (hard, soft), "{diff:?}");
    }

    fn check_json(want: Value, masks: Value, got: Value, hard: usize, soft: usize) {
        let step = json!({"response": {"status": 200, "json": want}, "mask": masks});
        check(step, json!({"json": got}), hard, soft);
    }

    fn check_header(name: &str, want: Value, got: Option<&str>, hard: usize) {
        let step = json!({"response": {"status": 200, "headers": {name: want}}});
        let headers = got.map_or(json!({}), |got| json!({name: got}));
        check(step, json!({"headers": headers}), hard, 0);
    }

    fn check_text(compare: Value, want: &str, got: &str, hard: usize) {
        let response = json!({"status": 200, "text": want, "compare": compare});
        check(json!({"response": response}), json!({"text": got}), hard, 0);
    }

    #[test]
    fn json_is_compared_by_value() {
        let none = || json!([]);
        check_json(
            json!({"a": [1, null]}),
            none(),
            json!({"a": [1, null]}),
            0,
            0,
        );
        check_json(json!({"a": 1}), none(), json!({"a": 2}), 1, 0);
        check_json(json!({"a": 1}), none(), json!({"a": "1"}), 1, 0);
        check_json(json!({"a": 1}), none(), json!({"a": true}), 1, 0);
        check_json(json!({"a": 1}), none(), json!({"a": null}), 1, 0);
        check_json(json!({"a": 1}), none(), json!({"b": 1}), 2, 0);
        check_json(json!([1, 2]), none(), json!([1]), 1, 0);
        check_json(json!([1, 2]), none(), json!([2, 1, 3]), 3, 0);
        check_json(json!(null), none(), json!(null), 0, 0);
    }

    #[test]
    fn key_order_and_number_spelling_are_soft() {
        let none = || json!([]);
        check_json(
            json!({"a": 1, "b": 2}),
            none(),
            json!({"b": 2, "a": 1}),
            0,
            1,
        );
        check_json(
            json!({"a": 1, "b": 2}),
            none(),
            json!({"b": 2, "c": 0, "a": 1}),
            1,
            1,
        );
        check_json(json!(1), none(), json!(1.0), 0, 1);
        check_json(json!([0.5]), none(), json!([0.5]), 0, 0);
        check_json(
            json!(9007199254740993_u64),
            none(),
            json!(9007199254740992_u64),
            1,
            0,
        );
    }

    #[test]
    fn a_masked_value_keeps_its_type() {
        check_json(json!({"at": "x"}), json!(["/at"]), json!({"at": "y"}), 0, 0);
        check_json(
            json!({"at": "x"}),
            json!(["/at"]),
            json!({"at": null}),
            1,
            0,
        );
        check_json(json!({"at": "x"}), json!(["/at"]), json!({}), 1, 0);
        check_json(
            json!([{"at": 1}]),
            json!(["/*/at"]),
            json!([{"at": 2.5}]),
            0,
            0,
        );
        check_json(
            json!([{"at": 1}]),
            json!(["/1/at"]),
            json!([{"at": 2}]),
            1,
            0,
        );
        check_json(
            json!({"a": {"b": 1}}),
            json!(["/a"]),
            json!({"a": {}}),
            0,
            0,
        );
        check_json(
            json!({"a": {"b": 1}}),
            json!(["/*/b/c"]),
            json!({"a": {"b": 2}}),
            1,
            0,
        );
        check_json(json!({"a": 1}), json!([""]), json!({"b": 1}), 0, 0);
    }

    #[test]
    fn a_rule_says_what_a_masked_value_may_be() {
        let rule =
            |rule: &str, value: &str| json!([{"pointer": "/a", "rule": rule, "value": value}]);
        let a = |value: &str| json!({"a": value});
        check_json(a("Bad: x"), rule("prefix", "Bad: "), a("Bad: y"), 0, 0);
        check_json(a("Bad: x"), rule("prefix", "Bad: "), a("bad: y"), 1, 0);
        check_json(a("12 s"), rule("regex", "[0-9]+ s"), a("7 s"), 0, 0);
        check_json(a("12 s"), rule("regex", "[0-9]+ s"), a("7 s."), 1, 0);
        check_json(a("ab"), rule("regex", "a|ab"), a("ab"), 0, 0);
        check_json(a("12 s"), rule("regex", "[0-9]+ s"), json!({"a": 7}), 1, 0);
        let ignored = json!([{"pointer": "/a", "rule": "ignore"}]);
        check_json(a("x"), ignored, json!({"a": [1]}), 0, 0);
        let step = json!({"response": {"status": 200, "json": 1},
            "mask": [{"pointer": "", "rule": "ignore"}]});
        check(step, json!({"text": "not JSON"}), 0, 0);
    }

    #[test]
    fn a_cursor_is_free_but_its_url_is_not() {
        let mask = || json!([{"pointer": "/next", "rule": "cursor"}]);
        let next = |url: &str| json!({"next": url});
        let want = || next("http://testserver/a/?cursor=abc&page_size=5");
        for (got, hard) in [
            ("http://testserver/a/?cursor=xyz&page_size=5", 0),
            ("http://testserver/a/?page_size=5&cursor=xyz", 0),
            ("http://testserver/a/?cursor=xyz&page_size=6", 1),
            ("http://testserver/a/?page_size=5", 1),
            ("http://testserver/b/?cursor=abc&page_size=5", 1),
            ("/a/?cursor=abc&page_size=5", 1),
        ] {
            check_json(want(), mask(), next(got), hard, 0);
        }
        check_json(want(), mask(), json!({"next": null}), 1, 0);
        check_json(json!({"next": null}), mask(), json!({"next": null}), 0, 0);
    }

    #[test]
    fn headers_are_compared_by_what_they_mean() {
        check_header("allow", json!("GET, POST"), Some("post,get"), 0);
        check_header("allow", json!("GET, POST"), Some("GET"), 1);
        check_header("vary", json!("Accept"), Some("accept"), 0);
        check_header("vary", json!("Accept"), None, 1);
        check_header("location", json!("/a/"), Some("/A/"), 1);
        check_header(
            "content-type",
            json!("text/csv; charset=utf-8"),
            Some("text/csv"),
            0,
        );
        check_header(
            "content-type",
            json!("text/csv; header=1"),
            Some("text/csv"),
            1,
        );
        check_header("content-type", json!("text/csv"), Some("text/plain"), 1);
        check_header("www-authenticate", json!(null), None, 0);
        check_header("www-authenticate", json!(null), Some("Token"), 1);
        check_header("content-length", json!("0"), None, 0);
        check_header("content-length", json!("0"), Some("0"), 0);
        check_header("content-length", json!("0"), Some("1"), 1);
    }

    #[test]
    fn a_masked_header_matches_and_the_length_of_head_is_soft() {
        let step = json!({"response": {"status": 200, "headers": {"retry-after": "9"}},
            "header_mask": {"retry-after": "[1-9][0-9]?"}});
        check(
            step.clone(),
            json!({"headers": {"retry-after": "60"}}),
            0,
            0,
        );
        check(
            step.clone(),
            json!({"headers": {"retry-after": "600"}}),
            1,
            0,
        );
        check(step, json!({"headers": {}}), 1, 0);
        let step = json!({"request": {"method": "HEAD", "path": "/"},
            "response": {"status": 200, "headers": {"content-length": "5"}}});
        check(step, json!({"headers": {"content-length": "6"}}), 0, 1);
    }

    #[test]
    fn status_and_kind_of_body_count() {
        let response = json!({"status": 200, "json": {}});
        check(
            json!({"response": response}),
            json!({"status": 404, "text": "no"}),
            2,
            0,
        );
        check(json!({"response": response}), json!({"text": "{}"}), 1, 0);
        check_text(json!(null), "a", "a", 0);
        check_text(json!(null), "", "a", 1);
        check_text(json!("raw"), "[1, 2]", "[1,2]", 1);
    }

    #[test]
    fn lines_and_events_are_compared_by_value() {
        check_text(json!("ndjson"), "{\"a\": 1}\n", "{\"a\":1}\n", 0);
        check_text(json!("ndjson"), "{\"a\": 1}\n", "{\"a\":1}", 1);
        check_text(json!("ndjson"), "1\n2\n", "1\n", 1);
        check_text(json!("ndjson"), "1\n", "x\n", 1);
        check_text(json!("ndjson"), "", "", 0);
        check_text(
            json!("sse"),
            "data: {\"a\": 1}\n\n",
            "data: {\"a\":1}\n\n",
            0,
        );
        check_text(json!("sse"), "id: 1\ndata: x\n\n", "data: x\nid: 1\n\n", 4);
        check_text(json!("sse"), "data: a\n\n", "data: a\n\ndata: b\n\n", 1);
        check_text(
            json!("sse"),
            "data: a\ndata: b\n\n",
            "data: a\ndata: b\n\n",
            0,
        );
    }
}

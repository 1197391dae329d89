//! Plain text on its way out.

use restflow_exceptions::{ApiError, Result};
use restflow_serializers::Representation;
use serde_json::{Map, Value};

use crate::{Renderer, RendererContext};

/// `text/plain`, for people and for shells.
///
/// A text is itself, and an object is lines of `name: value`. The items of a list are lines, the
/// objects of a list blocks with an empty line between them. What is nested deeper is compact
/// JSON. An error with nothing but a `detail` is that sentence; an error about fields is a line
/// for each message: `name: This field is required.`
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainTextRenderer;

impl Renderer for PlainTextRenderer {
    fn media_type(&self) -> &'static str {
        "text/plain"
    }

    fn format(&self) -> &'static str {
        "txt"
    }

    fn charset(&self) -> Option<&'static str> {
        Some("utf-8")
    }

    fn render(&self, data: &dyn Representation, context: &RendererContext<'_>) -> Result<Vec<u8>> {
        let value = data.to_value().map_err(ApiError::internal)?;
        let mut text = match value {
            Value::Object(error) if context.is_error() => error_text(&error),
            value => plain_text(&value),
        };
        if !text.is_empty() {
            text.push('\n');
        }
        Ok(text.into_bytes())
    }
}

fn plain_text(value: &Value) -> String {
    match value {
        Value::Object(object) => block(object),
        Value::Array(items) => {
            let blocks = items.iter().any(Value::is_object);
            let items: Vec<_> = items
                .iter()
                .map(|item| match item {
                    Value::Object(object) => block(object),
                    item => scalar(item),
                })
                .collect();
            items.join(if blocks { "\n\n" } else { "\n" })
        }
        value => scalar(value),
    }
}

fn block(object: &Map<String, Value>) -> String {
    let lines: Vec<_> = object
        .iter()
        .map(|(name, value)| format!("{name}: {}", scalar(value)))
        .collect();
    lines.join("\n")
}

fn error_text(error: &Map<String, Value>) -> String {
    if let (1, Some(detail)) = (error.len(), error.get("detail")) {
        return scalar(detail);
    }
    let mut lines = Vec::new();
    for (name, messages) in error {
        match messages {
            Value::Array(messages) => {
                lines.extend(
                    messages
                        .iter()
                        .map(|message| format!("{name}: {}", scalar(message))),
                );
            }
            message => lines.push(format!("{name}: {}", scalar(message))),
        }
    }
    lines.join("\n")
}

/// A text without quotes, nothing for null, and JSON for the rest.
pub(crate) fn scalar(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn data_is_text_for_people() {
        let table = [
            (json!("hello é"), "hello é"),
            (json!(null), ""),
            (json!(7), "7"),
            (json!([1, "two", null]), "1\ntwo\n"),
            (json!({"name": "Ann", "age": 7}), "name: Ann\nage: 7"),
            (
                json!([{"id": 1, "tags": ["a"]}, {"id": 2, "tags": []}]),
                "id: 1\ntags: [\"a\"]\n\nid: 2\ntags: []",
            ),
            (json!([]), ""),
        ];
        for (value, text) in table {
            assert_eq!(plain_text(&value), text, "{value}");
        }
    }

    #[test]
    fn errors_are_their_messages() {
        let table = [
            (json!({"detail": "Not found."}), "Not found."),
            (
                json!({"name": ["Too short.", "Too odd."], "lines": [{}, {"sku": ["Bad."]}]}),
                "name: Too short.\nname: Too odd.\nlines: {}\nlines: {\"sku\":[\"Bad.\"]}",
            ),
            (
                json!({"error": {"code": "not_found"}}),
                "error: {\"code\":\"not_found\"}",
            ),
        ];
        for (error, text) in table {
            assert_eq!(
                error.as_object().map(error_text).as_deref(),
                Some(text),
                "{error}"
            );
        }
    }
}

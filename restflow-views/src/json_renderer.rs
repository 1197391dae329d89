//! JSON on its way out.

use restflow_exceptions::{ApiError, Result};
use restflow_serializers::Representation;
use serde::Serialize;
use serde_json::{Serializer, ser::PrettyFormatter};

use crate::{Renderer, RendererContext};

/// Compact JSON, the default renderer; `Accept: application/json; indent=4` makes it readable.
///
/// The indent is from 0 (compact) to 8 blanks, other numbers are taken for the nearest of these.
/// DRF: `rest_framework.renderers.JSONRenderer`.
#[derive(Debug, Clone, Copy, Default)]
pub struct JsonRenderer;

impl Renderer for JsonRenderer {
    fn media_type(&self) -> &'static str {
        "application/json"
    }

    fn format(&self) -> &'static str {
        "json"
    }

    fn render(&self, data: &dyn Representation, context: &RendererContext<'_>) -> Result<Vec<u8>> {
        let mut body = Vec::with_capacity(INITIAL_BODY_CAPACITY);
        let written = match context.parameter("indent").and_then(indent) {
            None => data.write_json(&mut body),
            Some(indent) => write_indented(data, indent, &mut body),
        };
        written.map_err(ApiError::internal)?;
        Ok(body)
    }
}

/// In bytes: a page of a list or a large object without growing more than once or twice.
const INITIAL_BODY_CAPACITY: usize = 1024;

const BLANKS: &[u8] = b"        ";

/// `None` for compact JSON, also where the parameter is no number (DRF: `get_indent`).
fn indent(parameter: &str) -> Option<&'static [u8]> {
    let indent: i64 = parameter.parse().ok()?;
    let indent = usize::try_from(indent).ok()?.min(BLANKS.len());
    BLANKS.get(..indent).filter(|indent| !indent.is_empty())
}

fn write_indented(
    data: &dyn Representation,
    indent: &[u8],
    body: &mut Vec<u8>,
) -> serde_json::Result<()> {
    let formatter = PrettyFormatter::with_indent(indent);
    data.to_value()?
        .serialize(&mut Serializer::with_formatter(body, formatter))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use restflow_serializers::Json;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_indent_is_from_0_to_8() {
        let table = [
            ("4", Some(4)),
            ("1", Some(1)),
            ("8", Some(8)),
            ("9", Some(8)),
            ("1000000000", Some(8)),
            ("0", None),
            ("-1", None),
            ("four", None),
            ("", None),
        ];
        for (parameter, blanks) in table {
            assert_eq!(indent(parameter).map(<[u8]>::len), blanks, "{parameter:?}");
        }
    }

    #[test]
    fn indented_json_is_that_of_python() {
        let mut body = Vec::new();
        let data = Json(json!({"b": [1, {"c": null}], "a": {}, "d": []}));
        write_indented(&data, b"  ", &mut body).unwrap();
        assert_eq!(
            String::from_utf8(body).unwrap(),
            "{\n  \"b\": [\n    1,\n    {\n      \"c\": null\n    }\n  ],\n  \"a\": {},\n  \"d\": []\n}"
        );
    }
}

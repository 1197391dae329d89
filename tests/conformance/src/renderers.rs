//! The renderers beside JSON.

use restflow::{prelude::*, serializers::Representation};
use serde_json::{Map, Value};

/// `text/csv`: a line of keys, a line for each row, without quoting.
pub(crate) struct CsvRenderer;

impl Renderer for CsvRenderer {
    fn media_type(&self) -> &'static str {
        "text/csv"
    }

    fn format(&self) -> &'static str {
        "csv"
    }

    fn charset(&self) -> Option<&'static str> {
        Some("utf-8")
    }

    fn render(&self, data: &dyn Representation, _context: &RendererContext<'_>) -> Result<Vec<u8>> {
        let data = data.to_value().map_err(ApiError::internal)?;
        let rows: Vec<&Map<String, Value>> = match &data {
            Value::Array(rows) => rows.iter().filter_map(Value::as_object).collect(),
            Value::Object(row) => vec![row],
            _ => Vec::new(),
        };
        let mut lines = String::new();
        if let Some(first) = rows.first() {
            let keys: Vec<&str> = first.keys().map(String::as_str).collect();
            lines.push_str(&keys.join(","));
            lines.push('\n');
        }
        for row in rows {
            let cells: Vec<String> = row.values().map(cell).collect();
            lines.push_str(&cells.join(","));
            lines.push('\n');
        }
        Ok(lines.into_bytes())
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// `text/plain`: the message of an object that has one.
pub(crate) struct PlainTextRenderer;

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

    fn render(&self, data: &dyn Representation, _context: &RendererContext<'_>) -> Result<Vec<u8>> {
        let data = data.to_value().map_err(ApiError::internal)?;
        let text = match data.get("message") {
            Some(Value::String(message)) => message.clone(),
            Some(message) => message.to_string(),
            None => "(text)".to_owned(),
        };
        Ok(text.into_bytes())
    }
}

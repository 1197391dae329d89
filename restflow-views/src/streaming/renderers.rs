//! Renderers for the media types of streams.
//!
//! A stream goes out as it is, whatever the renderer. What a renderer is for is the rest: it makes
//! the media type acceptable and documented, and it writes the errors that come before the stream.

use restflow_exceptions::{ApiError, Result};
use restflow_serializers::Representation;
use serde_json::Value;

use crate::{Renderer, RendererContext};

/// Makes `text/event-stream` acceptable, for views that answer with
/// [`SseResponse`](crate::SseResponse).
///
/// Browsers ask for nothing else when they want events. Other data than a stream becomes one
/// event with the data as JSON.
#[derive(Debug, Clone, Copy, Default)]
pub struct EventStreamRenderer;

impl Renderer for EventStreamRenderer {
    fn media_type(&self) -> &'static str {
        "text/event-stream"
    }

    fn format(&self) -> &'static str {
        "sse"
    }

    fn render(&self, data: &dyn Representation, _context: &RendererContext<'_>) -> Result<Vec<u8>> {
        event(data)
    }
}

fn event(data: &dyn Representation) -> Result<Vec<u8>> {
    let mut body = b"data: ".to_vec();
    data.write_json(&mut body).map_err(ApiError::internal)?;
    body.extend_from_slice(b"\n\n");
    Ok(body)
}

/// Makes `application/x-ndjson` acceptable, for views that answer with
/// [`NdjsonResponse`](crate::NdjsonResponse).
///
/// Other data than a stream is written in the same format: a list as one line for each element,
/// anything else as one line.
#[derive(Debug, Clone, Copy, Default)]
pub struct NdjsonRenderer;

impl Renderer for NdjsonRenderer {
    fn media_type(&self) -> &'static str {
        "application/x-ndjson"
    }

    fn format(&self) -> &'static str {
        "ndjson"
    }

    fn render(&self, data: &dyn Representation, _context: &RendererContext<'_>) -> Result<Vec<u8>> {
        lines(data)
    }
}

fn lines(data: &dyn Representation) -> Result<Vec<u8>> {
    let lines = match data.to_value().map_err(ApiError::internal)? {
        Value::Array(elements) => elements,
        value => vec![value],
    };
    let mut body = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut body, &line).map_err(ApiError::internal)?;
        body.push(b'\n');
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use restflow_serializers::Json;
    use serde_json::json;

    use super::*;

    #[test]
    fn other_data_than_a_stream_is_in_the_format_of_the_stream() {
        let event = |data: Value| String::from_utf8(event(&Json(data)).unwrap()).unwrap();
        let lines = |data: Value| String::from_utf8(lines(&Json(data)).unwrap()).unwrap();
        let error = json!({"detail": "two\nlines"});
        assert_eq!(
            event(error.clone()),
            "data: {\"detail\":\"two\\nlines\"}\n\n"
        );
        assert_eq!(lines(error), "{\"detail\":\"two\\nlines\"}\n");
        assert_eq!(lines(json!([1, {"a": []}])), "1\n{\"a\":[]}\n");
        assert_eq!(lines(json!([])), "");
    }
}

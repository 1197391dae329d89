//! Server-sent events.

use std::{fmt::Write, time::Duration};

use futures_util::{Stream, StreamExt};
use http::{HeaderValue, header};
use restflow_exceptions::{ApiError, Result};
use serde::Serialize;

use super::chunks::{Framing, ItemBody, KeepAlive};
use crate::Response;

/// Server-sent events, each as soon as the stream has it.
///
/// Sets `Cache-Control: no-cache` and `X-Accel-Buffering: no`, so that no proxy holds events back.
///
/// ```
/// use futures_util::stream;
/// use restflow_views::{Response, SseEvent, SseResponse};
///
/// let ticks = stream::iter((1..=3).map(|n| SseEvent::new().id(n).event("tick").data("…")));
/// let response = Response::from(SseResponse::from_items(ticks));
/// assert_eq!(response.headers()["content-type"], "text/event-stream");
/// ```
///
/// A browser asks for events with `Accept: text/event-stream` and is refused with 406 unless the
/// view has [`EventStreamRenderer`](crate::EventStreamRenderer) among its renderers. An error in the middle
/// of the stream aborts the connection, as with
/// [`StreamingJsonListResponse`](crate::StreamingJsonListResponse), and goes to the log; a browser
/// then connects again.
///
/// drf-restflow: `SSEResponse`.
#[derive(Debug)]
#[must_use = "convert it into a `Response`"]
pub struct SseResponse(ItemBody);

impl SseResponse {
    /// The events of `events`; a text is an event with this data.
    pub fn new<S, T, E>(events: S) -> Self
    where
        S: Stream<Item = Result<T, E>> + Send + 'static,
        T: Into<SseEvent>,
        E: Into<ApiError>,
    {
        Self(ItemBody::new(events, Events))
    }

    /// The same of events that cannot fail.
    pub fn from_items<S>(events: S) -> Self
    where
        S: Stream<Item: Into<SseEvent>> + Send + 'static,
    {
        Self::new(events.map(Ok::<_, ApiError>))
    }

    /// Sends a comment whenever there was no event for `interval`, at least a second. Off by default; proxies often
    /// close a connection that is silent for a minute, and a server learns of a client that
    /// vanished only by writing to it.
    pub const fn keep_alive(mut self, interval: Duration) -> Self {
        let shortest = Duration::from_secs(1);
        self.0.options.keep_alive = Some(KeepAlive {
            interval: if interval.as_secs() == 0 {
                shortest
            } else {
                interval
            },
            text: b":\n\n",
        });
        self
    }
}

impl From<SseResponse> for Response {
    fn from(response: SseResponse) -> Self {
        let mut response = response.0.into_response("text/event-stream");
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        response
    }
}

/// One server-sent event. Fields that are not set are left out.
///
/// poem's `sse::Event` does not fit: it writes line breaks in its fields as they are, so that a
/// value from input could forge events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct SseEvent {
    id: Option<String>,
    event: Option<String>,
    retry: Option<Duration>,
    data: Option<String>,
}

impl SseEvent {
    /// An event without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the id, which a client that connects again sends as `Last-Event-ID`. An id with a
    /// line break ends the stream with an error.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a number or a text is given as it is"
    )]
    pub fn id(mut self, id: impl ToString) -> Self {
        self.id = Some(id.to_string());
        self
    }

    /// Sets the type, `message` for a client when there is none. A type with a line break ends the
    /// stream with an error.
    pub fn event(mut self, event: impl Into<String>) -> Self {
        self.event = Some(event.into());
        self
    }

    /// Sets how long a client waits before it connects again, in whole milliseconds.
    pub const fn retry(mut self, retry: Duration) -> Self {
        self.retry = Some(retry);
        self
    }

    /// Sets the data, a text of any number of lines.
    pub fn data(mut self, data: impl Into<String>) -> Self {
        self.data = Some(data.into());
        self
    }

    /// Sets the data to JSON.
    ///
    /// Fails when `data` cannot be written as JSON: a map whose keys are not texts.
    pub fn json<T: Serialize + ?Sized>(self, data: &T) -> Result<Self> {
        let data = serde_json::to_string(data).map_err(ApiError::internal)?;
        Ok(self.data(data))
    }

    fn write(&self, out: &mut String) -> Result<()> {
        for (name, value) in [("id", &self.id), ("event", &self.event)] {
            let Some(value) = value else { continue };
            if value.contains(['\r', '\n']) {
                return Err(ApiError::internal(format!(
                    "the field `{name}` of a server-sent event must not have line breaks"
                )));
            }
            out.extend([name, ": ", value, "\n"]);
        }
        if let Some(retry) = self.retry {
            // Writing to a string does not fail.
            let _ = writeln!(out, "retry: {}", retry.as_millis());
        }
        if let Some(data) = &self.data {
            for line in data.replace("\r\n", "\n").split(['\r', '\n']) {
                out.extend(["data: ", line, "\n"]);
            }
        }
        if out.is_empty() {
            out.push('\n');
        }
        out.push('\n');
        Ok(())
    }
}

impl From<&str> for SseEvent {
    fn from(data: &str) -> Self {
        Self::new().data(data)
    }
}

impl From<String> for SseEvent {
    fn from(data: String) -> Self {
        Self::new().data(data)
    }
}

struct Events;

impl<T: Into<SseEvent>> Framing<T> for Events {
    fn write(&mut self, item: T, out: &mut Vec<u8>) -> Result<()> {
        let mut text = String::new();
        item.into().write(&mut text)?;
        out.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn check(event: impl Into<SseEvent>, expected: Option<&str>) {
        let event = event.into();
        let mut text = String::new();
        let written = event.write(&mut text).ok().map(|()| text);
        assert_eq!(written.as_deref(), expected, "{event:?}");
    }

    #[test]
    fn an_event_is_written_as_the_standard_wants_it() {
        let event = SseEvent::new;
        check("plain text", Some("data: plain text\n\n"));
        check("two\nlines".to_owned(), Some("data: two\ndata: lines\n\n"));
        check(
            event().data("multi\r\nline\rend"),
            Some("data: multi\ndata: line\ndata: end\n\n"),
        );
        check("", Some("data: \n\n"));
        check("\n", Some("data: \ndata: \n\n"));
        check(event(), Some("\n\n"));
        check(event().event("empty"), Some("event: empty\n\n"));
        check(
            event().data("x").retry(Duration::from_secs(3)).id("abc"),
            Some("id: abc\nretry: 3000\ndata: x\n\n"),
        );
        check(
            event().event("tick").id(1).json(&["é"]).unwrap(),
            Some("id: 1\nevent: tick\ndata: [\"é\"]\n\n"),
        );
    }

    #[test]
    fn a_field_with_a_line_break_is_refused() {
        for field in ["a\nb", "a\rb", "\r\n", "a\n\ndata: forged"] {
            check(SseEvent::new().id(field).data("x"), None);
            check(SseEvent::new().event(field).data("x"), None);
        }
    }
}

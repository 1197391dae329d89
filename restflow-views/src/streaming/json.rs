//! Lists in JSON: as one array, and as lines.

use futures_util::{Stream, StreamExt};
use restflow_exceptions::{ApiError, Result};
use serde::Serialize;

use super::chunks::{Framing, ItemBody};
use crate::Response;

/// A JSON array that is written one element at a time.
///
/// It becomes a [`Response`], which has the status and the headers:
///
/// ```
/// use futures_util::stream;
/// use restflow_views::{ApiError, Response, StreamingJsonListResponse};
///
/// let squares = stream::iter((1..=3).map(|n| Ok::<_, ApiError>(n * n)));
/// let response = Response::from(StreamingJsonListResponse::new(squares)).with_header("x-kind", "squares");
/// # let restflow_views::Body::Raw(_) = response.body() else { panic!() };
/// ```
///
/// Items that are ready share a chunk. An error in the middle of the stream aborts the
/// connection, so that the client sees a body that was cut off; the error goes to the log. (The
/// response of drf-restflow closes the array then, and the client takes a part for the whole.) The
/// task that reads the body unwinds for it; a test that reads one in process has to catch that.
/// In HTTP/1.0 a body ends with its connection, so a proxy must ask with HTTP/1.1 (nginx:
/// `proxy_http_version 1.1`) to tell the two apart.
///
/// drf-restflow: `StreamingJSONListResponse`.
#[derive(Debug)]
#[must_use = "convert it into a `Response`"]
pub struct StreamingJsonListResponse(ItemBody);

impl StreamingJsonListResponse {
    /// The array of `items`, which anything may be that serde can serialize. A
    /// [`RawValue`](serde_json::value::RawValue) goes out as it is.
    pub fn new<S, T, E>(items: S) -> Self
    where
        S: Stream<Item = Result<T, E>> + Send + 'static,
        T: Serialize,
        E: Into<ApiError>,
    {
        Self(ItemBody::new(items, Array { is_open: false }))
    }

    /// The same of items that cannot fail.
    pub fn from_items<S>(items: S) -> Self
    where
        S: Stream<Item: Serialize> + Send + 'static,
    {
        Self::new(items.map(Ok::<_, ApiError>))
    }

    /// Sends a chunk when it has this many bytes, although more items are ready. 16 KiB by
    /// default; 0 sends each item by itself.
    pub const fn buffer_size(mut self, bytes: usize) -> Self {
        self.0.options.buffer_size = bytes;
        self
    }
}

impl From<StreamingJsonListResponse> for Response {
    fn from(response: StreamingJsonListResponse) -> Self {
        response.0.into_response("application/json")
    }
}

struct Array {
    is_open: bool,
}

impl<T: Serialize> Framing<T> for Array {
    fn write(&mut self, item: T, out: &mut Vec<u8>) -> Result<()> {
        out.push(if self.is_open { b',' } else { b'[' });
        self.is_open = true;
        serde_json::to_writer(out, &item).map_err(ApiError::internal)
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.is_open { b"]" } else { b"[]" });
    }
}

/// JSON objects, one on each line.
///
/// For exports and feeds: a client can use each line before the next one has arrived. It becomes
/// a [`Response`], which has the status and the headers:
///
/// ```
/// use futures_util::stream;
/// use restflow_views::{NdjsonResponse, Response};
///
/// let numbers = NdjsonResponse::from_items(stream::iter(1..=3));
/// let response = Response::from(numbers).with_header("content-type", "application/jsonl");
/// assert_eq!(response.headers()["content-type"], "application/jsonl");
/// ```
///
/// A client that asks with `Accept: application/x-ndjson` is refused with 406 unless the view has
/// [`NdjsonRenderer`](crate::NdjsonRenderer) among its renderers.
///
/// What is ready goes out at once, in one chunk. An error in the middle of the stream aborts the
/// connection, as with [`StreamingJsonListResponse`]; the error goes to the log.
///
/// drf-restflow: `NDJSONResponse`.
#[derive(Debug)]
#[must_use = "convert it into a `Response`"]
pub struct NdjsonResponse(ItemBody);

impl NdjsonResponse {
    /// The lines of `items`, which anything may be that serde can serialize. A
    /// [`RawValue`](serde_json::value::RawValue) goes out as it is and must not have line breaks.
    pub fn new<S, T, E>(items: S) -> Self
    where
        S: Stream<Item = Result<T, E>> + Send + 'static,
        T: Serialize,
        E: Into<ApiError>,
    {
        Self(ItemBody::new(items, Lines))
    }

    /// The same of items that cannot fail.
    pub fn from_items<S>(items: S) -> Self
    where
        S: Stream<Item: Serialize> + Send + 'static,
    {
        Self::new(items.map(Ok::<_, ApiError>))
    }

    /// Sends a chunk when it has this many bytes, although more items are ready. 16 KiB by
    /// default; 0 sends each item by itself.
    pub const fn buffer_size(mut self, bytes: usize) -> Self {
        self.0.options.buffer_size = bytes;
        self
    }
}

impl From<NdjsonResponse> for Response {
    fn from(response: NdjsonResponse) -> Self {
        response.0.into_response("application/x-ndjson")
    }
}

struct Lines;

impl<T: Serialize> Framing<T> for Lines {
    fn write(&mut self, item: T, out: &mut Vec<u8>) -> Result<()> {
        serde_json::to_writer(&mut *out, &item).map_err(ApiError::internal)?;
        out.push(b'\n');
        Ok(())
    }
}

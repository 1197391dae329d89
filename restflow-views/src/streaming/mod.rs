//! Responses that are written while their items come in.
//!
//! Any stream will do. [`streamed_rows`](crate::ApiViewExt::streamed_rows) makes one of a queryset,
//! in constant memory whatever the number and the size of its rows, and without a connection that
//! waits for the client.

mod chunks;
mod cursor;
mod json;
mod renderers;
mod row_size;
mod rows;
mod settings;
mod sse;

pub(crate) use self::chunks::Origin;
pub use self::{
    json::{NdjsonResponse, StreamingJsonListResponse},
    renderers::{EventStreamRenderer, NdjsonRenderer},
    rows::{RowStream, StreamedRows},
    settings::StreamSettings,
    sse::{SseEvent, SseResponse},
};

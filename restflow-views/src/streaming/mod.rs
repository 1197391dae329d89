//! Responses that are written while their items come in.
//!
//! Any stream will do. [`streamed_rows`](crate::ApiViewExt::streamed_rows) makes one of a queryset, in constant
//! memory whatever the number of rows.

mod chunks;
mod json;
mod renderers;
mod rows;
mod sse;

pub use self::{
    json::{NdjsonResponse, StreamingJsonListResponse},
    renderers::{EventStreamRenderer, NdjsonRenderer},
    rows::{RowStream, StreamedRows},
    sse::{SseEvent, SseResponse},
};

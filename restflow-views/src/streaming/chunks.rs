//! From a stream of items to the chunks of a body.

use std::{
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, stream::poll_fn};
use restflow_exceptions::{ApiError, Result};
use tokio::time::{Sleep, sleep};
use tracing::Span;

use crate::{Request, Response, dispatch::panicked, request_id::RequestName};

/// How the items of a stream become text.
pub(super) trait Framing<T>: Send + 'static {
    /// Appends one item. What an item that fails has written is taken back.
    fn write(&mut self, item: T, out: &mut Vec<u8>) -> Result<()>;

    /// Appends what comes after the last item of a stream that did not fail.
    fn finish(&mut self, _out: &mut Vec<u8>) {}
}

/// What does not depend on the items.
pub(super) struct ChunkOptions {
    /// The bytes at which a chunk goes out although more items are ready.
    pub(super) buffer_size: usize,
    pub(super) keep_alive: Option<KeepAlive>,
}

/// A text for times when there are no items.
#[derive(Clone, Copy)]
pub(super) struct KeepAlive {
    pub(super) interval: Duration,
    pub(super) text: &'static [u8],
}

/// In bytes: large enough that rows share a chunk, small enough to be read ahead of a slow client.
const DEFAULT_BUFFER_SIZE: usize = 16 * 1024;

/// Which request a stream answers, known when its response is rendered. For the log.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin(Arc<OnceLock<RequestName>>);

impl Origin {
    pub(crate) fn set(&self, request: &Request) {
        // It is rendered once.
        let _ = self.0.set(RequestName::of(request));
    }
}

/// A body that is not yet started, without the type of its items.
pub(super) struct ItemBody {
    pub(super) options: ChunkOptions,
    start: Box<dyn FnOnce(ChunkOptions, Origin) -> poem::Body + Send>,
}

impl ItemBody {
    pub(super) fn new<S, T, E, F>(items: S, framing: F) -> Self
    where
        S: Stream<Item = Result<T, E>> + Send + 'static,
        E: Into<ApiError>,
        F: Framing<T>,
    {
        Self {
            options: ChunkOptions {
                buffer_size: DEFAULT_BUFFER_SIZE,
                keep_alive: None,
            },
            start: Box::new(|options, origin| {
                Chunks::new(items, framing, options, origin).into_body()
            }),
        }
    }

    pub(super) fn into_response(self, content_type: &'static str) -> Response {
        let origin = Origin::default();
        let body = (self.start)(self.options, origin.clone());
        Response::raw(content_type, body).with_origin(origin)
    }
}

impl fmt::Debug for ItemBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemBody")
            .field("buffer_size", &self.options.buffer_size)
            .finish_non_exhaustive()
    }
}

/// Collects the items that are ready into chunks.
///
/// Nothing happens before the server asks for a chunk, so a client that does not read stops the
/// stream of items as well. Dropping it drops the stream of items.
struct Chunks<S, F> {
    /// `None` after the last item or an error.
    items: Option<Pin<Box<S>>>,
    framing: F,
    buffer: Vec<u8>,
    /// What ended the stream, told after the bytes before it.
    error: Option<ApiError>,
    /// Whether those bytes had time to go out.
    is_flushed: bool,
    options: ChunkOptions,
    idle: Option<Pin<Box<Sleep>>>,
    origin: Origin,
    /// Where the response was made, so that the log knows the request.
    span: Span,
}

impl<S, T, E, F> Chunks<S, F>
where
    S: Stream<Item = Result<T, E>> + Send + 'static,
    E: Into<ApiError>,
    F: Framing<T>,
{
    fn new(items: S, framing: F, options: ChunkOptions, origin: Origin) -> Self {
        Self {
            items: Some(Box::pin(items)),
            framing,
            buffer: Vec::new(),
            error: None,
            is_flushed: false,
            options,
            idle: None,
            origin,
            span: Span::current(),
        }
    }

    fn into_body(mut self) -> poem::Body {
        poem::Body::from_bytes_stream(poll_fn(move |cx| self.poll_chunk(cx)))
    }

    /// The next chunk. An error aborts the connection: the client sees a body that was cut off
    /// (RFC 9112 §8), never one that looks complete. What happened is for the log only.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if self.error.is_none() && self.items.is_some() {
            self.fill(cx);
        }
        if !self.buffer.is_empty() {
            self.idle = None;
            let chunk = std::mem::take(&mut self.buffer);
            return Poll::Ready(Some(Ok(chunk.into())));
        }
        if self.error.is_some() && !self.is_flushed {
            // The server writes to the socket before it asks again.
            self.is_flushed = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some(error) = self.error.take() {
            let request = self.origin.0.get();
            self.span.in_scope(|| log(request, &error));
            return Poll::Ready(Some(Err(abort())));
        }
        if self.items.is_none() {
            return Poll::Ready(None);
        }
        ready!(self.poll_idle(cx));
        self.idle = None;
        let text = self.options.keep_alive.map_or(&[][..], |idle| idle.text);
        Poll::Ready(Some(Ok(Bytes::from_static(text))))
    }

    /// Takes the items that are ready, up to the size of a chunk.
    fn fill(&mut self, cx: &mut Context<'_>) {
        loop {
            let complete = self.buffer.len();
            // A panic in the server's task would take other streams of the connection with it.
            let polled = catch_unwind(AssertUnwindSafe(|| self.poll_item(cx)));
            match polled
                .unwrap_or_else(|panic| Poll::Ready(Err(panicked("a stream", panic.as_ref()))))
            {
                Poll::Pending => return,
                Poll::Ready(Ok(true)) if self.buffer.len() < self.options.buffer_size => {}
                Poll::Ready(Ok(true)) => return,
                Poll::Ready(Ok(false)) => {
                    self.items = None;
                    self.framing.finish(&mut self.buffer);
                    return;
                }
                Poll::Ready(Err(error)) => {
                    self.items = None;
                    self.buffer.truncate(complete);
                    self.error = Some(error);
                    return;
                }
            }
        }
    }

    /// Writes one item; `false` when there are no more.
    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool>> {
        let Some(items) = &mut self.items else {
            return Poll::Ready(Ok(false));
        };
        Poll::Ready(match ready!(items.as_mut().poll_next(cx)) {
            None => Ok(false),
            Some(Ok(item)) => self.framing.write(item, &mut self.buffer).map(|()| true),
            Some(Err(error)) => Err(error.into()),
        })
    }

    /// Ready when it is time for a sign of life.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(KeepAlive { interval, .. }) = self.options.keep_alive else {
            return Poll::Pending;
        };
        let idle = self.idle.get_or_insert_with(|| Box::pin(sleep(interval)));
        idle.as_mut().poll(cx)
    }
}

/// Closes the connection without the mark of a whole body.
///
/// An error alone is not enough: poem's server (3.1) polls a connection once more after its body
/// has failed, and hyper then ends the body as if it were whole. What it cannot do is go on with a
/// task that unwinds, which it expects of handlers. Without unwinding the error is all there is.
fn abort() -> io::Error {
    const MESSAGE: &str = "the streamed response broke off";
    if cfg!(panic = "unwind") {
        // Not a panic for the hook: what happened is in the log.
        resume_unwind(Box::new(MESSAGE));
    }
    io::Error::other(MESSAGE)
}

fn log(request: Option<&RequestName>, error: &ApiError) {
    tracing::error!(
        method = request.map(|request| tracing::field::display(&request.method)),
        path = request.map(|request| request.path.as_str()),
        request_id = request.and_then(|request| request.id.as_deref()),
        error = %error,
        cause = error.log_source().map(tracing::field::display),
        "a streamed response broke off"
    );
}

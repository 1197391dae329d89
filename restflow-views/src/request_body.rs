//! The body of a request on its way in.

use std::{fmt, io};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream, stream::BoxStream};
use http::{HeaderMap, header};
use restflow_exceptions::{ApiError, ErrorDetail, ErrorKind, Result};
use tokio::sync::Mutex;

/// The body of a request that a [`Parser`](crate::Parser) reads: at once, or piece by piece.
///
/// There is something in it: a request without a body is not parsed.
pub struct RequestBody<'a> {
    source: &'a BodySource,
    max_size: u64,
}

impl<'a> RequestBody<'a> {
    pub(crate) const fn new(source: &'a BodySource, max_size: u64) -> Self {
        Self { source, max_size }
    }

    /// The whole body, at most the settings'
    /// [`max_body_size`](crate::Settings::max_body_size), beyond which it is a 413. The request
    /// keeps it, and can be asked for it later.
    pub async fn bytes(self) -> Result<Bytes> {
        self.source.bytes(self.max_size).await
    }

    /// The body piece by piece as it arrives; a 413 once it has more than `max_size` bytes, or
    /// says that it will. The pieces are gone for everybody else.
    pub async fn into_stream(
        self,
        max_size: u64,
    ) -> Result<impl Stream<Item = Result<Bytes>> + Send + Unpin + 'static> {
        self.source.take(max_size).await
    }
}

impl fmt::Debug for RequestBody<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBody").finish_non_exhaustive()
    }
}

type Chunks = BoxStream<'static, io::Result<Bytes>>;

/// The body as far as it was read.
pub(crate) struct BodySource {
    state: Mutex<State>,
    content_length: Option<u64>,
}

enum State {
    Unread(poem::Body),
    /// The first piece was looked at, to see whether there is any.
    Started(Bytes, Chunks),
    Read(Bytes),
    /// A parser has taken it as a stream.
    Taken,
    /// Reading failed, or was given up: what is left is not the body.
    Unreadable,
    /// It is too large, or a parser could not make sense of the stream.
    Refused(ErrorKind, ErrorDetail),
}

impl BodySource {
    pub(crate) fn new(body: poem::Body, headers: &HeaderMap) -> Self {
        let content_length = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse().ok());
        Self {
            state: Mutex::new(State::Unread(body)),
            content_length,
        }
    }

    /// Whether there is nothing to parse. Reads only where the headers do not tell.
    pub(crate) async fn is_empty(&self) -> Result<bool> {
        let mut state = self.state.lock().await;
        *state = match std::mem::replace(&mut *state, State::Unreadable) {
            State::Unread(body) => match self.content_length {
                Some(0) => State::Read(Bytes::new()),
                Some(_) => State::Unread(body),
                None => {
                    let mut chunks = body.into_bytes_stream().boxed();
                    match next_chunk(&mut chunks).await.map_err(unreadable)? {
                        Some(first) => State::Started(first, chunks),
                        None => State::Read(Bytes::new()),
                    }
                }
            },
            other => other,
        };
        match &*state {
            State::Read(bytes) => Ok(bytes.is_empty()),
            State::Unread(_) | State::Started(..) => Ok(false),
            State::Taken | State::Unreadable | State::Refused(..) => Err(failure(&state)),
        }
    }

    /// All of it, read at the first call.
    pub(crate) async fn bytes(&self, max_size: u64) -> Result<Bytes> {
        let mut state = self.state.lock().await;
        let (first, chunks) = match &*state {
            State::Read(bytes) => return Ok(bytes.clone()),
            _ => self.start(&mut state, max_size)?,
        };
        match collect(first, chunks, max_size).await {
            Ok(Some(bytes)) => {
                *state = State::Read(bytes.clone());
                Ok(bytes)
            }
            Ok(None) => {
                let error = ApiError::payload_too_large(max_size);
                *state = refused(&error);
                Err(error)
            }
            Err(error) => Err(unreadable(error)),
        }
    }

    async fn take(&self, max_size: u64) -> Result<BoxStream<'static, Result<Bytes>>> {
        let mut state = self.state.lock().await;
        let (first, chunks) = match &*state {
            // Who has read it may ask for it again.
            State::Read(bytes) => (bytes.clone(), stream::empty().boxed()),
            _ => {
                let started = self.start(&mut state, max_size)?;
                *state = State::Taken;
                started
            }
        };
        let mut size = 0;
        let all = stream::once(async { Ok(first) }).chain(chunks);
        Ok(all
            .map(move |chunk| {
                let chunk = chunk.map_err(unreadable)?;
                size += chunk.len() as u64;
                if size > max_size {
                    return Err(ApiError::payload_too_large(max_size));
                }
                Ok(chunk)
            })
            .boxed())
    }

    /// Takes what is unread, and leaves an unreadable body.
    fn start(&self, state: &mut State, max_size: u64) -> Result<(Bytes, Chunks)> {
        match state {
            State::Unread(_) | State::Started(..) => {}
            _ => return Err(failure(state)),
        }
        if self.content_length.is_some_and(|length| length > max_size) {
            let error = ApiError::payload_too_large(max_size);
            *state = refused(&error);
            return Err(error);
        }
        match std::mem::replace(state, State::Unreadable) {
            State::Unread(body) => Ok((Bytes::new(), body.into_bytes_stream().boxed())),
            State::Started(first, chunks) => Ok((first, chunks)),
            other => Err(failure(&other)),
        }
    }

    /// Whether a parser has taken the body as a stream, so that it cannot be parsed again.
    pub(crate) async fn is_taken(&self) -> bool {
        matches!(*self.state.lock().await, State::Taken)
    }

    /// Notes that a parser has failed with `error` half way through the stream, so that who asks
    /// again gets the same answer.
    pub(crate) async fn give_up(&self, error: &ApiError) {
        let mut state = self.state.lock().await;
        if matches!(*state, State::Taken) && error.status().is_client_error() {
            *state = refused(error);
        }
    }
}

fn refused(error: &ApiError) -> State {
    State::Refused(error.kind(), error.detail().clone())
}

fn failure(state: &State) -> ApiError {
    match state {
        State::Refused(ErrorKind::PayloadTooLarge, detail) => {
            ApiError::payload_too_large(0).with_detail(detail.clone())
        }
        State::Refused(_, detail) => ApiError::parse_error("").with_detail(detail.clone()),
        State::Taken => ApiError::internal(
            "a parser has read the body as a stream: ask for `data` instead of `body`",
        ),
        _ => could_not_be_read(),
    }
}

fn could_not_be_read() -> ApiError {
    ApiError::parse_error("The request body could not be read.")
}

fn unreadable(error: io::Error) -> ApiError {
    could_not_be_read().with_source(error)
}

async fn next_chunk(chunks: &mut Chunks) -> io::Result<Option<Bytes>> {
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        if !chunk.is_empty() {
            return Ok(Some(chunk));
        }
    }
    Ok(None)
}

/// `None` when there are more than `max_size` bytes. A body of one piece is not copied.
async fn collect(first: Bytes, mut chunks: Chunks, max_size: u64) -> io::Result<Option<Bytes>> {
    let mut whole = first;
    let mut joined = BytesMut::new();
    let mut size = whole.len() as u64;
    while size <= max_size {
        let Some(chunk) = next_chunk(&mut chunks).await? else {
            return Ok(Some(if joined.is_empty() {
                whole
            } else {
                joined.freeze()
            }));
        };
        if size == 0 {
            whole = chunk.clone();
        } else {
            if joined.is_empty() {
                joined.extend_from_slice(&whole);
            }
            joined.extend_from_slice(&chunk);
        }
        size += chunk.len() as u64;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    async fn collected(pieces: &[&'static str], max_size: u64) -> Option<Bytes> {
        let chunks = pieces
            .iter()
            .map(|piece| Ok(Bytes::from_static(piece.as_bytes())));
        let chunks = stream::iter(chunks.collect::<Vec<_>>()).boxed();
        collect(Bytes::new(), chunks, max_size).await.unwrap()
    }

    #[tokio::test]
    async fn the_pieces_of_a_body_are_joined_up_to_the_limit() {
        assert_eq!(collected(&[], 0).await.unwrap(), "");
        assert_eq!(collected(&["", "ab", ""], 2).await.unwrap(), "ab");
        assert_eq!(collected(&["ab", "", "c", "de"], 5).await.unwrap(), "abcde");
        assert_eq!(collected(&["ab", "c", "de"], 4).await, None);
        assert_eq!(collected(&["abc"], 2).await, None);
    }
}

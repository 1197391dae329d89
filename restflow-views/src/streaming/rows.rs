//! The rows of a queryset as a stream, in constant memory.

use std::{
    any::TypeId,
    fmt,
    future::IntoFuture,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
    vec,
};

use futures_util::{FutureExt, Stream, TryStreamExt, future::BoxFuture};
use http::{Method, StatusCode};
use restflow_exceptions::{ApiError, Result};
use restflow_serializers::{
    ModelSerializer, OwnedSerializerContext, PostFetch, PostFetched, PostFetches, RestEntity,
    SerializerClass,
};
use sea_orm::{QueryResult, QueryStream, QueryTrait, Select, StreamTrait};
use serde_json::value::RawValue;
use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    task::JoinHandle,
    time::timeout,
};
use tracing::Instrument;

use crate::{ApiView, Request, responses::RowOptions};

/// In rows: few enough to hold some chunks at once, many enough that the queries of relations do
/// not count.
const DEFAULT_CHUNK_SIZE: usize = 500;

/// As long as servers usually wait for a client to read.
const DEFAULT_STALL_TIMEOUT: Duration = Duration::from_secs(60);

/// A query that is about to be streamed, made by
/// [`streamed_rows`](crate::ApiViewExt::streamed_rows) and awaited.
///
/// It is one statement, of the columns that the serializer shows, and its rows are read as the
/// client takes them: at most three chunks are in memory. Relations and post-fetches are
/// loaded with one query for each of them and chunk.
///
/// The first chunk is read before there is a response, so a query that fails is an ordinary error
/// response. HEAD runs no query.
///
/// **A connection of the pool is held** until the last row is read, the client is gone, or it has
/// taken nothing for the stall timeout. Relations of further chunks need a second connection
/// meanwhile; where the pool has only one, or streams hold all of them, the stream breaks off when
/// the pool's acquire timeout is over. Rows that fit into one chunk need no second connection. On
/// PostgreSQL and MySQL a query that is given up still sends its remaining rows before its
/// connection is free again, so bound what one request may export, and how many run at once.
#[must_use = "a query does nothing until it is awaited"]
pub struct StreamedRows<'a, V, E: RestEntity> {
    view: &'a V,
    request: &'a Request,
    queryset: Select<E>,
    options: RowOptions,
    chunk_size: usize,
    stall_timeout: Duration,
}

impl<'a, V: ApiView, E: RestEntity> StreamedRows<'a, V, E> {
    pub(crate) const fn new(view: &'a V, request: &'a Request, queryset: Select<E>) -> Self {
        Self {
            view,
            request,
            queryset,
            options: RowOptions::new(),
            chunk_size: DEFAULT_CHUNK_SIZE,
            stall_timeout: DEFAULT_STALL_TIMEOUT,
        }
    }

    /// Writes the rows with `S` instead of the response serializer of the view or the action.
    pub fn serializer<S: ModelSerializer<Entity = E>>(mut self) -> Self {
        self.options.serializer::<S>();
        self
    }

    /// Fills one field of the serializer, whatever
    /// [`get_post_fetches`](crate::ApiView::get_post_fetches) of the view says of it: with one
    /// query for each chunk.
    pub fn post_fetch<A: PostFetched>(mut self, post_fetch: PostFetch<E, A>) -> Self {
        self.options
            .post_fetches(PostFetches::new().with(post_fetch));
        self
    }

    /// Fills several fields, also those of nested serializers.
    pub fn post_fetches(mut self, post_fetches: PostFetches) -> Self {
        self.options.post_fetches(post_fetches);
        self
    }

    /// Reads this many rows at a time, 500 by default and at least 1. Fewer for rows that are
    /// large.
    pub const fn chunk_size(mut self, rows: usize) -> Self {
        self.chunk_size = if rows == 0 { 1 } else { rows };
        self
    }

    /// Gives the connection back when the client has taken no row for this long, 60 seconds by
    /// default. The stream then breaks off.
    pub const fn stall_timeout(mut self, stall_timeout: Duration) -> Self {
        self.stall_timeout = stall_timeout;
        self
    }

    async fn start(self) -> Result<RowStream> {
        let class = self.options.class(self.view, self.request)?;
        if class.entity().map(|(entity, _)| entity) != Some(TypeId::of::<E>()) {
            return Err(ApiError::internal(format!(
                "`{}` is no serializer of `{}`, whose rows are streamed: name one with `serializer`",
                class.type_name(),
                std::any::type_name::<E>(),
            )));
        }
        if self.request.method() == Method::HEAD {
            return Ok(RowStream::empty());
        }
        let mut statement = self.queryset.into_query();
        class.project(&mut statement);
        let post_fetches = self.options.into_post_fetches(self.view, self.request);
        let context = self
            .view
            .get_serializer_context(self.request)
            .with_post_fetches(&post_fetches)
            .into_owned();
        let mut cursor = Cursor {
            rows: Some(self.request.db().stream(&statement).await?),
            class,
            chunk_size: self.chunk_size,
            context,
        };
        let first = cursor.next_chunk().await?;
        Ok(RowStream::reading(first, cursor, self.stall_timeout))
    }
}

impl<'a, V: ApiView, E: RestEntity> IntoFuture for StreamedRows<'a, V, E> {
    type Output = Result<RowStream>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.start())
    }
}

impl<V, E: RestEntity> fmt::Debug for StreamedRows<'_, V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamedRows")
            .field("chunk_size", &self.chunk_size)
            .field("stall_timeout", &self.stall_timeout)
            .finish_non_exhaustive()
    }
}

/// Rows as JSON, for [`StreamingJsonListResponse`](crate::StreamingJsonListResponse),
/// [`NdjsonResponse`](crate::NdjsonResponse) or, one in each event,
/// [`SseResponse`](crate::SseResponse).
///
/// Dropping it gives the query up and the connection back to the pool.
pub struct RowStream {
    rows: vec::IntoIter<Box<RawValue>>,
    reader: Option<Reader>,
}

/// The task that reads ahead, by one chunk.
struct Reader {
    chunks: Receiver<Vec<Box<RawValue>>>,
    task: JoinHandle<Result<()>>,
}

impl RowStream {
    fn empty() -> Self {
        Self {
            rows: Vec::new().into_iter(),
            reader: None,
        }
    }

    fn reading(first: Vec<Box<RawValue>>, cursor: Cursor, stall_timeout: Duration) -> Self {
        let reader = (!cursor.is_at_end()).then(|| {
            let (sender, chunks) = mpsc::channel(1);
            let task = cursor.read(sender, stall_timeout).in_current_span();
            Reader {
                chunks,
                task: tokio::spawn(task),
            }
        });
        Self {
            rows: first.into_iter(),
            reader,
        }
    }
}

impl Stream for RowStream {
    type Item = Result<Box<RawValue>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Poll::Ready(Some(Ok(row)));
            }
            let Some(reader) = &mut self.reader else {
                return Poll::Ready(None);
            };
            if let Some(chunk) = ready!(reader.chunks.poll_recv(cx)) {
                self.rows = chunk.into_iter();
                continue;
            }
            // Only a task that has ended well has sent all rows; it may have panicked, too.
            let ended = ready!(reader.task.poll_unpin(cx));
            self.reader = None;
            return Poll::Ready(match ended {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(Err(error)),
                Err(error) => Some(Err(ApiError::internal(error))),
            });
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // The task may be waiting for the database.
        self.task.abort();
    }
}

impl fmt::Debug for RowStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowStream").finish_non_exhaustive()
    }
}

/// The open query, and what the serializer needs besides its rows.
struct Cursor {
    /// Holds a connection; `None` after the last row.
    rows: Option<QueryStream>,
    class: SerializerClass,
    chunk_size: usize,
    context: OwnedSerializerContext,
}

impl Cursor {
    const fn is_at_end(&self) -> bool {
        self.rows.is_none()
    }

    /// Sends all chunks that are left.
    async fn read(
        mut self,
        sender: Sender<Vec<Box<RawValue>>>,
        stall_timeout: Duration,
    ) -> Result<()> {
        while !self.is_at_end() {
            let chunk = self.next_chunk().await?;
            match timeout(stall_timeout, sender.send(chunk)).await {
                Ok(Ok(())) => {}
                Ok(Err(_nobody_listens)) => return Ok(()),
                Err(_elapsed) => {
                    return Err(ApiError::internal(format!(
                        "the client has taken no row for {stall_timeout:?}"
                    )));
                }
            }
        }
        Ok(())
    }

    /// The next rows; fewer than a chunk, or none, at the end.
    async fn next_chunk(&mut self) -> Result<Vec<Box<RawValue>>> {
        let rows = self.next_rows().await?;
        let represented = self
            .class
            .represent_each(rows, &self.context.borrow())
            .await;
        represented.map_err(|error| self.explained(error))
    }

    /// Closes the query with the last row, so that its connection is free for the relations.
    async fn next_rows(&mut self) -> Result<Vec<QueryResult>> {
        let mut rows = Vec::new();
        while rows.len() < self.chunk_size
            && let Some(cursor) = &mut self.rows
        {
            match cursor.try_next().await? {
                Some(row) => rows.push(row),
                None => self.rows = None,
            }
        }
        Ok(rows)
    }

    /// Says why the pool had no connection, if that is what failed.
    fn explained(&self, error: ApiError) -> ApiError {
        let (Some(source), StatusCode::SERVICE_UNAVAILABLE) = (error.log_source(), error.status())
        else {
            return error;
        };
        let class = self.class.type_name();
        let explanation = format!(
            "{source}: the relations of `{class}` need a second connection while its rows are \
             streamed; raise `ConnectOptions::max_connections` or stream fewer rows at a time"
        );
        error.with_source(explanation)
    }
}

//! The rows of a queryset as a stream, in constant memory.

use std::{
    any::TypeId,
    fmt,
    future::IntoFuture,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
    vec,
};

use futures_util::{FutureExt, Stream, future::BoxFuture};
use http::Method;
use restflow_exceptions::{ApiError, Result};
use restflow_pagination::{Keyset, total_order};
use restflow_serializers::{
    ModelSerializer, PostFetch, PostFetched, PostFetches, RestEntity, SerializerClass,
};
use sea_orm::{QueryTrait, Select};
use serde_json::value::RawValue;
use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    task::JoinHandle,
    time::{Instant, timeout_at},
};
use tracing::Instrument;

use super::{
    cursor::{Cursor, OneStatement, Pieces, Rows},
    settings::single_statement_place,
};
use crate::{ApiView, Request, responses::RowOptions};

/// In rows: few enough to hold some chunks at once, many enough that the queries of relations do
/// not count.
const DEFAULT_CHUNK_SIZE: usize = 500;

/// As long as servers usually wait for a client to read.
const DEFAULT_STALL_TIMEOUT: Duration = Duration::from_secs(60);

/// A query that is about to be streamed, made by
/// [`streamed_rows`](crate::ApiViewExt::streamed_rows) and awaited.
///
/// Only the columns that the serializer shows are selected, and rows are read as the client takes
/// them: at most three chunks are in memory, each of [500 rows](Self::chunk_size), or fewer when
/// their values reach 1 MiB. (The bytes count for the databases whose feature of this crate is on,
/// as those of `restflow` turn it on.) Relations and post-fetches are loaded with one query for
/// each of them and chunk, and are not counted: rows with many related ones want smaller chunks. The first chunk is read before there is a response, so a query that fails is
/// an ordinary error response. HEAD runs no query.
///
/// # In chunks
///
/// **Each chunk is a statement of its own**, which asks for the rows behind the last one. No
/// connection is held between two chunks: a pool of one is enough, however many clients read
/// however slowly, and a client that leaves costs no more than the chunk that was being read.
///
/// - The order is that of the queryset, ended by the primary key in the direction of the last
///   column; without an ordering it is the primary key's. **It wants an index**, on which each
///   chunk begins where the last one has ended; without one every chunk sorts all rows anew.
/// - There is no snapshot of the whole: rows that others insert or delete meanwhile come or do not.
///   A row that exists all the time, and whose columns of the ordering do not change, comes exactly
///   once. One that is moved in the order while it is streamed may be missed, or come twice.
/// - The entity must declare what is true of the columns of the ordering: their types, and whether
///   they can be `NULL`.
///
/// # By one statement
///
/// A queryset is read by one statement, from beginning to end, if it
/// [must be](Self::single_statement), or if it cannot be continued behind a row: if it is distinct,
/// grouped, joined, united with another, locked, has a limit or an offset of its own, or is ordered
/// by an expression, by a column of another table, or on MySQL by a column of long texts.
///
/// **A connection of the pool is then held** until the last row is read, the client is gone, or it
/// has taken nothing for the [stall timeout](Self::stall_timeout). Relations of further chunks need
/// a second connection meanwhile; where the pool has only one, the stream breaks off when the
/// pool's acquire timeout is over. Rows that fit into one chunk need no second connection. On
/// PostgreSQL and MySQL a statement that is given up still sends its remaining rows before its
/// connection is free again. So only [a few such streams](crate::StreamSettings) run at once, and
/// one more is answered with 503.
#[must_use = "a query does nothing until it is awaited"]
pub struct StreamedRows<'a, V, E: RestEntity> {
    view: &'a V,
    request: &'a Request,
    queryset: Select<E>,
    options: RowOptions,
    chunk_size: usize,
    stall_timeout: Duration,
    is_single_statement: bool,
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
            is_single_statement: false,
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

    /// Reads this many rows at a time, 500 by default and at least 1. More of them for fewer
    /// statements; rows that are large end a chunk earlier by themselves.
    pub const fn chunk_size(mut self, rows: usize) -> Self {
        self.chunk_size = if rows == 0 { 1 } else { rows };
        self
    }

    /// Breaks the stream off when the client has taken no row for this long, 60 seconds by
    /// default: it gives back the chunks that wait for the client, and the connection of a
    /// [single statement](Self::single_statement).
    pub const fn stall_timeout(mut self, stall_timeout: Duration) -> Self {
        self.stall_timeout = stall_timeout;
        self
    }

    /// Reads all rows [by one statement](Self#by-one-statement) instead of one for each chunk.
    ///
    /// For an export that must be a snapshot, all of it as of the moment at which it began, and for
    /// an ordering without an index, which the database then sorts once. It holds a connection of
    /// the pool for as long as the client takes, so only a few such streams of an API run at once,
    /// see [`StreamSettings`](crate::StreamSettings).
    pub const fn single_statement(mut self) -> Self {
        self.is_single_statement = true;
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
        let rows = self.rows(class).await?;
        let post_fetches = self.options.into_post_fetches(self.view, self.request);
        let context = self
            .view
            .get_serializer_context(self.request)
            .with_post_fetches(&post_fetches)
            .into_owned();
        let mut cursor = Cursor {
            rows,
            class,
            context,
        };
        let first = cursor.next_chunk().await?;
        Ok(RowStream::reading(first, cursor, self.stall_timeout))
    }

    async fn rows(&self, class: SerializerClass) -> Result<Rows> {
        let db = self.request.db();
        if !self.is_single_statement {
            let project = |statement: &mut _| class.project(statement);
            match Keyset::new(&self.queryset, db.get_database_backend(), project) {
                Ok(keyset) => {
                    let pieces = Pieces::new(db.clone(), keyset, self.chunk_size);
                    return Ok(Rows::Pieces(Box::new(pieces)));
                }
                Err(reason) => tracing::debug!(%reason, "rows are streamed by one statement"),
            }
        }
        let place = single_statement_place(self.request).await?;
        let queryset = total_order(self.queryset.clone(), db.get_database_backend());
        let mut statement = queryset.into_query();
        class.project(&mut statement);
        let statement = OneStatement::start(db, &statement, self.chunk_size, place).await?;
        Ok(Rows::Statement(statement))
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
            .field("is_single_statement", &self.is_single_statement)
            .finish_non_exhaustive()
    }
}

/// Rows as JSON, for [`StreamingJsonListResponse`](crate::StreamingJsonListResponse),
/// [`NdjsonResponse`](crate::NdjsonResponse) or, one in each event,
/// [`SseResponse`](crate::SseResponse).
///
/// It reads ahead of what is taken, by two chunks at most, in a task of its own. Dropping it ends the task, and
/// with it the statement that runs, if one does.
pub struct RowStream {
    rows: vec::IntoIter<Box<RawValue>>,
    reader: Option<Reader>,
    last_taken: LastTaken,
}

/// When the client has taken a row for the last time.
#[derive(Clone)]
struct LastTaken(Arc<Mutex<Instant>>);

impl LastTaken {
    fn now() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    fn touch(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn get(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task that reads ahead: one chunk waits to be taken while it has the next one.
struct Reader {
    chunks: Receiver<Vec<Box<RawValue>>>,
    task: JoinHandle<Result<()>>,
}

impl RowStream {
    fn empty() -> Self {
        Self {
            rows: Vec::new().into_iter(),
            reader: None,
            last_taken: LastTaken::now(),
        }
    }

    fn reading(first: Vec<Box<RawValue>>, cursor: Cursor, stall_timeout: Duration) -> Self {
        let last_taken = LastTaken::now();
        let reader = (!cursor.is_at_end()).then(|| {
            let (sender, chunks) = mpsc::channel(1);
            let task = read(cursor, sender, last_taken.clone(), stall_timeout).in_current_span();
            Reader {
                chunks,
                task: tokio::spawn(task),
            }
        });
        Self {
            rows: first.into_iter(),
            reader,
            last_taken,
        }
    }
}

impl Stream for RowStream {
    type Item = Result<Box<RawValue>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(row) = self.rows.next() {
                self.last_taken.touch();
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

/// Sends all chunks that are left.
async fn read(
    mut cursor: Cursor,
    sender: Sender<Vec<Box<RawValue>>>,
    last_taken: LastTaken,
    stall_timeout: Duration,
) -> Result<()> {
    while !cursor.is_at_end() {
        let chunk = cursor.next_chunk().await?;
        let ready = Instant::now();
        let mut sending = pin!(sender.send(chunk));
        loop {
            let stalled = last_taken.get().max(ready) + stall_timeout;
            match timeout_at(stalled, &mut sending).await {
                Ok(Ok(())) => break,
                Ok(Err(_nobody_listens)) => return Ok(()),
                Err(_elapsed) if last_taken.get() + stall_timeout > Instant::now() => {}
                Err(_elapsed) => {
                    return Err(ApiError::internal(format!(
                        "the client has taken no row for {stall_timeout:?}"
                    )));
                }
            }
        }
    }
    Ok(())
}

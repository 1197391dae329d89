//! The rows of a query, chunk by chunk.

use std::collections::VecDeque;

use futures_util::TryStreamExt;
use http::StatusCode;
use restflow_exceptions::{ApiError, Result};
use restflow_pagination::{KeyRange, Keyset};
use restflow_serializers::{OwnedSerializerContext, SerializerClass};
use sea_orm::{
    DatabaseConnection, DbBackend, QueryResult, QueryStream, StreamTrait,
    sea_query::SelectStatement,
};
use serde_json::value::RawValue;
use tokio::{runtime::Handle, sync::OwnedSemaphorePermit};

use super::row_size::row_size;

/// At how many bytes a chunk ends although it could have more rows. Some chunks are held at once.
const CHUNK_BYTES: usize = 1024 * 1024;

/// A query that is being read, and what the serializer needs besides its rows.
pub(super) struct Cursor {
    pub(super) rows: Rows,
    pub(super) class: SerializerClass,
    pub(super) context: OwnedSerializerContext,
}

/// How the rows come.
pub(super) enum Rows {
    /// With a statement for each chunk, and no connection between two of them.
    Pieces(Box<Pieces>),
    /// With one statement, on a connection that is held.
    Statement(OneStatement),
}

impl Cursor {
    pub(super) fn is_at_end(&self) -> bool {
        match &self.rows {
            Rows::Pieces(pieces) => pieces.is_at_end(),
            Rows::Statement(statement) => statement.is_at_end(),
        }
    }

    /// The next rows as JSON; none only at the end.
    pub(super) async fn next_chunk(&mut self) -> Result<Vec<Box<RawValue>>> {
        let rows = match &mut self.rows {
            Rows::Pieces(pieces) => pieces.next_rows().await?,
            Rows::Statement(statement) => statement.next_rows().await?,
        };
        let represented = self
            .class
            .represent_each(rows, &self.context.borrow())
            .await;
        represented.map_err(|error| self.explained(error))
    }

    /// Says why the pool had no connection, if that is what failed and the stream's own fault.
    fn explained(&self, error: ApiError) -> ApiError {
        let (Some(source), StatusCode::SERVICE_UNAVAILABLE, Rows::Statement(rows)) =
            (error.log_source(), error.status(), &self.rows)
        else {
            return error;
        };
        if rows.is_at_end() {
            return error;
        }
        let class = self.class.type_name();
        let explanation = format!(
            "{source}: the relations of `{class}` need a second connection while its rows are \
             read by one statement; raise `ConnectOptions::max_connections`, or let the query be \
             read in chunks, see `StreamedRows`"
        );
        error.with_source(explanation)
    }
}

/// A query that is continued behind the last row of each chunk.
pub(super) struct Pieces {
    db: DatabaseConnection,
    keyset: Keyset,
    /// What is left, in order.
    ranges: VecDeque<KeyRange>,
    chunk_size: usize,
    /// How often the chunk is halved, because rows are large.
    halvings: u32,
}

impl Pieces {
    pub(super) fn new(db: DatabaseConnection, keyset: Keyset, chunk_size: usize) -> Self {
        Self {
            db,
            ranges: VecDeque::from([keyset.whole()]),
            keyset,
            chunk_size,
            halvings: 0,
        }
    }

    fn is_at_end(&self) -> bool {
        self.ranges.is_empty()
    }

    async fn next_rows(&mut self) -> Result<Vec<QueryResult>> {
        while let Some(range) = self.ranges.front() {
            let limit = self.limit();
            // One more row tells whether there is another chunk.
            let ahead = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
            let statement = self.keyset.statement(range, ahead);
            let mut open = self.db.stream_raw(statement).await?;
            let mut taken = Taken::default();
            taken.take_from(&mut open, limit).await?;
            if taken.rows.len() == limit && !taken.is_last {
                taken.is_last = open.try_next().await?.is_none();
            }
            drop(open);
            self.adapt(&taken);
            match taken.rows.last() {
                Some(last) if !taken.is_last => {
                    self.ranges = self.keyset.behind(&self.keyset.position(last)?).into();
                }
                _ => {
                    self.ranges.pop_front();
                }
            }
            if !taken.rows.is_empty() {
                return Ok(taken.rows);
            }
        }
        Ok(Vec::new())
    }

    /// In rows.
    fn limit(&self) -> usize {
        (self.chunk_size >> self.halvings).max(1)
    }

    /// Asks for as many rows as fit into a chunk, so that few are sent by the database and then
    /// not taken.
    fn adapt(&mut self, taken: &Taken) {
        let limit = self.limit();
        if taken.bytes >= CHUNK_BYTES {
            while self.limit() > taken.rows.len().max(1) {
                self.halvings += 1;
            }
        } else if taken.rows.len() == limit && taken.bytes <= CHUNK_BYTES / 2 {
            self.halvings = self.halvings.saturating_sub(1);
        }
    }
}

/// A query that is read from beginning to end.
pub(super) struct OneStatement {
    /// Holds a connection; `None` after the last row.
    open: Option<Open>,
    /// The row that was read to see whether there is another chunk.
    ahead: Option<QueryResult>,
    chunk_size: usize,
}

/// A statement on a connection of its own, and its place among those.
struct Open {
    rows: QueryStream,
    place: OwnedSemaphorePermit,
    backend: DbBackend,
}

impl OneStatement {
    pub(super) async fn start(
        db: &DatabaseConnection,
        statement: &SelectStatement,
        chunk_size: usize,
        place: OwnedSemaphorePermit,
    ) -> Result<Self> {
        let open = Open {
            rows: db.stream(statement).await?,
            place,
            backend: db.get_database_backend(),
        };
        Ok(Self {
            open: Some(open),
            ahead: None,
            chunk_size,
        })
    }

    const fn is_at_end(&self) -> bool {
        self.open.is_none()
    }

    /// Closes the query with the last row, so that its connection is free for the relations.
    async fn next_rows(&mut self) -> Result<Vec<QueryResult>> {
        let mut taken = Taken::default();
        if let Some(row) = self.ahead.take() {
            taken.push(row);
        }
        if let Some(open) = &mut self.open {
            taken.take_from(&mut open.rows, self.chunk_size).await?;
            if !taken.is_last {
                self.ahead = open.rows.try_next().await?;
                taken.is_last = self.ahead.is_none();
            }
        }
        if taken.is_last {
            self.open = None;
        }
        Ok(taken.rows)
    }
}

impl Drop for OneStatement {
    /// PostgreSQL and MySQL send what is left of a statement before its connection can be used
    /// again. As long as that takes, the stream keeps its place, so that no others take more
    /// connections than there are places.
    fn drop(&mut self) {
        let Some(open) = self.open.take() else {
            return;
        };
        if open.backend == DbBackend::Sqlite {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                let Open {
                    mut rows, place, ..
                } = open;
                while let Ok(Some(_)) = rows.try_next().await {}
                drop(rows);
                drop(place);
            });
        }
    }
}

/// Rows of a chunk.
#[derive(Default)]
struct Taken {
    rows: Vec<QueryResult>,
    bytes: usize,
    /// Whether the statement has no more.
    is_last: bool,
}

impl Taken {
    async fn take_from(&mut self, open: &mut QueryStream, limit: usize) -> Result<()> {
        while self.rows.len() < limit && self.bytes < CHUNK_BYTES {
            match open.try_next().await? {
                Some(row) => self.push(row),
                None => {
                    self.is_last = true;
                    break;
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, row: QueryResult) {
        self.bytes += row_size(&row);
        self.rows.push(row);
    }
}

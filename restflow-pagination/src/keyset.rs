//! All rows of a query in pieces, each behind the last row of the piece before.

use std::fmt;

use restflow_exceptions::Result;
use sea_orm::sea_query::{Alias, Expr, SelectStatement, Value};
use sea_orm::{DbBackend, EntityTrait, QueryResult, QueryTrait, Select, Statement};

pub(crate) use self::ordering::{KeyTerm, told_order};
pub(crate) use self::value::KeyColumn;
use crate::sql;

mod condition;
mod ordering;
mod syntax;
#[cfg(test)]
mod tests;
mod value;

/// A query that can be continued behind any of its rows: in the order of its `ORDER BY`, which
/// the primary key ends.
///
/// Whoever reads a table in pieces, with a statement for each of them, uses it instead of
/// `OFFSET`: a piece costs the same wherever it is if an index serves the ordering, and rows that
/// are inserted or deleted meanwhile move no other row to another piece. A row that exists all the
/// time, and whose columns of the ordering do not change, comes exactly once.
///
/// Any number of columns is possible, with mixed directions, ties, `NULL`, `NULLS FIRST` and
/// `NULLS LAST`. All comparisons are the database's own, so its collations are kept. Where the
/// ordering does not have the primary key, that is added in the direction of the last column, so
/// that one index can serve both. An index serves mixed directions, too, but PostgreSQL and SQLite
/// then read the ties of the first column from their beginning for each piece, so it should not
/// have few values. What the entity declares must be true: the type of a column of
/// the ordering, and whether it can be `NULL`.
///
/// ```
/// use restflow_exceptions::Result;
/// use restflow_pagination::Keyset;
/// use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait};
///
/// async fn count_in_pieces<E: EntityTrait>(db: &DatabaseConnection) -> Result<usize> {
///     let keyset = Keyset::new(&E::find(), db.get_database_backend(), |_statement| {})
///         .map_err(restflow_exceptions::ApiError::internal)?;
///     let mut ranges = vec![keyset.whole()];
///     let mut count = 0;
///     while !ranges.is_empty() {
///         let rows = db.query_all_raw(keyset.statement(&ranges[0], 100)).await?;
///         count += rows.len();
///         match rows.last() {
///             Some(last) if rows.len() == 100 => ranges = keyset.behind(&keyset.position(last)?),
///             _ => drop(ranges.remove(0)),
///         }
///     }
///     Ok(count)
/// }
/// ```
pub struct Keyset {
    backend: DbBackend,
    /// Projected, without an ordering; the columns of that stand behind those of the projection.
    statement: SelectStatement,
    terms: Vec<KeyTerm>,
}

impl Keyset {
    /// Takes the query apart. `project` chooses its columns; those of the ordering are selected
    /// behind them, as `restflow_key_0` and so on, and need not be among them.
    ///
    /// # Errors
    /// Fails for a query whose rows do not follow from a position: one that is distinct, grouped,
    /// joined, united with another, cut or locked, or ordered by anything but columns of its
    /// entity whose values can be compared.
    pub fn new<E: EntityTrait>(
        select: &Select<E>,
        backend: DbBackend,
        project: impl FnOnce(&mut SelectStatement),
    ) -> Result<Self, NoKeyset> {
        let mut statement = select.as_query().clone();
        let terms = ordering::total_order::<E>(&statement, backend)?;
        project(&mut statement);
        Ok(Self::in_order(statement, terms, backend))
    }

    /// A projected statement in an order of its own instead of that of its `ORDER BY`.
    ///
    /// The terms must be a total order of the rows of the statement: end in their key.
    pub(crate) fn in_order(
        mut statement: SelectStatement,
        terms: Vec<KeyTerm>,
        backend: DbBackend,
    ) -> Self {
        statement.clear_order_by();
        for (index, term) in terms.iter().enumerate() {
            statement.expr_as(term.select(), Alias::new(key_name(index)));
        }
        Self {
            backend,
            statement,
            terms,
        }
    }

    /// All rows of the query.
    #[must_use]
    pub const fn whole(&self) -> KeyRange {
        KeyRange {
            condition: None,
            fixed: 0,
        }
    }

    /// The statement of the first `limit` rows of a range.
    #[must_use]
    pub fn statement(&self, range: &KeyRange, limit: u64) -> Statement {
        self.statement_from(range, 0, limit)
    }

    /// The statement of `limit` rows of a range, after its first `offset` ones.
    pub(crate) fn statement_from(&self, range: &KeyRange, offset: u64, limit: u64) -> Statement {
        let mut statement = self.statement.clone();
        if let Some(condition) = &range.condition {
            statement.cond_where(condition.clone());
        }
        // MySQL takes no index for the ordering of a range of `NULL`s by `NULL`, PostgreSQL takes
        // none without.
        let fixed = match self.backend {
            DbBackend::MySql => range.fixed,
            _ => 0,
        };
        for term in self.terms.iter().skip(fixed) {
            term.order(&mut statement);
        }
        // Databases count rows in signed integers.
        statement.limit(limit.min(i64::MAX.unsigned_abs()));
        if offset > 0 {
            statement.offset(offset.min(i64::MAX.unsigned_abs()));
        }
        sql::build_for(&statement, self.backend, offset > 0)
    }

    /// Where a row stands in the order.
    ///
    /// # Errors
    /// Fails when a column is not what its entity says: of another type, or `NULL` although it
    /// cannot be.
    pub fn position(&self, row: &QueryResult) -> Result<KeyPosition> {
        let terms = self.terms.iter().enumerate();
        let values = terms.map(|(index, term)| term.read(row, &key_name(index)));
        values.collect::<Result<_>>().map(KeyPosition)
    }

    /// The rows behind a position: ranges that are to be read one after the other, each of which
    /// an index can serve. There are at most two, because databases keep `NULL` apart.
    #[must_use]
    pub fn behind(&self, position: &KeyPosition) -> Vec<KeyRange> {
        self.ranges(position, 0, Edge::Without)
    }

    /// The rows behind a position as [`behind`](Self::behind) gives them, or those from it on,
    /// where many have the values of the position in the first `ties` columns: they are ranges of
    /// their own, so that none is read in vain.
    pub(crate) fn ranges(&self, position: &KeyPosition, ties: usize, edge: Edge) -> Vec<KeyRange> {
        condition::behind(&self.terms, &position.0, ties, edge, self.backend)
    }
}

impl fmt::Debug for Keyset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyset")
            .field("sql", &self.statement(&self.whole(), u64::MAX).sql)
            .finish_non_exhaustive()
    }
}

/// The name of a column of the order in a row. It is not the column's own: that may be selected
/// too, in another form, and drivers keep the last column of a name.
fn key_name(index: usize) -> String {
    format!("restflow_key_{index}")
}

/// Whether a range has the row at its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    Without,
    With,
}

/// A stretch of the rows of a [`Keyset`].
#[derive(Debug, Clone)]
pub struct KeyRange {
    condition: Option<Expr>,
    /// How many of the first columns have one value in the range.
    fixed: usize,
}

impl KeyRange {
    const fn of(condition: Expr) -> Self {
        Self {
            condition: Some(condition),
            fixed: 0,
        }
    }
}

/// Where a row stands in the order of a [`Keyset`]: the values of the columns of the ordering, in
/// full precision.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyPosition(pub(crate) Vec<Option<Value>>);

impl KeyPosition {
    /// In how many of the first columns another position has the same values.
    pub(crate) fn ties(&self, other: &Self) -> u8 {
        let pairs = self.0.iter().zip(&other.0);
        let ties = pairs.take_while(|(one, other)| one == other).count();
        u8::try_from(ties).unwrap_or(u8::MAX)
    }
}

/// Why a query cannot be continued behind one of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoKeyset {
    /// Its rows are not simply those of its entity: it is distinct, grouped, joined, or united
    /// with another query.
    Derived,
    /// It has a `LIMIT` or an `OFFSET` of its own.
    Sliced,
    /// It locks its rows, which a statement that has ended does no longer.
    Locked,
    /// It is ordered by an expression, or by a column of another table.
    Ordering,
    /// It is ordered by a column of a type whose values cannot be compared with those of a row;
    /// in MySQL also by a text that may be longer than what it sorts by (256 characters).
    Incomparable,
    /// The entity has no primary key.
    NoKey,
}

impl fmt::Display for NoKeyset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Derived => "the query is distinct, grouped, joined, or united with another",
            Self::Sliced => "the query has a LIMIT or an OFFSET",
            Self::Locked => "the query locks its rows",
            Self::Ordering => "the query is ordered by something that is no column of its entity",
            Self::Incomparable => "the query is ordered by a column whose values are not compared",
            Self::NoKey => "the entity has no primary key",
        })
    }
}

impl std::error::Error for NoKeyset {}

mod derived;
mod joins;
mod totals;

use std::fmt;
use std::sync::OnceLock;

use futures_util::future::try_join;
use restflow_exceptions::{ApiError, Result};
use sea_orm::sea_query::{
    Alias, Asterisk, DynIden, Expr, Func, FunctionCall, Order, Query, SelectExpr, SelectStatement,
    SimpleExpr,
};
use sea_orm::{
    ColIdx, ColumnTrait, ColumnType, ConnectionTrait, DatabaseConnection, EntityTrait, Iterable,
    PrimaryKeyToColumn, QueryResult, QueryTrait, RelationDef, Select, Statement,
};

use crate::count::CountCache;
use crate::keyset::{KeyTerm, told_order};
use crate::order_by;
use crate::sql::{self, Shape};

/// The query of a list, as a paginator gets it: filtered and ordered, not yet
/// counted, cut or run.
///
/// A paginator of your own calls [`count`](Self::count) if it promises a
/// total, and [`fetch`](Self::fetch) for the rows.
pub struct PageQuery<'a> {
    db: &'a DatabaseConnection,
    /// With the columns of the page.
    statement: SelectStatement,
    /// Those that the query has selected before others were chosen.
    own_columns: Option<Vec<SelectExpr>>,
    /// What both the count and the page must know of `statement`.
    shape: OnceLock<Shape>,
    key: Vec<OrderColumn>,
    ordering: Vec<OrderTerm>,
    /// The table of the entity, as SQL writes it.
    table: fn() -> String,
    counts: Option<&'a (dyn Fn() -> CountCache + Send + Sync)>,
    /// The columns of the entity.
    columns: fn() -> derived::Columns,
    /// The relations of the entity to one row.
    to_one: fn() -> Vec<RelationDef>,
}

/// A cut of a list: `limit` rows after the first `offset` ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The number of rows to skip.
    pub offset: u64,
    /// The most rows to fetch; `None` fetches all.
    pub limit: Option<u64>,
}

impl Window {
    /// `limit` rows after the first `offset` ones.
    #[must_use]
    pub const fn new(offset: u64, limit: u64) -> Self {
        Self {
            offset,
            limit: Some(limit),
        }
    }

    /// All rows.
    pub const ALL: Self = Self {
        offset: 0,
        limit: None,
    };

    /// Whether the window has a row if the list has one.
    pub(crate) fn is_beginning(self) -> bool {
        self.offset == 0 && self.limit != Some(0)
    }

    /// As databases take it: they count rows in signed integers, and SQLite and MySQL have no
    /// `OFFSET` without a `LIMIT`.
    pub(crate) fn bounded(self) -> Self {
        let most = i64::MAX.unsigned_abs();
        let all = (self.offset > 0).then_some(most);
        Self {
            offset: self.offset.min(most),
            limit: self.limit.map(|limit| limit.min(most)).or(all),
        }
    }
}

/// A column of an ordering, without its entity.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OrderColumn {
    pub(crate) table: DynIden,
    pub(crate) column: DynIden,
    pub(crate) kind: ColumnType,
    pub(crate) nullable: bool,
}

impl OrderColumn {
    pub(crate) fn of<C: ColumnTrait>(column: C) -> Self {
        let (table, name) = column.as_column_ref();
        let definition = column.def();
        Self {
            table,
            column: name,
            kind: definition.get_column_type().clone(),
            nullable: definition.is_null(),
        }
    }

    pub(crate) fn expr(&self) -> SimpleExpr {
        Expr::col((self.table.clone(), self.column.clone()))
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.table == other.table && self.column == other.column
    }
}

/// A column of an ordering with its direction.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OrderTerm {
    pub(crate) column: OrderColumn,
    pub(crate) descending: bool,
}

impl OrderTerm {
    pub(crate) fn of<C: ColumnTrait>((column, order): (C, Order)) -> Self {
        Self {
            column: OrderColumn::of(column),
            descending: order == Order::Desc,
        }
    }
}

impl<'a> PageQuery<'a> {
    /// Takes the filtered query of a list. Its own columns are selected until
    /// [`project`](Self::project) chooses others.
    #[must_use]
    pub fn new<E: EntityTrait>(select: Select<E>, db: &'a DatabaseConnection) -> Self {
        Self {
            db,
            statement: select.into_query(),
            own_columns: None,
            shape: OnceLock::new(),
            key: E::PrimaryKey::iter()
                .map(|key| OrderColumn::of(key.into_column()))
                .collect(),
            ordering: Vec::new(),
            table: table_name::<E>,
            counts: None,
            columns: derived::Columns::of::<E>,
            to_one: joins::to_one::<E>,
        }
    }

    /// Chooses the columns of the page, usually those that the serializer
    /// shows, and changes nothing else. They have no influence on the count. It
    /// sees those of the query, also where others were chosen before.
    #[must_use]
    pub fn project(mut self, project: impl FnOnce(&mut SelectStatement)) -> Self {
        if let Some(columns) = &self.own_columns {
            self.statement
                .clear_selects()
                .exprs(columns.iter().cloned());
        } else {
            self.own_columns = Some(derived::selects(&mut self.statement));
        }
        project(&mut self.statement);
        self
    }

    /// Says by which columns an ordering filter has ordered the query, most
    /// significant first.
    ///
    /// Only [`CursorPagination`](crate::CursorPagination) looks at it, which
    /// takes the ordering of the filter instead of its own, as in DRF.
    /// Other paginators leave the `ORDER BY` of the query as it is.
    #[must_use]
    pub fn ordering<C: ColumnTrait>(
        mut self,
        ordering: impl IntoIterator<Item = (C, Order)>,
    ) -> Self {
        self.ordering = ordering.into_iter().map(OrderTerm::of).collect();
        self
    }

    /// The database that the query runs on.
    #[must_use]
    pub fn db(&self) -> &'a DatabaseConnection {
        self.db
    }

    /// The number of rows in the whole list, by `SELECT COUNT(*)`.
    ///
    /// Columns and ordering are dropped first; only a query that is distinct,
    /// grouped, united with another or already cut is counted as a subquery.
    /// Left joins along a `belongs_to` relation of the entity, which bring one
    /// row at most, are dropped if no condition can mean their table. The
    /// database's foreign key makes sure of the one row; where there is none,
    /// and the column that the relation leads to is not unique, declare the
    /// relation with `skip_fk`: its join is then counted. Locks are dropped,
    /// too.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn count(&self) -> Result<u64> {
        let (db, counting) = self.counting_statement();
        run_count(db, counting).await
    }

    /// The rows of one window, in the order of the query; the primary key
    /// ends the ordering, so that no row falls between two pages.
    ///
    /// The key ascends, also behind a descending column: DRF adds none, and
    /// databases then mostly give rows that are otherwise equal as they were
    /// inserted. An index on that column then serves the page
    /// only if its key ascends, too (`created DESC, id ASC`); otherwise the
    /// database sorts the list for each page, MySQL always. Where that takes
    /// too long, order by the key yourself in the direction of the column
    /// (`-created,-id`): it is not added then, and a plain index on both serves
    /// the page.
    ///
    /// A query that is distinct, grouped or united with another is a table for
    /// its page, so that the page has the rows that are counted. That needs a
    /// query that selects the columns of its entity, and a page with nothing
    /// but columns of the entity that is ordered by such columns. Other
    /// queries of this kind run as they are, without an ordering of their own
    /// in the end: order them by all that they select, and by nothing else.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn fetch(self, window: Window) -> Result<Vec<QueryResult>> {
        let backend = self.db.get_database_backend();
        let db = self.db;
        let statement = match self.draft(window.offset) {
            Some(draft) => draft.page(&self.key, window),
            None => sql::build(&self.page_statement(window), backend),
        };
        Ok(db.query_all_raw(statement).await?)
    }

    /// The rows of one window, as [`fetch`](Self::fetch) gives them, and the
    /// number of rows in the whole list, as [`count`](Self::count) does.
    ///
    /// One statement asks for both, with the count as a subquery that the
    /// database runs once: one way to the database instead of two, and a total
    /// that fits the page while others write. The count comes in a column
    /// behind those of the query, `restflow_total`. A statement of its own
    /// counts where the window has no row to bring it along, for queries that
    /// are distinct, grouped, united with another, already cut or locked, and
    /// where the count drops a join.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn fetch_counted(self, window: Window) -> Result<(Vec<QueryResult>, u64)> {
        if let Some(draft) = self
            .draft(window.offset)
            .filter(|draft| !draft.is_left_joined())
            && let Some(page) = draft.page_with_total(&self.key, window, None, totals::TOTAL)
        {
            let alone = || (!window.is_beginning()).then(|| self.counting_statement().1);
            return totals::counted(self.db, page, alone).await;
        }
        // Rare, and large: the future of a plain page has no room for it.
        Box::pin(self.fetch_and_count(window)).await
    }

    /// The same for a query whose count is not simply a column of its page.
    async fn fetch_and_count(self, window: Window) -> Result<(Vec<QueryResult>, u64)> {
        if let Some(counting) = self.without_joins() {
            let count = run_count(self.db, counting);
            return try_join(self.fetch(window), count).await;
        }
        if self.shape().is_locked() {
            let (db, counting) = self.counting_statement();
            return try_join(self.fetch(window), run_count(db, counting)).await;
        }
        let counting = self.counting();
        self.fetch_with(window, counting).await
    }

    /// What the text of the query tells; the columns have no part in it.
    fn shape(&self) -> &Shape {
        self.shape
            .get_or_init(|| Shape::of_rows(&self.statement, self.db.get_database_backend()))
    }

    /// The [`shape`](Self::shape), for whoever takes the query apart.
    fn take_shape(&mut self) -> Shape {
        let shape = self.shape.take();
        shape.unwrap_or_else(|| Shape::of_rows(&self.statement, self.db.get_database_backend()))
    }

    /// The query with its own columns.
    fn rows(&self) -> SelectStatement {
        let mut rows = self.statement.clone();
        if let Some(columns) = &self.own_columns {
            rows.clear_selects().exprs(columns.iter().cloned());
        }
        rows
    }

    /// The statement that counts the rows of the list.
    fn counting(&self) -> SelectStatement {
        let shape = self.shape();
        let mut counted = self.rows();
        if !shape.is_sliced() {
            counted.clear_order_by();
        }
        if shape.is_derived() || shape.is_sliced() {
            return Query::select()
                .expr(total())
                .from_subquery(counted, Alias::new("counted"))
                .take();
        }
        counted.clear_selects().expr(total()).take()
    }

    /// The statement that fetches the rows of one window.
    fn page_statement(mut self, window: Window) -> SelectStatement {
        if let Some(mut page) = self.over_derived() {
            cut(&mut page, window);
            return page;
        }
        let backend = self.db.get_database_backend();
        let shape = self.take_shape();
        let mut page = self.statement;
        if !shape.is_derived() {
            order_by::end_with_key(&mut page, &shape, &self.key, backend);
        }
        if shape.is_sliced() {
            if derived::cut_again(&mut page, window, backend) {
                return page;
            }
            page = Query::select()
                .column(Asterisk)
                .from_subquery(page, Alias::new("sliced"))
                .take();
        }
        cut(&mut page, window);
        page
    }

    /// Takes the query apart for keyset pagination: its columns and conditions, and the terms of
    /// its total order (`own` unless a filter has ordered the query).
    pub(crate) fn into_ordered(self, own: &[OrderTerm]) -> Result<OrderedQuery<'a>> {
        let backend = self.db.get_database_backend();
        let shape = self.shape();
        if shape.is_sliced() || shape.is_derived() {
            return Err(ApiError::internal(KeysetUnfit::Derived));
        }
        let mut statement = self.statement;
        statement.clear_order_by();
        let Some(table) = self.key.first().map(|key| key.table.clone()) else {
            return Err(ApiError::internal(KeysetUnfit::NoKey));
        };
        let mut ordering = if self.ordering.is_empty() {
            own.to_vec()
        } else {
            self.ordering
        };
        for term in &mut ordering {
            // A table that is joined may have no row.
            term.column.nullable |= term.column.table != table;
        }
        let terms = told_order(ordering, &self.key, backend)
            .map_err(|column| ApiError::internal(KeysetUnfit::Incomparable(column)))?;
        Ok(OrderedQuery {
            db: self.db,
            statement,
            table,
            key: self.key,
            terms,
        })
    }
}

impl fmt::Debug for PageQuery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let backend = self.db.get_database_backend();
        f.debug_struct("PageQuery")
            .field("sql", &sql::build(&self.statement, backend).sql)
            .field("ordering", &self.ordering)
            .finish_non_exhaustive()
    }
}

/// A query without ordering, and the terms of its total order.
pub(crate) struct OrderedQuery<'a> {
    pub(crate) db: &'a DatabaseConnection,
    pub(crate) statement: SelectStatement,
    /// The table of the entity.
    pub(crate) table: DynIden,
    /// Its primary key.
    pub(crate) key: Vec<OrderColumn>,
    pub(crate) terms: Vec<KeyTerm>,
}

/// `COUNT(*)`.
fn total() -> FunctionCall {
    Func::count(Expr::col(Asterisk))
}

/// Runs a statement that counts.
pub(crate) async fn run_count(db: &DatabaseConnection, counting: Statement) -> Result<u64> {
    let row = db.query_one_raw(counting).await?;
    row.map_or(Ok(0), |row| number(&row, 0))
}

/// The name of a table in the quotes of standard SQL, with its schema.
fn table_name<E: EntityTrait>() -> String {
    let entity = E::default();
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    match entity.schema_name() {
        Some(schema) => format!("{}.{}", quoted(schema), quoted(entity.table_name())),
        None => quoted(entity.table_name()),
    }
}

/// The count in a column of a row; databases count in signed integers.
fn number(row: &QueryResult, column: impl ColIdx) -> Result<u64> {
    let count: i64 = row.try_get_by(column)?;
    Ok(u64::try_from(count).unwrap_or_default())
}

pub(crate) fn cut(statement: &mut SelectStatement, window: Window) {
    let Window { offset, limit } = window.bounded();
    if let Some(limit) = limit {
        statement.limit(limit);
    }
    if offset > 0 {
        statement.offset(offset);
    }
}

/// The mistake of a developer: keyset pagination over a query that has no positions.
#[derive(Debug)]
enum KeysetUnfit {
    Derived,
    NoKey,
    Incomparable(OrderColumn),
}

impl fmt::Display for KeysetUnfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Derived => f.write_str(
                "CursorPagination needs a query without LIMIT, OFFSET, DISTINCT, GROUP BY and \
                 UNION; use PageNumberPagination for this one",
            ),
            Self::NoKey => f.write_str(
                "CursorPagination needs a primary key, which ends the ordering; the entity has none",
            ),
            Self::Incomparable(column) => write!(
                f,
                "CursorPagination cannot order by `{}`.`{}` of the type {:?}, whose values this \
                 database does not compare; order by a number, a text, a date, a time or a UUID",
                column.table, column.column, column.kind
            ),
        }
    }
}

impl std::error::Error for KeysetUnfit {}

use std::fmt;
use std::sync::OnceLock;

use restflow_exceptions::{ApiError, Result};
use sea_orm::sea_query::{
    Alias, Asterisk, DynIden, Expr, Func, Order, Query, SelectStatement, SimpleExpr,
};
use sea_orm::{
    ColumnTrait, ColumnType, ConnectionTrait, DatabaseConnection, EntityTrait, Iterable,
    PrimaryKeyToColumn, QueryResult, QueryTrait, Select,
};

use crate::sql::{self, Shape};

/// The query of a list, as a paginator gets it: filtered and ordered, not yet
/// counted, cut or run.
///
/// A paginator of your own calls [`count`](Self::count) if it promises a
/// total, and [`fetch`](Self::fetch) for the rows.
pub struct PageQuery<'a> {
    db: &'a DatabaseConnection,
    statement: SelectStatement,
    projected: Option<SelectStatement>,
    /// What both the count and the page must know of `statement`.
    shape: OnceLock<Shape>,
    key: Vec<OrderColumn>,
    ordering: Vec<OrderTerm>,
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

    fn is_in(&self, terms: &[OrderTerm]) -> bool {
        terms.iter().any(|term| {
            term.column.table.to_string() == self.table.to_string()
                && term.column.column.to_string() == self.column.to_string()
        })
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
            projected: None,
            shape: OnceLock::new(),
            key: E::PrimaryKey::iter()
                .map(|key| OrderColumn::of(key.into_column()))
                .collect(),
            ordering: Vec::new(),
        }
    }

    /// Chooses the columns of the page, usually those that the serializer
    /// shows. They have no influence on the count.
    #[must_use]
    pub fn project(mut self, project: impl FnOnce(&mut SelectStatement)) -> Self {
        let mut projected = self.statement.clone();
        project(&mut projected);
        self.projected = Some(projected);
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
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn count(&self) -> Result<u64> {
        let statement = self.count_statement();
        let row = self.db.query_one_raw(statement).await?;
        let count: i64 = match row {
            Some(row) => row.try_get_by_index(0)?,
            None => 0,
        };
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// The rows of one window, in the order of the query; the primary key
    /// ends the ordering, so that no row falls between two pages.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn fetch(self, window: Window) -> Result<Vec<QueryResult>> {
        let db = self.db;
        let statement = self.page_statement(window);
        Ok(db.query_all_raw(statement).await?)
    }

    fn count_statement(&self) -> sea_orm::Statement {
        let backend = self.db.get_database_backend();
        let mut counted = self.statement.clone();
        counted.clear_selects();
        let shape = self.shape.get_or_init(|| Shape::of(&counted, backend));
        let statement = if shape.is_derived() || shape.is_sliced() {
            let mut rows = self.statement.clone();
            if !shape.is_sliced() {
                rows.clear_order_by();
            }
            Query::select()
                .expr(Func::count(Expr::col(Asterisk)))
                .from_subquery(rows, Alias::new("counted"))
                .take()
        } else {
            counted.clear_order_by();
            counted.expr(Func::count(Expr::col(Asterisk)));
            counted
        };
        sql::build(&statement, backend)
    }

    fn page_statement(self, window: Window) -> sea_orm::Statement {
        let backend = self.db.get_database_backend();
        let mut page = self.projected.unwrap_or(self.statement);
        let shape = self
            .shape
            .into_inner()
            .unwrap_or_else(|| Shape::of(&page, backend));
        if shape.is_sliced() {
            page = Query::select()
                .column(Asterisk)
                .from_subquery(page, Alias::new("sliced"))
                .take();
        } else if !shape.is_derived() {
            for key in &self.key {
                if !shape.is_ordered_by(&key.table.to_string(), &key.column.to_string()) {
                    page.order_by_expr(key.expr(), Order::Asc);
                }
            }
        }
        cut(&mut page, window);
        sql::build(&page, backend)
    }

    /// Takes the query apart for keyset pagination: the terms of the total
    /// order (`own` unless a filter has ordered the query), and the statement
    /// without an ordering.
    pub(crate) fn into_keyset(self, own: &[OrderTerm]) -> Result<Keyset<'a>> {
        let backend = self.db.get_database_backend();
        let mut statement = self.projected.unwrap_or(self.statement);
        statement.clear_order_by();
        let shape = Shape::of(&statement, backend);
        if shape.is_sliced() || shape.is_derived() {
            return Err(ApiError::internal(KeysetUnfit));
        }
        let mut terms = if self.ordering.is_empty() {
            own.to_vec()
        } else {
            self.ordering
        };
        for key in self.key {
            if !key.is_in(&terms) {
                terms.push(OrderTerm {
                    column: key,
                    descending: false,
                });
            }
        }
        Ok(Keyset {
            db: self.db,
            statement,
            terms,
        })
    }
}

impl fmt::Debug for PageQuery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let backend = self.db.get_database_backend();
        let statement = self.projected.as_ref().unwrap_or(&self.statement);
        f.debug_struct("PageQuery")
            .field("sql", &sql::build(statement, backend).sql)
            .field("ordering", &self.ordering)
            .finish_non_exhaustive()
    }
}

/// A query without ordering, and the terms of its total order.
pub(crate) struct Keyset<'a> {
    pub(crate) db: &'a DatabaseConnection,
    pub(crate) statement: SelectStatement,
    pub(crate) terms: Vec<OrderTerm>,
}

impl Keyset<'_> {
    pub(crate) async fn fetch(mut self, window: Window) -> Result<Vec<QueryResult>> {
        cut(&mut self.statement, window);
        let statement = sql::build(&self.statement, self.db.get_database_backend());
        Ok(self.db.query_all_raw(statement).await?)
    }
}

fn cut(statement: &mut SelectStatement, window: Window) {
    // Databases count rows in signed integers.
    let bounded = |number: u64| number.min(i64::MAX.unsigned_abs());
    if let Some(limit) = window.limit {
        statement.limit(bounded(limit));
        if window.offset > 0 {
            statement.offset(bounded(window.offset));
        }
    }
}

/// The mistake of a developer: keyset pagination over a query that cannot be
/// filtered any more.
#[derive(Debug)]
struct KeysetUnfit;

impl fmt::Display for KeysetUnfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "CursorPagination needs a query without LIMIT, OFFSET, DISTINCT, GROUP BY and UNION; \
             use PageNumberPagination for this one",
        )
    }
}

impl std::error::Error for KeysetUnfit {}

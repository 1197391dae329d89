//! Counts of a query that are not simply exact.

use futures_util::future::try_join;
use restflow_exceptions::Result;
use sea_orm::sea_query::{Alias, Expr, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, QueryResult, Statement};

use super::{PageQuery, Window, joins, number, run_count, total};
use crate::count::{CountCache, Counted, Estimate, EstimateUnfit};
use crate::sql::{self, Draft, Shape};

/// The name of the column with the count: none that an entity has, because drivers keep the last
/// column of a name.
pub(super) const TOTAL: &str = "restflow_total";

impl<'a> PageQuery<'a> {
    /// Remembers counts there instead of in the paginator: views give the
    /// memory of their API. Only [`Count::Cached`](crate::Count::Cached) asks for
    /// it.
    ///
    /// ```
    /// use restflow_pagination::{CountCache, PageQuery};
    /// use sea_orm::{DatabaseConnection, EntityTrait};
    ///
    /// fn of_the_application<E: EntityTrait>(db: &DatabaseConnection, cache: &CountCache) {
    ///     let cache = || cache.clone();
    ///     let query = PageQuery::new(E::find(), db).with_count_cache(&cache);
    ///     # let _ = query;
    /// }
    /// ```
    #[must_use]
    pub fn with_count_cache(mut self, cache: &'a (dyn Fn() -> CountCache + Send + Sync)) -> Self {
        self.counts = Some(cache);
        self
    }

    pub(crate) fn count_cache(&self) -> Option<CountCache> {
        self.counts.map(|cache| cache())
    }

    /// The number of rows in the whole list if there are at most `cap`, by
    /// `SELECT COUNT(*) FROM (SELECT 1 … LIMIT cap + 1)`: the database visits no
    /// more rows than that. Longer lists have `cap`, and are not exact.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn count_capped(&self, cap: u64) -> Result<Counted> {
        run_count(self.db, self.capped_statement(cap))
            .await
            .map(|rows| below(rows, cap))
    }

    /// The rows of one window, as [`fetch`](Self::fetch) gives them, and the
    /// count up to `cap`, as [`count_capped`](Self::count_capped) does; one
    /// statement under the same conditions as in
    /// [`fetch_counted`](Self::fetch_counted).
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn fetch_capped(
        self,
        window: Window,
        cap: u64,
    ) -> Result<(Vec<QueryResult>, Counted)> {
        if let Some(draft) = self.draft(window.offset)
            && let Some(page) = draft.page_with_total(&self.key, window, Some(cap), TOTAL)
        {
            let alone = || (!window.is_beginning()).then(|| self.capped_statement(cap));
            let (rows, count) = counted(self.db, page, alone).await?;
            return Ok((rows, below(count, cap)));
        }
        let (rows, count) = if self.shape().is_locked() {
            let count = run_count(self.db, self.capped_statement(cap));
            try_join(self.fetch(window), count).await?
        } else {
            let capped = self.capped(cap);
            self.fetch_with(window, capped).await?
        };
        Ok((rows, below(count, cap)))
    }

    /// What an estimate asks the database.
    pub(crate) fn estimating(&self) -> Result<Estimate<'a>> {
        let backend = self.db.get_database_backend();
        if backend != DbBackend::Postgres {
            return Err(EstimateUnfit(backend).into());
        }
        let (db, counting) = self.counting_statement();
        let table = (self.table)();
        let narrowed = !self.shape().is_whole(&table);
        Ok(Estimate {
            db,
            table,
            narrowed: narrowed.then(|| sql::build(&self.rows_only(), backend)),
            counting,
        })
    }

    /// The text of a plain query, for a window behind so many rows; `None` if it is known to be none,
    /// or turns out to be none.
    pub(super) fn draft(&self, offset: u64) -> Option<Draft> {
        let backend = self.db.get_database_backend();
        let is_hopeful = self.shape.get().is_none_or(Shape::is_plain);
        is_hopeful.then(|| Draft::of(&self.statement, backend, offset > 0))?
    }

    /// The exact count as a statement.
    pub(crate) fn counting_statement(&self) -> (&'a DatabaseConnection, Statement) {
        let backend = self.db.get_database_backend();
        let counting = self
            .draft(0)
            .filter(|draft| !draft.is_left_joined())
            .and_then(|draft| draft.count(None))
            .or_else(|| self.without_joins())
            .unwrap_or_else(|| sql::unlock(sql::build(&self.counting(), backend)));
        (self.db, counting)
    }

    /// The exact count without the joins that it does without; `None` where it
    /// has none of those.
    pub(super) fn without_joins(&self) -> Option<Statement> {
        let shape = self.shape();
        if !shape.is_left_joined() || shape.is_derived() || shape.is_sliced() || shape.is_locked() {
            return None;
        }
        let backend = self.db.get_database_backend();
        let mut counting = sql::build(&self.counting(), backend);
        let relations = (self.to_one)();
        counting.sql = joins::without_joins(&counting.sql, &relations, backend)?;
        Some(counting)
    }

    /// The query without its order and, where they do not make its rows, its
    /// columns.
    fn rows_only(&self) -> SelectStatement {
        let shape = self.shape();
        let mut rows = self.rows();
        if !shape.is_sliced() {
            rows.clear_order_by();
        }
        if !shape.is_derived() {
            rows.clear_selects().expr(Expr::cust("1"));
        }
        rows
    }

    fn capped(&self, cap: u64) -> SelectStatement {
        let rows = self.rows_only();
        let mut rows = if self.shape().is_sliced() {
            Query::select()
                .expr(Expr::cust("1"))
                .from_subquery(rows, Alias::new("sliced"))
                .take()
        } else {
            rows
        };
        super::cut(&mut rows, Window::new(0, cap.saturating_add(1)));
        Query::select()
            .expr(total())
            .from_subquery(rows, Alias::new("capped"))
            .take()
    }

    /// The count up to `cap` as a statement, which locks no rows.
    fn capped_statement(&self, cap: u64) -> Statement {
        let backend = self.db.get_database_backend();
        if let Some(counting) = self.draft(0).and_then(|draft| draft.count(Some(cap))) {
            return counting;
        }
        if !self.shape().is_locked() || self.shape().is_sliced() {
            return sql::build(&self.capped(cap), backend);
        }
        let mut rows = self.rows_only();
        super::cut(&mut rows, Window::new(0, cap.saturating_add(1)));
        let mut capped = sql::unlock(sql::build(&rows, backend));
        capped.sql = format!("SELECT COUNT(*) FROM ({}) AS capped", capped.sql);
        capped
    }

    /// The rows of one window and what `counting` counts, in one statement if
    /// that can be.
    pub(super) async fn fetch_with(
        self,
        window: Window,
        counting: SelectStatement,
    ) -> Result<(Vec<QueryResult>, u64)> {
        let backend = self.db.get_database_backend();
        let db = self.db;
        if self.shape().is_derived() || self.shape().is_sliced() {
            let count = run_count(db, sql::build(&counting, backend));
            let (count, rows) = try_join(count, self.fetch(window)).await?;
            return Ok((rows, count));
        }
        let alone = (!window.is_beginning()).then(|| counting.clone());
        let mut page = self.page_statement(window);
        page.expr_as(counting, Alias::new(TOTAL));
        counted(db, sql::build(&page, backend), || {
            Some(sql::build(&alone?, backend))
        })
        .await
    }
}

/// The rows of a page and the total that comes with them; where there is no row to bring it, of
/// the statement that counts, and 0 without one.
pub(super) async fn counted(
    db: &DatabaseConnection,
    page: Statement,
    alone: impl FnOnce() -> Option<Statement>,
) -> Result<(Vec<QueryResult>, u64)> {
    let rows = db.query_all_raw(page).await?;
    let count = match rows.first() {
        Some(row) => number(row, TOTAL)?,
        None => match alone() {
            Some(counting) => run_count(db, counting).await?,
            None => 0,
        },
    };
    Ok((rows, count))
}

const fn below(rows: u64, cap: u64) -> Counted {
    if rows > cap {
        Counted::inexact(cap)
    } else {
        Counted::exact(rows)
    }
}

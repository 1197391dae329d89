//! How the number of rows is found out, and what a page says of it.

mod cache;
mod estimate;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use futures_util::future::try_join;
use restflow_exceptions::{ApiError, Result};
use restflow_fields::FieldInfo;
use sea_orm::{DbBackend, QueryResult};

use crate::{Envelope, PageQuery, Window, schema};

pub use cache::CountCache;
pub(crate) use estimate::Estimate;

/// How a paginator finds out the number of rows of a list.
///
/// An exact count visits every row that the conditions let through, however
/// small the page is. Where a list is long, one of the others costs less; the
/// price is what the client is told.
///
/// | Strategy | `count` in the body | `count_exact` | `last` | Statements |
/// |---|---|---|---|---|
/// | [`Exact`](Self::Exact) | the number of rows | absent | answered | 1 |
/// | [`None`](Self::None) | `null` | absent | 404 | 1 |
/// | [`Capped`](Self::Capped) | the number of rows, at most the cap; more where the page shows the end behind it | `false` above the cap | answered up to the cap, else 404 | 1 |
/// | [`Estimated`](Self::Estimated) | what PostgreSQL expects | `false`, unless the page shows the end | 404 | 2 or 3, at the same time |
/// | [`Cached`](Self::Cached) | the number of rows some time ago | `false`, unless the page shows the end or this request has counted | answered, by a new count | 1 or 2 |
///
/// What holds for each: `next` is there exactly when a further row is, because
/// all but [`Exact`](Self::Exact) fetch one row more than they show. `count` is
/// exact on the page that shows the end of the list, and but for
/// [`Capped`](Self::Capped), which says the cap, it is never less than the rows
/// up to this page. A page by number behind the end is 404 "Invalid page.", of an
/// empty list, too, but with `Exact`; behind an offset that is too large stands
/// an empty page.
///
/// ```
/// use restflow_pagination::{Count, PageNumberPagination};
///
/// let paginator = PageNumberPagination::new(10).count(Count::Capped(10_000));
/// # let _ = paginator;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Count {
    /// `SELECT COUNT(*)`, as in DRF. The default.
    ///
    /// The count and the page are one statement where the query allows it
    /// ([`PageQuery::fetch_counted`]).
    #[default]
    Exact,
    /// No count: `count` is `null`.
    None,
    /// Counts no further than this many rows.
    ///
    /// A longer list has the cap as its `count`, and `count_exact` is `false`:
    /// there are more. That holds on pages behind the cap, too, but for the one
    /// that shows the end of the list, whose `count` is the exact number.
    Capped(u64),
    /// What PostgreSQL expects from its statistics, without visiting rows.
    ///
    /// For a table without conditions that is the number of rows at the last
    /// `VACUUM` or `ANALYZE` (`pg_class.reltuples`), otherwise what the planner
    /// expects of the conditions (`EXPLAIN`), which can be far off. A table
    /// that was never analyzed is counted exactly. Of a table without
    /// conditions it is the number of all rows, also of those that row-level
    /// security hides from this session.
    ///
    /// Other databases have no such statistics to ask: a view with this
    /// strategy refuses to start on them, and a handler of your own answers
    /// with a 500 whose log entry says so ([`Pagination::misconfigured`] tells
    /// it beforehand).
    ///
    /// [`Pagination::misconfigured`]: crate::Pagination::misconfigured
    Estimated,
    /// An exact count that is remembered for a time.
    ///
    /// The same query with the same values is counted once in that time, also
    /// when many ask at once. See [`CountCache`] for what is remembered where.
    Cached(Duration),
}

/// A number of rows, and whether it is the exact one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The number of rows.
    pub rows: u64,
    /// Whether `rows` is the number of rows now. Otherwise it is a cap, an
    /// estimate, or what was counted some time ago.
    pub is_exact: bool,
}

impl Counted {
    pub(crate) const fn exact(rows: u64) -> Self {
        Self {
            rows,
            is_exact: true,
        }
    }

    pub(crate) const fn inexact(rows: u64) -> Self {
        Self {
            rows,
            is_exact: false,
        }
    }
}

/// A [`Count`] at work, with the memory of [`Count::Cached`]: what a paginator
/// of your own holds to fetch a window and its count.
///
/// Clones share what they remember.
#[derive(Debug, Clone, Default)]
pub struct Counter {
    strategy: Count,
    cache: CountCache,
}

/// The rows of a window, and what is known about the rest of the list.
#[derive(Debug)]
pub struct CountedRows {
    /// The rows of the window.
    pub rows: Vec<QueryResult>,
    /// Whether there is a row behind the window.
    pub has_next: bool,
    /// The number of rows of the whole list; `None` where the strategy is
    /// [`Count::None`].
    pub count: Option<Counted>,
}

impl Counter {
    /// # Panics
    /// When `strategy` is [`Count::Capped`] with 0.
    #[must_use]
    pub fn new(strategy: Count) -> Self {
        assert!(
            strategy != Count::Capped(0),
            "the cap of Count::Capped is 0; it says up to how many rows are counted, use \
             Count::None to count none"
        );
        Self {
            strategy,
            cache: CountCache::default(),
        }
    }

    /// How it counts.
    #[must_use]
    pub const fn strategy(&self) -> Count {
        self.strategy
    }

    /// The rows of one window, whether there are more, and the count.
    ///
    /// Page and count are one statement for [`Count::Exact`] and
    /// [`Count::Capped`]: one way to the database and one of its connections
    /// instead of two, and a count that fits the page while others write. The
    /// others ask at the same time, over two connections where the pool has
    /// them.
    ///
    /// # Errors
    /// Fails when the database does, and with [`Count::Estimated`] on other
    /// databases than PostgreSQL.
    pub async fn fetch(&self, query: PageQuery<'_>, window: Window) -> Result<CountedRows> {
        let Some(limit) = window.limit else {
            let rows = query.fetch(window).await?;
            let count = window.offset.saturating_add(length(&rows));
            return Ok(CountedRows {
                rows,
                has_next: false,
                count: Some(Counted::exact(count)),
            });
        };
        if self.strategy == Count::Exact {
            let (rows, count) = query.fetch_counted(window).await?;
            return Ok(CountedRows {
                rows,
                has_next: window.offset.saturating_add(limit) < count,
                count: Some(Counted::exact(count)),
            });
        }
        // Larger than a plain page, whose future has no room for it.
        Box::pin(self.fetch_beyond(query, window.offset, limit)).await
    }

    /// `limit` rows behind `offset` ones, and whether a further one says that there are more.
    async fn fetch_beyond(
        &self,
        query: PageQuery<'_>,
        offset: u64,
        limit: u64,
    ) -> Result<CountedRows> {
        let further = Window::new(offset, limit.saturating_add(1));
        let (mut rows, count) = match self.strategy {
            Count::Exact | Count::None => (query.fetch(further).await?, None),
            Count::Capped(cap) => {
                let (rows, count) = query.fetch_capped(further, cap).await?;
                (rows, Some(count))
            }
            Count::Estimated => {
                let estimate = query.estimating()?;
                let (rows, count) = try_join(query.fetch(further), estimate.run()).await?;
                (rows, Some(count))
            }
            Count::Cached(age) => {
                let cache = self.cache(&query);
                let (db, counting) = query.counting_statement();
                let counting = cache.count(db, counting, age);
                let (rows, count) = try_join(query.fetch(further), counting).await?;
                (rows, Some(count))
            }
        };
        let has_next = length(&rows) > limit;
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let seen = offset.saturating_add(length(&rows));
        // The first page of an empty list shows its end, too.
        let shows_end = !has_next && (!rows.is_empty() || offset == 0);
        let count = count.map(|count| {
            if shows_end {
                return Counted::exact(seen);
            }
            let least = if rows.is_empty() {
                0
            } else {
                seen.saturating_add(u64::from(has_next))
            };
            match self.strategy {
                // What is above the cap is not told.
                Count::Capped(_) => count,
                _ if count.rows < least => Counted::inexact(least),
                _ => count,
            }
        });
        Ok(CountedRows {
            rows,
            has_next,
            count,
        })
    }

    /// The exact number of rows, for the last page; `None` where the strategy
    /// does not find it out. [`Count::Cached`] counts anew and remembers it.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn count_to_the_end(&self, query: &PageQuery<'_>) -> Result<Option<u64>> {
        Ok(match self.strategy {
            Count::Exact => Some(query.count().await?),
            Count::None | Count::Estimated => None,
            Count::Capped(cap) => {
                let counted = query.count_capped(cap).await?;
                counted.is_exact.then_some(counted.rows)
            }
            Count::Cached(_) => {
                let (db, counting) = query.counting_statement();
                let cache = self.cache(query);
                let counted = cache.count(db, counting, Duration::ZERO).await?;
                Some(counted.rows)
            }
        })
    }

    fn cache(&self, query: &PageQuery<'_>) -> CountCache {
        query.count_cache().unwrap_or_else(|| self.cache.clone())
    }

    /// Appends `count`, and `count_exact` where the strategy does not promise
    /// an exact one.
    #[must_use]
    pub fn envelope(&self, envelope: Envelope, count: Option<Counted>) -> Envelope {
        let envelope = envelope.field("count", count.map(|count| count.rows));
        match count {
            Some(count) if self.strategy != Count::Exact => {
                envelope.field("count_exact", count.is_exact)
            }
            _ => envelope,
        }
    }

    /// What [`envelope`](Self::envelope) appends, for the OpenAPI document.
    #[must_use]
    pub fn schema(&self) -> Vec<FieldInfo> {
        let count: Cow<'static, str> = match self.strategy {
            Count::Exact => return vec![schema::count()],
            Count::None => {
                let text = "Always null: the results are not counted.";
                return vec![schema::count().help_text(text).nullable(true)];
            }
            Count::Capped(cap) => {
                format!("The number of results on all pages, counted up to {cap}.").into()
            }
            Count::Estimated => "An estimate of the number of results on all pages.".into(),
            Count::Cached(age) => format!(
                "The number of results on all pages, counted at most {} seconds ago.",
                age.as_secs_f64().ceil()
            )
            .into(),
        };
        vec![schema::count().help_text(count), schema::count_exact()]
    }

    /// Why it cannot work on this database, for the developer.
    #[must_use]
    pub fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        let unfit = self.strategy == Count::Estimated && backend != DbBackend::Postgres;
        unfit.then(|| EstimateUnfit(backend).to_string())
    }
}

fn length(rows: &[QueryResult]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}

/// The mistake of a developer: an estimate of a database that has none.
#[derive(Debug)]
pub(crate) struct EstimateUnfit(pub(crate) DbBackend);

impl fmt::Display for EstimateUnfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`Count::Estimated` asks the statistics of PostgreSQL, and the database is {:?}; use \
             `Count::Capped` or `Count::Cached` there",
            self.0
        )
    }
}

impl std::error::Error for EstimateUnfit {}

impl From<EstimateUnfit> for ApiError {
    fn from(unfit: EstimateUnfit) -> Self {
        Self::internal(unfit)
    }
}

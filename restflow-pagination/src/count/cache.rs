//! Counts that are remembered for a time.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hashlink::LruCache;
use restflow_exceptions::Result;
use sea_orm::{DatabaseConnection, Statement};
use tokio::sync::OnceCell;

use super::Counted;
use crate::query;

/// The counts that [`Count::Cached`](super::Count::Cached) remembers, by the SQL
/// text of the count and its values. Clones are the same memory.
///
/// It belongs to one database: each paginator has its own, and a view takes the
/// one of its API instead
/// ([`PageQuery::with_count_cache`](crate::PageQuery::with_count_cache)), so that
/// two APIs of one process never see each other's counts. In handlers of your
/// own, a paginator with [`Count::Cached`](super::Count::Cached) is for one
/// database. It is not for tables whose rows depend on the session of the
/// database (row-level security), for the SQL text is the same there.
///
/// It holds the counts of the 1,000 queries that were asked for last, and none
/// whose text and values are longer than 4,096 bytes: those are counted each
/// time.
#[derive(Clone)]
pub struct CountCache(Arc<Mutex<LruCache<String, Arc<Entry>>>>);

const CAPACITY: NonZeroUsize = NonZeroUsize::new(1000).expect("1000 is not 0");

/// The longest key in bytes.
const MAX_KEY: usize = 4096;

/// One count: the first to ask runs it, those that come meanwhile wait for it.
struct Entry {
    started: Instant,
    count: OnceCell<u64>,
}

impl Entry {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            started: Instant::now(),
            count: OnceCell::new(),
        })
    }

    /// A count that still runs is as fresh as it gets.
    fn is_older_than(&self, age: Duration) -> bool {
        self.count.initialized() && self.started.elapsed() >= age
    }
}

impl Default for CountCache {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(CAPACITY.get()))))
    }
}

impl CountCache {
    /// The count that `counting` gives, not older than `age`.
    pub(super) async fn count(
        &self,
        db: &DatabaseConnection,
        counting: Statement,
        age: Duration,
    ) -> Result<Counted> {
        let Some(entry) = self.entry(&counting, age) else {
            return query::run_count(db, counting).await.map(Counted::exact);
        };
        let mut is_new = false;
        let run = async {
            is_new = true;
            query::run_count(db, counting).await
        };
        let rows = *entry.count.get_or_try_init(|| run).await?;
        Ok(Counted {
            rows,
            is_exact: is_new,
        })
    }

    /// The place of a count; `None` where it is too long to be remembered.
    fn entry(&self, counting: &Statement, age: Duration) -> Option<Arc<Entry>> {
        let key = key(counting)?;
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get(&key)
            && !entry.is_older_than(age)
        {
            return Some(Arc::clone(entry));
        }
        let entry = Entry::new();
        entries.insert(key, Arc::clone(&entry));
        Some(entry)
    }
}

/// The text of a count with its values.
fn key(counting: &Statement) -> Option<String> {
    let mut key = String::new();
    let values = counting.values.iter().flat_map(|values| &values.0);
    // A value longer than the whole key may be is not even written.
    let mut writer = Bounded(&mut key);
    fmt::Write::write_str(&mut writer, &counting.sql).ok()?;
    for value in values {
        fmt::Write::write_fmt(&mut writer, format_args!("\0{value:?}")).ok()?;
    }
    Some(key)
}

/// Writes up to the longest key.
struct Bounded<'a>(&'a mut String);

impl fmt::Write for Bounded<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > MAX_KEY {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

impl fmt::Debug for CountCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("CountCache")
            .field("entries", &entries.len())
            .finish_non_exhaustive()
    }
}

//! Counts in the memory of the process.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use restflow_exceptions::Result;
use restflow_views::ThrottleDecision;
use tokio::time::Instant;

use crate::{Rate, ThrottleStore};

/// Counts in the memory of the process: the default store. Clones share their counts.
///
/// It keeps the times of the requests of the last period, as DRF's cache does, and nothing longer.
/// Of a rate of more than 1,024 requests it keeps at most 1,025 times, so that a request may be
/// remembered for up to a 1,024th of the period too long, never too short.
///
/// What it remembers has a bound, see [`with_capacity`](Self::with_capacity): where a client
/// can choose its key (a forged `X-Forwarded-For`), it cannot fill the memory. When the bound is
/// reached, the counts that would be forgotten next are forgotten at once, which a warning in the
/// log tells.
///
/// Several processes count for themselves, and a restart forgets; where that matters, use a store
/// that they share.
///
/// Time is [`tokio::time::Instant`], which a test can move with `tokio::time::advance`.
#[derive(Clone)]
pub struct InMemoryStore(Arc<Shared>);

struct Shared {
    start: Instant,
    shards: [Mutex<Shard>; SHARDS],
    /// Two hashes of a key stand for it. Nobody outside of the process can find two keys with the
    /// same ones, and a key takes 16 bytes however long it is.
    hashers: (RandomState, RandomState),
    capacity_of_shard: usize,
    warned: AtomicBool,
}

const SHARDS: usize = 16;

/// The most times that one key has, save one.
const MAX_ENTRIES: u32 = 1024;

/// How many expired keys one hit forgets at most, so that none waits long for the lock.
const SWEEP: usize = 16;

impl InMemoryStore {
    /// The default of [`with_capacity`](Self::with_capacity): 250,000 requests, about 50 MB if
    /// each is of another client.
    pub const DEFAULT_CAPACITY: usize = 250_000;

    /// A store that remembers at most `requests` requests, of all clients together; at least
    /// 16,400.
    ///
    /// The first request of a client takes about 200 bytes, each further one 16.
    #[must_use]
    pub fn with_capacity(requests: usize) -> Self {
        // One key alone never fills a shard.
        let capacity_of_shard = (requests / SHARDS).max(MAX_ENTRIES as usize + 1);
        Self(Arc::new(Shared {
            start: Instant::now(),
            shards: std::array::from_fn(|_| Mutex::default()),
            hashers: (RandomState::new(), RandomState::new()),
            capacity_of_shard,
            warned: AtomicBool::new(false),
        }))
    }

    /// How many requests are remembered, those included that have expired but are not yet
    /// forgotten. For metrics.
    #[must_use]
    pub fn len(&self) -> usize {
        let shards = self.0.shards.iter();
        shards.map(|shard| lock(shard).entries).sum()
    }

    /// Whether no request is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl ThrottleStore for InMemoryStore {
    async fn hit(&self, key: &str, rate: Rate) -> Result<ThrottleDecision> {
        let Shared { hashers, .. } = &*self.0;
        let id = (hashers.0.hash_one(key), hashers.1.hash_one(key));
        let shard = &self.0.shards[id.0 as usize % SHARDS];
        let mut shard = lock(shard);
        let now = nanos(self.0.start.elapsed());
        shard.forget_expired(now);
        let decision = shard.hit(id, rate, now);
        let is_full = shard.make_room(self.0.capacity_of_shard, id);
        drop(shard);
        if is_full && !self.0.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "the store of the throttles is full and forgets requests too early; raise its \
                 capacity, or set `num_proxies` if clients forge `X-Forwarded-For`"
            );
        }
        Ok(decision)
    }
}

impl Default for InMemoryStore {
    fn default() -> Self {
        Self::with_capacity(Self::DEFAULT_CAPACITY)
    }
}

impl fmt::Debug for InMemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMemoryStore")
            .field("requests", &self.len())
            .field("capacity", &(self.0.capacity_of_shard * SHARDS))
            .finish()
    }
}

/// The hashes of a key.
type Id = (u64, u64);

/// Times are nanoseconds since the start of the store.
#[derive(Default)]
struct Shard {
    logs: HashMap<Id, Log>,
    /// When the newest request of each log expires, and with it the log.
    expiries: BTreeSet<(u64, Id)>,
    /// How many entries all logs have.
    entries: usize,
}

/// The requests of one key that were allowed in the last period, the oldest first.
#[derive(Default)]
struct Log {
    entries: VecDeque<Entry>,
    requests: u32,
    expires: u64,
}

/// Requests at one time.
struct Entry {
    time: u64,
    requests: u32,
}

impl Shard {
    fn hit(&mut self, id: Id, rate: Rate, now: u64) -> ThrottleDecision {
        let period = nanos(rate.period());
        if rate.requests() == 0 {
            return denied(period);
        }
        let log = self.logs.entry(id).or_default();
        while let Some(oldest) = log.entries.front()
            && oldest.time + period <= now
        {
            log.requests -= oldest.requests;
            log.entries.pop_front();
            self.entries -= 1;
        }
        if let Some(oldest) = log.entries.front()
            && log.requests >= rate.requests()
        {
            return denied(oldest.time + period - now);
        }
        log.requests += 1;
        match log.entries.back_mut() {
            Some(newest) if now <= newest.time => newest.requests += 1,
            _ => {
                // Requests until `time` count as if they came then.
                let time = now + resolution(rate);
                log.entries.push_back(Entry { time, requests: 1 });
                self.entries += 1;
                self.expiries.remove(&(log.expires, id));
                log.expires = time + period;
                self.expiries.insert((log.expires, id));
            }
        }
        ThrottleDecision::Allowed
    }

    fn forget_expired(&mut self, now: u64) {
        for _ in 0..SWEEP {
            match self.expiries.first() {
                Some(&(expires, id)) if expires <= now => self.forget(expires, id),
                _ => return,
            }
        }
    }

    /// Forgets the logs that expire next until the entries fit, but not that of `kept`. Whether
    /// any had to be.
    fn make_room(&mut self, capacity: usize, kept: Id) -> bool {
        let is_full = self.entries > capacity;
        while self.entries > capacity
            && let Some(&(expires, id)) = self.expiries.iter().find(|(_, id)| *id != kept)
        {
            self.forget(expires, id);
        }
        is_full
    }

    fn forget(&mut self, expires: u64, id: Id) {
        self.expiries.remove(&(expires, id));
        if let Some(log) = self.logs.remove(&id) {
            self.entries -= log.entries.len();
        }
    }
}

/// How far the requests of one entry lie apart at most.
fn resolution(rate: Rate) -> u64 {
    if rate.requests() > MAX_ENTRIES {
        nanos(rate.period()) / u64::from(MAX_ENTRIES)
    } else {
        0
    }
}

fn denied(wait: u64) -> ThrottleDecision {
    ThrottleDecision::Denied {
        wait: Some(Duration::from_nanos(wait)),
    }
}

/// Fits for the 500 years after the start of the store.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX / 2)
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use tokio::time::advance;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn wait(duration: Duration) -> ThrottleDecision {
        ThrottleDecision::Denied {
            wait: Some(duration),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_window_slides() {
        let store = InMemoryStore::default();
        let rate = Rate::per_minute(2);
        for (after, expected) in [
            (0, ThrottleDecision::Allowed),
            (20, ThrottleDecision::Allowed),
            (0, wait(40 * SECOND)),
            (39, wait(SECOND)),
            // The first request is forgotten; what was refused was not counted.
            (1, ThrottleDecision::Allowed),
            (0, wait(20 * SECOND)),
            (20, ThrottleDecision::Allowed),
            (60, ThrottleDecision::Allowed),
            (0, ThrottleDecision::Allowed),
            (0, wait(60 * SECOND)),
        ] {
            advance(after * SECOND).await;
            assert_eq!(store.hit("a", rate).await.unwrap(), expected);
        }
        assert_eq!(
            store.hit("b", rate).await.unwrap(),
            ThrottleDecision::Allowed
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_of_no_request_refuses_all() {
        let store = InMemoryStore::default();
        let decision = store.hit("a", Rate::per_hour(0)).await.unwrap();
        assert_eq!(decision, wait(3600 * SECOND));
        assert!(store.is_empty());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 8)]
    async fn of_concurrent_requests_exactly_the_rate_passes() {
        for (requests, expected) in [(1, 1), (137, 137), (5000, 1000)] {
            let store = InMemoryStore::default();
            let rate = Rate::per_day(requests);
            let hits: Vec<_> = (0..1000)
                .map(|_| {
                    let store = store.clone();
                    tokio::spawn(async move { store.hit("a", rate).await.unwrap() })
                })
                .collect();
            let mut allowed = 0;
            for hit in hits {
                allowed += usize::from(hit.await.unwrap() == ThrottleDecision::Allowed);
            }
            assert_eq!(allowed, expected, "{requests}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_rate_is_exact_in_number_and_small_in_memory() {
        let store = InMemoryStore::default();
        let rate = Rate::per_minute(100_000);
        // One request in each 600 microseconds.
        for _ in 0..100_000 {
            let decision = store.hit("a", rate).await.unwrap();
            assert_eq!(decision, ThrottleDecision::Allowed);
            advance(Duration::from_micros(500)).await;
        }
        assert!(store.len() <= 1025, "{}", store.len());
        let ThrottleDecision::Denied { wait: Some(left) } = store.hit("a", rate).await.unwrap()
        else {
            panic!("one too many is refused");
        };
        // 50 of the 60 seconds are over.
        let slack = 60 * SECOND / 1024;
        assert!(
            left >= 10 * SECOND && left <= 10 * SECOND + slack,
            "{left:?}"
        );
        advance(left).await;
        let decision = store.hit("a", rate).await.unwrap();
        assert_eq!(decision, ThrottleDecision::Allowed);
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_expired_is_forgotten() {
        let store = InMemoryStore::default();
        let rate = Rate::per_minute(3);
        for client in 0..10_000 {
            store.hit(&client.to_string(), rate).await.unwrap();
        }
        assert_eq!(store.len(), 10_000);
        advance(60 * SECOND).await;
        // One client that stays makes room for the memory of all who left.
        for client in 0..1_000 {
            store.hit(&client.to_string(), rate).await.unwrap();
        }
        assert_eq!(store.len(), 1_000);
    }

    #[tokio::test(start_paused = true)]
    async fn the_memory_has_a_bound() {
        let store = InMemoryStore::with_capacity(20_000);
        let (flood, day) = (Rate::per_minute(3), Rate::per_day(2));
        store.hit("stays", day).await.unwrap();
        store.hit("stays", day).await.unwrap();
        let mut most = 0;
        for client in 0..100_000 {
            store.hit(&client.to_string(), flood).await.unwrap();
            if client % 1_000 == 0 {
                most = most.max(store.len());
            }
        }
        assert!(most <= 20_000 && store.len() > 19_000, "{most}");
        // The counts that would have been forgotten last are still there.
        assert_eq!(
            store.hit("stays", day).await.unwrap(),
            wait(86_400 * SECOND)
        );
    }
}

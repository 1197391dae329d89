//! Counts in the memory of the process.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use restflow_exceptions::Result;
use restflow_views::ThrottleDecision;
use tokio::time::Instant;

use crate::{Rate, ThrottleStore, store::class_of};

/// Counts in the memory of the process: the default store. Clones share their counts.
///
/// It keeps the times of the requests of the last period, as DRF's cache does, and nothing longer.
/// Of a rate of more than 64 requests it keeps at most 65 times, so that a request may be
/// remembered for up to a 64th of the period too long, never too short.
///
/// What it remembers has a bound, see [`with_capacity`](Self::with_capacity): where a client
/// can choose its key (a forged `X-Forwarded-For`), it cannot fill the memory. When the bound is
/// reached, the scope and rate that remembers most forgets what it would forget next. So a flood
/// of one throttle never takes the memory of a smaller one: of `n` throttles, each has an `n`th of
/// the memory for certain. A warning in the log tells at most once a minute how many counts were
/// lost, as [`evicted`](Self::evicted) does.
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
    evicted: AtomicU64,
    /// How many of them a warning has told.
    reported: AtomicU64,
    /// When the next warning may be written.
    next_warning: AtomicU64,
}

const SHARDS: usize = 16;

/// The least capacity of a shard: a full key of each of a dozen throttles.
const MIN_CAPACITY: usize = 1024;

/// How far warnings lie apart at least.
const WARNING_PERIOD: Duration = Duration::from_secs(60);

/// How many expired keys one hit forgets at most, so that none waits long for the lock.
const SWEEP: usize = 16;

impl InMemoryStore {
    /// The default of [`with_capacity`](Self::with_capacity): 250,000 requests, about 50 MB if
    /// each is of another client.
    pub const DEFAULT_CAPACITY: usize = 250_000;

    /// A store that remembers at most `requests` requests, of all clients together; at least
    /// 16,384. What a rate of more than 64 remembers as one time counts as one.
    ///
    /// The first request of a client takes about 200 bytes, each further one 16.
    #[must_use]
    pub fn with_capacity(requests: usize) -> Self {
        let capacity_of_shard = (requests / SHARDS).max(MIN_CAPACITY);
        Self(Arc::new(Shared {
            start: Instant::now(),
            shards: std::array::from_fn(|_| Mutex::default()),
            hashers: (RandomState::new(), RandomState::new()),
            capacity_of_shard,
            evicted: AtomicU64::new(0),
            reported: AtomicU64::new(0),
            next_warning: AtomicU64::new(0),
        }))
    }

    /// How many counts were lost so far because the store was full; of each, a client had some of
    /// its requests back too early. For metrics: a number that grows asks for more capacity, or
    /// for the right number of [proxies](crate::ThrottleSettings::num_proxies).
    #[must_use]
    pub fn evicted(&self) -> u64 {
        self.0.evicted.load(Ordering::Relaxed)
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
        let class = hashers.0.hash_one((class_of(key, rate), rate));
        let shard = &self.0.shards[id.0 as usize % SHARDS];
        let mut shard = lock(shard);
        let now = nanos(self.0.start.elapsed());
        shard.forget_expired(now);
        let decision = shard.hit(id, class, rate, now);
        let evicted = shard.make_room(self.0.capacity_of_shard, id);
        drop(shard);
        if evicted > 0 {
            self.0.evicted.fetch_add(evicted, Ordering::Relaxed);
            self.0.warn(now);
        }
        Ok(decision)
    }
}

impl Shared {
    /// Tells of the counts that were lost since the last warning, unless that is not long ago.
    fn warn(&self, now: u64) {
        let after = now + nanos(WARNING_PERIOD);
        let take = |next| (next <= now).then_some(after);
        let next_warning = &self.next_warning;
        if next_warning
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .is_err()
        {
            return;
        }
        let evicted = self.evicted.load(Ordering::Relaxed);
        let since_last = evicted.saturating_sub(self.reported.swap(evicted, Ordering::Relaxed));
        tracing::warn!(
            evicted = since_last,
            "the store of the throttles is full and forgot {since_last} counts too early; raise \
             its capacity, or do without `trust_forwarded_for` if clients forge `X-Forwarded-For`"
        );
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
            .field("evicted", &self.evicted())
            .finish()
    }
}

/// The hashes of a key.
type Id = (u64, u64);

/// The hash of a scope and a rate.
type ClassId = u64;

/// Times are nanoseconds since the start of the store.
#[derive(Default)]
struct Shard {
    logs: HashMap<Id, Log>,
    /// As many as the application has throttles.
    classes: HashMap<ClassId, Class>,
    /// How many entries all logs have.
    entries: usize,
}

/// The logs of one scope and rate, which expire in the order in which they were written.
#[derive(Default)]
struct Class {
    /// When the newest request of each log expires, and with it the log.
    expiries: BTreeSet<(u64, Id)>,
    entries: usize,
}

/// The requests of one key that were allowed in the last period, the oldest first.
struct Log {
    class: ClassId,
    entries: VecDeque<Entry>,
    requests: u32,
    expires: u64,
}

/// Requests at one time.
struct Entry {
    time: u64,
    requests: u32,
}

impl Log {
    const fn new(class: ClassId) -> Self {
        Self {
            class,
            entries: VecDeque::new(),
            requests: 0,
            expires: 0,
        }
    }
}

impl Shard {
    fn hit(&mut self, id: Id, class: ClassId, rate: Rate, now: u64) -> ThrottleDecision {
        let period = nanos(rate.period());
        if rate.requests() == 0 {
            return denied(period);
        }
        let log = self.logs.entry(id).or_insert_with(|| Log::new(class));
        let class = self.classes.entry(log.class).or_default();
        while let Some(oldest) = log.entries.front()
            && oldest.time + period <= now
        {
            log.requests -= oldest.requests;
            log.entries.pop_front();
            class.entries -= 1;
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
                let time = now + nanos(rate.resolution());
                log.entries.push_back(Entry { time, requests: 1 });
                class.entries += 1;
                self.entries += 1;
                class.expiries.remove(&(log.expires, id));
                log.expires = time + period;
                class.expiries.insert((log.expires, id));
            }
        }
        ThrottleDecision::Allowed
    }

    fn forget_expired(&mut self, now: u64) {
        let expired: Vec<_> = self
            .classes
            .values()
            .flat_map(|class| {
                let expired = |&&(expires, _): &&(u64, Id)| expires <= now;
                class.expiries.iter().take_while(expired)
            })
            .map(|&(_, id)| id)
            .take(SWEEP)
            .collect();
        for id in expired {
            self.forget(id);
        }
    }

    /// Forgets logs until the entries fit, always that of the largest class that expires next,
    /// but not that of `kept`. How many had to be.
    fn make_room(&mut self, capacity: usize, kept: Id) -> u64 {
        let mut evicted = 0;
        while self.entries > capacity
            && let Some(id) = self.next_to_evict(kept)
        {
            self.forget(id);
            evicted += 1;
        }
        evicted
    }

    fn next_to_evict(&self, kept: Id) -> Option<Id> {
        let candidates = self.classes.values().filter_map(|class| {
            let mut ids = class.expiries.iter().map(|&(_, id)| id);
            Some((class.entries, ids.find(|id| *id != kept)?))
        });
        let (_, id) = candidates.max_by_key(|(entries, _)| *entries)?;
        Some(id)
    }

    fn forget(&mut self, id: Id) {
        let Some(log) = self.logs.remove(&id) else {
            return;
        };
        self.entries -= log.entries.len();
        if let Some(class) = self.classes.get_mut(&log.class) {
            class.entries -= log.entries.len();
            class.expiries.remove(&(log.expires, id));
        }
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
    use crate::store::key;

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
        // One request in each 500 microseconds.
        for _ in 0..100_000 {
            let decision = store.hit("a", rate).await.unwrap();
            assert_eq!(decision, ThrottleDecision::Allowed);
            advance(Duration::from_micros(500)).await;
        }
        assert!(store.len() <= 65, "{}", store.len());
        let ThrottleDecision::Denied { wait: Some(left) } = store.hit("a", rate).await.unwrap()
        else {
            panic!("one too many is refused");
        };
        // 50 of the 60 seconds are over.
        let slack = 60 * SECOND / 64;
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
    async fn a_rate_of_up_to_64_requests_is_exact() {
        let store = InMemoryStore::default();
        let rate = Rate::per_minute(64);
        for _ in 0..64 {
            let decision = store.hit("a", rate).await.unwrap();
            assert_eq!(decision, ThrottleDecision::Allowed);
            advance(SECOND / 2).await;
        }
        for _ in 0..64 {
            let expected = wait(28 * SECOND);
            assert_eq!(store.hit("a", rate).await.unwrap(), expected);
        }
        advance(28 * SECOND).await;
        for _ in 0..63 {
            let decision = store.hit("a", rate).await.unwrap();
            assert_eq!(decision, ThrottleDecision::Allowed);
            assert_eq!(store.hit("a", rate).await.unwrap(), wait(SECOND / 2));
            advance(SECOND / 2).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_one_throttle_evicts_no_count_of_another() {
        let (minute, day) = (Rate::per_minute(5), Rate::per_day(1000));
        for (victim, victim_rate, flood, flood_rate) in [
            ("login", minute, "user", day),
            ("user", Rate::per_day(5), "login", minute),
            ("login", minute, "search", minute),
        ] {
            let store = InMemoryStore::with_capacity(20_000);
            let victim = key(victim, victim_rate, "victim");
            let mut most = 0;
            for hit in 0..5 {
                let decision = store.hit(&victim, victim_rate).await.unwrap();
                assert_eq!(decision, ThrottleDecision::Allowed, "{victim} {hit}");
                for client in 0..10_000 {
                    let client = key(flood, flood_rate, &format!("{hit}/{client}"));
                    store.hit(&client, flood_rate).await.unwrap();
                }
                most = most.max(store.len());
            }
            assert!(most <= 20_000 && store.len() > 19_000, "{most}");
            assert!(store.evicted() >= 30_000, "{}", store.evicted());
            let decision = store.hit(&victim, victim_rate).await.unwrap();
            assert_eq!(decision, wait(victim_rate.period()), "{victim}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_store_leaves_room_for_a_new_throttle() {
        let store = InMemoryStore::with_capacity(20_000);
        let (minute, day) = (Rate::per_minute(5), Rate::per_day(1000));
        for client in 0..30_000 {
            let client = key("user", day, &client.to_string());
            store.hit(&client, day).await.unwrap();
        }
        for _ in 0..5 {
            for client in 0..1_000 {
                let client = key("login", minute, &client.to_string());
                let decision = store.hit(&client, minute).await.unwrap();
                assert_eq!(decision, ThrottleDecision::Allowed);
            }
        }
        for client in 0..1_000 {
            let client = key("login", minute, &client.to_string());
            let decision = store.hit(&client, minute).await.unwrap();
            assert_eq!(decision, wait(60 * SECOND));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_client_of_a_large_rate_takes_little_of_the_memory() {
        let store = InMemoryStore::with_capacity(20_000);
        let rate = Rate::per_day(1000);
        for _ in 0..1000 {
            store.hit("a", rate).await.unwrap();
            advance(SECOND).await;
        }
        assert_eq!(store.len(), 1);
        assert_eq!(store.evicted(), 0);
    }
}

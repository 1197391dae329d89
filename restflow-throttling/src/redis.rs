//! Counts in Redis, for servers that count together.

use std::{fmt, sync::Arc, time::Duration};

use redis::{
    Client, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use restflow_exceptions::{ApiError, Result};
use restflow_views::ThrottleDecision;
use tokio::{sync::OnceCell, time::timeout};

use crate::{Rate, ThrottleStore};

/// Counts in a Redis server (5 or later), for servers that count together. Clones share their
/// connection.
///
/// A request costs one round trip, in which a script counts and judges by the clock of Redis. The
/// connection is made at the first request, and again after it broke. A request that finds it
/// broken, or waits for Redis for a second, is refused with 503.
///
/// Redis keeps the time of each request for the period of its rate. Two applications that use one
/// Redis need a database each (`redis://host/1`), or their scopes are the same. Set `maxmemory`
/// there: how many clients come is not the server's to decide.
#[derive(Clone)]
pub struct RedisStore(Arc<Shared>);

struct Shared {
    client: Client,
    script: Script,
    connection: OnceCell<ConnectionManager>,
}

const TIMEOUT: Duration = Duration::from_secs(1);

/// Takes the number of requests and the period in milliseconds. Returns how many microseconds to
/// wait, or -1 for a request that was counted.
const SCRIPT: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local requests, period = tonumber(ARGV[1]), ARGV[2] * 1000
local oldest = redis.call('LINDEX', KEYS[1], 0)
while oldest and oldest + period <= now do
    redis.call('LPOP', KEYS[1])
    oldest = redis.call('LINDEX', KEYS[1], 0)
end
if redis.call('LLEN', KEYS[1]) >= requests then
    return (oldest or now) + period - now
end
redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return -1
";

impl RedisStore {
    /// The store behind a URL, `redis://[user:password@]host[:port][/database]` or
    /// `redis+unix:///path`. Does not connect yet.
    pub fn open(url: &str) -> std::result::Result<Self, InvalidRedisUrl> {
        Ok(Self(Arc::new(Shared {
            client: Client::open(url).map_err(InvalidRedisUrl)?,
            script: Script::new(SCRIPT),
            connection: OnceCell::new(),
        })))
    }

    async fn ask(&self, key: &str, rate: Rate) -> std::result::Result<i64, RedisError> {
        let shared = &*self.0;
        let connect = || {
            let config = ConnectionManagerConfig::new()
                .set_connection_timeout(TIMEOUT)
                .set_response_timeout(TIMEOUT)
                .set_number_of_retries(1);
            shared.client.get_connection_manager_with_config(config)
        };
        let mut connection = shared.connection.get_or_try_init(connect).await?.clone();
        shared
            .script
            .key(key)
            .arg(rate.requests())
            .arg(rate.period().as_millis().to_string())
            .invoke_async(&mut connection)
            .await
    }
}

impl ThrottleStore for RedisStore {
    async fn hit(&self, key: &str, rate: Rate) -> Result<ThrottleDecision> {
        let unavailable = ApiError::service_unavailable;
        let wait = timeout(TIMEOUT, self.ask(key, rate))
            .await
            .map_err(|_| unavailable().with_source("Redis did not answer in time"))?
            .map_err(|error| unavailable().with_source(error))?;
        Ok(match u64::try_from(wait) {
            Ok(micros) => ThrottleDecision::Denied {
                wait: Some(Duration::from_micros(micros)),
            },
            Err(_) => ThrottleDecision::Allowed,
        })
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client knows the password.
        f.debug_struct("RedisStore").finish_non_exhaustive()
    }
}

/// A text that is not the URL of a Redis server. It does not show the URL, which may hold a
/// password.
#[derive(Debug, thiserror::Error)]
#[error(
    "not the URL of a Redis server: expected `redis://[user:password@]host[:port][/database]` or \
     `redis+unix:///path`"
)]
pub struct InvalidRedisUrl(#[source] RedisError);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use redis::AsyncCommands;

    use super::*;

    /// The server behind `RESTFLOW_TEST_REDIS_URL` without the key; `None` where there is none.
    async fn store(key: &str) -> Option<(RedisStore, ConnectionManager)> {
        let name = "RESTFLOW_TEST_REDIS_URL";
        let Ok(url) = std::env::var(name) else {
            assert!(
                std::env::var_os("CI").is_none(),
                "{name} must be set where CI is"
            );
            #[expect(clippy::print_stderr, reason = "a skipped test says so")]
            {
                eprintln!("skipped: {name} is not set");
            }
            return None;
        };
        let store = RedisStore::open(&url).unwrap();
        let client = Client::open(url).unwrap();
        let mut connection = client.get_connection_manager().await.unwrap();
        let () = connection.del(key).await.unwrap();
        Some((store, connection))
    }

    /// Microseconds since the epoch, as Redis has them.
    async fn now(connection: &mut ConnectionManager) -> u64 {
        let (seconds, micros): (u64, u64) =
            redis::cmd("TIME").query_async(connection).await.unwrap();
        seconds * 1_000_000 + micros
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 8)]
    async fn of_concurrent_requests_exactly_the_rate_passes() {
        let key = "restflow-test:concurrent";
        let Some((store, _)) = store(key).await else {
            return;
        };
        let hits: Vec<_> = (0..1000)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.hit(key, Rate::per_day(137)).await.unwrap() })
            })
            .collect();
        let mut allowed = 0;
        for hit in hits {
            allowed += usize::from(hit.await.unwrap() == ThrottleDecision::Allowed);
        }
        assert_eq!(allowed, 137);
    }

    #[tokio::test]
    async fn the_window_slides() {
        let key = "restflow-test:window";
        let Some((store, mut connection)) = store(key).await else {
            return;
        };
        let rate = Rate::per_hour(2);
        let now = now(&mut connection).await;
        let hour = 3_600_000_000;
        let half_an_hour_ago = now - hour / 2;
        let () = connection
            .rpush(key, &[now - 2 * hour, now - hour, half_an_hour_ago])
            .await
            .unwrap();
        assert_eq!(
            store.hit(key, rate).await.unwrap(),
            ThrottleDecision::Allowed
        );
        let ThrottleDecision::Denied { wait: Some(wait) } = store.hit(key, rate).await.unwrap()
        else {
            panic!("one too many is refused");
        };
        assert!(wait <= Duration::from_secs(1800), "{wait:?}");
        assert!(wait > Duration::from_secs(1700), "{wait:?}");
        let kept: Vec<u64> = connection.lrange(key, 0, -1).await.unwrap();
        assert_eq!((kept.len(), kept[0]), (2, half_an_hour_ago));
        let expires: i64 = connection.pttl(key).await.unwrap();
        assert!((1..=3_600_000).contains(&expires), "{expires}");
    }

    #[tokio::test]
    async fn a_rate_of_no_request_refuses_all() {
        let key = "restflow-test:never";
        let Some((store, mut connection)) = store(key).await else {
            return;
        };
        assert_eq!(
            store.hit(key, Rate::per_hour(0)).await.unwrap(),
            ThrottleDecision::Denied {
                wait: Some(Duration::from_secs(3600))
            }
        );
        let exists: bool = connection.exists(key).await.unwrap();
        assert!(!exists);
    }

    #[tokio::test]
    async fn a_server_that_cannot_be_reached_refuses() {
        // Nobody listens on the port that nobody may listen on.
        let store = RedisStore::open("redis://127.0.0.1:0").unwrap();
        let error = store.hit("a", Rate::per_hour(1)).await.unwrap_err();
        assert_eq!(error.status().as_u16(), 503);
        assert!(!error.to_string().contains("127.0.0.1"), "{error}");
    }

    #[test]
    fn a_wrong_url_is_refused_without_showing_it() {
        let error = RedisStore::open("https://root:secret@example.org").unwrap_err();
        assert!(!format!("{error}").contains("secret"), "{error}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}

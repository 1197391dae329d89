//! Counts in Redis, for servers that count together.

use std::{
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use redis::{
    AsyncConnectionConfig, Client, RedisError, Script,
    aio::MultiplexedConnection,
    io::tcp::{TcpSettings, socket2::TcpKeepalive},
};
use restflow_exceptions::{ApiError, Result};
use restflow_views::ThrottleDecision;
use tokio::time::timeout;

use crate::{Rate, ThrottleStore};

/// Counts in a Redis server (5 or later), for servers that count together. Clones share their
/// connection.
///
/// A request costs one round trip, in which a script counts and judges by the clock of Redis. The
/// connection is made at the first request, and again by the next one after it broke; no request
/// that goes away stops that. A request that finds it broken is refused with 503, as is one that
/// waits for an answer for half a second, after which the connection counts as broken, or for both
/// connection and answer for a second.
///
/// Redis keeps the time of each request for the period of its rate. Of a rate of more than 64
/// requests it keeps at most 65 times, as [`InMemoryStore`](crate::InMemoryStore) does. Two applications that use one
/// Redis need a database each (`redis://host/1`), or their scopes are the same. Set `maxmemory`
/// there: how many clients come is not the server's to decide.
#[derive(Clone)]
pub struct RedisStore(Arc<Inner>);

struct Inner {
    client: Client,
    script: Script,
    connection: Mutex<Option<Connection>>,
}

/// A connection, or the attempt to make one, for which any number of requests wait.
#[derive(Clone)]
struct Connection(Shared<BoxFuture<'static, Connected>>);

type Connected = std::result::Result<MultiplexedConnection, Arc<RedisError>>;

/// How long a request waits, for the connection and the answer together.
const TIMEOUT: Duration = Duration::from_secs(1);

/// How long an answer takes at most; a connection that is slower is replaced. Shorter than a
/// request waits, or the request would end before it knew.
const RESPONSE_TIMEOUT: Duration = Duration::from_millis(500);

/// How long the system waits for a sign of life of a connection that is not used, and for the
/// receipt of what was sent.
const TCP_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an attempt to connect takes at most. Longer than a request waits, because the next one
/// can have the connection.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(5);

/// Takes the number of requests, the period and the resolution in microseconds. Returns how many
/// microseconds to wait, or -1 for a request that was counted.
///
/// An entry is a time, or a time and how many requests count as if they came then. There are never
/// more than 65.
const SCRIPT: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local requests, period, resolution = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local oldest, newest, of_newest
local counted, expired = 0, 0
for _, entry in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
    local at, count = string.match(entry, '^(%d+) ?(%d*)$')
    at, count = tonumber(at), tonumber(count) or 1
    if at + period <= now then
        expired = expired + 1
    else
        oldest = oldest or at
        newest, of_newest = at, count
        counted = counted + count
    end
end
if expired > 0 then
    redis.call('LTRIM', KEYS[1], expired, -1)
end
if counted >= requests then
    return (oldest or now) + period - now
end
if newest and now <= newest then
    redis.call('LSET', KEYS[1], -1, string.format('%.0f %.0f', newest, of_newest + 1))
else
    redis.call('RPUSH', KEYS[1], string.format('%.0f', now + resolution))
    redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil((period + resolution) / 1000)))
end
return -1
";

impl RedisStore {
    /// The store behind a URL, `redis://[user:password@]host[:port][/database]` or
    /// `redis+unix:///path`. Does not connect yet.
    pub fn open(url: &str) -> std::result::Result<Self, InvalidRedisUrl> {
        Ok(Self(Arc::new(Inner {
            client: Client::open(url).map_err(InvalidRedisUrl)?,
            script: Script::new(SCRIPT),
            connection: Mutex::default(),
        })))
    }

    async fn ask(&self, key: &str, rate: Rate) -> std::result::Result<i64, Arc<RedisError>> {
        let connection = self.connection();
        let connected = connection.0.clone().await;
        let answer = match connected {
            Ok(mut redis) => self.invoke(key, rate, &mut redis).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &answer
            && (error.is_io_error() || error.is_unrecoverable_error())
        {
            self.replace(&connection);
        }
        answer
    }

    async fn invoke(
        &self,
        key: &str,
        rate: Rate,
        redis: &mut MultiplexedConnection,
    ) -> std::result::Result<i64, Arc<RedisError>> {
        let mut script = self.0.script.key(key);
        script
            .arg(rate.requests())
            .arg(rate.period().as_micros().to_string())
            .arg(rate.resolution().as_micros().to_string());
        script.invoke_async(redis).await.map_err(Arc::new)
    }

    /// The connection that all requests share; makes a new one where there is none.
    fn connection(&self) -> Connection {
        let mut connection = self.lock();
        let connect = || Connection::new(self.0.client.clone());
        connection.get_or_insert_with(connect).clone()
    }

    /// Lets the next request make a new connection, unless another one has replaced it already.
    fn replace(&self, broken: &Connection) {
        let mut connection = self.lock();
        if connection.as_ref().is_some_and(|it| it.0.ptr_eq(&broken.0)) {
            *connection = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Connection>> {
        let connection = &self.0.connection;
        connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// Connects in a task of its own, which goes on when the requests that wait for it are gone.
    fn new(client: Client) -> Self {
        let task = tokio::spawn(async move {
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(CONNECTION_TIMEOUT)
                .set_response_timeout(RESPONSE_TIMEOUT)
                .set_tcp_settings(tcp_settings());
            client
                .get_multiplexed_async_connection_with_config(&config)
                .await
                .inspect_err(|error| tracing::warn!(%error, "cannot connect to Redis"))
        });
        let connected = async move {
            let connected = task.await.unwrap_or_else(|stopped| {
                // The runtime that had the task has ended.
                Err(io::Error::new(io::ErrorKind::NotConnected, stopped).into())
            });
            connected.map_err(Arc::new)
        };
        Self(connected.boxed().shared())
    }
}

/// Lets the system find out that the other side is gone without a word.
fn tcp_settings() -> TcpSettings {
    let keepalive = TcpKeepalive::new().with_time(TCP_TIMEOUT);
    let settings = TcpSettings::default().set_keepalive(keepalive);
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    let settings = settings.set_user_timeout(TCP_TIMEOUT);
    settings
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

    use redis::{AsyncCommands, aio::ConnectionManager};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
        sync::Notify,
    };

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
    async fn a_large_rate_is_exact_in_number_and_small_in_memory() {
        let key = "restflow-test:large";
        let Some((store, mut connection)) = store(key).await else {
            return;
        };
        let rate = Rate::per_hour(1000);
        let now = now(&mut connection).await;
        let (hour, minute) = (3_600_000_000, 60_000_000);
        // 300 that are forgotten, and 990 that are not.
        let entries = [
            format!("{} 300", now - hour),
            format!("{} 490", now - minute),
            (now + hour / 64).to_string(),
            format!("{} 499", now + hour / 32),
        ];
        let () = connection.rpush(key, &entries).await.unwrap();
        for _ in 0..10 {
            let decision = store.hit(key, rate).await.unwrap();
            assert_eq!(decision, ThrottleDecision::Allowed);
        }
        let ThrottleDecision::Denied { wait: Some(wait) } = store.hit(key, rate).await.unwrap()
        else {
            panic!("one too many is refused");
        };
        assert!(wait <= Duration::from_secs(59 * 60), "{wait:?}");
        assert!(wait > Duration::from_secs(58 * 60), "{wait:?}");
        let kept: Vec<String> = connection.lrange(key, 0, -1).await.unwrap();
        let newest = format!("{} 509", now + hour / 32);
        assert_eq!(kept, [entries[1].as_str(), &entries[2], &newest]);
    }

    #[tokio::test]
    async fn requests_of_a_large_rate_share_a_time_that_lives_long_enough() {
        let key = "restflow-test:shared";
        let Some((store, mut connection)) = store(key).await else {
            return;
        };
        for _ in 0..100 {
            let decision = store.hit(key, Rate::per_hour(1000)).await.unwrap();
            assert_eq!(decision, ThrottleDecision::Allowed);
        }
        let kept: Vec<String> = connection.lrange(key, 0, -1).await.unwrap();
        assert_eq!(kept.len(), 1);
        let (time, count) = kept[0].split_once(' ').unwrap();
        assert_eq!(count, "100");
        let time: u64 = time.parse().unwrap();
        let expires: u64 = connection.pttl(key).await.unwrap();
        let forgotten = now(&mut connection).await + expires * 1000;
        assert!(forgotten + 1_000_000 > time + 3_600_000_000);
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

    /// Speaks as much Redis as a throttle needs, and allows every request.
    async fn serve(mut stream: TcpStream) {
        let mut received = vec![0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut received).await {
            let received = String::from_utf8_lossy(&received[..length]);
            let commands = received.lines().filter(|line| line.starts_with('*'));
            let answer = if received.contains("EVALSHA") {
                ":-1\r\n"
            } else {
                "+OK\r\n"
            };
            let answers = answer.repeat(commands.count());
            stream.write_all(answers.as_bytes()).await.unwrap();
        }
    }

    async fn listen() -> (TcpListener, RedisStore) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let store = RedisStore::open(&format!("redis://{address}")).unwrap();
        (listener, store)
    }

    #[tokio::test]
    async fn a_server_that_cannot_be_reached_refuses_until_it_can() {
        let (listener, store) = listen().await;
        let address = listener.local_addr().unwrap();
        drop(listener);
        for _ in 0..3 {
            let error = store.hit("a", Rate::per_hour(1)).await.unwrap_err();
            assert_eq!(error.status().as_u16(), 503);
            assert!(!error.to_string().contains("127.0.0.1"), "{error}");
            let source = error.log_source().unwrap().to_string();
            assert!(source.contains("refused"), "{source}");
        }
        let listener = TcpListener::bind(address).await.unwrap();
        tokio::spawn(async move { serve(listener.accept().await.unwrap().0).await });
        let decision = store.hit("a", Rate::per_hour(1)).await.unwrap();
        assert_eq!(decision, ThrottleDecision::Allowed);
    }

    #[tokio::test]
    async fn a_connection_that_is_dead_is_replaced() {
        let (listener, store) = listen().await;
        tokio::spawn(async move {
            let (mut dead, _) = listener.accept().await.unwrap();
            // It is connected, and then hears and says nothing more.
            let length = dead.read(&mut [0; 4096]).await.unwrap();
            assert!(length > 0);
            dead.write_all(b"+OK\r\n+OK\r\n").await.unwrap();
            serve(listener.accept().await.unwrap().0).await;
            drop(dead);
        });
        let error = store.hit("a", Rate::per_hour(1)).await.unwrap_err();
        assert_eq!(error.status().as_u16(), 503);
        for _ in 0..3 {
            let decision = store.hit("a", Rate::per_hour(1)).await.unwrap();
            assert_eq!(decision, ThrottleDecision::Allowed);
        }
    }

    #[tokio::test]
    async fn a_request_that_goes_away_does_not_stop_the_connecting() {
        let (listener, store) = listen().await;
        let (accepted, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        tokio::spawn({
            let (accepted, go_on) = (Arc::clone(&accepted), Arc::clone(&go_on));
            async move {
                // The only connection that is ever served.
                let (stream, _) = listener.accept().await.unwrap();
                accepted.notify_one();
                go_on.notified().await;
                serve(stream).await;
            }
        });
        tokio::select! {
            decision = store.hit("a", Rate::per_hour(1)) => panic!("{decision:?}"),
            () = accepted.notified() => {}
        }
        go_on.notify_one();
        let decision = store.hit("a", Rate::per_hour(1)).await.unwrap();
        assert_eq!(decision, ThrottleDecision::Allowed);
    }

    #[test]
    fn a_wrong_url_is_refused_without_showing_it() {
        let error = RedisStore::open("https://root:secret@example.org").unwrap_err();
        assert!(!format!("{error}").contains("secret"), "{error}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}

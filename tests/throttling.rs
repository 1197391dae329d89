//! Throttles, seen from outside: who is counted with whom, for how long, and what is answered.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::{sync::Arc, time::Duration};

use poem::{
    http::{StatusCode, header},
    test::{TestClient, TestRequestBuilder},
};
use restflow::{
    prelude::*,
    throttling::{InMemoryStore, ThrottleStore, get_ident},
};
use serde_json::{Value, json};
use tokio::time::advance;

/// A view with these throttles.
struct Limited {
    throttles: Throttles,
    scope: Option<&'static str>,
}

fn limited(throttles: impl Into<Throttles>) -> Limited {
    Limited {
        throttles: throttles.into(),
        scope: None,
    }
}

fn scoped(scope: &'static str) -> Limited {
    Limited {
        throttles: Throttles::from_settings(),
        scope: Some(scope),
    }
}

impl ApiView for Limited {
    fn throttle_classes(&self) -> Throttles {
        self.throttles.clone()
    }

    fn throttle_scope(&self) -> Option<&'static str> {
        self.scope
    }
}

#[handlers]
impl Limited {
    async fn get(&self, request: &Request) -> Result<Response> {
        Ok(Response::new(get_ident(request)))
    }
}

struct Account(i32);

impl AuthUser for Account {
    fn id(&self) -> sea_orm::Value {
        self.0.into()
    }
}

/// `Authorization: <id>`.
struct ById;

impl Authentication for ById {
    async fn authenticate(&self, request: &Request) -> Result<Option<Authenticated>> {
        let id = request.headers().get(header::AUTHORIZATION);
        let id = id.and_then(|id| id.to_str().ok()?.parse().ok());
        Ok(id.map(|id| Authenticated::new(User::new(Account(id)))))
    }
}

/// Its server is away.
struct Unreachable;

impl ThrottleStore for Unreachable {
    async fn hit(&self, _key: &str, _rate: Rate) -> Result<ThrottleDecision> {
        Err(ApiError::service_unavailable().with_source("the address of the store"))
    }
}

struct Api;

impl UrlConf for Api {
    fn urls() -> Urls {
        let minute_and_day = Throttles::new()
            .with(UserRateThrottle::new("1/min"))
            .with(UserRateThrottle::new(Rate::per_day(2)));
        let endings = |request: &Request| {
            let name = request.kwargs().get("name")?;
            name.ends_with(".csv").then(|| name.to_owned())
        };
        let exports = SimpleRateThrottle::with_key("exports", endings);
        let store = InMemoryStore::default();
        let elsewhere = UserRateThrottle::new("1/day").store(store.clone());
        Urls::new()
            .path("anon/", limited(AnonRateThrottle::new("2/min")))
            .path("user/", limited(UserRateThrottle::new("2/hour")))
            .path("same-as-user/", limited(UserRateThrottle::new("2/hour")))
            .path(
                "other-scope/",
                limited(UserRateThrottle::new("2/hour").scope("other")),
            )
            .path("minute-and-day/", limited(minute_and_day))
            .path("never/", limited(UserRateThrottle::new("0/min")))
            .path("many/", limited(UserRateThrottle::new("137/day")))
            .path("uploads/", scoped("uploads"))
            .path("more-uploads/", scoped("uploads"))
            .path("free/", limited(Throttles::from_settings()))
            .path("exports/{name}/", limited(exports.rate("1/hour")))
            .path("elsewhere/", limited(elsewhere.clone()))
            .path("same-store/", limited(elsewhere))
            .path(
                "unreachable/",
                limited(UserRateThrottle::new("1/day").store(Unreachable)),
            )
    }

    fn settings() -> Settings {
        Settings::new()
            .authentication_classes(ById)
            .throttle_classes(ScopedRateThrottle)
            .with(
                ThrottleSettings::new()
                    .rate("uploads", "1/min")
                    .num_proxies(1),
            )
    }
}

/// A client for whom time stands still.
async fn client() -> TestClient<impl Endpoint> {
    let client = running_client().await;
    tokio::time::pause();
    client
}

async fn running_client() -> TestClient<impl Endpoint> {
    let db = Database::connect("sqlite::memory:").await.unwrap();
    TestClient::new(OpenApiService::new(restflow::api::<Api>(db), "test", "1"))
}

/// What is answered: 0 for the handler's answer, else the `Retry-After` of a 429.
async fn retry_after<E: Endpoint>(request: TestRequestBuilder<'_, E>) -> u64 {
    let response = request.send().await.0;
    let seconds = response.headers().get(header::RETRY_AFTER);
    let seconds = seconds.map(|seconds| seconds.to_str().unwrap().parse().unwrap());
    match response.status() {
        StatusCode::OK => assert_eq!(seconds, None),
        status => assert_eq!(status, StatusCode::TOO_MANY_REQUESTS),
    }
    seconds.unwrap_or(0)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const DAY: u64 = 86_400;

#[tokio::test]
async fn a_refusal_says_how_long_to_wait() {
    let client = client().await;
    let get = || client.get("/anon/").header("X-Forwarded-For", "192.0.2.1");
    assert_eq!(retry_after(get()).await, 0);
    advance(seconds(20)).await;
    assert_eq!(retry_after(get()).await, 0);
    let response = get().send().await.0;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()[header::RETRY_AFTER], "40");
    let body: Value =
        serde_json::from_str(&response.into_body().into_string().await.unwrap()).unwrap();
    assert_eq!(
        body,
        json!({"detail": "Request was throttled. Expected available in 40 seconds."})
    );
    advance(seconds(40)).await;
    assert_eq!(retry_after(get()).await, 0);
    assert_eq!(retry_after(get()).await, 20);
}

#[tokio::test]
async fn clients_are_told_apart_by_user_and_by_address() {
    let client = client().await;
    let anonymous = |forwarded: &str| client.get("/user/").header("X-Forwarded-For", forwarded);
    let user = |id: &str| client.get("/user/").header("Authorization", id);
    for (request, expected) in [
        (user("1"), 0),
        (user("1").header("X-Forwarded-For", "192.0.2.1"), 0),
        (user("1").header("X-Forwarded-For", "192.0.2.2"), 3600),
        (user("2"), 0),
        // Not a user: an address, of which the trusted proxy wrote the last.
        (anonymous("1"), 0),
        (anonymous("192.0.2.1"), 0),
        (anonymous("forged, 192.0.2.1"), 0),
        (anonymous("forged anew, 192.0.2.1"), 3600),
        (anonymous("192.0.2.1, 192.0.2.2"), 0),
        (anonymous("2001:db8::1"), 0),
        (anonymous("2001:db8::2"), 0),
        (anonymous("2001:db8::3"), 3600),
    ] {
        assert_eq!(retry_after(request).await, expected);
    }
    let anonymous_only = || client.get("/anon/").header("Authorization", "1");
    for _ in 0..5 {
        assert_eq!(retry_after(anonymous_only()).await, 0);
    }
}

/// Tells whom a request is counted for, and how many of three more that write something else in
/// front of the header are refused.
macro_rules! forwarded_for {
    ($($name:ident: $settings:expr => $ident:expr, $refused:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            struct Behind;

            impl UrlConf for Behind {
                fn urls() -> Urls {
                    Urls::new().path("view/", limited(AnonRateThrottle::new("2/day")))
                }

                fn settings() -> Settings {
                    $settings
                }
            }

            let db = Database::connect("sqlite::memory:").await.unwrap();
            let api = OpenApiService::new(restflow::api::<Behind>(db), "test", "1");
            let client = TestClient::new(api);
            let get = |forwarded: &str| client.get("/view/").header("X-Forwarded-For", forwarded);
            let response = get("forged, 192.0.2.1").send().await;
            response.assert_status_is_ok();
            response.assert_json($ident).await;
            let mut refused = 0;
            for forged in 0..3 {
                let request = get(&format!("{forged}, forged, 192.0.2.1"));
                refused += usize::from(retry_after(request).await > 0);
            }
            assert_eq!(refused, $refused);
        }
    )*};
}

forwarded_for! {
    without_settings_the_peer_is_the_client: Settings::new() => "unknown", 2;
    without_proxies_the_peer_is_the_client:
        Settings::new().with(ThrottleSettings::new()) => "unknown", 2;
    what_a_proxy_wrote_is_the_client:
        Settings::new().with(ThrottleSettings::new().num_proxies(1)) => "192.0.2.1", 2;
    a_header_that_is_trusted_is_the_client_as_a_whole:
        Settings::new().with(ThrottleSettings::new().trust_forwarded_for())
        => "forged,192.0.2.1", 0;
}

#[tokio::test]
async fn throttles_of_one_scope_and_rate_count_together() {
    let client = client().await;
    for (path, expected) in [
        ("/user/", 0),
        ("/same-as-user/", 0),
        ("/same-as-user/", 3600),
        ("/user/", 3600),
        ("/other-scope/", 0),
        ("/uploads/", 0),
        ("/more-uploads/", 60),
        ("/free/", 0),
        ("/free/", 0),
        ("/never/", 60),
        ("/exports/a.csv/", 0),
        ("/exports/a.csv/", 3600),
        ("/exports/b.csv/", 0),
        ("/exports/a/", 0),
        ("/exports/a/", 0),
        ("/elsewhere/", 0),
        ("/same-store/", DAY),
    ] {
        assert_eq!(retry_after(client.get(path)).await, expected, "{path}");
    }
}

#[tokio::test]
async fn every_throttle_counts_and_the_longest_wait_is_answered() {
    let client = client().await;
    let get = || client.get("/minute-and-day/");
    assert_eq!(retry_after(get()).await, 0);
    // Refused by the minute, and yet the second one of the day.
    assert_eq!(retry_after(get()).await, 60);
    assert_eq!(retry_after(get()).await, DAY);
    advance(seconds(60)).await;
    assert_eq!(retry_after(get()).await, DAY - 60);
}

#[tokio::test]
async fn every_method_is_throttled() {
    let client = client().await;
    let user = |method| client.request(method, "/user/");
    assert_eq!(retry_after(user(Method::HEAD)).await, 0);
    assert_eq!(retry_after(user(Method::OPTIONS)).await, 0);
    for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::DELETE] {
        assert_eq!(retry_after(user(method)).await, 3600);
    }
}

#[tokio::test]
async fn each_api_counts_for_itself() {
    let (other, one) = (running_client().await, client().await);
    assert_eq!(retry_after(one.get("/uploads/")).await, 0);
    assert_eq!(retry_after(one.get("/uploads/")).await, 60);
    assert_eq!(retry_after(other.get("/uploads/")).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn of_concurrent_requests_exactly_the_rate_passes() {
    let client = Arc::new(running_client().await);
    let requests: Vec<_> = (0..1000)
        .map(|_| {
            let client = Arc::clone(&client);
            tokio::spawn(async move { client.get("/many/").send().await.0.status() })
        })
        .collect();
    let mut allowed = 0;
    for request in requests {
        match request.await.unwrap() {
            StatusCode::OK => allowed += 1,
            status => assert_eq!(status, StatusCode::TOO_MANY_REQUESTS),
        }
    }
    assert_eq!(allowed, 137);
}

#[tokio::test]
async fn a_store_that_cannot_be_asked_refuses() {
    let client = client().await;
    let response = client.get("/unreachable/").send().await.0;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let body = response.into_body().into_string().await.unwrap();
    assert!(!body.contains("the address of the store"), "{body}");
}

/// Tells what makes the start fail.
macro_rules! refused {
    ($($name:ident: $settings:expr, $view:expr => $message:expr;)*) => {$(
        #[tokio::test]
        #[should_panic(expected = $message)]
        async fn $name() {
            struct Wrong;

            impl UrlConf for Wrong {
                fn urls() -> Urls {
                    Urls::new().path("view/", $view)
                }

                fn settings() -> Settings {
                    $settings
                }
            }

            let db = Database::connect("sqlite::memory:").await.unwrap();
            let _ = restflow::api::<Wrong>(db);
        }
    )*};
}

refused! {
    a_text_that_is_no_rate_is_refused:
        Settings::new(), limited(AnonRateThrottle::new("3/fortnight"))
        => "`AnonRateThrottle::new`: `3/fortnight` is not a rate";
    a_text_that_is_no_rate_is_refused_in_the_settings:
        Settings::new().with(ThrottleSettings::new().rate("anon", "three/min")),
        limited(Throttles::new())
        => "`ThrottleSettings::rate`: `three/min` is not a rate";
    a_scope_without_a_rate_is_refused:
        Settings::new().with(ThrottleSettings::new().rate("user", "3/min")),
        limited(AnonRateThrottle::from_settings())
        => "`GET` of `throttling::Limited` at `/view/`: the throttle scope `anon` has no rate \
            (scopes that have one: `user`)";
    a_scope_of_a_view_without_a_rate_is_refused:
        Settings::new().throttle_classes(ScopedRateThrottle), scoped("uploads")
        => "the throttle scope `uploads` has no rate (scopes that have one: none): give it one in \
            the API's settings, `.with(ThrottleSettings::new().rate(\"uploads\", \"100/day\"))`";
}

//! Constraints that a request breaks although its checks passed, because another one was faster:
//! the same on every database at hand.
//!
//! The servers are named by `RESTFLOW_TEST_POSTGRES_URL` and `RESTFLOW_TEST_MYSQL_URL`; without
//! them their tests are skipped, except where `CI` is set.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

#[path = "orders_app/mod.rs"]
mod orders_app;
#[cfg(any(feature = "postgres", feature = "mysql"))]
#[path = "support/servers.rs"]
mod servers;

use std::sync::Arc;

use futures_util::future::join_all;
use orders_app::{app, open};
use poem::{Endpoint, http::Method, test::TestClient};
use serde_json::{Value, json};

const REQUESTS: usize = 16;

struct Client<E>(Arc<TestClient<E>>);

impl<E> Clone for Client<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<E: Endpoint + 'static> Client<E> {
    async fn call(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        self.call_while(method, path, body, "").await
    }

    /// While another request runs `meanwhile` between the checks and the save.
    async fn call_while(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        meanwhile: &str,
    ) -> (u16, Value) {
        let mut request = self.0.request(method, path);
        if !body.is_null() {
            request = request.body_json(body);
        }
        if !meanwhile.is_empty() {
            request = request.header("x-meanwhile", meanwhile);
        }
        let response = request.send().await.0;
        let status = response.status().as_u16();
        let text = response.into_body().into_string().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Sends all requests at once, each from a task of its own.
    async fn race(&self, requests: Vec<(Method, String, Value)>) -> Vec<(u16, Value)> {
        let tasks = requests.into_iter().map(|(method, path, body)| {
            let client = self.clone();
            tokio::spawn(async move { client.call(method, &path, &body).await })
        });
        let answers = join_all(tasks).await.into_iter();
        answers.map(Result::unwrap).collect()
    }

    /// One of the requests wins, the others get `errors`.
    async fn one_wins(&self, won: u16, requests: Vec<(Method, String, Value)>, errors: Value) {
        let answers = self.race(requests).await;
        let winners = answers.iter().filter(|(status, _)| *status == won).count();
        assert_eq!(winners, 1, "{answers:#?}");
        for (status, answer) in answers.iter().filter(|(status, _)| *status != won) {
            assert_eq!((*status, answer), (400, &errors));
        }
    }
}

fn post(path: &str, body: impl Fn(usize) -> Value) -> Vec<(Method, String, Value)> {
    let bodies = (0..REQUESTS).map(body);
    bodies
        .map(|body| (Method::POST, path.to_owned(), body))
        .collect()
}

async fn races(url: &str) {
    let client = Client(Arc::new(TestClient::new(app(open(url).await))));

    // One statement, with links, with nested rows.
    client
        .one_wins(
            201,
            post("/addresses/", |_| json!({"street": "x", "code": "RACE"})),
            json!({"code": ["address with this code already exists."]}),
        )
        .await;
    client
        .one_wins(
            201,
            post("/flat/", |_| json!({"number": "RACE", "labels": [1, 2]})),
            json!({"number": ["purchase with this number already exists."]}),
        )
        .await;
    client
        .one_wins(
            201,
            post("/replaced/", |request| {
                json!({
                    "number": format!("NESTED-{request}"),
                    "lines": [
                        {"serial": format!("OWN-{request}"), "quantity": 1},
                        {"serial": "RACE", "quantity": 1},
                        {"serial": format!("OTHER-{request}"), "quantity": 1},
                    ],
                })
            }),
            json!({"lines": {"1": {"serial": ["line with this serial already exists."]}}}),
        )
        .await;
    client
        .one_wins(
            201,
            post("/flat/bulk/", |request| {
                json!([
                    {"number": format!("BULK-{request}")},
                    {"number": format!("BULK-OTHER-{request}")},
                    {"number": "BULK", "labels": [3]},
                ])
            }),
            json!({"2": {"number": ["purchase with this number already exists."]}}),
        )
        .await;

    // Unique together.
    client
        .one_wins(
            201,
            post(
                "/flat/",
                |request| json!({"number": format!("SHOP-{request}"), "shop": 7, "position": 1}),
            ),
            json!({"non_field_errors": ["The fields shop, position must make a unique set."]}),
        )
        .await;

    // Updates of different rows to the same value.
    let (status, list) = client.call(Method::GET, "/flat/", &Value::Null).await;
    assert_eq!(status, 200);
    let ids = list.as_array().unwrap().iter().map(|order| &order["id"]);
    let patches = ids.map(|id| {
        let path = format!("/flat/{id}/");
        (
            Method::PATCH,
            path,
            json!({"number": "SAME", "labels": [1]}),
        )
    });
    client
        .one_wins(
            200,
            patches.collect(),
            json!({"number": ["purchase with this number already exists."]}),
        )
        .await;

    // The same links and rows of one order: all succeed, one after the other.
    let patches = (0..REQUESTS).map(|request| {
        let path = match request % 2 {
            0 => "/flat/1/",
            _ => "/appended/1/",
        };
        let labels = match request % 4 {
            0 => json!([1, 2, 3]),
            1 => json!([{"id": 3}, {"id": 2}]),
            2 => json!([3, 1]),
            _ => json!([{"id": 2}, {"id": 1}]),
        };
        (Method::PATCH, path.to_owned(), json!({"labels": labels}))
    });
    for (status, answer) in client.race(patches.collect()).await {
        assert_eq!(status, 200, "{answer}");
    }
    let patches = (0..REQUESTS).map(|request| {
        let lines: Vec<_> = (0..4)
            .map(|line| json!({"serial": format!("AGAIN-{request}-{line}"), "quantity": 1}))
            .collect();
        let body = json!({"lines": lines});
        (Method::PATCH, "/replaced/1/".to_owned(), body)
    });
    for (status, answer) in client.race(patches.collect()).await {
        assert_eq!(status, 200, "{answer}");
    }
}

/// Two transactions that wait for each other: neither is a 500, and what is saved is whole.
async fn deadlocks(url: &str) {
    let client = Client(Arc::new(TestClient::new(app(open(url).await))));
    let patches = (0..REQUESTS / 2).map(|request| {
        let mut changes = vec![json!({"id": 1, "note": format!("{request}")})];
        changes.push(json!({"id": 2, "note": format!("{request}")}));
        if request % 2 == 0 {
            changes.reverse();
        }
        (Method::PATCH, "/flat/changes/".to_owned(), json!(changes))
    });
    for (status, answer) in client.race(patches.collect()).await {
        assert!(matches!(status, 200 | 503), "{status} {answer}");
        if status == 503 {
            let text = "Service temporarily unavailable, try again later.";
            assert_eq!(answer, json!({"detail": text}));
        }
    }
    let notes =
        async |path: &str| client.call(Method::GET, path, &Value::Null).await.1["note"].clone();
    assert_eq!(notes("/flat/1/").await, notes("/flat/2/").await);
}

async fn rows_that_go(url: &str) {
    let client = Client(Arc::new(TestClient::new(app(open(url).await))));
    let gone = |key: &str| json!([format!("Invalid pk \"{key}\" - object does not exist.")]);

    // A related row goes between the checks and the save.
    let body = json!({"number": "N1", "address": 2});
    let meanwhile = "DELETE FROM address WHERE id = 2";
    let answer = client
        .call_while(Method::POST, "/flat/", &body, meanwhile)
        .await;
    assert_eq!(answer, (400, json!({"address": gone("2")})));
    let body = json!({"address": {"id": 1}});
    let meanwhile = "DELETE FROM address WHERE id = 1";
    let answer = client
        .call_while(Method::PATCH, "/appended/1/", &body, meanwhile)
        .await;
    assert_eq!(answer, (400, json!({"address": gone("1")})));
    // One among several, where the transaction has begun.
    let body = json!({"number": "N1", "labels": [3, 2]});
    client
        .call(Method::PATCH, "/flat/2/", &json!({"labels": []}))
        .await;
    let meanwhile = "DELETE FROM label WHERE id = 3";
    let answer = client
        .call_while(Method::POST, "/flat/", &body, meanwhile)
        .await;
    assert_eq!(answer, (400, json!({"labels": gone("3")})));
    let body = json!([{"number": "N1", "labels": [1]}, {"number": "N2", "labels": [2, 1]}]);
    client
        .call(Method::PATCH, "/flat/1/", &json!({"labels": []}))
        .await;
    let meanwhile = "DELETE FROM label WHERE id = 2";
    let answer = client
        .call_while(Method::POST, "/flat/bulk/", &body, meanwhile)
        .await;
    assert_eq!(answer, (400, json!({"1": {"labels": gone("2")}})));
    let (_, list) = client.call(Method::GET, "/flat/", &Value::Null).await;
    assert_eq!(list.as_array().unwrap().len(), 2);

    // The row itself goes.
    let body = json!({"note": "x"});
    let meanwhile = "DELETE FROM purchase WHERE id = 2";
    let answer = client
        .call_while(Method::PATCH, "/flat/2/", &body, meanwhile)
        .await;
    assert_eq!(answer, (404, json!({"detail": "Not found."})));

    // A row that others refer to stays.
    let body = json!({"address": {"street": "High", "code": "B1"}});
    let (status, order) = client.call(Method::PATCH, "/replaced/1/", &body).await;
    assert_eq!(status, 200, "{order}");
    let path = format!("/addresses/{}/", order["address"]["id"]);
    let answer = client.call(Method::DELETE, &path, &Value::Null).await;
    let text = "Other objects still refer to this one.";
    assert_eq!(answer, (409, json!({"detail": text})));
}

mod sqlite {
    use super::*;

    fn file() -> (tempfile::TempDir, String) {
        let directory = tempfile::tempdir().unwrap();
        let url = format!(
            "sqlite://{}?mode=rwc",
            directory.path().join("orders.db").display()
        );
        (directory, url)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn one_of_several_requests_wins() {
        let (_directory, url) = file();
        races(&url).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn transactions_wait_for_each_other() {
        let (_directory, url) = file();
        deadlocks(&url).await;
    }

    #[tokio::test]
    async fn a_row_that_goes_meanwhile_is_named() {
        rows_that_go("sqlite::memory:").await;
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use super::*;

    async fn fresh(name: &str) -> Option<String> {
        servers::fresh_database("RESTFLOW_TEST_POSTGRES_URL", name).await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn one_of_several_requests_wins() {
        if let Some(url) = fresh("restflow_constraints_races").await {
            races(&url).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn transactions_wait_for_each_other() {
        if let Some(url) = fresh("restflow_constraints_deadlocks").await {
            deadlocks(&url).await;
        }
    }

    #[tokio::test]
    async fn a_row_that_goes_meanwhile_is_named() {
        if let Some(url) = fresh("restflow_constraints_gone").await {
            rows_that_go(&url).await;
        }
    }
}

#[cfg(feature = "mysql")]
mod mysql {
    use super::*;

    async fn fresh(name: &str) -> Option<String> {
        servers::fresh_database("RESTFLOW_TEST_MYSQL_URL", name).await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn one_of_several_requests_wins() {
        if let Some(url) = fresh("restflow_constraints_races").await {
            races(&url).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn transactions_wait_for_each_other() {
        if let Some(url) = fresh("restflow_constraints_deadlocks").await {
            deadlocks(&url).await;
        }
    }

    #[tokio::test]
    async fn a_row_that_goes_meanwhile_is_named() {
        if let Some(url) = fresh("restflow_constraints_gone").await {
            rows_that_go(&url).await;
        }
    }
}

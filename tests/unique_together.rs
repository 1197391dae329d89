//! Columns whose values no two rows have together: checked before a row is saved, with one query,
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

use orders_app::{QueryLog, app, open};
use poem::{Endpoint, http::Method, test::TestClient};
use serde_json::{Value, json};

struct Client<E> {
    client: TestClient<E>,
    log: QueryLog,
}

impl<E: Endpoint> Client<E> {
    /// The answer, and how many queries looked for rows.
    async fn call(&self, method: Method, path: &str, body: Value) -> (u16, Value, usize) {
        self.log.take();
        let response = self.client.request(method, path).body_json(&body);
        let response = response.send().await.0;
        let status = response.status().as_u16();
        let text = response.into_body().into_string().await.unwrap();
        let log = self.log.take();
        let looked = log.iter().filter(|sql| sql.contains("EXISTS")).count();
        let answer = serde_json::from_str(&text).unwrap_or(Value::Null);
        (status, answer, looked)
    }

    async fn check(
        &self,
        method: Method,
        path: &str,
        body: Value,
        expected: (u16, Option<Value>, usize),
    ) {
        let story = format!("{method} {path} {body}");
        let (status, answer, looked) = self.call(method, path, body).await;
        let (expected_status, expected_answer, expected_looked) = expected;
        assert_eq!(status, expected_status, "{story}: {answer}");
        if let Some(expected) = expected_answer {
            assert_eq!(answer, expected, "{story}");
        }
        assert_eq!(looked, expected_looked, "{story}");
    }
}

async fn sets(url: &str) {
    let mut db = open(url).await;
    let log = QueryLog::of(&mut db);
    let client = TestClient::new(app(db));
    let client = Client { client, log };
    let taken = json!({"non_field_errors": ["The fields shop, position must make a unique set."]});
    let (post, put, patch) = (Method::POST, Method::PUT, Method::PATCH);

    let table = [
        // The unique number is another query than the set, which waits for the valid fields.
        (
            &post,
            "/placed/",
            json!({"number": "A", "shop": 1, "position": 1}),
            (201, None, 2),
        ),
        (
            &post,
            "/placed/",
            json!({"number": "B", "shop": 1, "position": 1}),
            (400, Some(taken.clone()), 2),
        ),
        (
            &post,
            "/placed/",
            json!({"number": "A", "shop": 1, "position": 1}),
            (
                400,
                Some(json!({"number": ["purchase with this number already exists."]})),
                1,
            ),
        ),
        // Required, although the database has a default.
        (
            &post,
            "/placed/",
            json!({"number": "B", "position": 1}),
            (400, Some(json!({"shop": ["This field is required."]})), 1),
        ),
        // Nulls are not equal.
        (
            &post,
            "/placed/",
            json!({"number": "B", "shop": 1}),
            (201, None, 1),
        ),
        (
            &post,
            "/placed/",
            json!({"number": "C", "shop": 1, "position": null}),
            (201, None, 1),
        ),
        // An update is compared with the other rows, by what was sent and what there is.
        (
            &patch,
            "/placed/4/",
            json!({"position": 1}),
            (400, Some(taken.clone()), 1),
        ),
        (&patch, "/placed/4/", json!({"position": 2}), (200, None, 1)),
        (
            &patch,
            "/placed/4/",
            json!({"position": 2, "note": "x"}),
            (200, None, 0),
        ),
        (&patch, "/placed/4/", json!({"note": "y"}), (200, None, 0)),
        (
            &put,
            "/placed/4/",
            json!({"number": "B", "shop": 1, "position": 2}),
            (200, None, 0),
        ),
        (
            &put,
            "/placed/4/",
            json!({"number": "B", "shop": 1, "position": 1}),
            (400, Some(taken.clone()), 1),
        ),
        // A list is one query for the numbers and one for the sets, whatever its length.
        (
            &post,
            "/placed/bulk/",
            json!([
                {"number": "D", "shop": 2, "position": 1},
                {"number": "E", "shop": 1, "position": 2},
                {"number": "F", "shop": 2, "position": 1},
                {"number": "G", "shop": 2, "position": null},
                {"number": "H", "shop": 2},
            ]),
            (400, Some(json!({"1": taken, "2": taken})), 2),
        ),
        (
            &post,
            "/placed/bulk/",
            json!([
                {"number": "D", "shop": 2, "position": 1},
                {"number": "E", "shop": 2, "position": 2},
                {"number": "F", "shop": 3, "position": 1},
            ]),
            (201, None, 2),
        ),
        (
            &patch,
            "/placed/changes/",
            json!([
                {"id": 3, "position": 9},
                {"id": 4, "position": 9},
                {"id": 5, "position": 2},
            ]),
            (400, Some(json!({"1": taken, "2": taken})), 1),
        ),
    ];
    for (method, path, body, expected) in table {
        client.check(method.clone(), path, body, expected).await;
    }
}

#[tokio::test]
async fn no_two_rows_have_a_set_on_sqlite() {
    sets("sqlite::memory:").await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn no_two_rows_have_a_set_on_postgres() {
    let name = "restflow_unique_together";
    if let Some(url) = servers::fresh_database("RESTFLOW_TEST_POSTGRES_URL", name).await {
        sets(&url).await;
    }
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn no_two_rows_have_a_set_on_mysql() {
    let name = "restflow_unique_together";
    if let Some(url) = servers::fresh_database("RESTFLOW_TEST_MYSQL_URL", name).await {
        sets(&url).await;
    }
}

//! The examples, exercised: for each a table of requests and the answers to them.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "tests; the `main` of each example is not called"
)]

#[path = "../examples/compose.rs"]
mod compose;
#[path = "../examples/custom.rs"]
mod custom;
#[path = "../examples/health.rs"]
mod health;
#[path = "../examples/keys.rs"]
mod keys;
#[path = "../examples/minimal.rs"]
mod minimal;

use poem::{Endpoint, http::Method, test::TestClient};
use restflow::prelude::Database;
use serde_json::{Value, json};

/// A client that tells a story: one request after the other, each with its answer.
struct Story<E>(TestClient<E>);

/// `METHOD /path`, headers, body (null for none), status, and the body of the answer (null for
/// none, a text where it is not JSON).
type Step<'a> = (&'a str, &'a [(&'a str, &'a str)], Value, u16, Value);

impl<E: Endpoint> Story<E> {
    fn of(app: E) -> Self {
        Self(TestClient::new(app))
    }

    async fn tell(&self, steps: impl IntoIterator<Item = Step<'_>>) {
        for (request, headers, body, status, expected) in steps {
            let (got, text) = self.ask(request, headers, &body).await;
            assert_eq!(got, status, "{request} {body}: {text}");
            let answer = match text.as_str() {
                "" => Value::Null,
                text => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
            };
            assert_eq!(answer, expected, "{request} {body}");
        }
    }

    async fn ask(&self, request: &str, headers: &[(&str, &str)], body: &Value) -> (u16, String) {
        let (method, path) = request.split_once(' ').unwrap();
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.0.request(method, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_null() {
            request = request.body_json(body);
        }
        let response = request.send().await.0;
        let status = response.status().as_u16();
        (status, response.into_body().into_string().await.unwrap())
    }
}

const NONE: Value = Value::Null;

#[tokio::test]
async fn minimal_is_a_whole_resource() {
    let app = minimal::app(minimal::database().await.unwrap());
    let milk = |done: bool| json!({"id": 1, "title": "Buy milk", "done": done});
    let missing = || json!({"detail": "Not found."});
    let story = Story::of(app);
    story
        .tell([
            (
                "GET /",
                &[][..],
                NONE,
                200,
                json!({"todos": "http://localhost/todos/"}),
            ),
            ("GET /todos/", &[], NONE, 200, json!([])),
            (
                "POST /todos/",
                &[],
                json!({"title": "Buy milk"}),
                201,
                milk(false),
            ),
            (
                "POST /todos/",
                &[],
                json!({"done": 7}),
                400,
                json!({
                    "title": ["This field is required."],
                    "done": ["Must be a valid boolean."],
                }),
            ),
            ("GET /todos/1/", &[], NONE, 200, milk(false)),
            (
                "PATCH /todos/1/",
                &[],
                json!({"done": true}),
                200,
                milk(true),
            ),
            (
                "PUT /todos/1/",
                &[],
                json!({"title": "Buy milk"}),
                200,
                milk(false),
            ),
            ("DELETE /todos/1/", &[], NONE, 204, NONE),
            ("GET /todos/1/", &[], NONE, 404, missing()),
            ("GET /todos/one/", &[], NONE, 404, missing()),
        ])
        .await;
    let (status, page) = story.ask("GET /docs", &[], &NONE).await;
    assert!(status == 200 && page.contains("/todos/"), "{page}");
}

#[tokio::test]
async fn health_answers_without_an_entity() {
    let app = health::app(Database::connect("sqlite::memory:").await.unwrap());
    let story = Story::of(app);
    let ann: &[_] = &[("x-operator", "ann")];
    let path = "POST /health/maintenance/";
    let disk = || json!({"reason": "A new disk."});
    story
        .tell([
            ("GET /health/live/", &[][..], NONE, 204, NONE),
            (
                "POST /health/live/",
                &[],
                NONE,
                405,
                json!({"detail": "Method \"POST\" not allowed."}),
            ),
            (
                path,
                &[],
                disk(),
                403,
                json!({"detail": "Only operators announce a maintenance."}),
            ),
            (
                path,
                ann,
                disk(),
                202,
                json!({"reason": "A new disk.", "minutes": 15}),
            ),
            (
                path,
                ann,
                json!({"reason": "A", "minutes": 0}),
                400,
                json!({
                    "reason": ["Ensure this field has at least 5 characters."],
                    "minutes": ["Ensure this value is greater than or equal to 1."],
                }),
            ),
        ])
        .await;
    let (status, ready) = story.ask("GET /health/ready/", &[], &NONE).await;
    assert_eq!(status, 200);
    let ready: Value = serde_json::from_str(&ready).unwrap();
    assert_eq!(ready["database"], "ok");
    assert!(ready["latency"].as_f64().unwrap() >= 0.0);
}

#[tokio::test]
async fn compose_binds_what_it_likes() {
    let app = compose::app(compose::database().await.unwrap());
    let note = || json!({"id": 1, "text": "Call Ann."});
    let refused = |method| json!({"detail": format!("Method \"{method}\" not allowed.")});
    let page = |results: Value| json!({"count": results.as_array().unwrap().len(), "next": null, "previous": null, "results": results});
    Story::of(app)
        .tell([
            ("GET /notes/", &[][..], NONE, 200, page(json!([]))),
            (
                "POST /notes/",
                &[],
                json!({"text": "Call Ann."}),
                201,
                note(),
            ),
            ("GET /notes/", &[], NONE, 200, page(json!([note()]))),
            ("GET /notes/1/", &[], NONE, 200, note()),
            (
                "POST /notes/1/",
                &[],
                json!({"text": "No."}),
                405,
                refused("POST"),
            ),
            (
                "PUT /notes/1/",
                &[],
                json!({"text": "No."}),
                405,
                refused("PUT"),
            ),
            (
                "GET /notes/2/",
                &[],
                NONE,
                404,
                json!({"detail": "Not found."}),
            ),
        ])
        .await;
}

#[tokio::test]
async fn custom_policies_take_part() {
    let app = custom::app(custom::database().await.unwrap());
    let key: &[_] = &[("x-key", "open sesame")];
    let csv: &[_] = &[("x-key", "open sesame"), ("accept", "text/csv")];
    let row = |sensor, celsius| json!({"sensor": sensor, "celsius": celsius});
    Story::of(app)
        .tell([
            (
                "GET /readings/",
                &[][..],
                NONE,
                403,
                json!({"detail": "The door is shut."}),
            ),
            (
                "GET /readings/?take=2",
                key,
                NONE,
                200,
                json!({
                    "results": [row("attic", 31.5), row("cellar", 12.0)],
                    "more": true,
                }),
            ),
            (
                "GET /readings/?above=20&skip=2",
                key,
                NONE,
                200,
                json!({
                    "results": [row("oven, door", 48.5)],
                    "more": false,
                }),
            ),
            (
                "GET /readings/?above=hot",
                key,
                NONE,
                400,
                json!({"above": ["Enter a number."]}),
            ),
            (
                "GET /readings/?above=25",
                csv,
                NONE,
                200,
                json!("sensor,celsius\nattic,31.5\n\"oven, door\",48.5\n"),
            ),
            ("GET /readings/?format=csv&above=99", key, NONE, 200, NONE),
            (
                "GET /readings/?format=csv",
                &[],
                NONE,
                403,
                json!("detail\nThe door is shut.\n"),
            ),
        ])
        .await;
}

#[tokio::test]
async fn keys_may_be_uuids() {
    let story = Story::of(keys::app(keys::database().await.unwrap()));
    let (status, ann) = story
        .ask("POST /people/", &[], &json!({"name": "Ann"}))
        .await;
    assert_eq!(status, 201, "{ann}");
    let ann: Value = serde_json::from_str(&ann).unwrap();
    let path = format!("/people/{}/", ann["id"].as_str().unwrap());
    let (get, patch, delete) = (
        format!("GET {path}"),
        format!("PATCH {path}"),
        format!("DELETE {path}"),
    );
    let bea = json!({"id": ann["id"], "name": "Bea"});
    story
        .tell([
            ("GET /people/", &[][..], NONE, 200, json!([ann])),
            (&get, &[], NONE, 200, ann.clone()),
            (
                &patch,
                &[],
                json!({"name": "Bea", "id": "mine"}),
                200,
                bea.clone(),
            ),
            (&delete, &[], NONE, 204, NONE),
            (&get, &[], NONE, 404, json!({"detail": "Not found."})),
            (
                "GET /people/7/",
                &[],
                NONE,
                404,
                json!({"detail": "Not found."}),
            ),
        ])
        .await;
}

#[tokio::test]
async fn keys_may_have_two_columns() {
    let story = Story::of(keys::app(keys::database().await.unwrap()));
    let shelf = |place: &str, label: &str| json!({"aisle": 7, "place": place, "label": label});
    let missing = || json!({"detail": "Not found."});
    story
        .tell([
            (
                "POST /shelves/",
                &[][..],
                shelf("a", "Nails"),
                201,
                shelf("a", "Nails"),
            ),
            (
                "POST /shelves/",
                &[],
                shelf("b", "Nuts"),
                201,
                shelf("b", "Nuts"),
            ),
            (
                "GET /shelves/",
                &[],
                NONE,
                200,
                json!([shelf("a", "Nails"), shelf("b", "Nuts")]),
            ),
            ("GET /shelves/7,b/", &[], NONE, 200, shelf("b", "Nuts")),
            (
                "PATCH /shelves/7,b/",
                &[],
                json!({"label": "Bolts", "place": "a"}),
                200,
                shelf("b", "Bolts"),
            ),
            (
                "PUT /shelves/7,a/",
                &[],
                json!({"label": "Screws"}),
                200,
                shelf("a", "Screws"),
            ),
            ("DELETE /shelves/7,a/", &[], NONE, 204, NONE),
            (
                "GET /shelves/",
                &[],
                NONE,
                200,
                json!([shelf("b", "Bolts")]),
            ),
            ("GET /shelves/7/", &[], NONE, 404, missing()),
            ("GET /shelves/b,7/", &[], NONE, 404, missing()),
            ("GET /shelves/7,b,c/", &[], NONE, 404, missing()),
        ])
        .await;
}

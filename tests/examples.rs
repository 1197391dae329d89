//! The examples, exercised: for each a table of requests and the answers to them.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "tests; the `main` of each example is not called"
)]

#[path = "../examples/alone.rs"]
mod alone;
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
#[path = "../examples/nested.rs"]
mod nested;
#[path = "../examples/stream.rs"]
mod stream;

use futures_util::StreamExt;
use poem::{Endpoint, http::Method, test::TestClient};
use restflow::prelude::Database;
use serde_json::Value;

/// A client that tells a story: one request after the other, each with its answer.
struct Story<E> {
    client: TestClient<E>,
    headers: Vec<(&'static str, &'static str)>,
}

impl<E: Endpoint> Story<E> {
    fn of(app: E) -> Self {
        Self {
            client: TestClient::new(app),
            headers: Vec::new(),
        }
    }

    /// Sends `headers` with the requests that follow.
    fn with(mut self, headers: &[(&'static str, &'static str)]) -> Self {
        self.headers = headers.to_vec();
        self
    }

    /// Lines of `METHOD /path body => status body`. A body is JSON or missing; an answer that is
    /// no JSON is compared as a text.
    async fn tell(self, steps: &str) -> Self {
        for step in steps.lines().map(str::trim).filter(|step| !step.is_empty()) {
            let (request, expected) = step.split_once("=>").unwrap();
            let (status, expected) = split(expected);
            let (got, text) = self.ask(request).await;
            assert_eq!(got.to_string(), status, "{step}\n{text}");
            let answer = match text.as_str() {
                "" => Value::Null,
                text => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
            };
            assert_eq!(answer, json(expected), "{step}");
        }
        self
    }

    async fn ask(&self, request: &str) -> (u16, String) {
        let (method, rest) = split(request);
        let (path, body) = split(rest);
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.client.request(method, path);
        for (name, value) in &self.headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() {
            request = request.body_json(&json(body));
        }
        let response = request.send().await.0;
        let status = response.status().as_u16();
        (status, response.into_body().into_string().await.unwrap())
    }
}

/// The first word, and the rest.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    (word, rest.trim())
}

fn json(text: &str) -> Value {
    match text {
        "" => Value::Null,
        text => serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}")),
    }
}

#[tokio::test]
async fn minimal_is_a_whole_resource() {
    let story = Story::of(minimal::app(minimal::database().await.unwrap()))
        .tell(
            r#"
            GET    /                                  => 200 {"todos": "http://localhost/todos/"}
            GET    /todos/                            => 200 []
            POST   /todos/   {"title": "Buy milk"}    => 201 {"id": 1, "title": "Buy milk", "done": false}
            POST   /todos/   {"title": "Rest", "x": 1} => 201 {"id": 2, "title": "Rest", "done": false}
            POST   /todos/   {}                       => 400 {"title": ["This field is required."]}
            POST   /todos/   {"title": "A", "done": 7} => 400 {"done": ["Must be a valid boolean."]}
            GET    /todos/1/                          => 200 {"id": 1, "title": "Buy milk", "done": false}
            PATCH  /todos/1/ {"done": true}           => 200 {"id": 1, "title": "Buy milk", "done": true}
            PUT    /todos/1/ {"title": "Buy bread"}   => 200 {"id": 1, "title": "Buy bread", "done": false}
            DELETE /todos/1/                          => 204
            GET    /todos/1/                          => 404 {"detail": "Not found."}
            GET    /todos/one/                        => 404 {"detail": "Not found."}
            GET    /todos/                            => 200 [{"id": 2, "title": "Rest", "done": false}]
            "#,
        )
        .await;
    let (status, page) = story.ask("GET /docs").await;
    assert!(status == 200 && page.contains("/todos/"), "{page}");
}

#[tokio::test]
async fn filters_and_pages_need_no_view() {
    let disk = r#"{"count": 1, "count_exact": true, "next": null, "previous": null,
        "results": [{"id": 1, "source": "disk", "level": 3}]}"#
        .replace('\n', "");
    Story::of(alone::app(alone::database().await.unwrap()))
        .tell(&format!(
            r#"
            GET /?level__gte=2&source=disk      => 200 {disk}
            GET /?page_size=1&page=3&level!=1   => 404 {{"detail": "Invalid page."}}
            GET /?level__gte=x&order_by=name    => 400 {{"level__gte": ["A valid integer is required."], "order_by": ["\"name\" is not a valid choice."]}}
            GET /?order_by=-level&page_size=1   => 200 {{"count": 3, "count_exact": true, "next": "/?order_by=-level&page=2&page_size=1", "previous": null, "results": [{{"id": 1, "source": "disk", "level": 3}}]}}
            "#
        ))
        .await;
}

#[tokio::test]
async fn nested_rows_are_those_of_their_parents() {
    Story::of(nested::app(nested::database().await.unwrap()))
        .tell(
            r#"
            GET    /                                      => 200 {"clients": "http://localhost/clients/"}
            POST   /clients/1/mails/ {"subject": "Hello"} => 201 {"id": 1, "subject": "Hello"}
            POST   /clients/3/mails/ {"subject": "Hello"} => 400 {"non_field_errors": ["The related object does not exist."]}
            GET    /clients/1/mails/                      => 200 [{"id": 1, "subject": "Hello"}]
            GET    /clients/2/mails/                      => 200 []
            GET    /clients/3/mails/                      => 200 []
            GET    /clients/2/mails/1/                    => 404 {"detail": "Not found."}
            GET    /clients/x/mails/                      => 404 {"detail": "Not found."}
            POST   /clients/1/mails/1/recipients/ {"address": "eve@example.org"} => 201 {"id": 1, "address": "eve@example.org"}
            POST   /clients/2/mails/1/recipients/ {"address": "eve@example.org"} => 404 {"detail": "Not found."}
            GET    /clients/2/mails/1/recipients/         => 404 {"detail": "Not found."}
            GET    /clients/1/mails/1/recipients/         => 200 [{"id": 1, "address": "eve@example.org"}]
            GET    /clients/1/mails/1/recipients/1/preview/ => 200 {"from": "Ann", "to": "eve@example.org", "subject": "Hello", "mail": "http://localhost/clients/1/mails/1/"}
            "#,
        )
        .await;
}

#[tokio::test]
async fn health_answers_without_an_entity() {
    let app = health::app(Database::connect("sqlite::memory:").await.unwrap());
    let story = Story::of(app)
        .tell(
            r#"
            GET  /health/live/  => 204
            POST /health/live/  => 405 {"detail": "Method \"POST\" not allowed."}
            POST /health/maintenance/ {"reason": "A disk."} => 403 {"detail": "Only operators announce a maintenance."}
            "#,
        )
        .await
        .with(&[("x-operator", "ann")])
        .tell(
            r#"
            POST /health/maintenance/ {"reason": "A disk."} => 202 {"reason": "A disk.", "minutes": 15}
            POST /health/maintenance/ {"reason": "A"} => 400 {"reason": ["Ensure this field has at least 5 characters."]}
            "#,
        )
        .await;
    let (status, ready) = story.ask("GET /health/ready/").await;
    assert_eq!(status, 200);
    assert_eq!(json(&ready)["database"], "ok");
    assert!(json(&ready)["latency"].as_f64().unwrap() >= 0.0);
}

#[tokio::test]
async fn compose_binds_what_it_likes() {
    Story::of(compose::app(compose::database().await.unwrap()))
        .tell(
            r#"
            GET  /notes/                         => 200 {"count": 0, "next": null, "previous": null, "results": []}
            POST /notes/   {"text": "Call Ann."} => 201 {"id": 1, "text": "Call Ann."}
            POST /notes/   {"text": "Call Bea."} => 201 {"id": 2, "text": "Call Bea."}
            GET  /notes/?limit=1&offset=1        => 200 {"count": 2, "next": null, "previous": "http://localhost/notes/?limit=1", "results": [{"id": 2, "text": "Call Bea."}]}
            GET  /notes/1/                       => 200 {"id": 1, "text": "Call Ann."}
            POST /notes/1/ {"text": "No."}       => 405 {"detail": "Method \"POST\" not allowed."}
            PUT  /notes/1/ {"text": "No."}       => 405 {"detail": "Method \"PUT\" not allowed."}
            GET  /notes/3/                       => 404 {"detail": "Not found."}
            "#,
        )
        .await;
}

#[tokio::test]
async fn custom_policies_take_part() {
    Story::of(custom::app(custom::database().await.unwrap()))
        .tell(
            r#"
            GET /readings/            => 403 {"detail": "The door is shut."}
            GET /readings/?format=csv => 403 "detail\r\nThe door is shut.\r\n"
            "#,
        )
        .await
        .with(&[("x-key", "open sesame")])
        .tell(
            r#"
            GET /readings/?take=1            => 200 {"results": [{"sensor": "attic", "celsius": 31.5}], "more": true}
            GET /readings/?above=20&skip=2   => 200 {"results": [{"sensor": "oven, door", "celsius": 48.5}], "more": false}
            GET /readings/?above=hot         => 400 {"above": ["Enter a number."]}
            GET /readings/?above=99          => 200 {"results": [], "more": false}
            GET /readings/?above=99&format=csv => 200 "sensor,celsius\r\n"
            "#,
        )
        .await
        .with(&[("x-key", "open sesame"), ("accept", "text/csv")])
        .tell(r#"GET /readings/?above=25 => 200 "sensor,celsius\r\nattic,31.5\r\n\"oven, door\",48.5\r\n""#)
        .await
        .with(&[("x-key", "open sesame"), ("accept", "application/yaml; indent=4")])
        .tell(
            r#"
            GET /readings/?above=40 => 200 "---\n\"results\":\n    -\n        \"sensor\": \"oven, door\"\n        \"celsius\": 48.5\n\"more\": false\n"
            GET /readings/?above=99 => 200 "---\n\"results\": []\n\"more\": false\n"
            GET /readings/?above=hot => 400 "---\n\"above\":\n    - \"Enter a number.\"\n"
            "#,
        )
        .await;
}

#[tokio::test]
async fn keys_may_be_uuids() {
    let story = Story::of(keys::app(keys::database().await.unwrap()));
    let (status, ann) = story.ask(r#"POST /people/ {"name": "Ann"}"#).await;
    assert_eq!(status, 201, "{ann}");
    let ann = json(&ann);
    let steps = r#"
        GET    /people/                               => 200 [{"id": "ID", "name": "Ann"}]
        GET    /people/ID/                            => 200 {"id": "ID", "name": "Ann"}
        PATCH  /people/ID/ {"name": "Bea", "id": "x"} => 200 {"id": "ID", "name": "Bea"}
        DELETE /people/ID/                            => 204
        GET    /people/ID/                            => 404 {"detail": "Not found."}
        GET    /people/7/                             => 404 {"detail": "Not found."}
        "#;
    let steps = steps.replace("ID", ann["id"].as_str().unwrap());
    story.tell(&steps).await;
}

#[tokio::test]
async fn keys_may_have_two_columns() {
    Story::of(keys::app(keys::database().await.unwrap()))
        .tell(
            r#"
            POST   /shelves/     {"aisle": 7, "place": "a", "label": "Nails"} => 201 {"aisle": 7, "place": "a", "label": "Nails"}
            POST   /shelves/     {"aisle": 7, "place": "b", "label": "Nuts"}  => 201 {"aisle": 7, "place": "b", "label": "Nuts"}
            POST   /shelves/     {"aisle": 7, "place": "b", "label": "Twice"} => 400 {"non_field_errors": ["The fields aisle, place must make a unique set."]}
            GET    /shelves/7,b/                                   => 200 {"aisle": 7, "place": "b", "label": "Nuts"}
            PATCH  /shelves/7,b/ {"label": "Bolts", "place": "a"}  => 200 {"aisle": 7, "place": "b", "label": "Bolts"}
            PUT    /shelves/7,a/ {"label": "Screws"}               => 200 {"aisle": 7, "place": "a", "label": "Screws"}
            DELETE /shelves/7,a/                                   => 204
            GET    /shelves/                                       => 200 [{"aisle": 7, "place": "b", "label": "Bolts"}]
            GET    /shelves/7/                                     => 404 {"detail": "Not found."}
            GET    /shelves/b,7/                                   => 404 {"detail": "Not found."}
            GET    /shelves/7,b,c/                                 => 404 {"detail": "Not found."}
            "#,
        )
        .await;
}

#[tokio::test]
async fn stream_exports_rows_and_tells_of_new_ones() {
    let story = Story::of(stream::app(stream::database().await.unwrap()));
    let live = story.client.get("/messages/live/").send().await.0;
    assert_eq!(live.content_type(), Some("text/event-stream"));
    story
        .tell(
            r#"
            GET  /messages/export/                   => 200
            POST /messages/ {"text": "Hello!"}       => 201 {"id": 1, "text": "Hello!"}
            POST /messages/ {"text": "Two\nlines."} => 201 {"id": 2, "text": "Two\nlines."}
            POST /messages/ {}                       => 400 {"text": ["This field is required."]}
            GET  /messages/export/ => 200 "{\"id\":1,\"text\":\"Hello!\"}\n{\"id\":2,\"text\":\"Two\\nlines.\"}\n"
            "#,
        )
        .await;
    let events = live.into_body().into_bytes_stream().boxed().next().await;
    assert_eq!(
        events.unwrap().unwrap(),
        "id: 1\nevent: message\ndata: Hello!\n\n\
         id: 2\nevent: message\ndata: Two\ndata: lines.\n\n"
    );
}

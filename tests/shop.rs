//! The promises of the example shop: its document, its queries, and its calm under bad input.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

#[path = "shop_app/mod.rs"]
mod shop_app;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use poem::{
    Endpoint,
    http::{Method, StatusCode},
    test::{TestClient, TestRequestBuilder},
};
use serde_json::Value;

const ALICE: &str = "Token alice-token";
const DOCUMENT: &str = "examples/shop/openapi.json";

/// The statements that ran since the log was cleared.
#[derive(Clone, Default)]
struct QueryLog(Arc<Mutex<Vec<String>>>);

impl QueryLog {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

async fn shop_with_log() -> (TestClient<impl Endpoint>, QueryLog) {
    let log = QueryLog::default();
    let mut db = shop_app::database::open("sqlite::memory:", 30)
        .await
        .unwrap();
    let statements = log.clone();
    db.set_metric_callback(move |info| {
        statements
            .0
            .lock()
            .unwrap()
            .push(info.statement.sql.clone());
    });
    (TestClient::new(shop_app::app(db)), log)
}

async fn json<E: Endpoint>(request: TestRequestBuilder<'_, E>) -> (u16, Value) {
    let response = request.send().await.0;
    let status = response.status().as_u16();
    let text = response.into_body().into_string().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

#[tokio::test]
async fn the_document_is_the_committed_one() {
    let client = TestClient::new(shop_app::fresh().await);
    let document = client.get("/openapi.json").send().await.0;
    let document = document.into_body().into_string().await.unwrap() + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(DOCUMENT, &document).unwrap();
    }
    let committed = std::fs::read_to_string(DOCUMENT).unwrap();
    assert!(
        document == committed,
        "the document changed; `UPDATE_OPENAPI=1 cargo test --test shop` writes {DOCUMENT} anew"
    );
}

#[tokio::test]
async fn the_docs_page_needs_no_network() {
    let client = TestClient::new(shop_app::fresh().await);
    let page = client.get("/docs").send().await;
    page.assert_status_is_ok();
    let page = page.0.into_body().into_string().await.unwrap();
    assert!(page.contains("products_list"));
    for remote in [
        "<script src=\"http",
        "<link href=\"http",
        "@import url(\"http",
    ] {
        assert!(!page.contains(remote), "{remote}");
    }
}

#[tokio::test]
async fn every_operation_has_its_own_id_and_can_be_reached() {
    let client = TestClient::new(shop_app::fresh().await);
    let (_, document) = json(client.get("/openapi.json")).await;
    let mut ids = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} twice");
            assert!(!operation["summary"].as_str().unwrap().is_empty(), "{id}");
            assert!(!operation["tags"].as_array().unwrap().is_empty(), "{id}");
            let url = path
                .replace("{pk}", "2")
                .replace("{product_pk}", "2")
                .replace("{slug}", "books");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            // A fresh shop, for some operations take away what others need.
            let client = TestClient::new(shop_app::fresh().await);
            let request = client
                .request(method, &url)
                .header("authorization", "Token admin-token");
            let (status, _) = json(request).await;
            assert!(![404, 405, 500].contains(&status), "{id}: {status}");
        }
    }
    assert!(ids.contains("products_list") && ids.contains("products_reviews_create"));
}

#[tokio::test]
async fn a_list_is_one_query_and_selects_only_what_it_shows() {
    let (client, log) = shop_with_log().await;
    for page_size in [1, 10, 40] {
        let (status, _) = json(client.get(format!("/api/products/?page_size={page_size}"))).await;
        assert_eq!(status, 200);
        let statements = log.take();
        assert_eq!(statements.len(), 1, "{statements:#?}");
        let page = &statements[0];
        assert!(
            page.contains("\"sku\"") && !page.contains("\"description\""),
            "{page}"
        );
        assert!(page.contains("(SELECT COUNT(*) FROM"), "{page}");
        assert!(page.ends_with(&format!("LIMIT {page_size}")), "{page}");
    }
    // The last page is found by its number, which the count tells.
    let (status, _) = json(client.get("/api/products/?page=last")).await;
    assert_eq!(status, 200);
    assert_eq!(log.take().len(), 2);
}

#[tokio::test]
async fn a_retrieve_is_one_query_and_one_for_each_relation() {
    let (client, log) = shop_with_log().await;
    for (path, queries) in [
        ("/api/products/2/", 3),
        ("/api/categories/books/", 1),
        ("/api/tags/1/", 1),
    ] {
        let (status, _) = json(client.get(path)).await;
        assert_eq!(status, 200);
        let statements = log.take();
        assert_eq!(statements.len(), queries, "{path}: {statements:#?}");
        assert!(!statements[0].contains("LIMIT"), "{}", statements[0]);
        assert!(
            !statements[0].contains("is_archived\","),
            "{}",
            statements[0]
        );
    }
}

#[tokio::test]
async fn a_partial_update_writes_only_what_was_sent() {
    let (client, log) = shop_with_log().await;
    let patch = client
        .patch("/api/categories/books/")
        .header("authorization", ALICE)
        .content_type("application/json")
        .body(r#"{"name": "Novels"}"#);
    let (status, body) = json(patch).await;
    assert_eq!((status, body["name"].as_str()), (200, Some("Novels")));
    let statements = log.take();
    let update = statements
        .iter()
        .find(|sql| sql.starts_with("UPDATE"))
        .unwrap();
    assert!(update.contains("SET \"name\" = ?"), "{update}");
    assert!(!update.contains("\"slug\" = ?"), "{update}");
}

#[tokio::test]
async fn bad_input_is_refused_and_the_server_lives() {
    let (client, log) = shop_with_log().await;
    let post = |body: Vec<u8>| {
        client
            .post("/api/products/")
            .header("authorization", ALICE)
            .content_type("application/json")
            .body(body)
    };
    for (request, expected) in [
        (post(vec![b'x'; 20 * 1024 * 1024]), 413),
        (post(b"{\"name\": ".to_vec()), 400),
        (post(b"[1, 2]".to_vec()), 400),
        (post(b"\"\\ud800\"".to_vec()), 400),
        (post(vec![0xff, 0xfe]), 400),
        (post("[".repeat(100_000).into_bytes()), 400),
        (client.get("/api/products/99999999999999999999/"), 404),
        (client.get("/api/products/%00/"), 404),
        (client.get("/api/products/1'--/"), 404),
        (client.get("/api/products/?page=0"), 404),
        (client.get("/api/products/?page=99999999999999999999"), 404),
        (client.get("/api/products/?price__lt=abc"), 400),
        (
            client.get("/api/products/?name__icontains=%25%27%22%5C_"),
            200,
        ),
        (
            client.get("/api/products/?ordering=password,-,price%3Bdrop"),
            200,
        ),
        (client.get("/api/products/?search=%00"), 400),
        (client.get("/api/products/?page_size=-1"), 200),
    ] {
        let (status, body) = json(request).await;
        assert_eq!(status, expected, "{body}");
        let text = body.to_string();
        for secret in ["SELECT", "sqlite", "src/", "panicked"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    log.take();
    client
        .get("/api/products/")
        .send()
        .await
        .assert_status(StatusCode::OK);
}

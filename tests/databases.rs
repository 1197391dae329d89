//! The shop on every database at hand: the same story on SQLite, PostgreSQL and MySQL.
//!
//! The servers are named by `RESTFLOW_TEST_POSTGRES_URL` and `RESTFLOW_TEST_MYSQL_URL`; without
//! them their tests are skipped, except where `CI` is set.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

#[path = "support/servers.rs"]
mod servers;
#[path = "shop_app/mod.rs"]
mod shop_app;

use poem::{http::Method, test::TestClient};
use serde_json::{Value, json};

async fn story(url: &str) {
    let db = shop_app::database::open(url, 5).await.unwrap();
    let client = TestClient::new(shop_app::app(db));
    let call = async |method: Method, path: &str, body: Value| {
        let mut request = client
            .request(method, path)
            .header("authorization", "Token admin-token");
        if !body.is_null() {
            request = request.body_json(&body);
        }
        let response = request.send().await.0;
        let status = response.status().as_u16();
        let text = response.into_body().into_string().await.unwrap();
        (
            status,
            serde_json::from_str::<Value>(&text).unwrap_or_default(),
        )
    };
    let get = async |path: &str| call(Method::GET, path, Value::Null).await;

    let (status, list) = get("/api/products/?price__lt=10&order_by=-price&page_size=2").await;
    assert_eq!(status, 200, "{list}");
    assert_eq!(list["results"][0]["name"], "Bread Knife");
    assert_eq!(list["results"][0]["price"], "9.99");
    let (status, list) = get("/api/products/?search=KNIFE&in_stock=true").await;
    assert_eq!((status, &list["count"]), (200, &json!(1)), "{list}");
    let (status, list) = get("/api/products/?name__icontains!=product&ordering=-created_at").await;
    assert_eq!((status, &list["count"]), (200, &json!(12)), "{list}");

    let teapot = json!({
        "name": "Teapot", "sku": "TEA-1", "price": "12.5", "category": 2, "tags": [3, 1],
        "status": "published",
    });
    let (status, created) = call(Method::POST, "/api/products/", teapot.clone()).await;
    assert_eq!(status, 201, "{created}");
    assert_eq!(
        (&created["price"], &created["tags"]),
        (&json!("12.50"), &json!([1, 3]))
    );
    let (status, errors) = call(Method::POST, "/api/products/", teapot).await;
    assert_eq!(
        (status, errors),
        (
            400,
            json!({"sku": ["product with this sku already exists."]})
        )
    );
    let path = format!("/api/products/{}/", created["id"]);
    let (status, changed) = call(
        Method::PATCH,
        &path,
        json!({"price": 7, "tags": [2], "in_stock": true}),
    )
    .await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(
        (&changed["price"], &changed["tags"]),
        (&json!("7.00"), &json!([2]))
    );
    assert_eq!(get(&path).await, (200, changed));
    let reviews = format!("{path}reviews/");
    let (status, review) = call(Method::POST, &reviews, json!({"rating": 5, "comment": "!"})).await;
    assert_eq!(
        (status, &review["product"]),
        (201, &created["id"]),
        "{review}"
    );
    assert_eq!(get(&reviews).await, (200, json!([review])));
    let (status, _) = call(Method::DELETE, &path, Value::Null).await;
    assert_eq!(status, 204);
    assert_eq!(get(&path).await.0, 404);

    // A category with products cannot go, and says so.
    let (status, _) = call(Method::DELETE, "/api/categories/books/", Value::Null).await;
    assert_eq!(status, 409);
}

servers::the_story_holds!(story, "restflow_shop_test");

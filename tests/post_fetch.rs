//! Related rows attached to pages and single objects, over HTTP, on every database at hand.
//!
//! The servers are named by `RESTFLOW_TEST_POSTGRES_URL` and `RESTFLOW_TEST_MYSQL_URL`; without
//! them their tests are skipped, except where `CI` is set.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

#[path = "support/servers.rs"]
mod servers;
#[path = "post_fetch_shop/mod.rs"]
mod shop;

use std::sync::{Arc, Mutex};

use poem::{
    Endpoint,
    test::{TestClient, TestRequestBuilder},
};
use restflow::prelude::*;
use serde_json::{Value, json};

use shop::{PRODUCTS, ReviewRow, app, best, latest, open, price_of, product_code, reviews_of};

/// The statements that ran since the log was read.
#[derive(Clone, Default)]
struct QueryLog(Arc<Mutex<Vec<String>>>);

impl QueryLog {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

async fn shop_with_log() -> (TestClient<impl Endpoint>, QueryLog) {
    let log = QueryLog::default();
    let mut db = open("sqlite::memory:").await;
    let statements = log.clone();
    db.set_metric_callback(move |info| {
        statements
            .0
            .lock()
            .unwrap()
            .push(info.statement.sql.clone());
    });
    (TestClient::new(app(db)), log)
}

async fn json<E: Endpoint>(request: TestRequestBuilder<'_, E>) -> (u16, Value) {
    let response = request.send().await.0;
    let status = response.status().as_u16();
    let text = response.into_body().into_string().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

fn latest_json(product: i32) -> Value {
    latest(product).map_or(Value::Null, |review| {
        json!({
            "id": review.id, "rating": review.rating, "author": {"name": review.author},
            "stars": review.rating * 20, "price": review.price,
        })
    })
}

fn ids(reviews: &[ReviewRow]) -> Value {
    reviews
        .iter()
        .map(|review| json!({"id": review.id}))
        .collect()
}

fn product_json(product: i32) -> Value {
    json!({
        "name": format!("p{product:04}"),
        "latest": latest_json(product),
        "best": ids(&best(product, 2)),
        "by_ann": ids(&reviews_of(product).into_iter().filter(|r| r.author == "ann").collect::<Vec<_>>()),
    })
}

/// Pages, single objects, several post-fetches, composite keys: the same on every database.
async fn story(url: &str) {
    let client = TestClient::new(app(open(url).await));
    for (path, first, len) in [
        ("/products/?page_size=1", 1, 1),
        ("/products/?page_size=10&page=2", 11, 10),
        ("/products/?page_size=100", 1, 100),
    ] {
        let (status, page) = json(client.get(path)).await;
        let expected: Vec<_> = (first..first + len).map(product_json).collect();
        assert_eq!(
            (status, &page["results"]),
            (200, &json!(expected)),
            "{path}"
        );
    }
    for product in [1, 3, 40, 700] {
        let (status, shown) = json(client.get(format!("/products/{product}/"))).await;
        assert_eq!((status, shown), (200, product_json(product)), "{product}");
        // The permission looks at the object, so it is loaded whole.
        let (status, shown) = json(client.get(format!("/checked/{product}/"))).await;
        assert_eq!((status, shown), (200, product_json(product)), "{product}");
    }

    let (status, shown) = json(client.get("/prices/")).await;
    let expected: Vec<_> = (1..=40)
        .map(|product| json!({"code": product_code(product), "price": price_of(product)}))
        .collect();
    assert_eq!((status, shown), (200, json!(expected)));

    let (status, shown) = json(client.get("/twins/")).await;
    let expected: Vec<_> = (1..=PRODUCTS)
        .map(|product| json!({"id": product, "twin": {"name": format!("p{product:04}")}}))
        .collect();
    assert_eq!((status, shown), (200, json!(expected)));

    let (status, shown) = json(client.get("/many/?limit=1")).await;
    let expected: Vec<_> = (1..=9)
        .map(|product| json!({"id": product, "reviews": ids(&best(product, 1))}))
        .collect();
    assert_eq!((status, shown), (202, json!(expected)));
}

servers::the_story_holds!(story, "restflow_post_fetch_test");

#[tokio::test]
async fn each_post_fetch_is_one_query_whatever_the_page_size() {
    let (client, log) = shop_with_log().await;
    for page_size in [1, 10, 100] {
        let (status, _) = json(client.get(format!("/products/?page_size={page_size}"))).await;
        assert_eq!(status, 200);
        // The page with its count, three post-fetches, and the authors of one of them.
        let statements = log.take();
        assert_eq!(statements.len(), 5, "{statements:#?}");
    }
    let (status, _) = json(client.get("/products/3/")).await;
    assert_eq!((status, log.take().len()), (200, 5));
    // The first product has one review, the fourth none.
    let (status, _) = json(client.get("/products/4/")).await;
    assert_eq!((status, log.take().len()), (200, 4));
}

#[tokio::test]
async fn only_chosen_columns_and_keys_are_selected() {
    let (client, log) = shop_with_log().await;
    json(client.get("/products/?page_size=3")).await;
    let statements = log.take();
    // `id` is not shown, but joined by.
    assert!(
        statements[0].starts_with(r#"SELECT "product"."name", "product"."id","#),
        "{}",
        statements[0]
    );
    assert_eq!(
        statements[1],
        "SELECT \"attached\".\"c0\", \"attached\".\"c1\", \"attached\".\"c2\", \"attached\".\"c3\", \
         \"attached\".\"c4\", \"attached\".\"c5\" FROM (SELECT \"review\".\"id\" AS \"c0\", \
         \"review\".\"rating\" AS \"c1\", \"review\".\"author_id\" AS \"c2\", \"review\".\"price\" AS \
         \"c3\", \"review\".\"rating\" * ? AS \"c4\", \"review\".\"product_id\" AS \"c5\", \
         ROW_NUMBER() OVER ( PARTITION BY \"review\".\"product_id\" ORDER BY \
         \"review\".\"created_at\" DESC, \"review\".\"id\" ASC ) AS \"place\" FROM \"review\" WHERE \
         \"review\".\"product_id\" IN (?, ?, ?, ?)) AS \"attached\" WHERE \"attached\".\"place\" <= \
         ? ORDER BY \"attached\".\"place\" ASC"
    );
    let by_ann = statements
        .iter()
        .find(|sql| sql.contains("INNER JOIN"))
        .unwrap();
    assert!(
        by_ann.starts_with(
            r#"SELECT "review"."id", "review"."product_id" FROM "review" INNER JOIN "author""#
        ),
        "{by_ann}"
    );
    // One key needs no numbers: an index over key and order answers it.
    json(client.get("/products/3/")).await;
    let statements = log.take();
    assert!(
        statements[1]
            .ends_with("ORDER BY \"review\".\"created_at\" DESC, \"review\".\"id\" ASC LIMIT ?"),
        "{}",
        statements[1]
    );
}

#[tokio::test]
async fn an_empty_page_and_null_keys_ask_nothing() {
    let (client, log) = shop_with_log().await;
    let (status, page) = json(client.get("/many/?to=0")).await;
    assert_eq!((status, page), (202, json!([])));
    // The rows of the list, and nothing for them.
    assert_eq!(log.take().len(), 1);
    // The fifth product has no code.
    let (status, prices) = json(client.get("/prices/?only=5")).await;
    assert_eq!(
        (status, prices),
        (200, json!([{"code": null, "price": null}]))
    );
    assert_eq!(log.take().len(), 1);
}

#[tokio::test]
async fn big_lists_are_asked_for_in_chunks() {
    let (client, log) = shop_with_log().await;
    assert_eq!(json(client.get("/twins/")).await.0, 200);
    assert_eq!(log.take().len(), 4);
    let (status, all) = json(client.get(format!("/many/?to={PRODUCTS}"))).await;
    assert_eq!(status, 202);
    let reviews: usize = all
        .as_array()
        .unwrap()
        .iter()
        .map(|product| product["reviews"].as_array().unwrap().len())
        .sum();
    let expected: usize = (1..=PRODUCTS)
        .map(|product| reviews_of(product).len())
        .sum();
    assert_eq!(reviews, expected);
    assert_eq!(log.take().len(), 4);
}

#[tokio::test]
async fn a_limit_says_how_many_and_none_is_all() {
    let (client, _) = shop_with_log().await;
    for (query, expected) in [
        ("limit=0", ids(&[])),
        ("limit=1", ids(&best(39, 1))),
        ("limit=2", ids(&best(39, 2))),
        ("limit=4294967295", ids(&best(39, 9))),
        ("", ids(&best(39, 9))),
    ] {
        let (_, products) = json(client.get(format!("/many/?to=40&{query}"))).await;
        assert_eq!(products[38]["reviews"], expected, "{query}");
    }
}

#[tokio::test]
async fn a_list_of_rows_is_answered_with_status_and_headers() {
    let (client, log) = shop_with_log().await;
    let response = client.get("/many/?to=2").send().await;
    response.assert_status(StatusCode::ACCEPTED);
    response.assert_header("x-shop", "many");
    let expected = json!([
        {"id": 1, "reviews": ids(&best(1, 9))},
        {"id": 2, "reviews": ids(&best(2, 9))},
    ]);
    response.assert_json(expected).await;
    assert_eq!(log.take().len(), 2);
}

#[tokio::test]
async fn writes_answer_with_the_rows_of_a_post_fetch() {
    let (client, _) = shop_with_log().await;
    let created = client
        .post("/products/")
        .body_json(&json!({"name": "new", "latest": {"id": 1}}));
    let (status, created) = json(created).await;
    let expected = json!({"name": "new", "latest": null, "best": [], "by_ann": []});
    assert_eq!((status, created), (201, expected));
    let renamed = client
        .patch("/products/3/")
        .body_json(&json!({"name": "p"}));
    let (status, renamed) = json(renamed).await;
    assert_eq!((status, &renamed["latest"]), (200, &latest_json(3)));
}

fn id_of_oldest(product: i32) -> Value {
    let reviews = reviews_of(product).into_iter();
    let oldest = reviews.min_by_key(|review| (review.hour, review.id));
    json!(oldest.map(|review| review.id))
}

#[tokio::test]
async fn the_answers_own_post_fetch_wins_over_the_views() {
    let (client, log) = shop_with_log().await;
    let (status, oldest) = json(client.get("/products/3/oldest/")).await;
    assert_eq!((status, &oldest["latest"]["id"]), (200, &id_of_oldest(3)));
    assert_eq!(oldest["best"], ids(&best(3, 2)));
    assert_eq!(log.take().len(), 5);
}

#[tokio::test]
async fn the_streams_own_post_fetches_win_over_the_views() {
    let (client, _) = shop_with_log().await;
    let (status, rows) = json(client.get("/products/export/")).await;
    assert_eq!(status, 200);
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 9);
    for (product, row) in (1..).zip(rows) {
        assert_eq!(row["latest"]["id"], id_of_oldest(product), "{row}");
        assert_eq!(row["best"], ids(&best(product, 2)));
    }
}

#[tokio::test]
async fn nested_serializers_have_post_fetches_too() {
    let (client, log) = shop_with_log().await;
    let (status, page) = json(client.get("/reviews/?page_size=5")).await;
    assert_eq!((status, &page["count"]), (200, &json!(13)));
    let expected: Vec<_> = (1..=9).flat_map(reviews_of).take(5).collect();
    for (shown, review) in page["results"].as_array().unwrap().iter().zip(&expected) {
        let product = json!({"id": review.product, "reviews": ids(&best(review.product, 9))});
        let review = json!({"id": review.id, "stars": review.rating * 20, "product": product});
        assert_eq!(*shown, review);
    }
    // The page with its count, the products, and their reviews.
    assert_eq!(log.take().len(), 3);
    let (status, shown) = json(client.get("/reviews/1/")).await;
    assert_eq!((status, &shown), (200, &page["results"][0]));
}

#[tokio::test]
async fn a_field_that_nobody_fills_fails_with_its_name() {
    let (client, log) = shop_with_log().await;
    for path in ["/missing/", "/missing/?to=0"] {
        let (status, error) = json(client.get(path)).await;
        assert_eq!(status, 500);
        let cause = error["cause"].as_str().unwrap();
        for part in [
            "the field `reviews` of `post_fetch::shop::ManySerializer` shows rows of a PostFetch",
            "`PostFetch::new(ManySerializer::REVIEWS, …)` from `get_post_fetches`",
        ] {
            assert!(cause.contains(part), "{cause}");
        }
        assert_eq!(log.take().len(), 1);
    }
}

#[tokio::test]
async fn a_queryset_that_cannot_be_numbered_is_refused() {
    let (client, _) = shop_with_log().await;
    for (clause, words) in [
        ("order", "ORDER BY: order with `PostFetch::order_by`"),
        ("limit", "LIMIT or OFFSET"),
        ("distinct", "DISTINCT"),
        ("group", "GROUP BY"),
    ] {
        let (status, error) = json(client.get(format!("/missing/?with={clause}"))).await;
        let cause = error["cause"].as_str().unwrap();
        assert_eq!(status, 500);
        assert!(
            cause.contains(words) && cause.contains("review::Entity"),
            "{cause}"
        );
    }
}

#[tokio::test]
async fn the_fields_are_described_as_nested_and_read_only() {
    let (client, _) = shop_with_log().await;
    let request = client.request(Method::OPTIONS, "/products/");
    let (status, options) = json(request).await;
    assert_eq!(status, 200);
    let latest = &options["actions"]["POST"]["latest"];
    assert_eq!(
        (&latest["type"], &latest["read_only"], &latest["required"]),
        (&json!("nested object"), &json!(true), &json!(false))
    );
    assert_eq!(latest["children"]["stars"]["type"], "integer");
    assert_eq!(options["actions"]["POST"]["best"]["type"], "field");
}

//! Lists of objects in one request: all errors by position, all or nothing, few statements.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

#[path = "orders_app/mod.rs"]
mod orders_app;
#[cfg(any(feature = "postgres", feature = "mysql"))]
#[path = "support/servers.rs"]
mod servers;

use orders_app::{FlatSerializer, QueryLog, app, open, purchase};
use poem::{Endpoint, http::Method, test::TestClient};
use restflow::prelude::*;
use sea_orm::{ConnectionTrait, PaginatorTrait, TransactionTrait};
use serde_json::{Value, json};

struct Client<E> {
    client: TestClient<E>,
    log: QueryLog,
}

async fn fresh() -> Client<impl Endpoint> {
    let mut db = open("sqlite::memory:").await;
    let log = QueryLog::of(&mut db);
    Client {
        client: TestClient::new(app(db)),
        log,
    }
}

impl<E: Endpoint> Client<E> {
    async fn call(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        self.call_while(method, path, body, "").await
    }

    async fn call_while(
        &self,
        method: Method,
        path: &str,
        body: Value,
        meanwhile: &str,
    ) -> (u16, Value) {
        self.log.take();
        let mut request = self.client.request(method, path);
        if !body.is_null() {
            request = request.body_json(&body);
        }
        if !meanwhile.is_empty() {
            request = request.header("x-meanwhile", meanwhile);
        }
        let response = request.send().await.0;
        let status = response.status().as_u16();
        let text = response.into_body().into_string().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    async fn create(&self, body: Value) -> (u16, Value) {
        self.call(Method::POST, "/flat/bulk/", body).await
    }

    async fn patch(&self, body: Value) -> (u16, Value) {
        self.call(Method::PATCH, "/flat/changes/", body).await
    }

    async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, Value::Null).await.1
    }
}

#[tokio::test]
async fn a_list_is_created_in_its_order() {
    let client = fresh().await;
    let orders = json!([
        {"number": "N3", "labels": [2, 1], "address": 1},
        {"number": "N1", "shop": 4, "position": 9, "note": "x"},
        {"number": "N2", "labels": [3]},
    ]);
    let (status, created) = client.create(orders).await;
    assert_eq!(status, 201, "{created}");
    let order = |id: i32, number: &str, shop: i32, position: Value, note: Value| {
        json!({
            "id": id, "number": number, "shop": shop, "position": position, "note": note,
            "owner": "ann", "address": null, "labels": [],
        })
    };
    let mut expected = json!([
        order(3, "N3", 0, Value::Null, Value::Null),
        order(4, "N1", 4, json!(9), json!("x")),
        order(5, "N2", 0, Value::Null, Value::Null),
    ]);
    expected[0]["address"] = json!(1);
    expected[0]["labels"] = json!([1, 2]);
    expected[2]["labels"] = json!([3]);
    assert_eq!(created, expected);
}

#[tokio::test]
async fn errors_are_by_position_and_nothing_is_saved() {
    let client = fresh().await;
    let orders = json!([
        {"number": "N1"},
        {"number": "P1", "address": 99, "labels": [1, 98, 99]},
        {"number": "N1"},
        null,
        {"position": "x"},
        [],
        {"number": "N2"},
    ]);
    let (status, errors) = client.create(orders).await;
    assert_eq!(status, 400);
    assert_eq!(
        errors,
        json!({
            "1": {
                "number": ["purchase with this number already exists."],
                "address": ["Invalid pk \"99\" - object does not exist."],
                "labels": [
                    "Invalid pk \"98\" - object does not exist.",
                    "Invalid pk \"99\" - object does not exist.",
                ],
            },
            "2": {"number": ["purchase with this number already exists."]},
            "3": ["This field may not be null."],
            "4": {"number": ["This field is required."], "position": ["A valid integer is required."]},
            "5": {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]},
        })
    );
    assert_eq!(client.get("/flat/").await.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_list_has_limits() {
    let client = fresh().await;
    let many: Vec<_> = (0..1001)
        .map(|number| json!({"number": number.to_string()}))
        .collect();
    let table = [
        (
            json!({"number": "x"}),
            "Expected a list of items but got type \"dict\".",
        ),
        (json!([]), "This list may not be empty."),
        (
            json!(many),
            "Ensure this field has no more than 1000 elements.",
        ),
    ];
    for (body, text) in table {
        let (status, errors) = client.create(body).await;
        assert_eq!((status, errors), (400, json!({"non_field_errors": [text]})));
    }
}

#[tokio::test]
async fn a_constraint_that_breaks_meanwhile_is_told_at_its_position() {
    let client = fresh().await;
    let orders = json!([{"number": "A"}, {"number": "B"}, {"number": "C"}]);
    let meanwhile = "INSERT INTO purchase (number, shop) VALUES ('B', 0)";
    let (status, errors) = client
        .call_while(Method::POST, "/flat/bulk/", orders, meanwhile)
        .await;
    assert_eq!(
        (status, errors),
        (
            400,
            json!({"1": {"number": ["purchase with this number already exists."]}})
        )
    );
    // Together in the list.
    let orders = json!([
        {"number": "D", "shop": 1, "position": 1},
        {"number": "E", "shop": 1, "position": 1},
    ]);
    let (status, errors) = client.create(orders).await;
    assert_eq!(status, 400);
    assert_eq!(
        errors,
        json!({"1": {"non_field_errors": ["The fields shop, position must make a unique set."]}})
    );
    assert_eq!(client.get("/flat/").await.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn rows_are_changed_by_their_keys() {
    let client = fresh().await;
    let (status, changed) = client
        .patch(json!([{"id": "2", "note": "two", "labels": []}, {"id": 1, "number": "P1"}]))
        .await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(changed[0]["note"], "two");
    assert_eq!(changed[0]["labels"], json!([]));
    assert_eq!(
        (&changed[1]["note"], &changed[1]["labels"]),
        (&json!("one"), &json!([1, 2]))
    );

    let (status, errors) = client
        .patch(json!([
            {"id": 1, "note": "lost"},
            {"id": 1},
            {"note": "x"},
            {"id": 99, "position": "x"},
            {"id": "x"},
            {"id": 2, "number": "P1"},
        ]))
        .await;
    assert_eq!(status, 400);
    assert_eq!(
        errors,
        json!({
            "1": {"id": ["This row is in the list already."]},
            "2": {"id": ["This field is required."]},
            "3": {
                "position": ["A valid integer is required."],
                "id": ["Invalid pk \"99\" - object does not exist."],
            },
            "4": {"id": ["Incorrect type. Expected pk value, received str."]},
            "5": {"number": ["purchase with this number already exists."]},
        })
    );
    // What is refused takes no value from the others, and is not blamed for one besides.
    let (status, errors) = client
        .patch(json!([
            {"id": 1, "number": "A"},
            {"id": 1, "number": "A"},
            {"id": 99, "number": "B"},
            {"id": 2, "number": "B"},
            {"id": 98, "number": "P1", "shop": 0, "position": 1},
        ]))
        .await;
    assert_eq!(status, 400);
    assert_eq!(
        errors,
        json!({
            "1": {"id": ["This row is in the list already."]},
            "2": {"id": ["Invalid pk \"99\" - object does not exist."]},
            "4": {"id": ["Invalid pk \"98\" - object does not exist."]},
        })
    );
    assert_eq!(client.get("/flat/1/").await["note"], "one");

    // A full update wants all required fields.
    let put = json!([{"id": 1, "note": "x"}]);
    let (status, errors) = client.call(Method::PUT, "/flat/changes/", put).await;
    assert_eq!(
        (status, errors),
        (400, json!({"0": {"number": ["This field is required."]}}))
    );
    // One of them goes meanwhile, and none is changed.
    let body = json!([{"id": 1, "note": "lost"}, {"id": 2, "note": "lost"}]);
    let meanwhile = "DELETE FROM line WHERE purchase_id = 2; \
                     DELETE FROM purchase_label WHERE purchase_id = 2; \
                     DELETE FROM purchase WHERE id = 2";
    let (status, errors) = client
        .call_while(Method::PATCH, "/flat/changes/", body, meanwhile)
        .await;
    assert_eq!(
        (status, errors),
        (
            400,
            json!({"1": {"id": ["Invalid pk \"2\" - object does not exist."]}})
        )
    );
    assert_eq!(client.get("/flat/1/").await["note"], "one");
}

/// Two orders have one address. Whatever the list changes in it, it is one row.
#[tokio::test]
async fn a_row_that_two_objects_change_does_not_stand_in_its_own_way() {
    let client = fresh().await;
    let share = "UPDATE purchase SET address_id = 1";
    client
        .call_while(Method::PATCH, "/flat/1/", json!({}), share)
        .await;
    let change = |id: i32| json!({"id": id, "address": {"code": "X"}});
    let list = json!([change(1), change(2)]);
    let (status, changed) = client.call(Method::PATCH, "/replaced/changes/", list).await;
    assert_eq!(status, 200, "{changed}");
    for order in [&changed[0], &changed[1]] {
        assert_eq!(order["address"]["id"], 1);
        assert_eq!(order["address"]["code"], "X");
    }
    // Another row cannot have it as well.
    let apart = "UPDATE purchase SET address_id = 2 WHERE id = 2";
    client
        .call_while(Method::PATCH, "/flat/1/", json!({}), apart)
        .await;
    let change = |id: i32| json!({"id": id, "address": {"code": "Y"}});
    let list = json!([change(1), change(2)]);
    let (status, errors) = client.call(Method::PATCH, "/replaced/changes/", list).await;
    assert_eq!(status, 400);
    let taken = json!({"code": ["address with this code already exists."]});
    assert_eq!(errors, json!({"1": {"address": taken}}));
}

#[tokio::test]
async fn statements_do_not_grow_with_the_list() {
    let client = fresh().await;
    let mut counts = Vec::new();
    for (shop, count) in [(1, 2), (2, 200)] {
        let orders: Vec<_> = (0..count)
            .map(|order| {
                json!({
                    "number": format!("{shop}-{order}"), "shop": shop, "position": order,
                    "address": 1 + order % 2, "labels": [1 + order % 3, 3],
                })
            })
            .collect();
        let (status, created) = client.create(json!(orders)).await;
        assert_eq!(status, 201, "{created}");
        let on_create = client.log.take().len();
        let changes: Vec<_> = created
            .as_array()
            .unwrap()
            .iter()
            .map(|order| json!({"id": order["id"], "number": order["number"], "address": 2}))
            .collect();
        let unchanged: Vec<_> = changes
            .iter()
            .map(|change| json!({"id": change["id"]}))
            .collect();
        let (status, _) = client.patch(json!(changes)).await;
        assert_eq!(status, 200);
        let (status, _) = client.patch(json!(unchanged)).await;
        assert_eq!(status, 200);
        counts.push((on_create, client.log.take().len()));
    }
    assert_eq!(counts[0], counts[1]);
    // The labels, the other checks, the orders, their links, and the links to show.
    assert_eq!(counts[0].0, 5);
}

#[tokio::test]
async fn rows_that_are_linked_are_searched_together() {
    let client = fresh().await;
    let mut counts = Vec::new();
    for (series, count) in [("A", 2), ("B", 50)] {
        let orders: Vec<_> = (0..count)
            .map(|order| {
                json!({
                    "number": format!("{series}{order}"), "address": {"id": 1 + order % 2},
                    "labels": [{"id": 1 + order % 3}, {"id": 3}],
                })
            })
            .collect();
        let (status, created) = client
            .call(Method::POST, "/appended/bulk/", json!(orders))
            .await;
        assert_eq!(status, 201, "{created}");
        let statements = client.log.take();
        let before_save = statements
            .iter()
            .take_while(|sql| sql.starts_with("SELECT"))
            .count();
        counts.push(before_save);
    }
    // The addresses, the labels, the numbers.
    assert_eq!(counts, [3, 3]);

    let orders = json!([
        {"number": "C1", "address": null, "labels": [{"id": 1}, {"id": 98}]},
        {"number": "C2", "address": {"id": 99}, "labels": []},
    ]);
    let (status, errors) = client.call(Method::POST, "/appended/bulk/", orders).await;
    assert_eq!(status, 400);
    let missing =
        |key: &str| json!({"id": [format!("Invalid pk \"{key}\" - object does not exist.")]});
    assert_eq!(
        errors,
        json!({
            "0": {"labels": {"1": missing("98")}},
            "1": {"address": missing("99")},
        })
    );
}

/// One object waits in its hook, with the only connection; the other one asks the database.
#[tokio::test]
async fn a_hook_with_a_connection_and_a_question_do_not_wait_for_each_other() {
    let client = fresh().await;
    let changes = json!([{"id": 1, "note": "look up"}, {"id": 2, "number": "P7"}]);
    let (status, changed) = client.patch(changes).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(changed[0]["note"], "3 labels");
    assert_eq!(changed[1]["number"], "P7");
}

/// Saves in a transaction of its own, and does something else where that fails.
#[derive(Debug, ViewSet)]
struct Careful;

impl ApiView for Careful {}

impl GenericView for Careful {
    type Entity = purchase::Entity;
    type Serializer = FlatSerializer;
}

#[actions]
impl Careful {
    #[action(detail = false, methods("post"))]
    async fn attempts(&self, request: &Request) -> Result<Response> {
        let together = self.validated_many(request, ListLimits::default()).await?;
        let alone = self.validated_many(request, ListLimits::default()).await?;
        let transaction = request.db().begin().await?;
        // Another request is faster.
        let faster = "INSERT INTO purchase (number, shop) VALUES ('B', 0)";
        transaction.execute_unprepared(faster).await?;
        let mut errors = Vec::new();
        let failure = together.save_in(&transaction).await.unwrap_err();
        errors.push(failure.detail().to_value());
        for order in alone {
            let failure = order.save_in(&transaction).await.unwrap_err();
            errors.push(failure.detail().to_value());
        }
        let count = purchase::Entity::find().count(&transaction).await?;
        transaction.commit().await?;
        Ok(Response::new(json!({"errors": errors, "orders": count})))
    }
}

struct CarefulApi;

impl UrlConf for CarefulApi {
    fn urls() -> Urls {
        let mut router = SimpleRouter::new();
        router.register("careful", Careful);
        Urls::new().include("", router)
    }
}

async fn transaction_of_the_caller(url: &str) {
    let api = OpenApiService::new(
        restflow::api::<CarefulApi>(open(url).await),
        "Orders",
        "1.0",
    );
    let client = TestClient::new(Route::new().nest("/", api));
    let taken = json!({"number": ["purchase with this number already exists."]});
    let response = client
        .post("/careful/attempts/")
        .body_json(&json!([{"number": "B"}]));
    let response = response.send().await.0;
    let text = response.into_body().into_string().await.unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    // The order of the other request is there, beside the two that were.
    let expected = json!({"errors": [{"0": taken.clone()}, taken], "orders": 3});
    assert_eq!(answer, expected, "{url}");
}

/// PostgreSQL takes no statement after one that failed, up to a savepoint.
#[tokio::test]
async fn a_constraint_that_breaks_leaves_the_transaction_of_the_caller() {
    transaction_of_the_caller("sqlite::memory:").await;
    #[cfg(feature = "postgres")]
    if let Some(url) = servers::fresh_database("RESTFLOW_TEST_POSTGRES_URL", "restflow_bulk").await
    {
        transaction_of_the_caller(&url).await;
    }
    #[cfg(feature = "mysql")]
    if let Some(url) = servers::fresh_database("RESTFLOW_TEST_MYSQL_URL", "restflow_bulk").await {
        transaction_of_the_caller(&url).await;
    }
}

//! Nested rows that are written with their row: each way, at each place, in one transaction.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

#[path = "orders_app/mod.rs"]
mod orders_app;

use orders_app::{QueryLog, app, open};
use poem::{Endpoint, http::Method, test::TestClient};
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

    /// While another request runs `meanwhile` between the checks and the save.
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

    async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, Value::Null).await.1
    }
}

fn lines(order: &Value) -> Vec<(i64, &str, i64)> {
    let lines = order["lines"].as_array().unwrap().iter();
    lines
        .map(|line| {
            (
                line["id"].as_i64().unwrap(),
                line["serial"].as_str().unwrap(),
                line["quantity"].as_i64().unwrap(),
            )
        })
        .collect()
}

fn labels(order: &Value) -> Vec<(i64, &str)> {
    let labels = order["labels"].as_array().unwrap().iter();
    labels
        .map(|label| {
            (
                label["id"].as_i64().unwrap(),
                label["name"].as_str().unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_row_is_created_with_all_that_belongs_to_it() {
    let client = fresh().await;
    let order = json!({
        "number": "N1",
        "address": {"street": "High", "code": "B1"},
        "lines": [
            {"serial": "N1-1", "quantity": 1, "parts": [{"name": "bolt"}, {"name": "nut"}]},
            {"serial": "N1-2", "quantity": 2},
            {"serial": "N1-3", "quantity": 3, "comment": "last"},
        ],
        "labels": [{"name": "hot"}, {"name": "cold"}],
    });
    let (status, created) = client.call(Method::POST, "/replaced/", order).await;
    assert_eq!(status, 201, "{created}");
    assert_eq!(created["owner"], "ann");
    assert_eq!(
        created["address"],
        json!({"id": 3, "street": "High", "code": "B1"})
    );
    assert_eq!(
        lines(&created),
        [(4, "N1-1", 1), (5, "N1-2", 2), (6, "N1-3", 3)]
    );
    assert_eq!(
        created["lines"][0]["parts"],
        json!([{"id": 1, "name": "bolt"}, {"id": 2, "name": "nut"}])
    );
    assert_eq!(created["lines"][2]["comment"], "last");
    assert_eq!(labels(&created), [(4, "hot"), (5, "cold")]);
    assert_eq!(client.get("/replaced/3/").await, created);
}

#[tokio::test]
async fn errors_stand_at_their_place_all_in_one_pass() {
    let client = fresh().await;
    let order = json!({
        "number": "P1",
        "address": {"street": "A street with a long, long name", "code": "A1"},
        "lines": [
            {"serial": "N1", "quantity": 1},
            {"serial": "S1", "quantity": 0, "parts": [{"name": "bolt"}, {}]},
            null,
            {"serial": "N1", "quantity": "x"},
            {"id": 1, "serial": "N2", "quantity": 1},
            [],
        ],
        "labels": {"name": "x"},
    });
    let (status, errors) = client.call(Method::POST, "/replaced/", order).await;
    assert_eq!(status, 400);
    assert_eq!(
        errors,
        json!({
            "number": ["purchase with this number already exists."],
            "address": {
                "street": ["Ensure this field has no more than 20 characters."],
                "code": ["address with this code already exists."],
            },
            "lines": {
                "1": {
                    "serial": ["line with this serial already exists."],
                    "quantity": ["Ensure this value is greater than or equal to 1."],
                    "parts": {"1": {"name": ["This field is required."]}},
                },
                "2": ["This field may not be null."],
                "3": {
                    "serial": ["line with this serial already exists."],
                    "quantity": ["A valid integer is required."],
                },
                "4": {"id": ["Invalid pk \"1\" - object does not exist."]},
                "5": {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]},
            },
            "labels": {"non_field_errors": ["Expected a list of items but got type \"dict\"."]},
        })
    );
    let writes = client.log.take();
    assert!(
        writes.iter().all(|sql| sql.starts_with("SELECT")),
        "{writes:#?}"
    );
}

#[tokio::test]
async fn errors_of_a_long_list_end_when_there_are_enough() {
    let client = fresh().await;
    // Two messages for each line, and a thousand are enough.
    let order = json!({"number": "P2", "lines": vec![json!({}); 1000]});
    let (status, errors) = client.call(Method::POST, "/upserted/", order).await;
    assert_eq!(status, 400);
    assert_eq!(errors["lines"].as_object().unwrap().len(), 500);
}

#[tokio::test]
async fn replaced_rows_are_changed_created_and_deleted() {
    let client = fresh().await;
    let change = json!({
        "lines": [{"serial": "S9", "quantity": 9}, {"id": "2", "quantity": 7}],
        "labels": [{"id": 2, "name": "huge"}, {"name": "hot"}],
    });
    let (status, changed) = client.call(Method::PATCH, "/replaced/1/", change).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(lines(&changed), [(2, "S2", 7), (4, "S9", 9)]);
    // Behind a junction table a row is unlinked, and stays.
    assert_eq!(labels(&changed), [(2, "huge"), (4, "hot")]);
    assert_eq!(
        (&changed["owner"], &changed["note"]),
        (&json!("bob"), &json!("one"))
    );
    // The rows of others are as they were.
    let other = client.get("/replaced/2/").await;
    assert_eq!(lines(&other), [(3, "T1", 5)]);
    assert_eq!(labels(&other), [(3, "red")]);
    let relinked = json!({"labels": [{"id": 1}]});
    let (status, linked) = client.call(Method::PATCH, "/appended/2/", relinked).await;
    assert_eq!((status, labels(&linked)), (200, vec![(1, "new")]));

    // What is not sent is left alone, an empty list leaves nothing.
    let (status, same) = client.call(Method::PATCH, "/replaced/1/", json!({})).await;
    assert_eq!((status, &same), (200, &changed));
    let nothing = json!({"lines": [], "labels": []});
    let (status, empty) = client.call(Method::PATCH, "/replaced/1/", nothing).await;
    assert_eq!(
        (status, lines(&empty), labels(&empty)),
        (200, vec![], vec![])
    );
}

#[tokio::test]
async fn a_full_update_wants_all_fields_of_rows_and_a_partial_one_those_of_new_rows() {
    let client = fresh().await;
    let lines = json!([{"id": 1, "quantity": 4}, {"quantity": 5}]);
    let required = json!({"serial": ["This field is required."]});
    let order = json!({"number": "P1", "lines": lines});
    let (status, errors) = client.call(Method::PUT, "/replaced/1/", order).await;
    assert_eq!(status, 400);
    assert_eq!(errors, json!({"lines": {"0": required, "1": required}}));
    let order = json!({"lines": lines});
    let (status, errors) = client.call(Method::PATCH, "/replaced/1/", order).await;
    assert_eq!((status, errors), (400, json!({"lines": {"1": required}})));
}

#[tokio::test]
async fn a_unique_value_is_free_when_its_row_goes_in_the_same_request() {
    let client = fresh().await;
    let lines_of = |lines: Value| json!({"number": "P1", "lines": lines});
    let table = [
        // The row that had it is deleted.
        (json!([{"serial": "S1", "quantity": 3}]), None),
        // The row that has it keeps it.
        (
            json!([{"id": 4, "quantity": 3}, {"serial": "S1", "quantity": 3}]),
            Some(json!({"1": {"serial": ["line with this serial already exists."]}})),
        ),
        // Another order's row has it.
        (
            json!([{"serial": "T1", "quantity": 3}]),
            Some(json!({"0": {"serial": ["line with this serial already exists."]}})),
        ),
        // The row that had it is changed first, then the new one is added.
        (
            json!([{"serial": "S1", "quantity": 3}, {"id": 4, "serial": "S2"}]),
            None,
        ),
        // Rows are changed in the order of the list.
        (
            json!([{"id": 4, "serial": "S3"}, {"id": 5, "serial": "S2"}]),
            None,
        ),
        (
            json!([{"id": 5, "serial": "S3"}, {"id": 4, "serial": "S4"}]),
            Some(json!({"0": {"serial": ["line with this serial already exists."]}})),
        ),
        (
            json!([{"id": 4, "serial": "S2"}, {"id": 5, "serial": "S3"}]),
            Some(json!({"0": {"serial": ["line with this serial already exists."]}})),
        ),
        (
            json!([{"id": 4, "serial": "S2"}, {"serial": "S3", "quantity": 3}]),
            None,
        ),
    ];
    for (lines, errors) in table {
        let (status, answer) = client
            .call(Method::PATCH, "/replaced/1/", lines_of(lines.clone()))
            .await;
        match errors {
            None => assert_eq!(status, 200, "{lines} {answer}"),
            Some(errors) => {
                assert_eq!(answer, json!({"lines": errors}), "{lines}");
                // That is found by validation, not by a constraint.
                let statements = client.log.take();
                let is_read = |sql: &String| sql.starts_with("SELECT");
                assert!(statements.iter().all(is_read), "{lines} {statements:#?}");
            }
        }
    }
}

#[tokio::test]
async fn upserted_rows_are_changed_or_created_and_the_others_stay() {
    let client = fresh().await;
    let change = json!({
        "lines": [{"id": 2, "quantity": 7, "comment": "x"}, {"serial": "S9", "quantity": 9}],
        "labels": [{"name": "hot"}, {"id": 1, "name": "NEW"}],
    });
    let (status, changed) = client.call(Method::PATCH, "/upserted/1/", change).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(lines(&changed), [(1, "S1", 1), (2, "S2", 7), (4, "S9", 9)]);
    assert_eq!(labels(&changed), [(1, "NEW"), (2, "big"), (4, "hot")]);
}

#[tokio::test]
async fn rows_of_others_are_neither_changed_nor_stolen() {
    let client = fresh().await;
    let before = client.get("/replaced/2/").await;
    let missing =
        |key: &str| json!({"id": [format!("Invalid pk \"{key}\" - object does not exist.")]});
    let table = [
        (
            json!({"lines": [{"id": 3, "quantity": 1}]}),
            json!({"lines": {"0": missing("3")}}),
        ),
        (
            json!({"lines": [{"id": 99, "quantity": 0}]}),
            json!({"lines": {"0": {
                "quantity": ["Ensure this value is greater than or equal to 1."],
                "id": ["Invalid pk \"99\" - object does not exist."],
            }}}),
        ),
        (
            json!({"labels": [{"id": 3, "name": "mine"}]}),
            json!({"labels": {"0": missing("3")}}),
        ),
        (
            json!({"lines": [
                {"id": 1, "serial": "U"}, {"id": 1, "serial": "U"}, {"id": 99, "serial": "V"},
                {"id": 2, "serial": "V"}, {"id": 98, "serial": "T1"},
            ]}),
            json!({"lines": {
                "1": {"id": ["This row is in the list already."]},
                "2": missing("99"),
                "4": missing("98"),
            }}),
        ),
        (
            json!({"lines": [{"id": "x"}, {"id": true}, {"id": 1}, {"id": 1}]}),
            json!({"lines": {
                "0": {"id": ["Incorrect type. Expected pk value, received str."]},
                "1": {"id": ["Incorrect type. Expected pk value, received bool."]},
                "3": {"id": ["This row is in the list already."]},
            }}),
        ),
    ];
    for path in ["/replaced/1/", "/upserted/1/"] {
        for (body, expected) in &table {
            let (status, errors) = client.call(Method::PATCH, path, body.clone()).await;
            assert_eq!((status, &errors), (400, expected), "{path} {body}");
        }
        // A new order has no rows yet.
        let order = json!({"number": "X", "lines": [{"id": 1, "serial": "X1", "quantity": 1}]});
        let (status, errors) = client
            .call(Method::POST, path.trim_end_matches("1/"), order)
            .await;
        assert_eq!(
            (status, errors),
            (400, json!({"lines": {"0": missing("1")}}))
        );
    }
    assert_eq!(client.get("/replaced/2/").await, before);
}

#[tokio::test]
async fn a_row_that_moves_away_meanwhile_is_not_changed() {
    let client = fresh().await;
    for path in ["/replaced/1/", "/upserted/1/"] {
        let body = json!({"note": "lost", "lines": [{"id": 1}, {"id": 2, "quantity": 50}]});
        let meanwhile = "UPDATE line SET purchase_id = 2 WHERE id = 2";
        let (status, errors) = client
            .call_while(Method::PATCH, path, body, meanwhile)
            .await;
        assert_eq!(status, 400);
        assert_eq!(
            errors,
            json!({"lines": {"1": {"id": ["Invalid pk \"2\" - object does not exist."]}}})
        );
        let other = client.get("/replaced/2/").await;
        assert_eq!(lines(&other), [(2, "S2", 2), (3, "T1", 5)]);
        let own = client.get("/replaced/1/").await;
        assert_eq!(
            (&own["note"], lines(&own)),
            (&json!("one"), vec![(1, "S1", 1)])
        );
        client
            .call_while(
                Method::PATCH,
                "/flat/2/",
                json!({}),
                "UPDATE line SET purchase_id = 1 WHERE id = 2",
            )
            .await;
    }
}

#[tokio::test]
async fn the_foreign_key_of_a_row_is_that_of_its_owner() {
    let client = fresh().await;
    let body = json!({"lines": [{"serial": "L1", "quantity": 1, "purchase": 2}]});
    let (status, changed) = client.call(Method::PATCH, "/appended/1/", body).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(
        changed["lines"][2],
        json!({"id": 4, "purchase": 1, "serial": "L1", "quantity": 1})
    );
    // Each object is a new row, whatever key it has.
    let body = json!({"lines": [{"id": 3, "serial": "L2", "quantity": 1}]});
    let (status, changed) = client.call(Method::PATCH, "/appended/1/", body).await;
    assert_eq!((status, lines(&changed).len()), (200, 4));
    assert_eq!(lines(&client.get("/replaced/2/").await), [(3, "T1", 5)]);
}

#[tokio::test]
async fn one_row_is_created_changed_linked_or_let_go() {
    let client = fresh().await;
    let patch = async |path: &str, address: Value| {
        client
            .call(Method::PATCH, path, json!({"address": address}))
            .await
    };
    let high = json!({"street": "High", "code": "B1"});
    // There is none yet.
    let (status, order) = patch("/replaced/1/", json!({"street": "High"})).await;
    assert_eq!(status, 400);
    assert_eq!(
        order,
        json!({"address": {"code": ["This field is required."]}})
    );
    let (_, order) = patch("/replaced/1/", high.clone()).await;
    assert_eq!(
        order["address"],
        json!({"id": 3, "street": "High", "code": "B1"})
    );
    // Now there is one, which may keep its own unique value.
    let (_, order) = patch(
        "/replaced/1/",
        json!({"id": 3, "street": "Low", "code": "B1"}),
    )
    .await;
    assert_eq!(
        order["address"],
        json!({"id": 3, "street": "Low", "code": "B1"})
    );
    let (status, errors) = patch("/replaced/1/", json!({"id": 1, "street": "Stolen"})).await;
    assert_eq!(
        (status, errors),
        (
            400,
            json!({"address": {"id": ["Invalid pk \"1\" - object does not exist."]}})
        )
    );
    assert_eq!(client.get("/addresses/1/").await["street"], "Main");
    // Created anew; the old one stays.
    let (_, order) = patch(
        "/upserted/1/",
        json!({"id": 3, "street": "New", "code": "B2"}),
    )
    .await;
    assert_eq!(order["address"]["id"], 4);
    assert_eq!(client.get("/addresses/3/").await["street"], "Low");
    // Linked.
    let (_, order) = patch("/appended/1/", json!({"id": "2", "street": "Ignored"})).await;
    assert_eq!(
        order["address"],
        json!({"id": 2, "street": "Side", "code": "A2"})
    );
    for (address, errors) in [
        (
            json!({"id": 99}),
            json!({"id": ["Invalid pk \"99\" - object does not exist."]}),
        ),
        (json!({}), json!({"id": ["This field is required."]})),
        (
            json!(2),
            json!({"non_field_errors": ["Invalid data. Expected a dictionary, but got int."]}),
        ),
    ] {
        let (status, answer) = patch("/appended/1/", address).await;
        assert_eq!((status, answer), (400, json!({"address": errors})));
    }
    let (status, order) = patch("/appended/1/", Value::Null).await;
    assert_eq!((status, &order["address"]), (200, &Value::Null));
    assert_eq!(client.get("/addresses/2/").await["street"], "Side");
}

#[tokio::test]
async fn links_are_set_by_keys() {
    let client = fresh().await;
    let body = json!({"labels": [{"id": 3}, {"id": 1, "name": "ignored"}, {"id": 3}]});
    let (status, order) = client.call(Method::PATCH, "/appended/1/", body).await;
    assert_eq!(
        (status, labels(&order)),
        (200, vec![(1, "new"), (3, "red")])
    );
    let body = json!({"labels": [{"id": 98}, {"id": 1}, {}, 5, null, {"id": 99}]});
    let (status, errors) = client.call(Method::PATCH, "/appended/1/", body).await;
    assert_eq!(status, 400);
    assert_eq!(
        errors,
        json!({"labels": {
            "0": {"id": ["Invalid pk \"98\" - object does not exist."]},
            "2": {"id": ["This field is required."]},
            "3": {"non_field_errors": ["Invalid data. Expected a dictionary, but got int."]},
            "4": ["This field may not be null."],
            "5": {"id": ["Invalid pk \"99\" - object does not exist."]},
        }})
    );
    // A label that goes meanwhile.
    let body = json!({"labels": [{"id": 2}, {"id": 3}]});
    let meanwhile = "DELETE FROM purchase_label WHERE label_id = 2; DELETE FROM label WHERE id = 2";
    let (status, errors) = client
        .call_while(Method::PATCH, "/appended/1/", body, meanwhile)
        .await;
    assert_eq!(
        (status, errors),
        (
            400,
            json!({"labels": ["Invalid pk \"2\" - object does not exist."]})
        )
    );
    assert_eq!(
        labels(&client.get("/appended/1/").await),
        [(1, "new"), (3, "red")]
    );
}

#[tokio::test]
async fn nothing_is_saved_when_one_row_cannot_be() {
    let client = fresh().await;
    let before = client.get("/replaced/1/").await;
    let body = json!({
        "number": "CHANGED",
        "address": {"street": "High", "code": "B1"},
        "lines": [{"serial": "U1", "quantity": 1}, {"serial": "U2", "quantity": 1}, {"serial": "U3", "quantity": 1}],
    });
    let meanwhile = "INSERT INTO line (purchase_id, serial, quantity) VALUES (2, 'U2', 1)";
    let (status, errors) = client
        .call_while(Method::PATCH, "/replaced/1/", body, meanwhile)
        .await;
    assert_eq!(status, 400);
    assert_eq!(
        errors,
        json!({"lines": {"1": {"serial": ["line with this serial already exists."]}}})
    );
    assert_eq!(client.get("/replaced/1/").await, before);
    assert_eq!(client.get("/addresses/").await.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_row_that_others_refer_to_is_not_deleted() {
    let client = fresh().await;
    let parts = json!({"lines": [{"id": 1, "parts": [{"name": "bolt"}]}, {"id": 2}]});
    let (status, _) = client.call(Method::PATCH, "/replaced/1/", parts).await;
    assert_eq!(status, 200);
    let (status, answer) = client
        .call(Method::PATCH, "/replaced/1/", json!({"lines": []}))
        .await;
    assert_eq!(status, 409);
    assert_eq!(
        answer,
        json!({"detail": "Other objects still refer to one that is left out."})
    );
    assert_eq!(lines(&client.get("/replaced/1/").await).len(), 2);
    let (status, answer) = client
        .call(Method::DELETE, "/addresses/1/", Value::Null)
        .await;
    assert_eq!((status, answer), (204, Value::Null));
}

#[tokio::test]
async fn the_number_of_statements_does_not_grow_with_the_list() {
    let client = fresh().await;
    let order = |number: &str, count: usize| {
        let lines =
            (0..count).map(|line| json!({"serial": format!("{number}-{line}"), "quantity": 1}));
        let labels = (0..count).map(|label| json!({"name": format!("{number}-{label}")}));
        let (lines, labels): (Vec<_>, Vec<_>) = (lines.collect(), labels.collect());
        json!({"number": number, "lines": lines, "labels": labels})
    };
    let mut counts = Vec::new();
    for (number, count) in [("few", 2), ("many", 50)] {
        let (status, answer) = client
            .call(Method::POST, "/replaced/", order(number, count))
            .await;
        assert_eq!((status, lines(&answer).len()), (201, count), "{answer}");
        let statements = client.log.take();
        let created = answer["id"].as_i64().unwrap();
        // Kept, created and deleted rows.
        let mut change = order(&format!("{number}-again"), count);
        let kept = answer["lines"].as_array().unwrap().iter().take(count - 1);
        let added = change["lines"].as_array_mut().unwrap().pop();
        let kept: Vec<_> = kept
            .map(|line| json!({"id": line["id"]}))
            .chain(added)
            .collect();
        change["lines"] = json!(kept);
        let path = format!("/replaced/{created}/");
        let (status, answer) = client.call(Method::PATCH, &path, change).await;
        assert_eq!((status, lines(&answer).len()), (200, count), "{answer}");
        counts.push((statements.len(), client.log.take().len()));
    }
    assert_eq!(counts[0], counts[1]);
    assert!(counts[0].0 <= 16 && counts[0].1 <= 22, "{counts:?}");

    let (status, errors) = client
        .call(Method::POST, "/replaced/", order("more", 51))
        .await;
    assert_eq!(status, 400);
    assert_eq!(
        errors,
        json!({"lines": {"non_field_errors": ["Ensure this field has no more than 50 elements."]}})
    );
    // Without a limit of its own a list has 1,000 at most.
    let labels: Vec<_> = (0..1001)
        .map(|number| json!({"name": number.to_string()}))
        .collect();
    let (status, errors) = client
        .call(
            Method::POST,
            "/upserted/",
            json!({"number": "n", "labels": labels}),
        )
        .await;
    assert_eq!(status, 400);
    assert_eq!(
        errors,
        json!({"labels": {"non_field_errors": ["Ensure this field has no more than 1000 elements."]}})
    );
}

#[tokio::test]
async fn forms_write_nested_rows() {
    let client = fresh().await;
    let fields = [
        ("number", "F1"),
        ("address.street", "Form"),
        ("address.code", "F"),
        ("lines[0]serial", "F1-1"),
        ("lines[0]quantity", "3"),
        ("lines[1].serial", "F1-2"),
        ("lines[1].quantity", "4"),
        ("lines[1].id", ""),
    ];
    let response = client
        .client
        .post("/replaced/")
        .form(&fields)
        .send()
        .await
        .0;
    assert_eq!(response.status(), 201);
    let created = client.get("/replaced/3/").await;
    assert_eq!(lines(&created), [(4, "F1-1", 3), (5, "F1-2", 4)]);
    assert_eq!(created["address"]["street"], "Form");
}

#[tokio::test]
async fn the_document_tells_what_may_be_sent() {
    let client = fresh().await;
    let document = client.get("/openapi.json").await;
    let schemas = &document["components"]["schemas"];
    let lines = &schemas["ReplacedRequest"]["properties"]["lines"];
    assert_eq!(
        lines["items"],
        json!({"$ref": "#/components/schemas/NestedLineRequest"})
    );
    assert_eq!(lines["maxItems"], 50);
    let line = &schemas["NestedLineRequest"];
    assert_eq!(line["required"], json!(["serial", "quantity"]));
    assert_eq!(line["properties"]["id"]["type"], "integer");
    assert_eq!(line["properties"]["id"].get("readOnly"), None);
    assert_eq!(line["properties"]["quantity"]["maximum"], 99.0);
    assert_eq!(
        line["properties"]["parts"]["items"],
        json!({"$ref": "#/components/schemas/NestedPartRequest"})
    );
    assert_eq!(schemas["PatchedNestedLineRequest"].get("required"), None);
    assert_eq!(
        schemas["AppendedRequest"]["properties"]["labels"]["items"],
        json!({"$ref": "#/components/schemas/LabelKeyRequest"})
    );
    assert_eq!(schemas["LabelKeyRequest"]["required"], json!(["id"]));
    assert_eq!(
        schemas["PatchedAppendedRequest"]["properties"]["lines"]["items"],
        json!({"$ref": "#/components/schemas/LooseLineRequest"})
    );
    assert_eq!(
        schemas["Replaced"]["properties"]["lines"]["items"],
        json!({"$ref": "#/components/schemas/Line"})
    );
    assert_eq!(schemas["Line"]["properties"]["id"]["readOnly"], true);
}

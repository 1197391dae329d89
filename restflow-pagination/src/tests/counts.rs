//! What each strategy of a count says, and the statements that it takes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sea_orm::sea_query::ExprTrait;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, Select};
use sea_orm::{DatabaseConnection, QuerySelect};
use serde_json::{Value, json};

use super::shop::{ask, database, page, product};
use crate::{
    Count, CountCache, FastPageNumberPagination, LimitOffsetPagination, PageNumberPagination,
    PageQuery, Pagination, Paginator,
};

type Log = Arc<Mutex<Vec<String>>>;

async fn logged() -> (DatabaseConnection, Log) {
    let mut db = database().await;
    let log = Log::default();
    let writer = Arc::clone(&log);
    db.set_metric_callback(move |info| writer.lock().unwrap().push(info.statement.sql.clone()));
    (db, log)
}

fn taken(log: &Log) -> Vec<String> {
    std::mem::take(&mut log.lock().unwrap())
}

fn counts(statements: &[String]) -> usize {
    let counting = |sql: &&String| sql.contains("COUNT(");
    statements.iter().filter(counting).count()
}

/// The body of a page of all 45 products.
async fn body(pagination: &impl Pagination, query: &str, db: &DatabaseConnection) -> Value {
    let url = format!("http://testserver/?{query}");
    page(pagination, product::Entity::find(), &url, db)
        .await
        .unwrap()
}

async fn status(pagination: &impl Pagination, query: &str, db: &DatabaseConnection) -> u16 {
    let url = format!("http://testserver/?{query}");
    let answer = page(pagination, product::Entity::find(), &url, db).await;
    answer.map_or_else(|error| error.status().as_u16(), |_| 200)
}

#[tokio::test]
async fn without_a_count_it_is_null_and_never_asked_for() {
    let (db, log) = logged().await;
    let pages = PageNumberPagination::new(20).count(Count::None);
    assert_eq!(
        body(&pages, "page=3", &db).await,
        json!({
            "count": null, "next": null, "previous": "http://testserver/?page=2",
            "results": [41, 42, 43, 44, 45],
        })
    );
    let second = body(&pages, "page=2", &db).await;
    assert_eq!(second["next"], "http://testserver/?page=3");
    assert_eq!(second["results"].as_array().unwrap().len(), 20);
    assert_eq!(status(&pages, "page=4", &db).await, 404);
    // The last page is full, and nothing is behind it.
    let nines = PageNumberPagination::new(9).count(Count::None);
    assert_eq!(body(&nines, "page=5", &db).await["next"], Value::Null);

    let windows = LimitOffsetPagination::new(20).count(Count::None);
    let first = body(&windows, "", &db).await;
    assert_eq!(first["count"], Value::Null);
    assert_eq!(first["next"], "http://testserver/?limit=20&offset=20");
    let end = body(&windows, "offset=25", &db).await;
    assert_eq!(end["next"], Value::Null);
    assert_eq!(counts(&taken(&log)), 0);
}

#[tokio::test]
async fn fast_pages_never_count() {
    let (db, log) = logged().await;
    let fast = FastPageNumberPagination::new(20);
    for query in ["", "page=2", "page=3"] {
        body(&fast, query, &db).await;
    }
    assert_eq!(status(&fast, "page=4", &db).await, 404);
    let statements = taken(&log);
    assert_eq!((statements.len(), counts(&statements)), (4, 0));
}

#[tokio::test]
async fn the_last_page_of_an_unknown_number_is_404() {
    let db = database().await;
    let pages = PageNumberPagination::new(20).count(Count::None);
    let url = "http://testserver/?page=last";
    let error = page(&pages, product::Entity::find(), url, &db)
        .await
        .unwrap_err();
    assert_eq!(
        restflow_exceptions::exception_handler(&error),
        json!({"detail": "Invalid page. The number of the last page is not known."})
    );
    assert_eq!(error.status(), 404);
}

#[tokio::test]
async fn a_capped_count_goes_no_further_than_the_cap() {
    let (db, log) = logged().await;
    let below = PageNumberPagination::new(20).count(Count::Capped(45));
    let first = body(&below, "", &db).await;
    assert_eq!(
        (&first["count"], &first["count_exact"]),
        (&json!(45), &json!(true))
    );
    assert_eq!(
        taken(&log),
        [concat!(
            r#"SELECT "id", (SELECT COUNT(*) FROM (SELECT 1 FROM "product" LIMIT 46) AS "capped")"#,
            r#" AS "restflow_total" FROM "product" ORDER BY "product"."id" ASC LIMIT 21"#,
        )]
    );
    assert_eq!(body(&below, "page=last", &db).await["results"][0], 41);

    let above = PageNumberPagination::new(20).count(Count::Capped(30));
    let second = body(&above, "page=2", &db).await;
    assert_eq!(
        (&second["count"], &second["count_exact"]),
        (&json!(30), &json!(false))
    );
    assert_eq!(second["next"], "http://testserver/?page=3");
    assert_eq!(status(&above, "page=last", &db).await, 404);
    // The page that shows the end tells the number.
    let third = body(&above, "page=3", &db).await;
    assert_eq!(
        (&third["count"], &third["count_exact"]),
        (&json!(45), &json!(true))
    );
    assert_eq!(third["next"], Value::Null);
    assert_eq!(status(&above, "page=4", &db).await, 404);
}

#[tokio::test]
async fn a_capped_count_of_derived_and_cut_rows_is_theirs() {
    let db = database().await;
    let quantities = || {
        let quantities = product::Entity::find().select_only();
        quantities.column(product::Column::Quantity).distinct()
    };
    let ask_for = async |select: Select<product::Entity>, cap: u64| {
        let counted = PageQuery::new(select, &db).count_capped(cap).await.unwrap();
        (counted.rows, counted.is_exact)
    };
    assert_eq!(ask_for(quantities(), 100).await, (7, true));
    assert_eq!(ask_for(quantities(), 5).await, (5, false));
    let cut = || product::Entity::find().limit(4);
    assert_eq!(ask_for(cut(), 100).await, (4, true));
    assert_eq!(ask_for(cut(), 3).await, (3, false));
}

#[tokio::test]
async fn windows_behind_the_end_are_counted_apart() {
    let (db, log) = logged().await;
    let windows = LimitOffsetPagination::new(20).count(Count::Capped(30));
    let behind = body(&windows, "offset=100", &db).await;
    assert_eq!(
        (&behind["count"], &behind["count_exact"]),
        (&json!(30), &json!(false))
    );
    assert_eq!(behind["next"], Value::Null);
    assert_eq!(behind["previous"], "http://testserver/?limit=20&offset=80");
    assert_eq!(taken(&log).len(), 2);
}

#[tokio::test]
async fn a_cached_count_is_asked_for_once() {
    let (db, log) = logged().await;
    let pages = PageNumberPagination::new(20).count(Count::Cached(Duration::from_secs(3600)));
    let first = body(&pages, "", &db).await;
    assert_eq!(
        (&first["count"], &first["count_exact"]),
        (&json!(45), &json!(true))
    );
    assert_eq!(counts(&taken(&log)), 1);

    add(46, &db).await;
    let again = body(&pages, "", &db).await;
    assert_eq!(
        (&again["count"], &again["count_exact"]),
        (&json!(45), &json!(false))
    );
    assert_eq!(counts(&taken(&log)), 0);
    // What the client sees corrects what is remembered.
    let third = body(&pages, "page=3", &db).await;
    assert_eq!(
        (&third["count"], &third["count_exact"]),
        (&json!(46), &json!(true))
    );

    // Another condition, and another value of the same, is another count.
    let archived = |is: bool| product::Entity::find().filter(product::Column::IsArchived.eq(is));
    for (is, count) in [(true, 3), (false, 43), (true, 3)] {
        let url = "http://testserver/?";
        let exact = PageNumberPagination::new(1);
        let found = page(&exact, archived(is), url, &db).await.unwrap();
        assert_eq!(found["count"], count);
        taken(&log);
        let cached = page(&pages, archived(is), url, &db).await.unwrap();
        assert_eq!(cached["count"], count);
    }
    assert_eq!(counts(&taken(&log)), 0, "the third time it is known");
}

async fn add(id: i32, db: &DatabaseConnection) {
    let model = product::ActiveModel {
        id: Set(id),
        price: Set("1.00".parse().unwrap()),
        quantity: Set(1),
        rating: Set(None),
        is_archived: Set(false),
    };
    model.insert(db).await.unwrap();
}

#[tokio::test]
async fn the_last_page_by_a_cached_count_is_counted_anew() {
    let db = database().await;
    let pages = PageNumberPagination::new(9).count(Count::Cached(Duration::from_secs(3600)));
    assert_eq!(body(&pages, "", &db).await["count"], 45);
    add(46, &db).await;
    let last = body(&pages, "page=last", &db).await;
    assert_eq!(
        (&last["count"], &last["results"]),
        (&json!(46), &json!([46]))
    );
    // And remembered.
    assert_eq!(body(&pages, "", &db).await["count"], 46);
}

#[tokio::test]
async fn an_old_count_is_counted_anew() {
    let db = database().await;
    let pages = PageNumberPagination::new(9).count(Count::Cached(Duration::from_millis(1)));
    assert_eq!(body(&pages, "", &db).await["count"], 45);
    add(46, &db).await;
    tokio::time::sleep(Duration::from_millis(5)).await;
    let body = body(&pages, "", &db).await;
    assert_eq!(
        (&body["count"], &body["count_exact"]),
        (&json!(46), &json!(true))
    );
}

#[tokio::test]
async fn many_that_ask_at_once_count_once() {
    let (db, log) = logged().await;
    let pages = PageNumberPagination::new(9).count(Count::Cached(Duration::from_secs(3600)));
    let ask_all = (0..20).map(|_| body(&pages, "", &db));
    for body in futures_util::future::join_all(ask_all).await {
        assert_eq!(body["count"], 45);
    }
    assert_eq!(counts(&taken(&log)), 1);
}

#[tokio::test]
async fn the_memory_of_an_api_takes_the_place_of_the_paginators() {
    let (db, log) = logged().await;
    let pages = PageNumberPagination::new(9).count(Count::Cached(Duration::from_secs(3600)));
    for _ in 0..2 {
        // Two APIs, each with a memory of its own.
        let api = CountCache::default();
        let api = || api.clone();
        for _ in 0..2 {
            let query = PageQuery::new(product::Entity::find(), &db).with_count_cache(&api);
            ask(&pages, query, "http://testserver/").await.unwrap();
        }
    }
    assert_eq!(counts(&taken(&log)), 2);
}

#[tokio::test]
async fn long_conditions_are_counted_each_time() {
    let (db, log) = logged().await;
    let pages = PageNumberPagination::new(9).count(Count::Cached(Duration::from_secs(3600)));
    for _ in 0..2 {
        let select = product::Entity::find()
            .filter(product::Column::Id.gt(0))
            .filter(
                sea_orm::sea_query::Expr::col(product::Column::Id)
                    .cast_as("TEXT")
                    .ne("x".repeat(1_000_000)),
            );
        let body = page(&pages, select, "http://testserver/", &db)
            .await
            .unwrap();
        assert_eq!(body["count_exact"], true);
    }
    assert_eq!(counts(&taken(&log)), 2);
}

#[tokio::test]
async fn an_empty_list_has_one_page() {
    let db = database().await;
    let none = || product::Entity::find().filter(product::Column::Id.eq(0));
    for count in [
        Count::None,
        Count::Capped(5),
        Count::Cached(Duration::from_secs(9)),
    ] {
        let pages = PageNumberPagination::new(9).count(count);
        let first = page(&pages, none(), "http://testserver/", &db)
            .await
            .unwrap();
        let number = if count == Count::None {
            Value::Null
        } else {
            json!(0)
        };
        assert_eq!(first["count"], number);
        let second = page(&pages, none(), "http://testserver/?page=2", &db).await;
        assert_eq!(second.unwrap_err().status(), 404);
    }
}

#[tokio::test]
async fn offsets_beyond_the_limit_are_refused() {
    let (db, log) = logged().await;
    let pages = PageNumberPagination::new(10).max_offset(20);
    let fast = FastPageNumberPagination::new(10).max_offset(20);
    let third = body(&pages, "page=3", &db).await;
    assert_eq!(
        (&third["next"], &third["count"]),
        (&Value::Null, &json!(45))
    );
    assert_eq!(body(&fast, "page=3", &db).await["next"], Value::Null);
    assert!(body(&pages, "page=2", &db).await["next"].is_string());
    taken(&log);
    assert_eq!(status(&pages, "page=4", &db).await, 404);
    assert_eq!(status(&fast, "page=4", &db).await, 404);
    assert_eq!(taken(&log).len(), 0);
    assert_eq!(status(&pages, "page=last", &db).await, 404);

    let windows = LimitOffsetPagination::new(10).max_offset(20);
    assert_eq!(body(&windows, "offset=20", &db).await["next"], Value::Null);
    let next = &body(&windows, "offset=10", &db).await["next"];
    assert_eq!(next, "http://testserver/?limit=10&offset=20");
    for offset in ["21", "9223372036854775807", "99999999999999999999"] {
        let url = format!("http://testserver/?offset={offset}");
        let error = page(&windows, product::Entity::find(), &url, &db)
            .await
            .unwrap_err();
        assert_eq!(error.status(), 400);
        assert_eq!(
            restflow_exceptions::exception_handler(&error),
            json!({"offset": ["Ensure this value is less than or equal to 20."]})
        );
    }
    let parameters = windows.parameters();
    assert_eq!(
        parameters[1].info.max_value,
        Some(restflow_fields::Bound::Integer(20))
    );
}

#[test]
fn the_schema_tells_what_the_count_is() {
    let described = |count: Count| {
        let paginator: Paginator = LimitOffsetPagination::new(10).count(count).into();
        let fields = paginator.envelope_schema();
        let names: Vec<_> = fields.iter().map(|field| field.name.to_string()).collect();
        (names.join(" "), fields[0].nullable)
    };
    let plain = "count next previous".to_owned();
    let told = "count count_exact next previous".to_owned();
    assert_eq!(described(Count::Exact), (plain.clone(), false));
    assert_eq!(described(Count::None), (plain, true));
    assert_eq!(described(Count::Capped(9)), (told.clone(), false));
    assert_eq!(described(Count::Estimated), (told.clone(), false));
    assert_eq!(
        described(Count::Cached(Duration::from_secs(9))),
        (told, false)
    );
}

#[test]
#[should_panic(expected = "the cap of Count::Capped is 0")]
fn a_cap_of_nothing_is_refused_at_start_up() {
    let _ = PageNumberPagination::new(10).count(Count::Capped(0));
}

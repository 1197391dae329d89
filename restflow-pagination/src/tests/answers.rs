//! Each paginator of the recorded shop, played against the recorded answers.

use std::collections::HashMap;

use restflow_exceptions::Result;
use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, Order, QueryFilter, QueryOrder, Select,
};
use serde_json::Value;

use super::recorded::{self, Answer};
use super::shop::{ask, category, database, event, page, product};
use crate::{
    CursorPagination, FastPageNumberPagination, LimitOffsetPagination, PageNumberPagination,
    PageQuery, Pagination,
};

/// Plays recorded queries: status and body to the letter.
async fn check<E: EntityTrait>(
    pagination: &impl Pagination,
    select: Select<E>,
    path: &str,
    answers: &[Answer],
) {
    let db = database().await;
    for (query, status, expected) in answers {
        let url = format!("http://testserver{path}?{query}");
        let answer = page(pagination, select.clone(), &url, &db).await;
        compare(&url, answer, *status, expected);
    }
}

/// Plays recorded queries of cursors. The text of a cursor is ours: where the recorded client
/// followed a link, ours is followed.
async fn check_cursors(
    path: &str,
    answers: &[Answer],
    ask: impl AsyncFn(&str, &DatabaseConnection) -> Result<Value>,
) {
    let db = database().await;
    let mut links: HashMap<String, String> = HashMap::new();
    for (query, status, expected) in answers {
        let recorded_url = match *query {
            "" => format!("http://testserver{path}"),
            query => format!("http://testserver{path}?{query}"),
        };
        let url = links.get(&recorded_url).unwrap_or(&recorded_url).clone();
        let mut answer = ask(&url, &db).await;
        let expected: Value = serde_json::from_str(expected).unwrap();
        for link in ["next", "previous"] {
            let (Ok(body), Some(recorded)) = (&mut answer, expected[link].as_str()) else {
                continue;
            };
            let own = body[link]
                .as_str()
                .unwrap_or_else(|| panic!("{link} of {url}"));
            let without_cursor = |url: &str| {
                let (start, rest) = url.split_once("cursor=").unwrap();
                let (_, end) = rest.split_once('&').unwrap_or_default();
                format!("{start}{end}")
            };
            assert_eq!(without_cursor(own), without_cursor(recorded));
            links.insert(recorded.to_owned(), own.to_owned());
            body[link] = recorded.into();
        }
        compare(&url, answer, *status, &expected.to_string());
    }
}

fn compare(url: &str, answer: Result<Value>, status: u16, expected: &str) {
    let (found, body) = match answer {
        Ok(body) => (200, body),
        Err(error) => (
            error.status().as_u16(),
            restflow_exceptions::exception_handler(&error),
        ),
    };
    assert_eq!(body.to_string(), expected, "{url}");
    assert_eq!(found, status, "{url}");
}

fn live() -> Select<product::Entity> {
    product::Entity::find().filter(product::Column::IsArchived.eq(false))
}

fn nothing<E: EntityTrait>() -> Select<E> {
    E::find().filter(sea_orm::sea_query::Expr::cust("1 = 2"))
}

fn category_pages() -> LimitOffsetPagination {
    LimitOffsetPagination::new(3).max_limit(10)
}

fn price_cursor() -> CursorPagination {
    CursorPagination::new(6).ordering([
        (product::Column::Price, Order::Asc),
        (product::Column::Id, Order::Asc),
    ])
}

#[tokio::test]
async fn page_numbers_answer_as_recorded() {
    let standard = PageNumberPagination::new(10)
        .page_size_query_param("page_size")
        .max_page_size(50);
    check(&standard, live(), "/api/products/", recorded::PRODUCTS).await;
    check(
        &standard,
        nothing::<product::Entity>(),
        "/generic/pages/empty/",
        recorded::EMPTY,
    )
    .await;

    let ten = PageNumberPagination::new(10);
    let path = "/generic/products/list/";
    check(&ten, product::Entity::find(), path, recorded::PRODUCTS_LIST).await;

    let renamed = PageNumberPagination::new(5)
        .page_query_param("p")
        .page_size_query_param("size")
        .last_page_strings(["last", "end"]);
    let path = "/generic/pages/renamed/";
    check(&renamed, product::Entity::find(), path, recorded::RENAMED).await;
}

#[tokio::test]
async fn fast_page_numbers_answer_as_recorded() {
    let seven = FastPageNumberPagination::new(7);
    check(
        &seven,
        product::Entity::find(),
        "/generic/pages/fast/",
        recorded::FAST,
    )
    .await;
    let path = "/generic/pages/empty-fast/";
    check(
        &seven,
        nothing::<product::Entity>(),
        path,
        recorded::EMPTY_FAST,
    )
    .await;

    let events = FastPageNumberPagination::new(30)
        .page_size_query_param("page_size")
        .max_page_size(100);
    let path = "/api/events-fast/";
    check(&events, event::Entity::find(), path, recorded::EVENTS_FAST).await;
}

#[tokio::test]
async fn limits_and_offsets_answer_as_recorded() {
    let path = "/api/categories/";
    check(
        &category_pages(),
        category::Entity::find(),
        path,
        recorded::CATEGORIES,
    )
    .await;
    let path = "/generic/pages/empty-limit/";
    check(
        &category_pages(),
        nothing::<category::Entity>(),
        path,
        recorded::EMPTY_LIMIT,
    )
    .await;
    let on_demand = LimitOffsetPagination::on_demand().max_limit(20);
    let path = "/generic/categories/hyper/";
    check(
        &on_demand,
        category::Entity::find(),
        path,
        recorded::CATEGORIES_HYPER,
    )
    .await;
}

#[tokio::test]
async fn cursors_answer_as_recorded() {
    let events = CursorPagination::new(25)
        .ordering([
            (event::Column::CreatedAt, Order::Desc),
            (event::Column::Id, Order::Asc),
        ])
        .page_size_query_param("page_size")
        .max_page_size(60);
    let path = "/api/events/";
    check_cursors(path, recorded::EVENTS, async |url, db| {
        page(&events, event::Entity::find(), url, db).await
    })
    .await;

    let path = "/generic/pages/cursor-price/";
    check_cursors(path, recorded::CURSOR_PRICE, async |url, db| {
        page(&price_cursor(), product::Entity::find(), url, db).await
    })
    .await;
    let path = "/generic/pages/empty-cursor/";
    check(
        &price_cursor(),
        nothing::<product::Entity>(),
        path,
        recorded::EMPTY_CURSOR,
    )
    .await;
}

#[tokio::test]
async fn cursors_take_the_ordering_of_a_filter() {
    let path = "/generic/pages/cursor-ordering/";
    check_cursors(path, recorded::CURSOR_ORDERING, async |url, db| {
        let ordering = if url.contains("ordering=quantity") {
            vec![
                (product::Column::Quantity, Order::Asc),
                (product::Column::Id, Order::Asc),
            ]
        } else {
            vec![(product::Column::Id, Order::Desc)]
        };
        let query = PageQuery::new(product::Entity::find(), db).ordering(ordering);
        ask(&price_cursor(), query, url).await
    })
    .await;
}

/// Follows a link of each page to the end and collects the ids.
async fn walk(
    pagination: &impl Pagination,
    first: String,
    link: &str,
    db: &DatabaseConnection,
) -> (Vec<i64>, Value) {
    let mut ids = Vec::new();
    let mut url = first;
    loop {
        let select = product::Entity::find().order_by_desc(product::Column::Price);
        let body = page(pagination, select, &url, db).await.unwrap();
        ids.extend(
            body["results"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(Value::as_i64),
        );
        assert!(ids.len() <= 1000, "the walk does not end");
        match body[link].as_str() {
            Some(next) => url = next.to_owned(),
            None => return (ids, body),
        }
    }
}

/// All ids in the order of their rating, which the key ends in the same direction.
async fn by_rating(order: Order, db: &DatabaseConnection) -> Vec<i64> {
    let rows = product::Entity::find()
        .order_by(product::Column::Rating, order.clone())
        .order_by(product::Column::Id, order)
        .all(db)
        .await
        .unwrap();
    rows.into_iter().map(|row| row.id.into()).collect()
}

#[tokio::test]
async fn cursors_show_all_rows_once_in_both_directions() {
    let db = database().await;
    for order in [Order::Asc, Order::Desc] {
        let expected = by_rating(order.clone(), &db).await;
        for size in 1..=46 {
            let rating =
                CursorPagination::new(size).ordering([(product::Column::Rating, order.clone())]);
            let (ids, last) = walk(&rating, "http://testserver/".into(), "next", &db).await;
            assert_eq!(ids, expected, "pages of {size} {order:?}");
            let Some(previous) = last["previous"].as_str() else {
                continue;
            };
            let (mut ids, first) = walk(&rating, previous.to_owned(), "previous", &db).await;
            // The last page is the one that the walk back begins at.
            let behind = last["results"].as_array().unwrap().len();
            ids.extend(
                last["results"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter_map(Value::as_i64),
            );
            ids.sort_unstable();
            let mut all = expected.clone();
            all.sort_unstable();
            assert_eq!(ids, all, "pages of {size} {order:?}, {behind} on the last");
            let ids = first["results"].as_array().unwrap().iter();
            let ids: Vec<i64> = ids.filter_map(Value::as_i64).collect();
            assert_eq!(ids, expected[..ids.len()]);
        }
    }
}

#[tokio::test]
async fn pages_of_numbers_lose_no_row_among_equal_ones() {
    let db = database().await;
    let (mut ids, _) = walk(
        &PageNumberPagination::new(4),
        "http://testserver/".into(),
        "next",
        &db,
    )
    .await;
    ids.sort_unstable();
    assert_eq!(ids, (1..=45).collect::<Vec<i64>>());
}

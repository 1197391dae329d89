//! The SQL of counts and pages, asserted as text, and their number.

use std::sync::{Arc, Mutex};

use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect,
    Select,
};

use super::shop::{database, page, product};
use crate::{
    CursorPagination, FastPageNumberPagination, LimitOffsetPagination, PageNumberPagination,
    PageQuery, Pagination, Window,
};

/// The statements that one page runs.
async fn statements(
    pagination: impl Pagination,
    select: Select<product::Entity>,
    query: &str,
) -> Vec<String> {
    let mut db: DatabaseConnection = database().await;
    let log = Arc::new(Mutex::new(Vec::new()));
    let writer = Arc::clone(&log);
    db.set_metric_callback(move |info| writer.lock().unwrap().push(info.statement.sql.clone()));
    let url = format!("http://testserver/?{query}");
    page(&pagination, select, &url, &db).await.unwrap();
    let statements = log.lock().unwrap();
    statements.clone()
}

fn live() -> Select<product::Entity> {
    product::Entity::find()
        .filter(product::Column::IsArchived.eq(false))
        .order_by_desc(product::Column::Price)
}

const COUNT: &str = r#"SELECT COUNT(*) FROM "product" WHERE "product"."is_archived" = ?"#;

const PAGE: &str = r#"SELECT "id", (SELECT COUNT(*) FROM "product" WHERE "product"."is_archived" = ?) AS "restflow_total" FROM "product" WHERE "product"."is_archived" = ? ORDER BY "product"."price" DESC, "product"."id" ASC LIMIT 10"#;

#[tokio::test]
async fn a_page_with_a_total_is_one_statement() {
    let first = statements(PageNumberPagination::new(10), live(), "").await;
    assert_eq!(first, [PAGE]);
    let third = statements(LimitOffsetPagination::new(10), live(), "offset=20").await;
    assert_eq!(third, [format!("{PAGE} OFFSET ?")]);
}

#[tokio::test]
async fn a_total_without_a_row_is_counted_apart() {
    let behind = statements(LimitOffsetPagination::new(10), live(), "offset=5000").await;
    assert_eq!(behind, [format!("{PAGE} OFFSET ?"), COUNT.to_owned()]);

    let none = live().filter(product::Column::Id.eq(0));
    let empty = statements(PageNumberPagination::new(10), none, "").await;
    assert_eq!(empty.len(), 1);
}

#[tokio::test]
async fn the_number_of_the_last_page_comes_from_the_count() {
    let last = statements(PageNumberPagination::new(10), live(), "page=last").await;
    assert_eq!(last.len(), 2);
    assert_eq!(last[0], COUNT);
}

#[tokio::test]
async fn a_page_without_a_total_is_one_statement() {
    let fast = statements(FastPageNumberPagination::new(10), live(), "").await;
    assert_eq!(
        fast,
        [
            r#"SELECT "id" FROM "product" WHERE "product"."is_archived" = ? ORDER BY "product"."price" DESC, "product"."id" ASC LIMIT 11"#
        ],
    );
}

/// The statements of each page on the way to the end: their conditions and limits.
async fn walked(size: u64, ordering: [(product::Column, Order); 1]) -> Vec<Vec<String>> {
    let paginator = CursorPagination::new(size).ordering(ordering);
    let db = database().await;
    let (mut walked, mut query) = (Vec::new(), String::new());
    loop {
        let page_statements = statements(paginator.clone(), live(), &query).await;
        walked.push(page_statements.iter().map(|sql| short(sql)).collect());
        let url = format!("http://testserver/?{query}");
        let body = page(&paginator, live(), &url, &db).await.unwrap();
        match body["next"].as_str() {
            Some(next) => next.split_once('?').unwrap().1.clone_into(&mut query),
            None => return walked,
        }
    }
}

/// A statement without its columns, the condition of the query, and the ordering.
fn short(sql: &str) -> String {
    let (_, conditions) = sql.split_once(r#""is_archived" = ?"#).unwrap();
    let (conditions, ordering) = conditions.split_once("ORDER BY").unwrap();
    let (_, limit) = ordering.split_once(" LIMIT ").unwrap();
    let conditions = conditions.trim_start_matches(" AND ").trim_end();
    let conditions = conditions.replace(r#""product"."#, "").replace('"', "");
    format!("{conditions} LIMIT {limit}")
}

#[tokio::test]
async fn a_cursor_is_one_statement_with_the_columns_of_the_ordering() {
    let rating = || CursorPagination::new(6).ordering([(product::Column::Rating, Order::Desc)]);
    let page = r#"SELECT "id", "product"."rating" AS "restflow_key_0", "product"."id" AS "restflow_key_1" FROM "product" WHERE "product"."is_archived" = ? ORDER BY "product"."rating" DESC, "product"."id" DESC LIMIT 7"#;
    assert_eq!(statements(rating(), live(), "").await, [page]);
    let offset = statements(rating(), live(), "cursor=bz01").await;
    assert_eq!(offset, [format!("{page} OFFSET ?")]);
}

#[tokio::test]
async fn null_is_read_by_a_second_statement_at_its_border() {
    // 35 of the 42 rows have a rating.
    let behind = "(rating, id) < (+?, +?)";
    assert_eq!(
        walked(17, [(product::Column::Rating, Order::Desc)]).await,
        [
            vec![" LIMIT 18".to_owned()],
            vec![format!("{behind} LIMIT 18")],
            vec![
                format!("{behind} LIMIT 18"),
                "rating IS NULL LIMIT 17".to_owned()
            ],
        ]
    );
}

#[tokio::test]
async fn equal_values_of_more_than_a_page_are_not_read_again() {
    let tied = |limit| format!("(is_archived = (+?) AND id > (+?)) LIMIT {limit}");
    assert_eq!(
        walked(15, [(product::Column::IsArchived, Order::Asc)]).await,
        [
            vec![" LIMIT 16".to_owned()],
            vec![tied(16)],
            vec![tied(16), "is_archived > (+?) LIMIT 4".to_owned()],
        ]
    );
}

#[tokio::test]
async fn the_key_is_not_added_twice() {
    let select = product::Entity::find().order_by_desc(product::Column::Id);
    let statements = statements(FastPageNumberPagination::new(1), select, "").await;
    assert_eq!(
        statements,
        [r#"SELECT "id" FROM "product" ORDER BY "product"."id" DESC LIMIT 2"#],
    );
}

#[tokio::test]
async fn derived_rows_are_counted_as_a_subquery() {
    let select = product::Entity::find()
        .select_only()
        .column(product::Column::Quantity)
        .distinct();
    let statements = statements(PageNumberPagination::new(3), select, "").await;
    assert_eq!(
        statements[0],
        r#"SELECT COUNT(*) FROM (SELECT DISTINCT "product"."quantity" FROM "product") AS "counted""#,
    );
}

#[tokio::test]
async fn a_query_with_a_limit_of_its_own_keeps_it() {
    let db = database().await;
    let first_four = product::Entity::find().limit(4);
    let body = page(
        &PageNumberPagination::new(3),
        first_four,
        "http://testserver/?page=2",
        &db,
    )
    .await
    .unwrap();
    assert_eq!(
        body.to_string(),
        r#"{"count":4,"next":null,"previous":"http://testserver/","results":[4]}"#
    );
}

#[tokio::test]
async fn a_window_without_rows_is_counted() {
    let db = database().await;
    for window in [Window::new(0, 0), Window::new(9, 0), Window::new(5000, 10)] {
        let (rows, count) = PageQuery::new(live(), &db)
            .fetch_counted(window)
            .await
            .unwrap();
        assert_eq!((rows.len(), count), (0, 42), "{window:?}");
    }
}

#[tokio::test]
async fn the_columns_that_are_chosen_last_are_those_of_the_page() {
    let db = database().await;
    let add = |name: &'static str| {
        move |statement: &mut SelectStatement| {
            statement.expr_as(Expr::val(1), name);
        }
    };
    let query = PageQuery::new(live(), &db).project(add("first"));
    let rows = query.project(add("second")).fetch(Window::new(0, 1));
    let rows = rows.await.unwrap();
    assert!(rows[0].try_get::<i32>("", "first").is_err());
    assert_eq!(rows[0].try_get::<i32>("", "second"), Ok(1));
    assert!(rows[0].try_get::<i32>("", "id").is_ok());
}

/// SQLite has no locks, and SeaORM writes a space instead.
#[tokio::test]
async fn a_slice_with_a_lock_is_cut_again() {
    let db = database().await;
    let sliced = live().limit(12).lock_exclusive();
    let query = PageQuery::new(sliced, &db);
    let (rows, count) = query.fetch_counted(Window::new(10, 10)).await.unwrap();
    assert_eq!((rows.len(), count), (2, 12));
}

//! The SQL of counts and pages, asserted as text, and their number.

use std::sync::{Arc, Mutex};

use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect,
    Select,
};

use super::shop::{database, page, product};
use crate::{
    CursorPagination, FastPageNumberPagination, LimitOffsetPagination, PageNumberPagination,
    Pagination,
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

const PAGE: &str = r#"SELECT "id", (SELECT COUNT(*) FROM "product" WHERE "product"."is_archived" = ?) AS "total_count" FROM "product" WHERE "product"."is_archived" = ? ORDER BY "product"."price" DESC, "product"."id" ASC LIMIT 10"#;

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

#[tokio::test]
async fn a_cursor_is_one_statement_but_at_the_border_of_null() {
    let rating = || CursorPagination::new(6).ordering([(product::Column::Rating, Order::Desc)]);
    let columns = r#"SELECT "id", "product"."rating", "product"."id" FROM "product" WHERE "product"."is_archived" = ?"#;
    let order = r#"ORDER BY "product"."rating" DESC, "product"."id" DESC LIMIT"#;
    let first = statements(rating(), live(), "").await;
    assert_eq!(first, [format!("{columns} {order} 7")]);
    let offset = statements(rating(), live(), "cursor=bz01").await;
    assert_eq!(offset, [format!("{columns} {order} 7 OFFSET ?")]);

    let mut log = Vec::new();
    let mut query = String::new();
    let db = database().await;
    loop {
        log.push(statements(rating(), live(), &query).await);
        let url = format!("http://testserver/?{query}");
        let body = page(&rating(), live(), &url, &db).await.unwrap();
        match body["next"].as_str() {
            Some(next) => next.split_once('?').unwrap().1.clone_into(&mut query),
            None => break,
        }
    }
    let behind = format!(r#"{columns} AND ("product"."rating", "product"."id") < (?, ?) {order}"#);
    assert_eq!(log.len(), 7);
    for statements in &log[1..5] {
        assert_eq!(*statements, [format!("{behind} 7")]);
    }
    // 35 of the 42 rows have a rating.
    let null = format!(r#"{columns} AND "product"."rating" IS NULL {order}"#);
    assert_eq!(log[5], [format!("{behind} 7"), format!("{null} 2")]);
    let null =
        format!(r#"{columns} AND ("product"."rating" IS NULL AND "product"."id" < ?) {order} 7"#);
    assert_eq!(log[6], [null]);
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

//! What PostgreSQL expects, on a server that `RESTFLOW_TEST_POSTGRES_URL` names; without one the
//! test is skipped, except where `CI` is set.

use sea_orm::{
    ColumnTrait, ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait,
    QueryFilter, Select,
};
use serde_json::Value;

use super::shop::{self, product};
use crate::{
    Count, LimitOffsetPagination, PageNumberPagination, PageQuery, PageRequest, Pagination,
    Paginator,
};

mod estimated {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "restflow_pagination \"estimated\"")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) kind: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = r#""restflow_pagination ""estimated""""#;

async fn run(db: &DatabaseConnection, sql: &str) {
    db.execute_unprepared(&sql.replace("TABLE_NAME", TABLE))
        .await
        .unwrap();
}

async fn body(
    pagination: &impl Pagination,
    select: Select<estimated::Entity>,
    url: &str,
    db: &DatabaseConnection,
) -> Value {
    let query = PageQuery::new(select, db);
    let page = pagination
        .paginate(query, &PageRequest::from_url(url))
        .await
        .unwrap();
    page.envelope.to_value(page.rows.len().into())
}

#[tokio::test]
async fn estimates_come_from_the_statistics() {
    let Ok(url) = std::env::var("RESTFLOW_TEST_POSTGRES_URL") else {
        assert!(
            std::env::var_os("CI").is_none(),
            "RESTFLOW_TEST_POSTGRES_URL is not set"
        );
        return;
    };
    let db = Database::connect(url).await.unwrap();
    run(&db, "DROP TABLE IF EXISTS TABLE_NAME").await;
    run(
        &db,
        "CREATE TABLE TABLE_NAME (id integer PRIMARY KEY, kind integer NOT NULL) \
         WITH (autovacuum_enabled = false)",
    )
    .await;
    run(
        &db,
        "INSERT INTO TABLE_NAME SELECT n, n % 10 FROM generate_series(1, 5000) AS n",
    )
    .await;
    let pages = PageNumberPagination::new(10).count(Count::Estimated);
    let all = estimated::Entity::find;

    // Never analyzed: counted.
    let first = body(&pages, all(), "/", &db).await;
    assert_eq!(
        (&first["count"], &first["count_exact"]),
        (&5000.into(), &true.into())
    );

    run(&db, "ANALYZE TABLE_NAME").await;
    let first = body(&pages, all(), "/", &db).await;
    assert_eq!(
        (&first["count"], &first["count_exact"]),
        (&5000.into(), &false.into())
    );
    // Rows that no statistics know yet.
    run(
        &db,
        "INSERT INTO TABLE_NAME SELECT n, 10 FROM generate_series(5001, 5100) AS n",
    )
    .await;
    assert_eq!(body(&pages, all(), "/", &db).await["count"], 5000);
    let windows = LimitOffsetPagination::new(10).count(Count::Estimated);
    let late = body(&windows, all(), "/?offset=5050", &db).await;
    assert_eq!(
        (&late["count"], &late["count_exact"]),
        (&5061.into(), &false.into())
    );
    let end = body(&windows, all(), "/?offset=5095", &db).await;
    assert_eq!(
        (&end["count"], &end["count_exact"]),
        (&5100.into(), &true.into())
    );
    assert_eq!(end["next"], Value::Null);

    // A condition: about a tenth.
    let third = || all().filter(estimated::Column::Kind.eq(3));
    let first = body(&pages, third(), "/", &db).await;
    let count = first["count"].as_u64().unwrap();
    assert!((400..600).contains(&count), "{count}");
    assert_eq!(first["count_exact"], false);
    assert_eq!(first["next"], "/?page=2");
    let kinds = third().filter(estimated::Column::Kind.is_in([3, 4]));
    assert!(body(&pages, kinds, "/", &db).await["count"].is_u64());

    let query = PageQuery::new(all(), &db);
    let request = PageRequest::from_url("/?page=last");
    let last = pages.paginate(query, &request).await.unwrap_err();
    assert_eq!(last.status(), 404);
    run(&db, "DROP TABLE TABLE_NAME").await;
}

#[tokio::test]
async fn other_databases_have_no_estimate() {
    let paginator: Paginator = PageNumberPagination::new(10).count(Count::Estimated).into();
    assert_eq!(paginator.misconfigured(DbBackend::Postgres), None);
    let problem = paginator.misconfigured(DbBackend::Sqlite).unwrap();
    assert!(
        problem.contains("Count::Estimated") && problem.contains("Sqlite"),
        "{problem}"
    );

    let db = shop::database().await;
    let query = PageQuery::new(product::Entity::find(), &db);
    let answer = paginator.paginate(query, &PageRequest::from_url("/")).await;
    assert_eq!(answer.unwrap_err().status(), 500);
}

//! Cursors over texts that no URL can hold, on every database at hand.

use sea_orm::{
    ActiveValue::Set, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, EntityTrait,
    Order, QueryOrder, QuerySelect, Schema,
};
use serde_json::Value;

use super::shop::page;
use crate::CursorPagination;

mod note {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "long_note")]
    pub(super) struct Model {
        #[sea_orm(primary_key)]
        pub(super) id: i32,
        #[sea_orm(column_type = "Text")]
        pub(super) title: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub(super) body: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

const URL: &str = "http://testserver/notes/";

/// Texts that begin alike and end differently, twice each, among short ones.
fn notes() -> Vec<note::ActiveModel> {
    let lengths = [3, 300, 2_047, 2_049, 5_000, 60_000];
    let titles = lengths.iter().flat_map(|length| {
        let ends = ["", "a", "ä", "B", "z"];
        ends.map(|end| format!("{}{end}", "é".repeat(length / 2)))
    });
    let titles: Vec<String> = titles.collect();
    let ids = 1..;
    ids.zip(titles.iter().chain(&titles))
        .map(|(id, title)| note::ActiveModel {
            id: Set(id),
            title: Set(title.clone()),
            body: Set((id % 3 > 0).then(|| title.clone())),
        })
        .collect()
}

/// The ids on all pages to the end and back again.
async fn walk(paginator: &CursorPagination, db: &DatabaseConnection) -> Vec<i32> {
    let ids =
        |body: &Value| -> Vec<i32> { serde_json::from_value(body["results"].clone()).unwrap() };
    let get = async |url: &str| {
        assert!(url.len() < 4_000, "a link of {} bytes", url.len());
        page(paginator, note::Entity::find(), url, db)
            .await
            .unwrap()
    };
    let mut body = get(URL).await;
    let mut walked = ids(&body);
    while let Some(next) = body["next"].as_str() {
        body = get(next).await;
        walked.extend(ids(&body));
    }
    let mut back = ids(&body);
    while let Some(previous) = body["previous"].as_str() {
        body = get(previous).await;
        back.splice(0..0, ids(&body));
    }
    assert_eq!(back, walked);
    walked
}

async fn story(db: DatabaseConnection) {
    let backend = db.get_database_backend();
    let table = Schema::new(backend).create_table_from_entity(note::Entity);
    db.execute(&table).await.unwrap();
    note::Entity::insert_many(notes()).exec(&db).await.unwrap();

    let orderings = [
        vec![(note::Column::Title, Order::Asc)],
        vec![(note::Column::Title, Order::Desc)],
        vec![
            (note::Column::Body, Order::Desc),
            (note::Column::Title, Order::Asc),
        ],
    ];
    for ordering in orderings {
        let paginator = CursorPagination::new(4).ordering(ordering.clone());
        let walked = walk(&paginator, &db).await;
        if backend != sea_orm::DbBackend::MySql {
            let last = ordering.last().unwrap().1.clone();
            let mut sorted = note::Entity::find().select_only().column(note::Column::Id);
            for (column, order) in ordering {
                sorted = sorted.order_by(column, order);
            }
            let sorted = sorted.order_by(note::Column::Id, last).into_tuple::<i32>();
            assert_eq!(walked, sorted.all(&db).await.unwrap());
        }
        let mut all = walked;
        all.sort_unstable();
        assert_eq!(all, (1..=60).collect::<Vec<_>>());
    }

    // A row that is gone, or is another, no longer says where a page begins.
    if backend != sea_orm::DbBackend::MySql {
        let paginator = CursorPagination::new(1).ordering([(note::Column::Title, Order::Desc)]);
        let ask = async |url: &str| page(&paginator, note::Entity::find(), url, &db).await;
        let first = ask(URL).await.unwrap();
        let next = first["next"].as_str().unwrap();
        ask(next).await.unwrap();
        let id: i32 = serde_json::from_value(first["results"][0].clone()).unwrap();
        let row = note::ActiveModel {
            id: Set(id),
            title: Set("z".repeat(60_000)),
            ..Default::default()
        };
        note::Entity::update(row).exec(&db).await.unwrap();
        assert_eq!(ask(next).await.unwrap_err().status(), 404);
        note::Entity::delete_by_id(id).exec(&db).await.unwrap();
        assert_eq!(ask(next).await.unwrap_err().status(), 404);
    }
}

async fn on_server(name: &str) {
    let Ok(url) = std::env::var(name) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "{name} must be set where CI is"
        );
        return;
    };
    let server = Database::connect(&url).await.unwrap();
    for statement in [
        "DROP DATABASE IF EXISTS restflow_long_texts_test",
        "CREATE DATABASE restflow_long_texts_test",
    ] {
        server.execute_unprepared(statement).await.unwrap();
    }
    let (address, _) = url.rsplit_once('/').unwrap();
    let db = Database::connect(format!("{address}/restflow_long_texts_test"))
        .await
        .unwrap();
    story(db).await;
}

#[tokio::test]
async fn long_texts_end_no_list_on_sqlite() {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    story(Database::connect(options).await.unwrap()).await;
}

#[tokio::test]
async fn long_texts_end_no_list_on_postgres() {
    on_server("RESTFLOW_TEST_POSTGRES_URL").await;
}

#[tokio::test]
async fn long_texts_end_no_list_on_mysql() {
    on_server("RESTFLOW_TEST_MYSQL_URL").await;
}

//! All rows in pieces, on every database at hand: in any order each row comes exactly once, and
//! where the database puts it.
//!
//! The servers are named by `RESTFLOW_TEST_POSTGRES_URL` and `RESTFLOW_TEST_MYSQL_URL`; without
//! them their tests are skipped, except where `CI` is set.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

#[path = "support/random.rs"]
mod random;
#[path = "support/samples.rs"]
mod samples;
#[path = "support/servers.rs"]
mod servers;

use std::cmp::Ordering;

use random::Random;
use restflow::pagination::Keyset;
use samples::sample;
use sea_orm::{
    ActiveValue::Set,
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait,
    Iterable, Order, QueryOrder, QueryResult, QuerySelect, Select,
    prelude::*,
    sea_query::{ExprTrait, NullOrdering},
};

mod part {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "part")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub owner: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub token: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub serial: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

const ROWS: i32 = 240;

async fn database(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    let schema = db.get_schema_builder();
    schema
        .register(sample::Entity)
        .register(part::Entity)
        .apply(&db)
        .await
        .unwrap();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let samples = (1..=ROWS).map(|id| sample(id, &mut random));
    let samples: Vec<_> = samples.collect();
    for samples in samples.chunks(50) {
        sample::Entity::insert_many(samples.to_vec())
            .exec(&db)
            .await
            .unwrap();
    }
    let parts = (0..60).map(|serial| part::ActiveModel {
        owner: Set(random.one_of(&["a", "B", "b", ""]).to_owned()),
        token: Set(Uuid::from_u128(random.one_of(&[0, 1, u128::MAX]))),
        serial: Set(serial),
    });
    let parts: Vec<_> = parts.collect();
    part::Entity::insert_many(parts).exec(&db).await.unwrap();
    let backend = db.get_database_backend();
    for statement in samples::alterations(backend)
        .iter()
        .chain(samples::oddities(backend))
    {
        db.execute_unprepared(statement).await.unwrap();
    }
    db
}

/// The ids that a query yields in pieces of so many rows, and how many statements it takes.
async fn pieces(db: &DatabaseConnection, keyset: &Keyset, limit: u64) -> (Vec<Vec<String>>, u64) {
    let mut rows = Vec::new();
    let mut statements = 0;
    let mut ranges = vec![keyset.whole()];
    while !ranges.is_empty() {
        let piece = db
            .query_all_raw(keyset.statement(&ranges[0], limit))
            .await
            .unwrap();
        statements += 1;
        rows.extend(piece.iter().map(ids));
        assert!(rows.len() <= 1000, "rows are repeated");
        match piece.last() {
            Some(last) if piece.len() as u64 == limit => {
                ranges = keyset.behind(&keyset.position(last).unwrap());
            }
            _ => drop(ranges.remove(0)),
        }
    }
    (rows, statements)
}

/// The columns of the key, which are selected as text.
fn ids(row: &QueryResult) -> Vec<String> {
    let names = row.column_names();
    let keys = names
        .iter()
        .enumerate()
        .filter(|(_, name)| name.starts_with("key"));
    keys.map(|(index, _)| row.try_get_by_index(index).unwrap())
        .collect()
}

fn keyset<E: EntityTrait>(db: &DatabaseConnection, select: &Select<E>) -> Keyset {
    Keyset::new(select, db.get_database_backend(), |statement| {
        statement.clear_selects();
        let text = match db.get_database_backend() {
            DbBackend::MySql => "CHAR",
            _ => "text",
        };
        for (index, key) in E::PrimaryKey::iter().enumerate() {
            let column = Expr::col(key.into_column().as_column_ref());
            // A `Uuid` of SQLite and MySQL is bytes.
            let column = match key.into_column().def().get_column_type() {
                ColumnType::Uuid if db.get_database_backend() != DbBackend::Postgres => {
                    sea_orm::sea_query::Func::cust("HEX").arg(column).into()
                }
                _ => column,
            };
            statement.expr_as(column.cast_as(text), format!("key{index}"));
        }
    })
    .unwrap()
}

/// The ids in the order that the entity's key ends, as the database sorts them all.
async fn whole(db: &DatabaseConnection, keyset: &Keyset) -> Vec<Vec<String>> {
    let rows = db
        .query_all_raw(keyset.statement(&keyset.whole(), u64::MAX))
        .await
        .unwrap();
    rows.iter().map(ids).collect()
}

async fn story(url: &str) {
    let db = database(url).await;
    every_order_is_kept(&db).await;
    nulls_stand_where_rust_expects_them(&db).await;
    compound_keys_end_the_order(&db).await;
}

async fn every_order_is_kept(db: &DatabaseConnection) {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let columns: Vec<_> = sample::Column::iter().collect();
    let mut orders: Vec<Vec<_>> = Vec::new();
    for column in &columns {
        orders.push(vec![(*column, Order::Asc, None)]);
        orders.push(vec![(*column, Order::Desc, None)]);
    }
    for _ in 0..60 {
        orders.push(
            (0..=random.below(3))
                .map(|_| {
                    let nulls = [None, Some(NullOrdering::First), Some(NullOrdering::Last)];
                    (
                        random.one_of(&columns),
                        random.one_of(&[Order::Asc, Order::Desc]),
                        random.one_of(&nulls),
                    )
                })
                .collect(),
        );
    }
    for order in orders {
        let mut select = sample::Entity::find().filter(sample::Column::Id.gt(3));
        for (column, direction, nulls) in order.clone() {
            select = match nulls {
                Some(nulls) => select.order_by_with_nulls(column, direction, nulls),
                None => select.order_by(column, direction),
            };
        }
        let keyset = keyset(db, &select);
        let expected = whole(db, &keyset).await;
        assert_eq!(expected.len(), 237);
        let limit = 1 + random.below(40) as u64;
        let (found, statements) = pieces(db, &keyset, limit).await;
        assert_eq!(found, expected, "{order:?} by {limit}");
        // One more for each end of a range of `NULL`.
        let pieces = 237 / limit + 1;
        assert!(
            (pieces..=pieces + 2).contains(&statements),
            "{order:?} by {limit}: {statements}"
        );
    }
}

/// The one order that is not taken from the database.
async fn nulls_stand_where_rust_expects_them(db: &DatabaseConnection) {
    let rows: Vec<(i32, Option<i32>, i16)> = sample::Entity::find()
        .select_only()
        .columns([
            sample::Column::Id,
            sample::Column::Rating,
            sample::Column::Small,
        ])
        .into_tuple()
        .all(db)
        .await
        .unwrap();
    let null_is_highest = db.get_database_backend() == DbBackend::Postgres;
    let compare =
        |one: Option<i32>, other: Option<i32>, descending: bool, nulls: Option<NullOrdering>| {
            let nulls_first = match nulls {
                Some(nulls) => nulls == NullOrdering::First,
                None => null_is_highest == descending,
            };
            match (one, other) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) if nulls_first => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) if nulls_first => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(one), Some(other)) if descending => other.cmp(&one),
                (Some(one), Some(other)) => one.cmp(&other),
            }
        };
    for nulls in [None, Some(NullOrdering::First), Some(NullOrdering::Last)] {
        for descending in [false, true] {
            let direction = if descending { Order::Desc } else { Order::Asc };
            let select = sample::Entity::find();
            let select = match nulls {
                Some(nulls) => select.order_by_with_nulls(sample::Column::Rating, direction, nulls),
                None => select.order_by(sample::Column::Rating, direction),
            };
            let select = select
                .order_by_asc(sample::Column::Small)
                .order_by_desc(sample::Column::Id);
            let mut expected = rows.clone();
            expected.sort_by(|one, other| {
                compare(one.1, other.1, descending, nulls)
                    .then(one.2.cmp(&other.2))
                    .then(other.0.cmp(&one.0))
            });
            let expected: Vec<_> = expected.iter().map(|row| vec![row.0.to_string()]).collect();
            for limit in [1, 7, 60] {
                let (found, _) = pieces(db, &keyset(db, &select), limit).await;
                assert_eq!(found, expected, "{nulls:?} {descending} by {limit}");
            }
        }
    }
}

async fn compound_keys_end_the_order(db: &DatabaseConnection) {
    for select in [
        part::Entity::find(),
        part::Entity::find().order_by_desc(part::Column::Token),
        part::Entity::find().order_by_asc(part::Column::Serial),
    ] {
        let keyset = keyset(db, &select);
        let expected = whole(db, &keyset).await;
        assert_eq!(expected.len(), 60);
        for limit in [1, 7, 60] {
            assert_eq!(pieces(db, &keyset, limit).await.0, expected, "by {limit}");
        }
    }
}

servers::the_story_holds!(story, "restflow_keyset_test");

/// What a planner does is its own business, but that it can is ours: SQLite says it for certain.
#[tokio::test]
async fn each_piece_begins_where_an_index_says() {
    let db = database("sqlite::memory:").await;
    for statement in [
        "CREATE INDEX one ON sample (big)",
        "CREATE INDEX two ON sample (small DESC, name)",
        "CREATE INDEX three ON sample (rating)",
    ] {
        db.execute_unprepared(statement).await.unwrap();
    }
    let samples = sample::Entity::find;
    for (select, index) in [
        (samples(), "PRIMARY KEY"),
        (samples().order_by_desc(sample::Column::Big), "one"),
        (
            samples()
                .order_by_desc(sample::Column::Small)
                .order_by_asc(sample::Column::Name),
            "two",
        ),
        (samples().order_by_asc(sample::Column::Rating), "three"),
        (
            samples().order_by_with_nulls(sample::Column::Rating, Order::Desc, NullOrdering::Last),
            "three",
        ),
    ] {
        let keyset = keyset(&db, &select);
        let first = db
            .query_all_raw(keyset.statement(&keyset.whole(), 130))
            .await
            .unwrap();
        for position in [first.first(), first.last()] {
            for range in keyset.behind(&keyset.position(position.unwrap()).unwrap()) {
                let mut statement = keyset.statement(&range, 5);
                statement.sql.insert_str(0, "EXPLAIN QUERY PLAN ");
                let plan = db.query_all_raw(statement).await.unwrap();
                let plan: Vec<String> = plan
                    .iter()
                    .map(|row| row.try_get("", "detail").unwrap())
                    .collect();
                let plan = plan.join("; ");
                assert!(plan.starts_with("SEARCH sample USING"), "{index}: {plan}");
                assert!(plan.contains(index), "{index}: {plan}");
                assert!(!plan.contains("TEMP B-TREE"), "{index}: {plan}");
            }
        }
    }
}

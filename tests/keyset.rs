//! All rows in pieces, on every database at hand: in any order each row comes exactly once, and
//! where the database puts it.
//!
//! The servers are named by `RESTFLOW_TEST_POSTGRES_URL` and `RESTFLOW_TEST_MYSQL_URL`; without
//! them their tests are skipped, except where `CI` is set.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

#[cfg(any(feature = "postgres", feature = "mysql"))]
#[path = "support/servers.rs"]
mod servers;

use std::cmp::Ordering;

use restflow::pagination::Keyset;
use sea_orm::{
    ActiveValue::Set,
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait,
    Iterable, Order, QueryOrder, QueryResult, QuerySelect, Select,
    prelude::*,
    sea_query::{ExprTrait, NullOrdering},
};

mod sample {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "mood")]
    pub enum Mood {
        #[sea_orm(string_value = "sad")]
        Sad,
        #[sea_orm(string_value = "happy")]
        Happy,
        #[sea_orm(string_value = "calm")]
        Calm,
    }

    /// A column of each kind, with few values, so that there are many ties.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sample")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub small: i16,
        pub rating: Option<i32>,
        pub big: i64,
        pub count: u32,
        pub ratio: f32,
        pub score: Option<f64>,
        #[sea_orm(column_type = "Decimal(Some((30, 8)))")]
        pub price: Decimal,
        #[sea_orm(column_type = "Decimal(Some((30, 8)))", nullable)]
        pub discount: Option<Decimal>,
        pub name: String,
        pub code: Option<String>,
        /// Of a collation that knows no case, see `prepare`.
        pub nick: String,
        pub flag: bool,
        pub day: Option<Date>,
        pub hour: Time,
        pub written: DateTime,
        pub read: Option<DateTimeUtc>,
        pub token: Uuid,
        pub mood: Option<Mood>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

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

/// A pseudo-random sequence (xorshift), the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn one_of<T: Clone>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())].clone()
    }
}

fn sample(id: i32, random: &mut Random) -> sample::ActiveModel {
    let texts = [
        "",
        "a",
        "A",
        "b",
        "B",
        "ä",
        "Z",
        "z",
        "a b",
        "%",
        "O'Neil",
        "\u{1F600}",
    ];
    let numbers = ["0", "-1.5", "0.1", "12345678901234567.12345678", "3"];
    let moments = [
        "2024-01-01T00:00:00",
        "2024-01-01T00:00:00.000001",
        "1969-12-31T23:59:59.999999",
        "2031-05-05T05:05:05.5",
    ];
    let moment = |random: &mut Random| random.one_of(&moments).parse::<DateTime>().unwrap();
    let is_null = |random: &mut Random| random.below(4) == 0;
    sample::ActiveModel {
        id: Set(id),
        small: Set(random.one_of(&[-1, 0, 1, i16::MAX])),
        rating: Set((!is_null(random)).then(|| random.one_of(&[-5, 1, 2, 3]))),
        big: Set(random.one_of(&[i64::MIN, -1, 0, 9_007_199_254_740_993, i64::MAX])),
        count: Set(random.one_of(&[0, 1, 2_000_000_000])),
        ratio: Set(random.one_of(&[0.1, -0.1, 1e30, 3.0, 16_777_217.0])),
        score: Set((!is_null(random)).then(|| random.one_of(&[0.1, 0.2, 0.1 + 0.2, -1e300]))),
        price: Set(random.one_of(&numbers).parse().unwrap()),
        discount: Set((!is_null(random)).then(|| random.one_of(&numbers).parse().unwrap())),
        name: Set(random.one_of(&texts).to_owned()),
        code: Set((!is_null(random)).then(|| random.one_of(&texts).to_owned())),
        nick: Set(random.one_of(&texts).to_owned()),
        flag: Set(random.below(2) == 0),
        day: Set((!is_null(random)).then(|| moment(random).date())),
        hour: Set(moment(random).time()),
        written: Set(moment(random)),
        read: Set((!is_null(random)).then(|| moment(random).and_utc())),
        token: Set(Uuid::from_u128(random.one_of(&[0, 1, u128::MAX, 1 << 64]))),
        mood: Set((!is_null(random))
            .then(|| random.one_of(&[sample::Mood::Sad, sample::Mood::Happy, sample::Mood::Calm]))),
    }
}

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
    for statement in prepare(db.get_database_backend()) {
        db.execute_unprepared(statement).await.unwrap();
    }
    db
}

/// What only one database has.
fn prepare(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => &[
            "CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
            "ALTER TABLE sample ALTER COLUMN nick TYPE text COLLATE caseless",
            "ALTER TABLE sample ALTER COLUMN price TYPE numeric",
            "UPDATE sample SET price = 'NaN' WHERE id % 17 = 0",
            "UPDATE sample SET price = power(10::numeric, 200) + 0.1 WHERE id % 19 = 0",
            "UPDATE sample SET ratio = 'NaN', score = 'Infinity' WHERE id % 13 = 0",
            "UPDATE sample SET read = 'infinity', written = '-infinity' WHERE id % 11 = 0",
            "UPDATE sample SET day = '0044-03-15 BC' WHERE id % 7 = 0",
        ],
        DbBackend::MySql => &[
            "ALTER TABLE sample MODIFY nick VARCHAR(50) COLLATE utf8mb4_general_ci NOT NULL",
            "ALTER TABLE sample MODIFY name VARCHAR(50) COLLATE utf8mb4_bin NOT NULL",
            "UPDATE sample SET big = 0 WHERE big < 0",
            "ALTER TABLE sample MODIFY big BIGINT UNSIGNED NOT NULL",
            "UPDATE sample SET big = 18446744073709551615 - id % 3 WHERE id % 5 = 0",
            "ALTER TABLE sample MODIFY written DATETIME(6) NOT NULL, MODIFY hour TIME(6) NOT NULL",
            "UPDATE sample SET hour = '-12:30:00.25' WHERE id % 7 = 0",
            "UPDATE sample SET hour = '800:00:00' WHERE id % 11 = 0",
            "UPDATE sample SET written = '2024-01-01 00:00:00.000002' WHERE id % 5 = 0",
        ],
        _ => &[
            "ALTER TABLE sample ADD COLUMN other TEXT NOT NULL DEFAULT '' COLLATE NOCASE",
            "UPDATE sample SET other = nick",
            "ALTER TABLE sample DROP COLUMN nick",
            "ALTER TABLE sample RENAME COLUMN other TO nick",
            // The same moments as others write them.
            "UPDATE sample SET read = '2024-01-01 00:00:00' WHERE id % 11 = 0",
            "UPDATE sample SET read = 1704067200 WHERE id % 13 = 0",
            "UPDATE sample SET price = 'unknown' WHERE id % 17 = 0",
        ],
    }
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

#[tokio::test]
async fn the_story_holds_on_sqlite() {
    story("sqlite::memory:").await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn the_story_holds_on_postgres() {
    if let Some(url) =
        servers::fresh_database("RESTFLOW_TEST_POSTGRES_URL", "restflow_keyset_test").await
    {
        story(&url).await;
    }
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn the_story_holds_on_mysql() {
    if let Some(url) =
        servers::fresh_database("RESTFLOW_TEST_MYSQL_URL", "restflow_keyset_test").await
    {
        story(&url).await;
    }
}

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

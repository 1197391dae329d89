//! Rows with a column of each kind, a related row and several ones.

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, IntoActiveModel,
    prelude::*,
};

use crate::Random;

pub mod item {
    use restflow::prelude::Choices;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Choices)]
    #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "item_mood")]
    pub enum Mood {
        #[sea_orm(string_value = "sad")]
        #[choice(value = "sad")]
        Sad,
        #[sea_orm(string_value = "happy")]
        #[choice(value = "happy")]
        Happy,
    }

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "item")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub name: String,
        pub nick: Option<String>,
        pub number: Option<i32>,
        pub big: i64,
        pub ratio: Option<f64>,
        #[sea_orm(column_type = "Decimal(Some((16, 4)))", nullable)]
        pub price: Option<Decimal>,
        pub flag: Option<bool>,
        pub day: Option<Date>,
        pub hour: Option<Time>,
        pub written: Option<DateTime>,
        pub seen: Option<DateTimeUtc>,
        pub moved: Option<DateTimeWithTimeZone>,
        pub token: Option<Uuid>,
        pub mood: Option<Mood>,
        pub shelf_id: Option<i32>,
        #[sea_orm(belongs_to, from = "shelf_id", to = "id")]
        pub shelf: HasOne<super::shelf::Entity>,
        #[sea_orm(has_many)]
        pub labels: HasMany<super::label::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod shelf {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shelf")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub name: Option<String>,
        #[sea_orm(has_many)]
        pub items: HasMany<super::item::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod label {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "label")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub item_id: i32,
        pub name: Option<String>,
        pub weight: Option<i32>,
        #[sea_orm(belongs_to, from = "item_id", to = "id")]
        pub item: HasOne<super::item::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The texts of rows and values; none has a comma, which separates the values of lists.
pub const TEXTS: [&str; 40] = [
    "",
    " ",
    "a",
    "A",
    "a ",
    " a",
    "ab",
    "aB",
    "b",
    "%",
    "a%",
    "_",
    "a_b",
    "\\",
    "a\\b",
    "\\%",
    "'",
    "O'Neil",
    "\"",
    "a\"b",
    "ß",
    "ẞ",
    "ss",
    "straße",
    "STRASSE",
    "İ",
    "i",
    "I",
    "ı",
    "é",
    "É",
    "e\u{301}",
    "ñandú",
    "\u{1F600}",
    "\u{1F680}x",
    "日本",
    "line\nbreak",
    "12",
    "1-2 3",
    "k\u{212A}",
];

pub const NUMBERS: [i32; 6] = [i32::MIN, -1, 0, 1, 7, i32::MAX];
pub const BIGS: [i64; 6] = [
    i64::MIN,
    -1,
    0,
    9_007_199_254_740_993,
    i64::MAX - 1,
    i64::MAX,
];
pub const RATIOS: [f64; 7] = [-1e300, -0.5, 0.0, 0.1, 0.30000000000000004, 3.0, 1e300];
pub const PRICES: [&str; 8] = [
    "-10.5",
    "0",
    "0.0001",
    "9.99",
    "9.9900",
    "10.5",
    "100",
    "99999999999.9999",
];
pub const DAYS: [&str; 12] = [
    "1000-01-01",
    "1582-10-10",
    "1970-01-01",
    "2015-12-31",
    "2016-01-03",
    "2020-12-31",
    "2021-01-01",
    "2021-01-03",
    "2021-01-04",
    "2024-02-29",
    "2024-12-30",
    "9999-12-31",
];
pub const HOURS: [&str; 6] = [
    "00:00:00",
    "00:00:00.000001",
    "09:59:59.5",
    "12:30:00",
    "23:59:59",
    "23:59:59.999999",
];
pub const MOMENTS: [&str; 14] = [
    "1971-01-01T00:00:00",
    "2015-12-31T23:59:59.999999",
    "2016-01-01T00:00:00",
    "2020-12-31T22:30:00",
    "2021-01-03T23:59:59.9995",
    "2021-01-04T00:00:00",
    "2021-06-30T12:00:00.1",
    "2021-06-30T12:00:00.10001",
    "2021-06-30T12:00:00",
    "2024-02-29T01:30:59.5",
    "2024-12-30T00:00:00",
    "2024-12-31T23:30:00",
    "2025-01-01T00:15:00",
    "2037-12-31T23:59:59",
];
pub const OFFSETS: [i32; 5] = [0, 3600, -18_000, 20_700, 50_400];
pub const TOKENS: [u128; 4] = [0, 1, 1 << 64, u128::MAX];

/// An item with what it is related to.
pub struct Row {
    pub item: item::Model,
    pub shelf: Option<shelf::Model>,
    pub labels: Vec<label::Model>,
}

fn text(random: &mut Random) -> String {
    random.one_of(&TEXTS).to_owned()
}

fn moment(random: &mut Random) -> chrono::NaiveDateTime {
    random.one_of(&MOMENTS).parse().unwrap()
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: Option<&str>) -> Option<T> {
    text.map(|text| text.parse().unwrap())
}

fn item(id: i32, random: &mut Random) -> item::Model {
    let offset = chrono::FixedOffset::east_opt(random.one_of(&OFFSETS)).unwrap();
    item::Model {
        id,
        name: text(random),
        nick: random.maybe(&TEXTS).map(str::to_owned),
        number: random.maybe(&NUMBERS),
        big: random.one_of(&BIGS),
        ratio: random.maybe(&RATIOS),
        price: parsed(random.maybe(&PRICES)),
        flag: random.maybe(&[true, false]),
        day: parsed(random.maybe(&DAYS)),
        hour: parsed(random.maybe(&HOURS)),
        written: parsed(random.maybe(&MOMENTS)),
        seen: parsed::<chrono::NaiveDateTime>(random.maybe(&MOMENTS))
            .map(|moment| moment.and_utc()),
        moved: (random.below(4) != 0).then(|| moment(random).and_utc().with_timezone(&offset)),
        token: random.maybe(&TOKENS).map(Uuid::from_u128),
        mood: random.maybe(&[item::Mood::Sad, item::Mood::Happy]),
        shelf_id: random.maybe(&[1, 2, 3, 4]),
    }
}

/// A database with rows, and the rows.
pub async fn database(url: &str, random: &mut Random) -> (DatabaseConnection, Vec<Row>) {
    let mut options = ConnectOptions::new(url);
    options.max_connections(8).sqlx_logging(false);
    if url.starts_with("sqlite") {
        options.max_connections(1);
        options = restflow::filters::with_regexp(options);
    }
    #[cfg(feature = "postgres")]
    options.map_sqlx_postgres_pool_opts(|pool| {
        pool.after_connect(|connection, _| {
            Box::pin(async move {
                // The time zone of the session changes no answer.
                let statement = "SET TIME ZONE 'Asia/Kathmandu'";
                sea_orm::sqlx::Executor::execute(connection, statement).await?;
                Ok(())
            })
        })
    });
    let db = Database::connect(options).await.unwrap();
    let schema = db.get_schema_builder();
    schema
        .register(shelf::Entity)
        .register(item::Entity)
        .register(label::Entity)
        .apply(&db)
        .await
        .unwrap();
    if db.get_database_backend() == DbBackend::MySql {
        for statement in [
            // One column whose collation knows case, others whose collation does not.
            "ALTER TABLE item MODIFY name VARCHAR(50) COLLATE utf8mb4_general_ci NOT NULL",
            "ALTER TABLE item MODIFY nick VARCHAR(50) COLLATE utf8mb4_bin",
            "ALTER TABLE shelf MODIFY name VARCHAR(50) COLLATE utf8mb4_bin",
            "ALTER TABLE label MODIFY name VARCHAR(50) COLLATE utf8mb4_general_ci",
            "ALTER TABLE item MODIFY hour TIME(6), MODIFY written DATETIME(6)",
            "ALTER TABLE item MODIFY seen TIMESTAMP(6) NULL, MODIFY moved DATETIME(6)",
        ] {
            db.execute_unprepared(statement).await.unwrap();
        }
    }
    let shelves: Vec<shelf::Model> = (1..=4)
        .map(|id| shelf::Model {
            id,
            name: (id > 1).then(|| text(random)),
        })
        .collect();
    let items: Vec<item::Model> = (1..=80).map(|id| item(id, random)).collect();
    let labels: Vec<label::Model> = (1..=100)
        .map(|id| label::Model {
            id,
            item_id: 1 + i32::try_from(random.below(60)).unwrap(),
            name: random.maybe(&TEXTS).map(str::to_owned),
            weight: random.maybe(&NUMBERS),
        })
        .collect();
    let active = shelves.iter().map(|shelf| whole(shelf.clone()));
    shelf::Entity::insert_many(active).exec(&db).await.unwrap();
    for items in items.chunks(20) {
        let active = items.iter().map(|item| whole(item.clone()));
        item::Entity::insert_many(active).exec(&db).await.unwrap();
    }
    let active = labels.iter().map(|label| whole(label.clone()));
    label::Entity::insert_many(active).exec(&db).await.unwrap();
    let rows = items
        .into_iter()
        .map(|item| Row {
            shelf: item
                .shelf_id
                .map(|id| shelves[usize::try_from(id).unwrap() - 1].clone()),
            labels: labels
                .iter()
                .filter(|label| label.item_id == item.id)
                .cloned()
                .collect(),
            item,
        })
        .collect();
    (db, rows)
}

/// All columns are written.
fn whole<M, A>(model: M) -> A
where
    M: IntoActiveModel<A>,
    A: ActiveModelTrait,
{
    model.into_active_model().reset_all()
}

//! A table with a column of each kind that databases put in an order, and rows for it.

#![allow(unreachable_pub, reason = "shared by tests")]

use sea_orm::{ActiveValue::Set, DbBackend, prelude::*};

use crate::random::Random;

pub mod sample {
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

pub fn sample(id: i32, random: &mut Random) -> sample::ActiveModel {
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

/// What makes the columns those of one database: types and collations that entities cannot tell.
pub fn alterations(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => &[
            "CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
            "ALTER TABLE sample ALTER COLUMN nick TYPE text COLLATE caseless",
            "ALTER TABLE sample ALTER COLUMN price TYPE numeric",
        ],
        DbBackend::MySql => &[
            "ALTER TABLE sample MODIFY nick VARCHAR(50) COLLATE utf8mb4_general_ci NOT NULL",
            "ALTER TABLE sample MODIFY name VARCHAR(50) COLLATE utf8mb4_bin NOT NULL",
            "UPDATE sample SET big = 0 WHERE big < 0",
            "ALTER TABLE sample MODIFY big BIGINT UNSIGNED NOT NULL",
            "ALTER TABLE sample MODIFY written DATETIME(6) NOT NULL, MODIFY hour TIME(6) NOT NULL",
        ],
        _ => &[
            "ALTER TABLE sample ADD COLUMN other TEXT NOT NULL DEFAULT '' COLLATE NOCASE",
            "UPDATE sample SET other = nick",
            "ALTER TABLE sample DROP COLUMN nick",
            "ALTER TABLE sample RENAME COLUMN other TO nick",
        ],
    }
}

/// What gives some rows values that only one database has.
pub fn oddities(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => &[
            "UPDATE sample SET price = 'NaN' WHERE id % 17 = 0",
            "UPDATE sample SET price = power(10::numeric, 200) + 0.1 WHERE id % 19 = 0",
            "UPDATE sample SET ratio = 'NaN', score = 'Infinity' WHERE id % 13 = 0",
            "UPDATE sample SET read = 'infinity', written = '-infinity' WHERE id % 11 = 0",
            "UPDATE sample SET day = '0044-03-15 BC' WHERE id % 7 = 0",
        ],
        DbBackend::MySql => &[
            "UPDATE sample SET big = 18446744073709551615 - id % 3 WHERE id % 5 = 0",
            "UPDATE sample SET hour = '-12:30:00.25' WHERE id % 7 = 0",
            "UPDATE sample SET hour = '800:00:00' WHERE id % 11 = 0",
            "UPDATE sample SET written = '2024-01-01 00:00:00.000002' WHERE id % 5 = 0",
        ],
        _ => &[
            // The same moments as others write them.
            "UPDATE sample SET read = '2024-01-01 00:00:00' WHERE id % 11 = 0",
            "UPDATE sample SET read = 1704067200 WHERE id % 13 = 0",
            "UPDATE sample SET price = 'unknown' WHERE id % 17 = 0",
        ],
    }
}

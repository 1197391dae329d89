//! The SQL of the lookups in each dialect, asserted as text.

use sea_orm::{ColumnTrait, DbBackend, EntityTrait, IdenStatic, QueryFilter, QueryTrait};

use super::shop::{product, tag};
use crate::input::{Many, One, Pair};
use crate::lookups::*;

/// The condition behind `WHERE` in SQLite, PostgreSQL and MySQL.
fn conditions<T, L: Lookup<T>, C: ColumnTrait>(
    _: L,
    column: C,
    input: impl Fn() -> L::Input,
) -> [String; 3] {
    [DbBackend::Sqlite, DbBackend::Postgres, DbBackend::MySql].map(|backend| {
        let condition = L::condition(column, input(), backend);
        let sql = product::Entity::find()
            .filter(condition)
            .build(backend)
            .to_string();
        sql.split_once(" WHERE ").unwrap().1.to_owned()
    })
}

/// One line a lookup: the column, the lookup, its input, and the three texts.
macro_rules! sql {
    ($($column:ident: $type:ty, $lookup:expr, $input:expr => [$sqlite:expr, $postgres:expr, $mysql:expr];)+) => {$(
        assert_eq!(
            conditions::<$type, _, _>($lookup, product::Column::$column, || $input),
            [$sqlite, $postgres, $mysql].map(|text: &str| {
                let column = product::Column::$column.as_str();
                text.replace("{}", &format!("\"product\".\"{column}\""))
                    .replace("<>", &format!("`product`.`{column}`"))
            }),
            "{}",
            stringify!($lookup)
        );
    )+};
}

fn one(text: &str) -> One<String> {
    One(text.to_owned())
}

fn pattern<const FOLD_CASE: bool>(pattern: &str) -> crate::RegexPattern<FOLD_CASE> {
    crate::RegexPattern::new(pattern).unwrap()
}

#[test]
#[rustfmt::skip]
fn text_lookups_escape_wildcards_and_fold_case_where_they_say_so() {
    sql! {
        Name: String, Exact, one("x") => ["{} = 'x'", "{} = 'x'", "<> = 'x'"];
        Name: String, IExact, one("x") => ["{} LIKE 'x'", "UPPER({}) LIKE UPPER('x')", "<> LIKE 'x'"];
        Name: String, Contains, one("x") => ["{} LIKE (+'%x%')", "{} LIKE '%x%'", "<> LIKE CAST('%x%' AS BINARY)"];
        Name: String, IContains, one(r"a%_\b") => [r"{} LIKE (+'%a\%\_\\b%') ESCAPE '\'", r"UPPER({}) LIKE UPPER(E'%a\\%\\_\\\\b%')", r"<> LIKE '%a\\%\\_\\\\b%'"];
        Name: String, StartsWith, one("x") => ["{} LIKE 'x%'", "{} LIKE 'x%'", "<> LIKE CAST('x%' AS BINARY)"];
        Name: String, IStartsWith, one("x") => ["{} LIKE 'x%'", "UPPER({}) LIKE UPPER('x%')", "<> LIKE 'x%'"];
        Name: String, EndsWith, one("x") => ["{} LIKE (+'%x')", "{} LIKE '%x'", "<> LIKE CAST('%x' AS BINARY)"];
        Name: String, IEndsWith, one("x") => ["{} LIKE (+'%x')", "UPPER({}) LIKE UPPER('%x')", "<> LIKE '%x'"];
        Name: String, Regex, pattern(r"^a\d$") => [r"{} REGEXP '\Aa[0-9]\z'", r"{} ~ E'\\Aa[0-9]\\Z'", r"<> REGEXP '(?-i)\\Aa[0-9]\\z'"];
        Name: String, IRegex, pattern("a") => ["{} REGEXP '[Aa]'", "{} ~ '[Aa]'", "<> REGEXP '(?-i)[Aa]'"];
    }
}

#[test]
#[rustfmt::skip]
fn comparisons_are_plain_operators() {
    let decimal = || "9.99".parse::<rust_decimal::Decimal>().unwrap();
    sql! {
        Quantity: i32, Exact, One(5) => ["{} = 5", "{} = 5", "<> = 5"];
        Quantity: i32, Gt, One(5) => ["{} > 5", "{} > 5", "<> > 5"];
        Quantity: i32, Gte, One(5) => ["{} >= 5", "{} >= 5", "<> >= 5"];
        Quantity: i32, Lt, One(5) => ["{} < 5", "{} < 5", "<> < 5"];
        Quantity: i32, Lte, One(5) => ["{} <= 5", "{} <= 5", "<> <= 5"];
        Quantity: i32, Range, Pair(1, 2) => ["{} BETWEEN 1 AND 2", "{} BETWEEN 1 AND 2", "<> BETWEEN 1 AND 2"];
        Quantity: i32, In, Many(vec![1, 2]) => ["{} IN (1, 2)", "{} IN (1, 2)", "<> IN (1, 2)"];
        Quantity: i32, In, Many(Vec::new()) => ["1 = 2", "1 = 2", "1 = 2"];
        Quantity: i32, IsNull, One(true) => ["{} IS NULL", "{} IS NULL", "<> IS NULL"];
        Quantity: i32, IsNull, One(false) => ["{} IS NOT NULL", "{} IS NOT NULL", "<> IS NOT NULL"];
        Price: rust_decimal::Decimal, Gte, One(decimal()) => ["{} >= CAST(9.99 AS numeric)", "{} >= 9.99", "<> >= 9.99"];
    }
}

const MOMENT: &str = r#"substr({}, 1, 19) || CASE WHEN {} GLOB '*[+-][0-9][0-9]:[0-9][0-9]' THEN substr({}, -6) ELSE '' END"#;

#[test]
#[rustfmt::skip]
fn parts_of_dates_and_times_are_whole_numbers() {
    type Utc = chrono::DateTime<chrono::Utc>;
    type Offset = chrono::DateTime<chrono::FixedOffset>;
    type Calendar = chrono::NaiveDate;
    type Clock = chrono::NaiveTime;
    type Local = chrono::NaiveDateTime;
    let moment = |template: &str| &*template.replace('@', MOMENT).leak();
    let day = || One("2023-11-05".parse().unwrap());
    let noon = || One("12:00:00".parse().unwrap());
    let offset = || One("2023-11-05T01:00:00+02:00".parse().unwrap());
    sql! {
        ReleasedOn: Calendar, Year, One(2023) => ["{} BETWEEN '2023-01-01' AND '2023-12-31'", "{} BETWEEN '2023-01-01' AND '2023-12-31'", "<> BETWEEN '2023-01-01' AND '2023-12-31'"];
        ReleasedOn: Calendar, Year, One(10000) => ["1 = 2", "1 = 2", "1 = 2"];
        ReleasedOn: Calendar, IsoYear, One(2020) => ["{} BETWEEN '2019-12-30' AND '2021-01-03'", "{} BETWEEN '2019-12-30' AND '2021-01-03'", "<> BETWEEN '2019-12-30' AND '2021-01-03'"];
        ReleasedOn: Calendar, Date, day() => ["{} = '2023-11-05'", "{} = '2023-11-05'", "<> = '2023-11-05'"];
        ReleasedOn: Calendar, Quarter, One(4) => ["((CAST(strftime('%m', {}) AS integer) + 2) / 3) = 4", "(date_part('quarter', {})) = 4", "(QUARTER(<>)) = 4"];
        ReleasedOn: Calendar, Month, One(4) => ["(CAST(strftime('%m', {}) AS integer)) = 4", "(date_part('month', {})) = 4", "(MONTH(<>)) = 4"];
        ReleasedOn: Calendar, Week, One(4) => ["((CAST(strftime('%j', {}, '-3 days', 'weekday 4') AS integer) - 1) / 7 + 1) = 4", "(date_part('week', {})) = 4", "(WEEK(<>, 3)) = 4"];
        ReleasedOn: Calendar, WeekDay, One(4) => ["(CAST(strftime('%w', {}) AS integer) + 1) = 4", "(date_part('dow', {}) + 1) = 4", "(DAYOFWEEK(<>)) = 4"];
        ReleasedOn: Calendar, IsoWeekDay, One(4) => ["((CAST(strftime('%w', {}) AS integer) + 6) % 7 + 1) = 4", "(date_part('isodow', {})) = 4", "(WEEKDAY(<>) + 1) = 4"];
        ReleasedOn: Calendar, Day, One(4) => ["(CAST(strftime('%d', {}) AS integer)) = 4", "(date_part('day', {})) = 4", "(DAYOFMONTH(<>)) = 4"];
        OpeningTime: Clock, Hour, One(4) => ["(CAST(strftime('%H', substr({}, 1, 8)) AS integer)) = 4", "(date_part('hour', {})) = 4", "(HOUR(<>)) = 4"];
        OpeningTime: Clock, Minute, One(4) => ["(CAST(strftime('%M', substr({}, 1, 8)) AS integer)) = 4", "(date_part('minute', {})) = 4", "(MINUTE(<>)) = 4"];
        OpeningTime: Clock, Second, One(4) => ["(CAST(strftime('%S', substr({}, 1, 8)) AS integer)) = 4", "(floor(date_part('second', {}))) = 4", "(SECOND(<>)) = 4"];
        OpeningTime: Clock, Time, noon() => ["{} = '12:00:00.000000'", "{} = '12:00:00.000000'", "<> = '12:00:00.000000'"];
        CreatedAt: Utc, Year, One(2023) => ["{} BETWEEN '2023-01-01' AND '2023-12-31~'", "{} BETWEEN '2023-01-01 00:00:00.000000 +00:00' AND '2023-12-31 23:59:59.999999 +00:00'", "<> BETWEEN '2023-01-01 00:00:00.000000 +00:00' AND '2023-12-31 23:59:59.999999 +00:00'"];
        CreatedAt: Local, Date, day() => ["{} BETWEEN '2023-11-05' AND '2023-11-05~'", "{} BETWEEN '2023-11-05 00:00:00.000000' AND '2023-11-05 23:59:59.999999'", "<> BETWEEN '2023-11-05 00:00:00.000000' AND '2023-11-05 23:59:59.999999'"];
        CreatedAt: Offset, Date, day() => [moment("(date(@)) BETWEEN '2023-11-05' AND '2023-11-05'"), "{} BETWEEN '2023-11-05 00:00:00.000000 +00:00' AND '2023-11-05 23:59:59.999999 +00:00'", "<> BETWEEN '2023-11-05 00:00:00.000000 +00:00' AND '2023-11-05 23:59:59.999999 +00:00'"];
        CreatedAt: Offset, Gt, offset() => [moment("(strftime('%Y-%m-%dT%H:%M:%S', @) || substr({}, 20, max(0, length({}) - 25))) > '2023-11-04T23:00:00'"), "{} > '2023-11-05 01:00:00.000000 +02:00'", "<> > '2023-11-04 23:00:00.000000'"];
        CreatedAt: Utc, Hour, One(4) => [moment("(CAST(strftime('%H', @) AS integer)) = 4"), "(date_part('hour', timezone('UTC', {}))) = 4", "(HOUR(<>)) = 4"];
        CreatedAt: Local, Month, One(4) => ["(CAST(strftime('%m', substr({}, 1, 19)) AS integer)) = 4", "(date_part('month', {})) = 4", "(MONTH(<>)) = 4"];
        CreatedAt: Local, Time, noon() => ["(substr({}, 12)) = '12:00:00.000000'", "(CAST({} AS time)) = '12:00:00.000000'", "(TIME(<>)) = '12:00:00.000000'"];
        CreatedAt: Utc, Time, noon() => [moment("(strftime('%H:%M:%S', @) || substr({}, 20, max(0, length({}) - 25))) = '12:00:00.000000'"), "(CAST(timezone('UTC', {}) AS time)) = '12:00:00.000000'", "(TIME(<>)) = '12:00:00.000000'"];
    }
}

#[test]
fn related_rows_are_found_without_joins() {
    let condition =
        crate::related::exists::<product::Entity, tag::Entity>(tag::Column::Id.is_in([1, 2]));
    let sql = product::Entity::find()
        .filter(condition)
        .build(DbBackend::Sqlite)
        .to_string();
    assert_eq!(
        sql.split_once(" WHERE ").unwrap().1,
        r#"EXISTS(SELECT 1 FROM "tag" INNER JOIN "product_tags" ON "product_tags"."tag_id" = "tag"."id" WHERE "tag"."id" IN (1, 2) AND "product"."id" = "product_tags"."product_id")"#
    );
}

#[tokio::test]
async fn negations_keep_what_is_null_and_what_has_no_related_row() {
    use crate::{ColumnFilter, FilterContext, Filters, QueryParams};
    let filters = Filters::new()
        .field(
            ColumnFilter::<product::Entity, f64, _>::new("rating", product::Column::Rating)
                .exact()
                .lookup(Range)
                .lookup(IsNull),
        )
        .field(ColumnFilter::<_, i32, _>::new("quantity", product::Column::Quantity).exact())
        .field(
            ColumnFilter::<_, String, _>::related::<tag::Entity>("tags", tag::Column::Name)
                .exact()
                .lookup(IsNull),
        );
    let tags = |condition: &str| {
        format!(
            r#"EXISTS(SELECT 1 FROM "tag" INNER JOIN "product_tags" ON "product_tags"."tag_id" = "tag"."id" WHERE {condition} AND "product"."id" = "product_tags"."product_id")"#
        )
    };
    let null = tags(r#""tag"."name" IS NULL"#);
    let any = tags("1 = 1");
    let cases = [
        (
            "rating!=1",
            r#"("product"."rating" = 1) IS NOT TRUE"#.to_owned(),
        ),
        (
            "rating__range!=2,1",
            r#"("product"."rating" BETWEEN 2 AND 1) IS NOT TRUE"#.to_owned(),
        ),
        (
            "rating__isnull!=true",
            r#"("product"."rating" IS NULL) IS NOT TRUE"#.to_owned(),
        ),
        ("quantity!=1", r#"NOT "product"."quantity" = 1"#.to_owned()),
        ("tags!=x", format!("NOT {}", tags(r#""tag"."name" = 'x'"#))),
        ("tags__isnull=true", format!("{null} OR (NOT {any})")),
        ("tags__isnull!=true", format!("NOT ({null} OR (NOT {any}))")),
        ("tags__isnull=false", tags(r#""tag"."name" IS NOT NULL"#)),
    ];
    let db = sea_orm::Database::connect("sqlite::memory:").await.unwrap();
    for (query, expected) in cases {
        let params = QueryParams::parse(query);
        let context = FilterContext::new(&params, &db);
        let select = filters.filter_queryset(product::Entity::find(), &context);
        let sql = select.await.unwrap().build(DbBackend::Sqlite).to_string();
        assert_eq!(sql.split_once(" WHERE ").unwrap().1, expected, "?{query}");
    }
}

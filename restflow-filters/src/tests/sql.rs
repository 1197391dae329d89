//! The SQL of the lookups in each dialect, asserted as text.

use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryTrait};

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

fn text(text: &'static str) -> impl Fn() -> One<String> {
    move || One(text.to_owned())
}

#[test]
fn text_lookups_escape_wildcards_and_fold_case_where_they_say_so() {
    let name = product::Column::Name;
    assert_eq!(
        conditions(IContains, name, text(r"a%_\b")),
        [
            r#""product"."name" LIKE ('' || '%a\%\_\\b%') ESCAPE '\'"#,
            r#"UPPER("product"."name") LIKE UPPER(E'%a\\%\\_\\\\b%')"#,
            r"`product`.`name` LIKE '%a\\%\\_\\\\b%'",
        ]
    );
    assert_eq!(
        conditions(Contains, name, text("x")),
        [
            r#""product"."name" LIKE ('' || '%x%') ESCAPE '\'"#,
            r#""product"."name" LIKE '%x%'"#,
            "`product`.`name` LIKE CAST('%x%' AS BINARY)",
        ]
    );
    assert_eq!(
        conditions(IExact, name, text("x"))[1],
        r#"UPPER("product"."name") LIKE UPPER('x')"#
    );
    assert_eq!(
        conditions(StartsWith, name, text("x"))[1],
        r#""product"."name" LIKE 'x%'"#
    );
    assert_eq!(
        conditions(IStartsWith, name, text("x"))[2],
        "`product`.`name` LIKE 'x%'"
    );
    assert_eq!(
        conditions(EndsWith, name, text("x"))[0],
        r#""product"."name" LIKE ('' || '%x') ESCAPE '\'"#
    );
    assert_eq!(
        conditions(IEndsWith, name, text("x"))[1],
        r#"UPPER("product"."name") LIKE UPPER('%x')"#
    );
}

#[test]
fn comparisons_are_plain_operators() {
    let quantity = product::Column::Quantity;
    let five = || One(5);
    assert_eq!(
        conditions(Exact, quantity, five)[0],
        r#""product"."quantity" = 5"#
    );
    assert_eq!(
        conditions(Gt, quantity, five)[1],
        r#""product"."quantity" > 5"#
    );
    assert_eq!(
        conditions(Gte, quantity, five)[2],
        "`product`.`quantity` >= 5"
    );
    assert_eq!(
        conditions(Lt, quantity, five)[0],
        r#""product"."quantity" < 5"#
    );
    assert_eq!(
        conditions(Lte, quantity, five)[0],
        r#""product"."quantity" <= 5"#
    );
    assert_eq!(
        conditions(Range, quantity, || Pair(1, 2))[0],
        r#""product"."quantity" BETWEEN 1 AND 2"#
    );
    assert_eq!(
        conditions(In, quantity, || Many(vec![1, 2]))[0],
        r#""product"."quantity" IN (1, 2)"#
    );
    assert_eq!(
        conditions(In, quantity, || Many::<i32>(Vec::new()))[1],
        "1 = 2"
    );
    assert_eq!(
        conditions::<i32, _, _>(IsNull, quantity, || One(false))[0],
        r#""product"."quantity" IS NOT NULL"#
    );
}

#[test]
fn parts_of_dates_and_times_are_whole_numbers() {
    type Utc = chrono::DateTime<chrono::Utc>;
    let created_at = product::Column::CreatedAt;
    assert_eq!(
        conditions::<Utc, _, _>(Year, created_at, || One(2023)),
        [
            r#"CAST(strftime('%Y', "product"."created_at") AS integer) = 2023"#,
            r#"floor(date_part('year', "product"."created_at")) = 2023"#,
            "YEAR(`product`.`created_at`) = 2023",
        ]
    );
    let date = || One("2023-11-05".parse().unwrap());
    assert_eq!(
        conditions::<Utc, _, _>(Date, created_at, date),
        [
            r#"date("product"."created_at") = '2023-11-05'"#,
            r#"CAST("product"."created_at" AS date) = '2023-11-05'"#,
            "date(`product`.`created_at`) = '2023-11-05'",
        ]
    );
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

//! The SQL of pieces, asserted as text. `tests/keyset.rs` of `restflow` runs it.

#![allow(clippy::unwrap_used, reason = "tests")]

use sea_orm::sea_query::{Expr, ExprTrait, NullOrdering, Order, UnionType, Value};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, RelationTrait, Select,
};

use super::{KeyPosition, Keyset, NoKeyset};

mod shelf {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "shelf")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        #[sea_orm(has_many)]
        pub(crate) books: HasMany<super::book::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod book {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "binding")]
    pub(crate) enum Binding {
        #[sea_orm(string_value = "soft")]
        Soft,
    }

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "book")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) title: String,
        pub(crate) rating: Option<i32>,
        pub(crate) price: Decimal,
        pub(crate) binding: Binding,
        pub(crate) printed: DateTimeUtc,
        pub(crate) tags: Json,
        pub(crate) shelf_id: i32,
        #[sea_orm(belongs_to, from = "shelf_id", to = "id")]
        pub(crate) shelf: BelongsTo<super::shelf::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use book::Column as Book;

const BACKENDS: [DbBackend; 3] = [DbBackend::Sqlite, DbBackend::Postgres, DbBackend::MySql];

fn keyset(select: &Select<book::Entity>, backend: DbBackend) -> Keyset {
    Keyset::new(select, backend, |statement| {
        statement.clear_selects().column("name");
    })
    .unwrap()
}

/// The texts of the statements behind a position, as SQLite's quotes write them.
fn behind(
    select: &Select<book::Entity>,
    backend: DbBackend,
    position: &[Option<Value>],
) -> Vec<String> {
    let keyset = keyset(select, backend);
    let ranges = keyset.behind(&KeyPosition(position.to_vec()));
    ranges
        .iter()
        .map(|range| {
            let sql = keyset.statement(range, 5).sql.replace('`', "\"");
            let (_, conditions) = sql.split_once(" WHERE ").unwrap();
            let (conditions, ordering) = conditions.split_once(" ORDER BY ").unwrap();
            assert!(ordering.ends_with(" LIMIT 5"), "{ordering}");
            let conditions = conditions.replace("\"book\".", "").replace('"', "");
            // How values are bound in SQLite, is asserted once.
            conditions.replace("(+?)", "?").replace("+?", "?")
        })
        .collect()
}

#[test]
fn the_columns_of_the_order_stand_behind_those_of_the_page() {
    let select = book::Entity::find()
        .filter(Book::Title.ne("(x"))
        .order_by_desc(Book::Price)
        .order_by_asc(Book::Binding);
    let statement = |backend| {
        let keyset = keyset(&select, backend);
        keyset.statement(&keyset.whole(), 3).sql
    };
    assert_eq!(
        statement(DbBackend::Sqlite),
        r#"SELECT "name", "book"."price" AS "restflow_key_0", "book"."binding" AS "restflow_key_1", "book"."id" AS "restflow_key_2" FROM "book" WHERE "book"."title" <> ? ORDER BY "book"."price" DESC, "book"."binding" ASC, "book"."id" ASC LIMIT 3"#
    );
    assert_eq!(
        statement(DbBackend::Postgres),
        r#"SELECT "name", CAST("book"."price" AS text) AS "restflow_key_0", CAST("book"."binding" AS text) AS "restflow_key_1", "book"."id" AS "restflow_key_2" FROM "book" WHERE "book"."title" <> $1 ORDER BY "book"."price" DESC, "book"."binding" ASC, "book"."id" ASC LIMIT 3"#
    );
    assert_eq!(
        statement(DbBackend::MySql),
        "SELECT `name`, CAST(`book`.`price` AS CHAR) AS `restflow_key_0`, CAST(`book`.`binding` AS UNSIGNED) AS `restflow_key_1`, `book`.`id` AS `restflow_key_2` FROM `book` WHERE `book`.`title` <> ? ORDER BY `book`.`price` DESC, `book`.`binding` ASC, `book`.`id` ASC LIMIT 3"
    );
}

#[test]
fn one_direction_is_one_comparison_where_an_index_serves_it() {
    let select = book::Entity::find().order_by_desc(Book::Title);
    let position = [Some("x".into()), Some(7.into())];
    assert_eq!(
        behind(&select, DbBackend::Sqlite, &position),
        ["(title, id) < (?, ?)"]
    );
    assert_eq!(
        behind(&select, DbBackend::Postgres, &position),
        ["(title, id) < ($1, $2)"]
    );
    assert_eq!(
        behind(&select, DbBackend::MySql, &position),
        ["title <= ? AND (title < ? OR (title = ? AND id < ?))"]
    );
}

/// SQLite with `ANALYZE` compiles a statement anew for each value that it can see.
#[test]
fn the_plan_of_a_page_does_not_depend_on_its_place() {
    let keyset = keyset(&book::Entity::find(), DbBackend::Sqlite);
    let ranges = keyset.behind(&KeyPosition(vec![Some(7.into())]));
    let sql = keyset.statement(&ranges[0], 5).sql;
    assert!(
        sql.contains(r#" WHERE "book"."id" > (+?) ORDER BY "#),
        "{sql}"
    );
}

#[test]
fn mixed_directions_begin_at_the_first_column() {
    let select = book::Entity::find()
        .order_by_desc(Book::Printed)
        .order_by_asc(Book::Price);
    let position = [
        Some("2024-01-01".into()),
        Some("1.50".into()),
        Some(7.into()),
    ];
    assert_eq!(
        behind(&select, DbBackend::Postgres, &position),
        [
            "printed <= CAST($1 AS timestamptz) AND (printed < CAST($2 AS timestamptz) OR \
          (printed = CAST($3 AS timestamptz) AND (price, id) > (CAST($4 AS numeric), $5)))"
        ]
    );
    assert_eq!(
        behind(&select, DbBackend::MySql, &position),
        [
            "printed <= CAST(? AS DATETIME(6)) AND (printed < CAST(? AS DATETIME(6)) OR \
          (printed = CAST(? AS DATETIME(6)) AND (price > CAST(? AS DECIMAL(65, 2)) OR \
          (price = CAST(? AS DECIMAL(65, 2)) AND id > ?))))"
        ]
    );
}

#[test]
fn null_is_a_range_of_its_own_in_the_first_column() {
    let ascending = book::Entity::find().order_by_asc(Book::Rating);
    let (value, null) = ([Some(3.into()), Some(7.into())], [None, Some(7.into())]);
    let from_value = "(rating, id) > (?, ?)";
    let from_null = "rating IS NULL AND id > ?";
    let sqlite = |position| behind(&ascending, DbBackend::Sqlite, position);
    assert_eq!(sqlite(&value), [from_value]);
    assert_eq!(sqlite(&null), [from_null, "rating IS NOT NULL"]);
    let last =
        book::Entity::find().order_by_with_nulls(Book::Rating, Order::Asc, NullOrdering::Last);
    let sqlite = |position| behind(&last, DbBackend::Sqlite, position);
    assert_eq!(sqlite(&value), [from_value, "rating IS NULL"]);
    assert_eq!(sqlite(&null), [from_null]);
    let mysql = |position| behind(&last, DbBackend::MySql, position);
    let from_value = "rating >= ? AND (rating > ? OR (rating = ? AND id > ?))";
    assert_eq!(mysql(&value), [from_value, "rating IS NULL"]);
    assert_eq!(mysql(&null), [from_null]);
    let postgres = |position| behind(&ascending, DbBackend::Postgres, position);
    assert_eq!(postgres(&value)[1..], ["rating IS NULL"]);
    assert_eq!(postgres(&null), ["rating IS NULL AND id > $1"]);

    // The ordering of a range of NULLs is by what is left, so that MySQL takes an index for it.
    let keyset = keyset(&ascending, DbBackend::MySql);
    let ranges = keyset.behind(&KeyPosition(null.to_vec()));
    let order = |range| {
        let sql = keyset.statement(range, 1).sql;
        sql.split_once(" ORDER BY ").unwrap().1.to_owned()
    };
    assert_eq!(order(&ranges[0]), "`book`.`id` ASC LIMIT 1");
    assert_eq!(
        order(&ranges[1]),
        "`book`.`rating` ASC, `book`.`id` ASC LIMIT 1"
    );

    let second = book::Entity::find()
        .order_by_asc(Book::Title)
        .order_by_desc(Book::Rating);
    let position = [Some("x".into()), Some(3.into()), Some(7.into())];
    assert_eq!(
        behind(&second, DbBackend::Sqlite, &position),
        [
            "title >= ? AND (title > ? OR (title = ? AND (rating < ? OR rating IS NULL OR \
          (rating = ? AND id < ?))))"
        ]
    );
}

#[test]
fn the_key_ends_the_order_and_nothing_stands_behind_it() {
    for (select, ordering) in [
        (book::Entity::find(), "book.id ASC"),
        (book::Entity::find().order_by_desc(Book::Id), "book.id DESC"),
        (
            book::Entity::find()
                .order_by_asc(Book::Id)
                .order_by_asc(Book::Title),
            "book.id ASC",
        ),
        (
            book::Entity::find()
                .order_by_desc(Book::Title)
                .order_by_asc(Book::Title),
            "book.title DESC, book.id ASC",
        ),
    ] {
        for backend in BACKENDS {
            let keyset = keyset(&select, backend);
            let sql = keyset
                .statement(&keyset.whole(), 1)
                .sql
                .replace(['"', '`'], "");
            let (_, found) = sql.split_once(" ORDER BY ").unwrap();
            assert_eq!(found, format!("{ordering} LIMIT 1"));
        }
    }
}

#[test]
fn what_cannot_be_continued_is_told() {
    let books = book::Entity::find;
    let title = || Expr::col(("book", "title"));
    let mut union = books();
    QueryTrait::query(&mut union).union(UnionType::All, books().into_query());
    let mut product = books();
    QueryTrait::query(&mut product).from(shelf::Entity);
    let cases = [
        (books().distinct(), NoKeyset::Derived),
        (books().group_by(Book::Title), NoKeyset::Derived),
        (union, NoKeyset::Derived),
        (
            books().join(JoinType::LeftJoin, book::Relation::Shelf.def()),
            NoKeyset::Derived,
        ),
        (product, NoKeyset::Derived),
        (books().limit(3), NoKeyset::Sliced),
        (books().filter(Book::Id.gt(1)).offset(3), NoKeyset::Sliced),
        (books().lock_exclusive(), NoKeyset::Locked),
        (books().order_by_asc(title().max()), NoKeyset::Ordering),
        (books().order_by_asc(title().add(1)), NoKeyset::Ordering),
        (books().order_by_asc(Expr::col("title")), NoKeyset::Ordering),
        (books().order_by_asc(shelf::Column::Id), NoKeyset::Ordering),
        (
            books().order_by(
                Book::Title,
                Order::Field(sea_orm::sea_query::Values(vec!["a".into()])),
            ),
            NoKeyset::Ordering,
        ),
    ];
    for (select, reason) in cases {
        for backend in BACKENDS {
            let refused = Keyset::new(&select, backend, |_| {}).map(|_| ());
            let sql = select.build(backend).sql;
            // SQLite has no locks.
            if reason == NoKeyset::Locked && backend == DbBackend::Sqlite {
                continue;
            }
            assert_eq!(refused, Err(reason), "{sql}");
        }
    }
    let tags = books().order_by_asc(Book::Tags);
    let refused = Keyset::new(&tags, DbBackend::Postgres, |_| {}).map(|_| ());
    assert_eq!(refused, Err(NoKeyset::Incomparable));
}

#[test]
fn names_with_signs_of_the_language_are_names() {
    let select = book::Entity::find()
        .filter(Expr::col("a(b' LIMIT ").eq(1))
        .filter(Expr::exists(shelf::Entity::find().limit(1).into_query()))
        .order_by_asc(Book::Title);
    for backend in BACKENDS {
        let keyset = keyset(&select, backend);
        let sql = keyset.statement(&keyset.whole(), 5).sql.replace('`', "\"");
        let end = r#" ORDER BY "book"."title" ASC, "book"."id" ASC LIMIT 5"#;
        assert!(sql.ends_with(end), "{sql}");
    }
}

//! What a count does with the joins of its query.

use std::sync::{Arc, Mutex};

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, Database, DatabaseConnection, EntityTrait, JoinType, QueryFilter,
    QueryOrder, QuerySelect, RelationTrait, Schema, Select,
};

use crate::{Count, PageNumberPagination, PageQuery, PageRequest, Pagination, Window};

mod book {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "book")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) author_id: Option<i32>,
        #[sea_orm(belongs_to, from = "author_id", to = "id")]
        pub(crate) author: BelongsTo<Option<super::author::Entity>>,
        #[sea_orm(has_many)]
        pub(crate) reviews: HasMany<super::review::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod author {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "author")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) name: String,
        #[sea_orm(has_many)]
        pub(crate) books: HasMany<super::book::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod review {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "review")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) book_id: i32,
        #[sea_orm(belongs_to, from = "book_id", to = "id")]
        pub(crate) book: BelongsTo<super::book::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

type Log = Arc<Mutex<Vec<String>>>;

/// Two authors; ten books, one without an author; two reviews of each of the first five.
async fn library() -> (DatabaseConnection, Log) {
    let mut db = Database::connect("sqlite::memory:").await.unwrap();
    let schema = Schema::new(db.get_database_backend());
    for table in [
        schema.create_table_from_entity(author::Entity),
        schema.create_table_from_entity(book::Entity),
        schema.create_table_from_entity(review::Entity),
    ] {
        db.execute(&table).await.unwrap();
    }
    db.execute_unprepared(
        "INSERT INTO author VALUES (1, 'Ada'), (2, 'Bo');
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)
         INSERT INTO book SELECT i, CASE WHEN i = 10 THEN NULL ELSE i % 2 + 1 END FROM n;
         INSERT INTO review SELECT id, id FROM book WHERE id <= 5;
         INSERT INTO review SELECT id + 5, id FROM book WHERE id <= 5;",
    )
    .await
    .unwrap();
    let log = Log::default();
    let writer = Arc::clone(&log);
    db.set_metric_callback(move |info| writer.lock().unwrap().push(info.statement.sql.clone()));
    (db, log)
}

fn with_author() -> Select<book::Entity> {
    book::Entity::find().left_join(author::Entity)
}

#[tokio::test]
async fn a_join_to_one_row_is_dropped_where_nothing_means_it() {
    let (db, log) = library().await;
    let joined = |text: &str| text.contains("LEFT JOIN");
    let later = || book::Column::Id.gt(3);
    let reviewed = || {
        book::Entity::find().left_join(author::Entity).filter(
            book::Column::Id.in_subquery(
                sea_orm::sea_query::Query::select()
                    .column((review::Entity, review::Column::BookId))
                    .from(review::Entity)
                    .take(),
            ),
        )
    };
    // The query, the number of rows, and whether the count joins.
    let cases: [(Select<book::Entity>, u64, bool); 9] = [
        (with_author(), 10, false),
        (with_author().order_by_asc(author::Column::Name), 10, false),
        (with_author().filter(later()), 7, false),
        (reviewed(), 5, false),
        (
            with_author().filter(author::Column::Name.eq("Ada")),
            4,
            true,
        ),
        (with_author().filter(Expr::cust("name = 'Ada'")), 4, true),
        (
            with_author().filter(Expr::cust("author.name = 'Ada'")),
            4,
            true,
        ),
        // To many: each row twice.
        (book::Entity::find().left_join(review::Entity), 15, true),
        (
            with_author().join(JoinType::LeftJoin, book::Relation::Review.def()),
            15,
            true,
        ),
    ];
    for (select, rows, joins) in cases {
        let exact = select.clone();
        let all = exact.all(&db).await.unwrap().len();
        log.lock().unwrap().clear();
        let count = PageQuery::new(select, &db).count().await.unwrap();
        let sql = log.lock().unwrap().join("; ");
        assert_eq!(
            (count, usize::try_from(count).unwrap()),
            (rows, all),
            "{sql}"
        );
        // The join to many stays, the one to one row beside it goes.
        assert_eq!(joined(&sql), joins, "{sql}");
        assert_eq!(
            sql.contains(r#"JOIN "author""#),
            joins && !sql.contains("review"),
            "{sql}"
        );
    }
}

#[tokio::test]
async fn pages_keep_their_joins() {
    let (db, log) = library().await;
    for count in [Count::Exact, Count::Capped(100)] {
        log.lock().unwrap().clear();
        let pages = PageNumberPagination::new(3).count(count);
        let select = with_author().order_by_asc(author::Column::Name);
        let query = PageQuery::new(select, &db);
        let request = PageRequest::from_url("/?page=2");
        let page = pages.paginate(query, &request).await.unwrap();
        assert_eq!(page.envelope.get("count"), Some(&10.into()));
        let books = page.into_models::<book::Model>().unwrap();
        // Without an author first, then Ada's.
        let ids: Vec<_> = books.results.iter().map(|book| book.id).collect();
        assert_eq!(ids, [6, 8, 1]);
        let statements = log.lock().unwrap();
        let joined = statements.iter().filter(|sql| sql.contains("LEFT JOIN"));
        assert_eq!(joined.count(), 1, "{statements:?}");
    }
}

#[tokio::test]
async fn an_aliased_join_stays() {
    let (db, log) = library().await;
    let select = book::Entity::find().join_as(
        JoinType::LeftJoin,
        book::Relation::Author.def(),
        sea_orm::sea_query::Alias::new("a"),
    );
    assert_eq!(PageQuery::new(select, &db).count().await.unwrap(), 10);
    assert!(log.lock().unwrap()[0].contains("LEFT JOIN"));
}

/// SQLite 3.51 makes a join of an `EXISTS`, and counts its rows for an `OFFSET`.
#[tokio::test]
async fn an_offset_counts_no_rows_of_an_exists() {
    let (db, _log) = library().await;
    let reviews = sea_orm::sea_query::Query::select()
        .expr(Expr::val(1))
        .from(review::Entity)
        .and_where(
            Expr::col((review::Entity, review::Column::BookId))
                .equals((book::Entity, book::Column::Id)),
        )
        .take();
    let reviewed = || book::Entity::find().filter(Expr::exists(reviews.clone()));
    let ids = |rows: Vec<sea_orm::QueryResult>| -> Vec<i32> {
        rows.iter()
            .map(|row| row.try_get("", "id").unwrap())
            .collect()
    };
    for (offset, expected) in [(0, [1, 2]), (2, [3, 4])] {
        let window = Window::new(offset, 2);
        let rows = PageQuery::new(reviewed(), &db).fetch(window).await.unwrap();
        assert_eq!(ids(rows), expected);
        let query = PageQuery::new(reviewed(), &db);
        let (rows, count) = query.fetch_counted(window).await.unwrap();
        assert_eq!((ids(rows), count), (expected.to_vec(), 5));
        let sliced = PageQuery::new(reviewed().offset(offset).limit(9), &db);
        assert_eq!(sliced.count().await.unwrap(), 5 - offset);
    }
}

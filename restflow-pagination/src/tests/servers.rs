//! What pages read of their rows, on every database at hand.
//!
//! The servers are named by `RESTFLOW_TEST_POSTGRES_URL` and `RESTFLOW_TEST_MYSQL_URL`; without
//! them only SQLite is asked, except where `CI` is set.

use sea_orm::sea_query::Asterisk;
use sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, EntityTrait,
    JoinType, Order, QueryFilter, QueryOrder, QuerySelect, RelationTrait, Schema, Select,
};

use crate::{
    Count, Counter, CursorPagination, PageNumberPagination, PageQuery, PageRequest, Paginated,
    Pagination, Window,
};

pub(crate) mod parcel {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "restflow_pages_parcel")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i32,
        #[sea_orm(column_type = "Decimal(Some((10, 2)))")]
        pub(crate) price: Decimal,
        pub(crate) created: DateTimeUtc,
        pub(crate) total_count: i32,
        pub(crate) depot_id: i32,
        #[sea_orm(belongs_to, from = "depot_id", to = "id")]
        pub(crate) depot: BelongsTo<super::depot::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod depot {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "restflow_pages_depot")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i32,
        pub(crate) created: DateTimeUtc,
        #[sea_orm(has_many)]
        pub(crate) parcels: HasMany<super::parcel::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use parcel::Column as Parcel;

/// Twelve parcels of four prices, in two depots, in tables that only the connection has.
async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None);
    let db = Database::connect(options).await.unwrap();
    let schema = Schema::new(db.get_database_backend());
    for mut table in [
        schema.create_table_from_entity(depot::Entity),
        schema.create_table_from_entity(parcel::Entity),
    ] {
        // MariaDB has no foreign keys between temporary tables.
        let name = table.get_table_name().unwrap().clone();
        let mut bare = sea_orm::sea_query::Table::create();
        bare.table(name).temporary();
        for column in table.take().get_columns() {
            bare.col(column.clone());
        }
        db.execute(&bare).await.unwrap();
    }
    let moment = |day: i32| format!("2024-01-{day:02}T00:00:00Z").parse().unwrap();
    let depots = (1..=2).map(|id| depot::ActiveModel {
        id: sea_orm::Set(id),
        created: sea_orm::Set(moment(31 - id)),
    });
    depot::Entity::insert_many(depots).exec(&db).await.unwrap();
    let parcels = (1..=12).map(|id| parcel::ActiveModel {
        id: sea_orm::Set(id),
        price: sea_orm::Set(rust_price(id)),
        created: sea_orm::Set(moment(id)),
        total_count: sea_orm::Set(1000 + id),
        depot_id: sea_orm::Set(id % 2 + 1),
    });
    parcel::Entity::insert_many(parcels)
        .exec(&db)
        .await
        .unwrap();
    db
}

fn rust_price(id: i32) -> sea_orm::prelude::Decimal {
    sea_orm::prelude::Decimal::from(id % 4)
}

/// SQLite, and the servers that are named.
async fn databases() -> Vec<DatabaseConnection> {
    let mut databases = vec![connect("sqlite::memory:").await];
    for name in ["RESTFLOW_TEST_POSTGRES_URL", "RESTFLOW_TEST_MYSQL_URL"] {
        match std::env::var(name) {
            Ok(url) => databases.push(connect(&url).await),
            Err(_) => assert!(std::env::var_os("CI").is_none(), "{name} is not set"),
        }
    }
    databases
}

async fn models(
    pagination: &impl Pagination,
    query: PageQuery<'_>,
    url: &str,
) -> Paginated<parcel::Model> {
    let request = PageRequest::from_url(url);
    let page = pagination.paginate(query, &request).await.unwrap();
    page.into_models::<parcel::Model>().unwrap()
}

fn ids(page: &Paginated<parcel::Model>) -> Vec<i32> {
    page.results.iter().map(|parcel| parcel.id).collect()
}

#[tokio::test]
async fn the_models_of_a_cursor_page_have_their_own_values() {
    for db in databases().await {
        let backend = db.get_database_backend();
        let all = parcel::Entity::find().all(&db).await.unwrap();
        for order in [Parcel::Created, Parcel::Price] {
            let cursor = CursorPagination::new(5).ordering([(order, Order::Desc)]);
            let mut seen = Vec::new();
            let mut url = "http://testserver/".to_owned();
            loop {
                let query = PageQuery::new(parcel::Entity::find(), &db);
                let page = models(&cursor, query, &url).await;
                for parcel in &page.results {
                    assert!(all.contains(parcel), "{backend:?}: {parcel:?}");
                }
                seen.extend(ids(&page));
                match page.envelope.get("next").unwrap().as_str() {
                    Some(next) => next.clone_into(&mut url),
                    None => break,
                }
            }
            seen.sort_unstable();
            assert_eq!(seen, (1..=12).collect::<Vec<_>>(), "{backend:?}");
        }
    }
}

#[tokio::test]
async fn a_joined_column_of_the_same_name_is_not_the_models() {
    for db in databases().await {
        let backend = db.get_database_backend();
        let all = parcel::Entity::find().all(&db).await.unwrap();
        let cursor = CursorPagination::new(5).ordering([(depot::Column::Created, Order::Asc)]);
        let select =
            parcel::Entity::find().join(JoinType::InnerJoin, parcel::Relation::Depot.def());
        let page = models(&cursor, PageQuery::new(select, &db), "http://testserver/").await;
        assert_eq!(ids(&page), [1, 3, 5, 7, 9], "{backend:?}");
        for parcel in &page.results {
            assert!(all.contains(parcel), "{backend:?}: {parcel:?}");
        }
    }
}

#[tokio::test]
async fn the_total_hides_no_column() {
    for db in databases().await {
        for count in [Count::Exact, Count::Capped(100)] {
            let pages = PageNumberPagination::new(5).count(count);
            let query = PageQuery::new(parcel::Entity::find(), &db);
            let page = models(&pages, query, "http://testserver/").await;
            assert_eq!(page.envelope.get("count"), Some(&12.into()));
            let totals: Vec<_> = page.results.iter().map(|row| row.total_count).collect();
            assert_eq!(totals, [1001, 1002, 1003, 1004, 1005]);
        }
    }
}

#[tokio::test]
async fn columns_may_be_an_asterisk() {
    for db in databases().await {
        let query = || {
            PageQuery::new(parcel::Entity::find(), &db).project(|statement| {
                statement.clear_selects().column(Asterisk);
            })
        };
        let pages = PageNumberPagination::new(5);
        let page = models(&pages, query(), "http://testserver/").await;
        assert_eq!(page.envelope.get("count"), Some(&12.into()));
        let cursor = CursorPagination::new(5).ordering([(Parcel::Created, Order::Asc)]);
        let first = models(&cursor, query(), "http://testserver/").await;
        let next = first.envelope.get("next").unwrap().as_str().unwrap();
        let second = models(&cursor, query(), next).await;
        assert_eq!(ids(&second), [6, 7, 8, 9, 10]);
    }
}

/// The ids, and the count, of a page with the id alone.
async fn narrow(pagination: &impl Pagination, query: PageQuery<'_>, url: &str) -> (Vec<i32>, u64) {
    let request = PageRequest::from_url(url);
    let query = query.project(|statement| {
        statement
            .clear_selects()
            .column((parcel::Entity, Parcel::Id));
    });
    let page = pagination.paginate(query, &request).await.unwrap();
    let id = |row: &sea_orm::QueryResult| row.try_get_by_index(0).unwrap();
    let count = page.envelope.get("count").unwrap().as_u64().unwrap();
    (page.rows.iter().map(id).collect(), count)
}

fn distinct() -> Select<parcel::Entity> {
    let joined = parcel::Entity::find().join(JoinType::InnerJoin, parcel::Relation::Depot.def());
    joined.filter(depot::Column::Id.gt(0)).distinct()
}

#[tokio::test]
async fn the_page_of_distinct_rows_has_the_rows_that_are_counted() {
    let pages = PageNumberPagination::new(5);
    for db in databases().await {
        let backend = db.get_database_backend();
        let by_price = || distinct().order_by_desc(Parcel::Price);
        let url = "http://testserver/?page=2";
        let (ids_shown, count) = narrow(&pages, PageQuery::new(by_price(), &db), url).await;
        assert_eq!(
            (ids_shown, count),
            (vec![10, 1, 5, 9, 4], 12),
            "{backend:?}"
        );
        let page = models(&pages, PageQuery::new(by_price(), &db), url).await;
        assert_eq!(ids(&page), [10, 1, 5, 9, 4], "{backend:?}");

        // Two parcels of one price are two rows, although one column is shown.
        let query = PageQuery::new(distinct(), &db).project(|statement| {
            statement
                .clear_selects()
                .column((parcel::Entity, Parcel::Price));
        });
        let request = PageRequest::from_url("http://testserver/");
        let all = PageNumberPagination::new(20);
        let page = all.paginate(query, &request);
        assert_eq!(page.await.unwrap().rows.len(), 12, "{backend:?}");

        let grouped = parcel::Entity::find().group_by(Parcel::Id);
        let grouped = grouped.order_by_asc(Parcel::Price);
        let (ids_shown, count) = narrow(&pages, PageQuery::new(grouped, &db), url).await;
        assert_eq!(
            (ids_shown, count),
            (vec![9, 2, 6, 10, 3], 12),
            "{backend:?}"
        );
    }
}

#[tokio::test]
async fn distinct_rows_of_other_columns_stay_as_they_are() {
    for db in databases().await {
        let prices = parcel::Entity::find().select_only().column(Parcel::Price);
        let prices = prices.distinct().order_by_asc(Parcel::Price);
        let request = PageRequest::from_url("http://testserver/");
        let pages = PageNumberPagination::new(3);
        let page = pages.paginate(PageQuery::new(prices, &db), &request).await;
        let page = page.unwrap();
        assert_eq!(page.envelope.get("count"), Some(&4.into()));
        assert_eq!(page.rows.len(), 3);
    }
}

#[tokio::test]
async fn a_window_without_a_limit_keeps_its_offset() {
    for db in databases().await {
        let query = || PageQuery::new(parcel::Entity::find(), &db);
        let window = Window {
            offset: 10,
            limit: None,
        };
        assert_eq!(query().fetch(window).await.unwrap().len(), 2);
        let (rows, count) = query().fetch_counted(window).await.unwrap();
        assert_eq!((rows.len(), count), (2, 12));
        let counter = Counter::new(Count::Exact);
        let found = counter.fetch(query(), window).await.unwrap();
        assert_eq!(found.count.map(|count| count.rows), Some(12));
    }
}

#[tokio::test]
async fn a_slice_has_a_total_order() {
    for db in databases().await {
        let backend = db.get_database_backend();
        let slice = |offset| {
            let slice = parcel::Entity::find().order_by_asc(Parcel::Price);
            PageQuery::new(slice.limit(7).offset(offset), &db)
        };
        let pages = PageNumberPagination::new(5);
        let page = async |url| narrow(&pages, slice(2), url).await;
        // By price: 4, 8, 12, 1, 5, 9, 2, 6, 10, 3, 7, 11.
        let first = page("http://testserver/").await;
        assert_eq!(first, (vec![12, 1, 5, 9, 2], 7), "{backend:?}");
        let second = page("http://testserver/?page=2").await;
        assert_eq!(second, (vec![6, 10], 7), "{backend:?}");
        let rows = slice(0).fetch(Window::ALL).await.unwrap();
        assert_eq!(rows.len(), 7, "{backend:?}");
        let behind = slice(0).fetch(Window::new(50, 5)).await.unwrap();
        assert!(behind.is_empty(), "{backend:?}");
    }
}

#[tokio::test]
async fn a_count_locks_nothing() {
    for db in databases().await {
        for count in [
            Count::Exact,
            Count::Capped(100),
            Count::Cached(std::time::Duration::from_secs(9)),
        ] {
            let select = parcel::Entity::find().lock_exclusive();
            let pages = PageNumberPagination::new(5).count(count);
            let page = models(&pages, PageQuery::new(select, &db), "http://testserver/").await;
            let expected: serde_json::Value = 12.into();
            assert_eq!(page.envelope.get("count"), Some(&expected), "{count:?}");
            assert_eq!(ids(&page), [1, 2, 3, 4, 5]);
        }
        let capped = PageQuery::new(parcel::Entity::find().lock_exclusive(), &db);
        assert_eq!(capped.count_capped(5).await.unwrap().rows, 5);
        assert_eq!(capped.count().await.unwrap(), 12);
    }
}

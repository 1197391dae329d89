//! The table of the long lists, with rows that are the same in every run.

use anyhow::Result;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};

pub(super) mod product {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "bench_product")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i64,
        pub(crate) name: String,
        pub(crate) category_id: i64,
        pub(crate) price: i64,
        pub(crate) in_stock: bool,
        pub(crate) quantity: i32,
        pub(crate) created: i64,
        pub(crate) sold: Option<i64>,
        #[sea_orm(has_many)]
        pub(crate) reviews: HasMany<super::review::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod review {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "bench_review")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i64,
        pub(crate) product_id: i64,
        pub(crate) rating: i32,
        #[sea_orm(belongs_to, from = "product_id", to = "id")]
        pub(crate) product: BelongsTo<super::product::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Columns that do not follow from each other; the category of a row follows from its number.
const ROWS: &str = "
INSERT INTO bench_product (id, name, category_id, price, in_stock, quantity, created, sold)
    NUMBERS SELECT i, 'Product ' || i, i % 20 + 1, i * 7919 % 50000, (i / 100) % 4 <> 0, \
     i / 7 % 100, i / 4, CASE WHEN i % 2 = 0 THEN i / 4 END FROM numbers;
INSERT INTO bench_review (id, product_id, rating)
    NUMBERS SELECT i, i, i / 20 % 5 + 1 FROM numbers;
CREATE INDEX bench_product_category ON bench_product (category_id, price, id);
CREATE INDEX bench_product_created ON bench_product (created, id);
CREATE INDEX bench_product_sold ON bench_product (sold, id);
CREATE INDEX bench_review_product ON bench_review (product_id, rating);
";

const TABLES: &str = "
DROP TABLE IF EXISTS bench_review;
DROP TABLE IF EXISTS bench_product;
CREATE TABLE bench_product (
    id bigint NOT NULL PRIMARY KEY,
    name varchar(200) NOT NULL,
    category_id bigint NOT NULL,
    price bigint NOT NULL,
    in_stock boolean NOT NULL,
    quantity integer NOT NULL,
    created bigint NOT NULL,
    sold bigint
);
CREATE TABLE bench_review (
    id bigint NOT NULL PRIMARY KEY,
    product_id bigint NOT NULL,
    rating integer NOT NULL
);
";

/// The tables, until they are dropped.
pub(super) struct Table;

impl Table {
    pub(super) async fn create(db: &DatabaseConnection, rows: u64) -> Result<Self> {
        let is_sqlite = db.get_database_backend() == DbBackend::Sqlite;
        let (tables, numbers) = if is_sqlite {
            // The keys of SQLite's own kind are spelled so.
            let tables =
                TABLES.replace("id bigint NOT NULL PRIMARY", "id integer NOT NULL PRIMARY");
            let numbers = format!(
                "WITH RECURSIVE numbers (i) AS \
                 (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {rows})"
            );
            (tables, numbers)
        } else {
            let numbers =
                format!("WITH numbers AS (SELECT i FROM generate_series(1, {rows}::bigint) AS i)");
            (TABLES.to_owned(), numbers)
        };
        db.execute_unprepared(&tables).await?;
        db.execute_unprepared(&ROWS.replace("NUMBERS", &numbers))
            .await?;
        let settle = if is_sqlite {
            "ANALYZE; PRAGMA wal_checkpoint(TRUNCATE);"
        } else {
            "VACUUM ANALYZE bench_product"
        };
        db.execute_unprepared(settle).await?;
        if !is_sqlite {
            db.execute_unprepared("VACUUM ANALYZE bench_review").await?;
        }
        Ok(Self)
    }

    pub(super) async fn drop(self, db: &DatabaseConnection) -> Result<()> {
        let tables = "DROP TABLE bench_review; DROP TABLE bench_product";
        db.execute_unprepared(tables).await?;
        Ok(())
    }
}

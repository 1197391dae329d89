//! The tables that all peers serve, with rows that are the same in every run.
use std::path::Path;

use anyhow::Result;
use chrono::{DateTime, Duration, Utc};
use sqlx::{
    Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

/// Categories; products are spread over them in turn.
const CATEGORIES: u32 = 20;

const TABLES: &str = "
CREATE TABLE category (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    name varchar(100) NOT NULL UNIQUE
);
CREATE TABLE product (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    name varchar(200) NOT NULL,
    sku varchar(12) NOT NULL UNIQUE,
    description text NOT NULL DEFAULT '',
    price real(10, 2) NOT NULL,
    in_stock boolean NOT NULL DEFAULT TRUE,
    category_id integer NOT NULL REFERENCES category (id),
    created_at timestamp_with_timezone_text NOT NULL
);
CREATE TABLE review (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    product_id integer NOT NULL REFERENCES product (id),
    rating integer NOT NULL
);
CREATE INDEX product_price ON product (price);
CREATE INDEX review_product ON review (product_id, rating);
";

/// The settings that every peer opens the file with.
///
/// The cache of each connection (in KiB) holds the whole table: what is measured is the
/// work of the peers, not SQLite reading pages.
pub(crate) fn settings(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .pragma("cache_size", "-65536")
        .busy_timeout(std::time::Duration::from_secs(10))
}

/// Creates the file at `path` with `rows` products, each with a review.
pub(crate) async fn create(path: &Path, rows: u32) -> Result<()> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    let mut db = SqliteConnection::connect_with(&settings(options)).await?;
    sqlx::raw_sql(TABLES).execute(&mut db).await?;
    let mut transaction = db.begin().await?;
    for id in 1..=CATEGORIES {
        sqlx::query("INSERT INTO category (id, name) VALUES (?, ?)")
            .bind(id)
            .bind(format!("Category {id}"))
            .execute(&mut *transaction)
            .await?;
    }
    for id in 1..=rows {
        sqlx::query(
            "INSERT INTO product (id, name, sku, description, price, in_stock, category_id, created_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id)
        .bind(name(id))
        .bind(format!("S{id:07}"))
        .bind(format!("{} for your home. ", name(id)).repeat(6))
        .bind(price(id))
        .bind(id % 4 != 0)
        .bind(id % CATEGORIES + 1)
        .bind(created_at(id))
        .execute(&mut *transaction)
        .await?;
        sqlx::query("INSERT INTO review (product_id, rating) VALUES (?, ?)")
            .bind(id)
            .bind(id / 7 % 5 + 1)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    sqlx::raw_sql("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE);")
        .execute(&mut db)
        .await?;
    db.close().await?;
    Ok(())
}

fn name(id: u32) -> String {
    const LOOKS: [&str; 5] = ["Red", "Old", "Plain", "Folding", "Copper"];
    const THINGS: [&str; 8] = [
        "Lamp", "Table", "Kettle", "Chair", "Shelf", "Basket", "Mirror", "Clock",
    ];
    let look = LOOKS[id as usize % LOOKS.len()];
    let thing = THINGS[id as usize / 5 % THINGS.len()];
    format!("{look} {thing} {id}")
}

/// Between 0.00 and 499.99; no two of the first 50,000 are the same, so that an order by
/// price is an order.
fn price(id: u32) -> f64 {
    f64::from((u64::from(id) * 7919 % 50_000) as u32) / 100.0
}

fn created_at(id: u32) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::days(19_723) + Duration::minutes(id.into())
}

//! Connections to the database of the shop, and its tables.
use std::{borrow::Cow, path::Path};

use anyhow::{Context, Result};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, Schema, sqlx,
};

use crate::entities::{category, event, note, product, product_tags, review, tag, token, user};

/// The tables in an order in which each one only refers to those before it.
const TABLES: [&str; 9] = [
    "user",
    "token",
    "category",
    "tag",
    "product",
    "product_tags",
    "review",
    "event",
    "note",
];

/// A place that can hold the shop's tables.
#[derive(Clone, Debug)]
pub struct Database {
    url: String,
}

impl Database {
    /// Reads a `sqlite:`, `postgres:` or `mysql:` URL, or the path of a SQLite file,
    /// which is created on connecting if it does not exist.
    ///
    /// SPEC.md orders text by code point, so a PostgreSQL database must be created with
    /// the collation `C`; on MySQL the tables are given one that does this.
    #[must_use]
    pub fn at(place: &str) -> Self {
        let is_url = place.contains("://") || place.starts_with("sqlite:");
        let url = if is_url {
            place.to_owned()
        } else {
            format!("sqlite://{place}?mode=rwc")
        };
        Self { url }
    }

    /// Names the SQLite file at `path`.
    #[must_use]
    pub fn file(path: &Path) -> Self {
        Self::at(&path.to_string_lossy())
    }

    /// Connects with up to four connections, or one for SQLite in memory, where each
    /// connection would have a database of its own.
    pub async fn connect(&self) -> Result<DatabaseConnection> {
        let in_memory = self.url.contains(":memory:") || self.url.contains("mode=memory");
        let mut options = ConnectOptions::new(&self.url);
        options
            .max_connections(if in_memory { 1 } else { 4 })
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(|sqlite| {
                // The data is thrown away with the process: nothing to protect.
                sqlite
                    .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
                    .synchronous(sqlx::sqlite::SqliteSynchronous::Off)
                    .with_regexp()
            });
        sea_orm::Database::connect(options)
            .await
            .with_context(|| format!("cannot connect to {}", without_password(&self.url)))
    }

    /// Creates the tables; fails if one of them exists.
    pub async fn create_tables(db: &impl ConnectionTrait) -> Result<()> {
        create_table(db, user::Entity).await?;
        create_table(db, token::Entity).await?;
        create_table(db, category::Entity).await?;
        create_table(db, tag::Entity).await?;
        create_table(db, product::Entity).await?;
        create_table(db, product_tags::Entity).await?;
        create_table(db, review::Entity).await?;
        create_table(db, event::Entity).await?;
        create_table(db, note::Entity).await?;
        Ok(())
    }

    /// Drops the tables of the shop with everything in them, where they exist.
    pub async fn drop_tables(db: &impl ConnectionTrait) -> Result<()> {
        let backend = db.get_database_backend();
        for table in TABLES.iter().rev() {
            let table = quoted(backend, table);
            db.execute_unprepared(&format!("DROP TABLE IF EXISTS {table}"))
                .await?;
        }
        Ok(())
    }
}

async fn create_table<E: EntityTrait>(db: &impl ConnectionTrait, entity: E) -> Result<()> {
    let backend = db.get_database_backend();
    let mut table = Schema::new(backend).create_table_from_entity(entity);
    if backend == DbBackend::MySql {
        table.character_set("utf8mb4").collate("utf8mb4_bin");
    }
    let mut sql = backend.build(&table).sql;
    if backend == DbBackend::MySql {
        // Without a precision MySQL keeps whole seconds.
        sql = sql.replace(" timestamp ", " timestamp(6) ");
    }
    db.execute_unprepared(&sql)
        .await
        .with_context(|| format!("cannot create the table {}", entity.table_name()))?;
    Ok(())
}

/// The name of a table in the quotes of `backend`.
pub(crate) fn quoted(backend: DbBackend, table: &str) -> String {
    match backend {
        DbBackend::MySql => format!("`{table}`"),
        _ => format!("\"{table}\""),
    }
}

/// The URL as it may be shown: `user:secret@host` becomes `user@host`.
fn without_password(url: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.into();
    };
    match rest.split_once('@') {
        Some((account, host)) => {
            let name = account.split(':').next().unwrap_or_default();
            format!("{scheme}://{name}@{host}").into()
        }
        None => url.into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use sea_orm::{DbBackend, Schema};

    use super::*;

    #[test]
    fn a_path_is_a_sqlite_file() {
        assert_eq!(
            Database::at("/data/x.db").url,
            "sqlite:///data/x.db?mode=rwc"
        );
        assert_eq!(Database::at("sqlite::memory:").url, "sqlite::memory:");
        assert_eq!(Database::at("postgres://a/b").url, "postgres://a/b");
    }

    #[test]
    fn a_shown_url_has_no_password() {
        assert_eq!(
            without_password("mysql://me:pw@host/db"),
            "mysql://me@host/db"
        );
        assert_eq!(without_password("sqlite::memory:"), "sqlite::memory:");
    }

    #[test]
    fn tables_state_keys_defaults_and_what_deleting_does() {
        let sql = |entity| {
            DbBackend::Sqlite
                .build(&Schema::new(DbBackend::Sqlite).create_table_from_entity(entity))
                .sql
        };
        let product = sql(product::Entity);
        for part in [
            r#""id" integer NOT NULL PRIMARY KEY AUTOINCREMENT"#,
            r#""slug" varchar(50) NOT NULL UNIQUE"#,
            r#""description" text NOT NULL DEFAULT ''"#,
            r#""price" real(10, 2) NOT NULL"#,
            r#""quantity" integer NOT NULL DEFAULT 0"#,
            r#""rating" double,"#,
            r#""in_stock" boolean NOT NULL DEFAULT TRUE"#,
            r#""status" varchar(10) NOT NULL DEFAULT 'draft'"#,
            r#"REFERENCES "category" ("id") ON DELETE RESTRICT"#,
            r#"REFERENCES "user" ("id") ON DELETE SET NULL"#,
        ] {
            assert!(product.contains(part), "{part} is not in {product}");
        }
    }
}

//! How much memory a row takes.

use sea_orm::QueryResult;

/// The bytes of the values of a row, as the driver has them.
///
/// Known for the databases whose feature of this crate is on, else 0. In SQLite numbers do not
/// count.
pub(super) fn row_size(row: &QueryResult) -> usize {
    #[cfg(feature = "postgres")]
    if let Some(row) = row.try_as_pg_row() {
        return postgres::size(row);
    }
    #[cfg(feature = "mysql")]
    if let Some(row) = row.try_as_mysql_row() {
        return mysql::size(row);
    }
    #[cfg(feature = "sqlite")]
    if let Some(row) = row.try_as_sqlite_row() {
        return sqlite::size(row);
    }
    let _ = row;
    0
}

#[cfg(feature = "postgres")]
mod postgres {
    use sea_orm::sqlx::{Row, postgres::PgRow};

    pub(super) fn size(row: &PgRow) -> usize {
        let values = (0..row.len()).filter_map(|index| row.try_get_raw(index).ok());
        values
            .filter_map(|value| value.as_bytes().ok())
            .map(<[u8]>::len)
            .sum()
    }
}

#[cfg(feature = "mysql")]
mod mysql {
    use sea_orm::sqlx::{Decode, MySql, Row, mysql::MySqlRow};

    pub(super) fn size(row: &MySqlRow) -> usize {
        let values = (0..row.len()).filter_map(|index| row.try_get_raw(index).ok());
        values
            .filter_map(|value| <&[u8] as Decode<MySql>>::decode(value).ok())
            .map(<[u8]>::len)
            .sum()
    }
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use sea_orm::sqlx::{Decode, Row, Sqlite, TypeInfo, ValueRef, sqlite::SqliteRow};

    pub(super) fn size(row: &SqliteRow) -> usize {
        let values = (0..row.len()).filter_map(|index| row.try_get_raw(index).ok());
        values
            // Bytes of a number are those of its text, into which SQLite would change it.
            .filter(|value| matches!(value.type_info().name(), "TEXT" | "BLOB"))
            // The driver lends bytes only of values that are then read as nothing else.
            .filter_map(|value| <Vec<u8> as Decode<Sqlite>>::decode(value).ok())
            .map(|bytes| bytes.len())
            .sum()
    }
}

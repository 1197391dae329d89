//! Database errors: the text of the database is for the log only.

use sea_orm::DbErr;

use crate::ApiError;

/// A row that is not there is 404; a pool without a free connection, a lock that was not to be had
/// and a transaction that the database [gave up](can_be_retried) are 503; the rest is 500.
///
/// The text of the database is kept as the source and never rendered. Locks and given up
/// transactions are told apart with the feature `sqlx` only.
impl From<DbErr> for ApiError {
    fn from(error: DbErr) -> Self {
        match error {
            DbErr::RecordNotFound(_) | DbErr::RecordNotUpdated => {
                Self::object_not_found().with_source(error)
            }
            DbErr::ConnectionAcquire(_) => Self::service_unavailable().with_source(error),
            _ if contention(&error).is_some() => Self::service_unavailable().with_source(error),
            _ => Self::internal(error),
        }
    }
}

/// Whether the database gave up a transaction that may go through when it is run again from its
/// start: a deadlock, a failed serialization.
///
/// PostgreSQL: `40001`, `40P01`. MySQL and MariaDB: 1213, 1020. SQLite: a read transaction that
/// wants to write after another has written (`SQLITE_BUSY_SNAPSHOT`). Always `false` without the
/// feature `sqlx`. A lock that was waited for in vain is not among them: to wait once more helps
/// nobody.
#[must_use]
pub fn can_be_retried(error: &DbErr) -> bool {
    contention(error) == Some(Contention::GivenUp)
}

/// What two transactions did to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contention {
    /// The transaction is undone.
    GivenUp,
    /// A lock was not to be had in time.
    #[cfg(any(test, feature = "sqlx"))]
    Locked,
}

#[cfg(feature = "sqlx")]
fn contention(error: &DbErr) -> Option<Contention> {
    use sea_orm::{RuntimeErr, sqlx};

    let (DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))
    | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    let sqlx::Error::Database(error) = &**error else {
        return None;
    };
    // MySQL has one SQLSTATE for most errors; its number comes first in the text.
    let text = error.to_string();
    let number = text.split_once(" (").map(|(number, _)| number);
    by_code(&error.code()?, number)
}

#[cfg(not(feature = "sqlx"))]
const fn contention(_error: &DbErr) -> Option<Contention> {
    None
}

/// `code` is a SQLSTATE, of SQLite its extended result code; `number` is MySQL's.
#[cfg(any(test, feature = "sqlx"))]
fn by_code(code: &str, number: Option<&str>) -> Option<Contention> {
    const SQLITE_BUSY: u32 = 5;
    const SQLITE_LOCKED: u32 = 6;
    const SQLITE_BUSY_SNAPSHOT: u32 = 517;

    match (code, number) {
        ("40001" | "40P01", _) | ("HY000", Some("1020")) => Some(Contention::GivenUp),
        ("55P03", _) | ("HY000", Some("1205")) => Some(Contention::Locked),
        _ => {
            let is_sqlite = code.len() < 5;
            let code: u32 = code.parse().ok().filter(|_| is_sqlite)?;
            match (code, code & 0xff) {
                (SQLITE_BUSY_SNAPSHOT, _) => Some(Contention::GivenUp),
                (_, SQLITE_BUSY | SQLITE_LOCKED) => Some(Contention::Locked),
                _ => None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnAcquireErr, RuntimeErr};

    use super::*;
    use crate::{envelope, exception_handler};

    #[test]
    fn database_texts_stay_in_the_log() {
        let secret = "UNIQUE constraint failed: product.sku";
        let table = [
            (DbErr::RecordNotFound(secret.into()), 404),
            (DbErr::RecordNotUpdated, 404),
            (DbErr::ConnectionAcquire(ConnAcquireErr::Timeout), 503),
            (DbErr::Custom(secret.into()), 500),
            (DbErr::Query(RuntimeErr::Internal(secret.into())), 500),
        ];
        for (database_error, status) in table {
            let text = database_error.to_string();
            let error = ApiError::from(database_error);
            assert_eq!(error.status(), status);
            assert!(!exception_handler(&error).to_string().contains("UNIQUE"));
            assert!(
                !envelope::exception_handler(&error)
                    .to_string()
                    .contains("UNIQUE")
            );
            assert_eq!(error.log_source().unwrap().to_string(), text);
        }
    }

    #[test]
    fn contention_is_told_by_the_codes_of_all_databases() {
        let table = [
            ("40001", None, Some(Contention::GivenUp)),
            ("40P01", None, Some(Contention::GivenUp)),
            ("40001", Some("1213"), Some(Contention::GivenUp)),
            ("HY000", Some("1020"), Some(Contention::GivenUp)),
            ("HY000", Some("1205"), Some(Contention::Locked)),
            ("HY000", Some("1364"), None),
            ("55P03", None, Some(Contention::Locked)),
            ("5", None, Some(Contention::Locked)),
            ("261", None, Some(Contention::Locked)),
            ("6", None, Some(Contention::Locked)),
            ("517", None, Some(Contention::GivenUp)),
            ("2067", None, None),
            ("23505", None, None),
            ("00517", None, None),
        ];
        for (code, number, expected) in table {
            assert_eq!(by_code(code, number), expected, "{code} {number:?}");
        }
    }
}

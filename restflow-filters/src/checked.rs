//! Whether filters work on a database, asked once.

use std::sync::OnceLock;

use restflow_exceptions::{ApiError, Result};
use sea_orm::DbBackend;

/// What was found out about each kind of database. Views ask at the start of the program; whoever
/// filters without a view is told by the first request.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    mysql: OnceLock<Option<String>>,
    postgres: OnceLock<Option<String>>,
    sqlite: OnceLock<Option<String>>,
}

impl Checked {
    /// Fails with the problem if there is one.
    pub(crate) fn check(
        &self,
        backend: DbBackend,
        misconfigured: impl FnOnce(DbBackend) -> Option<String>,
    ) -> Result<()> {
        let known = match backend {
            DbBackend::MySql => &self.mysql,
            DbBackend::Postgres => &self.postgres,
            DbBackend::Sqlite => &self.sqlite,
            _ => return Ok(()),
        };
        match known.get_or_init(|| misconfigured(backend)) {
            None => Ok(()),
            Some(problem) => Err(ApiError::internal(format!(
                "the filters of a request cannot work: {problem}"
            ))),
        }
    }
}

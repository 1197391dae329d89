//! What PostgreSQL expects of a query, without visiting its rows.

use restflow_exceptions::{ApiError, Result};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use serde_json::Value;

use super::Counted;
use crate::query;

/// The statements of an estimate.
pub(crate) struct Estimate<'a> {
    pub(crate) db: &'a DatabaseConnection,
    /// The table of the entity, as SQL writes it.
    pub(crate) table: String,
    /// The query without columns; `None` where it has all rows of the table.
    pub(crate) narrowed: Option<Statement>,
    /// The exact count, for tables without statistics.
    pub(crate) counting: Statement,
}

/// -1 for a table that was never analyzed; 0 for such a table before
/// PostgreSQL 14, which is counted in no time where it is right.
const TUPLES: &str = r#"SELECT "reltuples"::float8 FROM "pg_catalog"."pg_class" WHERE "oid" = pg_catalog.to_regclass($1)"#;

impl Estimate<'_> {
    pub(crate) async fn run(self) -> Result<Counted> {
        let tuples = self.tuples().await?;
        if tuples <= 0 {
            return query::run_count(self.db, self.counting)
                .await
                .map(Counted::exact);
        }
        match self.narrowed {
            None => Ok(Counted::inexact(tuples.unsigned_abs())),
            Some(narrowed) => expected(self.db, narrowed).await.map(Counted::inexact),
        }
    }

    /// The number of rows in the whole table; not above 0 where it is unknown.
    async fn tuples(&self) -> Result<i64> {
        let table = [self.table.clone().into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, TUPLES, table);
        let Some(row) = self.db.query_one_raw(statement).await? else {
            return Ok(-1);
        };
        let tuples: f64 = row.try_get_by_index(0)?;
        #[allow(
            clippy::cast_possible_truncation,
            reason = "the conversion saturates, and no table has as many rows"
        )]
        Ok(tuples as i64)
    }
}

/// The number of rows that the planner expects.
async fn expected(db: &DatabaseConnection, mut statement: Statement) -> Result<u64> {
    statement.sql.insert_str(0, "EXPLAIN (FORMAT JSON) ");
    let row = db.query_one_raw(statement).await?;
    let plan: Value = match row {
        Some(row) => row.try_get_by_index(0)?,
        None => Value::Null,
    };
    let rows = plan.pointer("/0/Plan/Plan Rows").and_then(Value::as_u64);
    rows.ok_or_else(|| {
        ApiError::internal(DbErr::Custom(format!(
            "EXPLAIN tells no number of rows: {plan}"
        )))
    })
}

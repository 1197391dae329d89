//! A value that the database computes for each row.

use std::{collections::HashMap, fmt};

use restflow_exceptions::{ApiError, Result};
use sea_orm::{ColumnTrait, ConnectionTrait, sea_query::Expr, sea_query::Query};

use super::{CHUNK, padded};
use crate::{
    ColumnValue, Key, KeyOf, Record, Records, RestEntity, SerializerContext, entity::key_column,
};

/// The value of an SQL expression over each row of one page.
///
/// It is selected with the rows of a query. Of whole models, which do not have it, it is read with
/// one query for each 500 of them.
pub struct Annotated<E: RestEntity, T> {
    index: usize,
    values: HashMap<KeyOf<E>, T>,
}

impl<E, T> Annotated<E, T>
where
    E: RestEntity,
    KeyOf<E>: Key,
    T: ColumnValue + Clone + Send,
{
    /// Loads the values of whole models; `index` is the place of `expr` in the projection.
    pub async fn load(
        records: Records<'_, E>,
        index: usize,
        expr: impl FnOnce() -> Expr + Send,
        context: &SerializerContext<'_>,
    ) -> Result<Self> {
        let mut loaded = Self {
            index,
            values: HashMap::new(),
        };
        if !records.are_models() {
            return Ok(loaded);
        }
        let key = key_column::<E>();
        let (keys, expr) = (records.keys::<KeyOf<E>>(index, key)?, expr());
        for chunk in keys.chunks(CHUNK) {
            let statement = Query::select()
                .expr(Expr::col(key.as_column_ref()))
                .expr(expr.clone())
                .from(E::default().table_ref())
                .and_where(key.is_in(padded(chunk)))
                .take();
            for row in context.db().query_all(&statement).await? {
                let key = row.try_get_by_index(0)?;
                loaded.values.insert(key, row.try_get_by_index(1)?);
            }
        }
        Ok(loaded)
    }

    /// The value for one row. Fails with an internal error for a model whose row is gone.
    pub fn get(&self, record: Record<'_, E>) -> Result<T> {
        match record {
            Record::Row(row, start) => Ok(row.try_get_by_index(start + self.index)?),
            Record::Model(_) => {
                let key = record.get(self.index, key_column::<E>())?;
                self.values
                    .get(&key)
                    .cloned()
                    .ok_or_else(|| ApiError::internal("the row of an annotated model is gone"))
            }
        }
    }
}

impl<E: RestEntity, T> fmt::Debug for Annotated<E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Annotated")
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}

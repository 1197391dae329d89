//! One column of related rows: a slug, a name.

use std::{collections::HashMap, fmt, marker::PhantomData};

use restflow_exceptions::Result;
use sea_orm::{
    ColumnTrait, ConnectionTrait,
    sea_query::{Expr, Query},
};

use super::{CHUNK, Link, padded};
use crate::{
    ColumnValue, Key, KeyOf, Record, Records, RelatesTo, RestEntity, SerializerContext,
    entity::key_column,
};

/// A column of the rows of `R` that a foreign key of one page refers to.
pub struct RelatedValues<R: RestEntity, T> {
    values: HashMap<KeyOf<R>, T>,
    index: usize,
}

impl<R, T> RelatedValues<R, T>
where
    R: RestEntity,
    KeyOf<R>: Key,
    T: ColumnValue + Clone + Send,
{
    /// Loads `value` of the rows that `column` (at `index` of the projection) refers to.
    pub async fn load<E: RestEntity>(
        records: Records<'_, E>,
        index: usize,
        column: E::Column,
        value: R::Column,
        context: &SerializerContext<'_>,
    ) -> Result<Self> {
        let keys = records.keys::<KeyOf<R>>(index, column)?;
        let key = key_column::<R>();
        let mut values = HashMap::with_capacity(keys.len());
        for chunk in keys.chunks(CHUNK) {
            let statement = Query::select()
                .expr(Expr::col(key.as_column_ref()))
                .expr(value.select_as(Expr::col(value.as_column_ref())))
                .from(R::default().table_ref())
                .and_where(key.is_in(padded(chunk)))
                .take();
            for row in context.db().query_all(&statement).await? {
                values.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            }
        }
        Ok(Self { values, index })
    }

    /// The value for one row; `None` if its foreign key is null or refers to nothing.
    pub fn get<E: RestEntity>(
        &self,
        record: Record<'_, E>,
        column: E::Column,
    ) -> Result<Option<T>> {
        let key = record.get::<Option<KeyOf<R>>>(self.index, column)?;
        Ok(key.and_then(|key| self.values.get(&key)).cloned())
    }
}

impl<R: RestEntity, T> fmt::Debug for RelatedValues<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelatedValues")
            .field("rows", &self.values.len())
            .finish_non_exhaustive()
    }
}

/// A column of the rows of `R` that belong to each row of one page of `E`, in the order of their
/// primary keys.
pub struct RelatedValuesMany<E: RestEntity, R: RestEntity, T> {
    values: HashMap<KeyOf<E>, Vec<T>>,
    key_index: usize,
    related: PhantomData<fn() -> R>,
}

impl<E, R, T> RelatedValuesMany<E, R, T>
where
    E: RestEntity,
    R: RestEntity,
    KeyOf<E>: Key,
    T: ColumnValue + Clone + Send,
{
    /// Loads `value` of the rows of `R` for all rows.
    pub async fn load(
        records: Records<'_, E>,
        value: R::Column,
        context: &SerializerContext<'_>,
    ) -> Result<Self>
    where
        E: RelatesTo<R>,
    {
        let key_index = records.key_index();
        let parents = records.keys::<KeyOf<E>>(key_index, key_column::<E>())?;
        let mut values: HashMap<_, Vec<_>> = HashMap::with_capacity(parents.len());
        if !parents.is_empty() {
            let link = Link::new::<E, R>();
            for chunk in parents.chunks(CHUNK) {
                let keys = padded(chunk).map(Into::into);
                let mut statement = link.select_related::<R>(keys);
                statement
                    .expr(link.left())
                    .expr(value.select_as(Expr::col(value.as_column_ref())));
                for row in context.db().query_all(&statement).await? {
                    values
                        .entry(row.try_get_by_index(0)?)
                        .or_default()
                        .push(row.try_get_by_index(1)?);
                }
            }
        }
        Ok(Self {
            values,
            key_index,
            related: PhantomData,
        })
    }

    /// The values for one row.
    pub fn get(&self, record: Record<'_, E>) -> Result<Vec<T>> {
        let key = record.get::<KeyOf<E>>(self.key_index, key_column::<E>())?;
        Ok(self.values.get(&key).cloned().unwrap_or_default())
    }
}

impl<E: RestEntity, R: RestEntity, T> fmt::Debug for RelatedValuesMany<E, R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelatedValuesMany")
            .field("rows", &self.values.len())
            .finish_non_exhaustive()
    }
}

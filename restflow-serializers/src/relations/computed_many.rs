//! Values that a function makes for all rows of a page.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use restflow_exceptions::Result;
use sea_orm::{EntityTrait, Value};

use super::post_fetched::{JoinsWith, not_null};
use crate::{ColumnValue, Key, KeyOf, Record, Records, RestEntity, entity::key_column};

/// What a function made for the keys of one page of `E`.
pub struct ComputedMany<E: RestEntity, T> {
    values: HashMap<Value, T>,
    index: usize,
    column: E::Column,
    read: ReadKey<E>,
}

type ReadKey<E> = fn(Record<'_, E>, usize, <E as EntityTrait>::Column) -> Result<Option<Value>>;

/// A field of the model of `E`.
type ModelField<E, T> = fn(&<E as EntityTrait>::Model) -> &T;

impl<E, T> ComputedMany<E, T>
where
    E: RestEntity,
    T: Default + Clone + Send,
{
    /// Calls the function with the primary keys of the rows, unless there are no rows.
    pub async fn load<F>(
        records: Records<'_, E>,
        function: impl FnOnce(Vec<KeyOf<E>>) -> F + Send,
    ) -> Result<Self>
    where
        KeyOf<E>: Key,
        F: Future<Output = Result<HashMap<KeyOf<E>, T>>> + Send,
    {
        let (index, column) = (records.key_index(), key_column::<E>());
        let read: ReadKey<E> = |record, index, column| {
            let key = record.get::<KeyOf<E>>(index, column)?;
            Ok(Some(key.into()))
        };
        let keys = records.keys::<KeyOf<E>>(index, column)?;
        Self::call(keys, (index, column, read), function).await
    }

    /// Calls the function with the different values of a column, null left out, unless there are
    /// none. The function in the middle names the model's field, whose type is compared.
    pub async fn load_by<K, B, M, F>(
        records: Records<'_, E>,
        (index, column, _): (usize, E::Column, ModelField<E, B>),
        function: impl FnOnce(Vec<K>) -> F + Send,
    ) -> Result<Self>
    where
        K: Key + JoinsWith<B, M>,
        B: ColumnValue + Into<Value>,
        F: Future<Output = Result<HashMap<K, T>>> + Send,
    {
        let read: ReadKey<E> =
            |record, index, column| Ok(not_null(record.get::<B>(index, column)?));
        let keys = records.keys::<K>(index, column)?;
        Self::call(keys, (index, column, read), function).await
    }

    async fn call<K: Key, F>(
        keys: Vec<K>,
        (index, column, read): (usize, E::Column, ReadKey<E>),
        function: impl FnOnce(Vec<K>) -> F + Send,
    ) -> Result<Self>
    where
        F: Future<Output = Result<HashMap<K, T>>> + Send,
    {
        let mut values = HashMap::with_capacity(keys.len());
        if !keys.is_empty() {
            let wanted: HashSet<K> = keys.iter().cloned().collect();
            let made = function(keys).await?;
            let made = made.into_iter().filter(|(key, _)| wanted.contains(key));
            values.extend(made.map(|(key, value)| (key.into(), value)));
        }
        Ok(Self {
            values,
            index,
            column,
            read,
        })
    }

    /// The value for one row; the default of its type where the function made none.
    pub fn get(&self, record: Record<'_, E>) -> Result<T> {
        let key = (self.read)(record, self.index, self.column)?;
        let value = key.and_then(|key| self.values.get(&key));
        Ok(value.cloned().unwrap_or_default())
    }
}

impl<E: RestEntity, T> fmt::Debug for ComputedMany<E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComputedMany")
            .field("values", &self.values.len())
            .finish_non_exhaustive()
    }
}

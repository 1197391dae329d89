//! A list of nested rows.

use std::{collections::HashMap, fmt};

use restflow_exceptions::Result;
use sea_orm::{ConnectionTrait, QueryResult};

use super::{CHUNK, Link, padded};
use crate::{
    Key, KeyOf, ModelSerializer, Projection, Record, Records, RelatesTo, RestEntity,
    SerializerContext, entity::key_column,
};

/// The nested lists of one page of `E`, one query for each 500 rows: the rows that refer to it, or
/// those behind a junction table, in the order of their keys.
pub struct ToMany<E: RestEntity, S: ModelSerializer> {
    rows: Vec<QueryResult>,
    positions: HashMap<KeyOf<E>, Vec<usize>>,
    relations: Option<S::Relations>,
    key_index: usize,
}

impl<E, S> ToMany<E, S>
where
    E: RestEntity,
    S: ModelSerializer,
    KeyOf<E>: Key,
{
    /// Loads the lists of all rows.
    pub async fn load(records: Records<'_, E>, context: &SerializerContext<'_>) -> Result<Self>
    where
        E: RelatesTo<S::Entity>,
    {
        let key_index = records.key_index();
        let keys = records.keys::<KeyOf<E>>(key_index, key_column::<E>())?;
        let mut loaded = Self {
            rows: Vec::new(),
            positions: HashMap::with_capacity(keys.len()),
            relations: None,
            key_index,
        };
        if keys.is_empty() {
            return Ok(loaded);
        }
        let link = Link::new::<E, S::Entity>();
        let mut projection = Projection::new();
        S::columns(&mut projection);
        for chunk in keys.chunks(CHUNK) {
            let keys = padded(chunk).map(Into::into);
            let mut statement = link.select_related::<S::Entity>(keys);
            projection.project(&mut statement);
            statement.expr(link.left());
            loaded
                .rows
                .extend(context.db().query_all(&statement).await?);
        }
        for (position, row) in loaded.rows.iter().enumerate() {
            let key = row.try_get_by_index(projection.len())?;
            loaded.positions.entry(key).or_default().push(position);
        }
        let records = Records::rows(&loaded.rows, &projection);
        loaded.relations = Some(Box::pin(S::load(records, context)).await?);
        Ok(loaded)
    }

    /// Reads the list of one row.
    pub fn get(&self, record: Record<'_, E>, context: &SerializerContext<'_>) -> Result<Vec<S>> {
        let Some(relations) = &self.relations else {
            return Ok(Vec::new());
        };
        let key = record.get::<KeyOf<E>>(self.key_index, key_column::<E>())?;
        let positions = self.positions.get(&key).into_iter().flatten();
        positions
            .map(|position| {
                S::from_record(Record::Row(&self.rows[*position], 0), relations, context)
            })
            .collect()
    }
}

impl<E: RestEntity, S: ModelSerializer> fmt::Debug for ToMany<E, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToMany")
            .field("serializer", &S::NAME)
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

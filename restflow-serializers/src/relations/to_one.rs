//! A nested row behind a foreign key.

use std::{collections::HashMap, fmt};

use restflow_exceptions::Result;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityName, QueryResult, sea_query::Query};

use super::{CHUNK, padded};
use crate::{
    Key, KeyOf, ModelSerializer, Projection, Record, Records, RestEntity, SerializerContext,
    entity::key_column,
};

/// The nested rows that a foreign key of one page refers to, one query for each 500 of them.
///
/// Each row is kept as it came and read anew for each row that refers to it, so that a nested
/// serializer needs no `Clone`.
pub struct ToOne<S: ModelSerializer> {
    rows: Vec<QueryResult>,
    positions: HashMap<KeyOf<S::Entity>, usize>,
    relations: Option<S::Relations>,
    index: usize,
}

impl<S> ToOne<S>
where
    S: ModelSerializer,
    KeyOf<S::Entity>: Key,
{
    /// Loads the rows that `column` (at `index` of the projection) refers to.
    pub async fn load<E: RestEntity>(
        records: Records<'_, E>,
        index: usize,
        column: E::Column,
        context: &SerializerContext<'_>,
    ) -> Result<Self> {
        let keys = records.keys::<KeyOf<S::Entity>>(index, column)?;
        let mut loaded = Self {
            rows: Vec::with_capacity(keys.len()),
            positions: HashMap::with_capacity(keys.len()),
            relations: None,
            index,
        };
        if keys.is_empty() {
            return Ok(loaded);
        }
        let (projection, key_index) = keyed_projection::<S>();
        let key = key_column::<S::Entity>();
        for chunk in keys.chunks(CHUNK) {
            let mut statement = Query::select();
            statement
                .from(<S::Entity as Default>::default().table_ref())
                .and_where(key.is_in(padded(chunk)));
            projection.project(&mut statement);
            loaded
                .rows
                .extend(context.db().query_all(&statement).await?);
        }
        for (position, row) in loaded.rows.iter().enumerate() {
            let key = row.try_get_by_index(key_index)?;
            loaded.positions.insert(key, position);
        }
        let records = Records::rows(&loaded.rows, &projection);
        loaded.relations = Some(Box::pin(S::load(records, context)).await?);
        Ok(loaded)
    }

    /// Reads the nested row of one row; `None` if its foreign key is null or refers to nothing.
    pub fn get<E: RestEntity>(
        &self,
        record: Record<'_, E>,
        column: E::Column,
        context: &SerializerContext<'_>,
    ) -> Result<Option<S>> {
        let Some(relations) = &self.relations else {
            return Ok(None);
        };
        let key = record.get::<Option<KeyOf<S::Entity>>>(self.index, column)?;
        key.and_then(|key| self.positions.get(&key))
            .map(|position| {
                S::from_record(Record::Row(&self.rows[*position], 0), relations, context)
            })
            .transpose()
    }
}

/// The columns of a serializer with the primary key among them.
pub(super) fn keyed_projection<S: ModelSerializer>() -> (Projection<S::Entity>, usize) {
    let mut projection = Projection::new();
    S::columns(&mut projection);
    projection.key();
    let key_index = projection.key_index().unwrap_or_default();
    (projection, key_index)
}

impl<S: ModelSerializer> fmt::Debug for ToOne<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToOne")
            .field("serializer", &S::NAME)
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

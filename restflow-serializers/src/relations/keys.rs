//! The primary keys of related rows.

use std::{collections::HashMap, fmt};

use restflow_exceptions::Result;
use sea_orm::{ColumnTrait, ConnectionTrait, Order, sea_query::Expr};

use super::{CHUNK, Link, padded};
use crate::{
    Key, KeyOf, Record, Records, RelatesTo, RestEntity, SerializerContext, entity::key_column,
};

/// The primary keys of the rows of `R` that belong to each row of one page of `E`, ascending, one
/// query for each 500 rows. A junction table is read without the related table.
pub struct RelatedKeys<E: RestEntity, R: RestEntity> {
    keys: HashMap<KeyOf<E>, Vec<KeyOf<R>>>,
    key_index: usize,
}

impl<E, R> RelatedKeys<E, R>
where
    E: RestEntity,
    R: RestEntity,
    KeyOf<E>: Key,
    KeyOf<R>: Key,
{
    /// Loads the keys of all rows.
    pub async fn load(records: Records<'_, E>, context: &SerializerContext<'_>) -> Result<Self>
    where
        E: RelatesTo<R>,
    {
        let key_index = records.key_index();
        let parents = records.keys::<KeyOf<E>>(key_index, key_column::<E>())?;
        let mut keys: HashMap<_, Vec<_>> = HashMap::with_capacity(parents.len());
        if !parents.is_empty() {
            let link = Link::new::<E, R>();
            let related = match &link.right {
                Some(right) => Expr::col((link.name().clone(), right.clone())),
                None => Expr::col(key_column::<R>().as_column_ref()),
            };
            for chunk in parents.chunks(CHUNK) {
                let mut statement = link.select(padded(chunk).map(Into::into));
                statement
                    .exprs([link.left(), related.clone()])
                    .order_by_expr(related.clone(), Order::Asc);
                for row in context.db().query_all(&statement).await? {
                    keys.entry(row.try_get_by_index(0)?)
                        .or_default()
                        .push(row.try_get_by_index(1)?);
                }
            }
        }
        Ok(Self { keys, key_index })
    }

    /// The keys that belong to one row.
    pub fn get(&self, record: Record<'_, E>) -> Result<Vec<KeyOf<R>>> {
        let key = record.get::<KeyOf<E>>(self.key_index, key_column::<E>())?;
        Ok(self.keys.get(&key).cloned().unwrap_or_default())
    }
}

impl<E: RestEntity, R: RestEntity> fmt::Debug for RelatedKeys<E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelatedKeys")
            .field("rows", &self.keys.len())
            .finish_non_exhaustive()
    }
}

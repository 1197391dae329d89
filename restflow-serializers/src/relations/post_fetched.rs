//! The rows of a `PostFetch`.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use restflow_exceptions::Result;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IdenStatic, QueryResult, Value,
};

use super::{CHUNK, padded};
use crate::{
    ColumnValue, Key, ModelSerializer, PostFetchField, PostFetched, Projection, Record, Records,
    RestEntity, SerializerContext,
    post_fetch::{PostFetchedEntity, supplied},
};

/// A key column of attached rows whose values may equal those of a column of the type `B`: both
/// have the same type, and each may be null.
///
/// Nobody implements it; `M` tells the four cases apart and is inferred.
#[diagnostic::on_unimplemented(
    message = "a column of the type `{Self}` cannot be joined with one of the type `{B}`",
    label = "the key of the attached rows is `{Self}`, that of the page `{B}`",
    note = "`post_fetch(own_key = \"key\")` joins columns of the same type; either may be an `Option`"
)]
pub trait JoinsWith<B, M>: ColumnValue + Into<Value> {}

/// The cases of [`JoinsWith`]: which of the two columns may be null.
#[derive(Debug)]
pub enum Null<const OWN: bool, const BASE: bool> {}

#[diagnostic::do_not_recommend]
impl<K: Key> JoinsWith<K, Null<false, false>> for K {}
#[diagnostic::do_not_recommend]
impl<K: Key> JoinsWith<Option<K>, Null<false, true>> for K {}
#[diagnostic::do_not_recommend]
impl<K: Key> JoinsWith<K, Null<true, false>> for Option<K> {}
#[diagnostic::do_not_recommend]
impl<K: Key> JoinsWith<Self, Null<true, true>> for Option<K> {}

/// A column of the attached rows of `R` and the column of `E` that it equals.
pub struct JoinKey<E: RestEntity, R: RestEntity> {
    own: R::Column,
    read_own: fn(&QueryResult, usize) -> Result<Option<Value>>,
    base_index: usize,
    base: E::Column,
    read_base: ReadBase<E>,
}

type ReadBase<E> = fn(Record<'_, E>, usize, <E as EntityTrait>::Column) -> Result<Option<Value>>;

/// A field of the model of `E`.
type ModelField<E, T> = fn(&<E as EntityTrait>::Model) -> &T;

impl<E: RestEntity, R: RestEntity> JoinKey<E, R> {
    /// Joins the column `own` of the attached rows with the column `base`, which is at
    /// `base_index` of the projection. The functions name the fields of the models, whose types
    /// are compared.
    pub fn new<O, B, M>(
        (own, _): (R::Column, ModelField<R, O>),
        (base_index, base, _): (usize, E::Column, ModelField<E, B>),
    ) -> Self
    where
        O: JoinsWith<B, M>,
        B: ColumnValue + Into<Value>,
    {
        Self {
            own,
            read_own: |row, index| Ok(not_null(row.try_get_by_index::<O>(index)?)),
            base_index,
            base,
            read_base: |record, index, column| Ok(not_null(record.get::<B>(index, column)?)),
        }
    }
}

impl<E: RestEntity, R: RestEntity> fmt::Debug for JoinKey<E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.own.as_str(), self.base.as_str())
    }
}

pub(super) fn not_null(value: impl Into<Value>) -> Option<Value> {
    let value = value.into();
    (value != value.as_null()).then_some(value)
}

/// The rows that fill a field of the type `A`, for one page of `E`: one query for each 500 rows.
pub struct PostFetchedRows<E: RestEntity, A: PostFetched> {
    rows: Vec<QueryResult>,
    positions: HashMap<Vec<Value>, Vec<usize>>,
    relations: Option<<A::Serializer as ModelSerializer>::Relations>,
    keys: Vec<JoinKey<E, PostFetchedEntity<A>>>,
}

impl<E: RestEntity, A: PostFetched> PostFetchedRows<E, A> {
    /// Loads the rows of all rows. Fails with an internal error where nobody has supplied a
    /// [`PostFetch`](crate::PostFetch) for `field`.
    pub async fn load<S: ModelSerializer>(
        records: Records<'_, E>,
        field: PostFetchField<S, A>,
        keys: Vec<JoinKey<E, PostFetchedEntity<A>>>,
        context: &SerializerContext<'_>,
    ) -> Result<Self> {
        let source = supplied(context.post_fetches(), field)?;
        let mut loaded = Self {
            rows: Vec::new(),
            positions: HashMap::new(),
            relations: None,
            keys,
        };
        let values = loaded.different_values(records)?;
        if values.is_empty() {
            return Ok(loaded);
        }
        source.check()?;
        let mut projection = Projection::new();
        A::Serializer::columns(&mut projection);
        let own: Vec<_> = loaded.keys.iter().map(|key| key.own).collect();
        let indexes: Vec<_> = own
            .iter()
            .map(|column| projection.position_or_add(*column))
            .collect();
        for chunk in values.chunks(CHUNK) {
            let condition = condition(&own, chunk);
            let statement = source.select(&projection, condition, &own, chunk.len());
            loaded
                .rows
                .extend(context.db().query_all(&statement).await?);
        }
        for (position, row) in loaded.rows.iter().enumerate() {
            let keys = loaded.keys.iter().zip(&indexes);
            let values = keys.map(|(key, index)| (key.read_own)(row, *index));
            if let Some(values) = values.collect::<Result<_>>()? {
                loaded.positions.entry(values).or_default().push(position);
            }
        }
        let records = Records::rows(&loaded.rows, &projection);
        loaded.relations = Some(Box::pin(A::Serializer::load(records, context)).await?);
        Ok(loaded)
    }

    /// Reads what belongs to one row.
    pub fn get(&self, record: Record<'_, E>, context: &SerializerContext<'_>) -> Result<A> {
        let values = self.values(record)?;
        let positions = values.and_then(|values| self.positions.get(&values));
        let positions = positions.into_iter().flatten();
        // There are no positions without relations.
        A::attach(self.relations.iter().flat_map(|relations| {
            positions.clone().map(move |position| {
                A::Serializer::from_record(
                    Record::Row(&self.rows[*position], 0),
                    relations,
                    context,
                )
            })
        }))
    }

    /// The values that one row is joined by; `None` if one of them is null.
    fn values(&self, record: Record<'_, E>) -> Result<Option<Vec<Value>>> {
        let values = self
            .keys
            .iter()
            .map(|key| (key.read_base)(record, key.base_index, key.base));
        values.collect()
    }

    /// The different values of the page, in the order of its rows.
    fn different_values(&self, records: Records<'_, E>) -> Result<Vec<Vec<Value>>> {
        let mut seen = HashSet::with_capacity(records.len());
        let mut different = Vec::with_capacity(records.len());
        for record in records.iter() {
            if let Some(values) = self.values(record)?
                && seen.insert(values.clone())
            {
                different.push(values);
            }
        }
        Ok(different)
    }
}

/// The rows of some keys.
fn condition<C: ColumnTrait>(own: &[C], values: &[Vec<Value>]) -> Condition {
    if let [column] = own {
        let values = padded(values).flatten();
        return Condition::all().add(column.is_in(values));
    }
    // SQLite takes no list of tuples.
    padded(values).fold(Condition::any(), |any, values| {
        let pairs = own.iter().zip(values);
        any.add(pairs.fold(Condition::all(), |all, (column, value)| {
            all.add(column.eq(value))
        }))
    })
}

impl<E: RestEntity, A: PostFetched> fmt::Debug for PostFetchedRows<E, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostFetchedRows")
            .field("keys", &self.keys)
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

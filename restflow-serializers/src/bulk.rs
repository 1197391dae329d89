//! Lists of objects in one input: DRF's `many=True`.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use restflow_exceptions::{ApiError, ErrorDetail, ErrorMessage, FieldErrors, Result};
use restflow_fields::{FieldType, messages};
use sea_orm::{DatabaseExecutor, EntityTrait, ModelTrait, Value as SqlValue};
use serde_json::Value;

use crate::{
    ErasedValidated, Field, HasDatabase, Input, Key, KeyOf, ListLimits, RestEntity,
    SerializerClass, Validated, Validation,
    entity::key_column,
    form::{Batch, Job, keys_in, list_of_inputs, missing_key, non_field_error, sent_twice, split},
    write::{RowWrite, save_all},
};

/// Validated input for several rows of `E`, new ones or existing ones, which are saved all or
/// none.
///
/// DRF: a serializer with `many=True` after `is_valid()`. Add a column to all rows with
/// [`set`](Self::set); to give each its own, take them apart and collect them again:
///
/// ```
/// # use restflow_serializers::{RestEntity, ValidatedMany};
/// # fn numbered<E: RestEntity>(rows: ValidatedMany<E>, number: E::Column) -> ValidatedMany<E> {
/// rows.into_iter()
///     .zip(1..)
///     .map(|(row, position)| row.set(number, position))
///     .collect()
/// # }
/// ```
#[must_use = "validated input is not saved until `save` is called"]
pub struct ValidatedMany<E: RestEntity> {
    rows: Vec<Validated<E>>,
}

impl<E: RestEntity> ValidatedMany<E> {
    /// Sets a column of every row besides the fields of the serializer, as [`Validated::set`].
    pub fn set(self, column: E::Column, value: impl Into<SqlValue>) -> Self {
        let value = value.into();
        let rows = self.into_iter();
        rows.map(|row| row.set(column, value.clone())).collect()
    }

    /// The rows in the order of the input.
    pub fn iter(&self) -> std::slice::Iter<'_, Validated<E>> {
        self.rows.iter()
    }

    /// The rows in the order of the input, to change their columns.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Validated<E>> {
        self.rows.iter_mut()
    }

    /// How many rows there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the list is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Saves all rows in one transaction, or none, and gives them in the order of the input.
    ///
    /// New rows go in with one statement for each 500 of them that set the same columns (MySQL,
    /// which cannot return them: with one for each), and their many-to-many links with one more. A
    /// constraint that was broken in spite of validation is a validation error at the position of
    /// its row. As with [`Validated::save`], a transaction that the database gives up is run again.
    pub fn save<D: HasDatabase>(
        self,
        db: &D,
    ) -> impl Future<Output = Result<Vec<E::Model>>> + Send {
        self.save_in(db.database())
    }

    /// The same on a connection or in a transaction of the caller, who commits it; there up to a
    /// savepoint.
    pub async fn save_in<'c>(
        self,
        db: impl Into<DatabaseExecutor<'c>> + Send,
    ) -> Result<Vec<E::Model>> {
        let db = db.into();
        let rows: Result<Vec<RowWrite<E>>> = self.into_iter().map(Validated::into_row).collect();
        let rows = rows?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        save_all(&rows, &db).await
    }
}

impl<E: RestEntity> FromIterator<Validated<E>> for ValidatedMany<E> {
    fn from_iter<I: IntoIterator<Item = Validated<E>>>(rows: I) -> Self {
        Self {
            rows: rows.into_iter().collect(),
        }
    }
}

impl<E: RestEntity> IntoIterator for ValidatedMany<E> {
    type Item = Validated<E>;
    type IntoIter = std::vec::IntoIter<Validated<E>>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.into_iter()
    }
}

impl<'a, E: RestEntity> IntoIterator for &'a ValidatedMany<E> {
    type Item = &'a Validated<E>;
    type IntoIter = std::slice::Iter<'a, Validated<E>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<E: RestEntity> fmt::Debug for ValidatedMany<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.rows).finish()
    }
}

impl SerializerClass {
    /// Validates a list of inputs, each for something new. The errors are an object by index, of
    /// the inputs that failed, until there are [enough](restflow_exceptions::ElementErrors::ENOUGH).
    ///
    /// What the inputs ask of the database is asked together, with one query for each 500 questions
    /// and not with one for each input; two inputs that claim the same unique value are told, at
    /// the second one.
    ///
    /// The rows that nested objects of `replace` and `upsert` name are read apart, with one query
    /// for each list of them and for each single one; they are updated one by one, too. Hooks ask
    /// for themselves.
    ///
    /// DRF: `ListSerializer` with `LIST_SERIALIZER_ERRORS_AS_DICT`.
    pub async fn validate_many(
        &self,
        input: impl Into<Input>,
        validation: &Validation<'_>,
        limits: ListLimits,
    ) -> Result<Vec<ErasedValidated>> {
        let inputs = list(input.into(), limits)?;
        let inputs = inputs.into_iter().map(Object::<()>::new);
        let validated = self.validate_list(inputs.collect(), validation).await?;
        Ok(validated
            .into_iter()
            .map(|(validated, ())| validated)
            .collect())
    }

    /// Validates a list of inputs for rows of `E`, each of which holds the primary key of its row
    /// in the field of the serializer that shows it, read-only or not.
    ///
    /// `find` gets the different keys and gives their rows, as far as the client may change them.
    /// An input without a key, with a key that has no row, or with the key of an earlier input is
    /// an error at its position. With [`Validation::partial`] only the sent fields are updated.
    pub async fn validate_updates<E, F>(
        &self,
        input: impl Into<Input>,
        validation: &Validation<'_>,
        limits: ListLimits,
        find: impl FnOnce(Vec<KeyOf<E>>) -> F + Send,
    ) -> Result<ValidatedMany<E>>
    where
        E: RestEntity,
        KeyOf<E>: Key + FieldType,
        F: Future<Output = Result<Vec<E::Model>>> + Send,
    {
        let keyed = self.key_field().ok_or_else(|| {
            ApiError::internal(format!(
                "`{}` does not show the primary key, by which the rows of a list are told apart",
                self.type_name()
            ))
        })?;
        let inputs = list(input.into(), limits)?;
        let keys = keys_in::<KeyOf<E>>(&inputs, keyed);
        let wanted: HashSet<_> = keys
            .iter()
            .flatten()
            .filter_map(|(_, key)| key.as_ref().ok())
            .collect();
        let wanted: Vec<_> = wanted.into_iter().cloned().collect();
        let found = match wanted.is_empty() {
            true => Vec::new(),
            false => find(wanted).await?,
        };
        let mut found = Found::<E>::new(keyed, found);
        let objects = inputs.into_iter().zip(keys).map(|(input, key)| {
            let key = key.map(|(value, key)| (value, key.map(Into::into)));
            match found.take(key) {
                Ok(row) => Object::of(input, row),
                Err(detail) => Object::refused(input, detail),
            }
        });
        let objects = objects.collect();
        let validated = self.validate_list(objects, validation).await?;
        let rows = validated
            .into_iter()
            .map(|(validated, row)| validated.into_typed(Some(row)));
        rows.collect()
    }

    async fn validate_list<M: Send + Sync + 'static>(
        &self,
        objects: Vec<Object<M>>,
        validation: &Validation<'_>,
    ) -> Result<Vec<(ErasedValidated, M)>> {
        let own_batch = Batch::default();
        let (batch, db) = match validation.batch() {
            Some(batch) => (batch, None),
            None => (&own_batch, Some(validation.context().db())),
        };
        let validation = validation.within(batch);
        let jobs = objects
            .into_iter()
            .map(|object| Box::pin(object.validate(*self, validation)) as Job<'_, _>);
        let validated = batch.list(jobs, db).await?;
        Ok(validated?)
    }
}

/// One input of a list, and the row that it is about.
struct Object<M> {
    input: Input,
    row: Option<M>,
    refused: Option<ErrorDetail>,
    is_update: bool,
}

type Outcome<M> = Result<(ErasedValidated, M), ErrorDetail>;

impl Object<()> {
    const fn new(input: Input) -> Self {
        Self {
            input,
            row: Some(()),
            refused: None,
            is_update: false,
        }
    }
}

impl<M: Send + Sync + 'static> Object<M> {
    const fn of(input: Input, row: M) -> Self {
        Self {
            input,
            row: Some(row),
            refused: None,
            is_update: true,
        }
    }

    const fn refused(input: Input, detail: ErrorDetail) -> Self {
        Self {
            input,
            row: None,
            refused: Some(detail),
            is_update: true,
        }
    }

    async fn validate(
        self,
        class: SerializerClass,
        mut validation: Validation<'_>,
    ) -> Result<Outcome<M>> {
        if self.input.is_null() {
            return Ok(Err(ErrorDetail::from([messages::null()])));
        }
        let Some(row) = self.row else {
            // What else is wrong is told as well.
            let others = split(class.validate(self.input, &validation.refused()).await)?.err();
            let mut errors = FieldErrors::new();
            for detail in others.into_iter().chain(self.refused) {
                if let ErrorDetail::Map(details) = detail {
                    for (name, detail) in details {
                        errors.set(name, detail);
                    }
                }
            }
            return Ok(Err(errors.into()));
        };
        let validated = {
            if self.is_update {
                validation = validation.with_instance(&row);
            }
            split(class.validate(self.input, &validation).await)?
        };
        Ok(validated.map(|validated| (validated, row)))
    }
}

/// The rows that a list of inputs may name.
struct Found<E: EntityTrait> {
    keyed: &'static Field,
    rows: HashMap<SqlValue, E::Model>,
    seen: HashSet<SqlValue>,
}

impl<E: RestEntity> Found<E> {
    fn new(keyed: &'static Field, rows: Vec<E::Model>) -> Self {
        let rows = rows.into_iter();
        Self {
            keyed,
            rows: rows.map(|row| (row.get(key_column::<E>()), row)).collect(),
            seen: HashSet::new(),
        }
    }

    /// The row of an input, by what stands in the place of its key.
    fn take(
        &mut self,
        key: Option<(Value, Result<SqlValue, ErrorMessage>)>,
    ) -> Result<E::Model, ErrorDetail> {
        let message = match key {
            None => messages::required(),
            Some((_, Err(message))) => message,
            Some((_, Ok(key))) if !self.seen.insert(key.clone()) => sent_twice(),
            Some((value, Ok(key))) => match self.rows.remove(&key) {
                Some(row) => return Ok(row),
                None => missing_key(&value),
            },
        };
        Err(ErrorDetail::field(
            self.keyed.name,
            self.keyed.reword(message),
        ))
    }
}

/// The inputs of a list, within its limits.
fn list(input: Input, limits: ListLimits) -> Result<Vec<Input>> {
    let inputs = list_of_inputs(input).map_err(non_field_error)?;
    limits.check(inputs.len())?;
    Ok(inputs)
}

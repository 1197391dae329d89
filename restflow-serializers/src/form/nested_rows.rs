//! Nested serializers whose rows are written with the row that they belong to.

use std::{
    any::type_name,
    collections::{HashMap, HashSet},
};

use restflow_exceptions::{
    ApiError, ElementErrors, ErrorDetail, ErrorMessage, FieldErrors, Result,
};
use restflow_fields::{FieldType, Raw, messages};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityName, EntityTrait, FromQueryResult, IdenStatic,
    Iterable, ModelTrait, PrimaryKeyTrait, Value as SqlValue,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};
use serde_json::Value;

use super::{
    Form, ListLimits, Taken,
    batch::{Batch, Job, Question},
    nested::split,
    probe,
    related::{key, keys_by, missing_key},
};
use crate::{
    Field, Input, Key, KeyOf, ModelOf, ModelSerializer, NestedRow, NestedWrite, RelatesTo,
    RestEntity, Validation,
    context::Siblings,
    entity::key_column,
    relations::{CHUNK, Link, padded},
};

impl Form<'_> {
    /// Validates the object of a row that the row of `E` refers to by `column`, in the way that
    /// the field says.
    pub async fn nested_row<E, S>(
        &mut self,
        index: usize,
        column: E::Column,
        slot: &mut Option<NestedRow<S>>,
    ) -> Result<()>
    where
        E: RestEntity,
        S: ModelSerializer,
        KeyOf<S::Entity>: Key + FieldType,
    {
        if let Some(input) = self.take_object(index).some() {
            *slot = self.row::<E, S>(index, column, input).await?;
        }
        Ok(())
    }

    /// The same for one that may be null.
    pub async fn nested_row_nullable<E, S>(
        &mut self,
        index: usize,
        column: E::Column,
        slot: &mut Option<Option<NestedRow<S>>>,
    ) -> Result<()>
    where
        E: RestEntity,
        S: ModelSerializer,
        KeyOf<S::Entity>: Key + FieldType,
    {
        match self.take_object(index) {
            Taken::Absent => {}
            Taken::Null => *slot = Some(None),
            Taken::Value(input) => *slot = self.row::<E, S>(index, column, input).await?.map(Some),
        }
        Ok(())
    }

    /// Validates the objects of rows that belong to the row of `E`, in the way that the field
    /// says. Their questions to the database are asked together.
    pub async fn nested_rows<E, S>(
        &mut self,
        index: usize,
        slot: &mut Option<Vec<NestedRow<S>>>,
    ) -> Result<()>
    where
        E: RestEntity + RelatesTo<S::Entity>,
        S: ModelSerializer,
        KeyOf<E>: Key,
        KeyOf<S::Entity>: Key + FieldType,
    {
        let Some(inputs) = self.take_objects(index).some() else {
            return Ok(());
        };
        let field = &self.fields[index];
        let limits = ListLimits::of(&field.options);
        if let Err(detail) = limits.check(inputs.len()) {
            self.fail(index, detail);
            return Ok(());
        }
        let instance = self.validation.instance::<E::Model>();
        let owner = Owner {
            link: Link::new::<E, S::Entity>(),
            key: instance.map(|instance| instance.get(key_column::<E>())),
        };
        match rows::<S>(field, inputs, &owner, &self.validation).await? {
            Ok(rows) => *slot = Some(rows),
            Err(detail) => self.fail(index, detail),
        }
        Ok(())
    }

    async fn row<E, S>(
        &mut self,
        index: usize,
        column: E::Column,
        input: Input,
    ) -> Result<Option<NestedRow<S>>>
    where
        E: RestEntity,
        S: ModelSerializer,
        KeyOf<S::Entity>: Key + FieldType,
    {
        let field = &self.fields[index];
        let instance = self.validation.instance::<E::Model>();
        let current = instance.map(|instance| instance.get(column));
        let current = current.filter(|key| *key != key.as_null());
        match one::<S>(field, input, current, &self.validation).await? {
            Ok(row) => Ok(Some(row)),
            Err(detail) => {
                self.fail(index, detail);
                Ok(None)
            }
        }
    }
}

/// The row that nested rows belong to.
struct Owner {
    link: Link,
    /// `None` for a new row.
    key: Option<SqlValue>,
}

impl Owner {
    /// The rows of `R` among those with some keys that belong to the row.
    async fn find<R>(&self, keys: &[KeyOf<R>], validation: &Validation<'_>) -> Result<Vec<R::Model>>
    where
        R: RestEntity,
        KeyOf<R>: Key,
    {
        let Some(owner) = &self.key else {
            return Ok(Vec::new());
        };
        let mut found = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(CHUNK) {
            let mut statement = self.link.select_related::<R>([owner.clone()]);
            statement.and_where(key_column::<R>().is_in(padded(chunk)));
            found.extend(models::<R>(statement, validation).await?);
        }
        Ok(found)
    }

    /// The rows that a replacement deletes or changes, if they belong to this row alone.
    fn siblings<R: RestEntity>(&self, targets: &[Target<R::Model>]) -> Option<Siblings> {
        let owner = self.key.clone().filter(|_| self.link.right.is_none())?;
        let column = || Expr::col(self.link.left.clone());
        let others = Condition::any()
            .add(column().ne(owner))
            .add(column().is_null());
        let targets = targets.iter().enumerate();
        let changed = targets.filter_map(|(turn, target)| match target {
            Target::Existing(row) => Some((turn, row.clone())),
            Target::New | Target::Refused(_) => None,
        });
        Some(Siblings::new::<R>(others, changed.collect()))
    }
}

/// Runs a query for whole rows.
async fn models<R: RestEntity>(
    mut statement: SelectStatement,
    validation: &Validation<'_>,
) -> Result<Vec<R::Model>> {
    for column in <R as EntityTrait>::Column::iter() {
        let value = column.select_as(Expr::col(column.as_column_ref()));
        statement.expr_as(value, Alias::new(column.as_str()));
    }
    let rows = validation.context().db().query_all(&statement).await?;
    let models = rows.iter().map(|row| R::Model::from_query_result(row, ""));
    Ok(models.collect::<Result<_, _>>()?)
}

/// A key as it was sent, and as it was read.
type SentKey<K> = (Value, Result<K, ErrorMessage>);

/// The primary keys in the objects of a list, in the field that shows them.
pub(crate) fn keys_in<K: FieldType>(inputs: &[Input], field: &Field) -> Vec<Option<SentKey<K>>> {
    inputs.iter().map(|input| key_in(input, field)).collect()
}

/// The primary key in an object; `None` where there is none.
fn key_in<K: FieldType>(input: &Input, field: &Field) -> Option<SentKey<K>> {
    let value = match input {
        Input::Json(value) => value.get(field.name)?.clone(),
        Input::Document(document) => match document.raw() {
            Raw::Object(object) => object.get(field.name)?.to_value(),
            _ => return None,
        },
        Input::Form(form) => form.get(field.name)?.into(),
    };
    let is_empty = matches!(&value, Value::Null) || value.as_str() == Some("");
    let key = (!is_empty).then(|| key((&value).into()))?;
    Some((value, key))
}

fn key_field<S: ModelSerializer>(field: &Field) -> Result<&'static Field> {
    S::model_class().key_field().ok_or_else(|| {
        ApiError::internal(format!(
            "the field `{}` names rows by their primary key, which `{}` does not show",
            field.name,
            type_name::<S>()
        ))
    })
}

fn write_of(field: &Field) -> Result<NestedWrite> {
    field.nested_write.ok_or_else(|| {
        let text = format!("the field `{}` is not declared to be written", field.name);
        ApiError::internal(text)
    })
}

/// A validated object, or what is wrong with it.
type Validated<S> = Result<NestedRow<S>, ErrorDetail>;

/// What an object of a list is about.
enum Target<M> {
    New,
    Existing(M),
    /// There is no such row, or it is not this one's.
    Refused(ErrorDetail),
}

async fn rows<S>(
    field: &Field,
    inputs: Vec<Input>,
    owner: &Owner,
    validation: &Validation<'_>,
) -> Result<Result<Vec<NestedRow<S>>, ErrorDetail>>
where
    S: ModelSerializer,
    KeyOf<S::Entity>: Key + FieldType,
{
    let write = write_of(field)?;
    if write == NestedWrite::Link {
        return linked::<S>(field, &inputs, validation).await;
    }
    let keyed = match write {
        NestedWrite::Create => None,
        NestedWrite::Upsert => Some(key_field::<S>(field)?),
        // Without a key all rows are new.
        _ => S::model_class().key_field(),
    };
    let targets: Vec<Target<ModelOf<S>>> = match keyed {
        None => inputs.iter().map(|_| Target::New).collect(),
        Some(keyed) => targets::<S>(keyed, &inputs, owner, validation).await?,
    };
    let siblings = match write {
        NestedWrite::Replace => owner.siblings::<S::Entity>(&targets),
        _ => None,
    };
    let siblings = siblings.as_ref();
    let own_batch = Batch::default();
    let (batch, db) = match validation.batch() {
        Some(batch) => (batch, None),
        None => (&own_batch, Some(validation.context().db())),
    };
    let nested = validation.nested().within(batch);
    let objects = inputs.into_iter().zip(targets).enumerate();
    let jobs = objects.map(|(turn, (input, target))| {
        let turn = matches!(target, Target::Existing(_)).then_some(turn);
        let nested = nested.among(siblings, turn);
        Box::pin(object::<S>(input, target, nested)) as Job<'_, Result<Validated<S>>>
    });
    batch.list(jobs, db).await
}

/// Validates one object.
async fn object<S>(
    input: Input,
    target: Target<ModelOf<S>>,
    validation: Validation<'_>,
) -> Result<Validated<S>>
where
    S: ModelSerializer,
{
    if input.is_null() {
        return Ok(Err(ErrorDetail::from([messages::null()])));
    }
    match target {
        // A new row needs all of its fields, also where its owner is updated in part.
        Target::New => {
            let validated = S::validate(input, &validation.partial(false)).await;
            Ok(split(validated)?.map(NestedRow::New))
        }
        Target::Existing(instance) => {
            let validation = validation.with_instance(&instance);
            let validated = split(S::validate(input, &validation).await)?;
            Ok(validated.map(|data| NestedRow::Changed(Box::new(instance), data)))
        }
        // What else is wrong is told as well.
        Target::Refused(detail) => {
            let mut errors = FieldErrors::new();
            if let Err(ErrorDetail::Map(others)) =
                split(S::validate(input, &validation.refused()).await)?
            {
                for (name, detail) in others {
                    errors.set(name, detail);
                }
            }
            if let ErrorDetail::Map(refused) = detail {
                for (name, detail) in refused {
                    errors.set(name, detail);
                }
            }
            Ok(Err(errors.into()))
        }
    }
}

/// Finds the rows that the objects are about, with one query for each 500 of them.
async fn targets<S>(
    keyed: &Field,
    inputs: &[Input],
    owner: &Owner,
    validation: &Validation<'_>,
) -> Result<Vec<Target<ModelOf<S>>>>
where
    S: ModelSerializer,
    KeyOf<S::Entity>: Key + FieldType,
{
    // A key that clients choose names a new row where it is not taken.
    let is_chosen = !keyed.read_only
        && !<<S::Entity as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::auto_increment();
    let keys = keys_in::<KeyOf<S::Entity>>(inputs, keyed);
    let wanted = keys.iter().flatten();
    let wanted: HashSet<_> = wanted.filter_map(|(_, key)| key.as_ref().ok()).collect();
    let wanted: Vec<_> = wanted.into_iter().cloned().collect();
    let found = owner.find::<S::Entity>(&wanted, validation).await?;
    let mut found: HashMap<SqlValue, ModelOf<S>> = found
        .into_iter()
        .map(|row| (row.get(key_column::<S::Entity>()), row))
        .collect();
    let mut seen = HashSet::with_capacity(keys.len());
    let refused = |message| Target::Refused(ErrorDetail::field(keyed.name, keyed.reword(message)));
    let targets = keys.into_iter().map(|key| {
        let (value, key) = match key {
            None => return Target::New,
            Some((value, Ok(key))) => (value, Into::<SqlValue>::into(key)),
            Some((_, Err(message))) => return refused(message),
        };
        if !seen.insert(key.clone()) {
            return refused(sent_twice());
        }
        match found.remove(&key) {
            Some(row) => Target::Existing(row),
            None if is_chosen => Target::New,
            None => refused(missing_key(&value)),
        }
    });
    Ok(targets.collect())
}

/// Reads the keys of rows that are linked, with one query for each 500 of them, also of the other
/// objects of a list.
async fn linked<S>(
    field: &Field,
    inputs: &[Input],
    validation: &Validation<'_>,
) -> Result<Result<Vec<NestedRow<S>>, ErrorDetail>>
where
    S: ModelSerializer,
    KeyOf<S::Entity>: Key + FieldType,
{
    let keyed = key_field::<S>(field)?;
    let keys: Vec<_> = inputs
        .iter()
        .map(|input| linked_key::<KeyOf<S::Entity>>(input, keyed))
        .collect();
    let wanted: HashSet<_> = keys.iter().flatten().map(|(_, key)| key).collect();
    let wanted: Vec<_> = wanted.into_iter().cloned().collect();
    let found = existing::<S::Entity>(&wanted, validation).await?;
    let mut errors = ElementErrors::new();
    let mut seen = HashSet::with_capacity(keys.len());
    let mut list = Vec::with_capacity(keys.len());
    for (position, key) in keys.into_iter().enumerate() {
        match key {
            Err(detail) => errors.set(position.to_string(), detail),
            Ok((value, key)) if !found.contains(&key) => {
                let message = keyed.reword(missing_key(&value));
                errors.set(
                    position.to_string(),
                    ErrorDetail::field(keyed.name, message),
                );
            }
            // As in a list of keys, a row that is named twice is linked once.
            Ok((_, key)) if seen.insert(key.clone()) => list.push(NestedRow::Linked(key)),
            Ok(_) => {}
        }
        if errors.is_full() {
            break;
        }
    }
    Ok(errors.into_result().map(|()| list))
}

/// The key that an object must have.
fn linked_key<K: FieldType>(input: &Input, keyed: &Field) -> Result<(Value, K), ErrorDetail> {
    match input.raw() {
        None | Some(Raw::Object(_)) => {}
        Some(Raw::Null) => return Err(ErrorDetail::from([messages::null()])),
        Some(other) => return Err(super::source::not_an_object(other)),
    }
    match key_in(input, keyed) {
        None => Err(ErrorDetail::field(
            keyed.name,
            keyed.reword(messages::required()),
        )),
        Some((value, Ok(key))) => Ok((value, key)),
        Some((_, Err(message))) => Err(ErrorDetail::field(keyed.name, keyed.reword(message))),
    }
}

/// The keys among these that rows of `R` have.
async fn existing<R>(keys: &[KeyOf<R>], validation: &Validation<'_>) -> Result<HashSet<KeyOf<R>>>
where
    R: RestEntity,
    KeyOf<R>: Key,
{
    let values = keys.iter().map(|key| key.clone().into()).collect();
    let search = keys_by::<R, KeyOf<R>>(key_column::<R>(), values);
    let answers = probe::answers(vec![Question::Rows(search)], validation).await?;
    let mut found = HashSet::with_capacity(keys.len());
    for answer in answers {
        let rows = answer.rows()?;
        let keys = keys.iter().cloned();
        found.extend(keys.filter(|key| rows.contains_key(&key.clone().into())));
    }
    Ok(found)
}

/// The object of a row that the row refers to by a column, whose value is `current`.
async fn one<S>(
    field: &Field,
    input: Input,
    current: Option<SqlValue>,
    validation: &Validation<'_>,
) -> Result<Validated<S>>
where
    S: ModelSerializer,
    KeyOf<S::Entity>: Key + FieldType,
{
    let target = match write_of(field)? {
        NestedWrite::Link => {
            let linked = linked::<S>(field, std::slice::from_ref(&input), validation).await?;
            return Ok(linked.map_err(first_of).and_then(|rows| {
                let row = rows.into_iter().next();
                row.ok_or_else(|| ErrorDetail::from([messages::null()]))
            }));
        }
        NestedWrite::Create => Target::New,
        NestedWrite::Replace | NestedWrite::Upsert => {
            referred::<S>(&input, current, validation).await?
        }
    };
    Box::pin(object::<S>(input, target, validation.nested())).await
}

/// The errors of the only object of a list.
fn first_of(detail: ErrorDetail) -> ErrorDetail {
    match detail {
        ErrorDetail::Map(mut errors) if errors.len() == 1 => {
            errors.shift_remove("0").unwrap_or(ErrorDetail::Map(errors))
        }
        other => other,
    }
}

/// The row that is referred to now. A key in the object must be its own.
async fn referred<S>(
    input: &Input,
    current: Option<SqlValue>,
    validation: &Validation<'_>,
) -> Result<Target<ModelOf<S>>>
where
    S: ModelSerializer,
    KeyOf<S::Entity>: Key + FieldType,
{
    let column = key_column::<S::Entity>();
    let keyed = S::model_class().key_field().filter(|field| field.read_only);
    if let Some(keyed) = keyed
        && let Some((value, key)) = key_in::<KeyOf<S::Entity>>(input, keyed)
    {
        let message = match key {
            Err(message) => Some(message),
            Ok(key) => {
                let is_current = current == Some(key.into());
                (!is_current).then(|| missing_key(&value))
            }
        };
        if let Some(message) = message {
            let detail = ErrorDetail::field(keyed.name, keyed.reword(message));
            return Ok(Target::Refused(detail));
        }
    }
    let Some(current) = current else {
        return Ok(Target::New);
    };
    let statement = Query::select()
        .from(S::Entity::default().table_ref())
        .and_where(column.eq(current))
        .take();
    let rows = models::<S::Entity>(statement, validation).await?;
    Ok(rows
        .into_iter()
        .next()
        .map_or(Target::New, Target::Existing))
}

pub(crate) fn sent_twice() -> ErrorMessage {
    ErrorMessage::new("This row is in the list already.", "unique")
}

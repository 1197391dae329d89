//! Unique values and related rows.

use std::{any::TypeId, collections::HashSet};

use restflow_exceptions::{ApiError, ElementErrors, ErrorMessage, Result};
use restflow_fields::{FieldKind, FieldOptions, FieldType, Raw, RawNumber, messages, python};
use sea_orm::{
    ColumnTrait, Condition, DbErr, IdenStatic, Iterable, ModelTrait, PrimaryKeyToColumn,
    Value as SqlValue,
    sea_query::{Expr, Query, SelectStatement, SubQueryStatement, ValueType},
};
use serde_json::Value;

use super::{
    Form, ListLimits, Taken,
    batch::{Answer, Question, Rows},
    probe::Probe,
    source::Shape,
};
use crate::{Key, KeyOf, RestEntity, conflict, entity::key_column};

impl<'d> Form<'d> {
    /// Refuses a value that another row has, or another object of the same list. `model` is the
    /// entity's name in the message.
    ///
    /// The value that the updated row already has is not looked up. DRF: `UniqueValidator`.
    pub fn unique<E, T>(&mut self, index: usize, column: E::Column, model: &str, value: Option<&T>)
    where
        E: RestEntity,
        T: Clone + Into<SqlValue>,
    {
        if self.validation.is_refused() {
            return;
        }
        let instance = self.validation.instance::<E::Model>();
        let own = instance.map(|instance| instance.get(column));
        let others = self.validation.others::<E>();
        let sent = value.map(|value| value.clone().into());
        // Where the rows around this one are written anew, what it keeps counts as well.
        let kept = own.clone().filter(|_| others.is_some());
        let Some(value) = sent.or(kept).filter(|_| !self.has_failed(index)) else {
            return;
        };
        let is_own = own.as_ref() == Some(&value);
        if value == value.as_null() || (is_own && others.is_none()) {
            return;
        }
        let title = self.fields[index].title;
        let message = ErrorMessage::new(
            format!("{model} with this {title} already exists."),
            "unique",
        );
        let claim = vec![(column.as_str(), value.clone())];
        if self.validation.is_taken_until_later::<E>(&claim) {
            self.add(index, message);
            return;
        }
        if let Some(batch) = self.validation.batch()
            && !batch.claim::<E>(claim, instance)
        {
            self.add(index, message);
            return;
        }
        if is_own {
            return;
        }
        let mut condition = Condition::all().add(column.eq(value));
        if let Some(instance) = instance {
            condition = condition.add(other_than::<E>(instance));
        }
        if let Some(others) = others {
            condition = condition.add(others.clone());
        }
        self.exists(index, rows_where::<E>(condition), false, || message);
    }

    /// Asks whether there is a row; the other answer is an error.
    fn exists(
        &mut self,
        index: usize,
        rows: SelectStatement,
        expected: bool,
        message: impl FnOnce() -> ErrorMessage + Send + 'd,
    ) {
        self.probes
            .push(Probe::exists(index, rows, expected, message));
    }

    /// Reads the primary key of a row of `R` that must exist. DRF: `PrimaryKeyRelatedField`.
    pub fn related<R>(&mut self, index: usize, slot: &mut Option<KeyOf<R>>)
    where
        R: RestEntity,
        KeyOf<R>: Key + FieldType,
    {
        if let Some(value) = self.take_one(index).some() {
            *slot = self.existing::<R>(index, value);
        }
    }

    /// Reads the primary key of a row of `R` that must exist, or null.
    pub fn related_nullable<R>(&mut self, index: usize, slot: &mut Option<Option<KeyOf<R>>>)
    where
        R: RestEntity,
        KeyOf<R>: Key + FieldType,
    {
        match self.take_one(index) {
            Taken::Absent => {}
            Taken::Null => *slot = Some(None),
            Taken::Value(value) => *slot = self.existing::<R>(index, value).map(Some),
        }
    }

    /// Reads a list of primary keys of rows of `R` that must exist; duplicates count once.
    pub fn related_many<R>(&mut self, index: usize, slot: &'d mut Option<Vec<KeyOf<R>>>)
    where
        R: RestEntity,
        KeyOf<R>: Key + FieldType,
    {
        let Some(items) = self.take_list(index) else {
            return;
        };
        let wanted = items.into_iter().map(|value| {
            let key = key::<KeyOf<R>>((&value).into())?;
            Ok((key, value))
        });
        let column = key_column::<R>();
        self.search::<R, _>(index, column, wanted.collect(), missing_key, slot);
    }

    /// Reads the value of a unique column of `R` and gives the primary key of its row.
    /// DRF: `SlugRelatedField`.
    pub fn slug<R, T>(&mut self, index: usize, column: R::Column, slot: &'d mut Option<KeyOf<R>>)
    where
        R: RestEntity,
        KeyOf<R>: Key,
        T: Key + FieldType,
    {
        if let Some(value) = self.take_one(index).some() {
            self.lookup::<R, T>(index, column, value, move |key| *slot = Some(key));
        }
    }

    /// Reads the value of a unique column of `R`, or null, and gives the primary key of its row.
    pub fn slug_nullable<R, T>(
        &mut self,
        index: usize,
        column: R::Column,
        slot: &'d mut Option<Option<KeyOf<R>>>,
    ) where
        R: RestEntity,
        KeyOf<R>: Key,
        T: Key + FieldType,
    {
        match self.take_one(index) {
            Taken::Absent => {}
            Taken::Null => *slot = Some(None),
            Taken::Value(value) => {
                self.lookup::<R, T>(index, column, value, move |key| *slot = Some(Some(key)));
            }
        }
    }

    /// Reads a list of values of a unique column of `R` and gives the primary keys of their rows.
    pub fn slug_many<R, T>(
        &mut self,
        index: usize,
        column: R::Column,
        slot: &'d mut Option<Vec<KeyOf<R>>>,
    ) where
        R: RestEntity,
        KeyOf<R>: Key,
        T: Key + FieldType,
    {
        let Some(items) = self.take_list(index) else {
            return;
        };
        let missing = move |value: &Value| missing_slug(column.as_str(), value);
        let wanted = items
            .into_iter()
            .map(|value| match T::from_raw((&value).into(), &SLUG) {
                Ok(slug) => Ok((slug, value)),
                Err(_) => Err(missing(&value)),
            });
        self.search::<R, T>(index, column, wanted.collect(), missing, slot);
    }

    /// Searches for rows by a unique column and gives their primary keys, each once. DRF reads
    /// item by item and tells the first that is wrong; here all that are not there are told, each
    /// once and until there are [enough](ElementErrors::ENOUGH).
    fn search<R, T>(
        &mut self,
        index: usize,
        column: R::Column,
        wanted: Vec<Result<(T, Value), ErrorMessage>>,
        missing: impl Fn(&Value) -> ErrorMessage + Send + 'd,
        slot: &'d mut Option<Vec<KeyOf<R>>>,
    ) where
        R: RestEntity,
        KeyOf<R>: Key,
        T: Key,
    {
        let readable = wanted.iter().flatten();
        let values = readable.map(|(value, _)| value.clone().into()).collect();
        let search = keys_by::<R, T>(column, values);
        let read = move |answer: Answer| {
            let found = answer.rows()?;
            let mut seen = HashSet::with_capacity(wanted.len());
            let mut keys = Vec::with_capacity(wanted.len());
            let mut messages = Vec::new();
            for item in wanted {
                let (value, sent) = match item {
                    Ok(item) => item,
                    Err(message) if messages.is_empty() => {
                        messages.push(message);
                        break;
                    }
                    Err(_) => break,
                };
                let value: SqlValue = value.into();
                let key = found.get(&value);
                if !seen.insert(value) {
                    continue;
                }
                match key {
                    Some(key) => keys.push(key_of::<R>(key)?),
                    None => messages.push(missing(&sent)),
                }
                if messages.len() >= ElementErrors::ENOUGH {
                    break;
                }
            }
            if messages.is_empty() {
                *slot = Some(keys);
            }
            Ok(messages)
        };
        self.probes.push(Probe {
            index,
            question: Question::Rows(search),
            read: Box::new(read),
        });
    }

    /// Coerces a key and asks whether its row exists.
    fn existing<R>(&mut self, index: usize, value: Value) -> Option<KeyOf<R>>
    where
        R: RestEntity,
        KeyOf<R>: Key + FieldType,
    {
        match key::<KeyOf<R>>((&value).into()) {
            Err(message) => {
                self.add(index, message);
                None
            }
            Ok(key) => {
                let condition = key_column::<R>().eq(key.clone());
                let rows = rows_where::<R>(Condition::all().add(condition));
                self.exists(index, rows, true, move || missing_key(&value));
                Some(key)
            }
        }
    }

    fn lookup<R, T>(
        &mut self,
        index: usize,
        column: R::Column,
        value: Value,
        assign: impl FnOnce(KeyOf<R>) + Send + 'd,
    ) where
        R: RestEntity,
        KeyOf<R>: Key,
        T: Key + FieldType,
    {
        let Ok(slug) = T::from_raw((&value).into(), &SLUG) else {
            self.add(index, missing_slug(column.as_str(), &value));
            return;
        };
        let key = key_column::<R>();
        let row = Query::select()
            .expr(Expr::col(key.as_column_ref()))
            .from(R::default().table_ref())
            .and_where(column.eq(slug))
            .take();
        let row = SubQueryStatement::SelectStatement(row);
        self.probes.push(Probe {
            index,
            question: Question::Cell(Expr::SubQuery(None, Box::new(row))),
            read: Box::new(move |answer| match answer.cell::<KeyOf<R>>()? {
                Some(key) => {
                    assign(key);
                    Ok(Vec::new())
                }
                None => Ok(vec![missing_slug(column.as_str(), &value)]),
            }),
        });
    }

    /// Takes the raw value of a relation; an empty text is null, in JSON as in forms.
    /// DRF: `RelatedField.run_validation`.
    fn take_one(&mut self, index: usize) -> Taken<Value> {
        match self.take(index, Shape::Scalar) {
            Taken::Value(Value::String(text)) if text.is_empty() => self.null(index),
            taken => taken,
        }
    }

    fn take(&mut self, index: usize, shape: Shape) -> Taken<Value> {
        let partial = self.validation.is_partial();
        let sent = self
            .source
            .get(index, &self.fields[index], |_| shape, partial);
        let taken = self.errors.take(index, sent.raw(), Raw::is_null, partial);
        taken.map(Raw::to_value)
    }

    /// Takes the raw list of a many relation, within its limits.
    /// DRF: `ManyRelatedField.to_internal_value`, which knows `allow_empty` only.
    fn take_list(&mut self, index: usize) -> Option<Vec<Value>> {
        let value = self.take(index, Shape::Many).some()?;
        let items = match value {
            Value::Array(items) => items,
            Value::Object(object) => object.into_iter().map(|(key, _)| key.into()).collect(),
            other => {
                self.add(index, messages::not_a_list(python::type_name(&other)));
                return None;
            }
        };
        let field = &self.fields[index];
        if items.is_empty() && !field.options.allow_empty {
            self.add(index, messages::empty_list());
            return None;
        }
        if let Some(message) = ListLimits::of(&field.options).broken_by(items.len()) {
            self.push(index, field.reword_rule(message));
            return None;
        }
        Some(items)
    }
}

/// Asks for the primary keys of the rows with some values in a column.
pub(super) fn keys_by<R, T>(column: R::Column, values: Vec<SqlValue>) -> Rows
where
    R: RestEntity,
    KeyOf<R>: Key,
    T: Key,
{
    Rows {
        of: (TypeId::of::<R>(), column.as_str()),
        values,
        select: Box::new(move |values| {
            let columns = [column, key_column::<R>()];
            let columns = columns.map(|column| Expr::col(column.as_column_ref()));
            Query::select()
                .exprs(columns)
                .from(R::default().table_ref())
                .and_where(column.is_in(values))
                .take()
        }),
        read: |row| {
            let value: T = row.try_get_by_index(0)?;
            let key: KeyOf<R> = row.try_get_by_index(1)?;
            Ok((value.into(), key.into()))
        },
    }
}

/// A key that the database has given.
fn key_of<R: RestEntity>(value: &SqlValue) -> Result<KeyOf<R>>
where
    KeyOf<R>: Key,
{
    let key = <KeyOf<R> as ValueType>::try_from(value.clone());
    key.map_err(|error| ApiError::internal(DbErr::Type(error.to_string())))
}

/// A slug is compared as it was sent.
const SLUG: FieldOptions = FieldOptions {
    allow_blank: true,
    trim_whitespace: false,
    ..FieldOptions::DEFAULT
};

/// Coerces a primary key as Django's `get(pk=…)` does.
pub(super) fn key<K: FieldType>(raw: Raw<'_>) -> Result<K, ErrorMessage> {
    let missing = || conflict::missing_key(&python::str_of(raw));
    let incorrect = || incorrect_type(python::type_name(raw));
    let is_integer = || K::describe(&FieldOptions::DEFAULT).kind == FieldKind::Integer;
    let sent = match raw {
        Raw::Null => return Err(missing()),
        Raw::Bool(_) => return Err(incorrect()),
        // Python's `int()` cuts off a fraction.
        Raw::Number(RawNumber::Float(number)) if number.abs() < 9e15 && is_integer() => {
            Raw::Number((number as i64).into())
        }
        sent => sent,
    };
    K::from_raw(sent, &FieldOptions::DEFAULT).map_err(|_| {
        // A number beyond the type of the key is a key of no row.
        if is_integer() && i64::from_raw(sent, &FieldOptions::DEFAULT).is_ok() {
            missing()
        } else {
            incorrect()
        }
    })
}

pub(crate) fn missing_key(value: &Value) -> ErrorMessage {
    conflict::missing_key(&python::str_of(value))
}

fn incorrect_type(type_name: &str) -> ErrorMessage {
    ErrorMessage::new(
        format!("Incorrect type. Expected pk value, received {type_name}."),
        "incorrect_type",
    )
}

fn missing_slug(name: &str, value: &Value) -> ErrorMessage {
    let raw = python::str_of(value);
    ErrorMessage::new(
        format!("Object with {name}={raw} does not exist."),
        "does_not_exist",
    )
}

pub(super) fn rows_where<E: RestEntity>(condition: Condition) -> SelectStatement {
    Query::select()
        .expr(Expr::cust("1"))
        .from(E::default().table_ref())
        .cond_where(condition)
        .take()
}

/// Leaves out one row, by its whole primary key.
pub(super) fn other_than<E: RestEntity>(instance: &E::Model) -> Condition {
    E::PrimaryKey::iter()
        .map(PrimaryKeyToColumn::into_column)
        .fold(Condition::all(), |condition, column| {
            condition.add(column.eq(instance.get(column)))
        })
        .not()
}

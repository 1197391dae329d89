//! Unique values and related rows.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

use restflow_exceptions::{ErrorMessage, Result};
use restflow_fields::{FieldKind, FieldOptions, FieldType, messages, python};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, IdenStatic, Iterable, ModelTrait,
    PrimaryKeyToColumn, QueryResult, Value as SqlValue,
    sea_query::{Expr, Query, SelectStatement},
};
use serde_json::Value;

use super::{
    Form, Taken,
    probe::{Probe, Question},
    source::Shape,
};
use crate::{
    Key, KeyOf, RestEntity,
    entity::key_column,
    relations::{CHUNK, padded},
};

impl<'d> Form<'d> {
    /// Refuses a value that another row has. `model` is the entity's name in the message.
    ///
    /// The value that the updated row already has is not looked up. DRF: `UniqueValidator`.
    pub fn unique<E, T>(&mut self, index: usize, column: E::Column, model: &str, value: Option<&T>)
    where
        E: RestEntity,
        T: Clone + Into<SqlValue>,
    {
        let Some(value) = value.filter(|_| !self.has_failed(index)) else {
            return;
        };
        let value: SqlValue = value.clone().into();
        let mut condition = Condition::all();
        if let Some(instance) = self.validation.instance::<E::Model>() {
            if instance.get(column) == value {
                return;
            }
            condition = condition.add(other_than::<E>(instance));
        }
        let title = self.fields[index].title;
        let message = ErrorMessage::new(
            format!("{model} with this {title} already exists."),
            "unique",
        );
        self.probes.push(Probe {
            index,
            question: Question::Exists {
                rows: rows_where::<E>(condition.add(column.eq(value))),
                expected: false,
                message,
            },
        });
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
        let read = items.into_iter().map(|value| {
            let missing = missing_key(&value);
            key::<KeyOf<R>>(value).map(|key| (key, missing))
        });
        let wanted = Wanted::collect(read);
        let db = self.validation.context().db();
        let search = async move {
            let column = key_column::<R>();
            let rows = select_in::<R>(db, &[column], column, wanted.keys()).await?;
            let found = collect(&rows, |row| {
                let key: KeyOf<R> = row.try_get_by_index(0)?;
                Ok((key.clone(), key))
            })?;
            Ok(wanted.resolve(&found, slot))
        };
        self.probes.push(Probe {
            index,
            question: Question::Other(Box::pin(search)),
        });
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
        let read = items.into_iter().map(|value| {
            let missing = missing_slug(column.as_str(), &value);
            match T::to_internal_value(value, &SLUG) {
                Ok(slug) => Ok((slug, missing)),
                Err(_) => Err(missing),
            }
        });
        let wanted = Wanted::<T>::collect(read);
        let db = self.validation.context().db();
        let search = async move {
            let columns = [column, key_column::<R>()];
            let rows = select_in::<R>(db, &columns, column, wanted.keys()).await?;
            let found = collect(&rows, |row| {
                Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))
            })?;
            Ok(wanted.resolve(&found, slot))
        };
        self.probes.push(Probe {
            index,
            question: Question::Other(Box::pin(search)),
        });
    }

    /// Coerces a key and asks whether its row exists.
    fn existing<R>(&mut self, index: usize, value: Value) -> Option<KeyOf<R>>
    where
        R: RestEntity,
        KeyOf<R>: Key + FieldType,
    {
        let message = missing_key(&value);
        match key::<KeyOf<R>>(value) {
            Err(message) => {
                self.add(index, message);
                None
            }
            Ok(key) => {
                let condition = key_column::<R>().eq(key.clone());
                self.probes.push(Probe {
                    index,
                    question: Question::Exists {
                        rows: rows_where::<R>(Condition::all().add(condition)),
                        expected: true,
                        message,
                    },
                });
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
        let message = missing_slug(column.as_str(), &value);
        let Ok(slug) = T::to_internal_value(value, &SLUG) else {
            self.add(index, message);
            return;
        };
        let key = key_column::<R>();
        let row = Query::select()
            .expr(Expr::col(key.as_column_ref()))
            .from(R::default().table_ref())
            .and_where(column.eq(slug))
            .take();
        let read = move |row: &QueryResult, column| {
            let key = row.try_get_by_index::<Option<KeyOf<R>>>(column)?;
            Ok(key.map(assign).is_some())
        };
        self.probes.push(Probe {
            index,
            question: Question::Lookup {
                row,
                read: Box::new(read),
                message,
            },
        });
    }

    /// Takes the raw value of a relation; an empty text is null, in JSON as in forms.
    /// DRF: `RelatedField.run_validation`.
    fn take_one(&mut self, index: usize) -> Taken<Value> {
        match self.take(index, |_| Shape::Scalar, Value::is_null) {
            Taken::Value(Value::String(text)) if text.is_empty() => self.null(index),
            taken => taken,
        }
    }

    /// Takes the raw list of a many relation. DRF: `ManyRelatedField.to_internal_value`.
    fn take_list(&mut self, index: usize) -> Option<Vec<Value>> {
        let value = self.take(index, |_| Shape::Many, Value::is_null).some()?;
        let items = match value {
            Value::Array(items) => items,
            Value::Object(object) => object.into_iter().map(|(key, _)| key.into()).collect(),
            other => {
                self.add(index, messages::not_a_list(python::type_name(&other)));
                return None;
            }
        };
        if items.is_empty() && !self.fields[index].options.allow_empty {
            self.add(index, messages::empty_list());
            return None;
        }
        Some(items)
    }
}

/// The items of a many relation up to the first that cannot be read, each with its complaint.
struct Wanted<T> {
    items: Vec<(T, ErrorMessage)>,
    rejected: Option<ErrorMessage>,
}

impl<T: Key> Wanted<T> {
    fn collect(read: impl Iterator<Item = Result<(T, ErrorMessage), ErrorMessage>>) -> Self {
        let mut items = Vec::new();
        for item in read {
            match item {
                Ok(item) => items.push(item),
                Err(message) => {
                    return Self {
                        items,
                        rejected: Some(message),
                    };
                }
            }
        }
        Self {
            items,
            rejected: None,
        }
    }

    /// The different items, to search for.
    fn keys(&self) -> Vec<T> {
        let mut seen = HashSet::with_capacity(self.items.len());
        let items = self.items.iter().map(|(item, _)| item);
        items.filter(|item| seen.insert(*item)).cloned().collect()
    }

    /// Fills the slot, or tells the first complaint: DRF reads item by item.
    fn resolve<K: Key>(
        self,
        found: &HashMap<T, K>,
        slot: &mut Option<Vec<K>>,
    ) -> Option<ErrorMessage> {
        let mut seen = HashSet::with_capacity(self.items.len());
        let mut keys = Vec::with_capacity(self.items.len());
        for (item, missing) in self.items {
            match found.get(&item) {
                None => return Some(missing),
                Some(key) if seen.insert(key) => keys.push(key.clone()),
                Some(_) => {}
            }
        }
        if self.rejected.is_none() {
            *slot = Some(keys);
        }
        self.rejected
    }
}

/// A slug is compared as it was sent.
const SLUG: FieldOptions = FieldOptions {
    allow_blank: true,
    trim_whitespace: false,
    ..FieldOptions::DEFAULT
};

/// Coerces a primary key as Django's `get(pk=…)` does.
fn key<K: FieldType>(value: Value) -> Result<K, ErrorMessage> {
    let missing = missing_key(&value);
    if value.is_null() {
        return Err(missing);
    }
    let incorrect = incorrect_type(python::type_name(&value));
    if value.is_boolean() {
        return Err(incorrect);
    }
    let is_integer = K::describe(&FieldOptions::DEFAULT).kind == FieldKind::Integer;
    let value = if is_integer { truncate(value) } else { value };
    let is_number = i64::to_internal_value(value.clone(), &FieldOptions::DEFAULT).is_ok();
    K::to_internal_value(value, &FieldOptions::DEFAULT).map_err(|_| {
        // A number beyond the type of the key is a key of no row.
        if is_integer && is_number {
            missing
        } else {
            incorrect
        }
    })
}

/// Python's `int()` cuts off a fraction.
fn truncate(value: Value) -> Value {
    match value
        .as_f64()
        .filter(|float| value.is_f64() && float.abs() < 9e15)
    {
        Some(float) => Value::from(float.trunc() as i64),
        None => value,
    }
}

fn missing_key(value: &Value) -> ErrorMessage {
    let raw = python::str_of(value);
    ErrorMessage::new(
        format!("Invalid pk \"{raw}\" - object does not exist."),
        "does_not_exist",
    )
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

fn rows_where<E: RestEntity>(condition: Condition) -> SelectStatement {
    Query::select()
        .expr(Expr::cust("1"))
        .from(E::default().table_ref())
        .cond_where(condition)
        .take()
}

/// Leaves out one row, by its whole primary key.
fn other_than<E: RestEntity>(instance: &E::Model) -> Condition {
    E::PrimaryKey::iter()
        .map(PrimaryKeyToColumn::into_column)
        .fold(Condition::all(), |condition, column| {
            condition.add(column.eq(instance.get(column)))
        })
        .not()
}

/// The rows whose `column` is one of `values`, in chunks.
async fn select_in<R: RestEntity>(
    db: &DatabaseConnection,
    columns: &[R::Column],
    column: R::Column,
    values: Vec<impl Into<SqlValue> + Clone>,
) -> Result<Vec<QueryResult>> {
    let mut rows = Vec::with_capacity(values.len());
    for chunk in values.chunks(CHUNK) {
        let statement = Query::select()
            .exprs(
                columns
                    .iter()
                    .map(|column| Expr::col(column.as_column_ref())),
            )
            .from(R::default().table_ref())
            .and_where(column.is_in(padded(chunk)))
            .take();
        rows.extend(db.query_all(&statement).await?);
    }
    Ok(rows)
}

fn collect<T: Eq + Hash, K>(
    rows: &[QueryResult],
    read: impl Fn(&QueryResult) -> Result<(T, K)>,
) -> Result<HashMap<T, K>> {
    rows.iter().map(read).collect()
}

//! What a validated input changes: columns of one row, links to other rows, and nested rows.

mod links;
mod nested;
mod save;

use std::fmt;

use restflow_exceptions::{ApiError, Result};
use sea_orm::{
    ActiveModelTrait, ActiveValue, EntityTrait, IdenStatic, Iterable, ModelTrait, Value,
    sea_query::Nullable,
};

pub(crate) use self::save::{RowWrite, save, save_all};
use self::{
    links::Links,
    nested::{NestedList, NestedOne, NestedRows},
};
use crate::{
    Field, Key, KeyOf, ModelSerializer, NestedRow, RelatesTo, RestEntity,
    conflict::{KeysOf, Suspect},
    entity::column_named,
    relations::Link,
    value::fit,
};

/// The columns, many-to-many links and nested rows to save for one row of `E`.
pub struct Write<E: RestEntity> {
    model: &'static str,
    active: E::ActiveModel,
    /// The fields of the serializer by their columns, for messages.
    fields: &'static [(E::Column, &'static Field)],
    references: Vec<Reference<E>>,
    links: Vec<Links>,
    ones: Vec<NestedOne<E>>,
    lists: Vec<Box<dyn NestedRows>>,
    /// The columns of all fields, sent or not, where only these are wanted.
    declared: Option<Vec<E::Column>>,
    /// Those of them that get another value than the one on the wire.
    translated: Vec<E::Column>,
}

/// A column that was given the key of a related row.
struct Reference<E: EntityTrait> {
    field: &'static Field,
    column: E::Column,
    by_key: bool,
    rows: KeysOf,
}

impl<E: RestEntity> Write<E> {
    /// Starts with nothing to save. `model` is the entity's name in messages: `order line`.
    #[must_use]
    pub fn new(model: &'static str) -> Self {
        Self {
            model,
            active: <E::ActiveModel as ActiveModelTrait>::default(),
            fields: &[],
            references: Vec::new(),
            links: Vec::new(),
            ones: Vec::new(),
            lists: Vec::new(),
            declared: None,
            translated: Vec::new(),
        }
    }

    /// The same with the fields that stand for columns.
    pub(crate) fn of(model: &'static str, fields: &'static [(E::Column, &'static Field)]) -> Self {
        Self {
            fields,
            ..Self::new(model)
        }
    }

    /// Takes no values but the columns of all fields that may set one.
    pub(crate) fn declaring() -> Self {
        Self {
            declared: Some(Vec::new()),
            ..Self::new("")
        }
    }

    pub(crate) fn declared(&self) -> &[E::Column] {
        self.declared.as_deref().unwrap_or_default()
    }

    /// Whether a field gives the column the key of the row that the input tells, by a slug or as a
    /// nested object, and not the input itself.
    pub(crate) fn translates(&self, column: &str) -> bool {
        let mut translated = self.translated.iter();
        translated.any(|other| other.as_str() == column)
    }

    fn declare(&mut self, column: E::Column) {
        if let Some(declared) = &mut self.declared {
            declared.push(column);
        }
    }

    /// Sets the column of a field that was sent.
    pub fn column<T: Into<Value>>(&mut self, column: E::Column, value: Option<T>) -> Result<()> {
        self.declare(column);
        match value {
            Some(value) => self.set(column, value.into()),
            None => Ok(()),
        }
    }

    /// Sets the column of a field of a flattened serializer, by the name of the model's field.
    pub fn named<T: Into<Value>>(&mut self, name: &str, value: Option<T>) -> Result<()> {
        self.column(column_named::<E>(name)?, value)
    }

    /// The same for the primary key of a row of `R`.
    pub fn related_named<R>(
        &mut self,
        field: &'static Field,
        name: &str,
        key: Option<impl Into<Value>>,
    ) -> Result<()>
    where
        R: RestEntity,
        KeyOf<R>: Key,
    {
        self.reference::<R>(field, column_named::<E>(name)?, key, true)
    }

    /// Sets the column of a field to the primary key of a row of `R`.
    pub fn related<R>(
        &mut self,
        field: &'static Field,
        column: E::Column,
        key: Option<impl Into<Value>>,
    ) -> Result<()>
    where
        R: RestEntity,
        KeyOf<R>: Key,
    {
        self.reference::<R>(field, column, key, true)
    }

    /// The same for the primary key of a row of `R` that the client named by another column.
    pub fn slug<R>(
        &mut self,
        field: &'static Field,
        column: E::Column,
        key: Option<impl Into<Value>>,
    ) -> Result<()>
    where
        R: RestEntity,
        KeyOf<R>: Key,
    {
        self.reference::<R>(field, column, key, false)
    }

    fn reference<R>(
        &mut self,
        field: &'static Field,
        column: E::Column,
        key: Option<impl Into<Value>>,
        by_key: bool,
    ) -> Result<()>
    where
        R: RestEntity,
        KeyOf<R>: Key,
    {
        if self.declared.is_some() && !by_key {
            self.translated.push(column);
        }
        if key.is_some() {
            self.references.push(Reference {
                field,
                column,
                by_key,
                rows: KeysOf::of::<R>(),
            });
        }
        self.column(column, key)
    }

    /// Replaces the rows of `R` that belong to the row through a junction table.
    ///
    /// Fails with an internal error where there is no junction table: rows that refer to this one
    /// by a foreign key of their own are written on their side, or nested.
    pub fn links<R>(&mut self, field: &'static Field, keys: Option<Vec<KeyOf<R>>>) -> Result<()>
    where
        R: RestEntity,
        E: RelatesTo<R>,
        KeyOf<R>: Key,
    {
        let Some(keys) = keys else {
            return Ok(());
        };
        let link = writable_link::<E, R>(field)?;
        let keys = keys.into_iter().map(Into::into).collect();
        let links = Links::new::<R>(field, &link, keys);
        let links = links.ok_or_else(|| not_many_to_many::<E, R>(field))?;
        self.links.push(links);
        Ok(())
    }

    /// Writes the row that `column` refers to, or sets the column to null.
    pub fn nested<S>(
        &mut self,
        field: &'static Field,
        column: E::Column,
        row: Option<Option<NestedRow<S>>>,
    ) -> Result<()>
    where
        S: ModelSerializer,
        KeyOf<S::Entity>: Key,
    {
        self.declare(column);
        if self.declared.is_some() {
            self.translated.push(column);
        }
        let row = match row {
            None => return Ok(()),
            Some(None) => return self.set(column, <KeyOf<S::Entity> as Nullable>::null()),
            Some(Some(NestedRow::Linked(key))) => {
                return self.related::<S::Entity>(field, column, Some(key));
            }
            Some(Some(row)) => row,
        };
        if let Some(row) = RowWrite::of_nested(row)? {
            self.ones.push(NestedOne::new(field, column, row));
        }
        Ok(())
    }

    /// Writes rows that belong to the row, in the way that the field says.
    pub fn nested_list<S>(
        &mut self,
        field: &'static Field,
        rows: Option<Vec<NestedRow<S>>>,
    ) -> Result<()>
    where
        S: ModelSerializer,
        E: RelatesTo<S::Entity>,
        KeyOf<E>: Key,
        KeyOf<S::Entity>: Key,
    {
        if let Some(rows) = rows {
            self.lists
                .push(Box::new(NestedList::new::<E, S>(field, rows)?));
        }
        Ok(())
    }

    /// Sets a column to a value of any type that fits it.
    pub(crate) fn set(&mut self, column: E::Column, value: Value) -> Result<()> {
        let value = fit(value, &E::Model::get_value_type(column));
        Ok(self.active.try_set(column, value)?)
    }

    pub(crate) const fn active_model(&self) -> &E::ActiveModel {
        &self.active
    }

    pub(crate) const fn active_model_mut(&mut self) -> &mut E::ActiveModel {
        &mut self.active
    }

    /// Whether nothing else is written than the row itself.
    fn is_one_row(&self) -> bool {
        self.links.is_empty() && self.ones.is_empty() && self.lists.is_empty()
    }

    /// The related rows that may have gone.
    fn suspects(&self) -> Vec<Suspect> {
        let suspects = self.references.iter().filter_map(|reference| {
            let ActiveValue::Set(key) = self.active.get(reference.column) else {
                return None;
            };
            (key != key.as_null()).then(|| Suspect {
                field: reference.field,
                keys: vec![key],
                by_key: reference.by_key,
                rows: reference.rows,
            })
        });
        suspects.collect()
    }

    /// The field that shows a column.
    fn field_of(&self, column: E::Column) -> Option<&'static Field> {
        field_of::<E>(self.fields, column)
    }
}

/// The field among those of a serializer that shows a column.
pub(crate) fn field_of<E: EntityTrait>(
    fields: &[(E::Column, &'static Field)],
    column: E::Column,
) -> Option<&'static Field> {
    let mut fields = fields.iter();
    fields.find_map(|(known, field)| (known.as_str() == column.as_str()).then_some(*field))
}

/// The column of `E` with a name of the database.
pub(crate) fn stored_column<E: EntityTrait>(name: &str) -> Result<E::Column> {
    let mut columns = E::Column::iter();
    columns
        .find(|column| column.as_str() == name)
        .ok_or_else(|| ApiError::internal(format!("{:?} has no column `{name}`", E::default())))
}

/// The relation that a field writes, if rows can be written through it. What the views of a program
/// name is refused at its start; this is for a serializer that a view chooses for one request.
fn writable_link<E, R>(field: &Field) -> Result<Link>
where
    E: RestEntity + RelatesTo<R>,
    R: RestEntity,
{
    let link = Link::new::<E, R>();
    match link.obstacle::<E, R>() {
        None => Ok(link),
        Some(obstacle) => Err(ApiError::internal(unwritable(field.name, obstacle))),
    }
}

/// What is wrong with a field that writes through a relation.
pub(crate) fn unwritable(field: &str, obstacle: &str) -> String {
    format!("the field `{field}` writes related rows, but {obstacle}: make it `read_only`")
}

fn not_many_to_many<E: EntityTrait, R: EntityTrait>(field: &Field) -> ApiError {
    ApiError::internal(format!(
        "the field `{}` is written, but {:?} and {:?} are not many-to-many; make it read-only",
        field.name,
        E::default(),
        R::default(),
    ))
}

impl<E: RestEntity> fmt::Debug for Write<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = E::Column::iter()
            .filter(|column| matches!(self.active.get(*column), ActiveValue::Set(_)));
        f.debug_struct("Write")
            .field("model", &self.model)
            .field("columns", &columns.collect::<Vec<_>>())
            .field("links", &self.links.len())
            .field("nested", &(self.ones.len() + self.lists.len()))
            .finish_non_exhaustive()
    }
}

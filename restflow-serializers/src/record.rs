//! Rows on their way in from the database: read by position, or taken from whole models.

use std::{collections::HashSet, fmt};

use restflow_exceptions::{ApiError, Result};
use sea_orm::{DbErr, EntityTrait, ModelTrait, QueryResult, TryGetable, sea_query::ValueType};

use crate::{Key, Projection, RestEntity, entity::column_named};

/// A type that one column is read into.
///
/// Nobody implements it: every type that SeaORM stores in a column is one, and so is its
/// `Option`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a column",
    note = "the field of a model serializer has the type of the model's field",
    note = "a field that is no column is `#[serializer(computed)]`, or write-only and `not_saved`"
)]
pub trait ColumnValue: TryGetable + ValueType {}

#[diagnostic::do_not_recommend]
impl<T: TryGetable + ValueType> ColumnValue for T {}

/// One row, as it came from a projected query or as a whole model.
pub enum Record<'a, E: EntityTrait> {
    /// A row whose columns are in the order of the serializer's [`Projection`], from this place on.
    Row(&'a QueryResult, usize),
    /// A whole model.
    Model(&'a E::Model),
}

impl<E: RestEntity> Record<'_, E> {
    /// Reads one column: by `index` from a row, by `column` from a model.
    ///
    /// Fails with an internal error if the value does not fit the type.
    pub fn get<T: ColumnValue>(self, index: usize, column: E::Column) -> Result<T> {
        match self {
            Self::Row(row, start) => Ok(row.try_get_by_index(start + index)?),
            Self::Model(model) => T::try_from(model.get(column))
                .map_err(|error| ApiError::internal(DbErr::Type(format!("{column:?}: {error}")))),
        }
    }

    /// Reads one column: by `index` from a row, by the name of its field from a model.
    ///
    /// Fails with an internal error if there is no such field, or if the value does not fit.
    pub fn named<T: ColumnValue>(self, index: usize, name: &str) -> Result<T> {
        match self {
            Self::Row(row, start) => Ok(row.try_get_by_index(start + index)?),
            Self::Model(_) => self.get(index, column_named::<E>(name)?),
        }
    }

    /// The same row for a flattened serializer, whose columns come after `width` others.
    #[must_use]
    pub const fn after(self, width: usize) -> Self {
        match self {
            Self::Row(row, start) => Self::Row(row, start + width),
            Self::Model(_) => self,
        }
    }
}

impl<E: EntityTrait> Clone for Record<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E: EntityTrait> Copy for Record<'_, E> {}

impl<E: EntityTrait> fmt::Debug for Record<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Row(..) => "Record::Row",
            Self::Model(_) => "Record::Model",
        })
    }
}

/// The rows of one page, which relations are loaded for together.
pub struct Records<'a, E: EntityTrait> {
    source: Source<'a, E>,
    start: usize,
    key_index: usize,
}

enum Source<'a, E: EntityTrait> {
    Rows(&'a [QueryResult]),
    Models(&'a [&'a E::Model]),
}

impl<'a, E: RestEntity> Records<'a, E> {
    /// Rows that were selected with this projection.
    #[must_use]
    pub fn rows(rows: &'a [QueryResult], projection: &Projection<E>) -> Self {
        Self {
            source: Source::Rows(rows),
            start: 0,
            key_index: projection.key_index().unwrap_or(projection.len()),
        }
    }

    /// Whole models.
    #[must_use]
    pub const fn models(models: &'a [&'a E::Model]) -> Self {
        Self {
            source: Source::Models(models),
            start: 0,
            key_index: 0,
        }
    }

    /// The same rows for a flattened serializer, whose columns come after `width` others.
    #[must_use]
    pub const fn after(mut self, width: usize) -> Self {
        self.start += width;
        self
    }

    /// The same rows with the primary key where this projection has it.
    pub(crate) fn with_key_of(mut self, projection: &Projection<E>) -> Self {
        self.key_index = projection.key_index().unwrap_or(projection.len());
        self
    }

    /// How many rows there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.source {
            Source::Rows(rows) => rows.len(),
            Source::Models(models) => models.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether these are whole models, and not rows of a query.
    pub(crate) const fn are_models(&self) -> bool {
        matches!(self.source, Source::Models(_))
    }

    /// The rows in order.
    pub fn iter(self) -> impl Iterator<Item = Record<'a, E>> + Send {
        let (rows, models): (&[_], &[_]) = match self.source {
            Source::Rows(rows) => (rows, &[]),
            Source::Models(models) => (&[], models),
        };
        rows.iter()
            .map(move |row| Record::Row(row, self.start))
            .chain(models.iter().copied().map(Record::Model))
    }

    /// Where the primary key of a row is.
    #[must_use]
    pub const fn key_index(&self) -> usize {
        self.key_index
    }

    /// The different values of a column, null left out, in the order of the rows.
    pub fn keys<K: Key>(self, index: usize, column: E::Column) -> Result<Vec<K>> {
        let mut seen = HashSet::with_capacity(self.len());
        let mut keys = Vec::with_capacity(self.len());
        for record in self.iter() {
            if let Some(key) = record.get::<Option<K>>(index, column)?
                && !seen.contains(&key)
            {
                seen.insert(key.clone());
                keys.push(key);
            }
        }
        Ok(keys)
    }
}

impl<E: EntityTrait> Clone for Records<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E: EntityTrait> Copy for Records<'_, E> {}

impl<E: EntityTrait> Clone for Source<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E: EntityTrait> Copy for Source<'_, E> {}

impl<E: RestEntity> fmt::Debug for Records<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("len", &self.len()).finish()
    }
}

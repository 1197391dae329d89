//! Nested rows, without the types of their entities.

use std::{future::Future, pin::Pin};

use restflow_exceptions::{ApiError, ErrorDetail, Result};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ModelTrait, QueryFilter, SqlErr, Value};

use super::{
    Links, RowWrite, not_many_to_many,
    save::{Owner, Saver, save_rows},
    stored_column, writable_link,
};
use crate::{
    Field, Key, KeyOf, ModelSerializer, NestedRow, NestedWrite, RelatesTo, RestEntity,
    conflict::Failure, entity::key_column, relations::Link,
};

type Saved<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// The row that a column refers to.
pub(super) struct NestedOne<E: EntityTrait> {
    pub(super) column: E::Column,
    field: &'static Field,
    row: Box<dyn ReferredRow>,
}

impl<E: EntityTrait> NestedOne<E> {
    pub(super) fn new<R>(field: &'static Field, column: E::Column, row: RowWrite<R>) -> Self
    where
        R: RestEntity,
        KeyOf<R>: Key,
    {
        Self {
            column,
            field,
            row: Box::new(row),
        }
    }

    /// Saves the row and gives its key.
    pub(super) async fn save(&self, saver: Saver<'_>) -> Result<Value, Failure> {
        let saved = self.row.save(saver).await;
        saved.map_err(|failure| failure.inner().under(self.field.name))
    }
}

trait ReferredRow: Send + Sync {
    fn save<'a>(&'a self, saver: Saver<'a>) -> Saved<'a, Value>;
}

impl<R> ReferredRow for RowWrite<R>
where
    R: RestEntity,
    KeyOf<R>: Key,
{
    fn save<'a>(&'a self, saver: Saver<'a>) -> Saved<'a, Value> {
        Box::pin(async move {
            let saver = named(saver);
            let saved = save_rows(std::slice::from_ref(self), None, saver).await?;
            let saved = saved.first().map(|saved| saved.get(key_column::<R>()));
            saved.ok_or_else(|| ApiError::internal("a saved row is missing").into())
        })
    }
}

/// Rows that belong to a row, by a foreign key of theirs or a junction table.
pub(super) trait NestedRows: Send + Sync {
    /// Saves the rows of the row with this key.
    fn save<'a>(&'a self, key: &'a Value, is_new: bool, saver: Saver<'a>) -> Saved<'a, ()>;
}

pub(super) struct NestedList<R: RestEntity> {
    field: &'static Field,
    write: NestedWrite,
    link: Link,
    rows: Vec<RowWrite<R>>,
    linked: Vec<Value>,
}

impl<R: RestEntity> NestedList<R>
where
    KeyOf<R>: Key,
{
    pub(super) fn new<E, S>(field: &'static Field, rows: Vec<NestedRow<S>>) -> Result<Self>
    where
        E: RestEntity + RelatesTo<R>,
        S: ModelSerializer<Entity = R>,
    {
        let write = field.nested_write.ok_or_else(|| {
            ApiError::internal(format!(
                "the field `{}` is not declared to be written",
                field.name
            ))
        })?;
        let link = writable_link::<E, R>(field)?;
        if write == NestedWrite::Link && link.right.is_none() {
            return Err(not_many_to_many::<E, R>(field));
        }
        let mut list = Self {
            field,
            write,
            link,
            rows: Vec::with_capacity(rows.len()),
            linked: Vec::new(),
        };
        for row in rows {
            match row {
                NestedRow::Linked(key) => list.linked.push(key.into()),
                row => list.rows.extend(RowWrite::of_nested(row)?),
            }
        }
        Ok(list)
    }

    /// Rows that refer to the row themselves.
    async fn save_referring(
        &self,
        owner: &Owner<R>,
        is_new: bool,
        saver: Saver<'_>,
    ) -> Result<(), Failure> {
        if self.write == NestedWrite::Replace && !is_new {
            self.delete_others(owner, saver).await?;
        }
        save_rows(&self.rows, Some(owner), saver).await.map(drop)
    }

    /// Deletes what is not in the list.
    async fn delete_others(&self, owner: &Owner<R>, saver: Saver<'_>) -> Result<(), Failure> {
        let key = key_column::<R>();
        let kept = self.rows.iter().filter_map(|row| row.instance.as_ref());
        let kept: Vec<Value> = kept.map(|row| row.get(key)).collect();
        let mut delete = R::delete_many().filter(owner.column.eq(owner.key.clone()));
        if !kept.is_empty() {
            delete = delete.filter(key.is_not_in(kept));
        }
        match delete.exec(saver.db).await {
            Ok(_) => Ok(()),
            Err(error) => Err(match error.sql_err() {
                Some(SqlErr::ForeignKeyConstraintViolation(_)) => still_referred(error).into(),
                _ => error.into(),
            }),
        }
    }

    /// Rows behind a junction table.
    async fn save_linked(
        &self,
        owner: &Value,
        is_new: bool,
        saver: Saver<'_>,
    ) -> Result<(), Failure> {
        let saved = save_rows(&self.rows, None, saver).await;
        let saved = saved.map_err(|failure| failure.under(self.field.name))?;
        let replaces = matches!(self.write, NestedWrite::Link | NestedWrite::Replace);
        let mut keys = self.linked.clone();
        for (row, saved) in self.rows.iter().zip(&saved) {
            if replaces || row.instance.is_none() {
                keys.push(saved.get(key_column::<R>()));
            }
        }
        let Some(links) = Links::new::<R>(self.field, &self.link, keys) else {
            return Ok(());
        };
        // The failure of a link names the field itself.
        match replaces && !is_new {
            true => links.replace(owner, saver.db).await,
            false => links.insert(links.pairs(owner), saver.db).await,
        }
    }
}

impl<R: RestEntity> NestedRows for NestedList<R>
where
    KeyOf<R>: Key,
{
    fn save<'a>(&'a self, key: &'a Value, is_new: bool, saver: Saver<'a>) -> Saved<'a, ()> {
        let saver = named(saver);
        Box::pin(async move {
            if self.link.right.is_some() {
                return self.save_linked(key, is_new, saver).await;
            }
            let column = stored_column::<R>(&self.link.left.to_string())?;
            let owner = Owner {
                column,
                key: key.clone(),
            };
            let saved = self.save_referring(&owner, is_new, saver).await;
            saved.map_err(|failure| failure.under(self.field.name))
        })
    }
}

const fn named(saver: Saver<'_>) -> Saver<'_> {
    Saver {
        named: true,
        ..saver
    }
}

fn still_referred(error: DbErr) -> ApiError {
    let detail = ErrorDetail::from("Other objects still refer to one that is left out.");
    ApiError::conflict(detail).with_source(error)
}

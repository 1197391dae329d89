//! Nested rows that are written with the row that they belong to.

use std::fmt;

use restflow_fields::FieldType;
use sea_orm::{EntityTrait, Related};
use serde::Serialize;

use crate::{Key, KeyOf, ModelOf, ModelSerializer};

/// What becomes of the rows of a nested serializer that is written: `nested(write = "…")`.
///
/// A partial update that does not hold the field leaves them alone. The foreign key of rows that
/// belong to the row by one of their own is set by restflow, whatever the client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NestedWrite {
    /// `link`: the objects name existing rows by their primary keys, and hold nothing else that
    /// counts. They become the row's, in place of those that it had. For one row, and for rows
    /// behind a junction table.
    Link,
    /// `create`: every object is a new row. The rows that there are stay.
    Create,
    /// `replace`: the list is what there is afterwards. Objects with the primary key of a row that
    /// belongs to the row already change it, objects without a key are new rows, and rows that are
    /// not in the list are deleted; behind a junction table they are only unlinked.
    Replace,
    /// `upsert`: as `replace`, but rows that are not in the list stay. For one row: it is changed
    /// if there is one, else created.
    Upsert,
}

/// One validated object of a nested serializer that is written.
pub enum NestedRow<S: ModelSerializer> {
    /// The row of this primary key is linked.
    Linked(KeyOf<S::Entity>),
    /// A row is created.
    New(S::Data),
    /// This row, which belongs to the row that is updated, is changed.
    Changed(Box<ModelOf<S>>, S::Data),
}

impl<S: ModelSerializer> NestedRow<S> {
    /// The validated data of a row that is created or changed.
    pub const fn data(&self) -> Option<&S::Data> {
        match self {
            Self::Linked(_) => None,
            Self::New(data) | Self::Changed(_, data) => Some(data),
        }
    }

    /// The same, for a hook to change.
    pub const fn data_mut(&mut self) -> Option<&mut S::Data> {
        match self {
            Self::Linked(_) => None,
            Self::New(data) | Self::Changed(_, data) => Some(data),
        }
    }

    /// The row that is changed, as it was before.
    pub fn instance(&self) -> Option<&ModelOf<S>> {
        match self {
            Self::Changed(instance, _) => Some(instance),
            Self::Linked(_) | Self::New(_) => None,
        }
    }
}

impl<S: ModelSerializer> Clone for NestedRow<S>
where
    KeyOf<S::Entity>: Key,
{
    fn clone(&self) -> Self {
        match self {
            Self::Linked(key) => Self::Linked(key.clone()),
            Self::New(data) => Self::New(data.clone()),
            Self::Changed(instance, data) => Self::Changed(instance.clone(), data.clone()),
        }
    }
}

impl<S: ModelSerializer> fmt::Debug for NestedRow<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linked(key) => f.debug_tuple("Linked").field(key).finish(),
            Self::New(data) => f.debug_tuple("New").field(data).finish(),
            Self::Changed(_, data) => f.debug_tuple("Changed").field(data).finish(),
        }
    }
}

/// A linked row as its key, another one as its data.
impl<S> Serialize for NestedRow<S>
where
    S: ModelSerializer<Data: Serialize>,
    KeyOf<S::Entity>: FieldType,
{
    fn serialize<W: serde::Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        match self {
            Self::Linked(key) => {
                let options = restflow_fields::FieldOptions::DEFAULT;
                key.to_representation(&options, serializer)
            }
            Self::New(data) | Self::Changed(_, data) => data.serialize(serializer),
        }
    }
}

/// An entity whose rows have rows of `R`, by a foreign key of theirs or a junction table.
///
/// Nobody implements it: every entity with SeaORM's `Related<R>` is one, with `via` where the rows
/// are behind a junction table. It exists for the compiler's words about a nested serializer, or
/// keys, of an entity that has nothing to do with this one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no relation to `{R}`",
    label = "these are not rows of the serializer's entity",
    note = "name the entity of rows that belong to it, or nest a serializer of that entity",
    note = "add the relation to the entity: `impl Related<{R}> for {Self}`, in the compact format a field `HasMany<{R}>`",
    note = "rows that a query of your own chooses are `#[serializer(post_fetch(…))]`"
)]
pub trait RelatesTo<R: EntityTrait>: Related<R> {}

#[diagnostic::do_not_recommend]
impl<E: Related<R>, R: EntityTrait> RelatesTo<R> for E {}

/// An entity whose rows refer to a row of `R`.
///
/// Nobody implements it: every entity with SeaORM's `Related<R>` is one. It exists for the
/// compiler's words about a nested serializer of an entity that has nothing to do with this one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no relation to `{R}`",
    label = "this serializer is not over an entity that the field's foreign key refers to",
    note = "nest a serializer of the entity that the foreign key refers to",
    note = "add the relation to the entity: `impl Related<{R}> for {Self}`, in the compact format a field `BelongsTo<{R}>`",
    note = "SeaORM has no `Related` where several relations lead to `{R}`, or from a table to itself: name the foreign key then, `#[serializer(column = \"…_id\")]`, which is compared with the relations when the routes are built"
)]
pub trait RefersTo<R: EntityTrait>: Related<R> {}

#[diagnostic::do_not_recommend]
impl<E: Related<R>, R: EntityTrait> RefersTo<R> for E {}

//! What serializers need of an entity, said once.

use std::{hash::Hash, str::FromStr};

use restflow_exceptions::{ApiError, Result};
use sea_orm::{
    ActiveModelBehavior, ColumnTrait, EntityTrait, FromQueryResult, IntoActiveModel, Iterable,
    ModelTrait, PrimaryKeyToColumn, PrimaryKeyTrait, TryGetable, Value,
    sea_query::{Nullable, ValueType},
};

/// An entity whose rows can be serialized, created and updated.
///
/// Nobody implements it: every SeaORM entity whose models can be sent between threads is one.
/// It exists so that `type Entity: RestEntity` carries all bounds and no `where` list reaches the
/// user.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity that restflow can serve",
    label = "not a SeaORM entity, or its models cannot be shared between threads",
    note = "derive `DeriveEntityModel` on the model and implement `ActiveModelBehavior` for its `ActiveModel`",
    note = "every field of the model must be `Send + Sync`"
)]
pub trait RestEntity:
    EntityTrait<
        Model: ModelTrait<Entity = Self>
                   + FromQueryResult
                   + IntoActiveModel<<Self as EntityTrait>::ActiveModel>
                   + Send
                   + Sync
                   + 'static,
        ActiveModel: ActiveModelBehavior<Entity = Self> + Send + Sync + 'static,
        Column: ColumnTrait + Send + Sync + 'static,
        PrimaryKey: PrimaryKeyTrait + Send + Sync + 'static,
    >
{
}

#[diagnostic::do_not_recommend]
impl<E> RestEntity for E where
    E: EntityTrait<
            Model: ModelTrait<Entity = E>
                       + FromQueryResult
                       + IntoActiveModel<<E as EntityTrait>::ActiveModel>
                       + Send
                       + Sync
                       + 'static,
            ActiveModel: ActiveModelBehavior<Entity = E> + Send + Sync + 'static,
            Column: ColumnTrait + Send + Sync + 'static,
            PrimaryKey: PrimaryKeyTrait + Send + Sync + 'static,
        >
{
}

/// The Rust type of the primary key of `E`; a tuple if the key is composite.
pub type KeyOf<E> = <<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType;

/// A primary key of one column, such as `i32`, `String` or `Uuid`.
///
/// Relations are loaded and checked by such keys. Nobody implements it: every type that SeaORM
/// stores in one column and that can be hashed is one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a key of one column",
    label = "a relation needs a related entity with a primary key of one column",
    note = "composite primary keys cannot be shown or checked as a relation"
)]
pub trait Key:
    TryGetable + ValueType + Nullable + Into<Value> + Eq + Hash + Clone + Send + Sync + 'static
{
}

#[diagnostic::do_not_recommend]
impl<T> Key for T where
    T: TryGetable + ValueType + Nullable + Into<Value> + Eq + Hash + Clone + Send + Sync + 'static
{
}

/// The first column of the primary key, which is the only one wherever [`Key`] is asked for.
pub(crate) fn key_column<E: EntityTrait>() -> E::Column {
    E::PrimaryKey::iter()
        .next()
        .expect("an entity has a primary key")
        .into_column()
}

/// The column of a field of the model. Fails with an internal error if there is none.
pub(crate) fn column_named<E: EntityTrait>(name: &str) -> Result<E::Column> {
    find_column::<E>(name).ok_or_else(|| {
        let entity = std::any::type_name::<E>();
        ApiError::internal(format!("`{entity}` has no column `{name}`"))
    })
}

/// The column of a field of the model.
pub(crate) fn find_column<E: EntityTrait>(name: &str) -> Option<E::Column> {
    E::Column::from_str(name).ok()
}

//! What a validated input changes: columns of one row and links to other rows.

use std::{collections::HashSet, fmt};

use restflow_exceptions::{ApiError, Result};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ActiveValue, ConnectionTrait, DbErr, EntityTrait,
    IntoActiveModel, Iterable, ModelTrait, QueryResult, Related, Value,
    sea_query::{DynIden, Expr, ExprTrait, Query, TableRef},
};

use crate::{
    Field, Key, KeyOf, RestEntity, conflict,
    entity::key_column,
    relations::{CHUNK, Link},
    value::fit,
};

/// The columns and many-to-many links to save for one row of `E`.
pub struct Write<E: RestEntity> {
    model: &'static str,
    active: E::ActiveModel,
    columns: Vec<(E::Column, &'static Field)>,
    links: Vec<Links>,
}

impl<E: RestEntity> Write<E> {
    /// Starts with nothing to save. `model` is the entity's name in messages: `order line`.
    #[must_use]
    pub fn new(model: &'static str) -> Self {
        Self {
            model,
            active: <E::ActiveModel as ActiveModelTrait>::default(),
            columns: Vec::new(),
            links: Vec::new(),
        }
    }

    /// Sets the column of a field that was sent.
    pub fn column<T: Into<Value>>(
        &mut self,
        field: &'static Field,
        column: E::Column,
        value: Option<T>,
    ) -> Result<()> {
        if let Some(value) = value {
            self.set(column, value.into())?;
            self.columns.push((column, field));
        }
        Ok(())
    }

    /// Replaces the rows of `R` that belong to the row through a junction table.
    ///
    /// Fails with an internal error where there is no junction table: rows that refer to this one
    /// by a foreign key of their own are written on their side.
    pub fn links<R>(&mut self, field: &'static Field, keys: Option<Vec<KeyOf<R>>>) -> Result<()>
    where
        R: RestEntity,
        E: Related<R>,
        KeyOf<R>: Key,
    {
        let Some(keys) = keys else {
            return Ok(());
        };
        let Link {
            table, left, right, ..
        } = Link::new::<E, R>();
        let Some(right) = right else {
            return Err(ApiError::internal(format!(
                "the field `{}` is written, but {:?} and {:?} are not many-to-many; make it read-only",
                field.name,
                E::default(),
                R::default(),
            )));
        };
        self.links.push(Links {
            table,
            left,
            right,
            keys: keys.into_iter().map(Into::into).collect(),
            read: |row| row.try_get_by_index::<KeyOf<R>>(0).map(Into::into),
        });
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

    pub(crate) const fn has_links(&self) -> bool {
        !self.links.is_empty()
    }

    /// Inserts the row or updates `instance`, then the links. The caller holds the transaction.
    pub(crate) async fn save<C: ConnectionTrait>(
        self,
        instance: Option<E::Model>,
        db: &C,
    ) -> Result<E::Model> {
        let Self {
            model: name,
            active,
            columns,
            links,
        } = self;
        let is_new = instance.is_none();
        let saved = match instance {
            None => {
                overlay::<E>(ActiveModelBehavior::new(), &active)?
                    .insert(db)
                    .await
            }
            Some(instance) => update::<E, C>(instance, &active, db).await,
        };
        let translate = |error| conflict::translate::<E>(error, name, &columns);
        let saved = saved.map_err(translate)?;
        let key = saved.get(key_column::<E>());
        for link in links {
            link.replace(&key, is_new, db).await.map_err(translate)?;
        }
        Ok(saved)
    }
}

/// Updates the set columns. Where `ActiveModelBehavior::before_save` leaves nothing to update, the
/// row stays as it is and is not read again.
async fn update<E: RestEntity, C: ConnectionTrait>(
    instance: E::Model,
    changes: &E::ActiveModel,
    db: &C,
) -> Result<E::Model, DbErr> {
    let active = overlay::<E>(instance.clone().into_active_model(), changes)?;
    let active = ActiveModelBehavior::before_save(active, db, false).await?;
    let updated = if active.is_changed() {
        E::update(active).exec(db).await?
    } else {
        instance
    };
    E::ActiveModel::after_save(updated, db, false).await
}

/// Puts the set columns of `changes` over `base`.
fn overlay<E: RestEntity>(
    mut base: E::ActiveModel,
    changes: &E::ActiveModel,
) -> Result<E::ActiveModel, DbErr> {
    for column in <E as EntityTrait>::Column::iter() {
        if let ActiveValue::Set(value) = changes.get(column) {
            base.try_set(column, value)?;
        }
    }
    Ok(base)
}

/// The rows of a junction table that one row shall have.
struct Links {
    table: TableRef,
    left: DynIden,
    right: DynIden,
    keys: Vec<Value>,
    read: fn(&QueryResult) -> Result<Value, DbErr>,
}

impl Links {
    /// Removes what is too much and adds what is missing, so that the other columns of links that
    /// stay are kept. Django: `ManyRelatedManager.set`.
    async fn replace<C: ConnectionTrait>(
        self,
        key: &Value,
        is_new: bool,
        db: &C,
    ) -> Result<(), DbErr> {
        let present = if is_new {
            HashSet::new()
        } else {
            self.present(key, db).await?
        };
        let wanted: HashSet<&Value> = self.keys.iter().collect();
        let removed: Vec<_> = present.iter().filter(|key| !wanted.contains(key)).collect();
        for chunk in removed.chunks(CHUNK) {
            let statement = Query::delete()
                .from_table(self.table.clone())
                .and_where(Expr::col(self.left.clone()).eq(key.clone()))
                .and_where(Expr::col(self.right.clone()).is_in(chunk.iter().copied().cloned()))
                .take();
            db.execute(&statement).await?;
        }
        let mut added = self.keys.clone();
        added.retain(|key| !present.contains(key));
        for chunk in added.chunks(CHUNK) {
            let mut statement = Query::insert();
            statement
                .into_table(self.table.clone())
                .columns([self.left.clone(), self.right.clone()]);
            for related in chunk {
                statement.values_panic([key.clone().into(), related.clone().into()]);
            }
            db.execute(&statement).await?;
        }
        Ok(())
    }

    async fn present<C: ConnectionTrait>(
        &self,
        key: &Value,
        db: &C,
    ) -> Result<HashSet<Value>, DbErr> {
        let statement = Query::select()
            .column(self.right.clone())
            .from(self.table.clone())
            .and_where(Expr::col(self.left.clone()).eq(key.clone()))
            .take();
        let rows = db.query_all(&statement).await?;
        rows.iter().map(self.read).collect()
    }
}

impl<E: RestEntity> fmt::Debug for Write<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.columns.iter().map(|(column, _)| column);
        f.debug_struct("Write")
            .field("model", &self.model)
            .field("columns", &columns.collect::<Vec<_>>())
            .field("links", &self.links.len())
            .finish_non_exhaustive()
    }
}

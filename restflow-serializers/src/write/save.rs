//! Rows on their way to the database.

use restflow_exceptions::{ApiError, ErrorDetail, NON_FIELD_ERRORS, Result};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait,
    DatabaseExecutor, DatabaseTransaction, DbErr, EntityTrait, IdenStatic, IntoActiveModel,
    Iterable, ModelTrait, PrimaryKeyToColumn, QueryFilter, SqliteTransactionMode,
    TransactionOptions, TransactionTrait, Value,
};

use super::{Links, Write};
use crate::{
    Field, ModelSerializer, NestedRow, RestEntity,
    conflict::{Failure, key_text, missing_key},
    entity::key_column,
    relations::CHUNK,
    value::fit,
};

/// How often a transaction is run again that the database gave up for another one.
const RETRIES: u32 = 5;

/// How many values one statement may bind on every database: SQLite allows 32,766.
const MAX_BINDS: usize = 30_000;

/// What is written to one row: an existing one, or a new one.
pub(crate) struct RowWrite<E: RestEntity> {
    pub(crate) instance: Option<E::Model>,
    pub(crate) write: Write<E>,
}

impl<E: RestEntity> RowWrite<E> {
    /// What a nested object writes; `None` for one that only names a row.
    pub(super) fn of_nested<S>(row: NestedRow<S>) -> Result<Option<Self>>
    where
        S: ModelSerializer<Entity = E>,
    {
        let (instance, data) = match row {
            NestedRow::Linked(_) => return Ok(None),
            NestedRow::New(data) => (None, data),
            NestedRow::Changed(instance, data) => (Some(*instance), data),
        };
        let write = S::model_class().write(data)?;
        Ok(Some(Self { instance, write }))
    }
}

/// The row that nested rows belong to: their foreign key, and its value.
pub(super) struct Owner<E: EntityTrait> {
    pub(super) column: E::Column,
    pub(super) key: Value,
}

/// Where to save, and whether new rows go in together. One by one it is known which one breaks a
/// constraint.
#[derive(Clone, Copy)]
pub(super) struct Saver<'a> {
    pub(super) db: &'a DatabaseExecutor<'a>,
    pub(super) together: bool,
    /// Whether the input names the rows, so that one that has gone is an error of the input and
    /// not a 404.
    pub(super) named: bool,
}

/// Saves one row with all that belongs to it.
pub(crate) async fn save<E: RestEntity>(
    row: &RowWrite<E>,
    db: &DatabaseExecutor<'_>,
) -> Result<E::Model> {
    let saved = save_checked(std::slice::from_ref(row), db, false).await;
    match saved {
        Ok(saved) => {
            let saved = saved.into_iter().next();
            saved.ok_or_else(|| ApiError::internal("a saved row is missing"))
        }
        Err(failure) => Err(failure.inner().resolve(db).await),
    }
}

/// Saves several rows, all or none. Errors are by position.
pub(crate) async fn save_all<E: RestEntity>(
    rows: &[RowWrite<E>],
    db: &DatabaseExecutor<'_>,
) -> Result<Vec<E::Model>> {
    match save_checked(rows, db, true).await {
        Ok(saved) => Ok(saved),
        Err(failure) => Err(failure.resolve(db).await),
    }
}

/// Saves in one transaction, again where the database gave it up for another one; inside a
/// transaction of the caller up to a savepoint, and once.
async fn save_checked<E: RestEntity>(
    rows: &[RowWrite<E>],
    db: &DatabaseExecutor<'_>,
    named: bool,
) -> Result<Vec<E::Model>, Failure> {
    let retries = match db {
        DatabaseExecutor::Connection(_) => RETRIES,
        _ => 0,
    };
    let mut together = true;
    let mut retried = 0;
    loop {
        let saver = Saver {
            db,
            together,
            named,
        };
        let failure = match attempt(rows, saver).await {
            Ok(saved) => return Ok(saved),
            Err(failure) => failure,
        };
        if failure.is_among && together {
            together = false;
        } else if failure.can_be_retried && retried < retries {
            retried += 1;
        } else {
            return Err(failure);
        }
    }
}

async fn attempt<E: RestEntity>(
    rows: &[RowWrite<E>],
    saver: Saver<'_>,
) -> Result<Vec<E::Model>, Failure> {
    // In a transaction of the caller, a statement that fails may be the end of it: PostgreSQL takes
    // no other one before the last savepoint.
    if let ([row], DatabaseExecutor::Connection(_)) = (rows, saver.db)
        && row.write.is_one_row()
    {
        return save_rows(rows, None, saver).await;
    }
    let transaction = begin(saver.db).await?;
    let executor = DatabaseExecutor::Transaction(&transaction);
    let within = Saver {
        db: &executor,
        ..saver
    };
    match save_rows(rows, None, within).await {
        Ok(saved) => {
            // Constraints may be deferred to the end.
            let committed = transaction.commit().await;
            committed.map_err(|error| match rows {
                [row] => failure_of(row, saver, error).at(0),
                _ => error.into(),
            })?;
            Ok(saved)
        }
        Err(failure) => {
            // The first error says more than that of a failed rollback.
            let _ = transaction.rollback().await;
            Err(failure)
        }
    }
}

/// Begins a transaction that writes. One of SQLite takes its lock at once: if it read first, it
/// would fail where another one has written meanwhile, instead of waiting.
async fn begin(db: &DatabaseExecutor<'_>) -> Result<DatabaseTransaction, DbErr> {
    match db {
        DatabaseExecutor::Connection(db) => {
            let options = TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            };
            db.begin_with_options(options).await
        }
        within => within.begin().await,
    }
}

/// Saves rows and gives them back in their order: first those that exist, then the new ones in
/// one statement for each run of 500 with the same columns, then what belongs to them. A failure
/// is at the position of its row.
pub(super) async fn save_rows<E: RestEntity>(
    rows: &[RowWrite<E>],
    owner: Option<&Owner<E>>,
    saver: Saver<'_>,
) -> Result<Vec<E::Model>, Failure> {
    if saver.together {
        return save_together(rows, owner, saver).await;
    }
    let mut saved = Vec::with_capacity(rows.len());
    for (position, row) in rows.iter().enumerate() {
        let one = save_together(std::slice::from_ref(row), owner, saver).await;
        saved.extend(one.map_err(|failure| failure.inner().at(position))?);
    }
    Ok(saved)
}

async fn save_together<E: RestEntity>(
    rows: &[RowWrite<E>],
    owner: Option<&Owner<E>>,
    saver: Saver<'_>,
) -> Result<Vec<E::Model>, Failure> {
    let mut saved: Vec<Option<E::Model>> = rows.iter().map(|_| None).collect();
    let mut new = Vec::new();
    for (position, row) in rows.iter().enumerate() {
        let prepared = prepare(row, owner, saver).await;
        match prepared.map_err(|failure| failure.at(position))? {
            Prepared::Saved(model) => saved[position] = Some(*model),
            Prepared::New(active) => new.push((position, *active)),
        }
    }
    insert(rows, new, &mut saved, saver).await?;
    let saved: Option<Vec<_>> = saved.into_iter().collect();
    let saved = saved.ok_or_else(|| ApiError::internal("a saved row is missing"))?;
    let keys: Vec<Value> = saved.iter().map(|row| row.get(key_column::<E>())).collect();
    save_links(rows, &keys, saver).await?;
    for (position, (row, key)) in rows.iter().zip(&keys).enumerate() {
        for list in &row.write.lists {
            let saved = list.save(key, row.instance.is_none(), saver).await;
            saved.map_err(|failure| failure.at(position))?;
        }
    }
    Ok(saved)
}

enum Prepared<E: EntityTrait> {
    Saved(Box<E::Model>),
    New(Box<E::ActiveModel>),
}

/// Saves the rows that the row refers to, then the row itself if it exists.
async fn prepare<E: RestEntity>(
    row: &RowWrite<E>,
    owner: Option<&Owner<E>>,
    saver: Saver<'_>,
) -> Result<Prepared<E>, Failure> {
    let RowWrite { instance, write } = row;
    let mut active = write.active.clone();
    for one in &write.ones {
        let key = one.save(saver).await?;
        set::<E>(&mut active, one.column, key)?;
    }
    match instance {
        Some(instance) => {
            let updated = update::<E>(instance, active, owner, saver.db).await;
            let updated = updated.map_err(|error| failure_of(row, saver, error))?;
            Ok(Prepared::Saved(Box::new(updated)))
        }
        None => {
            let mut active = overlay::<E>(ActiveModelBehavior::new(), &active)?;
            if let Some(owner) = owner {
                set::<E>(&mut active, owner.column, owner.key.clone())?;
            }
            let active = ActiveModelBehavior::before_save(active, saver.db, true).await?;
            Ok(Prepared::New(Box::new(active)))
        }
    }
}

fn set<E: RestEntity>(
    active: &mut E::ActiveModel,
    column: E::Column,
    value: Value,
) -> Result<(), DbErr> {
    active.try_set(column, fit(value, &E::Model::get_value_type(column)))
}

/// Updates the set columns. Where `ActiveModelBehavior::before_save` leaves nothing to update, the
/// row stays as it is and is not read again. A row keeps its primary key: with another one, another
/// row would be updated. A nested row stays with its owner, and is not updated once it belongs to
/// another one.
async fn update<E: RestEntity>(
    instance: &E::Model,
    mut changes: E::ActiveModel,
    owner: Option<&Owner<E>>,
    db: &DatabaseExecutor<'_>,
) -> Result<E::Model, DbErr> {
    for key in E::PrimaryKey::iter() {
        changes.not_set(key.into_column());
    }
    if let Some(owner) = owner {
        changes.not_set(owner.column);
    }
    let active = overlay::<E>(instance.clone().into_active_model(), &changes)?;
    let active = ActiveModelBehavior::before_save(active, db, false).await?;
    let updated = if active.is_changed() {
        let mut update = E::update(active).validate()?;
        if let Some(owner) = owner {
            update = update.filter(owner.column.eq(owner.key.clone()));
        }
        update.exec(db).await?
    } else {
        instance.clone()
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

/// Inserts the new rows, in runs of the same columns: what one row leaves to the database must not
/// become null because another one sets it.
async fn insert<E: RestEntity>(
    rows: &[RowWrite<E>],
    new: Vec<(usize, E::ActiveModel)>,
    saved: &mut [Option<E::Model>],
    saver: Saver<'_>,
) -> Result<(), Failure> {
    let can_return = saver.db.support_returning();
    let mut new = new.into_iter().peekable();
    while let Some((position, active)) = new.next() {
        let columns = set_columns::<E>(&active);
        // There is no one statement for several rows of nothing but defaults.
        let limit = match can_return && !columns.is_empty() {
            true => CHUNK.min(MAX_BINDS / columns.len().max(1)),
            false => 1,
        };
        let mut positions = vec![position];
        let mut run = vec![active];
        while run.len() < limit
            && let Some((position, active)) =
                new.next_if(|(_, active)| set_columns::<E>(active) == columns)
        {
            positions.push(position);
            run.push(active);
        }
        let is_one = positions.len() == 1;
        let inserted = match is_one {
            true => insert_one::<E>(run, saver.db).await,
            false => E::insert_many(run).exec_with_returning(saver.db).await,
        };
        let inserted = inserted.map_err(|error| {
            let failure = failure_of(&rows[position], saver, error);
            match is_one {
                true => failure.at(position),
                false => failure.among(),
            }
        })?;
        if inserted.len() != positions.len() {
            return Err(ApiError::internal("the database has not inserted all rows").into());
        }
        for (position, model) in positions.into_iter().zip(inserted) {
            let model = E::ActiveModel::after_save(model, saver.db, true).await;
            saved[position] = Some(model.map_err(|error| after_insert(error, saver))?);
        }
    }
    Ok(())
}

/// A row that was inserted outside of a transaction stays, and would be inserted once more.
fn after_insert(error: DbErr, saver: Saver<'_>) -> Failure {
    match saver.db {
        DatabaseExecutor::Connection(_) => ApiError::from(error).into(),
        _ => error.into(),
    }
}

async fn insert_one<E: RestEntity>(
    run: Vec<E::ActiveModel>,
    db: &DatabaseExecutor<'_>,
) -> Result<Vec<E::Model>, DbErr> {
    let mut inserted = Vec::with_capacity(run.len());
    for active in run {
        inserted.push(E::insert(active).exec_with_returning(db).await?);
    }
    Ok(inserted)
}

fn set_columns<E: RestEntity>(active: &E::ActiveModel) -> Vec<&'static str> {
    let columns = <E as EntityTrait>::Column::iter();
    let set = columns.filter(|column| !matches!(active.get(*column), ActiveValue::NotSet));
    set.map(|column| column.as_str()).collect()
}

/// Links new rows together, and those that exist one by one.
async fn save_links<E: RestEntity>(
    rows: &[RowWrite<E>],
    keys: &[Value],
    saver: Saver<'_>,
) -> Result<(), Failure> {
    let mut new: Vec<(&Links, Vec<(&Value, &Value)>)> = Vec::new();
    for (position, (row, key)) in rows.iter().zip(keys).enumerate() {
        for links in &row.write.links {
            if row.instance.is_some() {
                let replaced = links.replace(key, saver.db).await;
                replaced.map_err(|failure| failure.at(position))?;
                continue;
            }
            let is_same = |(known, _): &&mut (&Links, _)| known.field.name == links.field.name;
            match new.iter_mut().find(is_same) {
                Some((_, pairs)) => pairs.extend(links.pairs(key)),
                None => new.push((links, links.pairs(key).collect())),
            }
        }
    }
    for (links, pairs) in new {
        let inserted = links.insert(pairs.into_iter(), saver.db).await;
        inserted.map_err(|failure| match rows.len() {
            1 => failure.at(0),
            _ => failure.among(),
        })?;
    }
    Ok(())
}

/// Where in the input the error of a row belongs.
fn failure_of<E: RestEntity>(row: &RowWrite<E>, saver: Saver<'_>, error: DbErr) -> Failure {
    let write = &row.write;
    if saver.named
        && matches!(error, DbErr::RecordNotUpdated)
        && let Some(instance) = &row.instance
    {
        let key = key_column::<E>();
        return not_owned(write.field_of(key), &instance.get(key)).into();
    }
    Failure::of_row::<E>(error, write.model, write.fields, write.suspects())
}

/// The row has gone, or to another owner.
fn not_owned(field: Option<&'static Field>, key: &Value) -> ApiError {
    let message = missing_key(&key_text(key).unwrap_or_default());
    let name = field.map_or(NON_FIELD_ERRORS, |field| field.name);
    ApiError::validation(ErrorDetail::field(name, message))
}

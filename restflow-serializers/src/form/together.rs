//! Columns whose values no two rows have together.

use restflow_exceptions::{ErrorMessage, FieldErrors, NON_FIELD_ERRORS, Result};
use sea_orm::{ColumnTrait, Condition, IdenStatic, ModelTrait, Value};

use super::{
    batch::Claim,
    probe::{self, Probe},
    related::{other_than, rows_where},
};
use crate::{Field, RestEntity, Validation};

/// A field of a set.
#[derive(Debug)]
pub struct Member<E: RestEntity> {
    field: &'static Field,
    column: E::Column,
    /// `None` where it was not sent and no default was put in.
    value: Option<Value>,
}

impl<E: RestEntity> Member<E> {
    /// The field for a column, and its validated value.
    pub fn new<T: Into<Value>>(field: &'static Field, column: E::Column, value: Option<T>) -> Self {
        Self {
            field,
            column,
            value: value.map(Into::into),
        }
    }
}

/// Refuses what another row, or another object of the same list, has in all columns of a set.
///
/// A field that was not sent counts as it is in the updated row. A set with a null in it is not
/// looked up, for databases do not hold nulls to be equal, and neither is one that the updated row
/// has already. All sets are one query, in a list together with those of the other objects.
///
/// DRF: `UniqueTogetherValidator`.
pub async fn unique_together<E: RestEntity>(
    sets: impl IntoIterator<Item = Vec<Member<E>>> + Send,
    validation: &Validation<'_>,
) -> Result<()> {
    if validation.is_refused() {
        return Ok(());
    }
    let mut errors = FieldErrors::new();
    let mut probes = Vec::new();
    for set in sets {
        match check(set, validation) {
            Ok(None) => {}
            Ok(Some(probe)) => probes.push(probe),
            Err(message) => errors.add(NON_FIELD_ERRORS, message),
        }
    }
    for (_, message) in probe::run(probes, validation).await? {
        errors.add(NON_FIELD_ERRORS, message);
    }
    Ok(errors.into_result()?)
}

/// What the database must be asked about a set.
fn check<E: RestEntity>(
    set: Vec<Member<E>>,
    validation: &Validation<'_>,
) -> Result<Option<Probe<'static>>, ErrorMessage> {
    let names: Vec<_> = set.iter().map(|member| member.field.name).collect();
    let message = ErrorMessage::new(
        format!("The fields {} must make a unique set.", names.join(", ")),
        "unique",
    );
    let instance = validation.instance::<E::Model>();
    let others = validation.others::<E>();
    let mut is_own = instance.is_some();
    let mut columns = Vec::with_capacity(set.len());
    for Member { column, value, .. } in set {
        let own = instance.map(|instance| instance.get(column));
        is_own &= value.is_none() || value == own;
        match value.or(own).filter(|value| *value != value.as_null()) {
            Some(value) => columns.push((column, value)),
            None => return Ok(None),
        }
    }
    // Where the rows around this one are written anew, what it keeps counts as well.
    if is_own && others.is_none() {
        return Ok(None);
    }
    let claim = columns.iter();
    let claim = claim.map(|(column, value)| (column.as_str(), value.clone()));
    let claim: Claim = claim.collect();
    if validation.is_taken_until_later::<E>(&claim) {
        return Err(message);
    }
    if let Some(batch) = validation.batch()
        && !batch.claim::<E>(claim, instance)
    {
        return Err(message);
    }
    if is_own {
        return Ok(None);
    }
    let mut condition = columns
        .into_iter()
        .fold(Condition::all(), |condition, (column, value)| {
            condition.add(column.eq(value))
        });
    if let Some(instance) = instance {
        condition = condition.add(other_than::<E>(instance));
    }
    if let Some(others) = others {
        condition = condition.add(others.clone());
    }
    Ok(Some(Probe::exists(
        0,
        rows_where::<E>(condition),
        false,
        || message,
    )))
}

//! Related rows, loaded for a whole page with a constant number of queries.

mod keys;
mod link;
mod to_many;
mod to_one;
mod values;

pub(crate) use self::link::Link;
pub use self::{
    keys::RelatedKeys,
    to_many::ToMany,
    to_one::ToOne,
    values::{RelatedValues, RelatedValuesMany},
};

use restflow_exceptions::{ApiError, Result};

/// How many keys one query asks for; more keys are asked for in further queries.
pub(crate) const CHUNK: usize = 500;

/// Demands the row behind a foreign key that is not null.
///
/// Fails with an internal error where the database has no such row.
pub fn expect_related<T>(related: Option<T>, field: &'static str) -> Result<T> {
    related.ok_or_else(|| ApiError::internal(format!("no related row for the field `{field}`")))
}

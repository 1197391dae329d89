//! Related rows, loaded for a whole page with a constant number of queries.

mod annotated;
mod computed_many;
mod keys;
mod link;
mod post_fetched;
mod to_many;
mod to_one;
mod values;

pub(crate) use self::link::Link;
pub use self::{
    annotated::Annotated,
    computed_many::ComputedMany,
    keys::RelatedKeys,
    post_fetched::{JoinKey, JoinsWith, PostFetchedRows},
    to_many::ToMany,
    to_one::ToOne,
    values::{RelatedValues, RelatedValuesMany},
};

use restflow_exceptions::{ApiError, Result};

/// How many keys one query asks for; more keys are asked for in further queries.
pub(crate) const CHUNK: usize = 500;

/// The keys of one query, filled up to a power of two with the last of them: few lengths are few
/// SQL texts, and the database prepares each text once.
pub(crate) fn padded<K: Clone>(keys: &[K]) -> impl Iterator<Item = K> {
    let filling = keys.len().next_power_of_two() - keys.len();
    let last = keys.last().into_iter();
    let filling = last.flat_map(move |last| std::iter::repeat_n(last, filling));
    keys.iter().chain(filling).cloned()
}

/// Demands the row behind a foreign key that is not null.
///
/// Fails with an internal error where the database has no such row.
pub fn expect_related<T>(related: Option<T>, field: &'static str) -> Result<T> {
    related.ok_or_else(|| ApiError::internal(format!("no related row for the field `{field}`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_filled_up_to_a_power_of_two() {
        let table: [(&[i32], &[i32]); 4] = [
            (&[], &[]),
            (&[1], &[1]),
            (&[1, 2, 3], &[1, 2, 3, 3]),
            (&[1, 2, 3, 4, 5], &[1, 2, 3, 4, 5, 5, 5, 5]),
        ];
        for (keys, expected) in table {
            assert_eq!(padded(keys).collect::<Vec<_>>(), expected);
        }
    }
}

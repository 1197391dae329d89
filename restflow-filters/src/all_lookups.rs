//! The lookups that a type of values has of itself.

use restflow_fields::Choices;
use sea_orm::{ColumnTrait, EntityTrait};

use crate::column_filter::{ColumnFilter, FilterValue};
use crate::lookups;

/// A type of values that has lookups of itself, those of its categories.
///
/// Texts have `basic` and `text`; numbers and durations `basic` and `comparison`; dates and times
/// also `date` and `time`, as far as they have them; all others `basic`. `Kind` tells enums with
/// `Choices` from types that restflow knows and is always inferred.
///
/// drf-restflow: `lookup_categories` of a field class, for `lookups = "__all__"`.
#[diagnostic::on_unimplemented(
    message = "values of the type `{Self}` have no lookups of themselves",
    label = "not a type that `lookups(all)` knows",
    note = "name the lookups: `lookups(basic, comparison)`"
)]
pub trait AllLookups<Kind>: FilterValue {
    /// Adds the lookups.
    #[must_use]
    fn add<E, C>(filter: ColumnFilter<E, Self, C>) -> ColumnFilter<E, Self, C>
    where
        E: EntityTrait,
        C: ColumnTrait + Send + Sync;
}

/// The kind of types that restflow knows.
#[derive(Debug)]
pub struct KnownType;

/// The kind of enums with choices.
#[derive(Debug)]
pub struct ChoiceType;

impl<T: Choices + FilterValue> AllLookups<ChoiceType> for T {
    fn add<E, C>(filter: ColumnFilter<E, Self, C>) -> ColumnFilter<E, Self, C>
    where
        E: EntityTrait,
        C: ColumnTrait + Send + Sync,
    {
        filter
            .lookup(lookups::Exact)
            .lookup(lookups::In)
            .lookup(lookups::IsNull)
    }
}

macro_rules! all_lookups {
    (@one $type:ty, ($($lookup:ident)*)) => {
        impl AllLookups<KnownType> for $type {
            fn add<E, C>(filter: ColumnFilter<E, Self, C>) -> ColumnFilter<E, Self, C>
            where
                E: EntityTrait,
                C: ColumnTrait + Send + Sync,
            {
                filter
                    .lookup(lookups::Exact)
                    .lookup(lookups::In)
                    .lookup(lookups::IsNull)
                    $(.lookup(lookups::$lookup))*
            }
        }
    };
    ($($type:ty),+ => $lookups:tt) => {
        $(all_lookups!(@one $type, $lookups);)+
    };
}

all_lookups!(bool, uuid::Uuid => ());
all_lookups!(String => (IContains Contains StartsWith EndsWith IExact));
all_lookups!(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64 => (Gt Gte Lt Lte));
all_lookups!(rust_decimal::Decimal => (Gt Gte Lt Lte));
all_lookups!(crate::Seconds, crate::Milliseconds, crate::Microseconds => (Gt Gte Lt Lte));
all_lookups!(chrono::NaiveDate => (Gt Gte Lt Lte Date Year Month Day Week WeekDay Quarter));
all_lookups!(chrono::NaiveTime => (Gt Gte Lt Lte Time Hour Minute Second));
all_lookups!(
    chrono::NaiveDateTime, chrono::DateTime<chrono::Utc>, chrono::DateTime<chrono::FixedOffset>
    => (
        Gt Gte Lt Lte Date Year Month Day Week WeekDay Quarter Time Hour Minute Second
    )
);

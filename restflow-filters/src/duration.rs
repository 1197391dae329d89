//! Spans of time as filters. Databases other than PostgreSQL have no type for them, so a column
//! holds their number of seconds or of parts of them.

use chrono::TimeDelta;
use restflow_exceptions::{ErrorDetail, ErrorMessage};
use restflow_fields::{FieldInfo, FieldOptions, FieldType, Raw, Supports};
use sea_orm::Value;
use serde::Serializer;

use crate::column_filter::Fits;
use crate::lookups::Ordered;

macro_rules! durations {
    ($($(#[$meta:meta])* $name:ident: $count:expr;)+) => {$(
        $(#[$meta])*
        ///
        /// The wire form is that of DRF's `DurationField`, `1 02:03:04` or `P1DT2H`; limits are
        /// seconds. It fits columns of the types `i32` and `i64`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(
            /// The span of time.
            pub TimeDelta,
        );

        impl FieldType for $name {
            const SUPPORTS: Supports = TimeDelta::SUPPORTS;

            fn describe(options: &FieldOptions) -> FieldInfo {
                TimeDelta::describe(options)
            }

            fn to_internal_value(
                value: serde_json::Value,
                options: &FieldOptions,
            ) -> Result<Self, ErrorDetail> {
                TimeDelta::to_internal_value(value, options).map(Self)
            }

            fn from_raw(raw: Raw<'_>, options: &FieldOptions) -> Result<Self, ErrorDetail> {
                TimeDelta::from_raw(raw, options).map(Self)
            }

            fn run_validators(&self, options: &FieldOptions, errors: &mut Vec<ErrorMessage>) {
                self.0.run_validators(options, errors);
            }

            fn to_representation<S: Serializer>(
                &self,
                options: &FieldOptions,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                self.0.to_representation(options, serializer)
            }
        }

        impl From<$name> for Value {
            fn from($name(duration): $name) -> Self {
                let count: fn(TimeDelta) -> i64 = $count;
                Self::BigInt(Some(count(duration)))
            }
        }

        impl Fits<i32> for $name {}
        impl Fits<Option<i32>> for $name {}
        impl Fits<i64> for $name {}
        impl Fits<Option<i64>> for $name {}
        impl Ordered for $name {}
    )+};
}

durations! {
    /// A span of time, compared with a column of whole seconds.
    Seconds: |duration| duration.num_seconds();
    /// A span of time, compared with a column of milliseconds.
    Milliseconds: |duration| duration.num_milliseconds();
    /// A span of time, compared with a column of microseconds, which is how Django stores a
    /// `DurationField` in databases without a type for it.
    Microseconds: |duration| {
        let greatest = if duration < TimeDelta::zero() { i64::MIN } else { i64::MAX };
        duration.num_microseconds().unwrap_or(greatest)
    };
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn durations_are_numbers_of_their_unit() {
        let read = |text: &str| {
            let value = serde_json::Value::from(text);
            TimeDelta::run_validation(value, &FieldOptions::DEFAULT).unwrap()
        };
        let number = |value: Value| match value {
            Value::BigInt(number) => number,
            other => panic!("{other:?}"),
        };
        let day = read("1 00:00:01.5");
        assert_eq!(number(Seconds(day).into()), Some(86_401));
        assert_eq!(number(Milliseconds(day).into()), Some(86_401_500));
        assert_eq!(number(Microseconds(day).into()), Some(86_401_500_000));
        let longest = read("999999999 23:59:59.999999");
        assert_eq!(number(Microseconds(longest).into()), Some(i64::MAX));
        let shortest = read("-999999999 00:00:00");
        assert_eq!(number(Microseconds(shortest).into()), Some(i64::MIN));
    }
}

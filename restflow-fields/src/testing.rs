//! The one table check of the unit tests.

use serde_json::Value;

use crate::{FieldOptions, FieldType};

/// Adapts a field type to serde, so that its output can be looked at.
pub(crate) struct Shown<'a, T>(pub(crate) &'a T, pub(crate) &'a FieldOptions);

impl<T: FieldType> serde::Serialize for Shown<'_, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.to_representation(self.1, serializer)
    }
}

/// Reads each input, and compares what comes out again or the errors.
pub(crate) fn check<T: FieldType>(
    options: &FieldOptions,
    table: impl IntoIterator<Item = (Value, Result<Value, Value>)>,
) {
    for (input, expected) in table {
        let shown = input.to_string();
        let actual = match T::run_validation(input, options) {
            Ok(value) => Ok(serde_json::to_value(Shown(&value, options)).unwrap()),
            Err(errors) => Err(errors.to_value()),
        };
        assert_eq!(actual, expected, "input {shown}");
    }
}

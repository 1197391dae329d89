//! Elements that may be null. DRF: `ListField(child=…(allow_null=True))`, `HStoreField`.

use restflow_exceptions::{ErrorDetail, ErrorMessage};
use serde::Serializer;
use serde_json::Value;

use crate::{FieldInfo, FieldOptions, FieldType, Raw, Supports};

/// Reads null, or what stands for it, as `None`.
///
/// This is for the elements of a list or a dictionary: `Vec<Option<i64>>`. On a field of a
/// serializer `Option` says more, and the serializer looks at it before any field type does.
impl<T: FieldType> FieldType for Option<T> {
    const SUPPORTS: Supports = T::SUPPORTS;

    fn describe(options: &FieldOptions) -> FieldInfo {
        T::describe(options).nullable(true)
    }

    fn to_internal_value(value: Value, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Self::from_raw((&value).into(), options)
    }

    fn from_raw(raw: Raw<'_>, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        if T::is_null(raw) {
            return Ok(None);
        }
        T::from_raw(raw, options).map(Some)
    }

    fn run_validators(&self, options: &FieldOptions, errors: &mut Vec<ErrorMessage>) {
        if let Some(value) = self {
            value.run_validators(options, errors);
        }
    }

    fn to_representation<S: Serializer>(
        &self,
        options: &FieldOptions,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.to_representation(options, serializer),
            None => serializer.serialize_none(),
        }
    }

    fn is_null(_raw: Raw<'_>) -> bool {
        false
    }

    fn validate_raw(raw: Raw<'_>, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        if T::is_null(raw) {
            return Ok(None);
        }
        T::validate_raw(raw, options).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::{Bound, testing::check};

    #[test]
    fn elements_may_be_null() {
        const CHILD: FieldOptions = FieldOptions {
            min_value: Some(Bound::Integer(0)),
            ..FieldOptions::DEFAULT
        };
        let options = FieldOptions {
            child: Some(&CHILD),
            ..FieldOptions::DEFAULT
        };
        check::<Vec<Option<i32>>>(
            &options,
            [
                (json!([1, null, "2"]), Ok(json!([1, null, 2]))),
                (
                    json!([null, "x", -1]),
                    Err(json!({
                        "1": ["A valid integer is required."],
                        "2": ["Ensure this value is greater than or equal to 0."],
                    })),
                ),
                (json!(null), Err(json!(["This field may not be null."]))),
            ],
        );
        check::<Vec<Option<bool>>>(
            &FieldOptions::DEFAULT,
            [(json!(["", "null", false]), Ok(json!([null, null, false])))],
        );
    }

    #[test]
    fn dictionaries_of_texts_and_nulls_are_hstores() {
        check::<BTreeMap<String, Option<String>>>(
            &FieldOptions::DEFAULT,
            [
                (json!({"a": null, "b": 1}), Ok(json!({"a": null, "b": "1"}))),
                (
                    json!({"a": null, "c": true}),
                    Err(json!({"c": ["Not a valid string."]})),
                ),
            ],
        );
        let info = BTreeMap::<String, Option<String>>::describe(&FieldOptions::DEFAULT);
        assert!(info.child.is_some_and(|child| child.nullable) && !info.nullable);
    }
}

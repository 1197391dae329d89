//! Dictionaries of one type. DRF: `DictField`.

use std::collections::{BTreeMap, HashMap};

use indexmap::IndexMap;
use restflow_exceptions::{ElementErrors, ErrorDetail, ErrorMessage};
use serde::{Serializer, ser::SerializeMap};
use serde_json::Value;

use crate::{
    FieldInfo, FieldKind, FieldOptions, FieldType, Raw, Supports, limits::check_length,
    list::Element, python,
};

macro_rules! dict_field_types {
    ($($type:ident),*) => {$(
        /// Reads an object with any keys. The errors of its values come by key, until there are
        /// [enough](ElementErrors::ENOUGH). Unlike DRF's it may have limits of its length.
        impl<T: FieldType> FieldType for $type<String, T> {
            const SUPPORTS: Supports = Supports::elements(&T::SUPPORTS);

            fn describe(options: &FieldOptions) -> FieldInfo {
                FieldInfo::new(FieldKind::Dict)
                    .length_limits(options)
                    .child(T::describe(options.child()))
            }

            fn to_internal_value(
                value: Value,
                options: &FieldOptions,
            ) -> Result<Self, ErrorDetail> {
                Self::from_raw((&value).into(), options)
            }

            fn from_raw(raw: Raw<'_>, options: &FieldOptions) -> Result<Self, ErrorDetail> {
                read::<T>(raw, options).map(Self::from_iter)
            }

            fn run_validators(&self, options: &FieldOptions, errors: &mut Vec<ErrorMessage>) {
                check_length(self.len() as u64, "elements", options, errors);
            }

            fn to_representation<S: Serializer>(
                &self,
                options: &FieldOptions,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(Some(self.len()))?;
                for (key, value) in self {
                    map.serialize_entry(key, &Element(value, options.child()))?;
                }
                map.end()
            }
        }
    )*};
}

dict_field_types!(BTreeMap, HashMap, IndexMap);

fn read<T: FieldType>(
    raw: Raw<'_>,
    options: &FieldOptions,
) -> Result<Vec<(String, T)>, ErrorDetail> {
    let Raw::Object(items) = raw else {
        let name = python::type_name(raw);
        let text = format!("Expected a dictionary of items but got type \"{name}\".");
        return Err(ErrorMessage::new(text, "not_a_dict").into());
    };
    if items.is_empty() && !options.allow_empty {
        return Err(ErrorMessage::new("This dictionary may not be empty.", "empty").into());
    }
    let items = items.entries();
    let mut read = Vec::with_capacity(items.len());
    let mut errors = ElementErrors::new();
    for (key, item) in items {
        match T::validate_raw(item, options.child()) {
            Ok(item) => read.push((key.to_owned(), item)),
            Err(detail) => {
                errors.set(key.to_owned(), detail);
                if errors.is_full() {
                    break;
                }
            }
        }
    }
    errors.into_result().map(|()| read)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::check;

    #[test]
    fn dictionaries_are_read_as_drf_reads_them() {
        check::<IndexMap<String, i32>>(
            &FieldOptions::DEFAULT,
            [
                (json!({"b": 1, "a": "2"}), Ok(json!({"b": 1, "a": 2}))),
                (json!({}), Ok(json!({}))),
                (
                    json!({"a": "x", "b": 1, "c": null}),
                    Err(json!({
                        "a": ["A valid integer is required."],
                        "c": ["This field may not be null."],
                    })),
                ),
                (
                    json!([]),
                    Err(json!([
                        "Expected a dictionary of items but got type \"list\"."
                    ])),
                ),
            ],
        );
        let options = FieldOptions {
            min_length: Some(1),
            max_length: Some(2),
            ..FieldOptions::DEFAULT
        };
        let too_few = json!(["Ensure this field has at least 1 elements."]);
        let too_many = json!(["Ensure this field has no more than 2 elements."]);
        check::<HashMap<String, i32>>(
            &options,
            [
                (json!({"a": 1}), Ok(json!({"a": 1}))),
                (json!({}), Err(too_few)),
                (json!({"a": 1, "b": 2, "c": 3}), Err(too_many)),
            ],
        );
        let options = FieldOptions {
            allow_empty: false,
            ..FieldOptions::DEFAULT
        };
        check::<BTreeMap<String, String>>(
            &options,
            [
                (json!({"a": "x"}), Ok(json!({"a": "x"}))),
                (json!({}), Err(json!(["This dictionary may not be empty."]))),
                (
                    json!({"a": ""}),
                    Err(json!({"a": ["This field may not be blank."]})),
                ),
            ],
        );
    }
}

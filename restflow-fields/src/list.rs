//! Lists of one type. DRF: `ListField`.

use restflow_exceptions::{ElementErrors, ErrorDetail, ErrorMessage};
use serde::{Serialize, Serializer, ser::SerializeSeq};
use serde_json::Value;

use crate::{
    FieldInfo, FieldKind, FieldOptions, FieldType, Raw, Supports, limits::check_length, messages,
    python,
};

/// Reads an array. The errors of its elements come by index, `{"0": ["…"]}`, until there are
/// [enough](ElementErrors::ENOUGH).
impl<T: FieldType> FieldType for Vec<T> {
    const SUPPORTS: Supports = Supports::elements(&T::SUPPORTS);

    fn describe(options: &FieldOptions) -> FieldInfo {
        FieldInfo::new(FieldKind::List)
            .length_limits(options)
            .child(T::describe(options.child()))
    }

    fn to_internal_value(value: Value, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Self::from_raw((&value).into(), options)
    }

    fn from_raw(raw: Raw<'_>, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        let Raw::List(items) = raw else {
            return Err(messages::not_a_list(python::type_name(raw)).into());
        };
        if items.is_empty() && !options.allow_empty {
            return Err(messages::empty_list().into());
        }
        let mut read = Self::with_capacity(items.len());
        let mut errors = ElementErrors::new();
        for (index, item) in items.iter().enumerate() {
            match T::validate_raw(item, options.child()) {
                Ok(item) => read.push(item),
                Err(detail) => {
                    errors.set(index.to_string(), detail);
                    if errors.is_full() {
                        break;
                    }
                }
            }
        }
        errors.into_result().map(|()| read)
    }

    fn run_validators(&self, options: &FieldOptions, errors: &mut Vec<ErrorMessage>) {
        check_length(self.len() as u64, "elements", options, errors);
    }

    fn to_representation<S: Serializer>(
        &self,
        options: &FieldOptions,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(self.len()))?;
        for item in self {
            sequence.serialize_element(&Element(item, options.child()))?;
        }
        sequence.end()
    }
}

/// Writes an element of a list or a dictionary with the options of the elements.
pub(crate) struct Element<'a, T>(pub(crate) &'a T, pub(crate) &'a FieldOptions);

impl<T: FieldType> Serialize for Element<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.to_representation(self.1, serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Bound, testing::check};

    #[test]
    fn lists_are_read_as_drf_reads_them() {
        const CHILD: FieldOptions = FieldOptions {
            min_value: Some(Bound::Integer(0)),
            ..FieldOptions::DEFAULT
        };
        let options = FieldOptions {
            min_length: Some(1),
            max_length: Some(3),
            child: Some(&CHILD),
            ..FieldOptions::DEFAULT
        };
        let not_a_list = |name| {
            Err(json!([format!(
                "Expected a list of items but got type \"{name}\"."
            )]))
        };
        check::<Vec<i32>>(
            &options,
            [
                (json!([1]), Ok(json!([1]))),
                (json!(["2", 3]), Ok(json!([2, 3]))),
                (
                    json!([]),
                    Err(json!(["Ensure this field has at least 1 elements."])),
                ),
                (
                    json!([1, 2, 3, 4]),
                    Err(json!(["Ensure this field has no more than 3 elements."])),
                ),
                (
                    json!(["x", 1, -1]),
                    Err(json!({
                        "0": ["A valid integer is required."],
                        "2": ["Ensure this value is greater than or equal to 0."],
                    })),
                ),
                (json!("1"), not_a_list("str")),
                (json!(1), not_a_list("int")),
                (json!({"0": 1}), not_a_list("dict")),
                (
                    json!([null]),
                    Err(json!({"0": ["This field may not be null."]})),
                ),
                (
                    json!([[1]]),
                    Err(json!({"0": ["A valid integer is required."]})),
                ),
            ],
        );
    }

    #[test]
    fn errors_end_when_there_are_enough() {
        let wrong = vec![json!(["x"]); 3 * ElementErrors::ENOUGH];
        let detail = Vec::<Vec<i32>>::run_validation(wrong.into(), &FieldOptions::DEFAULT);
        assert_eq!(detail.unwrap_err().message_count(), ElementErrors::ENOUGH);
    }

    #[test]
    fn empty_lists_may_be_refused() {
        let options = FieldOptions {
            allow_empty: false,
            min_length: Some(1),
            ..FieldOptions::DEFAULT
        };
        check::<Vec<i32>>(
            &options,
            [(json!([]), Err(json!(["This list may not be empty."])))],
        );
    }

    #[test]
    fn lists_of_lists_nest_their_errors() {
        check::<Vec<Vec<i32>>>(
            &FieldOptions::DEFAULT,
            [
                (json!([[1, "2"], []]), Ok(json!([[1, 2], []]))),
                (
                    json!([["a", 1], 3]),
                    Err(json!({
                        "0": {"0": ["A valid integer is required."]},
                        "1": ["Expected a list of items but got type \"int\"."],
                    })),
                ),
            ],
        );
        check::<Vec<String>>(
            &FieldOptions::DEFAULT,
            [(
                json!([1, "", null, []]),
                Err(json!({
                    "1": ["This field may not be blank."],
                    "2": ["This field may not be null."],
                    "3": ["Not a valid string."],
                })),
            )],
        );
    }

    #[test]
    fn description_holds_the_elements() {
        let info = <Vec<i32>>::describe(&FieldOptions::DEFAULT);
        assert_eq!(info.child.map(|child| child.kind), Some(FieldKind::Integer));
    }
}

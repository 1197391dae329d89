//! True and false. DRF: `BooleanField`.

use restflow_exceptions::{ErrorDetail, ErrorMessage};
use serde::Serializer;
use serde_json::Value;

use crate::{FieldInfo, FieldKind, FieldOptions, FieldType, Raw, Supports};

const TRUE: [&str; 6] = ["t", "y", "yes", "true", "on", "1"];
const FALSE: [&str; 6] = ["f", "n", "no", "false", "off", "0"];

impl FieldType for bool {
    const SUPPORTS: Supports = Supports::NOTHING;

    fn describe(_options: &FieldOptions) -> FieldInfo {
        FieldInfo::new(FieldKind::Boolean)
    }

    fn to_internal_value(value: Value, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Self::from_raw((&value).into(), options)
    }

    fn from_raw(raw: Raw<'_>, _options: &FieldOptions) -> Result<Self, ErrorDetail> {
        let read = match raw {
            Raw::Bool(value) => Some(value),
            Raw::Text(text) => spelled(text),
            Raw::Number(number) => match number.as_f64() {
                1.0 => Some(true),
                0.0 => Some(false),
                _ => None,
            },
            _ => None,
        };
        read.ok_or_else(|| ErrorMessage::new("Must be a valid boolean.", "invalid").into())
    }

    fn to_representation<S: Serializer>(
        &self,
        _options: &FieldOptions,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*self)
    }

    fn is_null(raw: Raw<'_>) -> bool {
        match raw {
            Raw::Null => true,
            Raw::Text(text) => text.is_empty() || text.eq_ignore_ascii_case("null"),
            _ => false,
        }
    }
}

fn spelled(text: &str) -> Option<bool> {
    let is = |word: &&str| text.eq_ignore_ascii_case(word);
    if TRUE.iter().any(is) {
        Some(true)
    } else if FALSE.iter().any(is) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::check;

    #[test]
    fn spellings_are_those_of_drf() {
        let invalid = json!(["Must be a valid boolean."]);
        let mut table: Vec<(Value, Result<Value, Value>)> = vec![
            (json!(1.0), Ok(json!(true))),
            (json!(0.0), Ok(json!(false))),
            (json!(-0.0), Ok(json!(false))),
            (json!(1), Ok(json!(true))),
            (json!(0), Ok(json!(false))),
        ];
        for yes in ["true", "True", "TRUE", "t", "y", "Y", "yes", "on", "1"] {
            table.push((json!(yes), Ok(json!(true))));
        }
        for no in ["false", "f", "n", "No", "OFF", "0"] {
            table.push((json!(no), Ok(json!(false))));
        }
        for bad in [
            json!("maybe"),
            json!(""),
            json!(2),
            json!([]),
            json!({}),
            json!("null"),
            json!(" true "),
        ] {
            table.push((bad, Err(invalid.clone())));
        }
        check::<bool>(&FieldOptions::DEFAULT, table);
    }

    #[test]
    fn blank_and_the_word_null_stand_for_null() {
        for null in [json!(null), json!(""), json!("null"), json!("NULL")] {
            assert!(bool::is_null(Raw::from(&null)));
        }
        for value in [json!(false), json!("none"), json!(" ")] {
            assert!(!bool::is_null(Raw::from(&value)));
        }
    }
}

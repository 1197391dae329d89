//! Floating-point numbers. DRF: `FloatField`.

use restflow_exceptions::{ErrorDetail, ErrorMessage};
use serde::{Serializer, ser::Error};
use serde_json::Value;

use crate::{
    FieldInfo, FieldKind, FieldOptions, FieldType, Raw, Supports,
    integer::is_too_long,
    limits::{Number, check_range},
    messages, python,
};

fn invalid() -> ErrorMessage {
    ErrorMessage::new("A valid number is required.", "invalid")
}

/// Reads a finite number, also from text such as `" 1.5 "` and `"1e3"`; `true` is one.
fn read(raw: Raw<'_>) -> Result<f64, ErrorMessage> {
    let number = match raw {
        Raw::Number(number) => Some(number.as_f64()),
        Raw::Text(text) if is_too_long(text) => return Err(messages::max_string_length()),
        Raw::Text(text) => python::parse_float(text),
        Raw::Bool(value) => Some(f64::from(u8::from(value))),
        _ => None,
    };
    number
        .filter(|number| number.is_finite())
        .ok_or_else(invalid)
}

impl FieldType for f64 {
    const SUPPORTS: Supports = Supports::RANGE;

    fn describe(options: &FieldOptions) -> FieldInfo {
        FieldInfo::new(FieldKind::Float).value_limits(options)
    }

    fn to_internal_value(value: Value, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Self::from_raw((&value).into(), options)
    }

    fn from_raw(raw: Raw<'_>, _options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Ok(read(raw)?)
    }

    fn run_validators(&self, options: &FieldOptions, errors: &mut Vec<ErrorMessage>) {
        check_range(Number::Float(*self), options, errors);
    }

    /// Fails for infinities and NaN, which JSON cannot say.
    fn to_representation<S: Serializer>(
        &self,
        _options: &FieldOptions,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        if self.is_finite() {
            serializer.serialize_f64(*self)
        } else {
            Err(S::Error::custom(
                "out of range float values are not JSON compliant",
            ))
        }
    }
}

impl FieldType for f32 {
    const SUPPORTS: Supports = Supports::RANGE;

    fn describe(options: &FieldOptions) -> FieldInfo {
        f64::describe(options)
    }

    fn to_internal_value(value: Value, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Self::from_raw((&value).into(), options)
    }

    fn from_raw(raw: Raw<'_>, _options: &FieldOptions) -> Result<Self, ErrorDetail> {
        let number = read(raw)? as Self;
        if number.is_finite() {
            Ok(number)
        } else {
            Err(invalid().into())
        }
    }

    fn run_validators(&self, options: &FieldOptions, errors: &mut Vec<ErrorMessage>) {
        check_range(Number::Float((*self).into()), options, errors);
    }

    /// Fails for infinities and NaN, which JSON cannot say.
    fn to_representation<S: Serializer>(
        &self,
        _options: &FieldOptions,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        if self.is_finite() {
            serializer.serialize_f32(*self)
        } else {
            Err(S::Error::custom(
                "out of range float values are not JSON compliant",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        Bound,
        testing::{Shown, check},
    };

    #[test]
    fn inputs_are_read_as_drf_reads_them() {
        let options = FieldOptions {
            min_value: Some(Bound::Float(-1.5)),
            max_value: Some(Bound::Float(2.5)),
            ..FieldOptions::DEFAULT
        };
        let invalid = || Err(json!(["A valid number is required."]));
        let above = || Err(json!(["Ensure this value is less than or equal to 2.5."]));
        check::<f64>(
            &options,
            [
                (json!(1), Ok(json!(1.0))),
                (json!(2.5), Ok(json!(2.5))),
                (json!("1.25"), Ok(json!(1.25))),
                (
                    json!("-1.6"),
                    Err(json!([
                        "Ensure this value is greater than or equal to -1.5."
                    ])),
                ),
                (json!(2.6), above()),
                (json!("abc"), invalid()),
                (json!(""), invalid()),
                (json!("1e0"), Ok(json!(1.0))),
                (json!(".5"), Ok(json!(0.5))),
                (json!([]), invalid()),
                (json!({}), invalid()),
                (json!("nan"), invalid()),
                (json!("infinity"), invalid()),
                (json!("1e400"), invalid()),
                (
                    json!("1".repeat(1001)),
                    Err(json!(["String value too large."])),
                ),
                (json!(true), Ok(json!(1.0))),
                (json!(" 1.5 "), Ok(json!(1.5))),
                (json!("1_0"), above()),
            ],
        );
        check::<f64>(&FieldOptions::DEFAULT, [(json!(1e300), Ok(json!(1e300)))]);
        check::<f32>(
            &FieldOptions::DEFAULT,
            [(json!("1e300"), invalid()), (json!(0.5), Ok(json!(0.5)))],
        );
    }

    #[test]
    fn single_precision_is_written_with_its_own_digits() {
        let text = serde_json::to_string(&Shown(&0.1_f32, &FieldOptions::DEFAULT)).unwrap();
        assert_eq!(text, "0.1");
    }

    #[test]
    fn non_finite_output_is_an_error() {
        assert!(serde_json::to_string(&Shown(&f64::NAN, &FieldOptions::DEFAULT)).is_err());
        assert!(serde_json::to_string(&Shown(&f32::INFINITY, &FieldOptions::DEFAULT)).is_err());
    }
}

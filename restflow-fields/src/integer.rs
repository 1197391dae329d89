//! Whole numbers. DRF: `IntegerField`.

use restflow_exceptions::{ErrorDetail, ErrorMessage};
use serde::Serializer;
use serde_json::Value;

use crate::{
    FieldInfo, FieldKind, FieldOptions, FieldType, Raw, RawNumber, Supports,
    limits::{Number, check_range},
    messages, python,
};

/// The longest text that is read as a number, in characters.
pub(crate) const MAX_STRING_LENGTH: usize = 1000;

/// Tells whether a text is too long to be read as a number.
pub(crate) fn is_too_long(text: &str) -> bool {
    text.len() > MAX_STRING_LENGTH && text.chars().count() > MAX_STRING_LENGTH
}

fn invalid() -> ErrorMessage {
    ErrorMessage::new("A valid integer is required.", "invalid")
}

/// Reads an integer of any size; one beyond 128 bits becomes the nearest that fits.
fn read(raw: Raw<'_>) -> Result<i128, ErrorMessage> {
    match raw {
        Raw::Number(RawNumber::Unsigned(number)) => Ok(number.into()),
        Raw::Number(RawNumber::Negative(number)) => Ok(number.into()),
        // JSON numbers beyond 64 bits arrive as floats: `as` saturates.
        Raw::Number(RawNumber::Float(number)) if number.fract() == 0.0 => Ok(number as i128),
        Raw::Text(text) if is_too_long(text) => Err(messages::max_string_length()),
        Raw::Text(text) => python::parse_int(without_zero_fraction(text)).ok_or_else(invalid),
        _ => Err(invalid()),
    }
}

/// Removes a fraction of zeros, so that `"3.0"` is three.
fn without_zero_fraction(text: &str) -> &str {
    let trimmed = python::strip_end(text);
    match trimmed.trim_end_matches('0').strip_suffix('.') {
        Some(whole) => whole,
        None => trimmed,
    }
}

/// Fits the number into the type of the field. What does not fit breaks the limit of the field or,
/// where it has none, of the type.
fn fit<T: TryFrom<i128> + Into<i128>>(
    number: i128,
    (min, max): (T, T),
    options: &FieldOptions,
) -> Result<T, ErrorMessage> {
    T::try_from(number).map_err(|_| {
        if number < 0 {
            match options.min_value {
                Some(limit) => messages::min_value(limit),
                None => messages::min_value(min.into()),
            }
        } else {
            match options.max_value {
                Some(limit) => messages::max_value(limit),
                None => messages::max_value(max.into()),
            }
        }
    })
}

macro_rules! integer_field_types {
    ($($type:ident => $serialize:ident),* $(,)?) => {$(
        /// Reads whole numbers, also from text such as `" 3 "`, `"3.0"` and `"1_000"`.
        impl FieldType for $type {
            const SUPPORTS: Supports = Supports::RANGE;

            fn describe(options: &FieldOptions) -> FieldInfo {
                FieldInfo::new(FieldKind::Integer).value_limits(options)
            }

            fn to_internal_value(
                value: Value,
                options: &FieldOptions,
            ) -> Result<Self, ErrorDetail> {
                Self::from_raw((&value).into(), options)
            }

            fn from_raw(raw: Raw<'_>, options: &FieldOptions) -> Result<Self, ErrorDetail> {
                Ok(fit(read(raw)?, (Self::MIN, Self::MAX), options)?)
            }

            fn run_validators(&self, options: &FieldOptions, errors: &mut Vec<ErrorMessage>) {
                check_range(Number::Integer((*self).into()), options, errors);
            }

            fn to_representation<S: Serializer>(
                &self,
                _options: &FieldOptions,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                serializer.$serialize(*self)
            }
        }
    )*};
}

integer_field_types! {
    i8 => serialize_i8,
    i16 => serialize_i16,
    i32 => serialize_i32,
    i64 => serialize_i64,
    u8 => serialize_u8,
    u16 => serialize_u16,
    u32 => serialize_u32,
    u64 => serialize_u64,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Bound, testing::check};

    fn at_most(limit: impl std::fmt::Display) -> Result<Value, Value> {
        Err(json!([format!(
            "Ensure this value is less than or equal to {limit}."
        )]))
    }

    fn at_least(limit: impl std::fmt::Display) -> Result<Value, Value> {
        Err(json!([format!(
            "Ensure this value is greater than or equal to {limit}."
        )]))
    }

    fn invalid() -> Result<Value, Value> {
        Err(json!(["A valid integer is required."]))
    }

    #[test]
    fn inputs_are_read_as_drf_reads_them() {
        let options = FieldOptions {
            min_value: Some(Bound::Integer(-5)),
            max_value: Some(Bound::Integer(10)),
            ..FieldOptions::DEFAULT
        };
        check::<i32>(
            &options,
            [
                (json!(0), Ok(json!(0))),
                (json!("7"), Ok(json!(7))),
                (json!(" 8 "), Ok(json!(8))),
                (json!("-5"), Ok(json!(-5))),
                (json!(-6), at_least(-5)),
                (json!(11), at_most(10)),
                (json!("1.0"), Ok(json!(1))),
                (json!("1."), Ok(json!(1))),
                (json!(" 1.00 \n"), Ok(json!(1))),
                (json!("10"), Ok(json!(10))),
                (json!(1.0), Ok(json!(1))),
                (json!("1.5"), invalid()),
                (json!(1.5), invalid()),
                (json!(".0"), invalid()),
                (json!(""), invalid()),
                (json!(true), invalid()),
                (json!([]), invalid()),
                (json!({}), invalid()),
                (json!("٣"), Ok(json!(3))),
                (json!("1_0"), Ok(json!(10))),
                (json!(99_999_999_999_i64), at_most(10)),
                (json!("-99999999999"), at_least(-5)),
                (json!(null), Err(json!(["This field may not be null."]))),
            ],
        );
    }

    #[test]
    fn plain_integers_have_the_limits_of_their_type() {
        check::<i64>(
            &FieldOptions::DEFAULT,
            [
                (json!(i64::MAX), Ok(json!(i64::MAX))),
                (
                    json!("1".repeat(1001)),
                    Err(json!(["String value too large."])),
                ),
                (json!("1".repeat(1000)), at_most(i64::MAX)),
                (json!("0x10"), invalid()),
                (json!("1,000"), invalid()),
                (json!("+4"), Ok(json!(4))),
                (json!("-0"), Ok(json!(0))),
                (json!(u64::MAX), at_most(i64::MAX)),
                (json!(-1e30), at_least(i64::MIN)),
            ],
        );
        check::<u64>(
            &FieldOptions::DEFAULT,
            [
                (json!(u64::MAX), Ok(json!(u64::MAX))),
                (json!(-1), at_least(0)),
                (json!("18446744073709551616"), at_most(u64::MAX)),
            ],
        );
        check::<i8>(&FieldOptions::DEFAULT, [(json!(128), at_most(127))]);
        check::<u8>(&FieldOptions::DEFAULT, [(json!(255), Ok(json!(255)))]);
        check::<i16>(&FieldOptions::DEFAULT, [(json!(-32769), at_least(-32768))]);
        check::<u16>(&FieldOptions::DEFAULT, [(json!(65536), at_most(65535))]);
        check::<u32>(
            &FieldOptions::DEFAULT,
            [(json!("4294967295"), Ok(json!(4_294_967_295_u32)))],
        );
    }
}

//! Decimal numbers of fixed places. DRF: `DecimalField`.

use std::borrow::Cow;

use restflow_exceptions::{ErrorDetail, ErrorMessage};
use rust_decimal::Decimal;
use serde::{Serializer, ser::Error};
use serde_json::Value;

use crate::{
    FieldInfo, FieldKind, FieldOptions, FieldType, Raw, Supports,
    ascii::AsciiText,
    integer::is_too_long,
    limits::{Number, check_range},
    messages, python,
};

/// The most digits of a `Decimal` that are always exact, and the most after its point.
const MAX_DIGITS: u32 = 28;

fn invalid() -> ErrorMessage {
    ErrorMessage::new("A valid number is required.", "invalid")
}

fn too_many_digits(limit: u32) -> ErrorMessage {
    ErrorMessage::new(
        format!("Ensure that there are no more than {limit} digits in total."),
        "max_digits",
    )
}

fn too_many_places(limit: u32) -> ErrorMessage {
    ErrorMessage::new(
        format!("Ensure that there are no more than {limit} decimal places."),
        "max_decimal_places",
    )
}

fn too_many_whole_digits(limit: u32) -> ErrorMessage {
    ErrorMessage::new(
        format!("Ensure that there are no more than {limit} digits before the decimal point."),
        "max_whole_digits",
    )
}

/// Reads numbers and their texts, `"1e2"` too, and fills up to the places of the column. Writes a
/// string (a number without [`FieldOptions::coerce_to_string`]) with exactly these places, rounded
/// as the options say, or without zeros at the end
/// ([`FieldOptions::normalize_output`]).
impl FieldType for Decimal {
    const SUPPORTS: Supports = Supports {
        digits: true,
        ..Supports::RANGE
    };

    fn describe(options: &FieldOptions) -> FieldInfo {
        FieldInfo::new(FieldKind::Decimal)
            .value_limits(options)
            .digit_limits(options)
    }

    fn to_internal_value(value: Value, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Self::from_raw((&value).into(), options)
    }

    fn from_raw(raw: Raw<'_>, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        let text = python::str_of(raw);
        let text = python::strip(&text);
        if is_too_long(text) {
            return Err(messages::max_string_length().into());
        }
        let text = normal(text);
        let parts = Parts::parse(&text).ok_or_else(invalid)?;
        parts.check_precision(options)?;
        let mut value = parts.into_decimal()?;
        if let Some(places) = options.decimal_places {
            let is_negative = value.is_sign_negative();
            value.rescale(places.min(MAX_DIGITS));
            value.set_sign_negative(is_negative);
        }
        Ok(value)
    }

    fn run_validators(&self, options: &FieldOptions, errors: &mut Vec<ErrorMessage>) {
        check_range(Number::Decimal(*self), options, errors);
    }

    fn to_representation<S: Serializer>(
        &self,
        options: &FieldOptions,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let text = written(*self, options);
        if options.coerce_to_string {
            return serializer.serialize_str(text.as_str());
        }
        let number = text.as_str().parse().map_err(S::Error::custom)?;
        serializer.serialize_f64(number)
    }

    fn is_null(raw: Raw<'_>) -> bool {
        match raw {
            Raw::Null => true,
            Raw::Text(text) => python::strip(text).is_empty(),
            _ => false,
        }
    }
}

/// Writes the number with the places of the options, or with its own.
fn written(value: Decimal, options: &FieldOptions) -> AsciiText {
    let is_negative = value.is_sign_negative();
    let places = options.decimal_places.unwrap_or(value.scale());
    let mut places = places.min(MAX_DIGITS);
    let mut value = if value.scale() > places {
        value.round_dp_with_strategy(places, options.rounding)
    } else {
        value
    };
    if options.normalize_output {
        value = value.normalize();
        places = value.scale();
    }
    let mut text = AsciiText::new();
    if is_negative {
        text.push(b'-');
    }
    // Rounding may leave fewer places than asked for; the rest is zeros.
    let scale = value.scale() as usize;
    text.push_number(value.mantissa().unsigned_abs(), scale + 1);
    for _ in scale..places as usize {
        text.push(b'0');
    }
    if places > 0 {
        text.point_before_last(places as usize);
    }
    text
}

/// The text with ASCII digits and without underscores, which Python's decimals may have anywhere.
fn normal(text: &str) -> Cow<'_, str> {
    let text = python::ascii_digits(text);
    if text.bytes().any(|byte| byte == b'_') {
        text.replace('_', "").into()
    } else {
        text
    }
}

/// A decimal as Python's `Decimal.as_tuple()` sees it: `±digits × 10^exponent`.
#[derive(Debug)]
struct Parts<'a> {
    is_negative: bool,
    /// ASCII digits in front of the point, without zeros in front.
    whole: &'a str,
    /// ASCII digits after it; without zeros in front where these are all.
    fraction: &'a str,
    exponent: i64,
}

impl<'a> Parts<'a> {
    /// Reads what `decimal.Decimal(text)` reads, except infinities and NaN.
    fn parse(text: &'a str) -> Option<Self> {
        let (is_negative, text) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let bytes = text.as_bytes();
        let (number, exponent) = match bytes.iter().position(|byte| matches!(byte, b'e' | b'E')) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i64>().ok()?),
            None => (text, 0),
        };
        let point = number.as_bytes().iter().position(|byte| *byte == b'.');
        let (whole, fraction) = match point {
            Some(at) => (&number[..at], &number[at + 1..]),
            None => (number, ""),
        };
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let exponent = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        let whole = whole.trim_start_matches('0');
        Some(Self {
            is_negative,
            whole,
            fraction: if whole.is_empty() {
                fraction.trim_start_matches('0')
            } else {
                fraction
            },
            exponent,
        })
    }

    /// How many digits there are: zero has one.
    fn digit_count(&self) -> u64 {
        ((self.whole.len() + self.fraction.len()) as u64).max(1)
    }

    const fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.fraction.is_empty()
    }

    /// Removes a zero at the end.
    fn pop_zero(&mut self) -> bool {
        let digits = match self.fraction.is_empty() {
            false => &mut self.fraction,
            true => &mut self.whole,
        };
        match digits.strip_suffix('0') {
            Some(rest) => {
                *digits = rest;
                true
            }
            None => false,
        }
    }

    /// The digits as a number, if they fit.
    fn digits(&self) -> Option<i128> {
        let mut digits = self.whole.bytes().chain(self.fraction.bytes());
        if self.digit_count() < 20 {
            let digits = digits.fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
            return Some(digits.into());
        }
        digits.try_fold(0_i128, |sum, digit| {
            sum.checked_mul(10)?.checked_add((digit - b'0').into())
        })
    }

    /// DRF: `DecimalField.validate_precision`.
    fn check_precision(&self, options: &FieldOptions) -> Result<(), ErrorMessage> {
        let digits = self.digit_count();
        let exponent = self.exponent.unsigned_abs();
        let (total, whole, places) = if self.exponent >= 0 {
            let total = digits.saturating_add(exponent);
            (total, total, 0)
        } else if digits > exponent {
            (digits, digits - exponent, exponent)
        } else {
            (exponent, 0, exponent)
        };
        let exceeds =
            |count: u64, limit: Option<u32>| limit.filter(|limit| count > u64::from(*limit));
        if let Some(limit) = exceeds(total, options.max_digits) {
            return Err(too_many_digits(limit));
        }
        if let Some(limit) = exceeds(places, options.decimal_places) {
            return Err(too_many_places(limit));
        }
        let max_whole = options
            .max_digits
            .zip(options.decimal_places)
            .map(|(digits, places)| digits.saturating_sub(places));
        if let Some(limit) = exceeds(whole, max_whole) {
            return Err(too_many_whole_digits(limit));
        }
        Ok(())
    }

    /// Fits the number into 96 bits; where the options set no limit, this is the limit.
    fn into_decimal(mut self) -> Result<Decimal, ErrorMessage> {
        if self.is_zero() {
            let scale = self.exponent.min(0).unsigned_abs().min(MAX_DIGITS.into());
            let mut zero = Decimal::new(0, scale as u32);
            zero.set_sign_negative(self.is_negative);
            return Ok(zero);
        }
        // Zeros at the end of a long fraction say nothing.
        while self.exponent < -i64::from(MAX_DIGITS) && self.pop_zero() {
            self.exponent += 1;
        }
        let Ok(scale) = u32::try_from(self.exponent.min(0).unsigned_abs()) else {
            return Err(too_many_places(MAX_DIGITS));
        };
        if scale > MAX_DIGITS {
            return Err(too_many_places(MAX_DIGITS));
        }
        let mantissa = u32::try_from(self.exponent.max(0))
            .ok()
            .and_then(|exponent| 10_i128.checked_pow(exponent))
            .zip(self.digits())
            .and_then(|(power, digits)| digits.checked_mul(power))
            .map(|mantissa| {
                if self.is_negative {
                    -mantissa
                } else {
                    mantissa
                }
            });
        mantissa
            .and_then(|mantissa| Decimal::try_from_i128_with_scale(mantissa, scale).ok())
            .ok_or_else(|| too_many_digits(MAX_DIGITS))
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

    const PRICE: FieldOptions = FieldOptions {
        max_digits: Some(5),
        decimal_places: Some(2),
        min_value: Some(Bound::Integer(-10)),
        max_value: Some(Bound::Integer(500)),
        ..FieldOptions::DEFAULT
    };

    fn error(text: &str) -> Result<Value, Value> {
        Err(json!([text]))
    }

    #[test]
    fn inputs_are_read_as_drf_reads_them() {
        let invalid = || error("A valid number is required.");
        check::<Decimal>(
            &PRICE,
            [
                (json!(" 3.10 "), Ok(json!("3.10"))),
                (json!("1e2"), Ok(json!("100.00"))),
                (json!("0.00"), Ok(json!("0.00"))),
                (json!("0"), Ok(json!("0.00"))),
                (json!("000001.20"), Ok(json!("1.20"))),
                (json!(1.5), Ok(json!("1.50"))),
                (json!(7), Ok(json!("7.00"))),
                (json!(".5"), Ok(json!("0.50"))),
                (json!("5."), Ok(json!("5.00"))),
                (json!("1_0"), Ok(json!("10.00"))),
                (json!("٣"), Ok(json!("3.00"))),
                (json!("-0"), Ok(json!("-0.00"))),
                (json!("-0.5"), Ok(json!("-0.50"))),
                (
                    json!("500.01"),
                    error("Ensure this value is less than or equal to 500."),
                ),
                (
                    json!("-10.01"),
                    error("Ensure this value is greater than or equal to -10."),
                ),
                (json!("abc"), invalid()),
                (json!(""), invalid()),
                (json!("."), invalid()),
                (json!("1e"), invalid()),
                (json!("1 2"), invalid()),
                (json!("NaN"), invalid()),
                (json!("Infinity"), invalid()),
                (json!(true), invalid()),
                (json!([]), invalid()),
                (json!("1".repeat(1001)), error("String value too large.")),
                (
                    json!("123456"),
                    error("Ensure that there are no more than 5 digits in total."),
                ),
                (
                    json!("1e99"),
                    error("Ensure that there are no more than 5 digits in total."),
                ),
                (
                    json!("1.234"),
                    error("Ensure that there are no more than 2 decimal places."),
                ),
                (
                    json!("1234"),
                    error("Ensure that there are no more than 3 digits before the decimal point."),
                ),
            ],
        );
    }

    #[test]
    fn decimals_without_options_are_limited_by_their_type() {
        check::<Decimal>(
            &FieldOptions::DEFAULT,
            [
                (json!("1.10"), Ok(json!("1.10"))),
                (
                    json!("79228162514264337593543950335"),
                    Ok(json!("79228162514264337593543950335")),
                ),
                (
                    json!("79228162514264337593543950336"),
                    error("Ensure that there are no more than 28 digits in total."),
                ),
                (
                    json!("1e999999999"),
                    error("Ensure that there are no more than 28 digits in total."),
                ),
                (
                    json!("1e-29"),
                    error("Ensure that there are no more than 28 decimal places."),
                ),
                (
                    json!(format!("1.{}", "0".repeat(40))),
                    Ok(json!("1.0000000000000000000000000000")),
                ),
            ],
        );
    }

    #[test]
    fn output_has_the_places_of_the_column() {
        let number = |mantissa, scale| Decimal::from_i128_with_scale(mantissa, scale);
        let table = [
            (number(999, 2), Some(2), "9.99"),
            (number(0, 0), Some(2), "0.00"),
            (number(5, 3), Some(2), "0.00"),
            (number(15, 3), Some(2), "0.02"),
            (number(25, 3), Some(2), "0.02"),
            (number(-125, 1), Some(0), "-12"),
            (number(9_999_999_999, 2), Some(2), "99999999.99"),
            (number(1, 0), Some(30), "1.0000000000000000000000000000"),
            (number(1250, 2), None, "12.50"),
            (Decimal::MAX, Some(2), "79228162514264337593543950335.00"),
            (
                Decimal::MIN,
                Some(28),
                "-79228162514264337593543950335.0000000000000000000000000000",
            ),
            (number(1, 28), None, "0.0000000000000000000000000001"),
        ];
        for (value, places, text) in table {
            let options = FieldOptions {
                decimal_places: places,
                ..FieldOptions::DEFAULT
            };
            assert_eq!(written(value, &options).as_str(), text);
        }
    }

    #[test]
    fn output_may_leave_out_zeros() {
        let options = FieldOptions {
            max_digits: Some(6),
            decimal_places: Some(3),
            normalize_output: true,
            ..FieldOptions::DEFAULT
        };
        let free = FieldOptions {
            normalize_output: true,
            ..FieldOptions::DEFAULT
        };
        let table = [
            ("1.500", "1.5"),
            ("100", "100"),
            ("0.000", "0"),
            ("1e2", "100"),
            ("-0", "-0"),
            ("0.001", "0.001"),
        ];
        for options in [&options, &free] {
            let cases = table.map(|(input, shown)| (json!(input), Ok(json!(shown))));
            check::<Decimal>(options, cases);
        }
    }

    #[test]
    fn output_is_rounded_as_declared() {
        use rust_decimal::RoundingStrategy as Rounding;

        let table = [
            (Rounding::MidpointNearestEven, ["1.00", "1.02", "-1.00"]),
            (Rounding::MidpointAwayFromZero, ["1.01", "1.02", "-1.01"]),
            (Rounding::MidpointTowardZero, ["1.00", "1.01", "-1.00"]),
            (Rounding::AwayFromZero, ["1.01", "1.02", "-1.01"]),
            (Rounding::ToZero, ["1.00", "1.01", "-1.00"]),
            (Rounding::ToPositiveInfinity, ["1.01", "1.02", "-1.00"]),
            (Rounding::ToNegativeInfinity, ["1.00", "1.01", "-1.01"]),
        ];
        for (rounding, texts) in table {
            let options = FieldOptions {
                decimal_places: Some(2),
                rounding,
                ..FieldOptions::DEFAULT
            };
            for (mantissa, text) in [1005, 1015, -1005].into_iter().zip(texts) {
                let value = Decimal::new(mantissa, 3);
                assert_eq!(written(value, &options).as_str(), text, "{rounding:?}");
            }
        }
    }

    #[test]
    fn number_output_is_a_json_number() {
        let options = FieldOptions {
            max_digits: Some(10),
            decimal_places: Some(2),
            coerce_to_string: false,
            ..FieldOptions::DEFAULT
        };
        for (input, text) in [
            ("1.50", "1.5"),
            ("2", "2.0"),
            ("99999999.99", "99999999.99"),
        ] {
            let value = Decimal::run_validation(json!(input), &options).unwrap();
            assert_eq!(
                serde_json::to_string(&Shown(&value, &options)).unwrap(),
                text
            );
        }
    }

    #[test]
    fn blank_text_stands_for_null() {
        assert!(Decimal::is_null(Raw::from(&json!(" "))));
        assert!(!Decimal::is_null(Raw::from(&json!("0"))));
    }
}

//! The limits of numbers, checked by `validator`'s traits, and of lengths.

use std::cmp::Ordering;

use restflow_exceptions::ErrorMessage;
use rust_decimal::Decimal;
use validator::ValidateRange;

use crate::{Bound, FieldOptions, messages};

/// A number of any field type, comparable with a [`Bound`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Number {
    Integer(i128),
    Float(f64),
    Decimal(Decimal),
}

impl Number {
    fn compare(self, bound: Bound) -> Option<Ordering> {
        match (self, bound) {
            (Self::Integer(value), Bound::Integer(bound)) => Some(value.cmp(&bound.into())),
            (Self::Integer(value), Bound::Float(bound)) => (value as f64).partial_cmp(&bound),
            (Self::Float(value), Bound::Integer(bound)) => value.partial_cmp(&(bound as f64)),
            (Self::Float(value), Bound::Float(bound)) => value.partial_cmp(&bound),
            (Self::Decimal(value), Bound::Integer(bound)) => Some(value.cmp(&bound.into())),
            (Self::Decimal(value), Bound::Float(bound)) => compare_decimal(value, bound),
        }
    }
}

/// Compares with the decimal that the limit was written as; one beyond the range of decimals is
/// larger than all of them.
fn compare_decimal(value: Decimal, bound: f64) -> Option<Ordering> {
    match Decimal::from_str_exact(&bound.to_string()) {
        Ok(bound) => Some(value.cmp(&bound)),
        Err(_) => f64::try_from(value).ok()?.partial_cmp(&bound),
    }
}

impl ValidateRange<Bound> for Number {
    fn greater_than(&self, max: Bound) -> Option<bool> {
        Some(self.compare(max)?.is_gt())
    }

    fn less_than(&self, min: Bound) -> Option<bool> {
        Some(self.compare(min)?.is_lt())
    }
}

/// Adds a message for each limit that the number breaks, the upper one first, as DRF does.
pub(crate) fn check_range(number: Number, options: &FieldOptions, errors: &mut Vec<ErrorMessage>) {
    check_range_as(number, options, errors, |limit| limit.to_string());
}

/// The same with limits that are shown in another way.
pub(crate) fn check_range_as(
    number: Number,
    options: &FieldOptions,
    errors: &mut Vec<ErrorMessage>,
    show: impl Fn(Bound) -> String,
) {
    if let Some(max) = options.max_value
        && !number.validate_range(None, Some(max), None, None)
    {
        errors.push(messages::max_value(show(max)));
    }
    if let Some(min) = options.min_value
        && !number.validate_range(Some(min), None, None, None)
    {
        errors.push(messages::min_value(show(min)));
    }
    if let Some(max) = options.exclusive_max
        && !number.validate_range(None, None, None, Some(max))
    {
        let text = format!("Ensure this value is less than {}.", show(max));
        errors.push(ErrorMessage::new(text, "max_value"));
    }
    if let Some(min) = options.exclusive_min
        && !number.validate_range(None, None, Some(min), None)
    {
        let text = format!("Ensure this value is greater than {}.", show(min));
        errors.push(ErrorMessage::new(text, "min_value"));
    }
}

/// Adds a message for each limit of the length that is broken, the upper one first, as DRF does.
///
/// `unit` is `characters` or `elements`.
pub(crate) fn check_length(
    length: u64,
    unit: &str,
    options: &FieldOptions,
    errors: &mut Vec<ErrorMessage>,
) {
    if let Some(max) = options.max_length
        && length > max
    {
        errors.push(messages::max_length(max, unit));
    }
    if let Some(min) = options.min_length
        && length < min
    {
        errors.push(messages::min_length(min, unit));
    }
}

/// The same for the characters of a text, which are counted only where its bytes leave it open:
/// a character has one to four of them.
pub(crate) fn check_text_length(
    text: &str,
    options: &FieldOptions,
    errors: &mut Vec<ErrorMessage>,
) {
    let bytes = text.len() as u64;
    let may_be_long = options.max_length.is_some_and(|max| bytes > max);
    let may_be_short = options
        .min_length
        .is_some_and(|min| bytes.div_ceil(4) < min);
    if may_be_long || may_be_short {
        let length = text.chars().count() as u64;
        check_length(length, "characters", options, errors);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_checked_in_drfs_order_and_words() {
        let options = FieldOptions {
            min_value: Some(Bound::Integer(5)),
            max_value: Some(Bound::Float(-1.5)),
            exclusive_min: Some(Bound::Float(2.0)),
            exclusive_max: Some(Bound::Integer(2)),
            ..FieldOptions::DEFAULT
        };
        for number in [
            Number::Integer(2),
            Number::Float(2.0),
            Number::Decimal(Decimal::TWO),
        ] {
            let mut errors = Vec::new();
            check_range(number, &options, &mut errors);
            let texts: Vec<_> = errors.iter().map(|error| error.text.as_ref()).collect();
            assert_eq!(
                texts,
                [
                    "Ensure this value is less than or equal to -1.5.",
                    "Ensure this value is greater than or equal to 5.",
                    "Ensure this value is less than 2.",
                    "Ensure this value is greater than 2.0.",
                ]
            );
        }
    }

    #[test]
    fn limits_themselves_are_inside() {
        let options = FieldOptions {
            min_value: Some(Bound::Float(0.1)),
            max_value: Some(Bound::Float(0.1)),
            ..FieldOptions::DEFAULT
        };
        for number in [Number::Float(0.1), Number::Decimal(Decimal::new(1, 1))] {
            let mut errors = Vec::new();
            check_range(number, &options, &mut errors);
            assert_eq!(errors, []);
        }
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        for text in [
            "",
            "a",
            "abc",
            "abcd",
            "é",
            "日本",
            "😀😀",
            "a😀",
            "😀😀😀😀",
        ] {
            for min in 0..6 {
                for max in 0..6 {
                    let options = FieldOptions {
                        min_length: Some(min),
                        max_length: Some(max),
                        ..FieldOptions::DEFAULT
                    };
                    let (mut errors, mut expected) = (Vec::new(), Vec::new());
                    check_text_length(text, &options, &mut errors);
                    let length = text.chars().count() as u64;
                    check_length(length, "characters", &options, &mut expected);
                    assert_eq!(errors, expected, "{text:?} {min} {max}");
                }
            }
        }
    }
}

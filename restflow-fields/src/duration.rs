//! Spans of time. DRF: `DurationField`.

use std::sync::LazyLock;

use chrono::TimeDelta;
use regex::{Captures, Regex};
use restflow_exceptions::{ErrorDetail, ErrorMessage};
use rust_decimal::Decimal;
use serde::Serializer;
use serde_json::Value;

use crate::{
    Bound, FieldInfo, FieldKind, FieldOptions, FieldType, Raw, Supports,
    ascii::AsciiText,
    integer::is_too_long,
    limits::{Number, check_range_as},
    messages, python,
};

const MICROSECONDS: i128 = 1_000_000;
const DAY: i64 = 86_400;

/// The most days of Python's `timedelta`, in both directions.
const MAX_DAYS: i128 = 999_999_999;

static STANDARD: LazyLock<Regex> = LazyLock::new(|| {
    built_in(
        r"^(?:(?P<days>-?\d+) (?:days?, )?)?(?P<sign>-?)(?:(?:(?P<hours>\d+):)?(?P<minutes>\d+):)?(?P<seconds>\d+)(?:[.,](?P<fraction>\d{1,12}))?\n?\z",
    )
});

static ISO8601: LazyLock<Regex> = LazyLock::new(|| {
    built_in(
        r"^(?P<sign>[-+]?)P(?:(?P<days>\d+(?:[.,]\d+)?)D)?(?:T(?:(?P<hours>\d+(?:[.,]\d+)?)H)?(?:(?P<minutes>\d+(?:[.,]\d+)?)M)?(?:(?P<seconds>\d+(?:[.,]\d+)?)S)?)?\n?\z",
    )
});

static POSTGRES: LazyLock<Regex> = LazyLock::new(|| {
    built_in(
        r"^(?:(?P<days>-?\d+) (?:days? ?))?(?:(?P<sign>[-+])?(?P<hours>\d+):(?P<minutes>\d\d):(?P<seconds>\d\d)(?:\.(?P<fraction>\d{1,6}))?)?\n?\z",
    )
});

fn built_in(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns of this module compile")
}

fn overflow() -> ErrorMessage {
    ErrorMessage::new(
        format!("The number of days must be between -{MAX_DAYS} and {MAX_DAYS}."),
        "overflow",
    )
}

/// Reads `[DD] [HH:[MM:]]ss[.uuuuuu]`, ISO 8601 (`P1DT2H`) and PostgreSQL's intervals, to the
/// microsecond; writes `[DD ]HH:MM:SS[.uuuuuu]`. [`min_value`](FieldOptions::min_value),
/// [`max_value`](FieldOptions::max_value) and the exclusive ones are seconds.
impl FieldType for TimeDelta {
    const SUPPORTS: Supports = Supports::RANGE;

    fn describe(options: &FieldOptions) -> FieldInfo {
        FieldInfo::new(FieldKind::Duration).value_limits(options)
    }

    fn to_internal_value(value: Value, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Self::from_raw((&value).into(), options)
    }

    fn from_raw(raw: Raw<'_>, _options: &FieldOptions) -> Result<Self, ErrorDetail> {
        let text = python::str_of(raw);
        if is_too_long(&text) {
            return Err(messages::max_string_length().into());
        }
        match parse(&python::ascii_digits(&text)) {
            Some(Ok(duration)) => Ok(duration),
            Some(Err(error)) => Err(error.into()),
            None => Err(ErrorMessage::new(
                "Duration has wrong format. Use one of these formats instead: [DD] [HH:[MM:]]ss[.uuuuuu].",
                "invalid",
            )
            .into()),
        }
    }

    fn run_validators(&self, options: &FieldOptions, errors: &mut Vec<ErrorMessage>) {
        let seconds = Decimal::from_i128_with_scale(total_microseconds(*self), 6);
        check_range_as(Number::Decimal(seconds), options, errors, pythons_str);
    }

    fn to_representation<S: Serializer>(
        &self,
        _options: &FieldOptions,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(written(*self).as_str())
    }
}

/// Django: `parse_duration`.
fn parse(text: &str) -> Option<Result<TimeDelta, ErrorMessage>> {
    if let Some(captures) = STANDARD.captures(text) {
        Some(add_up(&captures, false))
    } else if let Some(captures) = ISO8601.captures(text) {
        Some(add_up(&captures, true))
    } else {
        POSTGRES
            .captures(text)
            .map(|captures| add_up(&captures, false))
    }
}

/// Adds the parts. The sign is that of the time alone; in ISO 8601 it is that of the days too.
fn add_up(captures: &Captures<'_>, sign_of_all: bool) -> Result<TimeDelta, ErrorMessage> {
    let part = |name: &str, seconds: i128| {
        captures.name(name).map_or(0, |number| {
            microseconds(number.as_str(), seconds * MICROSECONDS)
        })
    };
    let fraction = captures.name("fraction").map_or(0, |digits| {
        let digits = digits.as_str();
        let six = &digits[..digits.len().min(6)];
        format!("{six:0<6}").parse().unwrap_or(0)
    });
    let is_negative = captures
        .name("sign")
        .is_some_and(|sign| sign.as_str() == "-");
    let sign = if is_negative { -1 } else { 1 };
    let days = part("days", DAY.into()) * if sign_of_all { sign } else { 1 };
    let time = part("hours", 3600) + part("minutes", 60) + part("seconds", 1) + fraction;
    let total = days + sign * time;

    let seconds = total.div_euclid(MICROSECONDS);
    if seconds.div_euclid(DAY.into()).abs() > MAX_DAYS {
        return Err(overflow());
    }
    let nanoseconds = total.rem_euclid(MICROSECONDS) * 1000;
    i64::try_from(seconds)
        .ok()
        .zip(u32::try_from(nanoseconds).ok())
        .and_then(|(seconds, nanoseconds)| TimeDelta::new(seconds, nanoseconds))
        .ok_or_else(overflow)
}

/// Multiplies a number, which may have a fraction, by a unit. A number that is far too large
/// becomes one that is still too large but can be added up.
fn microseconds(number: &str, unit: i128) -> i128 {
    const TOO_MANY: i128 = 1 << 100;

    let (whole, fraction) = number.split_once(['.', ',']).unwrap_or((number, ""));
    let whole: i128 = whole.parse().unwrap_or(TOO_MANY);
    let fraction: f64 = format!("0.{fraction}0").parse().unwrap_or(0.0);
    let fraction = (fraction * unit as f64).round_ties_even() as i128;
    whole
        .saturating_mul(unit)
        .clamp(-TOO_MANY, TOO_MANY)
        .saturating_add(fraction)
}

fn total_microseconds(duration: TimeDelta) -> i128 {
    i128::from(duration.num_seconds()) * MICROSECONDS + i128::from(duration.subsec_micros())
}

/// A limit in seconds as Python's `str(timedelta)` shows it: `1 day, 12:00:00`.
fn pythons_str(limit: Bound) -> String {
    let total = match limit {
        Bound::Integer(seconds) => i128::from(seconds) * MICROSECONDS,
        Bound::Float(seconds) => (seconds * MICROSECONDS as f64).round_ties_even() as i128,
    };
    let day = i128::from(DAY) * MICROSECONDS;
    let (days, rest) = (total.div_euclid(day), total.rem_euclid(day));
    let (seconds, fraction) = (rest / MICROSECONDS, rest % MICROSECONDS);
    let days = match days {
        0 => String::new(),
        1 | -1 => format!("{days} day, "),
        _ => format!("{days} days, "),
    };
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let time = format!("{days}{hours}:{minutes:02}:{seconds:02}");
    match fraction {
        0 => time,
        _ => format!("{time}.{fraction:06}"),
    }
}

/// Django: `duration_string`. Only the days are negative, as in Python's `timedelta`.
fn written(duration: TimeDelta) -> AsciiText {
    let mut seconds = duration.num_seconds();
    let mut nanoseconds = duration.subsec_nanos();
    if nanoseconds < 0 {
        nanoseconds += 1_000_000_000;
        seconds -= 1;
    }
    let days = seconds.div_euclid(DAY);
    let seconds = seconds.rem_euclid(DAY).unsigned_abs();
    let microseconds = nanoseconds.unsigned_abs() / 1000;

    let mut text = AsciiText::new();
    if days != 0 {
        if days < 0 {
            text.push(b'-');
        }
        text.push_number(days.unsigned_abs().into(), 1);
        text.push(b' ');
    }
    text.push_number((seconds / 3600).into(), 2);
    text.push(b':');
    text.push_number((seconds / 60 % 60).into(), 2);
    text.push(b':');
    text.push_number((seconds % 60).into(), 2);
    if microseconds > 0 {
        text.push(b'.');
        text.push_number(microseconds.into(), 6);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Bound, testing::check};

    #[test]
    fn durations_are_read_as_drf_reads_them() {
        let wrong = || {
            Err(json!([
                "Duration has wrong format. Use one of these formats instead: [DD] [HH:[MM:]]ss[.uuuuuu]."
            ]))
        };
        check::<TimeDelta>(
            &FieldOptions::DEFAULT,
            [
                (json!("1 02:03:04"), Ok(json!("1 02:03:04"))),
                (json!("02:03:04.5"), Ok(json!("02:03:04.500000"))),
                (json!("90"), Ok(json!("00:01:30"))),
                (json!("15:30"), Ok(json!("00:15:30"))),
                (json!("P1DT2H"), Ok(json!("1 02:00:00"))),
                (json!("P0.5D"), Ok(json!("12:00:00"))),
                (json!("-PT1,5S"), Ok(json!("-1 23:59:58.500000"))),
                (json!("3 days 04:05:06"), Ok(json!("3 04:05:06"))),
                (json!("-1 00:00:00"), Ok(json!("-1 00:00:00"))),
                (json!("-00:00:01"), Ok(json!("-1 23:59:59"))),
                (json!("abc"), wrong()),
                (json!("1:2:3:4"), wrong()),
                (json!([]), wrong()),
                (json!(60), Ok(json!("00:01:00"))),
                (json!(1.5), Ok(json!("00:00:01.500000"))),
                (
                    json!("999999999 23:59:59.999999"),
                    Ok(json!("999999999 23:59:59.999999")),
                ),
                (
                    json!("-999999999 00:00:00"),
                    Ok(json!("-999999999 00:00:00")),
                ),
                (
                    json!("-99999999999999999999999999999999999999999"),
                    Err(json!([
                        "The number of days must be between -999999999 and 999999999."
                    ])),
                ),
                (
                    json!("1000000000 00:00:00"),
                    Err(json!([
                        "The number of days must be between -999999999 and 999999999."
                    ])),
                ),
            ],
        );
    }

    #[test]
    fn limits_are_seconds_and_shown_as_python_does() {
        let above = |limit| {
            Err(json!([format!(
                "Ensure this value is less than or equal to {limit}."
            )]))
        };
        let below = |limit| {
            Err(json!([format!(
                "Ensure this value is greater than or equal to {limit}."
            )]))
        };
        let options = FieldOptions {
            min_value: Some(Bound::Float(-1.5)),
            max_value: Some(Bound::Integer(36 * 3600)),
            ..FieldOptions::DEFAULT
        };
        check::<TimeDelta>(
            &options,
            [
                (json!("1 12:00:00"), Ok(json!("1 12:00:00"))),
                (json!("36:00:00.000001"), above("1 day, 12:00:00")),
                (json!("2 00:00:00"), above("1 day, 12:00:00")),
                (json!("-1"), Ok(json!("-1 23:59:59"))),
                (json!("-2"), below("-1 day, 23:59:58.500000")),
            ],
        );
        let options = FieldOptions {
            min_value: Some(Bound::Integer(60)),
            max_value: Some(Bound::Integer(2 * DAY)),
            ..FieldOptions::DEFAULT
        };
        check::<TimeDelta>(
            &options,
            [
                (json!("1"), below("0:01:00")),
                (json!("3 00:00:00"), above("2 days, 0:00:00")),
                (json!("-999999999 00:00:00"), below("0:01:00")),
            ],
        );
    }
}

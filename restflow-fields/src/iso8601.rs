//! Dates and times as Python's `fromisoformat` and Django's `dateparse` read and write them.

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Weekday};
use regex::{Captures, Regex};

use crate::{ascii::AsciiText, python};

/// A date and time with the seconds east of UTC that were written, if any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) local: NaiveDateTime,
    pub(crate) offset: Option<i32>,
}

/// Reads a date: `2024-01-31`, `20240131`, `2024-W05-3` and, as Django, `2024-1-31`.
pub(crate) fn parse_date(text: &str) -> Option<NaiveDate> {
    static LOOSE: LazyLock<Regex> =
        LazyLock::new(|| built_in(r"^(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})\n?\z"));

    iso_date(text.as_bytes()).or_else(|| {
        let text = python::ascii_digits(text);
        loose_date(&LOOSE.captures(&text)?)
    })
}

/// Reads a time of day: `09:30`, `09:30:15.5`, `T093015` and, as Django, `9:30`. An offset is read
/// and dropped.
pub(crate) fn parse_time(text: &str) -> Option<NaiveTime> {
    static LOOSE: LazyLock<Regex> = LazyLock::new(|| {
        built_in(
            r"^(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,12}))?)?\n?\z",
        )
    });

    let bytes = text.as_bytes();
    let (time, _) = iso_time(bytes.strip_prefix(b"T").unwrap_or(bytes)).or_else(|| {
        let text = python::ascii_digits(text);
        Some((loose_time(&LOOSE.captures(&text)?)?, None))
    })?;
    Some(time)
}

/// Reads a date and time in the forms of both, with any character between them.
pub(crate) fn parse_moment(text: &str) -> Option<Moment> {
    static LOOSE: LazyLock<Regex> = LazyLock::new(|| {
        built_in(
            r"^(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})[T ](?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,12}))?)?\s*(?P<zone>Z|[+-]\d{2}(?::?\d{2})?)?\n?\z",
        )
    });

    iso_moment(text).or_else(|| {
        let text = python::ascii_digits(text);
        let captures = LOOSE.captures(&text)?;
        let local = loose_date(&captures)?.and_time(loose_time(&captures)?);
        let offset = match captures.name("zone") {
            None => None,
            Some(zone) => Some(loose_offset(zone.as_str())?),
        };
        Some(Moment { local, offset })
    })
}

fn built_in(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns of this module compile")
}

/// Python's dates begin in year 1 and end in year 9999.
pub(crate) fn in_python_range(date: NaiveDate) -> bool {
    (1..=9999).contains(&date.year())
}

/// Reads exactly `count` ASCII digits from the front.
fn digits(bytes: &[u8], count: usize) -> Option<(u32, &[u8])> {
    let (head, rest) = bytes.split_at_checked(count)?;
    let number = head.iter().try_fold(0_u32, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + u32::from(byte - b'0'))
    })?;
    Some((number, rest))
}

/// Python: `date.fromisoformat`.
fn iso_date(bytes: &[u8]) -> Option<NaiveDate> {
    let (year, rest) = digits(bytes, 4)?;
    let year = i32::try_from(year).ok()?;
    let (separated, rest) = match rest.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let separator = |rest| {
        if separated {
            <[u8]>::strip_prefix(rest, b"-")
        } else {
            Some(rest)
        }
    };
    let date = if let Some(rest) = rest.strip_prefix(b"W") {
        let (week, rest) = digits(rest, 2)?;
        let weekday = if rest.is_empty() {
            1
        } else {
            let (weekday, rest) = digits(separator(rest)?, 1)?;
            if !rest.is_empty() {
                return None;
            }
            weekday
        };
        let weekday = Weekday::try_from(u8::try_from(weekday.checked_sub(1)?).ok()?).ok()?;
        NaiveDate::from_isoywd_opt(year, week, weekday)?
    } else {
        let (month, rest) = digits(rest, 2)?;
        let (day, rest) = digits(separator(rest)?, 2)?;
        if !rest.is_empty() {
            return None;
        }
        NaiveDate::from_ymd_opt(year, month, day)?
    };
    (year >= 1 && in_python_range(date)).then_some(date)
}

/// Hours, minutes, seconds and microseconds as they are written, whatever their size.
fn iso_clock(bytes: &[u8]) -> Option<[u32; 4]> {
    let (hour, mut rest) = digits(bytes, 2)?;
    let separated = rest.first() == Some(&b':');
    let mut clock = [hour, 0, 0, 0];
    for part in 1..3 {
        if rest.is_empty() {
            return Some(clock);
        }
        if separated {
            rest = rest.strip_prefix(b":")?;
        }
        (clock[part], rest) = digits(rest, 2)?;
    }
    if rest.is_empty() {
        return Some(clock);
    }
    let fraction = rest
        .strip_prefix(b".")
        .or_else(|| rest.strip_prefix(b","))?;
    clock[3] = microseconds(fraction)?;
    Some(clock)
}

/// Reads the digits after the point of a second; those beyond six are dropped.
fn microseconds(fraction: &[u8]) -> Option<u32> {
    if fraction.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = fraction.iter().map(|digit| u32::from(digit - b'0'));
    let padded = digits.chain(std::iter::repeat(0)).take(6);
    Some(padded.fold(0, |number, digit| number * 10 + digit))
}

/// Python: `time.fromisoformat`, without the `T` in front.
fn iso_time(bytes: &[u8]) -> Option<(NaiveTime, Option<i32>)> {
    let zone = bytes
        .iter()
        .position(|byte| matches!(byte, b'+' | b'-' | b'Z'))
        .unwrap_or(bytes.len());
    let (clock, zone) = bytes.split_at(zone);
    let [hour, minute, second, microsecond] = iso_clock(clock)?;
    let time = NaiveTime::from_hms_micro_opt(hour, minute, second, microsecond)?;
    let offset = match zone {
        [] => None,
        [b'Z'] => Some(0),
        [sign @ (b'+' | b'-'), clock @ ..] => {
            let [hour, minute, second, _] = iso_clock(clock)?;
            Some(offset_of(*sign, hour * 3600 + minute * 60 + second)?)
        }
        _ => return None,
    };
    Some((time, offset))
}

/// Offsets stay below one day.
fn offset_of(sign: u8, seconds: u32) -> Option<i32> {
    let seconds = i32::try_from(seconds)
        .ok()
        .filter(|seconds| *seconds < 86_400)?;
    Some(if sign == b'-' { -seconds } else { seconds })
}

/// Python: `datetime.fromisoformat`.
fn iso_moment(text: &str) -> Option<Moment> {
    let bytes = text.as_bytes();
    let (date, rest) = bytes.split_at_checked(date_length(bytes))?;
    let date = iso_date(date)?;
    let (time, offset) = if rest.is_empty() {
        (NaiveTime::MIN, None)
    } else {
        // The separator is any one character, of one or more bytes.
        let mut rest = str::from_utf8(rest).ok()?.chars();
        rest.next();
        iso_time(rest.as_str().as_bytes())?
    };
    Some(Moment {
        local: date.and_time(time),
        offset,
    })
}

/// Where the date ends. Python: `_find_isoformat_datetime_separator`.
fn date_length(bytes: &[u8]) -> usize {
    let is_digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
    match (bytes.get(4), bytes.get(5)) {
        (Some(b'-'), Some(b'W')) if bytes.get(8) == Some(&b'-') && !is_digit(10) => 10,
        (Some(b'-'), Some(b'W')) => 8,
        (Some(b'-'), _) => 10,
        (Some(b'W'), _) => {
            let end = (7..bytes.len())
                .find(|index| !is_digit(*index))
                .unwrap_or(bytes.len());
            match end {
                0..9 => end,
                end if end % 2 == 0 => 7,
                _ => 8,
            }
        }
        _ => 8,
    }
}

fn number(captures: &Captures<'_>, name: &str) -> Option<u32> {
    match captures.name(name) {
        Some(digits) => digits.as_str().parse().ok(),
        None => Some(0),
    }
}

fn loose_date(captures: &Captures<'_>) -> Option<NaiveDate> {
    let year = i32::try_from(number(captures, "year")?).ok()?;
    let (month, day) = (number(captures, "month")?, number(captures, "day")?);
    NaiveDate::from_ymd_opt(year, month, day).filter(|date| in_python_range(*date))
}

fn loose_time(captures: &Captures<'_>) -> Option<NaiveTime> {
    let fraction = match captures.name("fraction") {
        Some(fraction) => microseconds(fraction.as_str().as_bytes())?,
        None => 0,
    };
    NaiveTime::from_hms_micro_opt(
        number(captures, "hour")?,
        number(captures, "minute")?,
        number(captures, "second")?,
        fraction,
    )
}

fn loose_offset(zone: &str) -> Option<i32> {
    let bytes = zone.as_bytes();
    let (sign, rest) = bytes.split_first()?;
    if *sign == b'Z' {
        return Some(0);
    }
    let (hour, rest) = digits(rest, 2)?;
    let minute = match rest.strip_prefix(b":").unwrap_or(rest) {
        [] => 0,
        rest => digits(rest, 2)?.0,
    };
    offset_of(*sign, hour * 3600 + minute * 60)
}

/// Moves a local time to UTC; `None` beyond Python's years.
pub(crate) fn to_utc(moment: Moment) -> Option<NaiveDateTime> {
    let Moment { local, offset } = moment;
    let seconds = i64::from(offset.unwrap_or(0));
    let utc = local.checked_sub_signed(chrono::TimeDelta::seconds(seconds))?;
    in_python_range(utc.date()).then_some(utc)
}

/// Appends `YYYY-MM-DD`.
pub(crate) fn push_date(text: &mut AsciiText, date: NaiveDate) {
    if date.year() < 0 {
        text.push(b'-');
    }
    text.push_number(date.year().unsigned_abs().into(), 4);
    text.push(b'-');
    text.push_number(date.month().into(), 2);
    text.push(b'-');
    text.push_number(date.day().into(), 2);
}

/// Appends `hh:mm:ss`, and the microseconds unless there are none.
pub(crate) fn push_time(text: &mut AsciiText, time: NaiveTime) {
    text.push_number(time.hour().into(), 2);
    text.push(b':');
    text.push_number(time.minute().into(), 2);
    text.push(b':');
    text.push_number(time.second().into(), 2);
    // A leap second has more than a million of them.
    let microseconds = (time.nanosecond() / 1000).min(999_999);
    if microseconds > 0 {
        text.push(b'.');
        text.push_number(microseconds.into(), 6);
    }
}

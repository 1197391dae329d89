//! How databases write the values that are read as text, so that a text from elsewhere is not
//! given to them when they would refuse it.

/// Whether a moment is written with the distance of its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    With,
    Without,
}

/// `numeric` of PostgreSQL.
pub(super) fn is_numeric(text: &str) -> bool {
    matches!(text, "NaN" | "Infinity" | "-Infinity")
        || number_size(text).is_some_and(|(digits, places)| digits <= 131_072 && places <= 16_383)
}

/// `DECIMAL` of MySQL, which has 65 digits and 30 places.
pub(super) fn is_mysql_decimal(text: &str) -> bool {
    number_size(text).is_some_and(|(digits, places)| digits + places <= 65 && places <= 30)
}

/// `date` of PostgreSQL, up to the year before its last one.
pub(super) fn is_date(text: &str) -> bool {
    is_infinite(text) || is_day_of_postgres(text, 5_874_896)
}

/// `time` of PostgreSQL.
pub(super) fn is_time(text: &str) -> bool {
    text == "24:00:00" || is_clock_time(text, 23)
}

/// `timestamp` and `timestamptz` of PostgreSQL, up to the year before their last one.
pub(super) fn is_timestamp(text: &str, zone: Zone) -> bool {
    if is_infinite(text) {
        return true;
    }
    let (text, era) = match text.strip_suffix(" BC") {
        Some(text) => (text, " BC"),
        None => (text, ""),
    };
    let Some((day, time)) = text.split_once(' ') else {
        return false;
    };
    let (time, is_zoned) = match time.split_once(['+', '-']) {
        Some((time, distance)) => (time, is_distance(distance)),
        None => (time, false),
    };
    let has_zone = text.len() > day.len() + 1 + time.len();
    is_day_of_postgres(&format!("{day}{era}"), 294_275)
        && is_clock_time(time, 23)
        && (has_zone, is_zoned) == (zone == Zone::With, zone == Zone::With)
}

/// `DATE` of MySQL.
pub(super) fn is_mysql_date(text: &str) -> bool {
    day(text).is_some_and(|(year, month, day)| year <= 9999 && is_in_month(year, month, day))
}

/// `DATETIME` of MySQL.
pub(super) fn is_mysql_datetime(text: &str) -> bool {
    text.split_once(' ')
        .is_some_and(|(day, time)| is_mysql_date(day) && is_clock_time(time, 23))
}

/// `TIME` of MySQL, which is also a duration.
pub(super) fn is_mysql_time(text: &str) -> bool {
    is_clock_time(text.strip_prefix('-').unwrap_or(text), 838)
}

fn is_infinite(text: &str) -> bool {
    matches!(text, "infinity" | "-infinity")
}

/// The digits before and behind the point.
fn number_size(text: &str) -> Option<(usize, usize)> {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (whole, places) = match text.split_once('.') {
        Some((whole, places)) if !places.is_empty() => (whole, places),
        Some(_) => return None,
        None => (text, ""),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = !whole.is_empty() && is_digits(whole) && is_digits(places);
    is_number.then_some((whole.len(), places.len()))
}

/// `2024-12-31`, or `0044-03-15 BC`.
fn is_day_of_postgres(text: &str, last_year: i64) -> bool {
    let (text, is_before_christ) = match text.strip_suffix(" BC") {
        Some(text) => (text, true),
        None => (text, false),
    };
    day(text).is_some_and(|(year, month, day)| {
        if is_before_christ {
            // There is no year 0.
            (1..=4712).contains(&year) && is_in_month(1 - year, month, day)
        } else {
            (1..=last_year).contains(&year) && is_in_month(year, month, day)
        }
    })
}

fn day(text: &str) -> Option<(i64, i64, i64)> {
    let mut parts = text.split('-');
    let year = part(parts.next()?, 4, 7)?;
    let month = part(parts.next()?, 2, 2)?;
    let day = part(parts.next()?, 2, 2)?;
    parts.next().is_none().then_some((year, month, day))
}

fn is_in_month(year: i64, month: i64, day: i64) -> bool {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// `23:59:59`, with up to six places behind.
fn is_clock_time(text: &str, last_hour: i64) -> bool {
    let (time, is_fraction) = match text.split_once('.') {
        Some((time, fraction)) => (time, part(fraction, 1, 6).is_some()),
        None => (text, true),
    };
    let parts: Vec<&str> = time.split(':').collect();
    let [hour, minute, second] = parts[..] else {
        return false;
    };
    let is_up_to = |text: &str, digits: usize, last: i64| {
        part(text, 2, digits).is_some_and(|number| number <= last)
    };
    is_fraction
        && is_up_to(hour, 3, last_hour)
        && is_up_to(minute, 2, 59)
        && is_up_to(second, 2, 59)
}

/// `02`, `05:30`, or `00:53:28`, which were distances before zones had whole hours.
fn is_distance(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let is_up_to = |text: &str, last: i64| part(text, 2, 2).is_some_and(|number| number <= last);
    match parts[..] {
        [hour] => is_up_to(hour, 15),
        [hour, minute] => is_up_to(hour, 15) && is_up_to(minute, 59),
        [hour, minute, second] => {
            is_up_to(hour, 15) && is_up_to(minute, 59) && is_up_to(second, 59)
        }
        _ => false,
    }
}

/// A number of so many digits.
fn part(text: &str, shortest: usize, longest: usize) -> Option<i64> {
    let is_number = (shortest..=longest).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(is_valid: fn(&str) -> bool, valid: &[&str], invalid: &[&str]) {
        for text in valid {
            assert!(is_valid(text), "{text}");
        }
        for text in invalid {
            assert!(!is_valid(text), "{text}");
        }
    }

    #[test]
    fn numbers_are_written_out() {
        check(
            is_numeric,
            &[
                "0",
                "-1.50",
                "12345678901234567890.000000001",
                "NaN",
                "-Infinity",
            ],
            &[
                "", "-", ".5", "5.", "1e5", "+1", " 1", "1,5", "0x1", "--1", "nan", "१",
            ],
        );
        assert!(!is_numeric(&format!("0.{}", "0".repeat(16_384))));
        let long = "9".repeat(65);
        check(
            is_mysql_decimal,
            &["0.10", &long],
            &["NaN", &format!("{long}9")],
        );
        assert!(!is_mysql_decimal(&format!("0.{}", "0".repeat(31))));
    }

    #[test]
    fn dates_are_days_of_the_calendar() {
        check(
            is_date,
            &[
                "2024-02-29",
                "0044-03-15 BC",
                "0001-02-29 BC",
                "12024-01-01",
                "infinity",
            ],
            &[
                "2023-02-29",
                "2024-13-01",
                "2024-00-10",
                "2024-01-00",
                "0000-01-01",
                "24-01-01",
                "2024-1-1",
                "9999999-01-01",
                "4713-01-01 BC",
                "2024-01-01 ",
                "-infinity2",
                "now",
                "2024-01-01-01",
            ],
        );
        check(
            is_mysql_date,
            &["2024-02-29", "0000-01-01"],
            &["0000-00-00", "2024-01-00", "10000-01-01", "infinity"],
        );
    }

    #[test]
    fn times_have_all_their_parts() {
        check(
            is_time,
            &["00:00:00", "23:59:59.999999", "24:00:00"],
            &[
                "24:00:01",
                "1:00:00",
                "00:00",
                "00:60:00",
                "00:00:60",
                "00:00:00.",
                "00:00:00.1234567",
            ],
        );
        check(
            is_mysql_time,
            &["-838:59:59.000000", "12:00:00"],
            &["839:00:00", "--1:00:00", "+01:00:00"],
        );
        check(
            |text| is_timestamp(text, Zone::Without),
            &[
                "2024-01-01 00:00:00",
                "0044-03-15 23:59:59.1 BC",
                "-infinity",
            ],
            &[
                "2024-01-01",
                "2024-01-01 00:00:00+00",
                "2024-01-01T00:00:00",
                "2024-01-01 00:00:00 BC BC",
            ],
        );
        check(
            |text| is_timestamp(text, Zone::With),
            &[
                "2024-01-01 00:00:00.25+00",
                "1890-01-01 00:53:28+00:53:28",
                "0044-03-15 00:00:00-07 BC",
            ],
            &[
                "2024-01-01 00:00:00",
                "2024-01-01 00:00:00+",
                "2024-01-01 00:00:00+99",
                "2024-01-01 00:00:00Z",
                "999999-01-01 00:00:00+00",
            ],
        );
        check(
            is_mysql_datetime,
            &["2024-01-01 00:00:00.000002"],
            &["2024-01-01", "2024-00-01 00:00:00", "2024-01-01 24:00:00"],
        );
    }
}

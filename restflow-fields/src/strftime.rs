//! Own formats of dates and times, in the words of Python's `strftime`.

use std::{
    fmt::{Display, Write},
    slice,
};

use chrono::format::{Fixed, Item, Numeric, Parsed, StrftimeItems, parse_and_remainder};
use restflow_exceptions::ErrorMessage;
use serde::{Serializer, ser::Error};

use crate::{FieldOptions, options::ISO_8601};

/// The formats of input: without any, the one of output.
fn input_formats(options: &FieldOptions) -> &[&'static str] {
    match (options.input_formats, &options.datetime_format) {
        ([], Some(format)) => slice::from_ref(format),
        ([], None) => &[ISO_8601],
        (formats, _) => formats,
    }
}

/// The own format of output, `None` for ISO 8601.
pub(crate) fn output_format(options: &FieldOptions) -> Option<&'static str> {
    options.datetime_format.filter(|format| *format != ISO_8601)
}

/// Reads a text in the first format that fits it.
pub(crate) fn read<T>(
    text: &str,
    options: &FieldOptions,
    iso: impl Fn(&str) -> Option<T>,
    own: impl Fn(&Parsed) -> Option<T>,
) -> Option<T> {
    let mut formats = input_formats(options).iter();
    formats.find_map(|format| match *format {
        ISO_8601 => iso(text),
        format => own(&parse(text, format)?),
    })
}

/// DRF's complaint about a date or time, with the formats that would be read.
pub(crate) fn wrong_format(what: &str, iso: &str, options: &FieldOptions) -> ErrorMessage {
    let formats = input_formats(options).iter();
    let formats = formats.map(|format| match *format {
        ISO_8601 => iso.to_owned(),
        format => humanize(format),
    });
    let formats = formats.collect::<Vec<_>>().join(", ");
    ErrorMessage::new(
        format!("{what} has wrong format. Use one of these formats instead: {formats}."),
        "invalid",
    )
}

/// DRF: `rest_framework.utils.humanize_datetime.humanize_strptime`.
fn humanize(format: &str) -> String {
    const WORDS: [(&str, &str); 14] = [
        ("%Y", "YYYY"),
        ("%y", "YY"),
        ("%m", "MM"),
        ("%b", "[Jan-Dec]"),
        ("%B", "[January-December]"),
        ("%d", "DD"),
        ("%H", "hh"),
        ("%I", "hh"),
        ("%M", "mm"),
        ("%S", "ss"),
        ("%f", "uuuuuu"),
        ("%a", "[Mon-Sun]"),
        ("%A", "[Monday-Sunday]"),
        ("%p", "[AM|PM]"),
    ];
    let format = format.replace("%z", "[+HHMM|-HHMM]");
    WORDS
        .iter()
        .fold(format, |format, (from, to)| format.replace(from, to))
}

/// Reads what `datetime.strptime` reads. It is stricter than chrono: years have their two or four
/// digits, fractions are microseconds, and white space stands where the format has it.
fn parse(text: &str, format: &str) -> Option<Parsed> {
    let mut parsed = Parsed::new();
    let mut rest = text;
    for item in StrftimeItems::new(format) {
        rest = parse_item(&mut parsed, rest, &item)?;
    }
    rest.is_empty().then_some(parsed)
}

fn parse_item<'t>(parsed: &mut Parsed, text: &'t str, item: &Item<'_>) -> Option<&'t str> {
    let is_value = matches!(item, Item::Numeric(..) | Item::Fixed(_));
    if is_value && text.starts_with(char::is_whitespace) {
        return None;
    }
    match item {
        Item::Numeric(Numeric::Year, _) => {
            let (year, rest) = digits(text, 4, 4)?;
            parsed.set_year(year).ok()?;
            Some(rest)
        }
        Item::Numeric(Numeric::YearMod100, _) => {
            let (year, rest) = digits(text, 2, 2)?;
            let century = if year < 69 { 2000 } else { 1900 };
            parsed.set_year(century + year).ok()?;
            Some(rest)
        }
        Item::Numeric(Numeric::Nanosecond, _) => {
            let (fraction, rest) = digits(text, 1, 6)?;
            let places = u32::try_from(text.len() - rest.len()).ok()?;
            let nanoseconds = fraction * 10_i64.pow(9 - places);
            parsed.set_nanosecond(nanoseconds).ok()?;
            Some(rest)
        }
        Item::Fixed(Fixed::TimezoneOffset) if text.starts_with('Z') => {
            parsed.set_offset(0).ok()?;
            Some(&text[1..])
        }
        Item::Space(_) => {
            let rest = text.trim_start();
            (rest.len() < text.len()).then_some(rest)
        }
        item => parse_and_remainder(parsed, text, [item].into_iter()).ok(),
    }
}

/// Takes at least `min` and at most `max` digits off the front.
fn digits(text: &str, min: usize, max: usize) -> Option<(i64, &str)> {
    let bytes = text.bytes().take(max);
    let count = bytes.take_while(u8::is_ascii_digit).count();
    if count < min {
        return None;
    }
    let (digits, rest) = text.split_at(count);
    Some((digits.parse().ok()?, rest))
}

/// The items of a format for output, in which `%f` is microseconds.
pub(crate) fn items(format: &'static str) -> impl Iterator<Item = Item<'static>> + Clone {
    StrftimeItems::new(format).map(|item| match item {
        Item::Numeric(Numeric::Nanosecond, _) => StrftimeItems::new("%6f").next().unwrap_or(item),
        item => item,
    })
}

/// Writes what chrono has formatted; a format that chrono does not know is an error.
pub(crate) fn serialize<S: Serializer>(
    formatted: impl Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut text = String::new();
    write!(text, "{formatted}")
        .map_err(|_| S::Error::custom("the format of the date or time is not known"))?;
    serializer.serialize_str(&text)
}

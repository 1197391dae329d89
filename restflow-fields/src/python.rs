//! How Python reads and writes plain values, where a DRF client can see it.
//!
//! DRF's coercions go through `str()`, `int()` and `float()`: `" 1_0 "` is ten, `true` in a choice
//! field is complained about as `"True"`. The functions here are those rules.

use std::borrow::Cow;

use crate::{Raw, RawNumber};

/// The name of the Python type of a JSON value, as DRF's messages show it.
#[must_use]
pub fn type_name<'a>(value: impl Into<Raw<'a>>) -> &'static str {
    match value.into() {
        Raw::Null => "NoneType",
        Raw::Bool(_) => "bool",
        Raw::Number(RawNumber::Float(_)) => "float",
        Raw::Number(_) => "int",
        Raw::Text(_) => "str",
        Raw::List(_) => "list",
        Raw::Object(_) => "dict",
    }
}

/// The value as Python's `str()` shows it: `True`, `None`, `1.5`, `['a']`; a text is itself.
#[must_use]
pub fn str_of<'a>(value: impl Into<Raw<'a>>) -> Cow<'a, str> {
    match value.into() {
        Raw::Text(text) => Cow::Borrowed(text),
        Raw::Null => Cow::Borrowed("None"),
        Raw::Bool(true) => Cow::Borrowed("True"),
        Raw::Bool(false) => Cow::Borrowed("False"),
        Raw::Number(number) => Cow::Owned(number_text(number)),
        raw @ (Raw::List(_) | Raw::Object(_)) => {
            let mut out = String::new();
            write_repr(raw, &mut out);
            Cow::Owned(out)
        }
    }
}

fn number_text(number: RawNumber) -> String {
    match number {
        RawNumber::Unsigned(number) => number.to_string(),
        RawNumber::Negative(number) => number.to_string(),
        RawNumber::Float(number) => float_text(number),
    }
}

/// A float as Python's `repr()` shows it: the shortest digits that read back as the same number,
/// with an exponent below 1e-4 and from 1e16 on.
#[must_use]
pub fn float_text(value: f64) -> String {
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = value.to_string();
        return if plain.contains('.') {
            plain
        } else {
            plain + ".0"
        };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

/// Appends the value as `repr()` shows it inside a list or a dictionary.
fn write_repr(raw: Raw<'_>, out: &mut String) {
    match raw {
        Raw::Text(text) => write_text_repr(text, out),
        Raw::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_repr(item, out);
            }
            out.push(']');
        }
        Raw::Object(fields) => {
            out.push('{');
            for (index, (key, item)) in fields.entries().into_iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write_text_repr(key, out);
                out.push_str(": ");
                write_repr(item, out);
            }
            out.push('}');
        }
        Raw::Null | Raw::Bool(_) | Raw::Number(_) => out.push_str(&str_of(raw)),
    }
}

fn write_text_repr(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote || c == '\\' => out.extend(['\\', c]),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push(quote);
}

/// Tells whether `str.isspace()` holds: Unicode white space and the ASCII separators.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Removes white space around a text as `str.strip()` does.
#[must_use]
pub fn strip(text: &str) -> &str {
    // Most texts begin and end with something to see.
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim_matches(is_space),
    }
}

/// Removes white space after a text as `str.rstrip()` does.
pub(crate) fn strip_end(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// The zeros of Unicode's decimal digits, in order; nine more digits follow each.
const ZEROS: [char; 66] = [
    '\u{30}',
    '\u{660}',
    '\u{6f0}',
    '\u{7c0}',
    '\u{966}',
    '\u{9e6}',
    '\u{a66}',
    '\u{ae6}',
    '\u{b66}',
    '\u{be6}',
    '\u{c66}',
    '\u{ce6}',
    '\u{d66}',
    '\u{de6}',
    '\u{e50}',
    '\u{ed0}',
    '\u{f20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17e0}',
    '\u{1810}',
    '\u{1946}',
    '\u{19d0}',
    '\u{1a80}',
    '\u{1a90}',
    '\u{1b50}',
    '\u{1bb0}',
    '\u{1c40}',
    '\u{1c50}',
    '\u{a620}',
    '\u{a8d0}',
    '\u{a900}',
    '\u{a9d0}',
    '\u{a9f0}',
    '\u{aa50}',
    '\u{abf0}',
    '\u{ff10}',
    '\u{104a0}',
    '\u{10d30}',
    '\u{11066}',
    '\u{110f0}',
    '\u{11136}',
    '\u{111d0}',
    '\u{112f0}',
    '\u{11450}',
    '\u{114d0}',
    '\u{11650}',
    '\u{116c0}',
    '\u{11730}',
    '\u{118e0}',
    '\u{11950}',
    '\u{11c50}',
    '\u{11d50}',
    '\u{11da0}',
    '\u{16a60}',
    '\u{16ac0}',
    '\u{16b50}',
    '\u{1d7ce}',
    '\u{1d7d8}',
    '\u{1d7e2}',
    '\u{1d7ec}',
    '\u{1d7f6}',
    '\u{1e140}',
    '\u{1e2f0}',
    '\u{1e950}',
    '\u{1fbf0}',
];

/// Replaces the decimal digits of any script by ASCII digits, as Python's number parsers do.
pub(crate) fn ascii_digits(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(ascii_digit).collect())
}

fn ascii_digit(c: char) -> char {
    let after = ZEROS.partition_point(|zero| *zero <= c);
    let digit = after
        .checked_sub(1)
        .map(|index| u32::from(c) - u32::from(ZEROS[index]));
    match digit {
        Some(digit @ 0..=9) => char::from_digit(digit, 10).unwrap_or(c),
        _ => c,
    }
}

/// Removes underscores between digits; an underscore elsewhere makes the text no number.
fn without_underscores(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('_') {
        return Some(Cow::Borrowed(text));
    }
    let bytes = text.as_bytes();
    let is_digit = |index: Option<usize>| {
        index
            .and_then(|index| bytes.get(index))
            .is_some_and(u8::is_ascii_digit)
    };
    let separates =
        |(index, _): (usize, &str)| is_digit(index.checked_sub(1)) && is_digit(Some(index + 1));
    text.match_indices('_')
        .all(separates)
        .then(|| Cow::Owned(text.replace('_', "")))
}

/// Reads a whole number as `int()` does; one beyond 128 bits becomes the nearest that fits.
pub(crate) fn parse_int(text: &str) -> Option<i128> {
    let text = ascii_digits(strip(text));
    let text = without_underscores(&text)?;
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text.as_ref()),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let magnitude = digits.bytes().fold(0_i128, |sum, digit| {
        sum.saturating_mul(10)
            .saturating_add(i128::from(digit - b'0'))
    });
    Some(if negative { -magnitude } else { magnitude })
}

/// Reads a float as `float()` does, `nan` and `inf` included.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let text = ascii_digits(strip(text));
    without_underscores(&text)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn str_of_is_pythons_str() {
        let table = [
            (json!(null), "None", "NoneType"),
            (json!(true), "True", "bool"),
            (json!(12), "12", "int"),
            (json!(1.0), "1.0", "float"),
            (json!(0.0001), "0.0001", "float"),
            (json!(0.00001), "1e-05", "float"),
            (json!(1234567890123456.0), "1234567890123456.0", "float"),
            (json!(1e16), "1e+16", "float"),
            (json!(1.5e300), "1.5e+300", "float"),
            (json!(-2.5), "-2.5", "float"),
            (json!("x'y"), "x'y", "str"),
            (json!([]), "[]", "list"),
            (json!({}), "{}", "dict"),
            (
                json!(["x'y", "a\"'", 1, null]),
                r#"["x'y", 'a"\'', 1, None]"#,
                "list",
            ),
            (
                json!({"a": [true, "\n\u{1}"]}),
                r"{'a': [True, '\n\x01']}",
                "dict",
            ),
        ];
        for (value, text, name) in table {
            assert_eq!(str_of(&value), text);
            assert_eq!(type_name(&value), name);
        }
    }

    #[test]
    fn numbers_are_read_as_python_does() {
        let table = [
            ("3", Some(3)),
            (" -3\n", Some(-3)),
            ("+4", Some(4)),
            ("1_000", Some(1000)),
            ("٣", Some(3)),
            ("۱۲", Some(12)),
            ("_1", None),
            ("1__0", None),
            ("1_", None),
            ("", None),
            ("-", None),
            ("- 1", None),
            ("1.0", None),
            ("0x10", None),
            ("½", None),
        ];
        for (text, number) in table {
            assert_eq!(parse_int(text), number, "{text:?}");
        }
        assert_eq!(parse_int(&"9".repeat(60)), Some(i128::MAX));
        assert_eq!(parse_float(" 1_0.5e1 "), Some(105.0));
        assert_eq!(parse_float("1_.5"), None);
    }
}

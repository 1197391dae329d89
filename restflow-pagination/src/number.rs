//! Numbers in query strings, read as Python's `int()` reads them.

/// Reads an integer as `int()` of Python does: blanks around it, a sign,
/// leading zeros and single underscores between digits are fine.
///
/// Numbers too large for an `i128` saturate, because DRF only ever compares
/// them with something smaller.
pub(crate) fn parse_integer(text: &str) -> Option<i128> {
    let text = text.trim();
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let mut number: i128 = 0;
    let mut after_digit = false;
    for byte in digits.bytes() {
        match byte {
            b'0'..=b'9' => {
                let digit = i128::from(byte - b'0');
                number = number.saturating_mul(10).saturating_add(digit);
                after_digit = true;
            }
            b'_' if after_digit => after_digit = false,
            _ => return None,
        }
    }
    after_digit.then_some(if negative { -number } else { number })
}

/// DRF's `_positive_int(strict=True, cutoff=maximum)`: a number of rows that a
/// client asked for, at least 1 and cut off at `maximum`.
pub(crate) fn parse_size(text: Option<&str>, maximum: u64) -> Option<u64> {
    let number = parse_integer(text?)?;
    if number <= 0 {
        return None;
    }
    Some(u64::try_from(number).map_or(maximum, |size| size.min(maximum)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_spelled_as_in_python() {
        let cases = [
            ("2", Some(2)),
            (" 2", Some(2)),
            ("02", Some(2)),
            ("+2", Some(2)),
            ("-2", Some(-2)),
            ("1_000", Some(1000)),
            ("1__0", None),
            ("_1", None),
            ("1_", None),
            ("", None),
            ("-", None),
            ("1.5", None),
            ("abc", None),
            ("99999999999999999999", Some(99_999_999_999_999_999_999)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_integer(text), expected, "{text:?}");
        }
        assert_eq!(parse_integer(&"9".repeat(5000)), Some(i128::MAX));
    }

    #[test]
    fn sizes_are_positive_and_cut_off() {
        let cases = [
            (None, None),
            (Some("0"), None),
            (Some("-5"), None),
            (Some("abc"), None),
            (Some(""), None),
            (Some("3"), Some(3)),
            (Some("51"), Some(50)),
            (Some("99999999999999999999"), Some(50)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_size(text, 50), expected, "{text:?}");
        }
    }
}

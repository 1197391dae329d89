//! The text of a cursor: Base64 of `o=` offset, `r=1` for backward and `p=`
//! position, percent-encoded, each left out where it says nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::OFFSET_CUTOFF;
use super::position::Position;
use crate::number::parse_integer;
use crate::request::quote_plus;

/// Where a page begins: `offset` rows behind `position`, forward or backward.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Cursor {
    pub(super) offset: u64,
    pub(super) reverse: bool,
    pub(super) position: Option<Position>,
}

impl Cursor {
    /// Reads a cursor; `None` if it is not one. The offset is cut off.
    pub(super) fn decode(text: &str) -> Option<Self> {
        if !text.is_ascii() {
            return None;
        }
        // Python's decoder skips what does not belong to the alphabet.
        let base64: Vec<u8> = text
            .bytes()
            .filter(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte))
            .collect();
        let query = STANDARD.decode(base64).ok()?;
        if !query.is_ascii() {
            return None;
        }
        let (mut offset, mut reverse, mut position, mut null) = (None, None, None, false);
        for (key, value) in form_urlencoded::parse(&query) {
            match &*key {
                "o" => offset = offset.or(Some(value)),
                "r" => reverse = reverse.or(Some(value)),
                "p" => position = position.or(Some(value)),
                "n" => null = true,
                _ => {}
            }
        }
        let offset = parse_integer(offset.as_deref().unwrap_or("0"))?;
        let offset = u64::try_from(offset.min(i128::from(OFFSET_CUTOFF))).ok()?;
        let reverse = parse_integer(reverse.as_deref().unwrap_or("0"))? != 0;
        let position = if null {
            Some(Position::Null)
        } else {
            position.map(|text| Position::At(text.into_owned()))
        };
        Some(Self {
            offset,
            reverse,
            position,
        })
    }

    pub(super) fn encode(&self) -> String {
        let mut tokens = Vec::new();
        if self.offset != 0 {
            tokens.push(format!("o={}", self.offset));
        }
        if self.reverse {
            tokens.push("r=1".to_owned());
        }
        match &self.position {
            Some(Position::At(text)) => tokens.push(format!("p={}", quote_plus(text))),
            Some(Position::Null) => tokens.push("n=1".to_owned()),
            None => {}
        }
        STANDARD.encode(tokens.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<Position> {
        Some(Position::At(text.to_owned()))
    }

    #[test]
    fn cursors_are_those_of_drf() {
        let cases = [
            ("bz01", 5, false, None),
            ("cD0xLjAw", 0, false, at("1.00")),
            ("cj0xJnA9OS45OQ==", 0, true, at("9.99")),
            ("bz02JnA9NS4yNQ==", 6, false, at("5.25")),
            ("bz0zJnI9MSZwPTEyLjM0", 3, true, at("12.34")),
            (
                "bz0xJnI9MSZwPTIwMjQtMDEtMDErMTMlM0EwNCUzQTAwLjI1MDAwMCUyQjAwJTNBMDA=",
                1,
                true,
                at("2024-01-01 13:04:00.250000+00:00"),
            ),
        ];
        for (text, offset, reverse, position) in cases {
            let cursor = Cursor {
                offset,
                reverse,
                position,
            };
            assert_eq!(Cursor::decode(text), Some(cursor.clone()), "{text}");
            assert_eq!(cursor.encode(), text);
        }
    }

    #[test]
    fn a_null_position_is_not_the_text_none() {
        let cursor = Cursor {
            offset: 2,
            reverse: false,
            position: Some(Position::Null),
        };
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
    }

    #[test]
    fn what_is_not_a_cursor_is_refused() {
        // "abc", o=abc, o=-1, Base64 of bytes above 127, text above 127.
        for text in ["abc", "bz1hYmM=", "bz0tMQ==", "w6k=", "é", "r"] {
            assert_eq!(Cursor::decode(text), None, "{text}");
        }
        assert_eq!(Cursor::decode(""), Some(Cursor::default()));
    }

    #[test]
    fn the_offset_is_cut_off() {
        let text = STANDARD.encode("o=99999999999999999999999");
        assert_eq!(
            Cursor::decode(&text).map(|cursor| cursor.offset),
            Some(1000)
        );
    }
}

//! JSON with the spaces and the escapes of Python's `json.dumps`.

use std::io::{self, Write};

use restflow::{ApiError, Result};
use serde::Serialize;
use serde_json::{Serializer, ser::Formatter, value::RawValue};

pub(super) fn encode<T: Serialize>(value: &T) -> Result<Box<RawValue>> {
    let mut text = Vec::new();
    value
        .serialize(&mut Serializer::with_formatter(&mut text, Python))
        .map_err(ApiError::internal)?;
    let text = String::from_utf8(text).map_err(ApiError::internal)?;
    RawValue::from_string(text).map_err(ApiError::internal)
}

struct Python;

impl Formatter for Python {
    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        separate(out, first)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        separate(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for character in fragment.chars() {
            if character.is_ascii() {
                write!(out, "{character}")?;
                continue;
            }
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}

fn separate<W: ?Sized + Write>(out: &mut W, first: bool) -> io::Result<()> {
    out.write_all(if first { b"" } else { b", " })
}

//! Dates and times in a format of the field's own.

use std::fmt::{Display, Write};

use restflow_exceptions::ErrorMessage;
use serde::{Serializer, ser::Error};

/// DRF's complaint about a date or time, with the formats that would be read.
pub(crate) fn wrong_format(what: &str, iso: &str, format: Option<&str>) -> ErrorMessage {
    let format = match format {
        Some(format) => humanize(format),
        None => iso.to_owned(),
    };
    ErrorMessage::new(
        format!("{what} has wrong format. Use one of these formats instead: {format}."),
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

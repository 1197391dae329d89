//! Times of day. DRF: `TimeField`.

use chrono::{NaiveTime, format::Parsed};
use restflow_exceptions::ErrorDetail;
use serde::Serializer;
use serde_json::Value;

use crate::{
    FieldInfo, FieldKind, FieldOptions, FieldType, Raw, Supports, ascii::AsciiText, iso8601,
    strftime,
};

/// Reads and writes `hh:mm:ss[.ffffff]` or the formats of the options. An offset is read and
/// dropped.
impl FieldType for NaiveTime {
    const SUPPORTS: Supports = Supports::DATETIME;

    fn describe(options: &FieldOptions) -> FieldInfo {
        FieldInfo::new(FieldKind::Time).time_format(options)
    }

    fn to_internal_value(value: Value, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Self::from_raw((&value).into(), options)
    }

    fn from_raw(raw: Raw<'_>, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        let own = |parsed: &Parsed| parsed.to_naive_time().ok();
        raw.as_str()
            .and_then(|text| strftime::read(text, options, iso8601::parse_time, own))
            .ok_or_else(|| strftime::wrong_format("Time", "hh:mm[:ss[.uuuuuu]]", options).into())
    }

    fn to_representation<S: Serializer>(
        &self,
        options: &FieldOptions,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        if let Some(format) = strftime::output_format(options) {
            let formatted = self.format_with_items(strftime::items(format));
            return strftime::serialize(formatted, serializer);
        }
        let mut text = AsciiText::new();
        iso8601::push_time(&mut text, *self);
        serializer.serialize_str(text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::check;

    #[test]
    fn own_formats_are_those_of_python() {
        let options = FieldOptions {
            datetime_format: Some("%I:%M %p"),
            input_formats: &["%I:%M %p", "%H.%M"],
            ..FieldOptions::DEFAULT
        };
        let wrong = || {
            Err(json!([
                "Time has wrong format. Use one of these formats instead: hh:mm [AM|PM], hh.mm."
            ]))
        };
        check::<NaiveTime>(
            &options,
            [
                (json!("3:05 pm"), Ok(json!("03:05 PM"))),
                (json!("15.05"), Ok(json!("03:05 PM"))),
                (json!("12:00 am"), Ok(json!("12:00 AM"))),
                (json!("13:00 PM"), wrong()),
                (json!("3:05PM"), wrong()),
            ],
        );
    }

    #[test]
    fn times_are_read_as_drf_reads_them() {
        let wrong = || {
            Err(json!([
                "Time has wrong format. Use one of these formats instead: hh:mm[:ss[.uuuuuu]]."
            ]))
        };
        check::<NaiveTime>(
            &FieldOptions::DEFAULT,
            [
                (json!("09:30"), Ok(json!("09:30:00"))),
                (json!("9:5"), Ok(json!("09:05:00"))),
                (json!("09:30:15"), Ok(json!("09:30:15"))),
                (json!("09:30:15Z"), Ok(json!("09:30:15"))),
                (json!("09:30:15+02:00"), Ok(json!("09:30:15"))),
                (json!("T09:30"), Ok(json!("09:30:00"))),
                (json!("093015"), Ok(json!("09:30:15"))),
                (json!("09"), Ok(json!("09:00:00"))),
                (json!("09:30:15.5"), Ok(json!("09:30:15.500000"))),
                (json!("09:30:15,000001"), Ok(json!("09:30:15.000001"))),
                (json!("09:30:15.1234567"), Ok(json!("09:30:15.123456"))),
                (json!("25:00"), wrong()),
                (json!("24:00"), wrong()),
                (json!("09:60"), wrong()),
                (json!("09:30:60"), wrong()),
                (json!("09:30:15."), wrong()),
                (json!("09:3015"), wrong()),
                (json!("x"), wrong()),
                (json!(""), wrong()),
                (json!(930), wrong()),
            ],
        );
    }

    #[test]
    fn own_formats_are_read_written_and_named() {
        let options = FieldOptions {
            datetime_format: Some("%H.%M"),
            ..FieldOptions::DEFAULT
        };
        check::<NaiveTime>(
            &options,
            [
                (json!("09.30"), Ok(json!("09.30"))),
                (
                    json!("09:30"),
                    Err(json!([
                        "Time has wrong format. Use one of these formats instead: hh.mm."
                    ])),
                ),
            ],
        );
    }
}

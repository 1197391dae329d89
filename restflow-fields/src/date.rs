//! Calendar dates. DRF: `DateField`.

use chrono::{NaiveDate, format::Parsed};
use restflow_exceptions::ErrorDetail;
use serde::Serializer;
use serde_json::Value;

use crate::{
    FieldInfo, FieldKind, FieldOptions, FieldType, Raw, Supports, ascii::AsciiText, iso8601,
    strftime,
};

/// Reads and writes `YYYY-MM-DD`, of the years 1 to 9999, or the formats of the options.
impl FieldType for NaiveDate {
    const SUPPORTS: Supports = Supports::DATETIME;

    fn describe(options: &FieldOptions) -> FieldInfo {
        FieldInfo::new(FieldKind::Date).time_format(options)
    }

    fn to_internal_value(value: Value, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Self::from_raw((&value).into(), options)
    }

    fn from_raw(raw: Raw<'_>, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        let own = |parsed: &Parsed| {
            let date = parsed.to_naive_date().ok();
            date.filter(|date| iso8601::in_python_range(*date))
        };
        raw.as_str()
            .and_then(|text| strftime::read(text, options, iso8601::parse_date, own))
            .ok_or_else(|| strftime::wrong_format("Date", "YYYY-MM-DD", options).into())
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
        iso8601::push_date(&mut text, *self);
        serializer.serialize_str(text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        ISO_8601,
        testing::{Shown, check},
    };

    fn wrong(format: &str) -> Result<Value, Value> {
        Err(json!([format!(
            "Date has wrong format. Use one of these formats instead: {format}."
        )]))
    }

    #[test]
    fn dates_are_read_as_drf_reads_them() {
        let same = || Ok(json!("2024-01-02"));
        check::<NaiveDate>(
            &FieldOptions::DEFAULT,
            [
                (json!("2024-02-29"), Ok(json!("2024-02-29"))),
                (json!("2023-02-29"), wrong("YYYY-MM-DD")),
                (json!("2024-2-9"), Ok(json!("2024-02-09"))),
                (json!("2024-01-02T00:00:00Z"), wrong("YYYY-MM-DD")),
                (json!("01/02/2024"), wrong("YYYY-MM-DD")),
                (json!(""), wrong("YYYY-MM-DD")),
                (json!(5), wrong("YYYY-MM-DD")),
                (json!([]), wrong("YYYY-MM-DD")),
                (json!("0001-01-01"), Ok(json!("0001-01-01"))),
                (json!("0000-01-01"), wrong("YYYY-MM-DD")),
                (json!("9999-12-31"), Ok(json!("9999-12-31"))),
                (json!("20240102"), same()),
                (json!("2024-W01-2"), same()),
                (json!("2024W012"), same()),
                (json!("2024-W01"), Ok(json!("2024-01-01"))),
                (json!("2024-W01-8"), wrong("YYYY-MM-DD")),
                (json!("2024-W60"), wrong("YYYY-MM-DD")),
                (json!("2024-0102"), wrong("YYYY-MM-DD")),
                (json!("2024-01"), wrong("YYYY-MM-DD")),
                (json!(" 2024-01-02"), wrong("YYYY-MM-DD")),
                (json!("٢٠٢٤-٠١-٠٢"), same()),
            ],
        );
    }

    #[test]
    fn own_formats_are_read_written_and_named() {
        let options = FieldOptions {
            datetime_format: Some("%d/%m/%Y"),
            ..FieldOptions::DEFAULT
        };
        check::<NaiveDate>(
            &options,
            [
                (json!("31/01/2024"), Ok(json!("31/01/2024"))),
                (json!("2024-01-31"), wrong("DD/MM/YYYY")),
                (json!("31/02/2024"), wrong("DD/MM/YYYY")),
            ],
        );
    }

    #[test]
    fn own_formats_are_as_strict_as_pythons() {
        let strict = FieldOptions {
            datetime_format: Some("%d/%m/%Y"),
            ..FieldOptions::DEFAULT
        };
        let wrong_strict = || wrong("DD/MM/YYYY");
        check::<NaiveDate>(
            &strict,
            [
                (json!("1/2/2024"), Ok(json!("01/02/2024"))),
                (json!("31/01/24"), wrong_strict()),
                (json!("31/01/+2024"), wrong_strict()),
                (json!("31/01/02024"), wrong_strict()),
                (json!(" 31/01/2024"), wrong_strict()),
                (json!("31/01/2024 "), wrong_strict()),
                (json!("31/ 01/2024"), wrong_strict()),
                (json!("٣١/٠١/٢٠٢٤"), wrong_strict()),
            ],
        );
    }

    #[test]
    fn several_formats_of_input_are_tried_in_order() {
        let options = FieldOptions {
            datetime_format: Some("%d.%m.%Y"),
            input_formats: &["%d.%m.%y", ISO_8601],
            ..FieldOptions::DEFAULT
        };
        let wrong = || wrong("DD.MM.YY, YYYY-MM-DD");
        check::<NaiveDate>(
            &options,
            [
                (json!("31.01.68"), Ok(json!("31.01.2068"))),
                (json!("31.01.69"), Ok(json!("31.01.1969"))),
                (json!("2024-01-31"), Ok(json!("31.01.2024"))),
                (json!("31.01.2024"), wrong()),
                (json!("31.1.7"), wrong()),
                (json!(5), wrong()),
            ],
        );
        let iso_out = FieldOptions {
            datetime_format: Some(ISO_8601),
            ..options
        };
        check::<NaiveDate>(&iso_out, [(json!("31.01.68"), Ok(json!("2068-01-31")))]);
    }

    #[test]
    fn unknown_formats_are_errors_on_output() {
        let options = FieldOptions {
            datetime_format: Some("%Q"),
            ..FieldOptions::DEFAULT
        };
        assert!(serde_json::to_string(&Shown(&NaiveDate::MIN, &options)).is_err());
    }
}

//! Calendar dates. DRF: `DateField`.

use chrono::NaiveDate;
use restflow_exceptions::ErrorDetail;
use serde::Serializer;
use serde_json::Value;

use crate::{FieldInfo, FieldKind, FieldOptions, FieldType, ascii::AsciiText, iso8601, strftime};

/// Reads and writes `YYYY-MM-DD`, of the years 1 to 9999, or
/// [`datetime_format`](FieldOptions::datetime_format).
impl FieldType for NaiveDate {
    fn describe(_options: &FieldOptions) -> FieldInfo {
        FieldInfo::new(FieldKind::Date)
    }

    fn to_internal_value(value: Value, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        let format = options.datetime_format;
        value
            .as_str()
            .and_then(|text| match format {
                Some(format) => Self::parse_from_str(text, format)
                    .ok()
                    .filter(|date| iso8601::in_python_range(*date)),
                None => iso8601::parse_date(text),
            })
            .ok_or_else(|| strftime::wrong_format("Date", "YYYY-MM-DD", format).into())
    }

    fn to_representation<S: Serializer>(
        &self,
        options: &FieldOptions,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        if let Some(format) = options.datetime_format {
            return strftime::serialize(self.format(format), serializer);
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
    use crate::testing::{Shown, check};

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
    fn unknown_formats_are_errors_on_output() {
        let options = FieldOptions {
            datetime_format: Some("%Q"),
            ..FieldOptions::DEFAULT
        };
        assert!(serde_json::to_string(&Shown(&NaiveDate::MIN, &options)).is_err());
    }
}

//! Dates with times. DRF: `DateTimeField`.

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset, TimeZone as _, Utc, format::Parsed};
use chrono_tz::Tz as TimeZone;
use restflow_exceptions::{ErrorDetail, ErrorMessage};
use serde::Serializer;
use serde_json::Value;

use crate::{
    FieldInfo, FieldKind, FieldOptions, FieldType, Raw, Supports,
    ascii::AsciiText,
    iso8601::{self, Moment},
    strftime,
};

const ISO: &str = "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]";

/// Reads a moment, in ISO 8601 or in the formats of the field.
fn read(raw: Raw<'_>, options: &FieldOptions) -> Result<Moment, ErrorMessage> {
    raw.as_str()
        .and_then(|text| strftime::read(text, options, iso8601::parse_moment, own_moment))
        .ok_or_else(|| strftime::wrong_format("Datetime", ISO, options))
}

fn own_moment(parsed: &Parsed) -> Option<Moment> {
    let moment = match parsed.to_datetime() {
        Ok(moment) => Moment {
            local: moment.naive_local(),
            offset: Some(moment.offset().local_minus_utc()),
        },
        Err(_) => Moment {
            local: parsed.to_naive_datetime_with_offset(0).ok()?,
            offset: None,
        },
    };
    iso8601::in_python_range(moment.local.date()).then_some(moment)
}

/// Moves to UTC. A moment without an offset is in the time zone of the field, else in UTC; where
/// the clock is set back, it is the first of the two.
fn read_utc(raw: Raw<'_>, options: &FieldOptions) -> Result<NaiveDateTime, ErrorMessage> {
    in_time_zone(read(raw, options)?, options)
        .and_then(|moment| iso8601::to_utc(moment).ok_or_else(overflow))
}

/// Gives a moment without an offset that of the time zone of the field.
fn in_time_zone(moment: Moment, options: &FieldOptions) -> Result<Moment, ErrorMessage> {
    match (moment.offset, options.time_zone) {
        (None, Some(zone)) => {
            let found = zone.offset_from_local_datetime(&moment.local).earliest();
            let offset = found.ok_or_else(|| {
                let text = format!("Invalid datetime for the timezone \"{zone}\".");
                ErrorMessage::new(text, "make_aware")
            })?;
            Ok(Moment {
                offset: Some(offset.fix().local_minus_utc()),
                ..moment
            })
        }
        _ => Ok(moment),
    }
}

fn overflow() -> ErrorMessage {
    ErrorMessage::new("Datetime value out of range.", "overflow")
}

/// Writes `YYYY-MM-DDThh:mm:ss[.ffffff]+hh:mm` in the time zone of the field.
fn write_local<S: Serializer>(
    moment: DateTime<TimeZone>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let seconds = moment.offset().fix().local_minus_utc();
    if seconds == 0 {
        return write_iso(moment.naive_utc(), Some(b'Z'), serializer);
    }
    let mut text = AsciiText::new();
    let local = moment.naive_local();
    iso8601::push_date(&mut text, local.date());
    text.push(b'T');
    iso8601::push_time(&mut text, local.time());
    text.push(if seconds < 0 { b'-' } else { b'+' });
    let seconds = seconds.unsigned_abs();
    text.push_number((seconds / 3600).into(), 2);
    text.push(b':');
    text.push_number((seconds / 60 % 60).into(), 2);
    // Before there was standard time, offsets had seconds.
    if !seconds.is_multiple_of(60) {
        text.push(b':');
        text.push_number((seconds % 60).into(), 2);
    }
    serializer.serialize_str(text.as_str())
}

fn write_iso<S: Serializer>(
    moment: NaiveDateTime,
    suffix: Option<u8>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut text = AsciiText::new();
    iso8601::push_date(&mut text, moment.date());
    text.push(b'T');
    iso8601::push_time(&mut text, moment.time());
    if let Some(suffix) = suffix {
        text.push(suffix);
    }
    serializer.serialize_str(text.as_str())
}

/// Reads a moment with or without an offset (then in the time zone of the field, UTC unless said
/// otherwise) and writes `YYYY-MM-DDThh:mm:ss[.ffffff]Z`, in another time zone with its offset.
impl FieldType for DateTime<Utc> {
    const SUPPORTS: Supports = Supports::MOMENT;

    fn describe(options: &FieldOptions) -> FieldInfo {
        FieldInfo::new(FieldKind::DateTime).time_format(options)
    }

    fn to_internal_value(value: Value, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Self::from_raw((&value).into(), options)
    }

    fn from_raw(raw: Raw<'_>, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Ok(read_utc(raw, options)?.and_utc())
    }

    fn to_representation<S: Serializer>(
        &self,
        options: &FieldOptions,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match (options.time_zone, strftime::output_format(options)) {
            (None, None) => write_iso(self.naive_utc(), Some(b'Z'), serializer),
            (None, Some(format)) => {
                let formatted = self.format_with_items(strftime::items(format));
                strftime::serialize(formatted, serializer)
            }
            (Some(zone), None) => write_local(self.with_timezone(&zone), serializer),
            (Some(zone), Some(format)) => {
                let local = self.with_timezone(&zone);
                let formatted = local.format_with_items(strftime::items(format));
                strftime::serialize(formatted, serializer)
            }
        }
    }
}

/// Keeps the offset of the input, where it has none that of the time zone of the field, and writes
/// as `DateTime<Utc>` does.
impl FieldType for DateTime<FixedOffset> {
    const SUPPORTS: Supports = Supports::MOMENT;

    fn describe(options: &FieldOptions) -> FieldInfo {
        FieldInfo::new(FieldKind::DateTime).time_format(options)
    }

    fn to_internal_value(value: Value, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Self::from_raw((&value).into(), options)
    }

    fn from_raw(raw: Raw<'_>, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        let moment = in_time_zone(read(raw, options)?, options)?;
        let utc = iso8601::to_utc(moment).ok_or_else(overflow)?;
        let offset = FixedOffset::east_opt(moment.offset.unwrap_or(0)).ok_or_else(overflow)?;
        Ok(Self::from_naive_utc_and_offset(utc, offset))
    }

    fn to_representation<S: Serializer>(
        &self,
        options: &FieldOptions,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        self.to_utc().to_representation(options, serializer)
    }
}

/// Reads a moment, in UTC if it has an offset, and writes it without one, as DRF does in a project
/// without time zones. The time zone of the field does not concern it: what is shown without an
/// offset is read without one.
impl FieldType for NaiveDateTime {
    const SUPPORTS: Supports = Supports::DATETIME;

    fn describe(options: &FieldOptions) -> FieldInfo {
        FieldInfo::new(FieldKind::DateTime).time_format(options)
    }

    fn to_internal_value(value: Value, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Self::from_raw((&value).into(), options)
    }

    fn from_raw(raw: Raw<'_>, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Ok(iso8601::to_utc(read(raw, options)?).ok_or_else(overflow)?)
    }

    fn to_representation<S: Serializer>(
        &self,
        options: &FieldOptions,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match strftime::output_format(options) {
            Some(format) => {
                let formatted = self.format_with_items(strftime::items(format));
                strftime::serialize(formatted, serializer)
            }
            None => write_iso(*self, None, serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::check;

    fn wrong() -> Result<Value, Value> {
        Err(json!([
            "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
        ]))
    }

    #[test]
    fn own_formats_are_those_of_python() {
        let wrong = |format| {
            Err(json!([format!(
                "Datetime has wrong format. Use one of these formats instead: {format}."
            )]))
        };
        let options = FieldOptions {
            datetime_format: Some("%Y-%m-%dT%H:%M:%S.%fZ"),
            ..FieldOptions::DEFAULT
        };
        let wrong_fraction = || wrong("YYYY-MM-DDThh:mm:ss.uuuuuuZ");
        check::<DateTime<Utc>>(
            &options,
            [
                (
                    json!("2024-01-02T03:04:05.1Z"),
                    Ok(json!("2024-01-02T03:04:05.100000Z")),
                ),
                (
                    json!("2024-01-02T03:04:05.123456Z"),
                    Ok(json!("2024-01-02T03:04:05.123456Z")),
                ),
                (json!("2024-01-02T03:04:05.1234567Z"), wrong_fraction()),
                (json!("2024-01-02T03:04:05Z"), wrong_fraction()),
                (json!("2024-01-02T03:04:05.Z"), wrong_fraction()),
            ],
        );
        let options = FieldOptions {
            datetime_format: Some("%d %b %Y %H:%M%z"),
            ..FieldOptions::DEFAULT
        };
        let wrong_offset = || wrong("DD [Jan-Dec] YYYY hh:mm[+HHMM|-HHMM]");
        check::<DateTime<Utc>>(
            &options,
            [
                (
                    json!("2 Jan 2024 03:04Z"),
                    Ok(json!("02 Jan 2024 03:04+0000")),
                ),
                (
                    json!("2 jan 2024 03:04+01:00"),
                    Ok(json!("02 Jan 2024 02:04+0000")),
                ),
                (
                    json!("02  Jan 2024 03:04-0130"),
                    Ok(json!("02 Jan 2024 04:34+0000")),
                ),
                (json!("02 Jan 2024 3:4+01"), wrong_offset()),
                (json!("02Jan 2024 03:04Z"), wrong_offset()),
                (json!("02 January 2024 03:04Z"), wrong_offset()),
            ],
        );
    }

    #[test]
    fn moments_are_read_as_drf_reads_them() {
        let same = || Ok(json!("2024-01-02T03:04:05Z"));
        let midnight = || Ok(json!("2024-01-02T00:00:00Z"));
        check::<DateTime<Utc>>(
            &FieldOptions::DEFAULT,
            [
                (json!("2024-01-02T03:04:05Z"), same()),
                (json!("2024-01-02 03:04:05"), same()),
                (json!("2024-01-02T05:04:05+02:00"), same()),
                (json!("2024-01-02T05:04:05+02"), same()),
                (json!("2024-01-02T05:04:05 +0200"), same()),
                (json!("2024-1-2T3:4:5"), same()),
                (json!("2024-01-02é03:04:05"), same()),
                (json!("20240102T030405Z"), same()),
                (json!("2024-W01-2T03:04:05Z"), same()),
                (json!("2024-01-02"), midnight()),
                (json!("2024-01-02T"), wrong()),
                (json!("2024W0123"), wrong()),
                (json!("2024-01-0203:04:05"), wrong()),
                (json!("2024W012T00"), midnight()),
                (json!("2024-01-02T03:04"), Ok(json!("2024-01-02T03:04:00Z"))),
                (
                    json!("2024-01-02T03:04:05.5Z"),
                    Ok(json!("2024-01-02T03:04:05.500000Z")),
                ),
                (
                    json!("2024-01-02T03:04:05.123456789Z"),
                    Ok(json!("2024-01-02T03:04:05.123456Z")),
                ),
                (json!("2024-01-01T23:04:05-04:00"), same()),
                (
                    json!("0001-01-01T00:00:00+01:00"),
                    Err(json!(["Datetime value out of range."])),
                ),
                (
                    json!("9999-12-31T23:59:59-01:00"),
                    Err(json!(["Datetime value out of range."])),
                ),
                (json!("2024-01-02T25:00:00"), wrong()),
                (json!("2024-01-02T03:04:05z"), wrong()),
                (json!("2024-01-02T03:04:05+24:00"), wrong()),
                (json!("2024-02-30T00:00:00"), wrong()),
                (json!("x"), wrong()),
                (json!(""), wrong()),
                (json!(20240102), wrong()),
                (json!([]), wrong()),
            ],
        );
    }

    #[test]
    fn moments_are_read_and_shown_in_the_time_zone_of_the_field() {
        let options = FieldOptions {
            time_zone: Some(TimeZone::Europe__Berlin),
            ..FieldOptions::DEFAULT
        };
        let gone = json!(["Invalid datetime for the timezone \"Europe/Berlin\"."]);
        let same = |text: &str| (json!(text), Ok(json!(text)));
        check::<DateTime<Utc>>(
            &options,
            [
                (
                    json!("2024-01-02T03:04:05"),
                    Ok(json!("2024-01-02T03:04:05+01:00")),
                ),
                (
                    json!("2024-07-02T03:04:05"),
                    Ok(json!("2024-07-02T03:04:05+02:00")),
                ),
                (
                    json!("2024-07-02T03:04:05Z"),
                    Ok(json!("2024-07-02T05:04:05+02:00")),
                ),
                same("2024-07-02T03:04:05.250000+02:00"),
                // The clock is set forward from 02:00 to 03:00, and back from 03:00 to 02:00.
                (json!("2024-03-31T02:30:00"), Err(gone.clone())),
                (
                    json!("2024-10-27T02:30:00"),
                    Ok(json!("2024-10-27T02:30:00+02:00")),
                ),
                same("2024-10-27T02:30:00+01:00"),
                (
                    json!("9999-12-31T23:59:59-01:00"),
                    Err(json!(["Datetime value out of range."])),
                ),
                (
                    json!("0001-01-01T00:00:00"),
                    Err(json!(["Datetime value out of range."])),
                ),
            ],
        );
        check::<DateTime<FixedOffset>>(
            &options,
            [
                (
                    json!("2024-07-02T03:04:05"),
                    Ok(json!("2024-07-02T03:04:05+02:00")),
                ),
                (json!("2024-03-31T02:30:00"), Err(gone)),
            ],
        );
        let own = FieldOptions {
            datetime_format: Some("%d.%m.%Y %H:%M"),
            ..options
        };
        check::<DateTime<Utc>>(&own, [same("31.07.2024 09:30")]);
        let utc = own.time_zone;
        let read = DateTime::<Utc>::run_validation(json!("31.07.2024 09:30"), &own).unwrap();
        assert_eq!(read.to_rfc3339(), "2024-07-31T07:30:00+00:00", "{utc:?}");
        let london = FieldOptions {
            time_zone: Some(TimeZone::Europe__London),
            ..FieldOptions::DEFAULT
        };
        check::<DateTime<Utc>>(&london, [same("2024-01-02T03:04:05Z")]);
    }

    #[test]
    fn other_types_differ_in_their_offset_only() {
        check::<NaiveDateTime>(
            &FieldOptions::DEFAULT,
            [(
                json!("2024-01-02T05:04:05.25+02:00"),
                Ok(json!("2024-01-02T03:04:05.250000")),
            )],
        );
        check::<DateTime<FixedOffset>>(
            &FieldOptions::DEFAULT,
            [
                (
                    json!("2024-01-02T05:04:05+02:00"),
                    Ok(json!("2024-01-02T03:04:05Z")),
                ),
                (json!("x"), wrong()),
            ],
        );
        let value = DateTime::<FixedOffset>::run_validation(
            json!("2024-01-02T05:04:05+02:00"),
            &FieldOptions::DEFAULT,
        );
        assert_eq!(value.unwrap().offset().local_minus_utc(), 7200);
    }

    #[test]
    fn what_has_no_time_zone_is_read_as_it_is_shown() {
        let options = FieldOptions {
            time_zone: Some(TimeZone::Europe__Berlin),
            ..FieldOptions::DEFAULT
        };
        let same = |text: &str| (json!(text), Ok(json!(text)));
        check::<NaiveDateTime>(
            &options,
            [
                same("2024-07-02T12:00:00"),
                // Nobody's clock is set forward.
                same("2024-03-31T02:30:00"),
                (
                    json!("2024-07-02T12:00:00+02:00"),
                    Ok(json!("2024-07-02T10:00:00")),
                ),
            ],
        );
    }

    #[test]
    fn own_formats_are_read_written_and_named() {
        let options = FieldOptions {
            datetime_format: Some("%d.%m.%Y %H:%M"),
            ..FieldOptions::DEFAULT
        };
        check::<DateTime<Utc>>(
            &options,
            [
                (json!("31.01.2024 09:30"), Ok(json!("31.01.2024 09:30"))),
                (
                    json!("2024-01-31"),
                    Err(json!([
                        "Datetime has wrong format. Use one of these formats instead: DD.MM.YYYY hh:mm."
                    ])),
                ),
            ],
        );
    }
}

//! What a field wrote it reads back as the same value, for random values of each type.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Debug,
};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use indexmap::IndexMap;
use proptest::{collection, prelude::*};
use restflow_fields::{ChoiceOption, Choices, FieldOptions, FieldType, MultipleChoice, TextFormat};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use serde_json::Value;
use uuid::Uuid;

const DEFAULT: FieldOptions = FieldOptions::DEFAULT;

/// Adapts a field type to serde.
struct Shown<'a, T>(&'a T, &'a FieldOptions);

impl<T: FieldType> Serialize for Shown<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.to_representation(self.1, serializer)
    }
}

/// Writes a value as JSON text and reads it.
fn through_json<T: FieldType>(value: &T, options: &FieldOptions) -> T {
    let text = serde_json::to_string(&Shown(value, options)).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    match T::run_validation(json, options) {
        Ok(read) => read,
        Err(error) => panic!("{text} is refused: {error}"),
    }
}

fn same<T: FieldType + PartialEq + Debug>(value: &T, options: &FieldOptions) {
    assert_eq!(through_json(value, options), *value);
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Level {
    Low,
    High,
}

impl Choices for Level {
    fn options() -> &'static [ChoiceOption] {
        const {
            &[
                ChoiceOption::integer(-1, "Low"),
                ChoiceOption::text("high", "High"),
            ]
        }
    }

    fn position(&self) -> usize {
        match self {
            Self::Low => 0,
            Self::High => 1,
        }
    }

    fn from_position(position: usize) -> Option<Self> {
        [Self::Low, Self::High].into_iter().nth(position)
    }
}

fn levels() -> impl Strategy<Value = Level> {
    prop_oneof![Just(Level::Low), Just(Level::High)]
}

/// What a text field may hold: neither blank nor with white space around it nor with NUL.
fn texts() -> impl Strategy<Value = String> {
    any::<String>().prop_filter_map("a text", |text| {
        let text = restflow_fields::python::strip(&text).replace('\0', "");
        let text = restflow_fields::python::strip(&text).to_owned();
        (!text.is_empty()).then_some(text)
    })
}

/// The days of Python: of the years 1 to 9999.
fn dates() -> impl Strategy<Value = NaiveDate> {
    (1_i32..=3_652_059).prop_map(|day| NaiveDate::from_num_days_from_ce_opt(day).unwrap())
}

fn times() -> impl Strategy<Value = NaiveTime> {
    let microseconds = prop_oneof![Just(0), 1_u32..1_000_000];
    (0_u32..86_400, microseconds).prop_map(|(second, microsecond)| {
        NaiveTime::from_num_seconds_from_midnight_opt(second, microsecond * 1000).unwrap()
    })
}

fn moments() -> impl Strategy<Value = NaiveDateTime> {
    (dates(), times()).prop_map(|(date, time)| date.and_time(time))
}

/// Python's `timedelta`: days in both directions, to the microsecond.
fn durations() -> impl Strategy<Value = TimeDelta> {
    let days = prop_oneof![-3_i64..3, -999_999_999_i64..=999_999_998];
    (days, times())
        .prop_map(|(days, time)| TimeDelta::days(days) + time.signed_duration_since(NaiveTime::MIN))
}

fn decimals() -> impl Strategy<Value = Decimal> {
    const MAX: i128 = 79_228_162_514_264_337_593_543_950_335;
    let mantissas = prop_oneof![-1000_i128..1000, -MAX..=MAX];
    (mantissas, 0_u32..=28)
        .prop_map(|(mantissa, scale)| Decimal::try_from_i128_with_scale(mantissa, scale).unwrap())
}

fn jsons() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            collection::hash_map(any::<String>(), inner, 0..5)
                .prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn integers(a: i8, b: i16, c: i32, d: i64, e: u8, f: u16, g: u32, h: u64) {
        same(&a, &DEFAULT);
        same(&b, &DEFAULT);
        same(&c, &DEFAULT);
        same(&d, &DEFAULT);
        same(&e, &DEFAULT);
        same(&f, &DEFAULT);
        same(&g, &DEFAULT);
        same(&h, &DEFAULT);
    }

    #[test]
    fn floats(double: f64, single: f32, bits: u64) {
        same(&double, &DEFAULT);
        same(&single, &DEFAULT);
        let double = f64::from_bits(bits);
        if double.is_finite() {
            same(&double, &DEFAULT);
        }
    }

    #[test]
    fn booleans_and_uuids(flag: bool, uuid: u128) {
        same(&flag, &DEFAULT);
        same(&Uuid::from_u128(uuid), &DEFAULT);
    }

    #[test]
    fn decimals_of_any_size(value in decimals()) {
        let read = through_json(&value, &DEFAULT);
        assert_eq!((read, read.scale()), (value, value.scale()));
        let normalized = FieldOptions { normalize_output: true, ..DEFAULT };
        same(&value, &normalized);
    }

    #[test]
    fn decimals_of_fixed_places(mantissa in -9_999_999_999_i64..=9_999_999_999) {
        let value = Decimal::new(mantissa, 2);
        for coerce_to_string in [true, false] {
            let options = FieldOptions {
                max_digits: Some(10),
                decimal_places: Some(2),
                coerce_to_string,
                ..DEFAULT
            };
            same(&value, &options);
        }
    }

    #[test]
    fn texts_of_any_characters(text in texts(), raw: String) {
        same(&text, &DEFAULT);
        let options = FieldOptions { allow_blank: true, trim_whitespace: false, ..DEFAULT };
        same(&raw.replace('\0', ""), &options);
    }

    #[test]
    fn addresses(four: std::net::Ipv4Addr, six: std::net::Ipv6Addr) {
        let options = |format| FieldOptions { format: Some(format), ..DEFAULT };
        same(&four.to_string(), &options(TextFormat::Ip));
        same(&four.to_string(), &options(TextFormat::Ipv4));
        same(&six.to_string(), &options(TextFormat::Ipv6));
        let read = through_json(&six.to_string(), &options(TextFormat::Ip));
        same(&read, &options(TextFormat::Ip));
    }

    #[test]
    fn dates_and_times(date in dates(), time in times(), moment in moments()) {
        same(&date, &DEFAULT);
        same(&time, &DEFAULT);
        same(&moment, &DEFAULT);
        same(&moment.and_utc(), &DEFAULT);
        let options = FieldOptions { datetime_format: Some("%d/%m/%Y"), ..DEFAULT };
        same(&date, &options);
        let options = FieldOptions { datetime_format: Some("%H.%M.%S,%f"), ..DEFAULT };
        same(&time, &options);
        let options = FieldOptions { datetime_format: Some("%A, %d %B %Y %I:%M:%S.%f %p"), ..DEFAULT };
        same(&moment, &options);
        same(&moment.and_utc(), &options);
    }

    #[test]
    fn moments_with_an_offset_keep_their_instant(moment in moments(), offset in -86_399..86_400) {
        let offset = FixedOffset::east_opt(offset).unwrap();
        let value = DateTime::<FixedOffset>::from_naive_utc_and_offset(moment, offset);
        assert_eq!(through_json(&value, &DEFAULT).to_utc(), value.to_utc());
        same::<DateTime<Utc>>(&value.to_utc(), &DEFAULT);
    }

    #[test]
    fn spans_of_time(duration in durations()) {
        same(&duration, &DEFAULT);
    }

    #[test]
    fn choices(level in levels(), mut several in collection::vec(levels(), 0..3)) {
        same(&level, &DEFAULT);
        several.dedup();
        several.truncate(2);
        same(&MultipleChoice(several), &DEFAULT);
    }

    #[test]
    fn lists_and_dictionaries(
        numbers in collection::vec(any::<Option<i64>>(), 0..5),
        grid in collection::vec(collection::vec(durations(), 0..3), 0..3),
        labels in collection::btree_map(any::<String>(), proptest::option::of(texts()), 0..4),
        prices in collection::hash_map(any::<String>(), decimals(), 0..4),
    ) {
        same(&numbers, &DEFAULT);
        same(&grid, &DEFAULT);
        same::<BTreeMap<_, _>>(&labels, &DEFAULT);
        same::<IndexMap<_, _>>(&labels.into_iter().collect(), &DEFAULT);
        same::<HashMap<_, _>>(&prices, &DEFAULT);
    }

    #[test]
    fn any_json(value in jsons()) {
        same(&value, &DEFAULT);
    }
}

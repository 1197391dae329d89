//! What one value is on the wire: coercion, limits, representation and description of each field
//! type.
//!
//! A Rust type that implements [`FieldType`] is a serializer field and a filter parameter. Its
//! rules are those of the field of the same name in Django REST framework: what input it accepts,
//! the words of its complaints, the order in which they come, and what it looks like on output.
//!
//! | Rust | DRF |
//! |---|---|
//! | `String` (with [`TextFormat`]) | `CharField`, `EmailField`, `URLField`, `SlugField`, `RegexField`, `IPAddressField` |
//! | `i8`…`i64`, `u8`…`u64` | `IntegerField` with the limits of the type |
//! | `f32`, `f64` | `FloatField` |
//! | `Decimal` | `DecimalField` |
//! | `bool` | `BooleanField` |
//! | `NaiveDate`, `NaiveTime`, `NaiveDateTime`, `DateTime<Utc>`, `DateTime<FixedOffset>` | `DateField`, `TimeField`, `DateTimeField` |
//! | `TimeDelta` | `DurationField` |
//! | `Uuid` | `UUIDField` |
//! | `serde_json::Value` | `JSONField` |
//! | `Vec<T>`, `BTreeMap<String, T>`, also of `HashMap` and `IndexMap` | `ListField`, `DictField` |
//! | `Vec<Option<T>>`, `BTreeMap<String, Option<T>>` | the same with `allow_null` of their `child`, `HStoreField` |
//! | an enum with [`Choices`] | `ChoiceField` |
//! | [`MultipleChoice`] of such an enum | `MultipleChoiceField` |
//!
//! What one field allows beyond its type stands in [`FieldOptions`]. `Option<T>` is a field type for
//! the elements of lists and dictionaries; on a field of a serializer, absence and null are the
//! business of that serializer.
//!
//! This crate knows no requests, no databases and no other fields.
//!
//! ```
//! use restflow_fields::{Bound, FieldOptions, FieldType};
//! use serde_json::json;
//!
//! let options = FieldOptions {
//!     max_value: Some(Bound::Integer(10)),
//!     ..FieldOptions::DEFAULT
//! };
//! assert_eq!(i32::run_validation(json!(" 7 "), &options), Ok(7));
//!
//! let errors = i32::run_validation(json!(11), &options).unwrap_err();
//! assert_eq!(errors.to_value(), json!(["Ensure this value is less than or equal to 10."]));
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "tests"))]

mod ascii;
mod boolean;
mod choices;
mod date;
mod datetime;
mod decimal;
mod dict;
mod document;
mod duration;
mod field_type;
mod float;
mod info;
mod integer;
mod iso8601;
mod json;
mod kind;
mod limits;
mod list;
pub mod messages;
mod multiple_choice;
mod nullable;
mod options;
mod parameter;
pub mod python;
mod raw;
mod scan;
mod strftime;
mod supports;
#[cfg(test)]
mod testing;
mod text;
mod text_format;
mod time;
mod uuid;

pub use chrono_tz::Tz as TimeZone;
pub use rust_decimal::RoundingStrategy;

pub use self::{
    choices::{ChoiceOption, ChoiceValue, Choices},
    document::{Document, Position},
    field_type::FieldType,
    info::{Choice, FieldInfo, RowKey, label_for},
    kind::FieldKind,
    multiple_choice::MultipleChoice,
    options::{Bound, FieldOptions, ISO_8601, TextFormat, UuidFormat},
    parameter::Parameter,
    raw::{Raw, RawList, RawNumber, RawObject},
    supports::Supports,
    text_format::InvalidPattern,
};

//! What one field allows beyond its type.

use std::fmt;

use chrono_tz::Tz as TimeZone;
use rust_decimal::RoundingStrategy;
use serde::{Serialize, Serializer};

/// The word for ISO 8601 among the formats of dates and times. DRF: `rest_framework.ISO_8601`.
pub const ISO_8601: &str = "iso-8601";

/// A limit of a number, printed as it was written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// A limit without a fraction, such as `0`.
    Integer(i64),
    /// A limit with a fraction, such as `-1.5`; it must be finite.
    Float(f64),
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(f),
            Self::Float(value) => write!(f, "{value:?}"),
        }
    }
}

impl Serialize for Bound {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
        }
    }
}

impl From<i64> for Bound {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for Bound {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

/// What a text must look like, beyond its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextFormat {
    /// An email address (DRF: `EmailField`).
    Email,
    /// An absolute URL of `http`, `https`, `ftp` or `ftps` (DRF: `URLField`).
    Url,
    /// ASCII letters, digits, hyphens and underscores (DRF: `SlugField`).
    Slug,
    /// Unicode letters, digits, hyphens and underscores (DRF: `SlugField(allow_unicode=True)`).
    UnicodeSlug,
    /// An IPv4 or IPv6 address; IPv6 comes out compressed, a mapped IPv4 address as IPv4
    /// (DRF: `IPAddressField`).
    Ip,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address, compressed on the way in.
    Ipv6,
    /// A pattern in the syntax of the `regex` crate that must be found in the text; anchor it to
    /// match the whole (DRF: `RegexField`). A pattern that does not compile refuses every text;
    /// [`TextFormat::check`] tells so at start-up.
    Regex(&'static str),
}

/// How a UUID is written. DRF: `UUIDField(format=…)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UuidFormat {
    /// `5ce0e9a5-5ffa-654b-cee0-1238041fb31a`
    HexVerbose,
    /// `5ce0e9a55ffa654bcee01238041fb31a`
    Hex,
    /// `urn:uuid:5ce0e9a5-5ffa-654b-cee0-1238041fb31a`
    Urn,
    /// `123456789012312313134124512351145145114`, a number. JSON readers without big numbers lose
    /// digits of it, also this library's: beyond 64 bits it is not read back.
    Int,
}

/// What one field allows beyond its type. Start from [`FieldOptions::DEFAULT`].
///
/// A type reads the options that concern it and ignores the others.
///
/// ```
/// use restflow_fields::FieldOptions;
///
/// const NAME: FieldOptions = FieldOptions {
///     max_length: Some(200),
///     ..FieldOptions::DEFAULT
/// };
/// # assert_eq!(NAME.max_length, Some(200));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FieldOptions {
    /// The fewest characters of a text or elements of a list.
    pub min_length: Option<u64>,
    /// The most characters of a text or elements of a list.
    pub max_length: Option<u64>,
    /// The smallest number, itself allowed.
    pub min_value: Option<Bound>,
    /// The largest number, itself allowed.
    pub max_value: Option<Bound>,
    /// A number that the value must exceed.
    pub exclusive_min: Option<Bound>,
    /// A number that the value must stay below.
    pub exclusive_max: Option<Bound>,
    /// The most digits of a decimal, before and after the point together.
    pub max_digits: Option<u32>,
    /// The most digits after the point of a decimal, and exactly as many on output (at most 28).
    pub decimal_places: Option<u32>,
    /// Whether a decimal is a string on output rather than a number. Default: `true`.
    pub coerce_to_string: bool,
    /// Whether a decimal loses the zeros at its end on output. Default: `false`.
    pub normalize_output: bool,
    /// How a decimal with more places than [`decimal_places`](Self::decimal_places) is rounded on
    /// output. Default: half to even.
    pub rounding: RoundingStrategy,
    /// Whether a text may be empty. Default: `false`.
    pub allow_blank: bool,
    /// Whether white space around a text is removed before anything else. Default: `true`.
    pub trim_whitespace: bool,
    /// Whether a list or a dictionary may be empty. Default: `true`.
    pub allow_empty: bool,
    /// What a text must look like.
    pub format: Option<TextFormat>,
    /// How dates and times are written, as a `strftime` format such as `%d/%m/%Y` or
    /// [`ISO_8601`]. They are read so too unless there are [`input_formats`](Self::input_formats).
    /// Default: ISO 8601.
    pub datetime_format: Option<&'static str>,
    /// How dates and times may be sent, the first that fits counts; [`ISO_8601`] is one of them.
    /// The formats are those of Python's `strptime`: `%Y` has four digits, `%f` is microseconds.
    /// Default: none, for [`datetime_format`](Self::datetime_format).
    pub input_formats: &'static [&'static str],
    /// The time zone that a moment without an offset is in, and that moments are shown in.
    /// Default: UTC. DRF: `DateTimeField(default_timezone=…)`.
    pub time_zone: Option<TimeZone>,
    /// How a UUID is written. Default: [`UuidFormat::HexVerbose`].
    pub uuid_format: UuidFormat,
    /// The options of the elements of a list or a dictionary. Default: [`FieldOptions::DEFAULT`].
    pub child: Option<&'static Self>,
}

impl FieldOptions {
    /// No limits, and the defaults of DRF's fields.
    pub const DEFAULT: Self = Self {
        min_length: None,
        max_length: None,
        min_value: None,
        max_value: None,
        exclusive_min: None,
        exclusive_max: None,
        max_digits: None,
        decimal_places: None,
        coerce_to_string: true,
        normalize_output: false,
        rounding: RoundingStrategy::MidpointNearestEven,
        allow_blank: false,
        trim_whitespace: true,
        allow_empty: true,
        format: None,
        datetime_format: None,
        input_formats: &[],
        time_zone: None,
        uuid_format: UuidFormat::HexVerbose,
        child: None,
    };

    /// The options of the elements of a list or a dictionary.
    #[must_use]
    pub fn child(&self) -> &'static Self {
        self.child.unwrap_or(&Self::DEFAULT)
    }
}

impl Default for FieldOptions {
    fn default() -> Self {
        Self::DEFAULT
    }
}

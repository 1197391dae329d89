//! The kinds of fields that a description distinguishes.

/// What a field is for a reader of `OPTIONS` or of the OpenAPI document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// Any text.
    String,
    /// A text with a pattern.
    Regex,
    /// Letters, digits, hyphens and underscores.
    Slug,
    /// An email address.
    Email,
    /// An absolute URL.
    Url,
    /// A UUID.
    Uuid,
    /// An IP address.
    Ip,
    /// A whole number.
    Integer,
    /// A floating-point number.
    Float,
    /// A decimal number of fixed places.
    Decimal,
    /// True or false.
    Boolean,
    /// A calendar date.
    Date,
    /// A time of day.
    Time,
    /// A date with a time.
    DateTime,
    /// A span of time.
    Duration,
    /// One of a few values.
    Choice,
    /// Several of a few values.
    MultipleChoice,
    /// A list of values of one kind.
    List,
    /// A dictionary of values of one kind.
    Dict,
    /// Any JSON.
    Json,
    /// The fields of another serializer.
    Nested,
    /// A key of a related row.
    Related,
    /// An uploaded file.
    File,
}

impl FieldKind {
    /// The word for this kind in the answer to `OPTIONS`.
    ///
    /// DRF: `rest_framework.metadata.SimpleMetadata.label_lookup`.
    #[must_use]
    pub const fn metadata_type(self) -> &'static str {
        match self {
            Self::String | Self::Uuid | Self::Ip => "string",
            Self::Regex => "regex",
            Self::Slug => "slug",
            Self::Email => "email",
            Self::Url => "url",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Decimal => "decimal",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Time => "time",
            Self::DateTime => "datetime",
            Self::Duration => "duration",
            Self::Choice => "choice",
            Self::MultipleChoice => "multiple choice",
            Self::List => "list",
            Self::Dict | Self::Nested => "nested object",
            Self::Json | Self::Related => "field",
            Self::File => "file upload",
        }
    }
}

//! The description of a field, for `OPTIONS` and the OpenAPI document.

use std::borrow::Cow;

use serde_json::Value;

use crate::{Bound, FieldKind, FieldOptions, ISO_8601, TextFormat};

/// One allowed value with its name for people.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The value on the wire.
    pub value: Value,
    /// The name to show.
    pub display_name: Cow<'static, str>,
}

/// How the objects of a nested field name the rows that they write.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RowKey {
    /// They do not: each is a new row.
    New,
    /// By this field, although it may be read-only elsewhere; an object without it is a new row.
    Optional(Cow<'static, str>),
    /// By this field, and nothing else in them counts.
    Only(Cow<'static, str>),
}

/// The description of a field.
///
/// A [`FieldType`](crate::FieldType) describes its kind and limits; the serializer that owns the
/// field adds the name and whether it is required, read-only and so on.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FieldInfo {
    /// The key on the wire; empty for the elements of a list.
    pub name: Cow<'static, str>,
    /// The name for people, see [`label_for`].
    pub label: Cow<'static, str>,
    /// One or more sentences for people.
    pub help_text: Option<Cow<'static, str>>,
    /// What the field is.
    pub kind: FieldKind,
    /// Whether input without the field is refused.
    pub required: bool,
    /// Whether input is ignored.
    pub read_only: bool,
    /// Whether the field is left out of output.
    pub write_only: bool,
    /// Whether null is a value.
    pub nullable: bool,
    /// The value of a field that is not sent.
    pub default: Option<Value>,
    /// A value as a client might send or get it, for the OpenAPI document.
    pub example: Option<Value>,
    /// The fewest characters or elements.
    pub min_length: Option<u64>,
    /// The most characters or elements.
    pub max_length: Option<u64>,
    /// The smallest number.
    pub min_value: Option<Bound>,
    /// The largest number.
    pub max_value: Option<Bound>,
    /// A number that the value must exceed.
    pub exclusive_min: Option<Bound>,
    /// A number that the value must stay below.
    pub exclusive_max: Option<Bound>,
    /// The most digits of a decimal.
    pub max_digits: Option<u32>,
    /// The digits after the point of a decimal.
    pub decimal_places: Option<u32>,
    /// Whether a decimal is a string on output. Default: `true`.
    pub coerce_to_string: bool,
    /// Whether a list or a dictionary may be empty. Default: `true`.
    pub allow_empty: bool,
    /// Whether dates and times are written in another form than ISO 8601. Default: `false`.
    pub own_format: bool,
    /// The pattern of a text.
    pub pattern: Option<Cow<'static, str>>,
    /// The allowed values, where they are few.
    pub choices: Vec<Choice>,
    /// The elements of a list or a dictionary.
    pub child: Option<Box<Self>>,
    /// The fields of a nested object.
    pub children: Vec<Self>,
    /// The component name of a nested serializer.
    pub reference: Option<Cow<'static, str>>,
    /// Whether a nested object refuses keys that are no fields of it. Default: `false`.
    pub denies_unknown_fields: bool,
    /// How a nested object names the row that it writes; `None` where it writes none.
    pub row_key: Option<RowKey>,
}

impl FieldInfo {
    /// Describes a field of this kind without a name and without limits, required and writable.
    #[must_use]
    pub fn new(kind: FieldKind) -> Self {
        Self {
            name: Cow::Borrowed(""),
            label: Cow::Borrowed(""),
            help_text: None,
            kind,
            required: true,
            read_only: false,
            write_only: false,
            nullable: false,
            default: None,
            example: None,
            min_length: None,
            max_length: None,
            min_value: None,
            max_value: None,
            exclusive_min: None,
            exclusive_max: None,
            max_digits: None,
            decimal_places: None,
            coerce_to_string: true,
            allow_empty: true,
            own_format: false,
            pattern: None,
            choices: Vec::new(),
            child: None,
            children: Vec::new(),
            reference: None,
            denies_unknown_fields: false,
            row_key: None,
        }
    }

    /// Sets the key on the wire, and the label that follows from it unless there is one.
    #[must_use]
    pub fn name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        if self.label.is_empty() {
            self.label = label_for(&self.name).into();
        }
        self
    }

    /// Sets the name for people.
    #[must_use]
    pub fn label(mut self, label: impl Into<Cow<'static, str>>) -> Self {
        self.label = label.into();
        self
    }

    /// Sets how a nested object names the row that it writes.
    #[must_use]
    pub fn row_key(mut self, row_key: RowKey) -> Self {
        self.row_key = Some(row_key);
        self
    }

    /// Sets the explanation for people.
    #[must_use]
    pub fn help_text(mut self, help_text: impl Into<Cow<'static, str>>) -> Self {
        self.help_text = Some(help_text.into());
        self
    }

    /// Sets whether input without the field is refused.
    #[must_use]
    pub fn required(mut self, required: bool) -> Self {
        self.required = required;
        self
    }

    /// Marks the field as output only, and so not required.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self.required = false;
        self
    }

    /// Marks the field as input only.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// Sets whether null is a value.
    #[must_use]
    pub fn nullable(mut self, nullable: bool) -> Self {
        self.nullable = nullable;
        self
    }

    /// Sets the value of a field that is not sent, which is then not required.
    #[must_use]
    pub fn default(mut self, default: impl Into<Value>) -> Self {
        self.default = Some(default.into());
        self.required = false;
        self
    }

    /// Copies the limits of a length.
    #[must_use]
    pub fn length_limits(mut self, options: &FieldOptions) -> Self {
        self.min_length = options.min_length;
        self.max_length = options.max_length;
        self.allow_empty = options.allow_empty;
        self
    }

    /// Copies the limits of a number.
    #[must_use]
    pub fn value_limits(mut self, options: &FieldOptions) -> Self {
        self.min_value = options.min_value;
        self.max_value = options.max_value;
        self.exclusive_min = options.exclusive_min;
        self.exclusive_max = options.exclusive_max;
        self
    }

    /// Copies whether dates and times have a form of their own.
    #[must_use]
    pub fn time_format(mut self, options: &FieldOptions) -> Self {
        let format = options.datetime_format;
        self.own_format = format.is_some_and(|format| format != ISO_8601);
        self
    }

    /// Copies the digits of a decimal.
    #[must_use]
    pub fn digit_limits(mut self, options: &FieldOptions) -> Self {
        self.max_digits = options.max_digits;
        self.decimal_places = options.decimal_places;
        self.coerce_to_string = options.coerce_to_string;
        self
    }

    /// Sets the pattern of a text.
    #[must_use]
    pub fn pattern(mut self, pattern: impl Into<Cow<'static, str>>) -> Self {
        self.pattern = Some(pattern.into());
        self
    }

    /// Sets the allowed values.
    #[must_use]
    pub fn choices(mut self, choices: Vec<Choice>) -> Self {
        self.choices = choices;
        self
    }

    /// Sets the description of the elements of a list or a dictionary.
    #[must_use]
    pub fn child(mut self, child: Self) -> Self {
        self.child = Some(Box::new(child));
        self
    }

    /// Sets the fields of a nested object.
    #[must_use]
    pub fn children(mut self, children: Vec<Self>) -> Self {
        self.children = children;
        self
    }

    /// Sets the component name of a nested serializer.
    #[must_use]
    pub fn reference(mut self, reference: impl Into<Cow<'static, str>>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// Describes a text with its length and format.
    pub(crate) fn text(options: &FieldOptions) -> Self {
        let (kind, pattern) = match options.format {
            None => (FieldKind::String, None),
            Some(TextFormat::Email) => (FieldKind::Email, None),
            Some(TextFormat::Url) => (FieldKind::Url, None),
            Some(TextFormat::Slug) => (FieldKind::Slug, Some("^[-a-zA-Z0-9_]+$")),
            Some(TextFormat::UnicodeSlug) => (FieldKind::Slug, None),
            Some(TextFormat::Ip | TextFormat::Ipv4 | TextFormat::Ipv6) => (FieldKind::Ip, None),
            Some(TextFormat::Regex(pattern)) => (FieldKind::Regex, Some(pattern)),
        };
        let mut info = Self::new(kind).length_limits(options);
        info.pattern = pattern.map(Cow::Borrowed);
        info
    }
}

/// Makes a name for people from a key: `in_stock` becomes `In stock`, `id` becomes `ID`.
///
/// DRF: `rest_framework.fields.Field.bind` and `django.utils.text.capfirst`.
#[must_use]
pub fn label_for(name: &str) -> String {
    if name == "id" {
        return "ID".to_owned();
    }
    let mut chars = name.chars();
    let Some(first) = chars.next() else {
        return String::new();
    };
    let rest = chars.as_str().replace('_', " ").to_lowercase();
    let first = if first == '_' { ' ' } else { first };
    first.to_uppercase().chain(rest.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_those_of_drf() {
        let table = [
            ("in_stock", "In stock"),
            ("id", "ID"),
            ("createdAt", "Createdat"),
            ("x", "X"),
            ("", ""),
        ];
        for (name, label) in table {
            assert_eq!(label_for(name), label);
        }
    }

    #[test]
    fn name_sets_the_label_unless_there_is_one() {
        let info = FieldInfo::new(FieldKind::String).name("in_stock");
        assert_eq!(info.label, "In stock");
        let info = FieldInfo::new(FieldKind::String)
            .label("Stock")
            .name("in_stock");
        assert_eq!(
            (info.name.as_ref(), info.label.as_ref()),
            ("in_stock", "Stock")
        );
    }

    #[test]
    fn read_only_and_defaulted_fields_are_not_required() {
        let info = FieldInfo::new(FieldKind::Boolean);
        assert!(info.required);
        assert!(!info.clone().read_only().required);
        assert!(!info.default(true).required);
    }
}

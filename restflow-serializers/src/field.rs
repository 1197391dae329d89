//! The declaration of a field, which the derives emit and the runtime reads.

use std::{any::type_name, borrow::Cow};

use restflow_exceptions::{ErrorDetail, ErrorMessage};
use restflow_fields::{Choice, FieldInfo, FieldKind, FieldOptions, FieldType, RowKey, python};
use sea_orm::EntityTrait;
use serde_json::Value;

use crate::{
    ListLimits, ModelSerializer, NestedWrite, RelatesTo, Serializer,
    output::{shown, shown_option},
    relations::Link,
    write::unwritable,
};

/// One field of a serializer as it was declared, apart from its type.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The key on the wire.
    pub name: &'static str,
    /// The name in messages about uniqueness: words in lower case.
    pub title: &'static str,
    /// The name for people; without it the one that follows from the key.
    pub label: Option<&'static str>,
    /// The explanation for people.
    pub help_text: Option<&'static str>,
    /// Whether input without the field is refused.
    pub required: bool,
    /// Whether a value is put in for input without the field.
    pub has_default: bool,
    /// Whether that value is for new rows only. DRF: `CreateOnlyDefault`.
    pub create_only: bool,
    /// Whether input is ignored.
    pub read_only: bool,
    /// Whether the field is left out of output.
    pub write_only: bool,
    /// Whether it is a flattened serializer, whose fields stand in its place.
    pub flatten: bool,
    /// Whether null is a value.
    pub nullable: bool,
    /// How the rows of a nested serializer are written; `None` where they are not.
    pub nested_write: Option<NestedWrite>,
    /// The limits of the value.
    pub options: FieldOptions,
    /// The declared words for failed rules, by the code of the rule.
    pub messages: &'static [RuleMessage],
    /// The declared words of what is wrong with the field itself, by code: `required`, `invalid`.
    /// Rules with words of their own keep them. DRF: `Field.error_messages`.
    pub error_messages: &'static [(&'static str, &'static str)],
}

impl Field {
    /// A required field without limits.
    #[must_use]
    pub const fn new(name: &'static str, title: &'static str) -> Self {
        Self {
            name,
            title,
            label: None,
            help_text: None,
            required: true,
            has_default: false,
            create_only: false,
            read_only: false,
            write_only: false,
            flatten: false,
            nullable: false,
            nested_write: None,
            options: FieldOptions::DEFAULT,
            messages: &[],
            error_messages: &[],
        }
    }

    /// The words for a failed rule: the declared ones of the rule, else those of the field.
    pub(crate) fn reword_rule(&self, mut message: ErrorMessage) -> ErrorMessage {
        let Some(rule) = self.messages.iter().find(|rule| rule.rule == message.code) else {
            return self.reword(message);
        };
        match rule.text {
            Some(text) => message.text = Cow::Borrowed(text),
            None => message = self.reword(message),
        }
        if let Some(code) = rule.code {
            message.code = Cow::Borrowed(code);
        }
        message
    }

    /// The words for what is wrong with the field itself: the declared ones, else the usual.
    pub(crate) fn reword(&self, mut message: ErrorMessage) -> ErrorMessage {
        let mut declared = self.error_messages.iter();
        if let Some((_, text)) = declared.find(|(code, _)| *code == message.code) {
            message.text = Cow::Borrowed(text);
        }
        message
    }

    /// The same for all messages of the field; those of its elements stay.
    pub(crate) fn reword_all(&self, detail: ErrorDetail) -> ErrorDetail {
        match detail {
            ErrorDetail::Message(message) => self.reword(message).into(),
            ErrorDetail::List(details) => {
                let details = details.into_iter().map(|detail| self.reword_all(detail));
                ErrorDetail::List(details.collect())
            }
            ErrorDetail::Map(_) => detail,
        }
    }

    fn describe(&self, mut info: FieldInfo) -> FieldInfo {
        info = info
            .name(self.name)
            .nullable(self.nullable)
            .required(self.required && !self.read_only);
        info.read_only = self.read_only;
        info.write_only = self.write_only;
        if let Some(label) = self.label {
            info = info.label(label);
        }
        if let Some(help_text) = self.help_text {
            info = info.help_text(help_text);
        }
        info
    }
}

/// The `message` and `code` of a `#[validate(…)]` rule.
#[derive(Debug, Clone, Copy)]
pub struct RuleMessage {
    /// The code that the rule has without this.
    pub rule: &'static str,
    /// The words for the client.
    pub text: Option<&'static str>,
    /// The code for programs.
    pub code: Option<&'static str>,
}

/// Describes a field of one value.
#[must_use]
pub fn describe<T: FieldType>(field: &Field) -> FieldInfo {
    field.describe(T::describe(&field.options))
}

/// Describes a key or slug of a related row; `child` is the value on the wire.
#[must_use]
pub fn describe_related<T: FieldType>(field: &Field) -> FieldInfo {
    let mut value = T::describe(&field.options);
    if value.kind == FieldKind::List {
        limit_length(field, &mut value);
    }
    field.describe(FieldInfo::new(FieldKind::Related).child(value))
}

/// Describes a nested object.
#[must_use]
pub fn describe_nested<S: Serializer>(field: &Field) -> FieldInfo {
    field.describe(nested::<S>())
}

/// Describes a list of nested objects.
#[must_use]
pub fn describe_nested_list<S: Serializer>(field: &Field) -> FieldInfo {
    let mut list = FieldInfo::new(FieldKind::List)
        .length_limits(&field.options)
        .child(nested::<S>());
    limit_length(field, &mut list);
    field.describe(list)
}

/// Describes a nested object whose row is written.
///
/// # Panics
///
/// Where the way of writing does not fit the serializer, so that it is found when the routes are
/// built.
#[must_use]
pub fn describe_nested_row<S: ModelSerializer>(field: &Field) -> FieldInfo {
    field.describe(nested_row::<S>(field))
}

/// Describes a list of nested objects whose rows are written. Panics as [`describe_nested_row`].
#[must_use]
pub fn describe_nested_rows<E, S>(field: &Field) -> FieldInfo
where
    E: EntityTrait + RelatesTo<S::Entity>,
    S: ModelSerializer,
{
    assert!(
        field.nested_write != Some(NestedWrite::Link) || E::via().is_some(),
        "the field `{}` links rows of `{}` that refer to their own row and to no other: \
         `nested(write = \"link\")` needs a junction table, take `create`, `replace` or `upsert`",
        field.name,
        type_name::<S>(),
    );
    if let Some(obstacle) = Link::new::<E, S::Entity>().obstacle::<E, S::Entity>() {
        panic!("{}", unwritable(field.name, obstacle));
    }
    let mut list = FieldInfo::new(FieldKind::List)
        .length_limits(&field.options)
        .child(nested_row::<S>(field));
    limit_length(field, &mut list);
    field.describe(list)
}

/// Tells the limit that a list has which takes input and declares none.
fn limit_length(field: &Field, list: &mut FieldInfo) {
    if !field.read_only {
        list.max_length = list.max_length.or(ListLimits::default().max_length);
    }
}

fn nested_row<S: ModelSerializer>(field: &Field) -> FieldInfo {
    let key = S::model_class().key_field();
    assert!(
        key.is_some()
            || matches!(
                field.nested_write,
                None | Some(NestedWrite::Create | NestedWrite::Replace)
            ),
        "the field `{}` tells rows apart by their primary key: add it to `{}`, \
         `#[serializer(read_only)]` will do",
        field.name,
        type_name::<S>(),
    );
    let row_key = match (field.nested_write, key) {
        (Some(NestedWrite::Link), Some(key)) => RowKey::Only(key.name.into()),
        (Some(NestedWrite::Replace | NestedWrite::Upsert), Some(key)) => {
            RowKey::Optional(key.name.into())
        }
        _ => RowKey::New,
    };
    nested::<S>().row_key(row_key)
}

fn nested<S: Serializer>() -> FieldInfo {
    let mut info = FieldInfo::new(FieldKind::Nested)
        .children(S::fields())
        .reference(S::NAME);
    info.denies_unknown_fields = S::DENIES_UNKNOWN_FIELDS;
    info
}

/// Adds the value of a field that is not sent.
#[must_use]
pub fn with_default<T: FieldType>(field: &Field, info: FieldInfo, default: &T) -> FieldInfo {
    add_default(info, serde_json::to_value(shown(default, field)))
}

/// Adds the value of a nullable field that is not sent.
#[must_use]
pub fn with_nullable_default<T: FieldType>(
    field: &Field,
    info: FieldInfo,
    default: &Option<T>,
) -> FieldInfo {
    add_default(info, serde_json::to_value(shown_option(default, field)))
}

/// Describes a field that always has the same value.
#[must_use]
pub fn describe_constant<T: FieldType>(field: &Field, value: &T) -> FieldInfo {
    let info = describe::<T>(field);
    match serde_json::to_value(shown(value, field)) {
        Ok(value) => {
            let display_name = python::str_of(&value).into_owned().into();
            info.choices(vec![Choice {
                value,
                display_name,
            }])
        }
        Err(_) => info,
    }
}

/// Adds a value as a client might send or get it.
#[must_use]
pub fn with_example<T: FieldType>(field: &Field, mut info: FieldInfo, example: &T) -> FieldInfo {
    info.example = serde_json::to_value(shown(example, field)).ok();
    info
}

fn add_default(info: FieldInfo, default: Result<Value, serde_json::Error>) -> FieldInfo {
    match default {
        Ok(default) => info.default(default),
        Err(_) => info,
    }
}

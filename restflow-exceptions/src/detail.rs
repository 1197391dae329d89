//! What a client is told: messages in the shape of the input.

use std::{borrow::Cow, fmt};

use indexmap::IndexMap;
use serde::{Serialize, Serializer};

/// One sentence for the client, with a stable code for programs.
///
/// A text alone becomes a message with the code `invalid`, as in DRF's `ValidationError`. Only the
/// text is serialized; the code is for handlers and tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorMessage {
    /// The sentence, shown to the client as it is.
    pub text: Cow<'static, str>,
    /// A stable word such as `required`, `max_length` or `unique`.
    pub code: Cow<'static, str>,
}

impl ErrorMessage {
    /// The code of a message that was made from a text alone.
    pub const DEFAULT_CODE: &'static str = "invalid";

    /// Pairs a text with a code.
    pub fn new(text: impl Into<Cow<'static, str>>, code: impl Into<Cow<'static, str>>) -> Self {
        Self {
            text: text.into(),
            code: code.into(),
        }
    }
}

impl fmt::Display for ErrorMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for ErrorMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl From<&'static str> for ErrorMessage {
    fn from(text: &'static str) -> Self {
        Self::new(text, Self::DEFAULT_CODE)
    }
}

impl From<String> for ErrorMessage {
    fn from(text: String) -> Self {
        Self::new(text, Self::DEFAULT_CODE)
    }
}

impl From<Cow<'static, str>> for ErrorMessage {
    fn from(text: Cow<'static, str>) -> Self {
        Self::new(text, Self::DEFAULT_CODE)
    }
}

/// The client's text of an error: a message, or messages in the shape of the input.
///
/// It serializes to the texts only: a string, an array or an object whose keys keep the order in
/// which they were added. DRF: `rest_framework.exceptions._get_error_details`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorDetail {
    /// One sentence.
    Message(ErrorMessage),
    /// Several details, of one field or of the whole input.
    List(Vec<Self>),
    /// Details by field name or, for lists, by index.
    Map(IndexMap<Cow<'static, str>, Self>),
}

impl ErrorDetail {
    /// Wraps a bare message in a list, as DRF's `ValidationError` does; lists and maps stay.
    #[must_use]
    pub fn into_list(self) -> Self {
        match self {
            Self::Message(_) => Self::List(vec![self]),
            Self::List(_) | Self::Map(_) => self,
        }
    }

    /// Puts one message under one field: `{"field": ["text"]}`.
    pub fn field(field: impl Into<Cow<'static, str>>, message: impl Into<ErrorMessage>) -> Self {
        let list = Self::List(vec![Self::Message(message.into())]);
        Self::Map(IndexMap::from([(field.into(), list)]))
    }

    /// Finds the first message in the order of rendering; an empty list or map has none.
    pub fn first_message(&self) -> Option<&ErrorMessage> {
        match self {
            Self::Message(message) => Some(message),
            Self::List(details) => details.iter().find_map(Self::first_message),
            Self::Map(fields) => fields.values().find_map(Self::first_message),
        }
    }

    /// How many messages there are, at any depth.
    #[must_use]
    pub fn message_count(&self) -> usize {
        match self {
            Self::Message(_) => 1,
            Self::List(details) => details.iter().map(Self::message_count).sum(),
            Self::Map(fields) => fields.values().map(Self::message_count).sum(),
        }
    }

    /// The detail as JSON, texts only.
    pub fn to_value(&self) -> serde_json::Value {
        match self {
            Self::Message(message) => message.text.as_ref().into(),
            Self::List(details) => details.iter().map(Self::to_value).collect(),
            Self::Map(fields) => fields
                .iter()
                .map(|(field, detail)| (field.as_ref(), detail.to_value()))
                .collect(),
        }
    }
}

/// A message is shown as its text, lists and maps as JSON.
impl fmt::Display for ErrorDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(message) => message.fmt(f),
            Self::List(_) | Self::Map(_) => self.to_value().fmt(f),
        }
    }
}

impl Serialize for ErrorDetail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Message(message) => message.serialize(serializer),
            Self::List(details) => details.serialize(serializer),
            Self::Map(fields) => fields.serialize(serializer),
        }
    }
}

impl From<ErrorMessage> for ErrorDetail {
    fn from(message: ErrorMessage) -> Self {
        Self::Message(message)
    }
}

impl From<&'static str> for ErrorDetail {
    fn from(text: &'static str) -> Self {
        Self::Message(text.into())
    }
}

impl From<String> for ErrorDetail {
    fn from(text: String) -> Self {
        Self::Message(text.into())
    }
}

impl From<Cow<'static, str>> for ErrorDetail {
    fn from(text: Cow<'static, str>) -> Self {
        Self::Message(text.into())
    }
}

impl<T: Into<Self>> From<Vec<T>> for ErrorDetail {
    fn from(details: Vec<T>) -> Self {
        Self::List(details.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Self>, const N: usize> From<[T; N]> for ErrorDetail {
    fn from(details: [T; N]) -> Self {
        Self::List(details.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn detail_serializes_to_its_texts_only() {
        let nested = ErrorDetail::Map(IndexMap::from([
            ("z".into(), ErrorDetail::from(["one", "two"])),
            ("a".into(), ErrorMessage::new("three", "max_length").into()),
        ]));
        let table = [
            (ErrorDetail::from("plain"), json!("plain")),
            (ErrorDetail::from("plain").into_list(), json!(["plain"])),
            (ErrorDetail::field("x", "bad"), json!({"x": ["bad"]})),
            (nested.clone(), json!({"z": ["one", "two"], "a": "three"})),
            (nested.clone().into_list(), nested.to_value()),
        ];
        for (detail, expected) in table {
            assert_eq!(detail.to_value(), expected);
            assert_eq!(serde_json::to_value(&detail).unwrap(), expected);
        }
        assert_eq!(nested.to_string(), r#"{"z":["one","two"],"a":"three"}"#);
    }

    #[test]
    fn text_alone_has_the_code_invalid() {
        let detail = ErrorDetail::from(vec![String::from("x")]);
        let message = detail.first_message().unwrap();
        assert_eq!(
            (message.text.as_ref(), message.code.as_ref()),
            ("x", "invalid")
        );
        assert_eq!(ErrorDetail::List(vec![]).first_message(), None);
    }
}

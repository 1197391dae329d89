//! The parsed body of a request.

use std::fmt;

use restflow_serializers::{FormData, Input};
use serde_json::Value;

/// The parsed body, see [`Request::data`](crate::Request::data).
#[derive(Clone)]
pub enum Data {
    /// There was no body.
    Empty,
    /// A JSON document.
    Json(Value),
    /// A form, urlencoded or multipart.
    Form(FormData),
}

impl Data {
    /// The JSON document, if it was one.
    #[must_use]
    pub const fn as_json(&self) -> Option<&Value> {
        match self {
            Self::Json(value) => Some(value),
            Self::Empty | Self::Form(_) => None,
        }
    }

    /// The form, if it was one.
    #[must_use]
    pub const fn as_form(&self) -> Option<&FormData> {
        match self {
            Self::Form(form) => Some(form),
            Self::Empty | Self::Json(_) => None,
        }
    }
}

impl fmt::Debug for Data {
    /// Only the kind: a body may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Json(_) => "Json(..)",
            Self::Form(_) => "Form(..)",
        })
    }
}

impl From<Data> for Input {
    /// A missing body is an empty object, as in DRF, so that each required field is named.
    fn from(data: Data) -> Self {
        match data {
            Data::Empty => Self::Json(Value::Object(serde_json::Map::new())),
            Data::Json(value) => Self::Json(value),
            Data::Form(form) => Self::Form(form),
        }
    }
}

impl From<Input> for Data {
    fn from(input: Input) -> Self {
        match input {
            Input::Json(value) => Self::Json(value),
            Input::Document(document) => Self::Json(document.raw().to_value()),
            Input::Form(form) => Self::Form(form),
        }
    }
}

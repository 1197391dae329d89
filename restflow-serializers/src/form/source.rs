//! The raw values of an object, from JSON or from a form.

use restflow_exceptions::{ErrorDetail, ErrorMessage, NON_FIELD_ERRORS, Result};
use restflow_fields::{FieldKind, FieldType, messages, python};
use serde_json::{Map, Value};

use super::non_field_error;
use crate::{Field, FormData, Input};

/// An object of raw values.
pub(super) enum Source {
    Json(Map<String, Value>),
    Form(FormData),
}

/// Whether a field was sent.
pub(super) enum Sent<T> {
    Nothing,
    Value(T),
}

/// How a form writes the values of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One text.
    Scalar,
    /// A box that a browser leaves out when it is not ticked.
    Boolean,
    /// Texts of the same name, or with indexes.
    List,
    /// Texts of the same name; none at all is an empty list.
    Many,
}

impl Shape {
    pub(super) fn of<T: FieldType>(field: &Field) -> Self {
        match T::describe(&field.options).kind {
            FieldKind::Boolean => Self::Boolean,
            FieldKind::List => Self::List,
            FieldKind::MultipleChoice => Self::Many,
            _ => Self::Scalar,
        }
    }
}

impl Source {
    pub(super) fn open(input: Input) -> Result<Self> {
        match input {
            Input::Json(Value::Object(object)) => Ok(Self::Json(object)),
            Input::Json(Value::Null) => Err(non_field_error(ErrorMessage::new(
                "No data provided",
                "null",
            ))),
            Input::Json(other) => Err(not_an_object(&other).into()),
            Input::Form(form) => Ok(Self::Form(form)),
        }
    }

    /// Takes the value of a field. The shape is asked for forms only.
    ///
    /// DRF: `Field.get_value` and its overrides.
    pub(super) fn take(
        &mut self,
        field: &Field,
        shape: impl FnOnce(&Field) -> Shape,
        partial: bool,
    ) -> Sent<Value> {
        let value = match self {
            Self::Json(object) => object.get_mut(field.name).map(Value::take),
            Self::Form(form) => match shape(field) {
                Shape::Scalar => text(form, field),
                Shape::Boolean => text(form, field).or_else(|| unticked(form, field, partial)),
                Shape::List => list(form, field),
                Shape::Many => list(form, field)
                    .or_else(|| (!partial && !field.has_default).then(|| Value::Array(vec![]))),
            },
        };
        value.map_or(Sent::Nothing, Sent::Value)
    }

    /// Takes the input of a nested object.
    pub(super) fn take_object(&mut self, field: &Field) -> Sent<Input> {
        let input = match self {
            Self::Json(object) => object.get_mut(field.name).map(|v| Input::Json(v.take())),
            Self::Form(form) => form.object(field.name).map(Input::Form),
        };
        input.map_or(Sent::Nothing, Sent::Value)
    }

    /// Takes the inputs of a nested list; the error is that it is no list.
    pub(super) fn take_objects(
        &mut self,
        field: &Field,
    ) -> Sent<Result<Option<Vec<Input>>, ErrorMessage>> {
        match self {
            Self::Json(object) => match object.get_mut(field.name).map(Value::take) {
                None => Sent::Nothing,
                Some(Value::Null) => Sent::Value(Ok(None)),
                Some(value) => Sent::Value(list_of_inputs(value).map(Some)),
            },
            Self::Form(form) => match form.list(field.name) {
                None => Sent::Nothing,
                Some(forms) => Sent::Value(Ok(Some(forms.into_iter().map(Input::Form).collect()))),
            },
        }
    }
}

/// The elements of a JSON list.
pub(crate) fn list_of_inputs(value: Value) -> Result<Vec<Input>, ErrorMessage> {
    match value {
        Value::Array(items) => Ok(items.into_iter().map(Input::Json).collect()),
        other => Err(messages::not_a_list(python::type_name(&other))),
    }
}

/// The error of an object that is none.
pub(super) fn not_an_object(value: &Value) -> ErrorDetail {
    ErrorDetail::field(NON_FIELD_ERRORS, invalid_data(value))
}

fn invalid_data(value: &Value) -> ErrorMessage {
    let type_name = python::type_name(value);
    ErrorMessage::new(
        format!("Invalid data. Expected a dictionary, but got {type_name}."),
        "invalid",
    )
}

/// An empty text is null where null is allowed, and nothing where nothing is required.
fn text(form: &FormData, field: &Field) -> Option<Value> {
    match form.get(field.name)? {
        "" if field.options.allow_blank => Some(Value::String(String::new())),
        "" if field.nullable => Some(Value::Null),
        "" if !field.required => None,
        text => Some(Value::String(text.to_owned())),
    }
}

fn unticked(form: &FormData, field: &Field, partial: bool) -> Option<Value> {
    if partial || field.has_default || form.get(field.name).is_some() {
        return None;
    }
    Some(if field.nullable {
        Value::Null
    } else {
        Value::Bool(false)
    })
}

fn list(form: &FormData, field: &Field) -> Option<Value> {
    let texts: Vec<Value> = form.get_all(field.name).map(Value::from).collect();
    if !texts.is_empty() {
        return Some(texts.into());
    }
    let items = form.list(field.name)?;
    Some(items.iter().filter_map(|item| item.get("")).collect())
}

//! The raw values of an object, from JSON or from a form.

use std::collections::HashMap;

use restflow_exceptions::{ApiError, ErrorDetail, ErrorMessage, NON_FIELD_ERRORS, Result};
use restflow_fields::{Document, FieldKind, FieldType, Position, Raw, messages, python};
use serde_json::{Map, Value};

use super::non_field_error;
use crate::{Field, FormData, Input};

/// An object of raw values.
pub(super) enum Source {
    Json(Map<String, Value>),
    Document(Located),
    Form(FormData),
}

/// An object of a document, and where in it the values of the fields are.
pub(super) struct Located {
    pub(super) document: Document,
    /// By the index of the field.
    positions: Vec<Option<Position>>,
}

/// How many keys more than fields an object may have before fields are looked up by their hash.
const MANY_KEYS: usize = 64;

impl Located {
    fn new(document: Document, fields: &[Field]) -> Self {
        let mut positions = vec![None; fields.len()];
        if document.entry_count() > fields.len() + MANY_KEYS {
            let writable = fields
                .iter()
                .enumerate()
                .filter(|(_, field)| !field.read_only);
            let indexes: HashMap<&str, usize> =
                writable.map(|(index, field)| (field.name, index)).collect();
            for (key, position) in document.entries() {
                if let Some(index) = indexes.get(key) {
                    positions[*index] = Some(position);
                }
            }
        } else {
            // Bodies come in the order of declaration.
            let mut next = 0;
            for (key, position) in document.entries() {
                let (before, after) = fields.split_at(next);
                let is_it = |field: &Field| field.name == key && !field.read_only;
                let index = match after.iter().position(is_it) {
                    Some(distance) => Some(next + distance),
                    None => before.iter().position(is_it),
                };
                if let Some(index) = index {
                    positions[index] = Some(position);
                    next = index + 1;
                }
            }
        }
        Self {
            document,
            positions,
        }
    }

    #[inline]
    fn raw(&self, index: usize) -> Option<Raw<'_>> {
        Some(self.document.at(self.positions[index]?))
    }

    fn part(&self, index: usize) -> Option<Document> {
        Some(self.document.part(self.positions[index]?))
    }
}

/// What was sent for a field.
pub(super) enum Sent<'a> {
    Nothing,
    Raw(Raw<'a>),
    /// Put together from the parts of a form.
    Made(Value),
}

impl Sent<'_> {
    pub(super) fn raw(&self) -> Option<Raw<'_>> {
        match self {
            Self::Nothing => None,
            Self::Raw(raw) => Some(*raw),
            Self::Made(value) => Some(value.into()),
        }
    }
}

/// The inputs of a nested list; none for null.
pub(super) type SentList = Option<Result<Option<Vec<Input>>, ErrorMessage>>;

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
    pub(super) fn open(input: Input, fields: &[Field]) -> Result<Self> {
        match input {
            Input::Json(Value::Object(object)) => Ok(Self::Json(object)),
            Input::Json(other) => Err(no_object((&other).into())),
            Input::Document(document) => match document.raw() {
                Raw::Object(_) => Ok(Self::Document(Located::new(document, fields))),
                other => Err(no_object(other)),
            },
            Input::Form(form) => Ok(Self::Form(form)),
        }
    }

    /// The value of a field. The shape is asked for forms only.
    ///
    /// DRF: `Field.get_value` and its overrides.
    #[inline]
    pub(super) fn get(
        &self,
        index: usize,
        field: &Field,
        shape: impl FnOnce(&Field) -> Shape,
        partial: bool,
    ) -> Sent<'_> {
        let raw = match self {
            Self::Document(located) => located.raw(index),
            Self::Json(object) => object.get(field.name).map(Raw::from),
            Self::Form(form) => return from_form(form, field, shape(field), partial),
        };
        raw.map_or(Sent::Nothing, Sent::Raw)
    }

    /// Takes the input of a nested object.
    pub(super) fn take_object(&mut self, index: usize, field: &Field) -> Option<Input> {
        match self {
            Self::Document(located) => located.part(index).map(Input::Document),
            Self::Json(object) => object.get_mut(field.name).map(|v| Input::Json(v.take())),
            Self::Form(form) => form.object(field.name).map(Input::Form),
        }
    }

    /// Takes the inputs of a nested list; the error is that it is no list.
    pub(super) fn take_objects(&mut self, index: usize, field: &Field) -> SentList {
        let forms = match self {
            Self::Form(form) => form.list(field.name)?,
            _ => {
                let input = self.take_object(index, field)?;
                let is_null = input.is_null();
                return Some(match is_null {
                    true => Ok(None),
                    false => list_of_inputs(input).map(Some),
                });
            }
        };
        Some(Ok(Some(forms.into_iter().map(Input::Form).collect())))
    }
}

/// The elements of a list.
pub(crate) fn list_of_inputs(input: Input) -> Result<Vec<Input>, ErrorMessage> {
    let not_a_list = |raw: Raw<'_>| Err(messages::not_a_list(python::type_name(raw)));
    match input {
        Input::Json(Value::Array(items)) => Ok(items.into_iter().map(Input::Json).collect()),
        Input::Json(other) => not_a_list((&other).into()),
        Input::Document(document) => match document.items() {
            Some(items) => Ok(items.into_iter().map(Input::Document).collect()),
            None => not_a_list(document.raw()),
        },
        Input::Form(form) => {
            let forms = form.list("").unwrap_or_default();
            Ok(forms.into_iter().map(Input::Form).collect())
        }
    }
}

#[cold]
fn no_object(raw: Raw<'_>) -> ApiError {
    match raw {
        Raw::Null => non_field_error(ErrorMessage::new("No data provided", "null")),
        other => not_an_object(other).into(),
    }
}

/// The error of an object that is none.
pub(super) fn not_an_object(raw: Raw<'_>) -> ErrorDetail {
    ErrorDetail::field(NON_FIELD_ERRORS, invalid_data(raw))
}

fn invalid_data(raw: Raw<'_>) -> ErrorMessage {
    let type_name = python::type_name(raw);
    ErrorMessage::new(
        format!("Invalid data. Expected a dictionary, but got {type_name}."),
        "invalid",
    )
}

fn from_form<'a>(form: &'a FormData, field: &Field, shape: Shape, partial: bool) -> Sent<'a> {
    let raw = |raw: Option<Raw<'a>>| raw.map_or(Sent::Nothing, Sent::Raw);
    let made = |value: Option<Value>| value.map_or(Sent::Nothing, Sent::Made);
    match shape {
        Shape::Scalar => raw(text(form, field)),
        Shape::Boolean => raw(text(form, field).or_else(|| unticked(form, field, partial))),
        Shape::List => made(list(form, field)),
        Shape::Many => made(
            list(form, field)
                .or_else(|| (!partial && !field.has_default).then(|| Value::Array(vec![]))),
        ),
    }
}

/// An empty text is null where null is allowed, and nothing where nothing is required.
fn text<'a>(form: &'a FormData, field: &Field) -> Option<Raw<'a>> {
    match form.get(field.name)? {
        "" if field.options.allow_blank => Some(Raw::Text("")),
        "" if field.nullable => Some(Raw::Null),
        "" if !field.required => None,
        text => Some(Raw::Text(text)),
    }
}

fn unticked(form: &FormData, field: &Field, partial: bool) -> Option<Raw<'static>> {
    if partial || field.has_default || form.get(field.name).is_some() {
        return None;
    }
    Some(if field.nullable {
        Raw::Null
    } else {
        Raw::Bool(false)
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

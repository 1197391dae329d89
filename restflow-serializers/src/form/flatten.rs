//! The fields of flattened serializers, and keys that are no fields.

use std::{borrow::Cow, collections::HashSet};

use restflow_exceptions::{ErrorDetail, ErrorMessage, FieldErrors, NON_FIELD_ERRORS, Result};
use serde_json::{Map, Value};

use super::{Form, nested::split, source::Source};
use crate::{FieldNames, Flatten, FormData, Input};

/// How many unknown keys are named in an error. The rest is one sentence.
const NAMED_UNKNOWN_FIELDS: usize = 20;

/// How many characters of an unknown key stand in an error.
const UNKNOWN_NAME_LENGTH: usize = 100;

impl Form<'_> {
    /// Validates the fields of a flattened serializer, whose hook of the whole object runs when
    /// its own fields are valid.
    pub async fn flatten<S: Flatten>(&mut self, index: usize, slot: &mut S::Data) -> Result<()> {
        let input = self.source.part::<S>();
        match split(Box::pin(S::validate(input, &self.validation)).await)? {
            Ok(data) => *slot = data,
            Err(detail) => self.fail(index, detail),
        }
        Ok(())
    }

    /// Refuses keys that are none of these names; the first 20 are named.
    pub fn deny_unknown_fields(&mut self, names: &FieldNames) {
        let mut unknown = HashSet::new();
        self.source.each_name(&mut |name| {
            if names.contains(name) || unknown.contains(name) {
                return true;
            }
            if unknown.len() == NAMED_UNKNOWN_FIELDS {
                let message = ErrorMessage::new("There are more unknown fields.", "unknown");
                self.errors.unknown.push((NON_FIELD_ERRORS.into(), message));
                return false;
            }
            let message = ErrorMessage::new("Unknown field.", "unknown");
            self.errors
                .unknown
                .push((Cow::Owned(shortened(name)), message));
            unknown.insert(name);
            true
        });
    }
}

impl Source {
    /// The part of the input that belongs to the fields of `S`.
    fn part<S: Flatten>(&mut self) -> Input {
        let names = &S::NAMES;
        match self {
            Self::Document(located) => {
                let document = located.document.clone();
                Input::Document(document.with_keys(|name| S::NAMES.contains(name)))
            }
            Self::Json(object) => {
                let mut part = Map::new();
                names.each(&mut |name| {
                    if let Some(value) = object.get_mut(name) {
                        part.insert(name.to_owned(), value.take());
                    }
                });
                Value::Object(part).into()
            }
            Self::Form(form) => {
                Input::Form(form.select(|key| names.contains(field_of(key)).then_some(key)))
            }
        }
    }

    /// Calls `visit` with the key of each field that was sent, until it gives `false`.
    fn each_name<'a>(&'a self, visit: &mut impl FnMut(&'a str) -> bool) {
        match self {
            Self::Json(object) => {
                let _ = object.keys().all(|name| visit(name));
            }
            Self::Document(located) => {
                let _ = located.document.entries().all(|(name, _)| visit(name));
            }
            Self::Form(form) => {
                let _ = form.names().all(|name| visit(field_of(name)));
            }
        }
    }
}

impl FormData {
    fn names(&self) -> impl Iterator<Item = &str> {
        let texts = self.iter().map(|(name, _)| name);
        texts.chain(self.files().map(|(name, _)| name))
    }
}

/// The field that a part of a form belongs to: `lines` of `lines[0]sku`.
fn field_of(key: &str) -> &str {
    key.split(['.', '[']).next().unwrap_or(key)
}

/// A key as it is shown, without its end where it is very long.
fn shortened(name: &str) -> String {
    match name.char_indices().nth(UNKNOWN_NAME_LENGTH) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// Puts the errors of a flattened serializer among those of the whole.
pub(super) fn set_all(errors: &mut FieldErrors, detail: ErrorDetail) {
    let ErrorDetail::Map(details) = detail else {
        return errors.set(NON_FIELD_ERRORS, detail);
    };
    for (name, detail) in details {
        match detail {
            ErrorDetail::List(list) if errors.contains(&name) => {
                for detail in list {
                    if let ErrorDetail::Message(message) = detail {
                        errors.add(name.clone(), message);
                    }
                }
            }
            detail => errors.set(name, detail),
        }
    }
}

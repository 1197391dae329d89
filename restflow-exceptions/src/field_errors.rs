//! Collecting the errors of all fields before anything is reported.

use std::borrow::Cow;

use indexmap::IndexMap;

use crate::{ApiError, ErrorDetail, ErrorMessage};

/// The key of errors that belong to the whole input and to no single field.
///
/// DRF: the setting `NON_FIELD_ERRORS_KEY`.
pub const NON_FIELD_ERRORS: &str = "non_field_errors";

/// Collects errors by field, in the order in which fields first fail.
///
/// ```
/// use restflow_exceptions::FieldErrors;
///
/// let mut errors = FieldErrors::new();
/// errors.add("start", "Unlucky.");
/// errors.add_non_field("End must be after start.");
/// assert!(errors.into_result().is_err());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors {
    fields: IndexMap<Cow<'static, str>, ErrorDetail>,
}

impl FieldErrors {
    /// Starts without errors.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts without errors, with room for those of so many fields.
    #[must_use]
    pub fn with_capacity(fields: usize) -> Self {
        Self {
            fields: IndexMap::with_capacity(fields),
        }
    }

    /// Appends a message to the list of a field.
    ///
    /// Where the field already holds errors by key (a nested object that failed), the message goes
    /// to their [`NON_FIELD_ERRORS`].
    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, message: impl Into<ErrorMessage>) {
        append(
            self.fields
                .entry(field.into())
                .or_insert_with(|| ErrorDetail::List(Vec::new())),
            message.into(),
        );
    }

    /// Appends a message about the whole input.
    pub fn add_non_field(&mut self, message: impl Into<ErrorMessage>) {
        self.add(NON_FIELD_ERRORS, message);
    }

    /// Replaces what is known about a field, typically by the errors of a nested object or list.
    ///
    /// A bare message becomes a list of one.
    pub fn set(&mut self, field: impl Into<Cow<'static, str>>, detail: impl Into<ErrorDetail>) {
        self.fields.insert(field.into(), detail.into().into_list());
    }

    /// Tells whether this field has an error.
    #[must_use]
    pub fn contains(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    /// Tells whether nothing has failed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Succeeds when nothing has failed.
    pub fn into_result(self) -> Result<(), ErrorDetail> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(self.into())
        }
    }
}

fn append(detail: &mut ErrorDetail, message: ErrorMessage) {
    match detail {
        ErrorDetail::List(details) => details.push(message.into()),
        ErrorDetail::Map(fields) => append(
            fields
                .entry(NON_FIELD_ERRORS.into())
                .or_insert_with(|| ErrorDetail::List(Vec::new())),
            message,
        ),
        ErrorDetail::Message(first) => {
            *detail = ErrorDetail::List(vec![first.clone().into(), message.into()]);
        }
    }
}

impl From<FieldErrors> for ErrorDetail {
    fn from(errors: FieldErrors) -> Self {
        Self::Map(errors.fields)
    }
}

impl From<FieldErrors> for ApiError {
    fn from(errors: FieldErrors) -> Self {
        Self::validation(errors)
    }
}

/// Reads a detail as the errors of a whole object: a map stays by field, a message or a list
/// belongs to [`NON_FIELD_ERRORS`]. DRF: `rest_framework.serializers.as_serializer_error`.
impl From<ErrorDetail> for FieldErrors {
    fn from(detail: ErrorDetail) -> Self {
        let mut errors = Self::new();
        match detail {
            ErrorDetail::Map(fields) => {
                for (field, detail) in fields {
                    errors.set(field, detail);
                }
            }
            other => errors.set(NON_FIELD_ERRORS, other),
        }
        errors
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_keep_the_order_and_the_shape_of_the_input() {
        let mut errors = FieldErrors::new();
        errors.add("price", "first");
        errors.set("address", ErrorDetail::field("street", "nested"));
        errors.add("price", ErrorMessage::new("second", "min_value"));
        errors.add("address", "own");
        errors.set("bare", "message");
        errors.add_non_field("all");
        assert!(errors.contains("bare") && !errors.contains("name"));
        let body = serde_json::to_string(&ErrorDetail::from(errors)).unwrap();
        assert_eq!(
            body,
            r#"{"price":["first","second"],"address":{"street":["nested"],"non_field_errors":["own"]},"bare":["message"],"non_field_errors":["all"]}"#
        );
    }

    #[test]
    fn nothing_failed_is_ok() {
        assert_eq!(FieldErrors::new().into_result(), Ok(()));
    }

    #[test]
    fn any_detail_reads_as_errors_of_an_object() {
        let table = [
            (ErrorDetail::from("x"), json!({"non_field_errors": ["x"]})),
            (
                ErrorDetail::from(["x", "y"]),
                json!({"non_field_errors": ["x", "y"]}),
            ),
            (
                ErrorDetail::Map(IndexMap::from([("note".into(), "x".into())])),
                json!({"note": ["x"]}),
            ),
        ];
        for (detail, expected) in table {
            let errors = FieldErrors::from(detail);
            assert_eq!(ErrorDetail::from(errors).to_value(), expected);
        }
    }
}

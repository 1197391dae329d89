//! The body of an error in one envelope: `{"error": {"code", "message", "details"}}`.
//!
//! Every error has the same three keys, so that a client needs one parser. `code` is stable,
//! `message` is for people, `details` holds the errors by field of a validation error, the wait of
//! a throttled request, or what the application added. drf-restflow: `restflow.exceptions`.

use std::{borrow::Cow, fmt};

use serde_json::{Map, Value, json};

use crate::{ApiError, ErrorDetail, ErrorKind, NON_FIELD_ERRORS, error::ceil_seconds};

/// The codes of the envelope. An application may use its own beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// `not_authenticated`
    NotAuthenticated,
    /// `authentication_failed`
    AuthenticationFailed,
    /// `permission_denied`
    PermissionDenied,
    /// `validation_error`
    ValidationError,
    /// `parse_error`
    ParseError,
    /// `not_found`
    NotFound,
    /// `method_not_allowed`
    MethodNotAllowed,
    /// `unsupported_media_type`
    UnsupportedMediaType,
    /// `not_acceptable`
    NotAcceptable,
    /// `payload_too_large`
    PayloadTooLarge,
    /// `throttled`
    Throttled,
    /// `conflict`
    Conflict,
    /// `internal_error`
    InternalError,
    /// `service_unavailable`
    ServiceUnavailable,
}

impl ErrorCode {
    /// The code on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAuthenticated => "not_authenticated",
            Self::AuthenticationFailed => "authentication_failed",
            Self::PermissionDenied => "permission_denied",
            Self::ValidationError => "validation_error",
            Self::ParseError => "parse_error",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::NotAcceptable => "not_acceptable",
            Self::PayloadTooLarge => "payload_too_large",
            Self::Throttled => "throttled",
            Self::Conflict => "conflict",
            Self::InternalError => "internal_error",
            Self::ServiceUnavailable => "service_unavailable",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<ErrorCode> for Cow<'static, str> {
    fn from(code: ErrorCode) -> Self {
        Self::Borrowed(code.as_str())
    }
}

impl From<ErrorKind> for ErrorCode {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::ParseError => Self::ParseError,
            ErrorKind::NotAuthenticated => Self::NotAuthenticated,
            ErrorKind::AuthenticationFailed => Self::AuthenticationFailed,
            ErrorKind::PermissionDenied => Self::PermissionDenied,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::MethodNotAllowed => Self::MethodNotAllowed,
            ErrorKind::NotAcceptable => Self::NotAcceptable,
            ErrorKind::UnsupportedMediaType => Self::UnsupportedMediaType,
            ErrorKind::PayloadTooLarge => Self::PayloadTooLarge,
            ErrorKind::Throttled => Self::Throttled,
            ErrorKind::Validation => Self::ValidationError,
            ErrorKind::Api | ErrorKind::Internal => Self::InternalError,
        }
    }
}

/// Builds the envelope; absent details are an empty object.
pub fn format_error(code: &str, message: &str, details: Option<Value>) -> Value {
    let details = details.unwrap_or_else(|| Value::Object(Map::new()));
    json!({"error": {"code": code, "message": message, "details": details}})
}

/// Renders an error in the envelope.
///
/// The errors of a validation error stand in `details` by field, those of the whole input under
/// [`NON_FIELD_ERRORS`]; a throttled request shows `retry_after_seconds`. Details that the error
/// itself carries win.
pub fn exception_handler(error: &ApiError) -> Value {
    let kind = error.kind();
    let code = error.own_code().unwrap_or(ErrorCode::from(kind).as_str());
    let own_details = error.details().cloned();
    match kind {
        ErrorKind::Validation => format_error(
            code,
            "Request validation failed.",
            own_details.or_else(|| Some(by_field(error.detail()))),
        ),
        ErrorKind::Throttled => format_error(
            code,
            &error.to_string(),
            own_details.or_else(|| {
                let wait = error.retry_after()?;
                Some(json!({"retry_after_seconds": ceil_seconds(wait)}))
            }),
        ),
        _ => match error.envelope_message() {
            Some(message) => format_error(code, message, own_details),
            None => format_error(code, &error.to_string(), own_details),
        },
    }
}

fn by_field(detail: &ErrorDetail) -> Value {
    match detail {
        ErrorDetail::Map(_) => detail.to_value(),
        ErrorDetail::List(_) => json!({NON_FIELD_ERRORS: detail.to_value()}),
        ErrorDetail::Message(_) => json!({NON_FIELD_ERRORS: [detail.to_value()]}),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::StatusCode;
    use indexmap::IndexMap;

    use super::*;

    #[test]
    fn bodies_are_those_of_drf_restflow() {
        let nested = ErrorDetail::Map(IndexMap::from([
            ("inner".into(), ErrorDetail::from(["worse"])),
            ("n".into(), ErrorDetail::from("str")),
        ]));
        let fields = ErrorDetail::Map(IndexMap::from([
            ("name".into(), ErrorDetail::from(["bad"])),
            ("nested".into(), nested),
        ]));
        let validation = "Request validation failed.";
        let table = [
            (ApiError::not_found(), "not_found", "Not found.", json!({})),
            (
                ApiError::not_found().with_detail("No such thing."),
                "not_found",
                "No such thing.",
                json!({}),
            ),
            (
                ApiError::object_not_found(),
                "not_found",
                "Resource not found.",
                json!({}),
            ),
            (
                ApiError::validation(["first", "second"]),
                "validation_error",
                validation,
                json!({"non_field_errors": ["first", "second"]}),
            ),
            (
                ApiError::validation("only"),
                "validation_error",
                validation,
                json!({"non_field_errors": ["only"]}),
            ),
            (
                ApiError::validation(fields),
                "validation_error",
                validation,
                json!({"name": ["bad"], "nested": {"inner": ["worse"], "n": "str"}}),
            ),
            (
                ApiError::throttled(Some(Duration::from_millis(12_300))),
                "throttled",
                "Request was throttled. Expected available in 13 seconds.",
                json!({"retry_after_seconds": 13}),
            ),
            (
                ApiError::throttled(None),
                "throttled",
                "Request was throttled.",
                json!({}),
            ),
            (
                ApiError::conflict("In use.").with_details(json!({"by": [1, 2]})),
                "conflict",
                "In use.",
                json!({"by": [1, 2]}),
            ),
            (
                ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "odd_code", "Odd."),
                "odd_code",
                "Odd.",
                json!({}),
            ),
            (
                ApiError::internal("boom"),
                "internal_error",
                "A server error occurred.",
                json!({}),
            ),
        ];
        for (error, code, message, details) in table {
            let expected = json!({"error": {"code": code, "message": message, "details": details}});
            assert_eq!(exception_handler(&error), expected);
        }
    }
}

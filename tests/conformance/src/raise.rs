//! Errors by name (SPEC.md, section 9).

use std::time::Duration;

use http::StatusCode;
use restflow::{exceptions::envelope::ErrorCode, prelude::*};
use serde_json::json;

/// What DRF knows nothing about: errors of the code below the views.
pub(crate) enum Foreign {
    /// A row that is not there (Django: `DoesNotExist`).
    MissingRow(&'static str),
    /// A model that found its own values wrong (Django: `ValidationError`).
    Invalid(ErrorDetail),
}

/// Fails with the error `kind`; a kind that is not known is no error.
///
/// `foreign` decides about errors that are not the API's own, as an exception handler does in
/// Python.
pub(crate) fn raise(kind: &str, foreign: fn(Foreign) -> ApiError) -> Result<()> {
    Err(match kind {
        "not-found" => ApiError::not_found(),
        "not-found-message" => ApiError::not_found().with_detail("No such thing."),
        "http404" | "http404-message" => missing(kind),
        "permission-denied" => ApiError::permission_denied(),
        "permission-denied-dict" => {
            ApiError::permission_denied().with_detail(map([("who", "you".into())]))
        }
        "django-permission-denied" => ApiError::permission_denied(),
        "django-permission-denied-message" => ApiError::permission_denied().with_detail("No way."),
        "not-authenticated" => ApiError::not_authenticated(),
        "authentication-failed" => ApiError::authentication_failed("Bad credentials."),
        "parse-error" => ApiError::parse_error("Cannot read this."),
        "method-not-allowed" => ApiError::method_not_allowed("PURGE"),
        "not-acceptable" => ApiError::not_acceptable(),
        "unsupported" => ApiError::unsupported_media_type("text/weird"),
        "throttled" => ApiError::throttled(Some(Duration::from_secs_f64(12.3))),
        "throttled-one" => ApiError::throttled(Some(Duration::from_secs(1))),
        "throttled-nowait" => ApiError::throttled(None),
        "teapot" => teapot("I am a teapot."),
        "teapot-dict" => teapot(map([("a", "1".into()), ("b", ["c"].into())])),
        "api-exception" => server_error(),
        "does-not-exist" => foreign(Foreign::MissingRow(
            "Product matching query does not exist.",
        )),
        "django-validation" => foreign(Foreign::Invalid(map([("name", ["django bad"].into())]))),
        "django-validation-list" => foreign(Foreign::Invalid(["one", "two"].into())),
        "uncaught" => ApiError::internal("boom"),
        _ => return validation(kind).or(application(kind)).map_or(Ok(()), Err),
    })
}

/// The errors of input.
fn validation(kind: &str) -> Option<ApiError> {
    Some(match kind {
        "validation-list" => ApiError::validation(["first", "second"]),
        "validation-string" => ApiError::validation("only"),
        "validation-dict" => {
            let nested = map([("inner", ["worse"].into()), ("n", "str".into())]);
            ApiError::validation(map([("name", ["bad"].into()), ("nested", nested)]))
        }
        "validation-rows" => {
            let rows = ErrorDetail::List(vec![map([]), map([("x", ["y"].into())])]);
            ApiError::validation(map([("rows", rows)]))
        }
        "validation-code" => ApiError::validation(ErrorMessage::new("coded", "special")),
        _ => return None,
    })
}

/// The errors of the application itself.
fn application(kind: &str) -> Option<ApiError> {
    Some(match kind {
        "conflict" => ApiError::conflict("The resource is in use."),
        "conflict-details" => {
            ApiError::conflict("In use.").with_details(json!({"by": [1, 2], "kind": "order"}))
        }
        "restflow-code" => ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::ServiceUnavailable,
            "Try later.",
        ),
        "restflow-custom-code" => {
            ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "odd_code", "Odd.")
                .with_details(json!({"x": null}))
        }
        "restflow-default" => server_error(),
        _ => return None,
    })
}

/// The error of a shop that brews no coffee.
pub(crate) fn teapot(detail: impl Into<ErrorDetail>) -> ApiError {
    ApiError::new(StatusCode::IM_A_TEAPOT, "teapot", detail)
}

fn server_error() -> ApiError {
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::InternalError,
        "A server error occurred.",
    )
}

fn map<const N: usize>(fields: [(&'static str, ErrorDetail); N]) -> ErrorDetail {
    let fields = fields.into_iter();
    ErrorDetail::Map(fields.map(|(name, detail)| (name.into(), detail)).collect())
}

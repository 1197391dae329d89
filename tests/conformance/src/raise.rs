//! Errors by name (SPEC.md, section 9).

use std::time::Duration;

use http::StatusCode;
use restflow::{
    exceptions::{ErrorMessage, envelope::ErrorCode},
    prelude::*,
};
use serde_json::json;

/// The errors that the two exception handlers of Python read differently. Here each API says
/// what it makes of them.
pub(crate) enum Foreign {
    /// Django: `Http404`.
    NoPage(Option<&'static str>),
    /// Django: `PermissionDenied`.
    Forbidden(Option<&'static str>),
    /// Django: `DoesNotExist`.
    MissingRow(&'static str),
    /// Django: `ValidationError`.
    Invalid(ErrorDetail),
    /// DRF: an `APIException` of the application.
    Plain(StatusCode, &'static str, ErrorDetail),
}

/// Fails with the error `kind`; a kind that is not known is no error.
pub(crate) fn raise(kind: &str, translate: fn(Foreign) -> ApiError) -> Result<()> {
    let error = http_error(kind)
        .or_else(|| validation(kind))
        .or_else(|| application(kind))
        .or_else(|| foreign(kind).map(translate));
    error.map_or(Ok(()), Err)
}

fn http_error(kind: &str) -> Option<ApiError> {
    Some(match kind {
        "not-found" => ApiError::not_found(),
        "not-found-message" => ApiError::not_found().with_detail("No such thing."),
        "permission-denied" => ApiError::permission_denied(),
        "permission-denied-dict" => {
            ApiError::permission_denied().with_detail(map([("who", "you".into())]))
        }
        "not-authenticated" => ApiError::not_authenticated(),
        "authentication-failed" => ApiError::authentication_failed("Bad credentials."),
        "parse-error" => ApiError::parse_error("Cannot read this."),
        "method-not-allowed" => ApiError::method_not_allowed("PURGE"),
        "not-acceptable" => ApiError::not_acceptable(),
        "unsupported" => ApiError::unsupported_media_type("text/weird"),
        "throttled" => ApiError::throttled(Some(Duration::from_secs_f64(12.3))),
        "throttled-one" => ApiError::throttled(Some(Duration::from_secs(1))),
        "throttled-nowait" => ApiError::throttled(None),
        "uncaught" => ApiError::internal("boom"),
        _ => return None,
    })
}

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

/// The errors of the application's own, with codes and details for the envelope.
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
        "restflow-default" => ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            ErrorCode::InternalError,
            SERVER_ERROR,
        ),
        _ => return None,
    })
}

fn foreign(kind: &str) -> Option<Foreign> {
    let teapot = |detail| Foreign::Plain(StatusCode::IM_A_TEAPOT, "teapot", detail);
    Some(match kind {
        "http404" => Foreign::NoPage(None),
        "http404-message" => Foreign::NoPage(Some("Nothing here.")),
        "django-permission-denied" => Foreign::Forbidden(None),
        "django-permission-denied-message" => Foreign::Forbidden(Some("No way.")),
        "does-not-exist" => Foreign::MissingRow("Product matching query does not exist."),
        "django-validation" => Foreign::Invalid(map([("name", ["django bad"].into())])),
        "django-validation-list" => Foreign::Invalid(["one", "two"].into()),
        "teapot" => teapot("I am a teapot.".into()),
        "teapot-dict" => teapot(map([("a", "1".into()), ("b", ["c"].into())])),
        "api-exception" => Foreign::Plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "error",
            SERVER_ERROR.into(),
        ),
        _ => return None,
    })
}

const SERVER_ERROR: &str = "A server error occurred.";

fn map<const N: usize>(fields: [(&'static str, ErrorDetail); N]) -> ErrorDetail {
    let fields = fields.into_iter();
    ErrorDetail::Map(fields.map(|(name, detail)| (name.into(), detail)).collect())
}

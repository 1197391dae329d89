//! The one error type of a REST API.

use std::{borrow::Cow, error::Error, fmt, time::Duration};

use http::StatusCode;

use crate::{ErrorDetail, ErrorKind, ErrorMessage, envelope::ErrorCode};

/// The result of everything that may end in an error response.
pub type Result<T, E = ApiError> = std::result::Result<T, E>;

type Source = Box<dyn Error + Send + Sync>;

/// An error with a text for the client and, apart from it, one for the log.
///
/// Return it from a hook or an action with `?` or `Err(…)`; the views render it through the
/// configured [`ExceptionHandler`](crate::ExceptionHandler). `Display` shows the client's text;
/// the cause given by [`with_source`](Self::with_source) or [`internal`](Self::internal) is
/// reached by [`log_source`](Self::log_source) and [`Error::source`] and is never rendered.
///
/// An error type of the application comes in by `?` once it says what it is on the wire:
///
/// ```
/// use http::StatusCode;
/// use restflow_exceptions::{ApiError, Result};
/// use serde_json::json;
///
/// #[derive(Debug, thiserror::Error)]
/// enum StockError {
///     #[error("only {left} left")]
///     SoldOut { left: u32 },
///     #[error("the warehouse does not answer")]
///     Warehouse(#[from] std::io::Error),
/// }
///
/// impl From<StockError> for ApiError {
///     fn from(error: StockError) -> Self {
///         match &error {
///             // The client is told: status, a stable code, a text, and details for programs.
///             StockError::SoldOut { left } => {
///                 Self::new(StatusCode::CONFLICT, "sold_out", "There are not enough of these.")
///                     .with_details(json!({"left": left}))
///             }
///             // The operator is told: a plain 500 (or 503) for the client, the cause in the log.
///             StockError::Warehouse(_) => Self::internal(error),
///         }
///     }
/// }
///
/// fn take(wanted: u32, left: u32) -> Result<u32> {
///     if wanted > left {
///         Err(StockError::SoldOut { left })?;
///     }
///     Ok(left - wanted)
/// }
///
/// let error = take(3, 1).unwrap_err();
/// assert_eq!((error.status().as_u16(), error.code()), (409, "sold_out"));
/// ```
///
/// It is one pointer wide, so that `Result<T>` stays small.
pub struct ApiError(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    status: StatusCode,
    code: Option<Cow<'static, str>>,
    detail: ErrorDetail,
    details: Option<serde_json::Value>,
    envelope_message: Option<&'static str>,
    retry_after: Option<Duration>,
    source: Option<Source>,
}

/// # Constructors
impl ApiError {
    fn of(kind: ErrorKind, text: impl Into<Cow<'static, str>>) -> Self {
        Self::with_kind(kind, ErrorMessage::new(text, kind.code()).into())
    }

    fn with_kind(kind: ErrorKind, detail: ErrorDetail) -> Self {
        Self(Box::new(Inner {
            kind,
            status: kind.status(),
            code: None,
            detail,
            details: None,
            envelope_message: None,
            retry_after: None,
            source: None,
        }))
    }

    pub(crate) fn from_kind(kind: ErrorKind) -> Self {
        Self::of(kind, kind.default_detail())
    }

    /// An error of the application with its own status, code and text.
    ///
    /// ```
    /// use restflow_exceptions::ApiError;
    ///
    /// let error = ApiError::new(http::StatusCode::IM_A_TEAPOT, "teapot", "I am a teapot.");
    /// assert_eq!(error.code(), "teapot");
    /// ```
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<ErrorDetail>,
    ) -> Self {
        Self::with_kind(ErrorKind::Api, detail.into())
            .with_status(status)
            .with_code(code)
    }

    /// 400: the body could not be parsed. DRF: `ParseError`.
    pub fn parse_error(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::of(ErrorKind::ParseError, detail)
    }

    /// 401: no credentials were sent. DRF: `NotAuthenticated`.
    #[must_use]
    pub fn not_authenticated() -> Self {
        Self::from_kind(ErrorKind::NotAuthenticated)
    }

    /// 401: the credentials are wrong. DRF: `AuthenticationFailed`.
    pub fn authentication_failed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::of(ErrorKind::AuthenticationFailed, detail)
    }

    /// 403: known, but not allowed. Say more with [`with_detail`](Self::with_detail). DRF: `PermissionDenied`.
    #[must_use]
    pub fn permission_denied() -> Self {
        Self::from_kind(ErrorKind::PermissionDenied)
    }

    /// 404 with the text `Not found.` DRF: `NotFound`.
    #[must_use]
    pub fn not_found() -> Self {
        Self::from_kind(ErrorKind::NotFound)
    }

    /// 404 for a row that a lookup did not find: `Not found.`, in the envelope
    /// `Resource not found.` DRF: Django's `Http404` and `DoesNotExist`.
    #[must_use]
    pub fn object_not_found() -> Self {
        let mut error = Self::not_found();
        error.0.envelope_message = Some("Resource not found.");
        error
    }

    /// 405 that names the method. DRF: `MethodNotAllowed`.
    #[must_use]
    pub fn method_not_allowed(method: &str) -> Self {
        Self::of(
            ErrorKind::MethodNotAllowed,
            format!("Method \"{method}\" not allowed."),
        )
    }

    /// 406: no renderer fits the `Accept` header. DRF: `NotAcceptable`.
    #[must_use]
    pub fn not_acceptable() -> Self {
        Self::from_kind(ErrorKind::NotAcceptable)
    }

    /// 415 that names the media type of the request, empty when it had none.
    /// DRF: `UnsupportedMediaType`.
    #[must_use]
    pub fn unsupported_media_type(media_type: &str) -> Self {
        Self::of(
            ErrorKind::UnsupportedMediaType,
            format!("Unsupported media type \"{media_type}\" in request."),
        )
    }

    /// 413 that names the limit in bytes.
    #[must_use]
    pub fn payload_too_large(limit_bytes: u64) -> Self {
        Self::of(
            ErrorKind::PayloadTooLarge,
            format!("Request body exceeded the limit of {limit_bytes} bytes."),
        )
    }

    /// 429: too many requests. The wait is rounded up to whole seconds, in the text and in
    /// [`retry_after`](Self::retry_after). DRF: `Throttled`.
    #[must_use]
    pub fn throttled(wait: Option<Duration>) -> Self {
        let Some(seconds) = wait.map(ceil_seconds) else {
            return Self::from_kind(ErrorKind::Throttled);
        };
        let plural = if seconds == 1 { "" } else { "s" };
        let text = ErrorKind::Throttled.default_detail();
        Self::of(
            ErrorKind::Throttled,
            format!("{text} Expected available in {seconds} second{plural}."),
        )
        .with_retry_after(Duration::from_secs(seconds))
    }

    /// 400 with the errors of the input. A bare message becomes a list of one, as in DRF's
    /// `ValidationError`.
    pub fn validation(detail: impl Into<ErrorDetail>) -> Self {
        Self::with_kind(ErrorKind::Validation, detail.into().into_list())
    }

    /// 409: the state of the resource forbids it.
    pub fn conflict(detail: impl Into<ErrorDetail>) -> Self {
        Self::new(StatusCode::CONFLICT, ErrorCode::Conflict, detail)
    }

    /// 503: something that this service needs is down or busy.
    #[must_use]
    pub fn service_unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::ServiceUnavailable,
            "Service temporarily unavailable, try again later.",
        )
    }

    /// 500 with the text `A server error occurred.` for the client; the cause goes to the log.
    pub fn internal(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::from_kind(ErrorKind::Internal).with_source(error)
    }
}

/// # Builders
impl ApiError {
    /// Answers with another status than the kind's.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    /// Replaces the code, in both renderings and in the message of the detail.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        let code = code.into();
        if let ErrorDetail::Message(message) = &mut self.0.detail {
            message.code = code.clone();
        }
        self.0.code = Some(code);
        self
    }

    /// Replaces the client's text.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<ErrorDetail>) -> Self {
        let detail = detail.into();
        self.0.detail = match (self.0.kind, detail) {
            (ErrorKind::Validation, detail) => detail.into_list(),
            (_, ErrorDetail::Message(message)) if message.code == ErrorMessage::DEFAULT_CODE => {
                ErrorMessage::new(message.text, self.code().to_owned()).into()
            }
            (_, detail) => detail,
        };
        self.0.envelope_message = None;
        self
    }

    /// Adds structured data for the client, shown as `details` by the envelope only.
    #[must_use]
    pub fn with_details(mut self, details: serde_json::Value) -> Self {
        self.0.details = Some(details);
        self
    }

    /// Tells the client when to come back, in the `Retry-After` header (whole seconds).
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.0.retry_after = Some(retry_after);
        self
    }

    /// Keeps the cause for the log. It is never rendered.
    #[must_use]
    pub fn with_source(mut self, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(error.into());
        self
    }
}

/// # Accessors
impl ApiError {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The stable code: the error's own, else the kind's.
    #[must_use]
    pub fn code(&self) -> &str {
        self.own_code().unwrap_or(self.0.kind.code())
    }

    /// The client's text.
    #[must_use]
    pub fn detail(&self) -> &ErrorDetail {
        &self.0.detail
    }

    /// Structured data for the client beside the text.
    #[must_use]
    pub fn details(&self) -> Option<&serde_json::Value> {
        self.0.details.as_ref()
    }

    /// When the client may come back.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The cause, for the log.
    #[must_use]
    pub fn log_source(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        self.0.source.as_deref()
    }

    pub(crate) fn own_code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    pub(crate) fn envelope_message(&self) -> Option<&'static str> {
        self.0.envelope_message
    }
}

/// Rounds up to whole seconds.
pub(crate) fn ceil_seconds(duration: Duration) -> u64 {
    duration
        .as_secs()
        .saturating_add(u64::from(duration.subsec_nanos() > 0))
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("kind", &self.0.kind)
            .field("status", &self.0.status)
            .field("code", &self.code())
            .field("detail", &self.0.detail)
            .field("details", &self.0.details)
            .field("retry_after", &self.0.retry_after)
            .field("source", &self.0.source)
            .finish()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.detail.fmt(f)
    }
}

impl Error for ApiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.log_source().map(|source| source as _)
    }
}

impl From<ErrorDetail> for ApiError {
    fn from(detail: ErrorDetail) -> Self {
        Self::validation(detail)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn constructors_have_the_statuses_codes_and_texts_of_drf() {
        let seconds = |seconds| Some(Duration::from_secs_f64(seconds));
        let table = [
            (
                ApiError::parse_error("JSON parse error"),
                400,
                "parse_error",
                "JSON parse error",
            ),
            (
                ApiError::not_authenticated(),
                401,
                "not_authenticated",
                "Authentication credentials were not provided.",
            ),
            (
                ApiError::authentication_failed("Invalid token."),
                401,
                "authentication_failed",
                "Invalid token.",
            ),
            (
                ApiError::permission_denied(),
                403,
                "permission_denied",
                "You do not have permission to perform this action.",
            ),
            (ApiError::not_found(), 404, "not_found", "Not found."),
            (ApiError::object_not_found(), 404, "not_found", "Not found."),
            (
                ApiError::method_not_allowed("PURGE"),
                405,
                "method_not_allowed",
                r#"Method "PURGE" not allowed."#,
            ),
            (
                ApiError::not_acceptable(),
                406,
                "not_acceptable",
                "Could not satisfy the request Accept header.",
            ),
            (ApiError::conflict("In use."), 409, "conflict", "In use."),
            (
                ApiError::payload_too_large(1024),
                413,
                "payload_too_large",
                "Request body exceeded the limit of 1024 bytes.",
            ),
            (
                ApiError::unsupported_media_type("text/weird"),
                415,
                "unsupported_media_type",
                r#"Unsupported media type "text/weird" in request."#,
            ),
            (
                ApiError::throttled(None),
                429,
                "throttled",
                "Request was throttled.",
            ),
            (
                ApiError::throttled(seconds(12.3)),
                429,
                "throttled",
                "Request was throttled. Expected available in 13 seconds.",
            ),
            (
                ApiError::throttled(seconds(1.0)),
                429,
                "throttled",
                "Request was throttled. Expected available in 1 second.",
            ),
            (
                ApiError::throttled(seconds(0.0)),
                429,
                "throttled",
                "Request was throttled. Expected available in 0 seconds.",
            ),
            (ApiError::validation("only"), 400, "invalid", r#"["only"]"#),
            (
                ApiError::service_unavailable(),
                503,
                "service_unavailable",
                "Service temporarily unavailable, try again later.",
            ),
            (
                ApiError::internal("boom"),
                500,
                "error",
                "A server error occurred.",
            ),
        ];
        for (error, status, code, text) in table {
            assert_eq!(error.status(), status, "{error}");
            assert_eq!(error.code(), code);
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn wait_is_kept_in_whole_seconds() {
        let error = ApiError::throttled(Some(Duration::from_millis(12_300)));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(13)));
    }

    #[test]
    fn builders_replace_one_thing_each() {
        let error = ApiError::permission_denied()
            .with_status(StatusCode::GONE)
            .with_detail("Too late.")
            .with_code("late")
            .with_details(json!({"by": 3}))
            .with_source("clock");
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert_eq!(error.status(), 410);
        assert_eq!(error.code(), "late");
        let message = error.detail().first_message().unwrap();
        assert_eq!(*message, ErrorMessage::new("Too late.", "late"));
        assert_eq!(error.details(), Some(&json!({"by": 3})));
        assert_eq!(error.log_source().unwrap().to_string(), "clock");
        assert_eq!(Error::source(&error).unwrap().to_string(), "clock");
    }

    #[test]
    fn error_is_small_and_crosses_threads() {
        fn check<T: Send + Sync + 'static>() {}
        check::<ApiError>();
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }
}

//! The kinds of errors with their statuses, codes and default texts.

use http::StatusCode;

/// What went wrong, with a default status, code and text.
///
/// DRF: the classes of `rest_framework.exceptions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The body could not be parsed: 400.
    ParseError,
    /// No credentials: 401, or 403 where no authenticator can name a challenge.
    NotAuthenticated,
    /// Wrong credentials: 401, or 403 where no authenticator can name a challenge.
    AuthenticationFailed,
    /// Known, but not allowed: 403.
    PermissionDenied,
    /// No such resource, or none that this client may see: 404.
    NotFound,
    /// The resource has no such method: 405.
    MethodNotAllowed,
    /// No renderer fits the `Accept` header: 406.
    NotAcceptable,
    /// No parser fits the `Content-Type` header: 415.
    UnsupportedMediaType,
    /// The body is larger than the limit: 413.
    PayloadTooLarge,
    /// Too many requests: 429.
    Throttled,
    /// The input is well-formed and not valid: 400.
    Validation,
    /// An error of the application with its own status and code; 500 unless it says otherwise.
    Api,
    /// Something that should not have happened: 500. The cause is for the log only.
    Internal,
}

impl ErrorKind {
    /// The status of this kind where an error does not set its own.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::ParseError | Self::Validation => StatusCode::BAD_REQUEST,
            Self::NotAuthenticated | Self::AuthenticationFailed => StatusCode::UNAUTHORIZED,
            Self::PermissionDenied => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Throttled => StatusCode::TOO_MANY_REQUESTS,
            Self::Api | Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The code of this kind where an error does not set its own (DRF: `default_code`).
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ParseError => "parse_error",
            Self::NotAuthenticated => "not_authenticated",
            Self::AuthenticationFailed => "authentication_failed",
            Self::PermissionDenied => "permission_denied",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::NotAcceptable => "not_acceptable",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::PayloadTooLarge => "payload_too_large",
            Self::Throttled => "throttled",
            Self::Validation => "invalid",
            Self::Api | Self::Internal => "error",
        }
    }

    /// The text of this kind where nothing more is known (DRF: `default_detail`).
    #[must_use]
    pub const fn default_detail(self) -> &'static str {
        match self {
            Self::ParseError => "Malformed request.",
            Self::NotAuthenticated => "Authentication credentials were not provided.",
            Self::AuthenticationFailed => "Incorrect authentication credentials.",
            Self::PermissionDenied => "You do not have permission to perform this action.",
            Self::NotFound => "Not found.",
            Self::MethodNotAllowed => "Method not allowed.",
            Self::NotAcceptable => "Could not satisfy the request Accept header.",
            Self::UnsupportedMediaType => "Unsupported media type in request.",
            Self::PayloadTooLarge => "Request body is too large.",
            Self::Throttled => "Request was throttled.",
            Self::Validation => "Invalid input.",
            Self::Api | Self::Internal => "A server error occurred.",
        }
    }
}

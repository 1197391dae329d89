//! poem's errors, both ways.

use http::header;
use poem::{Response, error::ResponseError};

use crate::{ApiError, ErrorKind, error::ceil_seconds, exception_handler};

/// Answers in DRF's form, for handlers that return an [`ApiError`] without restflow's views.
impl ResponseError for ApiError {
    fn status(&self) -> http::StatusCode {
        Self::status(self)
    }

    fn as_response(&self) -> Response {
        let mut response = Response::builder()
            .status(Self::status(self))
            .content_type("application/json");
        if let Some(wait) = self.retry_after() {
            response = response.header(header::RETRY_AFTER, ceil_seconds(wait));
        }
        response.body(exception_handler(self).to_string())
    }
}

/// Takes an error of poem in: an [`ApiError`] inside comes out as it was, an error of the client
/// keeps its status with DRF's text for it, anything else is 500.
///
/// poem's own text is kept as the source and never rendered.
impl From<poem::Error> for ApiError {
    fn from(error: poem::Error) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(error) => return error,
            Err(error) => error,
        };
        let status = error.status();
        let text = error.to_string();
        let kind = match status.as_u16() {
            400 => ErrorKind::ParseError,
            401 => ErrorKind::NotAuthenticated,
            403 => ErrorKind::PermissionDenied,
            404 => ErrorKind::NotFound,
            405 => ErrorKind::MethodNotAllowed,
            406 => ErrorKind::NotAcceptable,
            413 => ErrorKind::PayloadTooLarge,
            415 => ErrorKind::UnsupportedMediaType,
            429 => ErrorKind::Throttled,
            402..=499 => {
                let reason = status.canonical_reason().unwrap_or("Bad request");
                return Self::new(status, "error", format!("{reason}.")).with_source(text);
            }
            _ => return Self::internal(text),
        };
        Self::from_kind(kind).with_source(text)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::StatusCode;
    use serde_json::json;

    use super::*;

    #[test]
    fn poem_errors_keep_their_status_and_lose_their_text() {
        let table = [
            (400, 400, "Malformed request."),
            (404, 404, "Not found."),
            (405, 405, "Method not allowed."),
            (413, 413, "Request body is too large."),
            (418, 418, "I'm a teapot."),
            (499, 499, "Bad request."),
            (302, 500, "A server error occurred."),
            (502, 500, "A server error occurred."),
        ];
        for (poem_status, status, text) in table {
            let poem_status = StatusCode::from_u16(poem_status).unwrap();
            let error = ApiError::from(poem::Error::from_string("secret", poem_status));
            assert_eq!(error.status(), status);
            assert_eq!(exception_handler(&error), json!({"detail": text}));
            assert_eq!(error.log_source().unwrap().to_string(), "secret");
        }
    }

    #[test]
    fn api_error_survives_the_way_through_poem() {
        let error = poem::Error::from(ApiError::conflict("In use."));
        let error = ApiError::from(error);
        assert_eq!((error.status().as_u16(), error.code()), (409, "conflict"));
    }

    #[test]
    fn response_is_json_with_retry_after() {
        let error = ApiError::throttled(Some(Duration::from_millis(1500)));
        let response = error.as_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.content_type(), Some("application/json"));
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    }
}

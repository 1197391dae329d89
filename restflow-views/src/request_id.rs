//! The id by which an operator and a client talk about the same request.

use http::Method;
use poem::middleware::ReqId;

use crate::Request;

const HEADER: &str = "x-request-id";

/// Longer than a UUID and than the ids of the usual proxies; short enough for a line of a log.
const MAX_LENGTH: usize = 128;

impl Request {
    /// The id of the request: that of poem's `RequestId` middleware, else the header
    /// `x-request-id`, which a proxy or the client has set; `None` where there is neither.
    ///
    /// The log has it beside each failure of the server, so that the client, who was only told
    /// that there was one, can ask for it. Of an id that came from outside only the visible ASCII
    /// characters are kept, at most 128 of them.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        if let Some(id) = self.extensions().get::<ReqId>() {
            return sanitized(&id.to_string());
        }
        let header = self.headers().get(HEADER)?;
        sanitized(&String::from_utf8_lossy(header.as_bytes()))
    }
}

/// What the log says of a request that is answered already.
#[derive(Debug)]
pub(crate) struct RequestName {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) id: Option<String>,
}

impl RequestName {
    pub(crate) fn of(request: &Request) -> Self {
        Self {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            id: request.id(),
        }
    }
}

fn sanitized(id: &str) -> Option<String> {
    let id: String = id
        .chars()
        .filter(char::is_ascii_graphic)
        .take(MAX_LENGTH)
        .collect();
    (!id.is_empty()).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_short_and_fit_for_a_line_of_a_log() {
        for (id, kept) in [
            ("7b2f-11", Some("7b2f-11")),
            ("a b\tc\u{7f}é\u{1b}[31m", Some("abc[31m")),
            (" \n", None),
            ("", None),
        ] {
            assert_eq!(sanitized(id).as_deref(), kept, "{id:?}");
        }
        assert_eq!(sanitized(&"x".repeat(9000)), Some("x".repeat(128)));
    }
}

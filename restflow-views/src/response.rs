//! What a handler returns.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use restflow_exceptions::Result;
use restflow_serializers::{Json, Representation};
use serde::Serialize;

use crate::{Renderer, RendererContext, Request, streaming::Origin};

/// A response whose data is not yet rendered: the negotiated renderer writes it after the handler
/// has returned.
///
/// ```
/// use http::StatusCode;
/// use restflow_views::Response;
///
/// let response = Response::new(["a", "b"])
///     .with_status(StatusCode::ACCEPTED)
///     .with_header("x-shop", "plain");
/// assert_eq!(response.status(), StatusCode::ACCEPTED);
/// ```
#[derive(Debug)]
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
    /// Told the request when the body is a stream, which may fail after it.
    origin: Option<Origin>,
}

/// The body of a [`Response`].
#[non_exhaustive]
pub enum Body {
    /// Nothing at all.
    Empty,
    /// Data for the negotiated renderer.
    Data(Box<dyn Representation>),
    /// Bytes that go out as they are, with the `Content-Type` among the headers.
    Raw(poem::Body),
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Data(data) => f.debug_tuple("Data").field(data).finish(),
            Self::Raw(_) => f.write_str("Raw(..)"),
        }
    }
}

impl Response {
    /// 200 with `data`, anything that serde can serialize.
    pub fn new<T>(data: T) -> Self
    where
        T: Serialize + fmt::Debug + Send + Sync + 'static,
    {
        Self::from_representation(Box::new(Json(data)))
    }

    /// 200 with data that a serializer class produced.
    #[must_use]
    pub fn from_representation(data: Box<dyn Representation>) -> Self {
        Self::with_body(StatusCode::OK, Body::Data(data))
    }

    /// A response without a body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self::with_body(status, Body::Empty)
    }

    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    /// 200 with bytes or a stream that no renderer touches.
    #[must_use]
    pub fn raw(content_type: &'static str, body: impl Into<poem::Body>) -> Self {
        Self::with_body(StatusCode::OK, Body::Raw(body.into()))
            .with_header("content-type", content_type)
    }

    fn with_body(status: StatusCode, body: Body) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body,
            origin: None,
        }
    }

    pub(crate) fn with_origin(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// The same with another status.
    #[must_use]
    pub const fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same with a header, in place of an earlier one of the same name. A name or value that
    /// HTTP does not allow is left out, and the log warns of it.
    #[must_use]
    pub fn with_header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: AsRef<str>,
        V: TryInto<HeaderValue>,
    {
        insert_header(&mut self.headers, name, value);
        self
    }

    /// The same with all of `headers`, replacing values of the same names.
    #[must_use]
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers.extend(headers);
        self
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers so far; `Content-Type` is added by the renderer.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The headers, to change them in `finalize_response`.
    pub const fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// The body.
    #[must_use]
    pub const fn body(&self) -> &Body {
        &self.body
    }

    /// Writes the data with `renderer` and yields the response for the wire. For HEAD that is the
    /// length of the data instead of the data (RFC 9110 §9.3.2); a stream is not even started.
    pub(crate) fn render(
        self,
        request: &Request,
        renderer: &dyn Renderer,
        is_head: bool,
    ) -> Result<poem::Response> {
        let mut response = poem::Response::default();
        response.set_status(self.status);
        *response.headers_mut() = self.headers;
        match self.body {
            Body::Empty => {}
            Body::Raw(_) if is_head => {}
            Body::Raw(body) => {
                if let Some(origin) = self.origin {
                    origin.set(request);
                }
                response.set_body(body);
            }
            Body::Data(data) => {
                let bytes =
                    renderer.render(data.as_ref(), &RendererContext::new(request, self.status))?;
                if is_head {
                    response
                        .headers_mut()
                        .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
                } else {
                    response.set_body(bytes);
                }
                response
                    .headers_mut()
                    .entry(header::CONTENT_TYPE)
                    .or_insert(content_type(renderer)?);
            }
        }
        Ok(response)
    }
}

/// Sets a header, unless HTTP does not allow it. The value stays out of the log: it may be a
/// secret.
pub(crate) fn insert_header<N, V>(headers: &mut HeaderMap, name: N, value: V)
where
    N: AsRef<str>,
    V: TryInto<HeaderValue>,
{
    let name = name.as_ref();
    match (HeaderName::try_from(name), value.try_into()) {
        (Ok(name), Ok(value)) => {
            headers.insert(name, value);
        }
        (Err(_), _) => tracing::warn!(?name, "left out a header whose name HTTP does not allow"),
        (_, Err(_)) => tracing::warn!(?name, "left out a header whose value HTTP does not allow"),
    }
}

fn content_type(renderer: &dyn Renderer) -> Result<HeaderValue> {
    match renderer.charset() {
        None => Ok(HeaderValue::from_static(renderer.media_type())),
        Some(charset) => {
            HeaderValue::try_from(format!("{}; charset={charset}", renderer.media_type()))
                .map_err(restflow_exceptions::ApiError::internal)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_replaces_one_of_the_same_name() {
        let response = Response::new(1)
            .with_header("X-Kind", "first")
            .with_header(HeaderName::from_static("x-kind"), "second");
        let kinds: Vec<_> = response.headers().get_all("x-kind").iter().collect();
        assert_eq!(kinds, ["second"]);
    }

    #[test]
    fn a_header_that_http_does_not_allow_is_left_out() {
        let response = Response::new(1)
            .with_header("x kind", "a")
            .with_header("x-kind", "a\r\nset-cookie: b");
        assert!(response.headers().is_empty());
    }
}

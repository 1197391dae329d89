//! From the body to data.

use std::{borrow::Cow, fmt, sync::Arc};

use encoding_rs::{Encoding, UTF_8};
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method, Uri};
use mime::Mime;
use restflow_exceptions::{ApiError, Result};
use restflow_serializers::{FormData, Input};

use crate::{
    Data, Kwargs, MultiPartParser, Request, RequestBody, UploadLimits, policies::PolicyList,
};

/// Reads bodies of one media type.
///
/// ```
/// use restflow_views::{ApiError, Data, Parser, ParserContext, RequestBody, Result};
///
/// /// One text a line.
/// struct LineParser;
///
/// impl Parser for LineParser {
///     fn media_type(&self) -> &'static str {
///         "text/plain"
///     }
///
///     async fn parse(&self, body: RequestBody<'_>, context: &ParserContext<'_>) -> Result<Data> {
///         let body = body.bytes().await?;
///         let text = context.decode(&body)?;
///         Ok(Data::Json(text.lines().collect()))
///     }
/// }
/// ```
///
/// DRF: `rest_framework.parsers.BaseParser`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a parser",
    note = "implement `Parser`: `media_type` and `parse`"
)]
pub trait Parser: Send + Sync + 'static {
    /// The media type that it reads, without parameters; `*/*` reads anything.
    fn media_type(&self) -> &'static str;

    /// The data of `body`, or [`ApiError::parse_error`].
    ///
    /// Most parsers begin with [`body.bytes()`](RequestBody::bytes), which has the limit of the
    /// settings; one for large bodies takes [`body.into_stream(…)`](RequestBody::into_stream).
    fn parse(
        &self,
        body: RequestBody<'_>,
        context: &ParserContext<'_>,
    ) -> impl Future<Output = Result<Data>> + Send;

    /// The same as the input of a serializer. Override it where a serializer can read the body
    /// without the data that [`parse`](Self::parse) makes of it, which is the default.
    fn parse_input(
        &self,
        body: RequestBody<'_>,
        context: &ParserContext<'_>,
    ) -> impl Future<Output = Result<Input>> + Send {
        async { Ok(self.parse(body, context).await?.into()) }
    }
}

/// What a parser is told beside the body: the head of the request, and the limits of the API.
///
/// DRF: `media_type` and `parser_context`.
#[derive(Debug, Clone, Copy)]
pub struct ParserContext<'a> {
    request: &'a Request,
    content_type: &'a Mime,
}

impl<'a> ParserContext<'a> {
    pub(crate) const fn new(request: &'a Request, content_type: &'a Mime) -> Self {
        Self {
            request,
            content_type,
        }
    }

    /// The `Content-Type` with the parameters that the client sent.
    #[must_use]
    pub const fn content_type(&self) -> &'a Mime {
        self.content_type
    }

    /// A parameter of the `Content-Type`: the boundary of a multipart body, say.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'a str> {
        Some(self.content_type.get_param(name)?.as_str())
    }

    /// The method of the request.
    #[must_use]
    pub const fn method(&self) -> &'a Method {
        self.request.method()
    }

    /// The URI as the client sent it.
    #[must_use]
    pub fn uri(&self) -> &'a Uri {
        self.request.uri()
    }

    /// The headers of the request.
    #[must_use]
    pub fn headers(&self) -> &'a HeaderMap {
        self.request.headers()
    }

    /// The captures of the path.
    #[must_use]
    pub fn kwargs(&self) -> &'a Kwargs {
        self.request.kwargs()
    }

    /// The most bytes of data, files not among them.
    #[must_use]
    pub fn max_body_size(&self) -> usize {
        self.request.route().view.settings.max_body_size
    }

    /// What a form may contain, where its parser has no limits of its own.
    #[must_use]
    pub fn upload_limits(&self) -> &'a UploadLimits {
        &self.request.route().view.settings.upload_limits
    }

    /// `bytes` as a text in the charset of the `Content-Type`, UTF-8 by default.
    ///
    /// Fails with a 400 when it is not one, or when the charset is unknown.
    pub fn decode<'b>(&self, bytes: &'b [u8]) -> Result<Cow<'b, str>> {
        let encoding = self.encoding()?;
        encoding
            .decode_without_bom_handling_and_without_replacement(bytes)
            .ok_or_else(|| {
                ApiError::parse_error(format!(
                    "The request body is not a text in {}.",
                    encoding.name()
                ))
            })
    }

    /// The charset of the `Content-Type`. DRF: `rest_framework.parsers.get_encoding`.
    pub(crate) fn encoding(&self) -> Result<&'static Encoding> {
        let Some(charset) = self.parameter("charset") else {
            return Ok(UTF_8);
        };
        // Python also knows `latin-1` and `utf_8`.
        let plain = || charset.replace(['-', '_'], "");
        let encoding = Encoding::for_label(charset.as_bytes())
            .or_else(|| Encoding::for_label(plain().as_bytes()));
        encoding.ok_or_else(|| {
            ApiError::parse_error(format!(
                "Unsupported charset \"{charset}\" in request Content-Type header."
            ))
        })
    }
}

pub(crate) trait DynParser: Send + Sync {
    fn media_type(&self) -> &'static str;
    fn parse<'a>(
        &'a self,
        body: RequestBody<'a>,
        context: &'a ParserContext<'a>,
    ) -> BoxFuture<'a, Result<Data>>;
    fn parse_input<'a>(
        &'a self,
        body: RequestBody<'a>,
        context: &'a ParserContext<'a>,
    ) -> BoxFuture<'a, Result<Input>>;
}

impl<P: Parser> DynParser for P {
    fn media_type(&self) -> &'static str {
        Parser::media_type(self)
    }

    fn parse<'a>(
        &'a self,
        body: RequestBody<'a>,
        context: &'a ParserContext<'a>,
    ) -> BoxFuture<'a, Result<Data>> {
        Box::pin(Parser::parse(self, body, context))
    }

    fn parse_input<'a>(
        &'a self,
        body: RequestBody<'a>,
        context: &'a ParserContext<'a>,
    ) -> BoxFuture<'a, Result<Input>> {
        Box::pin(Parser::parse_input(self, body, context))
    }
}

/// The parsers of a view; the first whose media type fits reads the body.
#[derive(Clone)]
pub struct Parsers(PolicyList<dyn DynParser>);

impl Parsers {
    /// No parser: every request with a body is a 415.
    #[must_use]
    pub const fn new() -> Self {
        Self(PolicyList::new())
    }

    /// Those of the API's settings, which take the place of this value when the view is put on a
    /// path; what is added to it comes after them.
    #[must_use]
    pub const fn from_settings() -> Self {
        Self(PolicyList::from_settings())
    }

    pub(crate) fn or_settings(self, settings: &Self) -> Self {
        Self(self.0.or_settings(&settings.0))
    }

    /// Adds a parser, asked after those before it.
    #[must_use]
    pub fn with(self, parser: impl Parser) -> Self {
        Self(self.0.with(Arc::new(parser)))
    }

    /// The media types in order.
    pub fn media_types(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|parser| parser.media_type())
    }

    /// The parser for `content_type` (DRF: `select_parser`).
    pub(crate) fn select(&self, content_type: &Mime) -> Option<&dyn DynParser> {
        self.0
            .iter()
            .map(AsRef::as_ref)
            .find(|parser| matches(parser.media_type(), content_type))
    }
}

fn matches(media_type: &str, content_type: &Mime) -> bool {
    let (main, sub) = media_type.split_once('/').unwrap_or((media_type, "*"));
    (main == "*" || content_type.type_() == main)
        && (sub == "*" || content_type.essence_str() == media_type)
}

impl Default for Parsers {
    fn default() -> Self {
        Self::new()
            .with(JsonParser)
            .with(FormParser)
            .with(MultiPartParser)
    }
}

impl fmt::Debug for Parsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.media_types()).finish()
    }
}

impl<P: Parser> From<P> for Parsers {
    fn from(parser: P) -> Self {
        Self::new().with(parser)
    }
}

/// `application/json`, in UTF-8 unless the `Content-Type` names another charset.
///
/// Nesting is limited to 128 levels. Of duplicate keys the last one counts, as in Python.
/// `NaN` and `Infinity`, which are not JSON, are refused, as DRF does by default (`STRICT_JSON`).
#[derive(Debug, Clone, Copy, Default)]
pub struct JsonParser;

impl Parser for JsonParser {
    fn media_type(&self) -> &'static str {
        "application/json"
    }

    async fn parse(&self, body: RequestBody<'_>, context: &ParserContext<'_>) -> Result<Data> {
        read_json(body, context, |json| {
            serde_json::from_slice(json).map(Data::Json)
        })
        .await
    }

    async fn parse_input(
        &self,
        body: RequestBody<'_>,
        context: &ParserContext<'_>,
    ) -> Result<Input> {
        read_json(body, context, Input::from_slice).await
    }
}

async fn read_json<T>(
    body: RequestBody<'_>,
    context: &ParserContext<'_>,
    read: fn(&[u8]) -> Result<T, serde_json::Error>,
) -> Result<T> {
    let body = body.bytes().await?;
    let parsed = if context.encoding()? == UTF_8 {
        read(&body)
    } else {
        read(context.decode(&body)?.as_bytes())
    };
    parsed.map_err(|error| ApiError::parse_error(format!("JSON parse error - {error}")))
}

/// `application/x-www-form-urlencoded`, with the [limits](UploadLimits) of the settings.
///
/// What is not in the charset of the `Content-Type` is replaced, as in Django.
#[derive(Debug, Clone, Copy, Default)]
pub struct FormParser;

impl Parser for FormParser {
    fn media_type(&self) -> &'static str {
        "application/x-www-form-urlencoded"
    }

    async fn parse(&self, body: RequestBody<'_>, context: &ParserContext<'_>) -> Result<Data> {
        let encoding = context.encoding()?;
        let limits = context.upload_limits();
        let body = body.bytes().await?;
        let mut form = FormData::new();
        let fields = body.split(|byte| *byte == b'&');
        for (count, field) in fields.filter(|field| !field.is_empty()).enumerate() {
            if count >= limits.max_fields {
                return Err(limits.too_many_fields());
            }
            let end = field.iter().position(|byte| *byte == b'=');
            let (name, value) = field.split_at(end.unwrap_or(field.len()));
            let value = urldecoded(value.strip_prefix(b"=").unwrap_or_default(), encoding);
            if value.len() as u64 > limits.max_field_size {
                return Err(ApiError::payload_too_large(limits.max_field_size));
            }
            form.push(urldecoded(name, encoding), value);
        }
        Ok(Data::Form(form))
    }
}

fn urldecoded(text: &[u8], encoding: &'static Encoding) -> String {
    let spaced: Vec<u8> = text
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    let bytes = percent_encoding::percent_decode(&spaced).collect::<Vec<_>>();
    encoding.decode_without_bom_handling(&bytes).0.into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn selected(content_type: &str) -> Option<&'static str> {
        Parsers::default()
            .select(&content_type.parse().unwrap())
            .map(|parser| parser.media_type())
    }

    #[test]
    fn the_parser_is_selected_by_essence() {
        assert_eq!(
            selected("application/json; charset=utf-8"),
            Some("application/json")
        );
        assert_eq!(
            selected("multipart/form-data; boundary=x"),
            Some("multipart/form-data")
        );
        assert_eq!(selected("text/plain"), None);
    }
}

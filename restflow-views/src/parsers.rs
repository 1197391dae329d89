//! From the body to data.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use futures_util::{future::BoxFuture, stream};
use mime::Mime;
use restflow_exceptions::{ApiError, Result};
use restflow_serializers::FormData;

use crate::{Data, policies::PolicyList};

/// Reads bodies of one media type.
///
/// The bytes are complete and within the limit of the settings. DRF:
/// `rest_framework.parsers.BaseParser`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a parser",
    note = "implement `Parser`: `media_type` and `parse`"
)]
pub trait Parser: Send + Sync + 'static {
    /// The media type that it reads, without parameters; `*/*` reads anything.
    fn media_type(&self) -> &'static str;

    /// The data of `body`, or [`ApiError::parse_error`]. `content_type` has the parameters that
    /// the client sent, the boundary of a multipart body, say.
    fn parse(&self, body: Bytes, content_type: &Mime) -> impl Future<Output = Result<Data>> + Send;
}

pub(crate) trait DynParser: Send + Sync {
    fn media_type(&self) -> &'static str;
    fn parse<'a>(&'a self, body: Bytes, content_type: &'a Mime) -> BoxFuture<'a, Result<Data>>;
}

impl<P: Parser> DynParser for P {
    fn media_type(&self) -> &'static str {
        Parser::media_type(self)
    }

    fn parse<'a>(&'a self, body: Bytes, content_type: &'a Mime) -> BoxFuture<'a, Result<Data>> {
        Box::pin(Parser::parse(self, body, content_type))
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

/// `application/json`. Numbers keep their digits, nesting is limited to 128 levels, duplicate
/// keys count once (the last).
#[derive(Debug, Clone, Copy, Default)]
pub struct JsonParser;

impl Parser for JsonParser {
    fn media_type(&self) -> &'static str {
        "application/json"
    }

    async fn parse(&self, body: Bytes, _content_type: &Mime) -> Result<Data> {
        serde_json::from_slice(&body)
            .map(Data::Json)
            .map_err(|error| ApiError::parse_error(format!("JSON parse error - {error}")))
    }
}

/// `application/x-www-form-urlencoded`, at most 1,000 fields (Django:
/// `DATA_UPLOAD_MAX_NUMBER_FIELDS`).
#[derive(Debug, Clone, Copy, Default)]
pub struct FormParser;

/// Django's `DATA_UPLOAD_MAX_NUMBER_FIELDS`, also for the parts of a multipart body.
const MAX_FIELDS: usize = 1000;

fn too_many_fields() -> ApiError {
    ApiError::parse_error(format!("Form parse error - more than {MAX_FIELDS} fields"))
}

impl Parser for FormParser {
    fn media_type(&self) -> &'static str {
        "application/x-www-form-urlencoded"
    }

    async fn parse(&self, body: Bytes, _content_type: &Mime) -> Result<Data> {
        let mut form = FormData::new();
        for (count, (name, value)) in form_urlencoded::parse(&body).enumerate() {
            if count >= MAX_FIELDS {
                return Err(too_many_fields());
            }
            form.push(name, value);
        }
        Ok(Data::Form(form))
    }
}

/// `multipart/form-data`. Text parts become fields; parts with a file name are read as files.
#[derive(Debug, Clone, Copy, Default)]
pub struct MultiPartParser;

impl Parser for MultiPartParser {
    fn media_type(&self) -> &'static str {
        "multipart/form-data"
    }

    async fn parse(&self, body: Bytes, content_type: &Mime) -> Result<Data> {
        let broken = |error: multer::Error| {
            ApiError::parse_error(format!("Multipart form parse error - {error}"))
        };
        let boundary = multer::parse_boundary(content_type.as_ref()).map_err(broken)?;
        let body = stream::once(async move { Ok::<_, std::convert::Infallible>(body) });
        let mut parts = multer::Multipart::new(body, boundary);
        let mut form = FormData::new();
        let mut count = 0;
        while let Some(part) = parts.next_field().await.map_err(broken)? {
            count += 1;
            if count > MAX_FIELDS {
                return Err(too_many_fields());
            }
            let Some(name) = part.name().map(str::to_owned) else {
                continue;
            };
            match part.file_name().map(str::to_owned) {
                None => form.push(name, part.text().await.map_err(broken)?),
                Some(file_name) => {
                    let content_type = part.content_type().map(ToString::to_string);
                    let content = part.bytes().await.map_err(broken)?;
                    form.push_file(name, file_name, content_type, content);
                }
            }
        }
        Ok(Data::Form(form))
    }
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

use std::fmt::Write;

use http::{HeaderName, HeaderValue, header};
use restflow_exceptions::Result;
use restflow_fields::{FieldInfo, FieldKind, Parameter};
use sea_orm::{ColumnType, DbBackend};
use serde_json::Value;

use crate::pagination::{Page, Pagination};
use crate::{EndLinks, Envelope, PageQuery, PageRequest};

/// A paginator whose pages have a `Link` header (RFC 8288), made by
/// [`Pagination::link_header`].
///
/// The relations are `first`, `prev`, `next` and `last`, in this order, each
/// where there is such a page and the paginator knows it: the links of the
/// body's `next` and `previous`, and what [`Pagination::end_links`] adds.
/// `last` is left out where the [`Count`](crate::Count) is not exact.
///
/// ```text
/// Link: <https://example.org/products/>; rel="first", <https://example.org/products/?page=3>; rel="next"
/// ```
///
/// Scripts of other origins read the headers only where CORS exposes them
/// (`Access-Control-Expose-Headers: Link, X-Total-Count`).
#[derive(Debug, Clone)]
pub struct LinkHeader<P> {
    pagination: P,
    is_bare: bool,
}

/// The number of results on all pages, where the body has no place for it.
const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

impl<P: Pagination> LinkHeader<P> {
    pub(crate) const fn new(pagination: P) -> Self {
        Self {
            pagination,
            is_bare: false,
        }
    }

    /// Makes the body the bare list of results: what stood around them is in
    /// the headers only, the links in `Link` and the field `count` in
    /// `X-Total-Count`, which is absent where the count is `null` or not
    /// [exact](Envelope::exact_count).
    #[must_use]
    pub const fn bare_list(mut self) -> Self {
        self.is_bare = true;
        self
    }

    fn links(&self, request: &PageRequest<'_>, envelope: &Envelope) -> Option<HeaderValue> {
        let EndLinks { first, last } = self.pagination.end_links(request, envelope);
        let field = |name| envelope.get(name).and_then(Value::as_str);
        let relations = [
            ("first", first.as_deref()),
            ("prev", field("previous")),
            ("next", field("next")),
            ("last", last.as_deref()),
        ];
        let mut value = String::new();
        for (relation, url) in relations {
            let Some(url) = url else { continue };
            if !value.is_empty() {
                value.push_str(", ");
            }
            value.push('<');
            push_uri(&mut value, url);
            // Writing to a string cannot fail.
            let _ = write!(value, ">; rel=\"{relation}\"");
        }
        HeaderValue::try_from(value)
            .ok()
            .filter(|value| !value.is_empty())
    }
}

/// Appends a URL, percent-encoding what no URL contains, so that it ends where
/// it should.
fn push_uri(out: &mut String, url: &str) {
    for byte in url.bytes() {
        if byte.is_ascii_graphic() && !b"<>\"\\^`{|}".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

impl<P: Pagination> Pagination for LinkHeader<P> {
    async fn paginate(&self, query: PageQuery<'_>, request: &PageRequest<'_>) -> Result<Page> {
        let Page { rows, envelope } = self.pagination.paginate(query, request).await?;
        // Without an envelope these are all rows, and no page.
        if envelope.is_bare() {
            return Ok(Page { rows, envelope });
        }
        let links = self.links(request, &envelope);
        let total = envelope.exact_count().filter(|_| self.is_bare);
        let mut envelope = if self.is_bare {
            envelope.into_bare()
        } else {
            envelope
        };
        if let Some(links) = links {
            envelope = envelope.header(header::LINK, links);
        }
        if let Some(total) = total {
            envelope = envelope.header(TOTAL, total.into());
        }
        Ok(Page { rows, envelope })
    }

    fn parameters(&self) -> Vec<Parameter> {
        self.pagination.parameters()
    }

    fn envelope_schema(&self) -> Vec<FieldInfo> {
        if self.is_bare {
            Vec::new()
        } else {
            self.pagination.envelope_schema()
        }
    }

    fn is_on_demand(&self) -> bool {
        !self.is_bare && self.pagination.is_on_demand()
    }

    fn refuses_parameters(&self) -> bool {
        self.pagination.refuses_parameters()
    }

    fn end_links(&self, request: &PageRequest<'_>, envelope: &Envelope) -> EndLinks {
        self.pagination.end_links(request, envelope)
    }

    fn response_headers(&self) -> Vec<Parameter> {
        let mut headers = self.pagination.response_headers();
        let text = FieldInfo::new(FieldKind::String);
        headers.push(
            Parameter::new("Link", text)
                .description("The first, previous, next and last page (RFC 8288)."),
        );
        let fields = self.pagination.envelope_schema();
        if self.is_bare && fields.iter().any(|field| field.name == "count") {
            let number = FieldInfo::new(FieldKind::Integer);
            headers.push(
                Parameter::new("X-Total-Count", number)
                    .description("The number of results on all pages, where it is known."),
            );
        }
        headers
    }

    fn pages_by_columns(&self) -> bool {
        self.pagination.pages_by_columns()
    }

    fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        self.pagination.misconfigured(backend)
    }

    fn cannot_follow(&self, column: &str, kind: &ColumnType, backend: DbBackend) -> Option<String> {
        self.pagination.cannot_follow(column, kind, backend)
    }
}

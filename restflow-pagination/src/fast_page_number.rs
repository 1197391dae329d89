use std::borrow::Cow;

use restflow_exceptions::Result;
use restflow_fields::{FieldInfo, Parameter};

use crate::number::parse_integer;
use crate::page_number::{PageNumbers, invalid_page};
use crate::pagination::{Page, Pagination};
use crate::schema;
use crate::{Count, Counter, EndLinks, Envelope, PageQuery, PageRequest};

/// Pages by number without a total: `?page=4`, counted from 1, and no
/// `COUNT(*)`.
///
/// drf-restflow: `restflow.pagination.FastPageNumberPagination`. One query
/// fetches one row more than the page shows, which tells whether there is a
/// next page. An empty first page is fine, any other empty page is 404
/// "Invalid page.".
#[derive(Debug, Clone)]
pub struct FastPageNumberPagination {
    pages: PageNumbers,
    /// Counts nothing.
    counter: Counter,
}

impl FastPageNumberPagination {
    /// Pages of `page_size` rows, asked for with `page`; the client cannot
    /// change the size.
    ///
    /// # Panics
    /// When `page_size` is 0.
    #[must_use]
    pub fn new(page_size: u64) -> Self {
        Self {
            pages: PageNumbers::new(page_size),
            counter: Counter::new(Count::None),
        }
    }

    /// Renames the parameter of the page number; default `page`.
    #[must_use]
    pub fn page_query_param(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.pages.page_query_param = name.into();
        self
    }

    /// Lets the client choose the page size with this parameter, up to
    /// [`max_page_size`](Self::max_page_size). A size that is not a positive
    /// number is ignored.
    #[must_use]
    pub fn page_size_query_param(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.pages.page_size_query_param = Some(name.into());
        self
    }

    /// The most rows that a client may ask for; default
    /// [`DEFAULT_MAX_PAGE_SIZE`](crate::DEFAULT_MAX_PAGE_SIZE). More is cut
    /// off, not refused.
    ///
    /// # Panics
    /// When it is 0.
    #[must_use]
    pub fn max_page_size(mut self, maximum: u64) -> Self {
        self.pages.set_maximum(maximum);
        self
    }

    /// The most rows before a page; no limit by default. A page behind it is
    /// 404 "Invalid page.", as if the list ended there, and no link leads to it.
    ///
    /// The database walks over all rows before a page, so that the last pages
    /// of a long list cost as much as reading it.
    #[must_use]
    pub fn max_offset(mut self, rows: u64) -> Self {
        self.pages.max_offset = Some(rows);
        self
    }

    fn page_number(&self, request: &PageRequest<'_>) -> Result<u64> {
        let Some(text) = request.get(&self.pages.page_query_param) else {
            return Ok(1);
        };
        parse_integer(text)
            .and_then(|number| u64::try_from(number).ok())
            .filter(|number| *number >= 1)
            .ok_or_else(invalid_page)
    }
}

impl Pagination for FastPageNumberPagination {
    async fn paginate(&self, query: PageQuery<'_>, request: &PageRequest<'_>) -> Result<Page> {
        let pages = self.pages.cut(request);
        let number = self.page_number(request)?;
        let found = self.counter.fetch(query, pages.window(number)?).await?;
        if found.rows.is_empty() && number > 1 {
            return Err(invalid_page());
        }
        let has_next = found.has_next && pages.window(number + 1).is_ok();
        let next = has_next.then(|| self.pages.link(request, number + 1));
        let previous = (number > 1).then(|| self.pages.link(request, number - 1));
        Ok(Page {
            rows: found.rows,
            envelope: Envelope::new()
                .results("results")
                .field("next", next)
                .field("previous", previous),
        })
    }

    fn parameters(&self) -> Vec<Parameter> {
        self.pages.parameters()
    }

    fn envelope_schema(&self) -> Vec<FieldInfo> {
        vec![schema::link("next"), schema::link("previous")]
    }

    fn end_links(&self, request: &PageRequest<'_>, _envelope: &Envelope) -> EndLinks {
        EndLinks {
            first: Some(self.pages.link(request, 1)),
            last: None,
        }
    }
}

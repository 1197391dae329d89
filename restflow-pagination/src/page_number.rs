use std::borrow::Cow;

use restflow_exceptions::{ApiError, Result};
use restflow_fields::{FieldInfo, Parameter};
use sea_orm::DbBackend;

use crate::count::{Counted, CountedRows};
use crate::number::{parse_integer, parse_size};
use crate::pagination::{Page, Pagination};
use crate::schema;
use crate::{
    Count, Counter, DEFAULT_MAX_PAGE_SIZE, EndLinks, Envelope, PageQuery, PageRequest, Window,
};

/// Pages by number, with a total: `?page=4`, counted from 1.
///
/// DRF: `rest_framework.pagination.PageNumberPagination`. One query fetches
/// the page and the total ([`PageQuery::fetch_counted`]); the word for the last
/// page takes two. A page that does not exist is 404 "Invalid page."; an empty
/// list has every page, as in drf-restflow. How the total is found out, and
/// whether, is [`count`](Self::count).
///
/// ```
/// use restflow_pagination::PageNumberPagination;
///
/// let paginator = PageNumberPagination::new(10)
///     .page_size_query_param("page_size")
///     .max_page_size(50);
/// # let _ = paginator;
/// ```
#[derive(Debug, Clone)]
pub struct PageNumberPagination {
    pages: PageNumbers,
    last_page_strings: Vec<Cow<'static, str>>,
    counter: Counter,
}

impl PageNumberPagination {
    /// Pages of `page_size` rows, asked for with `page`; the word `last` means
    /// the last page, and the client cannot change the size.
    ///
    /// # Panics
    /// When `page_size` is 0.
    #[must_use]
    pub fn new(page_size: u64) -> Self {
        Self {
            pages: PageNumbers::new(page_size),
            last_page_strings: vec!["last".into()],
            counter: Counter::default(),
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
    /// [`DEFAULT_MAX_PAGE_SIZE`]. More is cut off, not refused.
    ///
    /// # Panics
    /// When it is 0.
    #[must_use]
    pub fn max_page_size(mut self, maximum: u64) -> Self {
        self.pages.set_maximum(maximum);
        self
    }

    /// How the number of rows is found out; default [`Count::Exact`]. See
    /// [`Count`] for what each strategy changes in the body.
    ///
    /// # Panics
    /// When it is [`Count::Capped`] with 0.
    #[must_use]
    pub fn count(mut self, strategy: Count) -> Self {
        self.counter = Counter::new(strategy);
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

    /// The words that mean the last page; default `last`.
    ///
    /// Where the [`count`](Self::count) does not tell which one it is, they are
    /// a 404.
    #[must_use]
    pub fn last_page_strings<S: Into<Cow<'static, str>>>(
        mut self,
        words: impl IntoIterator<Item = S>,
    ) -> Self {
        self.last_page_strings = words.into_iter().map(Into::into).collect();
        self
    }

    /// The page that the request asks for; 404 for what is no number from 1.
    fn asked(&self, request: &PageRequest<'_>) -> Result<Asked> {
        // DRF: `request.query_params.get(…) or 1`.
        let text = match request.get(&self.pages.page_query_param) {
            None | Some("") => return Ok(Asked::Number(1)),
            Some(text) => text,
        };
        if self.last_page_strings.iter().any(|word| word == text) {
            return Ok(Asked::Last);
        }
        let number = parse_integer(text).filter(|number| *number >= 1);
        // A number beyond every page is a page that does not exist.
        let number = number.and_then(|number| u64::try_from(number).ok());
        number.map(Asked::Number).ok_or_else(invalid_page)
    }
}

/// The page that a client asks for.
enum Asked {
    /// Counted from 1.
    Number(u64),
    Last,
}

impl Pagination for PageNumberPagination {
    async fn paginate(&self, query: PageQuery<'_>, request: &PageRequest<'_>) -> Result<Page> {
        let pages = self.pages.cut(request);
        let (number, found) = match self.asked(request)? {
            Asked::Number(number) => {
                let found = self.counter.fetch(query, pages.window(number)?).await?;
                let is_empty_list = found.count == Some(Counted::exact(0));
                let has_any_page = is_empty_list && self.counter.strategy() == Count::Exact;
                if found.rows.is_empty() && number > 1 && !has_any_page {
                    return Err(invalid_page());
                }
                (number, found)
            }
            Asked::Last => {
                let count = self.counter.count_to_the_end(&query).await?;
                let count = count.ok_or_else(unknown_last_page)?;
                let number = pages.last(count);
                let found = CountedRows {
                    rows: query.fetch(pages.window(number)?).await?,
                    has_next: false,
                    count: Some(Counted::exact(count)),
                };
                (number, found)
            }
        };
        let has_next = found.has_next && pages.window(number + 1).is_ok();
        let next = has_next.then(|| self.pages.link(request, number + 1));
        let previous = (number > 1).then(|| self.pages.link(request, number - 1));
        Ok(Page {
            rows: found.rows,
            envelope: self
                .counter
                .envelope(Envelope::new(), found.count)
                .field("next", next)
                .field("previous", previous)
                .results("results"),
        })
    }

    fn parameters(&self) -> Vec<Parameter> {
        let mut parameters = self.pages.parameters();
        if let (Some(page), Some(word)) = (parameters.first_mut(), self.last_page_strings.first()) {
            let description =
                format!("A page number within the paginated result set, or `{word}` for the last.");
            *page = page.clone().description(description);
        }
        parameters
    }

    fn envelope_schema(&self) -> Vec<FieldInfo> {
        let mut fields = self.counter.schema();
        fields.extend([schema::link("next"), schema::link("previous")]);
        fields
    }

    fn end_links(&self, request: &PageRequest<'_>, envelope: &Envelope) -> EndLinks {
        let pages = self.pages.cut(request);
        let last = envelope.exact_count().map(|count| pages.last(count));
        let last = last.filter(|number| pages.window(*number).is_ok());
        EndLinks {
            first: Some(self.pages.link(request, 1)),
            last: last.map(|number| self.pages.link(request, number)),
        }
    }

    fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        self.counter.misconfigured(backend)
    }
}

/// What both page number paginators have in common.
#[derive(Debug, Clone)]
pub(crate) struct PageNumbers {
    pub(crate) page_size: u64,
    pub(crate) page_query_param: Cow<'static, str>,
    pub(crate) page_size_query_param: Option<Cow<'static, str>>,
    pub(crate) max_page_size: u64,
    pub(crate) max_offset: Option<u64>,
}

/// A list cut into pages of one size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut {
    pub(crate) page_size: u64,
    max_offset: Option<u64>,
}

impl Cut {
    /// The rows of a page; 404 for one behind every list, or behind the rows
    /// that may be skipped.
    pub(crate) fn window(self, number: u64) -> Result<Window> {
        let offset = number.checked_sub(1);
        offset
            .and_then(|pages| pages.checked_mul(self.page_size))
            // Databases count rows in signed integers.
            .filter(|offset| i64::try_from(*offset).is_ok())
            .filter(|offset| self.max_offset.is_none_or(|most| *offset <= most))
            .map(|offset| Window::new(offset, self.page_size))
            .ok_or_else(invalid_page)
    }

    /// The number of the last page of a list.
    const fn last(self, count: u64) -> u64 {
        let pages = count.div_ceil(self.page_size);
        if pages == 0 { 1 } else { pages }
    }
}

impl PageNumbers {
    pub(crate) fn new(page_size: u64) -> Self {
        assert!(page_size > 0, "page_size is 0; a page has at least one row");
        Self {
            page_size,
            page_query_param: "page".into(),
            page_size_query_param: None,
            max_page_size: DEFAULT_MAX_PAGE_SIZE,
            max_offset: None,
        }
    }

    pub(crate) fn set_maximum(&mut self, maximum: u64) {
        assert!(
            maximum > 0,
            "max_page_size is 0; a page has at least one row"
        );
        self.max_page_size = maximum;
    }

    pub(crate) fn page_size(&self, request: &PageRequest<'_>) -> u64 {
        self.page_size_query_param
            .as_ref()
            .and_then(|name| parse_size(request.get(name), self.max_page_size))
            .unwrap_or(self.page_size)
    }

    pub(crate) fn cut(&self, request: &PageRequest<'_>) -> Cut {
        Cut {
            page_size: self.page_size(request),
            max_offset: self.max_offset,
        }
    }

    /// The link to a page; the first page is the URL without the parameter.
    pub(crate) fn link(&self, request: &PageRequest<'_>, number: u64) -> String {
        if number == 1 {
            request.remove_query_param(&self.page_query_param)
        } else {
            request.replace_query_param(&self.page_query_param, &number.to_string())
        }
    }

    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        let mut parameters = vec![schema::integer_parameter(
            self.page_query_param.clone(),
            "A page number within the paginated result set.",
            None,
        )];
        parameters.extend(
            self.page_size_query_param
                .as_ref()
                .map(|name| schema::size_parameter(name.clone(), self.max_page_size)),
        );
        parameters
    }
}

/// 404 "Invalid page."
pub(crate) fn invalid_page() -> ApiError {
    ApiError::not_found().with_detail("Invalid page.")
}

/// 404 for the word that means the last page, where nobody knows which one it is.
fn unknown_last_page() -> ApiError {
    let detail = "Invalid page. The number of the last page is not known.";
    ApiError::not_found().with_detail(detail)
}

use std::borrow::Cow;

use restflow_exceptions::{ApiError, Result};
use restflow_fields::{FieldInfo, Parameter};

use crate::number::{parse_integer, parse_size};
use crate::pagination::{Page, Pagination};
use crate::schema;
use crate::{DEFAULT_MAX_PAGE_SIZE, Envelope, PageQuery, PageRequest, Window};

/// Pages by number, with a total: `?page=4`, counted from 1.
///
/// DRF: `rest_framework.pagination.PageNumberPagination`. One query fetches
/// the page and the total ([`PageQuery::fetch_counted`]); the word for the last
/// page takes two. A page that does not exist is 404 "Invalid page."; an empty
/// list has every page, as in drf-restflow.
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

    /// The words that mean the last page; default `last`.
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
        let page_size = self.pages.page_size(request);
        let window = |number: u64| Window::new((number - 1).saturating_mul(page_size), page_size);
        let pages = |count: u64| count.div_ceil(page_size).max(1);
        let (number, rows, count) = match self.asked(request)? {
            Asked::Number(number) => {
                let (rows, count) = query.fetch_counted(window(number)).await?;
                if count > 0 && number > pages(count) {
                    return Err(invalid_page());
                }
                (number, rows, count)
            }
            Asked::Last => {
                let count = query.count().await?;
                let number = pages(count);
                (number, query.fetch(window(number)).await?, count)
            }
        };
        let next = (number < pages(count)).then(|| self.pages.link(request, number + 1));
        let previous = (number > 1).then(|| self.pages.link(request, number - 1));
        Ok(Page {
            rows,
            envelope: Envelope::new()
                .field("count", count)
                .field("next", next)
                .field("previous", previous)
                .results("results"),
        })
    }

    fn parameters(&self) -> Vec<Parameter> {
        self.pages.parameters()
    }

    fn envelope_schema(&self) -> Vec<FieldInfo> {
        vec![
            schema::count(),
            schema::link("next"),
            schema::link("previous"),
        ]
    }
}

/// What both page number paginators have in common.
#[derive(Debug, Clone)]
pub(crate) struct PageNumbers {
    pub(crate) page_size: u64,
    pub(crate) page_query_param: Cow<'static, str>,
    pub(crate) page_size_query_param: Option<Cow<'static, str>>,
    pub(crate) max_page_size: u64,
}

impl PageNumbers {
    pub(crate) fn new(page_size: u64) -> Self {
        assert!(page_size > 0, "page_size is 0; a page has at least one row");
        Self {
            page_size,
            page_query_param: "page".into(),
            page_size_query_param: None,
            max_page_size: DEFAULT_MAX_PAGE_SIZE,
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
        parameters.extend(self.page_size_query_param.as_ref().map(|name| {
            schema::integer_parameter(
                name.clone(),
                "Number of results to return per page.",
                Some(self.max_page_size),
            )
        }));
        parameters
    }
}

/// 404 "Invalid page."
pub(crate) fn invalid_page() -> ApiError {
    ApiError::not_found().with_detail("Invalid page.")
}

use std::borrow::Cow;

use restflow_exceptions::Result;
use restflow_fields::{FieldInfo, Parameter};

use crate::number::{parse_integer, parse_size};
use crate::pagination::{Page, Pagination};
use crate::schema;
use crate::{DEFAULT_MAX_PAGE_SIZE, Envelope, PageQuery, PageRequest, Window};

/// A window into the list: `?limit=10&offset=30`, with a total.
///
/// DRF: `rest_framework.pagination.LimitOffsetPagination`. Values that are
/// not numbers are ignored, an offset behind the end gives an empty page.
#[derive(Debug, Clone)]
pub struct LimitOffsetPagination {
    default_limit: Option<u64>,
    max_limit: u64,
    limit_query_param: Cow<'static, str>,
    offset_query_param: Cow<'static, str>,
}

impl LimitOffsetPagination {
    /// Windows of `default_limit` rows unless the client asks for another
    /// number.
    ///
    /// # Panics
    /// When `default_limit` is 0.
    #[must_use]
    pub fn new(default_limit: u64) -> Self {
        assert!(
            default_limit > 0,
            "default_limit is 0; a page has at least one row"
        );
        Self {
            default_limit: Some(default_limit),
            ..Self::on_demand()
        }
    }

    /// Paginates only when the client sends `limit`; without it the body is
    /// the bare list of all rows (DRF: `default_limit = None`).
    ///
    /// Only for lists that are short by nature: nothing bounds the bare list.
    #[must_use]
    pub fn on_demand() -> Self {
        Self {
            default_limit: None,
            max_limit: DEFAULT_MAX_PAGE_SIZE,
            limit_query_param: "limit".into(),
            offset_query_param: "offset".into(),
        }
    }

    /// The most rows that a client may ask for; default
    /// [`DEFAULT_MAX_PAGE_SIZE`]. More is cut off, not refused.
    ///
    /// # Panics
    /// When it is 0.
    #[must_use]
    pub fn max_limit(mut self, maximum: u64) -> Self {
        assert!(maximum > 0, "max_limit is 0; a page has at least one row");
        self.max_limit = maximum;
        self
    }

    /// Renames the parameter of the limit; default `limit`.
    #[must_use]
    pub fn limit_query_param(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.limit_query_param = name.into();
        self
    }

    /// Renames the parameter of the offset; default `offset`.
    #[must_use]
    pub fn offset_query_param(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.offset_query_param = name.into();
        self
    }

    fn limit(&self, request: &PageRequest<'_>) -> Option<u64> {
        parse_size(request.get(&self.limit_query_param), self.max_limit).or(self.default_limit)
    }

    fn offset(&self, request: &PageRequest<'_>) -> i128 {
        request
            .get(&self.offset_query_param)
            .and_then(parse_integer)
            .filter(|offset| *offset >= 0)
            .unwrap_or_default()
    }

    fn next(
        &self,
        request: &PageRequest<'_>,
        limit: u64,
        offset: i128,
        count: u64,
    ) -> Option<String> {
        let next = offset.saturating_add(i128::from(limit));
        (next < i128::from(count)).then(|| self.link(request, limit, Some(next)))
    }

    fn previous(&self, request: &PageRequest<'_>, limit: u64, offset: i128) -> Option<String> {
        let previous = Some(offset - i128::from(limit)).filter(|offset| *offset > 0);
        (offset > 0).then(|| self.link(request, limit, previous))
    }

    fn link(&self, request: &PageRequest<'_>, limit: u64, offset: Option<i128>) -> String {
        let limit = limit.to_string();
        let offset = offset.map(|offset| offset.to_string());
        request.link(&[
            (&self.limit_query_param, Some(&limit)),
            (&self.offset_query_param, offset.as_deref()),
        ])
    }
}

impl Pagination for LimitOffsetPagination {
    async fn paginate(&self, query: PageQuery<'_>, request: &PageRequest<'_>) -> Result<Page> {
        let Some(limit) = self.limit(request) else {
            return Ok(Page {
                rows: query.fetch(Window::ALL).await?,
                envelope: Envelope::new(),
            });
        };
        let offset = self.offset(request);
        let (rows, count) = match u64::try_from(offset) {
            Ok(offset) => query.fetch_counted(Window::new(offset, limit)).await?,
            // No list is as long as this.
            Err(_) => (Vec::new(), query.count().await?),
        };
        Ok(Page {
            rows,
            envelope: Envelope::new()
                .field("count", count)
                .field("next", self.next(request, limit, offset, count))
                .field("previous", self.previous(request, limit, offset))
                .results("results"),
        })
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![
            schema::integer_parameter(
                self.limit_query_param.clone(),
                "Number of results to return per page.",
                Some(self.max_limit),
            ),
            schema::integer_parameter(
                self.offset_query_param.clone(),
                "The initial index from which to return the results.",
                None,
            ),
        ]
    }

    fn envelope_schema(&self) -> Vec<FieldInfo> {
        vec![
            schema::count(),
            schema::link("next"),
            schema::link("previous"),
        ]
    }

    fn is_on_demand(&self) -> bool {
        self.default_limit.is_none()
    }
}

use std::borrow::Cow;

use restflow_exceptions::{ApiError, ErrorDetail, Result};
use restflow_fields::{FieldInfo, Parameter};
use sea_orm::DbBackend;

use crate::number::{parse_integer, parse_size};
use crate::pagination::{Page, Pagination};
use crate::schema;
use crate::{
    Count, Counter, DEFAULT_MAX_PAGE_SIZE, EndLinks, Envelope, PageQuery, PageRequest, Window,
};

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
    max_offset: Option<u64>,
    counter: Counter,
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
            max_offset: None,
            counter: Counter::default(),
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

    /// The largest offset; no limit by default. A larger one is 400 with
    /// "Ensure this value is less than or equal to …." at the parameter, and no
    /// link leads to it.
    ///
    /// A page that may not be asked for does not exist and is 404, but each
    /// offset names a window, which is empty behind the end of the list (DRF):
    /// refusing it is about the value, so the answer is DRF's for a value that
    /// is too large.
    ///
    /// The database walks over all rows before a window, so that the last ones
    /// of a long list cost as much as reading it.
    #[must_use]
    pub fn max_offset(mut self, rows: u64) -> Self {
        self.max_offset = Some(rows);
        self
    }

    fn limit(&self, request: &PageRequest<'_>) -> Option<u64> {
        parse_size(request.get(&self.limit_query_param), self.max_limit).or(self.default_limit)
    }

    fn offset(&self, request: &PageRequest<'_>) -> Result<i128> {
        let offset = request
            .get(&self.offset_query_param)
            .and_then(parse_integer)
            .filter(|offset| *offset >= 0)
            .unwrap_or_default();
        match self.max_offset {
            Some(most) if offset > i128::from(most) => {
                let message = format!("Ensure this value is less than or equal to {most}.");
                let name = self.offset_query_param.clone();
                Err(ApiError::validation(ErrorDetail::field(name, message)))
            }
            _ => Ok(offset),
        }
    }

    fn next(&self, request: &PageRequest<'_>, limit: u64, offset: i128) -> Option<String> {
        let next = offset.saturating_add(i128::from(limit));
        let is_allowed = self.max_offset.is_none_or(|most| next <= i128::from(most));
        is_allowed.then(|| self.link(request, limit, Some(next)))
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
        let offset = self.offset(request)?;
        // No list is as long as what the databases' signed integers cannot count.
        let most = i64::MAX.unsigned_abs();
        let start = u64::try_from(offset).map_or(most, |offset| offset.min(most));
        let found = self.counter.fetch(query, Window::new(start, limit)).await?;
        let next = found.has_next.then(|| self.next(request, limit, offset));
        Ok(Page {
            rows: found.rows,
            envelope: self
                .counter
                .envelope(Envelope::new(), found.count)
                .field("next", next.flatten())
                .field("previous", self.previous(request, limit, offset))
                .results("results"),
        })
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![
            schema::size_parameter(self.limit_query_param.clone(), self.max_limit),
            schema::integer_parameter(
                self.offset_query_param.clone(),
                "The initial index from which to return the results.",
                self.max_offset,
            ),
        ]
    }

    fn envelope_schema(&self) -> Vec<FieldInfo> {
        let mut fields = self.counter.schema();
        fields.extend([schema::link("next"), schema::link("previous")]);
        fields
    }

    fn end_links(&self, request: &PageRequest<'_>, envelope: &Envelope) -> EndLinks {
        let Some(limit) = self.limit(request) else {
            return EndLinks::default();
        };
        let link = |offset: u64| {
            let offset = Some(i128::from(offset)).filter(|offset| *offset > 0);
            self.link(request, limit, offset)
        };
        let last = envelope.exact_count().map(|count| {
            let before = count.saturating_sub(1);
            before - before % limit
        });
        let last = last.filter(|offset| self.max_offset.is_none_or(|most| *offset <= most));
        EndLinks {
            first: Some(link(0)),
            last: last.map(link),
        }
    }

    fn is_on_demand(&self) -> bool {
        self.default_limit.is_none()
    }

    fn refuses_parameters(&self) -> bool {
        self.max_offset.is_some()
    }

    fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        self.counter.misconfigured(backend)
    }
}

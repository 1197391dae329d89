use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use restflow_exceptions::{ApiError, Result};
use restflow_fields::{FieldInfo, Parameter};
use sea_orm::{ColumnTrait, ColumnType, DbBackend, FromQueryResult, QueryResult};

use crate::query::OrderColumn;
use crate::{
    CursorPagination, Envelope, FastPageNumberPagination, LimitOffsetPagination, LinkHeader,
    PageNumberPagination, PageQuery, PageRequest, Paginated,
};

/// One page of a list: its rows, and what stands around them in the body.
#[derive(Debug)]
pub struct Page {
    /// The rows, with the columns of the query in their order. A paginator
    /// may have appended columns of its own behind them, whose names begin
    /// with `restflow_`.
    pub rows: Vec<QueryResult>,
    /// The fields around the results.
    pub envelope: Envelope,
}

impl Page {
    /// The page with its rows read as `M`, a model or anything else that reads
    /// rows by the names of their columns.
    ///
    /// # Errors
    /// Fails when a row has not the columns of `M`.
    pub fn into_models<M: FromQueryResult>(self) -> Result<Paginated<M>> {
        let read = |row| M::from_query_result(row, "");
        let results = self.rows.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Paginated {
            results,
            envelope: self.envelope,
        })
    }
}

/// The links to the ends of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndLinks {
    /// The link to the first page.
    pub first: Option<String>,
    /// The link to the last page, if it is known which one that is.
    pub last: Option<String>,
}

/// A way to cut a list into pages.
///
/// Implement it for an envelope or a scheme of your own; usually one of the
/// four paginators of this crate is configured instead. A paginator is built
/// once and shared by all requests. Code that blocks goes into `blocking` of
/// `restflow-views`, or `tokio::task::spawn_blocking`, so that it does not hold
/// up other requests.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a paginator",
    note = "use one of `PageNumberPagination`, `FastPageNumberPagination`, `LimitOffsetPagination` and `CursorPagination`, or implement `Pagination`"
)]
pub trait Pagination: Send + Sync + 'static {
    /// Fetches the page that the request asks for.
    ///
    /// # Errors
    /// 404 for a page that does not exist, 500 when the database fails.
    fn paginate(
        &self,
        query: PageQuery<'_>,
        request: &PageRequest<'_>,
    ) -> impl Future<Output = Result<Page>> + Send;

    /// The query parameters that the paginator reads, for the OpenAPI document.
    fn parameters(&self) -> Vec<Parameter>;

    /// The fields around the results, for the OpenAPI document. The results
    /// themselves are described by the serializer. Empty when the body is the
    /// bare list.
    fn envelope_schema(&self) -> Vec<FieldInfo>;

    /// Whether the body may also be the bare list of all rows, for the OpenAPI document. `false`
    /// by default.
    fn is_on_demand(&self) -> bool {
        false
    }

    /// Whether a parameter may be refused with a 400, for the OpenAPI document; what names no page
    /// is 404. `false` by default.
    fn refuses_parameters(&self) -> bool {
        false
    }

    /// The links to the first and the last page, for
    /// [`link_header`](Self::link_header), which takes those to the next and
    /// the previous one from the envelope. None by default.
    fn end_links(&self, _request: &PageRequest<'_>, _envelope: &Envelope) -> EndLinks {
        EndLinks::default()
    }

    /// The headers of the response with a page, for the OpenAPI document. None
    /// by default.
    fn response_headers(&self) -> Vec<Parameter> {
        Vec::new()
    }

    /// Whether the paginator continues a list behind the values of the columns that it is ordered
    /// by; a view whose filters may order by something else does not start. `false` by default.
    fn pages_by_columns(&self) -> bool {
        false
    }

    /// Why the paginator cannot work on a database of this kind, in a sentence
    /// for the developer: a view that has it does not start then. `None`, it
    /// can, by default.
    fn misconfigured(&self, _backend: DbBackend) -> Option<String> {
        None
    }

    /// Why the paginator cannot continue a list that is ordered by a column, in a sentence for the
    /// developer: a view whose filters may order by such a column does not start then. `column` is
    /// its name with that of its table. `None`, it can, by default.
    fn cannot_follow(
        &self,
        _column: &str,
        _kind: &ColumnType,
        _backend: DbBackend,
    ) -> Option<String> {
        None
    }

    /// The same paginator with a `Link` header on its pages (RFC 8288), beside
    /// the body or, with [`bare_list`](LinkHeader::bare_list), instead of what
    /// stands around the results. The last step of the configuration.
    ///
    /// ```
    /// use restflow_pagination::{PageNumberPagination, Pagination};
    ///
    /// let paginator = PageNumberPagination::new(10).link_header();
    /// # let _ = paginator;
    /// ```
    fn link_header(self) -> LinkHeader<Self>
    where
        Self: Sized,
    {
        LinkHeader::new(self)
    }
}

type PageFuture<'a> = Pin<Box<dyn Future<Output = Result<Page>> + Send + 'a>>;

/// The boxed twin of [`Pagination`].
trait ErasedPagination: Send + Sync {
    fn paginate<'a>(&'a self, query: PageQuery<'a>, request: &'a PageRequest<'a>)
    -> PageFuture<'a>;
    fn parameters(&self) -> Vec<Parameter>;
    fn envelope_schema(&self) -> Vec<FieldInfo>;
    fn is_on_demand(&self) -> bool;
    fn refuses_parameters(&self) -> bool;
    fn response_headers(&self) -> Vec<Parameter>;
    fn pages_by_columns(&self) -> bool;
    fn misconfigured(&self, backend: DbBackend) -> Option<String>;
    fn cannot_follow(&self, column: &str, kind: &ColumnType, backend: DbBackend) -> Option<String>;
    fn type_name(&self) -> &'static str;
}

impl<P: Pagination> ErasedPagination for P {
    fn paginate<'a>(
        &'a self,
        query: PageQuery<'a>,
        request: &'a PageRequest<'a>,
    ) -> PageFuture<'a> {
        Box::pin(Pagination::paginate(self, query, request))
    }

    fn parameters(&self) -> Vec<Parameter> {
        Pagination::parameters(self)
    }

    fn envelope_schema(&self) -> Vec<FieldInfo> {
        Pagination::envelope_schema(self)
    }

    fn is_on_demand(&self) -> bool {
        Pagination::is_on_demand(self)
    }

    fn refuses_parameters(&self) -> bool {
        Pagination::refuses_parameters(self)
    }

    fn response_headers(&self) -> Vec<Parameter> {
        Pagination::response_headers(self)
    }

    fn pages_by_columns(&self) -> bool {
        Pagination::pages_by_columns(self)
    }

    fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        Pagination::misconfigured(self, backend)
    }

    fn cannot_follow(&self, column: &str, kind: &ColumnType, backend: DbBackend) -> Option<String> {
        Pagination::cannot_follow(self, column, kind, backend)
    }

    fn type_name(&self) -> &'static str {
        std::any::type_name::<P>()
    }
}

/// Any [`Pagination`] behind one type; cheap to clone.
///
/// Views take an `Option<Paginator>`. The paginators of this crate convert into
/// both; one of your own into `Paginator`, and wherever an `Option` is wanted
/// into `Some(own.into())`.
///
/// ```
/// use restflow_pagination::{PageNumberPagination, Paginator};
///
/// let paginator: Option<Paginator> = PageNumberPagination::new(10).into();
/// assert!(paginator.is_some());
/// ```
#[derive(Clone)]
pub struct Paginator(Source);

#[derive(Clone)]
enum Source {
    Settings,
    Own(Arc<dyn ErasedPagination>),
}

impl Paginator {
    /// That of the API's settings, which takes the place of this value when
    /// the view is put on a path. Alone, in a handler without views, it is a 500
    /// whose log entry says so: no list is answered without a bound by mistake.
    #[must_use]
    pub const fn from_settings() -> Self {
        Self(Source::Settings)
    }

    /// Whether it stands for the paginator of the settings.
    #[must_use]
    pub const fn is_from_settings(&self) -> bool {
        matches!(self.0, Source::Settings)
    }

    fn own(&self) -> Option<&dyn ErasedPagination> {
        match &self.0 {
            Source::Settings => None,
            Source::Own(own) => Some(own.as_ref()),
        }
    }

    /// Fetches the page that the request asks for, as
    /// [`Pagination::paginate`] does.
    ///
    /// # Errors
    /// 404 for a page that does not exist, 500 when the database fails and for
    /// [`from_settings`](Self::from_settings), which pages nothing alone.
    pub async fn paginate(&self, query: PageQuery<'_>, request: &PageRequest<'_>) -> Result<Page> {
        match self.own() {
            Some(own) => own.paginate(query, request).await,
            None => Err(ApiError::internal(
                "`Paginator::from_settings()` stands for the paginator of the settings of an API, \
                 and pages nothing where there are none; give the list a paginator of its own, \
                 such as `PageNumberPagination`",
            )),
        }
    }

    /// The query parameters that the paginator reads.
    #[must_use]
    pub fn parameters(&self) -> Vec<Parameter> {
        self.own().map_or_else(Vec::new, |own| own.parameters())
    }

    /// The fields around the results.
    #[must_use]
    pub fn envelope_schema(&self) -> Vec<FieldInfo> {
        self.own()
            .map_or_else(Vec::new, |own| own.envelope_schema())
    }

    /// Whether the body may also be the bare list of all rows.
    #[must_use]
    pub fn is_on_demand(&self) -> bool {
        self.own().is_some_and(ErasedPagination::is_on_demand)
    }

    /// Whether a parameter may be refused with a 400.
    #[must_use]
    pub fn refuses_parameters(&self) -> bool {
        self.own().is_some_and(ErasedPagination::refuses_parameters)
    }

    /// The headers of the response with a page.
    #[must_use]
    pub fn response_headers(&self) -> Vec<Parameter> {
        self.own()
            .map_or_else(Vec::new, |own| own.response_headers())
    }

    /// The type of the paginator if it continues a list behind the values of columns. Views ask at
    /// the start of the program.
    #[must_use]
    pub fn pages_by_columns(&self) -> Option<&'static str> {
        let own = self.own()?;
        own.pages_by_columns().then(|| own.type_name())
    }

    /// Why the paginator cannot work on a database of this kind, with its type. Views ask at the
    /// start of the program.
    #[must_use]
    pub fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        let own = self.own()?;
        let problem = own.misconfigured(backend)?;
        Some(format!("`{}`: {problem}", own.type_name()))
    }

    /// Why the paginator cannot continue a list that is ordered by `column`, with its type. Views
    /// ask at the start of the program for each column that a filter may order by.
    #[must_use]
    pub fn cannot_follow<C: ColumnTrait>(&self, column: C, backend: DbBackend) -> Option<String> {
        let own = self.own()?;
        let column = OrderColumn::of(column);
        let name = format!("{}.{}", column.table, column.column);
        let problem = own.cannot_follow(&name, &column.kind, backend)?;
        Some(format!("`{}`: {problem}", own.type_name()))
    }
}

impl<P: Pagination> From<P> for Paginator {
    fn from(pagination: P) -> Self {
        Self(Source::Own(Arc::new(pagination)))
    }
}

macro_rules! optional {
    ($($name:ty),+) => {$(
        impl From<$name> for Option<Paginator> {
            fn from(pagination: $name) -> Self {
                Some(pagination.into())
            }
        }
    )+};
}

optional!(
    CursorPagination,
    FastPageNumberPagination,
    LimitOffsetPagination,
    PageNumberPagination
);

impl<P: Pagination> From<LinkHeader<P>> for Option<Paginator> {
    fn from(pagination: LinkHeader<P>) -> Self {
        Some(pagination.into())
    }
}

impl fmt::Debug for Paginator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self
            .own()
            .map_or("from_settings", ErasedPagination::type_name);
        f.debug_tuple("Paginator").field(&name).finish()
    }
}

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use restflow_exceptions::Result;
use restflow_fields::{FieldInfo, Parameter};
use sea_orm::{DbBackend, QueryResult};

use crate::{
    CursorPagination, Envelope, FastPageNumberPagination, LimitOffsetPagination,
    PageNumberPagination, PageQuery, PageRequest,
};

/// One page of a list: its rows, and what stands around them in the body.
#[derive(Debug)]
pub struct Page {
    /// The rows, with the columns of the query in their order. A paginator
    /// may have appended columns of its own behind them.
    pub rows: Vec<QueryResult>,
    /// The fields around the results.
    pub envelope: Envelope,
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

    /// Whether the paginator continues a list behind the values of the columns that it is ordered
    /// by; a view whose filters may order by something else does not start. Default: `false`.
    fn pages_by_columns(&self) -> bool {
        false
    }

    /// Why the paginator cannot work on a database of this kind, for the developer; the program
    /// does not start then. Default: `None`, it works on all of them.
    fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        let _ = backend;
        None
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
    fn pages_by_columns(&self) -> bool;
    fn misconfigured(&self, backend: DbBackend) -> Option<String>;
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

    fn pages_by_columns(&self) -> bool {
        Pagination::pages_by_columns(self)
    }

    fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        Pagination::misconfigured(self, backend)
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
pub struct Paginator(Arc<dyn ErasedPagination>);

impl Paginator {
    /// Fetches the page that the request asks for, as
    /// [`Pagination::paginate`] does.
    ///
    /// # Errors
    /// 404 for a page that does not exist, 500 when the database fails.
    pub async fn paginate(&self, query: PageQuery<'_>, request: &PageRequest<'_>) -> Result<Page> {
        self.0.paginate(query, request).await
    }

    /// The query parameters that the paginator reads.
    #[must_use]
    pub fn parameters(&self) -> Vec<Parameter> {
        self.0.parameters()
    }

    /// The fields around the results.
    #[must_use]
    pub fn envelope_schema(&self) -> Vec<FieldInfo> {
        self.0.envelope_schema()
    }

    /// Whether the body may also be the bare list of all rows.
    #[must_use]
    pub fn is_on_demand(&self) -> bool {
        self.0.is_on_demand()
    }

    /// The type of the paginator if it continues a list behind the values of columns. Views ask at
    /// the start of the program.
    #[must_use]
    pub fn pages_by_columns(&self) -> Option<&'static str> {
        self.0.pages_by_columns().then(|| self.0.type_name())
    }

    /// Why the paginator cannot work on a database of this kind, with its type. Views ask at the
    /// start of the program.
    #[must_use]
    pub fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        let problem = self.0.misconfigured(backend)?;
        Some(format!("`{}`: {problem}", self.0.type_name()))
    }
}

impl<P: Pagination> From<P> for Paginator {
    fn from(pagination: P) -> Self {
        Self(Arc::new(pagination))
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

impl fmt::Debug for Paginator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Paginator")
            .field(&self.0.type_name())
            .finish()
    }
}

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use restflow_exceptions::Result;
use restflow_fields::Parameter;
use sea_orm::sea_query::Order;
use sea_orm::{DbBackend, EntityTrait, Select};

use crate::FilterContext;
use crate::checked::Checked;
use crate::future::BoxFuture;

/// A part of a list's filtering, chosen by query parameters.
///
/// Implement it for rules that apply to many views; a rule of one view is
/// usually a `method` of its [`FilterSet`](crate::FilterSet) or an override of
/// `get_queryset`. A backend is built once and shared by all requests. Code
/// that blocks goes into `blocking` of `restflow-views`, or
/// `tokio::task::spawn_blocking`, so that it does not hold up other requests.
///
/// DRF: `rest_framework.filters.BaseFilterBackend`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a filter backend for `{E}`",
    note = "use `RestflowFilterBackend::<F>::new()` with a filter set of this entity, `SearchFilter`, `OrderingFilter`, or implement `FilterBackend<{E}>`"
)]
pub trait FilterBackend<E: EntityTrait>: Send + Sync + 'static {
    /// Narrows or orders the query as the request asks for.
    ///
    /// # Errors
    /// 400 for values that cannot be understood.
    fn filter_queryset(
        &self,
        select: Select<E>,
        context: &FilterContext<'_>,
    ) -> impl Future<Output = Result<Select<E>>> + Send;

    /// The query parameters that the backend reads, for the OpenAPI document,
    /// and for cursor pagination, whose cursors belong to their values.
    /// Default: none.
    fn parameters(&self) -> Vec<Parameter> {
        Vec::new()
    }

    /// The ordering that the backend gives to the query, for paginators that
    /// must know it (cursor pagination). Default: none.
    ///
    /// DRF: `OrderingFilter.get_ordering`.
    fn ordering(&self, context: &FilterContext<'_>) -> Option<Vec<(E::Column, Order)>> {
        let _ = context;
        None
    }

    /// Whether the backend may order the query by something that
    /// [`ordering`](Self::ordering) does not tell: a column of a related row, an expression, a
    /// place of its own for `NULL`. A list that is paged by cursors cannot follow such an ordering,
    /// so its program does not start. Default: `false`.
    fn orders_by_expressions(&self) -> bool {
        false
    }

    /// Whether this request orders the query by something that [`ordering`](Self::ordering) does
    /// not tell. Asked where a paginator that must know it was chosen for the request, so that no
    /// check at the start could see it. Default: whether
    /// [`orders_by_expressions`](Self::orders_by_expressions) and one of the
    /// [`parameters`](Self::parameters) is there, while `ordering` tells nothing.
    fn ordered_by_expressions(&self, context: &FilterContext<'_>) -> bool {
        self.orders_by_expressions()
            && self.ordering(context).is_none()
            && self
                .parameters()
                .iter()
                .any(|parameter| context.params.get(&parameter.name).is_some())
    }

    /// The columns that [`ordering`](Self::ordering) may tell, for whatever request: cursor
    /// pagination looks at their types when the program starts. Default: none.
    fn ordering_columns(&self) -> Vec<E::Column> {
        Vec::new()
    }

    /// Why the backend cannot work on a database of this kind, for the developer; the program does
    /// not start then. Overridden by backends that use what not every database has. Default:
    /// `None`, it works on all of them.
    fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        let _ = backend;
        None
    }
}

/// The boxed twin of [`FilterBackend`].
trait ErasedBackend<E: EntityTrait>: Send + Sync {
    fn filter_queryset<'a>(
        &'a self,
        select: Select<E>,
        context: &'a FilterContext<'a>,
    ) -> BoxFuture<'a, Select<E>>;
    fn parameters(&self) -> Vec<Parameter>;
    fn ordering(&self, context: &FilterContext<'_>) -> Option<Vec<(E::Column, Order)>>;
    fn orders_by_expressions(&self) -> bool;
    fn ordered_by_expressions(&self, context: &FilterContext<'_>) -> bool;
    fn ordering_columns(&self) -> Vec<E::Column>;
    fn misconfigured(&self, backend: DbBackend) -> Option<String>;
    fn type_name(&self) -> &'static str;
}

impl<E: EntityTrait, B: FilterBackend<E>> ErasedBackend<E> for B {
    fn filter_queryset<'a>(
        &'a self,
        select: Select<E>,
        context: &'a FilterContext<'a>,
    ) -> BoxFuture<'a, Select<E>> {
        Box::pin(FilterBackend::filter_queryset(self, select, context))
    }

    fn parameters(&self) -> Vec<Parameter> {
        FilterBackend::parameters(self)
    }

    fn ordering(&self, context: &FilterContext<'_>) -> Option<Vec<(E::Column, Order)>> {
        FilterBackend::ordering(self, context)
    }

    fn orders_by_expressions(&self) -> bool {
        FilterBackend::orders_by_expressions(self)
    }

    fn ordered_by_expressions(&self, context: &FilterContext<'_>) -> bool {
        FilterBackend::ordered_by_expressions(self, context)
    }

    fn ordering_columns(&self) -> Vec<E::Column> {
        FilterBackend::ordering_columns(self)
    }

    fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        FilterBackend::misconfigured(self, backend)
    }

    fn type_name(&self) -> &'static str {
        std::any::type_name::<B>()
    }
}

/// The filter backends of a list, applied in their order; cheap to clone.
pub struct FilterBackends<E: EntityTrait> {
    backends: Vec<Arc<dyn ErasedBackend<E>>>,
    checked: Arc<Checked>,
}

impl<E: EntityTrait> FilterBackends<E> {
    /// No backends: the list is not filtered.
    #[must_use]
    pub fn new() -> Self {
        Self {
            backends: Vec::new(),
            checked: Arc::default(),
        }
    }

    /// Appends a backend.
    #[must_use]
    pub fn with(mut self, backend: impl FilterBackend<E>) -> Self {
        self.backends.push(Arc::new(backend));
        self.checked = Arc::default();
        self
    }

    /// Whether there are no backends.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.backends.is_empty()
    }

    /// Applies the backends one after the other.
    ///
    /// # Errors
    /// With the first backend that fails; 500 with a text for the log where one cannot work on the
    /// database, see [`misconfigured`](Self::misconfigured).
    pub async fn filter_queryset(
        &self,
        mut select: Select<E>,
        context: &FilterContext<'_>,
    ) -> Result<Select<E>> {
        self.checked
            .check(context.backend(), |database| self.misconfigured(database))?;
        for backend in &self.backends {
            select = backend.filter_queryset(select, context).await?;
        }
        Ok(select)
    }

    /// The query parameters of all backends.
    #[must_use]
    pub fn parameters(&self) -> Vec<Parameter> {
        self.backends
            .iter()
            .flat_map(|backend| backend.parameters())
            .collect()
    }

    /// The ordering of the last backend that has one, for cursor pagination: each backend that
    /// orders replaces what those before it have ordered by.
    #[must_use]
    pub fn ordering(&self, context: &FilterContext<'_>) -> Option<Vec<(E::Column, Order)>> {
        self.backends
            .iter()
            .rev()
            .find_map(|backend| backend.ordering(context))
    }

    /// The type of a backend that may order the list by something else than columns of the
    /// entity, which cursor pagination cannot follow. Views ask at the start of the program.
    #[must_use]
    pub fn orders_by_expressions(&self) -> Option<&'static str> {
        let mut backends = self.backends.iter();
        let backend = backends.find(|backend| backend.orders_by_expressions())?;
        Some(backend.type_name())
    }

    /// The type of the backend whose ordering of this request [`ordering`](Self::ordering) cannot
    /// tell, because it is by something else than columns.
    #[must_use]
    pub fn ordered_by_expressions(&self, context: &FilterContext<'_>) -> Option<&'static str> {
        for backend in self.backends.iter().rev() {
            if backend.ordered_by_expressions(context) {
                return Some(backend.type_name());
            }
            if backend.ordering(context).is_some() {
                return None;
            }
        }
        None
    }

    /// The columns of the entity that the backends may order by, each with the type of its backend.
    /// Views ask at the start of the program.
    #[must_use]
    pub fn ordering_columns(&self) -> Vec<(&'static str, E::Column)> {
        let of = |backend: &Arc<dyn ErasedBackend<E>>| {
            let name = backend.type_name();
            let columns = backend.ordering_columns().into_iter();
            columns.map(move |column| (name, column))
        };
        self.backends.iter().flat_map(of).collect()
    }

    /// Why a backend cannot work on a database of this kind, with its type; `None` if all can.
    /// Views ask at the start of the program.
    #[must_use]
    pub fn misconfigured(&self, database: DbBackend) -> Option<String> {
        self.backends.iter().find_map(|backend| {
            let problem = backend.misconfigured(database)?;
            Some(format!("`{}`: {problem}", backend.type_name()))
        })
    }
}

impl<E: EntityTrait> Default for FilterBackends<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: EntityTrait> Clone for FilterBackends<E> {
    fn clone(&self) -> Self {
        Self {
            backends: self.backends.clone(),
            checked: Arc::clone(&self.checked),
        }
    }
}

impl<E: EntityTrait> fmt::Debug for FilterBackends<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.backends.iter().map(|backend| backend.type_name()))
            .finish()
    }
}

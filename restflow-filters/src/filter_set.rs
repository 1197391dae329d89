use std::fmt;
use std::future::Future;
use std::marker::PhantomData;

use restflow_exceptions::Result;
use restflow_fields::Parameter;
use sea_orm::{DbBackend, EntityTrait, Order, Select};

use crate::backend::FilterBackend;
use crate::context::FilterContext;
use crate::filters::Filters;

#[doc = include_str!("filter_set.md")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a filter set",
    note = "add `#[derive(FilterSet)]` and `#[filterset(entity = …)]`"
)]
pub trait FilterSet: Sized + Send + Sync + 'static {
    /// The entity whose rows are filtered.
    type Entity: EntityTrait;

    /// The parameters. Called once, when the backend is built.
    fn filters() -> Filters<Self::Entity>;
}

/// Applies a [`FilterSet`] to a list.
///
/// DRF's `filter_backends = [RestflowFilterBackend]` with
/// `filterset_class = F`. Building it builds the table of parameters, so build
/// it once and keep it; it is shared by all requests.
pub struct RestflowFilterBackend<F: FilterSet> {
    filters: Filters<F::Entity>,
    set: PhantomData<fn() -> F>,
}

impl<F: FilterSet> RestflowFilterBackend<F> {
    /// The backend of the filter set `F`.
    #[must_use]
    pub fn new() -> Self {
        Self {
            filters: F::filters(),
            set: PhantomData,
        }
    }
}

impl<F: FilterSet> FilterBackend<F::Entity> for RestflowFilterBackend<F>
where
    <F::Entity as EntityTrait>::Column: Send + Sync,
{
    fn filter_queryset(
        &self,
        select: Select<F::Entity>,
        context: &FilterContext<'_>,
    ) -> impl Future<Output = Result<Select<F::Entity>>> + Send {
        self.filters.filter_queryset(select, context)
    }

    fn parameters(&self) -> Vec<Parameter> {
        self.filters.parameters()
    }

    fn ordering(
        &self,
        context: &FilterContext<'_>,
    ) -> Option<Vec<(<F::Entity as EntityTrait>::Column, Order)>> {
        self.filters.ordering(context)
    }

    fn orders_by_expressions(&self) -> bool {
        self.filters.orders_by_expressions()
    }

    fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        self.filters.misconfigured(backend)
    }
}

impl<F: FilterSet> Default for RestflowFilterBackend<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: FilterSet> fmt::Debug for RestflowFilterBackend<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RestflowFilterBackend")
            .field(&self.filters)
            .finish()
    }
}

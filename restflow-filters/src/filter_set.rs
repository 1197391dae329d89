use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

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

    /// Filters and orders a query without a view, as the parameters of the context ask for.
    ///
    /// The table of parameters is built at the first call and kept. What is read goes into the
    /// query at once: the values have no struct of their own, as each of the parameters of a field
    /// (`price`, `price!`, `price__gte`) has another type and may be absent.
    ///
    /// ```
    /// # mod product {
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    /// #     #[sea_orm(table_name = "product")]
    /// #     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub name: String }
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// # }
    /// # use restflow_macros::FilterSet;
    /// use restflow_filters::{FilterContext, FilterSet, QueryParams};
    /// use sea_orm::{DatabaseConnection, EntityTrait};
    ///
    /// #[derive(FilterSet)]
    /// # #[filterset(crate = "restflow_filters")]
    /// #[filterset(entity = product::Entity)]
    /// struct ProductFilterSet {
    ///     name: String,
    /// }
    ///
    /// # async fn run(db: DatabaseConnection) -> Result<(), restflow_exceptions::ApiError> {
    /// let params = QueryParams::from_iter([("name", "Kettle")]);
    /// let context = FilterContext::new(&params, &db);
    /// let kettles = ProductFilterSet::filter_queryset(product::Entity::find(), &context).await?;
    /// # let _ = kettles;
    /// # Ok(())
    /// # }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    /// 400 with the errors of all parameters by name.
    fn filter_queryset(
        select: Select<Self::Entity>,
        context: &FilterContext<'_>,
    ) -> impl Future<Output = Result<Select<Self::Entity>>> + Send
    where
        <Self::Entity as EntityTrait>::Column: Send + Sync,
    {
        async move { table::<Self>().filter_queryset(select, context).await }
    }
}

/// The tables of the filter sets that were used without a view.
static TABLES: LazyLock<RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>> =
    LazyLock::new(RwLock::default);

fn table<F: FilterSet>() -> Arc<Filters<F::Entity>>
where
    <F::Entity as EntityTrait>::Column: Send + Sync,
{
    let key = TypeId::of::<F>();
    let known = TABLES.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(Ok(table)) = known.get(&key).cloned().map(Arc::downcast) {
        return table;
    }
    drop(known);
    let table = Arc::new(F::filters());
    let mut tables = TABLES.write().unwrap_or_else(PoisonError::into_inner);
    tables.insert(key, Arc::clone(&table) as _);
    table
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

    fn ordered_by_expressions(&self, context: &FilterContext<'_>) -> bool {
        self.filters.ordered_by_expressions(context)
    }

    fn ordering_columns(&self) -> Vec<<F::Entity as EntityTrait>::Column> {
        self.filters.ordering_columns()
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

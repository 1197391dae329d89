use std::fmt;
use std::future::{Future, ready};
use std::marker::PhantomData;

use restflow_exceptions::Result;
use sea_orm::{Condition, EntityTrait, QueryFilter, Select};

use crate::future::{AsyncCondition, BoxFuture, SyncCondition};
use crate::{FilterBackend, FilterContext};

/// A backend from a function that says which rows a request may see, as a condition.
///
/// Views apply their backends to lists and to the lookup of one object alike, so the rule also
/// holds for `retrieve`, `update` and `destroy`, where a row that it hides is a 404.
///
/// The user of a request is among the extensions of the context (`User` of `restflow-views`), if
/// there is one.
///
/// ```
/// # mod note {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "note")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub owner_id: i32 }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use restflow_exceptions::{ApiError, Result};
/// use restflow_filters::{FilterBackends, FilterContext, RowFilter};
/// use sea_orm::{ColumnTrait, Condition, sea_query::IntoCondition};
///
/// #[derive(Clone)]
/// struct CurrentUser { id: i32 }
///
/// /// Everybody sees their own notes; may be an `async fn` as well.
/// fn owner_only(context: &FilterContext<'_>) -> Result<Condition> {
///     let user = context.extensions.get::<CurrentUser>().ok_or_else(ApiError::not_authenticated)?;
///     Ok(note::Column::OwnerId.eq(user.id).into_condition())
/// }
///
/// let backends: FilterBackends<note::Entity> =
///     FilterBackends::new().with(RowFilter::new(owner_only));
/// # let _ = backends;
/// ```
///
/// DRF: a `BaseFilterBackend` such as `IsOwnerFilterBackend` of its documentation.
pub struct RowFilter<F, Kind> {
    function: F,
    kind: PhantomData<fn() -> Kind>,
}

impl<F: RowCondition<Kind>, Kind> RowFilter<F, Kind> {
    /// A backend from a sync or async function, see [`RowCondition`].
    #[must_use]
    pub fn new(function: F) -> Self {
        Self {
            function,
            kind: PhantomData,
        }
    }
}

impl<E, F, Kind> FilterBackend<E> for RowFilter<F, Kind>
where
    E: EntityTrait,
    F: RowCondition<Kind>,
    Kind: 'static,
{
    async fn filter_queryset(
        &self,
        select: Select<E>,
        context: &FilterContext<'_>,
    ) -> Result<Select<E>> {
        Ok(select.filter(self.function.call(context).await?))
    }
}

impl<F, Kind> fmt::Debug for RowFilter<F, Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RowFilter")
            .field(&std::any::type_name::<F>())
            .finish()
    }
}

/// A function that says which rows a request may see: sync or async.
///
/// Implemented for `fn(&FilterContext<'_>) -> Result<Condition>` and for `async fn` of the same
/// signature. `Kind` tells the two apart and is always inferred. An error refuses the request.
#[diagnostic::on_unimplemented(
    message = "this function does not say which rows a request may see",
    label = "not a function from a context to a condition",
    note = "expected `fn(context: &FilterContext<'_>) -> Result<Condition>`, sync or async"
)]
pub trait RowCondition<Kind>: Send + Sync + 'static {
    /// Calls the function.
    fn call<'a>(&self, context: &'a FilterContext<'a>) -> BoxFuture<'a, Condition>;
}

impl<F> RowCondition<SyncCondition> for F
where
    F: Fn(&FilterContext<'_>) -> Result<Condition> + Send + Sync + 'static,
{
    fn call<'a>(&self, context: &'a FilterContext<'a>) -> BoxFuture<'a, Condition> {
        Box::pin(ready(self(context)))
    }
}

/// An async function for one lifetime of its context.
pub trait AsyncRowFn<'a>: Fn(&'a FilterContext<'a>) -> Self::Future {
    /// What the function returns.
    type Future: Future<Output = Result<Condition>> + Send + 'a;
}

impl<'a, F, Fut> AsyncRowFn<'a> for F
where
    F: Fn(&'a FilterContext<'a>) -> Fut,
    Fut: Future<Output = Result<Condition>> + Send + 'a,
{
    type Future = Fut;
}

impl<F> RowCondition<AsyncCondition> for F
where
    F: for<'a> AsyncRowFn<'a> + Send + Sync + 'static,
{
    fn call<'a>(&self, context: &'a FilterContext<'a>) -> BoxFuture<'a, Condition> {
        Box::pin(self(context))
    }
}

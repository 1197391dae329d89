use std::future::{Future, ready};
use std::pin::Pin;

use restflow_exceptions::Result;
use sea_orm::{EntityTrait, Select};

use crate::FilterContext;

pub(crate) type SelectFuture<'a, E> = Pin<Box<dyn Future<Output = Result<Select<E>>> + Send + 'a>>;

/// A function that filters by a value in a way of its own: sync or async.
///
/// Implemented for
/// `fn(Select<E>, T, &FilterContext<'_>) -> Result<Select<E>>` and for
/// `async fn` of the same signature. `Kind` tells the two apart and is always
/// inferred.
#[diagnostic::on_unimplemented(
    message = "this is not a filter method for values of the type `{T}`",
    note = "a filter method is `fn(select: Select<E>, value: {T}, context: &FilterContext<'_>) -> Result<Select<E>>`, sync or async",
    note = "the entity `E` is that of the filter set, here `{E}`"
)]
pub trait FilterMethod<E: EntityTrait, T, Kind>: Send + Sync + 'static {
    /// Calls the function.
    fn call<'a>(
        &self,
        select: Select<E>,
        value: T,
        context: &'a FilterContext<'a>,
    ) -> SelectFuture<'a, E>;
}

/// The kind of methods that answer at once.
#[derive(Debug)]
pub struct SyncMethod;

/// The kind of methods that are `async fn`.
#[derive(Debug)]
pub struct AsyncMethod;

impl<E, T, F> FilterMethod<E, T, SyncMethod> for F
where
    E: EntityTrait,
    F: Fn(Select<E>, T, &FilterContext<'_>) -> Result<Select<E>> + Send + Sync + 'static,
{
    fn call<'a>(
        &self,
        select: Select<E>,
        value: T,
        context: &'a FilterContext<'a>,
    ) -> SelectFuture<'a, E> {
        Box::pin(ready(self(select, value, context)))
    }
}

/// An async function for one lifetime of its context.
pub trait AsyncFilterFn<'a, E: EntityTrait, T>:
    Fn(Select<E>, T, &'a FilterContext<'a>) -> Self::Future
{
    /// What the function returns.
    type Future: Future<Output = Result<Select<E>>> + Send + 'a;
}

impl<'a, E, T, F, Fut> AsyncFilterFn<'a, E, T> for F
where
    E: EntityTrait,
    F: Fn(Select<E>, T, &'a FilterContext<'a>) -> Fut,
    Fut: Future<Output = Result<Select<E>>> + Send + 'a,
{
    type Future = Fut;
}

impl<E, T, F> FilterMethod<E, T, AsyncMethod> for F
where
    E: EntityTrait,
    F: for<'a> AsyncFilterFn<'a, E, T> + Send + Sync + 'static,
{
    fn call<'a>(
        &self,
        select: Select<E>,
        value: T,
        context: &'a FilterContext<'a>,
    ) -> SelectFuture<'a, E> {
        Box::pin(self(select, value, context))
    }
}

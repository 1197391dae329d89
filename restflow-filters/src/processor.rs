use std::future::{Future, ready};

use restflow_exceptions::Result;
use sea_orm::{EntityTrait, Select};

use crate::FilterContext;
use crate::future::{AsyncMethod, BoxFuture, SyncMethod};

/// A function that changes the query before or after the parameters do: sync or async.
///
/// Implemented for `fn(Select<E>, &FilterContext<'_>) -> Result<Select<E>>` and for `async fn` of
/// the same signature. `Kind` tells the two apart and is always inferred.
///
/// drf-restflow: `preprocessors` and `postprocessors`.
#[diagnostic::on_unimplemented(
    message = "this is not a processor of queries of `{E}`",
    label = "not a processor",
    note = "a processor is `fn(select: Select<E>, context: &FilterContext<'_>) -> Result<Select<E>>`, sync or async"
)]
pub trait Processor<E: EntityTrait, Kind>: Send + Sync + 'static {
    /// Calls the function.
    fn call<'a>(
        &self,
        select: Select<E>,
        context: &'a FilterContext<'a>,
    ) -> BoxFuture<'a, Select<E>>;
}

impl<E, F> Processor<E, SyncMethod> for F
where
    E: EntityTrait,
    F: Fn(Select<E>, &FilterContext<'_>) -> Result<Select<E>> + Send + Sync + 'static,
{
    fn call<'a>(
        &self,
        select: Select<E>,
        context: &'a FilterContext<'a>,
    ) -> BoxFuture<'a, Select<E>> {
        Box::pin(ready(self(select, context)))
    }
}

/// An async processor for one lifetime of its context.
pub trait AsyncProcessorFn<'a, E: EntityTrait>:
    Fn(Select<E>, &'a FilterContext<'a>) -> Self::Future
{
    /// What the function returns.
    type Future: Future<Output = Result<Select<E>>> + Send + 'a;
}

impl<'a, E, F, Fut> AsyncProcessorFn<'a, E> for F
where
    E: EntityTrait,
    F: Fn(Select<E>, &'a FilterContext<'a>) -> Fut,
    Fut: Future<Output = Result<Select<E>>> + Send + 'a,
{
    type Future = Fut;
}

impl<E, F> Processor<E, AsyncMethod> for F
where
    E: EntityTrait,
    F: for<'a> AsyncProcessorFn<'a, E> + Send + Sync + 'static,
{
    fn call<'a>(
        &self,
        select: Select<E>,
        context: &'a FilterContext<'a>,
    ) -> BoxFuture<'a, Select<E>> {
        Box::pin(self(select, context))
    }
}

/// A processor of a kind that is no longer known.
pub(crate) trait ErasedProcessor<E: EntityTrait>: Send + Sync {
    fn call<'a>(
        &self,
        select: Select<E>,
        context: &'a FilterContext<'a>,
    ) -> BoxFuture<'a, Select<E>>;
}

/// Keeps the kind beside the function.
struct Erased<F, Kind>(F, std::marker::PhantomData<fn() -> Kind>);

impl<E, F, Kind> ErasedProcessor<E> for Erased<F, Kind>
where
    E: EntityTrait,
    F: Processor<E, Kind>,
{
    fn call<'a>(
        &self,
        select: Select<E>,
        context: &'a FilterContext<'a>,
    ) -> BoxFuture<'a, Select<E>> {
        self.0.call(select, context)
    }
}

pub(crate) fn erase<E, F, Kind>(processor: F) -> Box<dyn ErasedProcessor<E>>
where
    E: EntityTrait,
    F: Processor<E, Kind>,
    Kind: 'static,
{
    Box::new(Erased(processor, std::marker::PhantomData))
}

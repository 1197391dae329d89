//! Filters by a function of one's own.

use std::borrow::Cow;
use std::fmt;
use std::future::{Future, ready};
use std::sync::Arc;

use restflow_exceptions::{ErrorDetail, Result};
use restflow_fields::{FieldInfo, FieldOptions, FieldType};
use sea_orm::{Condition, EntityTrait, Select};

use crate::FilterContext;
use crate::filters::{Action, Entry, parameter};
use crate::future::{AsyncCondition, AsyncMethod, BoxFuture, SyncCondition, SyncMethod};
use crate::input::{LookupInput, Many, One};
use crate::settings::{Settings, setting};

/// A function that filters by a value in a way of its own: sync or async.
///
/// It either changes the query, or answers with a condition, which the operator of the filter set
/// combines with those of the other parameters: an empty `Condition::all()` filters nothing, an
/// empty `Condition::any()` finds no row. Implemented for
/// `fn(Select<E>, T, &FilterContext<'_>) -> Result<Select<E>>`, for
/// `fn(T, &FilterContext<'_>) -> Result<Condition>`, and for `async fn` of the same signatures.
/// `Kind` tells the four apart and is always inferred.
#[diagnostic::on_unimplemented(
    message = "this is not a filter method for values of the type `{T}`",
    note = "a filter method is `fn(select: Select<E>, value: {T}, context: &FilterContext<'_>) -> Result<Select<E>>` or `fn(value: {T}, context: &FilterContext<'_>) -> Result<Condition>`, sync or async",
    note = "the entity `E` is that of the filter set, here `{E}`"
)]
pub trait FilterMethod<E: EntityTrait, T, Kind>: Send + Sync + 'static {
    /// Calls the function. The query comes back, and the condition if there is one.
    fn call<'a>(
        &self,
        select: Select<E>,
        value: T,
        context: &'a FilterContext<'a>,
    ) -> BoxFuture<'a, (Select<E>, Option<Condition>)>;
}

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
    ) -> BoxFuture<'a, (Select<E>, Option<Condition>)> {
        Box::pin(ready(
            self(select, value, context).map(|select| (select, None)),
        ))
    }
}

impl<E, T, F> FilterMethod<E, T, SyncCondition> for F
where
    E: EntityTrait,
    F: Fn(T, &FilterContext<'_>) -> Result<Condition> + Send + Sync + 'static,
{
    fn call<'a>(
        &self,
        select: Select<E>,
        value: T,
        context: &'a FilterContext<'a>,
    ) -> BoxFuture<'a, (Select<E>, Option<Condition>)> {
        Box::pin(ready(
            self(value, context).map(|condition| (select, Some(condition))),
        ))
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
    ) -> BoxFuture<'a, (Select<E>, Option<Condition>)> {
        let select = self(select, value, context);
        Box::pin(async move { Ok((select.await?, None)) })
    }
}

/// An async function for one lifetime of its context, with a condition.
pub trait AsyncConditionFn<'a, T>: Fn(T, &'a FilterContext<'a>) -> Self::Future {
    /// What the function returns.
    type Future: Future<Output = Result<Condition>> + Send + 'a;
}

impl<'a, T, F, Fut> AsyncConditionFn<'a, T> for F
where
    F: Fn(T, &'a FilterContext<'a>) -> Fut,
    Fut: Future<Output = Result<Condition>> + Send + 'a,
{
    type Future = Fut;
}

impl<E, T, F> FilterMethod<E, T, AsyncCondition> for F
where
    E: EntityTrait,
    F: for<'a> AsyncConditionFn<'a, T> + Send + Sync + 'static,
{
    fn call<'a>(
        &self,
        select: Select<E>,
        value: T,
        context: &'a FilterContext<'a>,
    ) -> BoxFuture<'a, (Select<E>, Option<Condition>)> {
        let condition = self(value, context);
        Box::pin(async move { Ok((select, Some(condition.await?))) })
    }
}

/// A filter by a function, which gets the value and changes the query.
///
/// There is no negation; the function sees the value.
pub struct MethodFilter<E: EntityTrait> {
    name: Cow<'static, str>,
    settings: Settings,
    describe: fn(&FieldOptions) -> FieldInfo,
    read: Box<ReadMethod<E>>,
}

type ReadMethod<E> =
    dyn Fn(&[&str], &FieldOptions, bool) -> Result<Option<Action<E>>, ErrorDetail> + Send + Sync;

impl<E: EntityTrait> MethodFilter<E> {
    /// Filters by a sync or async function of one value, see [`FilterMethod`].
    #[must_use]
    pub fn new<T, M, Kind>(name: impl Into<Cow<'static, str>>, method: M) -> Self
    where
        T: FieldType,
        M: FilterMethod<E, T, Kind>,
    {
        Self::build(name.into(), method, |One(value): One<T>| value)
    }

    /// Filters by a sync or async function of a list, whose elements are
    /// separated by commas or sent several times.
    #[must_use]
    pub fn list<T, M, Kind>(name: impl Into<Cow<'static, str>>, method: M) -> Self
    where
        T: FieldType,
        M: FilterMethod<E, Vec<T>, Kind>,
    {
        Self::build(name.into(), method, |Many(values): Many<T>| values)
    }

    fn build<I, V, M, Kind>(name: Cow<'static, str>, method: M, value: fn(I) -> V) -> Self
    where
        I: LookupInput,
        V: Send + 'static,
        M: FilterMethod<E, V, Kind>,
    {
        let method = Arc::new(method);
        Self {
            name,
            settings: Settings::default(),
            describe: I::describe,
            read: Box::new(move |values, options, required| {
                let input = I::parse(values, options, required)?;
                Ok(input.map(|input| {
                    let (method, value) = (Arc::clone(&method), value(input));
                    Action::Method(Box::new(move |select, context| {
                        method.call(select, value, context)
                    }))
                }))
            }),
        }
    }

    setting!(options of settings);
    setting!(help_text of settings);
    setting!(required of settings);

    pub(crate) fn into_entry(self) -> Entry<E> {
        let Self {
            name,
            settings,
            describe,
            read,
        } = self;
        let Settings {
            options,
            help_text,
            required,
            ..
        } = settings;
        let info = describe(&options);
        Entry {
            misconfigured: |_backend| None,
            parameter: parameter(name, info, help_text, required),
            read: Box::new(move |values, _| read(values, &options, required)),
        }
    }
}

impl<E: EntityTrait> fmt::Debug for MethodFilter<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MethodFilter")
            .field("name", &self.name)
            .field("options", &self.settings.options)
            .finish_non_exhaustive()
    }
}

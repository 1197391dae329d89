//! Filters by a function of one's own.

use std::borrow::Cow;
use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;

use restflow_exceptions::{ErrorDetail, Result};
use restflow_fields::{FieldInfo, FieldOptions, FieldType};
use sea_orm::{EntityTrait, Select};

use crate::filters::{Action, Entry, parameter};
use crate::input::{LookupInput, Many, One};
use crate::{FilterContext, QueryParams};

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

/// A filter by a function, which gets the value and changes the query.
///
/// There is no negation; the function sees the value.
pub struct MethodFilter<E: EntityTrait> {
    name: Cow<'static, str>,
    options: FieldOptions,
    help_text: Option<Cow<'static, str>>,
    required: bool,
    describe: fn(&FieldOptions) -> FieldInfo,
    read: Box<ReadMethod<E>>,
}

type ReadMethod<E> = dyn Fn(&QueryParams, &str, &FieldOptions, bool) -> Result<Option<Action<E>>, ErrorDetail>
    + Send
    + Sync;

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
            options: FieldOptions::DEFAULT,
            help_text: None,
            required: false,
            describe: I::describe,
            read: Box::new(move |params, name, options, required| {
                let input = I::read(params, name, options, required)?;
                Ok(input.map(|input| {
                    let (method, value) = (Arc::clone(&method), value(input));
                    Action::Method(Box::new(move |select, context| {
                        method.call(select, value, context)
                    }))
                }))
            }),
        }
    }

    /// Changes the limits of the values.
    #[must_use]
    pub fn options(mut self, change: impl FnOnce(&mut FieldOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// Explains the parameter in the OpenAPI document.
    #[must_use]
    pub fn help_text(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.help_text = Some(text.into());
        self
    }

    /// Refuses requests without the parameter.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(crate) fn into_entry(self) -> Entry<E> {
        let Self {
            name,
            options,
            required,
            read,
            ..
        } = self;
        let info = (self.describe)(&options);
        let key = name.clone();
        Entry {
            misconfigured: |_backend| None,
            parameter: parameter(name, info, self.help_text, required),
            read: Box::new(move |params, _| read(params, &key, &options, required)),
        }
    }
}

impl<E: EntityTrait> fmt::Debug for MethodFilter<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MethodFilter")
            .field("name", &self.name)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

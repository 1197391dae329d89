//! Overrides for single actions of a viewset.

use std::{any::Any, fmt, sync::Arc};

use futures_util::future::BoxFuture;
use restflow_exceptions::Result;
use restflow_pagination::Paginator;
use restflow_serializers::{AnyEntity, Of, Serializer, SerializerClass};
use sea_orm::{EntityTrait, Select};

use crate::{
    ApiView, GenericView, Parsers, Permissions, Queryset, Renderers, Request, Settings, Throttles,
};

/// Which views a serializer fits by its entity: one without an entity fits every view, one of an
/// entity the generic views of that entity.
#[diagnostic::on_unimplemented(
    message = "the serializer belongs to another entity than the view `{V}`",
    label = "a serializer `{Self}`",
    note = "an action of a generic view takes serializers of the view's own entity, or serializers without an entity (`#[derive(Serializer)]`)"
)]
pub trait FitsView<V> {}

#[diagnostic::do_not_recommend]
impl<V: ApiView> FitsView<V> for AnyEntity {}

#[diagnostic::do_not_recommend]
impl<V: GenericView> FitsView<V> for Of<V::Entity> {}

/// What an action does differently from the rest of its viewset.
///
/// Each field is optional; an action without it falls back to the inline override on
/// `#[action(…)]`, then to the view's `get_…` method, then to the view's attribute.
///
/// drf-restflow: `restflow.views.ActionConfig`.
pub struct ActionConfig<V> {
    overrides: ActionOverrides,
    view: std::marker::PhantomData<fn(V)>,
}

impl<V: ApiView> ActionConfig<V> {
    /// Nothing overridden.
    #[must_use]
    pub fn new() -> Self {
        Self {
            overrides: ActionOverrides::default(),
            view: std::marker::PhantomData,
        }
    }

    /// The serializer of the action, for requests and responses alike, unless the view has a
    /// request or response serializer of its own.
    #[must_use]
    pub fn serializer<S>(mut self) -> Self
    where
        S: Serializer,
        S::Scope: FitsView<V>,
    {
        self.overrides.serializer = Some(SerializerClass::of::<S>());
        self
    }

    /// The serializer that reads the body.
    #[must_use]
    pub fn request_serializer<S>(mut self) -> Self
    where
        S: Serializer,
        S::Scope: FitsView<V>,
    {
        self.overrides.request_serializer = Some(SerializerClass::of::<S>());
        self
    }

    /// The serializer that writes the answer. Only its columns are selected.
    #[must_use]
    pub fn response_serializer<S>(mut self) -> Self
    where
        S: Serializer,
        S::Scope: FitsView<V>,
    {
        self.overrides.response_serializer = Some(SerializerClass::of::<S>());
        self
    }

    /// The permissions, instead of the view's; `Permissions::new()` allows everybody.
    #[must_use]
    pub fn permission_classes(mut self, classes: impl Into<Permissions>) -> Self {
        self.overrides.permissions = Some(classes.into());
        self
    }

    /// The throttles, instead of the view's; `Throttles::new()` is none.
    #[must_use]
    pub fn throttle_classes(mut self, classes: impl Into<Throttles>) -> Self {
        self.overrides.throttles = Some(classes.into());
        self
    }

    /// The parsers, instead of the view's.
    #[must_use]
    pub fn parser_classes(mut self, classes: impl Into<Parsers>) -> Self {
        self.overrides.parsers = Some(classes.into());
        self
    }

    /// The renderers, instead of the view's.
    #[must_use]
    pub fn renderer_classes(mut self, classes: impl Into<Renderers>) -> Self {
        self.overrides.renderers = Some(classes.into());
        self
    }

    /// The paginator, instead of the view's; `None` turns pagination off.
    #[must_use]
    pub fn pagination_class(mut self, class: impl Into<Option<Paginator>>) -> Self {
        self.overrides.pagination = Some(class.into());
        self
    }
}

impl<V: GenericView> ActionConfig<V> {
    /// The queryset, instead of the view's: the same one for every request, built once.
    ///
    /// drf-restflow: `ActionConfig(queryset=Product.objects.filter(…))`.
    #[must_use]
    pub fn static_queryset(self, queryset: Queryset<V>) -> Self {
        self.queryset(move |_, _| queryset.clone())
    }

    /// The queryset, instead of the view's, made for each request by a callable that sees the
    /// view and the request. It may return a `Select`, the entity itself (all its rows), or a
    /// `Result` of a `Select`.
    #[must_use]
    pub fn queryset<F, Q>(mut self, queryset: F) -> Self
    where
        F: Fn(&V, &Request) -> Q + Send + Sync + 'static,
        Q: IntoQueryset<V::Entity>,
    {
        self.overrides.queryset = Some(Arc::new(ActionQueryset::<V>(Box::new(
            move |view, request| {
                let queryset = queryset(view, request).into_queryset();
                Box::pin(async move { queryset })
            },
        ))));
        self
    }

    /// The queryset, made by an async callable: `|view, request| Box::pin(async move { … })`.
    #[must_use]
    pub fn queryset_async<F>(mut self, queryset: F) -> Self
    where
        F: for<'a> Fn(&'a V, &'a Request) -> BoxFuture<'a, Result<Queryset<V>>>
            + Send
            + Sync
            + 'static,
    {
        self.overrides.queryset = Some(Arc::new(ActionQueryset::<V>(Box::new(queryset))));
        self
    }
}

impl<V: ApiView> Default for ActionConfig<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V> fmt::Debug for ActionConfig<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.overrides.fmt(f)
    }
}

/// What a queryset callable may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a queryset of `{E}`",
    note = "return a `Select` of the view's entity, the entity itself, or a `Result` of a `Select`"
)]
pub trait IntoQueryset<E: EntityTrait> {
    /// The queryset.
    fn into_queryset(self) -> Result<Select<E>>;
}

impl<E: EntityTrait> IntoQueryset<E> for Select<E> {
    fn into_queryset(self) -> Result<Self> {
        Ok(self)
    }
}

impl<E: EntityTrait> IntoQueryset<E> for Result<Select<E>> {
    fn into_queryset(self) -> Self {
        self
    }
}

impl<E: EntityTrait> IntoQueryset<E> for E {
    fn into_queryset(self) -> Result<Select<E>> {
        Ok(E::find())
    }
}

type QuerysetFn<V> =
    dyn for<'a> Fn(&'a V, &'a Request) -> BoxFuture<'a, Result<Queryset<V>>> + Send + Sync;

/// The queryset of an action, typed by its view.
pub(crate) struct ActionQueryset<V: GenericView>(pub(crate) Box<QuerysetFn<V>>);

/// The configurations of a viewset's actions, built once when the viewset is put on a router.
///
/// A name that is not an action of the viewset is refused then, with the names that are.
pub struct ActionConfigs<V> {
    list: Vec<(&'static str, ActionConfig<V>)>,
}

impl<V: ApiView> ActionConfigs<V> {
    /// No action is configured.
    #[must_use]
    pub const fn new() -> Self {
        Self { list: Vec::new() }
    }

    /// Configures the action `name`: one of the six default ones, or the name of a custom one's
    /// method. A second configuration of the same action replaces the first.
    #[must_use]
    pub fn action(mut self, name: &'static str, config: ActionConfig<V>) -> Self {
        self.list.retain(|(known, _)| *known != name);
        self.list.push((name, config));
        self
    }

    /// The names of the configured actions, in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.list.iter().map(|(name, _)| *name)
    }

    /// What the action `name` overrides.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ActionOverrides> {
        self.list
            .iter()
            .find_map(|(known, config)| (*known == name).then_some(&config.overrides))
    }
}

impl<V: ApiView> Default for ActionConfigs<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V> fmt::Debug for ActionConfigs<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.list.iter().map(|(name, config)| (name, config)))
            .finish()
    }
}

/// The nine fields of an [`ActionConfig`] and of an inline override on `#[action(…)]`, resolved.
#[derive(Clone, Default)]
pub struct ActionOverrides {
    /// The serializer of requests and responses.
    pub serializer: Option<SerializerClass>,
    /// The serializer of requests.
    pub request_serializer: Option<SerializerClass>,
    /// The serializer of responses.
    pub response_serializer: Option<SerializerClass>,
    /// The permissions.
    pub permissions: Option<Permissions>,
    /// The throttles.
    pub throttles: Option<Throttles>,
    /// The parsers.
    pub parsers: Option<Parsers>,
    /// The renderers.
    pub renderers: Option<Renderers>,
    /// The paginator; `Some(None)` turns pagination off.
    pub pagination: Option<Option<Paginator>>,
    /// The queryset, typed by its view.
    pub(crate) queryset: Option<Arc<dyn Any + Send + Sync>>,
}

impl ActionOverrides {
    /// These, with the gaps filled from `fallback`.
    #[must_use]
    pub fn or(self, fallback: &Self) -> Self {
        Self {
            serializer: self.serializer.or(fallback.serializer),
            request_serializer: self.request_serializer.or(fallback.request_serializer),
            response_serializer: self.response_serializer.or(fallback.response_serializer),
            permissions: self.permissions.or_else(|| fallback.permissions.clone()),
            throttles: self.throttles.or_else(|| fallback.throttles.clone()),
            parsers: self.parsers.or_else(|| fallback.parsers.clone()),
            renderers: self.renderers.or_else(|| fallback.renderers.clone()),
            pagination: self.pagination.or_else(|| fallback.pagination.clone()),
            queryset: self.queryset.or_else(|| fallback.queryset.clone()),
        }
    }
}

impl ActionOverrides {
    /// The same, with policies that stand for the settings' replaced by them.
    pub(crate) fn or_settings(self, settings: &Settings) -> Self {
        Self {
            permissions: self
                .permissions
                .map(|list| list.or_settings(&settings.permission_classes)),
            throttles: self
                .throttles
                .map(|list| list.or_settings(&settings.throttle_classes)),
            parsers: self
                .parsers
                .map(|list| list.or_settings(&settings.parser_classes)),
            renderers: self
                .renderers
                .map(|list| list.or_settings(&settings.renderer_classes)),
            ..self
        }
    }
}

impl<V: ApiView> From<ActionConfig<V>> for ActionOverrides {
    fn from(config: ActionConfig<V>) -> Self {
        config.overrides
    }
}

impl fmt::Debug for ActionOverrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActionConfig")
            .field("serializer", &self.serializer)
            .field("request_serializer", &self.request_serializer)
            .field("response_serializer", &self.response_serializer)
            .field("permission_classes", &self.permissions)
            .field("throttle_classes", &self.throttles)
            .field("parser_classes", &self.parsers)
            .field("renderer_classes", &self.renderers)
            .field("pagination_class", &self.pagination)
            .field("queryset", &self.queryset.is_some())
            .finish()
    }
}

//! What a view knows about the place where it is mounted.

use std::{
    any::{Any, TypeId},
    borrow::Cow,
    collections::HashSet,
    fmt,
    sync::Arc,
};

use http::{HeaderValue, Method};
use restflow_exceptions::{ApiError, ExceptionHandler};
use restflow_fields::Parameter;
use restflow_pagination::Paginator;
use restflow_serializers::SerializerClass;
use sea_orm::DbBackend;

use crate::{
    ActionOverrides, ApiView, Authenticators, Metadata, ParentScope, Parsers, Permissions,
    Renderers, Settings, Throttles, UrlTable,
};

/// The attributes of a view, read once when it is put on a path.
#[derive(Clone)]
pub struct ViewState {
    /// The defaults of the API.
    pub settings: Arc<Settings>,
    /// [`ApiView::authentication_classes`](crate::ApiView::authentication_classes).
    pub authenticators: Authenticators,
    /// [`ApiView::permission_classes`](crate::ApiView::permission_classes).
    pub permissions: Permissions,
    /// [`ApiView::throttle_classes`](crate::ApiView::throttle_classes).
    pub throttles: Throttles,
    /// [`ApiView::throttle_scope`](crate::ApiView::throttle_scope).
    pub throttle_scope: Option<&'static str>,
    /// [`ApiView::parser_classes`](crate::ApiView::parser_classes).
    pub parsers: Parsers,
    /// [`ApiView::renderer_classes`](crate::ApiView::renderer_classes).
    pub renderers: Renderers,
    /// [`ApiView::http_method_names`](crate::ApiView::http_method_names).
    pub http_method_names: Vec<Method>,
    /// [`ApiView::metadata_class`](crate::ApiView::metadata_class).
    pub metadata: Option<Arc<dyn Metadata>>,
    /// [`ApiView::error_body`](crate::ApiView::error_body), or that of the settings.
    pub error_body: ExceptionHandler,
    /// The serializer class of the view: its own, or that of its entity.
    pub serializer: Option<SerializerClass>,
    /// The class that reads bodies, if it differs.
    pub request_serializer: Option<SerializerClass>,
    /// The class that writes answers, if it differs.
    pub response_serializer: Option<SerializerClass>,
    /// What a generic view adds; `None` for a view without an entity.
    pub generic: Option<GenericDescription>,
}

impl ViewState {
    /// Reads the attributes of `view`. `generic` describes it if it is a generic view.
    ///
    /// # Panics
    ///
    /// When the view has no renderer, or one whose media type is none, or names no method: it
    /// could not answer anything.
    #[must_use]
    pub fn new<V: ApiView>(
        view: &V,
        settings: &Arc<Settings>,
        mut generic: Option<GenericDescription>,
    ) -> Self {
        if let Some(generic) = &mut generic {
            generic.paginator = settings.paginator_of(generic.paginator.take());
        }
        let renderers = view
            .renderer_classes()
            .or_settings(&settings.renderer_classes);
        renderers.check(&format!("`{}`", std::any::type_name::<V>()));
        let http_method_names = view.http_method_names();
        assert!(
            !http_method_names.is_empty(),
            "`{}` answers no method: `http_method_names` must name at least one, or not be overridden",
            std::any::type_name::<V>()
        );
        Self {
            authenticators: view
                .authentication_classes()
                .or_settings(&settings.authentication_classes),
            permissions: view
                .permission_classes()
                .or_settings(&settings.permission_classes),
            throttles: view
                .throttle_classes()
                .or_settings(&settings.throttle_classes),
            throttle_scope: view.throttle_scope(),
            parsers: view.parser_classes().or_settings(&settings.parser_classes),
            renderers,
            http_method_names,
            metadata: view
                .metadata_class()
                .and_then(|class| class.or_settings(settings)),
            error_body: view.error_body().unwrap_or(settings.exception_handler),
            serializer: view
                .serializer_class()
                .or_else(|| generic.as_ref().map(|generic| generic.serializer)),
            request_serializer: view.request_serializer_class(),
            response_serializer: view.response_serializer_class(),
            generic,
            settings: Arc::clone(settings),
        }
    }
}

impl ViewState {
    /// The body of `error` in the form that the view's errors have.
    #[must_use]
    pub fn render_error(&self, error: &ApiError) -> serde_json::Value {
        (self.error_body)(error)
    }
}

impl fmt::Debug for ViewState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ViewState")
            .field("authenticators", &self.authenticators)
            .field("permissions", &self.permissions)
            .field("throttles", &self.throttles)
            .field("parsers", &self.parsers)
            .field("renderers", &self.renderers)
            .field("serializer", &self.serializer)
            .finish_non_exhaustive()
    }
}

/// Says why a paginator cannot follow an ordering on a database of this kind.
pub(crate) type CannotFollow = dyn Fn(&Paginator, DbBackend) -> Option<String> + Send + Sync;

/// The attributes of a generic view, read once, and what the OpenAPI document says of them.
#[derive(Clone)]
pub struct GenericDescription {
    /// The serializer of the entity.
    pub serializer: SerializerClass,
    /// The type of the entity's rows.
    pub model: TypeId,
    /// The paginator of the view, which may stand for that of the settings until the view is on
    /// a path.
    pub paginator: Option<Paginator>,
    /// The query parameters of its filter backends.
    pub filter_parameters: Vec<Parameter>,
    /// The names of these parameters.
    pub(crate) filter_names: HashSet<Cow<'static, str>>,
    /// The name of the capture that the lookup reads: `pk`.
    pub lookup_url_kwarg: &'static str,
    /// Whether `get_object` finds the object in its own way, so that the path needs no capture.
    pub own_lookup: bool,
    /// What the capture must match, for routers.
    pub lookup_value_pattern: Option<&'static str>,
    /// Whether the lookup is by the primary key, and not by another column.
    pub looks_up_primary_key: bool,
    /// The wire type of the lookup.
    pub lookup_kind: restflow_fields::FieldKind,
    /// The name of the entity's table.
    pub table: &'static str,
    /// Why a filter backend cannot work on a database of this kind.
    pub(crate) filters_misconfigured: Arc<dyn Fn(DbBackend) -> Option<String> + Send + Sync>,
    /// The type of a filter backend that may order by something else than columns.
    pub(crate) orders_by_expressions: Option<&'static str>,
    /// Why a paginator cannot follow a column that a filter backend may order by.
    pub(crate) cannot_follow: Arc<CannotFollow>,
    /// The `FilterBackends` of the view, typed by its entity.
    pub(crate) filter_backends: Arc<dyn Any + Send + Sync>,
    /// The attributes that requests ask for, typed by the view.
    pub(crate) built: Arc<dyn Any + Send + Sync>,
    /// Whether the client may touch the object of the path, typed by the view.
    pub(crate) object_check: Arc<dyn Any + Send + Sync>,
}

impl fmt::Debug for GenericDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GenericDescription")
            .field("serializer", &self.serializer)
            .field("lookup_url_kwarg", &self.lookup_url_kwarg)
            .field("table", &self.table)
            .finish_non_exhaustive()
    }
}

/// One method of one path: what the request is told about where it arrived.
#[derive(Debug, Clone)]
pub struct RouteContext {
    /// The action (`list`, `archive`), `metadata` for OPTIONS of a viewset, `None` elsewhere.
    pub action: Option<&'static str>,
    /// The basename under which the viewset is registered.
    pub basename: Option<Arc<str>>,
    /// Whether the route addresses one object; `None` for views that no router knows.
    pub detail: Option<bool>,
    /// The actions of the path by their methods.
    pub action_map: ActionMap,
    /// `List`, `Instance`, or nothing (DRF: `suffix`).
    pub suffix: Option<&'static str>,
    /// The display name, for OPTIONS.
    pub name: Arc<str>,
    /// The description, for OPTIONS.
    pub description: Arc<str>,
    /// The template of the path: `/api/products/{pk}/`.
    pub pattern: Arc<str>,
    /// The value of `Allow`.
    pub allow: HeaderValue,
    /// What the action overrides, see [`ActionConfig`](crate::ActionConfig).
    pub overrides: ActionOverrides,
    /// The attributes of the view.
    pub view: Arc<ViewState>,
    /// The named URLs of the API.
    pub urls: Arc<UrlTable>,
    /// What restricts the rows of a nested view to the parent of the path.
    pub parents: Option<ParentScope>,
}

/// The actions of one path of a viewset by their HTTP methods; cheap to clone.
///
/// DRF: `action_map`.
#[derive(Debug, Clone, Default)]
pub struct ActionMap(Arc<[(Method, &'static str)]>);

impl ActionMap {
    /// The action that answers `method`; HEAD and OPTIONS are not told.
    #[must_use]
    pub fn get(&self, method: &Method) -> Option<&'static str> {
        let mut known = self.0.iter().filter(|(known, _)| known == method);
        known.next().map(|(_, action)| *action)
    }

    /// The methods with their actions, in the order in which the viewset has them.
    pub fn iter(&self) -> impl Iterator<Item = (&Method, &'static str)> {
        self.0.iter().map(|(method, action)| (method, *action))
    }

    /// Whether the view has no actions, because it is no viewset.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Method, &'static str)> for ActionMap {
    fn from_iter<I: IntoIterator<Item = (Method, &'static str)>>(actions: I) -> Self {
        Self(actions.into_iter().collect())
    }
}

//! From a request that has arrived at a path to the response on the wire.

use std::{
    any::Any,
    collections::HashSet,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use futures_util::{FutureExt, future::BoxFuture};
use http::{HeaderValue, Method, StatusCode, header};
use restflow_exceptions::{ApiError, Result};
use restflow_pagination::Paginator;
use restflow_serializers::SerializerClass;
use sea_orm::{DatabaseConnection, DbBackend};

use crate::{
    ActionMap, ActionOverrides, ApiView, HandlerFn, ParentScope, Renderer, Request, RouteContext,
    SecurityScheme, SharedState, UrlTable, ViewState,
    api_view::{log_server_error, resolve},
    configuration::check_configuration,
    nesting::{ParentResolver, ResolvedParents},
};

/// What a method does, for the OpenAPI document: which serializers, parameters and statuses it
/// has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OperationShape {
    /// Answers a page of rows; takes the parameters of filters and paginator.
    List,
    /// Reads a body and answers 201 with the new object.
    Create,
    /// Answers one object.
    Retrieve,
    /// Reads a whole body and answers the object.
    Update,
    /// Reads the fields to change and answers the object.
    PartialUpdate,
    /// Answers 204.
    Destroy,
    /// Anything else: reads a body where the method has one, and answers one object.
    Custom,
}

/// One method of a path, bound to a handler.
#[derive(Debug)]
pub struct Binding<V> {
    /// The HTTP method.
    pub method: Method,
    /// What runs.
    pub call: HandlerFn<V>,
    /// The action of a viewset; `None` for other views.
    pub action: Option<&'static str>,
    /// What the method does.
    pub shape: OperationShape,
    /// The doc comment of the handler, or of the view.
    pub doc: &'static str,
    /// The action's configuration over its inline overrides.
    pub overrides: ActionOverrides,
    /// Whether it saves nothing but the fields of the serializer.
    pub saves_fields_only: bool,
    /// The status of a success where it is not that of the shape, for the OpenAPI document.
    pub status: Option<StatusCode>,
}

impl<V> Clone for Binding<V> {
    fn clone(&self) -> Self {
        Self {
            method: self.method.clone(),
            call: self.call,
            action: self.action,
            shape: self.shape,
            doc: self.doc,
            overrides: self.overrides.clone(),
            saves_fields_only: self.saves_fields_only,
            status: self.status,
        }
    }
}

/// Where a view is mounted: what is the same for all methods of a path.
#[derive(Debug, Clone)]
pub struct MountPoint {
    /// The template of the path: `/api/products/{pk}/`.
    pub pattern: Arc<str>,
    /// The basename of a viewset.
    pub basename: Option<Arc<str>>,
    /// Whether the path addresses one object; `None` for views that no router knows.
    pub detail: Option<bool>,
    /// `List`, `Instance`, or nothing.
    pub suffix: Option<&'static str>,
    /// The display name.
    pub name: Arc<str>,
    /// The doc comment of the view.
    pub description: Arc<str>,
    /// The overrides that hold whatever the method: the inline ones of a custom action.
    pub inline: ActionOverrides,
    /// The named URLs of the API.
    pub urls: Arc<UrlTable>,
    /// What restricts the rows of a nested view to the parent of the path.
    pub parents: Option<ParentScope>,
}

/// A request that was routed to a path.
#[derive(Debug)]
pub struct RequestSeed {
    /// The request as poem gave it.
    pub request: poem::Request,
    /// The captures of the path.
    pub kwargs: crate::Kwargs,
    /// The suffix of the path.
    pub format_suffix: Option<String>,
    /// The database of the API.
    pub db: DatabaseConnection,
    /// What the requests of the API share.
    pub state: SharedState,
}

/// One operation of a path, for the OpenAPI document: the resolved configuration of a method.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The HTTP method.
    pub method: Method,
    /// The action of a viewset.
    pub action: Option<&'static str>,
    /// What the method does.
    pub shape: OperationShape,
    /// The doc comment of the handler, empty where there is none.
    pub doc: &'static str,
    /// The status of a success where it is not that of the shape.
    pub status: Option<StatusCode>,
    /// The class that reads the body.
    pub request_serializer: Option<SerializerClass>,
    /// The class that writes the answer.
    pub response_serializer: Option<SerializerClass>,
    /// The paginator, for lists.
    pub paginator: Option<Paginator>,
    /// Whether a client without credentials can be refused.
    pub requires_authentication: bool,
    /// Whether the method is throttled.
    pub throttled: bool,
    /// The schemes by which a client can log in.
    pub security_schemes: Vec<SecurityScheme>,
    /// The media types of bodies.
    pub parses: Vec<&'static str>,
    /// The media types of answers.
    pub renders: Vec<&'static str>,
    /// Whether a query parameter can ask for a format, which there may not be.
    pub takes_format: bool,
}

/// A view on a path, without its type.
pub trait MountedEndpoint: Send + Sync {
    /// Answers one request, always: errors and panics are answers too.
    fn call(&self, seed: RequestSeed) -> BoxFuture<'_, poem::Response>;

    /// What the path can do.
    fn operations(&self) -> Vec<Operation>;

    /// What it answers to, as in `Allow`: with HEAD and OPTIONS.
    fn allow(&self) -> String;

    /// Where it is mounted.
    fn mount_point(&self) -> &MountPoint;

    /// The attributes of the view.
    fn state(&self) -> &Arc<ViewState>;

    /// Why a filter or a paginator of the path cannot work on a database of this kind, with the
    /// view and the path.
    fn misconfigured(&self, backend: DbBackend) -> Option<String>;
}

/// A view on a path: one endpoint that dispatches the methods itself.
pub struct MountedView<V> {
    view: Arc<V>,
    mount: MountPoint,
    methods: Vec<BoundMethod<V>>,
    /// OPTIONS runs as the action `metadata` and an unknown method as none: neither has an
    /// `ActionConfig`, but inline overrides hold.
    options: Arc<RouteContext>,
    unknown: Arc<RouteContext>,
    /// The parents of the path that are looked up before a handler runs.
    parents: Vec<ParentResolver>,
}

struct BoundMethod<V> {
    binding: Binding<V>,
    context: Arc<RouteContext>,
}

impl<V: ApiView> MountedView<V> {
    /// Puts `view` on a path with these methods. `state` is shared by all paths of the view.
    ///
    /// # Panics
    ///
    /// When a default action reads or shows rows with a serializer of another entity, a serializer
    /// leaves out a column that a new row needs and nothing else fills, or nests rows that a column
    /// does not refer to, a method is declared to answer rows and no serializer is known, an action
    /// has no renderer, an object permission is about other objects than the view's, or a throttle
    /// cannot work.
    #[must_use]
    pub fn new(
        view: Arc<V>,
        state: &Arc<ViewState>,
        mount: MountPoint,
        bindings: Vec<Binding<V>>,
    ) -> Self {
        let is_viewset = bindings.iter().any(|binding| binding.action.is_some());
        let mut bindings = bindings;
        bindings.retain(|binding| state.http_method_names.contains(&binding.method));
        for binding in &mut bindings {
            let overrides = std::mem::take(&mut binding.overrides);
            binding.overrides = overrides.or_settings(&state.settings);
            check_configuration::<V>(binding, state, &mount);
        }
        let inline = mount.inline.clone().or_settings(&state.settings);
        let allow = allow(&bindings, state);
        let action_map: ActionMap = bindings
            .iter()
            .filter_map(|binding| Some((binding.method.clone(), binding.action?)))
            .collect();
        let context = |action: Option<&'static str>, overrides: ActionOverrides| {
            Arc::new(RouteContext {
                action,
                basename: mount.basename.clone(),
                detail: mount.detail,
                action_map: action_map.clone(),
                suffix: mount.suffix,
                name: Arc::clone(&mount.name),
                description: Arc::clone(&mount.description),
                pattern: Arc::clone(&mount.pattern),
                allow: allow.clone(),
                overrides,
                view: Arc::clone(state),
                urls: Arc::clone(&mount.urls),
                parents: mount.parents.clone(),
            })
        };
        let parents = mount.parents.as_ref().map_or_else(Vec::new, |parents| {
            parents.resolvers(&state.settings, &mount.urls, &mount.pattern)
        });
        Self {
            parents,
            options: context(is_viewset.then_some("metadata"), inline.clone()),
            unknown: context(None, inline),
            methods: bindings
                .into_iter()
                .map(|binding| BoundMethod {
                    context: context(binding.action, binding.overrides.clone()),
                    binding,
                })
                .collect(),
            view,
            mount,
        }
    }

    fn method(&self, method: &Method) -> Option<&BoundMethod<V>> {
        let wanted = if *method == Method::HEAD && self.names(method) {
            &Method::GET
        } else {
            method
        };
        self.methods
            .iter()
            .find(|known| known.binding.method == *wanted)
    }

    /// Whether the view has not taken `method` away.
    fn names(&self, method: &Method) -> bool {
        self.options.view.http_method_names.contains(method)
    }

    async fn dispatch(&self, seed: RequestSeed) -> poem::Response {
        let is_options = seed.request.method() == Method::OPTIONS && self.names(&Method::OPTIONS);
        let is_head = seed.request.method() == Method::HEAD;
        let method = self.method(seed.request.method());
        let context = match method {
            Some(method) => &method.context,
            None if is_options => &self.options,
            None => &self.unknown,
        };
        let request = Request::new(seed, Arc::clone(context));
        let view = &*self.view;
        let handle = async {
            request.set_parsers(resolve::parsers(view, &request));
            request.set_renderers(resolve::renderers(view, &request));
            view.initial(&request).await?;
            let is_handled = method.is_some() || is_options;
            if is_handled && !self.parents.is_empty() {
                let parents = ResolvedParents::resolve(&request, &self.parents).await?;
                request.set_resolved_parents(parents);
            }
            match method {
                Some(method) => (method.binding.call)(view, &request).await,
                None if is_options => view.options(&request).await,
                None => Err(view.http_method_not_allowed(&request)),
            }
        };
        let outcome = AssertUnwindSafe(handle).catch_unwind().await;
        let outcome = outcome.unwrap_or_else(|panic| Err(panicked("a handler", panic.as_ref())));
        // The hooks behind the handler may panic, too.
        let finish = async {
            let response = match outcome {
                Ok(response) => response,
                Err(error) => {
                    if error.status().is_server_error() {
                        log_server_error(&request, &error);
                    }
                    view.handle_exception(&request, error).await
                }
            };
            let response = view.finalize_response(&request, response).await;
            response.render(&request, renderer(&request)?, is_head)
        };
        let finished = AssertUnwindSafe(finish).catch_unwind().await;
        finished
            .unwrap_or_else(|panic| Err(panicked("a handler", panic.as_ref())))
            .unwrap_or_else(|error| unrendered(&request, &error))
    }
}

impl<V: ApiView> MountedEndpoint for MountedView<V> {
    fn call(&self, seed: RequestSeed) -> BoxFuture<'_, poem::Response> {
        Box::pin(self.dispatch(seed))
    }

    fn operations(&self) -> Vec<Operation> {
        self.methods
            .iter()
            .map(|BoundMethod { binding, context }| operation(binding, context))
            .collect()
    }

    fn allow(&self) -> String {
        let allow = self.options.allow.to_str();
        allow.expect("method names are text").to_owned()
    }

    fn mount_point(&self) -> &MountPoint {
        &self.mount
    }

    fn state(&self) -> &Arc<ViewState> {
        &self.options.view
    }

    fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        let generic = self.state().generic.as_ref();
        let filters = generic.and_then(|generic| (generic.filters_misconfigured)(backend));
        let paginators = || {
            let mut paginators = self.operations().into_iter();
            paginators.find_map(|operation| operation.paginator?.misconfigured(backend))
        };
        let problem = filters
            .or_else(paginators)
            .or_else(|| self.unfollowed_ordering())
            .or_else(|| self.unfollowed_column(backend))
            .or_else(|| self.parameter_twice())?;
        let (view, pattern) = (std::any::type_name::<V>(), &self.mount.pattern);
        Some(format!("`{view}` at `{pattern}` has {problem}"))
    }
}

/// The mistake of a developer: a paginator that cannot follow the ordering of a filter backend.
pub(crate) fn unfollowed(paginator: &str, backend: &str) -> String {
    format!(
        "`{paginator}` and `{backend}`: the filter backend may order the list by a related \
         row, by a rank or another expression, or with a place of its own for NULL, and the \
         paginator continues a list behind the values of columns only; order by columns of the \
         entity, or use a paginator such as `PageNumberPagination`"
    )
}

impl<V: ApiView> MountedView<V> {
    /// The operations that page the filtered rows: lists, custom actions with a paginator of their
    /// own, and those that are read where a list would be.
    fn lists(&self) -> impl Iterator<Item = Operation> + '_ {
        let lists = self.methods.iter().filter(|method| {
            let binding = &method.binding;
            match binding.shape {
                OperationShape::List => true,
                OperationShape::Custom => {
                    method.context.overrides.pagination.is_some()
                        || (binding.method == Method::GET && self.mount.detail == Some(false))
                }
                _ => false,
            }
        });
        lists.map(|BoundMethod { binding, context }| operation(binding, context))
    }

    /// Says which paginator cannot follow the ordering of which filter backend.
    fn unfollowed_ordering(&self) -> Option<String> {
        let generic = self.state().generic.as_ref()?;
        let backend = generic.orders_by_expressions?;
        let mut lists = self.lists();
        let paginator = lists.find_map(|operation| operation.paginator?.pages_by_columns())?;
        Some(unfollowed(paginator, backend))
    }

    /// Says which paginator cannot follow a column that a filter backend may order by.
    fn unfollowed_column(&self, backend: DbBackend) -> Option<String> {
        let generic = self.state().generic.as_ref()?;
        let mut lists = self.lists();
        lists.find_map(|operation| (generic.cannot_follow)(&operation.paginator?, backend))
    }

    /// A query parameter of lists that two read, filters or a filter and the paginator or the
    /// negotiation: what the client means by it cannot be told.
    fn parameter_twice(&self) -> Option<String> {
        let state = self.state();
        let filters = &state.generic.as_ref()?.filter_parameters;
        let format = state.settings.url_format_override;
        self.lists().find_map(|operation| {
            let pages = operation.paginator.map(|paginator| paginator.parameters());
            let pages = pages.unwrap_or_default();
            let names = filters.iter().chain(&pages);
            let mut names = names.map(|parameter| &*parameter.name).chain(format);
            let mut seen = HashSet::new();
            let twice = names.find(|name| !seen.insert(*name))?;
            Some(format!(
                "two query parameters of the name `{twice}`, among those of the filters, the \
                 paginator and `url_format_override`; rename one"
            ))
        })
    }
}

impl<V> fmt::Debug for MountedView<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MountedView")
            .field("view", &std::any::type_name::<V>())
            .field("pattern", &self.mount.pattern)
            .field("allow", &self.options.allow)
            .finish_non_exhaustive()
    }
}

/// The resolved configuration of one method, as far as it does not depend on the request.
fn operation<V: ApiView>(binding: &Binding<V>, context: &RouteContext) -> Operation {
    let state = &context.view;
    let overrides = &context.overrides;
    let serializer = overrides.serializer.or(state.serializer);
    // A custom action usually takes no body; one that does says so with a serializer of its own.
    let is_custom_action = binding.action.is_some() && binding.shape == OperationShape::Custom;
    let request_serializer = if is_custom_action {
        let own = overrides.request_serializer.or(overrides.serializer);
        own.and_then(|own| {
            overrides
                .request_serializer
                .or(state.request_serializer)
                .or(Some(own))
        })
    } else {
        overrides
            .request_serializer
            .or(state.request_serializer)
            .or(serializer)
    };
    let permissions = overrides.permissions.as_ref().unwrap_or(&state.permissions);
    let throttles = overrides.throttles.as_ref().unwrap_or(&state.throttles);
    let parsers = overrides.parsers.as_ref().unwrap_or(&state.parsers);
    let renderers = overrides.renderers.as_ref().unwrap_or(&state.renderers);
    let paginator = match &overrides.pagination {
        Some(paginator) => state.settings.paginator_of(paginator.clone()),
        None => state
            .generic
            .as_ref()
            .and_then(|generic| generic.paginator.clone()),
    };
    Operation {
        method: binding.method.clone(),
        action: binding.action,
        shape: binding.shape,
        doc: binding.doc,
        status: binding.status,
        request_serializer,
        response_serializer: overrides
            .response_serializer
            .or(state.response_serializer)
            .or(serializer),
        paginator,
        requires_authentication: permissions.requires_authentication(&binding.method),
        throttled: !throttles.is_empty(),
        security_schemes: state.authenticators.security_schemes().collect(),
        parses: parsers.media_types().collect(),
        renders: renderers
            .iter()
            .map(|renderer| renderer.media_type())
            .collect(),
        takes_format: state.settings.url_format_override.is_some(),
    }
}

/// The methods of `http_method_names` that the view has: HEAD where there is GET, OPTIONS where
/// there is metadata.
fn allow<V>(bindings: &[Binding<V>], state: &ViewState) -> HeaderValue {
    let has = |method: &Method| bindings.iter().any(|binding| binding.method == *method);
    let allow: Vec<_> = state
        .http_method_names
        .iter()
        .filter(|method| match **method {
            Method::HEAD => has(&Method::GET),
            Method::OPTIONS => state.metadata.is_some(),
            _ => has(method),
        })
        .map(Method::as_str)
        .collect();
    HeaderValue::try_from(allow.join(", ")).expect("method names are header text")
}

/// The error for a panic of `what`; its text is for the log only.
pub(crate) fn panicked(what: &str, panic: &(dyn Any + Send)) -> ApiError {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a value that is not text");
    ApiError::internal(format!("{what} panicked: {text}"))
}

/// The agreed renderer; before an agreement (a 406) the first one.
fn renderer(request: &Request) -> Result<&dyn Renderer> {
    if let Some(accepted) = request.accepted() {
        return Ok(accepted.renderer.as_ref());
    }
    let renderer = request.renderers().iter().next();
    renderer
        .map(AsRef::as_ref)
        .ok_or_else(|| ApiError::internal("the view has no renderer"))
}

/// The last resort, for a response that no renderer could write.
fn unrendered(request: &Request, error: &ApiError) -> poem::Response {
    log_server_error(request, error);
    let view = &request.route().view;
    // It may have been the exception handler that panicked.
    let body = catch_unwind(AssertUnwindSafe(|| view.render_error(error)));
    let body = body.unwrap_or_else(|_| restflow_exceptions::exception_handler(error));
    poem::Response::builder()
        .status(StatusCode::INTERNAL_SERVER_ERROR)
        .content_type("application/json")
        .header(header::ALLOW, request.route().allow.clone())
        .body(body.to_string())
}

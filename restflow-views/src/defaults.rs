//! The default of every hook, for an override that builds on it.
//!
//! What Python writes `super().finalize_response(…)` is `defaults::finalize_response(self, …)`
//! here: for each hook of [`ApiView`] and [`GenericView`] there is a function of the same name
//! that takes the view first and then what the hook takes. The hook is one call of it. The
//! mixins have theirs in `restflow_mixins::defaults`; `restflow::defaults` has them all.
//!
//! ```
//! use restflow_views::{ApiView, Request, Response, Result, defaults};
//!
//! struct Account;
//!
//! impl ApiView for Account {
//!     async fn initial(&self, request: &Request) -> Result<()> {
//!         defaults::initial(self, request).await?;
//!         tracing::info!(user = request.user().username(), "let in");
//!         Ok(())
//!     }
//!
//!     async fn finalize_response(&self, request: &Request, response: Response) -> Response {
//!         let response = defaults::finalize_response(self, request, response).await;
//!         response.with_header("Cache-Control", "no-store")
//!     }
//! }
//! # fn main() {}
//! ```

use std::time::Duration;

use http::{HeaderValue, Method, StatusCode, header};
use restflow_exceptions::{ApiError, ErrorKind, Result};
use restflow_pagination::{Envelope, Paginator};
use restflow_serializers::{
    PostFetches, Representation, SerializerClass, SerializerContext, Validation,
};

use crate::{
    ApiView, Authenticators, GenericView, Instance, ObjectLookup, ObjectRef, Parsers, Permissions,
    Queryset, Renderers, Request, Response, ThrottleDecision, Throttles, Validated,
    api_view::{refuse, resolve},
    generic_view::{PaginatedQueryset, built, chosen_ordering, default_queryset, paginate},
    metadata::{ActionFields, ObjectCheck},
    negotiation::negotiate,
    nesting,
    responses::paginated,
};

/// The default of [`ApiView::get_authenticators`]: those of the view's attribute.
pub fn get_authenticators<V: ApiView>(_view: &V, request: &Request) -> Authenticators {
    request.route().view.authenticators.clone()
}

/// The default of [`ApiView::get_permissions`]: those of the view's attribute.
pub fn get_permissions<V: ApiView>(_view: &V, request: &Request) -> Permissions {
    request.route().view.permissions.clone()
}

/// The default of [`ApiView::get_throttles`]: those of the view's attribute.
pub fn get_throttles<V: ApiView>(_view: &V, request: &Request) -> Throttles {
    request.route().view.throttles.clone()
}

/// The default of [`ApiView::get_parsers`]: those of the view's attribute.
pub fn get_parsers<V: ApiView>(_view: &V, request: &Request) -> Parsers {
    request.route().view.parsers.clone()
}

/// The default of [`ApiView::get_renderers`]: those of the view's attribute.
pub fn get_renderers<V: ApiView>(_view: &V, request: &Request) -> Renderers {
    request.route().view.renderers.clone()
}

/// The default of [`ApiView::get_serializer_class`]: that of the view's attribute, else that of
/// its entity.
pub fn get_serializer_class<V: ApiView>(_view: &V, request: &Request) -> Option<SerializerClass> {
    request.route().view.serializer
}

/// The default of [`ApiView::get_request_serializer_class`]: that of the view's attribute, else
/// the class that serves both directions.
pub fn get_request_serializer_class<V: ApiView>(
    view: &V,
    request: &Request,
) -> Option<SerializerClass> {
    let class = request.route().view.request_serializer;
    class.or_else(|| resolve::serializer_class(view, request))
}

/// The default of [`ApiView::get_response_serializer_class`]: that of the view's attribute, else
/// the class that serves both directions.
pub fn get_response_serializer_class<V: ApiView>(
    view: &V,
    request: &Request,
) -> Option<SerializerClass> {
    let class = request.route().view.response_serializer;
    class.or_else(|| resolve::serializer_class(view, request))
}

/// The default of [`ApiView::get_serializer_context`]: the database, the base of absolute URLs,
/// and the extensions of the request with its user.
pub fn get_serializer_context<'a, V: ApiView>(
    _view: &V,
    request: &'a Request,
) -> SerializerContext<'a> {
    request.serializer_context()
}

/// The default of [`ApiView::get_post_fetches`]: none.
pub fn get_post_fetches<V: ApiView>(_view: &V, _request: &Request) -> PostFetches {
    PostFetches::new()
}

/// The default of [`ApiView::get_pagination_class`]: that of the view's attribute.
pub fn get_pagination_class<V: ApiView>(_view: &V, request: &Request) -> Option<Paginator> {
    let generic = request.route().view.generic.as_ref()?;
    generic.paginator.clone()
}

/// The default of [`ApiView::initial`]: negotiation, authentication, permissions, throttles.
pub async fn initial<V: ApiView>(view: &V, request: &Request) -> Result<()> {
    view.perform_content_negotiation(request)?;
    view.perform_authentication(request).await?;
    view.check_permissions(request).await?;
    view.check_throttles(request).await
}

/// The default of [`ApiView::perform_content_negotiation`].
pub fn perform_content_negotiation<V: ApiView>(_view: &V, request: &Request) -> Result<()> {
    let settings = &request.route().view.settings;
    let from_query = || request.query_params().get(settings.url_format_override?);
    let format = request.format_suffix().or_else(from_query);
    let format = format.filter(|format| !format.is_empty());
    let accepted = negotiate(request.headers(), format, request.renderers())?;
    request.set_accepted(accepted);
    Ok(())
}

/// The default of [`ApiView::perform_authentication`].
pub async fn perform_authentication<V: ApiView>(view: &V, request: &Request) -> Result<()> {
    let authenticators = resolve::authenticators(view, request);
    let found = authenticators.authenticate(request).await?;
    request.set_authenticated(found);
    Ok(())
}

/// The default of [`ApiView::check_permissions`].
pub async fn check_permissions<V: ApiView>(view: &V, request: &Request) -> Result<()> {
    let permissions = resolve::permissions(view, request);
    refuse(view, request, permissions.check(request).await?)
}

/// The default of [`ApiView::check_object_permissions`]: the rules about objects of this type,
/// among the permissions of the action or of [`ApiView::get_permissions`].
pub async fn check_object_permissions<V: ApiView>(
    view: &V,
    request: &Request,
    object: ObjectRef<'_>,
) -> Result<()> {
    let permissions = resolve::permissions(view, request);
    let denial = permissions.check_object(request, object).await?;
    refuse(view, request, denial)
}

/// The default of [`ApiView::check_throttles`].
pub async fn check_throttles<V: ApiView>(view: &V, request: &Request) -> Result<()> {
    match resolve::throttles(view, request).check(request).await? {
        ThrottleDecision::Allowed => Ok(()),
        ThrottleDecision::Denied { wait } => Err(view.throttled(request, wait)),
    }
}

/// The default of [`ApiView::permission_denied`].
pub fn permission_denied<V: ApiView>(
    view: &V,
    request: &Request,
    message: Option<&str>,
    code: Option<&str>,
) -> ApiError {
    if !request.has_accepted_credentials() && !resolve::authenticators(view, request).is_empty() {
        return ApiError::not_authenticated();
    }
    let mut error = ApiError::permission_denied();
    if let Some(message) = message {
        error = error.with_detail(message.to_owned());
    }
    if let Some(code) = code {
        error = error.with_code(code.to_owned());
    }
    error
}

/// The default of [`ApiView::throttled`].
pub fn throttled<V: ApiView>(_view: &V, _request: &Request, wait: Option<Duration>) -> ApiError {
    ApiError::throttled(wait)
}

/// The default of [`ApiView::http_method_not_allowed`].
pub fn http_method_not_allowed<V: ApiView>(_view: &V, request: &Request) -> ApiError {
    ApiError::method_not_allowed(request.method().as_str())
}

/// The default of [`ApiView::handle_exception`].
pub async fn handle_exception<V: ApiView>(
    view: &V,
    request: &Request,
    error: ApiError,
) -> Response {
    let mut error = error;
    let mut challenge = None;
    if matches!(
        error.kind(),
        ErrorKind::NotAuthenticated | ErrorKind::AuthenticationFailed
    ) {
        let authenticators = resolve::authenticators(view, request);
        challenge = authenticators
            .authenticate_header()
            .and_then(|challenge| HeaderValue::try_from(challenge).ok());
        if challenge.is_none() {
            error = error.with_status(StatusCode::FORBIDDEN);
        }
    }
    let body = view.exception_handler(request, &error);
    let mut response = Response::new(body).with_status(error.status());
    if let Some(challenge) = challenge {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, challenge);
    }
    if let Some(wait) = error.retry_after() {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The default of [`ApiView::exception_handler`]: [`ApiView::error_body`], else the handler of the
/// API's settings.
pub fn exception_handler<V: ApiView>(
    _view: &V,
    request: &Request,
    error: &ApiError,
) -> serde_json::Value {
    request.route().view.render_error(error)
}

/// The default of [`ApiView::finalize_response`].
pub async fn finalize_response<V: ApiView>(
    _view: &V,
    request: &Request,
    mut response: Response,
) -> Response {
    let route = request.route();
    let headers = response.headers_mut();
    headers
        .entry(header::ALLOW)
        .or_insert_with(|| route.allow.clone());
    if request.renderers().len() > 1 {
        headers.append(header::VARY, HeaderValue::from_static("Accept"));
    }
    response
}

/// The default of [`ApiView::options`].
pub async fn options<V: ApiView>(view: &V, request: &Request) -> Result<Response> {
    let Some(metadata) = &request.route().view.metadata else {
        return Err(view.http_method_not_allowed(request));
    };
    let actions = action_fields(view, request).await?;
    Ok(Response::new(metadata.determine_metadata(request, actions)))
}

/// The fields that POST and PUT take, of those methods that this client may use (DRF:
/// `SimpleMetadata.determine_actions`).
async fn action_fields<V: ApiView>(view: &V, request: &Request) -> Result<ActionFields> {
    let mut actions = ActionFields::new();
    let Some(class) = resolve::serializer_class(view, request) else {
        return Ok(actions);
    };
    let allowed = request.route().allow.to_str().unwrap_or_default();
    for method in [Method::POST, Method::PUT] {
        if !allowed
            .split(", ")
            .any(|allowed| allowed == method.as_str())
        {
            continue;
        }
        let clone = request.clone_with_method(method.clone());
        if is_refused(view.check_permissions(&clone).await)? {
            continue;
        }
        if method == Method::PUT
            && let Some(generic) = &request.route().view.generic
            && let Some(check) = generic.object_check.downcast_ref::<ObjectCheck<V>>()
            && is_refused(check(view, &clone).await)?
        {
            continue;
        }
        actions.push((method, class.fields()));
    }
    Ok(actions)
}

/// Whether the client may not do it. Fails where the server could not find out.
fn is_refused(answer: Result<()>) -> Result<bool> {
    match answer {
        Ok(()) => Ok(false),
        Err(error) if error.status().is_server_error() => Err(error),
        Err(_refused) => Ok(true),
    }
}

/// The default of [`GenericView::get_queryset`]: the queryset of the action's
/// [`ActionConfig`](crate::ActionConfig), else [`queryset`](GenericView::queryset).
///
/// A `get_queryset` that builds on it narrows the queryset of an `ActionConfig`, too; one that
/// does not loses to it.
pub async fn get_queryset<V: GenericView>(view: &V, request: &Request) -> Result<Queryset<V>> {
    default_queryset(view, request).await
}

/// The default of [`GenericView::filter_queryset`].
pub async fn filter_queryset<V: GenericView>(
    view: &V,
    request: &Request,
    queryset: Queryset<V>,
) -> Result<Queryset<V>> {
    let built = built::<V>(request);
    let own;
    let backends = match built {
        Some(built) => &built.filter_backends,
        None => {
            own = view.filter_backends();
            &own
        }
    };
    if backends.is_empty() {
        return Ok(queryset);
    }
    backends
        .filter_queryset(queryset, &request.filter_context())
        .await
}

/// The default of [`GenericView::paginate_queryset`].
pub async fn paginate_queryset<V: GenericView>(
    view: &V,
    request: &Request,
    queryset: Queryset<V>,
    class: SerializerClass,
) -> Result<PaginatedQueryset<V::Entity>> {
    let Some(paginator) = resolve::pagination(view, request) else {
        return Ok(PaginatedQueryset::Off(queryset));
    };
    let ordering = match built::<V>(request) {
        Some(_) => chosen_ordering::<V::Entity>(request, &paginator)?,
        None => Vec::new(),
    };
    paginate(request, &paginator, queryset, ordering, class)
        .await
        .map(PaginatedQueryset::Page)
}

/// The default of [`GenericView::get_paginated_response`].
pub fn get_paginated_response<V: GenericView>(
    _view: &V,
    _request: &Request,
    envelope: Envelope,
    results: Box<dyn Representation>,
) -> Response {
    let headers = envelope.headers().clone();
    Response::from_representation(paginated(envelope, results)).with_headers(headers)
}

/// The default of [`GenericView::get_object`]: the lookup by the view's lookup field.
pub fn get_object<'a, V: GenericView>(view: &'a V, request: &'a Request) -> ObjectLookup<'a, V> {
    ObjectLookup::new(view, request)
}

/// The default of [`GenericView::validated`]. Of a nested view, the key of the parent stands for
/// what the client sent in a field for it, and a row is created there and stays there.
pub async fn validated<V: GenericView>(
    view: &V,
    request: &Request,
    instance: Option<Instance<V>>,
    partial: bool,
) -> Result<Validated<V>> {
    let class = resolve::request_serializer_class(view, request)?;
    let context = view.get_serializer_context(request);
    let mut validation = Validation::new(&context).partial(partial);
    if let Some(instance) = &instance {
        validation = validation.with_instance(instance);
    }
    let input = nesting::input_with_parent::<V>(request, class, false).await?;
    let validated = class.validate(input, &validation).await?;
    let is_new = instance.is_none();
    let validated = validated.into_typed(instance)?;
    if is_new {
        return nesting::with_parent::<V>(request, validated).await;
    }
    nesting::stays_with_parent::<V>(request, validated).await
}

//! The base of all views.

use std::{any::Any, sync::Arc};

use http::{HeaderValue, Method, StatusCode, header};
use restflow_exceptions::{ApiError, ErrorKind, Result};
use restflow_pagination::Paginator;
use restflow_serializers::{
    ErasedValidated, FromData, RestEntity, Serializer, SerializerClass, Validation,
};
use sea_orm::{ModelTrait, Select};

use crate::{
    ActionConfigs, Authenticators, Metadata, PaginatedResponse, Parsers, Permissions, Renderers,
    Request, Response, SerializedResponse, SimpleMetadata, ThrottleDecision, Throttles,
    metadata::{ActionFields, ObjectCheck},
    negotiation::negotiate,
    permissions::Denial,
};

/// A class-based view: attributes, and a dispatch of named hooks.
///
/// Nothing is required; `impl ApiView for Ping {}` is a view. The attributes (nouns) are read once
/// when the view is put on a path. The hooks (verbs, and `get_…`) run for each request, in this
/// order: [`initial`](Self::initial) (negotiation, authentication, permissions, throttles), the
/// handler, [`handle_exception`](Self::handle_exception) if anything failed, and
/// [`finalize_response`](Self::finalize_response).
///
/// `&self` is configuration and shared by all requests; the request is passed to every hook.
///
/// DRF: `rest_framework.views.APIView`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a view",
    note = "every view starts with `impl ApiView for {Self} {{}}`"
)]
pub trait ApiView: Sized + Send + Sync + 'static {
    /// Who reads the user from a request. The default takes the API's settings.
    fn authentication_classes(&self) -> Authenticators {
        Authenticators::from_settings()
    }

    /// Who may use the view. The default takes the API's settings.
    fn permission_classes(&self) -> Permissions {
        Permissions::from_settings()
    }

    /// How often the view may be called. The default takes the API's settings.
    fn throttle_classes(&self) -> Throttles {
        Throttles::from_settings()
    }

    /// Who reads bodies. The default takes the API's settings.
    fn parser_classes(&self) -> Parsers {
        Parsers::from_settings()
    }

    /// Who writes bodies. The default takes the API's settings. With more than one renderer
    /// answers carry `Vary: Accept`.
    fn renderer_classes(&self) -> Renderers {
        Renderers::from_settings()
    }

    /// Who answers OPTIONS. `None` refuses the method with 405.
    fn metadata_class(&self) -> Option<Arc<dyn Metadata>> {
        Some(Arc::new(SimpleMetadata))
    }

    /// The serializer of the view. A generic view need not say it, its
    /// [`Serializer`](crate::GenericView::Serializer) is the default.
    fn serializer_class(&self) -> Option<SerializerClass> {
        None
    }

    /// The serializer that reads bodies, where it differs.
    fn request_serializer_class(&self) -> Option<SerializerClass> {
        None
    }

    /// The serializer that writes answers, where it differs.
    fn response_serializer_class(&self) -> Option<SerializerClass> {
        None
    }

    /// The overrides of single actions, for viewsets. Views that have no actions must not have
    /// any, which is checked when they are put on a path.
    fn action_configs(&self) -> ActionConfigs<Self> {
        ActionConfigs::new()
    }

    /// The authenticators of this request. Overridden where they depend on the request.
    fn get_authenticators(&self, request: &Request) -> Authenticators {
        request.route().view.authenticators.clone()
    }

    /// The permissions of this request. Overridden where they depend on the request; an
    /// [`ActionConfig`](crate::ActionConfig) wins over it.
    fn get_permissions(&self, request: &Request) -> Permissions {
        request.route().view.permissions.clone()
    }

    /// The throttles of this request; an [`ActionConfig`](crate::ActionConfig) wins over it.
    fn get_throttles(&self, request: &Request) -> Throttles {
        request.route().view.throttles.clone()
    }

    /// The parsers of this request; an [`ActionConfig`](crate::ActionConfig) wins over it.
    fn get_parsers(&self, request: &Request) -> Parsers {
        request.route().view.parsers.clone()
    }

    /// The renderers of this request; an [`ActionConfig`](crate::ActionConfig) wins over it.
    fn get_renderers(&self, request: &Request) -> Renderers {
        request.route().view.renderers.clone()
    }

    /// The serializer class of this request; an [`ActionConfig`](crate::ActionConfig) wins over
    /// it. `None` means that the view has none.
    fn get_serializer_class(&self, request: &Request) -> Option<SerializerClass> {
        request.route().view.serializer
    }

    /// The class that reads this request's body: the view's request serializer, else
    /// [`get_serializer_class`](Self::get_serializer_class).
    fn get_request_serializer_class(&self, request: &Request) -> Option<SerializerClass> {
        request
            .route()
            .view
            .request_serializer
            .or_else(|| resolve::serializer_class(self, request))
    }

    /// The class that writes this request's answer: the view's response serializer, else
    /// [`get_serializer_class`](Self::get_serializer_class).
    fn get_response_serializer_class(&self, request: &Request) -> Option<SerializerClass> {
        request
            .route()
            .view
            .response_serializer
            .or_else(|| resolve::serializer_class(self, request))
    }

    /// The paginator of this request; an [`ActionConfig`](crate::ActionConfig) wins over it.
    /// `None` turns pagination off.
    fn get_pagination_class(&self, request: &Request) -> Option<Paginator> {
        let generic = request.route().view.generic.as_ref()?;
        generic.paginator.clone()
    }

    /// Everything before the handler: negotiation, authentication, permissions, throttles.
    ///
    /// Overridden to add a step for every method of the view; call the four hooks in it.
    fn initial(&self, request: &Request) -> impl Future<Output = Result<()>> + Send {
        async move {
            self.perform_content_negotiation(request)?;
            self.perform_authentication(request).await?;
            self.check_permissions(request).await?;
            self.check_throttles(request).await
        }
    }

    /// Agrees upon the renderer, by `?format=`, suffix and `Accept`.
    fn perform_content_negotiation(&self, request: &Request) -> Result<()> {
        let settings = &request.route().view.settings;
        let from_query = || request.query_params().get(settings.url_format_override?);
        let format = request.format_suffix().or_else(from_query);
        let format = format.filter(|format| !format.is_empty());
        let accepted = negotiate(
            request.headers(),
            format,
            &resolve::renderers(self, request),
        )?;
        request.set_accepted(accepted);
        Ok(())
    }

    /// Reads the user. Wrong credentials fail here, also on a view that is open to everybody.
    fn perform_authentication(&self, request: &Request) -> impl Future<Output = Result<()>> + Send {
        async move {
            let authenticators = resolve::authenticators(self, request);
            let found = authenticators.authenticate(request).await?;
            request.set_authenticated(found);
            Ok(())
        }
    }

    /// Asks the permissions. Overridden for a rule that is no permission class; call
    /// [`permission_denied`](Self::permission_denied) to refuse.
    fn check_permissions(&self, request: &Request) -> impl Future<Output = Result<()>> + Send {
        async move {
            let permissions = resolve::permissions(self, request);
            refuse(self, request, permissions.check(request).await?)
        }
    }

    /// Counts the request in all throttles.
    fn check_throttles(&self, request: &Request) -> impl Future<Output = Result<()>> + Send {
        async move {
            match resolve::throttles(self, request).check(request).await? {
                ThrottleDecision::Allowed => Ok(()),
                ThrottleDecision::Denied { wait } => Err(self.throttled(request, wait)),
            }
        }
    }

    /// The error of a refused request: 401 when the client has not said who it is but could, else
    /// 403 with `message` and `code`.
    fn permission_denied(
        &self,
        request: &Request,
        message: Option<&str>,
        code: Option<&str>,
    ) -> ApiError {
        if !request.is_authenticated() && !resolve::authenticators(self, request).is_empty() {
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

    /// The error of a throttled request: 429, with the seconds to wait if they are known.
    fn throttled(&self, request: &Request, wait: Option<std::time::Duration>) -> ApiError {
        let _ = request;
        ApiError::throttled(wait)
    }

    /// The error for a method that the path does not have: 405.
    fn http_method_not_allowed(&self, request: &Request) -> ApiError {
        ApiError::method_not_allowed(request.method().as_str())
    }

    /// Turns an error of any step into the response.
    ///
    /// Adds `WWW-Authenticate` to a 401 (which becomes a 403 without a challenge, as in DRF) and
    /// `Retry-After` to a 429, and logs what is the server's fault; the log has the cause, the
    /// client never does. To change the body only, override
    /// [`exception_handler`](Self::exception_handler).
    fn handle_exception(
        &self,
        request: &Request,
        error: ApiError,
    ) -> impl Future<Output = Response> + Send {
        async move {
            let mut error = error;
            let mut challenge = None;
            if matches!(
                error.kind(),
                ErrorKind::NotAuthenticated | ErrorKind::AuthenticationFailed
            ) {
                let authenticators = resolve::authenticators(self, request);
                challenge = authenticators
                    .authenticate_header()
                    .and_then(|challenge| HeaderValue::try_from(challenge).ok());
                if challenge.is_none() {
                    error = error.with_status(StatusCode::FORBIDDEN);
                }
            }
            if error.status().is_server_error() {
                log_server_error(request, &error);
            }
            let body = self.exception_handler(request, &error);
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
    }

    /// The body of an error. The default is the handler of the API's settings.
    fn exception_handler(&self, request: &Request, error: &ApiError) -> serde_json::Value {
        (request.route().view.settings.exception_handler)(error)
    }

    /// The last word on a response: adds `Allow`, and `Vary: Accept` where there is a choice.
    fn finalize_response(&self, request: &Request, response: Response) -> Response {
        let mut response = response;
        let route = request.route();
        let headers = response.headers_mut();
        headers
            .entry(header::ALLOW)
            .or_insert_with(|| route.allow.clone());
        if route.view.renderers.len() > 1 {
            headers.append(header::VARY, HeaderValue::from_static("Accept"));
        }
        response
    }

    /// Answers OPTIONS with what [`metadata_class`](Self::metadata_class) says.
    fn options(&self, request: &Request) -> impl Future<Output = Result<Response>> + Send {
        async move {
            let Some(metadata) = &request.route().view.metadata else {
                return Err(self.http_method_not_allowed(request));
            };
            let actions = action_fields(self, request).await;
            Ok(Response::new(metadata.determine_metadata(request, actions)))
        }
    }
}

/// What every view can do: helpers that are called, never overridden.
///
/// To change what one of them does, override the hook that it is made of, in [`ApiView`].
pub trait ApiViewExt: ApiView {
    /// Asks the permissions about one object. Part of
    /// [`get_object`](crate::GenericView::get_object); a handler that finds its object in another
    /// way calls it.
    fn check_object_permissions<M>(
        &self,
        request: &Request,
        object: &M,
    ) -> impl Future<Output = Result<()>> + Send
    where
        M: Any + Send + Sync,
    {
        async move {
            let permissions = resolve::permissions(self, request);
            refuse(
                self,
                request,
                permissions.check_object(request, object).await?,
            )
        }
    }

    /// The class that reads the body, resolved: the action's, else the view's. Fails when there
    /// is none.
    fn resolved_request_serializer(&self, request: &Request) -> Result<SerializerClass> {
        resolve::request_serializer_class(self, request)
    }

    /// The class that writes the answer, resolved: the action's, else the view's. Fails when there
    /// is none.
    fn resolved_response_serializer(&self, request: &Request) -> Result<SerializerClass> {
        resolve::response_serializer_class(self, request)
    }

    /// The body, validated by the serializer `S`.
    ///
    /// Fails with a 400 that names every wrong field.
    fn validated_serializer<S>(&self, request: &Request) -> impl Future<Output = Result<S>> + Send
    where
        S: Serializer + FromData,
    {
        async move {
            let context = request.serializer_context();
            let validation = Validation::new(&context);
            let data = S::validate(request.input().await?, &validation).await?;
            S::from_data(data).map_err(ApiError::validation)
        }
    }

    /// The body, validated by the request serializer of the view or the action, whatever it is.
    fn validated_data(
        &self,
        request: &Request,
    ) -> impl Future<Output = Result<ErasedValidated>> + Send {
        async move {
            let class = resolve::request_serializer_class(self, request)?;
            let context = request.serializer_context();
            class
                .validate(request.input().await?, &Validation::new(&context))
                .await
        }
    }

    /// 200 with one row, through the response serializer of the view or the action:
    /// `self.serialized_response(request, product).await`. Before the `.await` the status, the
    /// headers and another serializer can be chosen.
    fn serialized_response<'a, M>(
        &'a self,
        request: &'a Request,
        instance: M,
    ) -> SerializedResponse<'a, Self, M>
    where
        M: ModelTrait + Send + Sync + 'static,
    {
        SerializedResponse::new(self, request, instance)
    }

    /// 200 with one page of `queryset`, or all of it where the view has no paginator:
    /// `self.paginated_response(request, queryset).await`. Before the `.await` the paginator, the
    /// headers and another serializer can be chosen.
    fn paginated_response<'a, E>(
        &'a self,
        request: &'a Request,
        queryset: Select<E>,
    ) -> PaginatedResponse<'a, Self, E>
    where
        E: RestEntity,
    {
        PaginatedResponse::new(self, request, queryset)
    }
}

impl<V: ApiView> ApiViewExt for V {}

fn refuse<V: ApiView>(view: &V, request: &Request, denial: Option<Denial>) -> Result<()> {
    match denial {
        None => Ok(()),
        Some(Denial { message, code }) => {
            Err(view.permission_denied(request, message.as_deref(), code.as_deref()))
        }
    }
}

/// One line for the operator, with what the client is not told.
pub(crate) fn log_server_error(request: &Request, error: &ApiError) {
    match error.log_source() {
        Some(source) => tracing::error!(
            method = %request.method(),
            path = request.uri().path(),
            error = %error,
            cause = %source,
            "the request failed"
        ),
        None => tracing::error!(
            method = %request.method(),
            path = request.uri().path(),
            error = %error,
            "the request failed"
        ),
    }
}

/// The fields that POST and PUT take, of those methods that this client may use (DRF:
/// `SimpleMetadata.determine_actions`).
async fn action_fields<V: ApiView>(view: &V, request: &Request) -> ActionFields {
    let mut actions = ActionFields::new();
    let Some(class) = resolve::serializer_class(view, request) else {
        return actions;
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
        if view.check_permissions(&clone).await.is_err() {
            continue;
        }
        if method == Method::PUT
            && let Some(generic) = &request.route().view.generic
            && let Some(check) = generic.object_check.downcast_ref::<ObjectCheck<V>>()
            && check(view, &clone).await.is_err()
        {
            continue;
        }
        actions.push((method, class.fields()));
    }
    actions
}

/// Every getter in one order: the action's override, then the view's `get_…`.
pub(crate) mod resolve {
    use super::{
        ApiError, ApiView, Authenticators, Paginator, Parsers, Permissions, Renderers, Request,
        Result, SerializerClass, Throttles,
    };

    /// The permissions of the request. Those that stand for the settings' become them, wherever
    /// they come from.
    pub(crate) fn permissions<V: ApiView>(view: &V, request: &Request) -> Permissions {
        match &request.route().overrides.permissions {
            Some(overridden) => overridden.clone(),
            None => view
                .get_permissions(request)
                .or_settings(&request.route().view.settings.permission_classes),
        }
    }

    pub(crate) fn throttles<V: ApiView>(view: &V, request: &Request) -> Throttles {
        match &request.route().overrides.throttles {
            Some(overridden) => overridden.clone(),
            None => view
                .get_throttles(request)
                .or_settings(&request.route().view.settings.throttle_classes),
        }
    }

    pub(crate) fn parsers<V: ApiView>(view: &V, request: &Request) -> Parsers {
        match &request.route().overrides.parsers {
            Some(overridden) => overridden.clone(),
            None => view
                .get_parsers(request)
                .or_settings(&request.route().view.settings.parser_classes),
        }
    }

    pub(crate) fn renderers<V: ApiView>(view: &V, request: &Request) -> Renderers {
        match &request.route().overrides.renderers {
            Some(overridden) => overridden.clone(),
            None => view
                .get_renderers(request)
                .or_settings(&request.route().view.settings.renderer_classes),
        }
    }

    pub(crate) fn authenticators<V: ApiView>(view: &V, request: &Request) -> Authenticators {
        view.get_authenticators(request)
            .or_settings(&request.route().view.settings.authentication_classes)
    }

    pub(crate) fn pagination<V: ApiView>(view: &V, request: &Request) -> Option<Paginator> {
        match &request.route().overrides.pagination {
            Some(overridden) => overridden.clone(),
            None => view.get_pagination_class(request),
        }
    }

    pub(crate) fn serializer_class<V: ApiView>(
        view: &V,
        request: &Request,
    ) -> Option<SerializerClass> {
        let overridden = request.route().overrides.serializer;
        overridden.or_else(|| view.get_serializer_class(request))
    }

    pub(crate) fn request_serializer_class<V: ApiView>(
        view: &V,
        request: &Request,
    ) -> Result<SerializerClass> {
        let overridden = request.route().overrides.request_serializer;
        overridden
            .or_else(|| view.get_request_serializer_class(request))
            .ok_or_else(|| missing::<V>(request))
    }

    pub(crate) fn response_serializer_class<V: ApiView>(
        view: &V,
        request: &Request,
    ) -> Result<SerializerClass> {
        let overridden = request.route().overrides.response_serializer;
        overridden
            .or_else(|| view.get_response_serializer_class(request))
            .ok_or_else(|| missing::<V>(request))
    }

    fn missing<V>(request: &Request) -> ApiError {
        let view = std::any::type_name::<V>();
        let action = request.action().unwrap_or(request.method().as_str());
        ApiError::internal(std::io::Error::other(format!(
            "`{view}` has no serializer for `{action}`: implement `serializer_class`, set it in \
             the ActionConfig of the action, or override `get_serializer_class`"
        )))
    }
}

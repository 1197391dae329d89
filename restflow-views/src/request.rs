//! One request, as views see it.

use std::{
    any::Any,
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use bytes::Bytes;
use http::{Extensions, HeaderMap, Method, Uri, header};
use mime::Mime;
use restflow_exceptions::{ApiError, Result};
use restflow_filters::{FilterContext, QueryParams};
use restflow_serializers::{HasDatabase, Input, SerializerContext};
use sea_orm::DatabaseConnection;
use tokio::sync::Mutex as AsyncMutex;

use crate::{
    Accepted, ActionMap, Authenticated, Data, Kwargs, ParserContext, Parsers, Renderers,
    RequestBody, RouteContext, SharedState, UrlBase, UrlTable, User,
    dispatch::RequestSeed,
    media_type,
    nesting::{ResolvedParents, not_resolved},
    parsers::DynParser,
    request_body::BodySource,
};

/// The one request that is passed to every hook.
///
/// The user, the body and the query are computed at most once and shared by all hooks. A view is
/// configuration and has no request of its own: what DRF reads from `self.request`, `self.action`
/// and `self.kwargs` is read from here.
pub struct Request {
    method: Method,
    route: Arc<RouteContext>,
    shared: Arc<Shared>,
}

/// What does not change when the same request is looked at as another method (OPTIONS does).
struct Shared {
    uri: Uri,
    /// What `nest` stripped.
    script_name: String,
    scheme: http::uri::Scheme,
    headers: HeaderMap,
    extensions: Extensions,
    remote_addr: Option<SocketAddr>,
    kwargs: Kwargs,
    format_suffix: Option<String>,
    db: DatabaseConnection,
    state: SharedState,
    query: OnceLock<QueryParams>,
    base_url: OnceLock<String>,
    body: BodySource,
    /// Held while the body is parsed.
    parsing: AsyncMutex<()>,
    data: OnceLock<Data>,
    parsers: OnceLock<Parsers>,
    renderers: OnceLock<Renderers>,
    accepted: OnceLock<Accepted>,
    extensions_with_user: OnceLock<Extensions>,
    authenticated: OnceLock<Option<Authenticated>>,
    /// What hooks keep for later hooks.
    kept: Arc<Mutex<Extensions>>,
    /// The rows of the parents of the path, where they were resolved.
    parents: OnceLock<ResolvedParents>,
}

impl Request {
    pub(crate) fn new(seed: RequestSeed, route: Arc<RouteContext>) -> Self {
        let RequestSeed {
            request,
            kwargs,
            format_suffix,
            db,
            state,
        } = seed;
        let uri = original_uri(&request).clone();
        let script_name = uri
            .path()
            .strip_suffix(request.uri().path())
            .unwrap_or_default()
            .to_owned();
        let scheme = request.scheme().clone();
        let remote_addr = request.remote_addr().as_socket_addr().copied();
        let (parts, body) = request.into_parts();
        Self {
            method: parts.method,
            route,
            shared: Arc::new(Shared {
                uri,
                script_name,
                scheme,
                body: BodySource::new(body, &parts.headers),
                headers: parts.headers,
                extensions: parts.extensions,
                remote_addr,
                kwargs,
                format_suffix,
                db,
                state,
                query: OnceLock::new(),
                base_url: OnceLock::new(),
                parsing: AsyncMutex::new(()),
                data: OnceLock::new(),
                parsers: OnceLock::new(),
                renderers: OnceLock::new(),
                accepted: OnceLock::new(),
                extensions_with_user: OnceLock::new(),
                authenticated: OnceLock::new(),
                kept: Arc::default(),
                parents: OnceLock::new(),
            }),
        }
    }

    /// The same request as if it had come with `method` (DRF: `clone_request`).
    #[must_use]
    pub fn clone_with_method(&self, method: Method) -> Self {
        Self {
            method,
            route: Arc::clone(&self.route),
            shared: Arc::clone(&self.shared),
        }
    }

    /// A request for the parent of this one, as if the client had asked for it: the same headers,
    /// user and kept values, no query parameters and no body.
    pub(crate) fn for_parent(
        &self,
        route: Arc<RouteContext>,
        kwargs: Kwargs,
        parents: ResolvedParents,
    ) -> Self {
        let shared = &self.shared;
        let path = shared.uri.path().parse();
        Self {
            method: Method::GET,
            route,
            shared: Arc::new(Shared {
                uri: path.unwrap_or_else(|_| shared.uri.clone()),
                script_name: shared.script_name.clone(),
                scheme: shared.scheme.clone(),
                body: BodySource::new(poem::Body::empty(), &HeaderMap::new()),
                headers: shared.headers.clone(),
                extensions: shared.extensions.clone(),
                remote_addr: shared.remote_addr,
                kwargs,
                format_suffix: None,
                db: shared.db.clone(),
                state: shared.state.clone(),
                query: OnceLock::new(),
                base_url: shared.base_url.clone(),
                parsing: AsyncMutex::new(()),
                data: OnceLock::new(),
                parsers: OnceLock::new(),
                renderers: OnceLock::new(),
                accepted: shared.accepted.clone(),
                extensions_with_user: shared.extensions_with_user.clone(),
                authenticated: shared.authenticated.clone(),
                kept: Arc::clone(&shared.kept),
                parents: OnceLock::from(parents),
            }),
        }
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// The URI as the client sent it, before any nesting stripped a prefix.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.shared.uri
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.shared.headers
    }

    /// What poem's middleware attached to the request (`req.set_data(…)`).
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.shared.extensions
    }

    /// The address of the peer, which is a proxy where there is one. `None` for a request that
    /// did not come over the network.
    #[must_use]
    pub fn remote_addr(&self) -> Option<SocketAddr> {
        self.shared.remote_addr
    }

    /// The captures of the path.
    #[must_use]
    pub fn kwargs(&self) -> &Kwargs {
        &self.shared.kwargs
    }

    /// The parameters of the query string (DRF: `request.query_params`).
    #[must_use]
    pub fn query_params(&self) -> &QueryParams {
        self.shared
            .query
            .get_or_init(|| QueryParams::parse(self.uri().query().unwrap_or_default()))
    }

    /// The database that the API was made with.
    #[must_use]
    pub fn db(&self) -> &DatabaseConnection {
        &self.shared.db
    }

    /// The `T` that all requests of this API share, made by [`Default`] when the first one asks.
    /// Clones of a `T` share what they hold, as a handle does.
    ///
    /// For policies that remember: a view has no memory of its own. Each `restflow::api(…)` starts
    /// with none.
    #[must_use]
    pub fn shared<T: Clone + Default + Send + Sync + 'static>(&self) -> T {
        self.shared.state.get()
    }

    /// Keeps `value` for the hooks that come later in this request, one value of each type; it
    /// takes the place of an earlier one.
    ///
    /// For what has to be awaited before a getter can use it. The getters are not `async`, so
    /// [`initial`](crate::ApiView::initial) looks it up and they [`get`](Self::get) it:
    ///
    /// ```
    /// use restflow::prelude::*;
    ///
    /// #[derive(Clone)]
    /// struct Tenant { page_size: u64 }
    /// # impl Tenant {
    /// #     async fn of(_request: &Request) -> Result<Self> { Ok(Self { page_size: 20 }) }
    /// # }
    ///
    /// struct Invoices;
    ///
    /// impl ApiView for Invoices {
    ///     async fn initial(&self, request: &Request) -> Result<()> {
    ///         defaults::initial(self, request).await?;
    ///         request.insert(Tenant::of(request).await?);
    ///         Ok(())
    ///     }
    ///
    ///     fn get_pagination_class(&self, request: &Request) -> Option<Paginator> {
    ///         let tenant: Tenant = request.get()?;
    ///         PageNumberPagination::new(tenant.page_size).into()
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// DRF: an attribute of `self` or of `request`.
    pub fn insert<T: Clone + Send + Sync + 'static>(&self, value: T) {
        self.kept().insert(value);
    }

    /// The `T` that an earlier hook has [kept](Self::insert). What poem's middleware attached is
    /// among the [`extensions`](Self::extensions).
    #[must_use]
    pub fn get<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.kept().get().cloned()
    }

    /// The row of the nearest parent of the path whose model is `M`, which was resolved before the
    /// handler: `let product: &product::Model = request.parent()?;`.
    ///
    /// For viewsets with `#[nested_under(…, resolve_parents)]`, in their handlers and the hooks of
    /// these; before, in `initial` and the permissions of the viewset, no parent is resolved yet.
    /// Fails with an internal error where there is no such parent.
    pub fn parent<M: Any>(&self) -> Result<&M> {
        let parent = self.resolved_parents().get();
        parent.ok_or_else(|| not_resolved::<M>(self))
    }

    pub(crate) fn resolved_parents(&self) -> &ResolvedParents {
        static NONE: ResolvedParents = ResolvedParents::NONE;
        self.shared.parents.get().unwrap_or(&NONE)
    }

    pub(crate) fn set_resolved_parents(&self, parents: ResolvedParents) {
        let _ = self.shared.parents.set(parents);
    }

    fn kept(&self) -> MutexGuard<'_, Extensions> {
        // A clone that panics leaves the values as they were.
        self.shared
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The user; anonymous until the authentication step has run.
    #[must_use]
    pub fn user(&self) -> &User {
        static ANONYMOUS: User = User::anonymous();
        match self.shared.authenticated.get() {
            Some(Some(authenticated)) => &authenticated.user,
            _ => &ANONYMOUS,
        }
    }

    /// What the client authenticated with, if it is a `T` (DRF: `request.auth`).
    #[must_use]
    pub fn auth<T: Any>(&self) -> Option<&T> {
        let authenticated = self.shared.authenticated.get()?.as_ref()?;
        authenticated.auth.as_deref()?.downcast_ref()
    }

    /// Whether an authenticator accepted credentials (DRF: `request.successful_authenticator`),
    /// whoever they name.
    pub(crate) fn has_accepted_credentials(&self) -> bool {
        matches!(self.shared.authenticated.get(), Some(Some(_)))
    }

    /// Where the request arrived: action, basename, name, overrides.
    #[must_use]
    pub fn route(&self) -> &RouteContext {
        &self.route
    }

    /// The action of a viewset (`list`, `archive`), `metadata` for OPTIONS; `None` for generic
    /// views and for a method that the path does not have.
    #[must_use]
    pub fn action(&self) -> Option<&'static str> {
        self.route.action
    }

    /// Which method is which action on this path: `GET` is `list`, `POST` is `create`. Empty for a
    /// view that is no viewset (DRF: `self.action_map`).
    #[must_use]
    pub fn action_map(&self) -> &ActionMap {
        &self.route.action_map
    }

    /// The renderer that was agreed upon; `None` before content negotiation.
    #[must_use]
    pub fn accepted(&self) -> Option<&Accepted> {
        self.shared.accepted.get()
    }

    /// The suffix of the path (`json` in `/tags.json`), if it had one.
    #[must_use]
    pub fn format_suffix(&self) -> Option<&str> {
        self.shared.format_suffix.as_deref()
    }

    /// The `Content-Type` as sent, empty when there is none.
    #[must_use]
    pub fn content_type(&self) -> &str {
        self.headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// `http://host`, from the `Host` header.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.shared.base_url.get_or_init(|| {
            let host = self
                .headers()
                .get(header::HOST)
                .and_then(|host| host.to_str().ok())
                .or_else(|| self.uri().authority().map(|authority| authority.as_str()))
                .unwrap_or("localhost");
            format!("{}://{host}", self.shared.scheme)
        })
    }

    /// The absolute URL of `path` on this server (DRF: `request.build_absolute_uri`).
    #[must_use]
    pub fn build_absolute_uri(&self, path: &str) -> String {
        format!("{}{path}", self.base_url())
    }

    /// The absolute URL of this request with its query.
    #[must_use]
    pub fn absolute_uri(&self) -> String {
        self.build_absolute_uri(
            self.uri()
                .path_and_query()
                .map_or("/", |path_and_query| path_and_query.as_str()),
        )
    }

    /// The absolute URL of the route `name` (`product-detail`) with its captures, and with the format
    /// of this request, see [`keep_format`](Self::keep_format) (DRF:
    /// `reverse(name, kwargs=…, request=…)`). The routes of viewsets have typed URLs besides:
    /// `ProductViewSet::detail_url(request, 7)`.
    ///
    /// Fails with an internal error, whose text for the log names the reason, when there is no
    /// such route, or a value does not match the pattern of its capture and would lead nowhere.
    pub fn reverse(&self, name: &str, kwargs: &[(&str, &str)]) -> Result<String> {
        let path = self.route.urls.reverse(name, kwargs)?;
        Ok(self.url_of(path))
    }

    /// The absolute URL of another action of the viewset that the request has arrived at, by the
    /// last part of its name: `list`, `detail`, `set-price` (DRF: `self.reverse_action`).
    ///
    /// Fails as [`reverse`](Self::reverse) does, and for a view that is no viewset.
    pub fn reverse_action(&self, url_name: &str, kwargs: &[(&str, &str)]) -> Result<String> {
        let basename = self.route.basename.as_deref().ok_or_else(|| {
            ApiError::internal(format!(
                "`{url_name}` cannot be reversed: the view at `{}` is no viewset and has no \
                 basename; reverse it by its whole name",
                self.route.pattern
            ))
        })?;
        self.reverse(&format!("{basename}-{url_name}"), kwargs)
    }

    /// `url` with the format of this request, so that who follows it gets the same: `?format=csv`
    /// stays behind a link in an answer that was asked for with it (DRF:
    /// `preserve_builtin_query_params`).
    #[must_use]
    pub fn keep_format(&self, url: String) -> String {
        let parameter = self.route.view.settings.url_format_override;
        let format = parameter.and_then(|name| Some((name, self.query_params().get(name)?)));
        match format {
            Some((name, format)) => {
                let join = if url.contains('?') { '&' } else { '?' };
                let pair = form_urlencoded::Serializer::new(String::new())
                    .append_pair(name, format)
                    .finish();
                format!("{url}{join}{pair}")
            }
            None => url,
        }
    }

    /// What serializers are told about the request: the database, the base of absolute URLs, and
    /// the extensions with the [`User`] if there is one.
    pub(crate) fn serializer_context(&self) -> SerializerContext<'_> {
        SerializerContext::new(self.db(), self.base_url(), self.extensions_with_user())
    }

    /// What filter backends are told about the request: the parameters, and the extensions with
    /// the [`User`] if there is one.
    #[must_use]
    pub fn filter_context(&self) -> FilterContext<'_> {
        FilterContext::new(self.query_params(), self.db())
            .with_extensions(self.extensions_with_user())
    }

    /// The extensions and, once it is known, the user. Nobody is not among them.
    fn extensions_with_user(&self) -> &Extensions {
        if !self.user().is_authenticated() {
            return self.extensions();
        }
        self.shared.extensions_with_user.get_or_init(|| {
            let mut extensions = self.extensions().clone();
            extensions.insert(self.user().clone());
            extensions
        })
    }

    /// The parsed body (DRF: `request.data`), read at the first call.
    ///
    /// Fails with 415 when no parser fits the `Content-Type`, 400 when the body is malformed, and
    /// 413 when it is larger than the settings allow.
    pub async fn data(&self) -> Result<&Data> {
        let _parsing = self.shared.parsing.lock().await;
        if let Some(data) = self.shared.data.get() {
            return Ok(data);
        }
        let data = self.parse().await?;
        Ok(self.shared.data.get_or_init(|| data))
    }

    /// The body as input for a serializer. Parsed anew unless [`data`](Self::data) was asked
    /// before, so that the usual one validation owns it without a copy.
    pub async fn input(&self) -> Result<Input> {
        let _parsing = self.shared.parsing.lock().await;
        if let Some(data) = self.shared.data.get() {
            return Ok(data.clone().into());
        }
        let input = match self.parser().await? {
            None => Data::Empty.into(),
            Some((parser, content_type)) => {
                let context = ParserContext::new(self, &content_type);
                let parsed = parser.parse_input(self.unparsed(), &context).await;
                self.give_up(parsed).await?
            }
        };
        if self.shared.body.is_taken().await {
            // A stream cannot be parsed anew.
            let _ = self.shared.data.set(input.clone().into());
        }
        Ok(input)
    }

    /// The body as it came, read at the first call. A form with files is read as a stream and not
    /// kept: ask for its [`data`](Self::data).
    pub async fn body(&self) -> Result<Bytes> {
        self.shared.body.bytes(self.max_body_size()).await
    }

    fn max_body_size(&self) -> u64 {
        self.route.view.settings.max_body_size as u64
    }

    async fn parse(&self) -> Result<Data> {
        match self.parser().await? {
            None => Ok(Data::Empty),
            Some((parser, content_type)) => {
                let context = ParserContext::new(self, &content_type);
                let parsed = parser.parse(self.unparsed(), &context).await;
                self.give_up(parsed).await
            }
        }
    }

    /// The parser for the body and its media type; `None` where there is no body.
    async fn parser(&self) -> Result<Option<(&dyn DynParser, Mime)>> {
        if self.shared.body.is_empty().await? {
            return Ok(None);
        }
        let unsupported = || ApiError::unsupported_media_type(self.content_type());
        let content_type = media_type::parse(self.content_type()).ok_or_else(unsupported)?;
        let parser = self.parsers().select(&content_type);
        Ok(Some((parser.ok_or_else(unsupported)?, content_type)))
    }

    fn unparsed(&self) -> RequestBody<'_> {
        RequestBody::new(&self.shared.body, self.max_body_size())
    }

    /// Notes that a parser has failed.
    async fn give_up<T>(&self, parsed: Result<T>) -> Result<T> {
        if let Err(error) = &parsed {
            self.shared.body.give_up(error).await;
        }
        parsed
    }

    /// The parsers of this request, in order.
    #[must_use]
    pub fn parsers(&self) -> &Parsers {
        self.shared.parsers.get_or_init(|| {
            let overridden = self.route.overrides.parsers.as_ref();
            overridden.unwrap_or(&self.route.view.parsers).clone()
        })
    }

    /// The renderers of this request, in order of preference.
    #[must_use]
    pub fn renderers(&self) -> &Renderers {
        self.shared.renderers.get_or_init(|| {
            let overridden = self.route.overrides.renderers.as_ref();
            overridden.unwrap_or(&self.route.view.renderers).clone()
        })
    }

    pub(crate) fn set_parsers(&self, parsers: Parsers) {
        let _ = self.shared.parsers.set(parsers);
    }

    pub(crate) fn set_renderers(&self, renderers: Renderers) {
        let _ = self.shared.renderers.set(renderers);
    }

    /// Sets the renderer that answers. For a view that overrides
    /// [`perform_content_negotiation`](crate::ApiView::perform_content_negotiation); the first
    /// call counts.
    pub fn set_accepted(&self, accepted: Accepted) {
        let _ = self.shared.accepted.set(accepted);
    }

    pub(crate) fn set_authenticated(&self, authenticated: Option<Authenticated>) {
        let _ = self.shared.authenticated.set(authenticated);
    }
}

/// The URI before `nest` stripped a prefix. A request that was made in process never had another
/// one, and poem's original URI is empty there.
pub fn original_uri(request: &poem::Request) -> &Uri {
    let (original, stripped) = (request.original_uri(), request.uri());
    if original.path().ends_with(stripped.path()) && original.query() == stripped.query() {
        original
    } else {
        stripped
    }
}

/// Absolute URLs, with scheme and host of the request, and what `nest` stripped.
impl UrlBase for Request {
    fn urls(&self) -> &UrlTable {
        &self.route.urls
    }

    fn url_of(&self, path: String) -> String {
        self.keep_format(format!(
            "{}{}{path}",
            self.base_url(),
            self.shared.script_name
        ))
    }

    fn current(&self) -> Option<(&str, &Kwargs)> {
        Some((&self.route.pattern, self.kwargs()))
    }
}

impl HasDatabase for Request {
    fn database(&self) -> &DatabaseConnection {
        self.db()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers and body may hold secrets.
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.uri().path())
            .field("action", &self.route.action)
            .finish_non_exhaustive()
    }
}

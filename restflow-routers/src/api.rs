//! A URL configuration as a poem-openapi API.

use std::{collections::HashMap, fmt, marker::PhantomData};

use http::{HeaderValue, Method, StatusCode, header};
use percent_encoding::percent_decode_str;
use poem::{Endpoint, EndpointExt, PathPattern, Request, Response, endpoint::BoxEndpoint};
use poem_openapi::{
    OpenApi,
    registry::{MetaApi, Registry},
};
use restflow_exceptions::ApiError;
use restflow_views::{RequestSeed, original_uri};
use sea_orm::DatabaseConnection;

use crate::{RouteTable, UrlConf, openapi, table::Match};

/// The API of the URL configuration `U` over a database: what `OpenApiService::new` takes, alone
/// or in a tuple beside hand-written `#[OpenApi]` types, whose paths come first.
///
/// # Panics
///
/// When the configuration is wrong, see [`RouteTable::of`].
#[must_use]
pub fn api<U: UrlConf>(db: DatabaseConnection) -> Api<U> {
    let _ = RouteTable::of::<U>();
    Api {
        db,
        configuration: PhantomData,
    }
}

/// A URL configuration as a poem-openapi API, see [`api`].
pub struct Api<U> {
    db: DatabaseConnection,
    configuration: PhantomData<fn() -> U>,
}

impl<U> fmt::Debug for Api<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("configuration", &std::any::type_name::<U>())
            .finish_non_exhaustive()
    }
}

impl<U: UrlConf> OpenApi for Api<U> {
    fn meta() -> Vec<MetaApi> {
        vec![openapi::meta(RouteTable::of::<U>())]
    }

    fn register(registry: &mut Registry) {
        openapi::register(RouteTable::of::<U>(), registry);
    }

    /// One endpoint answers every path and method that no hand-written operation claims: our
    /// table knows paths that poem's tree cannot say (suffixes, patterns), in DRF's order, and
    /// an unknown path is answered in JSON.
    fn add_routes(self, routes: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {
        for path in ["/", "/:param0", "/:param0/*rest"] {
            let methods = routes.entry(path.to_owned()).or_default();
            for method in METHODS {
                methods.entry(method.clone()).or_insert_with(|| {
                    RouterEndpoint {
                        table: RouteTable::of::<U>(),
                        db: self.db.clone(),
                    }
                    .boxed()
                });
            }
        }
    }
}

const METHODS: &[Method] = &[
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::HEAD,
    Method::OPTIONS,
    Method::TRACE,
    Method::CONNECT,
];

struct RouterEndpoint {
    table: &'static RouteTable,
    db: DatabaseConnection,
}

impl Endpoint for RouterEndpoint {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        // Not poem's captures: they drop segments that are not UTF-8 and know no suffixes.
        let path = request.uri().path();
        let Ok(decoded) = percent_decode_str(path).decode_utf8() else {
            return Ok(self.not_found());
        };
        match self.table.find(&decoded) {
            Match::None => Ok(self.not_found()),
            Match::Slash => Ok(append_slash(&request)),
            Match::Route {
                index,
                kwargs,
                format,
            } => {
                let mounted = &self.table.routes[index];
                let seed = RequestSeed {
                    request,
                    kwargs,
                    format_suffix: format,
                    db: self.db.clone(),
                };
                let mut response = mounted.endpoint.call(seed).await;
                // For metrics: the route's own pattern instead of the catch-all's.
                response.set_data(PathPattern(mounted.pattern.clone()));
                Ok(response)
            }
        }
    }
}

impl RouterEndpoint {
    fn not_found(&self) -> Response {
        let error = ApiError::not_found();
        Response::builder()
            .status(StatusCode::NOT_FOUND)
            .content_type("application/json")
            .body(self.table.settings.render_error(&error).to_string())
    }
}

/// 301 to the same path with a slash, relative to the server (Django: `APPEND_SLASH`).
fn append_slash(request: &Request) -> Response {
    let uri = original_uri(request);
    let mut location = format!("{}/", uri.path());
    if let Some(query) = uri.query() {
        location.push('?');
        location.push_str(query);
    }
    // A location that starts with two slashes would lead to another host.
    if let Some(rest) = location.strip_prefix("//") {
        location = format!("/%2F{rest}");
    }
    let mut response = Response::builder()
        .status(StatusCode::MOVED_PERMANENTLY)
        .finish();
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

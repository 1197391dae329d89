//! A URL configuration as a poem-openapi API.

use std::{collections::HashMap, fmt, marker::PhantomData};

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use percent_encoding::{CONTROLS, percent_decode_str, utf8_percent_encode};
use poem::{Endpoint, EndpointExt, PathPattern, Request, Response, endpoint::BoxEndpoint};
use poem_openapi::{
    OpenApi,
    registry::{MetaApi, Registry},
};
use restflow_exceptions::ApiError;
use restflow_views::{RequestSeed, SharedState, original_uri};
use sea_orm::{DatabaseConnection, DatabaseConnectionType};

use crate::{RouteTable, UrlConf, matcher::Match, openapi};

/// The API of the URL configuration `U` over a database: what `OpenApiService::new` takes, alone
/// or in a tuple beside hand-written `#[OpenApi]` types, whose paths come first.
///
/// # Panics
///
/// When the configuration is wrong, see [`RouteTable::of`], and when a filter or a paginator of a
/// view cannot work on this kind of database.
#[must_use]
#[track_caller]
pub fn api<U: UrlConf>(db: DatabaseConnection) -> Api<U> {
    let table = RouteTable::of::<U>();
    // Without a database there is nothing to fit to, only a document.
    if !matches!(db.inner, DatabaseConnectionType::Disconnected) {
        table.check_database(db.get_database_backend());
    }
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
            routes.entry(path.to_owned()).or_default();
        }
        let state = SharedState::default();
        // On the paths of hand-written operations, too: once poem has found a path, it looks for
        // the method there and nowhere else.
        for methods in routes.values_mut() {
            let by_hand: Vec<_> = methods.keys().cloned().collect();
            for method in known_methods() {
                // Poem answers HEAD with the GET of the same path.
                if method == Method::HEAD && by_hand.contains(&Method::GET) {
                    continue;
                }
                methods.entry(method).or_insert_with(|| {
                    RouterEndpoint {
                        table: RouteTable::of::<U>(),
                        db: self.db.clone(),
                        state: state.clone(),
                        by_hand: by_hand.clone(),
                    }
                    .boxed()
                });
            }
        }
    }
}

/// The methods that a view is asked for, if only to refuse them. Poem's table of routes compares
/// methods one by one and has no place for all others; they get poem's own 405.
fn known_methods() -> impl Iterator<Item = Method> {
    let standard = [
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
    let extensions = EXTENSION_METHODS.iter();
    let extensions = extensions.filter_map(|name| Method::from_bytes(name.as_bytes()).ok());
    standard.into_iter().chain(extensions)
}

/// The other names of the [HTTP Method Registry][registry], and `PURGE` and `QUERY`, which are spoken
/// without it.
///
/// [registry]: https://www.iana.org/assignments/http-methods/http-methods.xhtml
const EXTENSION_METHODS: &[&str] = &[
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "COPY",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "ORDERPATCH",
    "PRI",
    "PROPFIND",
    "PROPPATCH",
    "PURGE",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
];

struct RouterEndpoint {
    table: &'static RouteTable,
    db: DatabaseConnection,
    state: SharedState,
    /// The methods of the hand-written operations on the same path.
    by_hand: Vec<Method>,
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
            Match::None | Match::Slash if !self.by_hand.is_empty() => {
                let error = ApiError::method_not_allowed(request.method().as_str());
                let mut response = self.refuse(StatusCode::METHOD_NOT_ALLOWED, &error);
                self.allow_by_hand(response.headers_mut());
                Ok(response)
            }
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
                    state: self.state.clone(),
                };
                let mut response = mounted.endpoint.call(seed).await;
                if !self.by_hand.is_empty() && response.headers().contains_key(header::ALLOW) {
                    self.allow_by_hand(response.headers_mut());
                }
                // For metrics: the route's own pattern instead of the catch-all's.
                response.set_data(PathPattern(mounted.pattern.clone()));
                Ok(response)
            }
        }
    }
}

impl RouterEndpoint {
    fn not_found(&self) -> Response {
        self.refuse(StatusCode::NOT_FOUND, &ApiError::not_found())
    }

    fn refuse(&self, status: StatusCode, error: &ApiError) -> Response {
        Response::builder()
            .status(status)
            .content_type("application/json")
            .body(self.table.settings.render_error(error).to_string())
    }

    /// Names the hand-written methods in `Allow`, before those of the view.
    fn allow_by_hand(&self, headers: &mut HeaderMap) {
        let known = headers
            .get(header::ALLOW)
            .and_then(|allow| allow.to_str().ok())
            .unwrap_or_default();
        let known = known.split(", ").filter(|method| !method.is_empty());
        let mut by_hand: Vec<_> = self.by_hand.iter().map(Method::as_str).collect();
        by_hand.sort_unstable();
        let known: Vec<_> = known.filter(|method| !by_hand.contains(method)).collect();
        by_hand.extend(known);
        if let Ok(allow) = HeaderValue::try_from(by_hand.join(", ")) {
            headers.insert(header::ALLOW, allow);
        }
    }
}

/// 301 to the same path with a slash, relative to the server (Django: `APPEND_SLASH`).
fn append_slash(request: &Request) -> Response {
    let uri = original_uri(request);
    let mut location = local_path(uri.path());
    location.push('/');
    if let Some(query) = uri.query() {
        location.push('?');
        location.push_str(query);
    }
    let mut response = Response::builder()
        .status(StatusCode::MOVED_PERMANENTLY)
        .finish();
    // A client may have sent letters as they are, which no header may have (RFC 9110, section 5.5).
    let location = utf8_percent_encode(&location, CONTROLS).to_string();
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// `path` so that no browser reads it as another host: a location that starts with two slashes
/// names one, and to browsers a backslash is a slash.
fn local_path(path: &str) -> String {
    let rest = path.trim_start_matches(['/', '\\']);
    let mut local = String::with_capacity(path.len() + 8);
    local.push('/');
    for c in path[..path.len() - rest.len()].chars().skip(1) {
        local.push_str(if c == '/' { "%2F" } else { "%5C" });
    }
    local.push_str(&rest.replace('\\', "%5C"));
    local
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn a_location_stays_on_the_server() {
        for (path, local) in [
            ("/products", "/products"),
            ("/a/b//c", "/a/b//c"),
            ("//evil.com", "/%2Fevil.com"),
            ("///evil.com", "/%2F%2Fevil.com"),
            (r"/\evil.com", "/%5Cevil.com"),
            (r"/\/\evil.com/a\b", "/%5C%2F%5Cevil.com/a%5Cb"),
            ("", "/"),
        ] {
            assert_eq!(local_path(path), local, "{path}");
        }
    }
}

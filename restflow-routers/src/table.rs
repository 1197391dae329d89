//! The routes of an API, built once.

use std::{
    any::{TypeId, type_name},
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use regex::{Regex, RegexSet};
use restflow_views::{Kwargs, MountedEndpoint, Result, Settings, UrlBase, UrlTable};

use crate::{
    Route, Router, UrlConf, Urls,
    error::misconfigured,
    openapi::{self, intern},
    route::MountContext,
};

/// The routes of an API: matched in order, mounted, and described.
pub struct RouteTable {
    pub(crate) settings: Arc<Settings>,
    pub(crate) routes: Vec<MountedRoute>,
    matcher: Matcher,
    urls: Arc<UrlTable>,
}

/// A route with its view mounted.
pub(crate) struct MountedRoute {
    pub(crate) route: Route,
    pub(crate) pattern: Arc<str>,
    pub(crate) endpoint: Arc<dyn MountedEndpoint>,
    /// The id of each operation, in the order of [`MountedEndpoint::operations`].
    pub(crate) operation_ids: Vec<&'static str>,
}

/// One line of the printed route table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteTableRow {
    /// The methods, as in `Allow`.
    pub methods: String,
    /// The template of the path.
    pub path: String,
    /// The name for reversing, empty where there is none.
    pub name: String,
    /// The type of the view.
    pub view: &'static str,
}

/// What a path leads to.
#[derive(Debug, PartialEq)]
pub(crate) enum Match {
    Route {
        index: usize,
        kwargs: Kwargs,
        format: Option<String>,
    },
    /// There is a route at the same path with a slash (Django: `APPEND_SLASH`).
    Slash,
    None,
}

impl RouteTable {
    /// The table of `U`, built at the first call and kept for the life of the process.
    ///
    /// # Panics
    ///
    /// When the configuration is wrong: the message names the view, the value, what was expected
    /// and how to supply it.
    #[must_use]
    #[track_caller]
    pub fn of<U: UrlConf>() -> &'static Self {
        static TABLES: OnceLock<Mutex<HashMap<TypeId, &'static RouteTable>>> = OnceLock::new();
        let tables = TABLES.get_or_init(Mutex::default);
        let known = |tables: &HashMap<_, _>| tables.get(&TypeId::of::<U>()).copied();
        let lock = || tables.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = known(&lock()) {
            return table;
        }
        // Built without the lock, for a configuration may include another one.
        let table = Self::build(U::urls(), U::settings(), type_name::<U>());
        lock()
            .entry(TypeId::of::<U>())
            .or_insert_with(|| Box::leak(Box::new(table)))
    }

    #[track_caller]
    fn build(urls: Urls, settings: Settings, configuration: &str) -> Self {
        let settings = Arc::new(settings);
        let routes = urls.into_routes();
        if routes.is_empty() {
            misconfigured(format_args!("`{configuration}` has no routes"));
        }
        refuse_duplicate_paths(&routes);
        let mut names = UrlTable::default();
        for route in &routes {
            let template = route.path.url_template().place(route.place.clone());
            names.insert(route.name.as_deref(), template);
        }
        let names = Arc::new(names);
        let matcher = Matcher::new(&routes);
        let mut routes: Vec<_> = routes
            .into_iter()
            .map(|route| {
                let pattern: Arc<str> = route.path.to_string().into();
                let endpoint = (route.mount)(&MountContext {
                    settings: &settings,
                    urls: &names,
                    pattern: Arc::clone(&pattern),
                });
                MountedRoute {
                    route,
                    pattern,
                    endpoint,
                    operation_ids: Vec::new(),
                }
            })
            .collect();
        check_captures(&routes);
        openapi::name_operations(&mut routes);
        Self {
            settings,
            routes,
            matcher,
            urls: names,
        }
    }

    /// The path of the route `name` with its captures, without a request: for mails and jobs, and
    /// for links on the same server.
    ///
    /// Fails as [`Request::reverse`](restflow_views::Request::reverse) does.
    pub fn reverse(&self, name: &str, kwargs: &[(&str, &str)]) -> Result<String> {
        self.urls.reverse(name, kwargs)
    }

    /// What the percent-decoded `path` leads to.
    pub(crate) fn find(&self, path: &str) -> Match {
        self.matcher.find(path)
    }

    /// The routes for printing, in the order in which they are tried.
    pub fn rows(&self) -> impl Iterator<Item = RouteTableRow> {
        self.routes.iter().map(|route| RouteTableRow {
            methods: route
                .endpoint
                .operations()
                .iter()
                .map(|operation| operation.method.as_str())
                .collect::<Vec<_>>()
                .join(", "),
            path: route.pattern.to_string(),
            name: route.route.name.clone().unwrap_or_default(),
            view: route.route.view,
        })
    }
}

/// Paths, from the root of the API.
impl UrlBase for RouteTable {
    fn urls(&self) -> &UrlTable {
        &self.urls
    }

    fn url_of(&self, path: String) -> String {
        path
    }

    fn current(&self) -> Option<(&str, &Kwargs)> {
        None
    }
}

/// A table with aligned columns.
impl fmt::Display for RouteTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<_> = self.rows().collect();
        let width = |column: fn(&RouteTableRow) -> &str| {
            rows.iter().map(|row| column(row).len()).max().unwrap_or(0)
        };
        let (methods, path, name) = (
            width(|row| &row.methods),
            width(|row| &row.path),
            width(|row| &row.name),
        );
        for row in &rows {
            writeln!(
                f,
                "{:methods$}  {:path$}  {:name$}  {}",
                row.methods, row.path, row.name, row.view
            )?;
        }
        Ok(())
    }
}

impl fmt::Debug for RouteTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.rows()).finish()
    }
}

#[track_caller]
fn refuse_duplicate_paths(routes: &[Route]) {
    let mut seen: HashMap<String, &Route> = HashMap::new();
    for route in routes {
        if let Some(first) = seen.insert(route.path.shape(), route) {
            misconfigured(format_args!(
                "`{}` of `{}` matches the same paths as `{}` of `{}` before it and could never be \
                 reached",
                route.path, route.view, first.path, first.view
            ));
        }
    }
}

/// A generic view must find the capture that its lookup reads, on paths that address one object.
#[track_caller]
fn check_captures(routes: &[MountedRoute]) {
    use restflow_views::OperationShape::{Destroy, PartialUpdate, Retrieve, Update};
    for mounted in routes {
        let Some(generic) = &mounted.endpoint.state().generic else {
            continue;
        };
        let needs_object = mounted.endpoint.operations().iter().any(|operation| {
            matches!(operation.shape, Retrieve | Update | PartialUpdate | Destroy)
        });
        let kwarg = generic.lookup_url_kwarg;
        let needs_capture = needs_object && !generic.own_lookup;
        if needs_capture && !mounted.route.path.captures().any(|name| name == kwarg) {
            misconfigured(format_args!(
                "`{}` looks up its object by the capture `{kwarg}`, which its path `{}` does not \
                 have: write `{{{kwarg}}}` in the path, say another name with `lookup_field` or \
                 `lookup_url_kwarg`, or `Lookup::Own` where `get_object` finds it by other means",
                mounted.route.view, mounted.pattern
            ));
        }
    }
}

/// Matches a path against all routes in one pass; the first in order wins.
struct Matcher {
    set: RegexSet,
    patterns: Vec<Pattern>,
}

struct Pattern {
    route: usize,
    regex: Regex,
    kwargs: Vec<&'static str>,
    has_format: bool,
}

/// The capture of a suffix, a name that no template can have.
const FORMAT: &str = "__format";

impl Matcher {
    fn new(routes: &[Route]) -> Self {
        let mut patterns = Vec::new();
        for (index, route) in routes.iter().enumerate() {
            let plain = format!("^/{}$", route.path.regex());
            patterns.push(Pattern::new(index, route, &plain, false));
            if route.format_suffixes {
                let trimmed = route.path.trim_end('/').regex();
                let suffixed = format!("^/{trimmed}\\.(?P<{FORMAT}>[a-z0-9]+)/?$");
                patterns.push(Pattern::new(index, route, &suffixed, true));
            }
        }
        let set = RegexSet::new(patterns.iter().map(|pattern| pattern.regex.as_str()))
            .unwrap_or_else(|error| misconfigured(format_args!("too many routes: {error}")));
        Self { set, patterns }
    }

    fn find(&self, path: &str) -> Match {
        if let Some(index) = self.set.matches(path).iter().next() {
            return self.patterns[index].extract(path);
        }
        let slashed = format!("{path}/");
        if !path.ends_with('/') && self.set.is_match(&slashed) {
            return Match::Slash;
        }
        Match::None
    }
}

impl Pattern {
    fn new(index: usize, route: &Route, regex: &str, has_format: bool) -> Self {
        let regex = Regex::new(regex).unwrap_or_else(|error| {
            misconfigured(format_args!(
                "`{}` of `{}` has a capture twice, or is too large: {error}",
                route.path, route.view
            ))
        });
        Self {
            route: index,
            regex,
            kwargs: route.path.captures().map(intern).collect(),
            has_format,
        }
    }

    fn extract(&self, path: &str) -> Match {
        let Some(captures) = self.regex.captures(path) else {
            return Match::None;
        };
        let text = |name| captures.name(name).map(|found| found.as_str().to_owned());
        Match::Route {
            index: self.route,
            kwargs: self
                .kwargs
                .iter()
                .filter_map(|name| Some((*name, text(name)?)))
                .collect(),
            format: self.has_format.then(|| text(FORMAT)).flatten(),
        }
    }
}

//! The routes of an API, built once.

use std::{
    any::{TypeId, type_name},
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use restflow_views::{Kwargs, MountedEndpoint, Result, Settings, UrlBase, UrlTable};
use sea_orm::DbBackend;

use crate::{
    PathTemplate, Route, Router, UrlConf, Urls, api_root,
    error::misconfigured,
    matcher::{Match, Matcher},
    openapi,
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
    /// The path in the document, where two paths that differ by their patterns only are told apart.
    pub(crate) documented: PathTemplate,
    pub(crate) endpoint: Arc<dyn MountedEndpoint>,
    /// The id of each operation, in the order of [`MountedEndpoint::operations`].
    pub(crate) operation_ids: Vec<&'static str>,
}

/// One line of the printed route table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteTableRow {
    /// The methods, as in `Allow`: with HEAD and OPTIONS.
    pub methods: String,
    /// The template of the path.
    pub path: String,
    /// The name for reversing, empty where there is none.
    pub name: String,
    /// The type of the view.
    pub view: &'static str,
}

/// What a path leads to, see [`RouteTable::resolve`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved<'a> {
    /// The template of the route's path.
    pub pattern: &'a str,
    /// The name of the route for reversing, with its namespace.
    pub name: Option<String>,
    /// The type of the view.
    pub view: &'static str,
    /// The values of the captures.
    pub kwargs: Kwargs,
    /// The format that the path ends in, `json` of `/tags.json`.
    pub format: Option<String>,
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

    /// Stops the start of the program where a view uses what this kind of database does not have.
    #[track_caller]
    pub(crate) fn check_database(&self, backend: DbBackend) {
        let mut routes = self.routes.iter();
        if let Some(problem) = routes.find_map(|route| route.endpoint.misconfigured(backend)) {
            misconfigured(format_args!("{problem}"));
        }
    }

    #[track_caller]
    fn build(urls: Urls, settings: Settings, configuration: &str) -> Self {
        let settings = Arc::new(settings);
        let routes = urls.into_routes();
        if routes.is_empty() {
            misconfigured(format_args!("`{configuration}` has no routes"));
        }
        let matcher = Matcher::new(&routes);
        refuse_same_names(&routes);
        let urls = url_tables(&routes);
        refuse_unreachable(&routes, &matcher);
        let mut routes: Vec<_> = routes
            .into_iter()
            .map(|route| {
                let pattern: Arc<str> = route.path.to_string().into();
                let endpoint = (route.mount)(&MountContext {
                    settings: &settings,
                    urls: &urls[&route.namespace],
                    pattern: Arc::clone(&pattern),
                });
                MountedRoute {
                    documented: route.path.clone(),
                    route,
                    pattern,
                    endpoint,
                    operation_ids: Vec::new(),
                }
            })
            .collect();
        check_captures(&routes);
        openapi::name_operations(&mut routes);
        openapi::name_paths(&mut routes);
        Self {
            settings,
            routes,
            matcher,
            urls: Arc::clone(&urls[&None]),
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

    /// The route that answers `path`, which is percent-decoded and starts with a slash; `None`
    /// where there is none, or only one with a slash behind it.
    ///
    /// Django: `django.urls.resolve`.
    #[must_use]
    pub fn resolve(&self, path: &str) -> Option<Resolved<'_>> {
        let Match::Route {
            index,
            kwargs,
            format,
        } = self.find(path)
        else {
            return None;
        };
        let mounted = &self.routes[index];
        Some(Resolved {
            pattern: &mounted.pattern,
            name: mounted.route.full_name(),
            view: mounted.route.view,
            kwargs,
            format,
        })
    }

    /// The routes for printing, in the order in which they are tried.
    pub fn rows(&self) -> impl Iterator<Item = RouteTableRow> {
        self.routes.iter().map(|mounted| RouteTableRow {
            methods: mounted.endpoint.allow(),
            path: mounted.pattern.to_string(),
            name: mounted.route.full_name().unwrap_or_default(),
            view: mounted.route.view,
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

/// A route that an earlier one shadows would never answer.
#[track_caller]
fn refuse_unreachable(routes: &[Route], matcher: &Matcher) {
    let mut seen: HashMap<String, &Route> = HashMap::new();
    for route in routes {
        if let Some(first) = seen.insert(route.path.shape(), route) {
            misconfigured(format_args!(
                "{} matches the same paths as {} before it and could never be reached",
                route.place(),
                first.place()
            ));
        }
    }
    if let Some((route, first)) = matcher.unreachable().next() {
        misconfigured(format_args!(
            "{} could never be reached, for {} before it matches its paths, too: put it first, or \
             say what the captures of the other match, `{{name:[0-9]+}}`",
            routes[route].place(),
            routes[first].place()
        ));
    }
}

/// Of two routes with one name and the same captures only one could be reversed, and nobody knows
/// which.
#[track_caller]
fn refuse_same_names(routes: &[Route]) {
    let mut seen: HashMap<(String, Vec<&str>), &Route> = HashMap::new();
    for route in routes {
        // Every router has a root, and nobody names them.
        let named = route
            .full_name()
            .filter(|_| route.name.as_deref() != Some(api_root::NAME));
        let Some(name) = named else {
            continue;
        };
        let mut captures: Vec<_> = route.path.captures().collect();
        captures.sort_unstable();
        if let Some(first) = seen.insert((name.clone(), captures), route) {
            misconfigured(format_args!(
                "{} and {} have the same name `{name}` and the same captures, so that only one of \
                 them could be reversed: give one another name, a viewset by `.basename(\"…\")`, or \
                 include it with `include_as`",
                first.place(),
                route.place(),
            ));
        }
    }
}

/// The names as they are seen from each namespace: its own without the namespace, and all of them.
fn url_tables(routes: &[Route]) -> HashMap<Option<String>, Arc<UrlTable>> {
    let mut tables = HashMap::new();
    let namespaces = routes.iter().map(|route| &route.namespace);
    for namespace in namespaces.chain([&None]) {
        let build = || {
            let mut table = UrlTable::default();
            if namespace.is_some() {
                for route in routes.iter().filter(|route| route.namespace == *namespace) {
                    table.insert(route.name.as_deref(), route.path.url_template());
                }
            }
            for route in routes {
                let template = route.path.url_template().place(route.place.clone());
                table.insert(route.full_name().as_deref(), template);
            }
            Arc::new(table)
        };
        tables.entry(namespace.clone()).or_insert_with(build);
    }
    tables
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

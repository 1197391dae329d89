//! URL configurations: what Django calls `urlpatterns`.

use std::{fmt, panic::Location, sync::Arc};

use restflow_views::{
    ActionOverrides, AsView, Binding, MountPoint, MountedView, Settings, ViewState,
};

use crate::{
    PathTemplate, Route, Router,
    error::misconfigured,
    route::{MountContext, display_name, short_type_name},
};

/// A URL configuration: a type, because a poem-openapi API is described by its type alone.
///
/// Several routes may share a name if their captures differ: reversing takes the one that has
/// exactly the captures that are given. Two of one name with the same captures are refused; what is
/// included twice, as two versions of a router, is told apart by
/// [`include_as`](Urls::include_as).
///
/// ```
/// use restflow_routers::{DefaultRouter, UrlConf, Urls};
///
/// struct Shop;
///
/// impl UrlConf for Shop {
///     fn urls() -> Urls {
///         Urls::new().include("api/", DefaultRouter::new())
///     }
/// }
/// ```
pub trait UrlConf: Send + Sync + 'static {
    /// The routes. Called once, when the first service of the API is made.
    fn urls() -> Urls;

    /// The defaults of the API's views.
    fn settings() -> Settings {
        Settings::new()
    }
}

/// Routes in the order in which they are tried; the first that matches wins.
#[derive(Default)]
pub struct Urls {
    routes: Vec<Route>,
    /// Whether the last call was `path`, whose route `name` may name.
    path_was_last: bool,
}

impl Urls {
    /// No routes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the routes of a router, or of other `Urls`, below `prefix`, which is empty or ends in
    /// a slash and may have captures: `api/`, `{tenant}/`.
    ///
    /// # Panics
    ///
    /// When `prefix` starts with a slash or does not end in one, or cannot be read.
    #[must_use]
    #[track_caller]
    pub fn include(mut self, prefix: &str, router: impl Router) -> Self {
        if prefix.starts_with('/') || !(prefix.is_empty() || prefix.ends_with('/')) {
            misconfigured(format_args!(
                "routes cannot be included below `{prefix}`: write `{}`",
                with_slash(prefix)
            ));
        }
        let prefix = PathTemplate::parse(prefix);
        self.path_was_last = false;
        let here = Location::caller();
        let routes = router.into_routes().into_iter().map(|mut route| {
            route.location.get_or_insert(here);
            route.below(&prefix)
        });
        self.routes.extend(routes);
        self
    }

    /// Like [`include`](Self::include), with the names of the routes in a namespace: `product-list`
    /// becomes `v2:product-list`. The views below look a name up in their own namespace first, so
    /// that `product-list` is the list of the same version for them.
    ///
    /// Django: `include((urls, app_name), namespace=…)`.
    ///
    /// ```
    /// use restflow_routers::{DefaultRouter, Urls};
    ///
    /// let router = DefaultRouter::new;
    /// let urls = Urls::new()
    ///     .include("v1/", router())
    ///     .include_as("v2", "v2/", router());
    /// ```
    ///
    /// # Panics
    ///
    /// When `namespace` is empty or has a colon, and as [`include`](Self::include).
    #[must_use]
    #[track_caller]
    pub fn include_as(self, namespace: &str, prefix: &str, router: impl Router) -> Self {
        if namespace.is_empty() || namespace.contains(':') {
            misconfigured(format_args!(
                "`{namespace}` is not a namespace: it is a word without colons, `v2`"
            ));
        }
        let first = self.routes.len();
        let mut urls = self.include(prefix, router);
        for route in &mut urls.routes[first..] {
            route.namespace = Some(match &route.namespace {
                Some(inner) => format!("{namespace}:{inner}"),
                None => namespace.to_owned(),
            });
        }
        urls
    }

    /// Puts `view` on a path: `categories/{slug}/`. A capture matches one segment, or what its
    /// regular expression says: `{year:[0-9]{4}}`.
    ///
    /// # Panics
    ///
    /// When the template cannot be read or starts with a slash, a generic view looks its object up by a capture that the
    /// path does not have, or the view has an `ActionConfig`, for it has no actions.
    #[must_use]
    #[track_caller]
    pub fn path<V: AsView>(mut self, path: &str, view: V) -> Self {
        if path.starts_with('/') {
            misconfigured(format_args!(
                "`{}` cannot be put on `{path}`: write `{}`, for paths go on behind a slash",
                std::any::type_name::<V>(),
                path.trim_start_matches('/')
            ));
        }
        self.routes
            .push(view_route(PathTemplate::parse(path), view));
        self.path_was_last = true;
        self
    }

    /// Gives the route of the [`path`](Self::path) just before this call a name for reversing.
    ///
    /// # Panics
    ///
    /// When the call before was not `path`: the routes of a router have names already.
    #[must_use]
    #[track_caller]
    pub fn name(mut self, name: &str) -> Self {
        match self.routes.last_mut() {
            Some(route) if self.path_was_last => route.name = Some(name.to_owned()),
            _ => misconfigured(format_args!(
                "there is no path to be named `{name}`: say `.name(\"{name}\")` just behind the \
                 `.path(…)` that it names"
            )),
        }
        self.path_was_last = false;
        self
    }

    /// Lets every route end in a format instead of a slash, too: `/echo.json` (DRF:
    /// `format_suffix_patterns`).
    #[must_use]
    pub fn format_suffixes(mut self) -> Self {
        for route in &mut self.routes {
            route.format_suffixes = true;
        }
        self.path_was_last = false;
        self
    }
}

impl Router for Urls {
    fn into_routes(self) -> Vec<Route> {
        self.routes
    }
}

impl fmt::Debug for Urls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Urls").field(&self.routes).finish()
    }
}

/// `/api` as `api/`.
fn with_slash(prefix: &str) -> String {
    match prefix.trim_matches('/') {
        "" => String::new(),
        trimmed => format!("{trimmed}/"),
    }
}

#[track_caller]
fn view_route<V: AsView>(path: PathTemplate, view: V) -> Route {
    let type_name = std::any::type_name::<V>();
    if view.action_configs().names().next().is_some() {
        misconfigured(format_args!(
            "`{type_name}` at `{path}` has an ActionConfig, but a view on a path has no actions: \
             register it as a viewset, or drop `action_configs`"
        ));
    }
    let view = Arc::new(view);
    let mount = move |context: &MountContext<'_>| {
        let handlers = V::handlers();
        let generic = handlers.describe(&view);
        let state = Arc::new(ViewState::new(&*view, context.settings, generic));
        let mount = MountPoint {
            pattern: Arc::clone(&context.pattern),
            basename: None,
            detail: None,
            suffix: None,
            name: display_name(short_type_name(type_name)).into(),
            description: handlers.doc().into(),
            inline: ActionOverrides::default(),
            urls: Arc::clone(context.urls),
            parents: None,
        };
        let bindings = handlers
            .into_iter()
            .map(|handler| Binding {
                method: handler.method,
                call: handler.call,
                action: None,
                shape: handler.shape,
                doc: handler.doc,
                overrides: ActionOverrides::default(),
                saves_fields_only: handler.saves_fields_only,
                status: handler.status,
            })
            .collect();
        Arc::new(MountedView::new(Arc::clone(&view), &state, mount, bindings)) as _
    };
    Route {
        name: None,
        namespace: None,
        format_suffixes: false,
        optional_slash: false,
        operation_prefix: None,
        collection: None,
        place: None,
        parents: Vec::new(),
        view: type_name,
        location: Some(Location::caller()),
        suffixed: path.trim_end('/'),
        mount: Arc::new(mount),
        path,
    }
}

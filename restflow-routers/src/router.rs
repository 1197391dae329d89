//! Routers: from the actions of viewsets to paths.

use std::{
    fmt,
    panic::Location,
    sync::{Arc, OnceLock},
};

use http::Method;
use restflow_views::{
    ActionConfigs, ActionOverrides, Binding, GenericDescription, MountPoint, MountedView, ViewState,
};
use restflow_viewsets::{Action, Actions, ViewSet};

use crate::{
    PathTemplate, Route, api_root,
    error::misconfigured,
    path::LOOKUP,
    route::{MountContext, basename, display_name, pretty_action, short_type_name},
};

/// What all routers have: viewsets are registered on them, and they yield routes.
pub trait Router {
    /// The routes in the order in which they are tried.
    fn into_routes(self) -> Vec<Route>;
}

/// A router without a root view and without format suffixes (DRF: `SimpleRouter`).
///
/// For each viewset: the list, the list-level actions, the detail, the detail actions, each if
/// there is an action for it.
#[derive(Debug, Default)]
pub struct SimpleRouter(Registry);

impl SimpleRouter {
    /// A router whose paths end in a slash.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether paths end in a slash; they do by default.
    #[must_use]
    pub const fn trailing_slash(mut self, trailing_slash: bool) -> Self {
        self.0.trailing_slash = trailing_slash;
        self
    }

    /// Registers `view_set` below `prefix`, which may have captures.
    ///
    /// # Panics
    ///
    /// When `prefix` is taken, or the viewset configures an action that it does not have.
    #[track_caller]
    pub fn register<V: ViewSet>(&mut self, prefix: &str, view_set: V) -> Registration<'_> {
        self.0.register(prefix.to_owned(), None, view_set)
    }

    /// A router below the detail of the viewset at `prefix`. The key of the parent arrives in the
    /// kwargs as `{lookup}_{field}`: `product_pk`.
    ///
    /// # Panics
    ///
    /// When nothing is registered at `prefix`.
    #[track_caller]
    pub fn nested(&mut self, prefix: &str, lookup: &str) -> NestedRouter<'_> {
        self.0.nested(prefix, lookup)
    }
}

impl Router for SimpleRouter {
    fn into_routes(self) -> Vec<Route> {
        self.0.routes(false)
    }
}

/// A router with a root view that links the lists, and with format suffixes (DRF:
/// `DefaultRouter`).
#[derive(Debug, Default)]
pub struct DefaultRouter(Registry);

impl DefaultRouter {
    /// A router whose paths end in a slash.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether paths end in a slash; they do by default.
    #[must_use]
    pub const fn trailing_slash(mut self, trailing_slash: bool) -> Self {
        self.0.trailing_slash = trailing_slash;
        self
    }

    /// Registers `view_set` below `prefix`, which may have captures.
    ///
    /// # Panics
    ///
    /// When `prefix` is taken, or the viewset configures an action that it does not have.
    #[track_caller]
    pub fn register<V: ViewSet>(&mut self, prefix: &str, view_set: V) -> Registration<'_> {
        self.0.register(prefix.to_owned(), None, view_set)
    }

    /// A router below the detail of the viewset at `prefix`. The key of the parent arrives in the
    /// kwargs as `{lookup}_{field}`: `product_pk`.
    ///
    /// # Panics
    ///
    /// When nothing is registered at `prefix`.
    #[track_caller]
    pub fn nested(&mut self, prefix: &str, lookup: &str) -> NestedRouter<'_> {
        self.0.nested(prefix, lookup)
    }
}

impl Router for DefaultRouter {
    fn into_routes(self) -> Vec<Route> {
        let lists = self
            .0
            .entries
            .iter()
            .filter(|entry| entry.parent.is_none() && entry.has_list)
            .map(|entry| entry.prefix.clone())
            .collect();
        let mut routes = vec![api_root::route(lists, self.0.trailing_slash)];
        routes.extend(self.0.routes(true));
        routes
    }
}

/// A router below the detail of a registered viewset.
pub struct NestedRouter<'a> {
    registry: &'a mut Registry,
    /// `products/{product_pk}`
    prefix: String,
    parent: String,
}

impl NestedRouter<'_> {
    /// Registers `view_set` below the parent's detail. Its basename is that of the parent and its
    /// own: `product-review`.
    ///
    /// # Panics
    ///
    /// When `prefix` is taken, or the viewset configures an action that it does not have.
    #[track_caller]
    pub fn register<V: ViewSet>(&mut self, prefix: &str, view_set: V) -> Registration<'_> {
        let prefix = join(&self.prefix, prefix);
        self.registry
            .register(prefix, Some(self.parent.clone()), view_set)
    }

    /// A router below the detail of the viewset at `prefix` of this one, to any depth.
    ///
    /// # Panics
    ///
    /// When nothing is registered at `prefix`.
    #[track_caller]
    pub fn nested(&mut self, prefix: &str, lookup: &str) -> NestedRouter<'_> {
        let prefix = join(&self.prefix, prefix);
        self.registry.nested(&prefix, lookup)
    }
}

impl fmt::Debug for NestedRouter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NestedRouter")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// A viewset that was just registered, to say more about it.
#[derive(Debug)]
pub struct Registration<'a>(&'a mut Entry);

impl Registration<'_> {
    /// The first part of the URLs' names instead of the type's name (DRF: `basename`).
    pub fn basename(self, basename: &str) -> Self {
        basename.clone_into(&mut self.0.basename);
        self
    }
}

/// The viewsets of a router in the order of registration.
#[derive(Debug)]
struct Registry {
    entries: Vec<Entry>,
    trailing_slash: bool,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            trailing_slash: true,
        }
    }
}

struct Entry {
    prefix: String,
    basename: String,
    /// The basename of the viewset that it is nested below.
    parent: Option<String>,
    has_list: bool,
    lookup: Lookup,
    routes: EntryRoutes,
    /// Where it was registered.
    location: &'static Location<'static>,
}

/// Makes the routes of an entry, with or without trailing slashes and format suffixes.
type EntryRoutes = Box<dyn Fn(&Entry, bool, bool) -> Vec<Route> + Send + Sync>;

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("prefix", &self.prefix)
            .field("basename", &self.basename)
            .finish_non_exhaustive()
    }
}

/// How a viewset's detail is addressed.
#[derive(Debug, Clone, Copy)]
struct Lookup {
    kwarg: &'static str,
    pattern: &'static str,
}

impl Registry {
    #[track_caller]
    fn register<V: ViewSet>(
        &mut self,
        prefix: String,
        parent: Option<String>,
        view_set: V,
    ) -> Registration<'_> {
        let view = std::any::type_name::<V>();
        if let Some(taken) = self.entries.iter().find(|entry| entry.prefix == prefix) {
            misconfigured(format_args!(
                "`{view}` cannot be registered at `{prefix}`, where the viewset `{}` is already ({})",
                taken.basename, taken.location
            ));
        }
        if prefix.starts_with('/') || prefix.ends_with('/') || prefix.contains("//") {
            misconfigured(format_args!(
                "`{view}` is registered at `{prefix}`: a prefix neither starts nor ends with a \
                 slash, the router adds them"
            ));
        }
        let actions = V::actions();
        let configs = view_set.action_configs();
        check_names(&actions);
        check_configs(&actions, &configs);
        let generic = actions.generic.map(|describe| describe(&view_set));
        let lookup = Lookup {
            kwarg: generic
                .as_ref()
                .map_or("pk", |generic| generic.lookup_url_kwarg),
            pattern: generic
                .as_ref()
                .and_then(|generic| generic.lookup_value_pattern)
                .unwrap_or(LOOKUP),
        };
        let own = basename(short_type_name(view));
        let basename = match &parent {
            Some(parent) => format!("{parent}-{own}"),
            None => own,
        };
        let has_list = actions.defaults.iter().any(|action| !action.detail);
        let view_set = Arc::new(view_set);
        let state = Arc::new(OnceLock::new());
        let routes = Box::new(move |entry: &Entry, trailing_slash: bool, suffixes: bool| {
            ViewSetRoutes {
                entry,
                actions: &actions,
                configs: &configs,
                generic: generic.as_ref(),
                view_set: Arc::clone(&view_set),
                state: Arc::clone(&state),
                trailing_slash,
                format_suffixes: suffixes,
            }
            .routes()
        });
        self.entries.push(Entry {
            prefix,
            basename,
            parent,
            has_list,
            lookup,
            routes,
            location: Location::caller(),
        });
        Registration(self.entries.last_mut().expect("it was just pushed"))
    }

    #[track_caller]
    fn nested(&mut self, prefix: &str, lookup: &str) -> NestedRouter<'_> {
        let Some(parent) = self.entries.iter().find(|entry| entry.prefix == prefix) else {
            let known: Vec<_> = self.entries.iter().map(|entry| &entry.prefix).collect();
            misconfigured(format_args!(
                "nothing can be nested below `{prefix}`, where no viewset is registered; there \
                 are {known:?}"
            ));
        };
        let Lookup { kwarg, pattern } = parent.lookup;
        let prefix = join(prefix, &format!("{{{lookup}_{kwarg}:{pattern}}}"));
        let parent = parent.basename.clone();
        NestedRouter {
            registry: self,
            prefix,
            parent,
        }
    }

    fn routes(&self, format_suffixes: bool) -> Vec<Route> {
        for (index, entry) in self.entries.iter().enumerate() {
            let twin = self.entries[..index]
                .iter()
                .find(|other| other.basename == entry.basename);
            if let Some(twin) = twin {
                misconfigured(format_args!(
                    "the viewsets at `{}` ({}) and `{}` ({}) have the same basename `{}`: register \
                     one of them with `.basename(\"…\")`",
                    twin.prefix, twin.location, entry.prefix, entry.location, entry.basename
                ));
            }
        }
        self.entries
            .iter()
            .flat_map(|entry| (entry.routes)(entry, self.trailing_slash, format_suffixes))
            .collect()
    }
}

/// Two parts of a path with a slash between them, if there are two.
fn join(path: &str, part: &str) -> String {
    match (path, part) {
        ("", part) => part.to_owned(),
        (path, "") => path.to_owned(),
        (path, part) => format!("{path}/{part}"),
    }
}

/// Two actions of one name could not be told apart, by an `ActionConfig` say.
#[track_caller]
fn check_names<V: ViewSet>(actions: &Actions<V>) {
    const DEFAULTS: &[&str] = &[
        "list",
        "create",
        "retrieve",
        "update",
        "partial_update",
        "destroy",
    ];
    for (index, action) in actions.custom.iter().enumerate() {
        let view = std::any::type_name::<V>();
        let name = action.name;
        if DEFAULTS.contains(&name) {
            misconfigured(format_args!(
                "`{view}` has a custom action `{name}`, the name of a default action: override \
                 the method of its mixin, or name the action differently"
            ));
        }
        let path = action.url_path;
        if path.starts_with('/') || path.ends_with('/') || path.is_empty() {
            misconfigured(format_args!(
                "the action `{name}` of `{view}` has the path `{path}`: the router puts the slashes \
                 around it, write `{}`",
                match path.trim_matches('/') {
                    "" => name,
                    trimmed => trimmed,
                }
            ));
        }
        let twin = actions.custom[..index]
            .iter()
            .find(|other| other.detail == action.detail && other.url_name == action.url_name);
        if let Some(twin) = twin {
            misconfigured(format_args!(
                "the actions `{}` and `{name}` of `{view}` have the same name `{}` for their URLs: \
                 give one of them another with `url_name`",
                twin.name, action.url_name
            ));
        }
        if actions.custom[..index]
            .iter()
            .any(|other| other.name == name)
        {
            misconfigured(format_args!("`{view}` has two custom actions `{name}`"));
        }
    }
}

/// A configuration for an action that does not exist is a typing mistake.
#[track_caller]
fn check_configs<V: ViewSet>(actions: &Actions<V>, configs: &ActionConfigs<V>) {
    for name in configs.names() {
        if !actions.names().any(|known| known == name) {
            let known: Vec<_> = actions.names().collect();
            misconfigured(format_args!(
                "`{}` has an ActionConfig for `{name}`, which is not one of its actions: {}",
                std::any::type_name::<V>(),
                known.join(", ")
            ));
        }
    }
}

/// The routes of one viewset.
struct ViewSetRoutes<'a, V> {
    entry: &'a Entry,
    actions: &'a Actions<V>,
    configs: &'a ActionConfigs<V>,
    generic: Option<&'a GenericDescription>,
    view_set: Arc<V>,
    state: Arc<OnceLock<Arc<ViewState>>>,
    trailing_slash: bool,
    format_suffixes: bool,
}

impl<V: ViewSet> ViewSetRoutes<'_, V> {
    /// DRF: `SimpleRouter.routes`: list, list-level actions, detail, detail actions.
    fn routes(&self) -> Vec<Route> {
        let custom = |detail: bool| {
            self.actions
                .custom
                .iter()
                .filter(move |action| action.detail == detail)
                .map(|action| self.custom_route(action))
        };
        let mut routes = Vec::new();
        routes.extend(self.default_route(false));
        routes.extend(custom(false));
        routes.extend(self.default_route(true));
        routes.extend(custom(true));
        routes
    }

    fn default_route(&self, detail: bool) -> Option<Route> {
        let bindings: Vec<_> = self
            .actions
            .defaults
            .iter()
            .filter(|action| action.detail == detail)
            .map(|action| Binding {
                method: action.method.clone(),
                call: action.call,
                action: Some(action.name),
                shape: action.shape,
                doc: "",
                overrides: self.configs.get(action.name).cloned().unwrap_or_default(),
                saves_fields_only: action.saves_fields_only,
                status: None,
            })
            .collect();
        if bindings.is_empty() {
            return None;
        }
        let suffix = if detail { "Instance" } else { "List" };
        let display = format!("{} {suffix}", display_name(self.type_name()));
        let url_name = if detail { "detail" } else { "list" };
        Some(self.route(RouteParts {
            url_path: "",
            url_name,
            detail,
            suffix: Some(suffix),
            display,
            inline: ActionOverrides::default(),
            bindings,
        }))
    }

    fn custom_route(&self, action: &Action<V>) -> Route {
        let bindings = action
            .methods
            .iter()
            .map(|method| Binding {
                method: method.method.clone(),
                call: method.call,
                action: Some(method.name),
                shape: method.shape,
                doc: method.doc,
                overrides: self
                    .configs
                    .get(method.name)
                    .cloned()
                    .unwrap_or_default()
                    .or(&action.overrides),
                saves_fields_only: false,
                status: method.status,
            })
            .collect();
        self.route(RouteParts {
            url_path: action.url_path,
            url_name: &action.url_name,
            detail: action.detail,
            suffix: None,
            display: pretty_action(action.name),
            inline: action.overrides.clone(),
            bindings,
        })
    }

    fn route(&self, parts: RouteParts<'_, V>) -> Route {
        let RouteParts {
            url_path,
            url_name,
            detail,
            suffix,
            display,
            inline,
            bindings,
        } = parts;
        let entry = self.entry;
        let Lookup { kwarg, pattern } = entry.lookup;
        let mut path = entry.prefix.clone();
        if detail {
            path = join(&path, &format!("{{{kwarg}:{pattern}}}"));
        }
        path = join(&path, &routed(url_path));
        if self.trailing_slash && !path.is_empty() {
            path.push('/');
        }
        refuse_twice(&path, &bindings);
        let basename: Arc<str> = entry.basename.as_str().into();
        let view_set = Arc::clone(&self.view_set);
        let state = Arc::clone(&self.state);
        let generic = self.generic.cloned();
        let description: Arc<str> = match suffix {
            Some(_) => self.actions.doc.into(),
            // DRF: the function whose path it is describes it, not those that share it.
            None => bindings
                .first()
                .map(|binding| binding.doc)
                .filter(|doc| !doc.is_empty())
                .unwrap_or(self.actions.doc)
                .into(),
        };
        let mount = move |context: &MountContext<'_>| {
            let state = state.get_or_init(|| {
                Arc::new(ViewState::new(
                    &*view_set,
                    context.settings,
                    generic.clone(),
                ))
            });
            let mount = MountPoint {
                pattern: Arc::clone(&context.pattern),
                basename: Some(Arc::clone(&basename)),
                detail: Some(detail),
                suffix,
                name: display.as_str().into(),
                description: Arc::clone(&description),
                inline: inline.clone(),
                urls: Arc::clone(context.urls),
            };
            let mounted = MountedView::new(Arc::clone(&view_set), state, mount, bindings.clone());
            Arc::new(mounted) as _
        };
        let words = PathTemplate::parse(&entry.prefix).words();
        let path = PathTemplate::parse(&path);
        Route {
            suffixed: path.trim_end('/'),
            path,
            name: Some(format!("{}-{url_name}", entry.basename)),
            namespace: None,
            format_suffixes: self.format_suffixes,
            collection: words.last().cloned(),
            operation_prefix: Some(words.join("_")),
            view: std::any::type_name::<V>(),
            location: Some(entry.location),
            mount: Arc::new(mount),
        }
    }

    fn type_name(&self) -> &'static str {
        short_type_name(std::any::type_name::<V>())
    }
}

/// What differs from route to route.
struct RouteParts<'a, V> {
    url_path: &'a str,
    url_name: &'a str,
    detail: bool,
    suffix: Option<&'static str>,
    display: String,
    inline: ActionOverrides,
    bindings: Vec<Binding<V>>,
}

/// Captures of an action's path match what lookups match, unless they say otherwise.
fn routed(url_path: &str) -> String {
    let template = PathTemplate::parse(url_path);
    let mut path = url_path.to_owned();
    for (name, pattern) in template.patterns() {
        if pattern.is_none() {
            path = path.replace(&format!("{{{name}}}"), &format!("{{{name}:{LOOKUP}}}"));
        }
    }
    path
}

#[track_caller]
fn refuse_twice<V>(path: &str, bindings: &[Binding<V>]) {
    let mut seen: Vec<(&Method, Option<&str>)> = Vec::new();
    for binding in bindings {
        if let Some((method, first)) = seen.iter().find(|(method, _)| **method == binding.method) {
            misconfigured(format_args!(
                "`{path}` of `{}` answers {method} twice, with `{}` and `{}`",
                std::any::type_name::<V>(),
                first.unwrap_or_default(),
                binding.action.unwrap_or_default(),
            ));
        }
        seen.push((&binding.method, binding.action));
    }
}

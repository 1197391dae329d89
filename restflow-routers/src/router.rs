//! Routers: from the actions of viewsets to paths.

use std::{
    any::TypeId,
    fmt,
    marker::PhantomData,
    panic::Location,
    sync::{Arc, OnceLock},
};

use http::Method;
use restflow_fields::FieldKind;
use restflow_views::{
    ActionConfigs, ActionOverrides, Binding, GenericDescription, GenericView, MountPoint,
    MountedView, NestedUnder, OperationShape, ParentScope, ParentView, UrlPlace, ViewState,
};
use restflow_viewsets::{
    Action, ActionTitle, Actions, DeclaredKey, DefaultAction, PlainLookup, ViewSet,
};

use crate::{
    PathTemplate, Route, api_root,
    error::misconfigured,
    openapi::intern,
    path::LOOKUP,
    route::{MountContext, ParentKey, basename, display_name, pretty_action, short_type_name},
};

/// What all routers have: viewsets are registered on them, and they yield routes.
pub trait Router {
    /// The routes in the order in which they are tried.
    fn into_routes(self) -> Vec<Route>;
}

/// Whether the paths of a router end in a slash.
///
/// DRF: `trailing_slash`, where the third is `trailing_slash = "/?"`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TrailingSlash {
    /// They do, and a path without the slash is redirected to the one with it (Django:
    /// `APPEND_SLASH`). `true` for short.
    #[default]
    Required,
    /// They do not, and a path with a slash is none. `false` for short.
    Never,
    /// Both are answered; the document, links and reversed URLs have the slash.
    Optional,
}

impl TrailingSlash {
    /// Whether links and the document have the slash.
    pub(crate) fn is_shown(self) -> bool {
        self != Self::Never
    }
}

impl From<bool> for TrailingSlash {
    fn from(trailing_slash: bool) -> Self {
        if trailing_slash {
            Self::Required
        } else {
            Self::Never
        }
    }
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

    /// Whether paths end in a slash; they do by default, and a path without it is redirected.
    /// `false` is [`TrailingSlash::Never`].
    #[must_use]
    pub fn trailing_slash(mut self, trailing_slash: impl Into<TrailingSlash>) -> Self {
        self.0.trailing_slash = trailing_slash.into();
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

    /// A router below the detail of the viewset `P`, whatever its prefix is, for viewsets that
    /// are [nested under](restflow_views::NestedUnder) it: another one does not compile. The key of
    /// the parent arrives in the kwargs as `{lookup}_{field}`: `product_pk`.
    ///
    /// # Panics
    ///
    /// When `P` is not registered in this router itself, or several times: then name the prefix with
    /// [`nested`](Self::nested).
    #[track_caller]
    pub fn nested_in<P: ViewSet + GenericView>(&mut self, lookup: &str) -> NestedIn<'_, P> {
        self.0.nested_in("", 0, lookup)
    }
}

impl Router for SimpleRouter {
    fn into_routes(self) -> Vec<Route> {
        self.0.routes(false)
    }
}

/// A router with a root view that links the lists, and with format suffixes (DRF:
/// `DefaultRouter`).
///
/// A list that is registered at the empty prefix takes the place of the root view.
#[derive(Debug, Default)]
pub struct DefaultRouter(Registry);

impl DefaultRouter {
    /// A router whose paths end in a slash.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether paths end in a slash; they do by default, and a path without it is redirected.
    /// `false` is [`TrailingSlash::Never`].
    #[must_use]
    pub fn trailing_slash(mut self, trailing_slash: impl Into<TrailingSlash>) -> Self {
        self.0.trailing_slash = trailing_slash.into();
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

    /// A router below the detail of the viewset `P`, whatever its prefix is, for viewsets that
    /// are [nested under](restflow_views::NestedUnder) it: another one does not compile. The key of
    /// the parent arrives in the kwargs as `{lookup}_{field}`: `product_pk`.
    ///
    /// # Panics
    ///
    /// When `P` is not registered in this router itself, or several times: then name the prefix with
    /// [`nested`](Self::nested).
    #[track_caller]
    pub fn nested_in<P: ViewSet + GenericView>(&mut self, lookup: &str) -> NestedIn<'_, P> {
        self.0.nested_in("", 0, lookup)
    }
}

impl Router for DefaultRouter {
    fn into_routes(self) -> Vec<Route> {
        let entries = self.0.entries.iter();
        let lists: Vec<_> = entries
            .filter(|entry| entry.parents.is_empty() && entry.has_list)
            .map(|entry| entry.prefix.clone())
            .collect();
        let mut routes = Vec::new();
        // A list at the empty prefix is where the root would be.
        if !lists.iter().any(String::is_empty) {
            routes.push(api_root::route(lists, self.0.trailing_slash));
        }
        routes.extend(self.0.routes(true));
        routes
    }
}

/// A router below the detail of a registered viewset.
pub struct NestedRouter<'a> {
    registry: &'a mut Registry,
    /// `products/{product_pk}`
    prefix: String,
    parent: Parent,
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
        self.registry.register(prefix, Some(&self.parent), view_set)
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

    /// A router below the detail of the viewset `P` of this router, see
    /// [`SimpleRouter::nested_in`].
    ///
    /// # Panics
    ///
    /// When `P` is not registered in this router, or several times.
    #[track_caller]
    pub fn nested_in<P: ViewSet + GenericView>(&mut self, lookup: &str) -> NestedIn<'_, P> {
        let depth = self.parent.keys.len();
        self.registry.nested_in(&self.prefix, depth, lookup)
    }
}

impl fmt::Debug for NestedRouter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NestedRouter")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// A router below the detail of the viewset `P`, for viewsets that are nested under it, see
/// [`SimpleRouter::nested_in`].
#[derive(Debug)]
pub struct NestedIn<'a, P> {
    router: NestedRouter<'a>,
    parent: PhantomData<fn() -> P>,
}

impl<P: ViewSet + GenericView> NestedIn<'_, P> {
    /// Registers `view_set` below the parent's detail. Its basename is that of the parent and its
    /// own: `product-review`.
    ///
    /// # Panics
    ///
    /// When `prefix` is taken, or the viewset configures an action that it does not have.
    #[track_caller]
    pub fn register<V: ViewSet + NestedUnder<P>>(
        &mut self,
        prefix: &str,
        view_set: V,
    ) -> Registration<'_> {
        self.router.register(prefix, view_set)
    }

    /// A router below the detail of the viewset `C` of this router, to any depth.
    ///
    /// # Panics
    ///
    /// When `C` is not registered in this router, or several times.
    #[track_caller]
    pub fn nested_in<C: ViewSet + NestedUnder<P>>(&mut self, lookup: &str) -> NestedIn<'_, C> {
        self.router.nested_in(lookup)
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
#[derive(Debug, Default)]
struct Registry {
    entries: Vec<Entry>,
    trailing_slash: TrailingSlash,
}

struct Entry {
    prefix: String,
    basename: String,
    /// The type of the viewset, and its name.
    view: (TypeId, &'static str),
    /// The keys of the parents, the outermost first; empty at the top.
    parents: Vec<ParentKey>,
    has_list: bool,
    lookup: Lookup,
    /// The type of its own key in the document.
    lookup_kind: FieldKind,
    table: Option<&'static str>,
    /// Why the types of the keys of its parents would lead nowhere in URLs, if they would.
    parent_mistyped: Option<String>,
    /// The same of those keys and its own.
    mistyped: Option<String>,
    as_parent: AsParent,
    routes: EntryRoutes,
    /// Where it was registered.
    location: &'static Location<'static>,
}

/// The viewset as the parent of others, by its basename.
type AsParent = Box<dyn Fn(&str) -> ParentView + Send + Sync>;

/// What viewsets are nested below.
struct Parent {
    basename: String,
    view: ParentView,
    /// The keys of the path up to the parent's own, which is the last.
    keys: Vec<ParentKey>,
    mistyped: Option<String>,
}

/// Makes the routes of an entry, with or without trailing slashes and format suffixes.
type EntryRoutes = Box<dyn Fn(&Entry, TrailingSlash, bool) -> Vec<Route> + Send + Sync>;

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

impl Lookup {
    /// That of the entity, or for a viewset without one what its derive says.
    #[track_caller]
    fn of(view: &str, generic: Option<&GenericDescription>, plain: PlainLookup) -> Self {
        let Some(generic) = generic else {
            return Self {
                kwarg: plain.url_kwarg.unwrap_or("pk"),
                pattern: plain.value_pattern.unwrap_or(LOOKUP),
            };
        };
        if plain != PlainLookup::default() {
            misconfigured(format_args!(
                "`{view}` has an entity, and `#[viewset(…)]` is for viewsets without one: \
                 override `GenericView::lookup_url_kwarg` and `lookup_value_pattern`"
            ));
        }
        Self {
            kwarg: generic.lookup_url_kwarg,
            pattern: generic.lookup_value_pattern.unwrap_or(LOOKUP),
        }
    }
}

impl Registry {
    #[track_caller]
    fn register<V: ViewSet>(
        &mut self,
        prefix: String,
        parent: Option<&Parent>,
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
        let lookup = Lookup::of(view, generic.as_ref(), actions.lookup);
        let own = basename(short_type_name(view));
        let basename = match parent {
            Some(parent) => format!("{}-{own}", parent.basename),
            None => own,
        };
        let scope = scope(&actions, &prefix, parent);
        check_lookup_key(view, generic.as_ref(), actions.lookup_key);
        let own_mistyped = mistyped(&actions, generic.as_ref());
        let parent_mistyped = parent.and_then(|parent| parent.mistyped.clone());
        let mistyped = parent_mistyped.clone().or(own_mistyped);
        let lookup_kind = generic
            .as_ref()
            .map_or(FieldKind::String, |generic| generic.lookup_kind);
        let table = generic.as_ref().map(|generic| generic.table);
        let has_list = actions.defaults.iter().any(|action| !action.detail);
        let view_set = Arc::new(view_set);
        let state = Arc::new(OnceLock::new());
        let as_parent: AsParent = {
            let (view_set, state) = (Arc::clone(&view_set), Arc::clone(&state));
            let (generic, scope) = (generic.clone(), scope.clone());
            let retrieve = configs.get("retrieve").cloned().unwrap_or_default();
            Box::new(move |basename| {
                ParentView::new(
                    Arc::clone(&view_set),
                    Arc::clone(&state),
                    generic.clone(),
                    retrieve.clone(),
                    basename.into(),
                    scope.clone(),
                )
            })
        };
        let routes = Box::new(move |entry: &Entry, trailing_slash, suffixes: bool| {
            ViewSetRoutes {
                entry,
                actions: &actions,
                configs: &configs,
                generic: generic.as_ref(),
                view_set: Arc::clone(&view_set),
                state: Arc::clone(&state),
                scope: scope.as_ref(),
                trailing_slash,
                format_suffixes: suffixes,
            }
            .routes()
        });
        self.entries.push(Entry {
            prefix,
            basename,
            view: (TypeId::of::<V>(), view),
            parents: parent.map_or_else(Vec::new, |parent| parent.keys.clone()),
            has_list,
            lookup,
            lookup_kind,
            table,
            parent_mistyped,
            mistyped,
            as_parent,
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
        let kwarg = intern(&format!("{lookup}_{kwarg}"));
        let prefix = join(prefix, &format!("{{{kwarg}:{pattern}}}"));
        let mut keys = parent.parents.clone();
        keys.push(ParentKey {
            kwarg,
            kind: parent.lookup_kind,
            table: parent.table,
        });
        let parent = Parent {
            basename: parent.basename.clone(),
            view: (parent.as_parent)(&parent.basename),
            keys,
            mistyped: parent.mistyped.clone(),
        };
        NestedRouter {
            registry: self,
            prefix,
            parent,
        }
    }

    /// Below the one entry for `P` that is registered right below `below`, which has `depth` keys.
    #[track_caller]
    fn nested_in<P: ViewSet>(
        &mut self,
        below: &str,
        depth: usize,
        lookup: &str,
    ) -> NestedIn<'_, P> {
        let is_here = |entry: &&Entry| {
            let rest = entry.prefix.strip_prefix(below);
            entry.view.0 == TypeId::of::<P>()
                && entry.parents.len() == depth
                && rest.is_some_and(|rest| below.is_empty() || rest.starts_with('/'))
        };
        let found: Vec<_> = self.entries.iter().filter(is_here).collect();
        let [only] = found.as_slice() else {
            let at: Vec<_> = found.iter().map(|entry| &entry.prefix).collect();
            misconfigured(format_args!(
                "nothing can be nested in `{}` here, which must be registered once in this router \
                 before: it is at {at:?}; say which one with `nested(\"…\", \"{lookup}\")`",
                std::any::type_name::<P>()
            ));
        };
        let prefix = only.prefix.clone();
        NestedIn {
            router: self.nested(&prefix, lookup),
            parent: PhantomData,
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

/// What restricts the rows of a viewset to the parent that it is registered below.
#[track_caller]
fn scope<V: ViewSet>(
    actions: &Actions<V>,
    prefix: &str,
    parent: Option<&Parent>,
) -> Option<ParentScope> {
    let nesting = actions.nesting.as_ref()?;
    let view = std::any::type_name::<V>();
    let under = nesting.parent_name();
    let Some(parent) = parent else {
        misconfigured(format_args!(
            "`{view}` is nested under `{under}` and registered at `{prefix}`, below no other \
             viewset, where it would show the rows of all parents: register it with \
             `router.nested_in::<{}>(\"…\")`, or drop `#[nested_under]`",
            short_type_name(under)
        ));
    };
    if !nesting.is_under(&parent.view) {
        misconfigured(format_args!(
            "`{view}` is nested under `{under}` and registered at `{prefix}`, below the viewset \
             `{}`: register it with `router.nested_in::<{}>(\"…\")`, or name the other viewset in \
             `#[nested_under]`",
            parent.basename,
            short_type_name(under)
        ));
    }
    let kwarg = parent.keys.last().expect("a parent has a key").kwarg;
    match nesting.scope(parent.view.clone(), kwarg) {
        Ok(scope) => Some(scope),
        Err(problem) => misconfigured(format_args!(
            "`{view}` cannot be nested at `{prefix}`: {problem}"
        )),
    }
}

/// A key of another type than the column has could name no object.
#[track_caller]
fn check_lookup_key(view: &str, generic: Option<&GenericDescription>, key: Option<DeclaredKey>) {
    let (Some(generic), Some(key)) = (generic, key) else {
        return;
    };
    if let Some(kind) = key.kind
        && kind != generic.lookup_kind
    {
        misconfigured(format_args!(
            "`{view}` says `#[lookup_key({})]`, a key that is {kind:?} in a path, and the column \
             that it looks its objects up by is {:?}: name the type of that column",
            key.type_name, generic.lookup_kind
        ));
    }
}

/// Why typed URLs would name an object by the wrong column, if they would.
fn mistyped<V: ViewSet>(
    actions: &Actions<V>,
    generic: Option<&GenericDescription>,
) -> Option<String> {
    let by_primary_key = generic?.looks_up_primary_key;
    let view = std::any::type_name::<V>();
    match (by_primary_key, actions.lookup_key) {
        (false, None) => Some(format!(
            "`{view}` does not look its objects up by the primary key: say of which type their \
             keys in the URLs are, with `#[lookup_key(String)]` on the viewset"
        )),
        _ => None,
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
    let view = std::any::type_name::<V>();
    for (index, action) in actions.defaults.iter().enumerate() {
        let name = action.name;
        if actions.defaults[..index]
            .iter()
            .any(|other| other.name == name)
        {
            misconfigured(format_args!(
                "`{view}` has the default action `{name}` twice, from a mixin and from its \
                 `#[actions]`: leave the mixin away, or override `{name}` in the `impl` of the \
                 mixin"
            ));
        }
    }
    for (index, action) in actions.custom.iter().enumerate() {
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
    scope: Option<&'a ParentScope>,
    trailing_slash: TrailingSlash,
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
                shape: self.shape(action),
                doc: action.doc,
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
            description: None,
            inline: ActionOverrides::default(),
            bindings,
        }))
    }

    /// What a default action answers. Without an entity and without a serializer it may be
    /// anything.
    fn shape(&self, action: &DefaultAction<V>) -> OperationShape {
        let config = self.configs.get(action.name);
        let knows_rows = self.generic.is_some()
            || self.view_set.serializer_class().is_some()
            || self.view_set.response_serializer_class().is_some()
            || config.is_some_and(|config| {
                config.serializer.is_some() || config.response_serializer.is_some()
            });
        match action.shape {
            OperationShape::Destroy => OperationShape::Destroy,
            shape if knows_rows => shape,
            _ => OperationShape::Custom,
        }
    }

    /// What OPTIONS and the document call a custom action.
    fn title(&self, action: &Action<V>) -> String {
        match action.title {
            ActionTitle::Action => pretty_action(action.name),
            ActionTitle::Name(name) => name.to_owned(),
            ActionTitle::Suffix(suffix) => {
                format!("{} {suffix}", display_name(self.type_name()))
            }
        }
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
            suffix: match action.title {
                ActionTitle::Suffix(suffix) => Some(suffix),
                _ => None,
            },
            display: self.title(action),
            description: Some(action.description.unwrap_or_else(|| {
                // DRF: the function whose path it is describes it, not those that share it.
                let doc = action.methods.first().map(|method| method.doc);
                doc.filter(|doc| !doc.is_empty())
                    .unwrap_or(self.actions.doc)
            })),
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
            description,
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
        if self.trailing_slash.is_shown() && !path.is_empty() {
            path.push('/');
        }
        refuse_twice(&path, &bindings);
        let basename: Arc<str> = entry.basename.as_str().into();
        let view_set = Arc::clone(&self.view_set);
        let state = Arc::clone(&self.state);
        let generic = self.generic.cloned();
        let parents = self.scope.cloned();
        let description: Arc<str> = description.unwrap_or(self.actions.doc).into();
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
                parents: parents.clone(),
            };
            let mounted = MountedView::new(Arc::clone(&view_set), state, mount, bindings.clone());
            Arc::new(mounted) as _
        };
        let words = PathTemplate::parse(&entry.prefix).words();
        let place = UrlPlace {
            view: entry.view.0,
            url_name: url_name.to_owned(),
            parents: entry.parents.iter().map(|parent| parent.kwarg).collect(),
            lookup: detail.then_some(kwarg),
            parameters: PathTemplate::parse(url_path)
                .captures()
                .map(ToOwned::to_owned)
                .collect(),
            mistyped: match detail {
                true => entry.mistyped.clone(),
                false => entry.parent_mistyped.clone(),
            },
        };
        let path = PathTemplate::parse(&path);
        Route {
            suffixed: path.trim_end('/'),
            path,
            place: Some(place),
            parents: entry.parents.clone(),
            name: Some(format!("{}-{url_name}", entry.basename)),
            namespace: None,
            format_suffixes: self.format_suffixes,
            optional_slash: self.trailing_slash == TrailingSlash::Optional,
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
    /// What describes it instead of the doc comment of the viewset.
    description: Option<&'static str>,
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

//! The actions of a viewset.

use http::Method;
use restflow_fields::FieldKind;
use restflow_views::{ApiView, GenericDescription, HandlerFn, Nesting, OperationShape};

use crate::{Action, PathKey};

/// A view whose methods are actions, routed by a router.
///
/// Implemented by `#[derive(ViewSet)]`, `#[derive(ReadOnlyModelViewSet)]` or
/// `#[derive(ModelViewSet)]`.
///
/// DRF: `rest_framework.viewsets.ViewSetMixin`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a viewset",
    label = "a router routes actions, and none are known",
    note = "add `#[derive(ViewSet)]` with the mixins that it should have: `#[derive(ViewSet, ListModelMixin, RetrieveModelMixin)]`",
    note = "a view without actions is put on a path: `Urls::new().path(\"…\", view)`"
)]
pub trait ViewSet: ApiView {
    /// The actions of the viewset.
    fn actions() -> Actions<Self>;
}

/// The actions that a viewset writes itself, implemented by `#[actions]` on an `impl` block.
pub trait CustomActions: ApiView {
    /// The custom actions in the order of the block.
    fn custom_actions() -> Vec<Action<Self>>;

    /// The methods of the block that are named after default actions, in their place.
    ///
    /// A viewset that has one of them from a mixin, too, is refused at start-up.
    fn own_default_actions() -> Vec<DefaultAction<Self>> {
        Vec::new()
    }
}

/// A default action, of a mixin or of the viewset's own: its name, its method, whether it
/// addresses one object, and what runs.
#[derive(Debug)]
pub struct DefaultAction<V> {
    /// `list`, `create`, `retrieve`, `update`, `partial_update` or `destroy`.
    pub name: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// Whether it addresses one object.
    pub detail: bool,
    /// What the method does.
    pub shape: OperationShape,
    /// The doc comment of the viewset's own method; empty for those of mixins.
    pub doc: &'static str,
    /// What runs.
    pub call: HandlerFn<V>,
    /// Whether it saves nothing but the fields of the serializer.
    pub saves_fields_only: bool,
}

/// The actions of a viewset, as data.
#[derive(Debug)]
pub struct Actions<V> {
    /// The default actions that the mixins of the type give it.
    pub defaults: Vec<DefaultAction<V>>,
    /// The custom actions.
    pub custom: Vec<Action<V>>,
    /// Reads the generic attributes, if the viewset has an entity.
    pub generic: Option<fn(&V) -> GenericDescription>,
    /// What the viewset is nested under, if it is.
    pub nesting: Option<Nesting>,
    /// The type of its key that the viewset declares with `#[lookup_key(…)]`, instead of that of
    /// the primary key.
    pub lookup_key: Option<DeclaredKey>,
    /// The doc comment of the type.
    pub doc: &'static str,
    /// How a viewset without an entity names its object in the path.
    pub lookup: PlainLookup,
}

/// The type of the keys in the URLs of a viewset, as `#[lookup_key(…)]` declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeclaredKey {
    /// The type, for messages.
    pub type_name: &'static str,
    /// What such a key is in the document, if that is known.
    pub kind: Option<FieldKind>,
}

/// How the path of a viewset without an entity addresses one object, said by
/// `#[viewset(lookup_url_kwarg = "…", lookup_value_pattern = "…")]`. A generic viewset says it by
/// the methods of `GenericView` instead, and is refused at start-up if it does both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlainLookup {
    /// The name of the capture, `pk` by default.
    pub url_kwarg: Option<&'static str>,
    /// The regular expression that its value must match whole; by default any text without slash
    /// and dot.
    pub value_pattern: Option<&'static str>,
}

impl<V> Actions<V> {
    /// No actions. `doc` is the doc comment of the type.
    #[must_use]
    pub const fn new(doc: &'static str) -> Self {
        Self {
            defaults: Vec::new(),
            custom: Vec::new(),
            generic: None,
            nesting: None,
            lookup_key: None,
            doc,
            lookup: PlainLookup {
                url_kwarg: None,
                value_pattern: None,
            },
        }
    }

    /// Adds default actions.
    #[must_use]
    pub fn with(mut self, actions: impl IntoIterator<Item = DefaultAction<V>>) -> Self {
        self.defaults.extend(actions);
        self
    }

    /// Adds custom actions.
    #[must_use]
    pub fn with_custom(mut self, actions: impl IntoIterator<Item = Action<V>>) -> Self {
        self.custom.extend(actions);
        self
    }

    /// Says how to read the attributes of a generic viewset.
    #[must_use]
    pub const fn with_generic(mut self, describe: Option<fn(&V) -> GenericDescription>) -> Self {
        self.generic = describe;
        self
    }

    /// Says how the path addresses one object where there is no entity.
    #[must_use]
    pub const fn with_lookup(mut self, lookup: PlainLookup) -> Self {
        self.lookup = lookup;
        self
    }

    /// Says that the viewset is only registered below another one, see
    /// [`NestedUnder`](restflow_views::NestedUnder).
    #[must_use]
    pub const fn nested(mut self, nesting: Nesting) -> Self {
        self.nesting = Some(nesting);
        self
    }

    /// Says of which type the keys in the URLs are, where they are not the primary key.
    #[must_use]
    pub const fn lookup_key<K: PathKey>(mut self, type_name: &'static str) -> Self {
        self.lookup_key = Some(DeclaredKey {
            type_name,
            kind: K::KIND,
        });
        self
    }

    /// The names of all actions, as an `ActionConfig` may use them.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let custom = self
            .custom
            .iter()
            .flat_map(|action| action.methods.iter().map(|method| method.name));
        self.defaults.iter().map(|action| action.name).chain(custom)
    }
}

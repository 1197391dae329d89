//! One route: a path and what is mounted on it.

use std::{fmt, panic::Location, sync::Arc};

use restflow_fields::FieldKind;
use restflow_views::{MountedEndpoint, Settings, UrlPlace, UrlTable};

use crate::PathTemplate;

/// A path, its name, and how to mount the view on it once all names are known.
#[derive(Clone)]
pub struct Route {
    pub(crate) path: PathTemplate,
    /// What a format may follow: the path without the slash at its end.
    pub(crate) suffixed: PathTemplate,
    /// The name for reversing, `product-list`; views on paths of their own may have none.
    pub(crate) name: Option<String>,
    /// What the name is in: `v2`, `v2:shop`.
    pub(crate) namespace: Option<String>,
    /// Whether `/tags.json` is a path beside `/tags/`.
    pub(crate) format_suffixes: bool,
    /// Whether the path is also answered without the slash at its end.
    pub(crate) optional_slash: bool,
    /// What the operations are named after: `products`, `products_reviews`.
    pub(crate) operation_prefix: Option<String>,
    /// The last word of the prefix that a viewset is registered at; `None` for other views.
    pub(crate) collection: Option<String>,
    /// Which route of a viewset it is; `None` for other views.
    pub(crate) place: Option<UrlPlace>,
    /// The captures that hold the keys of parents, the outermost first.
    pub(crate) parents: Vec<ParentKey>,
    /// The type of the view, for messages.
    pub(crate) view: &'static str,
    /// Where it was registered, put on its path, or included, for messages.
    pub(crate) location: Option<&'static Location<'static>>,
    pub(crate) mount: Mount,
}

/// A capture that holds the key of a parent.
#[derive(Debug, Clone)]
pub(crate) struct ParentKey {
    /// `product_pk`
    pub(crate) kwarg: &'static str,
    /// The type of the key.
    pub(crate) kind: FieldKind,
    /// The table of the parent; `None` for a viewset without an entity.
    pub(crate) table: Option<&'static str>,
}

/// Mounts a view on a path.
pub(crate) type Mount = Arc<dyn Fn(&MountContext<'_>) -> Arc<dyn MountedEndpoint> + Send + Sync>;

/// What is known once all routes are gathered.
pub(crate) struct MountContext<'a> {
    pub(crate) settings: &'a Arc<Settings>,
    pub(crate) urls: &'a Arc<UrlTable>,
    /// The full path.
    pub(crate) pattern: Arc<str>,
}

impl Route {
    /// The name with its namespace.
    pub(crate) fn full_name(&self) -> Option<String> {
        let name = self.name.as_ref()?;
        Some(match &self.namespace {
            Some(namespace) => format!("{namespace}:{name}"),
            None => name.clone(),
        })
    }

    /// The same below `prefix`.
    pub(crate) fn below(mut self, prefix: &PathTemplate) -> Self {
        self.path = prefix.join(&self.path);
        self.suffixed = prefix.join(&self.suffixed);
        self
    }

    /// The route for messages: its path, its view, and where the program says so.
    pub(crate) fn place(&self) -> String {
        let Self { path, view, .. } = self;
        match self.location {
            Some(location) => format!(
                "`{path}` of `{view}` ({}:{})",
                location.file(),
                location.line()
            ),
            None => format!("`{path}` of `{view}`"),
        }
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route")
            .field("path", &self.path.to_string())
            .field("name", &self.name)
            .field("view", &self.view)
            .finish_non_exhaustive()
    }
}

/// `shop::ProductViewSet` as `ProductViewSet`.
pub(crate) fn short_type_name(name: &'static str) -> &'static str {
    let without_generics = name.split('<').next().unwrap_or(name);
    without_generics.rsplit("::").next().unwrap_or(name)
}

/// `ProductDetailView` as `Product Detail`, `ProductViewSet` as `Product` (DRF: `get_view_name`).
pub(crate) fn display_name(type_name: &str) -> String {
    let name = stem(type_name);
    let mut spaced = String::with_capacity(name.len() + 4);
    let mut previous: Option<char> = None;
    let mut characters = name.chars().peekable();
    while let Some(c) = characters.next() {
        let next_is_lower = characters.peek().is_some_and(|next| next.is_lowercase());
        let boundary = c.is_uppercase()
            && previous.is_some_and(|previous| {
                previous.is_lowercase() || previous.is_ascii_digit() || next_is_lower
            });
        if boundary {
            spaced.push(' ');
        }
        spaced.push(c);
        previous = Some(c);
    }
    spaced
}

/// The name of a view without its kind.
fn stem(type_name: &str) -> &str {
    ["ApiView", "ViewSet", "View"]
        .iter()
        .find_map(|suffix| type_name.strip_suffix(suffix))
        .filter(|stem| !stem.is_empty())
        .unwrap_or(type_name)
}

/// `ProductReviewViewSet` as `product-review`: the default basename.
pub(crate) fn basename(type_name: &str) -> String {
    display_name(type_name).to_lowercase().replace(' ', "-")
}

/// `set_price` as `Set price` (DRF: `pretty_name`).
pub(crate) fn pretty_action(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first
        .chain(characters.map(|c| if c == '_' { ' ' } else { c }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_types() {
        for (ty, display, base) in [
            ("ProductViewSet", "Product", "product"),
            (
                "ProductDetailUpdateView",
                "Product Detail Update",
                "product-detail-update",
            ),
            ("ConfigItemViewSet", "Config Item", "config-item"),
            ("HTTPStatusApiView", "HTTP Status", "http-status"),
            ("Tags", "Tags", "tags"),
            ("View", "View", "view"),
        ] {
            assert_eq!(display_name(ty), display);
            assert_eq!(basename(ty), base);
        }
        assert_eq!(pretty_action("set_price"), "Set price");
        assert_eq!(short_type_name("a::b::Wrapped<c::D>"), "Wrapped");
    }
}

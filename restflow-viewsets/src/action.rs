//! Custom actions, as data.

use std::fmt;

use http::{Method, StatusCode};
use restflow_views::{
    __private::success_status, ActionOverrides, ApiView, HandlerFn, OperationShape,
};

/// A custom action: one path beside the default ones, made by `#[action(…)]`.
///
/// DRF: `rest_framework.decorators.action`.
#[derive(Debug)]
pub struct Action<V> {
    /// The name of the method, and of the action on requests.
    pub name: &'static str,
    /// Whether the path goes on behind the lookup of one object.
    pub detail: bool,
    /// The last part of the path; the name by default. It may have captures, each a segment
    /// without dots unless it names a regular expression: `related/{kind:[a-z]+}`.
    pub url_path: &'static str,
    /// The last part of the URL's name; the name with dashes by default.
    pub url_name: String,
    /// What the view of the path is called in OPTIONS and in the document.
    pub title: ActionTitle,
    /// What it is described by; the doc comment of the function by default.
    pub description: Option<&'static str>,
    /// The methods of the path. Those of `methods(…)` share a handler and a name, those mapped
    /// from other functions have their own.
    pub methods: Vec<ActionMethod<V>>,
    /// The inline overrides.
    pub overrides: ActionOverrides,
}

/// What the view of a custom action is called.
///
/// DRF: `ViewSet.get_view_name`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ActionTitle {
    /// The name of the action in words: `Set price`.
    #[default]
    Action,
    /// This name.
    Name(&'static str),
    /// The name of the viewset and this: `Product Prices`.
    Suffix(&'static str),
}

/// One HTTP method of a custom action.
pub struct ActionMethod<V> {
    /// The HTTP method.
    pub method: Method,
    /// The name of the function, which is the action on requests.
    pub name: &'static str,
    /// What runs.
    pub call: HandlerFn<V>,
    /// What the method does, for the OpenAPI document.
    pub shape: OperationShape,
    /// The doc comment of the function.
    pub doc: &'static str,
    /// The status of a success where it is not that of the shape, for the OpenAPI document.
    pub status: Option<StatusCode>,
}

impl<V> fmt::Debug for ActionMethod<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActionMethod")
            .field("method", &self.method)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<V: ApiView> Action<V> {
    /// An action without methods yet, at its default path and name.
    #[must_use]
    pub fn new(name: &'static str, detail: bool) -> Self {
        Self {
            name,
            detail,
            url_path: name,
            url_name: name.replace('_', "-"),
            title: ActionTitle::Action,
            description: None,
            methods: Vec::new(),
            overrides: ActionOverrides::default(),
        }
    }

    /// Another last part of the path, with or without captures.
    #[must_use]
    pub const fn url_path(mut self, url_path: &'static str) -> Self {
        self.url_path = url_path;
        self
    }

    /// Another last part of the URL's name.
    #[must_use]
    pub fn url_name(mut self, url_name: &str) -> Self {
        url_name.clone_into(&mut self.url_name);
        self
    }

    /// Another name in OPTIONS and in the document.
    #[must_use]
    pub const fn title(mut self, title: ActionTitle) -> Self {
        self.title = title;
        self
    }

    /// Another description in OPTIONS than the doc comment of the function.
    #[must_use]
    pub const fn description(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }

    /// Answers `method` with the function `name`.
    #[must_use]
    pub fn on(
        mut self,
        method: Method,
        name: &'static str,
        shape: OperationShape,
        doc: &'static str,
        call: HandlerFn<V>,
    ) -> Self {
        self.methods.push(ActionMethod {
            method,
            name,
            call,
            shape,
            doc,
            status: None,
        });
        self
    }

    /// Says which status the last method answers a success with, for the OpenAPI document.
    /// Default: that of its shape.
    ///
    /// # Panics
    ///
    /// When `status` is none of a success, 200 to 299, or there is no method yet.
    #[must_use]
    #[track_caller]
    pub fn status(mut self, status: u16) -> Self {
        let method = self.methods.last_mut().expect("`status` follows an `on`");
        method.status = Some(success_status(status));
        self
    }

    /// What the action does differently from its viewset, unless an `ActionConfig` says otherwise.
    #[must_use]
    pub fn overrides(mut self, overrides: impl Into<ActionOverrides>) -> Self {
        self.overrides = overrides.into();
        self
    }
}

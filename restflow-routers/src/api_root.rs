//! The root view of a `DefaultRouter`: links to the lists.

use std::sync::Arc;

use http::Method;
use indexmap::IndexMap;
use restflow_views::{
    __private::encode_path, ActionOverrides, ApiError, ApiView, Binding, MountPoint, MountedView,
    OperationShape, Request, Response, Result, ViewState,
};

use crate::{PathTemplate, Route, TrailingSlash, route::MountContext};

/// DRF: `rest_framework.routers.APIRootView`.
struct ApiRoot {
    /// The prefix of each list that has one URL, and how it stands in that.
    lists: Vec<(String, String)>,
    trailing_slash: TrailingSlash,
}

impl ApiView for ApiRoot {}

impl ApiRoot {
    /// The lists are behind the root's own path, whatever it is mounted below. Those whose prefix
    /// has captures have no one URL and are left out.
    ///
    /// A client that asked for a format gets links in that format (DRF:
    /// `rest_framework.reverse`).
    async fn get(&self, request: &Request) -> Result<Response> {
        let path = request.uri().path();
        let (root, end) = match request.format_suffix() {
            // `/api/.json`
            Some(format) => {
                let suffix = format!(".{format}");
                let path = path.strip_suffix('/').unwrap_or(path);
                (path.strip_suffix(&suffix).unwrap_or(path), suffix)
            }
            None if self.trailing_slash.is_shown() => (path, "/".to_owned()),
            None => (path, String::new()),
        };
        let root = request.build_absolute_uri(root);
        let links: IndexMap<&str, String> = self
            .lists
            .iter()
            .map(|(prefix, path)| {
                let link = request.keep_format(format!("{root}{path}{end}"));
                (prefix.as_str(), link)
            })
            .collect();
        let links = serde_json::to_value(links).map_err(ApiError::internal)?;
        Ok(Response::new(links))
    }
}

/// The name of every root: that of the first one is reversed.
pub(crate) const NAME: &str = "api-root";

const DOC: &str = "The default basic root view for DefaultRouter";

pub(crate) fn route(lists: Vec<String>, trailing_slash: TrailingSlash) -> Route {
    let lists = lists.into_iter().filter(|prefix| !prefix.contains('{'));
    let view = Arc::new(ApiRoot {
        lists: lists
            .map(|prefix| {
                let path = encode_path(&prefix).collect();
                (prefix, path)
            })
            .collect(),
        trailing_slash,
    });
    let mount = move |context: &MountContext<'_>| {
        let state = Arc::new(ViewState::new(&*view, context.settings, None));
        let mount = MountPoint {
            pattern: Arc::clone(&context.pattern),
            basename: None,
            detail: None,
            suffix: None,
            name: "Api Root".into(),
            description: DOC.into(),
            inline: ActionOverrides::default(),
            urls: Arc::clone(context.urls),
            parents: None,
        };
        let get = Binding {
            method: Method::GET,
            call: |view: &ApiRoot, request| Box::pin(view.get(request)),
            action: None,
            shape: OperationShape::Custom,
            doc: "Links to the lists of the API.",
            overrides: ActionOverrides::default(),
            saves_fields_only: false,
            status: None,
        };
        Arc::new(MountedView::new(
            Arc::clone(&view),
            &state,
            mount,
            vec![get],
        )) as _
    };
    Route {
        path: PathTemplate::parse(""),
        suffixed: PathTemplate::parse(""),
        name: Some(NAME.to_owned()),
        namespace: None,
        format_suffixes: true,
        optional_slash: false,
        operation_prefix: None,
        collection: Some("root".to_owned()),
        place: None,
        parents: Vec::new(),
        view: std::any::type_name::<ApiRoot>(),
        location: None,
        mount: Arc::new(mount),
    }
}

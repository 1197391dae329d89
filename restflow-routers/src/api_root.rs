//! The root view of a `DefaultRouter`: links to the lists.

use std::sync::Arc;

use http::Method;
use indexmap::IndexMap;
use restflow_views::{
    ActionOverrides, ApiView, Binding, MountPoint, MountedView, OperationShape, Request, Response,
    Result, ViewState,
};

use crate::{PathTemplate, Route, route::MountContext};

/// DRF: `rest_framework.routers.APIRootView`.
struct ApiRoot {
    /// Prefix and URL name of each list.
    lists: Vec<(String, String)>,
}

impl ApiView for ApiRoot {}

impl ApiRoot {
    /// Lists without a URL (their prefix has captures) are left out.
    async fn get(&self, request: &Request) -> Result<Response> {
        let links: IndexMap<String, String> = self
            .lists
            .iter()
            .filter_map(|(prefix, name)| Some((prefix.clone(), request.reverse(name, &[])?)))
            .collect();
        Ok(Response::new(links))
    }
}

const DOC: &str = "The default basic root view for DefaultRouter";

pub(crate) fn route(lists: Vec<(String, String)>) -> Route {
    let view = Arc::new(ApiRoot { lists });
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
        };
        let get = Binding {
            method: Method::GET,
            call: |view: &ApiRoot, request| Box::pin(view.get(request)),
            action: None,
            shape: OperationShape::Custom,
            doc: "Links to the lists of the API.",
            overrides: ActionOverrides::default(),
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
        name: Some("api-root".to_owned()),
        format_suffixes: false,
        operation_prefix: None,
        collection: Some("root".to_owned()),
        view: std::any::type_name::<ApiRoot>(),
        mount: Arc::new(mount),
    }
}

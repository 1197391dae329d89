//! The OpenAPI document, made of the same data as the routing.
//!
//! The only place that works with poem-openapi's `registry`, which is public but hidden from its
//! documentation; `api.rs` merely names its types.

mod intern;
mod names;
mod operation;
mod schema;

use indexmap::IndexMap;
use poem_openapi::registry::{MetaApi, MetaPath, MetaSecurityScheme, MetaTag, Registry};

use crate::{RouteTable, table::MountedRoute};
use operation::{meta_operation, tag};
use schema::Components;

pub(crate) use intern::intern;
pub(crate) use names::{name_operations, name_paths};

/// The paths and their operations.
pub(crate) fn meta(table: &RouteTable) -> MetaApi {
    let mut components = Components::default();
    let mut paths: IndexMap<String, MetaPath> = IndexMap::new();
    for mounted in described(table) {
        let path = mounted.documented.to_string();
        let described = paths.entry(path.clone()).or_insert_with(|| MetaPath {
            path,
            operations: Vec::new(),
        });
        let operations = mounted.endpoint.operations();
        let operations = operations.iter().zip(&mounted.operation_ids);
        described.operations.extend(
            operations
                .map(|(operation, id)| meta_operation(mounted, operation, id, &mut components)),
        );
    }
    MetaApi {
        paths: paths.into_values().collect(),
    }
}

/// The schemas, tags and security schemes that the operations refer to.
pub(crate) fn register(table: &RouteTable, registry: &mut Registry) {
    let mut components = Components::default();
    for mounted in described(table) {
        let state = mounted.endpoint.state();
        let description = &mounted.endpoint.mount_point().description;
        for (operation, id) in mounted
            .endpoint
            .operations()
            .iter()
            .zip(&mounted.operation_ids)
        {
            // For the components that it needs.
            let _ = meta_operation(mounted, operation, id, &mut components);
        }
        registry.create_tag(MetaTag {
            name: intern(&tag(mounted)),
            description: (!description.is_empty() && mounted.route.collection.is_some())
                .then(|| intern(description)),
            external_docs: None,
        });
        for scheme in state.authenticators.security_schemes() {
            registry.create_security_scheme(
                scheme.name,
                MetaSecurityScheme {
                    ty: scheme.ty,
                    description: Some(scheme.description),
                    name: scheme.header,
                    key_in: scheme.header.map(|_| "header"),
                    scheme: scheme.scheme,
                    bearer_format: None,
                    flows: None,
                    openid_connect_url: None,
                },
            );
        }
    }
    registry.schemas.extend(components.into_schemas());
}

/// The routes of the document. A view may have taken all methods away that a path has.
fn described(table: &RouteTable) -> impl Iterator<Item = &MountedRoute> {
    let routes = table.routes.iter();
    routes.filter(|mounted| !mounted.operation_ids.is_empty())
}

//! The ids of operations: `products_list`, `products_reviews_create`.

use std::collections::{HashMap, HashSet};

use http::Method;
use restflow_views::{Operation, OperationShape};

use super::intern;
use crate::{error::misconfigured, table::MountedRoute};

/// Gives every operation a unique id.
///
/// The id of a viewset's action is the prefix of its registration and the action. Where another
/// operation has the same, the later one is told apart by its whole path
/// (`api_v2_products_list`), and if need be by its captures (`api_v2_products_by_pk_list`).
pub(crate) fn name_operations(routes: &mut [MountedRoute]) {
    let mut taken: HashMap<String, String> = HashMap::new();
    for mounted in routes {
        let operations = mounted.endpoint.operations();
        let ids = operations.iter().map(|operation| {
            let verb = verb(operation, &operations);
            let path = &mounted.route.path;
            let words = path.words().join("_");
            let captures = path.captures().collect::<Vec<_>>().join("_");
            let candidates = [
                join(
                    mounted.route.operation_prefix.as_ref().unwrap_or(&words),
                    &verb,
                ),
                join(&words, &verb),
                join(&format!("{words}_by_{captures}"), &verb),
            ];
            let place = format!("{} {}", operation.method, mounted.route.place());
            let Some(id) = candidates
                .iter()
                .find(|id| !taken.contains_key(*id))
                .cloned()
            else {
                misconfigured(format_args!(
                    "{place} would have the operation id `{}` of {}: name one of the paths \
                     differently",
                    candidates[0], taken[&candidates[0]]
                ))
            };
            taken.insert(id.clone(), place);
            intern(&id)
        });
        mounted.operation_ids = ids.collect();
    }
}

/// Gives every path a key of the document. Paths that differ by the patterns of their captures only
/// share one where their methods differ, too; else a capture of the later one gets a number,
/// `/notes/{pk_2}/`, for a key comes only once in a document.
pub(crate) fn name_paths(routes: &mut [MountedRoute]) {
    let mut taken: HashMap<String, HashSet<Method>> = HashMap::new();
    for mounted in routes {
        let operations = mounted.endpoint.operations();
        let methods: Vec<_> = operations
            .into_iter()
            .map(|operation| operation.method)
            .collect();
        let path = &mounted.route.path;
        let mut candidates =
            std::iter::once(path.clone()).chain((2..).map(|number| path.numbered(number)));
        let free = candidates.find(|path| {
            let known = taken.get(&path.to_string());
            known.is_none_or(|known| !methods.iter().any(|method| known.contains(method)))
        });
        mounted.documented = free.expect("there are enough numbers");
        let key = mounted.documented.to_string();
        taken.entry(key).or_default().extend(methods);
    }
}

fn join(prefix: &str, verb: &str) -> String {
    if prefix.is_empty() {
        verb.to_owned()
    } else {
        format!("{prefix}_{verb}")
    }
}

/// The action, with its method where a function answers several; for other views what they do.
fn verb(operation: &Operation, siblings: &[Operation]) -> String {
    let method = operation.method.as_str().to_lowercase();
    if let Some(action) = operation.action {
        let shared = siblings
            .iter()
            .filter(|other| other.action == Some(action))
            .count()
            > 1;
        return if shared {
            format!("{action}_{method}")
        } else {
            action.to_owned()
        };
    }
    match operation.shape {
        OperationShape::List => "list",
        OperationShape::Create => "create",
        OperationShape::Retrieve => "retrieve",
        OperationShape::Update => "update",
        OperationShape::PartialUpdate => "partial_update",
        OperationShape::Destroy => "destroy",
        _ => return method,
    }
    .to_owned()
}

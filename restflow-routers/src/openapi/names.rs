//! The ids of operations: `products_list`, `products_reviews_create`.

use std::collections::HashMap;

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
            let place = format!("{} {}", operation.method, mounted.pattern);
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

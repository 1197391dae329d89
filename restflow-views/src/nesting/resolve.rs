//! The parents of a path, looked up as their own viewsets show them.

use std::{
    any::{Any, type_name},
    sync::Arc,
};

use restflow_exceptions::{ApiError, Result};

use super::ErasedScope;
use crate::{Request, RouteContext};

/// Looks up one parent of a path.
pub(crate) struct ParentResolver {
    /// Where the parent would be retrieved.
    pub(super) context: Arc<RouteContext>,
    pub(super) scope: Arc<dyn ErasedScope>,
}

/// The rows of the parents of a path, the outermost first.
#[derive(Default, Clone)]
pub(crate) struct ResolvedParents(Vec<Arc<dyn Any + Send + Sync>>);

impl ResolvedParents {
    pub(crate) const NONE: Self = Self(Vec::new());

    /// The nearest parent that is an `M`.
    pub(crate) fn get<M: Any>(&self) -> Option<&M> {
        let parents = self.0.iter().rev();
        parents.filter_map(|parent| parent.downcast_ref()).next()
    }

    /// Resolves the parents of `request`, one query for each. The first that is missing or refuses
    /// the client is the answer.
    pub(crate) async fn resolve(request: &Request, resolvers: &[ParentResolver]) -> Result<Self> {
        let mut resolved = Self::default();
        for ParentResolver { context, scope } in resolvers {
            let kwargs = scope.parent_kwargs(request.kwargs());
            let request = request.for_parent(Arc::clone(context), kwargs, resolved.clone());
            resolved.0.push(scope.resolve(&request).await?);
        }
        Ok(resolved)
    }
}

/// The error of asking for a parent that was not resolved.
pub(crate) fn not_resolved<M>(request: &Request) -> ApiError {
    ApiError::internal(format!(
        "`{}` is no resolved parent of `{}`: say `#[nested_under(…, resolve_parents)]` on the \
         viewset, name the model of one of its parents, and ask in hooks that run after `initial`",
        type_name::<M>(),
        request.route().pattern,
    ))
}

//! Permissions made of others, with the rules of DRF's `&`, `|` and `~`.

use restflow::prelude::*;

/// Both allow it.
pub(super) struct And<A, B>(pub(super) A, pub(super) B);

impl<A: Permission, B: Permission> Permission for And<A, B> {
    async fn has_permission(&self, request: &Request) -> Result<bool> {
        Ok(self.0.has_permission(request).await? && self.1.has_permission(request).await?)
    }
}

impl<M, A, B> ObjectPermission<M> for And<A, B>
where
    M: Send + Sync + 'static,
    A: ObjectPermission<M>,
    B: ObjectPermission<M>,
{
    async fn has_permission(&self, request: &Request) -> Result<bool> {
        Ok(self.0.has_permission(request).await? && self.1.has_permission(request).await?)
    }

    async fn has_object_permission(&self, request: &Request, object: &M) -> Result<bool> {
        Ok(self.0.has_object_permission(request, object).await?
            && self.1.has_object_permission(request, object).await?)
    }
}

/// One of them allows it; an object is allowed by one that also allows the request.
pub(super) struct Or<A, B>(pub(super) A, pub(super) B);

impl<A: Permission, B: Permission> Permission for Or<A, B> {
    async fn has_permission(&self, request: &Request) -> Result<bool> {
        Ok(self.0.has_permission(request).await? || self.1.has_permission(request).await?)
    }
}

impl<M, A, B> ObjectPermission<M> for Or<A, B>
where
    M: Send + Sync + 'static,
    A: ObjectPermission<M>,
    B: ObjectPermission<M>,
{
    async fn has_permission(&self, request: &Request) -> Result<bool> {
        Ok(self.0.has_permission(request).await? || self.1.has_permission(request).await?)
    }

    async fn has_object_permission(&self, request: &Request, object: &M) -> Result<bool> {
        Ok(allows(&self.0, request, object).await? || allows(&self.1, request, object).await?)
    }
}

async fn allows<M>(
    permission: &impl ObjectPermission<M>,
    request: &Request,
    object: &M,
) -> Result<bool> {
    Ok(permission.has_permission(request).await?
        && permission.has_object_permission(request, object).await?)
}

/// It does not allow it, neither the request nor the object.
pub(super) struct Not<A>(pub(super) A);

impl<A: Permission> Permission for Not<A> {
    async fn has_permission(&self, request: &Request) -> Result<bool> {
        Ok(!self.0.has_permission(request).await?)
    }
}

impl<M, A> ObjectPermission<M> for Not<A>
where
    M: Send + Sync + 'static,
    A: ObjectPermission<M>,
{
    async fn has_permission(&self, request: &Request) -> Result<bool> {
        Ok(!self.0.has_permission(request).await?)
    }

    async fn has_object_permission(&self, request: &Request, object: &M) -> Result<bool> {
        Ok(!self.0.has_object_permission(request, object).await?)
    }
}

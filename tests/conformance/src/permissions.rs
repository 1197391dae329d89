//! The permissions of the shop's own.

use restflow::prelude::*;

use crate::entities::{note, user};

/// Everybody may look for notes, only the owner may touch one.
pub(crate) struct IsOwner;

impl ObjectPermission<note::Model> for IsOwner {
    fn message(&self) -> Option<&str> {
        Some("Only the owner may do this.")
    }

    async fn has_object_permission(&self, request: &Request, note: &note::Model) -> Result<bool> {
        let user = request.user().model::<user::Model>();
        Ok(user.is_some_and(|user| user.id == note.user_id))
    }
}

/// Nobody who is logged in.
pub(crate) struct IsAnonymous;

impl Permission for IsAnonymous {
    async fn has_permission(&self, request: &Request) -> Result<bool> {
        Ok(!request.user().is_authenticated())
    }
}

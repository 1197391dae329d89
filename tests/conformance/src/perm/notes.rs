//! Notes that only some may touch.

use restflow::prelude::*;

use super::combined::{And, Not, Or};
use crate::{entities::note, permissions::IsOwner, serializers::NoteSerializer};

pub(super) fn urls() -> Urls {
    let rules = Permissions::new;
    let signed_in = || rules().with(IsAuthenticated);
    Urls::new()
        .path("owner/{pk}/", NoteView(rules().with_object(IsOwner)))
        .path(
            "owner-or-staff/{pk}/",
            NoteView(signed_in().with_object(Or(IsOwner, IsStaffObject))),
        )
        .path(
            "owner-and-long/{pk}/",
            NoteView(signed_in().with_object(And(IsOwner, IsLongBody))),
        )
        .path(
            "not-owner/{pk}/",
            NoteView(signed_in().with_object(Not(IsOwner))),
        )
}

/// One note.
#[derive(RetrieveUpdateDestroyApiView)]
struct NoteView(Permissions);

impl ApiView for NoteView {
    fn permission_classes(&self) -> Permissions {
        self.0.clone()
    }
}

impl GenericView for NoteView {
    type Entity = note::Entity;
    type Serializer = NoteSerializer;
}

/// The staff, for any note.
struct IsStaffObject;

impl ObjectPermission<note::Model> for IsStaffObject {
    async fn has_permission(&self, request: &Request) -> Result<bool> {
        Ok(request.user().is_staff())
    }

    async fn has_object_permission(&self, request: &Request, _note: &note::Model) -> Result<bool> {
        Ok(request.user().is_staff())
    }
}

/// Notes with a body of more than ten characters.
struct IsLongBody;

impl ObjectPermission<note::Model> for IsLongBody {
    async fn has_object_permission(&self, _request: &Request, note: &note::Model) -> Result<bool> {
        Ok(note.body.chars().count() > 10)
    }
}

use restflow::prelude::*;

use crate::{entities::note, permissions::IsOwner, serializers::NoteSerializer};

#[derive(ModelViewSet)]
#[overrides(CreateModelMixin)]
pub(crate) struct NoteViewSet;

impl ApiView for NoteViewSet {
    fn permission_classes(&self) -> Permissions {
        Permissions::new()
            .with(IsAuthenticated)
            .with_object(IsOwner)
    }
}

impl GenericView for NoteViewSet {
    type Entity = note::Entity;
    type Serializer = NoteSerializer;

    fn queryset(&self) -> Queryset<Self> {
        note::Entity::find().order_by_asc(note::Column::Id)
    }

    async fn get_queryset(&self, request: &Request) -> Result<Queryset<Self>> {
        let notes = defaults::get_queryset(self, request).await?;
        Ok(match request.action() {
            Some("list") => notes.filter(note::Column::UserId.eq(request.user().id())),
            _ => notes,
        })
    }
}

impl CreateModelMixin for NoteViewSet {
    async fn perform_create(
        &self,
        request: &Request,
        serializer: Validated<Self>,
    ) -> Result<note::Model> {
        serializer
            .set(note::Column::UserId, request.user().id())
            .save(request)
            .await
    }
}

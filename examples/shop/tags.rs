//! The same with generic views: one for the list, one for a single tag.

use restflow::prelude::*;

use super::entities::tag;

/// A label of products.
#[derive(ModelSerializer)]
#[serializer(entity = tag::Entity)]
pub struct TagSerializer {
    #[serializer(read_only)]
    pub id: i32,
    #[validate(length(max = 50))]
    #[serializer(unique)]
    pub name: String,
}

/// The tags of the shop.
#[derive(ListCreateApiView)]
pub struct TagListView;

impl ApiView for TagListView {
    fn permission_classes(&self) -> Permissions {
        IsAuthenticatedOrReadOnly.into()
    }
}

impl GenericView for TagListView {
    type Entity = tag::Entity;
    type Serializer = TagSerializer;
}

/// One tag of the shop.
#[derive(RetrieveUpdateDestroyApiView)]
pub struct TagDetailView;

impl ApiView for TagDetailView {
    fn permission_classes(&self) -> Permissions {
        IsAuthenticatedOrReadOnly.into()
    }
}

impl GenericView for TagDetailView {
    type Entity = tag::Entity;
    type Serializer = TagSerializer;
}

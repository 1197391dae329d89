//! Tags: the two views of most resources, and a lookup of one's own.

use restflow::prelude::*;

use crate::{entities::tag, serializers::TagSerializer};

pub(super) fn urls() -> Urls {
    Urls::new()
        .path("", TagListCreateView)
        .path("{pk}/", TagDetailView)
        .path("lookup/{key}/", TagLookupView)
}

#[derive(ListCreateApiView)]
struct TagListCreateView;

impl ApiView for TagListCreateView {}

impl GenericView for TagListCreateView {
    type Entity = tag::Entity;
    type Serializer = TagSerializer;

    fn queryset(&self) -> Queryset<Self> {
        tag::Entity::find().order_by_asc(tag::Column::Id)
    }
}

#[derive(RetrieveUpdateDestroyApiView)]
struct TagDetailView;

impl ApiView for TagDetailView {}

impl GenericView for TagDetailView {
    type Entity = tag::Entity;
    type Serializer = TagSerializer;
}

#[derive(RetrieveUpdateDestroyApiView)]
struct TagLookupView;

impl ApiView for TagLookupView {}

impl GenericView for TagLookupView {
    type Entity = tag::Entity;
    type Serializer = TagSerializer;

    fn lookup_url_kwarg(&self) -> Option<&'static str> {
        Some("key")
    }

    /// By id, or by name where the key is not a number.
    fn get_object<'a>(&'a self, request: &'a Request) -> ObjectLookup<'a, Self> {
        ObjectLookup::new(self, request).by(async move {
            let key = request.kwargs().get("key").unwrap_or_default();
            let is_number = key.bytes().all(|byte| byte.is_ascii_digit());
            let tags = self.resolved_queryset(request).await?;
            let tags = match key.parse::<i64>() {
                Ok(id) if is_number => tags.filter(tag::Column::Id.eq(id)),
                _ => tags.filter(tag::Column::Name.eq(key)),
            };
            let tag = tags.one(request.db()).await?;
            tag.ok_or_else(|| ApiError::not_found().with_detail(format!("No tag {key}.")))
        })
    }
}

//! The viewsets of the simple routers.

use restflow::prelude::*;
use serde_json::json;

use crate::{
    entities::{category, tag},
    serializers::{CategorySerializer, TagSerializer},
};

#[derive(ModelViewSet)]
pub(crate) struct SimpleTagViewSet;

impl ApiView for SimpleTagViewSet {}

impl GenericView for SimpleTagViewSet {
    type Entity = tag::Entity;
    type Serializer = TagSerializer;

    fn queryset(&self) -> Queryset<Self> {
        tag::Entity::find().order_by_asc(tag::Column::Id)
    }

    fn lookup_value_pattern(&self) -> Option<&'static str> {
        Some("[0-9]+")
    }
}

#[actions]
impl SimpleTagViewSet {
    #[action(detail = true, methods("post", "delete"))]
    async fn mark(&self, request: &Request) -> Result<Response> {
        let tag = self.get_object(request).await?;
        Ok(Response::new(json!({
            "tag": tag.name,
            "method": request.method().as_str(),
            "action": request.action(),
        })))
    }
}

#[derive(ReadOnlyModelViewSet)]
pub(crate) struct SimpleCategoryViewSet;

impl ApiView for SimpleCategoryViewSet {}

impl GenericView for SimpleCategoryViewSet {
    type Entity = category::Entity;
    type Serializer = CategorySerializer;

    fn queryset(&self) -> Queryset<Self> {
        category::Entity::find().order_by_asc(category::Column::Id)
    }

    fn lookup_field(&self) -> LookupField<Self> {
        category::Column::Name.into()
    }

    fn lookup_url_kwarg(&self) -> Option<&'static str> {
        Some("category_name")
    }

    fn lookup_value_pattern(&self) -> Option<&'static str> {
        Some("[^/]+")
    }
}

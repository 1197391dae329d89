//! The viewsets of the simple routers.

use restflow::prelude::*;

use crate::{
    entities::{category, tag},
    serializers::{CategorySerializer, TagSerializer},
};

#[derive(Debug, Serializer)]
struct MarkedSerializer {
    tag: String,
    method: String,
    action: String,
}

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
    #[action(
        detail = true,
        methods("post", "delete"),
        status = 200,
        response_serializer = MarkedSerializer
    )]
    async fn mark(&self, request: &Request) -> Result<Response> {
        let tag = self.get_object(request).await?;
        Ok(Response::new(MarkedSerializer {
            tag: tag.name,
            method: request.method().to_string(),
            action: request.action().unwrap_or_default().to_owned(),
        }))
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

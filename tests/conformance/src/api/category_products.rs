use restflow::prelude::*;

use crate::{
    entities::{category, product},
    pagination,
    serializers::ProductListSerializer,
};

#[derive(ReadOnlyModelViewSet)]
pub(crate) struct CategoryProductViewSet;

impl ApiView for CategoryProductViewSet {}

impl GenericView for CategoryProductViewSet {
    type Entity = product::Entity;
    type Serializer = ProductListSerializer;

    fn queryset(&self) -> Queryset<Self> {
        product::Entity::find()
            .filter(product::Column::IsArchived.eq(false))
            .order_by_asc(product::Column::Id)
    }

    async fn get_queryset(&self, request: &Request) -> Result<Queryset<Self>> {
        let slug = request.kwargs().get("category_slug").unwrap_or_default();
        Ok(defaults::get_queryset(self, request)
            .await?
            .inner_join(category::Entity)
            .filter(category::Column::Slug.eq(slug)))
    }

    fn pagination_class(&self) -> Option<Paginator> {
        Some(pagination::standard())
    }
}

use restflow::prelude::*;

use crate::{
    entities::product::{self, Status},
    pagination,
    serializers::ProductListSerializer,
};

/// get_queryset builds on super(), so the ActionConfig queryset is narrowed, too.
#[derive(ReadOnlyModelViewSet)]
pub(crate) struct ScopedItemViewSet;

impl ApiView for ScopedItemViewSet {
    fn action_configs(&self) -> ActionConfigs<Self> {
        ActionConfigs::new().action(
            "list",
            ActionConfig::new().queryset(|_, _| {
                product::Entity::find()
                    .filter(product::Column::Status.eq(Status::Archived))
                    .order_by_desc(product::Column::Id)
            }),
        )
    }
}

impl GenericView for ScopedItemViewSet {
    type Entity = product::Entity;
    type Serializer = ProductListSerializer;

    fn queryset(&self) -> Queryset<Self> {
        product::Entity::find().order_by_asc(product::Column::Id)
    }

    async fn get_queryset(&self, request: &Request) -> Result<Queryset<Self>> {
        let products = defaults::get_queryset(self, request).await?;
        Ok(products.filter(product::Column::InStock.eq(true)))
    }

    fn pagination_class(&self) -> Option<Paginator> {
        Some(pagination::standard())
    }
}

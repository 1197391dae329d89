use restflow::prelude::*;

use crate::{
    entities::product::{self, Status},
    pagination,
    serializers::ProductListSerializer,
};

/// async def get_queryset that does not call super().
#[derive(ReadOnlyModelViewSet)]
pub(crate) struct AsyncItemViewSet;

impl ApiView for AsyncItemViewSet {
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

impl GenericView for AsyncItemViewSet {
    type Entity = product::Entity;
    type Serializer = ProductListSerializer;

    async fn get_queryset(&self, _request: &Request) -> Result<Queryset<Self>> {
        Ok(product::Entity::find()
            .filter(product::Column::InStock.eq(false))
            .order_by_asc(product::Column::Id))
    }

    fn pagination_class(&self) -> Option<Paginator> {
        Some(pagination::standard())
    }
}

use restflow::prelude::*;

use crate::{entities::tag, serializers::TagSerializer};

#[derive(ViewSet, ListModelMixin, CreateModelMixin, DestroyModelMixin)]
pub(crate) struct TagViewSet;

impl ApiView for TagViewSet {}

impl GenericView for TagViewSet {
    type Entity = tag::Entity;
    type Serializer = TagSerializer;

    fn queryset(&self) -> Queryset<Self> {
        tag::Entity::find().order_by_asc(tag::Column::Id)
    }

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new().with(
            OrderingFilter::new([tag::Column::Id, tag::Column::Name])
                .default_order([(tag::Column::Id, Order::Asc)]),
        )
    }
}

use restflow::prelude::*;

use crate::{entities::event, pagination, serializers::EventSerializer};

#[derive(ReadOnlyModelViewSet)]
pub(crate) struct EventViewSet;

impl ApiView for EventViewSet {}

impl GenericView for EventViewSet {
    type Entity = event::Entity;
    type Serializer = EventSerializer;

    fn pagination_class(&self) -> Option<Paginator> {
        Some(pagination::event_cursor())
    }
}

#[derive(ReadOnlyModelViewSet)]
pub(crate) struct FastEventViewSet;

impl ApiView for FastEventViewSet {}

impl GenericView for FastEventViewSet {
    type Entity = event::Entity;
    type Serializer = EventSerializer;

    fn queryset(&self) -> Queryset<Self> {
        event::Entity::find().order_by_asc(event::Column::Id)
    }

    fn pagination_class(&self) -> Option<Paginator> {
        Some(pagination::fast_event())
    }
}

//! A serializer of another entity than the view's.

#[path = "../entities.rs"]
mod entities;

use entities::{product, tag};
use restflow::prelude::*;

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct ProductSerializer {
    name: String,
}

#[derive(ModelSerializer)]
#[serializer(entity = tag::Entity)]
struct TagSerializer {
    label: String,
}

#[derive(Serializer)]
struct PlainSerializer {
    text: String,
}

struct NoSerializer;

#[derive(ModelViewSet)]
struct ProductViewSet;

impl ApiView for ProductViewSet {
    fn action_configs(&self) -> ActionConfigs<Self> {
        ActionConfigs::new()
            .action("list", ActionConfig::new().serializer::<TagSerializer>())
            .action("update", ActionConfig::new().serializer::<NoSerializer>())
            .action("create", ActionConfig::new().serializer::<PlainSerializer>())
            .action("retrieve", ActionConfig::new().serializer::<ProductSerializer>())
    }
}

impl GenericView for ProductViewSet {
    type Entity = product::Entity;
    type Serializer = TagSerializer;

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new().with(RestflowFilterBackend::<TagFilterSet>::new())
    }
}

#[derive(FilterSet)]
#[filterset(entity = tag::Entity)]
struct TagFilterSet {
    label: String,
}

struct PlainViewSet;

impl ApiView for PlainViewSet {}

impl GenericView for PlainViewSet {
    type Entity = product::Entity;
    type Serializer = PlainSerializer;
}

fn main() {}

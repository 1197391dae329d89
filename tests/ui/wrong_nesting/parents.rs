//! Viewsets below rows that theirs do not belong to.

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

#[derive(ReadOnlyModelViewSet)]
struct ProductViewSet;

impl ApiView for ProductViewSet {}

impl GenericView for ProductViewSet {
    type Entity = product::Entity;
    type Serializer = ProductSerializer;
}

// The entities are not related.
#[derive(ReadOnlyModelViewSet)]
#[nested_under(ProductViewSet)]
struct TagViewSet;

impl ApiView for TagViewSet {}

impl GenericView for TagViewSet {
    type Entity = tag::Entity;
    type Serializer = TagSerializer;
}

#[derive(ReadOnlyModelViewSet)]
struct FreeTagViewSet;

impl ApiView for FreeTagViewSet {}

impl GenericView for FreeTagViewSet {
    type Entity = tag::Entity;
    type Serializer = TagSerializer;
}

fn main() {
    let mut router = SimpleRouter::new();
    router.register("products", ProductViewSet);
    // The viewset does not say that it is nested.
    router
        .nested_in::<ProductViewSet>("product")
        .register("tags", FreeTagViewSet);
}

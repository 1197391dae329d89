//! A mixin that is derived and written by hand at once.

#[path = "../entities.rs"]
mod entities;

use entities::product;
use restflow::prelude::*;

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct ProductSerializer {
    name: String,
}

#[derive(ViewSet, ListModelMixin)]
struct Derived;

impl ApiView for Derived {}

impl GenericView for Derived {
    type Entity = product::Entity;
    type Serializer = ProductSerializer;
}

impl ListModelMixin for Derived {}

#[derive(ReadOnlyModelViewSet)]
struct Implied;

impl ApiView for Implied {}

impl GenericView for Implied {
    type Entity = product::Entity;
    type Serializer = ProductSerializer;
}

impl RetrieveModelMixin for Implied {}

#[derive(ReadOnlyModelViewSet)]
#[overrides(CreateModelMixin)]
struct NotImplied;

fn main() {}

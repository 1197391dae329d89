//! Attributes that no derive knows.

#![allow(unused_imports)]

#[path = "../entities.rs"]
mod entities;

use entities::product;
use restflow::prelude::*;

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity, table = "product")]
struct ProductSerializer {
    #[serializer(readonly)]
    id: i32,
    #[validate(length(maximum = 3))]
    name: String,
    #[validate(credit_card)]
    price: Decimal,
}

#[derive(FilterSet)]
#[filterset(entity = product::Entity, ordering(name))]
struct ProductFilterSet {
    #[filter(lookups(fuzzy))]
    name: String,
    #[filter(lookup = "gt")]
    price: Decimal,
}

#[derive(ModelSerializer)]
struct NoEntity {
    name: String,
}

#[derive(ModelViewSet)]
#[overrides(CreateMixin)]
struct ProductViewSet;

impl ApiView for ProductViewSet {}

#[derive(ListCreateApiView)]
#[overrides(DestroyModelMixin)]
struct ProductList;

impl ApiView for ProductList {}

fn main() {}

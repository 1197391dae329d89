//! Columns that the entity does not have.

#[path = "../entities.rs"]
mod entities;

use entities::product;
use restflow::prelude::*;

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct ProductSerializer {
    name: String,
    colour: String,
}

#[derive(FilterSet)]
#[filterset(entity = product::Entity, order_by(colour))]
struct ProductFilterSet {
    size: i32,
}

fn main() {}

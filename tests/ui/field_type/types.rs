//! Types that are no field types, and types that differ from the model's.

#[path = "../entities.rs"]
mod entities;

use entities::product;
use restflow::prelude::*;

#[derive(Clone, Debug)]
struct Color;

#[derive(Serializer)]
struct PaintSerializer {
    color: Color,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct ProductSerializer {
    name: i32,
}

#[derive(FilterSet)]
#[filterset(entity = product::Entity)]
struct ProductFilterSet {
    name: Color,
    price: bool,
    #[filter(column = "id", lookups(icontains))]
    id: i32,
}

fn main() {}

//! Columns that the entity of a filter set, or a related one, does not have.

#[path = "../entities.rs"]
mod entities;

use entities::product;
use restflow::prelude::*;

#[derive(FilterSet)]
#[filterset(
    entity = product::Entity,
    fields(name, colour, weight(column = "mass")),
    order_by(newest = -launched_at),
    default_order = "-popularity"
)]
struct ProductFilterSet {
    #[filter(filter_by = "title__icontains")]
    q: String,
}

fn main() {}

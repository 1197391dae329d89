//! Lookups that do not fit the type of their filter.

#[path = "../entities.rs"]
mod entities;

use entities::product;
use restflow::prelude::*;

#[derive(FilterSet)]
#[filterset(entity = product::Entity, fields(label_id(lookups(startswith))))]
struct ProductFilterSet {
    #[filter(lookups(comparison, year))]
    name: String,
    #[filter(lookups(icontains))]
    price: Decimal,
    #[filter(filter_by = "id__hour")]
    hour: i32,
}

fn main() {}

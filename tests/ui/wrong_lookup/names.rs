//! Lookups that there are not.

#[path = "../entities.rs"]
mod entities;

use entities::product;
use restflow::prelude::*;

struct Near;

#[derive(FilterSet)]
#[filterset(entity = product::Entity)]
struct UnknownFilterSet {
    #[filter(lookups(fuzzy))]
    name: String,
    #[filter(lookups(min = comparison))]
    price: Decimal,
    #[filter(filter_by = "label__name")]
    label: String,
    #[filter(lookups(gte(label = "Least")))]
    id: i32,
}

#[derive(FilterSet)]
#[filterset(entity = product::Entity)]
struct OwnFilterSet {
    #[filter(lookups(Near))]
    price: Decimal,
}

fn main() {}

//! Declarations that contradict themselves.

#[path = "../entities.rs"]
mod entities;

use entities::{product, tag};
use restflow::fields::MultipleChoice;
use restflow::prelude::*;

#[derive(FilterSet)]
#[filterset(entity = product::Entity, order_by(id, id = -id))]
struct NamesFilterSet {
    #[filter(lookups(gt))]
    name: String,
    #[filter(column = "id", rename = "name__gt")]
    id: i32,
    #[filter(column = "id", rename = "order_by")]
    order: i32,
}

#[derive(FilterSet)]
#[filterset(entity = product::Entity, fields(name(method = Self::named)))]
struct ShapesFilterSet {
    #[filter(method = Self::named, column = "name")]
    name: String,
    #[filter(column = "name", filter_by = "name__gt")]
    names: Vec<String>,
    price: Option<Decimal>,
    #[filter(filter_by = any_of)]
    choices: MultipleChoice<i32>,
}

#[derive(FilterSet)]
#[filterset(entity = tag::Entity)]
struct TagFilterSet {
    label: String,
}

#[derive(FilterSet)]
#[filterset(entity = product::Entity, extends = TagFilterSet)]
struct LimitsFilterSet {
    #[filter(min_length = 2, email)]
    id: i32,
    #[filter(max_value = 2)]
    name: String,
}

fn main() {}

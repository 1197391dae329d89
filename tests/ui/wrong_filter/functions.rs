//! Functions of a filter set with wrong signatures.

#[path = "../entities.rs"]
mod entities;

use entities::{product, tag};
use restflow::prelude::*;

#[derive(FilterSet)]
#[filterset(
    entity = product::Entity,
    preprocessors(visible),
    fields(id(validate = positive))
)]
struct ProductFilterSet {
    #[filter(method = Self::popular)]
    popular: bool,
    #[filter(filter_by = cheap)]
    cheap: bool,
}

impl ProductFilterSet {
    fn popular(_select: sea_orm::Select<product::Entity>, _popular: bool) -> bool {
        true
    }
}

fn cheap(_cheap: String) -> sea_orm::Condition {
    sea_orm::Condition::all()
}

fn visible(select: sea_orm::Select<tag::Entity>) -> sea_orm::Select<tag::Entity> {
    select
}

fn positive(id: &i64) -> std::result::Result<(), &'static str> {
    if *id > 0 { Ok(()) } else { Err("not positive") }
}

fn rows(_request: &Request) -> bool {
    true
}

fn backends() -> FilterBackends<product::Entity> {
    FilterBackends::new().with(RowFilter::new(rows))
}

fn main() {}

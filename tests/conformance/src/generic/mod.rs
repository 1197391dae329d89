//! `/generic/` (SPEC.md, section 6).

mod categories;
mod filters;
mod pages;
mod plain;
mod products;
mod raise;
mod rows;
mod scoped;
mod search;
mod tags;

use restflow::prelude::*;
use sea_orm::Select;

use crate::entities::product;

pub(crate) fn urls() -> Urls {
    Urls::new()
        .include("products/", products::urls())
        .include("tags/", tags::urls())
        .include("categories/", categories::urls())
        .include("", plain::urls())
        .path("raise/{kind}/", raise::RaiseView)
        .include("filters/", filters::urls())
        .include("search/", search::urls())
        .include("pages/", pages::urls())
}

/// Every product.
fn all_products() -> Select<product::Entity> {
    product::Entity::find().order_by_asc(product::Column::Id)
}

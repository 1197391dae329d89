//! Search and ordering beyond the defaults.

use restflow::{filters::SearchField, prelude::*};
use sea_orm::{Iterable, Order};

use super::rows::ProductRowsView;
use crate::entities::product;

pub(super) fn urls() -> Urls {
    let search = SearchFilter::new([product::Column::Name])
        .field(SearchField::exact(product::Column::Status))
        .field(SearchField::regex(product::Column::Sku))
        .field(SearchField::starts_with(product::Column::Description));
    // Foreign keys have the names of their relations.
    let is_key = |column: &product::Column| {
        matches!(
            column,
            product::Column::CategoryId | product::Column::OwnerId
        )
    };
    let ordering = OrderingFilter::new(product::Column::iter().filter(|column| !is_key(column)))
        .field("category", product::Column::CategoryId)
        .field("owner", product::Column::OwnerId)
        .default_order([(product::Column::Price, Order::Desc)]);
    // Whatever the serializer shows.
    let shown = OrderingFilter::new([
        product::Column::Id,
        product::Column::Name,
        product::Column::Slug,
        product::Column::Price,
        product::Column::Status,
        product::Column::InStock,
    ])
    .field("category", product::Column::CategoryId)
    .default_order([
        (product::Column::Name, Order::Asc),
        (product::Column::Id, Order::Desc),
    ]);
    Urls::new()
        .path(
            "all/",
            ProductRowsView::new()
                .filtered_by(search)
                .filtered_by(ordering),
        )
        .path(
            "ordering-default/",
            ProductRowsView::new().filtered_by(shown),
        )
}

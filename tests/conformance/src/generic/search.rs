//! Search and ordering beyond the defaults.

use restflow::{filters::SearchField, prelude::*};
use sea_orm::Order;

use super::rows::ProductRowsView;
use crate::entities::product;

pub(super) fn urls() -> Urls {
    let search = SearchFilter::new([product::Column::Name])
        .field(SearchField::exact(product::Column::Status))
        .field(SearchField::regex(product::Column::Sku))
        .field(SearchField::starts_with(product::Column::Description));
    let ordering = OrderingFilter::all().default_order([(product::Column::Price, Order::Desc)]);
    let nothing: [product::Column; 0] = [];
    let default_only = OrderingFilter::new(nothing).default_order([
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
            ProductRowsView::new().filtered_by(default_only),
        )
}

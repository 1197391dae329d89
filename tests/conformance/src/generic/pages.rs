//! Every paginator, on products and on nothing.

use restflow::prelude::*;
use sea_orm::Order;

use super::{all_products, rows::ProductRowsView};
use crate::{entities::product, pagination};

pub(super) fn urls() -> Urls {
    let view = ProductRowsView::new;
    let empty = || view().rows(all_products().filter(product::Column::Id.is_null()));
    let ordering = OrderingFilter::new([
        product::Column::Price,
        product::Column::Id,
        product::Column::Quantity,
    ])
    .default_order([(product::Column::Id, Order::Desc)]);
    Urls::new()
        .path("cursor-price/", view().paged_by(pagination::price_cursor()))
        .path(
            "cursor-ordering/",
            view()
                .filtered_by(ordering)
                .paged_by(pagination::price_cursor()),
        )
        .path("renamed/", view().paged_by(pagination::renamed()))
        .path("fast/", view().paged_by(pagination::fast7()))
        .path("empty/", empty().paged_by(pagination::standard()))
        .path(
            "empty-limit/",
            empty().paged_by(pagination::category_pages()),
        )
        .path("empty-fast/", empty().paged_by(pagination::fast7()))
        .path(
            "empty-cursor/",
            empty().paged_by(pagination::price_cursor()),
        )
}

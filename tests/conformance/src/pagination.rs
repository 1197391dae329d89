//! The paginators of the shop (SPEC.md, section 3).

use restflow::prelude::*;

use crate::entities::{event, product};

pub(crate) fn standard() -> Paginator {
    PageNumberPagination::new(10)
        .page_size_query_param("page_size")
        .max_page_size(50)
        .into()
}

pub(crate) fn ten() -> Paginator {
    PageNumberPagination::new(10).into()
}

pub(crate) fn renamed() -> Paginator {
    PageNumberPagination::new(5)
        .page_query_param("p")
        .page_size_query_param("size")
        .last_page_strings(["last", "end"])
        .into()
}

pub(crate) fn category_pages() -> Paginator {
    LimitOffsetPagination::new(3).max_limit(10).into()
}

pub(crate) fn no_default_limit() -> Paginator {
    LimitOffsetPagination::on_demand().max_limit(20).into()
}

pub(crate) fn event_cursor() -> Paginator {
    CursorPagination::new(25)
        .page_size_query_param("page_size")
        .max_page_size(60)
        .ordering([
            (event::Column::CreatedAt, Order::Desc),
            (event::Column::Id, Order::Asc),
        ])
        .into()
}

pub(crate) fn price_cursor() -> Paginator {
    CursorPagination::new(6)
        .ordering([
            (product::Column::Price, Order::Asc),
            (product::Column::Id, Order::Asc),
        ])
        .into()
}

pub(crate) fn fast7() -> Paginator {
    FastPageNumberPagination::new(7).into()
}

pub(crate) fn fast_event() -> Paginator {
    FastPageNumberPagination::new(30)
        .page_size_query_param("page_size")
        .max_page_size(100)
        .into()
}

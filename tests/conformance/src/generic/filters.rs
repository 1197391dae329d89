//! Filter sets beyond that of the products.

use restflow::prelude::*;
use sea_orm::{Select, sea_query::SimpleExpr};

use super::{all_products, rows::ProductRowsView};
use crate::entities::{
    category,
    product::{self, Status},
    user,
};

pub(super) fn urls() -> Urls {
    let view = ProductRowsView::new;
    Urls::new()
        .path(
            "annotated/",
            view().filtered_by(RestflowFilterBackend::<AnnotatedFilterSet>::new()),
        )
        .path(
            "xor/",
            view().filtered_by(RestflowFilterBackend::<XorFilterSet>::new()),
        )
        .path(
            "model/",
            view()
                .rows(all_products().filter(product::Column::IsArchived.eq(false)))
                .filtered_by(RestflowFilterBackend::<ModelFilterSet>::new())
                .filtered_by(CheapByDefault),
        )
        .path(
            "related/",
            view().filtered_by(RestflowFilterBackend::<RelatedFilterSet>::new()),
        )
}

#[derive(FilterSet)]
#[filterset(
    entity = product::Entity,
    operator = "or",
    order_by(price, id),
    order_param = "sort",
    default_order = "-id",
    override_order_direction = "desc"
)]
struct AnnotatedFilterSet {
    name: String,
    #[filter(lookups(gte, lte))]
    price: Decimal,
    quantity: i32,
    in_stock: bool,
    #[filter(filter_by = Self::status)]
    status: Shown,
    id: Vec<i64>,
    released_on: Date,
}

impl AnnotatedFilterSet {
    fn status(status: Shown) -> SimpleExpr {
        product::Column::Status.eq(Status::from(status))
    }
}

/// The statuses that may be asked for.
#[derive(Clone, Copy, Choices)]
#[choice(rename_all = "snake_case")]
enum Shown {
    Draft,
    Published,
}

impl From<Shown> for Status {
    fn from(shown: Shown) -> Self {
        match shown {
            Shown::Draft => Self::Draft,
            Shown::Published => Self::Published,
        }
    }
}

#[derive(FilterSet)]
#[filterset(entity = product::Entity, operator = "xor")]
struct XorFilterSet {
    in_stock: bool,
    status: Status,
    #[filter(lookups(gte))]
    quantity: i32,
}

#[derive(FilterSet)]
#[filterset(entity = product::Entity, lookup_separator = "_")]
struct ModelFilterSet {
    #[filter(lookups(icontains))]
    name: String,
    #[filter(allow_negate = false, min_length = 2)]
    sku: String,
    #[filter(lookups(max = lte, min = gte))]
    price: Decimal,
    quantity: i32,
    rating: f64,
    in_stock: bool,
    status: Status,
    #[filter(column = "category_id")]
    category: i64,
    #[filter(column = "owner_id")]
    owner: i64,
    #[filter(lookups(from = gte, year))]
    released_on: Date,
    opening_time: Time,
    created_at: DateTimeUtc,
}

/// Only cheap products, unless the client says what it is ready to pay.
struct CheapByDefault;

impl FilterBackend<product::Entity> for CheapByDefault {
    async fn filter_queryset(
        &self,
        select: Select<product::Entity>,
        context: &FilterContext<'_>,
    ) -> Result<Select<product::Entity>> {
        Ok(match context.params.get("price_max") {
            Some(_) => select,
            None => select.filter(product::Column::Price.lt(Decimal::from(500))),
        })
    }
}

#[derive(FilterSet)]
#[filterset(entity = product::Entity)]
struct RelatedFilterSet {
    #[filter(
        rename = "owner__username",
        related = user::Entity,
        column = "username",
        required,
        allow_negate = false
    )]
    owner_username: String,
    status: Status,
    #[filter(rename = "category__id", related = category::Entity, column = "id")]
    category_key: i64,
    #[filter(rename = "category__name", related = category::Entity, column = "name")]
    category_name: String,
    #[filter(rename = "category__slug", related = category::Entity, column = "slug")]
    category_slug: String,
    #[filter(rename = "category__description", related = category::Entity, column = "description")]
    category_description: String,
}

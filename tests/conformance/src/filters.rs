//! `ProductFilterSet` (SPEC.md, section 4).

use restflow::{
    filters::{
        One,
        lookups::{IContains, Lookup},
    },
    prelude::*,
};
use sea_orm::{
    Condition, Select,
    sea_query::{Expr, ExprTrait, Func, Query, SimpleExpr},
};

use crate::entities::{
    category,
    product::{self, Status},
    review, tag,
};

#[derive(FilterSet)]
#[filterset(
    entity = product::Entity,
    order_by(price, name, created = created_at, newest = -created_at, id)
)]
pub(crate) struct ProductFilterSet {
    #[filter(lookups(text))]
    name: String,
    #[filter(lookups(exact, in, iexact, startswith))]
    sku: String,
    #[filter(lookups(comparison, range))]
    price: Decimal,
    #[filter(lookups(comparison, in))]
    quantity: i32,
    #[filter(lookups(comparison, isnull))]
    rating: f64,
    in_stock: bool,
    #[filter(lookups(in))]
    status: Status,
    #[filter(lookups(comparison, year, month, isnull))]
    released_on: Date,
    #[filter(lookups(gte, lt, hour))]
    opening_time: Time,
    #[filter(lookups(comparison, year, month, day, date = date))]
    created_at: DateTimeUtc,
    #[filter(related = tag::Entity)]
    tags: Vec<i64>,
    #[filter(related = tag::Entity, column = "name")]
    tag_names: Vec<String>,
    #[filter(rename = "category__name", related = category::Entity, column = "name", lookups(icontains))]
    category_name: String,
    #[filter(rename = "category__slug", related = category::Entity, column = "slug", lookups(in))]
    category_slug: String,
    category_id: i64,
    #[filter(method = Self::cheaper_than, decimal(max_digits = 10, decimal_places = 2))]
    cheaper_than: Decimal,
    #[filter(method = Self::text)]
    text: String,
    #[filter(rename = "text!", method = Self::text_negated)]
    text_negated: String,
    #[filter(method = Self::reviewed)]
    reviewed: bool,
    #[filter(method = Self::min_reviews, min_value = 0)]
    min_reviews: i64,
}

type Products = Select<product::Entity>;

impl ProductFilterSet {
    fn cheaper_than(
        products: Products,
        price: Decimal,
        _context: &FilterContext<'_>,
    ) -> Result<Products> {
        Ok(products.filter(product::Column::Price.lt(price)))
    }

    fn text(text: String, context: &FilterContext<'_>) -> Result<Condition> {
        Ok(mentions(text, context))
    }

    fn text_negated(text: String, context: &FilterContext<'_>) -> Result<Condition> {
        Ok(mentions(text, context).not())
    }

    fn reviewed(
        products: Products,
        reviewed: bool,
        _context: &FilterContext<'_>,
    ) -> Result<Products> {
        let reviews = Expr::exists(reviews_of_product().expr(Expr::val(1)).take());
        Ok(products.filter(if reviewed { reviews } else { reviews.not() }))
    }

    async fn min_reviews(
        products: Products,
        count: i64,
        _context: &FilterContext<'_>,
    ) -> Result<Products> {
        let reviews = reviews_of_product()
            .expr(Func::count(Expr::col(review::Column::Id)))
            .take();
        Ok(products.filter(Expr::expr(SimpleExpr::from(reviews)).gte(count)))
    }
}

/// Whether name or description contain `text`, whatever the case.
fn mentions(text: String, context: &FilterContext<'_>) -> Condition {
    let contains =
        |column: product::Column, text| IContains::condition(column, One(text), context.backend());
    Condition::any()
        .add(contains(product::Column::Name, text.clone()))
        .add(contains(product::Column::Description, text))
}

/// The reviews of the product of the outer query.
fn reviews_of_product() -> sea_orm::sea_query::SelectStatement {
    Query::select()
        .from(review::Entity)
        .and_where(
            Expr::col((review::Entity, review::Column::ProductId))
                .equals((product::Entity, product::Column::Id)),
        )
        .take()
}

//! The total order of a list that no paginator cuts.

use sea_orm::sea_query::SelectStatement;
use sea_orm::{DbBackend, EntityTrait, Iterable, PrimaryKeyToColumn, QueryTrait, Select};

use crate::order_by;
use crate::query::OrderColumn;
use crate::sql::Shape;

/// Ends the ordering of a query with the primary key, as [`PageQuery`](crate::PageQuery) does for
/// pages: rows that are otherwise equal come in the same order each time.
///
/// A query that orders by the key already stays as it is, and so does one that is distinct, grouped
/// or united with another, whose rows need not have the key.
#[must_use]
pub fn total_order<E: EntityTrait>(mut select: Select<E>, backend: DbBackend) -> Select<E> {
    let statement: &mut SelectStatement = QueryTrait::query(&mut select);
    let shape = Shape::of_rows(statement, backend);
    if !shape.is_derived() {
        let key: Vec<OrderColumn> = E::PrimaryKey::iter()
            .map(|key| OrderColumn::of(key.into_column()))
            .collect();
        order_by::end_with_key(statement, &shape, &key, backend);
    }
    select
}

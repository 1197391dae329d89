//! Conditions on related rows, without joins: a row is found once however
//! many of its related rows match.

use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Related};

/// `EXISTS (SELECT 1 FROM related … WHERE condition AND it is related)`.
pub(crate) fn exists<E, R>(condition: SimpleExpr) -> SimpleExpr
where
    E: EntityTrait + Related<R>,
    R: EntityTrait,
{
    let relation = E::via().unwrap_or_else(E::to);
    let mut rows = R::find()
        .select_only()
        .expr(Expr::cust("1"))
        .filter(Condition::all().add(condition).add(relation))
        .into_query();
    if E::via().is_some() {
        let junction = E::to();
        rows.inner_join(junction.from_tbl.clone(), junction);
    }
    Expr::exists(rows)
}

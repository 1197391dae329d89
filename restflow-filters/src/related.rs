//! Conditions on related rows, without joins: a row is found once however
//! many of its related rows match.

use sea_orm::sea_query::{Alias, Asterisk, Expr, ExprTrait, IntoIden, Query, SimpleExpr};
use sea_orm::{Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Related, RelationDef};

/// `EXISTS (SELECT 1 FROM related … WHERE condition AND it is related)`.
pub(crate) fn exists<E, R>(condition: SimpleExpr) -> SimpleExpr
where
    E: EntityTrait + Related<R>,
    R: EntityTrait,
{
    let Some(relation) = E::via() else {
        return hop(&E::to(), condition);
    };
    let junction = E::to();
    if relation.from_tbl == junction.to_tbl {
        // Both ends are one table: its name inside is not that outside.
        return hop(&relation, hop(&junction, condition));
    }
    let mut rows = R::find()
        .select_only()
        .expr(Expr::cust("1"))
        .filter(Condition::all().add(condition).add(relation))
        .into_query();
    rows.inner_join(junction.from_tbl.clone(), junction);
    Expr::exists(rows)
}

/// The condition that a row at the other end of a relation fulfills the condition.
pub(crate) fn hop(relation: &RelationDef, condition: SimpleExpr) -> SimpleExpr {
    if relation.from_tbl == relation.to_tbl {
        return match relation.on_condition {
            Some(_) => beside(relation, condition),
            None => within(relation, condition),
        };
    }
    let rows = Query::select()
        .expr(Expr::cust("1"))
        .from(relation.to_tbl.clone())
        .cond_where(Condition::all().add(condition).add(relation.clone()))
        .take();
    Expr::exists(rows)
}

/// The same where a table is related to itself. Two copies of it cannot be told apart by its name,
/// so the inner query does not mention the outer row: `parent_id IN (SELECT id FROM … WHERE …)`.
/// Nulls are left out on both sides, so that the result is never null.
fn within(relation: &RelationDef, condition: SimpleExpr) -> SimpleExpr {
    let table = relation.from_tbl.sea_orm_table().clone();
    let columns = |identity: &sea_orm::Identity| -> Vec<SimpleExpr> {
        let columns = identity.clone().into_iter();
        columns
            .map(|column| Expr::col((table.clone(), column)))
            .collect()
    };
    let (from, to) = (columns(&relation.from_col), columns(&relation.to_col));
    let known = |columns: &[SimpleExpr]| {
        let columns = columns.iter().cloned();
        columns.fold(Condition::all(), |all, column| {
            all.add(column.is_not_null())
        })
    };
    let rows = Query::select()
        .exprs(to.iter().cloned())
        .from(relation.to_tbl.clone())
        .cond_where(known(&to).add(condition))
        .take();
    let row = match <[SimpleExpr; 1]>::try_from(from.clone()) {
        Ok([column]) => column,
        Err(columns) => Expr::tuple(columns),
    };
    known(&from).add(row.in_subquery(rows)).into()
}

/// The same where the relation has a condition of its own, which may speak of both rows: the inner
/// rows get another name, behind the condition on them, which knows the table by its own.
fn beside(relation: &RelationDef, condition: SimpleExpr) -> SimpleExpr {
    let alias = Alias::new("related").into_iden();
    let mut named = relation.clone();
    named.to_tbl = named.to_tbl.alias(alias.clone());
    let candidates = Query::select()
        .column(Asterisk)
        .from(relation.to_tbl.clone())
        .cond_where(condition)
        .take();
    let rows = Query::select()
        .expr(Expr::cust("1"))
        .from_subquery(candidates, alias)
        .cond_where(Condition::from(named))
        .take();
    Expr::exists(rows)
}

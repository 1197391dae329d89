//! The pages of queries whose rows are not simply those of a table, and of queries that are
//! already cut.

use sea_orm::sea_query::{Asterisk, Expr, Query, SelectExpr, SelectStatement, Value};
use sea_orm::{DbBackend, EntityTrait, Iterable, QueryTrait};

use super::{OrderColumn, PageQuery, Window, cut};
use crate::order_by;
use crate::sql::{self, Shape};

/// What must be known of an entity to select from its rows again.
#[derive(Clone)]
pub(super) struct Columns {
    columns: Vec<OrderColumn>,
    /// The same columns as SeaORM selects them.
    selects: Vec<SelectExpr>,
}

impl Columns {
    pub(super) fn of<E: EntityTrait>() -> Self {
        Self {
            columns: E::Column::iter().map(OrderColumn::of).collect(),
            selects: selects(&mut E::find().into_query()),
        }
    }

    /// Whether an expression is a column of the entity, or all of them.
    fn has(&self, select: &SelectExpr) -> bool {
        let is_column = |(column, own): (&OrderColumn, &SelectExpr)| {
            select.expr == own.expr
                || select.expr == column.expr()
                || select.expr == Expr::col(column.column.clone())
        };
        select.window.is_none()
            && (select.expr == Expr::col(Asterisk)
                || self.columns.iter().zip(&self.selects).any(is_column))
    }
}

/// What a statement selects.
pub(super) fn selects(statement: &mut SelectStatement) -> Vec<SelectExpr> {
    let mut count = 0;
    statement.exprs_mut_for_each(|_| count += 1);
    let mut selects = Vec::with_capacity(count);
    statement.exprs_mut_for_each(|select| selects.push(select.clone()));
    selects
}

impl PageQuery<'_> {
    /// The rows of a distinct, grouped or united query as a table of their own, with the columns
    /// and the order of the page: so the count and the page are of the same rows, and the key and
    /// columns that are not shown can order them.
    ///
    /// `None` where that would change the query: it does not select the columns of its entity, the
    /// page shows something else than those, or it is ordered by something else.
    pub(super) fn over_derived(&self) -> Option<SelectStatement> {
        let backend = self.db.get_database_backend();
        let shape = self.shape();
        let table = self.key.first()?.table.clone();
        if !shape.is_derived() || shape.is_locked() || shape.is_windowed() {
            return None;
        }
        let entity = (self.columns)();
        let mut inner = self.rows();
        if selects(&mut inner) != entity.selects {
            return None;
        }
        let mut page = Query::select();
        if self.own_columns.is_some() {
            let shown = selects(&mut self.statement.clone());
            if !shown.iter().all(|select| entity.has(select)) {
                return None;
            }
            page.exprs(shown);
        } else {
            page.column(Asterisk);
        }
        for term in order_by::terms(&inner, backend)? {
            let columns = entity.columns.iter();
            let (column, direction) = columns
                .filter_map(|column| Some((column, term.direction_of(column, backend)?)))
                .next()?;
            let order = direction.order.clone();
            match direction.nulls {
                Some(nulls) => page.order_by_expr_with_nulls(column.expr(), order, nulls),
                None => page.order_by_expr(column.expr(), order),
            };
        }
        // There the order chooses the rows.
        if !shape.is_sliced() && !shape.is_distinct_on() {
            inner.clear_order_by();
        }
        page.from_subquery(inner, table);
        let shape = Shape::of(&page, backend);
        order_by::end_with_key(&mut page, &shape, &self.key, backend);
        Some(page)
    }
}

/// The window of a statement that has a `LIMIT` or an `OFFSET` of its own; `None` where they
/// cannot be told.
fn own_window(statement: &SelectStatement, backend: DbBackend) -> Option<Window> {
    let mut bare = statement.clone();
    let limit = Shape::of(bare.clear_selects(), backend).limit()?;
    let with = sql::build(&bare, backend).values.map(|values| values.0)?;
    let mut without = sql::build(bare.reset_offset(), backend).values?.0;
    let offset = match with.last() {
        Some(Value::BigUnsigned(Some(offset))) if with.len() > without.len() => {
            without.push(Value::BigUnsigned(Some(*offset)));
            *offset
        }
        _ => 0,
    };
    (with == without).then_some(Window { offset, limit })
}

/// Cuts a statement that is already cut: the window is one of its rows. Its order stays, and so
/// do its columns. `false` where its own window cannot be told.
pub(super) fn cut_again(
    statement: &mut SelectStatement,
    window: Window,
    backend: DbBackend,
) -> bool {
    let Some(own) = own_window(statement, backend) else {
        return false;
    };
    let left = own.limit.map(|own| own.saturating_sub(window.offset));
    let limit = match (left, window.limit) {
        (Some(left), Some(limit)) => Some(left.min(limit)),
        (left, limit) => left.or(limit),
    };
    statement.reset_limit().reset_offset();
    let offset = own.offset.saturating_add(window.offset);
    cut(statement, Window { offset, limit });
    true
}

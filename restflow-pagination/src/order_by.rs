//! The terms of an `ORDER BY`, and how the primary key makes a total order of them.
//!
//! sea-query gives no access to the parts of a statement, so they are read from its text.

use sea_orm::DbBackend;
use sea_orm::sea_query::{DynIden, NullOrdering, Order, SelectStatement};

use crate::query::OrderColumn;
use crate::sql::{self, Shape};

/// What stands behind a column in `ORDER BY`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Direction {
    pub(crate) order: Order,
    pub(crate) nulls: Option<NullOrdering>,
}

impl Direction {
    pub(crate) const fn descending(is_descending: bool) -> Self {
        Self {
            order: if is_descending {
                Order::Desc
            } else {
                Order::Asc
            },
            nulls: None,
        }
    }

    pub(crate) fn is_descending(&self) -> bool {
        self.order == Order::Desc
    }

    /// With its `NULL`s at the other end, too.
    pub(crate) fn reversed(&self) -> Self {
        Self {
            nulls: self.nulls.map(|nulls| match nulls {
                NullOrdering::First => NullOrdering::Last,
                NullOrdering::Last => NullOrdering::First,
            }),
            ..Self::descending(!self.is_descending())
        }
    }
}

/// A term of an `ORDER BY`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Term {
    /// What it orders by, as the text of the statement has it.
    text: String,
    /// `None` for a list of values (`Order::Field`), which is a part of the text.
    direction: Option<Direction>,
}

impl Term {
    /// The direction, if the term is the column and nothing else.
    pub(crate) fn direction_of(
        &self,
        column: &OrderColumn,
        backend: DbBackend,
    ) -> Option<&Direction> {
        let direction = self.direction.as_ref()?;
        is_column(&self.text, column, backend).then_some(direction)
    }

    /// Whether the term turns the order around.
    pub(crate) fn is_descending(&self) -> bool {
        let direction = self.direction.as_ref();
        direction.is_some_and(Direction::is_descending)
    }
}

/// The terms of the `ORDER BY` of a statement, most significant first; `None` if they cannot be
/// told from the rest of the text: they are what that has more than the text of the same statement
/// without an ordering.
pub(crate) fn terms(statement: &SelectStatement, backend: DbBackend) -> Option<Vec<Term>> {
    let mut bare = statement.clone();
    bare.clear_selects().reset_limit().reset_offset();
    let ordered = sql::build(&bare, backend).sql;
    let unordered = sql::build(bare.clear_order_by(), backend).sql;
    parse(added(&ordered, &unordered)?, backend)
}

/// What `longer` has more than `shorter`, in one piece: an ` ORDER BY …` or nothing.
fn added<'a>(longer: &'a str, shorter: &str) -> Option<&'a str> {
    let length = longer.len().checked_sub(shorter.len())?;
    if length == 0 {
        return Some("");
    }
    let pairs = longer.bytes().zip(shorter.bytes());
    let common = pairs.take_while(|(one, other)| one == other).count();
    // What stands behind an ordering may begin with a space, too.
    [common, common.saturating_sub(1)]
        .into_iter()
        .find_map(|start| {
            let piece = longer.get(start..start + length)?;
            let is_whole = longer.get(start + length..)? == shorter.get(start..)?;
            (is_whole && piece.starts_with(" ORDER BY ")).then_some(piece)
        })
}

fn parse(text: &str, backend: DbBackend) -> Option<Vec<Term>> {
    let Some(text) = text.strip_prefix(" ORDER BY ") else {
        return text.is_empty().then(Vec::new);
    };
    let mut terms: Vec<Term> = Vec::new();
    for part in sql::split(text, backend) {
        let term = parse_term(part);
        // MySQL has no `NULLS FIRST`, but a term in front.
        let nulls = terms.last().and_then(|before| {
            let column = before.text.strip_suffix(" IS NULL")?;
            let nulls = if before.is_descending() {
                NullOrdering::First
            } else {
                NullOrdering::Last
            };
            (column == term.text).then_some(nulls)
        });
        match (nulls, term) {
            (
                Some(nulls),
                Term {
                    text,
                    direction: Some(direction),
                },
            ) => {
                terms.pop();
                let direction = Some(Direction {
                    nulls: Some(nulls),
                    ..direction
                });
                terms.push(Term { text, direction });
            }
            (_, term) => terms.push(term),
        }
    }
    Some(terms)
}

fn parse_term(part: &str) -> Term {
    let (rest, nulls) = if let Some(rest) = part.strip_suffix(" NULLS FIRST") {
        (rest, Some(NullOrdering::First))
    } else if let Some(rest) = part.strip_suffix(" NULLS LAST") {
        (rest, Some(NullOrdering::Last))
    } else {
        (part, None)
    };
    let (text, order) = if let Some(rest) = rest.strip_suffix(" ASC") {
        (rest, Some(Order::Asc))
    } else if let Some(rest) = rest.strip_suffix(" DESC") {
        (rest, Some(Order::Desc))
    } else {
        (part, None)
    };
    Term {
        text: text.to_owned(),
        direction: order.map(|order| Direction { order, nulls }),
    }
}

/// Whether a text is the column as it stands in a statement.
fn is_column(text: &str, column: &OrderColumn, backend: DbBackend) -> bool {
    let table = strip_name(text, &column.table, backend);
    let rest = table.and_then(|rest| strip_name(rest.strip_prefix('.')?, &column.column, backend));
    rest.is_some_and(str::is_empty)
}

/// What stands behind a name in quotes.
fn strip_name<'t>(text: &'t str, name: &DynIden, backend: DbBackend) -> Option<&'t str> {
    let quote = sql::quote(backend);
    let rest = text.strip_prefix(quote)?;
    rest.strip_prefix(&*sql::quoted(&name.inner(), backend))?
        .strip_prefix(quote)
}

/// The columns of a total order: those of an ordering, each once, until they have the whole key;
/// the rest of the key stands behind them in the direction of the last one, so that one index can
/// serve all.
pub(crate) fn with_key(
    ordering: Vec<(OrderColumn, Direction)>,
    key: &[OrderColumn],
) -> Vec<(OrderColumn, Direction)> {
    let last = ordering.last();
    let last = Direction::descending(last.is_some_and(|(_, last)| last.is_descending()));
    let keys = key.iter().map(|column| (column.clone(), last.clone()));
    let mut total: Vec<(OrderColumn, Direction)> = Vec::new();
    let mut missing = key.len();
    for (column, direction) in ordering.into_iter().chain(keys) {
        // What stands behind the whole key orders nothing.
        if missing == 0 {
            break;
        }
        if !total.iter().any(|(known, _)| known.is_same(&column)) {
            missing -= usize::from(key.iter().any(|key| key.is_same(&column)));
            total.push((column, direction));
        }
    }
    total
}

/// Ends the `ORDER BY` of a statement of this shape with what it does not have of the key,
/// ascending: rows that are otherwise equal come as they were inserted, whatever the direction of
/// the columns before.
pub(crate) fn end_with_key(
    statement: &mut SelectStatement,
    shape: &Shape,
    key: &[OrderColumn],
    backend: DbBackend,
) {
    for key in missing(shape, key, backend) {
        statement.order_by_expr(key.expr(), Order::Asc);
    }
}

/// What a statement of this shape does not have of the key in its `ORDER BY`.
pub(crate) fn missing<'k>(
    shape: &Shape,
    key: &'k [OrderColumn],
    backend: DbBackend,
) -> impl Iterator<Item = &'k OrderColumn> {
    // A term that is not understood is none of the key, or brings it a second time at worst.
    let terms = parse(shape.ordering(), backend).unwrap_or_default();
    let is_there = move |key: &OrderColumn| {
        let mut terms = terms.iter();
        terms.any(|term| term.direction_of(key, backend).is_some())
    };
    key.iter().filter(move |key| !is_there(key))
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};

    use super::*;

    const BACKENDS: [DbBackend; 3] = [DbBackend::Sqlite, DbBackend::Postgres, DbBackend::MySql];

    #[test]
    fn an_ordering_is_read_term_by_term() {
        let id = || Expr::col((Alias::new("p"), Alias::new("id")));
        let mut statement = Query::select();
        statement
            .expr(id())
            .from(Alias::new("p"))
            .and_where(id().gt(3))
            .order_by_expr(id().eq(5), Order::Desc)
            .order_by_expr(id().modulo(2), Order::Asc)
            .order_by_expr(id(), Order::Field(sea_orm::Values(vec![3.into()])))
            .order_by_expr(Expr::cust("LOWER('a, b', 1)"), Order::Asc)
            .order_by_expr_with_nulls(id(), Order::Desc, NullOrdering::Last)
            .limit(3)
            .offset(4)
            .lock_exclusive();
        let column = OrderColumn {
            table: Alias::new("p").into(),
            column: Alias::new("id").into(),
            kind: sea_orm::ColumnType::Integer,
            nullable: false,
        };
        for backend in BACKENDS {
            let terms = terms(&statement, backend).expect("its text is understood");
            let found: Vec<_> = terms
                .iter()
                .map(|term| term.direction_of(&column, backend).cloned())
                .collect();
            let last = Direction {
                order: Order::Desc,
                nulls: Some(NullOrdering::Last),
            };
            assert_eq!(found, [None, None, None, None, Some(last)], "{terms:?}");
            statement.clear_order_by();
            assert_eq!(super::terms(&statement, backend), Some(Vec::new()));
            statement
                .order_by_expr(id().eq(5), Order::Desc)
                .order_by_expr(id().modulo(2), Order::Asc)
                .order_by_expr(id(), Order::Field(sea_orm::Values(vec![3.into()])))
                .order_by_expr(Expr::cust("LOWER('a, b', 1)"), Order::Asc)
                .order_by_expr_with_nulls(id(), Order::Desc, NullOrdering::Last);
        }
    }
}

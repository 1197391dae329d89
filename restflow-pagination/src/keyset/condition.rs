//! The rows behind a position, as conditions.

use sea_orm::DbBackend;
use sea_orm::sea_query::{Expr, ExprTrait, Value};

use super::Edge;
use super::ordering::KeyTerm;

/// The conditions of the rows behind a position, to be asked one after the other. With the edge,
/// the row at the position is the first of them.
///
/// The first column decides how much of an index is read: its condition stands alone beside the
/// alternatives, because databases seek with it (PostgreSQL and SQLite seek with none of several
/// alternatives), and its `NULL`s are apart.
pub(super) fn behind(
    terms: &[KeyTerm],
    values: &[Option<Value>],
    edge: Edge,
    backend: DbBackend,
) -> Vec<Expr> {
    let last = terms.len().saturating_sub(1);
    let marks: Vec<Mark<'_>> = terms
        .iter()
        .zip(values)
        .enumerate()
        .map(|(index, (term, value))| Mark {
            term,
            value,
            // The key ends the order, so it tells the row itself from those behind it.
            with_edge: edge == Edge::With && index == last,
        })
        .collect();
    let Some((first, rest)) = marks.split_first() else {
        return Vec::new();
    };
    let tied = behind_all(rest, backend);
    let column = || first.term.expr();
    let mut ranges = Vec::new();
    match first.value {
        None => {
            ranges.extend(tied.map(|tied| first.equal().and(tied)));
            if first.term.nulls_first {
                ranges.push(column().is_not_null());
            }
        }
        Some(value) => {
            // `NULL`s of the first column have their own range, so they may be missed by this one.
            ranges.push(match (as_row(&marks, rest, backend), tied) {
                (Some(row), _) => row,
                (None, Some(tied)) => first
                    .from(value)
                    .and(first.beyond(value).or(first.equal().and(tied))),
                (None, None) => first.beyond(value),
            });
            if first.term.is_nullable() && !first.term.nulls_first {
                ranges.push(column().is_null());
            }
        }
    }
    ranges
}

/// The condition of the rows behind `marks`; `None` if there can be no such row.
fn behind_all(marks: &[Mark<'_>], backend: DbBackend) -> Option<Expr> {
    let (first, rest) = marks.split_first()?;
    if let Some(row) = as_row(marks, marks, backend) {
        return Some(row);
    }
    let beyond = match first.value {
        None => first
            .term
            .nulls_first
            .then(|| first.term.expr().is_not_null()),
        Some(value) if first.term.is_nullable() && !first.term.nulls_first => {
            Some(first.beyond(value).or(first.term.expr().is_null()))
        }
        Some(value) => Some(first.beyond(value)),
    };
    let tied = behind_all(rest, backend).map(|tied| first.equal().and(tied));
    match (beyond, tied) {
        (Some(beyond), Some(tied)) => Some(beyond.or(tied)),
        (beyond, tied) => beyond.or(tied),
    }
}

/// The comparison of several columns at once, where all have one direction and those of `sound`
/// cannot be `NULL`. MySQL reads the whole table for it.
fn as_row(marks: &[Mark<'_>], sound: &[Mark<'_>], backend: DbBackend) -> Option<Expr> {
    let [first, _, ..] = marks else {
        return None;
    };
    if backend == DbBackend::MySql || sound.iter().any(|mark| mark.term.is_nullable()) {
        return None;
    }
    let descending = first.term.is_descending();
    let mut columns = Vec::new();
    let mut values = Vec::new();
    for mark in marks {
        if mark.term.is_descending() != descending {
            return None;
        }
        columns.push(mark.term.expr());
        values.push(mark.term.value(mark.value.as_ref()?));
    }
    let (columns, values) = (Expr::tuple(columns), Expr::tuple(values));
    let with_edge = marks.iter().any(|mark| mark.with_edge);
    Some(beyond(columns, values, descending, with_edge))
}

fn beyond(column: Expr, value: Expr, descending: bool, with_edge: bool) -> Expr {
    match (descending, with_edge) {
        (false, false) => column.gt(value),
        (false, true) => column.gte(value),
        (true, false) => column.lt(value),
        (true, true) => column.lte(value),
    }
}

/// A column of the order and its value in the row.
struct Mark<'a> {
    term: &'a KeyTerm,
    value: &'a Option<Value>,
    /// Whether the value itself is beyond it, too.
    with_edge: bool,
}

impl Mark<'_> {
    fn equal(&self) -> Expr {
        match self.value {
            Some(value) => self.term.expr().eq(self.term.value(value)),
            None => self.term.expr().is_null(),
        }
    }

    fn beyond(&self, value: &Value) -> Expr {
        self.compared(value, self.with_edge)
    }

    /// The value itself and what is beyond.
    fn from(&self, value: &Value) -> Expr {
        self.compared(value, true)
    }

    fn compared(&self, value: &Value, with_edge: bool) -> Expr {
        let (column, value) = (self.term.expr(), self.term.value(value));
        beyond(column, value, self.term.is_descending(), with_edge)
    }
}

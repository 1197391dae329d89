//! The rows behind a position, as conditions.

use sea_orm::sea_query::{Expr, ExprTrait, Value};
use sea_orm::{DbBackend, Statement};

use super::ordering::KeyTerm;
use super::{Edge, KeyPosition, KeyRange, Keyset};
use crate::sql;

impl Keyset {
    /// The statement of the row that has the values of the position, apart from those of `unknown`
    /// columns. The key of the row must be known.
    pub(crate) fn statement_at(
        &self,
        position: &KeyPosition,
        unknown: impl Fn(usize) -> bool,
    ) -> Statement {
        let mut statement = self.statement.clone();
        for (index, (term, value)) in self.terms.iter().zip(&position.0).enumerate() {
            if !unknown(index) {
                let mark = Mark {
                    term,
                    value,
                    with_edge: false,
                };
                statement.and_where(mark.equal());
            }
        }
        statement.limit(1);
        sql::build(&statement, self.backend)
    }
}

/// The ranges of the rows behind a position, to be asked one after the other. With the edge, the
/// row at the position is the first of them.
///
/// The first column decides how much of an index is read: its condition stands alone beside the
/// alternatives, because databases seek with it (PostgreSQL and SQLite seek with none of several
/// alternatives), and its `NULL`s are apart.
///
/// What has the values of the position in the first `ties` columns is also apart: where there are
/// more such rows than a page has, PostgreSQL and SQLite would read them from their beginning.
pub(super) fn behind(
    terms: &[KeyTerm],
    values: &[Option<Value>],
    ties: usize,
    edge: Edge,
    backend: DbBackend,
) -> Vec<KeyRange> {
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
    ranges(&marks, ties.min(last), backend)
}

fn ranges(marks: &[Mark<'_>], ties: usize, backend: DbBackend) -> Vec<KeyRange> {
    let Some((first, rest)) = marks.split_first() else {
        return Vec::new();
    };
    let row = as_row(marks, rest, backend);
    let is_apart = match backend {
        // It seeks with all columns.
        DbBackend::MySql => false,
        DbBackend::Postgres => row.is_none(),
        // It does not seek with the key if that is the number of the row.
        _ => true,
    };
    let tied = |range: KeyRange| KeyRange {
        condition: range.condition.map(|tied| first.equal().and(tied)),
        fixed: range.fixed + 1,
    };
    let mut ranges = Vec::new();
    if ties > 0 && is_apart {
        ranges.extend(self::ranges(rest, ties - 1, backend).into_iter().map(tied));
        let beyond = first.value.as_ref().map(|value| first.beyond(value));
        ranges.extend(beyond.map(KeyRange::of));
    } else {
        let behind = behind_all(rest, backend);
        match first.value {
            None => ranges.extend(behind.map(KeyRange::of).map(tied)),
            // `NULL`s have their own range, so they may be missed by this one.
            Some(value) => ranges.push(KeyRange::of(match (row, behind) {
                (Some(row), _) => row,
                (None, Some(behind)) => first
                    .from(value)
                    .and(first.beyond(value).or(first.equal().and(behind))),
                (None, None) => first.beyond(value),
            })),
        }
    }
    let column = first.term.expr();
    match first.value {
        None if first.term.nulls_first => ranges.push(KeyRange::of(column.is_not_null())),
        Some(_) if first.term.is_nullable() && !first.term.nulls_first => {
            ranges.push(KeyRange {
                condition: Some(column.is_null()),
                fixed: 1,
            });
        }
        _ => {}
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

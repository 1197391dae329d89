//! The total order of a query: what its `ORDER BY` says, and the primary key.

use restflow_exceptions::Result;
use sea_orm::sea_query::{Expr, NullOrdering, Order, Query, SelectStatement, Value};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, Iterable, PrimaryKeyToColumn, QueryResult};

use super::{NoKeyset, value::KeyColumn};
use crate::query::OrderColumn;
use crate::sql::{self, Shape};

/// A column of the order, with its direction.
#[derive(Debug, Clone)]
pub(super) struct KeyTerm {
    column: OrderColumn,
    values: KeyColumn,
    direction: Direction,
    /// Whether `NULL` comes before all values.
    pub(super) nulls_first: bool,
}

/// What stands behind a column in `ORDER BY`.
#[derive(Debug, Clone, PartialEq)]
struct Direction {
    order: Order,
    nulls: Option<NullOrdering>,
}

impl KeyTerm {
    fn new<C: ColumnTrait>(
        column: C,
        direction: Direction,
        backend: DbBackend,
    ) -> Result<Self, NoKeyset> {
        let column = OrderColumn::of(column);
        let values = KeyColumn::of(&column.kind, backend).ok_or(NoKeyset::Incomparable)?;
        let nulls_first = match &direction.nulls {
            Some(nulls) => *nulls == NullOrdering::First,
            // PostgreSQL sorts `NULL` as the highest value, SQLite and MySQL as the lowest one.
            None => (backend == DbBackend::Postgres) == (direction.order == Order::Desc),
        };
        Ok(Self {
            column,
            values,
            direction,
            nulls_first,
        })
    }

    pub(super) fn expr(&self) -> Expr {
        self.column.expr()
    }

    pub(super) fn is_descending(&self) -> bool {
        self.direction.order == Order::Desc
    }

    pub(super) const fn is_nullable(&self) -> bool {
        self.column.nullable
    }

    /// The column in the form in which [`read`](Self::read) wants it.
    pub(super) fn select(&self) -> Expr {
        self.values.select(self.expr())
    }

    pub(super) fn read(&self, row: &QueryResult, index: usize) -> Result<Option<Value>> {
        self.values.read(row, index, &self.column)
    }

    /// A value that was read, to be compared with the column.
    pub(super) fn value(&self, value: &Value) -> Expr {
        self.values.expr(value)
    }

    pub(super) fn order(&self, statement: &mut SelectStatement) {
        let order = self.direction.order.clone();
        match self.direction.nulls {
            Some(nulls) => statement.order_by_expr_with_nulls(self.expr(), order, nulls),
            None => statement.order_by_expr(self.expr(), order),
        };
    }
}

/// The terms of the order of a statement over `E`, which the primary key ends.
///
/// sea-query gives no access to the parts of a statement, so they are read from its text: from
/// what the text has more than that of the same statement without an ordering.
pub(super) fn total_order<E: EntityTrait>(
    statement: &SelectStatement,
    backend: DbBackend,
) -> Result<Vec<KeyTerm>, NoKeyset> {
    let mut bare = statement.clone();
    bare.clear_selects();
    let ordered = sql::build(&bare, backend).sql;
    let unordered = sql::build(bare.clear_order_by(), backend).sql;
    let table = sql::build(Query::select().from(E::default().table_ref()), backend).sql;

    let shape = Shape::of_text(unordered.clone());
    if shape.is_sliced() {
        return Err(NoKeyset::Sliced);
    }
    if shape.is_locked() {
        return Err(NoKeyset::Locked);
    }
    let conditions = unordered.strip_prefix(&table).ok_or(NoKeyset::Derived)?;
    let is_plain = conditions.is_empty() || conditions.starts_with(" WHERE ");
    if !is_plain || shape.is_derived() {
        return Err(NoKeyset::Derived);
    }
    let ordering = ordered.strip_prefix(&unordered).ok_or(NoKeyset::Ordering)?;

    let mut columns = parse::<E>(ordering, backend).ok_or(NoKeyset::Ordering)?;
    let last = columns
        .last()
        .map_or(Order::Asc, |(_, direction)| direction.order.clone());
    let keys: Vec<E::Column> = E::PrimaryKey::iter()
        .map(PrimaryKeyToColumn::into_column)
        .collect();
    if keys.is_empty() {
        return Err(NoKeyset::NoKey);
    }
    let mut terms = Vec::new();
    let mut missing: Vec<&E::Column> = keys.iter().collect();
    for key in &keys {
        let direction = Direction {
            order: last.clone(),
            nulls: None,
        };
        columns.push((*key, direction));
    }
    for (column, direction) in columns {
        // What stands behind the whole key orders nothing.
        if missing.is_empty() {
            break;
        }
        missing.retain(|key| !is_same(*key, &column));
        let term = KeyTerm::new(column, direction, backend)?;
        if !terms
            .iter()
            .any(|known: &KeyTerm| known.column == term.column)
        {
            terms.push(term);
        }
    }
    Ok(terms)
}

fn is_same<C: ColumnTrait>(one: &C, other: &C) -> bool {
    one.as_str() == other.as_str()
}

/// The columns of an ` ORDER BY …`; `None` if there is anything else in it.
fn parse<E: EntityTrait>(text: &str, backend: DbBackend) -> Option<Vec<(E::Column, Direction)>> {
    let Some(mut rest) = text.strip_prefix(" ORDER BY ") else {
        return text.is_empty().then(Vec::new);
    };
    let names: Vec<(String, E::Column)> = E::Column::iter()
        .map(|column| (quoted(column, backend), column))
        .collect();
    let mut columns = Vec::new();
    loop {
        let (column, direction, behind) = names.iter().find_map(|(name, column)| {
            let (direction, behind) = parse_term(rest, name)?;
            Some((*column, direction, behind))
        })?;
        columns.push((column, direction));
        if behind.is_empty() {
            return Some(columns);
        }
        rest = behind.strip_prefix(", ")?;
    }
}

/// The column as it stands in the text of a statement.
fn quoted<C: ColumnTrait>(column: C, backend: DbBackend) -> String {
    let statement = Query::select().expr(OrderColumn::of(column).expr()).take();
    let text = sql::build(&statement, backend).sql;
    text.trim_start_matches("SELECT ").to_owned()
}

/// What the text says of the column that it begins with, and what comes behind.
fn parse_term<'a>(text: &'a str, name: &str) -> Option<(Direction, &'a str)> {
    let mut rest = text.strip_prefix(name)?;
    let mut nulls = None;
    // MySQL has no `NULLS FIRST`.
    if let Some(behind) = rest.strip_prefix(" IS NULL") {
        let (order, behind) = parse_order(behind)?;
        nulls = Some(match order {
            Order::Desc => NullOrdering::First,
            _ => NullOrdering::Last,
        });
        rest = behind.strip_prefix(", ")?.strip_prefix(name)?;
    }
    let (order, mut rest) = parse_order(rest)?;
    for (suffix, ordering) in [
        (" NULLS FIRST", NullOrdering::First),
        (" NULLS LAST", NullOrdering::Last),
    ] {
        if let Some(behind) = rest.strip_prefix(suffix) {
            nulls = Some(ordering);
            rest = behind;
        }
    }
    Some((Direction { order, nulls }, rest))
}

fn parse_order(text: &str) -> Option<(Order, &str)> {
    let ascending = text.strip_prefix(" ASC").map(|rest| (Order::Asc, rest));
    ascending.or_else(|| Some((Order::Desc, text.strip_prefix(" DESC")?)))
}

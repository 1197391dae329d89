//! The total order of a query: what its `ORDER BY` says, and the primary key.

use restflow_exceptions::Result;
use sea_orm::sea_query::{Expr, Func, NullOrdering, Order, Query, SelectStatement, Value};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, Iterable, PrimaryKeyToColumn, QueryResult};

use super::{NoKeyset, value::KeyColumn};
use crate::query::{OrderColumn, OrderTerm};
use crate::sql::{self, Shape};

/// How many characters of a text MySQL sorts by for certain, see [`KeyColumn::of_prefix`].
const PREFIX: u32 = 255;

/// A column of the order, with its direction.
#[derive(Debug, Clone)]
pub(crate) struct KeyTerm {
    column: OrderColumn,
    values: KeyColumn,
    direction: Direction,
    /// Whether only the beginning of the text is in the order.
    is_prefix: bool,
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
    fn new(
        column: OrderColumn,
        direction: Direction,
        backend: DbBackend,
    ) -> Result<Self, OrderColumn> {
        match KeyColumn::of(&column.kind, backend) {
            Some(values) => Ok(Self::with_values(column, values, direction, backend)),
            None => Err(column),
        }
    }

    /// A column of which only the beginning is compared where the whole cannot be. Two values that
    /// begin alike are then equal, so it cannot be a column of the key.
    fn new_or_prefix(
        column: OrderColumn,
        direction: Direction,
        backend: DbBackend,
    ) -> Result<Self, OrderColumn> {
        let column = match Self::new(column, direction.clone(), backend) {
            Ok(term) => return Ok(term),
            Err(column) => column,
        };
        match KeyColumn::of_prefix(&column.kind, backend) {
            Some(values) => {
                let mut term = Self::with_values(column, values, direction, backend);
                term.is_prefix = true;
                Ok(term)
            }
            None => Err(column),
        }
    }

    fn with_values(
        column: OrderColumn,
        values: KeyColumn,
        direction: Direction,
        backend: DbBackend,
    ) -> Self {
        let nulls_first = match &direction.nulls {
            Some(nulls) => *nulls == NullOrdering::First,
            // PostgreSQL sorts `NULL` as the highest value, SQLite and MySQL as the lowest one.
            None => (backend == DbBackend::Postgres) == (direction.order == Order::Desc),
        };
        Self {
            column,
            values,
            direction,
            is_prefix: false,
            nulls_first,
        }
    }

    /// The column in the opposite order, with its `NULL`s at the other end.
    pub(crate) fn reversed(&self) -> Self {
        let direction = Direction {
            order: match self.direction.order {
                Order::Desc => Order::Asc,
                _ => Order::Desc,
            },
            nulls: self.direction.nulls.map(|nulls| match nulls {
                NullOrdering::First => NullOrdering::Last,
                NullOrdering::Last => NullOrdering::First,
            }),
        };
        Self {
            direction,
            nulls_first: !self.nulls_first,
            ..self.clone()
        }
    }

    pub(crate) const fn column(&self) -> &OrderColumn {
        &self.column
    }

    /// Whether a value that a client has sent is one of this column. A database takes it then
    /// without complaint.
    pub(crate) fn admits(&self, value: Option<&Value>, backend: DbBackend) -> bool {
        value.map_or(self.column.nullable, |value| {
            self.values.admits(value, backend)
        })
    }

    /// Whether [`admits`](Self::admits) cannot tell what the database takes.
    pub(crate) fn is_opaque(&self) -> bool {
        self.values.is_opaque()
    }

    pub(super) fn expr(&self) -> Expr {
        let column = self.column.expr();
        if self.is_prefix {
            Func::cust("LEFT").arg(column).arg(PREFIX).into()
        } else {
            column
        }
    }

    pub(crate) fn is_descending(&self) -> bool {
        self.direction.order == Order::Desc
    }

    pub(super) const fn is_nullable(&self) -> bool {
        self.column.nullable
    }

    /// The column in the form in which [`read`](Self::read) wants it.
    pub(super) fn select(&self) -> Expr {
        self.values.select(self.expr())
    }

    pub(super) fn read(&self, row: &QueryResult, name: &str) -> Result<Option<Value>> {
        self.values.read(row, name, &self.column)
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
        let term = KeyTerm::new(OrderColumn::of(column), direction, backend)
            .map_err(|_| NoKeyset::Incomparable)?;
        if !terms
            .iter()
            .any(|known: &KeyTerm| known.column == term.column)
        {
            terms.push(term);
        }
    }
    Ok(terms)
}

/// The terms of an order that is told, which the key ends in the direction of the last column.
///
/// # Errors
/// Fails with the column whose values are not compared.
pub(crate) fn told_order(
    ordering: Vec<OrderTerm>,
    key: &[OrderColumn],
    backend: DbBackend,
) -> Result<Vec<KeyTerm>, OrderColumn> {
    let last = ordering.last().is_some_and(|term| term.descending);
    let is_key = |column: &OrderColumn| key.iter().any(|key| key.is_same(column));
    let keys = key.iter().map(|column| OrderTerm {
        column: column.clone(),
        descending: last,
    });
    let mut terms: Vec<KeyTerm> = Vec::new();
    let mut missing = key.len();
    for OrderTerm { column, descending } in ordering.into_iter().chain(keys) {
        // What stands behind the whole key orders nothing.
        if missing == 0 {
            break;
        }
        if terms.iter().any(|known| known.column.is_same(&column)) {
            continue;
        }
        let direction = Direction {
            order: if descending { Order::Desc } else { Order::Asc },
            nulls: None,
        };
        terms.push(if is_key(&column) {
            missing -= 1;
            KeyTerm::new(column, direction, backend)?
        } else {
            KeyTerm::new_or_prefix(column, direction, backend)?
        });
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

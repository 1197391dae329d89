//! The total order of a query: what its `ORDER BY` says, and the primary key.

use restflow_exceptions::Result;
use sea_orm::sea_query::{Expr, Func, NullOrdering, Query, SelectStatement, Value};
use sea_orm::{DbBackend, EntityTrait, Iterable, PrimaryKeyToColumn, QueryResult};

use super::{NoKeyset, value::KeyColumn};
use crate::order_by::{self, Direction, Term};
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
    /// Whether the database would plan a page anew for its values, see [`value`](Self::value).
    plans_by_value: bool,
    /// Whether `NULL` comes before all values.
    pub(super) nulls_first: bool,
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
            None => (backend == DbBackend::Postgres) == direction.is_descending(),
        };
        Self {
            column,
            values,
            direction,
            is_prefix: false,
            plans_by_value: backend == DbBackend::Sqlite,
            nulls_first,
        }
    }

    /// The column in the opposite order, with its `NULL`s at the other end.
    pub(crate) fn reversed(&self) -> Self {
        let direction = self.direction.reversed();
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
        self.direction.is_descending()
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
    ///
    /// SQLite looks at the values of parameters where `ANALYZE` has run, and compiles the statement
    /// anew for each of them; of `+?` it sees none. The plan of a page need not depend on where the
    /// page is: it is always the index of the ordering.
    pub(super) fn value(&self, value: &Value) -> Expr {
        let value = self.values.expr(value);
        if self.plans_by_value {
            Expr::cust_with_expr("+?", value)
        } else {
            value
        }
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
pub(super) fn total_order<E: EntityTrait>(
    statement: &SelectStatement,
    backend: DbBackend,
) -> Result<Vec<KeyTerm>, NoKeyset> {
    let mut bare = statement.clone();
    bare.clear_selects();
    let terms = order_by::terms(&bare, backend).ok_or(NoKeyset::Ordering)?;
    let unordered = sql::build(bare.clear_order_by(), backend).sql;
    let table = sql::build(Query::select().from(E::default().table_ref()), backend).sql;

    let shape = Shape::of_text(unordered.clone(), backend);
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

    let columns: Vec<OrderColumn> = E::Column::iter().map(OrderColumn::of).collect();
    let column_of = |term: &Term| {
        columns.iter().find_map(|column| {
            let direction = term.direction_of(column, backend)?;
            Some((column.clone(), direction.clone()))
        })
    };
    let ordering: Option<Vec<_>> = terms.iter().map(column_of).collect();
    let key: Vec<OrderColumn> = E::PrimaryKey::iter()
        .map(|key| OrderColumn::of(key.into_column()))
        .collect();
    if key.is_empty() {
        return Err(NoKeyset::NoKey);
    }
    order_by::with_key(ordering.ok_or(NoKeyset::Ordering)?, &key)
        .into_iter()
        .map(|(column, direction)| KeyTerm::new(column, direction, backend))
        .collect::<Result<_, _>>()
        .map_err(|_| NoKeyset::Incomparable)
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
    let told = |term: OrderTerm| (term.column, Direction::descending(term.descending));
    let is_key = |column: &OrderColumn| key.iter().any(|key| key.is_same(column));
    order_by::with_key(ordering.into_iter().map(told).collect(), key)
        .into_iter()
        .map(|(column, direction)| {
            if is_key(&column) {
                KeyTerm::new(column, direction, backend)
            } else {
                KeyTerm::new_or_prefix(column, direction, backend)
            }
        })
        .collect()
}

//! The columns that a serializer shows, and no others.

use std::{any::type_name, fmt};

use sea_orm::{
    ColumnTrait, EntityTrait, IdenStatic, ModelTrait,
    sea_query::{Alias, Expr, SelectExpr, SelectStatement},
};

use crate::{
    ColumnValue,
    entity::{find_column, key_column},
};

/// The select list of a serializer, in the order in which its rows are read.
///
/// Rows are decoded by position, which spares a search by name for every column of every row.
pub struct Projection<E: EntityTrait> {
    columns: Vec<(Option<E::Column>, SelectExpr)>,
    key: Option<usize>,
    problems: Vec<String>,
}

impl<E: EntityTrait> Projection<E> {
    /// Starts without columns.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            columns: Vec::new(),
            key: None,
            problems: Vec::new(),
        }
    }

    /// Adds a column at the next position. Enum columns are cast to text where the database needs
    /// it.
    pub fn column(&mut self, column: E::Column) {
        let expr = column.select_as(Expr::col(column.as_column_ref()));
        self.push(Some(column), expr);
    }

    /// Adds the column of the model's field `name` for a flattened serializer, which reads it as
    /// `T`. A column that is missing or of another type is a [problem](Self::problems).
    pub fn named<T: ColumnValue>(&mut self, serializer: &str, name: &str) {
        let entity = type_name::<E>();
        let Some(column) = find_column::<E>(name) else {
            self.problems.push(format!(
                "`{serializer}` is flattened into a serializer over `{entity}`, which has no \
                 column `{name}`"
            ));
            return self.annotation(Expr::cust("NULL"));
        };
        let found = E::Model::get_value_type(column);
        if found != T::array_type() || column.def().is_null() != is_option::<T>() {
            let ty = type_name::<T>();
            self.problems.push(format!(
                "`{serializer}` is flattened into a serializer over `{entity}`, whose column \
                 `{name}` is no `{ty}`"
            ));
        }
        self.column(column);
    }

    /// Adds the columns of a flattened serializer.
    pub(crate) fn append(&mut self, other: &Self) {
        self.columns.extend(other.columns.iter().cloned());
        self.problems.extend(other.problems.iter().cloned());
    }

    /// What is wrong with the columns, in words for the developer: a wrong configuration.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Adds an expression at the next position.
    pub fn annotation(&mut self, expr: Expr) {
        self.push(None, expr);
    }

    fn push(&mut self, column: Option<E::Column>, expr: Expr) {
        let select = SelectExpr {
            expr,
            alias: None,
            window: None,
        };
        self.columns.push((column, select));
    }

    /// Makes sure that the primary key is selected, after all other columns if it is not among
    /// them. Relations to many rows need it.
    pub fn key(&mut self) {
        self.key = Some(self.position_or_add(key_column::<E>()));
    }

    /// Where a column is, at the end if it was not selected before.
    pub(crate) fn position_or_add(&mut self, column: E::Column) -> usize {
        self.position(column).unwrap_or_else(|| {
            self.column(column);
            self.len() - 1
        })
    }

    /// Where the primary key is, after [`key`](Self::key).
    #[must_use]
    pub const fn key_index(&self) -> Option<usize> {
        self.key
    }

    /// Where a column is.
    #[must_use]
    pub fn position(&self, column: E::Column) -> Option<usize> {
        self.columns
            .iter()
            .position(|(selected, _)| selected.is_some_and(|s| s.as_str() == column.as_str()))
    }

    /// How many columns there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether there are no columns.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Replaces the select list of a statement by exactly these columns, in order.
    pub fn project(&self, statement: &mut SelectStatement) {
        statement.clear_selects();
        statement.exprs(self.columns.iter().map(|(_, select)| select.clone()));
    }

    /// The same for a subquery: the columns get names, which are returned.
    pub(crate) fn project_aliased(&self, statement: &mut SelectStatement) -> Vec<Alias> {
        statement.clear_selects();
        let selects = self.columns.iter().enumerate();
        let aliases = selects.map(|(index, (_, select))| {
            let alias = Alias::new(format!("c{index}"));
            statement.expr_as(select.expr.clone(), alias.clone());
            alias
        });
        aliases.collect()
    }
}

/// Whether null is a value of the type.
fn is_option<T: ColumnValue>() -> bool {
    type_name::<T>().starts_with("core::option::Option<")
}

impl<E: EntityTrait> Default for Projection<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: EntityTrait> fmt::Debug for Projection<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.columns.iter().map(|(column, _)| match column {
            Some(column) => column.as_str(),
            None => "(expression)",
        });
        f.debug_list().entries(columns).finish()
    }
}

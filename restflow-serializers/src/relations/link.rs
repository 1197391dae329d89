//! Where the rows of a to-many relation are: a foreign key of theirs, or a junction table.

use sea_orm::{
    ColumnTrait, EntityTrait, Identity, Order, Related, RelationDef, Value,
    sea_query::{Condition, DynIden, Expr, ExprTrait, Query, SelectStatement, TableRef},
};

use crate::entity::key_column;

/// The way from the rows of `E` to those of `R`.
pub(crate) struct Link {
    /// The table whose `left` column refers to the key of `E`.
    pub(crate) table: TableRef,
    name: DynIden,
    pub(crate) left: DynIden,
    /// The column that refers to the key of `R`, in a junction table only.
    pub(crate) right: Option<DynIden>,
    to: RelationDef,
}

impl Link {
    pub(crate) fn new<E, R>() -> Self
    where
        E: Related<R>,
        R: EntityTrait,
    {
        let to = E::to();
        let (table, left, right) = match E::via() {
            Some(via) => (
                via.to_tbl,
                first(via.to_col),
                Some(first(to.from_col.clone())),
            ),
            None => (to.to_tbl.clone(), first(to.to_col.clone()), None),
        };
        Self {
            name: table_name(&table),
            table,
            left,
            right,
            to,
        }
    }

    /// The name that the table goes by in a query.
    pub(crate) const fn name(&self) -> &DynIden {
        &self.name
    }

    /// The column that refers to the key of `E`.
    pub(crate) fn left(&self) -> Expr {
        Expr::col((self.name.clone(), self.left.clone()))
    }

    /// Selects from the table that refers to both, the rows of some keys of `E`.
    pub(crate) fn select(&self, keys: impl IntoIterator<Item = Value>) -> SelectStatement {
        let mut statement = Query::select();
        statement
            .from(self.table.clone())
            .and_where(self.left().is_in(keys));
        statement
    }

    /// Selects the rows of `R` that belong to some keys of `E`, in the order of their keys.
    pub(crate) fn select_related<R: EntityTrait>(
        &self,
        keys: impl IntoIterator<Item = Value>,
    ) -> SelectStatement {
        let key = key_column::<R>().as_column_ref();
        let mut statement = self.select(keys);
        if self.right.is_some() {
            let on: Condition = self.to.clone().into();
            statement.inner_join(R::default().table_ref(), on);
        } else if let Some(condition) = &self.to.on_condition {
            let from = table_name(&self.to.from_tbl);
            statement.cond_where(condition(from, self.name.clone()));
        }
        statement.order_by(key, Order::Asc);
        statement
    }
}

/// The alias of a table, or its name without a schema.
fn table_name(table: &TableRef) -> DynIden {
    match table {
        TableRef::Table(_, Some(alias)) => alias.clone(),
        other => other.sea_orm_table().clone(),
    }
}

fn first(identity: Identity) -> DynIden {
    identity
        .into_iter()
        .next()
        .expect("a relation has a column on either side")
}

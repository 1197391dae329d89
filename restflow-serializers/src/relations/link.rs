//! Where the rows of a to-many relation are: a foreign key of theirs, or a junction table.

use sea_orm::{
    ColumnTrait, EntityTrait, IdenStatic, Identity, Iterable, Order, PrimaryKeyToColumn, Related,
    RelationDef, Value,
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
    via: Option<RelationDef>,
}

impl Link {
    pub(crate) fn new<E, R>() -> Self
    where
        E: Related<R>,
        R: EntityTrait,
    {
        let (to, via) = (E::to(), E::via());
        let (table, left, right) = match &via {
            Some(via) => (
                via.to_tbl.clone(),
                first(via.to_col.clone()),
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
            via,
        }
    }

    /// Why the rows cannot be written through the relation; `None` where they can. What is
    /// replaced must be all that a row has by its primary key, and nothing of another row.
    pub(crate) fn obstacle<E: EntityTrait, R: EntityTrait>(&self) -> Option<&'static str> {
        let relations = [Some(&self.to), self.via.as_ref()];
        let mut relations = relations.into_iter().flatten();
        if relations.clone().any(|one| one.on_condition.is_some()) {
            return Some("the relation has a condition, so that it does not show all rows");
        }
        if relations.any(|one| one.from_col.arity() != 1 || one.to_col.arity() != 1) {
            return Some("the relation consists of several columns");
        }
        let is_by_key = match &self.via {
            Some(via) => is_key::<E>(&via.from_col) && is_key::<R>(&self.to.to_col),
            None => is_key::<E>(&self.to.from_col),
        };
        (!is_by_key).then_some("the relation refers to another column than the primary key")
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
        if let Some(via) = &self.via
            && let Some(condition) = &via.on_condition
        {
            let from = table_name(&via.from_tbl);
            statement.cond_where(condition(from, self.name.clone()));
        }
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

fn is_key<E: EntityTrait>(column: &Identity) -> bool {
    let keys: Vec<_> = E::PrimaryKey::iter().map(|key| key.into_column()).collect();
    matches!(keys.as_slice(), [key] if first(column.clone()).to_string() == key.as_str())
}

fn first(identity: Identity) -> DynIden {
    identity
        .into_iter()
        .next()
        .expect("a relation has a column on either side")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, unreachable_pub, reason = "tests")]

    use sea_orm::RelationTrait;

    use super::*;

    mod order {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "order")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            #[sea_orm(unique)]
            pub number: i32,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {
            #[sea_orm(has_many = "super::line::Entity")]
            Line,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    mod line {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "line")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub order_id: i32,
            pub is_deleted: bool,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {
            #[sea_orm(
                belongs_to = "super::order::Entity",
                from = "Column::OrderId",
                to = "super::order::Column::Id"
            )]
            Order,
            #[sea_orm(
                belongs_to = "super::order::Entity",
                from = "Column::OrderId",
                to = "super::order::Column::Number"
            )]
            Number,
        }

        impl Related<super::order::Entity> for Entity {
            fn to() -> RelationDef {
                Relation::Order.def()
            }
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    fn obstacle(to: RelationDef) -> Option<&'static str> {
        let link = Link {
            table: to.to_tbl.clone(),
            name: table_name(&to.to_tbl),
            left: first(to.to_col.clone()),
            right: None,
            to,
            via: None,
        };
        link.obstacle::<order::Entity, line::Entity>()
    }

    #[test]
    fn only_all_rows_of_a_key_are_written() {
        let lines = || line::Relation::Order.def().rev();
        assert_eq!(obstacle(lines()), None);
        let kept = lines().on_condition(|_order, line| {
            let is_deleted = (line, line::Column::IsDeleted);
            Expr::col(is_deleted).eq(false).into()
        });
        assert!(obstacle(kept).unwrap().contains("condition"));
        let by_number = line::Relation::Number.def().rev();
        assert!(obstacle(by_number).unwrap().contains("another column"));
    }
}

//! What a list is ordered by: a column, a column of a related row, or an expression.

use std::fmt;
use std::sync::Arc;

use sea_orm::sea_query::{
    Alias, DynIden, Expr, IntoIden, NullOrdering, Order, Query, SelectStatement, SimpleExpr,
};
use sea_orm::{
    ColumnTrait, ColumnType, Condition, DbBackend, EntityTrait, Iterable, PrimaryKeyToColumn,
    QueryOrder, QueryTrait, Related, RelationType, Select,
};

/// What a name of an [`OrderingFilter`](crate::OrderingFilter) or an [`OrderBy`](crate::OrderBy)
/// stands for.
///
/// A plain column converts into one. `NULL` is sorted as the database does: PostgreSQL takes it
/// for the highest value, SQLite and MySQL for the lowest one;
/// [`nulls_first`](Self::nulls_first) and [`nulls_last`](Self::nulls_last) make it the same
/// everywhere.
///
/// Cursor pagination continues a list behind the values of its columns, so it cannot follow an
/// ordering by a [related](Self::related) row, by an [expression](Self::expression), or with a
/// place of its own for `NULL`; such a view does not start.
///
/// ```
/// # fn main() {}
/// # mod category {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "category")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)] pub id: i32, pub name: String,
/// #         #[sea_orm(has_many)] pub products: HasMany<super::product::Entity>,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # mod product {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "product")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)] pub id: i32, pub price: i32, pub rating: Option<f64>,
/// #         pub category_id: i32,
/// #         #[sea_orm(belongs_to, from = "category_id", to = "id")]
/// #         pub category: HasOne<super::category::Entity>,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use restflow_filters::{OrderingField, OrderingFilter};
///
/// fn ordering() -> OrderingFilter<product::Entity> {
///     OrderingFilter::new([product::Column::Price])
///         .field("rating", OrderingField::column(product::Column::Rating).nulls_last())
///         .field("category__name", OrderingField::related::<category::Entity>(category::Column::Name))
/// }
/// ```
pub struct OrderingField<E: EntityTrait> {
    target: Target<E>,
    nulls: Option<NullOrdering>,
    /// The column whose type PostgreSQL cannot order.
    unordered: Option<String>,
}

enum Target<E: EntityTrait> {
    Column(E::Column),
    Related(Arc<RelatedValue>),
    Expression(Arc<Expression>),
}

/// A value of a row that is related to one of a table, which may stand under an alias.
type RelatedValue = dyn Fn(Option<&DynIden>, DbBackend) -> SimpleExpr + Send + Sync;

/// An expression over the table of the list.
type Expression = dyn Fn(DbBackend) -> SimpleExpr + Send + Sync;

/// An ordering, most significant term first.
pub(crate) type Ordering<E> = Vec<(OrderingField<E>, Order)>;

impl<E: EntityTrait> OrderingField<E> {
    /// Orders by a column of the entity.
    #[must_use]
    pub fn column(column: E::Column) -> Self {
        Self {
            target: Target::Column(column),
            nulls: None,
            unordered: (!has_order(column)).then(|| column_name(column)),
        }
    }

    /// Orders by a column of the one related row (DRF: `category__name`), through a subquery: the
    /// list has the same rows, and rows without a related one are ordered as `NULL`. A field of
    /// that row may in turn be one of a row related to it.
    ///
    /// A queryset with `DISTINCT` cannot be ordered so.
    ///
    /// # Panics
    /// When a row has many of the related ones, for none of them says where it stands; and for an
    /// [expression](Self::expression), which is one over the table of the list.
    #[must_use]
    #[track_caller]
    pub fn related<R>(field: impl Into<OrderingField<R>>) -> Self
    where
        E: Related<R>,
        R: EntityTrait,
        R::Column: Send + Sync,
    {
        let relation = E::to();
        assert!(
            E::via().is_none() && relation.rel_type == RelationType::HasOne,
            "a row of `{}` has many rows of `{}`, and cannot be ordered by one of them: use \
             `OrderingField::expression` with an aggregate of them, such as their number or the \
             greatest value",
            E::default().table_name(),
            R::default().table_name(),
        );
        let field = field.into();
        let unordered = field.unordered.clone();
        assert!(
            !matches!(field.target, Target::Expression(_)),
            "an expression over `{}` cannot order the rows of `{}`: use \
             `OrderingField::expression` with a subquery",
            R::default().table_name(),
            E::default().table_name(),
        );
        let value = move |table: Option<&DynIden>, backend| {
            // Each level has a name of its own, since a relation may lead to the same table.
            let alias = Alias::new(
                table.map_or_else(|| "ordering".to_owned(), |table| format!("{table}_related")),
            )
            .into_iden();
            let mut relation = relation.clone();
            if let Some(table) = table {
                relation.from_tbl = relation.from_tbl.alias(table.clone());
            }
            relation.to_tbl = relation.to_tbl.alias(alias.clone());
            let holds_key = !relation.is_owner;
            let mut row = Query::select();
            row.expr(field.expr(Some(&alias), backend))
                .from_as(R::default().table_ref(), alias.clone())
                .cond_where(Condition::from(relation));
            if !holds_key {
                first_by_key::<R>(&mut row, &alias);
            }
            SimpleExpr::SubQuery(None, Box::new(row.take().into()))
        };
        Self {
            target: Target::Related(Arc::new(value)),
            nulls: None,
            unordered,
        }
    }

    /// Orders by an expression, such as `LOWER(name)` or the number of related rows in a subquery.
    #[must_use]
    pub fn expression(
        expression: impl Fn(DbBackend) -> SimpleExpr + Send + Sync + 'static,
    ) -> Self {
        Self {
            target: Target::Expression(Arc::new(expression)),
            nulls: None,
            unordered: None,
        }
    }

    /// Puts rows without a value first, in both directions.
    #[must_use]
    pub fn nulls_first(mut self) -> Self {
        self.nulls = Some(NullOrdering::First);
        self
    }

    /// Puts rows without a value last, in both directions.
    #[must_use]
    pub fn nulls_last(mut self) -> Self {
        self.nulls = Some(NullOrdering::Last);
        self
    }

    /// The column, if this is nothing but one.
    pub(crate) fn as_column(&self) -> Option<E::Column> {
        match &self.target {
            Target::Column(column) if self.nulls.is_none() => Some(*column),
            _ => None,
        }
    }

    /// Why a database of this kind cannot order by the field.
    pub(crate) fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        let column = self.unordered.as_ref()?;
        (backend == DbBackend::Postgres).then(|| {
            format!(
                "an ordering by the column {column}, whose type has no order on PostgreSQL: leave \
                 it out, or order by an `OrderingField::expression` of it (a column of JSON has an \
                 order as `jsonb`, SeaORM's `JsonBinary`)"
            )
        })
    }

    /// The expression, for a table under an alias or under its own name.
    fn expr(&self, table: Option<&DynIden>, backend: DbBackend) -> SimpleExpr {
        match (&self.target, table) {
            (Target::Column(column), None) => column.into_expr(),
            (Target::Column(column), Some(table)) => in_table(*column, table),
            (Target::Related(value), table) => value(table, backend),
            (Target::Expression(expression), _) => expression(backend),
        }
    }
}

/// Whether all databases order values of the type of a column.
pub(crate) fn has_order<C: ColumnTrait>(column: C) -> bool {
    /// Types of PostgreSQL without an order.
    const UNORDERED: [&str; 10] = [
        "json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle", "jsonpath",
    ];

    match column.def().get_column_type() {
        ColumnType::Json => false,
        ColumnType::Custom(name) => {
            let name = name.to_string().to_ascii_lowercase();
            !UNORDERED.contains(&&*name)
        }
        ColumnType::Array(element) => !matches!(**element, ColumnType::Json),
        _ => true,
    }
}

/// `product.data`, for people.
fn column_name<C: ColumnTrait>(column: C) -> String {
    format!("`{}.{}`", column.entity_name(), column.as_str())
}

/// A column of a table under an alias.
fn in_table<C: ColumnTrait>(column: C, table: &DynIden) -> SimpleExpr {
    Expr::col((table.clone(), column.as_column_ref().1))
}

/// Takes the first one of the rows that are related to one: a key that is not unique lets there
/// be several.
fn first_by_key<R: EntityTrait>(row: &mut SelectStatement, alias: &DynIden) {
    for key in R::PrimaryKey::iter() {
        row.order_by_expr(in_table(key.into_column(), alias), Order::Asc);
    }
    row.limit(1);
}

/// Replaces the ordering of a query; an empty one leaves it as it is.
pub(crate) fn order<E: EntityTrait>(
    mut select: Select<E>,
    ordering: Ordering<E>,
    backend: DbBackend,
) -> Select<E> {
    if !ordering.is_empty() {
        QueryTrait::query(&mut select).clear_order_by();
    }
    ordering.into_iter().fold(select, |select, (field, order)| {
        let expr = field.expr(None, backend);
        match field.nulls {
            Some(nulls) => select.order_by_with_nulls(expr, order, nulls),
            None => select.order_by(expr, order),
        }
    })
}

/// Whether an ordering is by something else than columns, too.
pub(crate) fn has_expression<E: EntityTrait>(ordering: &Ordering<E>) -> bool {
    ordering
        .iter()
        .any(|(field, _)| field.as_column().is_none())
}

/// The columns of an ordering by nothing but columns.
pub(crate) fn columns<E: EntityTrait>(ordering: &Ordering<E>) -> Option<Vec<(E::Column, Order)>> {
    let mut terms = ordering.iter();
    let columns = terms.try_fold(Vec::new(), |mut columns, (field, order)| {
        columns.push((field.as_column()?, order.clone()));
        Some(columns)
    })?;
    (!columns.is_empty()).then_some(columns)
}

impl<E, C> From<C> for OrderingField<E>
where
    E: EntityTrait<Column = C>,
    C: ColumnTrait,
{
    fn from(column: C) -> Self {
        Self::column(column)
    }
}

impl<E: EntityTrait> Clone for OrderingField<E> {
    fn clone(&self) -> Self {
        Self {
            target: match &self.target {
                Target::Column(column) => Target::Column(*column),
                Target::Related(value) => Target::Related(Arc::clone(value)),
                Target::Expression(expression) => Target::Expression(Arc::clone(expression)),
            },
            nulls: self.nulls,
            unordered: self.unordered.clone(),
        }
    }
}

impl<E: EntityTrait> fmt::Debug for OrderingField<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("OrderingField");
        match &self.target {
            Target::Column(column) => debug.field("column", column),
            Target::Related(_) => debug.field("related", &true),
            Target::Expression(_) => debug.field("expression", &true),
        };
        debug.field("nulls", &self.nulls).finish()
    }
}

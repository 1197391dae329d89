use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use sea_orm::sea_query::SimpleExpr;
use sea_orm::{EntityTrait, Linked, Related};

use crate::related::{exists, hop};

/// Turns a condition on a row at the end of a path into one on the row at its start.
pub(crate) type Wrap = Arc<dyn Fn(SimpleExpr) -> SimpleExpr + Send + Sync>;

/// The way from the rows of `E` over relations to those of `R`.
///
/// What Django writes `category__parent__name` is the path over the category and its parent with
/// the column `name`. Each step is one `EXISTS`, so that a row is found once, and a path of which
/// two steps are not related does not compile.
///
/// ```
/// # fn main() { filters() }
/// # mod brand {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "brand")]
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
/// #         #[sea_orm(primary_key)] pub id: i32, pub brand_id: i32,
/// #         #[sea_orm(belongs_to, from = "brand_id", to = "id")] pub brand: HasOne<super::brand::Entity>,
/// #         #[sea_orm(has_many)] pub reviews: HasMany<super::review::Entity>,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # mod review {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "review")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)] pub id: i32, pub product_id: i32,
/// #         #[sea_orm(belongs_to, from = "product_id", to = "id")] pub product: HasOne<super::product::Entity>,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use restflow_filters::{ColumnFilter, Filters, Path};
///
/// # fn filters() {
/// let brand = Path::<review::Entity>::new()
///     .to::<product::Entity>()
///     .to::<brand::Entity>();
/// let filters = Filters::<review::Entity>::new().field(
///     ColumnFilter::<_, String, _>::along(&brand, "product__brand__name", brand::Column::Name)
///         .exact(),
/// );
/// # assert_eq!(filters.parameters()[0].name, "product__brand__name");
/// # }
/// ```
pub struct Path<E: EntityTrait, R: EntityTrait = E> {
    pub(crate) wrap: Option<Wrap>,
    ends: PhantomData<fn() -> (E, R)>,
}

impl<E: EntityTrait> Path<E, E> {
    /// The path without a step.
    #[must_use]
    pub fn new() -> Self {
        Self {
            wrap: None,
            ends: PhantomData,
        }
    }
}

impl<E: EntityTrait, R: EntityTrait> Path<E, R> {
    /// Goes on to rows that are related, to-one or to-many.
    #[must_use]
    pub fn to<N>(self) -> Path<E, N>
    where
        N: EntityTrait,
        R: LeadsTo<N>,
    {
        self.step(Arc::new(R::condition))
    }

    /// Goes on along a link, where `Related` cannot tell relations apart: several that lead to one
    /// entity, or one from a table to itself.
    ///
    /// A link is a type that names the relations: `impl Linked for Seller`, whose `link` is
    /// `vec![Relation::Seller.def()]`.
    #[must_use]
    pub fn linked<L>(self, link: &L) -> Path<E, L::ToEntity>
    where
        L: Linked<FromEntity = R>,
    {
        let relations = link.link();
        self.step(Arc::new(move |condition| {
            let relations = relations.iter().rev();
            relations.fold(condition, |condition, relation| hop(relation, condition))
        }))
    }

    fn step<N: EntityTrait>(self, last: Wrap) -> Path<E, N> {
        let wrap: Wrap = match self.wrap {
            Some(first) => Arc::new(move |condition| first(last(condition))),
            None => last,
        };
        Path {
            wrap: Some(wrap),
            ends: PhantomData,
        }
    }
}

/// An entity with a relation to `R`; implemented for all that SeaORM's `Related` is implemented
/// for.
pub trait LeadsTo<R: EntityTrait>: EntityTrait {
    /// The condition that a related row fulfills the condition.
    fn condition(condition: SimpleExpr) -> SimpleExpr;
}

impl<E, R> LeadsTo<R> for E
where
    E: EntityTrait + Related<R>,
    R: EntityTrait,
{
    fn condition(condition: SimpleExpr) -> SimpleExpr {
        exists::<E, R>(condition)
    }
}

impl<E: EntityTrait> Default for Path<E, E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: EntityTrait, R: EntityTrait> Clone for Path<E, R> {
    fn clone(&self) -> Self {
        Self {
            wrap: self.wrap.clone(),
            ends: PhantomData,
        }
    }
}

impl<E: EntityTrait, R: EntityTrait> fmt::Debug for Path<E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Path<{}, {}>",
            std::any::type_name::<E>(),
            std::any::type_name::<R>()
        )
    }
}

//! Related rows that a view chooses, attached to a page after it was fetched.

use std::{
    any::{Any, TypeId, type_name},
    fmt,
    marker::PhantomData,
    sync::Arc,
};

use restflow_exceptions::{ApiError, Result};
use sea_orm::{
    ColumnTrait, EntityTrait, IdenStatic, Iterable, Order, PrimaryKeyToColumn, QueryTrait, Select,
    sea_query::{
        Alias, Condition, Expr, ExprTrait, Func, OverStatement, Query, SelectStatement,
        WindowStatement,
    },
};

use crate::{ModelSerializer, Projection, RestEntity};

/// What a field that a [`PostFetch`] fills may be: `Option<S>` for one row, `Vec<S>` for several
/// or all, of a model serializer `S`, whose columns are selected and no others.
///
/// Nobody implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be filled by a PostFetch",
    note = "a post-fetched field is `Option<S>` (one row or null) or `Vec<S>` of a model serializer `S`"
)]
pub trait PostFetched: Sized + Send + Sync + 'static {
    /// The serializer of one attached row.
    type Serializer: ModelSerializer;

    /// The most rows that are attached to one row unless [`PostFetch::limit`] says otherwise;
    /// `None` for all.
    const LIMIT: Option<u32>;

    /// Takes the attached rows in their order.
    fn attach(rows: impl Iterator<Item = Result<Self::Serializer>>) -> Result<Self>;
}

impl<S: ModelSerializer> PostFetched for Option<S> {
    type Serializer = S;
    const LIMIT: Option<u32> = Some(1);

    fn attach(mut rows: impl Iterator<Item = Result<S>>) -> Result<Self> {
        rows.next().transpose()
    }
}

impl<S: ModelSerializer> PostFetched for Vec<S> {
    type Serializer = S;
    const LIMIT: Option<u32> = None;

    fn attach(rows: impl Iterator<Item = Result<S>>) -> Result<Self> {
        rows.collect()
    }
}

/// The entity of the rows that are attached to a field of the type `A`.
pub type PostFetchedEntity<A> = <<A as PostFetched>::Serializer as ModelSerializer>::Entity;

/// A field of the serializer `S` of the type `A` that a [`PostFetch`] fills.
///
/// The derive makes a constant of it for each such field, in capitals: the field `latest_review`
/// of `ProductSerializer` is `ProductSerializer::LATEST_REVIEW`.
pub struct PostFetchField<S, A> {
    name: &'static str,
    marker: PhantomData<fn() -> (S, A)>,
}

impl<S: ModelSerializer, A: PostFetched> PostFetchField<S, A> {
    /// The field of this name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            marker: PhantomData,
        }
    }
}

impl<S, A> Clone for PostFetchField<S, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S, A> Copy for PostFetchField<S, A> {}

impl<S, A> fmt::Debug for PostFetchField<S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", type_name::<S>(), self.name)
    }
}

/// The rows that fill one field of a serializer of `E`, attached to a whole page with one query.
///
/// The field says which columns join the rows (`post_fetch(product_id = "id")`) and what is shown
/// of them, the `PostFetch` which rows they are, in which order and how many:
///
/// ```
/// use restflow_macros::ModelSerializer;
/// use restflow_serializers::{PostFetch, PostFetches};
/// use sea_orm::{EntityTrait, Order};
/// # mod product {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "product")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i32,
/// #         pub name: String,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # mod review {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "review")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i32,
/// #         pub product_id: i32,
/// #         pub rating: i32,
/// #         pub created_at: DateTimeUtc,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
///
/// /// What is shown of a review: only these columns are selected.
/// #[derive(ModelSerializer)]
/// #[serializer(crate = "restflow_serializers", entity = review::Entity)]
/// struct ReviewSummarySerializer {
///     id: i32,
///     rating: i32,
/// }
///
/// #[derive(ModelSerializer)]
/// #[serializer(crate = "restflow_serializers", entity = product::Entity)]
/// struct ProductSerializer {
///     #[serializer(read_only)]
///     id: i32,
///     name: String,
///     /// The newest review; null without one.
///     #[serializer(post_fetch(product_id = "id"))]
///     latest_review: Option<ReviewSummarySerializer>,
///     /// The two best reviews.
///     #[serializer(post_fetch(product_id = "id"))]
///     best_reviews: Vec<ReviewSummarySerializer>,
/// }
///
/// let latest = PostFetch::new(ProductSerializer::LATEST_REVIEW, review::Entity::find())
///     .order_by(review::Column::CreatedAt, Order::Desc);
/// let best = PostFetch::new(ProductSerializer::BEST_REVIEWS, review::Entity::find())
///     .order_by(review::Column::Rating, Order::Desc)
///     .limit(2);
/// let post_fetches = PostFetches::new().with(latest).with(best);
/// # assert!(!post_fetches.is_empty());
/// ```
///
/// One query for each 500 rows of the page; none for an empty one. A limit is kept by the
/// database (`ROW_NUMBER`, of SQLite 3.25, PostgreSQL, MySQL 8 and MariaDB 10.2), so that the rows
/// beyond it are never read. A key that is null attaches nothing.
///
/// drf-restflow: `restflow.views.PostFetch`.
pub struct PostFetch<E: RestEntity, A: PostFetched> {
    serializer: TypeId,
    field: &'static str,
    rows: AttachedRows<PostFetchedEntity<A>>,
    base: PhantomData<fn() -> E>,
}

impl<E: RestEntity, A: PostFetched> PostFetch<E, A> {
    /// Fills `field` with rows of `queryset`, which may filter and join.
    ///
    /// It must not order, cut or group its rows: say the order with [`order_by`](Self::order_by)
    /// and the number with [`limit`](PostFetch::limit). Where it does, the answer is a 500 and the
    /// log tells what to do.
    #[must_use]
    pub fn new<S>(field: PostFetchField<S, A>, queryset: Select<PostFetchedEntity<A>>) -> Self
    where
        S: ModelSerializer<Entity = E>,
    {
        Self {
            serializer: TypeId::of::<S>(),
            field: field.name,
            rows: AttachedRows {
                queryset: queryset.into_query(),
                ordering: Vec::new(),
                limit: A::LIMIT,
            },
            base: PhantomData,
        }
    }

    /// Orders the rows that are attached to one row, each call after the ones before it. The
    /// primary key always ends the ordering, ascending unless it is named here.
    #[must_use]
    pub fn order_by(
        mut self,
        column: <PostFetchedEntity<A> as EntityTrait>::Column,
        order: Order,
    ) -> Self {
        self.rows.ordering.push((column, order));
        self
    }
}

impl<E: RestEntity, S: ModelSerializer> PostFetch<E, Vec<S>> {
    /// Attaches the first `limit` rows to each row, and not all.
    #[must_use]
    pub const fn limit(mut self, limit: u32) -> Self {
        self.rows.limit = Some(limit);
        self
    }
}

impl<E: RestEntity, A: PostFetched> Clone for PostFetch<E, A> {
    fn clone(&self) -> Self {
        Self {
            rows: self.rows.clone(),
            ..*self
        }
    }
}

impl<E: RestEntity, A: PostFetched> fmt::Debug for PostFetch<E, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostFetch")
            .field("field", &self.field)
            .field("limit", &self.rows.limit)
            .finish_non_exhaustive()
    }
}

/// The [`PostFetch`]es of one answer: at most one for each field, and those of nested serializers
/// among them. What belongs to a serializer that the answer does not use is not run.
#[derive(Clone, Default)]
pub struct PostFetches(Vec<Supplied>);

#[derive(Clone)]
struct Supplied {
    serializer: TypeId,
    field: &'static str,
    /// The [`AttachedRows`].
    rows: Arc<dyn Any + Send + Sync>,
}

impl PostFetches {
    /// No field is filled.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds one. An earlier one for the same field is replaced.
    #[must_use]
    pub fn with<E: RestEntity, A: PostFetched>(mut self, post_fetch: PostFetch<E, A>) -> Self {
        let PostFetch {
            serializer, field, ..
        } = post_fetch;
        self.0.retain(|known| !known.fills(serializer, field));
        self.0.push(Supplied {
            serializer,
            field,
            rows: Arc::new(post_fetch.rows),
        });
        self
    }

    /// These, and those of `fallback` for the fields that none of these fills.
    #[must_use]
    pub fn or(mut self, fallback: Self) -> Self {
        for supplied in fallback.0 {
            if !self.fills(supplied.serializer, supplied.field) {
                self.0.push(supplied);
            }
        }
        self
    }

    /// Whether no field is filled.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn fills(&self, serializer: TypeId, field: &str) -> bool {
        self.0.iter().any(|known| known.fills(serializer, field))
    }
}

impl Supplied {
    fn fills(&self, serializer: TypeId, field: &str) -> bool {
        self.serializer == serializer && self.field == field
    }
}

impl fmt::Debug for PostFetches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.0.iter().map(|supplied| supplied.field);
        f.debug_set().entries(fields).finish()
    }
}

/// The rows that were supplied for a field. Fails with an internal error that names the field
/// where there are none.
pub(crate) fn supplied<S: ModelSerializer, A: PostFetched>(
    post_fetches: Option<&PostFetches>,
    field: PostFetchField<S, A>,
) -> Result<&AttachedRows<PostFetchedEntity<A>>> {
    post_fetches
        .into_iter()
        .flat_map(|post_fetches| &post_fetches.0)
        .find(|supplied| supplied.fills(TypeId::of::<S>(), field.name))
        .and_then(|supplied| supplied.rows.downcast_ref())
        .ok_or_else(|| {
            ApiError::internal(format!(
                "the field `{name}` of `{serializer}` shows rows of a PostFetch, and there is \
                 none: return `PostFetch::new({short}::{constant}, …)` from `get_post_fetches` of \
                 the view, or give it to `.post_fetch(…)` of the response, or to \
                 `SerializerContext::with_post_fetches` where neither is at hand",
                name = field.name,
                serializer = type_name::<S>(),
                short = type_name::<S>().rsplit("::").next().unwrap_or_default(),
                constant = field.name.to_uppercase(),
            ))
        })
}

/// Which rows are attached, in which order, and how many to each row.
#[derive(Clone)]
pub(crate) struct AttachedRows<R: EntityTrait> {
    queryset: SelectStatement,
    ordering: Vec<(R::Column, Order)>,
    limit: Option<u32>,
}

impl<R: RestEntity> AttachedRows<R> {
    /// The query of the columns of `projection`, of the rows that meet `condition`, which admits
    /// `keys` different values of the columns `own`.
    ///
    /// The rows of one key are in order; those of different keys may be mixed. Call
    /// [`check`](Self::check) first.
    pub(crate) fn select(
        &self,
        projection: &Projection<R>,
        condition: Condition,
        own: &[R::Column],
        keys: usize,
    ) -> SelectStatement {
        let mut statement = self.queryset.clone();
        statement.cond_where(condition);
        let Some(limit) = self.limit else {
            projection.project(&mut statement);
            self.order(&mut statement);
            return statement;
        };
        if keys == 1 {
            projection.project(&mut statement);
            self.order(&mut statement);
            statement.limit(limit.into());
            return statement;
        }
        self.ranked(statement, projection, own, limit)
    }

    /// The first rows of each key: all are numbered in a subquery, and the first numbers taken.
    fn ranked(
        &self,
        mut statement: SelectStatement,
        projection: &Projection<R>,
        own: &[R::Column],
        limit: u32,
    ) -> SelectStatement {
        let (attached, place) = (Alias::new("attached"), Alias::new("place"));
        let mut window = WindowStatement::new();
        for column in own {
            window.add_partition_by(Expr::col(column.as_column_ref()));
        }
        for (column, order) in self.total_ordering() {
            window.order_by_expr(Expr::col(column.as_column_ref()), order);
        }
        let aliases = projection.project_aliased(&mut statement);
        statement.expr_window_as(Func::cust("ROW_NUMBER"), window, place.clone());
        let columns = aliases
            .into_iter()
            .map(|alias| Expr::col((attached.clone(), alias)));
        let place = Expr::col((attached.clone(), place));
        Query::select()
            .exprs(columns)
            .from_subquery(statement, attached.clone())
            .and_where(place.clone().lte(i64::from(limit)))
            .order_by_expr(place, Order::Asc)
            .take()
    }

    fn order(&self, statement: &mut SelectStatement) {
        for (column, order) in self.total_ordering() {
            statement.order_by_expr(Expr::col(column.as_column_ref()), order);
        }
    }

    /// The ordering, with the primary key at its end.
    fn total_ordering(&self) -> Vec<(R::Column, Order)> {
        let mut ordering = self.ordering.clone();
        for key in R::PrimaryKey::iter() {
            let key = key.into_column();
            if ordering
                .iter()
                .all(|(column, _)| column.as_str() != key.as_str())
            {
                ordering.push((key, Order::Asc));
            }
        }
        ordering
    }

    /// Refuses a queryset whose rows cannot be numbered by key.
    pub(crate) fn check(&self) -> Result<()> {
        let changed_by = |clear: fn(&mut SelectStatement) -> &mut SelectStatement| {
            let mut cleared = self.queryset.clone();
            clear(&mut cleared);
            cleared != self.queryset
        };
        let refused = [
            (
                changed_by(SelectStatement::clear_order_by),
                "ORDER BY: order with `PostFetch::order_by`",
            ),
            (
                changed_by(SelectStatement::reset_limit)
                    || changed_by(SelectStatement::reset_offset),
                "LIMIT or OFFSET: say how many rows belong to each row with `PostFetch::limit`",
            ),
            (
                changed_by(SelectStatement::clear_group_by),
                "GROUP BY: annotate a field of the serializer of the rows with a subquery",
            ),
            (
                !changed_by(SelectStatement::distinct),
                "DISTINCT: filter with `EXISTS` or `IN` instead of a join that repeats rows",
            ),
        ];
        match refused.into_iter().find(|(is_refused, _)| *is_refused) {
            None => Ok(()),
            Some((_, instead)) => Err(ApiError::internal(format!(
                "the queryset of a PostFetch of `{}` must not have {instead}",
                type_name::<R>()
            ))),
        }
    }
}

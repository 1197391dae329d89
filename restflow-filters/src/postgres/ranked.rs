//! Filter backends that order the rows by how well they fit the text.

use std::borrow::Cow;
use std::fmt;

use restflow_exceptions::{ApiError, FieldErrors, Result};
use restflow_fields::{FieldInfo, FieldKind, FieldOptions, Parameter};
use sea_orm::sea_query::extension::postgres::PgBinOper;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Order, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, EntityTrait, QueryFilter, QueryOrder, QueryTrait, Select,
};

use crate::backend::FilterBackend;
use crate::context::FilterContext;
use crate::input::{LookupInput, One};
use crate::postgres::needs_postgres;
use crate::postgres::search_vector::{SearchQuery, SearchVector};
use crate::postgres::text::matches;

/// Full-text search with ranking: `?search=garden chair` gives the rows that contain the words, the
/// best first (Django: `SearchVector`, `SearchQuery` and `SearchRank`).
///
/// It filters as [`FullTextFilter`](crate::postgres::FullTextFilter) does. A request without the
/// parameter, or with an empty one, is neither filtered nor ordered. An ordering filter that stands
/// after it and is asked for an ordering replaces that by rank; one with a default ordering always
/// does, so put it before. The count of a paginator does not compute the rank, and the primary key
/// ends the ordering as it does any other.
///
/// PostgreSQL only, and not with cursor pagination unless [`without_ranking`](Self::without_ranking);
/// the program does not start otherwise.
///
/// ```
/// # mod product {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "product")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub name: String, pub description: String }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use restflow_filters::FilterBackends;
/// use restflow_filters::postgres::{FullTextSearch, SearchVector, Weight};
///
/// let vector = SearchVector::new()
///     .weighted(product::Column::Name, Weight::A)
///     .weighted(product::Column::Description, Weight::B)
///     .config("english");
/// let backends: FilterBackends<product::Entity> =
///     FilterBackends::new().with(FullTextSearch::new(vector).param("q").min_rank(0.05));
/// # let _ = backends;
/// ```
pub struct FullTextSearch<E: EntityTrait> {
    param: Cow<'static, str>,
    vector: SearchVector<E>,
    query: SearchQuery,
    min_rank: Option<f32>,
    is_ranked: bool,
}

impl<E: EntityTrait> FullTextSearch<E> {
    /// Searches in this vector.
    ///
    /// # Panics
    /// When the vector has no columns.
    #[must_use]
    #[track_caller]
    pub fn new(vector: SearchVector<E>) -> Self {
        Self {
            param: "search".into(),
            vector: vector.checked(),
            query: SearchQuery::default(),
            min_rank: None,
            is_ranked: true,
        }
    }

    /// Renames the parameter; default `search`.
    #[must_use]
    pub fn param(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.param = name.into();
        self
    }

    /// Says how the text is read; default [`SearchQuery::WebSearch`].
    #[must_use]
    pub fn query(mut self, query: SearchQuery) -> Self {
        self.query = query;
        self
    }

    /// Leaves out rows of a lower rank; default: none. `ts_rank` lies between 0 and 1.
    #[must_use]
    pub fn min_rank(mut self, rank: f32) -> Self {
        self.min_rank = Some(rank);
        self
    }

    /// Filters only, and leaves the ordering as it is.
    #[must_use]
    pub fn without_ranking(mut self) -> Self {
        self.is_ranked = false;
        self
    }
}

impl<E: EntityTrait> FilterBackend<E> for FullTextSearch<E>
where
    E::Column: Send + Sync,
{
    async fn filter_queryset(
        &self,
        select: Select<E>,
        context: &FilterContext<'_>,
    ) -> Result<Select<E>> {
        let Some(text) = text(self.param.clone(), context)? else {
            return Ok(select);
        };
        let vector = self.vector.expr();
        let query = self.vector.query(self.query, &text);
        let rank = SimpleExpr::from(Func::cust("ts_rank").arg(vector.clone()).arg(query.clone()));
        let mut select = select.filter(matches(vector, query));
        if let Some(least) = self.min_rank {
            select = select.filter(rank.clone().gte(least));
        }
        Ok(match self.is_ranked {
            true => best_first(select, rank),
            false => select,
        })
    }

    fn parameters(&self) -> Vec<Parameter> {
        let description = match self.query {
            SearchQuery::WebSearch => {
                "Words to search for. Phrases stand in quotes, `or` separates alternatives, a minus \
                 sign excludes a word."
            }
            SearchQuery::Plain => "Words to search for.",
            SearchQuery::Phrase => "A phrase to search for.",
        };
        vec![parameter(self.param.clone(), description, self.is_ranked)]
    }

    fn orders_by_expressions(&self) -> bool {
        self.is_ranked
    }

    fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        let problem = needs_postgres("full-text search", backend)?;
        Some(format!("the parameter `{}`: {problem}", self.param))
    }
}

impl<E: EntityTrait> fmt::Debug for FullTextSearch<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FullTextSearch")
            .field("param", &self.param)
            .field("vector", &self.vector)
            .field("query", &self.query)
            .field("min_rank", &self.min_rank)
            .field("is_ranked", &self.is_ranked)
            .finish()
    }
}

/// Finds texts that are similar to one, the most similar first: `?search=gardn chiar` (Django:
/// `TrigramSimilarity`).
///
/// A row is found when one of the columns is similar to the whole text, more than
/// `pg_trgm.similarity_threshold` of the server, which is 0.3 by default. Ordering, pagination and
/// the refusals at start-up are those of [`FullTextSearch`]. Needs the extension `pg_trgm`.
///
/// ```
/// # mod product {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "product")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub name: String }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use restflow_filters::postgres::TrigramSearch;
///
/// let filter: TrigramSearch<product::Entity> = TrigramSearch::new([product::Column::Name]);
/// # let _ = filter;
/// ```
pub struct TrigramSearch<E: EntityTrait> {
    param: Cow<'static, str>,
    columns: Vec<E::Column>,
    min_similarity: Option<f32>,
    is_ranked: bool,
}

impl<E: EntityTrait> TrigramSearch<E> {
    /// Compares with these columns.
    ///
    /// # Panics
    /// When there are none.
    #[must_use]
    #[track_caller]
    pub fn new(columns: impl IntoIterator<Item = E::Column>) -> Self {
        let columns: Vec<E::Column> = columns.into_iter().collect();
        assert!(
            !columns.is_empty(),
            "the `TrigramSearch` has no columns: name those to compare with"
        );
        Self {
            param: "search".into(),
            columns,
            min_similarity: None,
            is_ranked: true,
        }
    }

    /// Renames the parameter; default `search`.
    #[must_use]
    pub fn param(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.param = name.into();
        self
    }

    /// Leaves out rows of a lower similarity, besides those below the threshold of the server;
    /// default: none. A similarity lies between 0 and 1.
    #[must_use]
    pub fn min_similarity(mut self, similarity: f32) -> Self {
        self.min_similarity = Some(similarity);
        self
    }

    /// Filters only, and leaves the ordering as it is.
    #[must_use]
    pub fn without_ranking(mut self) -> Self {
        self.is_ranked = false;
        self
    }
}

impl<E: EntityTrait> FilterBackend<E> for TrigramSearch<E>
where
    E::Column: Send + Sync,
{
    async fn filter_queryset(
        &self,
        select: Select<E>,
        context: &FilterContext<'_>,
    ) -> Result<Select<E>> {
        let Some(text) = text(self.param.clone(), context)? else {
            return Ok(select);
        };
        let columns = || self.columns.iter().map(|column| column.into_expr());
        let any = columns().fold(Condition::any(), |any, column| {
            any.add(column.binary(PgBinOper::Similarity, Expr::val(text.as_str())))
        });
        // `GREATEST` passes over columns that are null.
        let similarity = SimpleExpr::from(Func::cust("GREATEST").args(columns().map(|column| {
            Func::cust("similarity")
                .arg(column)
                .arg(Expr::val(text.as_str()))
                .into()
        })));
        let mut select = select.filter(any);
        if let Some(least) = self.min_similarity {
            select = select.filter(similarity.clone().gte(least));
        }
        Ok(match self.is_ranked {
            true => best_first(select, similarity),
            false => select,
        })
    }

    fn parameters(&self) -> Vec<Parameter> {
        let description = "A text to find similar ones of, whatever the spelling.";
        vec![parameter(self.param.clone(), description, self.is_ranked)]
    }

    fn orders_by_expressions(&self) -> bool {
        self.is_ranked
    }

    fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        let problem = needs_postgres("similarity by trigrams", backend)?;
        Some(format!("the parameter `{}`: {problem}", self.param))
    }
}

impl<E: EntityTrait> fmt::Debug for TrigramSearch<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrigramSearch")
            .field("param", &self.param)
            .field("columns", &self.columns)
            .field("min_similarity", &self.min_similarity)
            .field("is_ranked", &self.is_ranked)
            .finish()
    }
}

/// The text of a parameter; `None` if there is nothing to search for.
fn text(param: Cow<'static, str>, context: &FilterContext<'_>) -> Result<Option<String>> {
    let sent = context.params.get(&param);
    if sent.is_none_or(|text| text.trim().is_empty()) {
        return Ok(None);
    }
    let text = One::<String>::read(context.params, &param, &FieldOptions::DEFAULT, false);
    match text {
        Ok(text) => Ok(text.map(|One(text)| text)),
        Err(detail) => {
            let mut errors = FieldErrors::new();
            errors.set(param, detail);
            Err(ApiError::validation(errors))
        }
    }
}

fn best_first<E: EntityTrait>(mut select: Select<E>, rank: SimpleExpr) -> Select<E> {
    QueryTrait::query(&mut select).clear_order_by();
    select.order_by(rank, Order::Desc)
}

fn parameter(name: Cow<'static, str>, description: &'static str, is_ranked: bool) -> Parameter {
    let info = FieldInfo::new(FieldKind::String)
        .name(name.clone())
        .required(false);
    let order = if is_ranked {
        " The best come first."
    } else {
        ""
    };
    Parameter::new(name, info).description(format!("{description}{order}"))
}

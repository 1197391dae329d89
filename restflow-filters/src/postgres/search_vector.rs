//! What a full-text search looks into, and how it reads the text of the client.

use std::borrow::Cow;
use std::fmt;

use sea_orm::sea_query::{BinOper, Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{ColumnTrait, ColumnType, EntityTrait};

use crate::entries::{Declared, FilterEntries, declared};
use crate::input::One;
use crate::postgres::needs_postgres;
use crate::postgres::text::matches;

/// How much a column counts in the rank of a row (Django: `SearchVector(weight="A")`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// 1.0.
    A,
    /// 0.4.
    B,
    /// 0.2.
    C,
    /// 0.1, that of columns without a weight.
    D,
}

impl Weight {
    fn letter(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
        }
    }
}

/// How the text of the client is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SearchQuery {
    /// As search engines do: all words, phrases in quotes, `or`, and a minus sign before what must
    /// not occur (Django: `search_type="websearch"`).
    #[default]
    WebSearch,
    /// All words, in any order; what Django's lookup `search` does.
    Plain,
    /// All words, one behind the other (Django: `search_type="phrase"`).
    Phrase,
}

impl SearchQuery {
    /// The query of a text, whatever is in it: these functions take anything.
    pub(super) fn expr(self, text: &str, config: Option<&str>) -> SimpleExpr {
        let function = Func::cust(match self {
            Self::WebSearch => "websearch_to_tsquery",
            Self::Plain => "plainto_tsquery",
            Self::Phrase => "phraseto_tsquery",
        });
        function
            .args(config.map(config_expr))
            .arg(Expr::val(text))
            .into()
    }
}

/// What a full-text search looks into: texts, weighted, or a column that holds the vector already
/// (Django: `SearchVector`).
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
/// use restflow_filters::postgres::{SearchVector, Weight};
///
/// let vector: SearchVector<product::Entity> = SearchVector::new()
///     .weighted(product::Column::Name, Weight::A)
///     .weighted(product::Column::Description, Weight::B)
///     .config("english");
/// # let _ = vector;
/// ```
pub struct SearchVector<E: EntityTrait> {
    columns: Vec<(E::Column, Option<Weight>)>,
    config: Option<Cow<'static, str>>,
}

impl<E: EntityTrait> SearchVector<E> {
    /// Looks into nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            columns: Vec::new(),
            config: None,
        }
    }

    /// Looks into a text, or a column of the type `tsvector` (a custom column type of this name).
    #[must_use]
    pub fn column(mut self, column: E::Column) -> Self {
        self.columns.push((column, None));
        self
    }

    /// Looks into a text whose words count with a weight.
    #[must_use]
    pub fn weighted(mut self, column: E::Column, weight: Weight) -> Self {
        self.columns.push((column, Some(weight)));
        self
    }

    /// Names the configuration of text search: the language of the texts, such as `english`, or one
    /// of your own with its schema. Default: that of the database.
    ///
    /// # Panics
    /// When it cannot be a name: it has letters, digits, `_`, and one dot at most.
    #[must_use]
    #[track_caller]
    pub fn config(mut self, config: impl Into<Cow<'static, str>>) -> Self {
        let config = config.into();
        let is_word = |part: &str| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|character| character.is_alphanumeric() || character == '_')
        };
        assert!(
            config.split('.').count() <= 2 && config.split('.').all(is_word),
            "`{config}` is no configuration of text search: expected a name such as `english` or \
             `public.german`",
        );
        self.config = Some(config);
        self
    }

    /// The vector in SQL.
    ///
    /// # Panics
    /// When there are no columns; checked where a filter takes the vector.
    pub(super) fn expr(&self) -> SimpleExpr {
        let is_alone = self.columns.len() == 1;
        let vectors = self.columns.iter().map(|(column, weight)| {
            let is_vector = is_vector(column);
            let mut value = column.into_expr();
            // A vector is null as soon as a part of it is.
            if !is_alone && column.def().is_null() {
                let nothing = match is_vector {
                    true => Expr::val("").cast_as("tsvector"),
                    false => Expr::val(""),
                };
                value = Func::coalesce([value, nothing]).into();
            }
            let vector = if is_vector {
                value
            } else {
                let config = self.config.as_deref().map(config_expr);
                Func::cust("to_tsvector").args(config).arg(value).into()
            };
            match weight {
                Some(weight) => Func::cust("setweight")
                    .arg(vector)
                    .arg(Expr::Constant(weight.letter().into()))
                    .into(),
                None => vector,
            }
        });
        let concatenated = vectors.reduce(|one, other| one.binary(BinOper::Custom("||"), other));
        concatenated.expect("a search vector has columns")
    }

    /// Whether the vector matches a text.
    pub(crate) fn matches(&self, kind: SearchQuery, text: &str) -> SimpleExpr {
        matches(self.expr(), self.query(kind, text))
    }

    pub(super) fn query(&self, kind: SearchQuery, text: &str) -> SimpleExpr {
        kind.expr(text, self.config.as_deref())
    }

    /// Takes the vector for a filter.
    #[track_caller]
    pub(super) fn checked(self) -> Self {
        assert!(
            !self.columns.is_empty(),
            "the `SearchVector` has no columns: add one by `column` or `weighted`"
        );
        self
    }
}

/// The name of a configuration as a literal, so that an index on the same expression serves it.
fn config_expr(config: &str) -> SimpleExpr {
    Expr::Constant(config.into())
}

/// Whether a column holds vectors instead of texts.
pub(super) fn is_vector<C: ColumnTrait>(column: &C) -> bool {
    match column.def().get_column_type() {
        ColumnType::Custom(name) => name.to_string().eq_ignore_ascii_case("tsvector"),
        _ => false,
    }
}

impl<E: EntityTrait, C: ColumnTrait> FromIterator<C> for SearchVector<E>
where
    E: EntityTrait<Column = C>,
{
    fn from_iter<I: IntoIterator<Item = C>>(columns: I) -> Self {
        columns.into_iter().fold(Self::new(), Self::column)
    }
}

impl<E: EntityTrait> Default for SearchVector<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: EntityTrait> fmt::Debug for SearchVector<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchVector")
            .field("columns", &self.columns)
            .field("config", &self.config)
            .finish()
    }
}

/// A filter by full-text search with a configuration, in one or several columns: `?q=garden chair`.
/// For the rows in the order of their rank there is
/// [`FullTextSearch`](crate::postgres::FullTextSearch).
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
/// use restflow_filters::Filters;
/// use restflow_filters::postgres::{FullTextFilter, SearchVector};
///
/// let vector = SearchVector::new().column(product::Column::Name).config("english");
/// let filters: Filters<product::Entity> = Filters::new().with(FullTextFilter::new("q", vector));
/// # let _ = filters;
/// ```
pub struct FullTextFilter<E: EntityTrait> {
    declared: Declared<E>,
    vector: SearchVector<E>,
    query: SearchQuery,
}

impl<E: EntityTrait> FullTextFilter<E>
where
    E::Column: Send + Sync,
{
    /// The filter with the parameter `name` and its negation, `name!`.
    ///
    /// # Panics
    /// When the vector has no columns.
    #[must_use]
    #[track_caller]
    pub fn new(name: impl Into<Cow<'static, str>>, vector: SearchVector<E>) -> Self {
        Self {
            declared: Declared::new(name.into(), |backend| {
                needs_postgres("full-text search", backend)
            }),
            vector: vector.checked(),
            query: SearchQuery::default(),
        }
    }

    /// Says how the text is read; default [`SearchQuery::WebSearch`].
    #[must_use]
    pub fn query(mut self, query: SearchQuery) -> Self {
        self.query = query;
        self
    }

    declared!();
}

impl<E: EntityTrait> From<FullTextFilter<E>> for FilterEntries<E>
where
    E::Column: Send + Sync,
{
    fn from(filter: FullTextFilter<E>) -> Self {
        let FullTextFilter {
            mut declared,
            vector,
            query,
        } = filter;
        let vector = std::sync::Arc::new(vector);
        declared.push(
            None,
            "contains the words",
            move |One(text): One<String>, _| Ok(vector.matches(query, &text)),
        );
        declared.into_entries()
    }
}

impl<E: EntityTrait> fmt::Debug for FullTextFilter<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FullTextFilter")
            .field("name", &self.declared.name)
            .field("vector", &self.vector)
            .field("query", &self.query)
            .finish()
    }
}

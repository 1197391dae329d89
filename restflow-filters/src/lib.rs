//! Filter backends: filter sets, search and ordering on SeaORM queries.
//!
//! A [`FilterBackend`] gets the query of a list and the query parameters of
//! the request, and narrows or orders the query. Views apply the
//! [`FilterBackends`] of a list one after the other. This crate knows neither
//! views nor serializers: any handler that has a `Select` and a query string
//! can use it.
//!
//! | Backend | Parameters | Source of its rules |
//! |---|---|---|
//! | [`RestflowFilterBackend`], [`Filters`] | those of a [`FilterSet`]: `price`, `price__gte`, `price!`, `order_by` | drf-restflow: `restflow.filters` |
//! | [`RowFilter`] | none: a function says which rows a request may see | DRF: `BaseFilterBackend` |
//! | [`SearchFilter`] | `search` | DRF: `rest_framework.filters.SearchFilter` |
//! | [`OrderingFilter`] | `ordering` | DRF: `rest_framework.filters.OrderingFilter` |
//! | [`FullTextSearch`](postgres::FullTextSearch), [`TrigramSearch`](postgres::TrigramSearch) | `search` | Django: `django.contrib.postgres.search` |
//!
//! What a client sends is bounded: [`MAX_TEXT_LENGTH`] characters in one text,
//! [`MAX_VALUES`] values in one list, [`MAX_CONDITIONS`] conditions of a filter set,
//! [`MAX_SEARCH_TERMS`] terms in a search; the cost of a [`RegexPattern`] is, too.
//! Wildcards in texts are literal. The elements of a list may also be sent by their places, as in
//! DRF: `tags[0]=1&tags[1]=2`, see [`QueryParams::element`].
//!
//! Relations are asked with `EXISTS`, so that no row comes twice. SQLite 3.51 counts wrong rows for
//! an `OFFSET` where the condition is an `EXISTS` alone. The paginators of `restflow-pagination`
//! keep clear of that; a query with an `OFFSET` of your own should not run on that version.
//!
//! ```
//! use restflow_filters::{FilterBackends, FilterContext, OrderingFilter, QueryParams, SearchFilter};
//! use sea_orm::{DatabaseConnection, EntityTrait, Select};
//! # mod product {
//! #     use sea_orm::entity::prelude::*;
//! #     #[sea_orm::model]
//! #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
//! #     #[sea_orm(table_name = "product")]
//! #     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub name: String }
//! #     impl ActiveModelBehavior for ActiveModel {}
//! # }
//!
//! async fn list(
//!     query: &str,
//!     db: &DatabaseConnection,
//! ) -> Result<Select<product::Entity>, restflow_exceptions::ApiError> {
//!     let backends = FilterBackends::new()
//!         .with(SearchFilter::new([product::Column::Name]))
//!         .with(OrderingFilter::new([product::Column::Id, product::Column::Name]));
//!     let params = QueryParams::parse(query);
//!     let context = FilterContext::new(&params, db);
//!     backends.filter_queryset(product::Entity::find(), &context).await
//! }
//! ```

mod all_lookups;
mod backend;
mod checked;
mod chosen;
mod column_filter;
mod condition_filter;
mod context;
mod duration;
mod entries;
mod filter_set;
mod filters;
mod future;
mod input;
pub mod json;
mod labels;
mod like;
pub mod lookups;
mod method;
mod order_by;
mod ordering;
mod ordering_field;
mod params;
mod path;
pub mod postgres;
mod processor;
mod regex;
mod related;
mod row_filter;
mod search;
mod settings;
#[cfg(test)]
mod tests;

pub use all_lookups::AllLookups;
pub use backend::{FilterBackend, FilterBackends};
pub use chosen::Chosen;
pub use column_filter::{ColumnFilter, FilterValue, Fits, ModelField};
pub use condition_filter::ConditionFilter;
pub use context::FilterContext;
pub use duration::{Microseconds, Milliseconds, Seconds};
pub use entries::FilterEntries;
pub use filter_set::{FilterSet, RestflowFilterBackend};
pub use filters::{Filters, Operator};
pub use input::{LookupInput, Many, One, Pair};
pub use method::{FilterMethod, MethodFilter};
pub use order_by::OrderBy;
pub use ordering::OrderingFilter;
pub use ordering_field::OrderingField;
pub use params::QueryParams;
pub use path::{LeadsTo, Path};
pub use processor::Processor;
pub use regex::RegexPattern;
#[cfg(feature = "sqlite-regexp")]
pub use regex::with_regexp;
pub use row_filter::{RowCondition, RowFilter};
pub use search::{SearchField, SearchFilter};

/// The most characters of one text in a query parameter; longer ones are 400.
pub const MAX_TEXT_LENGTH: usize = 10_000;

/// The most values of one list in a query parameter; longer ones are 400.
pub const MAX_VALUES: usize = 1_000;

/// The most conditions of one filter set in one request; more are 400, as are more than ten times
/// [`MAX_VALUES`] values in all of them together. Databases have limits for both.
pub const MAX_CONDITIONS: usize = 200;

/// The most terms of one search; longer ones are 400.
pub const MAX_SEARCH_TERMS: usize = 100;

/// What the derives of restflow expand to; not part of the public API.
#[doc(hidden)]
pub mod __private {
    pub use restflow_fields::{Bound, FieldOptions, FieldType, TextFormat};
    pub use sea_orm;
}

//! What PostgreSQL has and other databases do not: full-text search, similar texts, arrays, ranges.
//!
//! On another database an API with one of these does not start: `restflow::api` panics and names
//! the view, the path, the parameter and the lookup. JSON by path stands in
//! [`json`](crate::json), because other databases have it, too.
//!
//! | Column | Declared by | Parameters |
//! |---|---|---|
//! | text | [`Search`], [`TrigramSimilar`], [`TrigramWordSimilar`], [`Unaccent`], [`UnaccentContains`]: lookups of a [`ColumnFilter`](crate::ColumnFilter) | `name__search`, `name__trigram_similar`, … |
//! | several texts, or a `tsvector` | [`FullTextFilter`]; with ranking [`FullTextSearch`], a filter backend | one of its own |
//! | several texts, by similarity | [`TrigramSearch`], a filter backend | one of its own |
//! | an array | [`ArrayFilter`] | `tags__contains`, `tags__overlaps`, … |
//! | a range | [`RangeFilter`] | `period__contains`, `period__overlaps`, … |
//!
//! A lookup of a text on another type does not compile:
//!
//! ```compile_fail,E0277
//! # mod product {
//! #     use sea_orm::entity::prelude::*;
//! #     #[sea_orm::model]
//! #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
//! #     #[sea_orm(table_name = "product")]
//! #     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub price: i32 }
//! #     impl ActiveModelBehavior for ActiveModel {}
//! # }
//! # use restflow_filters::{ColumnFilter, postgres::Search};
//! let price = ColumnFilter::<product::Entity, i32, _>::new("price", product::Column::Price);
//! let _ = price.lookup(Search);
//! ```
//!
//! # Extensions
//! Trigrams need the extension `pg_trgm` and lookups without accents need `unaccent`, in a schema
//! of the search path; both are part of PostgreSQL's contrib package. Create them in a migration:
//! `CREATE EXTENSION IF NOT EXISTS pg_trgm`. Whether they are there is not asked at start-up, which
//! has no query; without them a request with such a parameter fails with 500, and the log says what
//! is missing.
//!
//! # Indexes
//! `to_tsvector('english', name)` is served by an index on just that expression:
//! `CREATE INDEX … USING gin (to_tsvector('english', name))`. Without a configuration the expression
//! depends on a setting of the server, and no index can serve it; so declare one, or keep a
//! generated column of the type `tsvector`. PostgreSQL makes no `tsvector` of more than 1 MB: a
//! column of larger texts needs such a column. `gin (name gin_trgm_ops)` serves trigrams,
//! `gin (tags)` arrays, `gist (period)` ranges.

use sea_orm::DbBackend;

mod array;
mod range;
mod ranked;
mod search_vector;
mod text;

pub(crate) use array::array_of;
pub use array::{ArrayFilter, FitsElement};
pub use range::{RangeBound, RangeFilter};
pub use ranked::{FullTextSearch, TrigramSearch};
pub use search_vector::{FullTextFilter, SearchQuery, SearchVector, Weight};
pub use text::{
    Search, TrigramSimilar, TrigramStrictWordSimilar, TrigramWordSimilar, Unaccent,
    UnaccentContains, UnaccentEndsWith, UnaccentStartsWith,
};
pub(crate) use text::{unaccented, without_accents};

/// Why something of PostgreSQL cannot work on another database.
pub(crate) fn needs_postgres(what: &str, backend: DbBackend) -> Option<String> {
    let name = match backend {
        DbBackend::Postgres => return None,
        DbBackend::MySql => "MySQL",
        DbBackend::Sqlite => "SQLite",
        _ => "another database",
    };
    Some(format!(
        "{what} works on PostgreSQL only, and this is {name}: connect to PostgreSQL, or leave it out"
    ))
}

//! Paginators for SeaORM queries, with views or alone.
//!
//! A [`Pagination`] gets a [`PageQuery`] (the filtered query of the list) and
//! a [`PageRequest`] (the URL that the client asked for) and answers with a
//! [`Page`]: the rows of one page, and the [`Envelope`] that stands around
//! them in the body. What the rows become is not its business: it hands out
//! SeaORM's `QueryResult`s, and knows neither serializers nor views.
//!
//! | Paginator | Asked with | Queries | Body |
//! |---|---|---|---|
//! | [`PageNumberPagination`] | `?page=4` | count and page | `count`, `next`, `previous`, `results` |
//! | [`FastPageNumberPagination`] | `?page=4` | page | `results`, `next`, `previous` |
//! | [`LimitOffsetPagination`] | `?limit=10&offset=30` | count and page | `count`, `next`, `previous`, `results` |
//! | [`CursorPagination`] | `?cursor=…` | page | `next`, `previous`, `results` |
//!
//! Bodies, links, parameters and messages are those of
//! `rest_framework.pagination`; the fast one comes from drf-restflow. Three
//! things are stricter than in DRF: a page has always an upper bound
//! ([`DEFAULT_MAX_PAGE_SIZE`]), the primary key always ends the ordering (so
//! that no row is lost or shown twice between two pages), and `LIMIT` is a
//! literal in the SQL text.
//!
//! A [`Keyset`] is what no paginator shows: all rows of a query in pieces, by as
//! many statements, for exports.
//!
//! ```
//! use restflow_pagination::{Page, PageNumberPagination, PageQuery, PageRequest, Pagination};
//! use sea_orm::{DatabaseConnection, EntityTrait};
//!
//! async fn list<E: EntityTrait>(
//!     db: &DatabaseConnection,
//! ) -> Result<Page, restflow_exceptions::ApiError> {
//!     let pairs = [("page".to_owned(), "2".to_owned())];
//!     let request = PageRequest::new("https://example.org/products/?page=2", &pairs);
//!     let query = PageQuery::new(E::find(), db);
//!     PageNumberPagination::new(10).paginate(query, &request).await
//! }
//! ```

mod cursor;
mod envelope;
mod fast_page_number;
mod keyset;
mod limit_offset;
mod number;
mod page_number;
mod pagination;
mod query;
mod request;
mod schema;
mod sql;
#[cfg(test)]
mod tests;
mod total_order;

pub use cursor::CursorPagination;
pub use envelope::Envelope;
pub use fast_page_number::FastPageNumberPagination;
pub use keyset::{KeyPosition, KeyRange, Keyset, NoKeyset};
pub use limit_offset::LimitOffsetPagination;
pub use page_number::PageNumberPagination;
pub use pagination::{Page, Pagination, Paginator};
pub use query::{PageQuery, Window};
pub use request::PageRequest;
pub use total_order::total_order;

/// The most rows that a client may ask for on one page when the page size is
/// a query parameter and no other maximum is configured.
///
/// DRF has no such bound; a list without one is an invitation to read the
/// whole table at once.
pub const DEFAULT_MAX_PAGE_SIZE: u64 = 1000;

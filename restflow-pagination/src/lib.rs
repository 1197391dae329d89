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
//! A [`Count`] says how the total is found out where an exact one costs too
//! much: not at all, up to a cap, from statistics, or from memory. `max_offset`
//! refuses the pages deep in a list, and [`link_header`](Pagination::link_header)
//! puts the links into a header, beside the body or instead of its envelope.
//!
//! Bodies, links, parameters and messages are those of
//! `rest_framework.pagination`; the fast one comes from drf-restflow. Three
//! things are stricter than in DRF: a page has always an upper bound
//! ([`DEFAULT_MAX_PAGE_SIZE`]), the primary key ends the ordering (so that no row
//! is lost or shown twice between two pages; but of a query that is distinct,
//! grouped, or united with another, whose rows need not have it, the ordering is
//! what you say), and `LIMIT` is a literal in the SQL text.
//!
//! A [`Keyset`] is what the pages of a cursor are read with. Alone, it reads all
//! rows of a query in pieces, by as many statements, for exports.
//!
//! In a handler of your own, here of poem with the feature `poem`, a page of
//! models is the whole answer:
//!
//! ```
//! # mod product {
//! #     use sea_orm::entity::prelude::*;
//! #     #[sea_orm::model]
//! #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, serde::Serialize)]
//! #     #[sea_orm(table_name = "product")]
//! #     pub struct Model {
//! #         #[sea_orm(primary_key)]
//! #         pub id: i32,
//! #     }
//! #     impl ActiveModelBehavior for ActiveModel {}
//! # }
//! use poem::{handler, web::Data};
//! use restflow_pagination::{PageNumberPagination, PageQuery, Paginated, Pagination};
//! use sea_orm::{DatabaseConnection, EntityTrait};
//!
//! # #[cfg(feature = "poem")]
//! #[handler]
//! async fn products(
//!     request: &poem::Request,
//!     db: Data<&DatabaseConnection>,
//! ) -> restflow_exceptions::Result<Paginated<product::Model>> {
//!     let query = PageQuery::new(product::Entity::find(), &db);
//!     let page = PageNumberPagination::new(10).paginate(query, &request.into()).await?;
//!     page.into_models()
//! }
//! ```

mod count;
mod cursor;
mod envelope;
mod fast_page_number;
mod keyset;
mod limit_offset;
mod link_header;
mod number;
mod order_by;
mod page_number;
mod paginated;
mod pagination;
#[cfg(feature = "poem")]
mod poem;
mod query;
mod request;
mod schema;
mod sql;
#[cfg(test)]
mod tests;
mod total_order;

pub use count::{Count, CountCache, Counted, CountedRows, Counter};
pub use cursor::CursorPagination;
pub use envelope::Envelope;
pub use fast_page_number::FastPageNumberPagination;
pub use keyset::{KeyPosition, KeyRange, Keyset, NoKeyset};
pub use limit_offset::LimitOffsetPagination;
pub use link_header::LinkHeader;
pub use page_number::PageNumberPagination;
pub use paginated::Paginated;
pub use pagination::{EndLinks, Page, Pagination, Paginator};
pub use query::{PageQuery, Window};
pub use request::PageRequest;
pub use total_order::total_order;

/// The most rows that a client may ask for on one page when the page size is
/// a query parameter and no other maximum is configured.
///
/// DRF has no such bound; a list without one is an invitation to read the
/// whole table at once.
pub const DEFAULT_MAX_PAGE_SIZE: u64 = 1000;

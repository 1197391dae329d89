//! The example shop, for tests.

#![allow(dead_code, unreachable_pub, missing_docs, reason = "shared by tests")]

#[path = "../../examples/shop/app.rs"]
mod app;
#[path = "../../examples/shop/categories.rs"]
pub mod categories;
#[path = "../../examples/shop/database.rs"]
pub mod database;
#[path = "../../examples/shop/entities/mod.rs"]
pub mod entities;
#[path = "../../examples/shop/products.rs"]
pub mod products;
#[path = "../../examples/shop/reviews.rs"]
pub mod reviews;
#[path = "../../examples/shop/tags.rs"]
pub mod tags;
#[path = "../../examples/shop/trace.rs"]
mod trace;
#[path = "../../examples/shop/urls.rs"]
pub mod urls;

pub use app::app;

/// The shop over a fresh database with the demo rows.
pub async fn fresh() -> impl poem::Endpoint<Output = poem::Response> {
    app(database::open("sqlite::memory:", 0).await.unwrap())
}

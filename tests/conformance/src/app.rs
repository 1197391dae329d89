//! The shop of SPEC.md.
use poem::{Endpoint, EndpointExt, Response, Route};
use sea_orm::DatabaseConnection;

/// Builds the shop over a database that [`Fixtures`](crate::Fixtures) has filled.
///
/// Throttle counts and the token blacklist live in the returned endpoint, so a new one
/// starts without a memory.
pub fn app(db: DatabaseConnection) -> impl Endpoint<Output = Response> {
    Route::new().data(db)
}

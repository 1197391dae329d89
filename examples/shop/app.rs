//! The whole application as one endpoint, for `main` and for the tests.

use poem::{Endpoint, Response};
use restflow::prelude::*;
use sea_orm::DatabaseConnection;

use super::{trace::Trace, urls::Shop};

/// The API at `/api/`, its documentation at `/docs`, its OpenAPI document at `/openapi.json`.
pub fn app(db: DatabaseConnection) -> impl Endpoint<Output = Response> {
    let api = OpenApiService::new(restflow::api::<Shop>(db), "Shop", "1.0")
        .description("An example of a REST API made with restflow.");
    Route::new()
        .nest("/docs", api.swagger_ui())
        .at("/openapi.json", api.spec_endpoint())
        .nest("/", api)
        .with(Trace)
}

//! The shop of SPEC.md.
use poem::{Endpoint, Response, Route};
use restflow::prelude::*;
use sea_orm::DatabaseConnection;

use crate::{
    api,
    authentication::{self, BasicAuthentication},
    envelope, generic, neg, perm, postfetch, stream, throttle, validate,
};

/// Builds the shop over a database that [`Fixtures`](crate::Fixtures) has filled.
///
/// Throttle counts and the token blacklist live in the returned endpoint, so a new one
/// starts without a memory.
pub fn app(db: DatabaseConnection) -> impl Endpoint<Output = Response> {
    let api = OpenApiService::new(restflow::api::<Shop>(db), "Shop", "1.0");
    Route::new().nest("/", api)
}

/// The URL configuration.
#[derive(Debug)]
pub struct Shop;

impl UrlConf for Shop {
    fn urls() -> Urls {
        Urls::new()
            .include("api/", api::router())
            .include("api-simple/", api::simple_router())
            .include("api-noslash/", api::slashless_router())
            .include("api-path/", api::path_router())
            .include("api-config/", api::config_router())
            .include("generic/", generic::urls())
            .include("validate/", validate::urls())
            .include("perm/", perm::urls())
            .include("throttle/", throttle::urls())
            .include("neg/", neg::urls())
            .include("stream/", stream::urls())
            .include("envelope/", envelope::urls())
            .include("postfetch/", postfetch::urls())
    }

    fn settings() -> Settings {
        Settings::new()
            .authentication_classes(
                Authenticators::new()
                    .with(authentication::token())
                    .with(BasicAuthentication),
            )
            .with(throttle::rates())
    }
}

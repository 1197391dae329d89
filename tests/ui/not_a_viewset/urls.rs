//! Views and viewsets in each other's place.

use restflow::prelude::*;

/// Without `#[derive(ViewSet)]`.
struct Health;

impl ApiView for Health {}

#[derive(ViewSet)]
struct HealthViewSet;

impl ApiView for HealthViewSet {}

struct Shop;

impl UrlConf for Shop {
    fn urls() -> Urls {
        let mut router = DefaultRouter::new();
        router.register("health", Health);
        Urls::new().path("health/", HealthViewSet).include("", router)
    }
}

/// Without `impl ApiView`.
#[derive(ViewSet)]
struct Nothing;

fn main() {}

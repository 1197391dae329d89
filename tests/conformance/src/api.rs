//! `/api/` and the other routers (SPEC.md, section 5).

mod async_items;
mod categories;
mod category_products;
mod config_items;
mod events;
mod health;
mod notes;
mod products;
mod reviews;
mod scoped_items;
mod simple;
mod tags;

use restflow::prelude::*;

/// `/api/`
pub(crate) fn router() -> DefaultRouter {
    let mut router = DefaultRouter::new();
    router.register("products", products::ProductViewSet);
    router.register("categories", categories::CategoryViewSet);
    router.register("tags", tags::TagViewSet);
    router.register("events", events::EventViewSet);
    router.register("events-fast", events::FastEventViewSet);
    router.register("notes", notes::NoteViewSet);
    router.register("health", health::HealthViewSet);
    router
        .nested("products", "product")
        .register("reviews", reviews::ReviewViewSet);
    let mut category = router.nested("categories", "category");
    category.register("products", category_products::CategoryProductViewSet);
    category
        .nested("products", "product")
        .register("reviews", reviews::ReviewViewSet);
    router
}

/// `/api-simple/`
pub(crate) fn simple_router() -> SimpleRouter {
    let mut router = SimpleRouter::new();
    router
        .register("tags", simple::SimpleTagViewSet)
        .basename("simple-tag");
    router.register("categories", simple::SimpleCategoryViewSet);
    router
}

/// `/api-noslash/`
pub(crate) fn slashless_router() -> SimpleRouter {
    let mut router = SimpleRouter::new().trailing_slash(false);
    router
        .register("tags", simple::SimpleTagViewSet)
        .basename("slashless-tag");
    router
}

/// `/api-path/`
pub(crate) fn path_router() -> SimpleRouter {
    let mut router = SimpleRouter::new();
    router
        .register("tags", simple::SimpleTagViewSet)
        .basename("path-tag");
    router
}

/// `/api-config/`
pub(crate) fn config_router() -> DefaultRouter {
    let mut router = DefaultRouter::new();
    router.register("items", config_items::ConfigItemViewSet);
    router.register("scoped-items", scoped_items::ScopedItemViewSet);
    router.register("async-items", async_items::AsyncItemViewSet);
    router
}

//! The URL configuration: what Django calls `urlpatterns`.

use restflow::prelude::*;

use super::{
    categories::CategoryViewSet,
    entities::{token, user},
    products::ProductViewSet,
    reviews::ReviewViewSet,
    tags::{TagDetailView, TagListView},
};

/// The shop.
pub struct Shop;

impl UrlConf for Shop {
    fn urls() -> Urls {
        let mut router = DefaultRouter::new();
        router.register("products", ProductViewSet);
        router.register("categories", CategoryViewSet);
        router
            .nested_in::<ProductViewSet>("product")
            .register("reviews", ReviewViewSet);
        Urls::new()
            .path("api/tags/", TagListView)
            .path("api/tags/{pk}/", TagDetailView)
            .include("api/", router)
    }

    fn settings() -> Settings {
        Settings::new().authentication_classes(
            TokenAuthentication::<token::Entity, user::Entity>::new(token::Column::Key),
        )
    }
}

//! A nested resource: the reviews of one product.

use restflow::prelude::*;

use super::{
    entities::{product, review},
    products::ProductViewSet,
};

/// What somebody says about a product.
#[derive(ModelSerializer)]
#[serializer(entity = review::Entity)]
pub struct ReviewSerializer {
    #[serializer(read_only)]
    pub id: i32,
    #[serializer(read_only, related = product::Entity)]
    pub product: i32,
    /// From 1 to 5 stars.
    #[validate(range(min = 1, max = 5))]
    pub rating: i32,
    #[validate(length(max = 500))]
    pub comment: String,
}

/// Reviews of one product.
#[derive(ModelViewSet)]
#[overrides(CreateModelMixin)]
#[nested_under(ProductViewSet, resolve_parents)]
pub struct ReviewViewSet;

impl ApiView for ReviewViewSet {
    fn permission_classes(&self) -> Permissions {
        IsAuthenticatedOrReadOnly.into()
    }
}

impl GenericView for ReviewViewSet {
    type Entity = review::Entity;
    type Serializer = ReviewSerializer;
}

impl CreateModelMixin for ReviewViewSet {
    /// The product is that of the path; the author is who is logged in.
    async fn perform_create(
        &self,
        request: &Request,
        serializer: Validated<Self>,
    ) -> Result<review::Model> {
        serializer
            .set(review::Column::AuthorId, request.user().id())
            .save(request)
            .await
    }
}

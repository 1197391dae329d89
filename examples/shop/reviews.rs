//! A nested resource: the reviews of one product.

use restflow::prelude::*;

use super::entities::{product, review};

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
pub struct ReviewViewSet;

impl ApiView for ReviewViewSet {
    fn permission_classes(&self) -> Permissions {
        IsAuthenticatedOrReadOnly.into()
    }
}

impl GenericView for ReviewViewSet {
    type Entity = review::Entity;
    type Serializer = ReviewSerializer;

    /// Only those of the product of the path, whose key arrives as `product_pk`.
    async fn get_queryset(&self, request: &Request) -> Result<Queryset<Self>> {
        let product = product_of_path(request).await?;
        let reviews = defaults::get_queryset(self, request).await?;
        Ok(reviews.filter(review::Column::ProductId.eq(product)))
    }
}

impl CreateModelMixin for ReviewViewSet {
    async fn perform_create(
        &self,
        request: &Request,
        serializer: Validated<Self>,
    ) -> Result<review::Model> {
        serializer
            .set(review::Column::ProductId, product_of_path(request).await?)
            .set(review::Column::AuthorId, request.user().id())
            .save(request)
            .await
    }
}

/// The key in the path, if there is such a product on the shelf.
async fn product_of_path(request: &Request) -> Result<i32> {
    let key = request
        .kwargs()
        .get("product_pk")
        .and_then(|key| key.parse().ok());
    let key: i32 = key.ok_or_else(ApiError::not_found)?;
    let product = product::Entity::find_by_id(key)
        .filter(product::Column::IsArchived.eq(false))
        .one(request.db())
        .await?;
    product
        .map(|product| product.id)
        .ok_or_else(ApiError::not_found)
}

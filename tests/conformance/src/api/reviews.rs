use restflow::prelude::*;
use sea_orm::{PaginatorTrait, QuerySelect, QueryTrait};

use crate::{
    entities::{category, product, review},
    pagination,
    serializers::ReviewSerializer,
};

#[derive(ModelViewSet)]
#[overrides(CreateModelMixin)]
pub(crate) struct ReviewViewSet;

impl ApiView for ReviewViewSet {
    fn permission_classes(&self) -> Permissions {
        IsAuthenticatedOrReadOnly.into()
    }
}

impl GenericView for ReviewViewSet {
    type Entity = review::Entity;
    type Serializer = ReviewSerializer;

    fn queryset(&self) -> Queryset<Self> {
        review::Entity::find().order_by_asc(review::Column::Id)
    }

    async fn get_queryset(&self, request: &Request) -> Result<Queryset<Self>> {
        let mut reviews = defaults::get_queryset(self, request).await?;
        reviews = reviews.filter(review::Column::ProductId.is_in(product_pk(request)));
        if let Some(slug) = request.kwargs().get("category_slug") {
            let products = product::Entity::find()
                .inner_join(category::Entity)
                .filter(category::Column::Slug.eq(slug))
                .select_only()
                .column(product::Column::Id)
                .into_query();
            reviews = reviews.filter(review::Column::ProductId.in_subquery(products));
        }
        Ok(reviews)
    }

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new().with(OrderingFilter::new([
            review::Column::Rating,
            review::Column::Id,
            review::Column::CreatedAt,
        ]))
    }

    fn pagination_class(&self) -> Option<Paginator> {
        Some(pagination::renamed())
    }
}

impl CreateModelMixin for ReviewViewSet {
    async fn perform_create(
        &self,
        request: &Request,
        serializer: Validated<Self>,
    ) -> Result<review::Model> {
        let no_such_product = || ApiError::not_found().with_detail("No such product.");
        let product = product_pk(request).ok_or_else(no_such_product)?;
        if product::Entity::find_by_id(product)
            .count(request.db())
            .await?
            == 0
        {
            return Err(no_such_product());
        }
        serializer
            .set(review::Column::ProductId, product)
            .set(review::Column::AuthorId, request.user().id())
            .save(request)
            .await
    }
}

/// The product of the path, if it can be one.
fn product_pk(request: &Request) -> Option<i64> {
    request.kwargs().get("product_pk")?.parse().ok()
}

#[actions]
impl ReviewViewSet {
    #[action(detail = false, list, pagination_class = pagination::fast7())]
    async fn best(&self, request: &Request) -> Result<Response> {
        let reviews = self.resolved_queryset(request).await?;
        let best = reviews.filter(review::Column::Rating.eq(5));
        self.paginated_response(request, best).await
    }
}

//! The resource that shows everything: filters, search, ordering, pages, relations, own actions.

use restflow::prelude::*;
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};

use super::{
    categories::CategorySerializer,
    entities::{category, product, tag},
};

/// A product for sale.
#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
pub struct ProductSerializer {
    #[serializer(read_only)]
    pub id: i32,
    #[validate(length(max = 200))]
    pub name: String,
    /// The stock keeping unit.
    #[validate(length(min = 3, max = 12))]
    #[serializer(unique)]
    pub sku: String,
    #[serializer(allow_blank, default)]
    pub description: String,
    #[serializer(decimal(max_digits = 10, decimal_places = 2))]
    #[validate(range(min = 0))]
    pub price: Decimal,
    #[serializer(default)]
    pub in_stock: bool,
    #[serializer(default = product::Status::Draft)]
    pub status: product::Status,
    /// The primary key of its category.
    #[serializer(related = category::Entity)]
    pub category: i32,
    /// The primary keys of its tags.
    #[serializer(related = tag::Entity, required = false)]
    pub tags: Vec<i32>,
    #[serializer(read_only, source = "category")]
    pub category_detail: CategorySerializer,
    #[serializer(read_only)]
    pub created_at: DateTimeUtc,
}

/// A product in a list: only these columns are selected.
#[derive(ModelSerializer)]
#[serializer(entity = product::Entity, name = "ProductListItem")]
pub struct ProductListSerializer {
    #[serializer(read_only)]
    pub id: i32,
    pub name: String,
    pub sku: String,
    #[serializer(decimal(max_digits = 10, decimal_places = 2))]
    pub price: Decimal,
    pub in_stock: bool,
    #[serializer(related = category::Entity)]
    pub category: i32,
}

#[derive(FilterSet)]
#[filterset(entity = product::Entity, order_by(price, name, created_at), default_order = "id")]
pub struct ProductFilterSet {
    #[filter(lookups(text))]
    name: String,
    #[filter(lookups(comparison))]
    price: Decimal,
    #[filter(related = category::Entity)]
    category: i32,
    in_stock: bool,
}

/// Products of the shop.
#[derive(ViewSet, ListModelMixin, RetrieveModelMixin, UpdateModelMixin)]
pub struct ProductViewSet;

impl ApiView for ProductViewSet {
    fn permission_classes(&self) -> Permissions {
        IsAuthenticatedOrReadOnly.into()
    }

    fn action_configs(&self) -> ActionConfigs<Self> {
        ActionConfigs::new()
            .action(
                "list",
                ActionConfig::new().response_serializer::<ProductListSerializer>(),
            )
            .action(
                "archived",
                ActionConfig::new()
                    .response_serializer::<ProductListSerializer>()
                    .queryset(|_view, _request| archived(true)),
            )
            .action(
                "destroy",
                ActionConfig::new().permission_classes(IsAdminUser),
            )
    }
}

impl GenericView for ProductViewSet {
    type Entity = product::Entity;
    type Serializer = ProductSerializer;

    fn queryset(&self) -> Queryset<Self> {
        archived(false)
    }

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new()
            .with(RestflowFilterBackend::<ProductFilterSet>::new())
            .with(SearchFilter::new([
                product::Column::Name,
                product::Column::Description,
            ]))
            .with(OrderingFilter::new([
                product::Column::Price,
                product::Column::CreatedAt,
            ]))
    }

    fn pagination_class(&self) -> Option<Paginator> {
        PageNumberPagination::new(10)
            .page_size_query_param("page_size")
            .max_page_size(50)
            .into()
    }
}

fn archived(archived: bool) -> Queryset<ProductViewSet> {
    product::Entity::find().filter(product::Column::IsArchived.eq(archived))
}

impl CreateModelMixin for ProductViewSet {
    async fn perform_create(
        &self,
        request: &Request,
        serializer: Validated<Self>,
    ) -> Result<product::Model> {
        serializer
            .set(product::Column::OwnerId, request.user().id())
            .save(request)
            .await
    }
}

impl DestroyModelMixin for ProductViewSet {
    /// Products are archived, never deleted.
    async fn perform_destroy(&self, request: &Request, instance: product::Model) -> Result<()> {
        archive(request, instance).await.map(drop)
    }
}

#[actions]
impl ProductViewSet {
    /// Take a product off the shelf.
    #[action(detail = true, methods("post"))]
    async fn archive(&self, request: &Request) -> Result<Response> {
        let product = self.get_object(request).await?;
        let product = archive(request, product).await?;
        self.serialized_response(request, product).await
    }

    /// The products that are off the shelf.
    #[action(detail = false, list)]
    async fn archived(&self, request: &Request) -> Result<Response> {
        self.list(request).await
    }
}

async fn archive(request: &Request, product: product::Model) -> Result<product::Model> {
    let mut product = product.into_active_model();
    product.is_archived = Set(true);
    Ok(product.update(request.db()).await?)
}

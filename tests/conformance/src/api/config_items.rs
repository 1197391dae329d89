use restflow::prelude::*;

use crate::{
    entities::{
        product::{self, Status},
        tag,
    },
    pagination,
    permissions::IsAnonymous,
    renderers::PlainTextRenderer,
    serializers::{
        PlainProductSerializer, PriceSerializer, ProductCreateSerializer, ProductListSerializer,
        ProductSerializer, TagSerializer,
    },
    throttle,
};

#[derive(ModelViewSet)]
#[overrides(UpdateModelMixin)]
pub(crate) struct ConfigItemViewSet;

impl ApiView for ConfigItemViewSet {
    fn permission_classes(&self) -> Permissions {
        IsAuthenticated.into()
    }

    fn throttle_classes(&self) -> Throttles {
        UserRateThrottle::from_settings().into()
    }

    fn action_configs(&self) -> ActionConfigs<Self> {
        ActionConfigs::new()
            .action(
                "list",
                ActionConfig::new()
                    .serializer::<ProductListSerializer>()
                    .pagination_class(pagination::category_pages())
                    .permission_classes(Permissions::new())
                    .throttle_classes(Throttles::new())
                    .queryset(|_, request| owned(request)),
            )
            .action(
                "retrieve",
                ActionConfig::new()
                    .response_serializer::<ProductSerializer>()
                    .permission_classes(AllowAny)
                    .throttle_classes(Throttles::new()),
            )
            .action(
                "create",
                ActionConfig::new()
                    .request_serializer::<ProductCreateSerializer>()
                    .response_serializer::<ProductListSerializer>(),
            )
            .action(
                "update",
                ActionConfig::new().request_serializer::<PriceSerializer>(),
            )
            .action(
                "partial_update",
                ActionConfig::new().serializer::<ProductListSerializer>(),
            )
            .action(
                "destroy",
                ActionConfig::new()
                    .queryset(|_, _| {
                        product::Entity::find().filter(product::Column::Status.eq(Status::Draft))
                    })
                    .throttle_classes(Throttles::new()),
            )
            .action(
                "tagged",
                ActionConfig::new()
                    .pagination_class(pagination::fast7())
                    .permission_classes(IsAnonymous)
                    .throttle_classes(throttle::burst())
                    .renderer_classes(Renderers::default().with(PlainTextRenderer)),
            )
    }
}

/// The products of the user, or those without an owner.
fn owned(request: &Request) -> Queryset<ConfigItemViewSet> {
    let owner = product::Column::OwnerId;
    let products = product::Entity::find().order_by_asc(product::Column::Id);
    if request.user().is_authenticated() {
        products.filter(owner.eq(request.user().id()))
    } else {
        products.filter(owner.is_null())
    }
}

impl GenericView for ConfigItemViewSet {
    type Entity = product::Entity;
    type Serializer = PlainProductSerializer;

    fn queryset(&self) -> Queryset<Self> {
        product::Entity::find().order_by_asc(product::Column::Id)
    }

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new().with(OrderingFilter::new([
            product::Column::Price,
            product::Column::Id,
        ]))
    }

    fn pagination_class(&self) -> Option<Paginator> {
        Some(pagination::standard())
    }
}

impl UpdateModelMixin for ConfigItemViewSet {
    async fn perform_update(
        &self,
        request: &Request,
        serializer: Validated<Self>,
    ) -> Result<product::Model> {
        let sent = serializer.data::<PriceSerializer>();
        match sent.and_then(|data| data.price) {
            Some(price) => {
                let serializer = serializer.set(product::Column::Price, price);
                serializer.save(request).await
            }
            None => serializer.save(request).await,
        }
    }
}

#[actions]
impl ConfigItemViewSet {
    #[action(detail = false, list)]
    async fn tagged(&self, request: &Request) -> Result<Response> {
        let tags = tag::Entity::find().order_by_asc(tag::Column::Id);
        self.paginated_response(request, tags)
            .serializer::<TagSerializer>()
            .await
    }

    #[action(detail = true)]
    async fn plain(&self, request: &Request) -> Result<Response> {
        let product = self.get_object(request).await?;
        self.serialized_response(request, product).await
    }
}

use http::{Method, StatusCode};
use restflow::{
    filters::SearchField,
    prelude::*,
    views::{FormParser, MultiPartParser},
};
use sea_orm::{
    ActiveModelTrait, IntoActiveModel, ModelTrait, PaginatorTrait, Select, Set, sea_query::Expr,
};
use serde_json::json;

use crate::{
    entities::{
        category,
        product::{self, Status},
        tag,
    },
    filters::ProductFilterSet,
    pagination,
    renderers::CsvRenderer,
    serializers::{
        CategorySerializer, CountSerializer, IdsSerializer, ImportSerializer, PriceSerializer,
        ProductCreateSerializer, ProductListSerializer, ProductSerializer, StatusSerializer,
        TagSerializer,
    },
    throttle,
};

/// Products of the shop.
#[derive(ModelViewSet)]
#[overrides(CreateModelMixin, DestroyModelMixin)]
pub(crate) struct ProductViewSet;

impl ApiView for ProductViewSet {
    fn permission_classes(&self) -> Permissions {
        IsAuthenticatedOrReadOnly.into()
    }

    fn action_configs(&self) -> ActionConfigs<Self> {
        let listed = || ActionConfig::new().serializer::<ProductListSerializer>();
        ActionConfigs::new()
            .action(
                "list",
                ActionConfig::new().response_serializer::<ProductListSerializer>(),
            )
            .action(
                "create",
                ActionConfig::new().request_serializer::<ProductCreateSerializer>(),
            )
            .action(
                "destroy",
                ActionConfig::new().permission_classes(IsAdminUser),
            )
            .action("archived", listed().queryset(|_, _| products(true)))
            .action(
                "featured",
                listed()
                    .queryset(|_, _| featured())
                    .pagination_class(pagination::fast7()),
            )
            .action("all_rows", listed().queryset(|_, _| product::Entity))
            .action(
                "burst",
                ActionConfig::new()
                    .throttle_classes(throttle::burst())
                    .serializer::<StatusSerializer>(),
            )
            .action(
                "export",
                listed().renderer_classes(Renderers::default().with(CsvRenderer)),
            )
            .action(
                "import_form",
                ActionConfig::new()
                    .parser_classes(FormParser)
                    .serializer::<ImportSerializer>()
                    .permission_classes(AllowAny),
            )
            .action(
                "bulk_archive",
                ActionConfig::new()
                    .request_serializer::<IdsSerializer>()
                    .response_serializer::<CountSerializer>(),
            )
            .action(
                "secret",
                ActionConfig::new()
                    .permission_classes((IsAuthenticated, IsAdminUser))
                    .serializer::<StatusSerializer>(),
            )
            .action(
                "inline_both",
                ActionConfig::new().permission_classes(AllowAny),
            )
    }
}

impl GenericView for ProductViewSet {
    type Entity = product::Entity;
    type Serializer = ProductSerializer;

    fn queryset(&self) -> Queryset<Self> {
        products(false)
    }

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new()
            .with(RestflowFilterBackend::<ProductFilterSet>::new())
            .with(
                SearchFilter::new([product::Column::Name])
                    .field(SearchField::starts_with(product::Column::Sku))
                    .field(SearchField::exact(product::Column::Slug))
                    .field(SearchField::related::<category::Entity>(
                        category::Column::Name,
                    ))
                    .field(SearchField::related::<tag::Entity>(tag::Column::Name)),
            )
            .with(OrderingFilter::new([
                product::Column::Id,
                product::Column::Name,
                product::Column::Price,
                product::Column::CreatedAt,
                product::Column::Quantity,
            ]))
    }

    fn pagination_class(&self) -> Option<Paginator> {
        Some(pagination::standard())
    }
}

fn products(archived: bool) -> Select<product::Entity> {
    product::Entity::find()
        .filter(product::Column::IsArchived.eq(archived))
        .order_by_asc(product::Column::Id)
}

fn featured() -> Select<product::Entity> {
    product::Entity::find()
        .filter(product::Column::Status.eq(Status::Published))
        .filter(product::Column::Rating.gte(3))
        .order_by_desc(product::Column::Rating)
        .order_by_asc(product::Column::Id)
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
    async fn perform_destroy(&self, request: &Request, product: product::Model) -> Result<()> {
        archive(request, product).await.map(drop)
    }
}

async fn archive(request: &Request, product: product::Model) -> Result<product::Model> {
    let mut product = product.into_active_model();
    product.is_archived = Set(true);
    Ok(product.update(request.db()).await?)
}

async fn save_price(
    request: &Request,
    product: product::Model,
    price: Decimal,
) -> Result<product::Model> {
    let mut product = product.into_active_model();
    product.price = Set(price);
    Ok(product.update(request.db()).await?)
}

fn status(status: &str) -> Response {
    Response::new(StatusSerializer {
        status: status.to_owned(),
    })
}

/// The validated values that were sent or have a default.
fn imported(import: &ImportSerializer) -> Result<serde_json::Value> {
    let mut values = serde_json::to_value(import).map_err(ApiError::internal)?;
    if let (None, Some(values)) = (&import.tags, values.as_object_mut()) {
        values.remove("tags");
    }
    Ok(values)
}

/// What the document says of `stats`.
#[derive(Debug, Serializer)]
struct StatsSerializer {
    count: i64,
    published: i64,
    action: String,
    basename: String,
    detail: bool,
    url: String,
}

#[actions]
impl ProductViewSet {
    #[action(detail = true, methods("post"))]
    async fn archive(&self, request: &Request) -> Result<Response> {
        let product = self.get_object(request).await?;
        let product = archive(request, product).await?;
        self.serialized_response(request, product).await
    }

    #[action(detail = false, methods("post"))]
    async fn bulk_archive(&self, request: &Request) -> Result<Response> {
        let IdsSerializer { ids } = self.validated_serializer(request).await?;
        let update = product::Entity::update_many()
            .col_expr(product::Column::IsArchived, Expr::value(true))
            .filter(product::Column::Id.is_in(ids))
            .filter(product::Column::IsArchived.eq(false))
            .exec(request.db())
            .await?;
        Ok(Response::new(CountSerializer {
            archived: update.rows_affected,
        }))
    }

    #[action(detail = false, list)]
    async fn archived(&self, request: &Request) -> Result<Response> {
        self.list(request).await
    }

    #[action(detail = false, list)]
    async fn featured(&self, request: &Request) -> Result<Response> {
        let queryset = self.resolved_queryset(request).await?;
        self.paginated_response(request, queryset).await
    }

    #[action(detail = false, list, url_path = "all-rows")]
    async fn all_rows(&self, request: &Request) -> Result<Response> {
        let queryset = self.resolved_queryset(request).await?;
        self.paginated_response(request, queryset).await
    }

    #[action(detail = false)]
    async fn burst(&self, _request: &Request) -> Result<Response> {
        Ok(status("ok"))
    }

    #[action(detail = false)]
    async fn export(&self, request: &Request) -> Result<Response> {
        let queryset = self.resolved_queryset(request).await?.limit(4);
        self.paginated_response(request, queryset)
            .pagination_class(None)
            .await
    }

    #[action(detail = false, methods("post"), url_path = "import-form")]
    async fn import_form(&self, request: &Request) -> Result<Response> {
        let import = self.validated_serializer(request).await?;
        Ok(Response::new(imported(&import)?).with_status(StatusCode::ACCEPTED))
    }

    #[action(
        detail = false,
        url_path = "summary/stats",
        url_name = "stats",
        response_serializer = StatsSerializer
    )]
    async fn stats(&self, request: &Request) -> Result<Response> {
        let queryset = self.resolved_queryset(request).await?;
        let count = queryset.clone().count(request.db()).await?;
        let published = queryset
            .filter(product::Column::Status.eq(Status::Published))
            .count(request.db())
            .await?;
        let route = request.route();
        Ok(Response::new(json!({
            "count": count,
            "published": published,
            "action": request.action(),
            "basename": route.basename.as_deref(),
            "detail": route.detail,
            "url": request.reverse("product-stats", &[])?,
        })))
    }

    #[action(detail = true, methods("get", "put"), url_path = "set-price", serializer = PriceSerializer)]
    async fn set_price(&self, request: &Request) -> Result<Response> {
        let mut product = self.get_object(request).await?;
        if request.method() == Method::PUT {
            let PriceSerializer { price } = self.validated_serializer(request).await?;
            product = save_price(request, product, price).await?;
        }
        Ok(Response::new(PriceSerializer {
            price: product.price,
        }))
    }

    #[action(mapping = "set_price", methods("delete"))]
    async fn reset_price(&self, request: &Request) -> Result<Response> {
        let product = self.get_object(request).await?;
        save_price(request, product, Decimal::ZERO).await?;
        Ok(Response::no_content())
    }

    #[action(detail = true, url_path = "related/{kind:[a-z]+}")]
    async fn related(&self, request: &Request) -> Result<Response> {
        let product = self.get_object(request).await?;
        match request.kwargs().get("kind") {
            Some("category") => {
                let category = product.find_related(category::Entity).one(request.db());
                let category = category.await?.ok_or_else(ApiError::not_found)?;
                self.serialized_response(request, category)
                    .serializer::<CategorySerializer>()
                    .await
            }
            Some("tags") => {
                let tags = product
                    .find_related(tag::Entity)
                    .order_by_asc(tag::Column::Id);
                self.paginated_response(request, tags)
                    .serializer::<TagSerializer>()
                    .pagination_class(None)
                    .await
            }
            _ => Err(ApiError::not_found()),
        }
    }

    #[action(detail = false, permission_classes = IsAdminUser, serializer = StatusSerializer)]
    async fn inline_admin(&self, _request: &Request) -> Result<Response> {
        Ok(status("admin"))
    }

    /// ActionConfig wins over the decorator's permission_classes.
    #[action(
        detail = false,
        permission_classes = IsAdminUser,
        response_serializer = StatusSerializer
    )]
    async fn inline_both(&self, _request: &Request) -> Result<Response> {
        Ok(status("open"))
    }

    #[action(detail = false)]
    async fn secret(&self, _request: &Request) -> Result<Response> {
        Ok(status("secret"))
    }

    #[action(
        detail = false,
        methods("post"),
        parser_classes = MultiPartParser,
        serializer = ImportSerializer,
        permission_classes = AllowAny
    )]
    async fn upload(&self, request: &Request) -> Result<Response> {
        let import = self.validated_serializer(request).await?;
        let form = request.data().await?.as_form();
        let file = form.and_then(|form| form.file("file")).map(|file| {
            json!({
                "name": file.name(),
                "size": file.size(),
                "content_type": file.content_type(),
            })
        });
        Ok(Response::new(
            json!({ "data": imported(&import)?, "file": file }),
        ))
    }
}

//! restflow, as its users write it: the rows, the serializers, the filters and the view are
//! declared, nothing is written by hand but the time of creation.
use std::path::PathBuf;

use anyhow::Result;
use chrono::{SubsecRound, Utc};
use restflow::prelude::*;
use sea_orm::ConnectOptions;

use super::{Peer, Serving};
use crate::{
    data::settings,
    shop::{PAGE_SIZE, POOL_SIZE},
};

/// The peer.
pub(crate) struct Restflow;

impl Peer for Restflow {
    fn name(&self) -> &'static str {
        "restflow"
    }

    fn serve(&self, port: u16, db: PathBuf) -> Serving {
        Box::pin(serve(port, db))
    }
}

async fn serve(port: u16, db: PathBuf) -> Result<()> {
    let mut options = ConnectOptions::new(format!("sqlite://{}", db.display()));
    options
        .max_connections(POOL_SIZE)
        .sqlx_logging(false)
        // As the example shop opens its database: without a ping before each statement.
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(settings);
    let db = Database::connect(options).await?;
    let api = OpenApiService::new(restflow::api::<Shop>(db), "Shop", "1.0");
    Server::new(TcpListener::bind(("127.0.0.1", port)))
        .run(api)
        .await?;
    Ok(())
}

struct Shop;

impl UrlConf for Shop {
    fn urls() -> Urls {
        let mut router = SimpleRouter::new();
        router.register("products", ProductViewSet);
        Urls::new().include("api/", router)
    }
}

/// The shop's viewset, registered `count` times.
pub(crate) fn registered(count: usize) -> DefaultRouter {
    let mut router = DefaultRouter::new();
    for number in 0..count {
        router
            .register(&format!("products{number}"), ProductViewSet)
            .basename(&format!("product{number}"));
    }
    router
}

mod product {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "product")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i64,
        pub(crate) name: String,
        #[sea_orm(unique)]
        pub(crate) sku: String,
        pub(crate) description: String,
        #[sea_orm(column_type = "Decimal(Some((10, 2)))")]
        pub(crate) price: Decimal,
        pub(crate) in_stock: bool,
        pub(crate) category_id: i64,
        pub(crate) created_at: DateTimeUtc,
        #[sea_orm(belongs_to, from = "category_id", to = "id")]
        pub(crate) category: BelongsTo<super::category::Entity>,
        #[sea_orm(has_many)]
        pub(crate) reviews: HasMany<super::review::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod category {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "category")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i64,
        pub(crate) name: String,
        #[sea_orm(has_many)]
        pub(crate) products: HasMany<super::product::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod review {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "review")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i64,
        pub(crate) product_id: i64,
        pub(crate) rating: i32,
        #[sea_orm(belongs_to, from = "product_id", to = "id")]
        pub(crate) product: BelongsTo<super::product::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A product for sale.
#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct ProductSerializer {
    #[serializer(read_only)]
    id: i64,
    #[validate(length(max = 200))]
    name: String,
    #[validate(length(min = 3, max = 12))]
    #[serializer(unique)]
    sku: String,
    #[serializer(decimal(max_digits = 10, decimal_places = 2))]
    #[validate(range(min = 0))]
    price: Decimal,
    #[serializer(default = true)]
    in_stock: bool,
    #[serializer(related = category::Entity)]
    category: i64,
    #[serializer(allow_blank, default)]
    description: String,
    #[serializer(read_only)]
    created_at: DateTimeUtc,
}

/// A product in a list.
#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct ProductListSerializer {
    id: i64,
    name: String,
    sku: String,
    #[serializer(decimal(max_digits = 10, decimal_places = 2))]
    price: Decimal,
    in_stock: bool,
    #[serializer(related = category::Entity)]
    category: i64,
}

#[derive(FilterSet)]
#[filterset(entity = product::Entity, order_by(price), default_order = "id")]
struct ProductFilterSet {
    #[filter(lookups(gte, lte))]
    price: Decimal,
    in_stock: bool,
    #[filter(lookups(icontains))]
    name: String,
    #[filter(related = review::Entity, column = "rating", lookups(gte))]
    rating: i32,
}

/// Products of the shop.
#[derive(ViewSet, ListModelMixin, RetrieveModelMixin, UpdateModelMixin, DestroyModelMixin)]
struct ProductViewSet;

impl ApiView for ProductViewSet {
    fn action_configs(&self) -> ActionConfigs<Self> {
        ActionConfigs::new().action(
            "list",
            ActionConfig::new().response_serializer::<ProductListSerializer>(),
        )
    }
}

impl GenericView for ProductViewSet {
    type Entity = product::Entity;
    type Serializer = ProductSerializer;

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new().with(RestflowFilterBackend::<ProductFilterSet>::new())
    }

    fn pagination_class(&self) -> Option<Paginator> {
        PageNumberPagination::new(PAGE_SIZE).into()
    }
}

impl CreateModelMixin for ProductViewSet {
    async fn perform_create(
        &self,
        request: &Request,
        serializer: Validated<Self>,
    ) -> restflow::Result<product::Model> {
        serializer
            .set(product::Column::CreatedAt, Utc::now().trunc_subsecs(6))
            .save(request)
            .await
    }
}

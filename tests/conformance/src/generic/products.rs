//! The nine concrete views, and views composed by hand.

use restflow::{prelude::*, serializers::SerializerClass};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set, TransactionTrait};
use serde_json::json;

use super::all_products;
use crate::{
    entities::{event, product},
    filters::ProductFilterSet,
    pagination,
    serializers::{PlainProductSerializer, PriceSerializer, ProductListSerializer},
    stable_order::StableOrder,
};

pub(super) fn urls() -> Urls {
    Urls::new()
        .path("list/", ProductListView)
        .path("create/", ProductCreateView)
        .path("{pk}/retrieve/", ProductRetrieveView)
        .path("{pk}/update/", ProductUpdateView)
        .path("{pk}/destroy/", ProductDestroyView)
        .path("{pk}/retrieve-update/", ProductDetailUpdateView)
        .path("{pk}/retrieve-destroy/", ProductDetailDestroyView)
        .path("compose/", ComposeView)
        .path("compose/{pk}/", ComposeView)
        .include("mine/", super::scoped::mine())
        .include("owned/", super::scoped::owned())
        .path("hooks/", HooksListView)
        .path("hooks/{pk}/", HooksDetailView)
        .path("split/{pk}/", RequestResponseView)
}

#[derive(ListApiView)]
struct ProductListView;

impl ApiView for ProductListView {}

impl GenericView for ProductListView {
    type Entity = product::Entity;
    type Serializer = PlainProductSerializer;

    fn queryset(&self) -> Queryset<Self> {
        all_products()
    }

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new()
            .with(RestflowFilterBackend::<ProductFilterSet>::new())
            .with(SearchFilter::new([
                product::Column::Name,
                product::Column::Description,
            ]))
            .with(OrderingFilter::new([
                product::Column::CreatedAt,
                product::Column::Price,
            ]))
            .with(StableOrder)
    }

    fn pagination_class(&self) -> Option<Paginator> {
        Some(pagination::ten())
    }
}

#[derive(CreateApiView)]
struct ProductCreateView;

impl ApiView for ProductCreateView {}

impl GenericView for ProductCreateView {
    type Entity = product::Entity;
    type Serializer = PlainProductSerializer;
}

#[derive(RetrieveApiView)]
struct ProductRetrieveView;

impl ApiView for ProductRetrieveView {}

impl GenericView for ProductRetrieveView {
    type Entity = product::Entity;
    type Serializer = PlainProductSerializer;
}

#[derive(UpdateApiView)]
struct ProductUpdateView;

impl ApiView for ProductUpdateView {}

impl GenericView for ProductUpdateView {
    type Entity = product::Entity;
    type Serializer = PlainProductSerializer;
}

#[derive(DestroyApiView)]
struct ProductDestroyView;

impl ApiView for ProductDestroyView {}

impl GenericView for ProductDestroyView {
    type Entity = product::Entity;
    type Serializer = PlainProductSerializer;
}

/// Retrieve or update one product.
#[derive(RetrieveUpdateApiView)]
struct ProductDetailUpdateView;

impl ApiView for ProductDetailUpdateView {}

impl GenericView for ProductDetailUpdateView {
    type Entity = product::Entity;
    type Serializer = PlainProductSerializer;
}

#[derive(RetrieveDestroyApiView)]
struct ProductDetailDestroyView;

impl ApiView for ProductDetailDestroyView {}

impl GenericView for ProductDetailDestroyView {
    type Entity = product::Entity;
    type Serializer = PlainProductSerializer;
}

#[derive(ListModelMixin, CreateModelMixin, RetrieveModelMixin)]
struct ComposeView;

impl ApiView for ComposeView {}

impl GenericView for ComposeView {
    type Entity = product::Entity;
    type Serializer = PlainProductSerializer;

    fn queryset(&self) -> Queryset<Self> {
        all_products()
    }

    fn pagination_class(&self) -> Option<Paginator> {
        Some(pagination::ten())
    }
}

#[handlers]
impl ComposeView {
    async fn get(&self, request: &Request) -> Result<Response> {
        if request.kwargs().get("pk").is_some() {
            self.retrieve(request).await
        } else {
            self.list(request).await
        }
    }

    #[handler(create)]
    async fn post(&self, request: &Request) -> Result<Response> {
        self.create(request).await
    }
}

#[derive(ListCreateApiView)]
#[overrides(CreateModelMixin)]
struct HooksListView;

impl ApiView for HooksListView {
    fn permission_classes(&self) -> Permissions {
        IsAuthenticatedOrReadOnly.into()
    }

    fn response_serializer_class(&self) -> Option<SerializerClass> {
        Some(SerializerClass::of::<ProductListSerializer>())
    }
}

impl GenericView for HooksListView {
    type Entity = product::Entity;
    type Serializer = PlainProductSerializer;

    fn queryset(&self) -> Queryset<Self> {
        all_products()
    }

    fn pagination_class(&self) -> Option<Paginator> {
        Some(pagination::ten())
    }
}

impl CreateModelMixin for HooksListView {
    async fn perform_create(
        &self,
        request: &Request,
        serializer: Validated<Self>,
    ) -> Result<product::Model> {
        serializer
            .set(product::Column::OwnerId, request.user().id())
            .set(product::Column::Description, "created by hook")
            .save(request)
            .await
    }
}

#[derive(RetrieveUpdateDestroyApiView)]
#[overrides(UpdateModelMixin, DestroyModelMixin)]
struct HooksDetailView;

impl ApiView for HooksDetailView {}

impl GenericView for HooksDetailView {
    type Entity = product::Entity;
    type Serializer = PlainProductSerializer;

    fn queryset(&self) -> Queryset<Self> {
        all_products().filter(product::Column::IsArchived.eq(false))
    }
}

impl UpdateModelMixin for HooksDetailView {
    async fn perform_update(
        &self,
        request: &Request,
        serializer: Validated<Self>,
    ) -> Result<product::Model> {
        let transaction = request.db().begin().await?;
        let product = serializer.save_in(&transaction).await?;
        let event = event::ActiveModel {
            kind: Set("product_updated".to_owned()),
            payload: Set(json!({"id": product.id})),
            ..Default::default()
        };
        event.insert(&transaction).await?;
        transaction.commit().await?;
        Ok(product)
    }
}

impl DestroyModelMixin for HooksDetailView {
    async fn perform_destroy(&self, request: &Request, instance: product::Model) -> Result<()> {
        let mut product = instance.into_active_model();
        product.is_archived = Set(true);
        product.update(request.db()).await?;
        Ok(())
    }
}

/// Different serializers for the request and the response.
#[derive(RetrieveUpdateApiView)]
#[overrides(UpdateModelMixin)]
struct RequestResponseView;

impl ApiView for RequestResponseView {
    fn request_serializer_class(&self) -> Option<SerializerClass> {
        Some(SerializerClass::of::<PriceSerializer>())
    }

    fn response_serializer_class(&self) -> Option<SerializerClass> {
        Some(SerializerClass::of::<ProductListSerializer>())
    }
}

impl GenericView for RequestResponseView {
    type Entity = product::Entity;
    type Serializer = PlainProductSerializer;
}

impl UpdateModelMixin for RequestResponseView {
    async fn perform_update(
        &self,
        request: &Request,
        serializer: Validated<Self>,
    ) -> Result<product::Model> {
        let sent = serializer
            .data::<PriceSerializer>()
            .and_then(|data| data.price);
        match sent {
            Some(price) => serializer.set(product::Column::Price, price),
            None => serializer,
        }
        .save(request)
        .await
    }
}

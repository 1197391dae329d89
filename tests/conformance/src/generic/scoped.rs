//! The rows of the request's user.

use restflow::prelude::*;

use crate::{entities::product, serializers::ProductListSerializer};

pub(super) fn mine() -> Urls {
    Urls::new()
        .path("", MyProductsView)
        .path("{pk}/", MyProductView)
}

pub(super) fn owned() -> Urls {
    Urls::new().path("", OwnedProductsView)
}

fn owned_by(user: &User) -> sea_orm::Select<product::Entity> {
    product::Entity::find().filter(product::Column::OwnerId.eq(user.id()))
}

#[derive(ListApiView)]
struct MyProductsView;

impl ApiView for MyProductsView {
    fn permission_classes(&self) -> Permissions {
        IsAuthenticated.into()
    }
}

impl GenericView for MyProductsView {
    type Entity = product::Entity;
    type Serializer = ProductListSerializer;

    async fn get_queryset(&self, request: &Request) -> Result<Queryset<Self>> {
        Ok(owned_by(request.user()).order_by_asc(product::Column::Id))
    }
}

#[derive(RetrieveUpdateDestroyApiView)]
struct MyProductView;

impl ApiView for MyProductView {
    fn permission_classes(&self) -> Permissions {
        IsAuthenticated.into()
    }
}

impl GenericView for MyProductView {
    type Entity = product::Entity;
    type Serializer = ProductListSerializer;

    async fn get_queryset(&self, request: &Request) -> Result<Queryset<Self>> {
        Ok(owned_by(request.user()))
    }
}

#[derive(ListApiView)]
struct OwnedProductsView;

impl ApiView for OwnedProductsView {
    fn permission_classes(&self) -> Permissions {
        IsAuthenticated.into()
    }
}

impl GenericView for OwnedProductsView {
    type Entity = product::Entity;
    type Serializer = ProductListSerializer;

    fn get_queryset(
        &self,
        request: &Request,
    ) -> impl Future<Output = Result<Queryset<Self>>> + Send {
        std::future::ready(Ok(
            owned_by(request.user()).order_by_desc(product::Column::Id)
        ))
    }
}

//! An action is called that the view does not have.

#[path = "../entities.rs"]
mod entities;

use entities::product;
use restflow::prelude::*;

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct ProductSerializer {
    name: String,
}

#[derive(ViewSet, RetrieveModelMixin)]
struct ProductViewSet;

impl ApiView for ProductViewSet {}

impl GenericView for ProductViewSet {
    type Entity = product::Entity;
    type Serializer = ProductSerializer;
}

#[actions]
impl ProductViewSet {
    #[action(detail = false)]
    async fn cheap(&self, request: &Request) -> Result<Response> {
        self.list(request).await
    }
}

fn lists<V: ListModelMixin>(_view: V) {}

/// A mixin without an entity.
#[derive(ViewSet, ListModelMixin)]
struct HealthViewSet;

impl ApiView for HealthViewSet {}

fn main() {
    lists(ProductViewSet);
}

//! Hooks with a wrong signature.

#[path = "../entities.rs"]
mod entities;

use entities::product;
use restflow::prelude::*;

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct ProductSerializer {
    name: String,
}

#[derive(ViewSet)]
struct ProductViewSet;

impl ApiView for ProductViewSet {
    // Not async in DRF, and not here.
    fn initial(&self, request: &Request) -> Result<()> {
        let _ = request;
        Ok(())
    }

    async fn get_permissions(&self, request: &Request) -> Permissions {
        defaults::get_permissions(self, request)
    }

    async fn check_permissions(&mut self, _request: &Request) -> Result<()> {
        Ok(())
    }

    async fn check_throttles(&self) -> Result<()> {
        Ok(())
    }

    fn permission_classes(&self) -> Permissions {
        IsAuthenticated
    }

    async fn perform_create(&self, _request: &Request) -> Result<()> {
        Ok(())
    }
}

impl GenericView for ProductViewSet {
    type Entity = product::Entity;
    type Serializer = ProductSerializer;

    async fn get_queryset(&self, _request: &Request) -> Queryset<Self> {
        product::Entity::find()
    }
}

impl CreateModelMixin for ProductViewSet {
    async fn perform_create(
        &self,
        request: &Request,
        serializer: Validated<Self>,
    ) -> Result<()> {
        serializer.save(request).await?;
        Ok(())
    }
}

fn main() {}

//! Hooks that are about the rows of another entity than the view's.

#[path = "../entities.rs"]
mod entities;

use entities::{product, tag};
use restflow::prelude::*;

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct ProductSerializer {
    name: String,
}

#[derive(ModelViewSet)]
#[overrides(DestroyModelMixin)]
struct ProductViewSet;

impl ApiView for ProductViewSet {
    fn action_configs(&self) -> ActionConfigs<Self> {
        ActionConfigs::new().action(
            "list",
            ActionConfig::new().queryset(|_view, _request| tag::Entity::find()),
        )
    }
}

impl GenericView for ProductViewSet {
    type Entity = product::Entity;
    type Serializer = ProductSerializer;

    fn queryset(&self) -> Queryset<Self> {
        tag::Entity::find()
    }

    fn lookup_field(&self) -> LookupField<Self> {
        tag::Column::Label.into()
    }

    async fn get_queryset(&self, _request: &Request) -> Result<Queryset<Self>> {
        Ok(tag::Entity::find().filter(tag::Column::Label.eq("new")))
    }
}

impl DestroyModelMixin for ProductViewSet {
    async fn perform_destroy(&self, _request: &Request, _instance: tag::Model) -> Result<()> {
        Ok(())
    }
}

fn main() {}

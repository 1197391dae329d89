//! Values that cannot change threads, held across an await in a hook.

#[path = "../entities.rs"]
mod entities;

use std::{cell::RefCell, rc::Rc, sync::Mutex};

use entities::product;
use restflow::prelude::*;

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct ProductSerializer {
    name: String,
}

#[derive(ViewSet, ListModelMixin)]
struct ProductViewSet {
    seen: Mutex<u32>,
}

impl ApiView for ProductViewSet {
    async fn initial(&self, request: &Request) -> Result<()> {
        let steps = Rc::new(1);
        defaults::initial(self, request).await?;
        drop(steps);
        Ok(())
    }
}

impl GenericView for ProductViewSet {
    type Entity = product::Entity;
    type Serializer = ProductSerializer;

    async fn get_queryset(&self, request: &Request) -> Result<Queryset<Self>> {
        let mut seen = self.seen.lock().expect("nobody panics with it");
        *seen += 1;
        defaults::get_queryset(self, request).await
    }
}

impl CreateModelMixin for ProductViewSet {
    async fn perform_create(
        &self,
        request: &Request,
        serializer: Validated<Self>,
    ) -> Result<product::Model> {
        let log = RefCell::new(Vec::new());
        let log = &log;
        let product = serializer.save(request).await?;
        log.borrow_mut().push(product.id);
        Ok(product)
    }
}

fn main() {}

use restflow::prelude::*;
use sea_orm::{ModelTrait, PaginatorTrait};

use crate::{
    entities::{category, product},
    pagination,
    serializers::CategorySerializer,
};

#[derive(ModelViewSet)]
#[overrides(DestroyModelMixin)]
pub(crate) struct CategoryViewSet;

impl ApiView for CategoryViewSet {
    fn permission_classes(&self) -> Permissions {
        IsAuthenticatedOrReadOnly.into()
    }
}

impl GenericView for CategoryViewSet {
    type Entity = category::Entity;
    type Serializer = CategorySerializer;

    fn queryset(&self) -> Queryset<Self> {
        category::Entity::find().order_by_asc(category::Column::Id)
    }

    fn lookup_field(&self) -> LookupField<Self> {
        category::Column::Slug.into()
    }

    fn pagination_class(&self) -> Option<Paginator> {
        Some(pagination::category_pages())
    }
}

impl DestroyModelMixin for CategoryViewSet {
    async fn perform_destroy(&self, request: &Request, category: category::Model) -> Result<()> {
        let products = category.find_related(product::Entity);
        if products.count(request.db()).await? > 0 {
            return Err(ApiError::conflict("The category still has products."));
        }
        category.delete(request.db()).await?;
        Ok(())
    }
}

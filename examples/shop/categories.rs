//! The smallest complete resource, addressed by its slug.

use restflow::prelude::*;

use super::entities::category;

/// A group of products.
#[derive(ModelSerializer)]
#[serializer(entity = category::Entity)]
pub struct CategorySerializer {
    #[serializer(read_only)]
    pub id: i32,
    #[validate(length(max = 100))]
    pub name: String,
    #[validate(length(max = 50), regex(pattern = "^[-a-z0-9]+$"))]
    #[serializer(unique)]
    pub slug: String,
}

/// Categories of the shop.
#[derive(ModelViewSet)]
pub struct CategoryViewSet;

impl ApiView for CategoryViewSet {
    fn permission_classes(&self) -> Permissions {
        IsAuthenticatedOrReadOnly.into()
    }
}

impl GenericView for CategoryViewSet {
    type Entity = category::Entity;
    type Serializer = CategorySerializer;

    fn lookup_field(&self) -> LookupField<Self> {
        category::Column::Slug.into()
    }
}

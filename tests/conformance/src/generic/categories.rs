//! Categories: lookups by other columns, and links.

use restflow::{prelude::*, serializers::SerializerContext};

use crate::{entities::category, pagination, serializers::CategorySerializer};

pub(super) fn urls() -> Urls {
    Urls::new()
        .path("by-slug/{slug}/", CategoryBySlugView)
        .path("by-name/{the_name}/", CategoryByNameView)
        .path("hyper/", CategoryHyperListView)
        .path("hyper/{slug}/", CategoryHyperDetailView)
}

#[derive(ModelSerializer)]
#[serializer(entity = category::Entity, to_representation = link)]
struct CategoryHyperSerializer {
    #[serializer(computed)]
    url: String,
    #[serializer(read_only)]
    id: i64,
    #[validate(length(max = 100))]
    #[serializer(unique)]
    name: String,
    #[validate(slug, length(max = 50))]
    #[serializer(unique)]
    slug: String,
    #[serializer(required = false, allow_blank)]
    description: String,
}

fn link(category: &mut CategoryHyperSerializer, context: &SerializerContext<'_>) {
    category.url = format!(
        "{}/generic/categories/hyper/{}/",
        context.base_url(),
        category.slug
    );
}

#[derive(RetrieveUpdateDestroyApiView)]
struct CategoryBySlugView;

impl ApiView for CategoryBySlugView {}

impl GenericView for CategoryBySlugView {
    type Entity = category::Entity;
    type Serializer = CategorySerializer;

    fn lookup_field(&self) -> LookupField<Self> {
        category::Column::Slug.into()
    }
}

#[derive(RetrieveApiView)]
struct CategoryByNameView;

impl ApiView for CategoryByNameView {}

impl GenericView for CategoryByNameView {
    type Entity = category::Entity;
    type Serializer = CategorySerializer;

    fn lookup_field(&self) -> LookupField<Self> {
        category::Column::Name.into()
    }

    fn lookup_url_kwarg(&self) -> Option<&'static str> {
        Some("the_name")
    }
}

#[derive(ListCreateApiView)]
struct CategoryHyperListView;

impl ApiView for CategoryHyperListView {}

impl GenericView for CategoryHyperListView {
    type Entity = category::Entity;
    type Serializer = CategoryHyperSerializer;

    fn queryset(&self) -> Queryset<Self> {
        category::Entity::find().order_by_asc(category::Column::Id)
    }

    fn pagination_class(&self) -> Option<Paginator> {
        Some(pagination::no_default_limit())
    }
}

#[derive(RetrieveUpdateDestroyApiView)]
struct CategoryHyperDetailView;

impl ApiView for CategoryHyperDetailView {}

impl GenericView for CategoryHyperDetailView {
    type Entity = category::Entity;
    type Serializer = CategoryHyperSerializer;

    fn lookup_field(&self) -> LookupField<Self> {
        category::Column::Slug.into()
    }
}

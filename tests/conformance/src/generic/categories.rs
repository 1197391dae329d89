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
    let format = context.get::<KeptFormat>().map_or("", |kept| &kept.0);
    category.url = format!(
        "{}/generic/categories/hyper/{}/{format}",
        context.base_url(),
        category.slug
    );
}

/// The format that links keep: nothing, or `?format=json`.
#[derive(Clone)]
struct KeptFormat(String);

fn with_format<'a, V: ApiView>(view: &V, request: &'a Request) -> SerializerContext<'a> {
    let mut context = defaults::get_serializer_context(view, request);
    context.insert(KeptFormat(request.keep_format(String::new())));
    context
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

impl ApiView for CategoryHyperListView {
    fn get_serializer_context<'a>(&self, request: &'a Request) -> SerializerContext<'a> {
        with_format(self, request)
    }
}

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

impl ApiView for CategoryHyperDetailView {
    fn get_serializer_context<'a>(&self, request: &'a Request) -> SerializerContext<'a> {
        with_format(self, request)
    }
}

impl GenericView for CategoryHyperDetailView {
    type Entity = category::Entity;
    type Serializer = CategoryHyperSerializer;

    fn lookup_field(&self) -> LookupField<Self> {
        category::Column::Slug.into()
    }
}

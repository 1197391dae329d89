//! Views that are written method by method, and overridden steps of the dispatch.

use std::collections::BTreeMap;

use http::StatusCode;
use restflow::{
    prelude::*,
    serializers::{Input, SerializerClass},
    views::MetadataClass,
};
use serde_json::{Value, json};

use crate::{
    entities::{category, tag},
    pagination,
    serializers::{CategorySerializer, IdsSerializer, TagSerializer},
};

pub(super) fn urls() -> Urls {
    Urls::new()
        .path("plain/", PlainView)
        .path("bare/", BareView)
        .path("no-options/", NoOptionsView)
        .path("gate/", GateView)
}

struct PlainView;

impl ApiView for PlainView {
    fn serializer_class(&self) -> Option<SerializerClass> {
        Some(SerializerClass::of::<CategorySerializer>())
    }

    fn get_pagination_class(&self, _request: &Request) -> Option<Paginator> {
        Some(pagination::category_pages())
    }
}

/// Plain view with the helper methods.
#[handlers]
impl PlainView {
    async fn get(&self, request: &Request) -> Result<Response> {
        let categories = category::Entity::find().order_by_desc(category::Column::Id);
        self.paginated_response(request, categories)
            .header("X-Shop", "plain")
            .await
    }

    #[handler(status = 202)]
    async fn post(&self, request: &Request) -> Result<Response> {
        let validated = self.validated_data(request).await?;
        let data = validated.into_data::<CategorySerializer>()?;
        Ok(Response::new(data).with_status(StatusCode::ACCEPTED))
    }

    async fn put(&self, request: &Request) -> Result<Response> {
        let ids = request
            .data()
            .await?
            .as_json()
            .map(|body| body["ids"].clone());
        let input = Input::from_json(json!({"ids": ids}));
        let IdsSerializer { ids } = self.validated_serializer(request).input(input).await?;
        let tags = tag::Entity::find()
            .filter(tag::Column::Id.is_in(ids))
            .order_by_asc(tag::Column::Id);
        self.paginated_response(request, tags)
            .serializer::<TagSerializer>()
            .pagination_class(None)
            .await
    }

    async fn patch(&self, request: &Request) -> Result<Response> {
        let tags = tag::Entity::find().order_by_asc(tag::Column::Id);
        self.paginated_response(request, tags)
            .serializer::<TagSerializer>()
            .pagination_class(pagination::fast7())
            .await
    }
}

struct BareView;

impl ApiView for BareView {}

#[handlers]
impl BareView {
    async fn get(&self, request: &Request) -> Result<Response> {
        let query: BTreeMap<&str, &str> = request.query_params().iter().collect();
        Ok(Response::new(json!({"method": "get", "query": query})))
    }
}

struct NoOptionsView;

impl ApiView for NoOptionsView {
    fn metadata_class(&self) -> Option<MetadataClass> {
        None
    }
}

#[handlers]
impl NoOptionsView {
    async fn get(&self, _request: &Request) -> Result<Response> {
        Ok(Response::new([1, 2, 3]))
    }
}

/// acheck_permissions, ahandle_exception and a list written with apaginate_queryset.
#[derive(ListApiView)]
#[overrides(ListModelMixin)]
struct GateView;

const TEAPOT: &str = "teapot";

impl ApiView for GateView {
    async fn check_permissions(&self, request: &Request) -> Result<()> {
        if request
            .headers()
            .get("X-Deny")
            .is_some_and(|deny| deny == "yes")
        {
            return Err(self.permission_denied(request, Some("Gate closed."), None));
        }
        Ok(())
    }

    fn exception_handler(&self, _request: &Request, error: &ApiError) -> Value {
        if error.code() == TEAPOT {
            return json!({"handled": error.to_string()});
        }
        restflow::exceptions::exception_handler(error)
    }
}

impl GenericView for GateView {
    type Entity = tag::Entity;
    type Serializer = TagSerializer;

    fn queryset(&self) -> Queryset<Self> {
        tag::Entity::find().order_by_asc(tag::Column::Id)
    }

    fn pagination_class(&self) -> Option<Paginator> {
        Some(pagination::renamed())
    }
}

impl ListModelMixin for GateView {
    async fn list(&self, request: &Request) -> Result<Response> {
        let params = request.query_params();
        if params.contains("boom") {
            return Err(ApiError::new(StatusCode::IM_A_TEAPOT, TEAPOT, "boom"));
        }
        if params.contains("missing") {
            return Err(ApiError::not_found().with_detail("missing"));
        }
        let tags = self.resolved_queryset(request).await?;
        let tags = self.filter_queryset(request, tags).await?;
        let class = self.resolved_response_serializer(request)?;
        let page = self.paginate_queryset(request, tags, class).await?;
        let PaginatedQueryset::Page(page) = page else {
            return Err(ApiError::internal("the view has a paginator"));
        };
        self.represent_page(request, page, class).await
    }
}

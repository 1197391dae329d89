//! `/envelope/`: the views whose errors are in restflow's envelope (SPEC.md, section 9).

use http::header;
use restflow::{
    exceptions::{
        ExceptionHandler,
        envelope::{self, ErrorCode},
    },
    prelude::*,
    serializers::SerializerClass,
};
use serde_json::json;

use crate::{
    entities::{note, product},
    filters::ProductFilterSet,
    pagination,
    permissions::IsOwner,
    raise::{Foreign, raise},
    serializers::{
        NoteSerializer, ProductCreateSerializer, ProductListSerializer, ProductSerializer,
    },
    stable_order::StableOrder,
    validate,
};

pub(crate) fn urls() -> Urls {
    Urls::new()
        .path("products/", EnvelopeProductList)
        .path("products/{pk}/", EnvelopeProductDetail)
        .path("notes/{pk}/", EnvelopeNoteDetail)
        .path("throttle/", EnvelopeThrottle)
        .path("orders/", EnvelopeOrders)
        .path("raise/{kind}/", EnvelopeRaise)
}

/// drf-restflow's handler makes a response of its own, without the headers that tell a client how
/// to authenticate and when to come again. restflow sends them unless an application takes them
/// away (RFC 9110, section 15.5.2, demands the challenge).
fn without_headers(mut response: Response) -> Response {
    for name in [header::WWW_AUTHENTICATE, header::RETRY_AFTER] {
        response.headers_mut().remove(name);
    }
    response
}

fn live_products() -> sea_orm::Select<product::Entity> {
    product::Entity::find()
        .filter(product::Column::IsArchived.eq(false))
        .order_by_asc(product::Column::Id)
}

#[derive(ListCreateApiView)]
struct EnvelopeProductList;

impl ApiView for EnvelopeProductList {
    fn permission_classes(&self) -> Permissions {
        IsAuthenticatedOrReadOnly.into()
    }

    fn request_serializer_class(&self) -> Option<SerializerClass> {
        Some(SerializerClass::of::<ProductCreateSerializer>())
    }

    fn response_serializer_class(&self) -> Option<SerializerClass> {
        Some(SerializerClass::of::<ProductListSerializer>())
    }

    fn error_body(&self) -> Option<ExceptionHandler> {
        Some(envelope::exception_handler)
    }

    async fn handle_exception(&self, request: &Request, error: ApiError) -> Response {
        without_headers(defaults::handle_exception(self, request, error).await)
    }
}

impl GenericView for EnvelopeProductList {
    type Entity = product::Entity;
    type Serializer = ProductListSerializer;

    fn queryset(&self) -> Queryset<Self> {
        live_products()
    }

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new()
            .with(RestflowFilterBackend::<ProductFilterSet>::new())
            .with(StableOrder)
    }

    fn pagination_class(&self) -> Option<Paginator> {
        Some(pagination::standard())
    }
}

#[derive(RetrieveUpdateDestroyApiView)]
struct EnvelopeProductDetail;

impl ApiView for EnvelopeProductDetail {
    fn permission_classes(&self) -> Permissions {
        IsAuthenticatedOrReadOnly.into()
    }

    fn error_body(&self) -> Option<ExceptionHandler> {
        Some(envelope::exception_handler)
    }

    async fn handle_exception(&self, request: &Request, error: ApiError) -> Response {
        without_headers(defaults::handle_exception(self, request, error).await)
    }
}

impl GenericView for EnvelopeProductDetail {
    type Entity = product::Entity;
    type Serializer = ProductSerializer;

    fn queryset(&self) -> Queryset<Self> {
        live_products()
    }
}

#[derive(RetrieveUpdateDestroyApiView)]
struct EnvelopeNoteDetail;

impl ApiView for EnvelopeNoteDetail {
    fn permission_classes(&self) -> Permissions {
        Permissions::new()
            .with(IsAuthenticated)
            .with_object(IsOwner)
    }

    fn error_body(&self) -> Option<ExceptionHandler> {
        Some(envelope::exception_handler)
    }

    async fn handle_exception(&self, request: &Request, error: ApiError) -> Response {
        without_headers(defaults::handle_exception(self, request, error).await)
    }
}

impl GenericView for EnvelopeNoteDetail {
    type Entity = note::Entity;
    type Serializer = NoteSerializer;
}

struct EnvelopeThrottle;

impl ApiView for EnvelopeThrottle {
    fn throttle_classes(&self) -> Throttles {
        AnonRateThrottle::from_settings().into()
    }

    fn error_body(&self) -> Option<ExceptionHandler> {
        Some(envelope::exception_handler)
    }

    async fn handle_exception(&self, request: &Request, error: ApiError) -> Response {
        without_headers(defaults::handle_exception(self, request, error).await)
    }
}

#[handlers]
impl EnvelopeThrottle {
    async fn get(&self, _request: &Request) -> Result<Response> {
        Ok(Response::new(json!({"ok": true})))
    }
}

struct EnvelopeOrders;

impl ApiView for EnvelopeOrders {
    fn error_body(&self) -> Option<ExceptionHandler> {
        Some(envelope::exception_handler)
    }

    async fn handle_exception(&self, request: &Request, error: ApiError) -> Response {
        without_headers(defaults::handle_exception(self, request, error).await)
    }
}

#[handlers]
impl EnvelopeOrders {
    async fn post(&self, request: &Request) -> Result<Response> {
        validate::order(self, request).await
    }
}

struct EnvelopeRaise;

impl ApiView for EnvelopeRaise {
    fn error_body(&self) -> Option<ExceptionHandler> {
        Some(envelope::exception_handler)
    }

    async fn handle_exception(&self, request: &Request, error: ApiError) -> Response {
        without_headers(defaults::handle_exception(self, request, error).await)
    }
}

#[handlers]
impl EnvelopeRaise {
    async fn get(&self, request: &Request) -> Result<Response> {
        let kind = request.kwargs().get("kind").unwrap_or_default();
        raise(kind, translate)?;
        Ok(Response::new(json!({"kind": kind})))
    }
}

/// The envelope knows Django's errors; an `APIException` without a code of restflow's is the
/// server's own affair.
fn translate(error: Foreign) -> ApiError {
    match error {
        Foreign::NoPage(_) => ApiError::object_not_found(),
        Foreign::MissingRow(text) => ApiError::object_not_found().with_source(text),
        Foreign::Forbidden(text) => {
            ApiError::permission_denied().with_detail(text.unwrap_or("Permission denied."))
        }
        Foreign::Invalid(detail) => ApiError::validation(detail),
        Foreign::Plain(status, _, detail) => {
            ApiError::new(status, ErrorCode::InternalError, detail)
        }
    }
}

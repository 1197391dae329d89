#![doc = include_str!("../README.md")]

pub mod coming_from_drf;

#[doc(inline)]
pub use {
    restflow_exceptions as exceptions, restflow_fields as fields, restflow_filters as filters,
    restflow_generics as generics, restflow_mixins as mixins, restflow_pagination as pagination,
    restflow_routers as routers, restflow_serializers as serializers,
    restflow_throttling as throttling, restflow_views as views, restflow_viewsets as viewsets,
};

#[doc(inline)]
pub use restflow_exceptions::{ApiError, Result};
#[doc(inline)]
pub use restflow_routers::api;

#[doc(inline)]
pub use restflow_macros::{
    Choices, CreateApiView, CreateModelMixin, DestroyApiView, DestroyModelMixin, FilterSet,
    ListApiView, ListCreateApiView, ListModelMixin, ModelSerializer, ModelViewSet,
    ReadOnlyModelViewSet, RetrieveApiView, RetrieveDestroyApiView, RetrieveModelMixin,
    RetrieveUpdateApiView, RetrieveUpdateDestroyApiView, Serializer, UpdateApiView,
    UpdateModelMixin, ViewSet, actions, handlers, model_filter_set, model_serializer,
};

/// The default of every hook and action, for an override that builds on it: what Python writes
/// `super().create(…)` is `defaults::create(self, …)`.
///
/// A function has the name of its hook, and takes the view first and then what the hook takes.
///
/// ```
/// use restflow::prelude::*;
///
/// struct Account;
///
/// impl ApiView for Account {
///     async fn finalize_response(&self, request: &Request, response: Response) -> Response {
///         let response = defaults::finalize_response(self, request, response).await;
///         response.with_header("Cache-Control", "no-store")
///     }
/// }
/// # fn main() {}
/// ```
pub mod defaults {
    #[doc(inline)]
    pub use restflow_mixins::defaults::*;
    #[doc(inline)]
    pub use restflow_views::defaults::*;
}

/// Everything that a URL configuration and its views name: `use restflow::prelude::*;`.
pub mod prelude {
    pub use crate::defaults;
    pub use poem::{
        Endpoint, EndpointExt, Route, Server,
        http::{HeaderMap, Method, StatusCode},
        listener::TcpListener,
    };
    pub use poem_openapi::OpenApiService;
    pub use restflow_exceptions::{ApiError, ErrorDetail, FieldErrors, Result};
    pub use restflow_filters::{
        FilterBackend, FilterBackends, FilterContext, FilterSet, OrderingField, OrderingFilter,
        RestflowFilterBackend, RowFilter, SearchField, SearchFilter,
    };
    pub use restflow_macros::{
        Choices, CreateApiView, CreateModelMixin, DestroyApiView, DestroyModelMixin, FilterSet,
        ListApiView, ListCreateApiView, ListModelMixin, ModelSerializer, ModelViewSet,
        ReadOnlyModelViewSet, RetrieveApiView, RetrieveDestroyApiView, RetrieveModelMixin,
        RetrieveUpdateApiView, RetrieveUpdateDestroyApiView, Serializer, UpdateApiView,
        UpdateModelMixin, ViewSet, actions, handlers, model_filter_set, model_serializer,
    };
    pub use restflow_mixins::{
        CreateModelMixin, DestroyModelMixin, ListModelMixin, RetrieveModelMixin, UpdateModelMixin,
    };
    pub use restflow_pagination::{
        CursorPagination, Envelope, FastPageNumberPagination, LimitOffsetPagination, Page,
        PageNumberPagination, Pagination, Paginator,
    };
    pub use restflow_routers::{DefaultRouter, Router, SimpleRouter, TrailingSlash, UrlConf, Urls};
    pub use restflow_serializers::{
        ListLimits, ModelSerializer, PostFetch, PostFetches, Representation, Serializer,
        SerializerClass, SerializerContext, UploadedFile, Validation,
    };
    pub use restflow_throttling::{
        AnonRateThrottle, CacheKey, Rate, ScopedRateThrottle, SimpleRateThrottle, ThrottleSettings,
        ThrottleStore, UserRateThrottle,
    };
    pub use restflow_views::{
        Accepted, ActionConfig, ActionConfigs, AllowAny, ApiView, ApiViewExt, AsView, AuthUser,
        Authenticated, Authentication, Authenticators, CancelOnDisconnect, CsvRenderer, Data,
        EventStreamRenderer, FormParser, GenericView, GenericViewExt, Instance, IsAdminUser,
        IsAuthenticated, IsAuthenticatedOrReadOnly, JsonParser, JsonRenderer, Lookup, LookupField,
        Metadata, MetadataClass, MultiPartParser, NdjsonRenderer, NdjsonResponse, ObjectLookup,
        ObjectPermission, ObjectRef, PaginatedQueryset, Parser, ParserContext, Parsers, Permission,
        Permissions, PlainTextRenderer, Queryset, Renderer, RendererContext, Renderers, Request,
        RequestBody, Response, Settings, SimpleMetadata, SseEvent, SseResponse, StreamSettings,
        StreamingJsonListResponse, Throttle, ThrottleDecision, Throttles, TokenAuthentication,
        UploadLimits, UrlBase, User, Validated, blocking,
    };
    pub use restflow_viewsets::{ViewSet, ViewSetUrls};
    pub use sea_orm::{
        self, ActiveModelTrait, ColumnTrait, ConnectOptions, Database, DatabaseConnection, DbErr,
        EntityTrait, IntoActiveModel, ModelTrait, Order, QueryFilter, QueryOrder, QuerySelect, Set,
        prelude::{Date, DateTime, DateTimeUtc, DateTimeWithTimeZone, Decimal, Json, Time, Uuid},
    };
    pub use validator;
}

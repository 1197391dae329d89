//! Each name of the views of drf-restflow and Django REST framework, and what it is here.
//!
//! # How to read it
//!
//! A class attribute is a method without a request, read once when the view is put on a path. A
//! hook is a method that gets the request: `self.request` is an argument here, for a view is shared
//! by all requests. There is one flavor of each name, without the prefixes `Async` and `a`: a hook
//! is an `async fn` wherever it could want to wait, and code that blocks runs in
//! [`blocking`](crate::views::blocking).
//!
//! `super().create(request)` is `defaults::create(self, request).await`: [`defaults`](crate::defaults)
//! has a function for each hook. Helpers, which are called and never overridden, stand in
//! [`ApiViewExt`] and [`GenericViewExt`].
//!
//! ```
//! use restflow::prelude::*;
//! # mod product {
//! #     use sea_orm::entity::prelude::*;
//! #     #[sea_orm::model]
//! #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
//! #     #[sea_orm(table_name = "product")]
//! #     pub struct Model {
//! #         #[sea_orm(primary_key)]
//! #         pub id: i32,
//! #         pub name: String,
//! #         pub owner_id: i32,
//! #     }
//! #     impl ActiveModelBehavior for ActiveModel {}
//! # }
//! # #[derive(ModelSerializer)]
//! # #[serializer(entity = product::Entity)]
//! # struct ProductSerializer {
//! #     #[serializer(read_only)]
//! #     id: i32,
//! #     name: String,
//! # }
//!
//! // class ProductListCreateView(AsyncListCreateAPIView):
//! #[derive(ListCreateApiView)]
//! #[overrides(CreateModelMixin)]
//! struct ProductListCreateView;
//!
//! impl ApiView for ProductListCreateView {
//!     // permission_classes = [IsAuthenticated]
//!     fn permission_classes(&self) -> Permissions {
//!         IsAuthenticated.into()
//!     }
//! }
//!
//! impl GenericView for ProductListCreateView {
//!     // queryset = Product.objects.all()
//!     type Entity = product::Entity;
//!     // serializer_class = ProductSerializer
//!     type Serializer = ProductSerializer;
//!
//!     // pagination_class = PageNumberPagination
//!     fn pagination_class(&self) -> Option<Paginator> {
//!         PageNumberPagination::new(20).into()
//!     }
//!
//!     // def get_queryset(self):
//!     //     return super().get_queryset().filter(owner=self.request.user)
//!     async fn get_queryset(&self, request: &Request) -> Result<Queryset<Self>> {
//!         let queryset = defaults::get_queryset(self, request).await?;
//!         Ok(queryset.filter(product::Column::OwnerId.eq(request.user().id())))
//!     }
//! }
//!
//! impl CreateModelMixin for ProductListCreateView {
//!     // async def aperform_create(self, serializer):
//!     //     await serializer.asave(owner=self.request.user)
//!     async fn perform_create(
//!         &self,
//!         request: &Request,
//!         serializer: Validated<Self>,
//!     ) -> Result<product::Model> {
//!         let owner = request.user().id();
//!         serializer.set(product::Column::OwnerId, owner).save(request).await
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! # Views
//!
//! | Python | Rust |
//! |---|---|
//! | `APIView`, `AsyncAPIView` | [`ApiView`], with [`#[handlers]`](macro@crate::handlers) for `get`, `post`, … |
//! | `GenericAPIView`, `AsyncGenericAPIView` | [`GenericView`] |
//! | `AsyncListAPIView`, `ListAPIView` | [`#[derive(ListApiView)]`](derive@crate::ListApiView) |
//! | `AsyncCreateAPIView` | [`#[derive(CreateApiView)]`](derive@crate::CreateApiView) |
//! | `AsyncRetrieveAPIView` | [`#[derive(RetrieveApiView)]`](derive@crate::RetrieveApiView) |
//! | `AsyncUpdateAPIView` | [`#[derive(UpdateApiView)]`](derive@crate::UpdateApiView) |
//! | `AsyncDestroyAPIView` | [`#[derive(DestroyApiView)]`](derive@crate::DestroyApiView) |
//! | `AsyncListCreateAPIView` | [`#[derive(ListCreateApiView)]`](derive@crate::ListCreateApiView) |
//! | `AsyncRetrieveUpdateAPIView` | [`#[derive(RetrieveUpdateApiView)]`](derive@crate::RetrieveUpdateApiView) |
//! | `AsyncRetrieveDestroyAPIView` | [`#[derive(RetrieveDestroyApiView)]`](derive@crate::RetrieveDestroyApiView) |
//! | `AsyncRetrieveUpdateDestroyAPIView` | [`#[derive(RetrieveUpdateDestroyApiView)]`](derive@crate::RetrieveUpdateDestroyApiView) |
//! | `AsyncCreateModelMixin`, `CreateModelMixin` | [`CreateModelMixin`] |
//! | `AsyncListModelMixin`, `ListModelMixin` | [`ListModelMixin`] |
//! | `AsyncRetrieveModelMixin`, `RetrieveModelMixin` | [`RetrieveModelMixin`] |
//! | `AsyncUpdateModelMixin`, `UpdateModelMixin` | [`UpdateModelMixin`] |
//! | `AsyncDestroyModelMixin`, `DestroyModelMixin` | [`DestroyModelMixin`] |
//! | `AsyncViewSet`, `AsyncGenericViewSet` | [`#[derive(ViewSet)]`](derive@crate::ViewSet), without or with [`GenericView`] |
//! | `def list(self, request)` of a `ViewSet` | a method of that name in [`#[actions]`](macro@crate::actions) |
//! | `lookup_url_kwarg`, `lookup_value_regex` of a `ViewSet` | `#[viewset(lookup_url_kwarg = "…", lookup_value_pattern = "…")]` |
//! | `AsyncReadOnlyModelViewSet` | [`#[derive(ReadOnlyModelViewSet)]`](derive@crate::ReadOnlyModelViewSet) |
//! | `AsyncModelViewSet` | [`#[derive(ModelViewSet)]`](derive@crate::ModelViewSet) |
//! | `ActionConfig`, `action_configs` | [`ActionConfig`], [`ApiView::action_configs`] |
//! | `@action` | [`#[actions]`](macro@crate::actions) with `#[action]` |
//! | `NestedViewSetMixin` with `parent_lookup_kwargs` (drf-nested-routers) | `#[nested_under(ProductViewSet)]` beside the derive, see [`routers`](crate::routers#nested-viewsets) |
//! | `SimpleRouter`, `DefaultRouter` | the same in [`routers`](crate::routers) |
//! | `NestedSimpleRouter(router, "products", lookup="product")` | [`router.nested_in::<ProductViewSet>("product")`](crate::routers::SimpleRouter::nested_in), or by prefix [`router.nested("products", "product")`](crate::routers::SimpleRouter::nested) |
//!
//! # Attributes
//!
//! | Python | Rust |
//! |---|---|
//! | `queryset` | [`GenericView::Entity`], [`GenericView::queryset`] |
//! | `serializer_class` | [`GenericView::Serializer`]; without an entity [`ApiView::serializer_class`] |
//! | `request_serializer_class`, `response_serializer_class` | [`ApiView::request_serializer_class`], [`ApiView::response_serializer_class`] |
//! | `pagination_class` | [`GenericView::pagination_class`] |
//! | `filter_backends`, `filterset_class`, `search_fields`, `ordering_fields` | [`GenericView::filter_backends`]: the backends hold what they need |
//! | `lookup_field`, `lookup_url_kwarg`, `lookup_value_regex` | [`GenericView::lookup_field`], [`GenericView::lookup_url_kwarg`], [`GenericView::lookup_value_pattern`] |
//! | `authentication_classes`, `permission_classes`, `throttle_classes` | [`ApiView::authentication_classes`], [`ApiView::permission_classes`], [`ApiView::throttle_classes`] |
//! | `throttle_scope` | [`ApiView::throttle_scope`] |
//! | `parser_classes`, `renderer_classes`, `metadata_class` | [`ApiView::parser_classes`], [`ApiView::renderer_classes`], [`ApiView::metadata_class`] |
//! | `http_method_names` | [`ApiView::http_method_names`] |
//! | `content_negotiation_class` | [`ApiView::perform_content_negotiation`] |
//! | `settings`, `REST_FRAMEWORK` | [`Settings`](crate::views::Settings), from [`UrlConf::settings`](crate::routers::UrlConf::settings) |
//! | `self.tenant = …` in one hook, for later ones | [`Request::insert`](crate::views::Request::insert), [`Request::get`](crate::views::Request::get): a view is shared by all requests |
//! | `self.request`, `self.args`, `self.kwargs`, `self.action` | the argument [`Request`](crate::views::Request): [`kwargs`](crate::views::Request::kwargs), [`action`](crate::views::Request::action) |
//! | `self.action_map` | [`Request::action_map`](crate::views::Request::action_map) |
//! | `self.basename`, `self.detail`, `self.suffix`, `self.name`, `self.description` | [`Request::route`](crate::views::Request::route) |
//!
//! # Hooks
//!
//! | Python | Rust |
//! |---|---|
//! | `dispatch`, `initialize_request` | not overridden; the order is told at [`ApiView`] |
//! | `initial`, `ainitial` | [`ApiView::initial`] |
//! | `perform_content_negotiation` | [`ApiView::perform_content_negotiation`] |
//! | `perform_authentication`, `aperform_authentication` | [`ApiView::perform_authentication`] |
//! | `check_permissions`, `acheck_permissions` | [`ApiView::check_permissions`] |
//! | `check_object_permissions`, `acheck_object_permissions` | [`ApiView::check_object_permissions`]; a rule is cheaper as an [`ObjectPermission`](crate::views::ObjectPermission), see [`GenericView::get_object`] |
//! | `check_throttles`, `acheck_throttles` | [`ApiView::check_throttles`] |
//! | `permission_denied`, `throttled` | [`ApiView::permission_denied`], [`ApiView::throttled`] return the error |
//! | `http_method_not_allowed` | [`ApiView::http_method_not_allowed`] |
//! | `handle_exception`, `ahandle_exception` | [`ApiView::handle_exception`] |
//! | `get_exception_handler` | [`ApiView::exception_handler`] |
//! | `finalize_response`, `afinalize_response` | [`ApiView::finalize_response`] |
//! | `options`, `build_options_metadata` | [`ApiView::options`] |
//! | `get_authenticators`, `get_permissions`, `get_throttles`, `get_parsers`, `get_renderers` | [`ApiView::get_authenticators`] and so on |
//! | `get_serializer_class`, `get_request_serializer_class`, `get_response_serializer_class` | [`ApiView::get_serializer_class`] and so on |
//! | `get_pagination_class` | [`ApiView::get_pagination_class`] |
//! | `get_context`, `get_serializer_context` | [`ApiView::get_serializer_context`] |
//! | `get_queryset` | [`GenericView::get_queryset`] |
//! | `filter_queryset`, `afilter_queryset` | [`GenericView::filter_queryset`] |
//! | `paginate_queryset`, `apaginate_queryset` | [`GenericView::paginate_queryset`], which takes the queryset and gives it back where pagination is off |
//! | `get_paginated_response` | [`GenericView::get_paginated_response`] |
//! | `get_object`, `aget_object` | [`GenericView::get_object`] |
//! | `create`, `list`, `retrieve`, `update`, `partial_update`, `destroy` | the methods of the mixins |
//! | `perform_create`, `perform_update`, `perform_destroy`, and each with an `a` before it | [`CreateModelMixin::perform_create`], [`UpdateModelMixin::perform_update`], [`DestroyModelMixin::perform_destroy`] |
//! | `get_success_headers` | [`CreateModelMixin::get_success_headers`] |
//!
//! # Helpers
//!
//! | Python | Rust |
//! |---|---|
//! | `get_serializer(data=…)` with `is_valid(raise_exception=True)` | [`GenericView::validated`], without an entity [`ApiViewExt::validated_serializer`] |
//! | `validated_serializer`, `avalidated_serializer` | [`ApiViewExt::validated_serializer`]; [`ApiViewExt::validated_data`] for the class of the view |
//! | `avalidate_or_is_valid_serializer` | an `async` validation like any other |
//! | `get_serializer(data=…, many=True)` | [`GenericViewExt::validated_many`]; for rows that exist [`GenericViewExt::validated_updates`] |
//! | `fields`, `exclude`, `read_only_fields`, `extra_kwargs` in the `class Meta` of a `ModelSerializer` | [`#[model_serializer]`](macro@crate::model_serializer) on the model of the entity |
//! | `UniqueValidator`, `UniqueTogetherValidator`, `unique_together` | `#[serializer(unique)]` on a field, `unique_together(…)` on the serializer, see [`serializers`](crate::serializers#unique-together) |
//! | a `create` or `update` of a serializer that writes nested rows | `#[serializer(nested(write = "…"))]`, see [`serializers`](crate::serializers#nested-rows) |
//! | `reverse("product-detail", kwargs={"pk": 7}, request=request)` | [`ProductViewSet::detail_url(request, 7)`](crate::viewsets::ViewSetUrls), [`Request::reverse`](crate::views::Request::reverse) |
//! | `reverse(…)` without a request | the same with [`RouteTable::of::<Shop>()`](crate::routers::RouteTable::of) in the place of the request |
//! | `self.reverse_action("set-price", …)` | `ProductViewSet::set_price_url(request, 7)`, [`Request::reverse_action`](crate::views::Request::reverse_action) |
//! | `serializer.save()`, `serializer.asave()` | [`Validated::save`](crate::serializers::Validated::save), after [`set`](crate::serializers::Validated::set) for further columns |
//! | `get_serializer(page, many=True)` with `get_paginated_response(serializer.data)` | [`GenericViewExt::represent_page`]; with the page before it [`GenericViewExt::list_response`] |
//! | `serialized_response`, `aserialized_response` | [`ApiViewExt::serialized_response`]: one row or a `Vec`; other data is `Response::new(…)` |
//! | `paginated_response`, `apaginated_response` | [`ApiViewExt::paginated_response`] |
//! | `PostFetch`, `post_fetches=` | [`PostFetch`](crate::serializers::PostFetch), [`ApiView::get_post_fetches`] |
//! | `StreamingJSONListResponse` | [`StreamingJsonListResponse`](crate::views::StreamingJsonListResponse) |
//! | `NDJSONResponse`, `SSEResponse` | [`NdjsonResponse`](crate::views::NdjsonResponse), [`SseResponse`](crate::views::SseResponse) |
//! | `queryset.aiterator()` in a stream | [`ApiViewExt::streamed_rows`] |
//! | `APIException`, `ErrorCode` | [`ApiError`](crate::ApiError), [`ErrorKind`](crate::exceptions::ErrorKind) |
//! | `restflow.exceptions.exception_handler` | [`envelope::exception_handler`](crate::exceptions::envelope::exception_handler) |
//! | `AnonRateThrottle`, `UserRateThrottle`, `ScopedRateThrottle`, `SimpleRateThrottle` | the same in [`throttling`](crate::throttling) |
//! | `BaseThrottle`, `BasePermission`, `BaseAuthentication` | [`Throttle`](crate::views::Throttle), [`Permission`](crate::views::Permission), [`Authentication`](crate::views::Authentication) |
//! | `RestflowFilterBackend`, `SearchFilter`, `OrderingFilter` | the same in [`filters`](crate::filters) |
//! | `sync_to_async` | [`blocking`](crate::views::blocking) |
//! | `BaseRenderer`, `BaseParser`, `BasePagination` | [`Renderer`](crate::views::Renderer), [`Parser`](crate::views::Parser), [`Pagination`](crate::pagination::Pagination) |
//!
//! # Lists
//!
//! | Python | Rust |
//! |---|---|
//! | `DEFAULT_PAGINATION_CLASS` with `PAGE_SIZE` | [`Settings::pagination_class`](crate::views::Settings::pagination_class) |
//! | `PageNumberPagination`, `FastPageNumberPagination`, `LimitOffsetPagination`, `CursorPagination` | the same in [`pagination`](crate::pagination) |
//! | a `Paginator` with a `count` of its own | a strategy of [`Count`](crate::pagination::Count): `Capped`, `Estimated`, `Cached`, `None` |
//! | a `get_paginated_response` that writes a `Link` header | [`Pagination::link_header`](crate::pagination::Pagination::link_header) |
//! | a `BaseFilterBackend` that hides rows | [`RowFilter`](crate::filters::RowFilter) |
//! | a `FilterSet` with nothing but a `class Meta` | [`#[model_filter_set]`](macro@crate::model_filter_set) on the model of the entity |
//! | `Meta.model` | `#[filterset(entity = …)]` |
//! | `Meta.fields`, `Meta.exclude`, `Meta.extra_kwargs` | `fields(…)`, `exclude(…)` and `extra(…)` of `#[model_filter_set]` |
//! | `Meta.related_fields` | `#[filterset(related(…))]` |
//! | `Meta.order_fields`, `Meta.order_field_labels` | `#[filterset(order_by(…))]`, with `label` for a term |
//! | `Meta.default_order_fields`, `Meta.order_param`, `Meta.override_order_direction` | `#[filterset(default_order = "…", order_param = "…", override_order_direction = "…")]` |
//! | `Meta.operator`, `Meta.allow_negate`, `Meta.lookup_separator` | `#[filterset(operator = "…", allow_negate = …, lookup_separator = "…")]` |
//! | `search_fields = ["name"]` | [`SearchField::contains`](crate::filters::SearchField::contains) |
//! | `"^name"`, `"=name"`, `"$name"`, `"@name"` | [`starts_with`](crate::filters::SearchField::starts_with), [`exact`](crate::filters::SearchField::exact), [`regex`](crate::filters::SearchField::regex), [`full_text`](crate::filters::SearchField::full_text) |
//! | `ordering_fields = "__all__"` | [`OrderingFilter::all`](crate::filters::OrderingFilter::all) |
//!
//! # What is not there
//!
//! Versioning (`determine_version`), the browsable API and its renderers, and `as_view()`: a view
//! is put on a path as it is, `Urls::new().path("products/", ProductListCreateView)`. There is no
//! `APIViewHelpersMixin`, `AsyncViewSetMixin` or other async twin: every view has the helpers and
//! awaits. `DEFAULT_FILTER_BACKENDS` is no setting, because backends have the type of an entity; a
//! generic function of the application, called by each view, takes its place. The name and
//! the description of a view (`get_view_name`, `get_view_description`) are its type and its doc
//! comment. `TIME_ZONE` is no setting either: a row is written from its struct straight to bytes,
//! where nothing knows of settings, so `time_zone` is an attribute of a serializer, or of a field.

#[cfg(doc)]
use crate::{
    mixins::{
        CreateModelMixin, DestroyModelMixin, ListModelMixin, RetrieveModelMixin, UpdateModelMixin,
    },
    views::{ActionConfig, ApiView, ApiViewExt, GenericView, GenericViewExt},
};

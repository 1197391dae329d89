//! The base of all views.

use std::time::Duration;

use http::Method;
use restflow_exceptions::{ApiError, ExceptionHandler, Result};
use restflow_pagination::Paginator;
use restflow_serializers::{
    ErasedValidated, FromData, PostFetches, RestEntity, SerializerClass, SerializerContext,
    Validation,
};
use sea_orm::Select;

use crate::{
    ActionConfigs, Authenticators, IntoRows, MetadataClass, ObjectRef, PaginatedResponse, Parsers,
    Permissions, Renderers, Request, Response, SerializedResponse, StreamedRows, Throttles,
    ValidatedSerializer, defaults, permissions::Denial,
};

/// A class-based view: attributes, and a dispatch of named hooks.
///
/// Nothing is required; `impl ApiView for Ping {}` is a view. The attributes (nouns) are read once
/// when the view is put on a path. The hooks (verbs, and `get_…`) run for each request, in this
/// order: [`initial`](Self::initial) (negotiation, authentication, permissions, throttles), the
/// handler, [`handle_exception`](Self::handle_exception) if anything failed, and
/// [`finalize_response`](Self::finalize_response).
///
/// `&self` is configuration and shared by all requests; the request is passed to every hook. Hooks
/// that may have to wait are `async fn`, as are the rules of policies; the getters (`get_…`) and
/// those that only make an error are not: what they need is awaited in
/// [`initial`](Self::initial) and kept by [`Request::insert`]. Code that blocks goes into [`blocking`](crate::blocking).
///
/// An override that goes on from the default calls it by its name in [`defaults`](crate::defaults),
/// as Python calls `super()`: `defaults::initial(self, request).await?`.
///
/// DRF: `rest_framework.views.APIView`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a view",
    note = "every view starts with `impl ApiView for {Self} {{}}`"
)]
pub trait ApiView: Sized + Send + Sync + 'static {
    /// Who reads the user from a request. The default takes the API's settings.
    fn authentication_classes(&self) -> Authenticators {
        Authenticators::from_settings()
    }

    /// Who may use the view. The default takes the API's settings.
    fn permission_classes(&self) -> Permissions {
        Permissions::from_settings()
    }

    /// How often the view may be called. The default takes the API's settings.
    fn throttle_classes(&self) -> Throttles {
        Throttles::from_settings()
    }

    /// The name under which a `ScopedRateThrottle` counts the requests of the view, together with
    /// those of all views of the same scope. Without one, the default, that throttle lets
    /// everything pass.
    fn throttle_scope(&self) -> Option<&'static str> {
        None
    }

    /// Who reads bodies. The default takes the API's settings.
    fn parser_classes(&self) -> Parsers {
        Parsers::from_settings()
    }

    /// Who writes bodies. The default takes the API's settings. With more than one renderer
    /// answers carry `Vary: Accept`.
    fn renderer_classes(&self) -> Renderers {
        Renderers::from_settings()
    }

    /// Who answers OPTIONS: `Some(OwnMetadata.into())`. `None` refuses the method with 405. The
    /// default takes the API's settings.
    fn metadata_class(&self) -> Option<MetadataClass> {
        Some(MetadataClass::from_settings())
    }

    /// What makes the body of an error, for a view whose errors look different from the rest of
    /// the API: `Some(restflow_exceptions::envelope::exception_handler)`. The OpenAPI document
    /// describes errors as it writes them.
    ///
    /// Default: `None`, the [`exception_handler`](crate::Settings::exception_handler) of the settings.
    fn error_body(&self) -> Option<ExceptionHandler> {
        None
    }

    /// The serializer of the view. A generic view need not say it, its
    /// [`Serializer`](crate::GenericView::Serializer) is the default.
    fn serializer_class(&self) -> Option<SerializerClass> {
        None
    }

    /// The serializer that reads bodies, where it differs.
    fn request_serializer_class(&self) -> Option<SerializerClass> {
        None
    }

    /// The serializer that writes answers, where it differs.
    fn response_serializer_class(&self) -> Option<SerializerClass> {
        None
    }

    /// The overrides of single actions, for viewsets. Views that have no actions must not have
    /// any, which is checked when they are put on a path.
    fn action_configs(&self) -> ActionConfigs<Self> {
        ActionConfigs::new()
    }

    /// The methods that the view answers, in the order of `Allow`. All that it has handlers for
    /// by default.
    ///
    /// Overridden to take methods away: `vec![Method::GET, Method::HEAD, Method::OPTIONS]` makes a
    /// viewset read-only. A method that is not named is refused with 405 and left out of `Allow`
    /// and of the OpenAPI document. HEAD is answered by the handler of GET and needs both.
    ///
    /// DRF: `View.http_method_names`.
    fn http_method_names(&self) -> Vec<Method> {
        vec![
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::HEAD,
            Method::OPTIONS,
        ]
    }

    /// The authenticators of this request. Overridden where they depend on the request.
    ///
    /// Default: [`defaults::get_authenticators`].
    fn get_authenticators(&self, request: &Request) -> Authenticators {
        defaults::get_authenticators(self, request)
    }

    /// The permissions of this request. Overridden where they depend on the request; an
    /// [`ActionConfig`](crate::ActionConfig) wins over it.
    ///
    /// Default: [`defaults::get_permissions`].
    fn get_permissions(&self, request: &Request) -> Permissions {
        defaults::get_permissions(self, request)
    }

    /// The throttles of this request. Overridden where they depend on the request; an
    /// [`ActionConfig`](crate::ActionConfig) wins over it.
    ///
    /// Default: [`defaults::get_throttles`].
    fn get_throttles(&self, request: &Request) -> Throttles {
        defaults::get_throttles(self, request)
    }

    /// The parsers of this request. Overridden where they depend on the request; an
    /// [`ActionConfig`](crate::ActionConfig) wins over it.
    ///
    /// Default: [`defaults::get_parsers`].
    fn get_parsers(&self, request: &Request) -> Parsers {
        defaults::get_parsers(self, request)
    }

    /// The renderers of this request. Overridden where they depend on the request; an
    /// [`ActionConfig`](crate::ActionConfig) wins over it.
    ///
    /// Default: [`defaults::get_renderers`].
    fn get_renderers(&self, request: &Request) -> Renderers {
        defaults::get_renderers(self, request)
    }

    /// The serializer class of this request, `None` if there is none. Overridden where it depends
    /// on the request; an [`ActionConfig`](crate::ActionConfig) wins over it.
    ///
    /// Default: [`defaults::get_serializer_class`].
    fn get_serializer_class(&self, request: &Request) -> Option<SerializerClass> {
        defaults::get_serializer_class(self, request)
    }

    /// The class that reads this request's body: the view's request serializer, else
    /// [`get_serializer_class`](Self::get_serializer_class), which is usually the one to override.
    ///
    /// Default: [`defaults::get_request_serializer_class`].
    fn get_request_serializer_class(&self, request: &Request) -> Option<SerializerClass> {
        defaults::get_request_serializer_class(self, request)
    }

    /// The class that writes this request's answer: the view's response serializer, else
    /// [`get_serializer_class`](Self::get_serializer_class), which is usually the one to override.
    ///
    /// Default: [`defaults::get_response_serializer_class`].
    fn get_response_serializer_class(&self, request: &Request) -> Option<SerializerClass> {
        defaults::get_response_serializer_class(self, request)
    }

    /// What the serializers of this request are told besides input and rows. Overridden to add
    /// values that they find by their type:
    ///
    /// ```
    /// # use restflow::prelude::*;
    /// #[derive(Clone)]
    /// struct Currency(&'static str);
    ///
    /// # struct Prices;
    /// impl ApiView for Prices {
    ///     fn get_serializer_context<'a>(&self, request: &'a Request) -> SerializerContext<'a> {
    ///         let mut context = defaults::get_serializer_context(self, request);
    ///         context.insert(Currency("CHF"));
    ///         context
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// Made anew for each validation and each answer. What has to be awaited first belongs in
    /// [`initial`](Self::initial).
    ///
    /// Default: [`defaults::get_serializer_context`].
    fn get_serializer_context<'a>(&self, request: &'a Request) -> SerializerContext<'a> {
        defaults::get_serializer_context(self, request)
    }

    /// What fills the post-fetched fields of the serializers that this request may be answered
    /// with. None by default.
    ///
    /// Overridden by every view whose serializers have such fields
    /// (`#[serializer(post_fetch(…))]`), and then lists, single objects and the answers of writes
    /// have them alike. It may name more than an answer shows: what belongs to another serializer
    /// is not run. A single answer gets its own with
    /// [`SerializedResponse::post_fetch`](crate::SerializedResponse::post_fetch) and
    /// [`PaginatedResponse::post_fetch`](crate::PaginatedResponse::post_fetch), which win over
    /// these.
    ///
    /// ```
    /// use restflow::prelude::*;
    /// use sea_orm::Order;
    /// # mod product {
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    /// #     #[sea_orm(table_name = "product")]
    /// #     pub struct Model {
    /// #         #[sea_orm(primary_key)]
    /// #         pub id: i32,
    /// #         pub name: String,
    /// #     }
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// # }
    /// # mod review {
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    /// #     #[sea_orm(table_name = "review")]
    /// #     pub struct Model {
    /// #         #[sea_orm(primary_key)]
    /// #         pub id: i32,
    /// #         pub product_id: i32,
    /// #         pub rating: i32,
    /// #         pub created_at: DateTimeUtc,
    /// #     }
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// # }
    ///
    /// #[derive(ModelSerializer)]
    /// #[serializer(entity = review::Entity)]
    /// struct ReviewSummarySerializer {
    ///     id: i32,
    ///     rating: i32,
    /// }
    ///
    /// #[derive(ModelSerializer)]
    /// #[serializer(entity = product::Entity)]
    /// struct ProductSerializer {
    ///     name: String,
    ///     #[serializer(post_fetch(product_id = "id"))]
    ///     latest_review: Option<ReviewSummarySerializer>,
    /// }
    ///
    /// #[derive(ReadOnlyModelViewSet)]
    /// struct ProductViewSet;
    ///
    /// impl ApiView for ProductViewSet {
    ///     fn get_post_fetches(&self, _request: &Request) -> PostFetches {
    ///         let latest = PostFetch::new(ProductSerializer::LATEST_REVIEW, review::Entity::find())
    ///             .order_by(review::Column::CreatedAt, Order::Desc);
    ///         PostFetches::new().with(latest)
    ///     }
    /// }
    ///
    /// impl GenericView for ProductViewSet {
    ///     type Entity = product::Entity;
    ///     type Serializer = ProductSerializer;
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// Default: [`defaults::get_post_fetches`].
    fn get_post_fetches(&self, request: &Request) -> PostFetches {
        defaults::get_post_fetches(self, request)
    }

    /// The paginator of this request, `None` to turn pagination off. Overridden where it depends
    /// on the request; an [`ActionConfig`](crate::ActionConfig) wins over it.
    ///
    /// Default: [`defaults::get_pagination_class`].
    fn get_pagination_class(&self, request: &Request) -> Option<Paginator> {
        defaults::get_pagination_class(self, request)
    }

    /// Everything before the handler: negotiation, authentication, permissions, throttles.
    ///
    /// Overridden to add a step for every method of the view, before or behind those.
    ///
    /// Default: [`defaults::initial`].
    fn initial(&self, request: &Request) -> impl Future<Output = Result<()>> + Send {
        defaults::initial(self, request)
    }

    /// Agrees upon the renderer, by `?format=`, suffix and `Accept`. Overridden to choose in
    /// another way among [`Request::renderers`], and to say so by [`Request::set_accepted`] (DRF:
    /// `content_negotiation_class`); another list of renderers is usually the better choice.
    ///
    /// Default: [`defaults::perform_content_negotiation`].
    fn perform_content_negotiation(&self, request: &Request) -> Result<()> {
        defaults::perform_content_negotiation(self, request)
    }

    /// Reads the user. Wrong credentials fail here, also on a view that is open to everybody.
    /// Overridden to look at the user once it is known; another authenticator is usually the
    /// better choice.
    ///
    /// Default: [`defaults::perform_authentication`].
    fn perform_authentication(&self, request: &Request) -> impl Future<Output = Result<()>> + Send {
        defaults::perform_authentication(self, request)
    }

    /// Asks the permissions. Overridden for a rule that is no permission class; call
    /// [`permission_denied`](Self::permission_denied) to refuse.
    ///
    /// Default: [`defaults::check_permissions`].
    fn check_permissions(&self, request: &Request) -> impl Future<Output = Result<()>> + Send {
        defaults::check_permissions(self, request)
    }

    /// Asks the permissions about one object. Part of
    /// [`get_object`](crate::GenericView::get_object); a handler that finds its object in another
    /// way calls it: `self.check_object_permissions(request, (&product).into())`. Rules about
    /// objects of another type are not asked.
    ///
    /// Overridden for a rule that is no permission class; call
    /// [`permission_denied`](Self::permission_denied) to refuse. `retrieve` reads the shown columns
    /// only, so a rule that looks at the object costs it a query more; as an
    /// [`ObjectPermission`](crate::ObjectPermission) it costs none, because `retrieve` then knows
    /// that it must load the whole row, see [`get_object`](crate::GenericView::get_object).
    ///
    /// ```
    /// use restflow::prelude::*;
    /// # mod product {
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    /// #     #[sea_orm(table_name = "product")]
    /// #     pub struct Model {
    /// #         #[sea_orm(primary_key)]
    /// #         pub id: i32,
    /// #         #[sea_orm(default_value = false)]
    /// #         pub archived: bool,
    /// #     }
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// # }
    /// # #[derive(ModelSerializer)]
    /// # #[serializer(entity = product::Entity)]
    /// # struct ProductSerializer {
    /// #     id: i32,
    /// # }
    ///
    /// #[derive(ModelViewSet)]
    /// struct Products;
    ///
    /// impl ApiView for Products {
    ///     async fn check_object_permissions(
    ///         &self,
    ///         request: &Request,
    ///         object: ObjectRef<'_>,
    ///     ) -> Result<()> {
    ///         defaults::check_object_permissions(self, request, object).await?;
    ///         let product = object.get::<product::Model>().await?;
    ///         if product.is_some_and(|product| product.archived) {
    ///             return Err(self.permission_denied(request, Some("It is archived."), None));
    ///         }
    ///         Ok(())
    ///     }
    /// }
    /// # impl GenericView for Products {
    /// #     type Entity = product::Entity;
    /// #     type Serializer = ProductSerializer;
    /// # }
    /// #
    /// # struct Api;
    /// #
    /// # impl UrlConf for Api {
    /// #     fn urls() -> Urls {
    /// #         let mut router = SimpleRouter::new();
    /// #         router.register("products", Products);
    /// #         Urls::new().include("", router)
    /// #     }
    /// # }
    /// # let _ = restflow::routers::RouteTable::of::<Api>();
    /// ```
    ///
    /// Default: [`defaults::check_object_permissions`].
    fn check_object_permissions(
        &self,
        request: &Request,
        object: ObjectRef<'_>,
    ) -> impl Future<Output = Result<()>> + Send {
        defaults::check_object_permissions(self, request, object)
    }

    /// Counts the request in all throttles. Overridden to let some requests pass uncounted; call
    /// [`throttled`](Self::throttled) to refuse.
    ///
    /// Default: [`defaults::check_throttles`].
    fn check_throttles(&self, request: &Request) -> impl Future<Output = Result<()>> + Send {
        defaults::check_throttles(self, request)
    }

    /// The error of a refused request: 401 when the client has not said who it is but could, else
    /// 403 with `message` and `code`. Overridden to answer otherwise, with 404 say, so that nobody
    /// learns what exists.
    ///
    /// Default: [`defaults::permission_denied`].
    fn permission_denied(
        &self,
        request: &Request,
        message: Option<&str>,
        code: Option<&str>,
    ) -> ApiError {
        defaults::permission_denied(self, request, message, code)
    }

    /// The error of a throttled request: 429, with the seconds to wait if they are known.
    /// Overridden for another text.
    ///
    /// Default: [`defaults::throttled`].
    fn throttled(&self, request: &Request, wait: Option<Duration>) -> ApiError {
        defaults::throttled(self, request, wait)
    }

    /// The error for a method that the path does not have: 405. Overridden for another text.
    ///
    /// Default: [`defaults::http_method_not_allowed`].
    fn http_method_not_allowed(&self, request: &Request) -> ApiError {
        defaults::http_method_not_allowed(self, request)
    }

    /// Turns an error of any step into the response.
    ///
    /// Adds `WWW-Authenticate` to a 401 (which becomes a 403 without a challenge, as in DRF) and
    /// `Retry-After` to a 429. What is the server's fault is in the log already, with its cause and the
    /// request's [id](Request::id); the client never learns the cause. Overridden to report errors
    /// elsewhere, or to turn one into another. To change the body only, override
    /// [`exception_handler`](Self::exception_handler).
    ///
    /// Default: [`defaults::handle_exception`].
    fn handle_exception(
        &self,
        request: &Request,
        error: ApiError,
    ) -> impl Future<Output = Response> + Send {
        defaults::handle_exception(self, request, error)
    }

    /// The body of an error. Overridden where it depends on the request; errors that look
    /// different from the rest of the API are better said by [`error_body`](Self::error_body),
    /// which the OpenAPI document can read.
    ///
    /// Default: [`defaults::exception_handler`].
    fn exception_handler(&self, request: &Request, error: &ApiError) -> serde_json::Value {
        defaults::exception_handler(self, request, error)
    }

    /// The last word on a response: adds `Allow`, and `Vary: Accept` where there is a choice.
    /// Overridden to add headers to every answer, errors among them, or to write down that it was
    /// given.
    ///
    /// Default: [`defaults::finalize_response`].
    fn finalize_response(
        &self,
        request: &Request,
        response: Response,
    ) -> impl Future<Output = Response> + Send {
        defaults::finalize_response(self, request, response)
    }

    /// Answers OPTIONS with what [`metadata_class`](Self::metadata_class) says, which is usually
    /// the better choice than overriding this.
    ///
    /// Default: [`defaults::options`].
    fn options(&self, request: &Request) -> impl Future<Output = Result<Response>> + Send {
        defaults::options(self, request)
    }
}

/// What every view can do: helpers that are called, never overridden.
///
/// To change what one of them does, override the hook that it is made of, in [`ApiView`].
pub trait ApiViewExt: ApiView {
    /// The class that reads the body, resolved: the action's, else the view's. Fails when there
    /// is none.
    fn resolved_request_serializer(&self, request: &Request) -> Result<SerializerClass> {
        resolve::request_serializer_class(self, request)
    }

    /// The class that writes the answer, resolved: the action's, else the view's. Fails when there
    /// is none.
    fn resolved_response_serializer(&self, request: &Request) -> Result<SerializerClass> {
        resolve::response_serializer_class(self, request)
    }

    /// The body, validated by the serializer `S`: `let price: PriceSerializer =
    /// self.validated_serializer(request).await?`. Before the `.await` other input can be chosen.
    ///
    /// Fails with a 400 that names every wrong field. What a PATCH leaves out is missing here, too:
    /// a partial validation has no whole `S` to give, and is
    /// `S::validate(request.input().await?, &Validation::new(&context).partial(true))`.
    ///
    /// drf-restflow: `validated_serializer`.
    fn validated_serializer<'a, S>(
        &'a self,
        request: &'a Request,
    ) -> ValidatedSerializer<'a, Self, S>
    where
        S: FromData,
    {
        ValidatedSerializer::new(self, request)
    }

    /// The body, validated by the request serializer of the view or the action, whatever it is.
    fn validated_data(
        &self,
        request: &Request,
    ) -> impl Future<Output = Result<ErasedValidated>> + Send {
        async move {
            let class = resolve::request_serializer_class(self, request)?;
            let context = self.get_serializer_context(request);
            class
                .validate(request.input().await?, &Validation::new(&context))
                .await
        }
    }

    /// 200 with one row (a model) or many (a `Vec` of models), through the response serializer of
    /// the view or the action: `self.serialized_response(request, product).await`. Before the
    /// `.await` the status, the headers, another serializer and post-fetches can be chosen.
    ///
    /// Data that is no row of an entity needs no serializer class: `Response::new(data)`.
    ///
    /// drf-restflow: `serialized_response` with `many` for a list.
    fn serialized_response<'a, R, K>(
        &'a self,
        request: &'a Request,
        rows: R,
    ) -> SerializedResponse<'a, Self, R::Model>
    where
        R: IntoRows<K>,
    {
        SerializedResponse::new(self, request, rows.into_rows())
    }

    /// 200 with one page of `queryset`, or all of it where the view has no paginator:
    /// `self.paginated_response(request, queryset).await`. Before the `.await` the paginator, the
    /// headers, another serializer and post-fetches can be chosen.
    ///
    /// The rows may be of any entity, and no filter is applied to them. A cursor follows the
    /// ordering that the client has chosen by a filter backend of the view where the rows are of
    /// the view's entity, as in `list`. The `paginate_queryset` and `get_paginated_response` of a
    /// generic view are not asked: its own rows are answered with
    /// [`list_response`](crate::GenericViewExt::list_response), as its `list` does.
    fn paginated_response<'a, E>(
        &'a self,
        request: &'a Request,
        queryset: Select<E>,
    ) -> PaginatedResponse<'a, Self, E>
    where
        E: RestEntity,
    {
        PaginatedResponse::new(self, request, queryset)
    }

    /// The rows of `queryset`, each as the JSON that the response serializer of the view or the
    /// action makes of it:
    ///
    /// ```
    /// use restflow::prelude::*;
    /// # mod product {
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    /// #     #[sea_orm(table_name = "product")]
    /// #     pub struct Model {
    /// #         #[sea_orm(primary_key)]
    /// #         pub id: i32,
    /// #         pub name: String,
    /// #     }
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// # }
    /// # #[derive(ModelSerializer)]
    /// # #[serializer(entity = product::Entity)]
    /// # struct ProductSerializer {
    /// #     name: String,
    /// # }
    ///
    /// struct ProductExport;
    ///
    /// impl ApiView for ProductExport {
    ///     /// Without it `Accept: application/x-ndjson` would be a 406.
    ///     fn renderer_classes(&self) -> Renderers {
    ///         Renderers::default().with(NdjsonRenderer)
    ///     }
    /// }
    ///
    /// #[handlers]
    /// impl ProductExport {
    ///     async fn get(&self, request: &Request) -> Result<Response> {
    ///         let products = product::Entity::find();
    ///         let rows = self.streamed_rows(request, products);
    ///         let rows = rows.serializer::<ProductSerializer>().await?;
    ///         Ok(NdjsonResponse::new(rows).into())
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// They are read in chunks of constant memory, with a query for each chunk, in the order of the
    /// queryset; an index should serve it. Before the `.await` another serializer, post-fetches,
    /// the size of a chunk and a single statement can be chosen. See [`StreamedRows`] for what the
    /// stream promises and costs.
    fn streamed_rows<'a, E>(
        &'a self,
        request: &'a Request,
        queryset: Select<E>,
    ) -> StreamedRows<'a, Self, E>
    where
        E: RestEntity,
    {
        StreamedRows::new(self, request, queryset)
    }
}

impl<V: ApiView> ApiViewExt for V {}

pub(crate) fn refuse<V: ApiView>(
    view: &V,
    request: &Request,
    denial: Option<Denial>,
) -> Result<()> {
    match denial {
        None => Ok(()),
        Some(Denial { message, code }) => {
            Err(view.permission_denied(request, message.as_deref(), code.as_deref()))
        }
    }
}

/// One line for the operator, with what the client is not told.
pub(crate) fn log_server_error(request: &Request, error: &ApiError) {
    // Whether SQLite's connections have regular expressions only shows when one is used.
    let no_regexp =
        |cause: &dyn std::fmt::Display| cause.to_string().contains("no such function: REGEXP");
    let hint = error.log_source().is_some_and(|cause| no_regexp(&cause));
    tracing::error!(
        method = %request.method(),
        path = request.uri().path(),
        request_id = request.id(),
        error = %error,
        cause = error.log_source().map(tracing::field::display),
        hint = hint.then_some("connect with `restflow::filters::with_regexp(options)`"),
        "the request failed"
    );
}

/// Every getter in one order: the action's override, then the view's `get_…`.
pub(crate) mod resolve {
    use super::{
        ApiError, ApiView, Authenticators, Paginator, Parsers, Permissions, Renderers, Request,
        Result, SerializerClass, Throttles,
    };

    /// The permissions of the request. Those that stand for the settings' become them, wherever
    /// they come from.
    pub(crate) fn permissions<V: ApiView>(view: &V, request: &Request) -> Permissions {
        match &request.route().overrides.permissions {
            Some(overridden) => overridden.clone(),
            None => view
                .get_permissions(request)
                .or_settings(&request.route().view.settings.permission_classes),
        }
    }

    pub(crate) fn throttles<V: ApiView>(view: &V, request: &Request) -> Throttles {
        match &request.route().overrides.throttles {
            Some(overridden) => overridden.clone(),
            None => view
                .get_throttles(request)
                .or_settings(&request.route().view.settings.throttle_classes),
        }
    }

    pub(crate) fn parsers<V: ApiView>(view: &V, request: &Request) -> Parsers {
        match &request.route().overrides.parsers {
            Some(overridden) => overridden.clone(),
            None => view
                .get_parsers(request)
                .or_settings(&request.route().view.settings.parser_classes),
        }
    }

    pub(crate) fn renderers<V: ApiView>(view: &V, request: &Request) -> Renderers {
        match &request.route().overrides.renderers {
            Some(overridden) => overridden.clone(),
            None => view
                .get_renderers(request)
                .or_settings(&request.route().view.settings.renderer_classes),
        }
    }

    pub(crate) fn authenticators<V: ApiView>(view: &V, request: &Request) -> Authenticators {
        view.get_authenticators(request)
            .or_settings(&request.route().view.settings.authentication_classes)
    }

    pub(crate) fn pagination<V: ApiView>(view: &V, request: &Request) -> Option<Paginator> {
        let class = match &request.route().overrides.pagination {
            Some(overridden) => overridden.clone(),
            None => view.get_pagination_class(request),
        };
        pagination_class(class, request)
    }

    /// `class`, or that of the settings if it stands for them.
    pub(crate) fn pagination_class(
        class: Option<Paginator>,
        request: &Request,
    ) -> Option<Paginator> {
        request.route().view.settings.paginator_of(class)
    }

    pub(crate) fn serializer_class<V: ApiView>(
        view: &V,
        request: &Request,
    ) -> Option<SerializerClass> {
        let overridden = request.route().overrides.serializer;
        overridden.or_else(|| view.get_serializer_class(request))
    }

    pub(crate) fn request_serializer_class<V: ApiView>(
        view: &V,
        request: &Request,
    ) -> Result<SerializerClass> {
        let overridden = request.route().overrides.request_serializer;
        overridden
            .or_else(|| view.get_request_serializer_class(request))
            .ok_or_else(|| missing::<V>(request, "reads its body"))
    }

    pub(crate) fn response_serializer_class<V: ApiView>(
        view: &V,
        request: &Request,
    ) -> Result<SerializerClass> {
        let overridden = request.route().overrides.response_serializer;
        overridden
            .or_else(|| view.get_response_serializer_class(request))
            .ok_or_else(|| missing::<V>(request, "writes its answer"))
    }

    /// Only a view without an entity can lack a serializer, and only its handlers know whether
    /// they ask for one.
    fn missing<V>(request: &Request, what: &str) -> ApiError {
        let view = std::any::type_name::<V>();
        let action = request.action().unwrap_or(request.method().as_str());
        let of_the_action = match request.action() {
            Some(_) => "set it in the ActionConfig of the action, ",
            None => "",
        };
        ApiError::internal(format!(
            "`{action}` of `{view}` asks for the serializer that {what}, and there is none: \
             implement `serializer_class` of the view, {of_the_action}override \
             `get_serializer_class`, or name one in the handler (`.serializer::<…>()`)"
        ))
    }
}

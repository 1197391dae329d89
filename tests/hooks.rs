//! The hooks of views: overrides that build on the defaults, what serializers are told, methods
//! taken away, errors of the application, and the id of a request in the log.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

use std::sync::{Arc, Mutex};

use poem::{
    Response as PoemResponse,
    http::HeaderMap,
    middleware::{AddData, RequestId},
    test::{TestClient, TestRequestBuilder},
};
use restflow::{exceptions::envelope, pagination::Envelope, prelude::*};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

mod book {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "book")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub title: String,
        pub price: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod user {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "user")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(ModelSerializer)]
#[serializer(entity = book::Entity)]
struct BookSerializer {
    #[serializer(read_only)]
    id: i32,
    title: String,
    price: i32,
}

async fn client<U: UrlConf>() -> TestClient<impl Endpoint<Output = PoemResponse>> {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None);
    let db = Database::connect(options).await.unwrap();
    let schema = db.get_schema_builder();
    schema
        .register(book::Entity)
        .register(user::Entity)
        .apply(&db)
        .await
        .unwrap();
    db.execute_unprepared("INSERT INTO book (title, price) VALUES ('Emma', 9), ('Ulysses', 20)")
        .await
        .unwrap();
    let api = OpenApiService::new(restflow::api::<U>(db), "hooks", "1");
    let app = Route::new()
        .at("/openapi.json", api.spec_endpoint())
        .nest("/", api);
    TestClient::new(app.map_to_response())
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

async fn ask<E: Endpoint>(request: TestRequestBuilder<'_, E>) -> Answer {
    let response = request.send().await.0;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let text = response.into_body().into_string().await.unwrap();
    let body = match text.as_str() {
        "" => Value::Null,
        text => serde_json::from_str(text).unwrap(),
    };
    Answer {
        status,
        headers,
        body,
    }
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// Every hook overridden by itself and a note that it ran.
mod every_hook {
    use super::*;

    /// The hooks that ran for a request, in order.
    #[derive(Clone, Default)]
    struct Ran(Arc<Mutex<Vec<&'static str>>>);

    fn note(request: &Request, hook: &'static str) {
        let ran: &Ran = request.extensions().get().unwrap();
        ran.0.lock().unwrap().push(hook);
    }

    #[derive(ModelViewSet)]
    #[overrides(
        ListModelMixin,
        CreateModelMixin,
        RetrieveModelMixin,
        UpdateModelMixin,
        DestroyModelMixin
    )]
    struct Books;

    impl ApiView for Books {
        fn get_authenticators(&self, request: &Request) -> Authenticators {
            note(request, "get_authenticators");
            defaults::get_authenticators(self, request)
        }

        fn get_permissions(&self, request: &Request) -> Permissions {
            note(request, "get_permissions");
            defaults::get_permissions(self, request)
        }

        fn get_throttles(&self, request: &Request) -> Throttles {
            note(request, "get_throttles");
            defaults::get_throttles(self, request)
        }

        fn get_parsers(&self, request: &Request) -> Parsers {
            note(request, "get_parsers");
            defaults::get_parsers(self, request)
        }

        fn get_renderers(&self, request: &Request) -> Renderers {
            note(request, "get_renderers");
            defaults::get_renderers(self, request)
        }

        fn get_serializer_class(&self, request: &Request) -> Option<SerializerClass> {
            note(request, "get_serializer_class");
            defaults::get_serializer_class(self, request)
        }

        fn get_request_serializer_class(&self, request: &Request) -> Option<SerializerClass> {
            note(request, "get_request_serializer_class");
            defaults::get_request_serializer_class(self, request)
        }

        fn get_response_serializer_class(&self, request: &Request) -> Option<SerializerClass> {
            note(request, "get_response_serializer_class");
            defaults::get_response_serializer_class(self, request)
        }

        fn get_serializer_context<'a>(&self, request: &'a Request) -> SerializerContext<'a> {
            note(request, "get_serializer_context");
            defaults::get_serializer_context(self, request)
        }

        fn get_post_fetches(&self, request: &Request) -> PostFetches {
            note(request, "get_post_fetches");
            defaults::get_post_fetches(self, request)
        }

        fn get_pagination_class(&self, request: &Request) -> Option<Paginator> {
            note(request, "get_pagination_class");
            defaults::get_pagination_class(self, request)
        }

        async fn initial(&self, request: &Request) -> Result<()> {
            note(request, "initial");
            defaults::initial(self, request).await
        }

        fn perform_content_negotiation(&self, request: &Request) -> Result<()> {
            note(request, "perform_content_negotiation");
            defaults::perform_content_negotiation(self, request)
        }

        async fn perform_authentication(&self, request: &Request) -> Result<()> {
            note(request, "perform_authentication");
            defaults::perform_authentication(self, request).await
        }

        async fn check_permissions(&self, request: &Request) -> Result<()> {
            note(request, "check_permissions");
            defaults::check_permissions(self, request).await
        }

        async fn check_object_permissions(
            &self,
            request: &Request,
            object: ObjectRef<'_>,
        ) -> Result<()> {
            note(request, "check_object_permissions");
            defaults::check_object_permissions(self, request, object).await
        }

        async fn check_throttles(&self, request: &Request) -> Result<()> {
            note(request, "check_throttles");
            defaults::check_throttles(self, request).await
        }

        fn permission_denied(
            &self,
            request: &Request,
            message: Option<&str>,
            code: Option<&str>,
        ) -> ApiError {
            note(request, "permission_denied");
            defaults::permission_denied(self, request, message, code)
        }

        fn throttled(&self, request: &Request, wait: Option<std::time::Duration>) -> ApiError {
            note(request, "throttled");
            defaults::throttled(self, request, wait)
        }

        fn http_method_not_allowed(&self, request: &Request) -> ApiError {
            note(request, "http_method_not_allowed");
            defaults::http_method_not_allowed(self, request)
        }

        async fn handle_exception(&self, request: &Request, error: ApiError) -> Response {
            note(request, "handle_exception");
            defaults::handle_exception(self, request, error).await
        }

        fn exception_handler(&self, request: &Request, error: &ApiError) -> Value {
            note(request, "exception_handler");
            defaults::exception_handler(self, request, error)
        }

        async fn finalize_response(&self, request: &Request, response: Response) -> Response {
            note(request, "finalize_response");
            defaults::finalize_response(self, request, response).await
        }

        async fn options(&self, request: &Request) -> Result<Response> {
            note(request, "options");
            defaults::options(self, request).await
        }

        fn permission_classes(&self) -> Permissions {
            Unless("forbidden").into()
        }

        fn throttle_classes(&self) -> Throttles {
            Unless("throttled").into()
        }
    }

    impl GenericView for Books {
        type Entity = book::Entity;
        type Serializer = BookSerializer;

        fn pagination_class(&self) -> Option<Paginator> {
            PageNumberPagination::new(1).into()
        }

        async fn get_queryset(&self, request: &Request) -> Result<Queryset<Self>> {
            note(request, "get_queryset");
            let books = defaults::get_queryset(self, request).await?;
            Ok(books.order_by_asc(book::Column::Id))
        }

        async fn filter_queryset(
            &self,
            request: &Request,
            queryset: Queryset<Self>,
        ) -> Result<Queryset<Self>> {
            note(request, "filter_queryset");
            defaults::filter_queryset(self, request, queryset).await
        }

        async fn paginate_queryset(
            &self,
            request: &Request,
            queryset: Queryset<Self>,
            class: SerializerClass,
        ) -> Result<PaginatedQueryset<Self::Entity>> {
            note(request, "paginate_queryset");
            defaults::paginate_queryset(self, request, queryset, class).await
        }

        fn get_paginated_response(
            &self,
            request: &Request,
            envelope: Envelope,
            results: Box<dyn Representation>,
        ) -> Response {
            note(request, "get_paginated_response");
            defaults::get_paginated_response(self, request, envelope, results)
        }

        fn get_object<'a>(&'a self, request: &'a Request) -> ObjectLookup<'a, Self> {
            note(request, "get_object");
            defaults::get_object(self, request)
        }

        async fn validated(
            &self,
            request: &Request,
            instance: Option<book::Model>,
            partial: bool,
        ) -> Result<Validated<Self>> {
            note(request, "validated");
            defaults::validated(self, request, instance, partial).await
        }
    }

    impl ListModelMixin for Books {
        async fn list(&self, request: &Request) -> Result<Response> {
            note(request, "list");
            defaults::list(self, request).await
        }
    }

    impl CreateModelMixin for Books {
        async fn create(&self, request: &Request) -> Result<Response> {
            note(request, "create");
            defaults::create(self, request).await
        }

        async fn perform_create(
            &self,
            request: &Request,
            serializer: Validated<Self>,
        ) -> Result<book::Model> {
            note(request, "perform_create");
            defaults::perform_create(self, request, serializer).await
        }

        fn get_success_headers(
            &self,
            request: &Request,
            instance: &book::Model,
            response: &Response,
        ) -> HeaderMap {
            note(request, "get_success_headers");
            defaults::get_success_headers(self, request, instance, response)
        }
    }

    impl RetrieveModelMixin for Books {
        async fn retrieve(&self, request: &Request) -> Result<Response> {
            note(request, "retrieve");
            defaults::retrieve(self, request).await
        }
    }

    impl UpdateModelMixin for Books {
        async fn update(&self, request: &Request, partial: bool) -> Result<Response> {
            note(request, "update");
            defaults::update(self, request, partial).await
        }

        async fn partial_update(&self, request: &Request) -> Result<Response> {
            note(request, "partial_update");
            defaults::partial_update(self, request).await
        }

        async fn perform_update(
            &self,
            request: &Request,
            serializer: Validated<Self>,
        ) -> Result<book::Model> {
            note(request, "perform_update");
            defaults::perform_update(self, request, serializer).await
        }
    }

    impl DestroyModelMixin for Books {
        async fn destroy(&self, request: &Request) -> Result<Response> {
            note(request, "destroy");
            defaults::destroy(self, request).await
        }

        async fn perform_destroy(&self, request: &Request, instance: book::Model) -> Result<()> {
            note(request, "perform_destroy");
            defaults::perform_destroy(self, request, instance).await
        }
    }

    /// Refuses requests with this query parameter.
    struct Unless(&'static str);

    impl Permission for Unless {
        async fn has_permission(&self, request: &Request) -> Result<bool> {
            Ok(request.query_params().get(self.0).is_none())
        }

        fn message(&self) -> Option<&str> {
            Some("Forbidden, as you asked.")
        }
    }

    impl Throttle for Unless {
        async fn allow_request(&self, request: &Request) -> Result<ThrottleDecision> {
            Ok(match request.query_params().get(self.0) {
                None => ThrottleDecision::Allowed,
                Some(_) => ThrottleDecision::Denied { wait: None },
            })
        }
    }

    struct Api;

    impl UrlConf for Api {
        fn urls() -> Urls {
            let mut router = SimpleRouter::new();
            router.register("books", Books);
            Urls::new().include("", router)
        }
    }

    /// The steps before every handler.
    const INITIAL: &str = "get_parsers get_renderers initial perform_content_negotiation \
        perform_authentication get_authenticators check_permissions get_permissions \
        check_throttles get_throttles ";
    const RESPONSE_CLASS: &str = "get_response_serializer_class get_serializer_class ";
    const VALIDATED: &str = "validated get_request_serializer_class get_serializer_class \
        get_serializer_context ";
    const SHOWN: &str = "get_response_serializer_class get_serializer_class \
        get_post_fetches get_serializer_context ";
    const ROW: &str = "get_queryset filter_queryset ";
    const OBJECT: &str = "check_object_permissions get_permissions ";
    const ERROR: &str = "handle_exception exception_handler ";

    #[tokio::test]
    async fn an_override_that_calls_the_default_changes_nothing() {
        let emma = json!({"id": 1, "title": "Emma", "price": 9});
        let table = [
            (
                "GET /books/",
                200,
                json!({
                    "count": 2,
                    "next": "http://localhost/books/?page=2",
                    "previous": null,
                    "results": [emma],
                }),
                format!(
                    "{INITIAL}list {ROW}{RESPONSE_CLASS}paginate_queryset \
                     get_pagination_class get_post_fetches get_serializer_context \
                     get_paginated_response "
                ),
            ),
            (
                "GET /books/1/",
                200,
                emma.clone(),
                format!(
                    "{INITIAL}retrieve {RESPONSE_CLASS}get_object get_post_fetches \
                     get_serializer_context get_permissions {ROW}{OBJECT}"
                ),
            ),
            (
                "POST /books/ {\"title\": \"Persuasion\", \"price\": 7}",
                201,
                json!({"id": 3, "title": "Persuasion", "price": 7}),
                format!(
                    "{INITIAL}create {VALIDATED}perform_create {SHOWN}get_success_headers \
                     {RESPONSE_CLASS}"
                ),
            ),
            (
                "PUT /books/1/ {\"title\": \"Emma\", \"price\": 9}",
                200,
                emma.clone(),
                format!(
                    "{INITIAL}update get_object {ROW}{OBJECT}{VALIDATED}perform_update \
                     {SHOWN}"
                ),
            ),
            (
                "PATCH /books/1/ {\"price\": 9}",
                200,
                emma.clone(),
                format!(
                    "{INITIAL}partial_update update get_object {ROW}{OBJECT}{VALIDATED}\
                     perform_update {SHOWN}"
                ),
            ),
            (
                "DELETE /books/3/",
                204,
                Value::Null,
                format!("{INITIAL}destroy get_object {ROW}{OBJECT}perform_destroy "),
            ),
            (
                "DELETE /books/",
                405,
                json!({"detail": "Method \"DELETE\" not allowed."}),
                format!("{INITIAL}http_method_not_allowed {ERROR}"),
            ),
            (
                "GET /books/?throttled=1",
                429,
                json!({"detail": "Request was throttled."}),
                format!("{INITIAL}throttled {ERROR}"),
            ),
            (
                "GET /books/?forbidden=1",
                403,
                json!({"detail": "Forbidden, as you asked."}),
                format!(
                    "{}permission_denied get_authenticators {ERROR}",
                    INITIAL.replace("check_throttles get_throttles ", "")
                ),
            ),
        ];
        let client = client::<Api>().await;
        for (asked, status, body, expected) in table {
            let ran = Ran::default();
            let answer = ask(story(&client, asked).data(ran.clone())).await;
            assert_eq!((answer.status, &answer.body), (status, &body), "{asked}");
            assert!(answer.header("allow").unwrap().ends_with("OPTIONS"));
            let ran = ran.0.lock().unwrap().join(" ");
            assert_eq!(ran, expected + "finalize_response", "{asked}");
        }
    }

    #[tokio::test]
    async fn options_asks_the_permissions_of_the_methods_that_it_describes() {
        let ran = Ran::default();
        let client = client::<Api>().await;
        let answer = ask(story(&client, "OPTIONS /books/").data(ran.clone())).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body["actions"]["POST"]["price"]["type"], "integer");
        let ran = ran.0.lock().unwrap().join(" ");
        let expected = format!(
            "{INITIAL}options get_serializer_class check_permissions get_permissions \
             finalize_response"
        );
        assert_eq!(ran, expected);
    }

    /// `METHOD /path body`.
    fn story<'a, E: Endpoint>(client: &'a TestClient<E>, asked: &str) -> TestRequestBuilder<'a, E> {
        let (method, rest) = asked.split_once(' ').unwrap();
        let (path, body) = rest.split_once(' ').unwrap_or((rest, ""));
        let request = client.request(Method::from_bytes(method.as_bytes()).unwrap(), path);
        match body {
            "" => request,
            body => request
                .content_type("application/json")
                .body(body.to_owned()),
        }
    }
}

/// Overrides that do more than the default.
mod own_ways {
    use super::*;

    #[derive(ViewSet, ListModelMixin)]
    struct Books;

    impl ApiView for Books {
        fn permission_classes(&self) -> Permissions {
            IsAuthenticated.into()
        }

        /// Nobody learns what exists.
        fn permission_denied(
            &self,
            _request: &Request,
            _message: Option<&str>,
            _code: Option<&str>,
        ) -> ApiError {
            ApiError::not_found()
        }

        async fn handle_exception(&self, request: &Request, error: ApiError) -> Response {
            let code = error.code().to_owned();
            defaults::handle_exception(self, request, error)
                .await
                .with_header("x-code", code)
        }

        /// This view's errors have the other form.
        fn exception_handler(&self, _request: &Request, error: &ApiError) -> Value {
            envelope::exception_handler(error)
        }

        async fn finalize_response(&self, request: &Request, response: Response) -> Response {
            let books = book::Entity::find().all(request.db()).await.unwrap();
            defaults::finalize_response(self, request, response)
                .await
                .with_header("cache-control", "no-store")
                .with_header("x-books", books.len().to_string())
        }
    }

    impl GenericView for Books {
        type Entity = book::Entity;
        type Serializer = BookSerializer;
    }

    /// Some books are not for everybody, however they are asked for.
    #[derive(ViewSet, RetrieveModelMixin, DestroyModelMixin)]
    struct CheapBooks;

    impl ApiView for CheapBooks {}

    impl GenericView for CheapBooks {
        type Entity = book::Entity;
        type Serializer = BookSerializer;

        fn get_object<'a>(&'a self, request: &'a Request) -> ObjectLookup<'a, Self> {
            ObjectLookup::new(self, request).by(async move {
                let book = defaults::get_object(self, request).await?;
                if book.price > 10 {
                    return Err(ApiError::object_not_found());
                }
                Ok(book)
            })
        }
    }

    struct Api;

    impl UrlConf for Api {
        fn urls() -> Urls {
            let mut router = SimpleRouter::new();
            router.register("books", Books);
            router.register("cheap", CheapBooks);
            Urls::new().include("", router)
        }
    }

    #[tokio::test]
    async fn a_lookup_goes_on_from_the_default() {
        let client = client::<Api>().await;
        for (method, path, status) in [
            (Method::GET, "/cheap/1/", 200),
            (Method::GET, "/cheap/2/", 404),
            (Method::GET, "/cheap/3/", 404),
            (Method::DELETE, "/cheap/2/", 404),
            (Method::DELETE, "/cheap/1/", 204),
        ] {
            let answer = ask(client.request(method.clone(), path)).await;
            assert_eq!(answer.status, status, "{method} {path}");
        }
    }

    #[tokio::test]
    async fn a_view_answers_errors_in_its_own_way() {
        let client = client::<Api>().await;
        let answer = ask(client.get("/books/")).await;
        assert_eq!(answer.status, 404);
        assert_eq!(
            answer.body,
            json!({"error": {"code": "not_found", "message": "Not found.", "details": {}}})
        );
        assert_eq!(answer.header("x-code"), Some("not_found"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-books"), Some("2"));
        assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"));
        // Outside of the view the API's own form holds.
        let answer = ask(client.get("/nothing/")).await;
        assert_eq!(answer.body, json!({"detail": "Not found."}));
    }
}

mod serializer_context {
    use super::*;

    #[derive(Clone)]
    struct Currency(&'static str);

    #[derive(Clone)]
    struct Budget(i32);

    #[derive(ModelSerializer)]
    #[serializer(entity = book::Entity, to_representation = name_the_currency)]
    struct PricedSerializer {
        #[serializer(read_only)]
        id: i32,
        title: String,
        #[serializer(validate = within_budget)]
        price: i32,
        #[serializer(computed)]
        currency: String,
    }

    fn name_the_currency(book: &mut PricedSerializer, context: &SerializerContext<'_>) {
        if let Some(Currency(currency)) = context.get() {
            (*currency).clone_into(&mut book.currency);
        }
    }

    fn within_budget(price: &mut i32, validation: &Validation<'_>) -> Result<(), ErrorDetail> {
        match validation.context().get() {
            Some(Budget(budget)) if *price > *budget => Err("This is too expensive.".into()),
            _ => Ok(()),
        }
    }

    #[derive(ModelViewSet)]
    struct Books;

    impl ApiView for Books {
        fn get_serializer_context<'a>(&self, request: &'a Request) -> SerializerContext<'a> {
            let mut context = defaults::get_serializer_context(self, request);
            context.insert(Currency("CHF"));
            context.insert(Budget(50));
            context
        }
    }

    impl GenericView for Books {
        type Entity = book::Entity;
        type Serializer = PricedSerializer;
    }

    #[actions]
    impl Books {
        #[action(detail = false)]
        async fn paged(&self, request: &Request) -> Result<Response> {
            self.paginated_response(request, book::Entity::find())
                .pagination_class(PageNumberPagination::new(1))
                .await
        }

        #[action(detail = false, methods("post"))]
        async fn dry_run(&self, request: &Request) -> Result<Response> {
            let data = self.validated_data(request).await?;
            let data = data.data::<PricedSerializer>().unwrap();
            Ok(Response::new(json!({"price": data.price})))
        }
    }

    struct Api;

    impl UrlConf for Api {
        fn urls() -> Urls {
            let mut router = SimpleRouter::new();
            router.register("books", Books);
            Urls::new().include("", router)
        }
    }

    #[tokio::test]
    async fn every_answer_and_every_validation_sees_it() {
        let client = client::<Api>().await;
        let emma = json!({"id": 1, "title": "Emma", "price": 9, "currency": "CHF"});
        let answer = ask(client.get("/books/")).await;
        assert_eq!(answer.body[0], emma);
        let answer = ask(client.get("/books/paged/")).await;
        assert_eq!(answer.body["results"], json!([emma]));
        let answer = ask(client.get("/books/1/")).await;
        assert_eq!(answer.body, emma);
        let answer = ask(client.patch("/books/1/").body_json(&json!({"price": 10}))).await;
        assert_eq!(answer.body["currency"], "CHF");
        let dear = json!({"title": "Folio", "price": 51});
        let refused = json!({"price": ["This is too expensive."]});
        for request in [
            client.post("/books/"),
            client.put("/books/1/"),
            client.patch("/books/1/"),
            client.post("/books/dry_run/"),
        ] {
            let answer = ask(request.body_json(&dear)).await;
            assert_eq!((answer.status, answer.body), (400, refused.clone()));
        }
    }
}

/// What one hook finds out and later ones use.
mod kept_values {
    use super::*;

    /// What a header says of the client, as if a database had been asked.
    #[derive(Clone, PartialEq, Debug)]
    struct Tenant {
        page_size: u64,
        may_write: bool,
    }

    #[derive(ModelViewSet)]
    #[overrides(CreateModelMixin)]
    struct Books;

    impl ApiView for Books {
        async fn initial(&self, request: &Request) -> Result<()> {
            assert_eq!(request.get::<Tenant>(), None);
            let plan = request.headers().get("x-plan").map(|plan| plan.as_bytes());
            tokio::task::yield_now().await;
            request.insert(Tenant {
                page_size: if plan == Some(b"large") { 2 } else { 1 },
                may_write: plan != Some(b"reader"),
            });
            defaults::initial(self, request).await
        }

        fn get_permissions(&self, request: &Request) -> Permissions {
            let tenant: Tenant = request.get().unwrap();
            defaults::get_permissions(self, request).with(MayWrite(tenant.may_write))
        }

        fn get_pagination_class(&self, request: &Request) -> Option<Paginator> {
            let tenant: Tenant = request.get()?;
            PageNumberPagination::new(tenant.page_size).into()
        }
    }

    impl GenericView for Books {
        type Entity = book::Entity;
        type Serializer = BookSerializer;
    }

    impl CreateModelMixin for Books {
        fn get_success_headers(
            &self,
            request: &Request,
            instance: &book::Model,
            response: &Response,
        ) -> HeaderMap {
            let mut headers = defaults::get_success_headers(self, request, instance, response);
            let key = instance.id.to_string();
            let location = request.reverse("book-detail", &[("pk", &key)]).unwrap();
            headers.insert("location", location.parse().unwrap());
            headers
        }
    }

    struct MayWrite(bool);

    impl Permission for MayWrite {
        async fn has_permission(&self, request: &Request) -> Result<bool> {
            if request.headers().contains_key("x-broken") && request.method() == Method::POST {
                return Err(ApiError::internal("the directory does not answer"));
            }
            Ok(self.0 || request.method() != Method::POST)
        }
    }

    struct Api;

    impl UrlConf for Api {
        fn urls() -> Urls {
            let mut router = SimpleRouter::new();
            router.register("books", Books).basename("book");
            Urls::new().include("", router)
        }
    }

    #[tokio::test]
    async fn getters_use_what_initial_has_awaited() {
        let client = client::<Api>().await;
        let one = ask(client.get("/books/")).await;
        assert_eq!(one.body["results"].as_array().unwrap().len(), 1);
        let two = ask(client.get("/books/").header("x-plan", "large")).await;
        assert_eq!(two.body["results"].as_array().unwrap().len(), 2);
        let book = json!({"title": "Persuasion", "price": 7});
        let refused = client.post("/books/").header("x-plan", "reader");
        assert_eq!(ask(refused.body_json(&book)).await.status, 403);
    }

    #[tokio::test]
    async fn the_location_is_made_of_the_row() {
        let client = client::<Api>().await;
        let book = json!({"title": "Persuasion", "price": 7});
        let created = ask(client.post("/books/").body_json(&book)).await;
        assert_eq!(created.status, 201);
        assert_eq!(
            created.header("location"),
            Some("http://localhost/books/3/")
        );
    }

    #[tokio::test]
    async fn options_describes_what_the_client_may_do_and_hides_no_failure() {
        let client = client::<Api>().await;
        let options = |plan| {
            client
                .request(Method::OPTIONS, "/books/")
                .header("x-plan", plan)
        };
        let writer = ask(options("large")).await;
        assert!(writer.body["actions"]["POST"].is_object());
        let reader = ask(options("reader")).await;
        assert_eq!(reader.status, 200);
        assert_eq!(reader.body.get("actions"), None);
        let broken = ask(options("large").header("x-broken", "1")).await;
        assert_eq!(broken.status, 500);
    }
}

mod pages_of_actions {
    use restflow::pagination::CursorPagination;

    use super::*;

    #[derive(ReadOnlyModelViewSet)]
    struct Books;

    impl ApiView for Books {}

    impl GenericView for Books {
        type Entity = book::Entity;
        type Serializer = BookSerializer;

        fn filter_backends(&self) -> FilterBackends<book::Entity> {
            FilterBackends::new().with(OrderingFilter::new([book::Column::Price]))
        }

        fn pagination_class(&self) -> Option<Paginator> {
            CursorPagination::new(1).into()
        }

        fn get_paginated_response(
            &self,
            request: &Request,
            envelope: Envelope,
            results: Box<dyn Representation>,
        ) -> Response {
            defaults::get_paginated_response(self, request, envelope, results)
                .with_header("x-page", "of the view")
        }
    }

    #[actions]
    impl Books {
        #[action(detail = false)]
        async fn paged(&self, request: &Request) -> Result<Response> {
            self.paginated_response(request, book::Entity::find()).await
        }

        /// The page first, its answer afterwards.
        #[action(detail = false)]
        async fn in_steps(&self, request: &Request) -> Result<Response> {
            let books = self.resolved_queryset(request).await?;
            let books = self.filter_queryset(request, books).await?;
            let class = self.resolved_response_serializer(request)?;
            let page = self.paginate_queryset(request, books, class).await?;
            let page = page.into_page().ok_or_else(ApiError::not_found)?;
            let rows = page.rows.len().to_string();
            let response = self.represent_page(request, page, class).await?;
            Ok(response.with_header("x-rows", rows))
        }

        /// Rows of another entity, which the view's filters do not order.
        #[action(detail = false)]
        async fn buyers(&self, request: &Request) -> Result<Response> {
            self.paginated_response(request, user::Entity::find())
                .serializer::<BuyerSerializer>()
                .await
        }
    }

    #[derive(ModelSerializer)]
    #[serializer(entity = user::Entity)]
    struct BuyerSerializer {
        name: String,
    }

    struct Api;

    impl UrlConf for Api {
        fn urls() -> Urls {
            let mut router = SimpleRouter::new();
            router.register("books", Books);
            Urls::new().include("", router)
        }
    }

    #[tokio::test]
    async fn a_cursor_follows_the_ordering_of_the_client() {
        let client = client::<Api>().await;
        for path in ["/books/", "/books/paged/", "/books/in_steps/"] {
            for (ordering, titles) in [
                ("price", ["Emma", "Ulysses"]),
                ("-price", ["Ulysses", "Emma"]),
            ] {
                let mut url = format!("{path}?ordering={ordering}");
                for title in titles {
                    let answer = ask(client.get(&url)).await;
                    assert_eq!(answer.body["results"][0]["title"], title, "{url}");
                    answer.body["next"]
                        .as_str()
                        .unwrap_or_default()
                        .clone_into(&mut url);
                }
                assert_eq!(url, "");
            }
        }
        let answer = ask(client.get("/books/buyers/?ordering=-price")).await;
        assert_eq!((answer.status, &answer.body["results"]), (200, &json!([])));
    }

    #[tokio::test]
    async fn the_view_says_what_stands_around_its_own_pages() {
        let client = client::<Api>().await;
        for (path, page, rows) in [
            ("/books/", Some("of the view"), None),
            ("/books/in_steps/", Some("of the view"), Some("1")),
            ("/books/paged/", None, None),
        ] {
            let answer = ask(client.get(path)).await;
            assert_eq!(answer.body["results"][0]["title"], "Emma", "{path}");
            assert_eq!(answer.header("x-page"), page, "{path}");
            assert_eq!(answer.header("x-rows"), rows, "{path}");
        }
    }
}

mod http_method_names {
    use super::*;

    /// Everything by its mixins, and only read.
    #[derive(ModelViewSet)]
    struct ReadOnly;

    impl ApiView for ReadOnly {
        fn http_method_names(&self) -> Vec<Method> {
            vec![Method::GET, Method::HEAD, Method::OPTIONS]
        }
    }

    impl GenericView for ReadOnly {
        type Entity = book::Entity;
        type Serializer = BookSerializer;
    }

    #[actions]
    impl ReadOnly {
        #[action(detail = false, methods("post"))]
        async fn import(&self, _request: &Request) -> Result<Response> {
            Ok(Response::no_content())
        }
    }

    /// Neither HEAD nor OPTIONS.
    #[derive(RetrieveUpdateDestroyApiView)]
    struct Bare;

    impl ApiView for Bare {
        fn http_method_names(&self) -> Vec<Method> {
            vec![Method::DELETE, Method::GET]
        }
    }

    impl GenericView for Bare {
        type Entity = book::Entity;
        type Serializer = BookSerializer;
    }

    struct Api;

    impl UrlConf for Api {
        fn urls() -> Urls {
            let mut router = SimpleRouter::new();
            router.register("books", ReadOnly);
            Urls::new().include("", router).path("bare/{pk}/", Bare)
        }
    }

    #[tokio::test]
    async fn a_method_that_is_not_named_is_refused_and_not_documented() {
        let client = client::<Api>().await;
        for (method, path, status, allow) in [
            (Method::GET, "/books/", 200, "GET, HEAD, OPTIONS"),
            (Method::HEAD, "/books/1/", 200, "GET, HEAD, OPTIONS"),
            (Method::POST, "/books/", 405, "GET, HEAD, OPTIONS"),
            (Method::PUT, "/books/1/", 405, "GET, HEAD, OPTIONS"),
            (Method::DELETE, "/books/1/", 405, "GET, HEAD, OPTIONS"),
            // Its one method is taken away; the path is still there.
            (Method::POST, "/books/import/", 405, "OPTIONS"),
            (Method::OPTIONS, "/books/import/", 200, "OPTIONS"),
            (Method::GET, "/bare/1/", 200, "DELETE, GET"),
            (Method::HEAD, "/bare/1/", 405, "DELETE, GET"),
            (Method::OPTIONS, "/bare/1/", 405, "DELETE, GET"),
            (Method::PATCH, "/bare/1/", 405, "DELETE, GET"),
            (Method::DELETE, "/bare/1/", 204, "DELETE, GET"),
        ] {
            let answer = ask(client.request(method.clone(), path)).await;
            assert_eq!(answer.status, status, "{method} {path}");
            assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
        }
        let options = ask(client.request(Method::OPTIONS, "/books/")).await;
        assert_eq!(options.body.get("actions"), None);
        let document = ask(client.get("/openapi.json")).await.body;
        let operations: Vec<_> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(path, operations)| {
                let methods: Vec<_> = operations.as_object().unwrap().keys().cloned().collect();
                format!("{path} {}", methods.join(" "))
            })
            .collect();
        assert_eq!(
            operations,
            ["/books/ get", "/books/{pk}/ get", "/bare/{pk}/ get delete"]
        );
    }
}

/// Attributes are read when the routes are built, and never again.
mod attributes {
    use std::collections::BTreeMap;

    use super::*;

    static READ: Mutex<BTreeMap<&str, usize>> = Mutex::new(BTreeMap::new());

    fn read(attribute: &'static str) {
        *READ.lock().unwrap().entry(attribute).or_default() += 1;
    }

    #[derive(ModelViewSet)]
    struct Books;

    impl ApiView for Books {
        fn permission_classes(&self) -> Permissions {
            read("permission_classes");
            AllowAny.into()
        }

        fn http_method_names(&self) -> Vec<Method> {
            read("http_method_names");
            vec![Method::GET, Method::HEAD]
        }

        fn action_configs(&self) -> ActionConfigs<Self> {
            read("action_configs");
            ActionConfigs::new()
        }
    }

    impl GenericView for Books {
        type Entity = book::Entity;
        type Serializer = BookSerializer;

        fn lookup_field(&self) -> LookupField<Self> {
            read("lookup_field");
            book::Column::Title.into()
        }

        fn lookup_url_kwarg(&self) -> Option<&'static str> {
            read("lookup_url_kwarg");
            Some("the_title")
        }

        fn filter_backends(&self) -> FilterBackends<book::Entity> {
            read("filter_backends");
            FilterBackends::new().with(OrderingFilter::new([book::Column::Price]))
        }

        fn pagination_class(&self) -> Option<Paginator> {
            read("pagination_class");
            PageNumberPagination::new(10).into()
        }
    }

    struct Api;

    impl UrlConf for Api {
        fn urls() -> Urls {
            let mut router = DefaultRouter::new();
            router.register("books", Books);
            Urls::new().include("", router)
        }
    }

    #[tokio::test]
    async fn are_read_once() {
        let client = client::<Api>().await;
        for _ in 0..3 {
            assert_eq!(ask(client.get("/books/Emma/")).await.body["price"], 9);
            let books = ask(client.get("/books/?ordering=-price")).await.body;
            assert_eq!(books["results"][0]["title"], "Ulysses");
            assert_eq!(ask(client.get("/openapi.json")).await.status, 200);
        }
        let read = READ.lock().unwrap();
        assert_eq!(read.len(), 7);
        assert!(read.values().all(|times| *times == 1), "{read:?}");
    }
}

mod errors_of_the_application {
    use super::*;

    #[derive(Debug)]
    enum StockError {
        SoldOut { left: u32 },
        Warehouse(String),
    }

    impl From<StockError> for ApiError {
        fn from(error: StockError) -> Self {
            match error {
                StockError::SoldOut { left } => Self::new(
                    StatusCode::CONFLICT,
                    "sold_out",
                    "There are not enough of these.",
                )
                .with_details(json!({"left": left})),
                StockError::Warehouse(text) => Self::internal(text),
            }
        }
    }

    fn take(wanted: u32, left: u32) -> Result<u32, StockError> {
        left.checked_sub(wanted).ok_or(StockError::SoldOut { left })
    }

    fn ask_the_warehouse() -> Result<u32, StockError> {
        Err(StockError::Warehouse("connection to 10.0.0.7 lost".into()))
    }

    struct Drf;
    struct Enveloped;

    impl ApiView for Drf {}

    impl ApiView for Enveloped {
        fn exception_handler(&self, _request: &Request, error: &ApiError) -> Value {
            envelope::exception_handler(error)
        }
    }

    #[handlers]
    impl Drf {
        async fn get(&self, _request: &Request) -> Result<Response> {
            Ok(Response::new(take(3, 1)?))
        }

        async fn post(&self, _request: &Request) -> Result<Response> {
            Ok(Response::new(ask_the_warehouse()?))
        }
    }

    #[handlers]
    impl Enveloped {
        async fn get(&self, _request: &Request) -> Result<Response> {
            Ok(Response::new(take(3, 1)?))
        }

        async fn post(&self, _request: &Request) -> Result<Response> {
            Ok(Response::new(ask_the_warehouse()?))
        }

        async fn put(&self, _request: &Request) -> Result<Response> {
            Err(ApiError::throttled(Some(std::time::Duration::from_secs(
                13,
            ))))
        }
    }

    struct Api;

    impl UrlConf for Api {
        fn urls() -> Urls {
            Urls::new().path("drf/", Drf).path("enveloped/", Enveloped)
        }
    }

    #[tokio::test]
    async fn the_envelope_changes_the_body_and_no_header() {
        let client = client::<Api>().await;
        let throttled = ask(client.put("/enveloped/")).await;
        assert_eq!(throttled.status, 429);
        assert_eq!(throttled.body["error"]["code"], "throttled");
        assert_eq!(throttled.header("retry-after"), Some("13"));
    }

    #[tokio::test]
    async fn they_come_in_by_the_question_mark() {
        let client = client::<Api>().await;
        for (request, status, body) in [
            (
                client.get("/drf/"),
                409,
                json!({"detail": "There are not enough of these."}),
            ),
            (
                client.post("/drf/"),
                500,
                json!({"detail": "A server error occurred."}),
            ),
            (
                client.get("/enveloped/"),
                409,
                json!({"error": {
                    "code": "sold_out",
                    "message": "There are not enough of these.",
                    "details": {"left": 1},
                }}),
            ),
            (
                client.post("/enveloped/"),
                500,
                json!({"error": {
                    "code": "internal_error",
                    "message": "A server error occurred.",
                    "details": {},
                }}),
            ),
        ] {
            let answer = ask(request).await;
            assert_eq!((answer.status, answer.body), (status, body));
        }
    }
}

mod request_id {
    use super::*;

    struct Broken;

    impl ApiView for Broken {}

    #[handlers]
    impl Broken {
        async fn get(&self, _request: &Request) -> Result<Response> {
            panic!("the secret of the handler")
        }

        async fn post(&self, _request: &Request) -> Result<Response> {
            Err(ApiError::internal("the secret of the disk"))
        }

        async fn put(&self, request: &Request) -> Result<Response> {
            Ok(Response::new(request.id()))
        }
    }

    struct Api;

    impl UrlConf for Api {
        fn urls() -> Urls {
            Urls::new().path("broken/", Broken)
        }
    }

    /// What was logged in this thread, which is that of the whole test.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Log {
        fn take(&self) -> String {
            String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
        }
    }

    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn capture() -> (Log, tracing::subscriber::DefaultGuard) {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    #[test]
    fn a_header_that_is_left_out_is_logged_without_its_value() {
        let (log, _guard) = capture();
        let response = Response::no_content().with_header("x-token", "the secret\nof the user");
        assert!(response.headers().is_empty());
        let text = log.take();
        assert!(text.contains("WARN") && text.contains("x-token"), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }

    #[tokio::test]
    async fn a_failure_is_logged_with_the_id_that_the_client_knows() {
        let (log, _guard) = capture();
        let client = client::<Api>().await;
        for (request, secret) in [
            (client.get("/broken/"), "the secret of the handler"),
            (client.post("/broken/"), "the secret of the disk"),
        ] {
            let answer = ask(request.header("x-request-id", "abc-7")).await;
            assert_eq!(answer.status, 500);
            assert_eq!(answer.body, json!({"detail": "A server error occurred."}));
            let log = log.take();
            assert!(log.contains(secret), "{log}");
            assert!(log.contains(r#"request_id="abc-7""#), "{log}");
        }
        // Without an id the log has the rest.
        let answer = ask(client.get("/broken/")).await;
        assert_eq!(answer.status, 500);
        let log = log.take();
        assert!(log.contains("the secret of the handler"), "{log}");
        assert!(log.contains("path=\"/broken/\""), "{log}");
        assert!(!log.contains("request_id"), "{log}");
    }

    /// Calls no default where a failure passes through, and fails in the hook behind it.
    struct Silencing;

    impl ApiView for Silencing {
        async fn handle_exception(&self, _request: &Request, _error: ApiError) -> Response {
            Response::empty(StatusCode::IM_A_TEAPOT)
        }

        async fn finalize_response(&self, request: &Request, response: Response) -> Response {
            assert!(request.method() != Method::PUT, "the secret of the hook");
            response
        }
    }

    #[handlers]
    impl Silencing {
        async fn get(&self, _request: &Request) -> Result<Response> {
            panic!("the secret of the handler")
        }

        async fn put(&self, _request: &Request) -> Result<Response> {
            Ok(Response::no_content())
        }
    }

    struct Enveloped;

    impl UrlConf for Enveloped {
        fn urls() -> Urls {
            Urls::new().path("silencing/", Silencing)
        }

        fn settings() -> Settings {
            Settings::new().exception_handler(envelope::exception_handler)
        }
    }

    #[tokio::test]
    async fn no_override_loses_a_failure_or_the_form_of_errors() {
        let (log, _guard) = capture();
        let client = client::<Enveloped>().await;
        let response = client.get("/silencing/").send().await.0;
        assert_eq!(response.status(), StatusCode::IM_A_TEAPOT);
        assert!(log.take().contains("the secret of the handler"));

        let answer = ask(client.put("/silencing/")).await;
        assert_eq!(answer.status, 500);
        assert!(answer.body["error"]["code"].is_string(), "{}", answer.body);
        assert!(!answer.body.to_string().contains("secret"));
        assert!(log.take().contains("the secret of the hook"));
    }

    #[tokio::test]
    async fn the_id_of_poems_middleware_wins_over_the_header() {
        let (log, _guard) = capture();
        let db = Database::connect("sqlite::memory:").await.unwrap();
        let api = OpenApiService::new(restflow::api::<Api>(db), "id", "1");
        let client = TestClient::new(api.with(RequestId::new()).with(AddData::new(())));
        let answer = ask(client.get("/broken/").header("x-request-id", "forged")).await;
        let id = answer.header("x-request-id").unwrap().to_owned();
        assert_eq!((answer.status, id.len()), (500, 36));
        assert!(log.take().contains(&format!("request_id=\"{id}\"")));
    }

    #[tokio::test]
    async fn an_id_from_outside_is_bounded() {
        let client = client::<Api>().await;
        let long = "x".repeat(4000);
        for (sent, kept) in [
            (Some(long.as_str()), Some(&long[..128])),
            (Some("a b"), Some("ab")),
            (Some(" "), None),
            (None, None),
        ] {
            let mut request = client.put("/broken/");
            if let Some(sent) = sent {
                request = request.header("x-request-id", sent);
            }
            let answer = ask(request).await;
            assert_eq!(answer.body.as_str(), kept);
        }
    }
}

/// What is refused before the first request.
mod at_start_up {
    use super::*;

    #[derive(ModelSerializer)]
    #[serializer(entity = user::Entity)]
    struct UserSerializer {
        name: String,
    }

    /// Each view with the message that it is refused with.
    macro_rules! refused {
        ($($name:ident: $view:ident, $message:literal;)*) => {$(
            mod $name {
                use super::*;

                struct Api;

                impl UrlConf for Api {
                    fn urls() -> Urls {
                        let mut router = SimpleRouter::new();
                        router.register("things", $view);
                        Urls::new().include("", router)
                    }
                }

                #[test]
                #[should_panic(expected = $message)]
                fn is_refused() {
                    let _ = restflow::routers::RouteTable::of::<Api>();
                }
            }
        )*};
    }

    refused! {
        reads_another_entity: ReadsUsers,
            "`create` of `hooks::at_start_up::ReadsUsers` at `/things/` reads bodies with \
             `hooks::at_start_up::UserSerializer`, which is a serializer of another entity than \
             the view's `book`";
        shows_another_entity: ShowsUsers,
            "answers with `hooks::at_start_up::UserSerializer`, which is not a serializer of the \
             view's entity `book`";
        rows_of_no_serializer: Nameless,
            "`popular` of `hooks::at_start_up::Nameless` at `/things/popular/` is declared to \
             answer rows, but no serializer of them is known. There are three ways to supply it";
        no_method: Silent,
            "`hooks::at_start_up::Silent` answers no method";
    }

    #[derive(ModelViewSet)]
    struct ReadsUsers;

    impl ApiView for ReadsUsers {
        fn request_serializer_class(&self) -> Option<SerializerClass> {
            Some(SerializerClass::of::<UserSerializer>())
        }
    }

    impl GenericView for ReadsUsers {
        type Entity = book::Entity;
        type Serializer = BookSerializer;
    }

    #[derive(ReadOnlyModelViewSet)]
    struct ShowsUsers;

    impl ApiView for ShowsUsers {
        fn serializer_class(&self) -> Option<SerializerClass> {
            Some(SerializerClass::of::<UserSerializer>())
        }
    }

    impl GenericView for ShowsUsers {
        type Entity = book::Entity;
        type Serializer = BookSerializer;
    }

    #[derive(ViewSet)]
    struct Nameless;

    impl ApiView for Nameless {}

    #[actions]
    impl Nameless {
        #[action(detail = false, list)]
        async fn popular(&self, request: &Request) -> Result<Response> {
            self.paginated_response(request, book::Entity::find()).await
        }
    }

    #[derive(ViewSet, ListModelMixin)]
    struct Silent;

    impl ApiView for Silent {
        fn http_method_names(&self) -> Vec<Method> {
            Vec::new()
        }
    }

    impl GenericView for Silent {
        type Entity = book::Entity;
        type Serializer = BookSerializer;
    }

    /// Without a declaration the document promises no rows, and the log names the three ways.
    #[derive(ViewSet)]
    struct Custom;

    impl ApiView for Custom {}

    #[actions]
    impl Custom {
        #[action(detail = false)]
        async fn popular(&self, request: &Request) -> Result<Response> {
            let one = book::Entity::find_by_id(1).one(request.db()).await?;
            let one = one.ok_or_else(ApiError::not_found)?;
            match request.query_params().get("named") {
                Some(_) => {
                    self.serialized_response(request, one)
                        .serializer::<BookSerializer>()
                        .await
                }
                None => self.serialized_response(request, one).await,
            }
        }
    }

    struct Api;

    impl UrlConf for Api {
        fn urls() -> Urls {
            let mut router = SimpleRouter::new();
            router.register("things", Custom);
            Urls::new().include("", router)
        }
    }

    #[tokio::test]
    async fn a_custom_action_names_the_serializer_of_its_answer() {
        let client = client::<Api>().await;
        let answer = ask(client.get("/things/popular/?named=1")).await;
        assert_eq!(answer.body["title"], "Emma");
        assert_eq!(ask(client.get("/things/popular/")).await.status, 500);
    }
}

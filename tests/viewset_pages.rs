//! The viewset pages of drf-restflow's documentation, sample by sample: each module is one of
//! them in Rust, asked over HTTP.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

#[path = "shop_app/mod.rs"]
mod shop_app;

use poem::{endpoint::BoxEndpoint, http::header, test::TestClient};
use poem_openapi::OpenApiService;
use restflow::prelude::*;
use sea_orm::sea_query::Expr;
use serde_json::{Value, json};
use shop_app::entities::{product, review, token, user};

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct ProductSerializer {
    #[serializer(read_only)]
    id: i32,
    name: String,
    sku: String,
    price: Decimal,
    in_stock: bool,
    status: product::Status,
    #[serializer(related = shop_app::entities::category::Entity)]
    category: i32,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct ProductName {
    #[serializer(read_only)]
    id: i32,
    name: String,
}

#[derive(FilterSet)]
#[filterset(entity = product::Entity)]
struct ProductFilterSet {
    #[filter(lookups(comparison))]
    price: Decimal,
}

fn filter_backends() -> FilterBackends<product::Entity> {
    FilterBackends::new().with(RestflowFilterBackend::<ProductFilterSet>::new())
}

/// Status, `Allow`, and body of an answer.
#[derive(Debug)]
struct Answer {
    status: u16,
    allow: String,
    body: Value,
}

impl Answer {
    /// The `id` of each row of a list or page.
    fn ids(&self) -> Vec<i64> {
        let rows = self.body.get("results").unwrap_or(&self.body);
        let rows = rows.as_array().unwrap_or_else(|| panic!("{self:?}"));
        rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
    }
}

/// A client of the configuration `U` over a fresh shop.
struct Shop {
    client: TestClient<BoxEndpoint<'static>>,
}

impl Shop {
    async fn of<U: UrlConf>() -> Self {
        let db = shop_app::database::open("sqlite::memory:", 0)
            .await
            .unwrap();
        let api = OpenApiService::new(restflow::api::<U>(db), "test", "1");
        Self {
            client: TestClient::new(
                Route::new()
                    .at("/openapi.json", api.spec_endpoint())
                    .nest("/", api)
                    .boxed(),
            ),
        }
    }

    /// Sends `METHOD path` or `path`, as the owner of `token`.
    async fn ask(&self, line: &str, token: Option<&str>, body: Value) -> Answer {
        let (method, path) = line.split_once(' ').unwrap_or(("GET", line));
        let mut request = self.client.request(method.parse().unwrap(), path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Token {token}"));
        }
        if !body.is_null() {
            request = request.body_json(&body);
        }
        let response = request.send().await.0;
        let allow = response.headers().get(header::ALLOW);
        Answer {
            status: response.status().as_u16(),
            allow: allow.map_or_else(String::new, |allow| allow.to_str().unwrap().to_owned()),
            body: serde_json::from_slice(&response.into_body().into_vec().await.unwrap())
                .unwrap_or(Value::Null),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(path, None, Value::Null).await
    }

    async fn status(&self, line: &str, token: Option<&str>) -> u16 {
        self.ask(line, token, Value::Null).await.status
    }
}

const ALICE: Option<&str> = Some("alice-token");
const ADMIN: Option<&str> = Some("admin-token");

fn settings() -> Settings {
    Settings::new().authentication_classes(TokenAuthentication::<token::Entity, user::Entity>::new(
        token::Column::Key,
    ))
}

fn body() -> Value {
    json!({"name": "Sieve", "sku": "KIT-9", "price": "3.50", "in_stock": true,
           "status": "draft", "category": 2})
}

/// `router.register("products", …)` under `/api/`.
macro_rules! urls {
    ($name:ident: $($prefix:literal => $view:expr),+) => {
        struct $name;

        impl UrlConf for $name {
            fn urls() -> Urls {
                let mut router = DefaultRouter::new();
                $(router.register($prefix, $view);)+
                Urls::new().include("api/", router)
            }

            fn settings() -> Settings {
                settings()
            }
        }
    };
}

/// `AsyncViewSet`: no default actions, several endpoints under one resource.
mod view_set {
    use super::*;

    #[derive(Debug, Serializer)]
    struct Ping {
        status: String,
    }

    #[derive(Debug, Serializer)]
    struct Now {
        now: DateTimeUtc,
    }

    #[derive(ViewSet)]
    struct HealthViewSet;

    impl ApiView for HealthViewSet {}

    #[actions]
    impl HealthViewSet {
        #[action(detail = false, methods("get"), serializer = Ping)]
        async fn ping(&self, _request: &Request) -> Result<Response> {
            let status = "ok".to_owned();
            Ok(Response::new(Ping { status }))
        }

        #[action(detail = false, methods("get"), serializer = Now)]
        async fn time(&self, _request: &Request) -> Result<Response> {
            let now = std::time::SystemTime::now().into();
            Ok(Response::new(Now { now }))
        }
    }

    urls!(Api: "health" => HealthViewSet);

    #[tokio::test]
    async fn has_no_actions_but_its_own() {
        let shop = Shop::of::<Api>().await;
        assert_eq!(
            shop.get("/api/health/ping/").await.body,
            json!({"status": "ok"})
        );
        let time = shop.get("/api/health/time/").await;
        assert!(time.body["now"].as_str().unwrap().ends_with('Z'));
        assert_eq!(shop.get("/api/health/").await.status, 404);
        assert_eq!(shop.get("/api/health/1/").await.status, 404);
    }
}

/// `ViewSet` with default actions of its own, as in DRF's guide.
mod own_default_actions {
    use super::*;

    /// The users by their names.
    #[derive(ViewSet)]
    #[viewset(lookup_url_kwarg = "username", lookup_value_pattern = "[a-z]+")]
    struct UserViewSet;

    impl ApiView for UserViewSet {
        fn action_configs(&self) -> ActionConfigs<Self> {
            ActionConfigs::new().action(
                "destroy",
                ActionConfig::new().permission_classes(IsAdminUser),
            )
        }
    }

    #[actions]
    impl UserViewSet {
        /// Everybody.
        async fn list(&self, request: &Request) -> Result<Response> {
            let users = user::Entity::find().all(request.db()).await?;
            let names: Vec<_> = users.into_iter().map(|user| user.username).collect();
            Ok(Response::new(names))
        }

        async fn retrieve(&self, request: &Request) -> Result<Response> {
            let name = request.kwargs().get("username").unwrap_or_default();
            let user = user::Entity::find_by_username(name)
                .one(request.db())
                .await?
                .ok_or_else(ApiError::not_found)?;
            Ok(Response::new(
                json!({"id": user.id, "action": request.action()}),
            ))
        }

        async fn destroy(&self, _request: &Request) -> Result<Response> {
            Ok(Response::no_content())
        }

        #[action(detail = true)]
        async fn shout(&self, request: &Request) -> Result<Response> {
            let name = request.kwargs().get("username").unwrap_or_default();
            Ok(Response::new(name.to_uppercase()))
        }
    }

    urls!(Api: "users" => UserViewSet);

    #[tokio::test]
    async fn are_routed_by_their_names() {
        let shop = Shop::of::<Api>().await;
        let list = shop.get("/api/users/").await;
        assert_eq!(list.body, json!(["admin", "alice"]));
        assert_eq!(list.allow, "GET, HEAD, OPTIONS");
        let alice = shop.get("/api/users/alice/").await;
        assert_eq!(alice.body, json!({"id": 2, "action": "retrieve"}));
        assert_eq!(alice.allow, "GET, DELETE, HEAD, OPTIONS");
        assert_eq!(shop.get("/api/users/alice/shout/").await.body, "ALICE");
        for (line, token, status) in [
            ("/api/users/bob/", None, 404),
            ("/api/users/12/", None, 404),
            ("PUT /api/users/alice/", None, 405),
            ("DELETE /api/users/alice/", ALICE, 403),
            ("DELETE /api/users/alice/", ADMIN, 204),
        ] {
            assert_eq!(shop.status(line, token).await, status, "{line}");
        }
        let document = shop.get("/openapi.json").await.body;
        let operation = &document["paths"]["/api/users/"]["get"];
        assert_eq!(operation["summary"], "Everybody.");
        let operation = &document["paths"]["/api/users/{username}/"]["get"];
        assert_eq!(operation["parameters"][0]["schema"]["pattern"], "^[a-z]+$");
    }

    #[derive(ViewSet, ListModelMixin)]
    struct Twice;

    impl ApiView for Twice {}

    impl GenericView for Twice {
        type Entity = product::Entity;
        type Serializer = ProductName;
    }

    #[actions]
    impl Twice {
        async fn list(&self, _request: &Request) -> Result<Response> {
            Ok(Response::no_content())
        }
    }

    #[test]
    #[should_panic(expected = "has the default action `list` twice")]
    fn beside_those_of_a_mixin_are_refused() {
        SimpleRouter::new().register("twice", Twice);
    }

    #[derive(ViewSet, ListModelMixin)]
    #[viewset(lookup_url_kwarg = "slug")]
    struct Confused;

    impl ApiView for Confused {}

    impl GenericView for Confused {
        type Entity = product::Entity;
        type Serializer = ProductName;
    }

    #[test]
    #[should_panic(expected = "override `GenericView::lookup_url_kwarg`")]
    fn a_lookup_said_in_the_wrong_place_is_refused() {
        SimpleRouter::new().register("confused", Confused);
    }
}

/// The type of the keys in URLs is that of the column.
mod lookup_keys {
    use super::*;

    #[derive(ViewSet, RetrieveModelMixin)]
    #[lookup_key(i32)]
    struct BySku;

    impl ApiView for BySku {}

    impl GenericView for BySku {
        type Entity = product::Entity;
        type Serializer = ProductName;

        fn lookup_field(&self) -> LookupField<Self> {
            product::Column::Sku.into()
        }
    }

    #[test]
    #[should_panic(expected = "`#[lookup_key(i32)]`, a key that is Integer in a path")]
    fn of_another_kind_are_refused() {
        SimpleRouter::new().register("products", BySku);
    }
}

/// `AsyncGenericViewSet` with mixins of one's choice.
mod generic_view_set {
    use super::*;

    #[derive(ViewSet, CreateModelMixin, RetrieveModelMixin, ListModelMixin)]
    struct ProductViewSet;

    impl ApiView for ProductViewSet {}

    impl GenericView for ProductViewSet {
        type Entity = product::Entity;
        type Serializer = ProductSerializer;

        fn pagination_class(&self) -> Option<Paginator> {
            PageNumberPagination::new(10).into()
        }
    }

    urls!(Api: "products" => ProductViewSet);

    #[tokio::test]
    async fn has_the_actions_of_its_mixins() {
        let shop = Shop::of::<Api>().await;
        let list = shop.get("/api/products/").await;
        assert_eq!((list.ids().len(), &list.body["count"]), (10, &json!(12)));
        assert_eq!(list.allow, "GET, POST, HEAD, OPTIONS");
        let created = shop.ask("POST /api/products/", None, body()).await;
        assert_eq!(created.status, 201);
        let path = format!("/api/products/{}/", created.body["id"]);
        assert_eq!(shop.get(&path).await.body["name"], "Sieve");
        for method in ["PUT", "PATCH", "DELETE"] {
            let refused = shop.ask(&format!("{method} {path}"), None, body()).await;
            assert_eq!(
                (refused.status, &*refused.allow),
                (405, "GET, HEAD, OPTIONS")
            );
        }
    }
}

/// `AsyncReadOnlyModelViewSet`: browsable and immutable.
mod read_only_model_view_set {
    use super::*;

    #[derive(ReadOnlyModelViewSet)]
    struct ProductViewSet;

    impl ApiView for ProductViewSet {}

    impl GenericView for ProductViewSet {
        type Entity = product::Entity;
        type Serializer = ProductSerializer;

        fn filter_backends(&self) -> FilterBackends<Self::Entity> {
            filter_backends()
        }

        fn pagination_class(&self) -> Option<Paginator> {
            PageNumberPagination::new(2).into()
        }
    }

    urls!(Api: "products" => ProductViewSet);

    #[tokio::test]
    async fn lists_and_retrieves_and_nothing_else() {
        let shop = Shop::of::<Api>().await;
        let cheap = shop.get("/api/products/?price__lt=10&page=2").await;
        assert_eq!(
            (cheap.ids(), &cheap.body["count"]),
            (vec![9, 10], &json!(4))
        );
        assert_eq!(shop.get("/api/products/1/").await.status, 200);
        for line in [
            "POST /api/products/",
            "PUT /api/products/1/",
            "PATCH /api/products/1/",
            "DELETE /api/products/1/",
        ] {
            assert_eq!(shop.status(line, None).await, 405, "{line}");
        }
    }
}

/// `AsyncModelViewSet` on a `DefaultRouter`, with the custom actions of the page.
mod model_view_set {
    use super::*;

    #[derive(Serializer)]
    struct Ids {
        ids: Vec<i32>,
    }

    #[derive(Debug, Serializer)]
    struct Done {
        ok: bool,
    }

    #[derive(ModelViewSet)]
    struct ProductViewSet;

    impl ApiView for ProductViewSet {
        fn permission_classes(&self) -> Permissions {
            IsAuthenticated.into()
        }

        fn action_configs(&self) -> ActionConfigs<Self> {
            ActionConfigs::new().action(
                "bulk_archive",
                ActionConfig::new()
                    .request_serializer::<Ids>()
                    .response_serializer::<Done>(),
            )
        }
    }

    impl GenericView for ProductViewSet {
        type Entity = product::Entity;
        type Serializer = ProductSerializer;

        fn queryset(&self) -> Queryset<Self> {
            product::Entity::find().filter(product::Column::IsArchived.eq(false))
        }

        fn filter_backends(&self) -> FilterBackends<Self::Entity> {
            filter_backends()
        }

        fn pagination_class(&self) -> Option<Paginator> {
            PageNumberPagination::new(20).into()
        }
    }

    #[actions]
    impl ProductViewSet {
        #[action(detail = false, methods("post"))]
        async fn bulk_archive(&self, request: &Request) -> Result<Response> {
            let Ids { ids } = self.validated_serializer(request).await?;
            product::Entity::update_many()
                .col_expr(product::Column::IsArchived, Expr::value(true))
                .filter(product::Column::Id.is_in(ids))
                .exec(request.db())
                .await?;
            Ok(Response::new(Done { ok: true }))
        }

        #[action(detail = true, methods("post"))]
        async fn archive(&self, request: &Request) -> Result<Response> {
            let mut instance = self.get_object(request).await?.into_active_model();
            instance.is_archived = Set(true);
            let instance = instance.update(request.db()).await?;
            self.serialized_response(request, instance).await
        }
    }

    urls!(Api: "products" => ProductViewSet);

    #[tokio::test]
    async fn is_the_whole_resource() {
        let shop = Shop::of::<Api>().await;
        assert_eq!(shop.status("/api/products/", None).await, 401);
        let root = shop.ask("/api/", None, Value::Null).await;
        assert!(
            root.body["products"]
                .as_str()
                .unwrap()
                .ends_with("/api/products/")
        );

        let created = shop.ask("POST /api/products/", ALICE, body()).await;
        assert_eq!(created.status, 201, "{created:?}");
        let path = format!("/api/products/{}/", created.body["id"]);
        let put = json!({"name": "Strainer", "sku": "KIT-9", "price": "4.00", "in_stock": false,
                         "status": "published", "category": 2});
        let updated = shop.ask(&format!("PUT {path}"), ALICE, put).await;
        assert_eq!(updated.body["name"], "Strainer");
        let patch = json!({"name": "Colander"});
        let patched = shop.ask(&format!("PATCH {path}"), ALICE, patch).await;
        assert_eq!(patched.body["name"], "Colander");
        assert_eq!(patched.body["status"], "published");
        assert_eq!(shop.status(&format!("DELETE {path}"), ALICE).await, 204);
        assert_eq!(shop.status(&path, ALICE).await, 404);
    }

    #[tokio::test]
    async fn custom_actions_are_routed_by_their_names() {
        let shop = Shop::of::<Api>().await;
        let line = "POST /api/products/bulk_archive/";
        let done = shop.ask(line, ALICE, json!({"ids": [1, 2, 3]})).await;
        assert_eq!((done.status, done.body), (200, json!({"ok": true})));
        let refused = shop.ask(line, ALICE, json!({"ids": "all"})).await;
        assert_eq!(refused.status, 400);
        assert!(refused.body["ids"].is_array());

        let archived = shop
            .ask("POST /api/products/4/archive/", ALICE, Value::Null)
            .await;
        assert_eq!(archived.body["name"], "Deep Sea Stories");
        let again = shop.status("POST /api/products/4/archive/", ALICE).await;
        assert_eq!(again, 404);
        let left = shop.ask("/api/products/", ALICE, Value::Null).await;
        assert_eq!(left.ids(), [5, 6, 7, 8, 9, 10, 11, 12]);
    }
}

/// `ActionConfig`: the sample of the page of the API, and the shapes of its queryset.
mod action_config {
    use super::*;

    #[derive(ModelViewSet)]
    struct ProductViewSet;

    impl ApiView for ProductViewSet {
        fn permission_classes(&self) -> Permissions {
            IsAuthenticated.into()
        }

        fn action_configs(&self) -> ActionConfigs<Self> {
            let archived = || product::Entity::find().filter(product::Column::IsArchived.eq(true));
            ActionConfigs::new()
                .action(
                    "list",
                    ActionConfig::new()
                        .serializer::<ProductName>()
                        .pagination_class(FastPageNumberPagination::new(3))
                        .queryset(|_view, request| {
                            product::Entity::find()
                                .filter(product::Column::OwnerId.eq(request.user().id()))
                        }),
                )
                .action("archive", ActionConfig::new().static_queryset(archived()))
                .action(
                    "manager",
                    ActionConfig::new().queryset(|_, _| product::Entity),
                )
                .action(
                    "looked_up",
                    ActionConfig::new().queryset_async(|_view, request| {
                        Box::pin(async move {
                            let ids = visible_ids(request).await?;
                            Ok(product::Entity::find().filter(product::Column::Id.is_in(ids)))
                        })
                    }),
                )
                .action(
                    "destroy",
                    ActionConfig::new().permission_classes(IsAdminUser),
                )
        }
    }

    impl GenericView for ProductViewSet {
        type Entity = product::Entity;
        type Serializer = ProductSerializer;

        fn queryset(&self) -> Queryset<Self> {
            product::Entity::find().filter(product::Column::IsArchived.eq(false))
        }

        fn pagination_class(&self) -> Option<Paginator> {
            PageNumberPagination::new(20).into()
        }
    }

    #[actions]
    impl ProductViewSet {
        #[action(detail = false, list)]
        async fn archive(&self, request: &Request) -> Result<Response> {
            self.list(request).await
        }

        #[action(detail = false, list)]
        async fn manager(&self, request: &Request) -> Result<Response> {
            self.list(request).await
        }

        #[action(detail = false, list)]
        async fn looked_up(&self, request: &Request) -> Result<Response> {
            self.list(request).await
        }

        /// An inline override, which an `ActionConfig` would win over.
        #[action(detail = false, list, serializer = ProductName, pagination_class = None)]
        async fn names(&self, request: &Request) -> Result<Response> {
            self.list(request).await
        }
    }

    async fn visible_ids(request: &Request) -> Result<Vec<i32>> {
        let rows = product::Entity::find()
            .filter(product::Column::CategoryId.eq(3))
            .all(request.db())
            .await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    urls!(Api: "products" => ProductViewSet);

    async fn shop() -> Shop {
        let shop = Shop::of::<Api>().await;
        for line in ["DELETE /api/products/1/", "DELETE /api/products/2/"] {
            assert_eq!(shop.status(line, ALICE).await, 403);
        }
        assert_eq!(shop.status("DELETE /api/products/1/", ADMIN).await, 204);
        shop
    }

    #[tokio::test]
    async fn overrides_single_actions() {
        let shop = shop().await;
        let list = shop.ask("/api/products/", ALICE, Value::Null).await;
        // Nothing is Alice's, and the fast pages have no count.
        assert_eq!(
            list.body,
            json!({"next": null, "previous": null, "results": []})
        );
        // `retrieve` has no entry and keeps the attributes of the class.
        let retrieved = shop.ask("/api/products/2/", ALICE, Value::Null).await;
        assert_eq!(retrieved.body["sku"], "KIT-1");
    }

    #[tokio::test]
    async fn takes_a_queryset_in_every_shape() {
        let shop = shop().await;
        for (path, ids) in [
            ("/api/products/archive/", vec![]),
            ("/api/products/manager/", (2..=12).collect::<Vec<i64>>()),
            ("/api/products/looked_up/", vec![5, 8, 9]),
        ] {
            let list = shop.ask(path, ALICE, Value::Null).await;
            assert_eq!(
                (list.ids(), &list.body["count"]),
                (ids.clone(), &json!(ids.len()))
            );
        }
    }

    #[tokio::test]
    async fn leaves_inline_overrides_where_it_has_no_entry() {
        let names = shop()
            .await
            .ask("/api/products/names/", ALICE, Value::Null)
            .await;
        assert_eq!(names.body[0], json!({"id": 2, "name": "Bread Knife"}));
    }
}

/// `name`, `suffix` and `description` of `@action`.
mod action_names {
    use super::*;

    /// Products.
    #[derive(ViewSet)]
    struct ProductViewSet;

    impl ApiView for ProductViewSet {}

    #[actions]
    impl ProductViewSet {
        /// From the doc comment.
        #[action(detail = false)]
        async fn plain_name(&self, _request: &Request) -> Result<Response> {
            Ok(Response::no_content())
        }

        #[action(detail = false, name = "All of them", description = "Said so.")]
        async fn named(&self, _request: &Request) -> Result<Response> {
            Ok(Response::no_content())
        }

        /// With a suffix.
        #[action(detail = false, suffix = "Prices")]
        async fn suffixed(&self, _request: &Request) -> Result<Response> {
            Ok(Response::no_content())
        }
    }

    urls!(Api: "products" => ProductViewSet);

    #[tokio::test]
    async fn are_told_by_options() {
        let shop = Shop::of::<Api>().await;
        for (action, name, description) in [
            ("plain_name", "Plain name", "From the doc comment."),
            ("named", "All of them", "Said so."),
            ("suffixed", "Product Prices", "With a suffix."),
        ] {
            let line = format!("OPTIONS /api/products/{action}/");
            let body = shop.ask(&line, None, Value::Null).await.body;
            assert_eq!(
                (&body["name"], &body["description"]),
                (&json!(name), &json!(description))
            );
        }
    }
}

/// The getters of a viewset and their order: `ActionConfig`, inline override, `get_…`, attribute.
mod getters {
    use super::*;

    /// Which of the four a throttle, permission, parser or renderer came from.
    #[derive(Clone, Copy)]
    struct From(&'static str);

    impl Permission for From {
        async fn has_permission(&self, _request: &Request) -> Result<bool> {
            Ok(false)
        }

        fn message(&self) -> Option<&str> {
            Some(self.0)
        }
    }

    #[derive(ViewSet)]
    struct Ordered;

    impl ApiView for Ordered {
        fn permission_classes(&self) -> Permissions {
            From("attribute").into()
        }

        fn get_permissions(&self, request: &Request) -> Permissions {
            match request.action() {
                Some("attribute") => defaults::get_permissions(self, request),
                _ => From("getter").into(),
            }
        }

        fn action_configs(&self) -> ActionConfigs<Self> {
            let config = || ActionConfig::new().permission_classes(From("config"));
            ActionConfigs::new()
                .action("config", config())
                .action("config_and_inline", config())
        }
    }

    #[actions]
    impl Ordered {
        #[action(detail = false)]
        async fn config(&self, _request: &Request) -> Result<Response> {
            Ok(Response::no_content())
        }

        #[action(detail = false, permission_classes = From("inline"))]
        async fn config_and_inline(&self, _request: &Request) -> Result<Response> {
            Ok(Response::no_content())
        }

        #[action(detail = false, permission_classes = From("inline"))]
        async fn inline(&self, _request: &Request) -> Result<Response> {
            Ok(Response::no_content())
        }

        #[action(detail = false)]
        async fn getter(&self, _request: &Request) -> Result<Response> {
            Ok(Response::no_content())
        }

        #[action(detail = false)]
        async fn attribute(&self, _request: &Request) -> Result<Response> {
            Ok(Response::no_content())
        }
    }

    urls!(Api: "ordered" => Ordered);

    #[tokio::test]
    async fn are_asked_in_order() {
        let shop = Shop::of::<Api>().await;
        for (action, from) in [
            ("config", "config"),
            ("config_and_inline", "config"),
            ("inline", "inline"),
            ("getter", "getter"),
            ("attribute", "attribute"),
        ] {
            let refused = shop
                .ask(&format!("/api/ordered/{action}/"), ALICE, Value::Null)
                .await;
            assert_eq!(refused.body, json!({"detail": from}), "{action}");
        }
    }
}

/// The table of hooks, and an async `get_queryset`.
mod hooks {
    use super::*;

    #[derive(ModelViewSet)]
    #[overrides(CreateModelMixin, UpdateModelMixin, DestroyModelMixin)]
    struct ProductViewSet;

    impl ApiView for ProductViewSet {
        async fn check_permissions(&self, request: &Request) -> Result<()> {
            defaults::check_permissions(self, request).await?;
            if request.headers().contains_key("x-closed") {
                return Err(ApiError::not_found());
            }
            Ok(())
        }

        async fn handle_exception(&self, request: &Request, error: ApiError) -> Response {
            let response = defaults::handle_exception(self, request, error).await;
            response.with_header("X-Failed", "yes")
        }
    }

    impl GenericView for ProductViewSet {
        type Entity = product::Entity;
        type Serializer = ProductSerializer;

        async fn get_queryset(&self, request: &Request) -> Result<Queryset<Self>> {
            let ids = fetch_visible_ids(request).await?;
            Ok(product::Entity::find().filter(product::Column::Id.is_in(ids)))
        }

        async fn filter_queryset(
            &self,
            request: &Request,
            queryset: Queryset<Self>,
        ) -> Result<Queryset<Self>> {
            let queryset = defaults::filter_queryset(self, request, queryset).await?;
            Ok(queryset.filter(product::Column::Id.ne(3)))
        }
    }

    async fn fetch_visible_ids(request: &Request) -> Result<Vec<i32>> {
        let rows = product::Entity::find()
            .filter(product::Column::Id.gt(if request.user().is_staff() { 0 } else { 1 }))
            .filter(product::Column::IsArchived.eq(false))
            .all(request.db())
            .await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    impl CreateModelMixin for ProductViewSet {
        async fn perform_create(
            &self,
            request: &Request,
            serializer: Validated<Self>,
        ) -> Result<product::Model> {
            serializer
                .set(product::Column::OwnerId, request.user().id())
                .set(product::Column::Description, "made by a hook")
                .save(request)
                .await
        }
    }

    impl UpdateModelMixin for ProductViewSet {
        async fn perform_update(
            &self,
            request: &Request,
            serializer: Validated<Self>,
        ) -> Result<product::Model> {
            serializer
                .set(product::Column::Description, "changed by a hook")
                .save(request)
                .await
        }
    }

    impl DestroyModelMixin for ProductViewSet {
        async fn perform_destroy(&self, request: &Request, instance: product::Model) -> Result<()> {
            let mut instance = instance.into_active_model();
            instance.is_archived = Set(true);
            instance.update(request.db()).await?;
            Ok(())
        }
    }

    #[actions]
    impl ProductViewSet {
        #[action(detail = true)]
        async fn description(&self, request: &Request) -> Result<Response> {
            Ok(Response::new(self.get_object(request).await?.description))
        }
    }

    urls!(Api: "products" => ProductViewSet);

    #[tokio::test]
    async fn change_one_step_each() {
        let shop = Shop::of::<Api>().await;
        assert_eq!(
            shop.get("/api/products/").await.ids(),
            (2..=12).filter(|id| *id != 3).collect::<Vec<_>>()
        );
        assert_eq!(
            shop.ask("/api/products/", ADMIN, Value::Null).await.ids()[0],
            1
        );
        assert_eq!(shop.status("/api/products/3/", ADMIN).await, 404);

        let created = shop.ask("POST /api/products/", ALICE, body()).await;
        let path = format!("/api/products/{}/", created.body["id"]);
        let described = format!("{path}description/");
        assert_eq!(shop.get(&described).await.body, "made by a hook");
        let patched = shop
            .ask(&format!("PATCH {path}"), ALICE, json!({"price": "1.00"}))
            .await;
        assert_eq!(patched.status, 200);
        assert_eq!(shop.get(&described).await.body, "changed by a hook");
        assert_eq!(shop.status(&format!("DELETE {path}"), ALICE).await, 204);
        assert_eq!(shop.status(&path, ALICE).await, 404);

        let closed = shop
            .client
            .get("/api/products/")
            .header("x-closed", "1")
            .send()
            .await;
        closed.assert_status(StatusCode::NOT_FOUND);
        closed.assert_header("x-failed", "yes");
    }
}

/// Nested routers: the parent's key arrives in the kwargs.
mod nested_routers {
    use super::*;

    #[derive(ModelSerializer)]
    #[serializer(entity = review::Entity)]
    struct ReviewSerializer {
        #[serializer(read_only)]
        id: i32,
        rating: i32,
        comment: String,
    }

    #[derive(ReadOnlyModelViewSet)]
    struct ProductViewSet;

    impl ApiView for ProductViewSet {}

    impl GenericView for ProductViewSet {
        type Entity = product::Entity;
        type Serializer = ProductName;
    }

    #[derive(ReadOnlyModelViewSet)]
    struct ReviewViewSet;

    impl ApiView for ReviewViewSet {}

    impl GenericView for ReviewViewSet {
        type Entity = review::Entity;
        type Serializer = ReviewSerializer;

        async fn get_queryset(&self, request: &Request) -> Result<Queryset<Self>> {
            let product: i32 = request
                .kwargs()
                .get("product_pk")
                .and_then(|key| key.parse().ok())
                .ok_or_else(ApiError::not_found)?;
            let reviews = defaults::get_queryset(self, request).await?;
            Ok(reviews.filter(review::Column::ProductId.eq(product)))
        }
    }

    struct Api;

    impl UrlConf for Api {
        fn urls() -> Urls {
            let mut router = DefaultRouter::new();
            router.register("products", ProductViewSet);
            router
                .nested("products", "product")
                .register("reviews", ReviewViewSet);
            Urls::new().include("", router)
        }
    }

    #[tokio::test]
    async fn scope_the_rows_to_the_parent() {
        let shop = Shop::of::<Api>().await;
        for (path, ids) in [
            ("/products/1/reviews/", vec![1]),
            ("/products/2/reviews/", vec![2, 3]),
            ("/products/9/reviews/", vec![]),
        ] {
            assert_eq!(shop.get(path).await.ids(), ids, "{path}");
        }
        assert_eq!(shop.get("/products/2/reviews/3/").await.body["rating"], 2);
        assert_eq!(shop.get("/products/1/reviews/3/").await.status, 404);
        assert_eq!(shop.get("/products/x/reviews/").await.status, 404);
    }
}

/// Generic views and viewsets: the same on the wire.
mod per_method_handlers {
    use super::*;

    #[derive(ListCreateApiView)]
    struct ProductList;

    impl ApiView for ProductList {}

    impl GenericView for ProductList {
        type Entity = product::Entity;
        type Serializer = ProductSerializer;
    }

    #[derive(RetrieveUpdateDestroyApiView)]
    struct ProductDetail;

    impl ApiView for ProductDetail {}

    impl GenericView for ProductDetail {
        type Entity = product::Entity;
        type Serializer = ProductSerializer;
    }

    #[derive(ModelViewSet)]
    struct ProductViewSet;

    impl ApiView for ProductViewSet {}

    impl GenericView for ProductViewSet {
        type Entity = product::Entity;
        type Serializer = ProductSerializer;
    }

    struct Api;

    impl UrlConf for Api {
        fn urls() -> Urls {
            let mut router = SimpleRouter::new();
            router.register("set", ProductViewSet);
            Urls::new()
                .path("views/", ProductList)
                .path("views/{pk}/", ProductDetail)
                .include("", router)
        }
    }

    #[tokio::test]
    async fn answer_like_actions() {
        let (views, set) = (Shop::of::<Api>().await, Shop::of::<Api>().await);
        for (line, body) in [
            ("GET /", Value::Null),
            ("POST /", body()),
            ("POST /", json!({"price": "free"})),
            ("GET /13/", Value::Null),
            ("PATCH /13/", json!({"name": "Colander"})),
            ("PUT /13/", json!({})),
            ("DELETE /13/", Value::Null),
            ("GET /13/", Value::Null),
            ("PUT /", Value::Null),
            ("POST /1/", Value::Null),
        ] {
            let (method, path) = line.split_once(' ').unwrap();
            let view = format!("{method} /views{path}");
            let action = format!("{method} /set{path}");
            let view = views.ask(&view, None, body.clone()).await;
            let action = set.ask(&action, None, body).await;
            assert_eq!(format!("{view:?}"), format!("{action:?}"), "{line}");
        }
    }
}

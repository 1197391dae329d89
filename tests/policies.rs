//! Policies and querysets of single actions: what wins, what is never lost.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

#[path = "shop_app/mod.rs"]
mod shop_app;

use poem::{http::header, test::TestClient};
use poem_openapi::OpenApiService;
use restflow::prelude::*;
use sea_orm::{DatabaseConnection, PaginatorTrait};
use shop_app::{
    categories::CategorySerializer,
    entities::{category, token, user},
};

/// Nobody may touch the books.
struct NotBooks;

impl ObjectPermission<category::Model> for NotBooks {
    async fn has_object_permission(
        &self,
        _request: &Request,
        object: &category::Model,
    ) -> Result<bool> {
        Ok(object.slug != "books")
    }

    fn message(&self) -> Option<&str> {
        Some("Not the books.")
    }
}

#[derive(ModelViewSet)]
struct Guarded;

impl ApiView for Guarded {
    fn permission_classes(&self) -> Permissions {
        Permissions::new().with_object(NotBooks)
    }

    fn action_configs(&self) -> ActionConfigs<Self> {
        ActionConfigs::new()
            // The settings ask for a login; an action that builds on them keeps that.
            .action(
                "list",
                ActionConfig::new().permission_classes(Permissions::from_settings()),
            )
            .action(
                "open",
                ActionConfig::new().permission_classes(Permissions::new()),
            )
    }
}

impl GenericView for Guarded {
    type Entity = category::Entity;
    type Serializer = CategorySerializer;

    fn lookup_field(&self) -> LookupField<Self> {
        category::Column::Slug.into()
    }
}

#[actions]
impl Guarded {
    #[action(detail = false, permission_classes = IsAdminUser)]
    async fn staff(&self, _request: &Request) -> Result<Response> {
        Ok(Response::new("staff"))
    }

    #[action(detail = false, permission_classes = IsAdminUser)]
    async fn open(&self, _request: &Request) -> Result<Response> {
        Ok(Response::new("open"))
    }
}

/// Each action with a queryset in its own relation to `get_queryset`.
#[derive(ViewSet, ListModelMixin)]
struct Narrowed;

impl ApiView for Narrowed {
    fn action_configs(&self) -> ActionConfigs<Self> {
        let without_books = || category::Entity::find().filter(category::Column::Slug.ne("books"));
        ActionConfigs::new()
            .action(
                "list",
                ActionConfig::new().queryset(move |_, _| without_books()),
            )
            .action(
                "asking_back",
                ActionConfig::new().queryset_async(|view: &Self, request| {
                    Box::pin(async move { view.get_queryset(request).await })
                }),
            )
            .action(
                "twice",
                ActionConfig::new().queryset_async(move |_, _| {
                    Box::pin(async move {
                        tokio::task::yield_now().await;
                        Ok(without_books())
                    })
                }),
            )
    }
}

impl GenericView for Narrowed {
    type Entity = category::Entity;
    type Serializer = CategorySerializer;

    async fn get_queryset(&self, request: &Request) -> Result<Queryset<Self>> {
        let base = defaults::get_queryset(self, request).await?;
        Ok(base.filter(category::Column::Slug.ne("garden")))
    }
}

#[actions]
impl Narrowed {
    #[action(detail = false, list)]
    async fn asking_back(&self, request: &Request) -> Result<Response> {
        self.list(request).await
    }

    #[action(detail = false)]
    async fn twice(&self, request: &Request) -> Result<Response> {
        let (one, other) = tokio::try_join!(
            self.resolved_queryset(request),
            self.resolved_queryset(request)
        )?;
        let one = one.count(request.db()).await?;
        let other = other.count(request.db()).await?;
        let all = category::Entity::find().count(request.db()).await?;
        Ok(Response::new([all - one, all - other]))
    }
}

/// A `get_queryset` that does not build on the base loses to the action's queryset.
#[derive(ViewSet, ListModelMixin)]
struct Stubborn;

impl ApiView for Stubborn {
    fn action_configs(&self) -> ActionConfigs<Self> {
        ActionConfigs::new().action(
            "list",
            ActionConfig::new().queryset(|_, _| category::Entity),
        )
    }
}

impl GenericView for Stubborn {
    type Entity = category::Entity;
    type Serializer = CategorySerializer;

    async fn get_queryset(&self, _request: &Request) -> Result<Queryset<Self>> {
        Ok(category::Entity::find().filter(category::Column::Slug.eq("books")))
    }
}

/// Some objects are there for the staff only: a rule of the request with data of the view.
#[derive(ModelViewSet)]
struct Secretive {
    secret: &'static str,
}

struct AnyBut(&'static str);

impl ObjectPermission<category::Model> for AnyBut {
    async fn has_object_permission(
        &self,
        _request: &Request,
        object: &category::Model,
    ) -> Result<bool> {
        if object.slug == self.0 {
            return Err(ApiError::object_not_found());
        }
        Ok(true)
    }
}

impl ApiView for Secretive {
    fn get_permissions(&self, request: &Request) -> Permissions {
        let permissions = defaults::get_permissions(self, request);
        if request.user().is_staff() {
            return permissions;
        }
        permissions.with_object(AnyBut(self.secret))
    }
}

impl GenericView for Secretive {
    type Entity = category::Entity;
    type Serializer = CategorySerializer;

    fn lookup_field(&self) -> LookupField<Self> {
        category::Column::Slug.into()
    }
}

#[actions]
impl Secretive {
    #[action(detail = true)]
    async fn name(&self, request: &Request) -> Result<Response> {
        Ok(Response::new(self.get_object(request).await?.name))
    }
}

struct Api;

impl UrlConf for Api {
    fn urls() -> Urls {
        let mut router = SimpleRouter::new();
        router.register("guarded", Guarded);
        router.register("narrowed", Narrowed);
        router.register("stubborn", Stubborn);
        router.register("secretive", Secretive { secret: "books" });
        Urls::new().include("", router)
    }

    fn settings() -> Settings {
        Settings::new()
            .authentication_classes(TokenAuthentication::<token::Entity, user::Entity>::new(
                token::Column::Key,
            ))
            .permission_classes(IsAuthenticated)
    }
}

async fn database() -> DatabaseConnection {
    shop_app::database::open("sqlite::memory:", 0)
        .await
        .unwrap()
}

/// `path as user → status body` for each line; a path may begin with another method than GET.
async fn check(lines: &[(&str, Option<&str>, u16, &str)]) {
    let api = OpenApiService::new(restflow::api::<Api>(database().await), "test", "1");
    let client = TestClient::new(api);
    for (path, token, status, expected) in lines {
        let (method, url) = path.split_once(' ').unwrap_or(("GET", path));
        let mut request = client.request(method.parse().unwrap(), url);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Token {token}"));
        }
        let response = request.send().await.0;
        assert_eq!(response.status().as_u16(), *status, "{path}");
        let body = response.into_body().into_string().await.unwrap();
        assert!(body.contains(expected), "{path}: {body}");
    }
}

const ALICE: Option<&str> = Some("alice-token");
const ADMIN: Option<&str> = Some("admin-token");

#[tokio::test]
async fn permissions_of_objects_and_of_the_settings_are_never_lost() {
    check(&[
        ("/guarded/kitchen/", None, 200, "Kitchen"),
        ("/guarded/books/", ALICE, 403, "Not the books."),
        ("/guarded/", None, 401, "credentials"),
        ("/guarded/", ALICE, 200, "books"),
    ])
    .await;
}

#[tokio::test]
async fn every_action_asks_the_object_permissions_of_the_request() {
    check(&[
        ("/secretive/books/", None, 401, "credentials"),
        ("/secretive/kitchen/", ALICE, 200, "Kitchen"),
        ("/secretive/kitchen/name/", ALICE, 200, "Kitchen"),
        ("/secretive/books/", ALICE, 404, "Not found"),
        ("/secretive/books/name/", ALICE, 404, "Not found"),
        ("PUT /secretive/books/", ALICE, 404, "Not found"),
        ("PATCH /secretive/books/", ALICE, 404, "Not found"),
        ("DELETE /secretive/books/", ALICE, 404, "Not found"),
        ("/secretive/books/name/", ADMIN, 200, "Books"),
        ("/secretive/books/", ADMIN, 200, "Books"),
    ])
    .await;
}

#[tokio::test]
async fn an_action_config_wins_over_inline_overrides() {
    check(&[
        ("/guarded/staff/", ALICE, 403, "permission"),
        ("/guarded/staff/", ADMIN, 200, "staff"),
        ("/guarded/open/", None, 200, "open"),
    ])
    .await;
}

#[tokio::test]
async fn the_queryset_of_an_action_wins_and_is_narrowed() {
    let kitchen = r#"[{"id":2,"name":"Kitchen","slug":"kitchen"}]"#;
    check(&[
        ("/narrowed/", ALICE, 200, kitchen),
        ("/narrowed/asking_back/", ALICE, 200, "books"),
        // Without the books and the garden, also where two ask at the same time.
        ("/narrowed/twice/", ALICE, 200, "[2,2]"),
        ("/stubborn/", ALICE, 200, "garden"),
    ])
    .await;
}

struct AboutUsers;

impl ObjectPermission<user::Model> for AboutUsers {
    async fn has_object_permission(&self, _request: &Request, _user: &user::Model) -> Result<bool> {
        Ok(false)
    }
}

#[derive(RetrieveApiView)]
struct Misfit;

impl ApiView for Misfit {
    fn permission_classes(&self) -> Permissions {
        Permissions::new().with_object(AboutUsers)
    }
}

impl GenericView for Misfit {
    type Entity = category::Entity;
    type Serializer = CategorySerializer;
}

struct MisfitApi;

impl UrlConf for MisfitApi {
    fn urls() -> Urls {
        Urls::new().path("misfit/{pk}/", Misfit)
    }
}

#[tokio::test]
#[should_panic(expected = "another type than the rows of the view")]
async fn a_permission_about_other_objects_is_refused_at_the_start() {
    let _ = restflow::api::<MisfitApi>(database().await);
}

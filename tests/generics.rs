//! The nine concrete views, free composition of mixins, lookups by keys of every kind, and the
//! number of queries.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

#[path = "shop_app/mod.rs"]
mod shop_app;

use poem::{
    Response as PoemResponse,
    test::{TestClient, TestRequestBuilder},
};
use restflow::{prelude::*, views::Handlers};
use serde_json::{Value, json};

mod item {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "item")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        pub slug: String,
        pub name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod badge {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "badge")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(unique)]
        pub number: i64,
        #[sea_orm(unique)]
        pub level: i16,
        #[sea_orm(unique)]
        pub seal: Vec<u8>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod word {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "word")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub text: String,
        #[sea_orm(unique)]
        pub day: Date,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod shelf {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "shelf")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub aisle: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub place: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(ModelSerializer)]
#[serializer(entity = item::Entity)]
struct ItemSerializer {
    #[serializer(read_only)]
    id: i32,
    #[serializer(unique)]
    slug: String,
    name: String,
}

#[derive(ModelSerializer)]
#[serializer(entity = badge::Entity)]
struct BadgeSerializer {
    id: Uuid,
    number: i64,
    level: i16,
}

#[derive(ModelSerializer)]
#[serializer(entity = word::Entity)]
struct WordSerializer {
    text: String,
    day: Date,
}

#[derive(ModelSerializer)]
#[serializer(entity = shelf::Entity)]
struct ShelfSerializer {
    aisle: i32,
    place: String,
}

const BADGE: &str = "0188d3c2-7a4e-7b1a-9c53-8a5f0e6d1b2c";

async fn database() -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None);
    let db = Database::connect(options).await.unwrap();
    let schema = db.get_schema_builder();
    schema
        .register(item::Entity)
        .register(badge::Entity)
        .register(word::Entity)
        .register(shelf::Entity)
        .apply(&db)
        .await
        .unwrap();
    item::Entity::insert_many([("lamp", "Lamp"), ("chair", "Chair")].map(|(slug, name)| {
        item::ActiveModel {
            slug: Set(slug.into()),
            name: Set(name.into()),
            ..Default::default()
        }
    }))
    .exec(&db)
    .await
    .unwrap();
    badge::Entity::insert(badge::ActiveModel {
        id: Set(BADGE.parse().unwrap()),
        number: Set(9_000_000_000),
        level: Set(-7),
        seal: Set(vec![0xca, 0xfe]),
    })
    .exec(&db)
    .await
    .unwrap();
    for (text, day) in [
        ("café au lait", "2026-01-31"),
        ("a/b", "2026-02-01"),
        ("", "2026-02-02"),
        ("7,b", "2026-02-03"),
    ] {
        word::Entity::insert(word::ActiveModel {
            text: Set(text.into()),
            day: Set(day.parse().unwrap()),
        })
        .exec_without_returning(&db)
        .await
        .unwrap();
    }
    for (aisle, place) in [(7, "b"), (7, "")] {
        shelf::Entity::insert(shelf::ActiveModel {
            aisle: Set(aisle),
            place: Set(place.into()),
        })
        .exec_without_returning(&db)
        .await
        .unwrap();
    }
    db
}

fn client_on<U: UrlConf>(
    db: DatabaseConnection,
) -> TestClient<impl Endpoint<Output = PoemResponse>> {
    let api = OpenApiService::new(restflow::api::<U>(db), "generics", "1");
    let app = Route::new()
        .at("/openapi.json", api.spec_endpoint())
        .nest("/", api);
    TestClient::new(app.map_to_response())
}

struct Answer {
    status: u16,
    allow: Option<String>,
    body: Value,
}

async fn ask<E: Endpoint>(request: TestRequestBuilder<'_, E>) -> Answer {
    let response = request.send().await.0;
    let status = response.status().as_u16();
    let allow = response.header("allow").map(str::to_owned);
    let text = response.into_body().into_string().await.unwrap();
    let body = match text.as_str() {
        "" => Value::Null,
        text => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
    };
    Answer {
        status,
        allow,
        body,
    }
}

/// A view of items.
macro_rules! of_items {
    ($($view:ident),+) => {$(
        impl ApiView for $view {}

        impl GenericView for $view {
            type Entity = item::Entity;
            type Serializer = ItemSerializer;
        }
    )+};
}

mod nine_views {
    use super::*;

    /// Each view twice, by its derive and by the function that the derive calls.
    macro_rules! views {
        ($($bind:ident: $derive:ident $derived:ident, [$($mixin:ident)+] $by_hand:ident;)+) => {
            $(
                #[derive($derive)]
                struct $derived;

                struct $by_hand;

                $(impl $mixin for $by_hand {})+

                impl AsView for $by_hand {
                    fn handlers() -> Handlers<Self> {
                        restflow::generics::$bind("The items.")
                    }
                }

                of_items!($derived, $by_hand);
            )+

            /// `/derived/list_create/`, `/by-hand/retrieve/{pk}/`
            fn mounted() -> Urls {
                Urls::new()
                    $(
                        .path(&path("derived", stringify!($bind)), $derived)
                        .path(&path("by-hand", stringify!($bind)), $by_hand)
                    )+
            }
        };
    }

    views! {
        list: ListApiView Derived1, [ListModelMixin] ByHand1;
        create: CreateApiView Derived2, [CreateModelMixin] ByHand2;
        retrieve: RetrieveApiView Derived3, [RetrieveModelMixin] ByHand3;
        update: UpdateApiView Derived4, [UpdateModelMixin] ByHand4;
        destroy: DestroyApiView Derived5, [DestroyModelMixin] ByHand5;
        list_create: ListCreateApiView Derived6, [ListModelMixin CreateModelMixin] ByHand6;
        retrieve_update: RetrieveUpdateApiView Derived7,
            [RetrieveModelMixin UpdateModelMixin] ByHand7;
        retrieve_destroy: RetrieveDestroyApiView Derived8,
            [RetrieveModelMixin DestroyModelMixin] ByHand8;
        retrieve_update_destroy: RetrieveUpdateDestroyApiView Derived9,
            [RetrieveModelMixin UpdateModelMixin DestroyModelMixin] ByHand9;
    }

    /// Each view with the methods that it answers.
    const VIEWS: &[(&str, &[&str])] = &[
        ("list", &["GET"]),
        ("create", &["POST"]),
        ("retrieve", &["GET"]),
        ("update", &["PUT", "PATCH"]),
        ("destroy", &["DELETE"]),
        ("list_create", &["GET", "POST"]),
        ("retrieve_update", &["GET", "PUT", "PATCH"]),
        ("retrieve_destroy", &["GET", "DELETE"]),
        (
            "retrieve_update_destroy",
            &["GET", "PUT", "PATCH", "DELETE"],
        ),
    ];

    fn is_of_one_object(view: &str) -> bool {
        !view.starts_with("list") && view != "create"
    }

    fn path(way: &str, view: &str) -> String {
        match is_of_one_object(view) {
            true => format!("{way}/{view}/{{pk}}/"),
            false => format!("{way}/{view}/"),
        }
    }

    struct Api;

    impl UrlConf for Api {
        fn urls() -> Urls {
            mounted()
        }
    }

    /// What a method answers where the view has it.
    fn expected(method: &str, view: &str) -> (u16, Value) {
        let lamp = || json!({"id": 1, "slug": "lamp", "name": "Lamp"});
        let chair = || json!({"id": 2, "slug": "chair", "name": "Chair"});
        match method {
            "GET" if is_of_one_object(view) => (200, lamp()),
            "GET" => (200, json!([lamp(), chair()])),
            "POST" => (201, json!({"id": 3, "slug": "sofa", "name": "Sofa"})),
            "PUT" | "PATCH" => (200, json!({"id": 1, "slug": "sofa", "name": "Sofa"})),
            "DELETE" => (204, Value::Null),
            _ => unreachable!("{method}"),
        }
    }

    #[tokio::test]
    async fn each_answers_its_methods_and_refuses_the_rest() {
        for (view, methods) in VIEWS {
            for way in ["derived", "by-hand"] {
                let client = client_on::<Api>(database().await);
                let path = format!("/{}", path(way, view)).replace("{pk}", "1");
                let mut allow = methods.join(", ");
                if methods.contains(&"GET") {
                    allow.push_str(", HEAD");
                }
                allow.push_str(", OPTIONS");
                for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                    let request = client
                        .request(Method::from_bytes(method.as_bytes()).unwrap(), &path)
                        .body_json(&json!({"slug": "sofa", "name": "Sofa"}));
                    let answer = ask(request).await;
                    let (status, body) = if methods.contains(&method) {
                        expected(method, view)
                    } else {
                        let detail = format!("Method \"{method}\" not allowed.");
                        (405, json!({"detail": detail}))
                    };
                    assert_eq!(
                        (answer.status, answer.body),
                        (status, body),
                        "{method} {path}"
                    );
                    assert_eq!(answer.allow.as_ref(), Some(&allow), "{method} {path}");
                }
                let options = ask(client.request(Method::OPTIONS, &path)).await;
                assert_eq!(
                    (options.status, options.allow),
                    (200, Some(allow)),
                    "{path}"
                );
                let head = ask(client.head(&path)).await.status;
                let gone = methods.contains(&"DELETE");
                let expected = match methods.contains(&"GET") {
                    true if gone => 404,
                    true => 200,
                    false => 405,
                };
                assert_eq!(head, expected, "{path}");
            }
        }
    }

    #[tokio::test]
    async fn the_document_has_the_same_methods() {
        let client = client_on::<Api>(database().await);
        let document = ask(client.get("/openapi.json")).await.body;
        let paths = document["paths"].as_object().unwrap();
        assert_eq!(paths.len(), 2 * VIEWS.len());
        for (view, methods) in VIEWS {
            for way in ["derived", "by-hand"] {
                let operations = paths[&format!("/{}", path(way, view))].as_object().unwrap();
                let documented: Vec<_> = operations
                    .keys()
                    .map(|method| method.to_uppercase())
                    .collect();
                assert_eq!(documented, *methods, "{view}");
                for (method, operation) in operations {
                    let (status, _) = expected(&method.to_uppercase(), view);
                    let responses = operation["responses"].as_object().unwrap();
                    assert!(
                        responses.contains_key(&status.to_string()),
                        "{view} {method}"
                    );
                    let reads = ["post", "put", "patch"].contains(&method.as_str());
                    assert_eq!(operation.get("requestBody").is_some(), reads, "{view}");
                }
            }
        }
    }
}

/// Mixins under methods of one's own choice.
mod composition {
    use super::*;

    #[derive(ListModelMixin, CreateModelMixin, RetrieveModelMixin, DestroyModelMixin)]
    struct Items;

    of_items!(Items);

    #[handlers]
    impl Items {
        async fn get(&self, request: &Request) -> Result<Response> {
            match request.kwargs().get("pk") {
                Some(_) => self.retrieve(request).await,
                None => self.list(request).await,
            }
        }

        /// Creates, and tells so in its own way.
        async fn post(&self, request: &Request) -> Result<Response> {
            let created = self.create(request).await?;
            Ok(created
                .with_status(StatusCode::ACCEPTED)
                .with_header("x-created", "yes"))
        }

        /// A PUT that deletes, for a client that cannot say DELETE.
        async fn put(&self, request: &Request) -> Result<Response> {
            self.destroy(request).await
        }
    }

    struct Api;

    impl UrlConf for Api {
        fn urls() -> Urls {
            Urls::new().path("items/", Items).path("items/{pk}/", Items)
        }
    }

    #[tokio::test]
    async fn actions_are_bound_to_any_method() {
        let client = client_on::<Api>(database().await);
        let sofa = json!({"slug": "sofa", "name": "Sofa"});
        let created = client.post("/items/").body_json(&sofa).send().await;
        created.assert_status(StatusCode::ACCEPTED);
        created.assert_header("x-created", "yes");
        assert_eq!(ask(client.get("/items/3/")).await.body["slug"], "sofa");
        assert_eq!(ask(client.put("/items/3/")).await.status, 204);
        assert_eq!(ask(client.get("/items/3/")).await.status, 404);
        let list = ask(client.get("/items/")).await;
        assert_eq!(list.body.as_array().unwrap().len(), 2);
        assert_eq!(list.allow.as_deref(), Some("GET, POST, PUT, HEAD, OPTIONS"));
        assert_eq!(ask(client.delete("/items/1/")).await.status, 405);
    }

    /// The same actions, each with a word for the document.
    #[derive(ListModelMixin, CreateModelMixin)]
    struct Declared;

    impl ApiView for Declared {}

    impl GenericView for Declared {
        type Entity = item::Entity;
        type Serializer = ItemSerializer;

        fn pagination_class(&self) -> Option<Paginator> {
            PageNumberPagination::new(10).into()
        }
    }

    #[handlers]
    impl Declared {
        #[handler(list)]
        async fn get(&self, request: &Request) -> Result<Response> {
            self.list(request).await
        }

        #[handler(create)]
        async fn post(&self, request: &Request) -> Result<Response> {
            self.create(request).await
        }
    }

    /// A PUT that deletes, for a client that cannot say DELETE.
    #[derive(DestroyModelMixin)]
    struct DeclaredDetail;

    of_items!(DeclaredDetail);

    #[handlers]
    impl DeclaredDetail {
        #[handler(destroy)]
        async fn put(&self, request: &Request) -> Result<Response> {
            self.destroy(request).await
        }
    }

    struct DeclaredApi;

    impl UrlConf for DeclaredApi {
        fn urls() -> Urls {
            Urls::new()
                .path("declared/", Declared)
                .path("declared/{pk}/", DeclaredDetail)
        }
    }

    #[tokio::test]
    async fn the_document_knows_what_handlers_answer_like() {
        let api = restflow::api::<DeclaredApi>(database().await);
        let document = OpenApiService::new(api, "test", "1").spec();
        let document: Value = serde_json::from_str(&document).unwrap();
        let list = &document["paths"]["/declared/"]["get"];
        let parameters = list["parameters"].as_array().unwrap();
        assert!(
            parameters
                .iter()
                .any(|parameter| parameter["name"] == "page")
        );
        let create = &document["paths"]["/declared/"]["post"];
        assert!(create["responses"]["201"].is_object(), "{create}");
        assert_eq!(create["requestBody"]["required"], true);
        let destroy = &document["paths"]["/declared/{pk}/"]["put"];
        assert!(destroy["responses"]["204"].is_object(), "{destroy}");
        assert!(destroy["requestBody"].is_null(), "{destroy}");
    }
}

mod lookups {
    use super::*;

    /// A viewset over an entity, looked up by its primary key or a column.
    macro_rules! looked_up {
        ($($view:ident: $entity:ident, $serializer:ident, $lookup:expr;)+) => {$(
            #[derive(ReadOnlyModelViewSet)]
            struct $view;

            impl ApiView for $view {}

            impl GenericView for $view {
                type Entity = $entity::Entity;
                type Serializer = $serializer;

                fn lookup_field(&self) -> LookupField<Self> {
                    $lookup
                }
            }
        )+};
    }

    looked_up! {
        Items: item, ItemSerializer, LookupField::<Self>::PrimaryKey;
        ItemsBySlug: item, ItemSerializer, item::Column::Slug.into();
        Badges: badge, BadgeSerializer, LookupField::<Self>::PrimaryKey;
        BadgesByNumber: badge, BadgeSerializer, badge::Column::Number.into();
        BadgesByLevel: badge, BadgeSerializer, badge::Column::Level.into();
        Words: word, WordSerializer, LookupField::<Self>::PrimaryKey;
        WordsByDay: word, WordSerializer, word::Column::Day.into();
        Shelves: shelf, ShelfSerializer, LookupField::<Self>::PrimaryKey;
    }

    struct Api;

    impl UrlConf for Api {
        fn urls() -> Urls {
            let mut router = SimpleRouter::new();
            router.register("items", Items);
            router.register("slugs", ItemsBySlug);
            router.register("badges", Badges);
            router.register("numbers", BadgesByNumber);
            router.register("levels", BadgesByLevel);
            router.register("words", Words);
            router.register("days", WordsByDay);
            router.register("shelves", Shelves);
            Urls::new().include("", router)
        }
    }

    /// By a column that no path can name, as it is and with a lookup of its own.
    #[derive(ReadOnlyModelViewSet)]
    struct Sealed {
        decodes: bool,
    }

    impl ApiView for Sealed {}

    impl GenericView for Sealed {
        type Entity = badge::Entity;
        type Serializer = BadgeSerializer;

        fn lookup_field(&self) -> LookupField<Self> {
            badge::Column::Seal.into()
        }

        fn get_object<'a>(&'a self, request: &'a Request) -> ObjectLookup<'a, Self> {
            if !self.decodes {
                return defaults::get_object(self, request);
            }
            ObjectLookup::new(self, request).by(async move {
                let seal = request.kwargs().get("seal").unwrap_or_default();
                let seal = u16::from_str_radix(seal, 16).map_err(|_| ApiError::not_found())?;
                let badges = self.resolved_queryset(request).await?;
                let badges = badges.filter(badge::Column::Seal.eq(seal.to_be_bytes().to_vec()));
                let badge = badges.one(request.db()).await?;
                badge.ok_or_else(ApiError::object_not_found)
            })
        }
    }

    struct Seals;

    impl UrlConf for Seals {
        fn urls() -> Urls {
            let mut router = SimpleRouter::new();
            router
                .register("decoded", Sealed { decodes: true })
                .basename("decoded");
            router.register("raw", Sealed { decodes: false });
            Urls::new().include("", router)
        }
    }

    #[tokio::test]
    async fn a_key_that_no_path_can_name_needs_a_lookup_of_its_own() {
        let client = client_on::<Seals>(database().await);
        for (path, status) in [
            ("/decoded/cafe/", 200),
            ("/decoded/caff/", 404),
            ("/decoded/xyz/", 404),
            ("/raw/cafe/", 500),
        ] {
            assert_eq!(ask(client.get(path)).await.status, status, "{path}");
        }
    }

    /// The item that the header names; the path has no capture.
    #[derive(RetrieveUpdateDestroyApiView)]
    struct Mine;

    impl ApiView for Mine {}

    impl GenericView for Mine {
        type Entity = item::Entity;
        type Serializer = ItemSerializer;

        fn lookup_field(&self) -> LookupField<Self> {
            Lookup::Own
        }

        fn get_object<'a>(&'a self, request: &'a Request) -> ObjectLookup<'a, Self> {
            ObjectLookup::new(self, request).by(async move {
                let slug = request.headers().get("x-mine");
                let slug = slug.and_then(|slug| slug.to_str().ok()).unwrap_or_default();
                let item = item::Entity::find().filter(item::Column::Slug.eq(slug));
                let item = item.one(request.db()).await?;
                item.ok_or_else(ApiError::object_not_found)
            })
        }
    }

    /// It promises a lookup of its own and has none.
    #[derive(RetrieveApiView)]
    struct Promised;

    impl ApiView for Promised {}

    impl GenericView for Promised {
        type Entity = item::Entity;
        type Serializer = ItemSerializer;

        fn lookup_field(&self) -> LookupField<Self> {
            Lookup::Own
        }
    }

    /// By a column that several rows share.
    #[derive(RetrieveDestroyApiView)]
    struct Shared;

    impl ApiView for Shared {}

    impl GenericView for Shared {
        type Entity = item::Entity;
        type Serializer = ItemSerializer;

        fn lookup_field(&self) -> LookupField<Self> {
            item::Column::Name.into()
        }
    }

    struct Ways;

    impl UrlConf for Ways {
        fn urls() -> Urls {
            Urls::new()
                .path("me/", Mine)
                .path("promised/", Promised)
                .path("shared/{name}/", Shared)
        }
    }

    #[tokio::test]
    async fn a_lookup_of_ones_own_needs_no_capture() {
        let client = client_on::<Ways>(database().await);
        let mine = |method: Method| client.request(method, "/me/").header("x-mine", "lamp");
        assert_eq!(ask(mine(Method::GET)).await.body["slug"], "lamp");
        assert_eq!(ask(client.get("/me/")).await.status, 404);
        let renamed = json!({"name": "Floor lamp"});
        let changed = ask(mine(Method::PATCH).body_json(&renamed)).await;
        assert_eq!(
            (changed.status, &changed.body["name"]),
            (200, &renamed["name"])
        );
        assert_eq!(ask(mine(Method::DELETE)).await.status, 204);
        assert_eq!(ask(mine(Method::GET)).await.status, 404);
        assert_eq!(ask(client.get("/promised/")).await.status, 500);
    }

    #[tokio::test]
    async fn of_several_rows_none_is_touched() {
        let db = database().await;
        for slug in ["twin-1", "twin-2"] {
            let twin = item::ActiveModel {
                slug: Set(slug.to_owned()),
                name: Set("Twin".to_owned()),
                ..Default::default()
            };
            twin.insert(&db).await.unwrap();
        }
        let client = client_on::<Ways>(db.clone());
        assert_eq!(ask(client.get("/shared/Twin/")).await.status, 500);
        assert_eq!(ask(client.delete("/shared/Twin/")).await.status, 500);
        let twins = item::Entity::find().filter(item::Column::Name.eq("Twin"));
        assert_eq!(twins.all(&db).await.unwrap().len(), 2);
        assert_eq!(ask(client.get("/shared/Nobody/")).await.status, 404);
        let one = item::Entity::find_by_id(1).one(&db).await.unwrap().unwrap();
        let path = format!("/shared/{}/", one.name);
        assert_eq!(ask(client.delete(path)).await.status, 204);
    }

    #[test]
    #[should_panic(expected = "`Lookup::Own` where `get_object` finds it by other means")]
    fn a_path_without_the_capture_is_refused() {
        struct Lost;

        impl UrlConf for Lost {
            fn urls() -> Urls {
                Urls::new().path("shared/", Shared)
            }
        }

        let _ = restflow::routers::RouteTable::of::<Lost>();
    }

    #[tokio::test]
    async fn a_value_that_cannot_be_a_key_is_not_found() {
        let client = client_on::<Api>(database().await);
        let compact = BADGE.replace('-', "");
        let shouted = BADGE.to_uppercase();
        for (path, status) in [
            ("items/1", 200),
            ("items/3", 404),
            ("items/-1", 404),
            ("items/2147483647", 404),
            ("items/2147483648", 404),
            ("items/-2147483649", 404),
            ("items/99999999999999999999999999", 404),
            ("items/1e0", 404),
            ("items/0x1", 404),
            ("items/%201", 404),
            ("items/1_0", 404),
            ("items/%D9%A1", 404),
            ("items/one", 404),
            ("items/%00", 404),
            ("slugs/lamp", 200),
            ("slugs/LAMP", 404),
            ("slugs/1", 404),
            ("slugs/lamp%00", 404),
            ("slugs/'%20OR%201=1", 404),
            ("numbers/9000000000", 200),
            ("numbers/9223372036854775808", 404),
            ("levels/-7", 200),
            ("levels/32768", 404),
            ("levels/-32769", 404),
            (&format!("badges/{BADGE}"), 200),
            (&format!("badges/{shouted}"), 200),
            (&format!("badges/{compact}"), 404),
            (&format!("badges/%7B{BADGE}%7D"), 404),
            (&format!("badges/urn:uuid:{BADGE}"), 404),
            ("badges/0188d3c2-7a4e-7b1a-9c53-8a5f0e6d1b2d", 404),
            ("badges/0188d3c2-7a4e-7b1a-9c53-8a5f0e6d1b2g", 404),
            ("badges/1", 404),
            ("words/caf%C3%A9%20au%20lait", 200),
            ("words/caf%C3%A9+au+lait", 404),
            ("words/7,b", 200),
            // A capture never has a slash, whether it is encoded or not.
            ("words/a%2Fb", 404),
            ("words/a/b", 404),
            // There is a row with the empty key, and no path to it.
            ("words/", 404),
            ("days/2026-01-31", 200),
            ("days/2026-01-32", 404),
            ("shelves/7,b", 200),
            ("shelves/7,", 200),
            ("shelves/7", 404),
            ("shelves/7,b,c", 404),
            ("shelves/,b", 404),
            ("shelves/,", 404),
            ("shelves/b,7", 404),
            ("shelves/2147483648,b", 404),
        ] {
            let answer = ask(client.get(format!("/{path}/"))).await;
            assert_eq!(answer.status, status, "{path}: {}", answer.body);
            if status == 404 {
                assert_eq!(answer.body, json!({"detail": "Not found."}), "{path}");
            }
        }
    }
}

/// How often the database is asked.
mod queries {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;
    use crate::shop_app::{
        database,
        entities::{product, tag},
        products::{ProductListSerializer, ProductSerializer},
        tags::TagSerializer,
    };

    /// Each view with an entity and the serializer that it shows.
    macro_rules! shown {
        ($($view:ident: $entity:ident, $serializer:ident, $paginator:expr;)+) => {$(
            #[derive(ReadOnlyModelViewSet)]
            struct $view;

            impl ApiView for $view {}

            impl GenericView for $view {
                type Entity = $entity::Entity;
                type Serializer = $serializer;

                fn pagination_class(&self) -> Option<Paginator> {
                    $paginator
                }
            }
        )+};
    }

    fn pages() -> Option<Paginator> {
        PageNumberPagination::new(5)
            .page_size_query_param("size")
            .max_page_size(40)
            .into()
    }

    shown! {
        Tags: tag, TagSerializer, None;
        // The key of a relation is a column of the row.
        Plain: product, ProductListSerializer, pages();
        // A nested category, and the keys of the tags.
        Related: product, ProductSerializer, pages();
        Offsets: product, ProductSerializer, LimitOffsetPagination::new(5).into();
    }

    struct Api;

    impl UrlConf for Api {
        fn urls() -> Urls {
            let mut router = SimpleRouter::new();
            router.register("tags", Tags);
            router.register("plain", Plain);
            router.register("related", Related);
            router.register("offsets", Offsets);
            Urls::new().include("", router)
        }
    }

    #[tokio::test]
    async fn a_retrieve_is_one_and_a_list_is_one_and_each_relation_is_one_more() {
        let asked = Arc::new(AtomicUsize::new(0));
        let mut db = database::open("sqlite::memory:", 60).await.unwrap();
        let counter = Arc::clone(&asked);
        db.set_metric_callback(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let client = client_on::<Api>(db);
        asked.store(0, Ordering::Relaxed);
        for (path, queries) in [
            ("/tags/1/", 1),
            ("/plain/2/", 1),
            ("/related/2/", 3),
            ("/tags/", 1),
            ("/plain/", 1),
            ("/plain/?size=40", 1),
            ("/related/?size=1", 3),
            ("/related/", 3),
            ("/related/?size=40", 3),
            ("/related/?size=20&page=2", 3),
            ("/offsets/?limit=7&offset=3", 3),
        ] {
            let answer = ask(client.get(path)).await;
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(asked.swap(0, Ordering::Relaxed), queries, "{path}");
        }
    }
}

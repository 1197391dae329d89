//! From paths to views, seen from outside: routers, prefixes, links, and what is refused.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::collections::BTreeMap;

use poem::{
    http::{Method, StatusCode, Uri, header},
    test::TestClient,
};
use poem_openapi::{
    OpenApi, OpenApiService,
    param::Path,
    payload::{Json, PlainText},
};
use restflow::{
    prelude::*,
    routers::RouteTable,
    views::OperationShape,
    viewsets::{Action, Actions, DefaultAction},
};
use serde_json::{Value, json};

/// Says where the request arrived.
fn here(request: &Request) -> Response {
    Response::new(json!({
        "at": request.route().pattern.to_string(),
        "action": request.action(),
        "kwargs": request.kwargs().iter().collect::<BTreeMap<_, _>>(),
    }))
}

struct Here;

impl ApiView for Here {}

#[handlers]
impl Here {
    async fn get(&self, request: &Request) -> Result<Response> {
        Ok(here(request))
    }

    async fn post(&self, request: &Request) -> Result<Response> {
        Ok(here(request))
    }
}

/// A viewset with the default actions `NAMES`, which need no entity.
macro_rules! view_sets {
    ($($name:ident: $($action:literal)*;)*) => {$(
        struct $name;

        impl ApiView for $name {}

        impl ViewSet for $name {
            fn actions() -> Actions<Self> {
                Actions::new("").with([$(default_action($action)),*])
            }
        }
    )*};
}

fn default_action<V: ApiView>(name: &'static str) -> DefaultAction<V> {
    let (method, detail) = match name {
        "list" => (Method::GET, false),
        "create" => (Method::POST, false),
        _ => (Method::GET, true),
    };
    DefaultAction {
        name,
        method,
        detail,
        shape: OperationShape::Custom,
        doc: "",
        call: |_, request| Box::pin(async move { Ok(here(request)) }),
        saves_fields_only: false,
    }
}

view_sets! {
    ProductViewSet: "list" "create" "retrieve";
}

/// A configuration with the routes of the block.
macro_rules! configuration {
    ($name:ident => $($urls:tt)*) => {
        struct $name;

        impl UrlConf for $name {
            fn urls() -> Urls {
                $($urls)*
            }
        }
    };
}

async fn db() -> DatabaseConnection {
    Database::connect("sqlite::memory:").await.unwrap()
}

async fn client<U: UrlConf>() -> TestClient<impl Endpoint> {
    TestClient::new(OpenApiService::new(
        restflow::api::<U>(db().await),
        "test",
        "1",
    ))
}

/// The pattern of the route that answers `path`, or the status of the refusal.
async fn at<E: Endpoint>(client: &TestClient<E>, path: &str) -> String {
    let response = client.get(path).send().await;
    if response.0.status() != StatusCode::OK {
        return response.0.status().as_u16().to_string();
    }
    let body: Value = response.json().await.value().deserialize();
    body["at"].as_str().unwrap_or("root").to_owned()
}

mod slashes {
    use super::*;

    configuration!(OneSegment => Urls::new().path("{slug}/", Here).path("{a}/{b:.*}/", Here));

    #[tokio::test]
    async fn an_appended_slash_never_leads_to_another_host() {
        let client = client::<OneSegment>().await;
        for (path, location) in [
            ("/shoes", "/shoes/"),
            ("/shoes?page=2", "/shoes/?page=2"),
            (r"/\evil.com", "/%5Cevil.com/"),
            (r"/\evil.com?x=\", r"/%5Cevil.com/?x=\"),
            (r"/x/\evil.com", "/x/%5Cevil.com/"),
            ("/%5Cevil.com", "/%5Cevil.com/"),
            ("/café?q=é", "/caf%C3%A9/?q=%C3%A9"),
        ] {
            let response = client.get(path).send().await;
            response.assert_status(StatusCode::MOVED_PERMANENTLY);
            response.assert_header(header::LOCATION, location);
        }
    }
}

mod optional_slashes {
    use super::*;

    configuration!(Both => {
        let mut router = DefaultRouter::new().trailing_slash(TrailingSlash::Optional);
        router.register("products", ProductViewSet);
        Urls::new()
            .include("api/", router)
            .path("api/{anything}", Here)
    });

    #[tokio::test]
    async fn both_paths_are_answered_and_one_is_shown() {
        let client = client::<Both>().await;
        for (path, pattern) in [
            ("/api/products/", "/api/products/"),
            ("/api/products", "/api/products/"),
            ("/api/products/7", "/api/products/{pk}/"),
            ("/api/products/7/", "/api/products/{pk}/"),
            ("/api/products.json", "/api/products/"),
            // The first route in order wins, with or without the slash.
            ("/api/other", "/api/{anything}"),
            ("/api/other/", "404"),
            ("/api/products//", "404"),
        ] {
            assert_eq!(at(&client, path).await, pattern, "{path}");
        }
        let created = client.post("/api/products").send().await;
        created.assert_status_is_ok();
        let root = client
            .get("/api/")
            .header("host", "testserver")
            .send()
            .await;
        root.assert_json(json!({"products": "http://testserver/api/products/"}))
            .await;
    }

    fn optional() -> SimpleRouter {
        let mut router = SimpleRouter::new().trailing_slash(TrailingSlash::Optional);
        router.register("x", ProductViewSet);
        router
    }

    configuration!(Behind => Urls::new().path("x/{year:[0-9]+}/", Here).include("", optional()));

    #[tokio::test]
    async fn a_path_without_the_slash_is_one_of_its_own() {
        let client = client::<Behind>().await;
        assert_eq!(at(&client, "/x/2024").await, "/x/{pk}/");
        assert_eq!(at(&client, "/x/2024/").await, "/x/{year}/");
    }

    configuration!(Shadowed => Urls::new().include("", optional()).path("x/{other:[^/.]+}", Here));

    #[test]
    #[should_panic(expected = "matches its paths, too")]
    fn what_they_leave_unreachable_is_refused() {
        let _ = RouteTable::of::<Shadowed>();
    }
}

mod odd_prefixes {
    use super::*;

    configuration!(Odd => {
        let mut root = DefaultRouter::new();
        root.register("", ProductViewSet);
        let mut encoded = DefaultRouter::new();
        encoded.register("c# 100%/käse", Braces);
        Urls::new().include("list/", root).include("api/", encoded)
    });

    #[derive(ViewSet)]
    #[viewset(lookup_value_pattern = r"[^{/]+|[]}]|\}")]
    struct Braces;

    impl ApiView for Braces {}

    #[actions]
    impl Braces {
        async fn list(&self, request: &Request) -> Result<Response> {
            Ok(Response::new(request.reverse_action("list", &[])?))
        }

        async fn retrieve(&self, request: &Request) -> Result<Response> {
            Ok(here(request))
        }
    }

    #[tokio::test]
    async fn a_list_takes_the_place_of_the_root() {
        let client = client::<Odd>().await;
        assert_eq!(at(&client, "/list/").await, "/list/");
        assert_eq!(at(&client, "/list/7/").await, "/list/{pk}/");
    }

    #[tokio::test]
    async fn links_are_encoded() {
        let client = client::<Odd>().await;
        let list = "http://testserver/api/c%23%20100%25/k%C3%A4se/";
        let root = client.get("/api/").header("host", "testserver").send();
        root.await.assert_json(json!({"c# 100%/käse": list})).await;
        let path = list.strip_prefix("http://testserver").unwrap();
        let own = client.get(path).header("host", "testserver").send().await;
        own.assert_json(json!(list)).await;
    }

    #[tokio::test]
    async fn patterns_may_have_braces_in_their_classes() {
        let client = client::<Odd>().await;
        for (key, status) in [("a}b", 200), ("%7B", 404), ("%7D", 200), ("a", 200)] {
            let path = format!("/api/c%23%20100%25/k%C3%A4se/{key}/");
            let response = client.get(path).send().await.0;
            assert_eq!(response.status().as_u16(), status, "{key}");
        }
    }
}

mod by_hand {
    use super::*;

    configuration!(Shop => {
        let mut router = SimpleRouter::new().trailing_slash(false);
        router.register("products", ProductViewSet);
        Urls::new().include("api/", router)
    });

    struct Hand;

    #[OpenApi]
    impl Hand {
        #[oai(path = "/api/products", method = "get")]
        async fn list(&self) -> PlainText<&'static str> {
            PlainText("list by hand")
        }

        #[oai(path = "/export", method = "get")]
        async fn export(&self) -> PlainText<&'static str> {
            PlainText("export by hand")
        }

        #[oai(path = "/api/products/:id", method = "delete")]
        async fn delete(&self, id: Path<u32>) -> Json<u32> {
            Json(id.0)
        }
    }

    #[tokio::test]
    async fn operations_leave_the_other_methods_of_their_path_to_the_configuration() {
        let api = (Hand, restflow::api::<Shop>(db().await));
        let client = TestClient::new(OpenApiService::new(api, "test", "1"));
        let list = client.get("/api/products").send().await;
        list.assert_text("list by hand").await;
        let head = client.head("/api/products").send().await;
        head.assert_header(header::CONTENT_TYPE, "text/plain; charset=utf-8");
        let created = client.post("/api/products").send().await;
        created.assert_status_is_ok();
        let body: Value = created.json().await.value().deserialize();
        assert_eq!(body["action"], "create");
        let put = client.put("/api/products").send().await;
        put.assert_status(StatusCode::METHOD_NOT_ALLOWED);
        put.assert_header(header::ALLOW, "GET, POST, HEAD, OPTIONS");
        put.assert_json(json!({"detail": "Method \"PUT\" not allowed."}))
            .await;
        // Names that HTTP itself does not define.
        for method in ["PURGE", "PROPFIND", "VERSION-CONTROL"] {
            let answer = client.request(method.parse().unwrap(), "/api/products");
            let answer = answer.send().await;
            answer.assert_status(StatusCode::METHOD_NOT_ALLOWED);
            let detail = format!("Method \"{method}\" not allowed.");
            answer.assert_json(json!({ "detail": detail })).await;
        }

        let detail = "/api/products/7";
        client.delete(detail).send().await.assert_json(7).await;
        assert_eq!(at(&client, detail).await, "/api/products/{pk}");
        let options = client.request(Method::OPTIONS, detail).send().await;
        options.assert_header(header::ALLOW, "DELETE, GET, HEAD, OPTIONS");
    }

    #[tokio::test]
    async fn a_path_by_hand_refuses_other_methods_in_json() {
        let api = (Hand, restflow::api::<Shop>(db().await));
        let client = TestClient::new(OpenApiService::new(api, "test", "1"));
        let export = "/export";
        let text = client.get(export).send().await;
        text.assert_text("export by hand").await;
        let post = client.post(export).send().await;
        post.assert_status(StatusCode::METHOD_NOT_ALLOWED);
        post.assert_header(header::ALLOW, "GET");
        post.assert_json(json!({"detail": "Method \"POST\" not allowed."}))
            .await;
    }
}

mod refused {
    use super::*;

    /// A test that the routes of the block are refused with these words.
    macro_rules! refused {
        ($($test:ident: $message:literal => $urls:expr;)*) => {$(
            #[test]
            #[should_panic(expected = $message)]
            fn $test() {
                configuration!(Wrong => $urls);
                let _ = RouteTable::of::<Wrong>();
            }
        )*};
    }

    refused! {
        a_path_that_an_earlier_one_shadows:
            "matches the same paths as `/b/{pk}/` of `routing::Here` (tests/routing.rs:"
            => Urls::new().path("b/{pk}/", Here).path("b/{other}/", HealthView);
        a_literal_path_behind_a_capture:
            "could never be reached, for `/b/{slug}/` of `routing::Here` (tests/routing.rs:"
            => Urls::new().path("b/{slug}/", Here).path("b/about/", HealthView);
        a_viewset_behind_the_detail_of_another:
            "`/products/special/` of `routing::ProductViewSet` (tests/routing.rs:"
            => {
                let mut router = SimpleRouter::new();
                router.register("products", ProductViewSet);
                router.register("products/special", ProductViewSet).basename("special");
                Urls::new().include("", router)
            };
        two_routers_with_the_same_names:
            "have the same name `product-list` and the same captures"
            => {
                let router = || {
                    let mut router = SimpleRouter::new();
                    router.register("products", ProductViewSet);
                    router
                };
                Urls::new().include("v1/", router()).include("v2/", router())
            };
        two_paths_with_the_same_name: "have the same name `here` and the same captures"
            => Urls::new().path("a/", Here).name("here").path("b/", Here).name("here");
        two_basenames_alike: "have the same basename `product`"
            => {
                let mut router = SimpleRouter::new();
                router.register("products", ProductViewSet);
                router.register("wares", ProductViewSet);
                Urls::new().include("", router)
            };
        a_namespace_with_a_colon: "`v:2` is not a namespace"
            => Urls::new().include_as("v:2", "v2/", Urls::new());
        a_capture_twice: "has the capture `pk` twice"
            => Urls::new().include("{pk}/", Urls::new().path("a/{pk}/", Here));
        a_path_with_a_leading_slash: "cannot be put on `/health/`: write `health/`"
            => Urls::new().path("/health/", Here);
        a_prefix_without_a_slash: "cannot be included below `api`: write `api/`"
            => Urls::new().include("api", Urls::new().path("a/", Here));
        a_prefix_with_a_leading_slash: "cannot be included below `/api/`: write `api/`"
            => Urls::new().include("/api/", Urls::new().path("a/", Here));
        a_name_behind_an_include: "there is no path to be named `b`"
            => Urls::new()
                .include("api/", Urls::new().path("a/", Here).name("a"))
                .name("b");
        a_second_name: "there is no path to be named `b`"
            => Urls::new().path("a/", Here).name("a").name("b");
        a_capture_of_ours: "`__format` is not a name for a capture"
            => Urls::new().path("{__format}/", Here);
    }

    struct HealthView;

    impl ApiView for HealthView {}

    #[handlers]
    impl HealthView {
        async fn get(&self, request: &Request) -> Result<Response> {
            Ok(here(request))
        }
    }
}

mod prefixes {
    use super::*;

    configuration!(TwoVersions => {
        let router = || {
            let mut router = DefaultRouter::new();
            router.register("products", ProductViewSet);
            router
        };
        Urls::new()
            .include("v1/", router())
            .include("{tenant}/v2/", router())
    });

    #[tokio::test]
    async fn each_root_links_its_own_lists() {
        let client = client::<TwoVersions>().await;
        for (root, list) in [
            ("/v1/", "http://testserver/v1/products/"),
            ("/acme/v2/", "http://testserver/acme/v2/products/"),
        ] {
            let response = client.get(root).header("host", "testserver").send().await;
            response.assert_json(json!({ "products": list })).await;
            let path = list.trim_start_matches("http://testserver");
            assert!(at(&client, path).await.ends_with("/products/"), "{path}");
        }
    }

    configuration!(EmptyPrefix => {
        let mut router = SimpleRouter::new();
        router.register("", ProductViewSet);
        router.nested("", "product").register("parts", ProductViewSet);
        Urls::new().include("shop/", router)
    });

    #[tokio::test]
    async fn a_prefix_may_be_empty() {
        let client = client::<EmptyPrefix>().await;
        assert_eq!(at(&client, "/shop/").await, "/shop/");
        assert_eq!(at(&client, "/shop/7/").await, "/shop/{pk}/");
        assert_eq!(
            at(&client, "/shop/7/parts/8/").await,
            "/shop/{product_pk}/parts/{pk}/"
        );
    }

    #[tokio::test]
    async fn a_root_links_in_the_format_that_it_was_asked_in() {
        let client = client::<TwoVersions>().await;
        for (root, list) in [
            (
                "/v1/?format=json",
                "http://testserver/v1/products/?format=json",
            ),
            ("/v1/.json", "http://testserver/v1/products.json"),
            ("/v1/.json/", "http://testserver/v1/products.json"),
            ("/acme/v2/.json", "http://testserver/acme/v2/products.json"),
        ] {
            let response = client.get(root).header("host", "testserver").send().await;
            response.assert_status_is_ok();
            response.assert_json(json!({ "products": list })).await;
            let path = list.trim_start_matches("http://testserver");
            assert!(at(&client, path).await.ends_with("/products/"), "{path}");
        }
        for path in ["/v1.json", "/v1/.xml", "/v1/.", "/v1/.JSON"] {
            assert_eq!(at(&client, path).await, "404", "{path}");
        }
    }

    #[test]
    #[should_panic(expected = "a prefix neither starts nor ends with a slash")]
    fn a_prefix_has_no_slashes_around_it() {
        SimpleRouter::new().register("products/", ProductViewSet);
    }
}

mod namespaces {
    use super::*;

    /// Where the list of products is, as seen from the view.
    struct Lists;

    impl ApiView for Lists {}

    #[handlers]
    impl Lists {
        async fn get(&self, request: &Request) -> Result<Response> {
            Ok(Response::new([
                request.reverse("product-list", &[])?,
                request.reverse("v1:product-list", &[])?,
                request.reverse("v2:product-list", &[])?,
            ]))
        }
    }

    configuration!(TwoVersions => {
        let version = || {
            let mut router = SimpleRouter::new();
            router.register("products", ProductViewSet);
            Urls::new().include("", router).path("lists/", Lists)
        };
        Urls::new()
            .include_as("v1", "v1/", version())
            .include_as("v2", "v2/", version())
            .include("", version())
    });

    #[tokio::test]
    async fn a_view_finds_the_names_of_its_own_version_first() {
        let client = client::<TwoVersions>().await;
        let v1 = "http://testserver/v1/products/";
        let v2 = "http://testserver/v2/products/";
        let table = RouteTable::of::<TwoVersions>();
        let name = table.resolve("/v2/products/").unwrap().name.unwrap();
        assert_eq!(table.reverse(&name, &[]).unwrap(), "/v2/products/");
        for (path, lists) in [
            ("/v1/lists/", [v1, v1, v2]),
            ("/v2/lists/", [v2, v1, v2]),
            ("/lists/", ["http://testserver/products/", v1, v2]),
        ] {
            let response = client.get(path).header("host", "testserver").send().await;
            response.assert_json(json!(lists)).await;
        }
    }
}

mod table {
    use super::*;

    configuration!(Shop => {
        let mut router = DefaultRouter::new();
        router.register("products", ProductViewSet);
        Urls::new().include("api/", router)
    });

    #[test]
    fn it_prints_every_method() {
        let table = RouteTable::of::<Shop>();
        let methods: Vec<_> = table.rows().map(|row| (row.path, row.methods)).collect();
        let expected = [
            ("/api/", "GET, HEAD, OPTIONS"),
            ("/api/products/", "GET, POST, HEAD, OPTIONS"),
            ("/api/products/{pk}/", "GET, HEAD, OPTIONS"),
        ];
        assert_eq!(
            methods,
            expected.map(|(path, methods)| (path.to_owned(), methods.to_owned()))
        );
    }

    #[test]
    fn it_resolves_paths() {
        let table = RouteTable::of::<Shop>();
        let found = table.resolve("/api/products/7.json").unwrap();
        assert_eq!(found.pattern, "/api/products/{pk}/");
        assert_eq!(found.name.as_deref(), Some("product-detail"));
        assert_eq!(found.view, "routing::ProductViewSet");
        assert_eq!(found.kwargs.get("pk"), Some("7"));
        assert_eq!(found.format.as_deref(), Some("json"));
        assert_eq!(table.resolve("/api/products"), None);
        assert_eq!(table.resolve("/api/nothing/"), None);
    }
}

mod document {
    use super::*;

    configuration!(TwoPatterns => Urls::new()
        .path("notes/{pk:[0-9]+}/", Here)
        .path("notes/{pk:[a-z]+}/", Here)
        .path("notes/{pk:[A-Z]+}/", Delete));

    struct Delete;

    impl ApiView for Delete {}

    #[handlers]
    impl Delete {
        async fn delete(&self, _request: &Request) -> Result<Response> {
            Ok(Response::no_content())
        }
    }

    #[tokio::test]
    async fn a_path_is_a_key_once() {
        let service = OpenApiService::new(restflow::api::<TwoPatterns>(db().await), "test", "1");
        let text = service.spec();
        assert_eq!(text.matches("\"/notes/{pk}/\"").count(), 1, "{text}");
        let document: Value = serde_json::from_str(&text).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let methods: Vec<Vec<&str>> = paths
            .values()
            .map(|item| {
                item.as_object()
                    .unwrap()
                    .keys()
                    .map(String::as_str)
                    .collect()
            })
            .collect();
        assert_eq!(
            paths.keys().collect::<Vec<_>>(),
            ["/notes/{pk}/", "/notes/{pk_2}/"]
        );
        assert_eq!(
            methods,
            [vec!["get", "post", "delete"], vec!["get", "post"]]
        );
        let parameter = &paths["/notes/{pk_2}/"]["get"]["parameters"][0];
        assert_eq!(parameter["name"], "pk_2");
        assert_eq!(parameter["schema"]["pattern"], "^[a-z]+$");
    }
}

mod actions {
    use restflow::viewsets::{Action, CustomActions};

    use super::*;

    trait Kind: Send + Sync + 'static {
        const NAME: &'static str;
    }

    struct Paper;

    impl Kind for Paper {
        const NAME: &'static str = "paper";
    }

    /// Things of one kind.
    #[derive(ViewSet)]
    struct ThingViewSet<K: Kind>(std::marker::PhantomData<K>);

    impl<K: Kind> ApiView for ThingViewSet<K> {}

    #[actions]
    impl<K: Kind> ThingViewSet<K> {
        #[action(detail = false)]
        async fn r#type(&self, request: &Request) -> Result<Response> {
            Ok(Response::new(
                json!({"type": K::NAME, "action": request.action()}),
            ))
        }

        #[action(detail = false)]
        async fn price(&self, request: &Request) -> Result<Response> {
            Ok(here(request))
        }

        /// Takes the price away.
        #[action(mapping = "price", methods("delete"), status = 202)]
        async fn reset_price(&self, _request: &Request) -> Result<Response> {
            Ok(Response::no_content())
        }
    }

    configuration!(Things => {
        let mut router = SimpleRouter::new();
        router.register("things", ThingViewSet::<Paper>(std::marker::PhantomData));
        Urls::new().include("", router)
    });

    #[tokio::test]
    async fn a_generic_viewset_has_actions_with_raw_names() {
        let client = client::<Things>().await;
        let response = client.get("/things/type/").send().await;
        response
            .assert_json(json!({"type": "paper", "action": "type"}))
            .await;
    }

    #[tokio::test]
    async fn options_describes_a_shared_path_by_the_function_that_has_it() {
        let client = client::<Things>().await;
        let options = client
            .request(Method::OPTIONS, "/things/price/")
            .send()
            .await;
        let body: Value = options.json().await.value().deserialize();
        // It has no doc comment, and that of the one that shares its path is not about it.
        assert_eq!(body["description"], "Things of one kind.");
    }

    #[tokio::test]
    async fn an_action_says_its_status() {
        let service = OpenApiService::new(restflow::api::<Things>(db().await), "test", "1");
        let document: Value = serde_json::from_str(&service.spec()).unwrap();
        let responses = &document["paths"]["/things/price/"]["delete"]["responses"];
        assert!(responses["202"].is_object(), "{responses}");
        assert!(responses["204"].is_null(), "{responses}");
    }

    /// A viewset with these actions, written by hand.
    macro_rules! by_hand {
        ($test:ident: $message:literal => [$($action:expr),+]) => {
            #[test]
            #[should_panic(expected = $message)]
            fn $test() {
                struct ByHand;

                impl ApiView for ByHand {}

                impl ViewSet for ByHand {
                    fn actions() -> Actions<Self> {
                        Actions::new("").with_custom(Self::custom_actions())
                    }
                }

                impl CustomActions for ByHand {
                    fn custom_actions() -> Vec<Action<Self>> {
                        vec![$($action),+]
                    }
                }

                SimpleRouter::new().register("by-hand", ByHand);
            }
        };
    }

    by_hand!(a_path_has_no_slashes_around_it: "has the path `/stats/`: the router puts the slashes \
        around it, write `stats`" => [Action::new("stats", false).url_path("/stats/")]);
    by_hand!(two_actions_have_two_names: "have the same name `stats` for their URLs"
        => [Action::new("stats", false), Action::new("more", false).url_name("stats")]);
    by_hand!(a_status_is_of_a_success: "404 is not the status of a success"
        => [Action::new("stats", false)
            .on(Method::GET, "stats", OperationShape::Custom, "", |_, request| {
                Box::pin(async move { Ok(here(request)) })
            })
            .status(404)]);
}

mod action_names {
    use super::*;

    /// Written without the macro, which says the same at the method.
    struct Clashing;

    impl ApiView for Clashing {}

    impl ViewSet for Clashing {
        fn actions() -> Actions<Self> {
            Actions::new("").with_custom([Action::new("create", false)])
        }
    }

    #[test]
    #[should_panic(expected = "has a custom action `create`, the name of a default action")]
    fn a_custom_action_is_not_named_like_a_default_one() {
        SimpleRouter::new().register("clashing", Clashing);
    }
}

mod hostile {
    use proptest::{
        collection::vec,
        prelude::*,
        sample::select,
        test_runner::{Config, TestRunner},
    };

    use super::*;

    configuration!(Everything => {
        let mut router = DefaultRouter::new();
        router.register("products", ProductViewSet);
        router.nested("products", "product").register("parts", ProductViewSet);
        let mut slashless = SimpleRouter::new().trailing_slash(false);
        slashless.register("products", ProductViewSet).basename("slashless");
        Urls::new()
            .include("api/", router)
            .include("{tenant}/flat/", slashless)
            .path("files/{path:.+}", Here)
            .path("{year:[0-9]{4}}/{slug}/", Here)
            .path("x-{kind}.{format_name:[a-z]+}/", Here)
    });

    const ATOMS: &[&str] = &[
        "api",
        "products",
        "parts",
        "flat",
        "files",
        "7",
        "2024",
        "x-a.b",
        "products.json",
        ".json",
        ".json/",
        "/",
        "//",
        "..",
        ".",
        "%2F",
        "%2f%2F",
        "%2e%2e",
        "%00",
        "%0A",
        "%FF",
        "%C3%28",
        "%ED%A0%80",
        "%C3%A9",
        "%",
        "%4",
        "%zz",
        "%25",
        "%252F",
        "%20",
        "+",
        ";",
        "*",
        "~",
        "\\",
        "%5C",
        "{pk}",
        "%7Bpk%7D",
        "?",
        "?format=json",
        "?format=%FF",
        "#",
        "@",
        ":",
    ];

    fn paths() -> impl Strategy<Value = String> {
        let long = (
            select(&["a", "%41", "%FF", "/", ".", "%2F", "é"][..]),
            1000..8192_usize,
        )
            .prop_map(|(text, times)| text.repeat(times));
        let piece = prop_oneof![
            12 => select(ATOMS).prop_map(str::to_owned),
            6 => Just("/".to_owned()),
            1 => long,
            1 => "[ -~]{0,8}",
        ];
        vec(piece, 0..9).prop_map(|pieces| format!("/{}", pieces.concat()))
    }

    /// What the pattern would be with these values of its captures.
    fn filled(pattern: &str, kwargs: &Value) -> String {
        let kwargs = kwargs.as_object().unwrap().iter();
        kwargs.fold(pattern.to_owned(), |path, (name, value)| {
            path.replacen(&format!("{{{name}}}"), value.as_str().unwrap(), 1)
        })
    }

    async fn check<E: Endpoint>(client: &TestClient<E>, path: &str) -> Result<(), TestCaseError> {
        let Ok(uri) = path.parse::<Uri>() else {
            // It reaches no server.
            return Ok(());
        };
        let response = client.get(path).send().await;
        let status = response.0.status();
        prop_assert!(
            [200, 301, 404].contains(&status.as_u16()),
            "{} answers {}",
            path,
            status
        );
        let decoded = percent_encoding::percent_decode_str(uri.path()).decode_utf8();
        let Ok(decoded) = decoded else {
            prop_assert_eq!(status, StatusCode::NOT_FOUND, "{}", path);
            return Ok(());
        };
        if status == StatusCode::MOVED_PERMANENTLY {
            let location = response.0.headers()[header::LOCATION].to_str().unwrap();
            let bytes = location.as_bytes();
            prop_assert!(
                bytes[0] == b'/' && !matches!(bytes.get(1), Some(b'/' | b'\\')),
                "{} leads to another host, {}",
                path,
                location
            );
        }
        if status == StatusCode::OK {
            let body: Value = response.json().await.value().deserialize();
            let Some(pattern) = body["at"].as_str() else {
                prop_assert!(
                    ["/api/", "/api/.json", "/api/.json/"].contains(&&*decoded),
                    "{}",
                    path
                );
                return Ok(());
            };
            let expected = filled(pattern, &body["kwargs"]);
            let without_suffix = decoded.trim_end_matches('/').trim_end_matches(".json");
            let routed = [&*decoded, without_suffix];
            prop_assert!(
                routed.contains(&&*expected) || routed.contains(&expected.trim_end_matches('/')),
                "{} ended at {}",
                path,
                pattern
            );
        }
        Ok(())
    }

    #[test]
    fn paths_end_at_their_own_route_or_nowhere() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let client = runtime.block_on(client::<Everything>());
        let mut runner = TestRunner::new(Config {
            cases: 3000,
            failure_persistence: None,
            ..Config::default()
        });
        runner
            .run(&paths(), |path| runtime.block_on(check(&client, &path)))
            .unwrap();
    }
}

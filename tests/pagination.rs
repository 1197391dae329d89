//! Lists through views: who says how they are paged, what the client may ask for, and what the
//! headers and the document tell.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

use std::time::Duration;

use poem::test::{TestClient, TestResponse};
use restflow::{pagination::Count, prelude::*};
use sea_orm::{ActiveValue::Set, ConnectionTrait, Schema};
use serde_json::{Value, json};

mod item {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "item")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(ModelSerializer)]
#[serializer(entity = item::Entity)]
struct ItemSerializer {
    id: i32,
}

const ROWS: i32 = 45;

async fn database() -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    let db = Database::connect(options).await.unwrap();
    let schema = Schema::new(db.get_database_backend());
    let table = schema.create_table_from_entity(item::Entity);
    db.execute(&table).await.unwrap();
    let items = (1..=ROWS).map(|id| item::ActiveModel { id: Set(id) });
    item::Entity::insert_many(items).exec(&db).await.unwrap();
    db
}

/// A read-only viewset with a paginator.
macro_rules! paged {
    ($($name:ident: $paginator:expr;)+) => {$(
        #[derive(ViewSet, ListModelMixin, RetrieveModelMixin)]
        struct $name;

        impl ApiView for $name {}

        impl GenericView for $name {
            type Entity = item::Entity;
            type Serializer = ItemSerializer;

            fn pagination_class(&self) -> Option<Paginator> {
                $paginator
            }
        }
    )+};
}

paged! {
    Off: None;
    Linked: PageNumberPagination::new(20).link_header().into();
    Bare: LimitOffsetPagination::new(20).link_header().bare_list().into();
    Capped: PageNumberPagination::new(20).count(Count::Capped(30)).into();
    Cached: PageNumberPagination::new(20).count(Count::Cached(Duration::from_secs(3600))).into();
    Uncounted: LimitOffsetPagination::new(20).count(Count::None).max_offset(30).into();
    Pages: PageNumberPagination::new(10).page_size_query_param("page_size").max_page_size(30).into();
    Fast: FastPageNumberPagination::new(10).page_size_query_param("page_size").max_page_size(30).into();
    Windows: LimitOffsetPagination::new(10).max_limit(30).into();
}

/// Says nothing of pagination.
#[derive(ViewSet, ListModelMixin)]
struct Silent;

impl ApiView for Silent {
    /// Pagination may depend on the request.
    fn get_pagination_class(&self, request: &Request) -> Option<Paginator> {
        match request.query_params().get("all") {
            Some(_) => None,
            None => defaults::get_pagination_class(self, request),
        }
    }

    fn action_configs(&self) -> ActionConfigs<Self> {
        ActionConfigs::new()
            .action("whole", ActionConfig::new().pagination_class(None))
            .action(
                "small",
                ActionConfig::new().pagination_class(PageNumberPagination::new(2)),
            )
            .action(
                "usual",
                ActionConfig::new().pagination_class(Paginator::from_settings()),
            )
    }
}

impl GenericView for Silent {
    type Entity = item::Entity;
    type Serializer = ItemSerializer;
}

#[actions]
impl Silent {
    #[action(detail = false, list)]
    async fn whole(&self, request: &Request) -> Result<Response> {
        self.list(request).await
    }

    #[action(detail = false, list)]
    async fn small(&self, request: &Request) -> Result<Response> {
        self.list(request).await
    }

    #[action(detail = false, list)]
    async fn usual(&self, request: &Request) -> Result<Response> {
        self.list(request).await
    }

    #[action(detail = false, list)]
    async fn by_argument(&self, request: &Request) -> Result<Response> {
        let class = match request.query_params().get("class") {
            Some("none") => None,
            Some("settings") => Some(Paginator::from_settings()),
            _ => Some(PageNumberPagination::new(3).link_header().into()),
        };
        let items = item::Entity::find();
        self.paginated_response(request, items)
            .pagination_class(class)
            .await
    }
}

/// A paginator of one's own: every second row.
struct EverySecond;

impl Pagination for EverySecond {
    async fn paginate(
        &self,
        query: restflow::pagination::PageQuery<'_>,
        _request: &restflow::pagination::PageRequest<'_>,
    ) -> Result<Page> {
        let rows = query.fetch(restflow::pagination::Window::ALL).await?;
        Ok(Page {
            rows: rows.into_iter().step_by(2).collect(),
            envelope: Envelope::new().results("items"),
        })
    }

    fn parameters(&self) -> Vec<restflow::fields::Parameter> {
        Vec::new()
    }

    fn envelope_schema(&self) -> Vec<restflow::fields::FieldInfo> {
        Vec::new()
    }
}

paged! {
    Own: Some(EverySecond.into());
}

struct Api;

impl UrlConf for Api {
    fn urls() -> Urls {
        let mut router = SimpleRouter::new();
        router.register("silent", Silent).basename("silent");
        router.register("off", Off).basename("off");
        router.register("linked", Linked).basename("linked");
        router.register("bare", Bare).basename("bare");
        router.register("capped", Capped).basename("capped");
        router.register("cached", Cached).basename("cached");
        router
            .register("uncounted", Uncounted)
            .basename("uncounted");
        router.register("pages", Pages).basename("pages");
        router.register("fast", Fast).basename("fast");
        router.register("windows", Windows).basename("windows");
        router.register("own", Own).basename("own");
        Urls::new().include("api/", router)
    }

    fn settings() -> Settings {
        Settings::new().pagination_class(PageNumberPagination::new(7))
    }
}

fn served(db: DatabaseConnection) -> TestClient<impl Endpoint> {
    let api = OpenApiService::new(restflow::api::<Api>(db), "Items", "1.0");
    TestClient::new(Route::new().nest("/", api))
}

async fn client() -> TestClient<impl Endpoint> {
    served(database().await)
}

async fn get(path: &str) -> TestResponse {
    client().await.get(format!("/api/{path}")).send().await
}

async fn body(path: &str) -> Value {
    let response = get(path).await;
    response.assert_status_is_ok();
    response.json().await.value().deserialize()
}

/// How many results a page shows: those of the envelope, or all.
async fn shown(path: &str) -> usize {
    let body = body(path).await;
    let results = body.get("results").unwrap_or(&body);
    results.as_array().unwrap().len()
}

#[tokio::test]
async fn the_settings_page_what_says_nothing() {
    assert_eq!(shown("silent/").await, 7);
    assert_eq!(
        body("silent/?page=7").await["results"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(shown("silent/usual/").await, 7);
    assert_eq!(shown("silent/by_argument/?class=settings").await, 7);
}

#[tokio::test]
async fn pagination_is_turned_off_per_view_action_and_request() {
    let all = usize::try_from(ROWS).unwrap();
    assert_eq!(shown("off/").await, all);
    assert_eq!(shown("silent/whole/").await, all);
    assert_eq!(shown("silent/?all").await, all);
    assert_eq!(shown("silent/by_argument/?class=none").await, all);
    // The action's configuration comes before the view's hook.
    assert_eq!(shown("silent/small/?all").await, 2);
}

#[tokio::test]
async fn paginators_are_set_by_attribute_action_and_argument() {
    assert_eq!(shown("pages/").await, 10);
    assert_eq!(shown("silent/small/").await, 2);
    assert_eq!(shown("silent/by_argument/").await, 3);
    let own = body("own/").await;
    assert_eq!(own["items"].as_array().unwrap().len(), 23);
}

#[tokio::test]
async fn pages_link_in_headers() {
    let response = get("linked/?page=2").await;
    response.assert_header(
        "link",
        r#"<http://localhost/api/linked/>; rel="first", <http://localhost/api/linked/>; rel="prev", <http://localhost/api/linked/?page=3>; rel="next", <http://localhost/api/linked/?page=3>; rel="last""#,
    );
    let response = get("bare/").await;
    response.assert_header("x-total-count", "45");
    let link = response.0.headers()["link"].to_str().unwrap().to_owned();
    assert!(link.contains(r#"<http://localhost/api/bare/?limit=20&offset=20>; rel="next""#));
    let list: Vec<Value> = response.json().await.value().deserialize();
    assert_eq!(list.len(), 20);
    let response = get("silent/by_argument/").await;
    assert!(response.0.headers().contains_key("link"));
    assert!(!get("pages/").await.0.headers().contains_key("link"));
}

#[tokio::test]
async fn counts_are_as_exact_as_they_say() {
    let capped = body("capped/").await;
    assert_eq!(
        (&capped["count"], &capped["count_exact"]),
        (&json!(30), &json!(false))
    );
    let uncounted = body("uncounted/").await;
    assert_eq!(uncounted["count"], Value::Null);
    get("capped/?page=last")
        .await
        .assert_status(StatusCode::NOT_FOUND);
    let refused = get("uncounted/?offset=31").await;
    refused.assert_status(StatusCode::BAD_REQUEST);
    let expected = json!({"offset": ["Ensure this value is less than or equal to 30."]});
    refused.assert_json(expected).await;
}

#[tokio::test]
async fn cached_counts_belong_to_one_api() {
    let (full, short) = (database().await, database().await);
    item::Entity::delete_many()
        .filter(item::Column::Id.gt(30))
        .exec(&short)
        .await
        .unwrap();
    for (db, count) in [(full, 45), (short, 30)] {
        let client = served(db.clone());
        for is_exact in [true, false] {
            let response = client.get("/api/cached/").send().await;
            let body: Value = response.json().await.value().deserialize();
            let found = (&body["count"], &body["count_exact"]);
            assert_eq!(found, (&json!(count), &json!(is_exact)));
            item::Entity::delete_by_id(1).exec(&db).await.unwrap();
        }
    }
}

#[tokio::test]
async fn hostile_parameters_are_pages_or_404() {
    let client = client().await;
    let (nines, text) = ("9".repeat(60_000), "x".repeat(60_000));
    let (many_nines, many_texts) = (format!("page={nines}"), format!("page={text}"));
    let (wide, far) = (format!("limit={nines}"), format!("offset={nines}"));
    // Path, query, status, results.
    let cases: &[(&str, &str, u16, usize)] = &[
        ("pages", "page=0", 404, 0),
        ("pages", "page=-1", 404, 0),
        ("pages", "page=1e9", 404, 0),
        ("pages", "page=99999999999999999999", 404, 0),
        ("pages", "page=9223372036854775807", 404, 0),
        ("pages", "page=18446744073709551615", 404, 0),
        ("pages", "page=", 200, 10),
        ("pages", "page=last", 200, 5),
        ("pages", "page=1&page=last", 200, 5),
        ("pages", "page[]=4", 200, 10),
        ("pages", "page=%00", 404, 0),
        ("pages", "page=%FF%FE", 404, 0),
        ("pages", &many_nines, 404, 0),
        ("pages", &many_texts, 404, 0),
        ("pages", "page_size=0", 200, 10),
        ("pages", "page_size=-5", 200, 10),
        ("pages", "page_size=99999999999999999999", 200, 30),
        (
            "pages",
            "page_size=18446744073709551615&page=18446744073709551615",
            404,
            0,
        ),
        ("fast", "page=0", 404, 0),
        ("fast", "page=-1", 404, 0),
        ("fast", "page=1e9", 404, 0),
        ("fast", "page=", 404, 0),
        ("fast", "page=last", 404, 0),
        ("fast", "page=18446744073709551615", 404, 0),
        ("fast", "page[]=4", 200, 10),
        ("fast", "page_size=0", 200, 10),
        ("fast", &many_nines, 404, 0),
        ("capped", "page=9223372036854775807", 404, 0),
        ("capped", "page=0", 404, 0),
        ("windows", "limit=0", 200, 10),
        ("windows", "limit=-1", 200, 10),
        ("windows", "limit=last", 200, 10),
        ("windows", "limit[]=3", 200, 10),
        ("windows", "limit=99999999999999999999", 200, 30),
        ("windows", &wide, 200, 30),
        ("windows", "offset=-1", 200, 10),
        ("windows", "offset=%00", 200, 10),
        ("windows", "offset=1e9", 200, 10),
        ("windows", "offset=9223372036854775807", 200, 0),
        ("windows", "offset=9223372036854775808", 200, 0),
        ("windows", "offset=18446744073709551616", 200, 0),
        ("windows", &far, 200, 0),
        ("uncounted", "offset=18446744073709551616", 400, 0),
        ("uncounted", "limit=18446744073709551616&offset=30", 200, 15),
    ];
    for (path, query, status, results) in cases {
        let response = client.get(format!("/api/{path}/?{query}")).send().await;
        let shown = &query[..query.len().min(60)];
        assert_eq!(response.0.status().as_u16(), *status, "{path}?{shown}");
        let body: Value = response.json().await.value().deserialize();
        let found = body["results"].as_array().map_or(0, Vec::len);
        assert_eq!(found, *results, "{path}?{shown}");
        if *status == 404 {
            assert!(
                body["detail"]
                    .as_str()
                    .unwrap()
                    .starts_with("Invalid page.")
            );
        }
    }
}

#[tokio::test]
async fn the_document_tells_counts_and_headers() {
    let api = restflow::api::<Api>(database().await);
    let document: Value =
        serde_json::from_str(&OpenApiService::new(api, "Items", "1.0").spec()).unwrap();
    let ok = |path: &str| document["paths"][path]["get"]["responses"]["200"].clone();
    let schema = |path: &str| {
        let schema = &ok(path)["content"]["application/json; charset=utf-8"]["schema"];
        let schema = if schema.is_null() {
            ok(path)["content"]["application/json"]["schema"].clone()
        } else {
            schema.clone()
        };
        match schema["$ref"].as_str() {
            Some(name) => document.pointer(&name[1..]).unwrap().clone(),
            None => schema,
        }
    };
    let capped = schema("/api/capped/");
    assert_eq!(capped["properties"]["count_exact"]["type"], "boolean");
    assert_eq!(
        capped["required"],
        json!(["count", "count_exact", "next", "previous", "results"])
    );
    let uncounted = schema("/api/uncounted/");
    assert_eq!(uncounted["properties"]["count"]["nullable"], true);
    assert_eq!(schema("/api/bare/")["type"], "array");
    let headers = ok("/api/bare/")["headers"].clone();
    assert_eq!(headers["Link"]["schema"]["type"], "string");
    assert_eq!(headers["X-Total-Count"]["schema"]["type"], "integer");
    assert!(ok("/api/pages/")["headers"].is_null());
    // An offset beyond the most that is allowed is refused.
    let refused = |path: &str| document["paths"][path]["get"]["responses"]["400"].is_object();
    assert!(refused("/api/uncounted/"));
    assert!(!refused("/api/pages/"));
    // The default of the settings is documented where it pages.
    assert_eq!(
        schema("/api/silent/")["properties"]["count"]["type"],
        "integer"
    );
    assert_eq!(schema("/api/off/")["type"], "array");
}

mod unfit {
    use super::*;

    paged! {
        Estimated: PageNumberPagination::new(20).count(Count::Estimated).into();
    }

    struct Unfit;

    impl UrlConf for Unfit {
        fn urls() -> Urls {
            let mut router = SimpleRouter::new();
            router
                .register("estimated", Estimated)
                .basename("estimated");
            Urls::new().include("api/", router)
        }
    }

    #[tokio::test]
    #[should_panic(
        expected = "has `restflow_pagination::page_number::PageNumberPagination`: `Count::Estimated` asks the statistics of PostgreSQL, and the database is Sqlite"
    )]
    async fn an_estimate_is_refused_where_the_database_has_none() {
        let _ = restflow::api::<Unfit>(database().await);
    }
}

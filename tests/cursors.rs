//! Cursor pagination over HTTP, on every database at hand: what a cursor belongs to, and queries
//! that join other tables.
//!
//! The servers are named by `RESTFLOW_TEST_POSTGRES_URL` and `RESTFLOW_TEST_MYSQL_URL`; without
//! them their tests are skipped, except where `CI` is set.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

#[path = "support/servers.rs"]
mod servers;
#[path = "shop_app/mod.rs"]
mod shop_app;

use poem::{endpoint::BoxEndpoint, test::TestClient};
use poem_openapi::OpenApiService;
use restflow::{pagination::CursorPagination, prelude::*};
use sea_orm::{
    Order, QuerySelect, Select,
    sea_query::{Expr, ExprTrait},
};
use serde_json::{Value, json};
use shop_app::entities::{product, user};

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct NameSerializer {
    name: String,
}

#[derive(FilterSet)]
#[filterset(entity = product::Entity)]
struct ProductFilterSet {
    #[filter(lookups(comparison))]
    price: Decimal,
}

macro_rules! lists {
    ($($view:ident: $paginator:expr, $queryset:expr;)+) => {$(
        #[derive(ListApiView)]
        struct $view;

        impl ApiView for $view {}

        impl GenericView for $view {
            type Entity = product::Entity;
            type Serializer = NameSerializer;

            fn queryset(&self) -> Select<product::Entity> {
                $queryset
            }

            fn filter_backends(&self) -> FilterBackends<product::Entity> {
                FilterBackends::new()
                    .with(RestflowFilterBackend::<ProductFilterSet>::new())
                    .with(OrderingFilter::new([
                        product::Column::Price,
                        product::Column::Name,
                        product::Column::Description,
                    ]))
            }

            fn pagination_class(&self) -> Option<Paginator> {
                $paginator.page_size_query_param("size").into()
            }
        }
    )+};
}

fn products() -> Select<product::Entity> {
    product::Entity::find()
}

lists! {
    Plain: CursorPagination::new(3), products();
    Other: CursorPagination::new(3), products();
    Signed: CursorPagination::new(3).signing_key("0123456789abcdef"), products();
    Renewed: CursorPagination::new(3)
        .signing_key("another key of some length")
        .signing_key_fallbacks(["0123456789abcdef"]), products();
    Owned: CursorPagination::new(3).ordering([(user::Column::Username, Order::Desc)]),
        products()
            .left_join(user::Entity)
            .filter(Expr::current_timestamp().is_not_null());
    Distinct: CursorPagination::new(3), products().distinct();
}

struct Api;

impl UrlConf for Api {
    fn urls() -> Urls {
        Urls::new()
            .path("plain/", Plain)
            .path("other/", Other)
            .path("signed/", Signed)
            .path("owned/", Owned)
            .path("distinct/", Distinct)
    }
}

/// The same address after a change of the key.
struct Later;

impl UrlConf for Later {
    fn urls() -> Urls {
        Urls::new().path("signed/", Renewed)
    }
}

type Client = TestClient<BoxEndpoint<'static>>;

fn client<U: UrlConf>(db: DatabaseConnection) -> Client {
    TestClient::new(OpenApiService::new(restflow::api::<U>(db), "test", "1").boxed())
}

async fn get(client: &Client, url: &str) -> (u16, Value) {
    let response = client.get(url).send().await.0;
    let status = response.status().as_u16();
    let body = response.into_body().into_vec().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// The names on all pages, from the first to the last and back again.
async fn walk(client: &Client, url: &str) -> Vec<String> {
    let names = |body: &Value| -> Vec<String> {
        let rows = body["results"].as_array().unwrap().iter();
        rows.map(|row| row["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let (status, mut body) = get(client, url).await;
    assert_eq!(status, 200, "{url}: {body}");
    let mut walked = names(&body);
    while let Some(next) = body["next"].as_str() {
        body = get(client, next).await.1;
        walked.extend(names(&body));
    }
    let mut back = names(&body);
    while let Some(previous) = body["previous"].as_str() {
        body = get(client, previous).await.1;
        back.splice(0..0, names(&body));
    }
    assert_eq!(back, walked, "{url}");
    walked
}

async fn next(client: &Client, url: &str) -> String {
    let (status, body) = get(client, url).await;
    assert_eq!(status, 200, "{url}: {body}");
    body["next"].as_str().unwrap().to_owned()
}

async fn story(url: &str) {
    let db = shop_app::database::open(url, 20).await.unwrap();
    let client = client::<Api>(db.clone());
    cursors_belong_to_one_list(&client).await;
    keys_can_be_changed(&client, &self::client::<Later>(db.clone())).await;
    orders_are_those_of_the_database(&client, &db).await;
    assert_eq!(get(&client, "/distinct/").await.0, 500);
}

async fn cursors_belong_to_one_list(client: &Client) {
    let refused = (404, json!({"detail": "Invalid cursor"}));
    let url = "/plain/?ordering=price&price__gt=1&price!=2&format=json&size=2";
    let link = next(client, url).await;
    let followed = get(client, &link).await;
    assert_eq!(followed.0, 200);
    // What filters nothing may change: caches, the size of the page.
    let rows = |answer: &(u16, Value)| answer.1["results"].clone();
    for same in [format!("{link}&_=123"), link.replace("format=json&", "")] {
        assert_eq!(rows(&get(client, &same).await), rows(&followed), "{same}");
    }
    let (status, body) = get(client, &link.replace("size=2", "size=4")).await;
    assert_eq!(
        (status, body["results"].as_array().unwrap().len()),
        (200, 4)
    );
    for (part, other) in [
        ("ordering=price", "ordering=-price"),
        ("ordering=price", "ordering=name"),
        ("&ordering=price", ""),
        ("price__gt=1", "price__gt=2"),
        ("&price__gt=1", ""),
        ("price%21=2", "price%21=3"),
        ("/plain/", "/other/"),
        ("/plain/", "/signed/"),
        ("/plain/", "/owned/"),
        ("cursor=", "cursor=A"),
        ("cursor=", "cursor=%00%FF"),
    ] {
        let bent = link.replace(part, other);
        assert_ne!(bent, link, "{part}");
        assert_eq!(get(client, &bent).await, refused, "{bent}");
    }
    // Longer than that is no URL.
    let long = format!("/plain/?cursor={}", "E".repeat(65_000));
    assert_eq!(get(client, &long).await, refused);
}

async fn keys_can_be_changed(client: &Client, later: &Client) {
    let link = next(client, "/signed/").await;
    let (status, body) = get(later, &link).await;
    assert_eq!(status, 200);
    assert_eq!(body["results"], get(client, &link).await.1["results"]);
    let link = next(later, "/signed/").await;
    assert_eq!(get(later, &link).await.0, 200);
    assert_eq!(get(client, &link).await.0, 404);
    assert_eq!(get(client, "/signed/?cursor=bz01").await.0, 404);
    assert_eq!(get(client, "/plain/?cursor=bz01").await.0, 200);
}

async fn orders_are_those_of_the_database(client: &Client, db: &DatabaseConnection) {
    let names = |select: Select<product::Entity>| async {
        let rows = select.all(db).await.unwrap().into_iter();
        rows.map(|row| row.name).collect::<Vec<_>>()
    };
    let by = |column: product::Column, order: Order| {
        products()
            .order_by(column, order.clone())
            .order_by(product::Column::Id, order)
    };
    let description = by(product::Column::Description, Order::Asc);
    assert_eq!(
        walk(client, "/plain/?ordering=description").await,
        names(description).await
    );
    let price = by(product::Column::Price, Order::Desc);
    assert_eq!(
        walk(client, "/plain/?ordering=-price").await,
        names(price).await
    );
    // Some products have no owner, so the joined table has no row for them.
    let owned = products()
        .left_join(user::Entity)
        .order_by_desc(user::Column::Username)
        .order_by_desc(product::Column::Id);
    assert_eq!(walk(client, "/owned/").await, names(owned).await);
}

servers::the_story_holds!(story, "restflow_cursors_test");

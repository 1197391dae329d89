//! Exports on every database at hand, in a pool of one connection: what a reader that is slow, or
//! leaves, or comes while others write, gets and leaves behind.
//!
//! The servers are named by `RESTFLOW_TEST_POSTGRES_URL` and `RESTFLOW_TEST_MYSQL_URL`; without
//! them their tests are skipped, except where `CI` is set.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

#[path = "support/servers.rs"]
mod servers;
#[path = "support/wire.rs"]
mod wire;

use std::{
    collections::HashSet,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, TryStreamExt};
use poem::test::TestClient;
use restflow::prelude::*;
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};

use self::wire::{Connection, send, serve};

mod category {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "category")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod review {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "review")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[sea_orm(indexed)]
        pub product_id: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod product {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "product")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[sea_orm(indexed)]
        pub rating: Option<i32>,
        pub size: i32,
        pub category_id: i32,
        #[sea_orm(belongs_to, from = "category_id", to = "id")]
        pub category: BelongsTo<super::category::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(ModelSerializer)]
#[serializer(entity = category::Entity)]
struct CategorySerializer {
    name: String,
}

#[derive(ModelSerializer)]
#[serializer(entity = review::Entity)]
struct ReviewSerializer {
    id: i32,
}

/// Without the columns by which products are ordered.
#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct ProductSerializer {
    #[serializer(read_only)]
    id: i32,
    #[serializer(read_only, source = "category")]
    category_detail: CategorySerializer,
    #[serializer(post_fetch(product_id = "id"))]
    reviews: Vec<ReviewSerializer>,
}

#[derive(ViewSet)]
struct Products;

impl ApiView for Products {
    fn get_post_fetches(&self, _request: &Request) -> PostFetches {
        let reviews = PostFetch::new(ProductSerializer::REVIEWS, review::Entity::find());
        PostFetches::new().with(reviews)
    }
}

impl GenericView for Products {
    type Entity = product::Entity;
    type Serializer = ProductSerializer;
}

#[actions]
impl Products {
    #[action(detail = false)]
    async fn export(&self, request: &Request) -> Result<Response> {
        let mut products = self.get_queryset(request).await?;
        if request.query_params().contains("best") {
            products = products
                .order_by_desc(product::Column::Rating)
                .order_by_asc(product::Column::Size);
        }
        let chunk = request.query_params().get("chunk");
        let mut rows = self
            .streamed_rows(request, products)
            .chunk_size(chunk.map_or(500, |rows| rows.parse().unwrap()));
        if request.query_params().contains("single") {
            rows = rows.single_statement();
        }
        Ok(NdjsonResponse::new(rows.await?).into())
    }

    #[action(detail = false)]
    async fn count(&self, request: &Request) -> Result<Response> {
        let categories = category::Entity::find().all(request.db()).await?;
        Ok(Response::new(categories.len()))
    }
}

struct Urlpatterns;

impl UrlConf for Urlpatterns {
    fn settings() -> Settings {
        Settings::new().with(StreamSettings::new().max_single_statements(1))
    }

    fn urls() -> Urls {
        let mut router = SimpleRouter::new();
        router.register("products", Products);
        Urls::new().include("", router)
    }
}

const ROWS: i32 = 50_000;

/// The products, of which each tenth has a review and each fifth no rating.
async fn database(url: &str) -> (DatabaseConnection, Arc<Mutex<Vec<String>>>) {
    let mut options = ConnectOptions::new(url);
    options
        .min_connections(1)
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(60))
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false);
    let mut db = Database::connect(options).await.unwrap();
    let schema = db.get_schema_builder();
    schema
        .register(category::Entity)
        .register(review::Entity)
        .register(product::Entity)
        .apply(&db)
        .await
        .unwrap();
    let digits = "SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL \
                  SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL \
                  SELECT 8 UNION ALL SELECT 9";
    let numbers = format!(
        "SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS n FROM ({digits}) a, \
         ({digits}) b, ({digits}) c, ({digits}) e, ({digits}) f WHERE f.d < {}",
        ROWS / 10_000
    );
    for statement in [
        "INSERT INTO category (id, name) VALUES (0, 'even'), (1, 'odd')".to_owned(),
        format!(
            "INSERT INTO product (id, rating, size, category_id) \
             SELECT n, CASE WHEN n % 5 = 0 THEN NULL ELSE n % 7 END, n % 100, n % 2 \
             FROM ({numbers}) numbers"
        ),
        format!(
            "INSERT INTO review (id, product_id) SELECT n, n FROM ({numbers}) numbers WHERE n % 10 = 0"
        ),
    ] {
        db.execute_unprepared(&statement).await.unwrap();
    }
    let statements = Arc::<Mutex<Vec<String>>>::default();
    let log = Arc::clone(&statements);
    db.set_metric_callback(move |info| log.lock().unwrap().push(info.statement.sql.clone()));
    (db, statements)
}

fn app(db: DatabaseConnection) -> impl Endpoint + 'static {
    Route::new().nest(
        "/",
        OpenApiService::new(restflow::api::<Urlpatterns>(db), "test", "1"),
    )
}

async fn body(app: impl Endpoint, path: &str) -> String {
    let response = TestClient::new(app).get(path).send().await;
    response.assert_status_is_ok();
    response.0.into_body().into_string().await.unwrap()
}

fn id(line: &str) -> i32 {
    let row: Value = serde_json::from_str(line).unwrap();
    row["id"].as_i64().unwrap().try_into().unwrap()
}

fn ids(text: &str) -> Vec<i32> {
    text.lines().map(id).collect()
}

async fn story(url: &str) {
    let (db, statements) = database(url).await;
    let address = serve(app(db.clone())).await;
    let app = app(db.clone());
    let backend = db.get_database_backend();
    a_chunk_is_a_constant_number_of_queries(&app, &statements).await;
    ties_and_nulls_keep_their_order(&app, backend).await;
    one_statement_is_possible(&app, &statements).await;
    rows_that_stay_come_once_while_others_write(&app, &db).await;
    a_reader_that_leaves_or_sleeps_holds_nothing(address).await;
    a_query_that_fails_in_the_middle_ends_the_stream(&app, &db).await;
}

async fn a_chunk_is_a_constant_number_of_queries(
    app: &impl Endpoint,
    statements: &Mutex<Vec<String>>,
) {
    for chunk in [5000, 20_000] {
        statements.lock().unwrap().clear();
        let text = body(app, &format!("/products/export/?chunk={chunk}")).await;
        assert_eq!(ids(&text), (1..=ROWS).collect::<Vec<_>>());
        let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        let expected = json!({
            "id": 50_000, "category_detail": {"name": "even"}, "reviews": [{"id": 50_000}],
        });
        assert_eq!(last, expected);
        let statements = statements.lock().unwrap().split_off(0);
        let of = |table| statements.iter().filter(|sql| from(sql) == table).count();
        let chunks = (ROWS as usize).div_ceil(chunk);
        assert_eq!((of("product"), of("category")), (chunks, chunks));
        // One for each 500 rows that they are attached to.
        assert_eq!(of("review"), (ROWS as usize).div_ceil(500));
    }
    statements.lock().unwrap().clear();
    let response = TestClient::new(app).head("/products/export/").send().await;
    response.assert_status_is_ok();
    assert_eq!(*statements.lock().unwrap(), [""; 0]);
}

/// The table that a statement reads.
fn from(sql: &str) -> &str {
    let (_, table) = sql.split_once(" FROM ").unwrap();
    table[1..].split(['"', '`']).next().unwrap()
}

async fn ties_and_nulls_keep_their_order(app: &impl Endpoint, backend: DbBackend) {
    let text = body(app, "/products/export/?best=&chunk=3001").await;
    let null_is_first = backend == DbBackend::Postgres;
    let mut expected: Vec<i32> = (1..=ROWS).collect();
    expected.sort_by_key(|id| {
        let rating = (id % 5 != 0).then_some(id % 7);
        let null = rating.is_none() != null_is_first;
        (null, rating.map(|rating| -rating), id % 100, *id)
    });
    assert_eq!(ids(&text), expected);
}

async fn one_statement_is_possible(app: &impl Endpoint, statements: &Mutex<Vec<String>>) {
    statements.lock().unwrap().clear();
    // All of it is a chunk, so that its relations find the connection free.
    let text = body(app, "/products/export/?single=&chunk=60000").await;
    assert_eq!(text.lines().count(), ROWS as usize);
    let statements = statements.lock().unwrap();
    assert_eq!(
        statements
            .iter()
            .filter(|sql| from(sql) == "product")
            .count(),
        1
    );
}

async fn rows_that_stay_come_once_while_others_write(app: &impl Endpoint, db: &DatabaseConnection) {
    let client = TestClient::new(app);
    let response = client
        .get("/products/export/?best=&chunk=1000")
        .send()
        .await
        .0;
    let mut chunks = response.into_body().into_bytes_stream();
    let mut text = chunks.next().await.unwrap().unwrap().to_vec();
    // Among the rows that are read, those at the border, and those that are to come.
    for statement in [
        "DELETE FROM product WHERE id % 3 = 0",
        "INSERT INTO product (id, rating, size, category_id) \
         SELECT id + 100000, rating, size, category_id FROM product WHERE id % 3 = 1",
    ] {
        db.execute_unprepared(statement).await.unwrap();
    }
    while let Some(chunk) = chunks.next().await {
        text.extend(chunk.unwrap());
    }
    let ids = ids(std::str::from_utf8(&text).unwrap());
    let found: HashSet<i32> = ids.iter().copied().collect();
    assert_eq!(found.len(), ids.len(), "a row comes twice");
    let mut stayed = (1..=ROWS).filter(|id| id % 3 != 0);
    assert!(stayed.all(|id| found.contains(&id)), "a row is missing");
    // It was not all read before.
    assert!(ids.iter().any(|id| *id > ROWS));
}

async fn a_reader_that_leaves_or_sleeps_holds_nothing(address: std::net::SocketAddr) {
    let served = async || {
        let connection = Connection::get(address, "/products/count/").await;
        assert_eq!(connection.rest().await, ("2".to_owned(), true));
    };
    let sleeping = [
        send(address, "/products/export/").await,
        send(address, "/products/export/?best=&chunk=50").await,
    ];
    served().await;
    for path in [
        "/products/export/",
        "/products/export/?best=",
        "/products/export/?chunk=60000",
    ] {
        let mut connection = Connection::get(address, path).await;
        assert!(!connection.chunk().await.unwrap().is_empty());
        drop(connection);
        served().await;
    }
    // Both are still open, and this one is read to its end beside them.
    let whole = Connection::get(address, "/products/export/")
        .await
        .rest()
        .await;
    assert!(whole.1);
    drop(sleeping);
}

async fn a_query_that_fails_in_the_middle_ends_the_stream(
    app: &impl Endpoint,
    db: &DatabaseConnection,
) {
    let client = TestClient::new(app);
    let response = client.get("/products/export/?chunk=100").send().await.0;
    let mut chunks = response.into_body().into_bytes_stream();
    chunks.next().await.unwrap().unwrap();
    db.execute_unprepared("DROP TABLE product").await.unwrap();
    let rest = AssertUnwindSafe(chunks.try_collect::<Vec<_>>());
    assert!(rest.catch_unwind().await.is_err());
    assert_eq!(body(app, "/products/count/").await, "2");
}

servers::the_story_holds!(story, "restflow_streaming_test");

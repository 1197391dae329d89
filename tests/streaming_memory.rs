//! A million rows, and large ones, go through a server whose memory does not grow with them.
//!
//! The resident size is that of the process, so nothing else is tested here, and one test at a
//! time.
//!
//! The servers are named by `RESTFLOW_TEST_POSTGRES_URL` and `RESTFLOW_TEST_MYSQL_URL`; without
//! them their tests are skipped, except where `CI` is set.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

#[cfg(any(feature = "postgres", feature = "mysql"))]
#[path = "support/servers.rs"]
mod servers;
#[path = "support/wire.rs"]
mod wire;

use restflow::prelude::*;
use sea_orm::{ConnectionTrait, DbBackend, Set};
use tokio::sync::Mutex;

use self::wire::{Connection, serve};

mod reading {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "reading")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(column_type = "Text")]
        pub sensor: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(ModelSerializer)]
#[serializer(entity = reading::Entity)]
struct ReadingSerializer {
    id: i32,
    sensor: String,
}

#[derive(ViewSet)]
struct Readings;

impl ApiView for Readings {}

impl GenericView for Readings {
    type Entity = reading::Entity;
    type Serializer = ReadingSerializer;
}

#[actions]
impl Readings {
    #[action(detail = false)]
    async fn export(&self, request: &Request) -> Result<Response> {
        let last = request.query_params().get("last").unwrap_or_default();
        let last: i32 = last.parse().map_err(ApiError::internal)?;
        let queryset = self.resolved_queryset(request).await?;
        let queryset = queryset.filter(reading::Column::Id.lte(last));
        let mut rows = self.streamed_rows(request, queryset);
        if request.query_params().contains("single") {
            rows = rows.single_statement();
        }
        let rows = rows.await?;
        Ok(StreamingJsonListResponse::new(rows).into())
    }
}

struct Urlpatterns;

impl UrlConf for Urlpatterns {
    fn urls() -> Urls {
        let mut router = SimpleRouter::new();
        router.register("readings", Readings);
        Urls::new().include("", router)
    }
}

/// In bytes.
fn resident_size() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let (_, size) = status.split_once("VmRSS:").unwrap();
    let kilobytes: usize = size.split_whitespace().next().unwrap().parse().unwrap();
    kilobytes * 1024
}

/// Reads the body of `path` as a client that stops now and then. Tells its size, and by how much the
/// process was larger than at the start.
async fn growth(address: std::net::SocketAddr, path: &str, rows: usize) -> (usize, usize) {
    let start = resident_size();
    let mut connection = Connection::get(address, path).await;
    let (mut size, mut largest, mut commas, mut chunks) = (0, start, 0, 0);
    loop {
        let chunk = connection.chunk().await.unwrap();
        if chunk.is_empty() {
            break;
        }
        size += chunk.len();
        chunks += 1;
        commas += String::from_utf8_lossy(&chunk).matches("},").count();
        if chunks % 100 == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            largest = largest.max(resident_size());
        }
    }
    // A comma that begins a chunk is not among the pairs.
    assert!(
        commas <= rows && commas + chunks >= rows,
        "{commas} of {rows} rows"
    );
    (size, largest.max(resident_size()) - start)
}

/// What a test holds while it looks at the memory.
static ALONE: Mutex<()> = Mutex::const_new(());

/// A database with a table of readings, in one connection.
async fn database(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    let schema = db.get_schema_builder();
    schema.register(reading::Entity).apply(&db).await.unwrap();
    if db.get_database_backend() == DbBackend::MySql {
        // A `TEXT` has at most 64 KiB there.
        let widened = "ALTER TABLE reading MODIFY sensor LONGTEXT NOT NULL";
        db.execute_unprepared(widened).await.unwrap();
    }
    db
}

async fn serve_readings(db: DatabaseConnection) -> std::net::SocketAddr {
    let api = OpenApiService::new(restflow::api::<Urlpatterns>(db), "test", "1");
    serve(Route::new().nest("/", api)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_does_not_grow_with_the_number_of_rows() {
    const ROWS: usize = 1_000_000;
    let _alone = ALONE.lock().await;
    let db = database("sqlite::memory:").await;
    db.execute_unprepared(&format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT {ROWS}) \
         INSERT INTO reading (id, sensor) \
         SELECT n, 'the thermometer under the roof of house number ' || n FROM numbers"
    ))
    .await
    .unwrap();
    let address = serve_readings(db).await;
    for single in ["", "&single="] {
        let path = |rows| format!("/readings/export/?last={rows}{single}");
        let (_, few) = growth(address, &path(ROWS / 100), ROWS / 100).await;
        let (size, many) = growth(address, &path(ROWS), ROWS).await;
        assert!(size > 64 * 1024 * 1024, "{size}");
        // The allocator keeps some; a tenth of the body is far less than all rows in any form.
        assert!(
            many < few + size / 10,
            "{many} bytes for {size}, {few} for a hundredth"
        );
    }
}

/// Rows of which a chunk of 500 would have 50 MB.
async fn memory_does_not_grow_with_the_size_of_rows(url: &str) {
    const ROWS: usize = 2000;
    let _alone = ALONE.lock().await;
    let db = database(url).await;
    let text = "x".repeat(100_000);
    for id in 1..=ROWS {
        let sensor = match id {
            // Small rows and then large ones are the worst case.
            ..=600 => "small".to_owned(),
            _ => text.clone(),
        };
        let reading = reading::ActiveModel {
            id: Set(i32::try_from(id).unwrap()),
            sensor: Set(sensor),
        };
        reading::Entity::insert(reading)
            .exec_without_returning(&db)
            .await
            .unwrap();
    }
    let address = serve_readings(db).await;
    for single in ["", "&single="] {
        let path = format!("/readings/export/?last={ROWS}{single}");
        let (size, growth) = growth(address, &path, ROWS).await;
        assert!(size > 1400 * 100_000, "{size}");
        assert!(
            growth < 32 * 1024 * 1024,
            "{growth} bytes for {size}{single}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_rows_are_bounded_on_sqlite() {
    memory_does_not_grow_with_the_size_of_rows("sqlite::memory:").await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_rows_are_bounded_on_postgres() {
    let database = "restflow_streaming_memory_test";
    if let Some(url) = servers::fresh_database("RESTFLOW_TEST_POSTGRES_URL", database).await {
        memory_does_not_grow_with_the_size_of_rows(&url).await;
    }
}

#[cfg(feature = "mysql")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_rows_are_bounded_on_mysql() {
    let database = "restflow_streaming_memory_test";
    if let Some(url) = servers::fresh_database("RESTFLOW_TEST_MYSQL_URL", database).await {
        memory_does_not_grow_with_the_size_of_rows(&url).await;
    }
}

//! A million rows go through a server whose memory does not grow with them.
//!
//! The resident size is that of the process, so nothing else is tested here.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

#[path = "support/wire.rs"]
mod wire;

use restflow::prelude::*;
use sea_orm::ConnectionTrait;

use self::wire::{Connection, serve};

mod reading {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "reading")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
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
        let rows = self.streamed_rows(request, queryset).await?;
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

/// Streams so many rows to a client that stops now and then. Tells the size of the body, and by
/// how much the process was larger than at the start.
async fn growth(address: std::net::SocketAddr, rows: usize) -> (usize, usize) {
    let start = resident_size();
    let path = format!("/readings/export/?last={rows}");
    let mut connection = Connection::get(address, &path).await;
    let (mut size, mut largest, mut commas, mut chunks) = (0, start, 0, 0);
    loop {
        let chunk = connection.chunk().await.unwrap();
        if chunk.is_empty() {
            break;
        }
        size += chunk.len();
        chunks += 1;
        commas += chunk.windows(2).filter(|pair| pair == b"},").count();
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_does_not_grow_with_the_number_of_rows() {
    const ROWS: usize = 1_000_000;
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    let schema = db.get_schema_builder();
    schema.register(reading::Entity).apply(&db).await.unwrap();
    db.execute_unprepared(&format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT {ROWS}) \
         INSERT INTO reading (id, sensor) \
         SELECT n, 'the thermometer under the roof of house number ' || n FROM numbers"
    ))
    .await
    .unwrap();
    let api = OpenApiService::new(restflow::api::<Urlpatterns>(db), "test", "1");
    let address = serve(Route::new().nest("/", api)).await;

    let (_, few) = growth(address, ROWS / 100).await;
    let (size, many) = growth(address, ROWS).await;
    assert!(size > 64 * 1024 * 1024, "{size}");
    // The allocator keeps some; a tenth of the body is far less than all rows in any form.
    assert!(
        many < few + size / 10,
        "{many} bytes for {size}, {few} for a hundredth"
    );
}

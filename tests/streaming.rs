//! Streaming responses over HTTP: what is sent, what a reader holds back, and what an end in the
//! middle leaves behind.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

#[path = "support/wire.rs"]
mod wire;

use std::{
    collections::BTreeMap,
    io::{self, Write},
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use poem::{http::header, test::TestClient};
use restflow::{prelude::*, serializers::SerializerContext};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use self::wire::{Connection, serve};

mod category {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "category")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod product {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "product")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub secret: String,
        pub category_id: i32,
        #[sea_orm(belongs_to, from = "category_id", to = "id")]
        pub category: BelongsTo<super::category::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(ModelSerializer)]
#[serializer(entity = category::Entity)]
struct CategorySerializer {
    id: i32,
    name: String,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity, to_representation = count)]
struct ProductSerializer {
    id: i32,
    name: String,
}

/// Counts the rows that were read, and panics at one of them.
fn count(product: &mut ProductSerializer, context: &SerializerContext<'_>) {
    let counter: &Counter = context.extensions().get().unwrap();
    counter.add();
    assert_ne!(product.name, "cursed", "the secret of the serializer");
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity, name = "ProductDetail")]
struct ProductDetailSerializer {
    id: i32,
    #[serializer(read_only, source = "category")]
    category_detail: CategorySerializer,
}

/// How much a stream was asked for.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicUsize>);

impl Counter {
    fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Items that a test sends.
#[derive(Clone, Default)]
struct Feed(Arc<Mutex<Option<mpsc::UnboundedReceiver<u32>>>>);

/// A stream for each path.
struct Streams;

impl ApiView for Streams {
    fn renderer_classes(&self) -> Renderers {
        Renderers::default()
            .with(NdjsonRenderer)
            .with(EventStreamRenderer)
    }
}

#[handlers]
impl Streams {
    async fn get(&self, request: &Request) -> Result<Response> {
        let counter: Counter = request.extensions().get().cloned().unwrap();
        let numbers = |end: u32| {
            let counter = counter.clone();
            stream::iter(1..=end).inspect(move |_| counter.add())
        };
        let failing = |n: u32| match n {
            3 => Err(ApiError::internal("the secret of the database")),
            n => Ok(n),
        };
        Ok(match request.kwargs().get("kind").unwrap_or_default() {
            "list" => StreamingJsonListResponse::from_items(numbers(3)).into(),
            "no-list" => StreamingJsonListResponse::from_items(numbers(0)).into(),
            "lines" => NdjsonResponse::from_items(numbers(2).map(|n| json!({"é": n}))).into(),
            "no-lines" => NdjsonResponse::from_items(numbers(0)).into(),
            "custom" => Response::from(NdjsonResponse::from_items(numbers(1)))
                .with_status(StatusCode::ACCEPTED)
                .with_header("content-type", "application/jsonl")
                .with_header("x-kind", "custom"),
            "events" => SseResponse::from_items(stream::iter([
                "two\r\nlines".into(),
                SseEvent::new().id(7).event("tick").json(&json!({"n": 1}))?,
                SseEvent::new().retry(Duration::from_secs(3)),
            ]))
            .into(),
            "no-events" => SseResponse::from_items(stream::empty::<SseEvent>()).into(),
            "million" => NdjsonResponse::from_items(numbers(1_000_000)).into(),
            "single" => NdjsonResponse::from_items(numbers(3)).buffer_size(0).into(),
            "failing-list" => StreamingJsonListResponse::new(numbers(3).map(failing)).into(),
            "failing-lines" => NdjsonResponse::new(numbers(3).map(failing)).into(),
            "panicking-list" => StreamingJsonListResponse::from_items(numbers(3).map(|n| {
                assert_ne!(n, 3, "the secret of the stream");
                n
            }))
            .into(),
            // JSON has no keys that are not texts.
            "unwritable-lines" => NdjsonResponse::from_items(stream::iter([
                BTreeMap::new(),
                BTreeMap::from([((1, 2), "the secret of the item")]),
            ]))
            .into(),
            "forged-events" => SseResponse::from_items(stream::iter([
                SseEvent::new().data("a"),
                SseEvent::new().event("b\ndata: forged").data("the secret"),
            ]))
            .into(),
            "feed" => {
                let feed: &Feed = request.extensions().get().unwrap();
                let receiver = feed.0.lock().unwrap().take().unwrap();
                let items = stream::unfold(receiver, |mut receiver| async {
                    Some((receiver.recv().await?, receiver))
                });
                StreamingJsonListResponse::from_items(items).into()
            }
            "silence" => SseResponse::from_items(stream::pending::<SseEvent>())
                .keep_alive(Duration::from_millis(1))
                .into(),
            _ => return Err(ApiError::not_found()),
        })
    }
}

/// Products, all of them.
#[derive(ViewSet)]
struct Products;

impl ApiView for Products {
    fn action_configs(&self) -> ActionConfigs<Self> {
        ActionConfigs::new()
            .action(
                "export",
                ActionConfig::new().renderer_classes(NdjsonRenderer),
            )
            .action(
                "details",
                ActionConfig::new().response_serializer::<ProductDetailSerializer>(),
            )
    }
}

impl GenericView for Products {
    type Entity = product::Entity;
    type Serializer = ProductSerializer;

    fn queryset(&self) -> Queryset<Self> {
        product::Entity::find().order_by_asc(product::Column::Id)
    }
}

impl Products {
    async fn lines(&self, request: &Request) -> Result<Response> {
        let number = |name| request.query_params().get(name)?.parse::<u64>().ok();
        let queryset = self.get_queryset(request).await?.limit(number("limit"));
        let mut rows = self
            .streamed_rows(request, queryset)
            .chunk_size(number("chunk").map_or(500, |rows| rows as usize))
            .stall_timeout(Duration::from_millis(number("stall").unwrap_or(60_000)));
        if request.query_params().contains("single") {
            rows = rows.single_statement();
        }
        Ok(NdjsonResponse::new(rows.await?).into())
    }
}

#[actions]
impl Products {
    #[action(detail = false)]
    async fn export(&self, request: &Request) -> Result<Response> {
        self.lines(request).await
    }

    #[action(detail = false)]
    async fn details(&self, request: &Request) -> Result<Response> {
        self.lines(request).await
    }

    /// Rows that the serializer of the view does not show.
    #[action(detail = false)]
    async fn misfit(&self, request: &Request) -> Result<Response> {
        let rows = self
            .streamed_rows(request, category::Entity::find())
            .await?;
        Ok(NdjsonResponse::new(rows).into())
    }

    #[action(detail = false)]
    async fn events(&self, request: &Request) -> Result<Response> {
        let rows = self
            .streamed_rows(request, self.get_queryset(request).await?.limit(2))
            .serializer::<ProductDetailSerializer>()
            .await?;
        let events = rows.and_then(async |row| SseEvent::new().event("product").json(&row));
        Ok(SseResponse::new(events.boxed()).into())
    }

    /// A query that the database refuses.
    #[action(detail = false)]
    async fn refused(&self, request: &Request) -> Result<Response> {
        let queryset = product::Entity::find().filter(category::Column::Name.eq("no such table"));
        let rows = self.streamed_rows(request, queryset).await?;
        Ok(StreamingJsonListResponse::new(rows).into())
    }

    #[action(detail = false)]
    async fn count(&self, request: &Request) -> Result<Response> {
        let products = category::Entity::find().all(request.db()).await?;
        Ok(Response::new(products.len()))
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
        Urls::new()
            .path("streams/{kind}/", Streams)
            .include("", router)
    }
}

/// The application with what its streams have done.
struct App<E> {
    endpoint: E,
    counter: Counter,
    feed: Feed,
    statements: Arc<Mutex<Vec<String>>>,
    document: Value,
}

/// The application over `rows` products in two categories, in a pool of so many connections.
async fn app(rows: u32, connections: u32) -> App<impl Endpoint + 'static> {
    app_with(rows, connections, Duration::from_secs(30)).await
}

async fn app_with(
    rows: u32,
    connections: u32,
    acquire_timeout: Duration,
) -> App<impl Endpoint + 'static> {
    static DATABASES: AtomicUsize = AtomicUsize::new(0);
    let name = DATABASES.fetch_add(1, Ordering::SeqCst);
    let url = format!("sqlite:file:streaming{name}?mode=memory&cache=shared");
    let mut options = ConnectOptions::new(url);
    options
        .min_connections(1)
        .max_connections(connections)
        .acquire_timeout(acquire_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false);
    let mut db = Database::connect(options).await.unwrap();
    let schema = db.get_schema_builder();
    schema
        .register(category::Entity)
        .register(product::Entity)
        .apply(&db)
        .await
        .unwrap();
    db.execute_unprepared("INSERT INTO category (id, name) VALUES (0, 'even'), (1, 'odd')")
        .await
        .unwrap();
    db.execute_unprepared(&format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT {rows}) \
         INSERT INTO product (id, name, secret, category_id) \
         SELECT n, CASE n WHEN 1300 THEN 'cursed' ELSE 'product ' || n END, 'secret', n % 2 \
         FROM numbers"
    ))
    .await
    .unwrap();
    let statements = Arc::<Mutex<Vec<String>>>::default();
    let log = Arc::clone(&statements);
    db.set_metric_callback(move |info| log.lock().unwrap().push(info.statement.sql.clone()));
    let (counter, feed) = (Counter::default(), Feed::default());
    let api = OpenApiService::new(restflow::api::<Urlpatterns>(db), "test", "1");
    let document = serde_json::from_str(&api.spec()).unwrap();
    App {
        endpoint: Route::new()
            .nest("/", api)
            .data(counter.clone())
            .data(feed.clone()),
        counter,
        feed,
        statements,
        document,
    }
}

/// The whole answer to a GET: status, content type, body. `None` is a body that broke off, by
/// unwinding the task that reads it.
async fn get<E: Endpoint>(app: &App<E>, path: &str) -> (u16, String, Option<String>) {
    let client = TestClient::new(&app.endpoint);
    let response = client.get(path).send().await.0;
    let status = response.status().as_u16();
    let content_type = response.content_type().unwrap_or_default().to_owned();
    let body = AssertUnwindSafe(response.into_body().into_string());
    let body = body.catch_unwind().await.ok().map(Result::unwrap);
    (status, content_type, body)
}

async fn body<E: Endpoint>(app: &App<E>, path: &str) -> String {
    let (status, _, body) = get(app, path).await;
    assert_eq!(status, 200, "{path}");
    body.unwrap()
}

#[tokio::test]
async fn the_formats_are_exact() {
    let app = app(0, 1).await;
    let table = [
        ("list", 200, "application/json", "[1,2,3]"),
        ("no-list", 200, "application/json", "[]"),
        (
            "lines",
            200,
            "application/x-ndjson",
            "{\"é\":1}\n{\"é\":2}\n",
        ),
        ("no-lines", 200, "application/x-ndjson", ""),
        ("custom", 202, "application/jsonl", "1\n"),
        (
            "events",
            200,
            "text/event-stream",
            "data: two\ndata: lines\n\nid: 7\nevent: tick\ndata: {\"n\":1}\n\nretry: 3000\n\n",
        ),
        ("no-events", 200, "text/event-stream", ""),
        (
            "else",
            404,
            "application/json",
            r#"{"detail":"Not found."}"#,
        ),
    ];
    for (kind, status, content_type, body) in table {
        let expected = (status, content_type.to_owned(), Some(body.to_owned()));
        assert_eq!(
            get(&app, &format!("/streams/{kind}/")).await,
            expected,
            "{kind}"
        );
    }
    let client = TestClient::new(&app.endpoint);
    let response = client.get("/streams/custom/").send().await;
    response.assert_header("x-kind", "custom");
    response.assert_header(header::ALLOW, "GET, HEAD, OPTIONS");
    let response = client.get("/streams/events/").send().await;
    response.assert_header(header::CACHE_CONTROL, "no-cache");
    response.assert_header("x-accel-buffering", "no");
}

#[tokio::test]
async fn a_renderer_makes_the_media_type_of_a_stream_acceptable() {
    let app = app(0, 1).await;
    let client = TestClient::new(&app.endpoint);
    let asked = |path, accept| client.get(path).header(header::ACCEPT, accept).send();
    for (path, accept, status, text) in [
        ("/streams/no-events/", "text/event-stream", 200, ""),
        ("/streams/no-lines/", "application/x-ndjson", 200, ""),
        (
            "/streams/else/",
            "text/event-stream",
            404,
            "data: {\"detail\":\"Not found.\"}\n\n",
        ),
        (
            "/streams/else/",
            "application/x-ndjson",
            404,
            "{\"detail\":\"Not found.\"}\n",
        ),
    ] {
        let response = asked(path, accept).await;
        assert_eq!(response.0.status().as_u16(), status);
        response.assert_content_type(accept);
        response.assert_text(text).await;
    }
    // A view of JSON alone does not let a browser in that wants events.
    let response = asked("/products/events/", "text/event-stream").await;
    response.assert_status(StatusCode::NOT_ACCEPTABLE);
}

#[tokio::test]
async fn the_document_names_the_media_type_of_a_stream() {
    let document = app(0, 1).await.document;
    let content = &document["paths"]["/products/export/"]["get"]["responses"]["200"]["content"];
    let media_types: Vec<_> = content.as_object().unwrap().keys().collect();
    assert_eq!(media_types, ["application/x-ndjson"]);
}

#[tokio::test]
async fn head_and_options_do_not_start_a_stream() {
    let app = app(10, 1).await;
    let client = TestClient::new(&app.endpoint);
    for path in ["/streams/million/", "/products/export/"] {
        for method in [Method::HEAD, Method::OPTIONS] {
            let response = client.request(method.clone(), path).send().await;
            response.assert_status_is_ok();
            if method == Method::HEAD {
                response.assert_content_type("application/x-ndjson");
                response.assert_text("").await;
            }
        }
    }
    assert_eq!(app.counter.get(), 0);
    assert!(app.statements.lock().unwrap().is_empty());
}

#[tokio::test]
async fn items_that_are_ready_share_a_chunk_and_no_more_are_taken() {
    let app = app(0, 1).await;
    let client = TestClient::new(&app.endpoint);
    let response = client.get("/streams/million/").send().await.0;
    let mut chunks = response.into_body().into_bytes_stream().boxed();
    assert_eq!(
        app.counter.get(),
        0,
        "nothing is taken before it is asked for"
    );
    let mut lines = 0;
    for _ in 0..3 {
        let chunk = chunks.next().await.unwrap().unwrap();
        assert!(
            (16 * 1024..17 * 1024).contains(&chunk.len()),
            "{}",
            chunk.len()
        );
        lines += chunk.split(|byte| *byte == b'\n').count() - 1;
        assert_eq!(app.counter.get(), lines);
    }
    let response = client.get("/streams/single/").send().await.0;
    let chunks: Vec<_> = response
        .into_body()
        .into_bytes_stream()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(chunks, ["1\n", "2\n", "3\n"]);
}

#[tokio::test]
async fn an_item_is_sent_although_the_next_one_is_not_ready() {
    let app = app(0, 1).await;
    let (sender, receiver) = mpsc::unbounded_channel();
    *app.feed.0.lock().unwrap() = Some(receiver);
    let response = TestClient::new(&app.endpoint)
        .get("/streams/feed/")
        .send()
        .await
        .0;
    let mut chunks = response.into_body().into_bytes_stream().boxed();
    let mut next = async || chunks.next().await.map(Result::unwrap);
    sender.send(1).unwrap();
    sender.send(2).unwrap();
    assert_eq!(next().await.unwrap(), "[1,2");
    sender.send(3).unwrap();
    assert_eq!(next().await.unwrap(), ",3");
    drop(sender);
    assert_eq!(next().await.unwrap(), "]");
    assert_eq!(next().await, None);
}

#[tokio::test]
async fn a_silent_stream_gives_signs_of_life() {
    let app = app(0, 1).await;
    let address = serve(app.endpoint).await;
    let mut connection = Connection::get(address, "/streams/silence/").await;
    for _ in 0..3 {
        assert_eq!(connection.chunk().await.unwrap(), b":\n\n");
    }
}

#[tokio::test]
async fn an_error_in_the_middle_cuts_the_body_off_and_is_logged() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let app = app(0, 1).await;
    let address = serve(app.endpoint).await;
    for (kind, received, secret) in [
        ("failing-list", "[1,2", "the secret of the database"),
        ("failing-lines", "1\n2\n", "the secret of the database"),
        ("panicking-list", "[1,2", "the secret of the stream"),
        ("unwritable-lines", "{}\n", "key must be a string"),
        (
            "forged-events",
            "data: a\n\n",
            "the field `event` of a server-sent event",
        ),
    ] {
        log.0.lock().unwrap().clear();
        let path = format!("/streams/{kind}/");
        let connection = Connection::get_with(address, &path, "x-request-id: stream-7\r\n").await;
        assert!(
            connection.head.starts_with("HTTP/1.1 200"),
            "{}",
            connection.head
        );
        let (body, is_whole) = connection.rest().await;
        assert_eq!((body.as_str(), is_whole), (received, false), "{kind}");
        let log = log.text();
        assert_eq!(
            log.matches("a streamed response broke off").count(),
            1,
            "{log}"
        );
        let path = format!("path=\"/streams/{kind}/\"");
        for part in [secret, "method=GET", &path, "request_id=\"stream-7\""] {
            assert!(log.contains(part), "{part}: {log}");
        }
        // The server is as before.
        let (body, is_whole) = Connection::get(address, "/streams/list/")
            .await
            .rest()
            .await;
        assert_eq!((body.as_str(), is_whole), ("[1,2,3]", true));
    }
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl tracing_subscriber::fmt::MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn rows_are_a_statement_for_each_chunk_of_the_shown_columns() {
    let app = app(1200, 1).await;
    for (query, number) in [
        ("", 3),
        ("?chunk=400", 3),
        ("?chunk=1200", 1),
        ("?single=", 1),
    ] {
        let text = body(&app, &format!("/products/export/{query}")).await;
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1200);
        assert_eq!(lines[0], r#"{"id":1,"name":"product 1"}"#);
        assert_eq!(lines[1199], r#"{"id":1200,"name":"product 1200"}"#);
        let statements = app.statements.lock().unwrap().split_off(0);
        assert_eq!(statements.len(), number, "{query}: {statements:#?}");
        assert!(!statements[0].contains("secret"), "{statements:#?}");
    }
    let response = TestClient::new(&app.endpoint)
        .head("/products/export/")
        .send()
        .await;
    response.assert_status_is_ok();
    assert!(app.statements.lock().unwrap().is_empty());
}

#[tokio::test]
async fn rows_that_cannot_be_continued_are_one_statement() {
    let app = app(1200, 1).await;
    for query in ["limit=1100", "limit=2000&chunk=7"] {
        body(&app, &format!("/products/export/?{query}")).await;
        let statements = app.statements.lock().unwrap().split_off(0);
        assert_eq!(statements.len(), 1, "{query}: {statements:#?}");
    }
}

#[tokio::test]
async fn relations_are_one_query_for_each_chunk() {
    let app = app(7, 2).await;
    for (chunk, queries) in [(2, 8), (3, 6), (7, 2), (8, 2), (0, 14)] {
        let text = body(&app, &format!("/products/details/?chunk={chunk}")).await;
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 7);
        assert_eq!(
            lines[6],
            json!({"id": 7, "category_detail": {"id": 1, "name": "odd"}})
        );
        let statements = app.statements.lock().unwrap().split_off(0);
        assert_eq!(statements.len(), queries, "{chunk}: {statements:#?}");
    }
    assert_eq!(
        body(&app, "/products/events/").await,
        "event: product\ndata: {\"id\":1,\"category_detail\":{\"id\":1,\"name\":\"odd\"}}\n\n\
         event: product\ndata: {\"id\":2,\"category_detail\":{\"id\":0,\"name\":\"even\"}}\n\n"
    );
}

#[tokio::test]
async fn relations_need_another_connection_only_where_one_is_held() {
    let app = app_with(600, 1, Duration::from_millis(100)).await;
    for (path, rows) in [
        ("/products/details/", 600),
        ("/products/details/?limit=499", 499),
        ("/products/details/?limit=499&single=", 499),
        ("/products/details/?limit=500&single=", 500),
    ] {
        assert_eq!(body(&app, path).await.lines().count(), rows, "{path}");
    }
    // More than a chunk needs another connection, which this pool does not have.
    let (status, _, body) = get(&app, "/products/details/?single=").await;
    assert_eq!(status, 503, "{body:?}");
    assert!(!body.unwrap().contains("connection"));
    assert_eq!(get(&app, "/products/count/").await.2.unwrap(), "2");
}

#[tokio::test]
async fn few_streams_hold_a_connection() {
    let app = app(1299, 3).await;
    let client = TestClient::new(&app.endpoint);
    let path = "/products/export/?chunk=100&single=";
    let open = client.get(path).send().await;
    open.assert_status_is_ok();
    let refused = client.get(path).send().await;
    refused.assert_status(StatusCode::SERVICE_UNAVAILABLE);
    refused.assert_header(header::RETRY_AFTER, 30);
    let detail = json!({"detail": "Service temporarily unavailable, try again later."});
    refused.assert_json(detail).await;
    // Others go on, and the place is free with the end of the rows, before the body is read.
    assert_eq!(body(&app, "/products/export/").await.lines().count(), 1299);
    let text = open.0.into_body().into_string().await.unwrap();
    assert_eq!(text.lines().count(), 1299);
    for _ in 0..3 {
        let whole = client
            .get("/products/export/?chunk=2000&single=")
            .send()
            .await;
        whole.assert_status_is_ok();
        std::mem::forget(whole);
    }
}

#[tokio::test]
async fn an_export_that_is_refused_tells_the_operator_why() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let app = app(1299, 3).await;
    let client = TestClient::new(&app.endpoint);
    let path = "/products/export/?chunk=100&single=";
    let _open = client.get(path).send().await;
    client
        .get(path)
        .send()
        .await
        .assert_status(StatusCode::SERVICE_UNAVAILABLE);
    let log = log.text();
    assert!(
        log.contains("StreamSettings::max_single_statements"),
        "{log}"
    );
}

#[tokio::test]
async fn what_fails_before_the_first_row_is_an_ordinary_answer() {
    let app = app(3, 1).await;
    for path in ["/products/refused/", "/products/misfit/"] {
        let (status, content_type, body) = get(&app, path).await;
        assert_eq!((status, content_type.as_str()), (500, "application/json"));
        assert_eq!(body.unwrap(), r#"{"detail":"A server error occurred."}"#);
    }
}

#[tokio::test]
async fn a_panic_at_a_later_row_cuts_the_body_off() {
    let app = app(2000, 1).await;
    let (status, _, body) = get(&app, "/products/export/").await;
    assert_eq!((status, body), (200, None));
    assert_eq!(get(&app, "/products/count/").await.2.unwrap(), "2");
}

#[tokio::test]
async fn a_client_that_leaves_frees_the_connection() {
    for single in ["", "&single="] {
        let app = app(1000, 1).await;
        let path = format!("/products/export/?chunk=10{single}");
        // The body is dropped before, and in the middle of, its rows.
        for chunks in [0, 1] {
            let response = TestClient::new(&app.endpoint).get(&path).send().await.0;
            let mut body = response.into_body().into_bytes_stream().boxed();
            for _ in 0..chunks {
                body.next().await.unwrap().unwrap();
            }
            drop(body);
            assert_eq!(get(&app, "/products/count/").await.2.unwrap(), "2");
        }
        assert!(app.counter.get() < 200, "{}", app.counter.get());
    }
}

#[tokio::test]
async fn a_connection_that_is_closed_frees_the_connection_to_the_database() {
    let app = app(200_000, 1).await;
    let counter = app.counter.clone();
    let address = serve(app.endpoint).await;
    let mut connection = Connection::get(address, "/products/export/?chunk=100").await;
    assert!(connection.chunk().await.unwrap().starts_with(b"{\"id\":1,"));
    drop(connection);
    let (body, is_whole) = Connection::get(address, "/products/count/")
        .await
        .rest()
        .await;
    assert_eq!((body.as_str(), is_whole), ("2", true));
    assert!(counter.get() < 200_000);
}

#[tokio::test]
async fn a_reader_that_stalls_holds_the_rows_back() {
    for (single, connections) in [("", 1), ("&single=", 2)] {
        let app = app(1299, connections).await;
        let path = format!("/products/export/?chunk=100{single}");
        let response = TestClient::new(&app.endpoint).get(&path).send().await.0;
        // One chunk has the response, one waits in the channel, one for the channel.
        while app.counter.get() < 300 {
            tokio::task::yield_now().await;
        }
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        assert_eq!(get(&app, "/products/count/").await.2.unwrap(), "2");
        assert_eq!(app.counter.get(), 300);
        let text = response.into_body().into_string().await.unwrap();
        assert_eq!((text.lines().count(), app.counter.get()), (1299, 1299));
    }
}

#[tokio::test]
async fn a_reader_that_stalls_for_too_long_is_given_up() {
    for single in ["", "&single="] {
        let app = app(400, 1).await;
        let path = format!("/products/export/?chunk=100&stall=10{single}");
        let response = TestClient::new(&app.endpoint).get(&path).send().await.0;
        while app.counter.get() < 300 {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(get(&app, "/products/count/").await.2.unwrap(), "2");
        let rows = AssertUnwindSafe(response.into_body().into_string());
        assert!(rows.catch_unwind().await.is_err());
    }
}

#[tokio::test]
async fn a_reader_that_is_slow_but_steady_gets_all_rows() {
    let app = app(6000, 1).await;
    // A chunk takes longer than the reader may stall, a piece of it does not.
    let path = "/products/details/?chunk=3000&stall=1000";
    let response = TestClient::new(&app.endpoint).get(path).send().await.0;
    let mut pieces = response.into_body().into_bytes_stream().boxed();
    let (mut lines, mut count) = (0, 0);
    while let Some(piece) = pieces.next().await {
        lines += piece.unwrap().iter().filter(|byte| **byte == b'\n').count();
        count += 1;
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    assert_eq!(lines, 6000);
    assert!(count >= 15, "{count}");
}

//! What a server lives through, over real connections: panics, handlers that never end, clients
//! that leave, large answers.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

#[path = "support/wire.rs"]
mod wire;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use poem::middleware::AddData;
use restflow::prelude::*;
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::json;
use tokio::{io::AsyncReadExt, sync::Semaphore};

use self::wire::{Connection, free_port, send, serve_on};

/// 10 MiB.
const LARGE: usize = 10 * 1024 * 1024;

/// A mistake in the server must fail the test, not hang it.
const PATIENCE: Duration = Duration::from_secs(30);

struct Panics;

impl ApiView for Panics {}

#[handlers]
impl Panics {
    async fn get(&self, _request: &Request) -> Result<Response> {
        panic!("the secret of the handler")
    }
}

/// What the test learns about a handler that never ends.
#[derive(Clone)]
struct Watch {
    started: Arc<Semaphore>,
    dropped: Arc<Semaphore>,
}

struct Tell(Arc<Semaphore>);

impl Drop for Tell {
    fn drop(&mut self) {
        self.0.add_permits(1);
    }
}

/// Takes a connection from the pool, and never gives it back by itself.
struct Hangs;

impl ApiView for Hangs {}

#[handlers]
impl Hangs {
    async fn get(&self, request: &Request) -> Result<Response> {
        let watch: &Watch = request.extensions().get().unwrap();
        let transaction = request.db().begin().await?;
        transaction
            .execute_unprepared("INSERT INTO note (text) VALUES ('never committed')")
            .await?;
        let _tell = Tell(Arc::clone(&watch.dropped));
        watch.started.add_permits(1);
        std::future::pending::<()>().await;
        transaction.commit().await?;
        Ok(Response::no_content())
    }
}

struct Counts;

impl ApiView for Counts {}

#[handlers]
impl Counts {
    async fn get(&self, request: &Request) -> Result<Response> {
        let notes = request
            .db()
            .query_one_raw(sea_orm::Statement::from_string(
                request.db().get_database_backend(),
                "SELECT COUNT(*) AS n FROM note",
            ))
            .await?;
        let notes: i64 = notes.unwrap().try_get("", "n")?;
        Ok(Response::new(json!({"notes": notes})))
    }
}

struct Large;

impl ApiView for Large {}

#[handlers]
impl Large {
    async fn get(&self, _request: &Request) -> Result<Response> {
        Ok(Response::new("x".repeat(LARGE)))
    }
}

struct Api;

impl UrlConf for Api {
    fn urls() -> Urls {
        Urls::new()
            .path("panics/", Panics)
            .path("hangs/", Hangs)
            .path("counts/", Counts)
            .path("large/", Large)
    }
}

/// A server on a free port, over a database of one connection.
async fn serve() -> (SocketAddr, Watch) {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(PATIENCE);
    let db = Database::connect(options).await.unwrap();
    db.execute_unprepared("CREATE TABLE note (text TEXT NOT NULL)")
        .await
        .unwrap();
    let watch = Watch {
        started: Arc::new(Semaphore::new(0)),
        dropped: Arc::new(Semaphore::new(0)),
    };
    let api = OpenApiService::new(restflow::api::<Api>(db), "survival", "1");
    let app = Route::new()
        .nest("/", api)
        .with(AddData::new(watch.clone()));
    let address = serve_on(CancelOnDisconnect::new(free_port()), app).await;
    (address, watch)
}

/// The status line and the body of the whole answer.
async fn get(address: SocketAddr, path: &str) -> (String, String) {
    let answer = async {
        let connection = Connection::get(address, path).await;
        let status = connection.head.lines().next().unwrap().to_owned();
        let (body, is_whole) = connection.rest().await;
        assert!(is_whole);
        (status, body)
    };
    tokio::time::timeout(PATIENCE, answer).await.unwrap()
}

async fn wait_for(what: &str, event: &Semaphore) {
    match tokio::time::timeout(PATIENCE, event.acquire()).await {
        Ok(happened) => happened.unwrap().forget(),
        Err(_) => panic!("{what} did not happen"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_an_answer_and_the_server_lives() {
    let (address, _) = serve().await;
    for _ in 0..50 {
        let (status, body) = get(address, "/panics/").await;
        assert_eq!(status, "HTTP/1.1 500 Internal Server Error");
        assert_eq!(body, r#"{"detail":"A server error occurred."}"#);
    }
    let (status, body) = get(address, "/counts/").await;
    assert_eq!(
        (status.as_str(), body.as_str()),
        ("HTTP/1.1 200 OK", r#"{"notes":0}"#)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_ends_when_its_client_leaves_and_gives_its_connection_back() {
    let (address, watch) = serve().await;
    for _ in 0..3 {
        let waiting = send(address, "/hangs/").await;
        wait_for("the start", &watch.started).await;
        assert_eq!(watch.dropped.available_permits(), 0);
        drop(waiting);
        wait_for("the end", &watch.dropped).await;
        // The pool has one connection: without it this could not be answered. What the handler
        // wrote was rolled back.
        let (status, body) = get(address, "/counts/").await;
        assert_eq!(
            (status.as_str(), body.as_str()),
            ("HTTP/1.1 200 OK", r#"{"notes":0}"#)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn large_answers_leave_no_memory_behind() {
    /// What the server may hold on to, the reserve of the allocator. 16 answers are 160 MiB.
    const RESERVE: usize = 80 * 1024 * 1024;

    let (address, _) = serve().await;
    let (status, body) = get(address, "/large/").await;
    assert_eq!(
        (status.as_str(), body.len()),
        ("HTTP/1.1 200 OK", LARGE + 2)
    );
    drop(body);
    let before = resident_bytes();
    for _ in 0..8 {
        // One client reads all, one leaves after the beginning.
        assert_eq!(get(address, "/large/").await.1.len(), LARGE + 2);
        let mut leaving = send(address, "/large/").await;
        let mut beginning = [0; 100];
        leaving.read_exact(&mut beginning).await.unwrap();
        assert!(beginning.starts_with(b"HTTP/1.1 200 OK"));
    }
    if let (Some(before), Some(after)) = (before, resident_bytes()) {
        let kept = after.saturating_sub(before);
        assert!(kept < RESERVE, "{} MiB more than before", kept >> 20);
    }
    assert_eq!(get(address, "/counts/").await.0, "HTTP/1.1 200 OK");
}

/// The memory of this process; `None` where the system does not tell in Linux's way.
fn resident_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

//! Streams: all rows as lines of JSON in constant memory, and new rows as server-sent events.
//!
//! ```text
//! cargo run --example stream
//! curl -N localhost:8000/messages/live/ &
//! curl --json '{"text": "Hello!"}' localhost:8000/messages/
//! curl localhost:8000/messages/export/
//! ```

#![allow(unreachable_pub, clippy::print_stdout, reason = "a program")]

use std::time::Duration;

use futures_util::stream;
use restflow::prelude::*;
use tokio::sync::broadcast::{self, Receiver, Sender, error::RecvError};

mod message {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "message")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub text: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(ModelSerializer)]
#[serializer(entity = message::Entity)]
struct MessageSerializer {
    #[serializer(read_only)]
    id: i32,
    #[validate(length(max = 1000))]
    text: String,
}

/// Messages, which whoever listens gets as they are written.
#[derive(ViewSet)]
struct MessageViewSet {
    written: Sender<message::Model>,
}

impl ApiView for MessageViewSet {
    /// A browser asks for events with `Accept: text/event-stream` and for nothing else.
    fn renderer_classes(&self) -> Renderers {
        Renderers::default()
            .with(NdjsonRenderer)
            .with(EventStreamRenderer)
    }
}

impl GenericView for MessageViewSet {
    type Entity = message::Entity;
    type Serializer = MessageSerializer;

    fn queryset(&self) -> Queryset<Self> {
        message::Entity::find().order_by_asc(message::Column::Id)
    }
}

impl CreateModelMixin for MessageViewSet {
    async fn perform_create(
        &self,
        request: &Request,
        serializer: Validated<Self>,
    ) -> Result<message::Model> {
        let message = serializer.save(request).await?;
        // It fails when nobody listens.
        let _ = self.written.send(message.clone());
        Ok(message)
    }
}

#[actions]
impl MessageViewSet {
    /// All messages, however many: each chunk of rows is a query behind the last row of the one
    /// before, sent no sooner than the client has read so far, and no connection waits for it.
    #[action(detail = false)]
    async fn export(&self, request: &Request) -> Result<Response> {
        let queryset = self.resolved_queryset(request).await?;
        let rows = self.streamed_rows(request, queryset).await?;
        let file = "attachment; filename=messages.ndjson";
        Ok(Response::from(NdjsonResponse::new(rows)).with_header("content-disposition", file))
    }

    /// Messages from now on. A client that leaves ends its stream, and with it the subscription.
    #[action(detail = false)]
    async fn live(&self, _request: &Request) -> Result<Response> {
        let events = stream::unfold(self.written.subscribe(), next_event);
        let response = SseResponse::from_items(events).keep_alive(Duration::from_secs(15));
        Ok(response.into())
    }
}

/// The next message as an event; one that tells what is missing, for a client that is too slow.
async fn next_event(
    mut written: Receiver<message::Model>,
) -> Option<(SseEvent, Receiver<message::Model>)> {
    let event = match written.recv().await {
        Ok(message) => SseEvent::new()
            .id(message.id)
            .event("message")
            .data(message.text),
        Err(RecvError::Lagged(missed)) => SseEvent::new().event("missed").data(missed.to_string()),
        Err(RecvError::Closed) => return None,
    };
    Some((event, written))
}

struct Urlpatterns;

impl UrlConf for Urlpatterns {
    fn urls() -> Urls {
        let (written, _) = broadcast::channel(100);
        let mut router = SimpleRouter::new();
        router.register("messages", MessageViewSet { written });
        Urls::new().include("", router)
    }
}

/// The API, for `main` and for the tests.
pub fn app(db: DatabaseConnection) -> impl Endpoint {
    let api = OpenApiService::new(restflow::api::<Urlpatterns>(db), "Messages", "1.0");
    Route::new().nest("/", api)
}

/// A database in memory. It lives in its one connection, which is never closed.
pub async fn database() -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None);
    let db = Database::connect(options).await?;
    let schema = db.get_schema_builder();
    schema.register(message::Entity).apply(&db).await?;
    Ok(db)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let app = app(database().await?);
    println!("http://127.0.0.1:8000/messages/export/");
    Server::new(CancelOnDisconnect::new(TcpListener::bind("127.0.0.1:8000")))
        .run(app)
        .await?;
    Ok(())
}

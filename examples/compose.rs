//! A view composed by hand: the actions of three mixins, bound to HTTP methods of its own choice.
//!
//! ```text
//! cargo run --example compose
//! curl --json '{"text": "Call Ann."}' localhost:8000/notes/
//! curl localhost:8000/notes/1/
//! ```

#![allow(unreachable_pub, clippy::print_stdout, reason = "a program")]

use restflow::prelude::*;

mod note {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub text: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(ModelSerializer)]
#[serializer(entity = note::Entity)]
struct NoteSerializer {
    #[serializer(read_only)]
    id: i32,
    #[validate(length(max = 280))]
    text: String,
}

/// Notes can be read and written, but not changed.
///
/// A mixin gives the view an action and says nothing about HTTP: `list` and `create` are now
/// methods to call.
#[derive(ListModelMixin, CreateModelMixin)]
struct NoteList;

impl ApiView for NoteList {}

impl GenericView for NoteList {
    type Entity = note::Entity;
    type Serializer = NoteSerializer;

    fn pagination_class(&self) -> Option<Paginator> {
        LimitOffsetPagination::new(10).into()
    }
}

/// `#[handlers]` binds the functions that are named after HTTP methods. What is not here, such as
/// PUT, is answered with 405 and left out of `Allow`. `#[handler(…)]` tells the document which
/// action a function answers like.
#[handlers]
impl NoteList {
    /// A page of notes.
    #[handler(list)]
    async fn get(&self, request: &Request) -> Result<Response> {
        self.list(request).await
    }

    /// Writes a note down.
    #[handler(create)]
    async fn post(&self, request: &Request) -> Result<Response> {
        self.create(request).await
    }
}

/// One note.
#[derive(RetrieveModelMixin)]
struct NoteDetail;

impl ApiView for NoteDetail {}

impl GenericView for NoteDetail {
    type Entity = note::Entity;
    type Serializer = NoteSerializer;
}

#[handlers]
impl NoteDetail {
    /// The note of the path.
    #[handler(retrieve)]
    async fn get(&self, request: &Request) -> Result<Response> {
        self.retrieve(request).await
    }
}

struct Notes;

impl UrlConf for Notes {
    fn urls() -> Urls {
        Urls::new()
            .path("notes/", NoteList)
            .path("notes/{pk}/", NoteDetail)
    }
}

/// The API, for `main` and for the tests.
pub fn app(db: DatabaseConnection) -> impl Endpoint {
    let api = OpenApiService::new(restflow::api::<Notes>(db), "Notes", "1.0");
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
    schema.register(note::Entity).apply(&db).await?;
    Ok(db)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let app = app(database().await?);
    println!("http://127.0.0.1:8000/notes/");
    Server::new(TcpListener::bind("127.0.0.1:8000"))
        .run(app)
        .await?;
    Ok(())
}

//! The smallest resource: an entity, its serializer, its viewset, a router, a server.
//!
//! ```text
//! cargo run --example minimal
//! curl --json '{"title": "Buy milk"}' localhost:8000/todos/
//! curl localhost:8000/todos/
//! ```

#![allow(unreachable_pub, clippy::print_stdout, reason = "a program")]

use restflow::prelude::*;

/// The table.
mod todo {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "todo")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub title: String,
        pub done: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Something to do: what clients read and write, each field with its rules.
#[derive(ModelSerializer)]
#[serializer(entity = todo::Entity)]
struct TodoSerializer {
    #[serializer(read_only)]
    id: i32,
    #[validate(length(max = 100))]
    title: String,
    #[serializer(default)]
    done: bool,
}

/// Things to do. The derive gives it all six actions: list, create, retrieve, update,
/// partial_update and destroy.
#[derive(ModelViewSet)]
struct TodoViewSet;

impl ApiView for TodoViewSet {}

impl GenericView for TodoViewSet {
    type Entity = todo::Entity;
    type Serializer = TodoSerializer;
}

/// The URL configuration: `/` names the lists, `/todos/` and `/todos/{pk}/` are the resource.
struct Todos;

impl UrlConf for Todos {
    fn urls() -> Urls {
        let mut router = DefaultRouter::new();
        router.register("todos", TodoViewSet);
        Urls::new().include("", router)
    }
}

/// The API with its documentation, from the same routes, at `/docs`.
pub fn app(db: DatabaseConnection) -> impl Endpoint {
    let api = OpenApiService::new(restflow::api::<Todos>(db), "Todos", "1.0");
    Route::new().nest("/docs", api.swagger_ui()).nest("/", api)
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
    schema.register(todo::Entity).apply(&db).await?;
    Ok(db)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let app = app(database().await?);
    println!("http://127.0.0.1:8000/todos/");
    Server::new(TcpListener::bind("127.0.0.1:8000"))
        .run(app)
        .await?;
    Ok(())
}

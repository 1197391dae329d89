//! Keys that are not numbers: a UUID that the server gives, and a key of two columns.
//!
//! ```text
//! cargo run --example keys
//! curl --json '{"name": "Ann"}' localhost:8000/people/
//! curl --json '{"aisle": 7, "place": "b", "label": "Nails"}' localhost:8000/shelves/
//! curl -X PATCH --json '{"label": "Screws"}' localhost:8000/shelves/7,b/
//! ```

#![allow(unreachable_pub, clippy::print_stdout, reason = "a program")]

use restflow::prelude::*;

mod person {
    use sea_orm::{Set, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "person")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
    }

    impl ActiveModelBehavior for ActiveModel {
        /// Every new person has a key before it is saved.
        fn new() -> Self {
            Self {
                id: Set(Uuid::new_v4()),
                ..ActiveModelTrait::default()
            }
        }
    }
}

mod shelf {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "shelf")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub aisle: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub place: String,
        pub label: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(ModelSerializer)]
#[serializer(entity = person::Entity)]
struct PersonSerializer {
    #[serializer(read_only)]
    id: Uuid,
    #[validate(length(max = 100))]
    name: String,
}

#[derive(ModelViewSet)]
struct PersonViewSet;

impl ApiView for PersonViewSet {}

impl GenericView for PersonViewSet {
    type Entity = person::Entity;
    type Serializer = PersonSerializer;

    /// Optional: what is no UUID is no path either. Without it, it is a 404 all the same, but the
    /// OpenAPI document knows less.
    fn lookup_value_pattern(&self) -> Option<&'static str> {
        Some("[0-9a-f-]{36}")
    }
}

/// A shelf is created with its key.
#[derive(ModelSerializer)]
#[serializer(entity = shelf::Entity)]
struct ShelfSerializer {
    aisle: i32,
    #[validate(length(max = 4), regex(pattern = "^[a-z]+$"))]
    place: String,
    #[validate(length(max = 100))]
    label: String,
}

/// What may change later: the label, not the key.
#[derive(ModelSerializer)]
#[serializer(entity = shelf::Entity)]
struct ShelfLabelSerializer {
    #[serializer(read_only)]
    aisle: i32,
    #[serializer(read_only)]
    place: String,
    #[validate(length(max = 100))]
    label: String,
}

/// The key of two columns is written with a comma: `/shelves/7,b/`.
#[derive(ModelViewSet)]
struct ShelfViewSet;

impl ApiView for ShelfViewSet {
    fn action_configs(&self) -> ActionConfigs<Self> {
        let label = || ActionConfig::new().serializer::<ShelfLabelSerializer>();
        ActionConfigs::new()
            .action("update", label())
            .action("partial_update", label())
    }
}

impl GenericView for ShelfViewSet {
    type Entity = shelf::Entity;
    type Serializer = ShelfSerializer;
}

struct Keys;

impl UrlConf for Keys {
    fn urls() -> Urls {
        let mut router = DefaultRouter::new();
        router.register("people", PersonViewSet);
        router.register("shelves", ShelfViewSet);
        Urls::new().include("", router)
    }
}

/// The API, for `main` and for the tests.
pub fn app(db: DatabaseConnection) -> impl Endpoint {
    let api = OpenApiService::new(restflow::api::<Keys>(db), "Keys", "1.0");
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
    schema
        .register(person::Entity)
        .register(shelf::Entity)
        .apply(&db)
        .await?;
    Ok(db)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let app = app(database().await?);
    println!("http://127.0.0.1:8000/people/ and http://127.0.0.1:8000/shelves/");
    Server::new(TcpListener::bind("127.0.0.1:8000"))
        .run(app)
        .await?;
    Ok(())
}

//! Viewsets below the rows of others: the recipients of the mails of a client.
//!
//! ```text
//! cargo run --example nested
//! curl localhost:8000/clients/1/mails/
//! curl --json '{"subject": "Hello"}' localhost:8000/clients/1/mails/
//! curl --json '{"address": "ann@example.org"}' localhost:8000/clients/1/mails/1/recipients/
//! curl localhost:8000/clients/2/mails/1/recipients/
//! ```

#![allow(unreachable_pub, clippy::print_stdout, reason = "a program")]

use restflow::prelude::*;

mod client {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "client")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod mail {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "mail")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub client_id: i32,
        pub subject: String,
        #[sea_orm(belongs_to, from = "client_id", to = "id")]
        pub client: BelongsTo<super::client::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod recipient {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "recipient")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub mail_id: i32,
        pub address: String,
        #[sea_orm(belongs_to, from = "mail_id", to = "id")]
        pub mail: BelongsTo<super::mail::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(ModelSerializer)]
#[serializer(entity = client::Entity)]
struct ClientSerializer {
    #[serializer(read_only)]
    id: i32,
    #[validate(length(max = 100))]
    name: String,
}

#[derive(ModelViewSet)]
struct ClientViewSet;

impl ApiView for ClientViewSet {}

impl GenericView for ClientViewSet {
    type Entity = client::Entity;
    type Serializer = ClientSerializer;
}

/// The client of a mail is that of the path, and no field.
#[derive(ModelSerializer)]
#[serializer(entity = mail::Entity)]
struct MailSerializer {
    #[serializer(read_only)]
    id: i32,
    #[validate(length(max = 200))]
    subject: String,
}

/// The mails of one client. A client that does not exist has none.
#[derive(ModelViewSet)]
#[nested_under(ClientViewSet)]
struct MailViewSet;

impl ApiView for MailViewSet {}

impl GenericView for MailViewSet {
    type Entity = mail::Entity;
    type Serializer = MailSerializer;
}

#[derive(ModelSerializer)]
#[serializer(entity = recipient::Entity)]
struct RecipientSerializer {
    #[serializer(read_only)]
    id: i32,
    #[validate(email)]
    address: String,
}

/// The recipients of one mail. Client and mail are looked up first, as their own viewsets show
/// them: where one of them is missing, so are its recipients.
#[derive(ModelViewSet)]
#[nested_under(MailViewSet, resolve_parents)]
struct RecipientViewSet;

impl ApiView for RecipientViewSet {}

impl GenericView for RecipientViewSet {
    type Entity = recipient::Entity;
    type Serializer = RecipientSerializer;
}

#[actions]
impl RecipientViewSet {
    /// What a recipient is sent.
    #[action(detail = true)]
    async fn preview(&self, request: &Request) -> Result<Response> {
        let recipient = self.get_object(request).await?;
        let client: &client::Model = request.parent()?;
        let mail: &mail::Model = request.parent()?;
        Ok(Response::new(serde_json::json!({
            "from": client.name,
            "to": recipient.address,
            "subject": mail.subject,
            "mail": MailViewSet::detail_url(request.under(client.id), mail.id)?,
        })))
    }
}

struct Post;

impl UrlConf for Post {
    fn urls() -> Urls {
        let mut router = DefaultRouter::new();
        router.register("clients", ClientViewSet);
        let mut client = router.nested_in::<ClientViewSet>("client");
        client.register("mails", MailViewSet);
        client
            .nested_in::<MailViewSet>("mail")
            .register("recipients", RecipientViewSet);
        Urls::new().include("", router)
    }
}

/// The API, for `main` and for the tests.
pub fn app(db: DatabaseConnection) -> impl Endpoint {
    let api = OpenApiService::new(restflow::api::<Post>(db), "Post", "1.0");
    Route::new().nest("/", api)
}

/// A database in memory with two clients. It lives in its one connection, which is never closed.
pub async fn database() -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None);
    let db = Database::connect(options).await?;
    let schema = db.get_schema_builder();
    schema
        .register(client::Entity)
        .register(mail::Entity)
        .register(recipient::Entity)
        .apply(&db)
        .await?;
    for name in ["Ann", "Bob"] {
        let client = client::ActiveModel {
            name: Set(name.to_owned()),
            ..Default::default()
        };
        client.insert(&db).await?;
    }
    Ok(db)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let app = app(database().await?);
    println!("http://127.0.0.1:8000/clients/1/mails/");
    Server::new(TcpListener::bind("127.0.0.1:8000"))
        .run(app)
        .await?;
    Ok(())
}

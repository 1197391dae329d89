//! Nested viewsets and typed URLs: which rows a path shows, to which parent new ones belong, who is
//! let in, and where links lead.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    dead_code,
    unreachable_pub,
    reason = "tests"
)]

use std::sync::{Arc, Mutex};

use poem::{http::Method, test::TestClient};
use restflow::{prelude::*, routers::RouteTable};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

mod client {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "client")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        #[sea_orm(has_many)]
        pub mails: HasMany<super::mail::Entity>,
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
        #[sea_orm(default_value = false)]
        pub is_read: bool,
        #[sea_orm(belongs_to, from = "client_id", to = "id")]
        pub client: BelongsTo<super::client::Entity>,
        #[sea_orm(has_many, via = "mail_label")]
        pub labels: HasMany<super::label::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod label {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "label")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub text: String,
        #[sea_orm(has_many, via = "mail_label")]
        pub mails: HasMany<super::mail::Entity>,
        #[sea_orm(has_many)]
        pub links: HasMany<super::mail_label::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod mail_label {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "mail_label")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub mail_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub label_id: i32,
        #[sea_orm(belongs_to, from = "mail_id", to = "id")]
        pub mail: BelongsTo<super::mail::Entity>,
        #[sea_orm(belongs_to, from = "label_id", to = "id")]
        pub label: BelongsTo<super::label::Entity>,
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

/// Its key is a text, and it is looked up by another one.
mod country {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "country")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub code: String,
        #[sea_orm(unique)]
        pub slug: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Its key is a UUID.
mod city {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "city")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub country_code: String,
        #[sea_orm(belongs_to, from = "country_code", to = "code")]
        pub country: BelongsTo<super::country::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod street {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "street")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub city_id: Uuid,
        pub name: String,
        #[sea_orm(belongs_to, from = "city_id", to = "id")]
        pub city: BelongsTo<super::city::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(ModelSerializer)]
#[serializer(entity = client::Entity)]
struct ClientSerializer {
    #[serializer(read_only)]
    id: i32,
    name: String,
}

/// Only the boss sees the client `secret`, and nobody the client `gone`.
struct NoSecret;

impl ObjectPermission<client::Model> for NoSecret {
    fn message(&self) -> Option<&str> {
        Some("This client is secret.")
    }

    async fn has_object_permission(
        &self,
        request: &Request,
        client: &client::Model,
    ) -> Result<bool> {
        Ok(client.name != "secret" || request.headers().contains_key("x-boss"))
    }
}

#[derive(ModelViewSet)]
struct ClientViewSet;

impl ApiView for ClientViewSet {
    fn permission_classes(&self) -> Permissions {
        Permissions::from(AllowAny).with_object(NoSecret)
    }
}

impl GenericView for ClientViewSet {
    type Entity = client::Entity;
    type Serializer = ClientSerializer;

    fn queryset(&self) -> Queryset<Self> {
        client::Entity::find().filter(client::Column::Name.ne("gone"))
    }

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new().with(SearchFilter::new([client::Column::Name]))
    }
}

#[derive(ModelSerializer)]
#[serializer(entity = mail::Entity)]
struct MailSerializer {
    #[serializer(read_only)]
    id: i32,
    #[serializer(read_only, related = client::Entity)]
    client: i32,
    subject: String,
    #[serializer(default)]
    is_read: bool,
}

/// One whose field for the parent is writable.
#[derive(ModelSerializer)]
#[serializer(entity = mail::Entity, unique_together(client, subject))]
struct MovableMailSerializer {
    #[serializer(read_only)]
    id: i32,
    #[serializer(related = client::Entity)]
    client: i32,
    subject: String,
}

/// Mails of one client. Its own queryset does not build on the default.
#[derive(ModelViewSet)]
#[nested_under(ClientViewSet)]
struct MailViewSet;

impl ApiView for MailViewSet {
    fn action_configs(&self) -> ActionConfigs<Self> {
        let unread = mail::Column::IsRead.eq(false);
        ActionConfigs::new().action(
            "unread",
            ActionConfig::new()
                .queryset(move |_view, _request| mail::Entity::find().filter(unread.clone())),
        )
    }
}

impl GenericView for MailViewSet {
    type Entity = mail::Entity;
    type Serializer = MailSerializer;

    async fn get_queryset(&self, _request: &Request) -> Result<Queryset<Self>> {
        Ok(mail::Entity::find().filter(mail::Column::Subject.ne("draft")))
    }

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new().with(SearchFilter::new([mail::Column::Subject]))
    }

    fn pagination_class(&self) -> Option<Paginator> {
        PageNumberPagination::new(10).into()
    }
}

#[actions]
impl MailViewSet {
    #[action(detail = false, list)]
    async fn unread(&self, request: &Request) -> Result<Response> {
        let mails = self.resolved_queryset(request).await?;
        self.list_response(request, mails).await
    }

    #[action(detail = true, methods("post"))]
    async fn read(&self, request: &Request) -> Result<Response> {
        let mail = self.get_object(request).await?;
        let mut mail = mail.into_active_model();
        mail.is_read = Set(true);
        let mail = mail.update(request.db()).await?;
        self.serialized_response(request, mail).await
    }

    #[action(detail = false, methods("post"))]
    async fn bulk(&self, request: &Request) -> Result<Response> {
        let limits = ListLimits {
            max_length: Some(10),
            ..ListLimits::default()
        };
        let mails = self.validated_many(request, limits).await?;
        let mails = mails.save(request).await?;
        self.serialized_response(request, mails).await
    }

    #[action(detail = false, methods("patch"))]
    async fn change(&self, request: &Request) -> Result<Response> {
        let limits = ListLimits::default();
        let mails = self.validated_updates(request, true, limits).await?;
        let mails = mails.save(request).await?;
        self.serialized_response(request, mails).await
    }

    #[action(
        detail = true,
        url_path = "as/{format_name:[a-z]+}/{page}",
        url_name = "as-format"
    )]
    async fn convert(&self, request: &Request) -> Result<Response> {
        let format = request.kwargs().get("format_name");
        Ok(Response::new(format.map(ToOwned::to_owned)))
    }
}

/// The same with a writable field for the parent.
#[derive(ModelViewSet)]
#[nested_under(ClientViewSet)]
struct MovableMailViewSet;

impl ApiView for MovableMailViewSet {}

impl GenericView for MovableMailViewSet {
    type Entity = mail::Entity;
    type Serializer = MovableMailSerializer;
}

#[actions]
impl MovableMailViewSet {
    #[action(detail = false, methods("post"))]
    async fn bulk(&self, request: &Request) -> Result<Response> {
        let limits = ListLimits::default();
        let mails = self.validated_many(request, limits).await?;
        let mails = mails.save(request).await?;
        self.serialized_response(request, mails).await
    }

    #[action(detail = false, methods("patch"))]
    async fn change(&self, request: &Request) -> Result<Response> {
        let limits = ListLimits::default();
        let mails = self.validated_updates(request, true, limits).await?;
        let mails = mails.save(request).await?;
        self.serialized_response(request, mails).await
    }
}

/// Mails that are looked up by a query of their own, which knows no parent.
#[derive(ModelViewSet)]
#[nested_under(ClientViewSet)]
struct OwnLookupViewSet;

impl ApiView for OwnLookupViewSet {}

impl GenericView for OwnLookupViewSet {
    type Entity = mail::Entity;
    type Serializer = MailSerializer;

    fn get_object<'a>(&'a self, request: &'a Request) -> ObjectLookup<'a, Self> {
        ObjectLookup::new(self, request).by(async move {
            let id: i32 = request.kwargs().get("pk").unwrap().parse().unwrap();
            let mail = mail::Entity::find_by_id(id).one(request.db()).await?;
            mail.ok_or_else(ApiError::object_not_found)
        })
    }
}

/// The same two levels down.
#[derive(ModelViewSet)]
#[nested_under(MailViewSet)]
struct OwnLookupRecipientViewSet;

impl ApiView for OwnLookupRecipientViewSet {}

impl GenericView for OwnLookupRecipientViewSet {
    type Entity = recipient::Entity;
    type Serializer = RecipientSerializer;

    fn get_object<'a>(&'a self, request: &'a Request) -> ObjectLookup<'a, Self> {
        ObjectLookup::new(self, request).by(async move {
            let id: i32 = request.kwargs().get("pk").unwrap().parse().unwrap();
            let recipient = recipient::Entity::find_by_id(id).one(request.db()).await?;
            recipient.ok_or_else(ApiError::object_not_found)
        })
    }
}

/// Labels that write their link themselves.
#[derive(ModelViewSet)]
#[nested_under(MailViewSet)]
#[overrides(CreateModelMixin)]
struct LinkedLabelViewSet;

impl ApiView for LinkedLabelViewSet {}

impl GenericView for LinkedLabelViewSet {
    type Entity = label::Entity;
    type Serializer = LabelSerializer;
}

impl CreateModelMixin for LinkedLabelViewSet {
    async fn perform_create(
        &self,
        request: &Request,
        validated: Validated<Self>,
    ) -> Result<Instance<Self>> {
        let label = validated.save(request).await?;
        let mail_id = request.kwargs().get("mail_pk").unwrap().parse().unwrap();
        let link = mail_label::ActiveModel {
            mail_id: Set(mail_id),
            label_id: Set(label.id),
        };
        link.insert(request.db()).await?;
        Ok(label)
    }
}

#[actions]
impl LinkedLabelViewSet {
    #[action(detail = false, methods("post"))]
    async fn bulk(&self, request: &Request) -> Result<Response> {
        let limits = ListLimits::default();
        let labels = self.validated_many(request, limits).await?;
        let labels = labels.save(request).await?;
        self.serialized_response(request, labels).await
    }
}

/// The same, whose client is looked up first.
#[derive(ModelViewSet)]
#[nested_under(ClientViewSet, resolve_parents)]
struct SafeMailViewSet;

impl ApiView for SafeMailViewSet {}

impl GenericView for SafeMailViewSet {
    type Entity = mail::Entity;
    type Serializer = MailSerializer;
}

#[actions]
impl SafeMailViewSet {
    #[action(detail = false)]
    async fn whose(&self, request: &Request) -> Result<Response> {
        let client: &client::Model = request.parent()?;
        Ok(Response::new(client.name.clone()))
    }

    #[action(detail = false)]
    async fn wrong(&self, request: &Request) -> Result<Response> {
        let label: &label::Model = request.parent()?;
        Ok(Response::new(label.text.clone()))
    }
}

#[derive(ModelSerializer)]
#[serializer(entity = recipient::Entity)]
struct RecipientSerializer {
    #[serializer(read_only)]
    id: i32,
    address: String,
}

#[derive(ModelViewSet)]
#[nested_under(MailViewSet)]
struct RecipientViewSet;

impl ApiView for RecipientViewSet {}

impl GenericView for RecipientViewSet {
    type Entity = recipient::Entity;
    type Serializer = RecipientSerializer;
}

#[actions]
impl RecipientViewSet {
    #[action(detail = false)]
    async fn links(&self, request: &Request) -> Result<Response> {
        Ok(Response::new(json!({
            "own": Self::detail_url(request.under((1, 2)), 3)?,
            "list": Self::list_url(request.under((1, 2)))?,
            "mail": MailViewSet::detail_url(request.under(&1), 2)?,
            "client": ClientViewSet::detail_url(request, 1)?,
            "by name": request.reverse("client-detail", &[("pk", "1")])?,
            "by action": request.reverse_action("detail", &[
                ("client_pk", "1"),
                ("mail_pk", "2"),
                ("pk", "3"),
            ])?,
            "actions": request.action_map().iter()
                .map(|(method, action)| json!([method.as_str(), action]))
                .collect::<Vec<_>>(),
        })))
    }
}

/// Mails and clients are looked up first.
#[derive(ModelViewSet)]
#[nested_under(MailViewSet, resolve_parents)]
struct SafeRecipientViewSet;

impl ApiView for SafeRecipientViewSet {}

impl GenericView for SafeRecipientViewSet {
    type Entity = recipient::Entity;
    type Serializer = RecipientSerializer;
}

#[derive(ModelSerializer)]
#[serializer(entity = label::Entity)]
struct LabelSerializer {
    #[serializer(read_only)]
    id: i32,
    text: String,
}

/// The labels of a mail, which are linked to it by a table between.
#[derive(ReadOnlyModelViewSet)]
#[nested_under(MailViewSet)]
struct LabelViewSet;

impl ApiView for LabelViewSet {}

impl GenericView for LabelViewSet {
    type Entity = label::Entity;
    type Serializer = LabelSerializer;
}

#[derive(ModelSerializer)]
#[serializer(entity = country::Entity)]
struct CountrySerializer {
    code: String,
    slug: String,
}

#[derive(ModelViewSet)]
#[lookup_key(String)]
struct CountryViewSet;

impl ApiView for CountryViewSet {}

impl GenericView for CountryViewSet {
    type Entity = country::Entity;
    type Serializer = CountrySerializer;

    fn lookup_field(&self) -> LookupField<Self> {
        country::Column::Slug.into()
    }
}

#[derive(ModelSerializer)]
#[serializer(entity = city::Entity)]
struct CitySerializer {
    id: Uuid,
    #[serializer(read_only)]
    country_code: String,
}

#[derive(ModelViewSet)]
#[nested_under(CountryViewSet)]
struct CityViewSet;

impl ApiView for CityViewSet {}

impl GenericView for CityViewSet {
    type Entity = city::Entity;
    type Serializer = CitySerializer;
}

#[derive(ModelSerializer)]
#[serializer(entity = street::Entity)]
struct StreetSerializer {
    #[serializer(read_only)]
    id: i32,
    name: String,
}

#[derive(ModelViewSet)]
#[nested_under(CityViewSet)]
struct StreetViewSet;

impl ApiView for StreetViewSet {}

impl GenericView for StreetViewSet {
    type Entity = street::Entity;
    type Serializer = StreetSerializer;
}

struct Post;

impl UrlConf for Post {
    fn urls() -> Urls {
        let mut router = DefaultRouter::new();
        router.register("clients", ClientViewSet);
        router.register("countries", CountryViewSet);
        let mut client = router.nested_in::<ClientViewSet>("client");
        client.register("mails", MailViewSet);
        client.register("movable", MovableMailViewSet);
        client.register("safe", SafeMailViewSet);
        client
            .register("own", OwnLookupViewSet)
            .basename("own-mail");
        let mut mail = client.nested_in::<MailViewSet>("mail");
        mail.register("recipients", RecipientViewSet);
        mail.register("safe", SafeRecipientViewSet);
        mail.register("labels", LabelViewSet);
        mail.register("own", OwnLookupRecipientViewSet);
        mail.register("linked", LinkedLabelViewSet);
        // By prefix is the same.
        let mut country = router.nested("countries", "country");
        country.register("cities", CityViewSet);
        country
            .nested("cities", "city")
            .register("streets", StreetViewSet);
        Urls::new().include("", router)
    }
}

/// Two clients with two mails each, one of which is a draft's twin of the other client.
async fn database() -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None);
    let db = Database::connect(options).await.unwrap();
    let schema = db.get_schema_builder();
    schema
        .register(client::Entity)
        .register(mail::Entity)
        .register(label::Entity)
        .register(mail_label::Entity)
        .register(recipient::Entity)
        .register(country::Entity)
        .register(city::Entity)
        .register(street::Entity)
        .apply(&db)
        .await
        .unwrap();
    for statement in [
        "INSERT INTO client (id, name) VALUES (1, 'ann'), (2, 'bob'), (3, 'secret'), (4, 'gone')",
        "INSERT INTO mail (id, client_id, subject, is_read) VALUES
            (1, 1, 'hello', 0), (2, 1, 'again', 1), (3, 2, 'hello', 0), (4, 1, 'draft', 0),
            (5, 3, 'psst', 0), (6, 4, 'late', 0)",
        "INSERT INTO recipient (id, mail_id, address) VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 3, 'c'), (4, 4, 'd')",
        "INSERT INTO label (id, text) VALUES (1, 'red'), (2, 'blue')",
        "INSERT INTO mail_label (mail_id, label_id) VALUES (1, 1), (3, 1), (3, 2)",
        "INSERT INTO country (code, slug) VALUES ('DE', 'germany'), ('FR', 'france')",
    ] {
        db.execute_unprepared(statement).await.unwrap();
    }
    db
}

struct Server<E> {
    client: TestClient<E>,
    statements: Arc<Mutex<Vec<String>>>,
}

async fn server() -> Server<impl Endpoint> {
    let mut db = database().await;
    let statements = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&statements);
    db.set_metric_callback(move |info| log.lock().unwrap().push(info.statement.sql.clone()));
    let api = OpenApiService::new(restflow::api::<Post>(db), "test", "1");
    let app = Route::new()
        .nest("/openapi.json", api.spec_endpoint())
        .nest("/", api);
    Server {
        client: TestClient::new(app),
        statements,
    }
}

impl<E: Endpoint> Server<E> {
    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        self.statements.lock().unwrap().clear();
        let mut request = self.client.request(method, path);
        if let Some(body) = body {
            request = request.body_json(&body);
        }
        let response = request.send().await.0;
        let status = response.status().as_u16();
        let text = response.into_body().into_string().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.ask(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask(Method::POST, path, Some(body)).await
    }

    fn statements(&self) -> Vec<String> {
        self.statements.lock().unwrap().clone()
    }

    /// Status and ids of the rows of a list.
    async fn ids(&self, path: &str) -> (u16, Vec<i64>) {
        let (status, body) = self.get(path).await;
        let rows = body.get("results").unwrap_or(&body);
        let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
        let ids = rows.iter().map(|row| row["id"].as_i64().unwrap());
        (status, ids.collect())
    }
}

#[tokio::test]
async fn rows_are_those_of_the_parent_whatever_the_queryset() {
    let server = server().await;
    for (path, status, ids) in [
        // An own `get_queryset`, an ActionConfig's queryset, and the default one.
        ("/clients/1/mails/", 200, vec![1, 2]),
        ("/clients/2/mails/", 200, vec![3]),
        ("/clients/1/mails/unread/", 200, vec![1, 4]),
        ("/clients/1/movable/", 200, vec![1, 2, 4]),
        // Filters narrow further.
        ("/clients/1/mails/?search=hello", 200, vec![1]),
        // An unknown parent has no rows, and what cannot be a key is none.
        ("/clients/9/mails/", 200, vec![]),
        ("/clients/x/mails/", 404, vec![]),
        ("/clients/99999999999/mails/", 404, vec![]),
        // The grandparent restricts, too.
        ("/clients/1/mails/1/recipients/", 200, vec![1, 2]),
        ("/clients/2/mails/1/recipients/", 200, vec![]),
        ("/clients/2/mails/3/recipients/", 200, vec![3]),
        ("/clients/x/mails/3/recipients/", 404, vec![]),
        ("/clients/2/mails/x/recipients/", 404, vec![]),
        // Through a table between.
        ("/clients/1/mails/1/labels/", 200, vec![1]),
        ("/clients/2/mails/3/labels/", 200, vec![1, 2]),
        ("/clients/1/mails/3/labels/", 200, vec![]),
        ("/clients/1/mails/2/labels/", 200, vec![]),
    ] {
        assert_eq!(server.ids(path).await, (status, ids), "{path}");
    }
    let (_, page) = server.get("/clients/1/mails/").await;
    assert_eq!(page["count"], 2);
}

#[tokio::test]
async fn a_row_of_another_parent_is_not_found() {
    let server = server().await;
    let body = || json!({"subject": "changed"});
    for (path, status) in [
        ("/clients/1/mails/1/", 200),
        ("/clients/2/mails/1/", 404),
        ("/clients/1/mails/3/", 404),
        ("/clients/1/mails/1/recipients/1/", 200),
        ("/clients/1/mails/2/recipients/1/", 404),
        ("/clients/2/mails/1/recipients/1/", 404),
        ("/clients/1/mails/1/labels/1/", 200),
        ("/clients/1/mails/1/labels/2/", 404),
    ] {
        assert_eq!(server.get(path).await.0, status, "{path}");
        assert_eq!(server.statements().len(), 1, "{path}");
    }
    for (method, path) in [
        (Method::PUT, "/clients/2/mails/1/"),
        (Method::PATCH, "/clients/2/mails/1/"),
        (Method::DELETE, "/clients/2/mails/1/"),
        (Method::POST, "/clients/2/mails/1/read/"),
        (Method::DELETE, "/clients/2/mails/1/recipients/1/"),
    ] {
        let answer = server.ask(method.clone(), path, Some(body())).await;
        assert_eq!(answer.0, 404, "{method} {path}");
    }
    let read = server.post("/clients/1/mails/1/read/", json!({})).await;
    assert_eq!((read.0, &read.1["is_read"]), (200, &json!(true)));
    // A list of changes only finds the rows of the parent.
    let changes = json!([{"id": 3, "subject": "mine"}]);
    let path = "/clients/1/mails/change/";
    let (status, errors) = server.ask(Method::PATCH, path, Some(changes)).await;
    assert_eq!(
        (status, errors["0"]["id"][0].is_string()),
        (400, true),
        "{errors}"
    );
}

#[tokio::test]
async fn new_rows_belong_to_the_parent_whatever_the_client_sends() {
    let server = server().await;
    let (status, mail) = server
        .post("/clients/2/mails/", json!({"subject": "new", "client": 1}))
        .await;
    assert_eq!((status, &mail["client"]), (201, &json!(2)));
    assert_eq!(server.statements().len(), 1, "{:?}", server.statements());
    // Also where the field is writable.
    let body = json!({"subject": "newer", "client": 1});
    let (status, mail) = server.post("/clients/2/movable/", body).await;
    assert_eq!((status, &mail["client"]), (201, &json!(2)));
    // A list, too.
    let list = json!([{"subject": "one"}, {"subject": "two", "client": 1}]);
    let (status, mails) = server.post("/clients/2/mails/bulk/", list).await;
    assert_eq!(status, 200, "{mails}");
    assert_eq!(
        (&mails[0]["client"], &mails[1]["client"]),
        (&json!(2), &json!(2))
    );

    // The database knows that there is no such parent; a grandparent is asked for.
    let gone = json!({"non_field_errors": ["The related object does not exist."]});
    let answer = server
        .post("/clients/9/mails/", json!({"subject": "new"}))
        .await;
    assert_eq!(answer, (400, gone.clone()));
    let recipient = || json!({"address": "x"});
    for path in [
        "/clients/2/mails/1/recipients/",
        "/clients/1/mails/9/recipients/",
    ] {
        assert_eq!(
            server.post(path, recipient()).await,
            (400, gone.clone()),
            "{path}"
        );
    }
    let path = "/clients/1/mails/1/recipients/";
    assert_eq!(server.post(path, recipient()).await.0, 201);
    assert_eq!(server.statements().len(), 2);
    let answer = server
        .post("/clients/x/mails/", json!({"subject": "new"}))
        .await;
    assert_eq!(answer.0, 404);
}

#[tokio::test]
async fn an_update_never_moves_a_row() {
    let server = server().await;
    let body = || Some(json!({"subject": "changed", "client": 2}));
    for method in [Method::PUT, Method::PATCH] {
        let (status, mail) = server.ask(method, "/clients/1/mails/1/", body()).await;
        assert_eq!((status, &mail["client"]), (200, &json!(1)));
    }
    for method in [Method::PUT, Method::PATCH] {
        let (status, mail) = server.ask(method, "/clients/1/movable/1/", body()).await;
        assert_eq!((status, &mail["client"]), (200, &json!(1)));
    }
    let changes = json!([{"id": 1, "subject": "one", "client": 2}, {"id": 2, "client": 2}]);
    let path = "/clients/1/movable/change/";
    let (status, mails) = server.ask(Method::PATCH, path, Some(changes)).await;
    assert_eq!(status, 200, "{mails}");
    assert_eq!(
        (&mails[0]["client"], &mails[1]["client"]),
        (&json!(1), &json!(1))
    );
}

#[tokio::test]
async fn validation_judges_the_parent_of_the_path() {
    let server = server().await;
    // Client 1 has a mail `hello`, client 3 does not: whatever is sent for the client.
    let message = "The fields client, subject must make a unique set.";
    let body = json!({"subject": "hello", "client": 3});
    let answer = server.post("/clients/1/movable/", body).await;
    assert_eq!(answer, (400, json!({"non_field_errors": [message]})));
    let body = json!({"subject": "hello", "client": 1});
    let (status, mail) = server.post("/clients/3/movable/", body).await;
    assert_eq!((status, &mail["client"]), (201, &json!(3)), "{mail}");
    // What the path says need not be sent, and may be anything.
    for body in [
        json!({"subject": "a"}),
        json!({"subject": "b", "client": "x"}),
    ] {
        let (status, mail) = server.post("/clients/2/movable/", body).await;
        assert_eq!((status, &mail["client"]), (201, &json!(2)), "{mail}");
    }
    // A parent that is not there.
    let body = json!({"subject": "a", "client": 1});
    let (status, error) = server.post("/clients/9/movable/", body).await;
    assert_eq!((status, error["client"].is_array()), (400, true), "{error}");
    // Lists and forms.
    let list = json!([{"subject": "c"}, {"subject": "hello", "client": 1}, 5]);
    let (status, errors) = server.post("/clients/2/movable/bulk/", list).await;
    let failed: Vec<_> = errors.as_object().unwrap().keys().collect();
    assert_eq!(status, 400);
    assert_eq!(failed, ["1", "2"]);
    let list = json!([{"subject": "c"}, {"subject": "d", "client": 1}]);
    let (status, mails) = server.post("/clients/2/movable/bulk/", list).await;
    assert_eq!((status, &mails[1]["client"]), (200, &json!(2)), "{mails}");
    let form = server.client.post("/clients/2/movable/");
    let form = form.form(&[("subject", "form"), ("client", "1")]);
    let form = form.send().await;
    form.assert_status(StatusCode::CREATED);
    let mail = form.json().await;
    mail.value().object().get("client").assert_i64(2);
}

#[tokio::test]
async fn what_get_object_finds_by_itself_belongs_to_the_parent() {
    let server = server().await;
    for (path, status) in [
        ("/clients/1/own/1/", 200),
        ("/clients/2/own/1/", 404),
        ("/clients/1/own/3/", 404),
        ("/clients/1/mails/1/own/1/", 200),
        ("/clients/2/mails/1/own/1/", 404),
        ("/clients/1/mails/2/own/1/", 404),
    ] {
        assert_eq!(server.get(path).await.0, status, "{path}");
        let (found, _) = server.ask(Method::PATCH, path, Some(json!({}))).await;
        assert_eq!(found, status, "{path}");
    }
}

#[tokio::test]
async fn rows_linked_by_a_table_are_created_with_their_link() {
    let server = server().await;
    let green = || json!({"text": "green"});
    let (status, label) = server.post("/clients/1/mails/2/linked/", green()).await;
    assert_eq!(status, 201, "{label}");
    let id = label["id"].as_i64().unwrap();
    assert_eq!(
        server.ids("/clients/1/mails/2/linked/").await,
        (200, vec![id])
    );
    // Nobody would write the links of these.
    let path = "/clients/1/mails/2/linked/bulk/";
    assert_eq!(server.post(path, json!([green()])).await.0, 500);
}

#[tokio::test]
async fn keys_are_texts_uuids_and_other_columns() {
    let server = server().await;
    let id = "6f1d1f6e-5d5a-4b7e-9b1d-0d4a4a4f9a01";
    let (status, city) = server
        .post("/countries/germany/cities/", json!({"id": id}))
        .await;
    assert_eq!((status, &city["country_code"]), (201, &json!("DE")));
    let (status, _) = server
        .post("/countries/nowhere/cities/", json!({"id": id}))
        .await;
    assert_eq!(status, 400);
    let detail = format!("/countries/france/cities/{id}/");
    assert_eq!(server.get(&detail).await.0, 404);
    assert_eq!(
        server.get(&detail.replace("france", "germany")).await.0,
        200
    );
    assert_eq!(server.statements().len(), 1);
    let streets = format!("/countries/germany/cities/{id}/streets/");
    let (status, _) = server.post(&streets, json!({"name": "High"})).await;
    assert_eq!(status, 201);
    assert_eq!(server.ids(&streets).await, (200, vec![1]));
    assert_eq!(
        server.ids(&streets.replace("germany", "france")).await,
        (200, vec![])
    );
    assert_eq!(
        server.get("/countries/germany/cities/1/streets/").await.0,
        404
    );
}

#[tokio::test]
async fn resolved_parents_answer_as_their_own_viewset() {
    let server = server().await;
    for (path, status, queries) in [
        ("/clients/1/safe/", 200, 2),
        ("/clients/1/safe/1/", 200, 2),
        ("/clients/1/safe/3/", 404, 2),
        // Missing, hidden by the parent's queryset, forbidden by its object permission, no key.
        ("/clients/9/safe/", 404, 1),
        ("/clients/4/safe/", 404, 1),
        ("/clients/3/safe/", 403, 1),
        ("/clients/3/safe/5/", 403, 1),
        ("/clients/x/safe/", 404, 0),
        // The query of the request is not the parent's: `search` would not find `ann`.
        ("/clients/1/safe/?search=hello", 200, 2),
        // One query for each parent; the mail is one that its viewset shows, and the client's.
        ("/clients/1/mails/1/safe/", 200, 3),
        ("/clients/2/mails/1/safe/", 404, 2),
        ("/clients/1/mails/4/safe/", 404, 2),
        ("/clients/3/mails/5/safe/", 403, 1),
    ] {
        assert_eq!(server.get(path).await.0, status, "{path}");
        let statements = server.statements();
        assert_eq!(statements.len(), queries, "{path} {statements:?}");
    }
    let (_, refused) = server.get("/clients/3/safe/").await;
    assert_eq!(refused, json!({"detail": "This client is secret."}));
    let as_boss = server.client.get("/clients/3/safe/").header("x-boss", "1");
    as_boss.send().await.assert_status_is_ok();

    assert_eq!(
        server.get("/clients/1/safe/whose/").await,
        (200, json!("ann"))
    );
    assert_eq!(server.get("/clients/1/safe/wrong/").await.0, 500);
    // The key of a new row is known already.
    let (status, mail) = server
        .post("/clients/1/safe/", json!({"subject": "new"}))
        .await;
    assert_eq!((status, &mail["client"]), (201, &json!(1)));
    assert_eq!(server.statements().len(), 2);
    let (status, _) = server
        .post("/clients/3/safe/", json!({"subject": "new"}))
        .await;
    assert_eq!(status, 403);
    let (status, _) = server.ask(Method::OPTIONS, "/clients/1/safe/", None).await;
    assert_eq!(status, 200);
    let (status, _) = server.ask(Method::OPTIONS, "/clients/9/safe/", None).await;
    assert_eq!(status, 404);
    let (status, _) = server.ask(Method::DELETE, "/clients/3/safe/", None).await;
    assert_eq!(status, 405);
}

#[tokio::test]
async fn urls_are_absolute_for_a_request() {
    let server = server().await;
    let (_, links) = server.get("/clients/1/mails/1/recipients/links/").await;
    let host = "http://localhost";
    assert_eq!(
        links,
        json!({
            "own": format!("{host}/clients/1/mails/2/recipients/3/"),
            "list": format!("{host}/clients/1/mails/2/recipients/"),
            "mail": format!("{host}/clients/1/mails/2/"),
            "client": format!("{host}/clients/1/"),
            "by name": format!("{host}/clients/1/"),
            "by action": format!("{host}/clients/1/mails/2/recipients/3/"),
            "actions": [["GET", "links"]],
        })
    );

    // As in DRF, whose `reverse` preserves it.
    let (_, kept) = server
        .get("/clients/1/mails/1/recipients/links/?format=json")
        .await;
    for name in ["own", "list", "mail", "client", "by name", "by action"] {
        let expected = format!("{}?format=json", links[name].as_str().unwrap());
        assert_eq!(kept[name], expected, "{name}");
    }
}

#[test]
fn urls_are_paths_without_a_request() {
    let urls = RouteTable::of::<Post>();
    let path = |url: Result<String>| url.unwrap();
    assert_eq!(path(ClientViewSet::list_url(urls)), "/clients/");
    assert_eq!(path(ClientViewSet::detail_url(urls, 7)), "/clients/7/");
    assert_eq!(
        path(MailViewSet::list_url(urls.under(7))),
        "/clients/7/mails/"
    );
    assert_eq!(
        path(MailViewSet::unread_url(urls.under(7))),
        "/clients/7/mails/unread/"
    );
    assert_eq!(
        path(MailViewSet::read_url(urls.under(7), 8)),
        "/clients/7/mails/8/read/"
    );
    assert_eq!(
        path(MailViewSet::convert_url(urls.under(7), 8, "pdf", 3)),
        "/clients/7/mails/8/as/pdf/3/"
    );
    assert_eq!(
        path(CountryViewSet::detail_url(urls, "côte")),
        "/countries/c%C3%B4te/"
    );
    let id: Uuid = "6f1d1f6e-5d5a-4b7e-9b1d-0d4a4a4f9a01".parse().unwrap();
    assert_eq!(
        path(CityViewSet::detail_url(urls.under("germany"), id)),
        format!("/countries/germany/cities/{id}/")
    );
    assert_eq!(
        path(StreetViewSet::list_url(urls.under(("germany", id)))),
        format!("/countries/germany/cities/{id}/streets/")
    );
    assert_eq!(
        path(urls.reverse("client-mail-list", &[("client_pk", "7")])),
        "/clients/7/mails/"
    );

    let reason = |url: Result<String>| {
        let error = url.unwrap_err();
        std::error::Error::source(&error).unwrap().to_string()
    };
    let wrong = MailViewSet::convert_url(urls.under(7), 8, "PDF", 3);
    assert!(reason(wrong).contains("`PDF` is no value for `format_name`"));
    let wrong = CountryViewSet::detail_url(urls, "a/b");
    assert!(reason(wrong).contains("must match `[^/.]+`"));
}

#[tokio::test]
async fn the_document_types_the_keys_of_parents() {
    let server = server().await;
    let (_, document) = server.get("/openapi.json").await;
    let parameter = |path: &str, name: &str| {
        let parameters = document["paths"][path]["get"]["parameters"]
            .as_array()
            .unwrap();
        let found = parameters
            .iter()
            .find(|parameter| parameter["name"] == name);
        let found = found.unwrap();
        (found["schema"].clone(), found["description"].clone())
    };
    let integer = json!({"type": "integer"});
    let recipients = "/clients/{client_pk}/mails/{mail_pk}/recipients/{pk}/";
    for (name, noun) in [("client_pk", "client"), ("mail_pk", "mail")] {
        let description = format!("What identifies the {noun} that it belongs to.");
        let expected = (integer.clone(), json!(description));
        assert_eq!(parameter(recipients, name), expected);
    }
    let streets = "/countries/{country_slug}/cities/{city_pk}/streets/";
    let uuid = json!({"type": "string", "format": "uuid"});
    assert_eq!(parameter(streets, "city_pk").0, uuid);
    assert_eq!(
        parameter(streets, "country_slug").0,
        json!({"type": "string"})
    );

    let responses = |path: &str| &document["paths"][path]["get"]["responses"];
    assert!(
        responses("/clients/{client_pk}/mails/")
            .get("403")
            .is_none()
    );
    let safe = responses("/clients/{client_pk}/safe/");
    assert!(safe.get("403").is_some() && safe.get("404").is_some());
}

mod refused {
    use super::*;

    /// A test that these routes are refused with these words.
    macro_rules! refused {
        ($($test:ident: $message:literal => |$router:ident| $routes:block)*) => {$(
            #[test]
            #[should_panic(expected = $message)]
            fn $test() {
                struct Wrong;

                impl UrlConf for Wrong {
                    fn urls() -> Urls {
                        let mut $router = SimpleRouter::new();
                        $routes
                        Urls::new().include("", $router)
                    }
                }

                let _ = RouteTable::of::<Wrong>();
            }
        )*};
    }

    #[derive(ModelViewSet)]
    #[nested_under(MailViewSet)]
    struct NewLabelViewSet;

    impl ApiView for NewLabelViewSet {}

    impl GenericView for NewLabelViewSet {
        type Entity = label::Entity;
        type Serializer = LabelSerializer;
    }

    #[derive(ModelSerializer)]
    #[serializer(entity = mail::Entity)]
    struct NamedClientSerializer {
        subject: String,
        #[serializer(related = client::Entity, slug_field = "name")]
        client: String,
    }

    #[derive(ModelViewSet)]
    #[nested_under(ClientViewSet)]
    struct NamedClientViewSet;

    impl ApiView for NamedClientViewSet {}

    impl GenericView for NamedClientViewSet {
        type Entity = mail::Entity;
        type Serializer = NamedClientSerializer;
    }

    #[derive(ModelViewSet)]
    struct CurrentClientViewSet;

    impl ApiView for CurrentClientViewSet {}

    impl GenericView for CurrentClientViewSet {
        type Entity = client::Entity;
        type Serializer = ClientSerializer;

        fn lookup_field(&self) -> LookupField<Self> {
            Lookup::Own
        }
    }

    #[derive(ModelViewSet)]
    #[nested_under(CurrentClientViewSet)]
    struct OfCurrentClient;

    impl ApiView for OfCurrentClient {}

    impl GenericView for OfCurrentClient {
        type Entity = mail::Entity;
        type Serializer = MailSerializer;
    }

    /// A link has a key of two columns.
    #[derive(ModelSerializer)]
    #[serializer(entity = mail_label::Entity)]
    struct LinkSerializer {
        mail_id: i32,
    }

    #[derive(ReadOnlyModelViewSet)]
    struct LinkViewSet;

    impl ApiView for LinkViewSet {}

    impl GenericView for LinkViewSet {
        type Entity = mail_label::Entity;
        type Serializer = LinkSerializer;
    }

    #[derive(ReadOnlyModelViewSet)]
    #[nested_under(LinkViewSet)]
    struct LabelOfLink;

    impl ApiView for LabelOfLink {}

    impl GenericView for LabelOfLink {
        type Entity = label::Entity;
        type Serializer = LabelSerializer;
    }

    refused! {
        a_nested_viewset_at_the_top: "below no other viewset, where it would show the rows of all \
            parents: register it with `router.nested_in::<ClientViewSet>(\"…\")`" => |router| {
            router.register("mails", MailViewSet);
        }
        a_nested_viewset_below_another: "is nested under `nesting::ClientViewSet` and registered \
            at `countries/{country_slug:[^/.]+}/mails`, below the viewset `country`" => |router| {
            router.register("countries", CountryViewSet);
            router.nested("countries", "country").register("mails", MailViewSet);
        }
        a_parent_that_is_not_there: "nothing can be nested in `nesting::ClientViewSet` here" => |router| {
            router.nested_in::<ClientViewSet>("client").register("mails", MailViewSet);
        }
        a_parent_that_is_there_twice: "it is at [\"a\", \"b\"]" => |router| {
            router.register("a", ClientViewSet);
            router.register("b", ClientViewSet).basename("b");
            router.nested_in::<ClientViewSet>("client").register("mails", MailViewSet);
        }
        a_new_row_of_no_parent: "would create rows that do not belong to the parent of the path" => |router| {
            router.register("clients", ClientViewSet);
            let mut client = router.nested_in::<ClientViewSet>("client");
            client.register("mails", MailViewSet);
            client.nested_in::<MailViewSet>("mail").register("labels", NewLabelViewSet);
        }
        a_field_that_takes_no_key_of_the_parent: "for the column `client_id`, which the parent of \
            the path fills, and the field takes no plain key" => |router| {
            router.register("clients", ClientViewSet);
            router.nested_in::<ClientViewSet>("client").register("mails", NamedClientViewSet);
        }
        a_parent_without_a_key: "says `Lookup::Own`, so that no capture names the parent" => |router| {
            router.register("clients", CurrentClientViewSet);
            router.nested_in::<CurrentClientViewSet>("client").register("mails", OfCurrentClient);
        }
        a_parent_with_a_composite_key: "has a key of several columns" => |router| {
            router.register("links", LinkViewSet);
            router.nested_in::<LinkViewSet>("link").register("labels", LabelOfLink);
        }
    }
}

mod places {
    use super::*;

    #[derive(ReadOnlyModelViewSet)]
    struct LinkedViewSet;

    impl ApiView for LinkedViewSet {}

    impl GenericView for LinkedViewSet {
        type Entity = client::Entity;
        type Serializer = ClientSerializer;
    }

    #[actions]
    impl LinkedViewSet {
        #[action(detail = false)]
        async fn links(&self, request: &Request) -> Result<Response> {
            let links = [Self::list_url(request)?, Self::detail_url(request, 7)?];
            Ok(Response::new(links))
        }
    }

    /// Looked up by another column, and the type of its key is not told.
    #[derive(ReadOnlyModelViewSet)]
    struct SlugViewSet;

    impl ApiView for SlugViewSet {}

    impl GenericView for SlugViewSet {
        type Entity = country::Entity;
        type Serializer = CountrySerializer;

        fn lookup_field(&self) -> LookupField<Self> {
            country::Column::Slug.into()
        }
    }

    fn router() -> SimpleRouter {
        let mut router = SimpleRouter::new();
        router.register("linked", LinkedViewSet);
        router
    }

    /// Is not nested by its type: it may stand below anything.
    #[derive(ReadOnlyModelViewSet)]
    struct AnywhereViewSet;

    impl ApiView for AnywhereViewSet {}

    impl GenericView for AnywhereViewSet {
        type Entity = client::Entity;
        type Serializer = ClientSerializer;
    }

    #[derive(ReadOnlyModelViewSet)]
    #[nested_under(AnywhereViewSet)]
    struct BelowViewSet;

    impl ApiView for BelowViewSet {}

    impl GenericView for BelowViewSet {
        type Entity = mail::Entity;
        type Serializer = MailSerializer;
    }

    #[actions]
    impl BelowViewSet {
        #[action(detail = false)]
        async fn links(&self, request: &Request) -> Result<Response> {
            let links = [
                Self::list_url(request.under(1))?,
                Self::detail_url(request.under(2), 7)?,
            ];
            Ok(Response::new(links))
        }
    }

    struct Prefixed;

    impl UrlConf for Prefixed {
        fn urls() -> Urls {
            let mut router = SimpleRouter::new();
            router.register("countries", CountryViewSet);
            let mut country = router.nested("countries", "country");
            country.register("clients", AnywhereViewSet);
            country
                .nested("clients", "client")
                .register("mails", BelowViewSet);
            Urls::new().include("", router)
        }
    }

    #[tokio::test]
    async fn keys_of_outer_parents_come_from_the_request() {
        let db = Database::connect("sqlite::memory:").await.unwrap();
        let api = OpenApiService::new(restflow::api::<Prefixed>(db), "test", "1");
        let client = TestClient::new(api);
        let links = client.get("/countries/de/clients/1/mails/links/").send();
        let clients = "http://localhost/countries/de/clients";
        let list = format!("{clients}/1/mails/");
        links
            .await
            .assert_json(json!([list, format!("{clients}/2/mails/7/")]))
            .await;
        let urls = RouteTable::of::<Prefixed>();
        let error = BelowViewSet::list_url(urls.under(1)).unwrap_err();
        let reason = std::error::Error::source(&error).unwrap().to_string();
        assert!(reason.contains("country_slug"), "{reason}");
    }

    struct Versions;

    impl UrlConf for Versions {
        fn urls() -> Urls {
            let mut slugs = SimpleRouter::new();
            slugs.register("slugs", SlugViewSet);
            Urls::new()
                .include_as("v1", "v1/", router())
                .include_as("v2", "v2/", router())
                .include("of/{tenant}/", router())
                .include("", slugs)
        }
    }

    #[tokio::test]
    async fn links_stay_in_the_prefix_of_the_request() {
        let db = Database::connect("sqlite::memory:").await.unwrap();
        let api = OpenApiService::new(restflow::api::<Versions>(db), "test", "1");
        let client = TestClient::new(api);
        for prefix in ["v1", "v2", "of/a%20b"] {
            let path = format!("/{prefix}/linked/links/");
            let list = format!("http://localhost/{prefix}/linked/");
            let links = client.get(path).send().await;
            links
                .assert_json(json!([list.as_str(), format!("{list}7/")]))
                .await;
        }
        let urls = RouteTable::of::<Versions>();
        let first = LinkedViewSet::detail_url(urls, 7).unwrap();
        assert_eq!(first, "/v1/linked/7/");
    }

    #[test]
    fn a_key_of_the_wrong_column_leads_nowhere() {
        let urls = RouteTable::of::<Versions>();
        assert_eq!(SlugViewSet::list_url(urls).unwrap(), "/slugs/");
        let error = SlugViewSet::detail_url(urls, "DE").unwrap_err();
        let reason = std::error::Error::source(&error).unwrap().to_string();
        assert!(reason.contains("`#[lookup_key(String)]`"), "{reason}");
        let error = ClientViewSet::list_url(urls).unwrap_err();
        let reason = std::error::Error::source(&error).unwrap().to_string();
        assert!(reason.contains("no router has such a route"), "{reason}");
    }
}

/// Shelves of several owners: what one of them sees and writes is never of another.
mod tenants {
    use super::*;

    mod shelf {
        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "shelf")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub owner: String,
            /// Unique among those of the owner only.
            pub slug: String,
            #[sea_orm(has_many)]
            pub books: HasMany<super::book::Entity>,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    mod book {
        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "book")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub shelf_id: i32,
            pub title: String,
            #[sea_orm(belongs_to, from = "shelf_id", to = "id")]
            pub shelf: BelongsTo<super::shelf::Entity>,
            #[sea_orm(has_many)]
            pub pages: HasMany<super::page::Entity>,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    mod page {
        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "page")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub book_id: i32,
            #[sea_orm(belongs_to, from = "book_id", to = "id")]
            pub book: BelongsTo<super::book::Entity>,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    #[derive(ModelSerializer)]
    #[serializer(entity = shelf::Entity)]
    struct ShelfSerializer {
        #[serializer(read_only)]
        id: i32,
        slug: String,
    }

    #[derive(ReadOnlyModelViewSet)]
    #[lookup_key(String)]
    struct ShelfViewSet;

    impl ApiView for ShelfViewSet {}

    impl GenericView for ShelfViewSet {
        type Entity = shelf::Entity;
        type Serializer = ShelfSerializer;

        fn lookup_field(&self) -> LookupField<Self> {
            shelf::Column::Slug.into()
        }

        async fn get_queryset(&self, request: &Request) -> Result<Queryset<Self>> {
            let owner = request.headers().get("x-user");
            let owner = owner
                .map(|owner| owner.to_str().unwrap())
                .unwrap_or_default();
            Ok(shelf::Entity::find().filter(shelf::Column::Owner.eq(owner)))
        }
    }

    #[derive(ModelSerializer)]
    #[serializer(entity = book::Entity)]
    struct BookSerializer {
        #[serializer(read_only)]
        id: i32,
        #[serializer(read_only, related = shelf::Entity)]
        shelf: i32,
        title: String,
    }

    #[derive(ModelViewSet)]
    #[nested_under(ShelfViewSet, resolve_parents)]
    struct BookViewSet;

    impl ApiView for BookViewSet {}

    impl GenericView for BookViewSet {
        type Entity = book::Entity;
        type Serializer = BookSerializer;
    }

    #[derive(ModelSerializer)]
    #[serializer(entity = page::Entity)]
    struct PageSerializer {
        #[serializer(read_only)]
        id: i32,
    }

    /// Does not say `resolve_parents` itself.
    #[derive(ModelViewSet)]
    #[nested_under(BookViewSet)]
    struct PageViewSet;

    impl ApiView for PageViewSet {}

    impl GenericView for PageViewSet {
        type Entity = page::Entity;
        type Serializer = PageSerializer;
    }

    struct Library;

    impl UrlConf for Library {
        fn urls() -> Urls {
            let mut router = SimpleRouter::new();
            router.register("shelves", ShelfViewSet);
            let mut shelf = router.nested_in::<ShelfViewSet>("shelf");
            shelf.register("books", BookViewSet);
            shelf
                .nested_in::<BookViewSet>("book")
                .register("pages", PageViewSet);
            Urls::new().include("", router)
        }
    }

    async fn database() -> DatabaseConnection {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None);
        let db = Database::connect(options).await.unwrap();
        let schema = db.get_schema_builder();
        schema
            .register(shelf::Entity)
            .register(book::Entity)
            .register(page::Entity)
            .apply(&db)
            .await
            .unwrap();
        for statement in [
            "INSERT INTO shelf (id, owner, slug) VALUES (1, 'bob', 's'), (2, 'ann', 's'), (3, 'bob', 't')",
            "INSERT INTO book (id, shelf_id, title) VALUES (1, 1, 'of bob'), (2, 2, 'of ann'), (3, 3, 'of bob')",
            "INSERT INTO page (id, book_id) VALUES (1, 1), (2, 2), (3, 3)",
        ] {
            db.execute_unprepared(statement).await.unwrap();
        }
        db
    }

    /// The answer to Ann.
    async fn ask<E: Endpoint>(
        client: &TestClient<E>,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let mut request = client.request(method, path).header("x-user", "ann");
        if let Some(body) = body {
            request = request.body_json(&body);
        }
        let response = request.send().await.0;
        let status = response.status().as_u16();
        let text = response.into_body().into_string().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    #[tokio::test]
    async fn a_resolved_parent_is_that_row_and_no_other_of_its_slug() {
        let api = restflow::api::<Library>(database().await);
        let client = TestClient::new(OpenApiService::new(api, "test", "1"));
        let own = json!({"id": 2, "shelf": 2, "title": "of ann"});
        let answer = ask(&client, Method::GET, "/shelves/s/books/", None).await;
        assert_eq!(answer, (200, json!([own])));
        let title = || Some(json!({"title": "changed"}));
        for (method, body) in [
            (Method::GET, None),
            (Method::PATCH, title()),
            (Method::DELETE, None),
        ] {
            let (status, _) = ask(&client, method.clone(), "/shelves/s/books/1/", body).await;
            assert_eq!(status, 404, "{method}");
        }
        let (status, book) = ask(&client, Method::POST, "/shelves/s/books/", title()).await;
        assert_eq!((status, &book["shelf"]), (201, &json!(2)));
    }

    #[tokio::test]
    async fn what_is_below_a_protected_row_is_protected() {
        let api = restflow::api::<Library>(database().await);
        let client = TestClient::new(OpenApiService::new(api, "test", "1"));
        for (method, path, expected) in [
            (Method::GET, "/shelves/t/books/3/", 404),
            (Method::GET, "/shelves/t/books/3/pages/", 404),
            (Method::POST, "/shelves/t/books/3/pages/", 404),
            (Method::DELETE, "/shelves/t/books/3/pages/3/", 404),
            (Method::GET, "/shelves/s/books/1/pages/", 404),
            (Method::DELETE, "/shelves/s/books/1/pages/1/", 404),
            (Method::GET, "/shelves/s/books/2/pages/2/", 200),
            (Method::POST, "/shelves/s/books/2/pages/", 201),
        ] {
            let body = (method == Method::POST).then(|| json!({}));
            let (status, _) = ask(&client, method.clone(), path, body).await;
            assert_eq!(status, expected, "{method} {path}");
        }
    }

    #[derive(ReadOnlyModelViewSet)]
    #[nested_under(ShelfViewSet)]
    struct UnresolvedBookViewSet;

    impl ApiView for UnresolvedBookViewSet {}

    impl GenericView for UnresolvedBookViewSet {
        type Entity = book::Entity;
        type Serializer = BookSerializer;
    }

    #[test]
    #[should_panic(
        expected = "ask it with `#[nested_under(ShelfViewSet, resolve_parents)]`, or declare the \
                    column `#[sea_orm(unique)]`"
    )]
    fn a_slug_that_is_not_unique_needs_its_viewset() {
        struct Wrong;

        impl UrlConf for Wrong {
            fn urls() -> Urls {
                let mut router = SimpleRouter::new();
                router.register("shelves", ShelfViewSet);
                router
                    .nested_in::<ShelfViewSet>("shelf")
                    .register("books", UnresolvedBookViewSet);
                Urls::new().include("", router)
            }
        }

        let _ = RouteTable::of::<Wrong>();
    }
}

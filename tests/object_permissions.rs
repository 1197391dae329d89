//! `check_object_permissions` as a hook: it sees the whole row on every way to an object, and
//! `retrieve` reads no more than it must.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

use std::sync::{Arc, Mutex};

use poem::test::TestClient;
use restflow::prelude::*;
use sea_orm::ConnectionTrait;

mod document {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "document")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub title: String,
        /// No serializer shows it.
        pub sealed: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(ModelSerializer)]
#[serializer(entity = document::Entity)]
struct DocumentSerializer {
    #[serializer(read_only)]
    id: i32,
    title: String,
}

/// A rule that looks at the row.
#[derive(ViewSet, RetrieveModelMixin, UpdateModelMixin, DestroyModelMixin)]
struct Sealed;

impl ApiView for Sealed {
    async fn check_object_permissions(
        &self,
        request: &Request,
        object: ObjectRef<'_>,
    ) -> Result<()> {
        defaults::check_object_permissions(self, request, object).await?;
        assert!(!object.is::<String>() && object.get::<String>().await?.is_none());
        let first = object.get::<document::Model>().await?.unwrap();
        let again = object.get::<document::Model>().await?.unwrap();
        assert_eq!(first, again, "it is read once");
        if first.sealed {
            return Err(self.permission_denied(request, Some("It is sealed."), None));
        }
        Ok(())
    }
}

impl GenericView for Sealed {
    type Entity = document::Entity;
    type Serializer = DocumentSerializer;
}

#[actions]
impl Sealed {
    /// A handler that finds its object in another way.
    #[action(detail = false)]
    async fn last(&self, request: &Request) -> Result<Response> {
        let documents = document::Entity::find().order_by_desc(document::Column::Id);
        let document = documents.one(request.db()).await?;
        let document = document.ok_or_else(ApiError::object_not_found)?;
        self.check_object_permissions(request, (&document).into())
            .await?;
        Ok(Response::new(document.title))
    }
}

/// A rule that never looks at the row.
#[derive(ViewSet, RetrieveModelMixin, UpdateModelMixin, DestroyModelMixin)]
struct Closed;

impl ApiView for Closed {
    async fn check_object_permissions(
        &self,
        request: &Request,
        _object: ObjectRef<'_>,
    ) -> Result<()> {
        match request.query_params().get("open") {
            Some(_) => Ok(()),
            None => Err(self.permission_denied(request, Some("It is closed."), None)),
        }
    }
}

impl GenericView for Closed {
    type Entity = document::Entity;
    type Serializer = DocumentSerializer;
}

struct NotSealed;

impl ObjectPermission<document::Model> for NotSealed {
    async fn has_object_permission(
        &self,
        _request: &Request,
        document: &document::Model,
    ) -> Result<bool> {
        Ok(!document.sealed)
    }
}

/// The same rule as that of `Sealed`, as a permission.
#[derive(ViewSet, RetrieveModelMixin, UpdateModelMixin, DestroyModelMixin)]
struct Ruled;

impl ApiView for Ruled {
    fn permission_classes(&self) -> Permissions {
        Permissions::new().with_object(NotSealed)
    }
}

impl GenericView for Ruled {
    type Entity = document::Entity;
    type Serializer = DocumentSerializer;
}

struct Api;

impl UrlConf for Api {
    fn urls() -> Urls {
        let mut router = SimpleRouter::new();
        router.register("sealed", Sealed);
        router.register("closed", Closed);
        router.register("ruled", Ruled);
        Urls::new().include("", router)
    }
}

/// Each line: the request, its status, a part of its body, and its number of SELECT statements.
async fn check(lines: &[(&str, u16, &str, usize)]) {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None);
    let mut db = Database::connect(options).await.unwrap();
    let schema = db.get_schema_builder().register(document::Entity);
    schema.apply(&db).await.unwrap();
    db.execute_unprepared("INSERT INTO document (title, sealed) VALUES ('Map', 0), ('Will', 1)")
        .await
        .unwrap();
    let selects = Arc::new(Mutex::new(0));
    let counted = selects.clone();
    db.set_metric_callback(move |info| {
        *counted.lock().unwrap() += usize::from(info.statement.sql.starts_with("SELECT"));
    });
    let client = TestClient::new(OpenApiService::new(restflow::api::<Api>(db), "test", "1"));
    for (asked, status, expected, queries) in lines {
        let (method, path) = asked.split_once(' ').unwrap();
        *selects.lock().unwrap() = 0;
        let request = client.request(method.parse().unwrap(), path);
        let response = request
            .body_json(&serde_json::json!({"title": "New"}))
            .send()
            .await
            .0;
        assert_eq!(response.status().as_u16(), *status, "{asked}");
        let body = response.into_body().into_string().await.unwrap();
        assert!(body.contains(expected), "{asked}: {body}");
        assert_eq!(*selects.lock().unwrap(), *queries, "{asked}");
    }
}

#[tokio::test]
async fn an_override_sees_the_whole_row_on_every_way_to_it() {
    check(&[
        // The shown columns, and the row that the rule looks at.
        ("GET /sealed/1/", 200, "Map", 2),
        ("GET /sealed/2/", 403, "It is sealed.", 2),
        ("GET /sealed/3/", 404, "Not found", 1),
        ("PUT /sealed/2/", 403, "It is sealed.", 1),
        ("PATCH /sealed/2/", 403, "It is sealed.", 1),
        ("DELETE /sealed/2/", 403, "It is sealed.", 1),
        ("GET /sealed/last/", 403, "It is sealed.", 1),
        ("PATCH /sealed/1/", 200, "New", 1),
        ("DELETE /sealed/1/", 204, "", 1),
    ])
    .await;
}

#[tokio::test]
async fn what_no_rule_looks_at_is_not_read() {
    check(&[
        ("GET /closed/1/", 403, "It is closed.", 1),
        ("GET /closed/1/?open=1", 200, "Map", 1),
        // Nobody is refused an object that is not there.
        ("GET /closed/9/", 404, "Not found", 1),
        ("DELETE /closed/1/", 403, "It is closed.", 1),
    ])
    .await;
}

#[tokio::test]
async fn a_permission_about_the_object_costs_no_query() {
    check(&[
        ("GET /ruled/1/", 200, "Map", 1),
        ("GET /ruled/2/", 403, "permission", 1),
        ("GET /ruled/3/", 404, "Not found", 1),
    ])
    .await;
}

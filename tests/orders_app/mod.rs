//! Orders with an address, lines, parts of lines, and labels, to be written in every way.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "shared by tests"
)]

use std::sync::{Arc, Mutex};

use restflow::prelude::*;
use sea_orm::{ConnectionTrait, PaginatorTrait, Schema, TransactionTrait};

pub mod address {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "address")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub street: String,
        #[sea_orm(unique)]
        pub code: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod label {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "label")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        pub name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod purchase {
    use restflow::prelude::{
        model_serializer,
        sea_orm::{self, entity::prelude::*},
    };

    #[model_serializer(
        PlacedSerializer,
        fields(id, number, shop, position, note, address, labels),
        extra(labels(required = false))
    )]
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "purchase")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        pub number: String,
        #[sea_orm(unique_key = "shop_position", default_value = 0)]
        pub shop: i32,
        #[sea_orm(unique_key = "shop_position")]
        pub position: Option<i32>,
        pub note: Option<String>,
        pub owner: Option<String>,
        pub address_id: Option<i32>,
        #[sea_orm(belongs_to, from = "address_id", to = "id")]
        pub address: BelongsTo<Option<super::address::Entity>>,
        #[sea_orm(has_many)]
        pub lines: HasMany<super::line::Entity>,
        #[sea_orm(has_many, via = "purchase_label")]
        pub labels: HasMany<super::label::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod purchase_label {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "purchase_label")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub purchase_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub label_id: i32,
        #[sea_orm(belongs_to, from = "purchase_id", to = "id", on_delete = "Cascade")]
        pub purchase: BelongsTo<super::purchase::Entity>,
        #[sea_orm(belongs_to, from = "label_id", to = "id")]
        pub label: BelongsTo<super::label::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod line {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "line")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub purchase_id: i32,
        #[sea_orm(unique)]
        pub serial: String,
        pub quantity: i32,
        pub comment: Option<String>,
        #[sea_orm(belongs_to, from = "purchase_id", to = "id", on_delete = "Cascade")]
        pub purchase: BelongsTo<super::purchase::Entity>,
        #[sea_orm(has_many)]
        pub parts: HasMany<super::part::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod part {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "part")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub line_id: i32,
        pub name: String,
        #[sea_orm(belongs_to, from = "line_id", to = "id")]
        pub line: BelongsTo<super::line::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(ModelSerializer)]
#[serializer(entity = address::Entity)]
pub struct AddressSerializer {
    #[serializer(read_only)]
    pub id: i32,
    #[validate(length(max = 20))]
    pub street: String,
    #[serializer(unique)]
    pub code: String,
}

#[derive(ModelSerializer)]
#[serializer(entity = label::Entity)]
pub struct LabelSerializer {
    #[serializer(read_only)]
    pub id: i32,
    #[serializer(unique)]
    pub name: String,
}

#[derive(ModelSerializer)]
#[serializer(entity = part::Entity)]
pub struct PartSerializer {
    #[serializer(read_only)]
    pub id: i32,
    pub name: String,
}

#[derive(ModelSerializer)]
#[serializer(entity = line::Entity)]
pub struct LineSerializer {
    #[serializer(read_only)]
    pub id: i32,
    #[serializer(unique)]
    pub serial: String,
    #[validate(range(min = 1, max = 99))]
    pub quantity: i32,
    pub comment: Option<String>,
    #[serializer(nested(write = "replace"), required = false)]
    pub parts: Vec<PartSerializer>,
}

/// A line that says itself to which order it belongs.
#[derive(ModelSerializer)]
#[serializer(entity = line::Entity, name = "LooseLine")]
pub struct LooseLineSerializer {
    #[serializer(read_only)]
    pub id: i32,
    #[serializer(related = purchase::Entity, required = false)]
    pub purchase: i32,
    pub serial: String,
    pub quantity: i32,
}

/// An order whose rows are all replaced.
#[derive(ModelSerializer)]
#[serializer(entity = purchase::Entity, name = "Replaced")]
pub struct ReplacedSerializer {
    #[serializer(read_only)]
    pub id: i32,
    #[serializer(unique)]
    pub number: String,
    #[serializer(required = false)]
    pub shop: i32,
    pub note: Option<String>,
    #[serializer(read_only)]
    pub owner: Option<String>,
    #[serializer(nested(write = "upsert"))]
    pub address: Option<AddressSerializer>,
    /// What was ordered.
    #[validate(length(max = 50))]
    #[serializer(nested(write = "replace"), required = false)]
    pub lines: Vec<LineSerializer>,
    #[serializer(nested(write = "replace"), required = false)]
    pub labels: Vec<LabelSerializer>,
}

/// An order whose rows are changed by their keys.
#[derive(ModelSerializer)]
#[serializer(entity = purchase::Entity, name = "Upserted")]
pub struct UpsertedSerializer {
    #[serializer(read_only)]
    pub id: i32,
    #[serializer(unique)]
    pub number: String,
    #[serializer(nested(write = "create"))]
    pub address: Option<AddressSerializer>,
    #[serializer(nested(write = "upsert"), required = false)]
    pub lines: Vec<LineSerializer>,
    #[serializer(nested(write = "upsert"), required = false)]
    pub labels: Vec<LabelSerializer>,
}

/// An order whose rows are only added to, and which links labels.
#[derive(ModelSerializer)]
#[serializer(entity = purchase::Entity, name = "Appended")]
pub struct AppendedSerializer {
    #[serializer(read_only)]
    pub id: i32,
    #[serializer(unique)]
    pub number: String,
    #[serializer(nested(write = "link"))]
    pub address: Option<AddressSerializer>,
    #[serializer(nested(write = "create"), required = false)]
    pub lines: Vec<LooseLineSerializer>,
    #[serializer(nested(write = "link"), required = false)]
    pub labels: Vec<LabelSerializer>,
}

/// An order alone, with keys for its relations.
#[derive(ModelSerializer)]
#[serializer(entity = purchase::Entity, name = "Flat")]
pub struct FlatSerializer {
    #[serializer(read_only)]
    pub id: i32,
    #[serializer(unique)]
    pub number: String,
    #[serializer(required = false)]
    pub shop: i32,
    pub position: Option<i32>,
    #[serializer(validate = Self::check_note)]
    pub note: Option<String>,
    #[serializer(read_only)]
    pub owner: Option<String>,
    #[serializer(related = address::Entity)]
    pub address: Option<i32>,
    #[serializer(related = label::Entity, required = false)]
    pub labels: Vec<i32>,
}

impl FlatSerializer {
    /// Some notes are looked up, which takes a connection of its own.
    async fn check_note(note: &mut String, validation: &Validation<'_>) -> Result<()> {
        if note == "look up" {
            let transaction = validation.context().db().begin().await?;
            tokio::task::yield_now().await;
            let count = label::Entity::find().count(&transaction).await?;
            *note = format!("{count} labels");
            transaction.commit().await?;
        }
        Ok(())
    }
}

/// What the request says happens between the checks and the save: another request is faster.
async fn meanwhile(request: &Request) -> Result<()> {
    if let Some(statement) = request.headers().get("x-meanwhile") {
        let statement = statement.to_str().unwrap();
        request.db().execute_unprepared(statement).await?;
    }
    Ok(())
}

macro_rules! orders {
    ($view:ident, $serializer:ty) => {
        #[derive(ViewSet, ListModelMixin, RetrieveModelMixin, DestroyModelMixin)]
        pub struct $view;

        impl ApiView for $view {}

        impl GenericView for $view {
            type Entity = purchase::Entity;
            type Serializer = $serializer;
        }

        impl CreateModelMixin for $view {
            async fn perform_create(
                &self,
                request: &Request,
                serializer: Validated<Self>,
            ) -> Result<purchase::Model> {
                meanwhile(request).await?;
                serializer
                    .set(purchase::Column::Owner, "ann")
                    .save(request)
                    .await
            }
        }

        impl UpdateModelMixin for $view {
            async fn perform_update(
                &self,
                request: &Request,
                serializer: Validated<Self>,
            ) -> Result<purchase::Model> {
                meanwhile(request).await?;
                serializer
                    .set(purchase::Column::Owner, "bob")
                    .save(request)
                    .await
            }
        }
    };
}

orders!(Replaced, ReplacedSerializer);
orders!(Upserted, UpsertedSerializer);
orders!(Appended, AppendedSerializer);
orders!(Flat, FlatSerializer);
orders!(Placed, purchase::PlacedSerializer);

macro_rules! lists {
    ($view:ident) => {
        #[actions]
        impl $view {
            /// Create several orders.
            #[action(detail = false, methods("post"))]
            async fn bulk(&self, request: &Request) -> Result<Response> {
                let limits = ListLimits {
                    allow_empty: false,
                    max_length: Some(1000),
                    ..ListLimits::default()
                };
                let orders = self.validated_many(request, limits).await?;
                meanwhile(request).await?;
                let orders = orders
                    .set(purchase::Column::Owner, "ann")
                    .save(request)
                    .await?;
                self.serialized_response(request, orders)
                    .status(StatusCode::CREATED)
                    .await
            }

            /// Change several orders.
            #[action(detail = false, methods("put", "patch"))]
            async fn changes(&self, request: &Request) -> Result<Response> {
                let partial = request.method() == Method::PATCH;
                let orders = self
                    .validated_updates(request, partial, ListLimits::default())
                    .await?;
                meanwhile(request).await?;
                let orders = orders.save(request).await?;
                self.serialized_response(request, orders).await
            }
        }
    };
}

lists!(Flat);
lists!(Replaced);
lists!(Appended);
lists!(Placed);

#[derive(ModelViewSet)]
pub struct Addresses;

impl ApiView for Addresses {}

impl GenericView for Addresses {
    type Entity = address::Entity;
    type Serializer = AddressSerializer;
}

pub struct Orders;

impl UrlConf for Orders {
    fn urls() -> Urls {
        let mut router = DefaultRouter::new();
        router.register("replaced", Replaced);
        router.register("upserted", Upserted);
        router.register("appended", Appended);
        router.register("flat", Flat);
        router.register("placed", Placed);
        router.register("addresses", Addresses);
        Urls::new().include("", router)
    }
}

pub async fn open(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.sqlx_logging(false);
    if url.starts_with("sqlite::memory:") {
        options.max_connections(1);
    } else {
        options.max_connections(8);
    }
    let db = Database::connect(options).await.unwrap();
    let schema = Schema::new(db.get_database_backend());
    for mut table in [
        schema.create_table_from_entity(address::Entity),
        schema.create_table_from_entity(label::Entity),
        schema.create_table_from_entity(purchase::Entity),
        schema.create_table_from_entity(purchase_label::Entity),
        schema.create_table_from_entity(line::Entity),
        schema.create_table_from_entity(part::Entity),
    ] {
        if db.get_database_backend() == sea_orm::DbBackend::MySql {
            table.engine("InnoDB");
        }
        db.execute(&table).await.unwrap();
    }
    for index in schema.create_index_from_entity(purchase::Entity) {
        db.execute(&index).await.unwrap();
    }
    for statement in [
        "INSERT INTO address (street, code) VALUES ('Main', 'A1'), ('Side', 'A2')",
        "INSERT INTO label (name) VALUES ('new'), ('big'), ('red')",
        "INSERT INTO purchase (number, shop, note) VALUES ('P1', 0, 'one'), ('P2', 0, NULL)",
        "INSERT INTO line (purchase_id, serial, quantity) VALUES (1, 'S1', 1), (1, 'S2', 2), (2, 'T1', 5)",
        "INSERT INTO purchase_label (purchase_id, label_id) VALUES (1, 1), (1, 2), (2, 3)",
    ] {
        db.execute_unprepared(statement).await.unwrap();
    }
    db
}

/// The statements that ran since the log was read.
#[derive(Clone, Default)]
pub struct QueryLog(Arc<Mutex<Vec<String>>>);

impl QueryLog {
    pub fn of(db: &mut DatabaseConnection) -> Self {
        let log = Self::default();
        let statements = log.clone();
        db.set_metric_callback(move |info| {
            let sql = info.statement.sql.clone();
            statements.0.lock().unwrap().push(sql);
        });
        log
    }

    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

pub fn app(db: DatabaseConnection) -> impl Endpoint {
    let api = OpenApiService::new(restflow::api::<Orders>(db), "Orders", "1.0");
    Route::new()
        .at("/openapi.json", api.spec_endpoint())
        .nest("/", api)
}

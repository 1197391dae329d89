//! A shop on in-memory SQLite: products with a category, tags and reviews.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test uses a part of the shop"
)]

use std::sync::{Arc, Mutex};

use http::Extensions;
use restflow_serializers::{
    ErasedValidated, Input, RestEntity, Serializer, SerializerClass, SerializerContext, Validated,
    Validation,
};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, EntityTrait, QueryTrait, Schema,
    Select,
};
use serde_json::Value;

pub mod category {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "category")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        #[sea_orm(unique)]
        pub slug: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod tag {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "tag")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        pub name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod product_tag {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "product_tag")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub product_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub tag_id: i32,
        pub note: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::product::Entity",
            from = "Column::ProductId",
            to = "super::product::Column::Id"
        )]
        Product,
        #[sea_orm(
            belongs_to = "super::tag::Entity",
            from = "Column::TagId",
            to = "super::tag::Column::Id"
        )]
        Tag,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod review {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "review")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub product_id: i32,
        pub rating: i16,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::product::Entity",
            from = "Column::ProductId",
            to = "super::product::Column::Id"
        )]
        Product,
    }

    impl Related<super::product::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Product.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod product {
    use restflow_macros::Choices;
    use sea_orm::{Set, entity::prelude::*};

    /// What a product is for.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, EnumIter, DeriveActiveEnum, Choices)]
    #[choice(crate = "restflow_serializers")]
    #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(10))")]
    pub enum Status {
        #[default]
        #[sea_orm(string_value = "draft")]
        Draft,
        #[sea_orm(string_value = "on_sale")]
        #[choice(label = "For sale")]
        OnSale,
    }

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "product")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        #[sea_orm(unique)]
        pub sku: String,
        #[sea_orm(column_type = "Decimal(Some((10, 2)))")]
        pub price: Decimal,
        pub discount: Option<Decimal>,
        pub in_stock: bool,
        pub status: Status,
        pub category_id: i32,
        pub parent_id: Option<i32>,
        pub r#type: String,
        pub released_on: Option<Date>,
        pub opening_time: Option<Time>,
        pub attributes: Option<Json>,
        pub created_at: DateTimeUtc,
        pub updates: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::category::Entity",
            from = "Column::CategoryId",
            to = "super::category::Column::Id"
        )]
        Category,
        #[sea_orm(has_many = "super::review::Entity")]
        Review,
    }

    impl Related<super::category::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Category.def()
        }
    }

    impl Related<super::review::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Review.def()
        }
    }

    impl Related<super::tag::Entity> for Entity {
        fn to() -> RelationDef {
            super::product_tag::Relation::Tag.def()
        }

        fn via() -> Option<RelationDef> {
            Some(super::product_tag::Relation::Product.def().rev())
        }
    }

    #[async_trait::async_trait]
    impl ActiveModelBehavior for ActiveModel {
        fn new() -> Self {
            Self {
                status: Set(Status::Draft),
                r#type: Set("thing".to_owned()),
                in_stock: Set(true),
                created_at: Set("2024-01-02T03:04:05Z".parse().unwrap()),
                updates: Set(0),
                ..ActiveModelTrait::default()
            }
        }

        async fn before_save<C: ConnectionTrait>(
            mut self,
            _db: &C,
            insert: bool,
        ) -> Result<Self, DbErr> {
            if !insert && let sea_orm::ActiveValue::Unchanged(updates) = self.updates {
                self.updates = Set(updates + 1);
            }
            Ok(self)
        }
    }
}

/// A database, and the statements that were run on it.
pub struct Shop {
    pub db: DatabaseConnection,
    pub extensions: Extensions,
    statements: Arc<Mutex<Vec<String>>>,
}

impl Shop {
    pub async fn open() -> Self {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1).sqlx_logging(false);
        let mut db = Database::connect(options).await.unwrap();
        let schema = Schema::new(db.get_database_backend());
        for statement in [
            schema.create_table_from_entity(category::Entity),
            schema.create_table_from_entity(tag::Entity),
            schema.create_table_from_entity(product::Entity),
            schema.create_table_from_entity(product_tag::Entity),
            schema.create_table_from_entity(review::Entity),
        ] {
            db.execute(&statement).await.unwrap();
        }
        db.execute_unprepared(
            "INSERT INTO category (id, name, slug) VALUES (1, 'Books', 'books'), (2, 'Kitchen', 'kitchen');
             INSERT INTO tag (id, name) VALUES (1, 'new'), (2, 'eco'), (3, 'café');
             INSERT INTO product (id, name, sku, price, in_stock, status, category_id, parent_id, type, created_at, updates)
             VALUES (1, 'Knife', 'KNI-1', 9.9, 1, 'on_sale', 2, NULL, 'tool', '2024-01-02 03:04:05+00:00', 0),
                    (2, 'Novel', 'NOV-1', 12, 0, 'draft', 1, 1, 'book', '2024-01-02 03:04:05+00:00', 0),
                    (3, 'Spoon', 'SPO-1', 1.5, 1, 'draft', 2, 1, 'tool', '2024-01-02 03:04:05+00:00', 0);
             INSERT INTO product_tag (product_id, tag_id, note) VALUES (1, 3, 'kept'), (1, 1, NULL), (3, 2, NULL);
             INSERT INTO review (id, product_id, rating) VALUES (1, 1, 5), (2, 1, 3), (3, 2, 4);",
        )
        .await
        .unwrap();
        let statements = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&statements);
        db.set_metric_callback(move |info| log.lock().unwrap().push(info.statement.sql.clone()));
        Self {
            db,
            extensions: Extensions::new(),
            statements,
        }
    }

    pub fn context(&self) -> SerializerContext<'_> {
        SerializerContext::new(&self.db, "https://shop.example", &self.extensions)
    }

    /// The statements since the last call.
    pub fn statements(&self) -> Vec<String> {
        std::mem::take(&mut self.statements.lock().unwrap())
    }

    /// Validates for a new object; the error as JSON.
    pub async fn validate<S: Serializer>(
        &self,
        input: impl Into<Input>,
    ) -> Result<ErasedValidated, Value> {
        let context = self.context();
        let class = SerializerClass::of::<S>();
        let validated = class.validate(input, &Validation::new(&context)).await;
        validated.map_err(|error| error.detail().to_value())
    }

    /// Validates for a row that exists; the error as JSON.
    pub async fn validate_update<S: Serializer>(
        &self,
        instance: &product::Model,
        partial: bool,
        input: Value,
    ) -> Result<Validated<product::Entity>, Value> {
        let context = self.context();
        let validation = Validation::new(&context)
            .partial(partial)
            .with_instance(instance);
        let class = SerializerClass::of::<S>();
        match class.validate(input, &validation).await {
            Ok(validated) => Ok(validated.into_typed(Some(instance.clone())).unwrap()),
            Err(error) => Err(error.detail().to_value()),
        }
    }

    /// Creates a product; the error as JSON.
    pub async fn create<S: Serializer>(&self, input: Value) -> Result<product::Model, Value> {
        let validated = self.validate::<S>(input).await?;
        let validated: Validated<product::Entity> = validated.into_typed(None).unwrap();
        let saved = validated.save(&self.db).await;
        saved.map_err(|error| error.detail().to_value())
    }

    pub async fn product(&self, id: i32) -> product::Model {
        let found = product::Entity::find_by_id(id).one(&self.db).await.unwrap();
        found.unwrap()
    }

    /// Selects through a serializer and gives its JSON text.
    pub async fn list<S: Serializer, E: RestEntity>(&self, select: Select<E>) -> String {
        let class = SerializerClass::of::<S>();
        let mut statement = select.into_query();
        class.project(&mut statement);
        let rows = self.db.query_all(&statement).await.unwrap();
        let shown = class.represent_rows(rows, &self.context()).await.unwrap();
        let mut out = Vec::new();
        shown.write_json(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }
}

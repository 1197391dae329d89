//! The entities of the shop that the cases were recorded from, and a way to
//! ask for a page of them.

use restflow_exceptions::Result;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ActiveValue::Set, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, EntityTrait,
    Schema, Select,
};
use serde_json::Value;

use super::rows;
use crate::{PageQuery, PageRequest, Pagination};

pub(crate) mod product {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "product")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        #[sea_orm(column_type = "Decimal(Some((10, 2)))")]
        pub(crate) price: Decimal,
        pub(crate) quantity: i32,
        pub(crate) rating: Option<f64>,
        pub(crate) is_archived: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod category {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "category")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod event {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "event")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) created_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// An in-memory database with the rows of the shop.
pub(super) async fn database() -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    let db = Database::connect(options).await.unwrap();
    let schema = Schema::new(db.get_database_backend());
    for table in [
        schema.create_table_from_entity(product::Entity),
        schema.create_table_from_entity(category::Entity),
        schema.create_table_from_entity(event::Entity),
    ] {
        db.execute(&table).await.unwrap();
    }
    let products = rows::PRODUCTS.iter().map(|row| product::ActiveModel {
        id: Set(row.0),
        price: Set(row.1.parse().unwrap()),
        quantity: Set(row.2),
        rating: Set(row.3),
        is_archived: Set(row.4),
    });
    product::Entity::insert_many(products)
        .exec(&db)
        .await
        .unwrap();
    let categories = rows::CATEGORIES
        .iter()
        .map(|id| category::ActiveModel { id: Set(*id) });
    category::Entity::insert_many(categories)
        .exec(&db)
        .await
        .unwrap();
    let events = (1..)
        .zip(rows::EVENTS)
        .map(|(id, created_at)| event::ActiveModel {
            id: Set(id),
            created_at: Set(created_at.parse().unwrap()),
        });
    event::Entity::insert_many(events).exec(&db).await.unwrap();
    db
}

/// Selects nothing but the column `id`.
fn only_id(statement: &mut SelectStatement) {
    statement.clear_selects();
    statement.column("id");
}

/// The body of a page, the results as ids.
pub(super) async fn page<E: EntityTrait>(
    pagination: &impl Pagination,
    select: Select<E>,
    url: &str,
    db: &DatabaseConnection,
) -> Result<Value> {
    ask(pagination, PageQuery::new(select, db), url).await
}

/// The body of a page of a query, the results as ids.
pub(super) async fn ask(
    pagination: &impl Pagination,
    query: PageQuery<'_>,
    url: &str,
) -> Result<Value> {
    let query_string = url.split_once('?').map_or("", |(_, query)| query);
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query_string.as_bytes())
        .into_owned()
        .collect();
    let request = PageRequest::new(url, &pairs);
    let page = pagination
        .paginate(query.project(only_id), &request)
        .await?;
    let ids: Vec<i32> = page
        .rows
        .iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect();
    Ok(page.envelope.to_value(ids.into()))
}

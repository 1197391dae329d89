//! The rows that every scenario starts from.
use std::{fs, path::Path};

use anyhow::{Context, Result};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, DatabaseConnection,
    DatabaseTransaction, DbBackend, EntityTrait, IntoActiveModel, TransactionTrait,
};
use serde::Deserialize;

use crate::{
    database::{Database, quoted},
    entities::{category, event, note, product, product_tags, review, tag, token, user},
};

/// The contents of `fixtures.json`: the rows of each table, with their ids.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixtures {
    user: Vec<user::Model>,
    token: Vec<token::Model>,
    category: Vec<category::Model>,
    tag: Vec<tag::Model>,
    product: Vec<product::Model>,
    product_tags: Vec<product_tags::Model>,
    review: Vec<review::Model>,
    event: Vec<event::Model>,
    note: Vec<note::Model>,
}

impl Fixtures {
    /// Reads the file; fails on an unknown table and on a value that its column cannot
    /// hold.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&text)
            .with_context(|| format!("{} is not a set of fixtures", path.display()))
    }

    /// Creates the tables and fills them in one transaction, leaving the next generated
    /// id of each table one above its highest. (MySQL commits at each `CREATE TABLE`.)
    pub async fn load(&self, db: &DatabaseConnection) -> Result<()> {
        let transaction = db.begin().await?;
        Database::create_tables(&transaction).await?;
        // Parents before children, for the foreign keys.
        insert::<user::Entity>(&transaction, &self.user).await?;
        insert::<token::Entity>(&transaction, &self.token).await?;
        insert::<category::Entity>(&transaction, &self.category).await?;
        insert::<tag::Entity>(&transaction, &self.tag).await?;
        insert::<product::Entity>(&transaction, &self.product).await?;
        insert::<product_tags::Entity>(&transaction, &self.product_tags).await?;
        insert::<review::Entity>(&transaction, &self.review).await?;
        insert::<event::Entity>(&transaction, &self.event).await?;
        insert::<note::Entity>(&transaction, &self.note).await?;
        if transaction.get_database_backend() == DbBackend::Postgres {
            advance_sequences(&transaction).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

/// Inserts the rows as they are. `insert_many` runs no hooks, so the timestamps stay.
async fn insert<E>(transaction: &DatabaseTransaction, rows: &[E::Model]) -> Result<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + Clone,
    E::ActiveModel: ActiveModelTrait<Entity = E> + ActiveModelBehavior + Send,
{
    let rows = rows.iter().map(|row| row.clone().into_active_model());
    E::insert_many(rows)
        .exec_without_returning(transaction)
        .await
        .with_context(|| format!("cannot fill the table {}", E::default().table_name()))?;
    Ok(())
}

/// Explicit ids leave PostgreSQL's sequences behind; SQLite and MySQL look at the rows.
async fn advance_sequences(transaction: &DatabaseTransaction) -> Result<()> {
    for table in [
        "user", "category", "tag", "product", "review", "event", "note",
    ] {
        let table = quoted(DbBackend::Postgres, table);
        transaction
            .execute_unprepared(&format!(
                "SELECT setval(pg_get_serial_sequence('{table}', 'id'), MAX(id)) FROM {table}"
            ))
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::{env, str::FromStr};

    use chrono::{DateTime, Utc};
    use rust_decimal::Decimal;
    use sea_orm::{
        ActiveValue::{NotSet, Set},
        ColumnTrait, ModelTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    };
    use serde_json::json;

    use super::*;

    /// A filled database: SQLite in memory, or `CONFORMANCE_DATABASE_URL`, whose tables
    /// the corpus test drops and creates in the same way.
    async fn filled() -> DatabaseConnection {
        let place = env::var("CONFORMANCE_DATABASE_URL");
        let db = Database::at(place.as_deref().unwrap_or("sqlite::memory:"))
            .connect()
            .await
            .unwrap();
        Database::drop_tables(&db).await.unwrap();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures.json");
        Fixtures::read(&path).unwrap().load(&db).await.unwrap();
        db
    }

    fn new_product(slug: &str, price: &str) -> product::ActiveModel {
        product::ActiveModel {
            name: Set(slug.to_owned()),
            slug: Set(slug.to_owned()),
            sku: Set(slug.to_owned()),
            price: Set(Decimal::from_str(price).unwrap()),
            category_id: Set(1),
            ..Default::default()
        }
    }

    fn decimal(text: &str) -> Decimal {
        Decimal::from_str(text).unwrap()
    }

    /// One test, because a database that is named by the environment is shared.
    #[tokio::test]
    async fn the_database_behaves_as_specified() {
        let db = filled().await;
        rows_are_loaded_as_written(&db).await;
        unset_columns_take_their_defaults_and_ids_are_never_reused(&db).await;
        saving_stamps_and_updating_many_does_not(&db).await;
        deleting_follows_the_specification(&db).await;
        prices_are_exact_and_ordered_by_value(&db).await;
    }

    async fn rows_are_loaded_as_written(db: &DatabaseConnection) {
        assert_eq!(product::Entity::find().count(db).await.unwrap(), 45);
        assert_eq!(product_tags::Entity::find().count(db).await.unwrap(), 54);
        assert_eq!(event::Entity::find().count(db).await.unwrap(), 120);
        let product = product::Entity::find_by_id(2)
            .one(db)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(product.price, decimal("9.99"));
        assert_eq!(product.rating, Some(4.5));
        assert_eq!(product.opening_time.unwrap().to_string(), "07:15:00");
        let exact: DateTime<Utc> = "2023-12-20T19:35:02.123456Z".parse().unwrap();
        let found = product::Entity::find()
            .filter(product::Column::CreatedAt.eq(exact))
            .count(db);
        assert_eq!(found.await.unwrap(), 1);
        let tags = product.find_related(tag::Entity).count(db).await.unwrap();
        assert_eq!(tags, 2);
        let category = product.find_related(category::Entity).one(db).await;
        assert_eq!(category.unwrap().unwrap().slug, "kitchen");
        let owner = product.find_related(user::Entity).one(db).await;
        assert_eq!(owner.unwrap().unwrap().username, "alice");
    }

    async fn unset_columns_take_their_defaults_and_ids_are_never_reused(db: &DatabaseConnection) {
        let product = new_product("defaults", "1").insert(db).await.unwrap();
        assert_eq!(product.id, 46);
        assert_eq!(product.description, "");
        assert_eq!(product.quantity, 0);
        assert_eq!(product.status, product::Status::Draft);
        assert!(product.in_stock && !product.is_archived && product.owner_id.is_none());
        product.delete(db).await.unwrap();
        let product = new_product("again", "1").insert(db).await.unwrap();
        assert_eq!(product.id, 47);
        product.delete(db).await.unwrap();
        let event = event::ActiveModel {
            kind: Set("test".to_owned()),
            payload: NotSet,
            ..Default::default()
        };
        assert_eq!(event.insert(db).await.unwrap().payload, json!({}));
    }

    async fn saving_stamps_and_updating_many_does_not(db: &DatabaseConnection) {
        let before = product::Entity::find_by_id(3)
            .one(db)
            .await
            .unwrap()
            .unwrap();
        product::Entity::update_many()
            .set(product::ActiveModel {
                quantity: Set(7),
                ..Default::default()
            })
            .filter(product::Column::Id.eq(3))
            .exec(db)
            .await
            .unwrap();
        let updated = product::Entity::find_by_id(3)
            .one(db)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (updated.quantity, updated.updated_at),
            (7, before.updated_at)
        );
        let mut saved = updated.into_active_model();
        saved.quantity = Set(8);
        let saved = saved.update(db).await.unwrap();
        assert_eq!(saved.created_at, before.created_at);
        assert!(saved.updated_at > before.updated_at);
    }

    async fn deleting_follows_the_specification(db: &DatabaseConnection) {
        category::Entity::delete_by_id(1)
            .exec(db)
            .await
            .expect_err("products stand on the shelf");
        tag::Entity::delete_by_id(1).exec(db).await.unwrap();
        let left = product_tags::Entity::find()
            .filter(product_tags::Column::TagId.eq(1))
            .count(db);
        assert_eq!(left.await.unwrap(), 0);
        product::Entity::delete_by_id(1).exec(db).await.unwrap();
        let left = review::Entity::find()
            .filter(review::Column::ProductId.eq(1))
            .count(db);
        assert_eq!(left.await.unwrap(), 0);
        user::Entity::delete_by_id(2).exec(db).await.unwrap();
        let product = product::Entity::find_by_id(2)
            .one(db)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(product.owner_id, None);
        let notes = note::Entity::find()
            .filter(note::Column::UserId.eq(2))
            .count(db);
        assert_eq!(notes.await.unwrap(), 0);
    }

    /// The findings of [`product::Model`]'s documentation.
    async fn prices_are_exact_and_ordered_by_value(db: &DatabaseConnection) {
        let texts = [
            "99999999.99",
            "9.00",
            "10.00",
            "19.50",
            "0.01",
            "100.10",
            "1234567.89",
            "33333333.33",
            "0.29",
            "99999999.98",
        ];
        for (at, text) in texts.iter().enumerate() {
            new_product(&format!("price-{at}"), text)
                .insert(db)
                .await
                .unwrap();
        }
        let prices = product::Entity::find()
            .filter(product::Column::Slug.starts_with("price-"))
            .order_by_asc(product::Column::Price);
        let mut expected: Vec<_> = texts.iter().map(|text| decimal(text)).collect();
        expected.sort();
        let found = prices.clone().all(db).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|row| row.price).collect();
        assert_eq!(found, expected);
        for text in texts {
            let price = product::Column::Price;
            let equal = prices.clone().filter(price.eq(decimal(text))).count(db);
            assert_eq!(equal.await.unwrap(), 1, "{text}");
            let below = prices.clone().filter(price.lt(decimal(text))).count(db);
            let rank = expected
                .iter()
                .filter(|other| **other < decimal(text))
                .count();
            assert_eq!(below.await.unwrap(), rank as u64, "{text}");
        }
        if db.get_database_backend() == DbBackend::Sqlite {
            let stored: String = product::Entity::find()
                .select_only()
                .expr(sea_orm::prelude::Expr::cust("typeof(price)"))
                .filter(product::Column::Slug.eq("price-3"))
                .into_tuple()
                .one(db)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(stored, "real");
            let read = prices
                .filter(product::Column::Slug.eq("price-3"))
                .one(db)
                .await;
            assert_eq!(read.unwrap().unwrap().price.to_string(), "19.5");
        }
    }
}

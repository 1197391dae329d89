//! What the shop sells.
use super::now;
use sea_orm::{ActiveValue::Set, entity::prelude::*};
use serde::{Deserialize, Serialize};

/// Whether a product is on sale.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    restflow::Choices,
)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(10))",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not on sale yet.
    Draft,
    /// On sale.
    Published,
    /// No longer on sale.
    Archived,
}

/// A product.
///
/// `price` is `decimal(10, 2)`, which is exact on PostgreSQL and MySQL. SQLite has no
/// decimals: SeaORM declares the column `real(10, 2)`, binds a `Decimal` as text and
/// reads an `f64` back. The consequences, which the tests of this file pin:
/// - The column's REAL affinity turns the bound text into a number, both when it is
///   stored and when it is compared with the column, so `price < 10` and
///   `ORDER BY price` go by value, not by text.
/// - An `f64` holds 15 significant decimal digits, so each of the ten-digit values
///   that the column admits (up to 99999999.99) comes back exactly and compares equal.
/// - The scale is lost: 19.50 is read as 19.5. Whoever writes it out pads it to the
///   column's decimal places.
/// - Arithmetic in SQL (`SUM(price)`) is binary floating point, and an expression over
///   the column has no affinity: `price + 0 < '10'` compares a number with a text.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "product")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[sea_orm(column_type = "String(StringLen::N(200))")]
    pub name: String,
    #[sea_orm(unique, column_type = "String(StringLen::N(50))")]
    pub slug: String,
    #[sea_orm(unique, column_type = "String(StringLen::N(12))")]
    pub sku: String,
    #[sea_orm(column_type = "Text", default_value = "")]
    pub description: String,
    #[sea_orm(column_type = "Decimal(Some((10, 2)))")]
    pub price: Decimal,
    #[sea_orm(default_value = 0)]
    pub quantity: i32,
    pub rating: Option<f64>,
    #[sea_orm(default_value = true)]
    pub in_stock: bool,
    #[sea_orm(default_value = "draft")]
    pub status: Status,
    pub category_id: i64,
    pub owner_id: Option<i64>,
    #[sea_orm(default_value = false)]
    pub is_archived: bool,
    pub released_on: Option<Date>,
    pub opening_time: Option<Time>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "category_id", to = "id", on_delete = "Restrict")]
    pub category: BelongsTo<super::category::Entity>,
    #[sea_orm(belongs_to, from = "owner_id", to = "id", on_delete = "SetNull")]
    pub owner: BelongsTo<Option<super::user::Entity>>,
    #[sea_orm(has_many, via = "product_tags")]
    pub tags: HasMany<super::tag::Entity>,
    #[sea_orm(has_many)]
    pub reviews: HasMany<super::review::Entity>,
}

#[async_trait::async_trait]
impl ActiveModelBehavior for ActiveModel {
    /// Stamps the row: `created_at` once, `updated_at` on every save.
    async fn before_save<C: ConnectionTrait>(
        mut self,
        _db: &C,
        insert: bool,
    ) -> Result<Self, DbErr> {
        let now = now();
        if insert {
            self.created_at = Set(now);
        }
        self.updated_at = Set(now);
        Ok(self)
    }
}

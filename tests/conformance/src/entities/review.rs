//! What customers say about products.
use super::now;
use sea_orm::{ActiveValue::Set, entity::prelude::*};
use serde::{Deserialize, Serialize};

/// A review of one product, which goes with the product and outlives its author.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "review")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub product_id: i64,
    pub author_id: Option<i64>,
    pub rating: i32,
    #[sea_orm(column_type = "String(StringLen::N(500))")]
    pub comment: String,
    pub created_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "product_id", to = "id", on_delete = "Cascade")]
    pub product: BelongsTo<super::product::Entity>,
    #[sea_orm(belongs_to, from = "author_id", to = "id", on_delete = "SetNull")]
    pub author: BelongsTo<Option<super::user::Entity>>,
}

#[async_trait::async_trait]
impl ActiveModelBehavior for ActiveModel {
    /// Stamps a new row with the time of its creation.
    async fn before_save<C: ConnectionTrait>(
        mut self,
        _db: &C,
        insert: bool,
    ) -> Result<Self, DbErr> {
        if insert {
            self.created_at = Set(now());
        }
        Ok(self)
    }
}

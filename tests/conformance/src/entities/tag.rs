//! Labels of products.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A label; deleting it takes it off its products.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "tag")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[sea_orm(unique, column_type = "String(StringLen::N(50))")]
    pub name: String,
    #[sea_orm(has_many, via = "product_tags")]
    pub products: HasMany<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

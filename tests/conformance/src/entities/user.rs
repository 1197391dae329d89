//! Accounts of the shop.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// An account, which signs in with `username` and `password` while it is active.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "user")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[sea_orm(unique, column_type = "String(StringLen::N(150))")]
    pub username: String,
    #[sea_orm(column_type = "String(StringLen::N(254))", default_value = "")]
    pub email: String,
    #[sea_orm(default_value = false)]
    pub is_staff: bool,
    #[sea_orm(default_value = true)]
    pub is_active: bool,
    /// The password itself, as the fixtures give it: these accounts are test data and
    /// protect nothing. An application stores a salted hash.
    #[sea_orm(column_type = "String(StringLen::N(128))")]
    pub password: String,
    #[sea_orm(has_many)]
    pub tokens: HasMany<super::token::Entity>,
    #[sea_orm(has_many)]
    pub products: HasMany<super::product::Entity>,
    #[sea_orm(has_many)]
    pub reviews: HasMany<super::review::Entity>,
    #[sea_orm(has_many)]
    pub notes: HasMany<super::note::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

use restflow::prelude::AuthUser;
use sea_orm::{Value, entity::prelude::*};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(unique)]
    pub username: String,
    pub is_staff: bool,
    #[sea_orm(has_many)]
    pub tokens: HasMany<super::token::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl AuthUser for Model {
    fn id(&self) -> Value {
        self.id.into()
    }

    fn username(&self) -> &str {
        &self.username
    }

    fn is_staff(&self) -> bool {
        self.is_staff
    }
}

//! The entities of the shop that the cases were recorded from, and its rows.

use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, Database, EntityTrait, Iterable, Schema};

use super::rows;

pub(super) mod category {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "category")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) name: String,
        pub(crate) slug: String,
        #[sea_orm(has_many)]
        pub(crate) products: HasMany<super::product::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod user {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "user")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) username: String,
        #[sea_orm(has_many)]
        pub(crate) products: HasMany<super::product::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod tag {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "tag")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) name: String,
        #[sea_orm(has_many, via = "product_tags")]
        pub(crate) products: HasMany<super::product::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod product_tags {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "product_tags")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) product_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tag_id: i32,
        #[sea_orm(belongs_to, from = "product_id", to = "id")]
        pub(crate) product: HasOne<super::product::Entity>,
        #[sea_orm(belongs_to, from = "tag_id", to = "id")]
        pub(crate) tag: HasOne<super::tag::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod review {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "review")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) product_id: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod product {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "product")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) name: String,
        pub(crate) slug: String,
        pub(crate) sku: String,
        pub(crate) description: String,
        #[sea_orm(column_type = "Decimal(Some((10, 2)))")]
        pub(crate) price: Decimal,
        pub(crate) quantity: i32,
        pub(crate) rating: Option<f64>,
        pub(crate) in_stock: bool,
        pub(crate) status: super::Status,
        pub(crate) category_id: i32,
        pub(crate) owner_id: Option<i32>,
        pub(crate) is_archived: bool,
        pub(crate) released_on: Option<Date>,
        pub(crate) opening_time: Option<Time>,
        pub(crate) created_at: DateTimeUtc,
        #[sea_orm(belongs_to, from = "category_id", to = "id")]
        pub(crate) category: HasOne<super::category::Entity>,
        #[sea_orm(belongs_to, from = "owner_id", to = "id")]
        pub(crate) owner: HasOne<super::user::Entity>,
        #[sea_orm(has_many, via = "product_tags")]
        pub(crate) tags: HasMany<super::tag::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(Debug, Clone, Copy, PartialEq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(10))")]
pub(crate) enum Status {
    #[sea_orm(string_value = "draft")]
    Draft,
    #[sea_orm(string_value = "published")]
    Published,
    #[sea_orm(string_value = "archived")]
    Archived,
}

impl restflow_fields::Choices for Status {
    fn options() -> &'static [restflow_fields::ChoiceOption] {
        use restflow_fields::ChoiceOption;
        const {
            &[
                ChoiceOption::text("draft", "Draft"),
                ChoiceOption::text("published", "Published"),
                ChoiceOption::text("archived", "Archived"),
            ]
        }
    }

    fn position(&self) -> usize {
        *self as usize
    }

    fn from_position(position: usize) -> Option<Self> {
        Self::iter().nth(position)
    }
}

/// An in-memory database with the rows of the shop.
pub(super) async fn database() -> DatabaseConnection {
    connect(sea_orm::ConnectOptions::new("sqlite::memory:")).await
}

/// The same with regular expressions, if there are any.
pub(super) async fn database_with_regexp() -> DatabaseConnection {
    let options = sea_orm::ConnectOptions::new("sqlite::memory:");
    #[cfg(feature = "sqlite-regexp")]
    let options = crate::with_regexp(options);
    connect(options).await
}

async fn connect(mut options: sea_orm::ConnectOptions) -> DatabaseConnection {
    options.max_connections(1);
    let db = Database::connect(options).await.unwrap();
    let schema = Schema::new(db.get_database_backend());
    for table in [
        schema.create_table_from_entity(category::Entity),
        schema.create_table_from_entity(user::Entity),
        schema.create_table_from_entity(tag::Entity),
        schema.create_table_from_entity(product::Entity),
        schema.create_table_from_entity(product_tags::Entity),
        schema.create_table_from_entity(review::Entity),
    ] {
        db.execute(&table).await.unwrap();
    }
    insert_rows(&db).await;
    db
}

async fn insert_rows(db: &DatabaseConnection) {
    let categories = rows::CATEGORIES
        .iter()
        .map(|(id, name, slug)| category::ActiveModel {
            id: Set(*id),
            name: Set((*name).to_owned()),
            slug: Set((*slug).to_owned()),
        });
    category::Entity::insert_many(categories)
        .exec(db)
        .await
        .unwrap();
    let users = rows::USERS.iter().map(|(id, username)| user::ActiveModel {
        id: Set(*id),
        username: Set((*username).to_owned()),
    });
    user::Entity::insert_many(users).exec(db).await.unwrap();
    let tags = rows::TAGS.iter().map(|(id, name)| tag::ActiveModel {
        id: Set(*id),
        name: Set((*name).to_owned()),
    });
    tag::Entity::insert_many(tags).exec(db).await.unwrap();
    let products = rows::PRODUCTS.iter().map(|row| product::ActiveModel {
        id: Set(row.0),
        name: Set(row.1.to_owned()),
        slug: Set(row.2.to_owned()),
        sku: Set(row.3.to_owned()),
        description: Set(row.4.to_owned()),
        price: Set(row.5.parse().unwrap()),
        quantity: Set(row.6),
        rating: Set(row.7),
        in_stock: Set(row.8),
        status: Set(Status::try_from_value(&row.9.to_owned()).unwrap()),
        category_id: Set(row.10),
        owner_id: Set(row.11),
        is_archived: Set(row.12),
        released_on: Set(row.13.map(|text| text.parse().unwrap())),
        opening_time: Set(row.14.map(|text| text.parse().unwrap())),
        created_at: Set(row.15.parse().unwrap()),
    });
    product::Entity::insert_many(products)
        .exec(db)
        .await
        .unwrap();
    let links = rows::PRODUCTS.iter().flat_map(|row| {
        row.16.iter().map(|tag| product_tags::ActiveModel {
            product_id: Set(row.0),
            tag_id: Set(*tag),
        })
    });
    product_tags::Entity::insert_many(links)
        .exec(db)
        .await
        .unwrap();
    let reviews = rows::REVIEWED.iter().map(|product| review::ActiveModel {
        id: Set(*product),
        product_id: Set(*product),
    });
    review::Entity::insert_many(reviews).exec(db).await.unwrap();
}

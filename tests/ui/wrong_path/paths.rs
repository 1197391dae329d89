//! Paths over relations that there are not.

use restflow::prelude::*;

mod brand {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "brand")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        #[sea_orm(has_many)]
        pub products: HasMany<super::product::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod product {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "product")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub brand_id: i32,
        #[sea_orm(belongs_to, from = "brand_id", to = "id")]
        pub brand: HasOne<super::brand::Entity>,
        #[sea_orm(has_many)]
        pub reviews: HasMany<super::review::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod review {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "review")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub product_id: i32,
        #[sea_orm(belongs_to, from = "product_id", to = "id")]
        pub product: HasOne<super::product::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

struct BrandOfProduct;

impl sea_orm::Linked for BrandOfProduct {
    type FromEntity = product::Entity;
    type ToEntity = brand::Entity;

    fn link(&self) -> Vec<sea_orm::RelationDef> {
        vec![sea_orm::RelationTrait::def(&product::Relation::Brand)]
    }
}

#[derive(FilterSet)]
#[filterset(
    entity = review::Entity,
    related(brand = brand::Entity, fields(name)),
    related(product = product::Entity, fields(colour))
)]
struct ReviewFilterSet {
    #[filter(related(product::Entity, review::Entity, brand::Entity), column = "name")]
    brand_name: String,
    #[filter(related(linked(BrandOfProduct)), column = "name")]
    linked_brand: String,
    #[filter(related(product::Entity, brand::Entity), column = "name")]
    brand_id: i32,
    #[filter(related(product::Entity, brand::Entity))]
    brand_key: String,
}

fn main() {}

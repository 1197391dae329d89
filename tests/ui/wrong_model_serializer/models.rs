//! A serializer for a model that does not fit it.

pub mod undecided {
    use restflow::prelude::{
        model_serializer,
        sea_orm::{self, entity::prelude::*},
    };

    #[model_serializer(ProductSerializer)]
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "product")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod unknown {
    use restflow::prelude::{
        model_serializer,
        sea_orm::{self, entity::prelude::*},
    };

    #[model_serializer(ProductSerializer, exclude(colour), read_only(made_on))]
    #[model_serializer(SummarySerializer, fields(name, price), extra(name(lable = "Title")))]
    #[model_serializer(PricesSerializer, fields(price), extra(price(validate(length(max = 3)))))]
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "product")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub price: Decimal,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod below {
    use restflow::prelude::{
        model_serializer,
        sea_orm::{self, entity::prelude::*},
    };

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "product")]
    #[model_serializer(ProductSerializer, fields = "__all__")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[restflow::model_serializer(OtherSerializer, fields(id))]
pub struct Other {
    pub id: i32,
}

fn main() {
    // The entity is there all the same.
    let _ = (undecided::Entity, unknown::Entity);
}

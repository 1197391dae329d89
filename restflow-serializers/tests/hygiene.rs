//! The derives in surroundings that share no name with the standard prelude, and with keys and
//! types other than integers and texts.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    reason = "tests"
)]

use http::Extensions;
use restflow_serializers::{
    Json, PostFetch, PostFetches, Representation, SerializerClass, SerializerContext, Validation,
};
use sea_orm::{ConnectionTrait, Database, EntityTrait, Schema};
use serde_json::json;

/// Names of the prelude mean something else here, and nothing is imported.
mod shadowed {
    #![allow(dead_code, reason = "the names are only there to be in the way")]

    pub struct Result;
    pub struct Option;
    pub struct Vec;
    pub struct String;
    pub struct Default;
    pub struct Some;
    pub struct Ok;
    pub struct Err;
    pub trait Serialize {}
    pub trait Serializer {}
    pub trait FieldType {}
    pub mod core {}
    pub mod std {}
    pub mod serde {}
    pub mod sea_orm {}

    #[derive(restflow_macros::Serializer)]
    #[serializer(crate = "::restflow_serializers")]
    pub struct Plain {
        #[validate(length(min = 1))]
        pub text: ::std::string::String,
        #[serializer(default)]
        pub number: ::core::option::Option<i32>,
        #[serializer(default)]
        pub list: ::std::vec::Vec<i32>,
    }

    #[derive(restflow_macros::Serializer)]
    #[serializer(crate = "::restflow_serializers")]
    pub struct Empty {}

    #[derive(restflow_macros::ModelSerializer)]
    #[serializer(entity = super::ticket::Entity, crate = "::restflow_serializers")]
    pub struct TicketSerializer {
        #[serializer(read_only)]
        pub id: ::uuid::Uuid,
        #[serializer(unique)]
        pub r#match: ::std::string::String,
        #[serializer(related = super::ticket::Entity)]
        pub parent: ::core::option::Option<::uuid::Uuid>,
        #[serializer(read_only, nested, column = "parent_id")]
        pub parent_detail: ::core::option::Option<Short>,
        #[serializer(read_only, related = super::ticket::Entity, source = "parent.match")]
        pub parent_match: ::core::option::Option<::std::string::String>,
        pub level: super::ticket::Level,
        pub seconds: f64,
        #[serializer(annotated = ::sea_orm::ExprTrait::mul(::sea_orm::ColumnTrait::into_expr(super::ticket::Column::Seconds), 2))]
        pub double: f64,
        #[serializer(post_fetch(parent_id = "id", r#match = "match"))]
        pub r#type: ::std::vec::Vec<Short>,
    }

    #[derive(restflow_macros::ModelSerializer)]
    #[serializer(entity = super::ticket::Entity, crate = "::restflow_serializers")]
    pub struct Short {
        pub r#match: ::std::string::String,
    }
}

mod ticket {
    use restflow_macros::Choices;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, EnumIter, DeriveActiveEnum, Choices)]
    #[choice(crate = "restflow_serializers")]
    #[sea_orm(rs_type = "i32", db_type = "Integer")]
    pub enum Level {
        Low = 1,
        VeryHigh = 9,
    }

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "tickets")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub r#match: String,
        pub parent_id: Option<Uuid>,
        pub level: Level,
        pub seconds: f64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[tokio::test]
async fn uuid_keys_numeric_choices_and_keywords_work() {
    let db = Database::connect("sqlite::memory:").await.unwrap();
    let schema = Schema::new(db.get_database_backend());
    let table = schema.create_table_from_entity(ticket::Entity);
    db.execute(&table).await.unwrap();
    let extensions = Extensions::new();
    let children = PostFetch::new(shadowed::TicketSerializer::TYPE, ticket::Entity::find());
    let post_fetches = PostFetches::new().with(children);
    let context = SerializerContext::new(&db, "", &extensions).with_post_fetches(&post_fetches);
    let class = SerializerClass::of::<shadowed::TicketSerializer>();

    let mut parent = serde_json::Value::Null;
    for (id, name, level) in [(1, "first", json!(9)), (2, "second", json!("1"))] {
        let input = json!({"match": name, "parent": parent, "level": level, "seconds": 1});
        let validated = class
            .validate(input, &Validation::new(&context))
            .await
            .unwrap();
        let validated = validated.into_typed::<ticket::Entity>(None).unwrap();
        let validated = validated.set(ticket::Column::Id, uuid::Uuid::from_u128(id));
        let ticket = validated.save(&db).await.unwrap();
        parent = json!(ticket.id);
    }
    let second =
        ticket::Entity::find_by_id(serde_json::from_value::<uuid::Uuid>(parent.clone()).unwrap());
    let second = second.one(&db).await.unwrap().unwrap();
    let shown = class
        .represent_model(&second, &context)
        .await
        .unwrap()
        .to_value()
        .unwrap();
    assert_eq!(
        shown,
        json!({
            "id": parent, "match": "second", "parent": second.parent_id,
            "parent_detail": {"match": "first"}, "parent_match": "first", "level": 1, "seconds": 1.0,
            "double": 2.0, "type": [],
        })
    );

    let input =
        json!({"match": "first", "parent": uuid::Uuid::nil(), "level": 2, "seconds": "nan"});
    let error = class
        .validate(input, &Validation::new(&context))
        .await
        .unwrap_err();
    let errors = error.detail().to_value();
    assert_eq!(
        errors["match"],
        json!(["ticket with this match already exists."])
    );
    assert_eq!(
        errors["parent"],
        json!([format!(
            "Invalid pk \"{}\" - object does not exist.",
            uuid::Uuid::nil()
        )])
    );
    assert_eq!(errors["level"], json!(["\"2\" is not a valid choice."]));
    let labels: Vec<_> = class.fields()[5]
        .choices
        .iter()
        .map(|choice| choice.display_name.to_string())
        .collect();
    assert_eq!(labels, ["Low", "Very High"]);
}

#[test]
fn plain_structs_work_in_shadowed_surroundings() {
    let plain = shadowed::Plain {
        text: "x".to_owned(),
        number: None,
        list: vec![1],
    };
    assert_eq!(
        Json(plain).to_value().unwrap(),
        json!({"text": "x", "number": null, "list": [1]})
    );
    assert_eq!(Json(shadowed::Empty {}).to_value().unwrap(), json!({}));
}

//! Filter sets on views: what the document says of them, rows that a rule hides everywhere, and
//! declarations that the program does not start with.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    reason = "tests"
)]

use poem::test::TestClient;
use restflow::fields::MultipleChoice;
use restflow::filters::{Filters, Seconds};
use restflow::prelude::*;
use sea_orm::{
    ActiveValue::Set, Condition, ConnectOptions, ConnectionTrait, Database, DatabaseConnection,
    Schema, prelude::*, sea_query::IntoCondition,
};
use serde_json::{Value, json};

mod song {
    use restflow::prelude::{
        sea_orm::{self, entity::prelude::*},
        *,
    };

    #[model_filter_set(
        SongFilterSet,
        fields = "__all__",
        extra(title(lookups(icontains), max_length = 20), genre(lookups(all))),
        order_by(title)
    )]
    #[model_filter_set(ShortFilterSet, exclude(title, seconds, host), lookup_separator = "_")]
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "filter_set_song")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub title: String,
        pub seconds: Option<i64>,
        pub genre: super::Genre,
        pub host: String,
        pub owner_id: i32,
        pub album_id: Option<i32>,
        #[sea_orm(belongs_to, from = "album_id", to = "id")]
        pub album: HasOne<super::album::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod album {
    use restflow::prelude::sea_orm::{self, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "filter_set_album")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        #[sea_orm(has_many)]
        pub songs: HasMany<super::song::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(Clone, Copy, Debug, PartialEq, Choices, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Genre {
    #[sea_orm(string_value = "rock")]
    Rock,
    #[sea_orm(string_value = "folk")]
    Folk,
}

#[derive(ModelSerializer)]
#[serializer(entity = song::Entity)]
struct SongSerializer {
    #[serializer(read_only)]
    id: i32,
    title: String,
}

/// One filter of each kind.
#[derive(FilterSet)]
#[filterset(
    entity = song::Entity,
    extends = song::SongFilterSet,
    related(album = album::Entity, fields(name(lookups(in))))
)]
struct KindsFilterSet {
    /// How long it is.
    #[filter(column = "seconds", lookups(gte), max_value = 3600)]
    length: Seconds,
    #[filter(rename = "genres", column = "genre")]
    genres: MultipleChoice<Genre>,
    #[filter(column = "id", lookups(range))]
    ids: Vec<i32>,
    #[filter(column = "host", ip, required, lookups(contains))]
    address: String,
}

/// The songs of the first owner.
fn mine(_context: &FilterContext<'_>) -> Result<Condition> {
    Ok(song::Column::OwnerId.eq(1).into_condition())
}

#[derive(ViewSet, ListModelMixin, RetrieveModelMixin, UpdateModelMixin, DestroyModelMixin)]
struct Songs;

impl ApiView for Songs {
    fn permission_classes(&self) -> Permissions {
        AllowAny.into()
    }
}

impl GenericView for Songs {
    type Entity = song::Entity;
    type Serializer = SongSerializer;

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new()
            .with(RowFilter::new(mine))
            .with(RestflowFilterBackend::<song::SongFilterSet>::new())
    }
}

#[derive(ListApiView)]
struct Kinds;

impl ApiView for Kinds {}

impl GenericView for Kinds {
    type Entity = song::Entity;
    type Serializer = SongSerializer;

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new().with(RestflowFilterBackend::<KindsFilterSet>::new())
    }
}

struct Music;

impl UrlConf for Music {
    fn urls() -> Urls {
        let mut router = DefaultRouter::new();
        router.register("songs", Songs);
        Urls::new().include("", router).path("kinds/", Kinds)
    }
}

async fn database() -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    let db = Database::connect(options).await.unwrap();
    let schema = Schema::new(db.get_database_backend());
    for table in [
        schema.create_table_from_entity(album::Entity),
        schema.create_table_from_entity(song::Entity),
    ] {
        db.execute(&table).await.unwrap();
    }
    let songs = [(1, "Yellow", 1), (2, "Blue", 2), (3, "Yes", 1)];
    let songs = songs.map(|(id, title, owner_id)| song::ActiveModel {
        id: Set(id),
        title: Set(title.to_owned()),
        seconds: Set(None),
        genre: Set(Genre::Folk),
        host: Set("::1".to_owned()),
        owner_id: Set(owner_id),
        album_id: Set(None),
    });
    song::Entity::insert_many(songs).exec(&db).await.unwrap();
    db
}

#[tokio::test]
async fn a_row_filter_hides_rows_from_every_action() {
    let app = OpenApiService::new(restflow::api::<Music>(database().await), "Music", "1");
    let client = TestClient::new(app);
    let call = async |method: Method, path: &str| {
        let request = client.request(method, path.to_owned());
        let request = request.body_json(&json!({"title": "Green"}));
        let response = request.send().await.0;
        let status = response.status().as_u16();
        let text = response.into_body().into_string().await.unwrap();
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        (status, body)
    };
    let titles = |body: &Value| -> Vec<String> {
        let rows = body.as_array().unwrap().iter();
        rows.map(|row| row["title"].as_str().unwrap().to_owned())
            .collect()
    };
    let (_, all) = call(Method::GET, "/songs/").await;
    assert_eq!(titles(&all), ["Yellow", "Yes"]);
    let (_, filtered) = call(Method::GET, "/songs/?title__icontains=YE&order_by=-title").await;
    assert_eq!(titles(&filtered), ["Yes", "Yellow"]);
    let (_, filtered) = call(Method::GET, "/songs/?title=Blue").await;
    assert_eq!(titles(&filtered), [""; 0]);
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        let (status, _) = call(method.clone(), "/songs/2/").await;
        assert_eq!(status, 404, "{method}");
        let (status, _) = call(method.clone(), "/songs/3/").await;
        assert!(status < 300, "{method}: {status}");
    }
}

#[tokio::test]
async fn the_document_tells_the_kinds_of_parameters() {
    let api = OpenApiService::new(restflow::api::<Music>(database().await), "Music", "1");
    let document: Value = serde_json::from_str(&api.spec()).unwrap();
    let parameters = document["paths"]["/kinds/"]["get"]["parameters"].clone();
    let parameter = |name: &str| {
        let mut parameters = parameters.as_array().unwrap().iter();
        let found = parameters.find(|parameter| parameter["name"] == name);
        found.unwrap_or_else(|| panic!("no {name}")).clone()
    };
    let number = json!({"type": "integer"});
    let choices = json!({"type": "string", "enum": ["rock", "folk"]});
    for (name, schema) in [
        ("id", number.clone()),
        ("title", json!({"type": "string", "maxLength": 20})),
        ("title__icontains", json!({"type": "string"})),
        ("seconds", number.clone()),
        ("genre", choices.clone()),
        ("genre__in", json!({"type": "array", "items": choices})),
        ("genre__isnull", json!({"type": "boolean"})),
        ("genres", json!({"type": "array", "items": choices})),
        ("album", number.clone()),
        ("ids", json!({"type": "array", "items": number})),
        (
            "ids__range",
            json!({"type": "array", "items": number, "minItems": 2, "maxItems": 2}),
        ),
        ("length", json!({"type": "string"})),
        ("album__name", json!({"type": "string"})),
        (
            "album__name__in!",
            json!({"type": "array", "items": {"type": "string"}}),
        ),
    ] {
        assert_eq!(parameter(name)["schema"], schema, "{name}");
    }
    let address = parameter("address");
    assert_eq!(address["required"], true);
    assert_eq!(parameter("address!")["required"], false);
    assert_eq!(parameter("length")["description"], "How long it is.");
    assert_eq!(
        parameter("length__gte")["description"],
        "How long it is. (Inclusive Lower Bound)"
    );
    assert_eq!(
        parameter("genre__in!")["description"],
        "exclude where genre is one of"
    );
    let names = parameters.as_array().unwrap().iter();
    let names: std::collections::HashSet<_> = names.map(|parameter| &parameter["name"]).collect();
    assert_eq!(names.len(), parameters.as_array().unwrap().len());
}

#[test]
fn a_filter_set_has_all_columns_of_a_model_but_those_that_are_excluded() {
    let names = |filters: Filters<song::Entity>| -> Vec<String> {
        let parameters = filters.parameters().into_iter();
        let names = parameters.map(|parameter| parameter.name.into_owned());
        names.filter(|name| !name.ends_with('!')).collect()
    };
    assert_eq!(
        names(song::SongFilterSet::filters()),
        [
            "id",
            "title",
            "title__icontains",
            "seconds",
            "genre",
            "genre__exact",
            "genre__in",
            "genre__isnull",
            "host",
            "owner_id",
            "album",
            "order_by"
        ]
    );
    assert_eq!(
        names(song::ShortFilterSet::filters()),
        ["id", "genre", "owner_id", "album"]
    );
}

/// Filters by a parameter that the paginator reads.
#[derive(FilterSet)]
#[filterset(entity = song::Entity, fields(page(column = "id")))]
struct PageFilterSet {}

#[derive(ListApiView)]
struct Paged;

impl ApiView for Paged {}

impl GenericView for Paged {
    type Entity = song::Entity;
    type Serializer = SongSerializer;

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new().with(RestflowFilterBackend::<PageFilterSet>::new())
    }

    fn pagination_class(&self) -> Option<Paginator> {
        PageNumberPagination::new(10).into()
    }
}

struct PagedApi;

impl UrlConf for PagedApi {
    fn urls() -> Urls {
        Urls::new().path("songs/", Paged)
    }
}

#[tokio::test]
#[should_panic(expected = "has two query parameters of the name `page`")]
async fn a_filter_is_not_named_as_a_parameter_of_the_paginator() {
    let _ = restflow::api::<PagedApi>(database().await);
}

/// The same parameter in an action that pages its rows, of a viewset without a list.
#[derive(ViewSet)]
struct PagedByHand;

impl ApiView for PagedByHand {}

impl GenericView for PagedByHand {
    type Entity = song::Entity;
    type Serializer = SongSerializer;

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new().with(RestflowFilterBackend::<PageFilterSet>::new())
    }

    fn pagination_class(&self) -> Option<Paginator> {
        PageNumberPagination::new(10).into()
    }
}

#[actions]
impl PagedByHand {
    /// The songs that were added last.
    #[action(detail = false)]
    async fn recent(&self, _request: &Request) -> Result<Response> {
        Ok(Response::no_content())
    }
}

struct PagedByHandApi;

impl UrlConf for PagedByHandApi {
    fn urls() -> Urls {
        let mut router = SimpleRouter::new();
        router.register("songs", PagedByHand);
        Urls::new().include("", router)
    }
}

#[tokio::test]
#[should_panic(expected = "has two query parameters of the name `page`")]
async fn an_action_that_pages_is_checked_like_a_list() {
    let _ = restflow::api::<PagedByHandApi>(database().await);
}

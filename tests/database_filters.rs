//! Filters and orderings that ask the database for more than comparisons: full-text search,
//! trigrams, arrays, ranges and JSON on PostgreSQL, JSON by path and orderings by related rows on
//! every database at hand. Whatever clients send, the answer is 200 or 400.
//!
//! The servers are named by `RESTFLOW_TEST_POSTGRES_URL` and `RESTFLOW_TEST_MYSQL_URL`; without
//! them their tests are skipped, except where `CI` is set.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "tests"
)]

#[cfg(any(feature = "postgres", feature = "mysql"))]
#[path = "support/servers.rs"]
mod servers;

use std::sync::{Arc, Mutex};

use poem::{Endpoint, test::TestClient};
use poem_openapi::OpenApiService;
use restflow::filters::Filters;
use restflow::filters::json::{JsonFilter, JsonPath, JsonPathFilter};
use restflow::prelude::*;
use sea_orm::{
    ActiveValue::Set, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend,
    EntityTrait, Order, QueryOrder, Schema,
};
use serde_json::{Value, json};

/// The parameters of a request, and the keys of the rows that it finds.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a [i64]);

mod section {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "section")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        #[sea_orm(has_many)]
        pub shelves: HasMany<super::shelf::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod shelf {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "shelf")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub section_id: i32,
        #[sea_orm(belongs_to, from = "section_id", to = "id")]
        pub section: HasOne<super::section::Entity>,
        #[sea_orm(has_many)]
        pub things: HasMany<super::thing::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod thing {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "thing")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub rating: Option<i32>,
        #[sea_orm(column_type = "JsonBinary")]
        pub data: Json,
        pub shelf_id: Option<i32>,
        #[sea_orm(belongs_to, from = "shelf_id", to = "id")]
        pub shelf: HasOne<super::shelf::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(ModelSerializer)]
#[serializer(entity = thing::Entity)]
struct ThingSerializer {
    #[serializer(read_only)]
    id: i32,
}

/// The filter sets of these tests are built by hand.
struct ThingFilterSet;

impl FilterSet for ThingFilterSet {
    type Entity = thing::Entity;

    fn filters() -> Filters<thing::Entity> {
        let data = thing::Column::Data;
        Filters::new()
            .with(
                JsonPathFilter::<_, String>::new("color", data, "color")
                    .exact()
                    .one_of()
                    .icontains()
                    .gt()
                    .isnull(),
            )
            .with(
                JsonPathFilter::<_, Decimal>::new("width", data, ["size", "width"])
                    .exact()
                    .gte()
                    .range(),
            )
            .with(JsonPathFilter::<_, bool>::new("sold", data, "sold").exact())
            .with(
                JsonPathFilter::<_, i64>::new("second", data, JsonPath::from("list").index(1))
                    .exact(),
            )
            .with(
                JsonFilter::new("data", data)
                    .has_key()
                    .has_keys()
                    .has_any_keys(),
            )
    }
}

#[derive(ViewSet, ListModelMixin)]
struct Things;

impl ApiView for Things {}

impl GenericView for Things {
    type Entity = thing::Entity;
    type Serializer = ThingSerializer;

    fn filter_backends(&self) -> FilterBackends<thing::Entity> {
        FilterBackends::new()
            .with(RestflowFilterBackend::<ThingFilterSet>::new())
            .with(SearchFilter::new([SearchField::related::<shelf::Entity>(
                SearchField::related::<section::Entity>(section::Column::Name),
            )]))
            .with(
                OrderingFilter::new([thing::Column::Rating])
                    .field(
                        "last",
                        OrderingField::column(thing::Column::Rating).nulls_last(),
                    )
                    .field(
                        "shelf__name",
                        OrderingField::related::<shelf::Entity>(shelf::Column::Name).nulls_first(),
                    )
                    .field(
                        "shelf__section__name",
                        OrderingField::related::<shelf::Entity>(OrderingField::related::<
                            section::Entity,
                        >(
                            section::Column::Name
                        ))
                        .nulls_last(),
                    ),
            )
    }

    fn pagination_class(&self) -> Option<Paginator> {
        PageNumberPagination::new(100)
            .page_size_query_param("size")
            .into()
    }
}

/// The same rows without pages.
#[derive(ViewSet, ListModelMixin)]
struct AllThings;

impl ApiView for AllThings {}

impl GenericView for AllThings {
    type Entity = thing::Entity;
    type Serializer = ThingSerializer;

    fn filter_backends(&self) -> FilterBackends<thing::Entity> {
        FilterBackends::new().with(OrderingFilter::new([thing::Column::Rating]))
    }
}

#[actions]
impl AllThings {
    /// All rows, read by one statement.
    #[action(detail = false)]
    async fn export(&self, request: &Request) -> Result<Response> {
        let rows = thing::Entity::find().order_by(thing::Column::Rating, Order::Asc);
        let rows = self.streamed_rows(request, rows).single_statement().await?;
        Ok(StreamingJsonListResponse::new(rows).into())
    }
}

struct Portable;

impl UrlConf for Portable {
    fn urls() -> Urls {
        let mut router = SimpleRouter::new();
        router.register("things", Things);
        router.register("all", AllThings);
        Urls::new().include("", router)
    }
}

/// The statements that ran.
#[derive(Clone, Default)]
struct QueryLog(Arc<Mutex<Vec<String>>>);

impl QueryLog {
    fn of(db: &mut DatabaseConnection) -> Self {
        let log = Self::default();
        let statements = log.clone();
        db.set_metric_callback(move |info| {
            let sql = info.statement.sql.clone();
            statements.0.lock().unwrap().push(sql);
        });
        log
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

struct Client<E> {
    client: TestClient<E>,
    log: QueryLog,
}

fn client<U: UrlConf>(mut db: DatabaseConnection) -> Client<impl Endpoint> {
    let log = QueryLog::of(&mut db);
    let api = OpenApiService::new(restflow::api::<U>(db), "filters", "1");
    Client {
        client: TestClient::new(api),
        log,
    }
}

impl<E: Endpoint> Client<E> {
    async fn get(&self, path: &str, query: &[(&str, &str)]) -> (u16, Value) {
        self.log.take();
        let mut request = self.client.get(path);
        for (name, value) in query {
            request = request.query(*name, value);
        }
        let response = request.send().await.0;
        let status = response.status().as_u16();
        let text = response.into_body().into_string().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// The keys of the rows, in their order.
    async fn ids(&self, path: &str, query: &[(&str, &str)]) -> Vec<i64> {
        let (status, body) = self.get(path, query).await;
        assert_eq!(status, 200, "{query:?}: {body}");
        let rows = body.get("results").unwrap_or(&body).as_array().unwrap();
        if let Some(count) = body.get("count") {
            assert_eq!(*count, json!(rows.len()), "{query:?}");
        }
        rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
    }
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.sqlx_logging(false).max_connections(4);
    if url.starts_with("sqlite") {
        options.max_connections(1);
    }
    Database::connect(options).await.unwrap()
}

async fn things(url: &str) {
    let db = connect(url).await;
    let schema = Schema::new(db.get_database_backend());
    for table in [
        schema.create_table_from_entity(section::Entity),
        schema.create_table_from_entity(shelf::Entity),
        schema.create_table_from_entity(thing::Entity),
    ] {
        db.execute(&table).await.unwrap();
    }
    let sections = [(1, "Garden"), (2, "Art")].map(|(id, name)| section::ActiveModel {
        id: Set(id),
        name: Set(name.to_owned()),
    });
    let inserted = section::Entity::insert_many(sections);
    inserted.exec_without_returning(&db).await.unwrap();
    let shelves = [(1, "Tools", 1), (2, "Brushes", 2), (3, "Zinc", 1)];
    let shelves = shelves.map(|(id, name, section)| shelf::ActiveModel {
        id: Set(id),
        name: Set(name.to_owned()),
        section_id: Set(section),
    });
    let inserted = shelf::Entity::insert_many(shelves);
    inserted.exec_without_returning(&db).await.unwrap();
    let rows = [
        (
            1,
            Some(3),
            json!({"color": "red", "size": {"width": 10}, "sold": true}),
            Some(1),
        ),
        (
            2,
            None,
            json!({"color": "Dark Red", "size": {"width": 2.5}, "list": [1, 7]}),
            Some(2),
        ),
        (
            3,
            Some(1),
            json!({"color": 5, "size": {"width": "10"}, "sold": false}),
            None,
        ),
        (
            4,
            Some(3),
            json!({"color": null, "size": {"width": 1e3}, "list": ["1", 7.0]}),
            Some(3),
        ),
        (
            5,
            None,
            json!({"size": 3, "list": [2], "odd \u{e9}'": 1}),
            Some(1),
        ),
        (6, Some(2), json!([1, "color"]), Some(2)),
    ];
    let rows = rows.map(|(id, rating, data, shelf)| thing::ActiveModel {
        id: Set(id),
        rating: Set(rating),
        data: Set(data),
        shelf_id: Set(shelf),
    });
    let inserted = thing::Entity::insert_many(rows);
    inserted.exec_without_returning(&db).await.unwrap();
    let is_postgres = db.get_database_backend() == DbBackend::Postgres;
    let client = client::<Portable>(db);

    let table: &[Case] = &[
        (&[("color", "red")], &[1]),
        (&[("color", "5")], &[]),
        (&[("color__in", "red,Dark Red")], &[1, 2]),
        (&[("color__in", "")], &[]),
        (&[("color!", "red")], &[2, 3, 4, 5, 6]),
        (&[("color__icontains", "RED")], &[1, 2]),
        (&[("color__gt", "f")], &[1]),
        (&[("color__isnull", "true")], &[5, 6]),
        (&[("color__isnull", "false")], &[1, 2, 3, 4]),
        (&[("width", "10")], &[1]),
        (&[("width", "2.50")], &[2]),
        (&[("width__gte", "3")], &[1, 4]),
        (&[("width__gte!", "3")], &[2, 3, 5, 6]),
        (&[("width__range", "2,10")], &[1, 2]),
        (&[("sold", "true")], &[1]),
        (&[("sold", "false")], &[3]),
        (&[("second", "7")], &[2, 4]),
        (
            &[("data__has_key", "color")],
            if is_postgres {
                &[1, 2, 3, 4, 6]
            } else {
                &[1, 2, 3, 4]
            },
        ),
        (&[("data__has_key", "odd \u{e9}'")], &[5]),
        (&[("data__has_key", "$.\"color\"")], &[]),
        (&[("data__has_keys", "color,list")], &[2, 4]),
        (&[("data__has_any_keys", "sold,odd \u{e9}'")], &[1, 3, 5]),
        (&[("data__has_any_keys", "")], &[]),
        (&[("data__has_keys", "color,list,color")], &[2, 4]),
        (&[("data__has_keys", "color,none")], &[]),
        (&[("data__has_keys!", "color,list")], &[1, 3, 5, 6]),
        (&[("data__has_any_keys!", "sold,list")], &[6]),
        (&[("search", "garden")], &[1, 4, 5]),
        (&[("ordering", "-last")], &[1, 4, 6, 3, 2, 5]),
        (&[("ordering", "last")], &[3, 6, 1, 4, 2, 5]),
        (&[("ordering", "shelf__name")], &[3, 2, 6, 1, 5, 4]),
        (&[("ordering", "-shelf__name")], &[3, 4, 1, 5, 2, 6]),
        (
            &[("ordering", "shelf__section__name,-last")],
            &[6, 2, 1, 4, 5, 3],
        ),
        (
            &[("ordering", "unknown,-last,last,shelf_id")],
            &[1, 4, 6, 3, 2, 5],
        ),
        (&[("ordering", "id\u{0};--")], &[1, 2, 3, 4, 5, 6]),
    ];
    for (query, expected) in table {
        assert_eq!(client.ids("/things/", query).await, *expected, "{query:?}");
    }
    let keys = |from: usize| {
        let keys = (from..from + 1_000).map(|key| format!("key{key}"));
        keys.collect::<Vec<_>>().join(",")
    };
    let (many, others) = (keys(0), keys(1_000));
    for name in ["data__has_keys", "data__has_any_keys"] {
        let negation = format!("{name}!");
        assert_eq!(client.ids("/things/", &[(name, &many)]).await, [0i64; 0]);
        let query = [(&*negation, &*many), ("color__in!", &others)];
        assert_eq!(client.ids("/things/", &query).await, [1, 2, 3, 4, 5, 6]);
    }
    let hostile = [
        "\0",
        "'",
        "\"",
        "\\",
        "%",
        "$.a",
        "[",
        "{",
        "💥",
        &"x".repeat(60_000),
        &many,
    ];
    for name in [
        "color",
        "color__icontains",
        "color__in",
        "data__has_key",
        "data__has_keys",
        "data__has_any_keys",
        "width",
        "second",
        "search",
        "ordering",
    ] {
        for value in hostile {
            let (status, body) = client.get("/things/", &[(name, value)]).await;
            assert!(
                matches!(status, 200 | 400),
                "{name}={value:.20}: {status} {body}"
            );
        }
    }
    // Pages of one row each, ordered by a related row, have every row once.
    let mut seen = Vec::new();
    for page in 1..=6 {
        let page = page.to_string();
        let query = [
            ("ordering", "shelf__section__name"),
            ("size", "1"),
            ("page", page.as_str()),
        ];
        let (status, body) = client.get("/things/", &query).await;
        assert_eq!((status, &body["count"]), (200, &json!(6)), "{body}");
        seen.push(body["results"][0]["id"].as_i64().unwrap());
    }
    assert_eq!(seen, [2, 6, 1, 4, 5, 3]);

    // Lists without pages and exports have a total order, too.
    for (path, query) in [
        ("/all/", &[("ordering", "rating")][..]),
        ("/all/export/", &[]),
    ] {
        let ids = client.ids(path, query).await;
        assert_eq!(ids.len(), 6);
        let log = client.log.take();
        let ordering = log.last().unwrap().replace('`', "\"");
        assert!(
            ordering.ends_with(r#" ORDER BY "thing"."rating" ASC, "thing"."id" ASC"#),
            "{path}: {ordering}"
        );
    }
}

#[tokio::test]
async fn json_and_related_orderings_on_sqlite() {
    things("sqlite::memory:").await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn json_and_related_orderings_on_postgres() {
    let name = "restflow_filters_json_test";
    if let Some(url) = servers::fresh_database("RESTFLOW_TEST_POSTGRES_URL", name).await {
        things(&url).await;
    }
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn json_and_related_orderings_on_mysql() {
    let name = "restflow_filters_json_test";
    if let Some(url) = servers::fresh_database("RESTFLOW_TEST_MYSQL_URL", name).await {
        things(&url).await;
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use restflow::filters::ColumnFilter;
    use restflow::filters::lookups;
    use restflow::filters::postgres::*;

    use super::*;

    mod item {
        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "item")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub name: String,
            #[sea_orm(column_type = "Text", nullable)]
            pub description: Option<String>,
            #[sea_orm(column_type = "custom(\"tsvector\")", select_as = "text")]
            pub words: String,
            #[sea_orm(column_type = "custom(\"tsvector\")", select_as = "text", nullable)]
            pub notes: Option<String>,
            #[sea_orm(column_type = "custom(\"inet\")", select_as = "text", nullable)]
            pub address: Option<String>,
            #[sea_orm(column_type = "Array(RcOrArc::new(ColumnType::Text))")]
            pub tags: Vec<String>,
            pub sizes: Option<Vec<i64>>,
            #[sea_orm(column_type = "Array(RcOrArc::new(ColumnType::Decimal(Some((5, 2)))))")]
            pub prices: Vec<Decimal>,
            #[sea_orm(column_type = "Array(RcOrArc::new(ColumnType::String(StringLen::N(3))))")]
            pub codes: Vec<String>,
            #[sea_orm(column_type = "Array(RcOrArc::new(ColumnType::Char(Some(3))))")]
            pub letters: Vec<String>,
            #[sea_orm(column_type = "JsonBinary")]
            pub data: Json,
            #[sea_orm(column_type = "Json")]
            pub old: Json,
            #[sea_orm(column_type = "custom(\"daterange\")", select_as = "text")]
            pub period: String,
            #[sea_orm(column_type = "custom(\"int4range\")", select_as = "text", nullable)]
            pub ages: Option<String>,
            #[sea_orm(column_type = "custom(\"tstzrange\")", select_as = "text", nullable)]
            pub shift: Option<String>,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    use item::{Column, Entity};

    #[derive(ModelSerializer)]
    #[serializer(entity = item::Entity)]
    struct ItemSerializer {
        #[serializer(read_only)]
        id: i32,
    }

    struct ItemFilterSet;

    impl FilterSet for ItemFilterSet {
        type Entity = Entity;

        fn filters() -> Filters<Entity> {
            let vector = || {
                SearchVector::new()
                    .weighted(Column::Name, Weight::A)
                    .weighted(Column::Description, Weight::B)
                    .config("english")
            };
            Filters::new()
                .field(
                    ColumnFilter::<_, String, _>::new("name", Column::Name)
                        .lookup(Search)
                        .lookup(TrigramSimilar)
                        .lookup(TrigramWordSimilar)
                        .lookup(TrigramStrictWordSimilar)
                        .lookup(Unaccent)
                        .lookup(UnaccentContains)
                        .lookup(UnaccentStartsWith)
                        .lookup(UnaccentEndsWith)
                        .lookup(lookups::IContains),
                )
                .field(ColumnFilter::<_, String, _>::new("words", Column::Words).lookup(Search))
                .field(
                    ColumnFilter::<_, String, _>::new("address", Column::Address)
                        .lookup(lookups::IExact)
                        .lookup(lookups::Contains)
                        .lookup(lookups::IContains)
                        .lookup(lookups::IStartsWith)
                        .lookup(lookups::Regex)
                        .lookup(TrigramSimilar)
                        .lookup(Unaccent)
                        .lookup(UnaccentContains),
                )
                .with(FullTextFilter::new(
                    "all",
                    SearchVector::new()
                        .column(Column::Words)
                        .weighted(Column::Notes, Weight::C),
                ))
                .with(FullTextFilter::new("text", vector()))
                .with(FullTextFilter::new("phrase", vector()).query(SearchQuery::Phrase))
                .with(
                    ArrayFilter::<_, String>::new("tags", Column::Tags)
                        .element()
                        .pg_array()
                        .exact()
                        .len()
                        .index(1),
                )
                .with(
                    ArrayFilter::<_, i64>::new("sizes", Column::Sizes)
                        .fits(|item: &item::Model| &item.sizes)
                        .pg_array()
                        .index(0),
                )
                .with(
                    ArrayFilter::<_, Decimal>::new("prices", Column::Prices)
                        .element()
                        .pg_array()
                        .index(0),
                )
                .with(
                    ArrayFilter::<_, String>::new("codes", Column::Codes)
                        .element()
                        .pg_array()
                        .index(0),
                )
                .with(
                    ArrayFilter::<_, String>::new("letters", Column::Letters)
                        .element()
                        .index(0),
                )
                .with(
                    JsonFilter::new("data", Column::Data)
                        .contains()
                        .contained_by()
                        .has_key(),
                )
                .with(
                    JsonFilter::new("old", Column::Old)
                        .contains()
                        .has_any_keys(),
                )
                .with(
                    JsonPathFilter::<_, f64>::new("n", Column::Old, "n")
                        .exact()
                        .lt(),
                )
                .with(
                    RangeFilter::<_, chrono::NaiveDate>::new("period", Column::Period)
                        .contains()
                        .overlaps()
                        .contained_by()
                        .fully_lt()
                        .fully_gt()
                        .not_lt()
                        .not_gt()
                        .adjacent_to()
                        .contains_range()
                        .startswith()
                        .endswith()
                        .isempty(),
                )
                .with(
                    RangeFilter::<_, i32>::new("ages", Column::Ages)
                        .contains()
                        .overlaps(),
                )
                .with(
                    RangeFilter::<_, chrono::DateTime<chrono::Utc>>::new("shift", Column::Shift)
                        .contains()
                        .overlaps(),
                )
        }
    }

    #[derive(ViewSet, ListModelMixin)]
    struct Items;

    impl ApiView for Items {}

    impl GenericView for Items {
        type Entity = Entity;
        type Serializer = ItemSerializer;

        fn filter_backends(&self) -> FilterBackends<Entity> {
            let vector = SearchVector::new()
                .weighted(Column::Name, Weight::A)
                .weighted(Column::Description, Weight::D)
                .config("english");
            FilterBackends::new()
                .with(RestflowFilterBackend::<ItemFilterSet>::new())
                .with(SearchFilter::new([
                    SearchField::full_text_in(Column::Description, "english"),
                    SearchField::full_text(Column::Words),
                    SearchField::unaccented(Column::Name).as_prefix(),
                ]))
                .with(FullTextSearch::new(vector).param("q"))
                .with(TrigramSearch::new([Column::Name, Column::Description]).param("like"))
                .with(OrderingFilter::new([Column::Name]))
        }

        fn pagination_class(&self) -> Option<Paginator> {
            PageNumberPagination::new(100).into()
        }
    }

    struct Api;

    impl UrlConf for Api {
        fn urls() -> Urls {
            let mut router = SimpleRouter::new();
            router.register("items", Items);
            Urls::new().include("", router)
        }
    }

    const ROWS: &str = r#"
        INSERT INTO item (address, notes, name, description, words, tags, sizes, data, old, period, ages, shift)
        VALUES
        ('10.0.0.7', to_tsvector('english', 'wood'), 'Garden chair', 'A chair for the garden', to_tsvector('english', 'running gardens'),
         '{red,blue}', '{1,2}', '{"color": "red", "size": {"w": 1}}', '{"n": 1}',
         '[2026-01-01,2026-02-01)', '[10,20)', '[2026-01-01T00:00Z,2026-01-01T12:00Z)'),
        (NULL, NULL, 'Café table', 'Round; a chair does not come with it', to_tsvector('english', 'table'),
         '{red}', NULL, '{"color": "blue", "tags": ["a", "b"]}', '{"n": "x"}',
         '[2026-02-01,2026-03-01)', NULL, NULL),
        ('fe80::1', NULL, 'Tools', NULL, to_tsvector('english', 'tools run'), '{}', '{}', '[]', 'null',
         'empty', '(,)', NULL),
        (NULL, to_tsvector('english', 'a table'), 'O''Neil "quoted" chairs', '', to_tsvector('english', ''), '{"a,b",red,green}', '{3}',
         '{}', '{"n": -2.5}', '[2026-03-01,)', '[1,5]', '[2026-05-01T00:00Z,)')
    "#;

    async fn items(url: &str) -> Option<Client<impl Endpoint>> {
        let db = connect(url).await;
        for extension in ["pg_trgm", "unaccent"] {
            let statement = format!("CREATE EXTENSION {extension}");
            if let Err(error) = db.execute_unprepared(&statement).await {
                assert!(
                    std::env::var_os("CI").is_none(),
                    "PostgreSQL's contrib package must be there where CI is: {error}"
                );
                #[expect(clippy::print_stderr, reason = "a skipped test says so")]
                {
                    eprintln!("skipped: PostgreSQL has no extension {extension}");
                }
                return None;
            }
        }
        let (_, name) = url.rsplit_once('/').unwrap();
        let language = format!("ALTER DATABASE {name} SET default_text_search_config = 'english'");
        for statement in [
            language.as_str(),
            "CREATE TABLE item (id serial PRIMARY KEY, name varchar NOT NULL, description text, \
              words tsvector NOT NULL, notes tsvector, address inet, tags text[] NOT NULL, \
              sizes bigint[], data jsonb NOT NULL, old json NOT NULL, period daterange NOT NULL, \
              ages int4range, shift tstzrange, prices numeric(5, 2)[] NOT NULL DEFAULT '{1.23}', \
              codes varchar(3)[] NOT NULL DEFAULT '{red}', \
              letters char(3)[] NOT NULL DEFAULT '{a}')",
            ROWS,
        ] {
            db.execute_unprepared(statement).await.unwrap();
        }
        db.close().await.unwrap();
        Some(client::<Api>(connect(url).await))
    }

    #[tokio::test]
    async fn items_are_found_by_what_postgres_has() {
        let name = "restflow_filters_items_test";
        let Some(url) = servers::fresh_database("RESTFLOW_TEST_POSTGRES_URL", name).await else {
            return;
        };
        let Some(client) = items(&url).await else {
            return;
        };
        let table: &[Case] = &[
            (&[("name__search", "chairs garden")], &[1]),
            (&[("name__search!", "chair")], &[2, 3]),
            (&[("words__search", "ran garden")], &[]),
            (&[("words__search", "run")], &[1, 3]),
            (&[("text", "chair -garden")], &[2, 4]),
            (&[("text", "garden or tools")], &[1, 3]),
            (&[("text", "\"chair for the garden\"")], &[1]),
            (&[("phrase", "garden chair")], &[1]),
            (&[("phrase", "chair garden")], &[]),
            (&[("name__trigram_similar", "garden chiar")], &[1]),
            (&[("name__trigram_word_similar", "gardn")], &[1]),
            (&[("name__trigram_strict_word_similar", "tabel")], &[]),
            (&[("name__unaccent", "cafe table")], &[]),
            (&[("name__unaccent", "Cafe table")], &[2]),
            (&[("name__unaccent__icontains", "CAFE")], &[2]),
            (&[("name__unaccent__istartswith", "caf\u{e9}")], &[2]),
            (&[("name__unaccent__iendswith", "TABLÉ")], &[2]),
            // Full-width characters are unaccented into wildcards.
            (&[("name__unaccent__icontains", "\u{ff05}")], &[]),
            (&[("name__unaccent__icontains", "t\u{ff3f}ble")], &[]),
            (&[("name__unaccent__istartswith", "_")], &[]),
            (&[("name__unaccent__icontains", "\\")], &[]),
            (&[("name__unaccent__iendswith", "\u{ff3c}")], &[]),
            (&[("all", "table")], &[2, 4]),
            (&[("all", "tools or wood")], &[1, 3]),
            (&[("address__iexact", "10.0.0.7")], &[1]),
            (&[("address__icontains", "FE80")], &[3]),
            (&[("address__istartswith!", "10.")], &[2, 3, 4]),
            (&[("address__regex", "^10(\\.\\d){3}$")], &[1]),
            (&[("address__unaccent__icontains", ".7")], &[1]),
            (&[("tags", "red")], &[1, 2, 4]),
            (&[("tags__contains", "red,blue")], &[1]),
            (&[("tags__contains", "")], &[1, 2, 3, 4]),
            (&[("tags__contains!", "red")], &[3]),
            (&[("tags__contained_by", "red,blue")], &[1, 2, 3]),
            (
                &[("tags__overlaps", "blue"), ("tags__overlaps", "green")],
                &[1, 4],
            ),
            (&[("tags__exact", "red")], &[2]),
            (&[("tags__len", "0")], &[3]),
            (&[("tags__1", "red")], &[4]),
            (&[("sizes__contains", "1")], &[1]),
            (&[("sizes__contains!", "1")], &[2, 3, 4]),
            (&[("sizes__overlaps", "2,3")], &[1, 4]),
            (&[("sizes__contained_by", "")], &[3]),
            (&[("sizes__0", "3")], &[4]),
            // Values are not fitted to the limits of the column.
            (&[("prices__contains", "1.23")], &[1, 2, 3, 4]),
            (&[("prices__contains", "1.234")], &[]),
            (&[("prices__contains", "100000")], &[]),
            (&[("prices__0", "100000")], &[]),
            (&[("prices__0", "1.230")], &[1, 2, 3, 4]),
            (&[("codes", "red")], &[1, 2, 3, 4]),
            (&[("codes", "redder")], &[]),
            (&[("codes__overlaps", "redder")], &[]),
            (&[("codes__0", "redder")], &[]),
            (&[("letters", "a")], &[1, 2, 3, 4]),
            (&[("letters", "abcd")], &[]),
            (&[("letters__0", "a")], &[1, 2, 3, 4]),
            (&[("letters__0", "abc")], &[]),
            (&[("data__contains", r#"{"size": {"w": 1.0}}"#)], &[1]),
            (&[("data__contains", r#"{"tags": ["b"]}"#)], &[2]),
            (&[("data__contained_by", r#"{"a": 1}"#)], &[4]),
            (&[("data__has_key", "tags")], &[2]),
            (&[("old__contains", r#"{"n": "x"}"#)], &[2]),
            (&[("old__has_any_keys", "n,m")], &[1, 2, 4]),
            (&[("n__lt", "0")], &[4]),
            (&[("n", "1.0")], &[1]),
            (&[("period__contains", "2026-02-01")], &[2]),
            (&[("period__overlaps", "2026-01-15,2026-02-02")], &[1, 2]),
            (&[("period__overlaps!", "2026-01-15,2026-02-02")], &[3, 4]),
            (
                &[("period__contained_by", "2026-01-01,2026-03-01")],
                &[1, 2, 3],
            ),
            (&[("period__contains_range", "2026-03-05,2027-01-01")], &[4]),
            (&[("period__fully_lt", "2026-02-15,2026-03-15")], &[1]),
            (&[("period__fully_gt", "2026-01-15,2026-02-15")], &[4]),
            (&[("period__not_lt", "2026-02-01,2026-02-02")], &[2, 4]),
            (&[("period__not_gt", "2026-01-01,2026-02-01")], &[1]),
            (&[("period__adjacent_to", "2026-02-01,2026-02-05")], &[1]),
            (&[("period__startswith", "2026-03-01")], &[4]),
            (&[("period__endswith", "2026-03-01")], &[2]),
            (&[("period__isempty", "true")], &[3]),
            (&[("ages__contains", "5")], &[3, 4]),
            (&[("ages__contains", "2147483647")], &[3]),
            (&[("ages__overlaps", "-2147483648,2147483647")], &[1, 3, 4]),
            (&[("shift__contains", "2026-01-01T05:00:00+01:00")], &[1]),
            (
                &[(
                    "shift__overlaps",
                    "0001-01-01T00:00:00Z,9999-12-31T23:59:59Z",
                )],
                &[1, 4],
            ),
            (&[("search", "chair")], &[1, 2]),
            (&[("search", "cafe")], &[2]),
            // The best first: a name counts more than a description.
            (&[("q", "chair")], &[1, 4, 2]),
            (&[("q", "chair"), ("ordering", "name")], &[2, 1, 4]),
            (&[("q", " ")], &[1, 2, 3, 4]),
            (&[("like", "garden chair")], &[1]),
        ];
        for (query, expected) in table {
            assert_eq!(client.ids("/items/", query).await, *expected, "{query:?}");
        }

        client.ids("/items/", &[("q", "chair")]).await;
        let log = client.log.take();
        let [sql] = log.as_slice() else {
            panic!("one statement: {log:?}");
        };
        // The count is a subquery of the page, and has no rank.
        assert_eq!(sql.matches("ts_rank").count(), 1, "{sql}");
        assert!(sql.contains(r#" DESC, "item"."id" ASC LIMIT 100"#), "{sql}");
    }

    #[tokio::test]
    async fn hostile_values_are_no_errors_of_the_server() {
        let name = "restflow_filters_hostile_test";
        let Some(url) = servers::fresh_database("RESTFLOW_TEST_POSTGRES_URL", name).await else {
            return;
        };
        let Some(client) = items(&url).await else {
            return;
        };
        let long = "x".repeat(60_000);
        let words = "-a ".repeat(3_000);
        let alternatives = "\"a b\" or ".repeat(1_000);
        let numbers = "1,".repeat(1_000);
        let many = "1,".repeat(1_001);
        let nested = format!("{}{}", "[".repeat(4_000), "]".repeat(4_000));
        let objects = format!("{}1{}", "{\"a\":".repeat(120), "}".repeat(120));
        let hostile = [
            "\0",
            "'",
            "\"",
            "\"open",
            "\\",
            "\\'",
            "%",
            "_",
            "\u{ff05}",
            "\u{ff3f}",
            "\u{ff3c}",
            "%_\\",
            "(",
            "a & | !",
            "!!!",
            ":*",
            "<->",
            "or",
            "-",
            "{",
            "}",
            "{}",
            "[1,2",
            "null",
            "[]",
            "NaN",
            "-0",
            "1e308",
            "1e999",
            "99999999999999999999",
            "'; DROP TABLE item; --",
            "\u{1F4A5}",
            "\u{feff}",
            "$1",
            "?",
            "{\"a\":\"\\u0000\"}",
            "{\"a\":\"\\ud800\"}",
            "2026-01-01,0001-01-01",
            "9999-12-31,9999-12-31",
            "0001-01-01,9999-12-31",
            "2147483647,2147483647",
            "true",
            &long,
            &words,
            &alternatives,
            &numbers,
            &many,
            &nested,
            &objects,
        ];
        let names: Vec<String> = ItemFilterSet::filters()
            .parameters()
            .into_iter()
            .map(|parameter| parameter.name.into_owned())
            .chain(["search", "q", "like", "ordering"].map(str::to_owned))
            .collect();
        assert!(names.len() > 80, "{names:?}");
        for name in &names {
            for value in hostile {
                let (status, body) = client.get("/items/", &[(name, value)]).await;
                assert!(
                    matches!(status, 200 | 400),
                    "{name}={value:.40}: {status} {body}"
                );
            }
        }
        let (status, body) = client
            .get(
                "/items/",
                &[
                    ("period__overlaps", "2026-02-01,2026-01-01"),
                    ("tags__len", "x"),
                ],
            )
            .await;
        let errors = json!({
            "period__overlaps": ["The start of the range must not exceed the end of the range."],
            "tags__len": ["A valid integer is required."],
        });
        assert_eq!((status, body), (400, errors));
    }
}

//! Query parameters of someone who means harm, to a list with a filter set, a search and an
//! ordering, on every database at hand: 400 or an honest answer, and next to nothing in the log.
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

#[path = "filter_properties/items.rs"]
mod items;
#[path = "support/random.rs"]
mod random;
#[cfg(any(feature = "postgres", feature = "mysql"))]
#[path = "support/servers.rs"]
mod servers;

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use items::{item, label, shelf};
use poem::{endpoint::BoxEndpoint, test::TestClient};
use random::Random;
use restflow::filters::SearchField;
use restflow::prelude::*;
use serde_json::Value;

#[derive(ModelSerializer)]
#[serializer(entity = item::Entity)]
struct ItemSerializer {
    #[serializer(read_only)]
    id: i32,
    name: String,
}

#[derive(FilterSet)]
#[filterset(entity = item::Entity, order_by(id, name, price, seen))]
struct ItemFilterSet {
    #[filter(lookups(
        text,
        istartswith,
        iendswith,
        regex,
        iregex,
        comparison,
        range,
        in,
        isnull
    ))]
    name: String,
    #[filter(lookups(comparison, range, in, isnull))]
    number: i32,
    #[filter(lookups(comparison, range, in))]
    big: i64,
    #[filter(lookups(comparison, range, in))]
    ratio: f64,
    #[filter(lookups(comparison, range, in))]
    price: Decimal,
    #[filter(lookups(in, isnull))]
    flag: bool,
    #[filter(lookups(
        comparison, range, in, on = date, year, iso_year, quarter, month, week, week_day,
        iso_week_day, day
    ))]
    day: Date,
    #[filter(lookups(comparison, range, in, at = time, hour, minute, second))]
    hour: Time,
    #[filter(lookups(comparison, on = date, year, month, day, at = time, hour, minute, second))]
    written: DateTime,
    #[filter(lookups(
        comparison, on = date, year, month, week, day, at = time, hour, minute, second
    ))]
    seen: DateTimeUtc,
    #[filter(lookups(
        comparison, range, on = date, year, month, week, day, at = time, hour, minute, second
    ))]
    moved: DateTimeWithTimeZone,
    #[filter(lookups(in))]
    token: Uuid,
    #[filter(lookups(in))]
    mood: item::Mood,
    #[filter(related = shelf::Entity, column = "name", lookups(text, regex, isnull))]
    shelf: String,
    #[filter(related = label::Entity, column = "weight", lookups(comparison, isnull))]
    weight: i32,
    #[filter(related = label::Entity, column = "name", lookups(text, iregex, in))]
    label: String,
}

#[derive(ListApiView)]
struct Items;

impl ApiView for Items {}

impl GenericView for Items {
    type Entity = item::Entity;
    type Serializer = ItemSerializer;

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new()
            .with(RestflowFilterBackend::<ItemFilterSet>::new())
            .with(
                SearchFilter::new([
                    SearchField::contains(item::Column::Name),
                    SearchField::starts_with(item::Column::Number),
                    SearchField::exact(item::Column::Seen),
                ])
                .field(SearchField::related::<label::Entity>(label::Column::Name)),
            )
            .with(SearchFilter::new([SearchField::regex(item::Column::Name)]).param("pattern"))
            .with(OrderingFilter::all())
    }
}

struct Api;

impl UrlConf for Api {
    fn urls() -> Urls {
        Urls::new().path("items/", Items)
    }
}

/// What is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl tracing_subscriber::fmt::MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

const VALUES: [&str; 60] = [
    "",
    " ",
    ",",
    ",,,",
    "'",
    "''; DROP TABLE item; --",
    "\"",
    "`",
    "\\",
    "\\\\%",
    "%",
    "_%_",
    "\0",
    "a\0b",
    "$1",
    "?",
    "{}",
    "[",
    "(a+)+$",
    "(?=x)",
    "\\1",
    "a{1000}",
    ".*.*.*.*.*.*x",
    "a.*b.*a.*b.*[cd]",
    "(\\ba){255}(\\ba){255}(\\ba){255}",
    "\u{FF05}\u{FF3F}",
    "\u{FF3C}",
    "\u{FFFF}",
    "\u{1F600}",
    "\u{202E}a\u{301}\u{301}",
    "-1",
    "0",
    "1",
    "1,2",
    "2,1",
    "1,2,3",
    "2147483648",
    "-9223372036854775808",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999999999999999",
    "1e400",
    "-1e308",
    "1e-400",
    "NaN",
    "-inf",
    "0x10",
    "0.00000000000000000000000000001",
    "2024-02-30",
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59.999999-23:59",
    "2016-12-31T23:59:60Z",
    "24:00:00",
    "23:59:59.9999999",
    "00000000-0000-0000-0000-000000000000",
    "true,false",
];

struct Attack {
    client: TestClient<BoxEndpoint<'static>>,
    log: Log,
}

impl Attack {
    /// The status of the answer, which says nothing of the database.
    async fn send(&self, query: &str) -> (u16, Value) {
        self.log.0.lock().unwrap().clear();
        let response = self.client.get(format!("/items/?{query}")).send().await.0;
        let status = response.status().as_u16();
        let text = response.into_body().into_string().await.unwrap();
        let short: String = query.chars().take(300).collect();
        let log = String::from_utf8(self.log.0.lock().unwrap().clone()).unwrap();
        assert!(
            matches!(status, 200 | 400),
            "?{short}: {status} {text}\n{log}"
        );
        assert!(log.lines().count() <= 1, "?{short}: {log}");
        for word in ["SELECT", "WHERE", "sqlx", "syntax"] {
            assert!(!text.contains(word), "?{short}: {text}");
        }
        (status, serde_json::from_str(&text).unwrap())
    }
}

fn encoded(text: &str) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

async fn story(url: &str) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let (db, rows) = items::database(url, &mut random).await;
    let api = OpenApiService::new(restflow::api::<Api>(db), "items", "1");
    let app = Route::new().nest("/", api).map_to_response().boxed();
    let attack = Attack {
        client: TestClient::new(app),
        log,
    };
    let _guard = tracing::subscriber::set_default(subscriber);

    let filters = ItemFilterSet::filters();
    let names: Vec<String> = filters
        .parameters()
        .iter()
        .map(|parameter| parameter.name.to_string())
        .chain(["search", "pattern", "ordering"].map(str::to_owned))
        .collect();
    assert!(names.len() > 250, "{}", names.len());

    // Each parameter with odd values, alone and several at once.
    for name in &names {
        for _ in 0..5 {
            let value = encoded(random.one_of(&VALUES));
            attack.send(&format!("{}={value}", encoded(name))).await;
        }
    }
    for _ in 0..150 {
        let query: String = (0..6)
            .map(|_| {
                let name = encoded(&random.one_of(&names));
                format!("{name}={}&", encoded(random.one_of(&VALUES)))
            })
            .collect();
        attack.send(&query).await;
    }

    // Patterns that are as large or as costly as they may be, and those that are more.
    let optional = "a?".repeat(20);
    let literal = "a.*".to_owned() + &"-".repeat(900);
    let patterns = [
        (r"(\ba){150}", 200),
        (r"(?m)(^\Ba$){100}", 200),
        (r"(\ba){255}(\ba){255}(\ba){255}", 400),
        ("([12][34]){180}([12][34]){180}", 200),
        ("([12][34]){250}([12][34]){250}", 400),
        ("([12]{255}){7}", 200),
        ("(\u{E9}\u{1F600}){180}a", 200),
        ("\\pL\\PL", 200),
        ("^([ab]|[cd]e|f){100}x", 200),
        (".{0,250}b.{0,3}c", 200),
        ("(ab[cd]){0,200}x", 200),
        ("^(ab[cd]){0,200}x", 200),
        ("a.*b", 200),
        ("^a.*b.*c", 200),
        ("a.*b.*a.*b.*[cd]", 400),
        (&optional, 200),
        (&format!("^{optional}b"), 400),
        (&literal, 400),
        (".*", 200),
        ("a*|b", 200),
    ];
    for (pattern, expected) in patterns {
        for name in ["name__regex", "name__iregex!", "label__iregex"] {
            let query = format!("{}={}", encoded(name), encoded(pattern));
            let (status, body) = attack.send(&query).await;
            assert_eq!(status, expected, "?{name}={pattern}: {body}");
        }
    }

    // Large values, and many of them.
    // A URI holds less than 64 KiB.
    let large = "x".repeat(60_000);
    let digits = "9".repeat(60_000);
    for name in [
        "name",
        "name__regex",
        "number",
        "price",
        "ratio",
        "seen",
        "token",
        "mood",
        "flag",
        "search",
        "pattern",
        "ordering",
        "order_by",
        "number__in",
        "unknown",
    ] {
        for value in [&large, &digits] {
            let (status, _) = attack.send(&format!("{name}={value}")).await;
            let expected = if name == "unknown" || name == "ordering" {
                200
            } else {
                400
            };
            assert_eq!(status, expected, "{name}");
        }
        let repeated = format!("{name}=1&");
        attack.send(&repeated.repeat(60_000 / repeated.len())).await;
        let (status, _) = attack
            .send(&format!("{name}={}", "1,".repeat(10_000)))
            .await;
        assert!(name != "number__in" || status == 400);
    }
    assert_eq!(attack.send(&"big=1&".repeat(10_000)).await.0, 200);
    let unknown: String = (0..7_000).map(|number| format!("p{number}=1&")).collect();
    let (status, all) = attack.send(&unknown).await;
    assert_eq!((status, all.as_array().unwrap().len()), (200, rows.len()));

    // As many conditions as there may be, and more.
    let conditions: Vec<&String> = names
        .iter()
        .filter(|name| name.contains("number") || name.contains("weight"))
        .collect();
    let list = (0..900).map(|number| number.to_string());
    let list = list.collect::<Vec<_>>().join(",");
    let query = |names: &[&String]| -> String {
        let pairs = names.iter().map(|name| {
            let value = match name.as_str() {
                name if name.contains("isnull") => "0",
                name if name.contains("range") => "1,2",
                name if name.contains("__in") => &list,
                _ => "1",
            };
            format!("{}={value}&", encoded(name))
        });
        pairs.collect()
    };
    assert_eq!(attack.send(&query(&conditions)).await.0, 200);
    let parts: Vec<&String> = names
        .iter()
        .filter(|name| {
            [
                "year", "month", "day", "hour", "minute", "second", "week", "quarter", "isnull",
            ]
            .iter()
            .any(|part| name.trim_end_matches('!').ends_with(&format!("__{part}")))
        })
        .collect();
    let mut many = parts.clone();
    many.extend(conditions);
    assert_eq!(attack.send(&query(&many)).await.0, 200, "{}", many.len());
    let everything = names.iter().map(|name| {
        let value = match name.as_str() {
            name if name.contains("range") => "1,1",
            _ => "1",
        };
        format!("{}={value}&", encoded(name))
    });
    let (status, _) = attack.send(&everything.collect::<String>()).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn the_log_says_how_sqlite_gets_regular_expressions() {
    let db = Database::connect("sqlite::memory:").await.unwrap();
    let schema = sea_orm::Schema::new(sea_orm::DbBackend::Sqlite);
    let table = schema.create_table_from_entity(item::Entity);
    sea_orm::ConnectionTrait::execute(&db, &table)
        .await
        .unwrap();
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    let api = OpenApiService::new(restflow::api::<Api>(db), "items", "1");
    let client = TestClient::new(api);
    let _guard = tracing::subscriber::set_default(subscriber);
    for (parameter, status) in [("name", 200), ("name__regex", 500)] {
        let query = format!("/items/?{parameter}=a");
        let response = client.get(query).send().await.0;
        assert_eq!(response.status().as_u16(), status, "{parameter}");
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("with_regexp(options)"), "{log}");
}

#[tokio::test]
async fn nothing_breaks_on_sqlite() {
    story("sqlite::memory:").await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn nothing_breaks_on_postgres() {
    if let Some(url) = servers::fresh_database(
        "RESTFLOW_TEST_POSTGRES_URL",
        "restflow_hostile_parameters_test",
    )
    .await
    {
        story(&url).await;
    }
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn nothing_breaks_on_mysql() {
    if let Some(url) = servers::fresh_database(
        "RESTFLOW_TEST_MYSQL_URL",
        "restflow_hostile_parameters_test",
    )
    .await
    {
        story(&url).await;
    }
}

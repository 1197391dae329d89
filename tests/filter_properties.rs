//! Each lookup and its negation, alone and in pairs, on every database at hand: the rows that the
//! database finds are those that a plain evaluation in memory finds.
//!
//! The servers are named by `RESTFLOW_TEST_POSTGRES_URL` and `RESTFLOW_TEST_MYSQL_URL`; without
//! them their tests are skipped, except where `CI` is set.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

#[path = "filter_properties/items.rs"]
mod items;
#[path = "filter_properties/oracle.rs"]
mod oracle;
#[cfg(any(feature = "postgres", feature = "mysql"))]
#[path = "support/servers.rs"]
mod servers;

use items::{item, label, shelf};
use oracle::{Condition, Oracle};
use restflow::filters::{ColumnFilter, FilterContext, Filters, Operator, QueryParams, lookups::*};
use sea_orm::{DatabaseConnection, QueryOrder, QuerySelect, prelude::*};

/// A pseudo-random sequence (xorshift), the same in each run.
pub struct Random(u64);

impl Random {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    pub fn one_of<T: Clone>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())].clone()
    }

    pub fn maybe<T: Clone>(&mut self, values: &[T]) -> Option<T> {
        (self.below(4) != 0).then(|| self.one_of(values))
    }
}

type Filter<T, C> = ColumnFilter<item::Entity, T, C>;

fn plain<T: restflow::filters::FilterValue, C: ColumnTrait + Send + Sync>(
    filter: Filter<T, C>,
) -> Filter<T, C> {
    filter.exact().lookup(In).lookup(IsNull)
}

fn ordered<T: Ordered, C: ColumnTrait + Send + Sync>(filter: Filter<T, C>) -> Filter<T, C> {
    plain(filter)
        .lookup(Gt)
        .lookup(Gte)
        .lookup(Lt)
        .lookup(Lte)
        .lookup(Range)
}

fn text<C: ColumnTrait + Send + Sync>(filter: Filter<String, C>) -> Filter<String, C> {
    ordered(filter)
        .lookup(IExact)
        .lookup(Contains)
        .lookup(IContains)
        .lookup(StartsWith)
        .lookup(IStartsWith)
        .lookup(EndsWith)
        .lookup(IEndsWith)
        .lookup(Regex)
        .lookup(IRegex)
}

fn dates<T: Ordered + HasDate>(filter: Filter<T, item::Column>) -> Filter<T, item::Column> {
    filter
        .lookup(Date)
        .lookup(Year)
        .lookup(IsoYear)
        .lookup(Quarter)
        .lookup(Month)
        .lookup(Week)
        .lookup(WeekDay)
        .lookup(IsoWeekDay)
        .lookup(Day)
}

fn times<T: Ordered + HasTime>(filter: Filter<T, item::Column>) -> Filter<T, item::Column> {
    filter
        .lookup(Time)
        .lookup(Hour)
        .lookup(Minute)
        .lookup(Second)
}

fn filters(operator: Operator) -> Filters<item::Entity> {
    use item::Column;
    type Local = chrono::NaiveDateTime;
    type Offset = chrono::DateTime<chrono::FixedOffset>;
    Filters::new()
        .operator(operator)
        .field(text(Filter::new("name", Column::Name)))
        .field(text(Filter::new("nick", Column::Nick)))
        .field(ordered(Filter::<i32, _>::new("number", Column::Number)))
        .field(ordered(Filter::<i64, _>::new("big", Column::Big)))
        .field(ordered(Filter::<f64, _>::new("ratio", Column::Ratio)))
        .field(ordered(Filter::<Decimal, _>::new("price", Column::Price)))
        .field(plain(Filter::<bool, _>::new("flag", Column::Flag)))
        .field(dates(ordered(Filter::<chrono::NaiveDate, _>::new(
            "day",
            Column::Day,
        ))))
        .field(times(ordered(Filter::<chrono::NaiveTime, _>::new(
            "hour",
            Column::Hour,
        ))))
        .field(times(dates(ordered(Filter::<Local, _>::new(
            "written",
            Column::Written,
        )))))
        .field(times(dates(ordered(Filter::<DateTimeUtc, _>::new(
            "seen",
            Column::Seen,
        )))))
        .field(times(dates(ordered(Filter::<Offset, _>::new(
            "moved",
            Column::Moved,
        )))))
        .field(plain(Filter::<Uuid, _>::new("token", Column::Token)))
        .field(plain(Filter::<item::Mood, _>::new("mood", Column::Mood)))
        .field(text(Filter::related::<shelf::Entity>(
            "shelf",
            shelf::Column::Name,
        )))
        .field(text(Filter::related::<label::Entity>(
            "label",
            label::Column::Name,
        )))
        .field(ordered(Filter::<i32, _>::related::<label::Entity>(
            "weight",
            label::Column::Weight,
        )))
}

/// The ids that the database finds.
async fn found(
    db: &DatabaseConnection,
    filters: &Filters<item::Entity>,
    conditions: &[Condition],
) -> Vec<i32> {
    let mut query = form_urlencoded_pairs(conditions);
    query.push_str("absent=1");
    let params = QueryParams::parse(&query);
    let context = FilterContext::new(&params, db);
    let select = filters
        .filter_queryset(item::Entity::find(), &context)
        .await
        .unwrap_or_else(|error| panic!("?{query}: {error:?}"));
    let count = select.clone().count(db).await.unwrap();
    let ids: Vec<i32> = select
        .select_only()
        .column(item::Column::Id)
        .order_by_asc(item::Column::Id)
        .into_tuple()
        .all(db)
        .await
        .unwrap_or_else(|error| panic!("?{query}: {error}"));
    assert_eq!(count, ids.len() as u64, "?{query}");
    ids
}

fn form_urlencoded_pairs(conditions: &[Condition]) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    conditions
        .iter()
        .map(|condition| {
            let name = utf8_percent_encode(&condition.name(), NON_ALPHANUMERIC).to_string();
            let value = utf8_percent_encode(&condition.value, NON_ALPHANUMERIC).to_string();
            format!("{name}={value}&")
        })
        .collect()
}

async fn story(url: &str) {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (db, rows) = items::database(url, &mut random).await;
    let oracle = Oracle::new(&db, rows).await;
    let mut differences = Vec::new();
    let mut check = async |operator: Operator, filters: &Filters<_>, conditions: &[Condition]| {
        let found = found(&db, filters, conditions).await;
        let expected = oracle.ids(operator, conditions);
        if found != expected {
            let (more, less): (Vec<_>, Vec<_>) = (
                found.iter().filter(|id| !expected.contains(id)).collect(),
                expected.iter().filter(|id| !found.contains(id)).collect(),
            );
            let rows: Vec<_> = more
                .iter()
                .chain(&less)
                .take(2)
                .map(|id| oracle.describe(**id, &conditions[0]))
                .collect();
            differences.push(format!(
                "{operator:?} {conditions:?}: too many {more:?}, too few {less:?}: {rows:?}"
            ));
        }
    };

    let every = filters(Operator::And);
    for (column, lookup) in oracle::every_lookup() {
        for _ in 0..5 {
            let condition = oracle.condition(column, lookup, &mut random);
            for negated in [false, true] {
                let condition = Condition {
                    negated,
                    ..condition.clone()
                };
                check(Operator::And, &every, &[condition]).await;
            }
        }
    }
    let pairs = oracle::every_lookup();
    for operator in [Operator::And, Operator::Or, Operator::Xor] {
        let filters = filters(operator);
        for _ in 0..250 {
            let conditions: Vec<Condition> = (0..2)
                .map(|_| {
                    let (column, lookup) = random.one_of(&pairs);
                    Condition {
                        negated: random.below(2) == 0,
                        ..oracle.condition(column, lookup, &mut random)
                    }
                })
                .collect();
            // Of two values of one parameter the last one counts.
            if conditions[0].name() != conditions[1].name() {
                check(operator, &filters, &conditions).await;
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences[..differences.len().min(40)].join("\n")
    );
}

#[tokio::test]
async fn the_lookups_hold_on_sqlite() {
    story("sqlite::memory:").await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn the_lookups_hold_on_postgres() {
    if let Some(url) = servers::fresh_database(
        "RESTFLOW_TEST_POSTGRES_URL",
        "restflow_filter_properties_test",
    )
    .await
    {
        story(&url).await;
    }
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn the_lookups_hold_on_mysql() {
    if let Some(url) =
        servers::fresh_database("RESTFLOW_TEST_MYSQL_URL", "restflow_filter_properties_test").await
    {
        story(&url).await;
    }
}

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
#[path = "support/random.rs"]
mod random;
#[cfg(any(feature = "postgres", feature = "mysql"))]
#[path = "support/servers.rs"]
mod servers;

use futures_util::StreamExt;
use items::{item, label, shelf};
use oracle::{Condition, Oracle};
use random::Random;
use restflow::filters::{ColumnFilter, FilterContext, Filters, Operator, QueryParams, lookups::*};
use sea_orm::{DatabaseConnection, QueryOrder, QuerySelect, prelude::*};

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
    // Conditions on related rows neither repeat rows nor break the count.
    let count = match conditions {
        [_, _] => Some(select.clone().count(db).await.unwrap()),
        _ => None,
    };
    let ids: Vec<i32> = select
        .select_only()
        .column(item::Column::Id)
        .order_by_asc(item::Column::Id)
        .into_tuple()
        .all(db)
        .await
        .unwrap_or_else(|error| panic!("?{query}: {error}"));
    assert_eq!(
        count.unwrap_or(ids.len() as u64),
        ids.len() as u64,
        "?{query}"
    );
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
    let operators = [Operator::And, Operator::Or, Operator::Xor];
    let mut cases: Vec<(Operator, Vec<Condition>)> = Vec::new();
    let every = oracle::every_lookup();
    for (column, lookup) in &every {
        for _ in 0..4 {
            let condition = oracle.condition(column, lookup, &mut random);
            for negated in [false, true] {
                cases.push((Operator::And, vec![condition.clone().negated(negated)]));
            }
        }
    }
    for operator in operators {
        for _ in 0..150 {
            let mut condition = || {
                let (column, lookup) = random.one_of(&every);
                let negated = random.below(2) == 0;
                let condition = oracle.condition(column, lookup, &mut random);
                condition.negated(negated)
            };
            let pair = vec![condition(), condition()];
            // Of two values of one parameter the last one counts.
            if pair[0].name() != pair[1].name() {
                cases.push((operator, pair));
            }
        }
    }

    let filters = operators.map(filters);
    let differences: Vec<String> = futures_util::stream::iter(&cases)
        .map(async |(operator, conditions)| {
            let filters = match operator {
                Operator::Or => &filters[1],
                Operator::Xor => &filters[2],
                _ => &filters[0],
            };
            let found = found(&db, filters, conditions).await;
            let expected = oracle.ids(*operator, conditions);
            let more = found.iter().filter(|id| !expected.contains(id));
            let less = expected.iter().filter(|id| !found.contains(id));
            let rows: Vec<_> = more
                .map(|id| format!("too many: {}", oracle.describe(*id, &conditions[0])))
                .chain(less.map(|id| format!("too few: {}", oracle.describe(*id, &conditions[0]))))
                .collect();
            (!rows.is_empty()).then(|| format!("{operator:?} {conditions:?}: {rows:?}"))
        })
        .buffer_unordered(8)
        .filter_map(std::future::ready)
        .collect()
        .await;
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

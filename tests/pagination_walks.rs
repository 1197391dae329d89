//! Walks through all pages of random tables in random orders, on every database at hand: a row
//! that exists all the time comes exactly once, where the database puts it, forward and back.
//!
//! The servers are named by `RESTFLOW_TEST_POSTGRES_URL` and `RESTFLOW_TEST_MYSQL_URL`; without
//! them their tests are skipped, except where `CI` is set.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

#[path = "support/random.rs"]
mod random;
#[path = "support/samples.rs"]
mod samples;
#[cfg(any(feature = "postgres", feature = "mysql"))]
#[path = "support/servers.rs"]
mod servers;

use std::{collections::HashSet, ops::Range};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::{TestCaseResult, TestRunner},
};
use random::Random;
use restflow::{
    exceptions::Result,
    pagination::{
        CursorPagination, FastPageNumberPagination, LimitOffsetPagination, Page,
        PageNumberPagination, PageQuery, PageRequest, Paginator,
    },
};
use samples::sample;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait,
    Iterable, Order, QueryOrder, QuerySelect, Select,
};
use tokio::runtime::Runtime;

type Ordering = Vec<(sample::Column, Order)>;

/// A table of one database, that a test has for itself.
struct Table {
    runtime: Runtime,
    db: DatabaseConnection,
}

impl Table {
    fn open(runtime: Runtime, url: &str) -> Self {
        let db = runtime.block_on(async {
            let mut options = ConnectOptions::new(url);
            options
                .max_connections(1)
                .idle_timeout(None)
                .max_lifetime(None)
                .sqlx_logging(false);
            let db = Database::connect(options).await.unwrap();
            let schema = db.get_schema_builder();
            schema.register(sample::Entity).apply(&db).await.unwrap();
            for statement in samples::alterations(db.get_database_backend()) {
                db.execute_unprepared(statement).await.unwrap();
            }
            // What is written need not survive the test.
            let setting = match db.get_database_backend() {
                DbBackend::MySql => "SET autocommit = 0",
                DbBackend::Postgres => "SET synchronous_commit = off",
                _ => "PRAGMA synchronous = off",
            };
            db.execute_unprepared(setting).await.unwrap();
            db
        });
        Self { runtime, db }
    }

    fn sqlite() -> Self {
        Self::open(Runtime::new().unwrap(), "sqlite::memory:")
    }

    #[cfg(any(feature = "postgres", feature = "mysql"))]
    fn server(name: &str, database: &str) -> Option<Self> {
        let runtime = Runtime::new().unwrap();
        let url = runtime.block_on(servers::fresh_database(name, database))?;
        Some(Self::open(runtime, &url))
    }

    async fn insert(&self, ids: impl IntoIterator<Item = i32>, random: &mut Random) {
        let rows = ids.into_iter().map(|id| {
            let mut row = sample(id, random);
            // It is unsigned there.
            if self.db.get_database_backend() == DbBackend::MySql {
                row.big = row
                    .big
                    .take()
                    .map_or(row.big, |big| sea_orm::Set(big.max(0)));
            }
            row
        });
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            return;
        }
        sample::Entity::insert_many(rows)
            .exec(&self.db)
            .await
            .unwrap();
    }

    async fn refill(&self, ids: impl IntoIterator<Item = i32>, random: &mut Random) {
        let db = &self.db;
        sample::Entity::delete_many().exec(db).await.unwrap();
        if db.get_database_backend() == DbBackend::MySql {
            db.execute_unprepared("COMMIT").await.unwrap();
        }
        self.insert(ids, random).await;
        for statement in samples::oddities(db.get_database_backend()) {
            db.execute_unprepared(statement).await.unwrap();
        }
    }

    /// All ids, as the database sorts them.
    async fn sorted(&self, select: Select<sample::Entity>) -> Vec<i32> {
        let ids = select.select_only().column(sample::Column::Id);
        ids.into_tuple().all(&self.db).await.unwrap()
    }
}

/// What is done to the table between two pages.
#[derive(Debug, Clone)]
enum Change {
    Insert,
    Delete(Index),
}

#[derive(Debug, Clone)]
struct Plan {
    seed: u64,
    rows: i32,
    ordering: Ordering,
    page_size: u64,
    /// Those before each page.
    changes: Vec<Vec<Change>>,
    /// Whether a filter has ordered the query, and not the paginator.
    is_chosen: bool,
    is_signed: bool,
}

fn plan() -> impl Strategy<Value = Plan> {
    let columns: Vec<_> = sample::Column::iter().collect();
    let term = (select(columns), select(vec![Order::Asc, Order::Desc]));
    let change = prop_oneof![
        Just(Change::Insert),
        any::<Index>().prop_map(Change::Delete)
    ];
    (
        any::<u64>(),
        0..25,
        vec(term, 0..4),
        1_u64..=7,
        vec(vec(change, 0..3), 0..30),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            |(seed, rows, ordering, page_size, changes, is_chosen, is_signed)| Plan {
                seed,
                rows,
                ordering,
                page_size,
                changes,
                is_chosen,
                is_signed,
            },
        )
}

/// Each column once, as the key ends it: behind the last one in its direction.
fn total(ordering: &Ordering) -> Select<sample::Entity> {
    let mut select = sample::Entity::find();
    for (column, order) in ordering {
        select = select.order_by(*column, order.clone());
    }
    let last = ordering
        .last()
        .map_or(Order::Asc, |(_, order)| order.clone());
    select.order_by(sample::Column::Id, last)
}

/// The ids of a page, and the links around it.
#[derive(Debug)]
struct Shown {
    ids: Vec<i32>,
    next: Option<String>,
    previous: Option<String>,
}

const FIRST: &str = "http://testserver/samples/";

async fn ask(
    table: &Table,
    paginator: &Paginator,
    query: PageQuery<'_>,
    url: &str,
) -> Result<Shown> {
    assert!(std::ptr::eq(query.db(), &raw const table.db));
    let (_, query_string) = url.split_once('?').unwrap_or_default();
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query_string.as_bytes())
        .into_owned()
        .collect();
    let query = query.project(|statement| {
        statement
            .clear_selects()
            .column((sample::Entity, sample::Column::Id));
    });
    let Page { rows, envelope } = paginator
        .paginate(query, &PageRequest::new(url, &pairs))
        .await?;
    let link = |name| envelope.get(name)?.as_str().map(str::to_owned);
    Ok(Shown {
        ids: rows
            .iter()
            .map(|row| row.try_get_by_index(0).unwrap())
            .collect(),
        next: link("next"),
        previous: link("previous"),
    })
}

/// Those of `ids` that are in `some`, in their order.
fn among(ids: &[i32], some: &HashSet<i32>) -> Vec<i32> {
    ids.iter().copied().filter(|id| some.contains(id)).collect()
}

/// A walk through a table that changes.
struct Walk<'a> {
    table: &'a Table,
    plan: &'a Plan,
    paginator: Paginator,
    random: Random,
    /// The changes that are still to come.
    changes: std::slice::Iter<'a, Vec<Change>>,
    existing: HashSet<i32>,
    /// What exists since the walk began in this direction.
    lasting: HashSet<i32>,
    unused: Vec<i32>,
}

impl<'a> Walk<'a> {
    async fn begin(table: &'a Table, plan: &'a Plan) -> Self {
        let mut random = Random(plan.seed | 1);
        let mut ids: Vec<i32> = (1..=200).collect();
        for index in (1..ids.len()).rev() {
            ids.swap(index, random.below(index + 1));
        }
        let unused = ids.split_off(usize::try_from(plan.rows).unwrap());
        table.refill(ids.clone(), &mut random).await;
        let mut paginator = CursorPagination::new(plan.page_size);
        if !plan.is_chosen {
            paginator = paginator.ordering(plan.ordering.clone());
        }
        if plan.is_signed {
            paginator = paginator.signing_key([7; 32]);
        }
        Self {
            table,
            plan,
            paginator: paginator.into(),
            random,
            changes: plan.changes.iter(),
            lasting: ids.iter().copied().collect(),
            existing: ids.into_iter().collect(),
            unused,
        }
    }

    async fn page(&self, url: &str) -> Shown {
        let mut query = PageQuery::new(sample::Entity::find(), &self.table.db);
        if self.plan.is_chosen {
            query = query.ordering(self.plan.ordering.clone());
        }
        let shown = ask(self.table, &self.paginator, query, url).await.unwrap();
        assert!(shown.ids.len() as u64 <= self.plan.page_size);
        shown
    }

    async fn change(&mut self) {
        for change in self.changes.next().into_iter().flatten() {
            match change {
                Change::Insert => {
                    let id = self.unused.pop().unwrap();
                    self.table.insert([id], &mut self.random).await;
                    self.existing.insert(id);
                }
                Change::Delete(index) if !self.existing.is_empty() => {
                    let mut ids: Vec<_> = self.existing.iter().copied().collect();
                    ids.sort_unstable();
                    let id = *index.get(&ids);
                    sample::Entity::delete_by_id(id)
                        .exec(&self.table.db)
                        .await
                        .unwrap();
                    self.existing.remove(&id);
                    self.lasting.remove(&id);
                }
                Change::Delete(_) => {}
            }
        }
    }

    /// What holds of the ids that a walk from one end to the other has shown.
    async fn check(&self, shown: &[i32]) -> TestCaseResult {
        let sorted = self.table.sorted(total(&self.plan.ordering)).await;
        let once: HashSet<_> = shown.iter().copied().collect();
        prop_assert_eq!(once.len(), shown.len(), "a row came twice: {:?}", shown);
        prop_assert_eq!(among(shown, &self.lasting), among(&sorted, &self.lasting));
        // Those that came later are in their place, too, if they came.
        prop_assert_eq!(among(shown, &self.existing), among(&sorted, &once));
        Ok(())
    }

    async fn go(mut self) -> TestCaseResult {
        let mut shown: Vec<i32> = Vec::new();
        let mut page = self.page(FIRST).await;
        prop_assert_eq!(&page.previous, &None);
        loop {
            shown.extend(&page.ids);
            let Some(next) = page.next else {
                break;
            };
            prop_assert!(!page.ids.is_empty(), "an empty page has a next one");
            self.change().await;
            page = self.page(&next).await;
        }
        self.check(&shown).await?;

        self.lasting = self.existing.clone();
        let mut shown = page.ids;
        while let Some(previous) = page.previous {
            self.change().await;
            page = self.page(&previous).await;
            shown.splice(0..0, page.ids);
        }
        self.check(&shown).await
    }
}

/// Walks a table that does not change with the other paginators, and checks where each page of
/// a cursor leads back to.
async fn go_at_rest(table: &Table, plan: &Plan) -> TestCaseResult {
    let walk = Walk::begin(table, plan).await;
    let mut pages: Vec<Vec<i32>> = Vec::new();
    let mut page = walk.page(FIRST).await;
    loop {
        if let (Some(previous), Some(before)) = (&page.previous, pages.last()) {
            let back = walk.page(previous).await;
            prop_assert_eq!(&back.ids, before);
            let again = walk.page(&back.next.unwrap()).await;
            prop_assert_eq!(&again.ids, &page.ids);
        }
        prop_assert_eq!(page.previous.is_some(), !pages.is_empty());
        pages.push(page.ids);
        match page.next {
            Some(next) => page = walk.page(&next).await,
            None => break,
        }
    }
    let sorted = table.sorted(total(&plan.ordering)).await;
    prop_assert_eq!(pages.concat(), sorted);

    let size = plan.page_size;
    let paginators: [Paginator; 3] = [
        PageNumberPagination::new(size).into(),
        FastPageNumberPagination::new(size).into(),
        LimitOffsetPagination::new(size).into(),
    ];
    let mut ordered = sample::Entity::find();
    for (column, order) in &plan.ordering {
        ordered = ordered.order_by(*column, order.clone());
    }
    // The key is added in ascending order.
    let expected = table
        .sorted(ordered.clone().order_by_asc(sample::Column::Id))
        .await;
    for paginator in paginators {
        let page = async |url: &str| {
            let query = PageQuery::new(ordered.clone(), &table.db);
            ask(table, &paginator, query, url).await.unwrap()
        };
        let mut shown: Vec<i32> = Vec::new();
        let mut at = page(FIRST).await;
        loop {
            shown.extend(&at.ids);
            match &at.next {
                Some(next) => at = page(next).await,
                None => break,
            }
        }
        prop_assert_eq!(&shown, &expected, "{:?}", paginator);
        let mut shown = at.ids;
        while let Some(previous) = at.previous {
            at = page(&previous).await;
            shown.splice(0..0, at.ids);
        }
        prop_assert_eq!(&shown, &expected, "back with {:?}", paginator);
    }
    Ok(())
}

/// Cursors of rows of all kinds that were bent on the way: none reaches the database as something
/// that it refuses.
async fn bend(table: &Table) {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    table.refill(1..=60, &mut random).await;
    for column in sample::Column::iter() {
        let paginator: Paginator = CursorPagination::new(1)
            .ordering([(column, Order::Asc)])
            .into();
        let page = async |url: &str| {
            let query = PageQuery::new(sample::Entity::find(), &table.db);
            ask(table, &paginator, query, url).await
        };
        let mut url = FIRST.to_owned();
        let (mut read, mut refused) = (0, 0);
        for _ in 0..30 {
            url = page(&url).await.unwrap().next.unwrap();
            let (start, cursor) = url.split_once("cursor=").unwrap();
            let bytes = URL_SAFE_NO_PAD.decode(cursor).unwrap();
            for _ in 0..6 {
                let mut bent = bytes.clone();
                match random.below(4) {
                    // Behind what the cursor belongs to are the values.
                    0 => bent[9..].fill_with(|| u8::try_from(random.below(256)).unwrap()),
                    1 => bent.truncate(random.below(bytes.len())),
                    _ => {
                        let index = random.below(bent.len());
                        bent[index] = u8::try_from(random.below(256)).unwrap();
                    }
                }
                let bent = format!("{start}cursor={}", URL_SAFE_NO_PAD.encode(&bent));
                match page(&bent).await {
                    Ok(_) => read += 1,
                    Err(error) => {
                        assert_eq!(error.status(), 404, "{column:?} {bent}: {error:?}");
                        refused += 1;
                    }
                }
            }
        }
        assert!(refused > 0 && read > 0, "{column:?}: {read} of {refused}");
    }
}

fn story(table: &Table, cases: Range<u32>) {
    let config = |cases| ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 300,
        ..ProptestConfig::default()
    };
    let run = |cases, check: fn(&Table, &Plan) -> TestCaseResult| {
        let mut runner = TestRunner::new(config(cases));
        let result = runner.run(&plan(), |plan| check(table, &plan));
        result.unwrap_or_else(|error| panic!("{error}"));
    };
    run(cases.end, |table, plan| {
        table
            .runtime
            .block_on(async { Walk::begin(table, plan).await.go().await })
    });
    run(cases.start, |table, plan| {
        table.runtime.block_on(go_at_rest(table, plan))
    });
    table.runtime.block_on(bend(table));
}

#[test]
fn every_row_comes_once_on_sqlite() {
    story(&Table::sqlite(), 60..200);
}

#[cfg(feature = "postgres")]
#[test]
fn every_row_comes_once_on_postgres() {
    if let Some(table) = Table::server("RESTFLOW_TEST_POSTGRES_URL", "restflow_walks_test") {
        story(&table, 40..120);
    }
}

#[cfg(feature = "mysql")]
#[test]
fn every_row_comes_once_on_mysql() {
    if let Some(table) = Table::server("RESTFLOW_TEST_MYSQL_URL", "restflow_walks_test") {
        story(&table, 20..45);
    }
}

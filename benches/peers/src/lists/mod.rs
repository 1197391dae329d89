//! Long lists: what a page costs deep in a table, what its total costs beside the bare count, and
//! what filters cost beside SQL that is written by hand, through the same driver and the same
//! mapping of rows.
//!
//! Subject and yardstick take turns statement by statement, and each round has a ratio of its own.

mod table;

use std::{
    fmt::{self, Display, Formatter},
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use restflow::{
    filters::QueryParams,
    pagination::{PageQuery, PageRequest},
    prelude::*,
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, QueryResult, Statement};

use crate::{data::settings, report::median, serializers::Contestant};
use table::{Table, product, review};

/// Rows on a page.
const PAGE_SIZE: u64 = 20;
/// The deep page.
const DEEP: u64 = 40_000;
/// What a piece of work takes in each round, at least.
const SAMPLE: Duration = Duration::from_millis(150);

/// One comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Line {
    /// A cursor's page deep in the list, against its first one.
    DeepCursor,
    /// The same in a descending order, which its index has ascending.
    DescendingCursor,
    /// The same by a column that is `NULL` in half of the rows.
    NullableCursor,
    /// The exact count, against the bare `SELECT COUNT(*)` of a condition that reads the table.
    Count,
    /// The same of five conditions.
    FilteredCount,
    /// A page with its total in one statement, against a count and a page one after the other.
    PageAndCount,
    /// A page of five conditions without a total, against SQL by hand whose text is a constant.
    FilteredPage,
    /// The same with a total.
    FilteredList,
}

impl Line {
    const ALL: [Self; 8] = [
        Self::DeepCursor,
        Self::DescendingCursor,
        Self::NullableCursor,
        Self::Count,
        Self::FilteredCount,
        Self::PageAndCount,
        Self::FilteredPage,
        Self::FilteredList,
    ];

    fn title(self) -> String {
        match self {
            Self::DeepCursor => format!("cursor, page {DEEP} to page 1"),
            Self::DescendingCursor => "the same, descending".to_owned(),
            Self::NullableCursor => "the same, half of it NULL".to_owned(),
            Self::Count => "count to bare COUNT(*)".to_owned(),
            Self::FilteredCount => "count of 5 conditions to bare".to_owned(),
            Self::PageAndCount => "page with total to two statements".to_owned(),
            Self::FilteredPage => "filtered page to a constant text".to_owned(),
            Self::FilteredList => "filtered list to a constant text".to_owned(),
        }
    }

    /// The most that the time may be of the yardstick's.
    const fn most(self, rows: u64) -> Option<f64> {
        match self {
            _ if self.is_cursor() => Some(1.2),
            // The promise is about long tables; a short one is counted in no time.
            Self::Count | Self::FilteredCount if rows < 1_000_000 => None,
            Self::Count | Self::FilteredCount => Some(1.1),
            // At least 0.95 of its speed.
            Self::FilteredPage | Self::FilteredList => Some(1.0 / 0.95),
            _ => None,
        }
    }

    /// Whether it is there at all in a table of so many rows.
    const fn fits(self, rows: u64) -> bool {
        !self.is_cursor() || rows > DEEP * PAGE_SIZE
    }

    const fn is_cursor(self) -> bool {
        matches!(
            self,
            Self::DeepCursor | Self::DescendingCursor | Self::NullableCursor
        )
    }
}

/// What both sides read of a row.
#[derive(Debug, PartialEq, FromQueryResult)]
struct Row {
    id: i64,
    name: String,
    price: i64,
    in_stock: bool,
    category_id: i64,
}

const COLUMNS: [product::Column; 5] = [
    product::Column::Id,
    product::Column::Name,
    product::Column::Price,
    product::Column::InStock,
    product::Column::CategoryId,
];

#[derive(FilterSet)]
#[filterset(entity = product::Entity, order_by(price), default_order = "id")]
struct ProductFilterSet {
    #[filter(column = "category_id")]
    category: i64,
    in_stock: bool,
    #[filter(lookups(gte))]
    price: i64,
    #[filter(lookups(gte))]
    quantity: i32,
    #[filter(related = review::Entity, column = "rating")]
    rating: i32,
}

/// What the client of a filtered list asks for.
const QUERY: &str =
    "category=7&in_stock=true&price__gte=30000&quantity__gte=50&rating=5&order_by=price";

/// The same conditions by hand.
const CONDITIONS: &str = r#"p.category_id = ? AND p.in_stock = ? AND p.price >= ? AND p.quantity >= ? AND EXISTS (SELECT 1 FROM bench_review r WHERE r.product_id = p.id AND r.rating = ?)"#;

/// A list on one database.
struct Contest {
    db: DatabaseConnection,
    backends: FilterBackends<product::Entity>,
    fast: FastPageNumberPagination,
    counted: PageNumberPagination,
    cursors: Vec<Cursor>,
}

/// A list that is paged by a cursor.
struct Cursor {
    line: Line,
    pagination: CursorPagination,
    /// The URL of the deep page.
    deep: String,
}

impl Contest {
    async fn new(db: DatabaseConnection, rows: u64) -> Result<Self> {
        let contest = Self {
            backends: FilterBackends::new().with(RestflowFilterBackend::<ProductFilterSet>::new()),
            fast: FastPageNumberPagination::new(PAGE_SIZE),
            counted: PageNumberPagination::new(PAGE_SIZE),
            cursors: Vec::new(),
            db,
        };
        let mut cursors = Vec::new();
        for (line, column, order) in [
            (Line::DeepCursor, product::Column::Created, Order::Asc),
            (
                Line::DescendingCursor,
                product::Column::Created,
                Order::Desc,
            ),
            (Line::NullableCursor, product::Column::Sold, Order::Asc),
        ] {
            if line.fits(rows) {
                let pagination = CursorPagination::new(PAGE_SIZE)
                    .ordering([(column, order.clone())])
                    .page_size_query_param("page_size");
                let deep = contest.walk(&pagination).await?;
                contest
                    .check_walk(&pagination, &deep, column, order)
                    .await?;
                cursors.push(Cursor {
                    line,
                    pagination,
                    deep,
                });
            }
        }
        Ok(Self { cursors, ..contest })
    }

    fn cursor(&self, line: Line) -> Result<&Cursor> {
        let mut cursors = self.cursors.iter();
        let cursor = cursors.find(|cursor| cursor.line == line);
        cursor.context("the list is too short for a deep page")
    }

    /// The URL of the deep page, by walking there in the longest steps.
    async fn walk(&self, pagination: &CursorPagination) -> Result<String> {
        const STEP: u64 = 1000;
        let mut url = format!("/?page_size={STEP}");
        for _ in 0..(DEEP - 1) * PAGE_SIZE / STEP {
            url = self.next(pagination, &url).await?;
        }
        url = url.replace(
            &format!("page_size={STEP}"),
            &format!("page_size={PAGE_SIZE}"),
        );
        for _ in 0..(DEEP - 1) * PAGE_SIZE % STEP / PAGE_SIZE {
            url = self.next(pagination, &url).await?;
        }
        Ok(url)
    }

    /// Whether the deep page is where an offset finds it.
    async fn check_walk(
        &self,
        pagination: &CursorPagination,
        deep: &str,
        column: product::Column,
        order: Order,
    ) -> Result<()> {
        let rows = self.page(pagination, self.all(), deep).await?;
        let expected = product::Entity::find()
            .select_only()
            .columns(COLUMNS)
            .order_by(column, order.clone())
            .order_by(product::Column::Id, order)
            .offset((DEEP - 1) * PAGE_SIZE)
            .limit(PAGE_SIZE)
            .into_model::<Row>();
        let expected = expected.all(&self.db).await?;
        ensure!(
            !rows.is_empty() && rows == expected,
            "page {DEEP} is {rows:?}"
        );
        Ok(())
    }

    async fn next(&self, pagination: &CursorPagination, url: &str) -> Result<String> {
        let request = PageRequest::from_url(url);
        let page = pagination.paginate(self.all(), &request).await;
        let page = page.map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let next = page.envelope.get("next").and_then(|next| next.as_str());
        next.map(str::to_owned).context("the list ends too early")
    }

    fn all(&self) -> PageQuery<'_> {
        self.query(product::Entity::find())
    }

    fn query(&self, select: sea_orm::Select<product::Entity>) -> PageQuery<'_> {
        PageQuery::new(select, &self.db).project(|statement| {
            statement.clear_selects();
            statement.columns(COLUMNS);
        })
    }

    async fn page(
        &self,
        pagination: &impl Pagination,
        query: PageQuery<'_>,
        url: &str,
    ) -> Result<Vec<Row>> {
        let page = pagination
            .paginate(query, &PageRequest::from_url(url))
            .await;
        let page = page.and_then(|page| page.into_models::<Row>());
        Ok(page.map_err(|error| anyhow::anyhow!("{error:?}"))?.results)
    }

    async fn filtered(&self, pagination: &impl Pagination) -> Result<Vec<Row>> {
        let params = QueryParams::parse(black_box(QUERY));
        let query = self.query(self.narrowed(&params).await?);
        let request = PageRequest::new("/", params.as_pairs());
        let page = pagination.paginate(query, &request).await;
        let page = page.and_then(|page| page.into_models::<Row>());
        Ok(page.map_err(|error| anyhow::anyhow!("{error:?}"))?.results)
    }

    async fn narrowed(&self, params: &QueryParams) -> Result<sea_orm::Select<product::Entity>> {
        let context = FilterContext::new(params, &self.db);
        let select = self
            .backends
            .filter_queryset(product::Entity::find(), &context);
        select.await.map_err(|error| anyhow::anyhow!("{error:?}"))
    }

    async fn count(&self, select: sea_orm::Select<product::Entity>) -> Result<u64> {
        let count = PageQuery::new(select, &self.db).count().await;
        count.map_err(|error| anyhow::anyhow!("{error:?}"))
    }

    /// SQL by hand, with placeholders as the database wants them.
    async fn rows<const N: usize>(
        &self,
        sql: &str,
        values: [sea_orm::Value; N],
    ) -> Result<Vec<QueryResult>> {
        let backend = self.db.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, values);
        Ok(self.db.query_all_raw(statement).await?)
    }

    async fn number<const N: usize>(
        &self,
        sql: &str,
        values: [sea_orm::Value; N],
    ) -> Result<Outcome> {
        let rows = self.rows(sql, values).await?;
        let row = rows.first().context("a count has a row")?;
        Ok(Outcome::Count(u64::try_from(
            row.try_get_by_index::<i64>(0)?,
        )?))
    }

    async fn subject(&self, line: Line) -> Result<Outcome> {
        let in_stock = || product::Entity::find().filter(product::Column::InStock.eq(true));
        Ok(match line {
            Line::DeepCursor | Line::DescendingCursor | Line::NullableCursor => {
                let Cursor {
                    pagination, deep, ..
                } = self.cursor(line)?;
                Outcome::Rows(self.page(pagination, self.all(), deep).await?)
            }
            Line::Count => Outcome::Count(self.count(in_stock()).await?),
            Line::FilteredCount => {
                let params = QueryParams::parse(black_box(QUERY));
                Outcome::Count(self.count(self.narrowed(&params).await?).await?)
            }
            Line::PageAndCount => Outcome::Rows(
                self.page(&self.counted, self.query(in_stock()), "/")
                    .await?,
            ),
            Line::FilteredPage => Outcome::Rows(self.filtered(&self.fast).await?),
            Line::FilteredList => Outcome::Rows(self.filtered(&self.counted).await?),
        })
    }

    async fn yardstick(&self, line: Line, sql: &HandWritten) -> Result<Outcome> {
        let conditions = || {
            [
                7_i64.into(),
                true.into(),
                30_000_i64.into(),
                50.into(),
                5.into(),
            ]
        };
        let mapped = |rows: Vec<QueryResult>| -> Result<Outcome> {
            let rows = rows.iter().map(|row| Row::from_query_result(row, ""));
            Ok(Outcome::Rows(rows.collect::<Result<_, _>>()?))
        };
        match line {
            Line::DeepCursor | Line::DescendingCursor | Line::NullableCursor => {
                let url = format!("/?page_size={PAGE_SIZE}");
                let pagination = &self.cursor(line)?.pagination;
                Ok(Outcome::Rows(
                    self.page(pagination, self.all(), &url).await?,
                ))
            }
            Line::Count => self.number(&sql.count, [true.into()]).await,
            Line::FilteredCount => self.number(&sql.filtered_count, conditions()).await,
            Line::PageAndCount => {
                black_box(self.number(&sql.count, [true.into()]).await?);
                mapped(self.rows(&sql.page, [true.into()]).await?)
            }
            Line::FilteredPage => mapped(self.rows(&sql.filtered_page, conditions()).await?),
            Line::FilteredList => {
                let [a, b, c, d, e] = conditions();
                let [f, g, h, i, j] = conditions();
                let values = [a, b, c, d, e, f, g, h, i, j];
                let rows = self.rows(&sql.filtered_list, values).await?;
                if let Some(row) = rows.first() {
                    black_box(row.try_get_by_index::<i64>(COLUMNS.len())?);
                }
                mapped(rows)
            }
        }
    }

    /// Whether both sides come to the same.
    async fn check(&self, line: Line, sql: &HandWritten) -> Result<()> {
        let (subject, yardstick) = (self.subject(line).await?, self.yardstick(line, sql).await?);
        let same = match (&subject, &yardstick) {
            (Outcome::Rows(subject), Outcome::Rows(yardstick)) if line.is_cursor() => {
                subject.len() == yardstick.len()
            }
            // A fast page shows one row less than it fetches.
            (Outcome::Rows(subject), Outcome::Rows(yardstick)) => {
                !subject.is_empty() && yardstick.starts_with(subject)
            }
            _ => subject == yardstick,
        };
        ensure!(
            same,
            "`{}` differs: {subject:?} {yardstick:?}",
            line.title()
        );
        Ok(())
    }

    /// The milliseconds of subject and yardstick, in each round.
    async fn measure(&self, line: Line, sql: &HandWritten, rounds: usize) -> Result<Vec<[f64; 2]>> {
        self.check(line, sql).await?;
        let mut samples = Vec::new();
        for round in 0..=rounds {
            let mut sums = [Duration::ZERO; 2];
            let mut times = 0_u32;
            while times < 8 || sums[1] < SAMPLE {
                for turn in 0..2 {
                    // Nobody is always first.
                    let place = (turn + times as usize) % 2;
                    let begin = Instant::now();
                    if place == 0 {
                        black_box(self.subject(line).await?);
                    } else {
                        black_box(self.yardstick(line, sql).await?);
                    }
                    sums[place] += begin.elapsed();
                }
                times += 1;
            }
            // The first round warms up.
            if round > 0 {
                samples.push(sums.map(|sum| sum.as_secs_f64() * 1e3 / f64::from(times)));
            }
        }
        Ok(samples)
    }
}

/// What a piece of work yields.
#[derive(Debug, PartialEq)]
enum Outcome {
    Count(u64),
    Rows(Vec<Row>),
}

/// The SQL of the yardsticks.
struct HandWritten {
    count: String,
    page: String,
    filtered_count: String,
    filtered_page: String,
    filtered_list: String,
}

impl HandWritten {
    fn new(backend: DbBackend) -> Self {
        let columns = "SELECT p.id, p.name, p.price, p.in_stock, p.category_id";
        let filtered_count = format!("SELECT COUNT(*) FROM bench_product p WHERE {CONDITIONS}");
        let order = "ORDER BY p.price, p.id LIMIT";
        let all = Self {
            count: "SELECT COUNT(*) FROM bench_product p WHERE p.in_stock = ?".to_owned(),
            page: format!(
                "{columns} FROM bench_product p WHERE p.in_stock = ? ORDER BY p.id LIMIT {PAGE_SIZE}"
            ),
            filtered_page: format!(
                "{columns} FROM bench_product p WHERE {CONDITIONS} {order} {}",
                PAGE_SIZE + 1
            ),
            filtered_list: format!(
                "{columns}, ({filtered_count}) FROM bench_product p WHERE {CONDITIONS} {order} {PAGE_SIZE}"
            ),
            filtered_count,
        };
        if backend == DbBackend::Postgres {
            Self {
                count: numbered(&all.count),
                page: numbered(&all.page),
                filtered_count: numbered(&all.filtered_count),
                filtered_page: numbered(&all.filtered_page),
                filtered_list: numbered(&all.filtered_list),
            }
        } else {
            all
        }
    }
}

/// `$1`, `$2` and so on for each question mark.
fn numbered(sql: &str) -> String {
    let mut pieces = sql.split('?');
    let first = pieces.next().unwrap_or_default().to_owned();
    (1..).zip(pieces).fold(first, |sql, (number, piece)| {
        format!("{sql}${number}{piece}")
    })
}

/// The figures of one table.
struct Figures {
    place: String,
    rows: u64,
    lines: Vec<(Line, Vec<[f64; 2]>)>,
}

/// Measures tables of these sizes, in a file of SQLite in `folder` and, if there is one, on the
/// PostgreSQL server behind `postgres`. Prints each table as soon as it is measured.
pub(crate) async fn measure(
    rounds: usize,
    sizes: &[u64],
    folder: &Path,
    postgres: Option<&str>,
) -> Result<()> {
    for rows in sizes {
        run(sqlite(folder, *rows), *rows, rounds, "SQLite").await?;
        if let Some(url) = postgres {
            run(ConnectOptions::new(url), *rows, rounds, "PostgreSQL").await?;
        }
    }
    Ok(())
}

/// Asks for a list many times and nothing else, to count instructions.
pub(crate) async fn repeat(
    line: Line,
    contestant: Contestant,
    times: usize,
    rows: u64,
) -> Result<()> {
    ensure!(line.fits(rows), "--rows {rows} is too short for this line");
    let folder = tempfile::tempdir()?;
    let db = connect(sqlite(folder.path(), rows)).await?;
    let table = Table::create(&db, rows).await?;
    let sql = HandWritten::new(db.get_database_backend());
    let contest = Contest::new(db.clone(), rows).await?;
    for _ in 0..times {
        black_box(match contestant {
            Contestant::Restflow => contest.subject(line).await?,
            Contestant::ByHand => contest.yardstick(line, &sql).await?,
        });
    }
    table.drop(&db).await
}

/// A file for a table of so many rows.
fn sqlite(folder: &Path, rows: u64) -> ConnectOptions {
    let file = folder.join(format!("lists-{rows}.sqlite3"));
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", file.display()));
    options.map_sqlx_sqlite_opts(|options| settings(options).pragma("cache_size", "-524288"));
    options
}

async fn connect(mut options: ConnectOptions) -> Result<DatabaseConnection> {
    options
        .max_connections(4)
        .sqlx_logging(false)
        .test_before_acquire(false);
    Ok(Database::connect(options).await?)
}

async fn run(options: ConnectOptions, rows: u64, rounds: usize, name: &str) -> Result<()> {
    let db = connect(options).await?;
    let table = Table::create(&db, rows).await?;
    let measured = lines(&db, rows, rounds).await;
    table.drop(&db).await?;
    let place = format!("{name}, {rows} rows");
    println!(
        "{}",
        Figures {
            place,
            rows,
            lines: measured?
        }
    );
    Ok(())
}

async fn lines(
    db: &DatabaseConnection,
    rows: u64,
    rounds: usize,
) -> Result<Vec<(Line, Vec<[f64; 2]>)>> {
    let sql = HandWritten::new(db.get_database_backend());
    let contest = Contest::new(db.clone(), rows).await?;
    let mut lines = Vec::new();
    for line in Line::ALL.into_iter().filter(|line| line.fits(rows)) {
        lines.push((line, contest.measure(line, &sql, rounds).await?));
    }
    Ok(lines)
}

impl Display for Figures {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<38} {:>10} {:>13} {:>7} {:>8}",
            self.place, "ms", "yardstick ms", "ratio", "at most"
        )?;
        for (line, samples) in &self.lines {
            let of = |place: usize| median(samples.iter().map(|sample| sample[place]));
            let ratio = median(
                samples
                    .iter()
                    .map(|[subject, yardstick]| subject / yardstick),
            );
            write!(
                f,
                "  {:<36} {:>10.3} {:>13.3} {ratio:>7.2}",
                line.title(),
                of(0),
                of(1)
            )?;
            match line.most(self.rows) {
                Some(most) if ratio > most => writeln!(f, " {most:>8.2}  missed")?,
                Some(most) => writeln!(f, " {most:>8.2}")?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered() {
        assert_eq!(numbered("a = ? AND b = ?"), "a = $1 AND b = $2");
    }
}

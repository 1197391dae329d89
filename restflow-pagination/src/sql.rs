//! The SQL text of a page: `LIMIT` as a literal, and what the text tells about a
//! statement that sea-query keeps to itself.

mod draft;

pub(crate) use self::draft::Draft;

use std::borrow::Cow;
use std::fmt::{self, Write};

use sea_orm::sea_query::{
    MysqlQueryBuilder, PostgresQueryBuilder, QueryBuilder, SelectStatement, SqlWriter,
    SqliteQueryBuilder, Value, Values,
};
use sea_orm::{DbBackend, Statement, StatementBuilder};

/// Renders a statement with its `LIMIT` written into the SQL text.
///
/// SeaORM binds it as a parameter, and SQLite compiles a statement anew at each
/// execution when it is bound. All other values stay parameters, the `OFFSET`
/// too: page sizes are few, but each page would be another statement to prepare
/// and to cache.
pub(crate) fn build(statement: &SelectStatement, backend: DbBackend) -> Statement {
    build_for(statement, backend, true)
}

/// The same; `has_offset` tells whether the rows may have an `OFFSET`.
pub(crate) fn build_for(
    statement: &SelectStatement,
    backend: DbBackend,
    has_offset: bool,
) -> Statement {
    let Some(PageWriter { text, values, .. }) = write(statement, backend, has_offset) else {
        return StatementBuilder::build(statement, &backend);
    };
    Statement {
        sql: text,
        values: Some(Values(values)),
        db_backend: backend,
    }
}

/// Writes a statement for one of the databases that are known.
fn write(statement: &SelectStatement, backend: DbBackend, has_offset: bool) -> Option<PageWriter> {
    let mut writer = PageWriter::new(has_offset && backend == DbBackend::Sqlite);
    match backend {
        DbBackend::MySql => statement.build_collect_any_into(&MysqlQueryBuilder, &mut writer),
        DbBackend::Postgres => statement.build_collect_any_into(&PostgresQueryBuilder, &mut writer),
        DbBackend::Sqlite => statement.build_collect_any_into(&SqliteQueryBuilder, &mut writer),
        _ => return None,
    }
    Some(writer)
}

/// A writer of sea-query that keeps `LIMIT` out of the parameters.
struct PageWriter {
    text: String,
    values: Vec<Value>,
    /// Where the placeholder of each value stands in the text.
    places: Vec<usize>,
    /// Whether SQLite must make no join of an `EXISTS`.
    keeps_exists: bool,
}

impl PageWriter {
    fn new(keeps_exists: bool) -> Self {
        Self {
            // Most statements are no longer.
            text: String::with_capacity(1024),
            values: Vec::new(),
            places: Vec::new(),
            keeps_exists,
        }
    }
}

impl SqlWriter for PageWriter {
    fn push_param<T: QueryBuilder>(&mut self, value: Value, builder: &T) {
        let literal = self.text.ends_with(" LIMIT ");
        // Writing to a string cannot fail.
        if literal && let Value::BigUnsigned(Some(number)) = value {
            let _ = write!(self.text, "{number}");
            return;
        }
        self.values.push(value);
        self.places.push(self.text.len());
        let (placeholder, numbered) = builder.placeholder();
        self.text.push_str(placeholder);
        if numbered {
            let _ = write!(self.text, "{}", self.values.len());
        }
    }

    fn as_writer(&mut self) -> &mut dyn Write {
        self
    }
}

impl Write for PageWriter {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // SQLite 3.51 makes joins of conditions that are an `EXISTS` and nothing else, and counts
        // the rows of the join for an `OFFSET`: a page would have rows of the one before it.
        if self.keeps_exists && text == "EXISTS" {
            self.text.push('+');
        }
        self.text.push_str(text);
        Ok(())
    }
}

impl fmt::Display for PageWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The quote around names.
pub(crate) const fn quote(backend: DbBackend) -> char {
    match backend {
        DbBackend::MySql => '`',
        _ => '"',
    }
}

/// A name as it stands between its quotes.
pub(crate) fn quoted(name: &str, backend: DbBackend) -> Cow<'_, str> {
    let quote = quote(backend);
    if !name.contains(quote) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.replace(quote, &format!("{quote}{quote}")))
}

/// The clauses of a statement that a paginator must know before it may add to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clause {
    Distinct,
    DistinctOn,
    From,
    Join,
    LeftJoin,
    Where,
    GroupBy,
    Having,
    /// Of this statement with another.
    Union,
    Window,
    OrderBy,
    Limit,
    Offset,
    Lock,
}

impl Clause {
    /// How clauses begin; of two that begin alike the longer one is first.
    const BEGINNINGS: [(&'static [u8], Self); 24] = [
        (b" SELECT DISTINCT ON", Self::DistinctOn),
        (b" SELECT DISTINCT", Self::Distinct),
        (b" FROM ", Self::From),
        (b" LEFT JOIN ", Self::LeftJoin),
        (b" RIGHT JOIN ", Self::Join),
        (b" FULL OUTER JOIN ", Self::Join),
        (b" INNER JOIN ", Self::Join),
        (b" CROSS JOIN ", Self::Join),
        (b" JOIN ", Self::Join),
        (b" WHERE ", Self::Where),
        (b" GROUP BY ", Self::GroupBy),
        (b" HAVING ", Self::Having),
        (b" UNION ", Self::Union),
        (b" INTERSECT ", Self::Union),
        (b" EXCEPT ", Self::Union),
        (b" WINDOW ", Self::Window),
        (b" ORDER BY ", Self::OrderBy),
        (b" LIMIT ", Self::Limit),
        (b" OFFSET ", Self::Offset),
        (b" FOR UPDATE", Self::Lock),
        (b" FOR NO KEY UPDATE", Self::Lock),
        (b" FOR SHARE", Self::Lock),
        (b" FOR KEY SHARE", Self::Lock),
        (b" LOCK IN SHARE MODE", Self::Lock),
    ];

    /// The clause that begins there, with a space.
    fn at(text: &[u8]) -> Option<Self> {
        let first = text.get(1).filter(|first| first.is_ascii_uppercase())?;
        let mut beginnings = Self::BEGINNINGS.iter();
        beginnings
            .find(|(beginning, _)| beginning[1] == *first && text.starts_with(beginning))
            .map(|(_, clause)| *clause)
    }

    /// The clause that a statement begins with.
    fn of_beginning(text: &[u8]) -> Option<Self> {
        let mut beginnings = Self::BEGINNINGS.iter();
        beginnings
            .find(|(beginning, _)| text.starts_with(&beginning[1..]))
            .map(|(_, clause)| *clause)
    }
}

/// What a paginator must know about a statement before it may add to it.
///
/// sea-query gives no access to the parts of a statement, so they are read
/// from the text outside of parentheses and quotes, where only clauses of the
/// statement itself stand.
pub(crate) struct Shape {
    sql: String,
    /// Where the clauses begin, in their order.
    clauses: Vec<(Clause, usize)>,
    /// Whether all its parentheses and quotes end.
    is_readable: bool,
}

impl Shape {
    pub(crate) fn of(statement: &SelectStatement, backend: DbBackend) -> Self {
        Self::of_text(build(statement, backend).sql, backend)
    }

    /// The shape of a statement but for its columns.
    pub(crate) fn of_rows(statement: &SelectStatement, backend: DbBackend) -> Self {
        let mut rows = statement.clone();
        // `SELECT DISTINCT` keeps its keyword without columns.
        Self::of(rows.clear_selects(), backend)
    }

    /// The shape of a statement that is already text.
    pub(crate) fn of_text(sql: String, backend: DbBackend) -> Self {
        let bytes = sql.as_bytes();
        let mut clauses = Vec::with_capacity(8);
        clauses.extend(Clause::of_beginning(bytes).map(|clause| (clause, 0)));
        let mut outside = Outside::of(&sql, b' ', backend);
        for index in outside.by_ref() {
            // MySQL: `USE INDEX FOR ORDER BY (…)`.
            let is_hint = bytes[..index].ends_with(b" FOR");
            let clause = Clause::at(&bytes[index..]).filter(|_| !is_hint);
            clauses.extend(clause.map(|clause| (clause, index)));
        }
        let is_readable = outside.is_balanced;
        Self {
            sql,
            clauses,
            is_readable,
        }
    }

    /// The text of the statement.
    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }

    pub(crate) fn into_sql(self) -> String {
        self.sql
    }

    /// Where the first clause of the kind begins.
    pub(crate) fn first(&self, clause: Clause) -> Option<usize> {
        let mut clauses = self.clauses.iter();
        clauses.find(|(kind, _)| *kind == clause).map(|(_, at)| *at)
    }

    /// Where the last clause of the kind begins.
    pub(crate) fn last(&self, clause: Clause) -> Option<usize> {
        let mut clauses = self.clauses.iter().rev();
        clauses.find(|(kind, _)| *kind == clause).map(|(_, at)| *at)
    }

    /// The text from there to the clause that begins next.
    fn piece(&self, start: usize) -> &str {
        let next = self.clauses.iter().find(|(_, at)| *at > start);
        // SQLite has no locks, but a space instead.
        self.sql[start..next.map_or(self.sql.len(), |(_, at)| *at)].trim_end()
    }

    /// Whether the statement is rows of tables, in an order or in none, and nothing stands behind:
    /// for certain, so that its text can be added to.
    pub(crate) fn is_plain(&self) -> bool {
        let is_ordered_last = match (self.first(Clause::From), self.last(Clause::OrderBy)) {
            (_, None) => true,
            (from, Some(order)) => from.is_some_and(|from| from < order),
        };
        self.is_readable
            && is_ordered_last
            && !self.is_derived()
            && !self.is_sliced()
            && !self.is_locked()
    }

    /// Whether the statement has a `LIMIT` or an `OFFSET` of its own.
    pub(crate) fn is_sliced(&self) -> bool {
        self.has(&[Clause::Limit, Clause::Offset])
    }

    /// The `LIMIT` of the statement; `None` if it is not a number.
    pub(crate) fn limit(&self) -> Option<Option<u64>> {
        let Some(start) = self.last(Clause::Limit) else {
            return Some(None);
        };
        let number = self.piece(start).strip_prefix(" LIMIT ")?;
        number.parse().ok().map(Some)
    }

    /// The clause of the ordering, ` ORDER BY …`; empty without one.
    pub(crate) fn ordering(&self) -> &str {
        let start = self.last(Clause::OrderBy);
        start.map_or("", |start| self.piece(start))
    }

    /// Whether the order of the statement decides which rows are distinct.
    pub(crate) fn is_distinct_on(&self) -> bool {
        self.has(&[Clause::DistinctOn])
    }

    /// Whether the statement names a window.
    pub(crate) fn is_windowed(&self) -> bool {
        self.has(&[Clause::Window])
    }

    /// Whether the statement locks its rows.
    pub(crate) fn is_locked(&self) -> bool {
        self.has(&[Clause::Lock])
    }

    /// Whether the rows of the statement are not simply the rows of its
    /// tables: distinct ones, groups, or a union.
    pub(crate) fn is_derived(&self) -> bool {
        self.has(&[
            Clause::Distinct,
            Clause::DistinctOn,
            Clause::GroupBy,
            Clause::Having,
            Clause::Union,
            Clause::Window,
        ])
    }

    /// Whether tables are joined whose rows may be missing.
    pub(crate) fn is_left_joined(&self) -> bool {
        self.has(&[Clause::LeftJoin])
    }

    /// Whether the rows of the statement are all rows of `table`, given as SQL writes it.
    pub(crate) fn is_whole(&self, table: &str) -> bool {
        let mut clauses = self.clauses.iter();
        clauses.all(|(clause, _)| matches!(clause, Clause::From | Clause::OrderBy))
            && self.sql.starts_with("SELECT")
            && self.first(Clause::From).is_some_and(|from| {
                let name = self.piece(from).strip_prefix(" FROM ");
                name == Some(table)
            })
    }

    fn has(&self, wanted: &[Clause]) -> bool {
        let mut clauses = self.clauses.iter();
        clauses.any(|(clause, _)| wanted.contains(clause))
    }
}

/// The indexes of one character of a statement where it stands outside of parentheses and quotes.
struct Outside<'s> {
    sql: &'s [u8],
    wanted: u8,
    index: usize,
    /// Whether all parentheses and quotes that were met are closed.
    is_balanced: bool,
    backend: DbBackend,
}

impl<'s> Outside<'s> {
    const fn of(sql: &'s str, wanted: u8, backend: DbBackend) -> Self {
        Self {
            sql: sql.as_bytes(),
            wanted,
            index: 0,
            is_balanced: true,
            backend,
        }
    }

    /// The index behind what begins with this quote; `None` if it has no end.
    fn behind_quote(&self, begin: usize, quote: u8) -> Option<usize> {
        let escapes = match self.backend {
            DbBackend::MySql => quote != b'`',
            // `E'it\'s'`
            DbBackend::Postgres => {
                let before = self.sql[..begin].last();
                quote == b'\'' && before.is_some_and(|before| before.eq_ignore_ascii_case(&b'E'))
            }
            _ => false,
        };
        let mut index = begin + 1;
        loop {
            let byte = *self.sql.get(index)?;
            index += 1;
            if byte == quote {
                return Some(index);
            }
            index += usize::from(escapes && byte == b'\\');
        }
    }
}

impl Iterator for Outside<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let mut depth = 0_usize;
        loop {
            let index = self.index;
            let Some(byte) = self.sql.get(index).copied() else {
                self.is_balanced &= depth == 0;
                return None;
            };
            self.index += 1;
            match byte {
                b'\'' | b'"' | b'`' => {
                    let behind = self.behind_quote(index, byte);
                    self.is_balanced &= behind.is_some();
                    self.index = behind.unwrap_or(self.sql.len());
                }
                b'(' => depth += 1,
                b')' => {
                    self.is_balanced &= depth > 0;
                    depth = depth.saturating_sub(1);
                }
                _ if byte == self.wanted && depth == 0 => return Some(index),
                _ => {}
            }
        }
    }
}

/// Takes the lock from the end of a statement.
pub(crate) fn unlock(statement: Statement) -> Statement {
    let shape = Shape::of_text(statement.sql, statement.db_backend);
    let lock = shape.last(Clause::Lock);
    let mut sql = shape.into_sql();
    sql.truncate(lock.unwrap_or(sql.len()));
    Statement { sql, ..statement }
}

/// The parts of a list between commas outside of parentheses and quotes.
pub(crate) fn split(list: &str, backend: DbBackend) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for index in Outside::of(list, b',', backend) {
        parts.push(list[start..index].trim_start());
        start = index + 1;
    }
    parts.push(list[start..].trim_start());
    parts
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query};

    use super::*;

    fn statement() -> SelectStatement {
        Query::select()
            .column(Alias::new("id"))
            .from(Alias::new("product"))
            .and_where(Expr::col(Alias::new("price")).gt(10))
            .limit(5)
            .offset(20)
            .to_owned()
    }

    #[test]
    fn the_limit_is_a_literal_and_the_rest_is_bound() {
        let cases = [
            (
                DbBackend::Sqlite,
                r#"SELECT "id" FROM "product" WHERE "price" > ? LIMIT 5 OFFSET ?"#,
            ),
            (
                DbBackend::Postgres,
                r#"SELECT "id" FROM "product" WHERE "price" > $1 LIMIT 5 OFFSET $2"#,
            ),
            (
                DbBackend::MySql,
                "SELECT `id` FROM `product` WHERE `price` > ? LIMIT 5 OFFSET ?",
            ),
        ];
        for (backend, expected) in cases {
            let built = build(&statement(), backend);
            assert_eq!(built.sql, expected);
            let bound = vec![Value::Int(Some(10)), Value::BigUnsigned(Some(20))];
            assert_eq!(built.values, Some(Values(bound)));
        }
    }

    #[test]
    fn the_shape_is_read_outside_of_parentheses() {
        let plain = Query::select()
            .column(Alias::new("id"))
            .from(Alias::new("product"))
            .and_where(Expr::exists(statement()))
            .order_by((Alias::new("product"), Alias::new("id")), Order::Asc)
            .to_owned();
        let shape = Shape::of(&plain, DbBackend::Sqlite);
        assert!(!shape.is_sliced());
        assert!(!shape.is_derived());

        let shape = Shape::of(&statement(), DbBackend::MySql);
        assert!(shape.is_sliced());
        let distinct = Query::select()
            .distinct()
            .column(Alias::new("id"))
            .from(Alias::new("product"))
            .to_owned();
        assert!(Shape::of(&distinct, DbBackend::Postgres).is_derived());
    }
}

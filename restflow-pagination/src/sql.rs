//! The SQL text of a page: `LIMIT` as a literal, and what the text tells about a
//! statement that sea-query keeps to itself.

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
    let mut writer = PageWriter::default();
    match backend {
        DbBackend::MySql => statement.build_collect_any_into(&MysqlQueryBuilder, &mut writer),
        DbBackend::Postgres => statement.build_collect_any_into(&PostgresQueryBuilder, &mut writer),
        DbBackend::Sqlite => statement.build_collect_any_into(&SqliteQueryBuilder, &mut writer),
        _ => return StatementBuilder::build(statement, &backend),
    }
    Statement {
        sql: writer.text,
        values: Some(Values(writer.values)),
        db_backend: backend,
    }
}

/// A writer of sea-query that keeps `LIMIT` out of the parameters.
#[derive(Default)]
struct PageWriter {
    text: String,
    values: Vec<Value>,
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
        self.text.push_str(text);
        Ok(())
    }
}

impl fmt::Display for PageWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What a paginator must know about a statement before it may add to it.
///
/// sea-query gives no access to the parts of a statement, so they are read
/// from the text outside of parentheses and quotes, where only clauses of the
/// statement itself stand.
pub(crate) struct Shape {
    text: String,
}

impl Shape {
    pub(crate) fn of(statement: &SelectStatement, backend: DbBackend) -> Self {
        Self::of_text(build(statement, backend).sql)
    }

    /// The shape of a statement but for its columns.
    pub(crate) fn of_rows(statement: &SelectStatement, backend: DbBackend) -> Self {
        let mut rows = statement.clone();
        // `SELECT DISTINCT` keeps its keyword without columns.
        Self::of(rows.clear_selects(), backend)
    }

    /// The shape of a statement that is already text.
    pub(crate) fn of_text(sql: String) -> Self {
        Self {
            text: top_level(sql),
        }
    }

    /// Whether the statement has a `LIMIT` or an `OFFSET` of its own.
    pub(crate) fn is_sliced(&self) -> bool {
        self.has(" LIMIT ") || self.has(" OFFSET ")
    }

    /// The `LIMIT` of the statement; `None` if it is not a number.
    pub(crate) fn limit(&self) -> Option<Option<u64>> {
        let Some((_, behind)) = self.text.rsplit_once(" LIMIT ") else {
            return Some(None);
        };
        let digits = behind.find(|character: char| !character.is_ascii_digit());
        let digits = &behind[..digits.unwrap_or(behind.len())];
        digits.parse().ok().map(Some)
    }

    /// The terms of the ordering without what they have in parentheses, ` ORDER BY …`; empty
    /// without one.
    pub(crate) fn ordering(&self) -> &str {
        let Some(start) = self.text.rfind(" ORDER BY ") else {
            return "";
        };
        let ordering = &self.text[start..];
        let behind = [" LIMIT ", " OFFSET ", " FOR "];
        let end = behind
            .iter()
            .filter_map(|clause| ordering.find(clause))
            .min();
        &ordering[..end.unwrap_or(ordering.len())]
    }

    /// Whether the order of the statement decides which rows are distinct.
    pub(crate) fn is_distinct_on(&self) -> bool {
        self.has("SELECT DISTINCT ON")
    }

    /// Whether the statement names a window.
    pub(crate) fn is_windowed(&self) -> bool {
        self.has(" WINDOW ")
    }

    /// Whether the statement locks its rows.
    pub(crate) fn is_locked(&self) -> bool {
        self.has(" FOR ")
    }

    /// Whether the rows of the statement are not simply the rows of its
    /// tables: distinct ones, groups, or a union.
    pub(crate) fn is_derived(&self) -> bool {
        [
            "SELECT DISTINCT",
            " GROUP BY ",
            " HAVING ",
            " UNION ",
            " INTERSECT ",
            " EXCEPT ",
            " WINDOW ",
        ]
        .iter()
        .any(|clause| self.has(clause))
    }

    /// Whether tables are joined whose rows may be missing.
    pub(crate) fn is_left_joined(&self) -> bool {
        self.has(" LEFT JOIN ")
    }

    /// Whether the rows of the statement, whose columns were cleared, are all
    /// rows of `table`, given as SQL writes it.
    pub(crate) fn is_whole(&self, table: &str) -> bool {
        let end = self.text.rfind(" ORDER BY ").unwrap_or(self.text.len());
        let rest = self.text[..end].strip_prefix("SELECT");
        let rest = rest.and_then(|rest| rest.trim_start().strip_prefix("FROM "));
        rest.is_some_and(|rest| rest.trim_end() == table)
    }

    fn has(&self, clause: &str) -> bool {
        self.text.contains(clause)
    }
}

/// The text of a statement without what stands in parentheses and in string
/// literals. Names in quotes are kept whole.
fn top_level(sql: String) -> String {
    if !sql.contains(['(', '\'']) {
        return sql;
    }
    places(&sql)
        .filter(|(_, place, _)| *place != Place::Inside)
        .map(|(_, _, character)| character)
        .collect()
}

/// Where a character of a statement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In a clause of the statement itself.
    Outside,
    /// In the quotes of a name, outside of parentheses.
    Name,
    /// In parentheses, or in a string literal.
    Inside,
}

/// The characters of a statement with their byte index and their place.
fn places(sql: &str) -> impl Iterator<Item = (usize, Place, char)> {
    let mut depth = 0_usize;
    let mut quote = None;
    sql.char_indices().map(move |(index, character)| {
        let open = match (quote, character) {
            (Some(open), close) => {
                if open == close {
                    quote = None;
                }
                Some(open)
            }
            (None, '\'' | '"' | '`') => {
                quote = Some(character);
                quote
            }
            (None, '(') => {
                depth += 1;
                None
            }
            (None, ')') => {
                depth = depth.saturating_sub(1);
                return (index, Place::Inside, character);
            }
            _ => None,
        };
        let place = match open {
            Some('\'') => Place::Inside,
            _ if depth > 0 => Place::Inside,
            Some(_) => Place::Name,
            None => Place::Outside,
        };
        (index, place, character)
    })
}

/// Takes the lock from the end of a statement.
pub(crate) fn unlock(statement: &mut Statement) {
    let locks = [
        " FOR UPDATE",
        " FOR NO KEY UPDATE",
        " FOR SHARE",
        " FOR KEY SHARE",
    ];
    let text = &statement.sql;
    let is_lock = |index: usize| locks.iter().any(|lock| text[index..].starts_with(lock));
    let lock = places(text)
        .filter(|(index, place, _)| *place == Place::Outside && is_lock(*index))
        .map(|(index, ..)| index)
        .last();
    if let Some(lock) = lock {
        statement.sql.truncate(lock);
    }
}

/// The parts of a text between separators outside of parentheses and quotes.
pub(crate) fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (index, place, _) in places(text) {
        if place == Place::Outside && index >= start && text[index..].starts_with(separator) {
            parts.push(&text[start..index]);
            start = index + separator.len();
        }
    }
    parts.push(&text[start..]);
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

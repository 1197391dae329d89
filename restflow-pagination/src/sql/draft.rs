//! A page that is written once.
//!
//! Most of the work beside the database is writing SQL text. The shape of a statement is read from
//! its text, so what a page adds to a plain statement is added to that text, instead of to the
//! statement, which would be written again.

use std::fmt::Write;
use std::ops::Range;

use sea_orm::sea_query::{SelectStatement, Value, Values};
use sea_orm::{DbBackend, Statement};

use super::{Clause, PageWriter, Shape, quote, quoted, write};
use crate::order_by;
use crate::query::{OrderColumn, Window};

/// The text of a statement, from which that of a page or of a count is made.
pub(crate) struct Draft {
    shape: Shape,
    values: Vec<Value>,
    /// Where the placeholder of each value stands.
    places: Vec<usize>,
    backend: DbBackend,
}

impl Draft {
    /// The draft of a statement that is plain, see [`Shape::is_plain`], for windows with an offset
    /// or without.
    pub(crate) fn of(
        statement: &SelectStatement,
        backend: DbBackend,
        has_offset: bool,
    ) -> Option<Self> {
        let PageWriter {
            text,
            values,
            places,
            ..
        } = write(statement, backend, has_offset)?;
        let shape = Shape::of_text(text, backend);
        shape.is_plain().then_some(Self {
            shape,
            values,
            places,
            backend,
        })
    }

    /// Whether tables are joined whose rows may be missing.
    pub(crate) fn is_left_joined(&self) -> bool {
        self.shape.is_left_joined()
    }

    fn parts(&self) -> Option<Parts<'_>> {
        let sql = self.shape.sql();
        let start = self.shape.first(Clause::From)?;
        let end = self.shape.last(Clause::OrderBy).unwrap_or(sql.len());
        let (columns, rest) = sql.split_at(start);
        let before = |end: usize| self.places.partition_point(|place| *place < end);
        // `a IS DISTINCT FROM b` is a column.
        let word = columns.split_ascii_whitespace().next_back()?;
        (!word.eq_ignore_ascii_case("DISTINCT")).then_some(Parts {
            columns,
            rows: sql.get(start..end)?,
            rest,
            values: before(start)..before(end),
        })
    }

    /// The rows of one window, in the order of the statement, which the key ends.
    pub(crate) fn page(self, key: &[OrderColumn], window: Window) -> Statement {
        let Self {
            shape,
            mut values,
            backend,
            ..
        } = self;
        let mut ending = ending(&shape, key, backend);
        cut(&mut ending, &mut values, window, backend);
        let mut sql = shape.into_sql();
        sql.push_str(&ending);
        Statement {
            sql,
            values: Some(Values(values)),
            db_backend: backend,
        }
    }

    /// The same with the number of all rows, of no more than one above `cap` if there is one, in a
    /// column behind the others, called `name`; `None` where the columns cannot be told from the
    /// rows.
    pub(crate) fn page_with_total(
        &self,
        key: &[OrderColumn],
        window: Window,
        cap: Option<u64>,
        name: &str,
    ) -> Option<Statement> {
        let Parts {
            columns,
            rows,
            rest,
            values: counted,
        } = self.parts()?;
        if columns.trim_end().ends_with("SELECT") {
            return None;
        }
        let Self { shape, backend, .. } = self;
        let (mut values, backend) = (self.values.clone(), *backend);
        // In PostgreSQL a placeholder has the number of its value, so that two can have the same.
        if backend != DbBackend::Postgres {
            values.splice(counted.start..counted.start, values[counted].to_vec());
        }
        let mut ending = ending(shape, key, backend);
        cut(&mut ending, &mut values, window, backend);
        let (quote, name) = (quote(backend), quoted(name, backend));
        let total = total(rows, cap, backend);
        Some(Statement {
            sql: format!("{columns}, ({total}) AS {quote}{name}{quote}{rest}{ending}"),
            values: Some(Values(values)),
            db_backend: backend,
        })
    }

    /// The number of all rows, of no more than one above `cap` if there is one; `None` where they
    /// cannot be told from the columns.
    pub(crate) fn count(mut self, cap: Option<u64>) -> Option<Statement> {
        let Parts {
            columns,
            rows,
            values,
            ..
        } = self.parts()?;
        // The rows may mean what stands in front of the columns; and in PostgreSQL their values have
        // numbers behind those of the columns.
        let is_numbered = self.backend == DbBackend::Postgres && values.start > 0;
        if !columns.starts_with("SELECT") || is_numbered {
            return None;
        }
        let sql = total(rows, cap, self.backend);
        self.values.truncate(values.end);
        self.values.drain(..values.start);
        Some(Statement {
            sql,
            values: Some(Values(self.values)),
            db_backend: self.backend,
        })
    }
}

/// A plain statement, taken apart.
struct Parts<'d> {
    /// Up to the rows.
    columns: &'d str,
    /// Its tables and conditions.
    rows: &'d str,
    /// The rows and what stands behind them.
    rest: &'d str,
    /// The values that stand in the rows.
    values: Range<usize>,
}

/// The statement that counts rows, with `cap` one more than that at most.
fn total(rows: &str, cap: Option<u64>, backend: DbBackend) -> String {
    let Some(cap) = cap else {
        return format!("SELECT COUNT(*){rows}");
    };
    let window = Window::new(0, cap.saturating_add(1)).bounded();
    let (limit, quote) = (window.limit.unwrap_or(u64::MAX), quote(backend));
    format!("SELECT COUNT(*) FROM (SELECT 1{rows} LIMIT {limit}) AS {quote}capped{quote}")
}

/// What stands behind the terms of the ordering: the rest of the key.
fn ending(shape: &Shape, key: &[OrderColumn], backend: DbBackend) -> String {
    let quote = quote(backend);
    let mut ending = String::new();
    let mut is_ordered = !shape.ordering().is_empty();
    for column in order_by::missing(shape, key, backend) {
        ending.push_str(if is_ordered { ", " } else { " ORDER BY " });
        is_ordered = true;
        let (table, name) = (column.table.inner(), column.column.inner());
        let (table, name) = (quoted(&table, backend), quoted(&name, backend));
        // Writing to a string cannot fail.
        let _ = write!(ending, "{quote}{table}{quote}.{quote}{name}{quote} ASC");
    }
    ending
}

/// As [`cut`](crate::query::cut) does with a statement: the `LIMIT` as a literal, the `OFFSET` as a
/// parameter.
fn cut(sql: &mut String, values: &mut Vec<Value>, window: Window, backend: DbBackend) {
    let Window { offset, limit } = window.bounded();
    if let Some(limit) = limit {
        // Writing to a string cannot fail.
        let _ = write!(sql, " LIMIT {limit}");
    }
    if offset > 0 {
        values.push(Value::BigUnsigned(Some(offset)));
        sql.push_str(" OFFSET ");
        match backend {
            DbBackend::Postgres => {
                let _ = write!(sql, "${}", values.len());
            }
            _ => sql.push('?'),
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::extension::mysql::{IndexHintScope, MySqlSelectStatementExt};
    use sea_orm::sea_query::{
        Alias, CommonTableExpression, Expr, ExprTrait, Func, NullOrdering, Order, Query,
    };

    use super::*;
    use crate::query;
    use crate::sql::build;

    const BACKENDS: [DbBackend; 3] = [DbBackend::Sqlite, DbBackend::Postgres, DbBackend::MySql];

    fn column(name: &'static str) -> Expr {
        Expr::col((Alias::new("p"), Alias::new(name)))
    }

    fn key() -> [OrderColumn; 1] {
        [OrderColumn {
            table: Alias::new("p").into(),
            column: Alias::new("i`\"d").into(),
            kind: sea_orm::ColumnType::Integer,
            nullable: false,
        }]
    }

    fn plain() -> Vec<SelectStatement> {
        let all = Query::select()
            .expr(column("name"))
            .from(Alias::new("p"))
            .to_owned();
        let slice = Query::select()
            .expr(Expr::val(1))
            .from(Alias::new("q"))
            .order_by(Alias::new("x"), Order::Asc)
            .limit(3)
            .offset(4)
            .to_owned();
        let mut filtered = all.clone();
        filtered
            .and_where(column("price").gt(10).or(column("odd ORDER BY ( ' ").eq(2)))
            .and_where(Expr::exists(slice.clone()));
        let mut ordered = filtered.clone();
        ordered
            .expr_as(
                Expr::cust_with_values("? || 'it''s FROM (x'", ["a"]),
                Alias::new("y"),
            )
            .expr_as(slice.clone(), Alias::new("z"))
            .order_by_expr(Func::lower(column("name")).into(), Order::Desc)
            .order_by_expr(column("price").eq(5), Order::Asc);
        let mut keyed = ordered.clone();
        keyed.order_by_expr(column("i`\"d"), Order::Desc);
        let mut bound = filtered.clone();
        bound.order_by_expr(column("price").eq(5), Order::Asc);
        let mut distinct_from = ordered.clone();
        distinct_from
            .and_where(Expr::cust("a IS DISTINCT FROM b"))
            .order_by_expr_with_nulls(column("größe"), Order::Desc, NullOrdering::Last);
        let mut table = all.clone();
        table.with_cte(CommonTableExpression::from_select(slice));
        let mut joined = filtered.clone();
        joined.inner_join(
            Alias::new("q"),
            Expr::col((Alias::new("q"), Alias::new("id"))).eq(3),
        );
        let places = Values(vec!["a".into(), "b".into()]);
        let mut listed = filtered.clone();
        listed.order_by_expr(column("name"), Order::Field(places));
        vec![
            all,
            filtered,
            ordered,
            keyed,
            bound,
            distinct_from,
            table,
            joined,
            listed,
        ]
    }

    fn windows() -> [Window; 4] {
        [
            Window::ALL,
            Window::new(0, 20),
            Window::new(40, u64::MAX),
            Window {
                offset: 7,
                limit: None,
            },
        ]
    }

    /// The statement that the draft stands for, written the long way.
    fn by_statement(
        mut statement: SelectStatement,
        window: Window,
        backend: DbBackend,
    ) -> Statement {
        let shape = Shape::of_rows(&statement, backend);
        order_by::end_with_key(&mut statement, &shape, &key(), backend);
        query::cut(&mut statement, window);
        build(&statement, backend)
    }

    #[test]
    fn a_page_is_what_its_statement_would_be() {
        for backend in BACKENDS {
            for (statement, window) in plain().iter().flat_map(|s| windows().map(|w| (s, w))) {
                let draft = Draft::of(statement, backend, true).expect("it is plain");
                let expected = by_statement(statement.clone(), window, backend);
                assert_eq!(draft.page(&key(), window), expected);
            }
        }
    }

    #[test]
    fn hints_for_an_index_are_no_clauses() {
        for scope in [
            IndexHintScope::All,
            IndexHintScope::Join,
            IndexHintScope::OrderBy,
            IndexHintScope::GroupBy,
        ] {
            let mut hinted = plain()[0].clone();
            hinted.use_index("ix", scope);
            let draft = Draft::of(&hinted, DbBackend::MySql, true).expect("it is plain");
            let window = Window::new(0, 5);
            let expected = by_statement(hinted, window, DbBackend::MySql);
            assert!(expected.sql.contains("ORDER BY `p`"), "{expected}");
            assert_eq!(draft.page(&key(), window), expected);
        }
    }

    /// The key of two columns of which the statement has one.
    #[test]
    fn the_rest_of_the_key_ends_the_ordering() {
        let key = [
            key()[0].clone(),
            OrderColumn {
                column: "part".into(),
                ..key()[0].clone()
            },
        ];
        let keyed = plain()[3].clone();
        let draft = Draft::of(&keyed, DbBackend::Postgres, true).expect("it is plain");
        let sql = draft.page(&key, Window::ALL).sql;
        assert!(
            sql.ends_with(r#""p"."i`""d" DESC, "p"."part" ASC"#),
            "{sql}"
        );
    }

    #[test]
    fn a_total_is_what_its_statement_would_be() {
        for backend in BACKENDS {
            for (statement, window) in plain().iter().flat_map(|s| windows().map(|w| (s, w))) {
                let draft = Draft::of(statement, backend, true).expect("it is plain");
                let page = draft.page_with_total(&key(), window, None, "total");
                let page = page.expect("it has columns");
                if page.sql.starts_with("WITH") {
                    // The table in front is there for both.
                    let total = page.sql.replace('`', "\"");
                    let total =
                        total.split_once(r#", (SELECT COUNT(*) FROM "p") AS "total" FROM "p""#);
                    assert!(total.is_some(), "{page}");
                    continue;
                }
                if backend == DbBackend::Postgres {
                    // The values are those of the page alone.
                    let alone = by_statement(statement.clone(), window, backend);
                    assert_eq!(page.values, alone.values);
                    let shape = Shape::of_text(page.sql.clone(), backend);
                    let rows = Shape::of_text(alone.sql.clone(), backend);
                    let [end, behind] = [&shape, &rows].map(|it| it.first(Clause::From));
                    let (columns, rest) = page.sql.split_at(end.expect("it has rows"));
                    assert_eq!(rest, &alone.sql[behind.expect("it has rows")..]);
                    assert!(columns.ends_with(r#") AS "total""#), "{columns}");
                    continue;
                }
                let mut counting = statement.clone();
                counting.clear_order_by().clear_selects();
                counting.expr(Func::count(Expr::col(sea_orm::sea_query::Asterisk)));
                let mut expected = statement.clone();
                expected.expr_as(counting, Alias::new("total"));
                assert_eq!(page, by_statement(expected, window, backend));
            }
        }
    }

    #[test]
    fn a_count_is_what_its_statement_would_be() {
        for (statement, backend) in plain().iter().flat_map(|s| BACKENDS.map(|it| (s, it))) {
            let mut counting = statement.clone();
            counting.clear_order_by();
            let unordered = build(&counting, backend).values;
            counting.clear_selects();
            let rows = build(&counting, backend).values;
            let mut capped = counting.clone();
            capped.expr(Expr::cust("1")).limit(101);
            let capped = Query::select()
                .expr(Func::count(Expr::col(sea_orm::sea_query::Asterisk)))
                .from_subquery(capped, Alias::new("capped"))
                .to_owned();
            counting.expr(Func::count(Expr::col(sea_orm::sea_query::Asterisk)));
            let has_table = build(statement, backend).sql.starts_with("WITH");
            let are_numbered = backend == DbBackend::Postgres && unordered != rows;
            for (cap, counting) in [(None, counting), (Some(100), capped)] {
                let draft = Draft::of(statement, backend, true).expect("it is plain");
                let expected = (!has_table && !are_numbered).then(|| build(&counting, backend));
                assert_eq!(draft.count(cap), expected);
            }
        }
    }

    #[test]
    fn what_is_not_plain_is_no_draft() {
        let plain = &plain()[1];
        let others = [
            plain.clone().distinct().to_owned(),
            plain.clone().limit(3).to_owned(),
            plain.clone().offset(3).to_owned(),
            plain.clone().group_by_col(Alias::new("x")).to_owned(),
            plain.clone().and_having(column("x").eq(1)).to_owned(),
            plain
                .clone()
                .union(sea_orm::sea_query::UnionType::All, plain.clone())
                .to_owned(),
        ];
        for backend in BACKENDS {
            for other in &others {
                assert!(Draft::of(other, backend, true).is_none(), "{other:?}");
            }
        }
        for backend in [DbBackend::Postgres, DbBackend::MySql] {
            for locked in [plain.clone().lock_shared(), plain.clone().lock_exclusive()] {
                assert!(Draft::of(locked, backend, true).is_none());
            }
        }
        for backend in BACKENDS {
            let mut quoted = plain.clone();
            quoted.and_where(Expr::Constant("it's (".into()).eq("x"));
            assert!(Draft::of(&quoted, backend, true).is_some());
            assert!(Draft::of(quoted.limit(3), backend, true).is_none());
        }
        // `a IS DISTINCT FROM b` is a column, not the rows.
        let mut column = plain.clone();
        column
            .clear_selects()
            .expr(Expr::cust("a IS Distinct\n FROM b"));
        let draft = Draft::of(&column, DbBackend::Sqlite, true).expect("it is plain");
        assert!(
            draft
                .page_with_total(&key(), Window::ALL, None, "total")
                .is_none()
        );
        // An ordering in a comment is none.
        let mut comment = plain.clone();
        comment
            .clear_selects()
            .expr(Expr::cust("f(x /* ) */ ORDER BY y /* ( */)"));
        assert!(Draft::of(&comment, DbBackend::Sqlite, true).is_none());
        // What is not understood is left to the database.
        let mut dollars = plain.clone();
        dollars.and_where(Expr::cust("x = $$it's$$"));
        assert!(Draft::of(&dollars, DbBackend::Postgres, true).is_none());
    }
}

//! Text comparison in each dialect, with literal wildcards.
//!
//! Case: PostgreSQL tells it apart unless both sides are folded, MySQL leaves
//! it to the collation unless the pattern is binary, SQLite's `LIKE` folds
//! ASCII letters always. SeaORM's `ilike` panics on SQLite and MySQL.

use sea_orm::sea_query::{BinOper, Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{ColumnTrait, ColumnType, DbBackend};

/// What means something else in a pattern than itself.
const WILDCARDS: [char; 3] = ['%', '_', '\\'];

/// The part of a text that has to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Anywhere,
    Start,
    End,
    Whole,
}

/// The text of a column, for PostgreSQL compares only text with text. As in Django, the text of an
/// address (`inet`) is that of its host.
pub(crate) fn text_of<C: ColumnTrait>(column: C, backend: DbBackend) -> SimpleExpr {
    let definition = column.def();
    let expr = column.into_expr();
    if backend != DbBackend::Postgres {
        return expr;
    }
    let is_custom = |expected: &str| match definition.get_column_type() {
        ColumnType::Custom(name) => name.to_string().eq_ignore_ascii_case(expected),
        _ => false,
    };
    match definition.get_column_type() {
        ColumnType::Char(_) | ColumnType::String(_) | ColumnType::Text => expr,
        ColumnType::Inet => Func::cust("host").arg(expr).into(),
        _ if is_custom("inet") => Func::cust("host").arg(expr).into(),
        // A text that ignores the case itself, whose index a cast would lose.
        _ if is_custom("citext") => expr,
        _ => expr.cast_as("text"),
    }
}

/// `column LIKE pattern` for a text, whose wildcards are literal.
pub(crate) fn like(
    column: SimpleExpr,
    text: &str,
    place: Place,
    fold_case: bool,
    backend: DbBackend,
) -> SimpleExpr {
    let pattern = Expr::val(pattern(text, place));
    match backend {
        DbBackend::Sqlite => {
            // SQLite compiles a statement anew for each bound pattern, to see
            // whether an index helps. None does where the pattern begins with
            // a wildcard, and of `+?` it does not look at the value.
            let pattern = match place {
                Place::Start | Place::Whole => pattern,
                Place::Anywhere | Place::End => Expr::cust_with_expr("+?", pattern),
            };
            // SQLite has no escape character of its own, and looks for one in each row.
            let pattern = if text.contains(WILDCARDS) {
                pattern.binary(BinOper::Escape, Expr::Constant('\\'.into()))
            } else {
                pattern
            };
            column.binary(BinOper::Like, pattern)
        }
        DbBackend::MySql if !fold_case => column.binary(BinOper::Like, pattern.cast_as("BINARY")),
        DbBackend::Postgres if fold_case => {
            let column = SimpleExpr::from(Func::upper(column));
            column.binary(BinOper::Like, Func::upper(pattern))
        }
        _ => column.binary(BinOper::Like, pattern),
    }
}

/// The pattern of a text: `%`, `_` and `\` escaped with a backslash, which is
/// the default of PostgreSQL and MySQL.
fn pattern(text: &str, place: Place) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    if matches!(place, Place::Anywhere | Place::End) {
        pattern.push('%');
    }
    for character in text.chars() {
        if WILDCARDS.contains(&character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    if matches!(place, Place::Anywhere | Place::Start) {
        pattern.push('%');
    }
    pattern
}

//! Dates and times in each dialect.
//!
//! All is UTC, whatever the time zone of the session: PostgreSQL is told so, and on MySQL
//! SeaORM's sessions are in UTC. SQLite has texts, as SeaORM writes them: `2024-01-31`,
//! `23:59:59.5`, `2024-01-31 23:59:59.5` and `2024-01-31T23:59:59.5+00:00`. Its date functions
//! round to milliseconds, so they never see a fraction.

use std::any::TypeId;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc, Weekday};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, ColumnType, DbBackend};

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Date,
    Time,
    /// A date with a time, without a time zone.
    Local,
    /// A moment; SQLite has its text in UTC.
    Utc,
    /// A moment; SQLite has its text with any offset.
    Offset,
}

fn kind<T: 'static, C: ColumnTrait>(column: C) -> Kind {
    let id = TypeId::of::<T>();
    if id == TypeId::of::<NaiveDate>() {
        Kind::Date
    } else if id == TypeId::of::<NaiveTime>() {
        Kind::Time
    } else if id == TypeId::of::<NaiveDateTime>() {
        Kind::Local
    } else if id == TypeId::of::<DateTime<Utc>>() {
        Kind::Utc
    } else if has_offset::<T>() {
        Kind::Offset
    } else {
        match column.def().get_column_type() {
            ColumnType::Date => Kind::Date,
            ColumnType::Time => Kind::Time,
            ColumnType::TimestampWithTimeZone => Kind::Offset,
            _ => Kind::Local,
        }
    }
}

/// Whether values of the type keep an offset of their own.
pub(super) fn has_offset<T: 'static>() -> bool {
    TypeId::of::<T>() == TypeId::of::<DateTime<FixedOffset>>()
}

/// A part of a date or a time, in each dialect; `@` is the column, in UTC and for SQLite without
/// fraction.
pub(super) struct Part {
    pub(super) postgres: &'static str,
    pub(super) mysql: &'static str,
    pub(super) sqlite: &'static str,
}

/// `part = value`.
pub(super) fn part<T: 'static, C: ColumnTrait>(
    column: C,
    part: &Part,
    value: i32,
    backend: DbBackend,
) -> SimpleExpr {
    let kind = kind::<T, C>(column);
    let template = match backend {
        DbBackend::Postgres => part.postgres.replace('@', postgres_utc(kind)),
        DbBackend::MySql => part.mysql.to_owned(),
        _ => part.sqlite.replace('@', sqlite_stamp(kind)),
    };
    custom(&template, column, backend).eq(value)
}

/// The date of the column is one of those from `first` to `last`, in a way that an index serves.
fn dates<T: 'static, C: ColumnTrait>(
    column: C,
    first: NaiveDate,
    last: NaiveDate,
    backend: DbBackend,
) -> SimpleExpr {
    let kind = kind::<T, C>(column);
    let expr = column.into_expr();
    match (kind, backend) {
        (Kind::Date, _) if first == last => expr.eq(first),
        (Kind::Date, _) => expr.between(first, last),
        // The texts of other offsets are not in the order of their moments.
        (Kind::Offset, DbBackend::Sqlite) => {
            let template = format!("date({})", sqlite_stamp(kind));
            custom(&template, column, backend).between(first, last)
        }
        // A tilde stands behind all that follows a date.
        (_, DbBackend::Sqlite) => expr.between(first.to_string(), format!("{last}~")),
        _ => {
            let start = first.and_time(NaiveTime::MIN);
            let end = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999);
            let end = last.and_time(end.expect("is a time of day"));
            if kind == Kind::Local {
                expr.between(start, end)
            } else {
                expr.between(start.and_utc(), end.and_utc())
            }
        }
    }
}

/// The date of the column is this one.
pub(super) fn date<T: 'static, C: ColumnTrait>(
    column: C,
    date: NaiveDate,
    backend: DbBackend,
) -> SimpleExpr {
    dates::<T, C>(column, date, date, backend)
}

/// The year of the column is this one; years but those of four digits match nothing.
pub(super) fn year<T: 'static, C: ColumnTrait>(
    column: C,
    year: i32,
    backend: DbBackend,
) -> SimpleExpr {
    whole_year::<T, C>(column, year, backend, |year| {
        NaiveDate::from_ymd_opt(year, 1, 1)
    })
}

/// The year of the column, in which its ISO week is counted, is this one.
pub(super) fn iso_year<T: 'static, C: ColumnTrait>(
    column: C,
    year: i32,
    backend: DbBackend,
) -> SimpleExpr {
    whole_year::<T, C>(column, year, backend, |year| {
        NaiveDate::from_isoywd_opt(year, 1, Weekday::Mon)
    })
}

fn whole_year<T: 'static, C: ColumnTrait>(
    column: C,
    year: i32,
    backend: DbBackend,
    begin: impl Fn(i32) -> Option<NaiveDate>,
) -> SimpleExpr {
    // SQLite knows no others, and chrono overflows on some.
    if !(1..=9999).contains(&year) {
        return Expr::val(1).eq(2);
    }
    let first = begin(year).expect("the year begins");
    let next = begin(year + 1).expect("the next year begins");
    let last = next.pred_opt().expect("a day comes before");
    let last = Ord::min(
        last,
        NaiveDate::from_ymd_opt(9999, 12, 31).expect("is a date"),
    );
    dates::<T, C>(column, first, last, backend)
}

/// The time of day of the column is this one.
pub(super) fn time<T: 'static, C: ColumnTrait>(
    column: C,
    time: NaiveTime,
    backend: DbBackend,
) -> SimpleExpr {
    let kind = kind::<T, C>(column);
    if kind == Kind::Time {
        return column.into_expr().eq(time);
    }
    let template = match (backend, kind) {
        (DbBackend::Postgres, _) => format!("CAST({} AS time)", postgres_utc(kind)),
        (DbBackend::MySql, _) => "TIME(@)".to_owned(),
        (_, Kind::Local) => "substr(@, 12)".to_owned(),
        _ => format!("strftime('%H:%M:%S', {}) || {FRACTION}", sqlite_stamp(kind)),
    };
    custom(&template, column, backend).eq(time)
}

/// A moment of SQLite as text in UTC, in the order of time.
pub(super) fn sqlite_utc<C: ColumnTrait>(column: C) -> SimpleExpr {
    let stamp = sqlite_stamp(Kind::Offset);
    let template = format!("strftime('%Y-%m-%dT%H:%M:%S', {stamp}) || {FRACTION}");
    custom(&template, column, DbBackend::Sqlite)
}

/// What [`sqlite_utc`] is compared with.
pub(super) fn sqlite_utc_text(moment: DateTime<FixedOffset>) -> String {
    moment.to_utc().format("%Y-%m-%dT%H:%M:%S%.f").to_string()
}

fn postgres_utc(kind: Kind) -> &'static str {
    match kind {
        Kind::Utc | Kind::Offset => "timezone('UTC', @)",
        Kind::Date | Kind::Time | Kind::Local => "@",
    }
}

/// What SQLite's date functions are given.
fn sqlite_stamp(kind: Kind) -> &'static str {
    match kind {
        Kind::Date => "@",
        Kind::Time => "substr(@, 1, 8)",
        Kind::Local => "substr(@, 1, 19)",
        Kind::Utc | Kind::Offset => {
            "substr(@, 1, 19) || CASE WHEN @ GLOB '*[+-][0-9][0-9]:[0-9][0-9]' \
             THEN substr(@, -6) ELSE '' END"
        }
    }
}

/// The fraction of a second of a moment of SQLite, with its point, without trailing zeros.
const FRACTION: &str = "substr(@, 20, max(0, length(@) - 25))";

/// A template with the column in place of each `@`.
fn custom<C: ColumnTrait>(template: &str, column: C, backend: DbBackend) -> SimpleExpr {
    let count = template.matches('@').count();
    let placeholder = match backend {
        DbBackend::Postgres => "$1",
        _ => "?",
    };
    let columns = vec![column.into_expr(); count];
    Expr::cust_with_exprs(template.replace('@', placeholder), columns)
}

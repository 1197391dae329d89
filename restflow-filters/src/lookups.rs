//! The ways to compare a column with a value: `price__gte`, `name__icontains`.
//!
//! A lookup is a type; [`Lookup`] says for which values it makes sense, so one
//! that does not fit the type of a filter does not compile. Names and meaning
//! are Django's.
//!
//! # Case
//!
//! As in Django, it is the database that tells upper from lower case. Wildcards in a text are
//! literal everywhere.
//!
//! | Lookup | SQLite | PostgreSQL | MySQL, MariaDB |
//! |---|---|---|---|
//! | [`Exact`], [`In`], [`Gt`] and the like, [`Range`] | by code points, or the collation of the column | by the collation of the column | by the collation of the column, most of which ignore case, accents and blanks at the end |
//! | [`Contains`], [`StartsWith`], [`EndsWith`] | ASCII letters in any case | as written | as written |
//! | [`IExact`], [`IContains`], [`IStartsWith`], [`IEndsWith`] | ASCII letters in any case | `UPPER` of both, by the locale of the database | by the collation of the column, so that one ending in `_bin` tells the case apart |
//! | [`Regex`] | as written | as written | as written |
//! | [`IRegex`] | by Unicode's simple case folding | the same | the same |
//!
//! On PostgreSQL a column of another type than text, such as an enum, is compared as its text, and
//! one of the type `inet` as its host, as in Django. Parts of a `citext` and patterns are found
//! there in any case.
//!
//! [`Regex`] and [`IRegex`] take a [`RegexPattern`], whose meaning is the same on all databases. They cost a look at each row, so they are in no group of lookups. SQLite
//! has no regular expressions of its own: a program that uses them there does not start without the
//! feature `sqlite-regexp`, whose `with_regexp` gives them to the connections; where it was not
//! called, a request that uses one is a 500, and the log says to call it: start-up has no query.
//!
//! # Dates and times
//!
//! Dates and times are in UTC, whatever the time zone of the session. [`Year`], [`IsoYear`] and
//! [`Date`] are ranges, which an index serves; a year but from 1 to 9999 matches no row, and so does
//! a month 13. In the texts of SQLite the moments of a column of `DateTimeWithTimeZone` are compared
//! as moments, whatever their offsets, which no index serves. Those of `DateTimeUtc` are compared
//! as texts, which is right for what SeaORM writes, `2024-01-31T00:00:00+00:00`; a default of
//! `CURRENT_TIMESTAMP` writes another form.
//!
//! # Null
//!
//! A row whose column is null fulfills no condition but [`IsNull`], so that all negations find it:
//! `rating!=5` has the rows without a rating, as Django's `exclude` has. A condition on related
//! rows asks for one that fulfills it, and its negation for rows that have none; those without any
//! related row are among them. `isnull=true` also finds the rows without a related row.

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, DbBackend, Value};

use crate::column_filter::FilterValue;
use crate::input::{LookupInput, Many, One, Pair};
use crate::like::{Place, like, text_of};
use crate::regex::{self, RegexPattern};

mod moments;

use moments::Part;

/// A way to compare a column with values of the type `T`.
///
/// Implement it for a lookup of your own, or for one of these lookups and a
/// type of your own.
#[diagnostic::on_unimplemented(
    message = "the lookup `{Self}` does not fit a filter of the type `{T}`",
    label = "this lookup does not fit the type",
    note = "text lookups need `String`; comparisons need a number, a date, a time or a text; date parts need a date, time parts a time"
)]
pub trait Lookup<T>: Send + Sync + 'static {
    /// The name of the lookup, which is the usual suffix of the parameter.
    const NAME: &'static str;
    /// What the lookup says about a column: `is less than`.
    const DESCRIPTION: &'static str;
    /// What the parameter takes.
    type Input: LookupInput;

    /// Why the lookup cannot work on a database of this kind; a program that uses it there does
    /// not start. Overridden by lookups that use what not every database has. Default: `None`, it
    /// works on all of them.
    #[must_use]
    fn misconfigured(backend: DbBackend) -> Option<String> {
        let _ = backend;
        None
    }

    /// The condition in SQL.
    fn condition<C: ColumnTrait>(column: C, input: Self::Input, backend: DbBackend) -> SimpleExpr;

    /// Whether a filter by related rows finds the rows that have none. Overridden by lookups for
    /// which a missing row is as good as a row without a value. Default: `false`.
    #[must_use]
    fn matches_absence(input: &Self::Input) -> bool {
        let _ = input;
        false
    }
}

/// A type whose values have an order that the database knows.
#[diagnostic::on_unimplemented(
    message = "values of the type `{Self}` have no order to compare by",
    note = "comparisons need a number, a date, a time or a text"
)]
pub trait Ordered: FilterValue {}

/// A type that has a calendar date.
#[diagnostic::on_unimplemented(message = "values of the type `{Self}` have no date")]
pub trait HasDate: FilterValue {}

/// A type that has a time of day.
#[diagnostic::on_unimplemented(message = "values of the type `{Self}` have no time of day")]
pub trait HasTime: FilterValue {}

macro_rules! implement {
    ($($name:ident: $($type:ty),+;)+) => {$($(impl $name for $type {})+)+};
}

implement! {
    Ordered: i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, String, rust_decimal::Decimal,
        chrono::NaiveDate, chrono::NaiveTime, chrono::NaiveDateTime,
        chrono::DateTime<chrono::Utc>, chrono::DateTime<chrono::FixedOffset>;
    HasDate: chrono::NaiveDate, chrono::NaiveDateTime,
        chrono::DateTime<chrono::Utc>, chrono::DateTime<chrono::FixedOffset>;
    HasTime: chrono::NaiveTime, chrono::NaiveDateTime,
        chrono::DateTime<chrono::Utc>, chrono::DateTime<chrono::FixedOffset>;
}

macro_rules! lookups {
    ($($(#[$meta:meta])* $name:ident = $suffix:literal, $description:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl $name {
            const NAME: &'static str = $suffix;
            const DESCRIPTION: &'static str = $description;
        }
    )+};
}

lookups! {
    /// The column equals the value.
    Exact = "exact", "equals";
    /// The column equals the text, whatever the case.
    IExact = "iexact", "equals (case-insensitive)";
    /// The column contains the text.
    Contains = "contains", "contains";
    /// The column contains the text, whatever the case.
    IContains = "icontains", "contains (case-insensitive)";
    /// The column starts with the text.
    StartsWith = "startswith", "starts with";
    /// The column starts with the text, whatever the case.
    IStartsWith = "istartswith", "starts with (case-insensitive)";
    /// The column ends with the text.
    EndsWith = "endswith", "ends with";
    /// The column ends with the text, whatever the case.
    IEndsWith = "iendswith", "ends with (case-insensitive)";
    /// The column matches the regular expression somewhere.
    Regex = "regex", "matches regex";
    /// The column matches the regular expression somewhere, whatever the case.
    IRegex = "iregex", "matches regex (case-insensitive)";
    /// The column is greater than the value.
    Gt = "gt", "is greater than";
    /// The column is the value or greater.
    Gte = "gte", "is greater than or equal to";
    /// The column is less than the value.
    Lt = "lt", "is less than";
    /// The column is the value or less.
    Lte = "lte", "is less than or equal to";
    /// The column is one of the values; an empty list matches no row.
    In = "in", "is one of";
    /// The column lies between two values, both included.
    Range = "range", "is in range";
    /// The column is null (`true`) or not (`false`).
    IsNull = "isnull", "is null";
    /// The date of the column is the value.
    Date = "date", "date is";
    /// The year of the column, from 1 to 9999, is the value.
    Year = "year", "year is";
    /// The ISO 8601 year of the column, which is that of its week, is the value.
    IsoYear = "iso_year", "ISO year is";
    /// The quarter of the column, from 1 to 4, is the value.
    Quarter = "quarter", "quarter is";
    /// The month of the column, from 1 to 12, is the value.
    Month = "month", "month is";
    /// The ISO 8601 week of the column, from 1 to 53, is the value.
    Week = "week", "week is";
    /// The day of the week of the column, from 1 for Sunday to 7 for Saturday, is the value.
    WeekDay = "week_day", "day of the week is";
    /// The ISO 8601 day of the week of the column, from 1 for Monday to 7 for Sunday, is the value.
    IsoWeekDay = "iso_week_day", "ISO day of the week is";
    /// The day of the month of the column, from 1, is the value.
    Day = "day", "day is";
    /// The hour of the column, from 0 to 23, is the value.
    Hour = "hour", "hour is";
    /// The time of day of the column, to the fraction of a second, is the value.
    Time = "time", "time is";
    /// The minute of the column is the value.
    Minute = "minute", "minute is";
    /// The whole second of the column is the value.
    Second = "second", "second is";
}

macro_rules! names {
    () => {
        const NAME: &'static str = Self::NAME;
        const DESCRIPTION: &'static str = Self::DESCRIPTION;
    };
}

impl<T: FilterValue> Lookup<T> for Exact {
    names!();
    type Input = One<T>;

    fn condition<C: ColumnTrait>(column: C, One(value): One<T>, backend: DbBackend) -> SimpleExpr {
        operand::<T, C>(column, backend).eq(bind(column, value, backend))
    }
}

impl<T: FilterValue> Lookup<T> for In {
    names!();
    type Input = Many<T>;

    fn condition<C: ColumnTrait>(
        column: C,
        Many(values): Many<T>,
        backend: DbBackend,
    ) -> SimpleExpr {
        let values = values.into_iter().map(|value| bind(column, value, backend));
        operand::<T, C>(column, backend).is_in(values)
    }
}

impl<T: FilterValue> Lookup<T> for IsNull {
    names!();
    type Input = One<bool>;

    fn condition<C: ColumnTrait>(column: C, One(null): One<bool>, _: DbBackend) -> SimpleExpr {
        if null {
            column.is_null()
        } else {
            column.is_not_null()
        }
    }

    fn matches_absence(One(null): &One<bool>) -> bool {
        *null
    }
}

impl<T: Ordered> Lookup<T> for Range {
    names!();
    type Input = Pair<T>;

    fn condition<C: ColumnTrait>(
        column: C,
        Pair(least, greatest): Pair<T>,
        backend: DbBackend,
    ) -> SimpleExpr {
        operand::<T, C>(column, backend).between(
            bind(column, least, backend),
            bind(column, greatest, backend),
        )
    }
}

macro_rules! comparisons {
    ($($name:ident => $method:ident;)+) => {$(
        impl<T: Ordered> Lookup<T> for $name {
            names!();
            type Input = One<T>;

            fn condition<C: ColumnTrait>(
                column: C,
                One(value): One<T>,
                backend: DbBackend,
            ) -> SimpleExpr {
                operand::<T, C>(column, backend).$method(bind(column, value, backend))
            }
        }
    )+};
}

comparisons! {
    Gt => gt;
    Gte => gte;
    Lt => lt;
    Lte => lte;
}

/// The column as it is compared with values.
fn operand<T: 'static, C: ColumnTrait>(column: C, backend: DbBackend) -> SimpleExpr {
    if backend == DbBackend::Sqlite && moments::has_offset::<T>() {
        moments::sqlite_utc(column)
    } else {
        column.into_expr()
    }
}

/// The value as one that the driver takes.
///
/// SQLite and PostgreSQL have no unsigned integers, and their drivers panic on
/// one that does not fit; as a decimal it is compared all the same.
pub(crate) fn bindable<T: FilterValue>(value: T, backend: DbBackend) -> Value {
    match value.into() {
        Value::BigUnsigned(Some(number))
            if backend != DbBackend::MySql && i64::try_from(number).is_err() =>
        {
            Value::from(rust_decimal::Decimal::from(number))
        }
        value => value,
    }
}

/// The value as a parameter that is compared with a column: a decimal of SQLite
/// is bound as text, and is a number whatever the column is. MariaDB
/// does not find a `TIMESTAMP` in a list of them, but in one of `DATETIME`.
fn bind<T: FilterValue, C: ColumnTrait>(column: C, value: T, backend: DbBackend) -> SimpleExpr {
    let value = match bindable(value, backend) {
        Value::ChronoDateTimeWithTimeZone(Some(moment)) if backend == DbBackend::Sqlite => {
            Value::from(moments::sqlite_utc_text(moment))
        }
        Value::ChronoDateTimeWithTimeZone(Some(moment)) if backend == DbBackend::MySql => {
            Value::from(moment.naive_utc())
        }
        Value::ChronoDateTimeUtc(Some(moment)) if backend == DbBackend::MySql => {
            Value::from(moment.naive_utc())
        }
        value => value,
    };
    match value {
        Value::Decimal(_) if backend == DbBackend::Sqlite => Expr::val(value).cast_as("numeric"),
        value => column.save_as(Expr::val(value)),
    }
}

macro_rules! texts {
    ($($name:ident => $place:ident, fold case $fold:literal;)+) => {$(
        impl Lookup<String> for $name {
            names!();
            type Input = One<String>;

            fn condition<C: ColumnTrait>(
                column: C,
                One(text): One<String>,
                backend: DbBackend,
            ) -> SimpleExpr {
                like(text_of(column, backend), &text, Place::$place, $fold, backend)
            }
        }
    )+};
}

texts! {
    IExact => Whole, fold case true;
    Contains => Anywhere, fold case false;
    IContains => Anywhere, fold case true;
    StartsWith => Start, fold case false;
    IStartsWith => Start, fold case true;
    EndsWith => End, fold case false;
    IEndsWith => End, fold case true;
}

macro_rules! patterns {
    ($($name:ident, fold case $fold:literal;)+) => {$(
        impl Lookup<String> for $name {
            names!();
            type Input = RegexPattern<$fold>;

            fn misconfigured(backend: DbBackend) -> Option<String> {
                regex::misconfigured(backend)
            }

            fn condition<C: ColumnTrait>(
                column: C,
                pattern: RegexPattern<$fold>,
                backend: DbBackend,
            ) -> SimpleExpr {
                pattern.matches(text_of(column, backend), backend)
            }
        }
    )+};
}

patterns! {
    Regex, fold case false;
    IRegex, fold case true;
}

macro_rules! parts {
    ($($name:ident of $bound:ident => $postgres:literal, $mysql:literal, $sqlite:literal;)+) => {$(
        impl<T: $bound> Lookup<T> for $name {
            names!();
            type Input = One<i32>;

            fn condition<C: ColumnTrait>(
                column: C,
                One(value): One<i32>,
                backend: DbBackend,
            ) -> SimpleExpr {
                const PART: Part = Part {
                    postgres: $postgres,
                    mysql: $mysql,
                    sqlite: $sqlite,
                };
                moments::part::<T, C>(column, &PART, value, backend)
            }
        }
    )+};
}

// Seconds of PostgreSQL come with a fraction. SQLite counts the weeks of ISO 8601 only since 3.46:
// the week of a day is that of its Thursday.
parts! {
    Quarter of HasDate => "date_part('quarter', @)", "QUARTER(@)",
        "(CAST(strftime('%m', @) AS integer) + 2) / 3";
    Month of HasDate => "date_part('month', @)", "MONTH(@)",
        "CAST(strftime('%m', @) AS integer)";
    Week of HasDate => "date_part('week', @)", "WEEK(@, 3)",
        "(CAST(strftime('%j', @, '-3 days', 'weekday 4') AS integer) - 1) / 7 + 1";
    WeekDay of HasDate => "date_part('dow', @) + 1", "DAYOFWEEK(@)",
        "CAST(strftime('%w', @) AS integer) + 1";
    IsoWeekDay of HasDate => "date_part('isodow', @)", "WEEKDAY(@) + 1",
        "(CAST(strftime('%w', @) AS integer) + 6) % 7 + 1";
    Day of HasDate => "date_part('day', @)", "DAYOFMONTH(@)",
        "CAST(strftime('%d', @) AS integer)";
    Hour of HasTime => "date_part('hour', @)", "HOUR(@)",
        "CAST(strftime('%H', @) AS integer)";
    Minute of HasTime => "date_part('minute', @)", "MINUTE(@)",
        "CAST(strftime('%M', @) AS integer)";
    Second of HasTime => "floor(date_part('second', @))", "SECOND(@)",
        "CAST(strftime('%S', @) AS integer)";
}

macro_rules! moments {
    ($($name:ident of $bound:ident, $value:ty => $condition:ident;)+) => {$(
        impl<T: $bound> Lookup<T> for $name {
            names!();
            type Input = One<$value>;

            fn condition<C: ColumnTrait>(
                column: C,
                One(value): One<$value>,
                backend: DbBackend,
            ) -> SimpleExpr {
                moments::$condition::<T, C>(column, value, backend)
            }
        }
    )+};
}

moments! {
    Date of HasDate, chrono::NaiveDate => date;
    Year of HasDate, i32 => year;
    IsoYear of HasDate, i32 => iso_year;
    Time of HasTime, chrono::NaiveTime => time;
}

//! The position that a cursor names: the value of the first column of the
//! ordering as text, in Python's spelling, because cursors are DRF's.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use restflow_exceptions::{ApiError, Result};
use rust_decimal::Decimal;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnType, DbBackend, QueryResult, TryGetable};
use uuid::Uuid;

use crate::query::{OrderColumn, OrderTerm};

/// A value of the first column of the ordering.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Position {
    /// `NULL`, which DRF has no cursor for.
    Null,
    /// The value as text.
    At(String),
}

impl Position {
    /// Reads the position of a row.
    pub(super) fn of(row: &QueryResult, index: usize, kind: &ColumnType) -> Result<Self> {
        let text = match kind {
            ColumnType::TinyInteger => read::<i8>(row, index)?.map(|value| value.to_string()),
            ColumnType::SmallInteger => read::<i16>(row, index)?.map(|value| value.to_string()),
            ColumnType::Integer => read::<i32>(row, index)?.map(|value| value.to_string()),
            ColumnType::BigInteger => read::<i64>(row, index)?.map(|value| value.to_string()),
            ColumnType::TinyUnsigned => read::<u8>(row, index)?.map(|value| value.to_string()),
            ColumnType::SmallUnsigned => read::<u16>(row, index)?.map(|value| value.to_string()),
            ColumnType::Unsigned => read::<u32>(row, index)?.map(|value| value.to_string()),
            ColumnType::BigUnsigned => read::<u64>(row, index)?.map(|value| value.to_string()),
            ColumnType::Float => read::<f32>(row, index)?.map(|value| format!("{value:?}")),
            ColumnType::Double => read::<f64>(row, index)?.map(|value| format!("{value:?}")),
            ColumnType::Decimal(size) | ColumnType::Money(size) => {
                read::<Decimal>(row, index)?.map(|value| decimal_text(value, *size))
            }
            ColumnType::Boolean => read::<bool>(row, index)?
                .map(|value| if value { "True" } else { "False" }.to_owned()),
            ColumnType::Date => read::<NaiveDate>(row, index)?.map(|value| value.to_string()),
            ColumnType::Time => read::<NaiveTime>(row, index)?.map(time_text),
            ColumnType::DateTime | ColumnType::Timestamp => {
                read::<NaiveDateTime>(row, index)?.map(datetime_text)
            }
            ColumnType::TimestampWithTimeZone => read::<DateTime<Utc>>(row, index)?
                .map(|value| datetime_text(value.naive_utc()) + "+00:00"),
            ColumnType::Uuid => read::<Uuid>(row, index)?.map(|value| value.to_string()),
            ColumnType::Char(_)
            | ColumnType::String(_)
            | ColumnType::Text
            | ColumnType::Enum { .. } => read::<String>(row, index)?,
            _ => return Err(ApiError::internal(Unordered(format!("{kind:?}")))),
        };
        Ok(text.map_or(Self::Null, Self::At))
    }

    /// The condition of the rows behind this position; `None` if its text is
    /// no value of the column.
    ///
    /// PostgreSQL sorts `NULL` as the highest value, SQLite and MySQL as the
    /// lowest one.
    pub(super) fn behind(
        &self,
        term: &OrderTerm,
        reverse: bool,
        backend: DbBackend,
    ) -> Option<Condition> {
        let column = &term.column;
        let descending = term.descending != reverse;
        let nulls_last = (backend == DbBackend::Postgres) != descending;
        let condition = match self {
            Self::Null if nulls_last => Condition::any(),
            Self::Null => Condition::all().add(column.expr().is_not_null()),
            Self::At(text) => {
                let value = value_expr(text, &column.kind)?;
                let beyond = if descending {
                    column.expr().lt(value)
                } else {
                    column.expr().gt(value)
                };
                let nulls = (column.nullable && nulls_last).then(|| column.expr().is_null());
                Condition::any().add(beyond).add_option(nulls)
            }
        };
        // An empty condition would filter nothing.
        Some(if condition.is_empty() {
            condition.add(Expr::val(1).eq(2))
        } else {
            condition
        })
    }
}

impl OrderColumn {
    /// The column as it is read: an enum of PostgreSQL as text.
    pub(super) fn select_expr(&self, backend: DbBackend) -> SimpleExpr {
        match self.kind {
            ColumnType::Enum { .. } if backend == DbBackend::Postgres => {
                self.expr().cast_as("text")
            }
            _ => self.expr(),
        }
    }
}

fn read<T>(row: &QueryResult, index: usize) -> Result<Option<T>>
where
    Option<T>: TryGetable,
{
    Ok(row.try_get_by_index::<Option<T>>(index)?)
}

/// The decimal with the places of its column; SQLite keeps floating point
/// numbers.
fn decimal_text(mut value: Decimal, size: Option<(u32, u32)>) -> String {
    if let Some((_, places)) = size {
        value.rescale(places);
    }
    value.to_string()
}

fn time_text(value: NaiveTime) -> String {
    format!(
        "{}{}",
        value.format("%H:%M:%S"),
        fraction(value.nanosecond())
    )
}

fn datetime_text(value: NaiveDateTime) -> String {
    format!(
        "{}{}",
        value.format("%Y-%m-%d %H:%M:%S"),
        fraction(value.nanosecond())
    )
}

/// Nothing, or microseconds as Python writes them, or nanoseconds where the
/// database keeps them.
fn fraction(nanoseconds: u32) -> String {
    match nanoseconds {
        0 => String::new(),
        _ if nanoseconds.is_multiple_of(1000) => format!(".{:06}", nanoseconds / 1000),
        _ => format!(".{nanoseconds:09}"),
    }
}

fn value_expr(text: &str, kind: &ColumnType) -> Option<SimpleExpr> {
    let datetime = |format: &str| NaiveDateTime::parse_from_str(text, format).ok();
    Some(match kind {
        ColumnType::TinyInteger
        | ColumnType::SmallInteger
        | ColumnType::Integer
        | ColumnType::BigInteger
        | ColumnType::TinyUnsigned
        | ColumnType::SmallUnsigned
        | ColumnType::Unsigned => Expr::val(text.parse::<i64>().ok()?),
        // The drivers of SQLite and PostgreSQL panic on unsigned integers that
        // do not fit; as decimals they are compared all the same.
        ColumnType::BigUnsigned => Expr::val(Decimal::from(text.parse::<u64>().ok()?)),
        ColumnType::Float | ColumnType::Double => {
            Expr::val(text.parse::<f64>().ok().filter(|value| value.is_finite())?)
        }
        ColumnType::Decimal(_) | ColumnType::Money(_) => Expr::val(text.parse::<Decimal>().ok()?),
        ColumnType::Boolean => Expr::val(match text {
            "True" => true,
            "False" => false,
            _ => return None,
        }),
        ColumnType::Date => Expr::val(text.parse::<NaiveDate>().ok()?),
        ColumnType::Time => Expr::val(text.parse::<NaiveTime>().ok()?),
        ColumnType::DateTime | ColumnType::Timestamp => Expr::val(
            datetime("%Y-%m-%d %H:%M:%S%.f").or_else(|| datetime("%Y-%m-%dT%H:%M:%S%.f"))?,
        ),
        ColumnType::TimestampWithTimeZone => Expr::val(
            DateTime::parse_from_rfc3339(text)
                .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%:z"))
                .ok()?
                .to_utc(),
        ),
        ColumnType::Uuid => Expr::val(text.parse::<Uuid>().ok()?),
        ColumnType::Enum { name, .. } => Expr::val(clean(text)?).as_enum(name.clone()),
        _ => Expr::val(clean(text)?),
    })
}

/// Text that a database takes: PostgreSQL refuses the null character.
fn clean(text: &str) -> Option<&str> {
    (!text.contains('\0')).then_some(text)
}

/// The mistake of a developer: an ordering by a column whose values have no
/// text.
#[derive(Debug)]
struct Unordered(String);

impl fmt::Display for Unordered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "CursorPagination cannot name positions in a column of the type {}; \
             order by a number, a text, a date, a time or a UUID first",
            self.0
        )
    }
}

impl std::error::Error for Unordered {}

/// The mistake of a developer: an entity without a primary key and a
/// paginator without an ordering.
#[derive(Debug)]
pub(super) struct NoOrdering;

impl fmt::Display for NoOrdering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorPagination needs an ordering; the entity has no primary key either")
    }
}

impl std::error::Error for NoOrdering {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn times_are_spelled_as_in_python() {
        let cases = [
            ("2024-01-01T11:05:00", "2024-01-01 11:05:00"),
            ("2024-01-01T13:04:00.25", "2024-01-01 13:04:00.250000"),
            (
                "2024-01-01T13:04:00.000000001",
                "2024-01-01 13:04:00.000000001",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(datetime_text(text.parse().unwrap()), expected);
        }
    }

    #[test]
    fn decimals_have_the_places_of_their_column() {
        let one = Decimal::ONE;
        assert_eq!(decimal_text(one, Some((10, 2))), "1.00");
        assert_eq!(decimal_text(one, None), "1");
    }

    #[test]
    fn positions_of_another_type_are_refused() {
        let cases = [
            (ColumnType::Integer, "x"),
            (ColumnType::Double, "inf"),
            (ColumnType::Decimal(None), "1,5"),
            (ColumnType::Boolean, "true"),
            (ColumnType::Date, "2024"),
            (ColumnType::TimestampWithTimeZone, "2024-01-01 00:00:00"),
            (ColumnType::Uuid, "1"),
            (ColumnType::Text, "a\0b"),
        ];
        for (kind, text) in cases {
            assert!(value_expr(text, &kind).is_none(), "{kind:?} {text:?}");
        }
    }
}

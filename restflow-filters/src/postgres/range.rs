//! Filters by ranges.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use restflow_exceptions::{ErrorDetail, ErrorMessage};
use sea_orm::sea_query::extension::postgres::PgBinOper;
use sea_orm::sea_query::{BinOper, Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{ColumnTrait, ColumnType, EntityTrait, IdenStatic};

use crate::entries::{Declared, FilterEntries, declared, declared_options};
use crate::input::{One, Pair};
use crate::lookups::Ordered;
use crate::lookups::bindable;
use crate::postgres::needs_postgres;

/// A type of which PostgreSQL has ranges.
#[diagnostic::on_unimplemented(
    message = "PostgreSQL has no ranges of `{Self}`",
    note = "there are ranges of `i32` (int4range), `i64` (int8range), `Decimal` (numrange), `NaiveDate` (daterange), `NaiveDateTime` (tsrange) and `DateTime<Utc>` or `DateTime<FixedOffset>` (tstzrange)"
)]
pub trait RangeBound: Ordered + PartialOrd {
    /// The type of the ranges, which is the function that makes one, too.
    const RANGE: &'static str;
}

macro_rules! range_bounds {
    ($($type:ty => $range:literal,)+) => {$(
        impl RangeBound for $type {
            const RANGE: &'static str = $range;
        }
    )+};
}

range_bounds! {
    i32 => "int4range",
    i64 => "int8range",
    rust_decimal::Decimal => "numrange",
    chrono::NaiveDate => "daterange",
    chrono::NaiveDateTime => "tsrange",
    chrono::DateTime<chrono::Utc> => "tstzrange",
    chrono::DateTime<chrono::FixedOffset> => "tstzrange",
}

/// A filter by a range column of PostgreSQL: `?period__contains=2026-01-31` (Django: `RangeField`).
///
/// SeaORM has no type of ranges, so the column is of a custom type (`custom("daterange")`) and the
/// field of the model is usually a `String`. A parameter takes one value, or two that are the bounds
/// of a range, separated by a comma; the lower one belongs to the range and the upper one does not,
/// as in Django. Bounds in the wrong order are refused with 400. Each lookup has its negation,
/// `period__contains!`.
///
/// ```
/// # mod booking {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "booking")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)] pub id: i32,
/// #         #[sea_orm(column_type = "custom(\"daterange\")", select_as = "text", save_as = "daterange")]
/// #         pub period: String,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use chrono::NaiveDate;
/// use restflow_filters::Filters;
/// use restflow_filters::postgres::RangeFilter;
///
/// let period = RangeFilter::<booking::Entity, NaiveDate>::new("period", booking::Column::Period)
///     .contains()       // period__contains=2026-01-31
///     .overlaps();      // period__overlaps=2026-01-01,2026-02-01
/// let filters: Filters<booking::Entity> = Filters::new().with(period);
/// # let _ = filters;
/// ```
pub struct RangeFilter<E: EntityTrait, T> {
    declared: Declared<E>,
    column: E::Column,
    value: PhantomData<fn() -> T>,
}

impl<E: EntityTrait, T: RangeBound> RangeFilter<E, T>
where
    E::Column: Send + Sync,
{
    /// A filter without parameters by a column.
    ///
    /// # Panics
    /// When the type of the column is not the range of `T`.
    #[must_use]
    #[track_caller]
    pub fn new(name: impl Into<Cow<'static, str>>, column: E::Column) -> Self {
        let name = name.into();
        let definition = column.def();
        let column_type = definition.get_column_type();
        let is_range = matches!(column_type, ColumnType::Custom(custom) if custom.to_string().eq_ignore_ascii_case(T::RANGE));
        assert!(
            is_range,
            "the `RangeFilter` of `{name}` needs a column of the type `{range}`, declared as \
             `#[sea_orm(column_type = \"custom(\\\"{range}\\\")\")]`: the type of `{}` is \
             {column_type:?}",
            column.as_str(),
            range = T::RANGE,
        );
        Self {
            declared: Declared::new(name, |backend| {
                needs_postgres("a lookup of ranges", backend)
            }),
            column,
            value: PhantomData,
        }
    }

    declared!();
    declared_options!();

    /// Adds `__contains`: the value lies in the range.
    #[must_use]
    pub fn contains(mut self) -> Self {
        let column = self.column;
        self.declared.push(
            Some("contains"),
            "contains",
            move |One(value): One<T>, backend| {
                Ok(column
                    .into_expr()
                    .binary(PgBinOper::Contains, bindable(value, backend)))
            },
        );
        self
    }

    /// Adds `__contains_range`: all of a range of two bounds lies in the range (Django: `contains`
    /// with a range).
    #[must_use]
    pub fn contains_range(self) -> Self {
        self.compare(
            "contains_range",
            "contains the range",
            PgBinOper::Contains.into(),
        )
    }

    /// Adds `__contained_by`: the range lies between two bounds.
    #[must_use]
    pub fn contained_by(self) -> Self {
        self.compare(
            "contained_by",
            "lies in the range",
            PgBinOper::Contained.into(),
        )
    }

    /// Adds `__overlaps`: the range has something in common with the one of two bounds (Django:
    /// `overlap`).
    #[must_use]
    pub fn overlaps(self) -> Self {
        self.compare(
            "overlaps",
            "overlaps with the range",
            PgBinOper::Overlap.into(),
        )
    }

    /// Adds `__fully_lt`: the range lies before the one of two bounds.
    #[must_use]
    pub fn fully_lt(self) -> Self {
        self.compare("fully_lt", "lies before the range", BinOper::Custom("<<"))
    }

    /// Adds `__fully_gt`: the range lies behind the one of two bounds.
    #[must_use]
    pub fn fully_gt(self) -> Self {
        self.compare("fully_gt", "lies behind the range", BinOper::Custom(">>"))
    }

    /// Adds `__not_lt`: nothing of the range lies before the one of two bounds.
    #[must_use]
    pub fn not_lt(self) -> Self {
        self.compare(
            "not_lt",
            "does not begin before the range",
            BinOper::Custom("&>"),
        )
    }

    /// Adds `__not_gt`: nothing of the range lies behind the one of two bounds.
    #[must_use]
    pub fn not_gt(self) -> Self {
        self.compare(
            "not_gt",
            "does not end behind the range",
            BinOper::Custom("&<"),
        )
    }

    /// Adds `__adjacent_to`: the range and that of two bounds touch each other.
    #[must_use]
    pub fn adjacent_to(self) -> Self {
        self.compare(
            "adjacent_to",
            "is adjacent to the range",
            BinOper::Custom("-|-"),
        )
    }

    /// Adds `__startswith`: the lower bound equals the value.
    #[must_use]
    pub fn startswith(self) -> Self {
        self.bound("startswith", "starts with", "lower")
    }

    /// Adds `__endswith`: the upper bound equals the value. PostgreSQL keeps ranges of integers and
    /// dates with an upper bound that does not belong to them.
    #[must_use]
    pub fn endswith(self) -> Self {
        self.bound("endswith", "ends with", "upper")
    }

    /// Adds `__isempty`: the range is empty (`true`) or not (`false`).
    #[must_use]
    pub fn isempty(mut self) -> Self {
        let column = self.column;
        self.declared
            .push_other("isempty", "is empty", move |One(empty): One<bool>, _| {
                let is_empty = SimpleExpr::from(Func::cust("isempty").arg(column.into_expr()));
                Ok(if empty { is_empty } else { is_empty.not() })
            });
        self
    }

    fn bound(mut self, suffix: &str, hint: &str, function: &'static str) -> Self {
        let column = self.column;
        self.declared
            .push(Some(suffix), hint, move |One(value): One<T>, backend| {
                let bound = SimpleExpr::from(Func::cust(function).arg(column.into_expr()));
                Ok(bound.eq(bindable(value, backend)))
            });
        self
    }

    fn compare(mut self, suffix: &str, hint: &str, operator: BinOper) -> Self {
        let column = self.column;
        self.declared.push(
            Some(suffix),
            hint,
            move |Pair(lower, upper): Pair<T>, backend| {
                if lower > upper {
                    return Err(ErrorDetail::from([ErrorMessage::new(
                        "The start of the range must not exceed the end of the range.",
                        "bound_ordering",
                    )]));
                }
                let range = Func::cust(T::RANGE)
                    .arg(Expr::val(bindable(lower, backend)))
                    .arg(Expr::val(bindable(upper, backend)));
                Ok(column.into_expr().binary(operator, range))
            },
        );
        self
    }
}

impl<E: EntityTrait, T> From<RangeFilter<E, T>> for FilterEntries<E> {
    fn from(filter: RangeFilter<E, T>) -> Self {
        filter.declared.into_entries()
    }
}

impl<E: EntityTrait, T> fmt::Debug for RangeFilter<E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RangeFilter")
            .field("name", &self.declared.name)
            .field("column", &self.column)
            .finish_non_exhaustive()
    }
}

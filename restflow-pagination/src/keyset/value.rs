//! How a value of a column comes from the database and goes back to be compared with the column,
//! without a change on the way.

use std::borrow::Cow;

use restflow_exceptions::{ApiError, Result};
use sea_orm::sea_query::{DynIden, Expr, ExprTrait, StringLen, Value};
use sea_orm::{ColumnType, DbBackend, DbErr, QueryResult, TryGetable};
use uuid::Uuid;

use super::syntax::{self, Zone};
use crate::query::OrderColumn;

/// What is read of a column and how it is bound.
#[derive(Debug, Clone)]
pub(crate) enum KeyColumn {
    /// What SQLite has stored, whatever the type of the column: bytes only where they are
    /// expected, because a text that is none is read as bytes, too, but sorted as text.
    Stored {
        bytes: bool,
    },
    /// Of any width. Drivers take no unsigned integers for PostgreSQL, which has none, either.
    Integer,
    /// Of any width; a number of single precision is also one of double precision.
    Float,
    Boolean,
    Text,
    Bytes,
    Uuid,
    /// A value of PostgreSQL as text, cast back to this type: Rust does not have all of them, such
    /// as numbers of a thousand digits and infinite dates.
    Cast(Cow<'static, str>),
    /// The same for an enum.
    Enum {
        name: DynIden,
        variants: Vec<DynIden>,
    },
    /// A date or a time of MySQL as text, cast back to this type.
    Date(&'static str),
    /// A number of MySQL as text, cast back to a type with as many places.
    Decimal,
    /// The number of a variant, by which MySQL sorts an enum.
    Variant,
}

impl KeyColumn {
    /// `None` for types that are not compared.
    pub(super) fn of(kind: &ColumnType, backend: DbBackend) -> Option<Self> {
        match backend {
            DbBackend::Sqlite => Some(Self::Stored {
                bytes: matches!(
                    kind,
                    ColumnType::Blob
                        | ColumnType::Binary(_)
                        | ColumnType::VarBinary(_)
                        | ColumnType::Uuid
                ),
            }),
            DbBackend::Postgres => Self::of_postgres(kind),
            DbBackend::MySql => Self::of_mysql(kind),
            _ => None,
        }
    }

    /// For texts that MySQL sorts by their beginning, and compares whole: the beginning is compared,
    /// too, as many characters as are sorted by for certain.
    pub(super) fn of_prefix(kind: &ColumnType, backend: DbBackend) -> Option<Self> {
        let is_text = matches!(kind, ColumnType::String(_) | ColumnType::Text);
        (backend == DbBackend::MySql && is_text).then_some(Self::Text)
    }

    /// How values of the type are compared where they are not those of a key.
    pub(crate) fn of_ordering(kind: &ColumnType, backend: DbBackend) -> Option<Self> {
        Self::of(kind, backend).or_else(|| Self::of_prefix(kind, backend))
    }

    /// Whether there is a database that compares values of the type.
    pub(crate) fn is_known(kind: &ColumnType) -> bool {
        Self::of_postgres(kind).is_some()
            || Self::of_mysql(kind).is_some()
            || Self::of_prefix(kind, DbBackend::MySql).is_some()
    }

    fn of_postgres(kind: &ColumnType) -> Option<Self> {
        Some(match kind {
            ColumnType::Boolean => Self::Boolean,
            ColumnType::Char(_) => Self::Cast("bpchar".into()),
            ColumnType::Decimal(_) => Self::Cast("numeric".into()),
            ColumnType::Money(_) => Self::Cast("money".into()),
            ColumnType::DateTime | ColumnType::Timestamp => Self::Cast("timestamp".into()),
            ColumnType::TimestampWithTimeZone => Self::Cast("timestamptz".into()),
            ColumnType::Time => Self::Cast("time".into()),
            ColumnType::Date => Self::Cast("date".into()),
            ColumnType::Interval(..) => Self::Cast("interval".into()),
            ColumnType::Inet => Self::Cast("inet".into()),
            ColumnType::Cidr => Self::Cast("cidr".into()),
            ColumnType::MacAddr => Self::Cast("macaddr".into()),
            ColumnType::LTree => Self::Cast("ltree".into()),
            ColumnType::Custom(name) => Self::Cast(name.to_string().into()),
            ColumnType::Enum { name, variants } => Self::Enum {
                name: name.clone(),
                variants: variants.clone(),
            },
            kind => return Self::of_both(kind),
        })
    }

    fn of_mysql(kind: &ColumnType) -> Option<Self> {
        Some(match kind {
            ColumnType::Boolean => Self::Integer,
            ColumnType::Char(_) => Self::Text,
            ColumnType::Decimal(_) | ColumnType::Money(_) => Self::Decimal,
            ColumnType::DateTime | ColumnType::Timestamp | ColumnType::TimestampWithTimeZone => {
                Self::Date("DATETIME(6)")
            }
            ColumnType::Date => Self::Date("DATE"),
            ColumnType::Time => Self::Date("TIME(6)"),
            ColumnType::Enum { .. } => Self::Variant,
            // It sorts by the beginning of long values only, and compares them whole.
            ColumnType::Text | ColumnType::Blob => return None,
            ColumnType::String(length) | ColumnType::VarBinary(length)
                if !is_sorted_whole(length) =>
            {
                return None;
            }
            kind => return Self::of_both(kind),
        })
    }

    fn of_both(kind: &ColumnType) -> Option<Self> {
        Some(match kind {
            ColumnType::TinyInteger
            | ColumnType::SmallInteger
            | ColumnType::Integer
            | ColumnType::BigInteger
            | ColumnType::TinyUnsigned
            | ColumnType::SmallUnsigned
            | ColumnType::Unsigned
            | ColumnType::BigUnsigned => Self::Integer,
            ColumnType::Float | ColumnType::Double => Self::Float,
            ColumnType::String(_) | ColumnType::Text => Self::Text,
            ColumnType::Blob | ColumnType::Binary(_) | ColumnType::VarBinary(_) => Self::Bytes,
            ColumnType::Uuid => Self::Uuid,
            _ => return None,
        })
    }

    /// The column in the form that [`read`](Self::read) wants.
    pub(super) fn select(&self, column: Expr) -> Expr {
        match self {
            Self::Cast(_) | Self::Enum { .. } => column.cast_as("text"),
            Self::Date(_) | Self::Decimal => column.cast_as("CHAR"),
            Self::Variant => column.cast_as("UNSIGNED"),
            _ => column,
        }
    }

    /// The value of a row; `None` is `NULL`.
    pub(super) fn read(
        &self,
        row: &QueryResult,
        name: &str,
        column: &OrderColumn,
    ) -> Result<Option<Value>> {
        let fault = match self.decode(row, name) {
            Ok(None) if !column.nullable => "it is NULL, although the entity does not allow it",
            Ok(Some(value)) if !self.is_comparable(&value) => "it is not valid",
            Ok(value) => return Ok(value),
            Err(_) => "it is of another type than the entity says",
        };
        Err(ApiError::internal(format!(
            "nothing can be read behind a row whose value of `{}` cannot be compared: {fault}",
            column.column
        )))
    }

    fn decode(&self, row: &QueryResult, name: &str) -> Result<Option<Value>, DbErr> {
        match self {
            Self::Stored { bytes } => get::<i64>(row, name)
                .or_else(|_| get::<f64>(row, name))
                .or_else(|_| get::<String>(row, name))
                .or_else(|error| {
                    if *bytes {
                        get::<Vec<u8>>(row, name)
                    } else {
                        Err(error)
                    }
                }),
            Self::Integer | Self::Variant => get::<i64>(row, name)
                .or_else(|_| widened::<i32, i64>(row, name))
                .or_else(|_| widened::<i16, i64>(row, name))
                .or_else(|_| get::<u64>(row, name)),
            Self::Float => get::<f64>(row, name).or_else(|_| widened::<f32, f64>(row, name)),
            Self::Boolean => get::<bool>(row, name),
            Self::Bytes => get::<Vec<u8>>(row, name),
            Self::Uuid => get::<Uuid>(row, name),
            Self::Text | Self::Cast(_) | Self::Enum { .. } | Self::Date(_) | Self::Decimal => {
                get::<String>(row, name)
            }
        }
    }

    /// Whether the value is in the order. MySQL keeps something of what it does not accept: dates
    /// of no day, and the variant 0.
    fn is_comparable(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Date("DATE" | "DATETIME(6)"), Value::String(Some(date))) => {
                !date.contains("-00")
            }
            (Self::Variant, Value::BigInt(Some(0)) | Value::BigUnsigned(Some(0))) => false,
            _ => true,
        }
    }

    /// Whether a value that does not come from a row could come from one.
    pub(super) fn admits(&self, value: &Value, backend: DbBackend) -> bool {
        let is_postgres = backend == DbBackend::Postgres;
        match (self, value) {
            (Self::Stored { bytes }, Value::Bytes(Some(_))) => *bytes,
            (Self::Stored { .. }, Value::Double(Some(number))) => !number.is_nan(),
            (Self::Float, Value::Double(Some(number))) => is_postgres || number.is_finite(),
            (Self::Integer, Value::BigUnsigned(Some(_))) => !is_postgres,
            (Self::Variant, Value::BigInt(Some(number))) => *number > 0,
            (Self::Variant, Value::BigUnsigned(Some(number))) => *number > 0,
            (Self::Stored { .. }, Value::BigInt(Some(_)) | Value::String(Some(_)))
            | (Self::Integer, Value::BigInt(Some(_)))
            | (Self::Boolean, Value::Bool(Some(_)))
            | (Self::Bytes, Value::Bytes(Some(_)))
            | (Self::Uuid, Value::Uuid(Some(_))) => true,
            (_, Value::String(Some(text))) => self.admits_text(text, is_postgres),
            _ => false,
        }
    }

    fn admits_text(&self, text: &str, is_postgres: bool) -> bool {
        // PostgreSQL has no such character.
        if is_postgres && text.contains('\0') {
            return false;
        }
        match self {
            Self::Text => true,
            Self::Decimal => syntax::is_mysql_decimal(text),
            Self::Date(name) => match *name {
                "DATE" => syntax::is_mysql_date(text),
                "TIME(6)" => syntax::is_mysql_time(text),
                _ => syntax::is_mysql_datetime(text),
            },
            Self::Enum { variants, .. } => {
                variants.iter().any(|variant| variant.to_string() == text)
            }
            Self::Cast(name) => match name.as_ref() {
                "numeric" => syntax::is_numeric(text),
                "date" => syntax::is_date(text),
                "time" => syntax::is_time(text),
                "timestamp" => syntax::is_timestamp(text, Zone::Without),
                "timestamptz" => syntax::is_timestamp(text, Zone::With),
                _ => true,
            },
            _ => false,
        }
    }

    /// Whether the database may refuse a text that [`admits`](Self::admits) lets pass: of the
    /// types whose spelling only PostgreSQL knows.
    pub(crate) fn is_opaque(&self) -> bool {
        let Self::Cast(name) = self else {
            return false;
        };
        let known = [
            "bpchar",
            "citext",
            "date",
            "numeric",
            "time",
            "timestamp",
            "timestamptz",
        ];
        !known.contains(&name.to_ascii_lowercase().as_str())
    }

    /// A value that was read, to be compared with the column.
    pub(super) fn expr(&self, value: &Value) -> Expr {
        let bound = Expr::val(value.clone());
        match (self, value) {
            (Self::Cast(name), _) => bound.cast_as(name.to_string()),
            (Self::Enum { name, .. }, _) => bound.as_enum(name.clone()),
            (Self::Date(name), _) => bound.cast_as(*name),
            (Self::Decimal, Value::String(Some(number))) => {
                let places = number.split_once('.').map_or(0, |(_, places)| places.len());
                bound.cast_as(format!("DECIMAL(65, {places})"))
            }
            _ => bound,
        }
    }
}

/// Whether MySQL sorts by the whole of the longest value of a column: by `max_sort_length` bytes,
/// which are 1024, of up to 4 for each character.
const fn is_sorted_whole(length: &StringLen) -> bool {
    match length {
        StringLen::N(length) => *length <= 256,
        // SeaORM makes it 255.
        StringLen::None => true,
        StringLen::Max => false,
    }
}

fn get<T>(row: &QueryResult, name: &str) -> Result<Option<Value>, DbErr>
where
    T: Into<Value>,
    Option<T>: TryGetable,
{
    widened::<T, T>(row, name)
}

/// A value as one of a wider type.
fn widened<T, W>(row: &QueryResult, name: &str) -> Result<Option<Value>, DbErr>
where
    T: Into<W>,
    W: Into<Value>,
    Option<T>: TryGetable,
{
    let value: Option<T> = row.try_get_by(name)?;
    Ok(value.map(|value| value.into().into()))
}

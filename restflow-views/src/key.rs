//! The key of a lookup: its columns, and how the text of a path becomes their values.

use restflow_fields::FieldKind;
use sea_orm::{
    ColumnTrait, ColumnType, Condition, Value,
    prelude::{Date, DateTime, DateTimeUtc, Decimal, Time, Uuid},
};

/// The columns of a key with the types of their values.
#[derive(Debug)]
pub(crate) struct Key<C>(Vec<(C, KeyType)>);

impl<C: ColumnTrait> Key<C> {
    /// Fails with the first column whose values no path can name: binary ones, JSON, arrays.
    pub(crate) fn new(columns: impl IntoIterator<Item = C>) -> Result<Self, C> {
        columns
            .into_iter()
            .map(|column| {
                let ty = KeyType::of(column.def().get_column_type());
                ty.map(|ty| (column, ty)).ok_or(column)
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// `column = value`; `None` when the text cannot be a value of the key. Those of a key of
    /// several columns are written with commas.
    pub(crate) fn condition(&self, text: &str) -> Option<Condition> {
        let texts: Vec<&str> = match self.0.len() {
            1 => vec![text],
            _ => text.split(',').collect(),
        };
        if texts.len() != self.0.len() {
            return None;
        }
        self.0
            .iter()
            .zip(texts)
            .try_fold(Condition::all(), |condition, ((column, ty), text)| {
                Some(condition.add(column.eq(ty.parse(text)?)))
            })
    }

    /// The column and its type; `None` for a key of several columns.
    pub(crate) fn single(&self) -> Option<(C, &KeyType)> {
        match self.0.as_slice() {
            [(column, ty)] => Some((*column, ty)),
            _ => None,
        }
    }

    /// The type of the key in the document.
    pub(crate) fn kind(&self) -> FieldKind {
        match self.0.as_slice() {
            [(_, ty)] => ty.kind(),
            _ => FieldKind::String,
        }
    }
}

/// The type of one column of a key.
#[derive(Debug, Clone)]
pub(crate) enum KeyType {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F32,
    F64,
    Decimal,
    Boolean,
    Uuid,
    Date,
    Time,
    DateTime,
    DateTimeUtc,
    Text,
    Choice(Vec<String>),
}

impl KeyType {
    pub(crate) fn of(ty: &ColumnType) -> Option<Self> {
        Some(match ty {
            ColumnType::TinyInteger => Self::I8,
            ColumnType::SmallInteger => Self::I16,
            ColumnType::Integer | ColumnType::Year => Self::I32,
            ColumnType::BigInteger => Self::I64,
            ColumnType::TinyUnsigned => Self::U8,
            ColumnType::SmallUnsigned => Self::U16,
            ColumnType::Unsigned => Self::U32,
            ColumnType::BigUnsigned => Self::U64,
            ColumnType::Float => Self::F32,
            ColumnType::Double => Self::F64,
            ColumnType::Decimal(_) | ColumnType::Money(_) => Self::Decimal,
            ColumnType::Boolean => Self::Boolean,
            ColumnType::Uuid => Self::Uuid,
            ColumnType::Date => Self::Date,
            ColumnType::Time => Self::Time,
            ColumnType::DateTime => Self::DateTime,
            ColumnType::Timestamp | ColumnType::TimestampWithTimeZone => Self::DateTimeUtc,
            ColumnType::Char(_)
            | ColumnType::String(_)
            | ColumnType::Text
            | ColumnType::Custom(_) => Self::Text,
            ColumnType::Enum { variants, .. } => {
                Self::Choice(variants.iter().map(ToString::to_string).collect())
            }
            _ => return None,
        })
    }

    pub(crate) fn parse(&self, text: &str) -> Option<Value> {
        // No database stores a NUL in a text, PostgreSQL fails on it.
        if text.contains('\0') {
            return None;
        }
        Some(match self {
            Self::I8 => text.parse::<i8>().ok()?.into(),
            Self::I16 => text.parse::<i16>().ok()?.into(),
            Self::I32 => text.parse::<i32>().ok()?.into(),
            Self::I64 => text.parse::<i64>().ok()?.into(),
            Self::U8 => text.parse::<u8>().ok()?.into(),
            Self::U16 => text.parse::<u16>().ok()?.into(),
            Self::U32 => text.parse::<u32>().ok()?.into(),
            Self::U64 => text.parse::<u64>().ok()?.into(),
            Self::F32 => text.parse::<f32>().ok()?.into(),
            Self::F64 => text.parse::<f64>().ok()?.into(),
            Self::Decimal => text.parse::<Decimal>().ok()?.into(),
            Self::Boolean => text.parse::<bool>().ok()?.into(),
            Self::Uuid => parse_uuid(text)?.into(),
            Self::Date => text.parse::<Date>().ok()?.into(),
            Self::Time => text.parse::<Time>().ok()?.into(),
            Self::DateTime => text.parse::<DateTime>().ok()?.into(),
            Self::DateTimeUtc => text.parse::<DateTimeUtc>().ok()?.into(),
            Self::Text => text.into(),
            Self::Choice(values) => values
                .iter()
                .any(|value| value == text)
                .then(|| text.into())?,
        })
    }

    pub(crate) const fn kind(&self) -> FieldKind {
        match self {
            Self::I8
            | Self::I16
            | Self::I32
            | Self::I64
            | Self::U8
            | Self::U16
            | Self::U32
            | Self::U64 => FieldKind::Integer,
            Self::Uuid => FieldKind::Uuid,
            _ => FieldKind::String,
        }
    }
}

/// A UUID with its dashes, so that a resource has one address. Python's `UUID()` also takes it
/// without dashes, in braces, and as a URN.
fn parse_uuid(text: &str) -> Option<Uuid> {
    const HYPHENATED_LENGTH: usize = 36;
    if text.len() != HYPHENATED_LENGTH {
        return None;
    }
    text.parse().ok()
}

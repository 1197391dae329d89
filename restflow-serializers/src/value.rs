//! Fitting a value to the type of a column.

use restflow_fields::ChoiceValue;
use sea_orm::{
    Value,
    sea_query::{ArrayType, OptionEnum},
};

/// Makes a value fit a column where nothing is lost: a null of any type, a whole number of another
/// width.
pub(crate) fn fit(value: Value, column: &ArrayType) -> Value {
    let fitted = if value == value.as_null() {
        null(column)
    } else {
        integer(&value).and_then(|number| of_width(number, column))
    };
    fitted.unwrap_or(value)
}

#[allow(unreachable_patterns, reason = "features of SeaORM add types")]
fn null(column: &ArrayType) -> Option<Value> {
    Some(match column {
        ArrayType::Bool => Value::Bool(None),
        ArrayType::TinyInt => Value::TinyInt(None),
        ArrayType::SmallInt => Value::SmallInt(None),
        ArrayType::Int => Value::Int(None),
        ArrayType::BigInt => Value::BigInt(None),
        ArrayType::TinyUnsigned => Value::TinyUnsigned(None),
        ArrayType::SmallUnsigned => Value::SmallUnsigned(None),
        ArrayType::Unsigned => Value::Unsigned(None),
        ArrayType::BigUnsigned => Value::BigUnsigned(None),
        ArrayType::Float => Value::Float(None),
        ArrayType::Double => Value::Double(None),
        ArrayType::String => Value::String(None),
        ArrayType::Enum(name) => Value::Enum(OptionEnum::None((**name).clone())),
        ArrayType::Char => Value::Char(None),
        ArrayType::Bytes => Value::Bytes(None),
        ArrayType::Json => Value::Json(None),
        ArrayType::ChronoDate => Value::ChronoDate(None),
        ArrayType::ChronoTime => Value::ChronoTime(None),
        ArrayType::ChronoDateTime => Value::ChronoDateTime(None),
        ArrayType::ChronoDateTimeUtc => Value::ChronoDateTimeUtc(None),
        ArrayType::ChronoDateTimeLocal => Value::ChronoDateTimeLocal(None),
        ArrayType::ChronoDateTimeWithTimeZone => Value::ChronoDateTimeWithTimeZone(None),
        ArrayType::Decimal => Value::Decimal(None),
        ArrayType::Uuid => Value::Uuid(None),
        _ => return None,
    })
}

fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::TinyInt(number) => number.map(Into::into),
        Value::SmallInt(number) => number.map(Into::into),
        Value::Int(number) => number.map(Into::into),
        Value::BigInt(number) => number.map(Into::into),
        Value::TinyUnsigned(number) => number.map(Into::into),
        Value::SmallUnsigned(number) => number.map(Into::into),
        Value::Unsigned(number) => number.map(Into::into),
        Value::BigUnsigned(number) => number.map(Into::into),
        _ => None,
    }
}

fn of_width(number: i128, column: &ArrayType) -> Option<Value> {
    match column {
        ArrayType::TinyInt => i8::try_from(number).ok().map(Value::from),
        ArrayType::SmallInt => i16::try_from(number).ok().map(Value::from),
        ArrayType::Int => i32::try_from(number).ok().map(Value::from),
        ArrayType::BigInt => i64::try_from(number).ok().map(Value::from),
        ArrayType::TinyUnsigned => u8::try_from(number).ok().map(Value::from),
        ArrayType::SmallUnsigned => u16::try_from(number).ok().map(Value::from),
        ArrayType::Unsigned => u32::try_from(number).ok().map(Value::from),
        ArrayType::BigUnsigned => u64::try_from(number).ok().map(Value::from),
        _ => None,
    }
}

/// The value of a variant of an enum in the database, which is also its value on the wire.
pub(crate) fn choice_value(value: Value) -> ChoiceValue {
    match value {
        Value::String(Some(text)) => text.into(),
        Value::Enum(OptionEnum::Some(value)) => value.value.to_string().into(),
        other => match integer(&other).and_then(|number| i64::try_from(number).ok()) {
            Some(number) => number.into(),
            None => format!("{other:?}").into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fit_where_nothing_is_lost() {
        let table = [
            (Value::from(7_i64), ArrayType::Int, Value::from(7_i32)),
            (
                Value::from(7_i32),
                ArrayType::BigUnsigned,
                Value::from(7_u64),
            ),
            (
                Value::from(-7_i32),
                ArrayType::Unsigned,
                Value::from(-7_i32),
            ),
            (Value::from(i64::MAX), ArrayType::Int, Value::from(i64::MAX)),
            (Value::String(None), ArrayType::Int, Value::Int(None)),
            (Value::Int(None), ArrayType::Decimal, Value::Decimal(None)),
            (Value::from("x"), ArrayType::Int, Value::from("x")),
        ];
        for (value, column, fitted) in table {
            assert_eq!(fit(value, &column), fitted);
        }
    }
}

//! Fields on their way out: from the struct to serde, without a tree in between.

use restflow_fields::FieldType;
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::Field;

/// A value with the options of its field.
#[derive(Debug)]
pub struct Shown<'a, T> {
    value: &'a T,
    field: &'a Field,
}

/// Shows a value in the form of its field type.
pub const fn shown<'a, T: FieldType>(value: &'a T, field: &'a Field) -> Shown<'a, T> {
    Shown { value, field }
}

impl<T: FieldType> Serialize for Shown<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value
            .to_representation(&self.field.options, serializer)
    }
}

/// A value or null with the options of its field.
#[derive(Debug)]
pub struct ShownOption<'a, T> {
    value: &'a Option<T>,
    field: &'a Field,
}

/// Shows a value in the form of its field type, `None` as null.
pub const fn shown_option<'a, T: FieldType>(
    value: &'a Option<T>,
    field: &'a Field,
) -> ShownOption<'a, T> {
    ShownOption { value, field }
}

impl<T: FieldType> Serialize for ShownOption<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Some(value) => value.to_representation(&self.field.options, serializer),
            None => serializer.serialize_none(),
        }
    }
}

/// Writes one entry of validated data; what was not sent is left out.
pub fn entry<M: SerializeMap, T: Serialize>(
    map: &mut M,
    field: &Field,
    value: Option<T>,
) -> Result<(), M::Error> {
    match value {
        Some(value) if !field.write_only => map.serialize_entry(field.name, &value),
        _ => Ok(()),
    }
}

//! Serializers whose fields stand among those of another one.

use restflow_exceptions::Result;
use sea_orm::EntityTrait;
use serde::ser::{SerializeMap, SerializeStruct};

use crate::{
    Declared, Field, ModelSerializer, Projection, Record, Records, RestEntity, Serializer,
    SerializerContext, Validation, Write, entity::find_column,
};

/// The keys of a serializer on the wire, with those of the serializers that are flattened into it.
#[derive(Debug, Clone, Copy)]
pub struct FieldNames {
    own: &'static [&'static str],
    flattened: &'static [&'static Self],
}

impl FieldNames {
    /// The keys of the fields and those of flattened serializers.
    #[must_use]
    pub const fn new(own: &'static [&'static str], flattened: &'static [&'static Self]) -> Self {
        Self { own, flattened }
    }

    /// Whether there is such a key.
    #[must_use]
    pub const fn contains(&self, name: &str) -> bool {
        let mut index = 0;
        while index < self.own.len() {
            if same(self.own[index], name) {
                return true;
            }
            index += 1;
        }
        let mut index = 0;
        while index < self.flattened.len() {
            if self.flattened[index].contains(name) {
                return true;
            }
            index += 1;
        }
        false
    }

    /// Whether the other one has a key that is here, too.
    #[must_use]
    pub const fn meets(&self, other: &Self) -> bool {
        let mut index = 0;
        while index < self.own.len() {
            if other.contains(self.own[index]) {
                return true;
            }
            index += 1;
        }
        let mut index = 0;
        while index < self.flattened.len() {
            if self.flattened[index].meets(other) {
                return true;
            }
            index += 1;
        }
        false
    }

    /// Calls `visit` with each key.
    pub(crate) fn each(&self, visit: &mut impl FnMut(&'static str)) {
        for name in self.own {
            visit(name);
        }
        for names in self.flattened {
            names.each(visit);
        }
    }
}

/// Whether two texts are the same, for constants, in which `==` cannot stand.
const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// A serializer whose fields can stand among those of another one: `#[serializer(flatten)]`.
///
/// Every derived serializer is one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be flattened into a serializer",
    label = "not a serializer",
    note = "add `#[derive(Serializer)]` to the struct of the common fields"
)]
pub trait Flatten: Serializer {
    /// The keys on the wire.
    const NAMES: FieldNames;

    /// How many of the fields are shown.
    const SHOWN: usize;

    /// Writes the fields that are shown.
    fn serialize_fields<S: SerializeStruct>(&self, output: &mut S) -> Result<(), S::Error>;

    /// Writes validated data: what was sent, without the write-only fields.
    fn serialize_data<M: SerializeMap>(data: &Self::Data, map: &mut M) -> Result<(), M::Error>;
}

/// Fields that are columns of `E`, flattened into a model serializer.
///
/// Two kinds of serializers are such: a model serializer over the same entity, and one without an
/// entity whose fields are plain values or keys of related rows. The columns of the latter are
/// found by the names of its fields in whatever entity it is flattened into; one that is missing
/// or of another type is reported when the routes are built.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be flattened into a serializer over `{E}`",
    label = "these fields are no columns of this entity",
    note = "a `#[derive(Serializer)]` of columns fits every entity that has them: its fields are values and keys of related rows",
    note = "a `#[derive(ModelSerializer)]` fits serializers over its own entity"
)]
pub trait FlattenModel<E: RestEntity>: Flatten {
    /// What [`load`](Self::load) brings.
    type Relations: Send + Sync;

    /// Adds the columns that are read.
    fn columns(projection: &mut Projection<E>);

    /// How many columns there are.
    fn width() -> usize;

    /// Loads what the rows of one page refer to.
    fn load(
        records: Records<'_, E>,
        context: &SerializerContext<'_>,
    ) -> impl Future<Output = Result<Self::Relations>> + Send;

    /// Reads the fields of one row.
    fn from_record(
        record: Record<'_, E>,
        relations: &Self::Relations,
        context: &SerializerContext<'_>,
    ) -> Result<Self>;

    /// The fields that stand for columns, see [`ModelSerializer::column_fields`].
    fn column_fields() -> Vec<(E::Column, &'static Field)>;

    /// Turns validated input into columns and links to save.
    fn write(data: Self::Data, write: &mut Write<E>) -> Result<()>;

    /// Says what cannot be seen in the other methods, see [`ModelSerializer::declare`].
    fn declare(_declared: &mut Declared<E>) {}

    /// Puts the columns that were not sent in as they are in the updated row.
    fn merge(data: &mut Self::Data, validation: &Validation<'_>);
}

impl<S: ModelSerializer + Flatten> FlattenModel<S::Entity> for S {
    type Relations = S::Relations;

    fn columns(projection: &mut Projection<S::Entity>) {
        projection.append(S::model_class().projection());
    }

    fn width() -> usize {
        S::model_class().projection().len()
    }

    async fn load(
        records: Records<'_, S::Entity>,
        context: &SerializerContext<'_>,
    ) -> Result<Self::Relations> {
        let projection = S::model_class().projection();
        S::load(records.with_key_of(projection), context).await
    }

    fn from_record(
        record: Record<'_, S::Entity>,
        relations: &Self::Relations,
        context: &SerializerContext<'_>,
    ) -> Result<Self> {
        S::from_record(record, relations, context)
    }

    fn column_fields() -> Vec<(<S::Entity as EntityTrait>::Column, &'static Field)> {
        S::column_fields()
    }

    fn write(data: Self::Data, write: &mut Write<S::Entity>) -> Result<()> {
        S::write(data, write)
    }

    fn declare(declared: &mut Declared<S::Entity>) {
        S::declare(declared);
    }

    fn merge(data: &mut Self::Data, validation: &Validation<'_>) {
        S::merge(data, validation);
    }
}

/// The column that a field of a flattened serializer stands for, if the entity has it.
#[must_use]
pub fn column_field<E: EntityTrait>(
    name: &str,
    field: &'static Field,
) -> Option<(E::Column, &'static Field)> {
    find_column::<E>(name).map(|column| (column, field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_when_the_program_is_compiled() {
        const AUDIT: FieldNames = FieldNames::new(&["created_at", "created_by"], &[]);
        const PRODUCT: FieldNames = FieldNames::new(&["name"], &[&AUDIT]);
        const OTHER: FieldNames = FieldNames::new(&["created", "created_by"], &[]);
        const {
            assert!(PRODUCT.contains("name") && PRODUCT.contains("created_at"));
            assert!(!PRODUCT.contains("created") && !PRODUCT.contains("names"));
            assert!(PRODUCT.meets(&OTHER) && OTHER.meets(&PRODUCT));
            assert!(!PRODUCT.meets(&FieldNames::new(&["x"], &[])));
        }
        let mut names = Vec::new();
        PRODUCT.each(&mut |name| names.push(name));
        assert_eq!(names, ["name", "created_at", "created_by"]);
    }
}

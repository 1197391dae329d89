//! The two traits that serializers implement.

use std::fmt::Debug;

use restflow_exceptions::{ErrorDetail, Result};
use restflow_fields::FieldInfo;
use sea_orm::EntityTrait;

use crate::{
    Declared, Field, Input, ModelClass, Projection, Record, Records, RestEntity, SerializerClass,
    SerializerContext, Validation, Write,
};

/// The scope of a serializer without an entity, usable by every view.
#[derive(Debug, Clone, Copy)]
pub enum AnyEntity {}

/// The scope of a serializer over the entity `E`, usable by the views of `E`.
#[derive(Debug, Clone, Copy)]
pub struct Of<E>(std::marker::PhantomData<E>);

/// A struct that validates input, describes its fields and writes itself with serde.
///
/// Derive it: `#[derive(Serializer)]` for input and output without an entity,
/// `#[derive(ModelSerializer)]` over an entity. DRF: `rest_framework.serializers.Serializer`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a serializer",
    note = "add `#[derive(Serializer)]`, or `#[derive(ModelSerializer)]` with `#[serializer(entity = …)]`"
)]
pub trait Serializer: serde::Serialize + Sized + Send + Sync + 'static {
    /// What validated input consists of: each writable field as an `Option`, `None` when it was
    /// not sent. The derive names it after the serializer, with `Data` at the end.
    type Data: Default + Clone + Debug + Send + Sync + 'static;

    /// [`AnyEntity`], or [`Of`] the entity.
    type Scope;

    /// The component name in the OpenAPI document. The derive takes the name of the struct without
    /// a `Serializer` at its end.
    const NAME: &'static str;

    /// Whether a key of the input that is no field is an error: `deny_unknown_fields`. Without it
    /// such a key is ignored, as in DRF.
    const DENIES_UNKNOWN_FIELDS: bool = false;

    /// Describes the fields in order.
    fn fields() -> Vec<FieldInfo>;

    /// Validates input: coerces and checks every field, looks up unique values and related rows,
    /// and only then runs the hook of the whole object.
    ///
    /// All errors of all fields are reported together, as an error of the kind
    /// [`Validation`](restflow_exceptions::ErrorKind::Validation); any other error is a database
    /// that did not answer.
    fn validate(
        input: Input,
        validation: &Validation<'_>,
    ) -> impl Future<Output = Result<Self::Data>> + Send;

    /// The serializer as a value.
    fn class() -> SerializerClass;
}

/// A serializer that can be made of validated input.
///
/// The derive implements it where no field is read-only.
pub trait FromData: Serializer {
    /// Fails with DRF's `This field is required.` where the struct needs a value that was not
    /// sent, which a full validation already refuses.
    fn from_data(data: Self::Data) -> Result<Self, ErrorDetail>;
}

/// A serializer over the rows of an entity.
///
/// Derive it with `#[derive(ModelSerializer)]`; written by hand it consists of the same calls.
/// DRF: `rest_framework.serializers.ModelSerializer`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a serializer over an entity",
    note = "add `#[derive(ModelSerializer)]` and `#[serializer(entity = …)]`"
)]
pub trait ModelSerializer: Serializer<Scope = Of<<Self as ModelSerializer>::Entity>> {
    /// The entity whose rows are shown and saved.
    type Entity: RestEntity;

    /// What [`load`](Self::load) brings: the related rows of a whole page.
    type Relations: Send + Sync;

    /// Names the columns that [`from_record`](Self::from_record) reads, in their order.
    fn columns(projection: &mut Projection<Self::Entity>);

    /// Loads what the rows of one page refer to, with a number of queries that does not depend on
    /// the number of rows.
    fn load(
        records: Records<'_, Self::Entity>,
        context: &SerializerContext<'_>,
    ) -> impl Future<Output = Result<Self::Relations>> + Send;

    /// Reads one row.
    fn from_record(
        record: Record<'_, Self::Entity>,
        relations: &Self::Relations,
        context: &SerializerContext<'_>,
    ) -> Result<Self>;

    /// The fields that stand for columns of the entity, shown or not: messages about a broken
    /// constraint name them, and nested rows are told apart by the one of the primary key.
    fn column_fields() -> Vec<(<Self::Entity as EntityTrait>::Column, &'static Field)> {
        Vec::new()
    }

    /// Turns validated input into columns, links and nested rows to save.
    fn write(data: Self::Data, write: &mut Write<Self::Entity>) -> Result<()>;

    /// Puts the columns that were not sent in as they are in the updated row.
    ///
    /// The default leaves the data as it is.
    fn merge(data: &mut Self::Data, validation: &Validation<'_>) {
        let _ = (data, validation);
    }

    /// Says what cannot be seen in the other methods, for the checks at the start of a program:
    /// columns that something else than a field fills, and nested rows. The default says nothing.
    fn declare(_declared: &mut Declared<Self::Entity>) {}

    /// The one value behind [`Serializer::class`]: a `static` in this function.
    fn model_class() -> &'static ModelClass<Self>;
}

/// The model of the entity of a serializer.
pub type ModelOf<S> = <<S as ModelSerializer>::Entity as EntityTrait>::Model;

//! What the derives call beside the public types.

use std::{fmt::Debug, marker::PhantomData, sync::OnceLock};

use restflow_exceptions::{ErrorDetail, ErrorMessage, FieldErrors, Result};
use restflow_fields::{ChoiceOption, messages};
use sea_orm::{ActiveEnum, ModelTrait};
use validator::ValidationError;

use crate::{
    ColumnValue, Field, FromData, RestEntity, SerializerContext, Validation, entity::find_column,
    value::choice_value,
};

/// The outcome of a rule of the `validator` crate.
pub fn passes(passes: bool, text: &'static str, code: &'static str) -> Result<(), ErrorMessage> {
    if passes {
        Ok(())
    } else {
        Err(ErrorMessage::new(text, code))
    }
}

/// The outcome of a function in the form of the `validator` crate. Its parameters, which may hold
/// the refused value, are dropped.
pub fn custom(
    outcome: Result<(), ValidationError>,
    text: Option<&'static str>,
    code: Option<&'static str>,
) -> Result<(), ErrorMessage> {
    outcome.map_err(|error| {
        let text = text.map_or(error.message, |text| Some(text.into()));
        let code = code.map_or(error.code, Into::into);
        ErrorMessage::new(text.unwrap_or("Invalid value.".into()), code)
    })
}

/// Runs the `to_representation` hook of a serializer.
pub fn present<S>(
    mut serializer: S,
    context: &SerializerContext<'_>,
    hook: impl FnOnce(&mut S, &SerializerContext<'_>),
) -> Result<S> {
    hook(&mut serializer, context);
    Ok(serializer)
}

/// Fills a column that was not sent with what the updated row has in it.
pub fn merge<E: RestEntity, T: ColumnValue>(
    slot: &mut Option<T>,
    validation: &Validation<'_>,
    column: E::Column,
) {
    if slot.is_none()
        && let Some(instance) = validation.instance::<E::Model>()
    {
        *slot = T::try_from(instance.get(column)).ok();
    }
}

/// The same for a field of a flattened serializer, by the name of the model's field.
pub fn merge_named<E: RestEntity, T: ColumnValue>(
    slot: &mut Option<T>,
    validation: &Validation<'_>,
    name: &str,
) {
    if let Some(column) = find_column::<E>(name) {
        merge::<E, T>(slot, validation, column);
    }
}

/// Gives a constant the type of its field.
pub const fn constant<T>(value: T) -> T {
    value
}

/// Stands for a value that no log may show; whether there is one is told.
pub fn redacted<T>(value: &Option<T>) -> &'static dyn Debug {
    match value {
        Some(_) => &Redacted::Some("***"),
        None => &Redacted::None,
    }
}

#[derive(Debug)]
enum Redacted {
    #[expect(dead_code, reason = "shown by `Debug`")]
    Some(&'static str),
    None,
}

/// Demands a field that was not sent.
pub fn sent<T>(value: Option<T>, field: &Field) -> Result<T, ErrorDetail> {
    value.ok_or_else(|| ErrorDetail::field(field.name, messages::required()))
}

/// Makes nested serializers of a list of data; the errors are by index.
pub fn from_list<S: FromData>(list: Vec<S::Data>) -> Result<Vec<S>, ErrorDetail> {
    let mut serializers = Vec::with_capacity(list.len());
    let mut errors = FieldErrors::new();
    for (index, data) in list.into_iter().enumerate() {
        match S::from_data(data) {
            Ok(serializer) => serializers.push(serializer),
            Err(detail) => errors.set(index.to_string(), detail),
        }
    }
    errors.into_result().map(|()| serializers)
}

/// The type of a field of a model, to compare it with that of the serializer's field.
#[derive(Debug, Clone, Copy)]
pub struct ModelType<M>(PhantomData<fn() -> M>);

/// The type of this field of a model.
#[must_use]
pub const fn model_type<M>(_field: &M) -> ModelType<M> {
    ModelType(PhantomData)
}

impl<M> ModelType<M> {
    /// Compiles where a field of the type `F` may show it.
    pub const fn is<F: SameAs<M>>(&self) {}
}

/// The one type that a field may have: that of the model's field.
#[diagnostic::on_unimplemented(
    message = "the field has the type `{Self}`, that of the model is `{M}`",
    label = "not the type of the model's field",
    note = "give the field the type `{M}`",
    note = "a value that is made of the model's is read-only and `#[serializer(computed = …)]`, or `annotated` if the database makes it",
    note = "the key of a related row is named with `related`, another column with `source`"
)]
pub trait SameAs<M> {}

#[diagnostic::do_not_recommend]
impl<M> SameAs<M> for M {}

/// The choices of an enum, made once.
#[derive(Debug, Default)]
pub struct ChoiceTable(OnceLock<Vec<ChoiceOption>>);

impl ChoiceTable {
    /// An empty table, for a `static`.
    #[must_use]
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The choices with the values that the database has for the variants.
    pub fn get<T: ActiveEnum, const N: usize>(
        &self,
        labels: [&'static str; N],
        variants: impl FnOnce() -> [T; N],
    ) -> &[ChoiceOption] {
        self.0.get_or_init(|| {
            let values = variants().into_iter().map(|variant| variant.into_value());
            let pairs = values.zip(labels);
            pairs
                .map(|(value, label)| ChoiceOption::new(choice_value(value.into()), label))
                .collect()
        })
    }
}

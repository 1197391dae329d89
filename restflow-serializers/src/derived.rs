//! What the derives call beside the public types.

use std::sync::OnceLock;

use restflow_exceptions::{ErrorDetail, ErrorMessage, FieldErrors, Result};
use restflow_fields::{ChoiceOption, messages};
use sea_orm::ActiveEnum;
use validator::ValidationError;

use crate::{Field, FromData, SerializerContext, value::choice_value};

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

//! A selection of several choices in a parameter.

use restflow_exceptions::ErrorDetail;
use restflow_fields::{Choices, FieldInfo, FieldOptions, FieldType, MultipleChoice};
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{ColumnTrait, DbBackend};
use serde_json::Value;

use crate::column_filter::FilterValue;
use crate::input::{LookupInput, Many, split};
use crate::lookups::{In, Lookup};

/// Some of the choices of `T`, each once; nothing chosen matches no row.
///
/// Unlike a list of choices it has one message for the whole parameter.
/// drf-restflow: `MultipleChoiceField`.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen<T>(
    /// The choices, in the order in which they were sent.
    pub Vec<T>,
);

impl<T: Choices> LookupInput for Chosen<T> {
    fn describe(options: &FieldOptions) -> FieldInfo {
        MultipleChoice::<T>::describe(options)
    }

    fn parse(
        values: &[&str],
        options: &FieldOptions,
        _required: bool,
    ) -> Result<Option<Self>, ErrorDetail> {
        let texts = split(values)?.into_iter();
        let texts = texts.map(|text| Value::String(text.to_owned()));
        let chosen = MultipleChoice::<T>::run_validation(texts.collect(), options)?;
        Ok(Some(Self(chosen.0)))
    }

    fn values(&self) -> usize {
        self.0.len()
    }
}

/// The lookup behind a parameter of several choices: the column is one of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OneOfChosen;

impl<T: Choices + FilterValue> Lookup<T> for OneOfChosen {
    const NAME: &'static str = "in";
    const DESCRIPTION: &'static str = "is one of";
    type Input = Chosen<T>;

    fn condition<C: ColumnTrait>(
        column: C,
        Chosen(values): Chosen<T>,
        backend: DbBackend,
    ) -> SimpleExpr {
        <In as Lookup<T>>::condition(column, Many(values), backend)
    }
}

//! Nested serializers.

use super::{
    Form, Taken,
    batch::{Batch, Job, Validated},
};
use crate::{Input, Serializer, Validation};
use restflow_exceptions::{ErrorDetail, ErrorKind, ErrorMessage, NON_FIELD_ERRORS, Result};
use restflow_fields::{FieldOptions, messages};

impl Form<'_> {
    /// Validates a nested object.
    pub async fn nested<S: Serializer>(
        &mut self,
        index: usize,
        slot: &mut Option<S::Data>,
    ) -> Result<()> {
        if let Some(input) = self.take_object(index).some() {
            *slot = self.object::<S>(index, input).await?;
        }
        Ok(())
    }

    /// Validates a nested object that may be null.
    pub async fn nested_nullable<S: Serializer>(
        &mut self,
        index: usize,
        slot: &mut Option<Option<S::Data>>,
    ) -> Result<()> {
        match self.take_object(index) {
            Taken::Absent => {}
            Taken::Null => *slot = Some(None),
            Taken::Value(input) => *slot = self.object::<S>(index, input).await?.map(Some),
        }
        Ok(())
    }

    /// Validates a list of nested objects, 1,000 of them unless the field has another limit. Their
    /// questions to the database are asked together.
    pub async fn nested_list<S: Serializer>(
        &mut self,
        index: usize,
        slot: &mut Option<Vec<S::Data>>,
    ) -> Result<()> {
        if let Some(inputs) = self.take_objects(index).some() {
            *slot = self.objects::<S>(index, inputs).await?;
        }
        Ok(())
    }

    /// Validates a list of nested objects that may be null.
    pub async fn nested_list_nullable<S: Serializer>(
        &mut self,
        index: usize,
        slot: &mut Option<Option<Vec<S::Data>>>,
    ) -> Result<()> {
        match self.take_objects(index) {
            Taken::Absent => {}
            Taken::Null => *slot = Some(None),
            Taken::Value(inputs) => *slot = self.objects::<S>(index, inputs).await?.map(Some),
        }
        Ok(())
    }

    pub(super) fn take_object(&mut self, index: usize) -> Taken<Input> {
        match self.source.take_object(index, &self.fields[index]) {
            None => self.absent(index),
            Some(input) if input.is_null() => self.null(index),
            Some(input) => Taken::Value(input),
        }
    }

    pub(super) fn take_objects(&mut self, index: usize) -> Taken<Vec<Input>> {
        match self.source.take_objects(index, &self.fields[index]) {
            None => self.absent(index),
            Some(Ok(None)) => self.null(index),
            Some(Ok(Some(inputs))) => Taken::Value(inputs),
            Some(Err(message)) => {
                self.fail(index, ErrorDetail::field(NON_FIELD_ERRORS, message));
                Taken::Absent
            }
        }
    }

    async fn object<S: Serializer>(
        &mut self,
        index: usize,
        input: Input,
    ) -> Result<Option<S::Data>> {
        match run::<S>(input, &self.validation.nested()).await? {
            Ok(data) => Ok(Some(data)),
            Err(detail) => {
                self.fail(index, detail);
                Ok(None)
            }
        }
    }

    async fn objects<S: Serializer>(
        &mut self,
        index: usize,
        inputs: Vec<Input>,
    ) -> Result<Option<Vec<S::Data>>> {
        let limits = ListLimits::of(&self.fields[index].options);
        match run_list::<S>(inputs, &limits, self.validation.nested()).await? {
            Ok(list) => Ok(Some(list)),
            Err(detail) => {
                self.fail(index, detail);
                Ok(None)
            }
        }
    }
}

/// How many elements a list may have. DRF: the arguments of `ListSerializer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListLimits {
    /// Whether the list may be empty. Default: `true`.
    pub allow_empty: bool,
    /// The fewest elements. Default: none.
    pub min_length: Option<u64>,
    /// The most elements. Default: 1,000.
    pub max_length: Option<u64>,
}

impl Default for ListLimits {
    fn default() -> Self {
        Self {
            allow_empty: true,
            min_length: None,
            max_length: Some(1000),
        }
    }
}

impl ListLimits {
    /// The limits of a list of a field, 1,000 unless it has another one.
    pub(super) fn of(options: &FieldOptions) -> Self {
        let default = Self::default();
        Self {
            allow_empty: options.allow_empty,
            min_length: options.min_length,
            max_length: options.max_length.or(default.max_length),
        }
    }

    pub(crate) fn check(&self, len: usize) -> Result<(), ErrorDetail> {
        match self.broken_by(len) {
            Some(message) => Err(ErrorDetail::field(NON_FIELD_ERRORS, message)),
            None => Ok(()),
        }
    }

    /// What is wrong with a list of this length.
    pub(super) fn broken_by(&self, len: usize) -> Option<ErrorMessage> {
        let len = len as u64;
        if !self.allow_empty && len == 0 {
            return Some(messages::empty_list());
        }
        if let Some(limit) = self.max_length.filter(|limit| len > *limit) {
            return Some(ErrorMessage::new(
                format!("Ensure this field has no more than {limit} elements."),
                "max_length",
            ));
        }
        let limit = self.min_length.filter(|limit| len < *limit)?;
        Some(ErrorMessage::new(
            format!("Ensure this field has at least {limit} elements."),
            "min_length",
        ))
    }
}

/// Validates one object below another, apart: the errors of its fields, and everything else.
///
/// The future is boxed, for a serializer may be nested deeply.
async fn run<S: Serializer>(
    input: Input,
    validation: &Validation<'_>,
) -> Result<Result<S::Data, ErrorDetail>> {
    if input.is_null() {
        return Ok(Err(ErrorDetail::from([messages::null()])));
    }
    split(Box::pin(S::validate(input, validation)).await)
}

/// Validates the objects of a list, whose questions to the database are asked together.
async fn run_list<S: Serializer>(
    inputs: Vec<Input>,
    limits: &ListLimits,
    validation: Validation<'_>,
) -> Result<Result<Vec<S::Data>, ErrorDetail>> {
    if let Err(detail) = limits.check(inputs.len()) {
        return Ok(Err(detail));
    }
    let own_batch = Batch::default();
    let (batch, db) = match validation.batch() {
        Some(batch) => (batch, None),
        None => (&own_batch, Some(validation.context().db())),
    };
    let validation = validation.within(batch);
    let jobs = inputs.into_iter().map(|input| {
        Box::pin(async move { run::<S>(input, &validation).await }) as Job<'_, Validated<S::Data>>
    });
    batch.list(jobs, db).await
}

/// Tells a refused input from a database that did not answer.
pub(crate) fn split<T>(result: Result<T>) -> Result<Result<T, ErrorDetail>> {
    match result {
        Ok(data) => Ok(Ok(data)),
        Err(error) if error.kind() == ErrorKind::Validation => Ok(Err(error.detail().clone())),
        Err(error) => Err(error),
    }
}

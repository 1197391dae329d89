//! The validation of one object: every field is read and checked, errors of all fields are
//! collected, and what needs the database is asked in as few queries as possible at the end.

mod nested;
mod probe;
mod related;
mod source;

use std::fmt;

use restflow_exceptions::{
    ApiError, ErrorDetail, ErrorMessage, FieldErrors, NON_FIELD_ERRORS, Result,
};
use restflow_fields::{FieldType, messages};
use serde_json::Value;

pub use self::nested::ListLimits;
pub(crate) use self::{nested::split, source::list_of_inputs};
use self::{
    probe::Probe,
    source::{Sent, Shape, Source},
};
use crate::{Field, Input, Validation};

/// The validation of one object, field by field.
///
/// The derives emit one call for each field, in the order of declaration, then
/// [`finish`](Self::finish).
pub struct Form<'d> {
    fields: &'static [Field],
    source: Source,
    validation: Validation<'d>,
    errors: Vec<(usize, ErrorDetail)>,
    probes: Vec<Probe<'d>>,
}

impl<'d> Form<'d> {
    /// Takes input apart; anything but an object is refused.
    pub fn open(
        fields: &'static [Field],
        input: Input,
        validation: &Validation<'d>,
    ) -> Result<Self> {
        Ok(Self {
            fields,
            source: Source::open(input)?,
            validation: *validation,
            errors: Vec::new(),
            probes: Vec::new(),
        })
    }

    /// Reads a field that may not be null.
    pub fn value<T: FieldType>(&mut self, index: usize, slot: &mut Option<T>) {
        if let Some(value) = self.take(index, Shape::of::<T>, T::is_null).some() {
            *slot = self.run(index, value);
        }
    }

    /// Reads a field that may be null.
    pub fn nullable<T: FieldType>(&mut self, index: usize, slot: &mut Option<Option<T>>) {
        match self.take(index, Shape::of::<T>, T::is_null) {
            Taken::Absent => {}
            Taken::Null => *slot = Some(None),
            Taken::Value(value) => *slot = self.run(index, value).map(Some),
        }
    }

    /// Puts in a value for a field that was not sent; never in a partial update.
    pub fn default<T>(&self, index: usize, slot: &mut Option<T>, default: impl FnOnce() -> T) {
        if slot.is_none() && self.takes_default(index) {
            *slot = Some(default());
        }
    }

    /// Puts in a value for a field that may be missing in the struct but not null in the input.
    pub fn default_some<T>(
        &self,
        index: usize,
        slot: &mut Option<T>,
        default: impl FnOnce() -> Option<T>,
    ) {
        if slot.is_none() && self.takes_default(index) {
            *slot = default();
        }
    }

    fn takes_default(&self, index: usize) -> bool {
        let is_for_updates = !self.fields[index].create_only;
        !self.validation.is_partial()
            && (is_for_updates || !self.validation.is_update())
            && !self.has_failed(index)
    }

    /// Checks a rule that is no limit of the field's type.
    pub fn rule<T: ?Sized>(
        &mut self,
        index: usize,
        value: Option<&T>,
        rule: impl FnOnce(&T) -> Result<(), ErrorMessage>,
    ) {
        if let Some(value) = value
            && let Err(message) = rule(value)
        {
            self.push(index, message);
        }
    }

    /// Runs the hook of one field on a value that passed all rules. DRF: `validate_<field>`.
    pub fn hook<T>(
        &mut self,
        index: usize,
        value: Option<&mut T>,
        hook: impl FnOnce(&mut T, &Validation<'_>) -> Result<(), ErrorDetail>,
    ) {
        if !self.has_failed(index)
            && let Some(value) = value
            && let Err(detail) = hook(value, &self.validation)
        {
            self.fail(index, detail);
        }
    }

    /// Asks the database what is left to ask, and succeeds when nothing has failed.
    pub async fn finish(mut self) -> Result<()> {
        let probes = std::mem::take(&mut self.probes);
        let failed = probe::run(probes, self.validation.context().db()).await?;
        for (index, message) in failed {
            self.add(index, message);
        }
        if self.errors.is_empty() {
            return Ok(());
        }
        self.errors.sort_by_key(|(index, _)| *index);
        let mut errors = FieldErrors::new();
        for (index, detail) in self.errors {
            errors.set(self.fields[index].name, detail);
        }
        Err(errors.into())
    }

    /// Takes the raw value of a field out of the input.
    fn take(
        &mut self,
        index: usize,
        shape: impl FnOnce(&Field) -> Shape,
        is_null: impl FnOnce(&Value) -> bool,
    ) -> Taken<Value> {
        let field = &self.fields[index];
        let partial = self.validation.is_partial();
        match self.source.take(field, shape, partial) {
            Sent::Nothing => self.absent(index),
            Sent::Value(value) if value.is_null() || (field.nullable && is_null(&value)) => {
                self.null(index)
            }
            Sent::Value(value) => Taken::Value(value),
        }
    }

    fn absent<T>(&mut self, index: usize) -> Taken<T> {
        if self.fields[index].required && !self.validation.is_partial() {
            self.add(index, messages::required());
        }
        Taken::Absent
    }

    fn null<T>(&mut self, index: usize) -> Taken<T> {
        if self.fields[index].nullable {
            return Taken::Null;
        }
        self.add(index, messages::null());
        Taken::Absent
    }

    /// Coerces a value and checks its limits. The value is given even if a limit is broken, so
    /// that the other rules are checked too.
    fn run<T: FieldType>(&mut self, index: usize, value: Value) -> Option<T> {
        let field = &self.fields[index];
        match T::to_internal_value(value, &field.options) {
            Ok(value) => {
                let mut errors = Vec::new();
                value.run_validators(&field.options, &mut errors);
                for message in errors {
                    self.push(index, field.reword_rule(message));
                }
                Some(value)
            }
            Err(detail) => {
                self.fail(index, field.reword_all(detail));
                None
            }
        }
    }

    fn has_failed(&self, index: usize) -> bool {
        self.errors.iter().any(|(failed, _)| *failed == index)
    }

    /// Adds what is wrong with the field itself, in its own words if it has any.
    fn add(&mut self, index: usize, message: ErrorMessage) {
        self.push(index, self.fields[index].reword(message));
    }

    fn push(&mut self, index: usize, message: ErrorMessage) {
        match self.errors.iter_mut().find(|(failed, _)| *failed == index) {
            Some((_, ErrorDetail::List(messages))) => messages.push(message.into()),
            Some(_) => {}
            None => self.fail(index, message.into()),
        }
    }

    fn fail(&mut self, index: usize, detail: ErrorDetail) {
        self.errors.push((index, detail.into_list()));
    }
}

/// What the input holds for a field.
enum Taken<T> {
    Absent,
    Null,
    Value(T),
}

impl<T> Taken<T> {
    fn some(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }
}

/// Runs the hook of the whole object, after all fields are valid. DRF: `Serializer.validate`.
pub fn validate_object<D>(
    data: &mut D,
    validation: &Validation<'_>,
    hook: impl FnOnce(&mut D, &Validation<'_>) -> Result<(), ErrorDetail>,
) -> Result<()> {
    hook(data, validation).map_err(|detail| FieldErrors::from(detail).into())
}

/// The error of a whole object that could not even be taken apart.
pub(crate) fn non_field_error(message: ErrorMessage) -> ApiError {
    ErrorDetail::field(NON_FIELD_ERRORS, message).into()
}

impl fmt::Debug for Form<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form")
            .field("errors", &self.errors)
            .finish_non_exhaustive()
    }
}

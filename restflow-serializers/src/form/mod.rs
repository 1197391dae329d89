//! The validation of one object: every field is read and checked, errors of all fields are
//! collected, and what needs the database is asked in as few queries as possible at the end.

mod batch;
mod checked;
mod flatten;
mod nested;
mod nested_rows;
mod probe;
mod related;
mod source;
mod together;

use std::{borrow::Cow, fmt};

use restflow_exceptions::{
    ApiError, ErrorDetail, ErrorMessage, FieldErrors, NON_FIELD_ERRORS, Result,
};
use restflow_fields::{FieldType, Raw, messages};

pub(crate) use self::{
    batch::{Batch, Job},
    nested::split,
    nested_rows::{keys_in, sent_twice},
    related::missing_key,
    source::list_of_inputs,
};
pub use self::{
    checked::{Checked, HookOutcome, object_hook},
    nested::ListLimits,
    together::{Member, unique_together},
};
use self::{
    probe::Probe,
    source::{Shape, Source},
};
use crate::{Field, Input, Validation};

/// The validation of one object, field by field.
///
/// The derives emit one call for each field, in the order of declaration, then
/// [`check`](Self::check).
pub struct Form<'d> {
    fields: &'static [Field],
    source: Source,
    validation: Validation<'d>,
    errors: Errors,
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
            source: Source::open(input, fields)?,
            validation: *validation,
            errors: Errors::new(fields),
            probes: Vec::new(),
        })
    }

    /// Reads a field that may not be null.
    pub fn value<T: FieldType>(&mut self, index: usize, slot: &mut Option<T>) {
        let partial = self.validation.is_partial();
        let field = &self.fields[index];
        let sent = self.source.get(index, field, Shape::of::<T>, partial);
        let taken = self.errors.take(index, sent.raw(), T::is_null, partial);
        if let Taken::Value(raw) = taken {
            *slot = self.errors.read(index, raw);
        }
    }

    /// Reads a field that may be null.
    pub fn nullable<T: FieldType>(&mut self, index: usize, slot: &mut Option<Option<T>>) {
        let partial = self.validation.is_partial();
        let field = &self.fields[index];
        let sent = self.source.get(index, field, Shape::of::<T>, partial);
        match self.errors.take(index, sent.raw(), T::is_null, partial) {
            Taken::Absent => {}
            Taken::Null => *slot = Some(None),
            Taken::Value(raw) => *slot = self.errors.read(index, raw).map(Some),
        }
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

    /// Asks the database what is left to ask, in as few queries as possible.
    pub async fn check<'v>(self, validation: &Validation<'v>) -> Result<Checked<'v>> {
        let Self {
            mut errors, probes, ..
        } = self;
        for (index, message) in probe::run(probes, validation).await? {
            errors.add(index, message);
        }
        Ok(Checked {
            errors,
            validation: *validation,
        })
    }

    fn absent<T>(&mut self, index: usize) -> Taken<T> {
        self.errors.absent(index, self.validation.is_partial())
    }

    fn null<T>(&mut self, index: usize) -> Taken<T> {
        self.errors.null(index)
    }

    fn has_failed(&self, index: usize) -> bool {
        self.errors.has(index)
    }

    fn add(&mut self, index: usize, message: ErrorMessage) {
        self.errors.add(index, message);
    }

    fn push(&mut self, index: usize, message: ErrorMessage) {
        self.errors.push(index, message);
    }

    fn fail(&mut self, index: usize, detail: ErrorDetail) {
        self.errors.fail(index, detail);
    }
}

/// What is wrong, by field.
#[derive(Debug)]
struct Errors {
    fields: &'static [Field],
    errors: Vec<(usize, ErrorDetail)>,
    unknown: Vec<(Cow<'static, str>, ErrorMessage)>,
}

impl Errors {
    const fn new(fields: &'static [Field]) -> Self {
        Self {
            fields,
            errors: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// Tells whether there is a value to read.
    fn take<'a>(
        &mut self,
        index: usize,
        sent: Option<Raw<'a>>,
        is_null: impl FnOnce(Raw<'a>) -> bool,
        partial: bool,
    ) -> Taken<Raw<'a>> {
        match sent {
            None => self.absent(index, partial),
            Some(raw) if raw.is_null() || (self.fields[index].nullable && is_null(raw)) => {
                self.null(index)
            }
            Some(raw) => Taken::Value(raw),
        }
    }

    fn absent<T>(&mut self, index: usize, partial: bool) -> Taken<T> {
        if self.fields[index].required && !partial {
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
    fn read<T: FieldType>(&mut self, index: usize, raw: Raw<'_>) -> Option<T> {
        let options = &self.fields[index].options;
        match T::from_raw(raw, options) {
            Ok(value) => {
                let mut errors = Vec::new();
                value.run_validators(options, &mut errors);
                if !errors.is_empty() {
                    self.break_rules(index, errors);
                }
                Some(value)
            }
            Err(detail) => {
                self.refuse(index, detail);
                None
            }
        }
    }

    #[cold]
    fn break_rules(&mut self, index: usize, errors: Vec<ErrorMessage>) {
        for message in errors {
            self.push(index, self.fields[index].reword_rule(message));
        }
    }

    #[cold]
    fn refuse(&mut self, index: usize, detail: ErrorDetail) {
        self.fail(index, self.fields[index].reword_all(detail));
    }

    fn has(&self, index: usize) -> bool {
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

    fn into_result(mut self) -> Result<()> {
        if self.errors.is_empty() && self.unknown.is_empty() {
            return Ok(());
        }
        self.errors.sort_by_key(|(index, _)| *index);
        let mut errors = FieldErrors::with_capacity(self.errors.len() + self.unknown.len());
        for (index, detail) in self.errors {
            let field = &self.fields[index];
            if field.flatten {
                flatten::set_all(&mut errors, detail);
            } else {
                errors.set(field.name, detail);
            }
        }
        for (name, message) in self.unknown {
            errors.add(name, message);
        }
        Err(errors.into())
    }
}

/// What the input holds for a field.
enum Taken<T> {
    Absent,
    Null,
    Value(T),
}

impl<T> Taken<T> {
    fn map<U>(self, map: impl FnOnce(T) -> U) -> Taken<U> {
        match self {
            Self::Absent => Taken::Absent,
            Self::Null => Taken::Null,
            Self::Value(value) => Taken::Value(map(value)),
        }
    }

    fn some(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }
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

//! Filters that make their parameters themselves, where a lookup of a column does not fit.

use std::borrow::Cow;
use std::fmt;

use restflow_exceptions::ErrorDetail;
use restflow_fields::FieldOptions;
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{DbBackend, EntityTrait};

use crate::column_filter::is_not_true;
use crate::filters::{Action, Entry, parameter};
use crate::input::LookupInput;

/// The parameters of a filter, for [`Filters::with`](crate::Filters::with); made from filters such
/// as [`ArrayFilter`](crate::postgres::ArrayFilter).
pub struct FilterEntries<E: EntityTrait>(pub(crate) Vec<Entry<E>>);

impl<E: EntityTrait> fmt::Debug for FilterEntries<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|entry| &entry.parameter.name);
        f.debug_list().entries(names).finish()
    }
}

/// A filter that grows by one lookup after the other: the name of its parameters, and what is said
/// of them.
pub(crate) struct Declared<E: EntityTrait> {
    pub(crate) name: Cow<'static, str>,
    pub(crate) separator: &'static str,
    pub(crate) help_text: Option<Cow<'static, str>>,
    pub(crate) options: FieldOptions,
    pub(crate) negate: bool,
    /// Why the filter cannot work on a database of this kind.
    pub(crate) misconfigured: fn(DbBackend) -> Option<String>,
    pub(crate) entries: Vec<Entry<E>>,
}

impl<E: EntityTrait> Declared<E> {
    pub(crate) fn new(
        name: Cow<'static, str>,
        misconfigured: fn(DbBackend) -> Option<String>,
    ) -> Self {
        Self {
            name,
            separator: "__",
            help_text: None,
            options: FieldOptions::DEFAULT,
            negate: true,
            misconfigured,
            entries: Vec::new(),
        }
    }

    /// Adds the parameter of a lookup and its negation; without a suffix it has the name of the
    /// filter.
    pub(crate) fn push<I: LookupInput>(
        &mut self,
        suffix: Option<&str>,
        hint: &str,
        condition: impl Fn(I, DbBackend) -> Result<SimpleExpr, ErrorDetail>
        + Clone
        + Send
        + Sync
        + 'static,
    ) {
        let name = match suffix {
            Some(suffix) => format!("{}{}{suffix}", self.name, self.separator),
            None => self.name.to_string(),
        };
        let hint = format!("{} {hint}", self.name);
        if self.negate {
            let negated = condition.clone();
            let entry = self.entry(name.clone(), hint.clone(), condition);
            self.entries.push(entry);
            let entry = self.entry(
                format!("{name}!"),
                format!("exclude where {hint}"),
                move |input, backend| negated(input, backend).map(is_not_true),
            );
            self.entries.push(entry);
        } else {
            let entry = self.entry(name, hint, condition);
            self.entries.push(entry);
        }
    }

    fn entry<I: LookupInput>(
        &self,
        name: String,
        hint: String,
        condition: impl Fn(I, DbBackend) -> Result<SimpleExpr, ErrorDetail> + Send + Sync + 'static,
    ) -> Entry<E> {
        let description = match &self.help_text {
            Some(help) => format!("{hint} - {help}"),
            None => hint,
        };
        let options = self.options;
        let name = Cow::Owned(name);
        Entry {
            parameter: parameter(
                Cow::clone(&name),
                I::describe(&options),
                Some(description.into()),
                false,
            ),
            misconfigured: self.misconfigured,
            read: Box::new(move |values, backend| {
                let Some(input) = I::parse(values, &options, false)? else {
                    return Ok(None);
                };
                let values = input.values();
                Ok(Some(Action::Condition(condition(input, backend)?, values)))
            }),
        }
    }
}

/// The settings that all filters of this kind have.
macro_rules! declared {
    () => {
        /// Says what stands between the name and a lookup; default `__`. It applies to the lookups
        /// that are added after it.
        #[must_use]
        pub fn separator(mut self, separator: &'static str) -> Self {
            self.declared.separator = separator;
            self
        }

        /// Explains the parameters in the OpenAPI document. It applies to the lookups that are
        /// added after it.
        #[must_use]
        pub fn help_text(mut self, text: impl Into<Cow<'static, str>>) -> Self {
            self.declared.help_text = Some(text.into());
            self
        }

        /// Leaves out the negations, the parameters that end in `!`. It applies to the lookups that
        /// are added after it.
        #[must_use]
        pub fn without_negation(mut self) -> Self {
            self.declared.negate = false;
            self
        }
    };
}
pub(crate) use declared;

/// The settings of values, for filters that have a type of value.
macro_rules! declared_options {
    () => {
        /// Changes the limits of the values. It applies to the lookups that are added after it.
        #[must_use]
        pub fn options(mut self, change: impl FnOnce(&mut restflow_fields::FieldOptions)) -> Self {
            change(&mut self.declared.options);
            self
        }
    };
}
pub(crate) use declared_options;

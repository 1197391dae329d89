//! Filters that make their parameters themselves, where a lookup of a column does not fit.

use std::borrow::Cow;
use std::fmt;

use restflow_exceptions::ErrorDetail;
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{DbBackend, EntityTrait};

use crate::column_filter::{Check, is_not_true};
use crate::filters::{Action, Entry, parameter};
use crate::input::LookupInput;
use crate::settings::Settings;

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
/// of them, before the lookups or after.
pub(crate) struct Declared<E: EntityTrait> {
    pub(crate) name: Cow<'static, str>,
    pub(crate) settings: Settings,
    /// Why the filter cannot work on a database of this kind.
    pub(crate) misconfigured: fn(DbBackend) -> Option<String>,
    has_base: bool,
    lookups: Vec<Box<MakeEntries<E>>>,
}

/// Makes the parameters of a lookup when all settings are known.
type MakeEntries<E> = dyn FnOnce(&str, &Settings) -> Vec<Entry<E>> + Send + Sync;

impl<E: EntityTrait> Declared<E> {
    pub(crate) fn new(
        name: Cow<'static, str>,
        misconfigured: fn(DbBackend) -> Option<String>,
    ) -> Self {
        Self {
            name,
            settings: Settings::default(),
            misconfigured,
            has_base: false,
            lookups: Vec::new(),
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
        self.add(suffix, hint, true, condition);
    }

    /// The same for a lookup that takes something else than values of the filter's type, such as a
    /// part of a text: checks of values do not concern it.
    pub(crate) fn push_other<I: LookupInput>(
        &mut self,
        suffix: &str,
        hint: &str,
        condition: impl Fn(I, DbBackend) -> Result<SimpleExpr, ErrorDetail>
        + Clone
        + Send
        + Sync
        + 'static,
    ) {
        self.add(Some(suffix), hint, false, condition);
    }

    fn add<I: LookupInput>(
        &mut self,
        suffix: Option<&str>,
        hint: &str,
        takes_values: bool,
        condition: impl Fn(I, DbBackend) -> Result<SimpleExpr, ErrorDetail>
        + Clone
        + Send
        + Sync
        + 'static,
    ) {
        let misconfigured = self.misconfigured;
        let (suffix, hint) = (suffix.map(str::to_owned), hint.to_owned());
        self.has_base |= suffix.is_none();
        self.lookups.push(Box::new(move |base, settings| {
            let name = match &suffix {
                Some(suffix) => format!("{base}{}{suffix}", settings.separator),
                None => base.to_owned(),
            };
            let hint = format!("{base} {hint}");
            let checks = match takes_values {
                true => settings.checks.clone(),
                false => Vec::new(),
            };
            let make = |name, hint, required| Parameters {
                name,
                hint,
                required,
                checks: checks.clone(),
                misconfigured,
            };
            let required = settings.required && suffix.is_none();
            let mut entries = Vec::with_capacity(2);
            let plain = make(name.clone(), hint.clone(), required);
            if settings.negate {
                let negated = condition.clone();
                let negation = make(format!("{name}!"), format!("exclude where {hint}"), false);
                entries.push(plain.entry(settings, condition));
                entries.push(negation.entry(settings, move |input, backend| {
                    negated(input, backend).map(is_not_true)
                }));
            } else {
                entries.push(plain.entry(settings, condition));
            }
            entries
        }));
    }

    /// The parameters, with all settings.
    ///
    /// # Panics
    /// When the filter is required and has no parameter that could be.
    #[track_caller]
    pub(crate) fn into_entries(self) -> FilterEntries<E> {
        let Self {
            name,
            settings,
            has_base,
            lookups,
            ..
        } = self;
        assert!(
            !settings.required || has_base,
            "the filter `{name}` is required and has no parameter of its own name, only lookups, \
             which are optional: add the one without a suffix, or remove `required()`",
        );
        let lookups = lookups.into_iter();
        FilterEntries(lookups.flat_map(|make| make(&name, &settings)).collect())
    }
}

/// One parameter, before it can be read.
struct Parameters {
    name: String,
    hint: String,
    required: bool,
    checks: Vec<Check>,
    misconfigured: fn(DbBackend) -> Option<String>,
}

impl Parameters {
    fn entry<E: EntityTrait, I: LookupInput>(
        self,
        settings: &Settings,
        condition: impl Fn(I, DbBackend) -> Result<SimpleExpr, ErrorDetail> + Send + Sync + 'static,
    ) -> Entry<E> {
        let Self {
            name,
            hint,
            required,
            checks,
            misconfigured,
        } = self;
        let description = match &settings.help_text {
            Some(help) => format!("{hint} - {help}"),
            None => hint,
        };
        let options = settings.options;
        let info = I::describe(&options);
        Entry {
            parameter: parameter(name.into(), info, Some(description.into()), required),
            misconfigured,
            read: Box::new(move |values, backend| {
                let Some(input) = I::parse(values, &options, required)? else {
                    return Ok(None);
                };
                checks.iter().try_for_each(|check| check(&input))?;
                let values = input.values();
                Ok(Some(Action::Condition(condition(input, backend)?, values)))
            }),
        }
    }
}

/// The settings that all filters of this kind have.
macro_rules! declared {
    () => {
        $crate::settings::setting!(separator of declared.settings);
        $crate::settings::setting!(help_text of declared.settings);
        $crate::settings::setting!(without_negation of declared.settings);
        $crate::settings::setting!(required of declared.settings);
    };
}
pub(crate) use declared;

/// The settings of values, for filters that have a type of value.
macro_rules! declared_options {
    () => {
        $crate::settings::setting!(options of declared.settings);

        /// Checks each value with a function of one's own, after its type and its limits; lookups
        /// that take a part of a text are left out.
        ///
        /// DRF: `validators` of a field.
        #[must_use]
        pub fn validate<R>(
            mut self,
            validator: impl Fn(&T) -> Result<(), R> + Send + Sync + 'static,
        ) -> Self
        where
            R: Into<restflow_exceptions::ErrorDetail>,
        {
            let check = move |input: &dyn std::any::Any| {
                $crate::column_filter::check_each(input, |value| {
                    validator(value).map_err(Into::into)
                })
            };
            self.declared
                .settings
                .checks
                .push(std::sync::Arc::new(check));
            self
        }
    };
}
pub(crate) use declared_options;

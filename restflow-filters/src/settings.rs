//! What is said of all parameters of a filter.

use std::borrow::Cow;

use restflow_fields::FieldOptions;

use crate::column_filter::Check;

/// The settings of a filter, which its parameters are made with.
pub(crate) struct Settings {
    pub(crate) separator: &'static str,
    pub(crate) help_text: Option<Cow<'static, str>>,
    pub(crate) options: FieldOptions,
    pub(crate) checks: Vec<Check>,
    pub(crate) required: bool,
    pub(crate) negate: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            separator: "__",
            help_text: None,
            options: FieldOptions::DEFAULT,
            checks: Vec::new(),
            required: false,
            negate: true,
        }
    }
}

/// The methods of a filter that set what its [`Settings`] have, which are in the field that is
/// named: `setting!(help_text of settings)`.
macro_rules! setting {
    (separator of $($field:ident).+) => {
        /// Says what stands between the name and a lookup; default `__`.
        #[must_use]
        pub fn separator(mut self, separator: &'static str) -> Self {
            self.$($field).+.separator = separator;
            self
        }
    };
    (help_text of $($field:ident).+) => {
        /// Explains the parameters in the OpenAPI document.
        #[must_use]
        pub fn help_text(mut self, text: impl Into<std::borrow::Cow<'static, str>>) -> Self {
            self.$($field).+.help_text = Some(text.into());
            self
        }
    };
    (without_negation of $($field:ident).+) => {
        /// Leaves out the negations, the parameters that end in `!`.
        #[must_use]
        pub fn without_negation(mut self) -> Self {
            self.$($field).+.negate = false;
            self
        }
    };
    (required of $($field:ident).+) => {
        /// Refuses requests without the parameter of the filter's own name. Lookups and negations
        /// stay optional. A filter that has lookups only cannot be required: adding it to
        /// [`Filters`](crate::Filters) panics.
        #[must_use]
        pub fn required(mut self) -> Self {
            self.$($field).+.required = true;
            self
        }
    };
    (options of $($field:ident).+) => {
        /// Changes the limits of the values.
        #[must_use]
        pub fn options(mut self, change: impl FnOnce(&mut restflow_fields::FieldOptions)) -> Self {
            change(&mut self.$($field).+.options);
            self
        }
    };
}
pub(crate) use setting;

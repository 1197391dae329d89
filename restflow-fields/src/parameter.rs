//! The description of a query parameter.

use std::borrow::Cow;

use crate::FieldInfo;

/// One query parameter that a filter backend or a paginator reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// The name in the query string.
    pub name: Cow<'static, str>,
    /// One or more sentences for people.
    pub description: Option<Cow<'static, str>>,
    /// Whether a request without it is refused. Default: `false`.
    pub required: bool,
    /// The value that it takes.
    pub info: FieldInfo,
}

impl Parameter {
    /// Describes an optional parameter.
    pub fn new(name: impl Into<Cow<'static, str>>, info: FieldInfo) -> Self {
        Self {
            name: name.into(),
            description: None,
            required: false,
            info,
        }
    }

    /// Sets the explanation for people.
    #[must_use]
    pub fn description(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets whether a request without it is refused.
    #[must_use]
    pub fn required(mut self, required: bool) -> Self {
        self.required = required;
        self
    }
}

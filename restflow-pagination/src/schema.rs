//! How paginators describe their parameters and envelopes.

use std::borrow::Cow;

use restflow_fields::{Bound, FieldInfo, FieldKind, Parameter};

/// The total number of rows.
pub(crate) fn count() -> FieldInfo {
    FieldInfo::new(FieldKind::Integer)
        .name("count")
        .help_text("The number of results on all pages.")
}

/// Whether the count beside it is exact.
pub(crate) fn count_exact() -> FieldInfo {
    FieldInfo::new(FieldKind::Boolean)
        .name("count_exact")
        .help_text("Whether the count is the number of results now.")
}

/// A link to another page, null where there is none.
pub(crate) fn link(name: &'static str) -> FieldInfo {
    FieldInfo::new(FieldKind::Url)
        .name(name)
        .nullable(true)
        .required(false)
}

/// The number of rows of a page. The maximum is in the schema, although the server cuts more off:
/// a generated client that checks its values then never gets fewer rows than it asked for.
pub(crate) fn size_parameter(name: Cow<'static, str>, maximum: u64) -> Parameter {
    let description =
        format!("Number of results to return per page. More than {maximum} is taken as {maximum}.");
    integer_parameter(name, description, Some(maximum))
}

pub(crate) fn integer_parameter(
    name: Cow<'static, str>,
    description: impl Into<Cow<'static, str>>,
    maximum: Option<u64>,
) -> Parameter {
    let mut info = FieldInfo::new(FieldKind::Integer);
    info.max_value = maximum
        .and_then(|maximum| i64::try_from(maximum).ok())
        .map(Bound::Integer);
    parameter(name, description, info)
}

pub(crate) fn text_parameter(name: Cow<'static, str>, description: &'static str) -> Parameter {
    parameter(name, description, FieldInfo::new(FieldKind::String))
}

fn parameter(
    name: Cow<'static, str>,
    description: impl Into<Cow<'static, str>>,
    info: FieldInfo,
) -> Parameter {
    let info = info.name(name.clone()).required(false);
    Parameter::new(name, info).description(description)
}

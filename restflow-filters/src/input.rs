//! What a parameter takes: one value, a list, or a pair.

use std::borrow::Cow;

use restflow_exceptions::{ErrorDetail, ErrorMessage};
use restflow_fields::{FieldInfo, FieldKind, FieldOptions, FieldType};
use serde_json::Value;

use crate::{MAX_TEXT_LENGTH, MAX_VALUES, QueryParams};

/// The shape of the value that a lookup takes.
///
/// Lookups use one of [`One`], [`Many`] and [`Pair`]; there is rarely a reason
/// for another one.
pub trait LookupInput: Sized + Send + 'static {
    /// Describes the value for the OpenAPI document.
    fn describe(options: &FieldOptions) -> FieldInfo;

    /// Reads the values that were sent under one name, at least one.
    ///
    /// `None` means that there is nothing to filter by.
    ///
    /// # Errors
    /// With the messages of DRF's field of the same type.
    fn parse(
        values: &[&str],
        options: &FieldOptions,
        required: bool,
    ) -> Result<Option<Self>, ErrorDetail>;

    /// How many values these are, for the bound of all filters of a request together. Default: 1.
    fn values(&self) -> usize {
        1
    }

    /// Reads a parameter from the query; `None` if there is nothing to filter
    /// by.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and "This field is required." for a
    /// required parameter that was not sent.
    fn read(
        params: &QueryParams,
        name: &str,
        options: &FieldOptions,
        required: bool,
    ) -> Result<Option<Self>, ErrorDetail> {
        let values: Vec<&str> = params.get_all(name).collect();
        if !values.is_empty() {
            Self::parse(&values, options, required)
        } else if required {
            Err(messages(["This field is required.", "required"]))
        } else {
            Ok(None)
        }
    }
}

/// One value: the last one wins when several were sent, an empty one filters
/// nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct One<T>(
    /// The value.
    pub T,
);

/// A list of values, separated by commas or sent several times; an empty list
/// matches no row.
#[derive(Debug, Clone, PartialEq)]
pub struct Many<T>(
    /// The values.
    pub Vec<T>,
);

/// Two values, separated by a comma.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair<T>(
    /// The first value.
    pub T,
    /// The second value.
    pub T,
);

impl<T: FieldType> LookupInput for One<T> {
    fn describe(options: &FieldOptions) -> FieldInfo {
        T::describe(options)
    }

    fn parse(
        values: &[&str],
        options: &FieldOptions,
        required: bool,
    ) -> Result<Option<Self>, ErrorDetail> {
        match values.last() {
            None => Ok(None),
            Some(&"") if !required => Ok(None),
            Some(text) => element(text, options).map(|value| Some(Self(value))),
        }
    }
}

impl<T: FieldType> LookupInput for Many<T> {
    fn describe(options: &FieldOptions) -> FieldInfo {
        FieldInfo::new(FieldKind::List).child(T::describe(options))
    }

    fn parse(
        values: &[&str],
        options: &FieldOptions,
        _required: bool,
    ) -> Result<Option<Self>, ErrorDetail> {
        let texts = split(values)?;
        let mut elements = Vec::with_capacity(texts.len());
        let mut errors = Vec::new();
        for (index, text) in texts.into_iter().enumerate() {
            match element(text, options) {
                Ok(value) => elements.push(value),
                Err(detail) => errors.push((Cow::Owned(index.to_string()), detail)),
            }
        }
        if errors.is_empty() {
            Ok(Some(Self(elements)))
        } else {
            Err(ErrorDetail::Map(errors.into_iter().collect()))
        }
    }

    fn values(&self) -> usize {
        self.0.len()
    }
}

impl<T: FieldType> LookupInput for Pair<T> {
    fn describe(options: &FieldOptions) -> FieldInfo {
        let mut info = Many::<T>::describe(options);
        info.min_length = Some(2);
        info.max_length = Some(2);
        info
    }

    fn parse(
        values: &[&str],
        options: &FieldOptions,
        required: bool,
    ) -> Result<Option<Self>, ErrorDetail> {
        let Some(Many(elements)) = Many::parse(values, options, required)? else {
            return Ok(None);
        };
        if elements.len() > 2 {
            return Err(messages([
                "Ensure this field has no more than 2 elements.",
                "max_length",
            ]));
        }
        let mut elements = elements.into_iter();
        match (elements.next(), elements.next()) {
            (Some(first), Some(second)) => Ok(Some(Self(first, second))),
            _ => Err(messages([
                "Ensure this field has at least 2 elements.",
                "min_length",
            ])),
        }
    }

    fn values(&self) -> usize {
        2
    }
}

/// Splits at commas, as drf-restflow's list fields do: blanks around an
/// element and empty elements are dropped.
pub(crate) fn split<'a>(values: &[&'a str]) -> Result<Vec<&'a str>, ErrorDetail> {
    let mut texts = Vec::new();
    let elements = values
        .iter()
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|text| !text.is_empty());
    for text in elements {
        if texts.len() == MAX_VALUES {
            let text = format!("Ensure this field has no more than {MAX_VALUES} elements.");
            return Err(ErrorDetail::from([ErrorMessage::new(text, "max_length")]));
        }
        texts.push(text);
    }
    Ok(texts)
}

/// Reads one value through its field type.
fn element<T: FieldType>(text: &str, options: &FieldOptions) -> Result<T, ErrorDetail> {
    check_length(text)?;
    T::run_validation(Value::String(text.to_owned()), options)
}

/// Refuses a text of more than [`MAX_TEXT_LENGTH`] characters.
pub(crate) fn check_length(text: &str) -> Result<(), ErrorDetail> {
    if text.len() > MAX_TEXT_LENGTH && text.chars().nth(MAX_TEXT_LENGTH).is_some() {
        let text = format!("Ensure this field has no more than {MAX_TEXT_LENGTH} characters.");
        return Err(ErrorDetail::from([ErrorMessage::new(text, "max_length")]));
    }
    Ok(())
}

/// A list of one message with its code.
fn messages([text, code]: [&'static str; 2]) -> ErrorDetail {
    ErrorDetail::from([ErrorMessage::new(text, code)])
}

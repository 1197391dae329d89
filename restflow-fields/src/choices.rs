//! One of a few values: enums. DRF: `ChoiceField`.

use std::borrow::Cow;

use restflow_exceptions::ErrorDetail;
use serde::Serializer;
use serde_json::Value;

use crate::{
    Choice, FieldInfo, FieldKind, FieldOptions, FieldType, Raw, Supports, messages, python,
};

/// An enum as a field: each variant has a value on the wire and a name for people.
///
/// `#[derive(Choices)]` writes it for a SeaORM `ActiveEnum` and for enums with values of their own;
/// every such type is a [`FieldType`].
///
/// ```
/// use restflow_fields::{ChoiceOption, Choices, FieldOptions, FieldType};
///
/// #[derive(Debug, PartialEq)]
/// enum Level { Low, High }
///
/// impl Choices for Level {
///     fn options() -> &'static [ChoiceOption] {
///         const { &[ChoiceOption::text("low", "Low"), ChoiceOption::text("high", "High")] }
///     }
///     fn position(&self) -> usize {
///         match self { Self::Low => 0, Self::High => 1 }
///     }
///     fn from_position(position: usize) -> Option<Self> {
///         [Self::Low, Self::High].into_iter().nth(position)
///     }
/// }
///
/// assert_eq!(Level::run_validation("high".into(), &FieldOptions::DEFAULT), Ok(Level::High));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no choices",
    label = "not an enum of choices",
    note = "add `#[derive(Choices)]` to the enum"
)]
pub trait Choices: Sized + Send + Sync + 'static {
    /// The choices in the order of declaration. It is asked for every value: keep it in a static.
    fn options() -> &'static [ChoiceOption];

    /// The position of this variant in [`options`](Self::options).
    fn position(&self) -> usize;

    /// The variant at a position of [`options`](Self::options), `None` beyond their end.
    fn from_position(position: usize) -> Option<Self>;
}

/// One choice: its value on the wire and its name for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceOption {
    /// The value on the wire and in the database.
    pub value: ChoiceValue,
    /// The name to show.
    pub label: Cow<'static, str>,
}

impl ChoiceOption {
    /// Pairs a value with a name.
    pub fn new(value: impl Into<ChoiceValue>, label: impl Into<Cow<'static, str>>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
        }
    }

    /// Pairs a text value with a name, in constants.
    #[must_use]
    pub const fn text(value: &'static str, label: &'static str) -> Self {
        Self {
            value: ChoiceValue::Text(Cow::Borrowed(value)),
            label: Cow::Borrowed(label),
        }
    }

    /// Pairs a number with a name, in constants.
    #[must_use]
    pub const fn integer(value: i64, label: &'static str) -> Self {
        Self {
            value: ChoiceValue::Integer(value),
            label: Cow::Borrowed(label),
        }
    }
}

/// The value of a choice on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChoiceValue {
    /// A text.
    Text(Cow<'static, str>),
    /// A whole number; input may be its text.
    Integer(i64),
}

impl ChoiceValue {
    /// Compares with input as DRF does, by their texts.
    fn matches(&self, input: &str) -> bool {
        match self {
            Self::Text(text) => text == input,
            Self::Integer(number) => *input == number.to_string(),
        }
    }
}

impl From<&ChoiceValue> for Value {
    fn from(value: &ChoiceValue) -> Self {
        match value {
            ChoiceValue::Text(text) => text.as_ref().into(),
            ChoiceValue::Integer(number) => (*number).into(),
        }
    }
}

impl From<&'static str> for ChoiceValue {
    fn from(value: &'static str) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl From<String> for ChoiceValue {
    fn from(value: String) -> Self {
        Self::Text(Cow::Owned(value))
    }
}

impl From<char> for ChoiceValue {
    fn from(value: char) -> Self {
        Self::Text(Cow::Owned(value.into()))
    }
}

macro_rules! integer_choice_values {
    ($($type:ident),*) => {$(
        impl From<$type> for ChoiceValue {
            fn from(value: $type) -> Self {
                Self::Integer(value.into())
            }
        }
    )*};
}

integer_choice_values!(i8, i16, i32, i64, u8, u16, u32);

#[diagnostic::do_not_recommend]
impl<T: Choices> FieldType for T {
    /// A blank text of a form may be one of the choices.
    const SUPPORTS: Supports = Supports {
        allow_blank: true,
        ..Supports::NOTHING
    };

    fn describe(_options: &FieldOptions) -> FieldInfo {
        let choices = T::options().iter().map(|option| Choice {
            value: Value::from(&option.value),
            display_name: option.label.clone(),
        });
        FieldInfo::new(FieldKind::Choice).choices(choices.collect())
    }

    fn to_internal_value(value: Value, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Self::from_raw((&value).into(), options)
    }

    fn from_raw(raw: Raw<'_>, _options: &FieldOptions) -> Result<Self, ErrorDetail> {
        let input = python::str_of(raw);
        T::options()
            .iter()
            .position(|option| option.value.matches(&input))
            .and_then(T::from_position)
            .ok_or_else(|| messages::invalid_choice(&input).into())
    }

    /// Fails if the type's own [`Choices::position`] is beyond its options.
    fn to_representation<S: Serializer>(
        &self,
        _options: &FieldOptions,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match T::options()
            .get(self.position())
            .map(|option| &option.value)
        {
            Some(ChoiceValue::Text(text)) => serializer.serialize_str(text),
            Some(ChoiceValue::Integer(number)) => serializer.serialize_i64(*number),
            None => Err(serde::ser::Error::custom("the choice has no option")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::check;

    enum Mixed {
        A,
        B,
        Three,
    }

    impl Choices for Mixed {
        fn options() -> &'static [ChoiceOption] {
            const {
                &[
                    ChoiceOption::text("a", "A"),
                    ChoiceOption::text("b", "B"),
                    ChoiceOption::integer(3, "Three"),
                ]
            }
        }

        fn position(&self) -> usize {
            match self {
                Self::A => 0,
                Self::B => 1,
                Self::Three => 2,
            }
        }

        fn from_position(position: usize) -> Option<Self> {
            [Self::A, Self::B, Self::Three].into_iter().nth(position)
        }
    }

    #[test]
    fn choices_are_matched_by_their_texts() {
        let invalid = |shown| Err(json!([format!("\"{shown}\" is not a valid choice.")]));
        check::<Mixed>(
            &FieldOptions::DEFAULT,
            [
                (json!("a"), Ok(json!("a"))),
                (json!(3), Ok(json!(3))),
                (json!("3"), Ok(json!(3))),
                (json!("z"), invalid("z")),
                (json!("A"), invalid("A")),
                (json!(""), invalid("")),
                (json!(3.0), invalid("3.0")),
                (json!(true), invalid("True")),
                (json!([]), invalid("[]")),
                (json!({"a": 1}), invalid("{'a': 1}")),
            ],
        );
    }

    #[test]
    fn description_lists_the_choices() {
        let info = Mixed::describe(&FieldOptions::DEFAULT);
        let choices: Vec<_> = info
            .choices
            .iter()
            .map(|choice| (choice.value.clone(), choice.display_name.as_ref()))
            .collect();
        assert_eq!(
            choices,
            [(json!("a"), "A"), (json!("b"), "B"), (json!(3), "Three")]
        );
    }
}

//! Some of a few values. DRF: `MultipleChoiceField`.

use restflow_exceptions::{ErrorDetail, ErrorMessage};
use serde::{Serializer, ser::SerializeSeq};
use serde_json::Value;

use crate::{
    Choices, FieldInfo, FieldKind, FieldOptions, FieldType, Raw, Supports, list::Element, messages,
    python,
};

/// Any number of the choices of `T`, each at most once, in the order in which they were sent.
///
/// Unlike a list of choices it has one complaint for the whole field, the one about the first
/// value that is no choice, and in a form no value at all is an empty selection. With
/// [`FieldOptions::allow_empty`] off at least one has to be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MultipleChoice<T>(pub Vec<T>);

impl<T: Choices> FieldType for MultipleChoice<T> {
    const SUPPORTS: Supports = Supports {
        allow_empty: true,
        ..Supports::NOTHING
    };

    fn describe(options: &FieldOptions) -> FieldInfo {
        let choice = T::describe(&FieldOptions::DEFAULT);
        let mut info = FieldInfo::new(FieldKind::MultipleChoice).choices(choice.choices);
        info.allow_empty = options.allow_empty;
        info
    }

    fn to_internal_value(value: Value, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Self::from_raw((&value).into(), options)
    }

    fn from_raw(raw: Raw<'_>, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        let items: Vec<Raw<'_>> = match raw {
            Raw::List(items) => items.iter().collect(),
            // DRF takes whatever can be iterated, of an object its keys.
            Raw::Object(items) => {
                let keys = items.entries().into_iter().map(|(key, _)| key);
                keys.map(Raw::Text).collect()
            }
            other => return Err(messages::not_a_list(python::type_name(other)).into()),
        };
        if items.is_empty() && !options.allow_empty {
            return Err(ErrorMessage::new("This selection may not be empty.", "empty").into());
        }
        let mut chosen = vec![false; T::options().len()];
        let mut choices = Vec::new();
        for item in items {
            let choice = T::from_raw(item, &FieldOptions::DEFAULT)?;
            match chosen.get_mut(choice.position()) {
                Some(true) => {}
                known => {
                    known.into_iter().for_each(|chosen| *chosen = true);
                    choices.push(choice);
                }
            }
        }
        Ok(Self(choices))
    }

    fn to_representation<S: Serializer>(
        &self,
        _options: &FieldOptions,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(self.0.len()))?;
        for choice in &self.0 {
            sequence.serialize_element(&Element(choice, &FieldOptions::DEFAULT))?;
        }
        sequence.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{ChoiceOption, testing::check};

    enum Letter {
        A,
        B,
    }

    impl Choices for Letter {
        fn options() -> &'static [ChoiceOption] {
            const { &[ChoiceOption::text("a", "A"), ChoiceOption::text("b", "B")] }
        }

        fn position(&self) -> usize {
            match self {
                Self::A => 0,
                Self::B => 1,
            }
        }

        fn from_position(position: usize) -> Option<Self> {
            [Self::A, Self::B].into_iter().nth(position)
        }
    }

    #[test]
    fn choices_count_once_and_the_first_wrong_one_is_told() {
        let invalid = |shown| Err(json!([format!("\"{shown}\" is not a valid choice.")]));
        let empty = Err(json!(["This selection may not be empty."]));
        let options = FieldOptions {
            allow_empty: false,
            ..FieldOptions::DEFAULT
        };
        check::<MultipleChoice<Letter>>(
            &options,
            [
                (json!(["b", "a", "b"]), Ok(json!(["b", "a"]))),
                (json!({"a": 1}), Ok(json!(["a"]))),
                (json!([]), empty.clone()),
                (json!({}), empty),
                (
                    json!("a"),
                    Err(json!(["Expected a list of items but got type \"str\"."])),
                ),
                (json!(["a", "y", "z"]), invalid("y")),
                (json!([null]), invalid("None")),
                (json!([[]]), invalid("[]")),
                (json!([true]), invalid("True")),
            ],
        );
        check::<MultipleChoice<Letter>>(&FieldOptions::DEFAULT, [(json!([]), Ok(json!([])))]);
    }

    #[test]
    fn description_lists_the_choices() {
        let info = MultipleChoice::<Letter>::describe(&FieldOptions::DEFAULT);
        assert_eq!(info.kind, FieldKind::MultipleChoice);
        assert_eq!(info.choices.len(), 2);
    }
}

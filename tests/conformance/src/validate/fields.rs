//! One serializer for each kind of field.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use restflow::{
    fields::{ChoiceOption, Choices, MultipleChoice},
    prelude::*,
};
use serde_json::Value;

use super::{
    FormView,
    nested::{AddressSerializer, LineSerializer},
};
use crate::entities::{category, tag};

/// Each serializer with its rules and the type of its only field, `value`, and the paths.
macro_rules! fields {
    ($($(#[$rule:meta])* $path:literal $name:ident { $($value:tt)+ })*) => {
        $(
            #[derive(Serializer)]
            struct $name {
                $(#[$rule])*
                value: $($value)+,
            }
        )*

        pub(super) fn urls() -> Urls {
            Urls::new()$(.path($path, FormView::<$name>::new()))*
        }
    };
}

fields! {
    #[validate(length(min = 2, max = 5))]
    "char/" Char { String }

    #[serializer(allow_blank)]
    "char-blank/" CharBlank { String }

    #[serializer(required)]
    "char-null/" CharNull { Option<String> }

    #[serializer(required = false)]
    "char-optional/" CharOptional { String }

    #[serializer(default = "dflt")]
    "char-default/" CharDefault { String }

    #[serializer(trim_whitespace = false)]
    #[validate(length(max = 5))]
    "char-notrim/" CharNoTrim { String }

    #[validate(email, length(max = 30))]
    "email/" Email { String }

    #[validate(regex(pattern = r"^[A-Z]{2}-\d+$"))]
    "regex/" Regex { String }

    #[validate(slug)]
    "slug/" Slug { String }

    #[validate(slug(unicode))]
    "slug-unicode/" SlugUnicode { String }

    #[validate(url)]
    "url/" Url { String }

    "uuid/" UuidField { Uuid }

    #[validate(ip)]
    "ip/" Ip { String }

    #[validate(ip(v4))]
    "ipv4/" Ipv4 { String }

    #[validate(range(min = -5, max = 10))]
    "integer/" Integer { i64 }

    "integer-plain/" IntegerPlain { i64 }

    #[validate(custom(function = not_by_three))]
    "integer-validator/" IntegerValidator { i64 }

    #[validate(range(min = -1.5, max = 2.5))]
    "float/" Float { f64 }

    #[serializer(decimal(max_digits = 5, decimal_places = 2))]
    #[validate(range(min = -10, max = 500))]
    "decimal/" DecimalField { Decimal }

    #[serializer(decimal(max_digits = 5, decimal_places = 2, coerce_to_string = false))]
    "decimal-number/" DecimalNumber { Decimal }

    "boolean/" Boolean { bool }

    #[serializer(required)]
    "boolean-null/" BooleanNull { Option<bool> }

    #[serializer(default = true)]
    "boolean-default/" BooleanDefault { bool }

    "datetime/" DateTimeField { DateTimeUtc }

    "date/" DateField { Date }

    "time/" TimeField { Time }

    "duration/" DurationField { TimeDelta }

    #[serializer(format = "%d/%m/%Y")]
    "date-format/" DateFormat { Date }

    "choice/" Choice { Letter }

    #[serializer(required, allow_blank)]
    "choice-blank/" ChoiceBlank { Option<LetterOrBlank> }

    #[serializer(allow_empty = false)]
    "multiple-choice/" SeveralChoices { MultipleChoice<Abc> }

    #[validate(length(min = 1, max = 3), each(range(min = 0)))]
    "list-int/" ListInt { Vec<i64> }

    "list-any/" ListAny { Vec<Value> }

    "dict-int/" DictInt { BTreeMap<String, i64> }

    #[serializer(allow_empty = false)]
    "dict-nonempty/" DictNonEmpty { BTreeMap<String, String> }

    "json/" JsonField { Value }

    "nested/" Nested { AddressSerializer }

    #[serializer(allow_empty = false)]
    #[validate(length(max = 2))]
    "nested-many/" NestedMany { Vec<LineSerializer> }

    #[serializer(related = category::Entity)]
    "pk/" Pk { i64 }

    #[serializer(related = category::Entity, required)]
    "pk-null/" PkNull { Option<i64> }

    #[serializer(related = tag::Entity)]
    "pk-many/" PkMany { Vec<i64> }

    #[serializer(related = tag::Entity, allow_empty = false)]
    "pk-many-nonempty/" PkManyNonEmpty { Vec<i64> }

    #[serializer(related = category::Entity, slug_field = "slug")]
    "slug-related/" SlugRelated { String }

    #[serializer(read_only)]
    "readonly/" ReadOnly { String }
}

fn not_by_three(value: &i64) -> Result<(), validator::ValidationError> {
    if value % 3 == 0 {
        let error = validator::ValidationError::new("multiple");
        return Err(error.with_message("Must be divisible by three.".into()));
    }
    Ok(())
}

/// A choice whose values are of two types.
#[derive(Clone, Debug)]
enum Letter {
    A,
    B,
    Three,
}

impl Choices for Letter {
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

#[derive(Clone, Debug)]
enum Abc {
    A,
    B,
    C,
}

impl Choices for Abc {
    fn options() -> &'static [ChoiceOption] {
        const {
            &[
                ChoiceOption::text("a", "A"),
                ChoiceOption::text("b", "B"),
                ChoiceOption::text("c", "C"),
            ]
        }
    }

    fn position(&self) -> usize {
        match self {
            Self::A => 0,
            Self::B => 1,
            Self::C => 2,
        }
    }

    fn from_position(position: usize) -> Option<Self> {
        [Self::A, Self::B, Self::C].into_iter().nth(position)
    }
}

/// A choice that a form may leave blank.
#[derive(Clone, Debug)]
enum LetterOrBlank {
    Blank,
    A,
    B,
}

impl Choices for LetterOrBlank {
    fn options() -> &'static [ChoiceOption] {
        const {
            &[
                ChoiceOption::text("", ""),
                ChoiceOption::text("a", "A"),
                ChoiceOption::text("b", "B"),
            ]
        }
    }

    fn position(&self) -> usize {
        match self {
            Self::Blank => 0,
            Self::A => 1,
            Self::B => 2,
        }
    }

    fn from_position(position: usize) -> Option<Self> {
        [Self::Blank, Self::A, Self::B].into_iter().nth(position)
    }
}

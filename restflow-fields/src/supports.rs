//! Which options concern which field types.

/// Which [`FieldOptions`](crate::FieldOptions) a [`FieldType`](crate::FieldType) reads.
///
/// A type ignores the others, so the derives refuse them: a limit that nobody checks is a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Supports {
    /// `min_length` and `max_length`.
    pub length: bool,
    /// `min_value`, `max_value` and the exclusive ones.
    pub range: bool,
    /// The digits of a decimal and how they are written.
    pub digits: bool,
    /// `format` and `trim_whitespace`.
    pub text: bool,
    /// `allow_blank`.
    pub allow_blank: bool,
    /// `allow_empty`.
    pub allow_empty: bool,
    /// `datetime_format` and `input_formats`.
    pub datetime_format: bool,
    /// `time_zone`.
    pub time_zone: bool,
    /// `uuid_format`.
    pub uuid_format: bool,
    /// What concerns the elements of a list or a dictionary.
    pub child: Option<&'static Self>,
}

/// Refers to itself, which a constant cannot.
static ELEMENTS: Supports = Supports::everything(&ELEMENTS);

impl Supports {
    /// No options.
    pub const NOTHING: Self = Self {
        length: false,
        range: false,
        digits: false,
        text: false,
        allow_blank: false,
        allow_empty: false,
        datetime_format: false,
        time_zone: false,
        uuid_format: false,
        child: None,
    };

    /// All options, also for elements: what is said of a type that does not say it itself.
    pub const EVERYTHING: Self = Self::everything(&ELEMENTS);

    const fn everything(child: &'static Self) -> Self {
        Self {
            length: true,
            range: true,
            digits: true,
            text: true,
            allow_blank: true,
            allow_empty: true,
            datetime_format: true,
            time_zone: true,
            uuid_format: true,
            child: Some(child),
        }
    }

    pub(crate) const RANGE: Self = Self {
        range: true,
        ..Self::NOTHING
    };

    pub(crate) const DATETIME: Self = Self {
        datetime_format: true,
        ..Self::NOTHING
    };

    pub(crate) const MOMENT: Self = Self {
        time_zone: true,
        ..Self::DATETIME
    };

    /// A list or a dictionary of elements that these options concern.
    pub(crate) const fn elements(child: &'static Self) -> Self {
        Self {
            length: true,
            allow_empty: true,
            child: Some(child),
            ..Self::NOTHING
        }
    }

    /// What concerns the elements; nothing where there are none.
    #[must_use]
    pub const fn child(&self) -> &'static Self {
        match self.child {
            Some(child) => child,
            None => &Self::NOTHING,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::FieldType;

    #[test]
    fn options_concern_types_and_their_elements() {
        let texts = Vec::<Option<String>>::SUPPORTS;
        assert!(texts.length && texts.child().text && texts.child().length && !texts.text);
        assert!(BTreeMap::<String, i32>::SUPPORTS.child().range);
        assert_eq!(bool::SUPPORTS.child(), &Supports::NOTHING);
        assert!(Supports::EVERYTHING.child().child().digits);
    }
}

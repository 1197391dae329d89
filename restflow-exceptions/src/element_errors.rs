//! Collecting the errors of a list or a dictionary, as many as a client can use.

use std::borrow::Cow;

use indexmap::IndexMap;

use crate::ErrorDetail;

/// Collects errors by index or key, in the order of the elements, until there are enough.
///
/// Two bytes of a list can be wrong in fifty bytes of words, so whoever reads its elements stops
/// when this [`is_full`](Self::is_full): without a bound a body of two megabytes becomes hundreds
/// in memory and dozens in the answer. DRF has no such bound.
///
/// ```
/// use restflow_exceptions::ElementErrors;
/// use serde_json::json;
///
/// let mut errors = ElementErrors::new();
/// for (index, item) in ["1", "x"].into_iter().enumerate() {
///     if item.parse::<i32>().is_err() {
///         errors.set(index.to_string(), "A valid integer is required.");
///     }
///     if errors.is_full() {
///         break;
///     }
/// }
/// let detail = errors.into_result().unwrap_err();
/// assert_eq!(detail.to_value(), json!({"1": ["A valid integer is required."]}));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ElementErrors {
    elements: IndexMap<Cow<'static, str>, ErrorDetail>,
    messages: usize,
}

impl ElementErrors {
    /// How many messages are enough, those of nested lists and objects counted.
    pub const ENOUGH: usize = 1000;

    /// Starts without errors.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces what is known about an element. A bare message becomes a list of one.
    pub fn set(&mut self, key: impl Into<Cow<'static, str>>, detail: impl Into<ErrorDetail>) {
        let detail = detail.into().into_list();
        self.messages += detail.message_count();
        self.elements.insert(key.into(), detail);
    }

    /// Tells whether there are [enough](Self::ENOUGH) messages, so that the elements that are left
    /// need not be looked at.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.messages >= Self::ENOUGH
    }

    /// How many messages there are, those of nested lists and objects counted.
    #[must_use]
    pub const fn message_count(&self) -> usize {
        self.messages
    }

    /// Succeeds when nothing has failed.
    pub fn into_result(self) -> Result<(), ErrorDetail> {
        if self.elements.is_empty() {
            Ok(())
        } else {
            Err(ErrorDetail::Map(self.elements))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nested_messages_count_until_there_are_enough() {
        let mut errors = ElementErrors::new();
        assert_eq!(errors.clone().into_result(), Ok(()));
        errors.set("0", "bare");
        errors.set("1", ErrorDetail::field("sku", "nested"));
        let expected = json!({"0": ["bare"], "1": {"sku": ["nested"]}});
        let detail = errors.clone().into_result().unwrap_err();
        assert_eq!(detail.to_value(), expected);

        let many = vec!["x"; ElementErrors::ENOUGH - 3];
        errors.set("2", many);
        assert!(!errors.is_full());
        errors.set("3", "one more");
        assert!(errors.is_full());
    }
}

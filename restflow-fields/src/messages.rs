//! DRF's words for what more than one field can do wrong, also for those who own fields.
//!
//! The messages of one type stand beside that type.

use restflow_exceptions::ErrorMessage;

/// `This field is required.`
#[must_use]
pub fn required() -> ErrorMessage {
    ErrorMessage::new("This field is required.", "required")
}

/// `This field may not be null.`
#[must_use]
pub fn null() -> ErrorMessage {
    ErrorMessage::new("This field may not be null.", "null")
}

/// `This field may not be blank.`
#[must_use]
pub fn blank() -> ErrorMessage {
    ErrorMessage::new("This field may not be blank.", "blank")
}

/// `This list may not be empty.`
#[must_use]
pub fn empty_list() -> ErrorMessage {
    ErrorMessage::new("This list may not be empty.", "empty")
}

/// `Expected a list of items but got type "str".`, with the Python name of the type.
#[must_use]
pub fn not_a_list(type_name: &str) -> ErrorMessage {
    ErrorMessage::new(
        format!("Expected a list of items but got type \"{type_name}\"."),
        "not_a_list",
    )
}

/// `"x" is not a valid choice.`
#[must_use]
pub fn invalid_choice(input: &str) -> ErrorMessage {
    ErrorMessage::new(
        format!("\"{input}\" is not a valid choice."),
        "invalid_choice",
    )
}

/// `Ensure this field has at least 2 characters.` or `elements`.
#[must_use]
pub fn min_length(limit: u64, unit: &str) -> ErrorMessage {
    ErrorMessage::new(
        format!("Ensure this field has at least {limit} {unit}."),
        "min_length",
    )
}

/// `Ensure this field has no more than 5 characters.` or `elements`.
#[must_use]
pub fn max_length(limit: u64, unit: &str) -> ErrorMessage {
    ErrorMessage::new(
        format!("Ensure this field has no more than {limit} {unit}."),
        "max_length",
    )
}

/// `Ensure this value is less than or equal to 10.`
pub fn max_value(limit: impl std::fmt::Display) -> ErrorMessage {
    ErrorMessage::new(
        format!("Ensure this value is less than or equal to {limit}."),
        "max_value",
    )
}

/// `Ensure this value is greater than or equal to 0.`
pub fn min_value(limit: impl std::fmt::Display) -> ErrorMessage {
    ErrorMessage::new(
        format!("Ensure this value is greater than or equal to {limit}."),
        "min_value",
    )
}

/// `String value too large.`
#[must_use]
pub fn max_string_length() -> ErrorMessage {
    ErrorMessage::new("String value too large.", "max_string_length")
}

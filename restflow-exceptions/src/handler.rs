//! The body of an error in DRF's form.

use serde_json::{Value, json};

use crate::{ApiError, ErrorDetail};

/// Makes the body of an error response. The status and the headers are not its concern.
///
/// Replace it in a view to give errors another shape; [`exception_handler`] and
/// [`envelope::exception_handler`](crate::envelope::exception_handler) are the two that exist.
pub type ExceptionHandler = fn(&ApiError) -> Value;

/// Renders an error as DRF does: `{"detail": "…"}` for a message, lists and maps as they are.
///
/// A validation error is always a list or a map. DRF: `rest_framework.views.exception_handler`.
pub fn exception_handler(error: &ApiError) -> Value {
    match error.detail() {
        ErrorDetail::Message(message) => json!({"detail": message.text}),
        detail @ (ErrorDetail::List(_) | ErrorDetail::Map(_)) => detail.to_value(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FieldErrors;

    #[test]
    fn bodies_are_those_of_drf() {
        let mut errors = FieldErrors::new();
        errors.add("name", "bad");
        let table = [
            (ApiError::not_found(), json!({"detail": "Not found."})),
            (ApiError::validation("only"), json!(["only"])),
            (
                ApiError::validation(["first", "second"]),
                json!(["first", "second"]),
            ),
            (errors.into(), json!({"name": ["bad"]})),
            (
                ApiError::permission_denied().with_detail(ErrorDetail::field("who", "you")),
                json!({"who": ["you"]}),
            ),
            (
                ApiError::internal("UNIQUE constraint failed: product.sku"),
                json!({"detail": "A server error occurred."}),
            ),
        ];
        for (error, body) in table {
            assert_eq!(exception_handler(&error), body);
        }
    }
}

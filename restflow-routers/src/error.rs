//! Mistakes of a URL configuration, found when the routes are built.

/// Stops the start of the program with a message for the developer. It is only called while
/// routes are built, never for a request.
#[track_caller]
pub(crate) fn misconfigured(message: impl std::fmt::Display) -> ! {
    panic!("URL configuration: {message}")
}

//! The errors of a REST API: status, stable code, detail, field errors, and the two renderings of
//! their body.
//!
//! An [`ApiError`] has two texts. The one for the client is its [`ErrorDetail`]: a message, a list
//! of messages, or messages that mirror the shape of the input. The one for the log is its source,
//! which is never rendered, so that a database message cannot reach a client by accident.
//!
//! The body is made by an [`ExceptionHandler`]: [`exception_handler`] writes what Django REST
//! framework writes (`{"detail": "Not found."}`), [`envelope::exception_handler`] wraps every
//! error in the one shape of drf-restflow (`{"error": {"code", "message", "details"}}`).
//!
//! This crate knows no views, no requests and no fields. Headers such as `Allow`, `Retry-After`
//! and `WWW-Authenticate` are added where the request is known.
//!
//! ```
//! use restflow_exceptions::{ApiError, FieldErrors, exception_handler};
//! use serde_json::json;
//!
//! let mut errors = FieldErrors::new();
//! errors.add("name", "This field may not be blank.");
//! let error = ApiError::from(errors);
//!
//! assert_eq!(error.status(), 400);
//! assert_eq!(exception_handler(&error), json!({"name": ["This field may not be blank."]}));
//! assert_eq!(exception_handler(&ApiError::not_found()), json!({"detail": "Not found."}));
//! ```
//!
//! Features, all off by default: `sea-orm` turns a `DbErr` into an [`ApiError`], `sqlx` tells a busy
//! database from a broken one by the codes of its driver, `poem` makes an [`ApiError`] a poem
//! `ResponseError` and takes poem's errors in.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "tests"))]

mod detail;
mod element_errors;
pub mod envelope;
mod error;
mod field_errors;
mod handler;
mod kind;
#[cfg(feature = "poem")]
mod poem;
#[cfg(feature = "sea-orm")]
mod sea_orm;

#[cfg(feature = "sea-orm")]
pub use self::sea_orm::can_be_retried;
pub use self::{
    detail::{ErrorDetail, ErrorMessage},
    element_errors::ElementErrors,
    error::{ApiError, Result},
    field_errors::{FieldErrors, NON_FIELD_ERRORS},
    handler::{ExceptionHandler, exception_handler},
    kind::ErrorKind,
};

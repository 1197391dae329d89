//! Paginators against the recorded answers of the reference, on in-memory
//! SQLite.

#![allow(clippy::unwrap_used, reason = "tests")]

mod answers;
mod queries;
mod recorded;
mod robustness;
mod rows;
pub(crate) mod shop;

//! Filters against the recorded answers of the reference, on in-memory
//! SQLite, and their SQL in each dialect.

#![allow(clippy::unwrap_used, reason = "tests")]

mod answers;
mod recorded;
mod robustness;
mod rows;
mod shop;
mod sql;

//! Filters against the recorded answers of the reference, on in-memory
//! SQLite, and their SQL in each dialect.

#![allow(clippy::unwrap_used, reason = "tests")]
#![allow(
    clippy::needless_pass_by_value,
    reason = "filter methods own their value"
)]

mod answers;
mod declarations;
mod postgres;
mod recorded;
mod robustness;
mod rows;
mod shop;
mod sql;

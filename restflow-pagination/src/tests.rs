//! Paginators against the recorded answers of the reference, on in-memory
//! SQLite.

#![allow(clippy::unwrap_used, reason = "tests")]

mod answers;
mod counts;
mod estimates;
mod hostile;
mod joins;
mod links;
mod long_texts;
mod queries;
mod recorded;
mod robustness;
mod rows;
mod servers;
pub(crate) mod shop;
mod total_order;

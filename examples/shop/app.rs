//! The shop as one value: its URLs, its settings, and the endpoint that serves them.

pub mod categories;
pub mod database;
pub mod entities;
pub mod products;
pub mod reviews;
pub mod tags;

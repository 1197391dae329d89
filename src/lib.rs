//! restflow.

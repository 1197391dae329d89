//! The derives and attributes of restflow.

//! The errors of a REST API: status, stable code, detail, field errors, and the two renderings of their body.

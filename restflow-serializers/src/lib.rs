//! Serializers: one definition that validates input, writes rows, reads rows and describes itself.

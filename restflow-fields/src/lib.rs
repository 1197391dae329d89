//! What one value is on the wire: coercion, limits, representation and description of each field type.

//! Data on its way out, of whatever type.

use std::{any::type_name, fmt};

use serde::Serialize;
use serde_json::Value;

/// Data that a renderer can write.
///
/// Behind the trait object stands a concrete type, so that JSON goes from the rows to bytes
/// without a tree in between. Wrap anything that serde can serialize in [`Json`].
pub trait Representation: Send + Sync + fmt::Debug {
    /// Appends the data as compact JSON. On an error `out` may hold a part of it.
    fn write_json(&self, out: &mut Vec<u8>) -> Result<(), serde_json::Error>;

    /// The data as a tree, for renderers of other formats.
    fn to_value(&self) -> Result<Value, serde_json::Error>;
}

/// Makes a [`Representation`] of anything that serde can serialize.
///
/// `Debug` shows the type only, so that the data needs no `Debug` and does not end up in a log.
#[derive(Clone, Copy, Default)]
pub struct Json<T>(pub T);

impl<T: Serialize + Send + Sync> Representation for Json<T> {
    fn write_json(&self, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        serde_json::to_writer(out, &self.0)
    }

    fn to_value(&self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(&self.0)
    }
}

impl<T> fmt::Debug for Json<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json<{}>", type_name::<T>())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;

    #[test]
    fn json_writes_bytes_and_hides_its_data_from_the_log() {
        let data = Json(vec![Some("é"), None]);
        let mut out = b"x=".to_vec();
        data.write_json(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), r#"x=["é",null]"#);
        assert_eq!(data.to_value().unwrap(), json!(["é", null]));
        assert!(!format!("{data:?}").contains('é'));
    }
}

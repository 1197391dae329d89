use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

/// What stands around the results of a page in the body: ordered fields, one
/// of which is the place of the results; and the headers of a page.
///
/// ```
/// use restflow_pagination::Envelope;
/// use serde_json::json;
///
/// let envelope = Envelope::new().field("count", 2).results("results");
/// assert_eq!(
///     envelope.to_value(json!([1, 2])),
///     json!({"count": 2, "results": [1, 2]}),
/// );
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Envelope {
    slots: Vec<(Cow<'static, str>, Slot)>,
    headers: HeaderMap,
}

#[derive(Debug, Clone, PartialEq)]
enum Slot {
    Value(Value),
    Results,
}

impl Envelope {
    /// An envelope without fields: the body is the bare list of results, as
    /// it is when DRF's paginator returns `None`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a field.
    #[must_use]
    pub fn field(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        self.slots.push((name.into(), Slot::Value(value.into())));
        self
    }

    /// Appends the field that holds the results.
    ///
    /// An envelope that has fields but no place for the results would hide
    /// them; one place is the rule.
    #[must_use]
    pub fn results(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.slots.push((name.into(), Slot::Results));
        self
    }

    /// Sets a header of the response, in place of an earlier one of the same
    /// name.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The headers of the response; none unless the paginator
    /// [has some](crate::Pagination::link_header).
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Whether the body is the bare list of results.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.slots.is_empty()
    }

    /// The value of a field, `None` for the results and for unknown names.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.slots.iter().find_map(|(key, slot)| match slot {
            Slot::Value(value) if key == name => Some(value),
            _ => None,
        })
    }

    /// The field `count`, if it is the exact number of rows: `count_exact` is
    /// `true` or absent.
    #[must_use]
    pub fn exact_count(&self) -> Option<u64> {
        let is_exact = self.get("count_exact").is_none_or(|exact| *exact == true);
        let count = self.get("count").filter(|_| is_exact);
        count.and_then(Value::as_u64)
    }

    /// The same headers around a bare list.
    pub(crate) fn into_bare(self) -> Self {
        Self {
            slots: Vec::new(),
            headers: self.headers,
        }
    }

    /// Serializes the body with `results` where they belong.
    pub(crate) fn serialize<S: Serializer>(
        &self,
        results: &impl Serialize,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        if self.is_bare() {
            return results.serialize(serializer);
        }
        let mut body = serializer.serialize_map(Some(self.slots.len()))?;
        for (name, slot) in &self.slots {
            match slot {
                Slot::Value(value) => body.serialize_entry(name, value)?,
                Slot::Results => body.serialize_entry(name, results)?,
            }
        }
        body.end()
    }

    /// Writes the body as compact JSON; `results` writes the list of results
    /// where it belongs.
    ///
    /// # Errors
    /// Passes on the error of `results`.
    pub fn write_json<E>(
        &self,
        out: &mut Vec<u8>,
        results: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E>
    where
        E: From<serde_json::Error>,
    {
        let mut results = Some(results);
        let mut write_results = |out: &mut Vec<u8>| results.take().map_or(Ok(()), |f| f(out));
        if self.is_bare() {
            return write_results(out);
        }
        for (index, (name, slot)) in self.slots.iter().enumerate() {
            out.push(if index == 0 { b'{' } else { b',' });
            serde_json::to_writer(&mut *out, name)?;
            out.push(b':');
            match slot {
                Slot::Value(value) => serde_json::to_writer(&mut *out, value)?,
                Slot::Results => write_results(out)?,
            }
        }
        out.push(b'}');
        Ok(())
    }

    /// The body as a JSON value.
    #[must_use]
    pub fn to_value(&self, results: Value) -> Value {
        if self.is_bare() {
            return results;
        }
        let mut results = Some(results);
        let fields: Map<String, Value> = self
            .slots
            .iter()
            .map(|(name, slot)| {
                let value = match slot {
                    Slot::Value(value) => value.clone(),
                    Slot::Results => results.take().unwrap_or_default(),
                };
                (name.clone().into_owned(), value)
            })
            .collect();
        Value::Object(fields)
    }

    /// The body as JSON text around results that serialize themselves, for use
    /// without restflow's serializers.
    ///
    /// # Errors
    /// Fails when `results` refuses to be serialized.
    pub fn serialize_with(&self, results: impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
        let mut out = Vec::new();
        self.write_json(&mut out, |out| serde_json::to_writer(out, &results))?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use serde_json::json;

    #[test]
    fn fields_keep_their_order_around_the_results() {
        let envelope = Envelope::new()
            .results("results")
            .field("next", "http://testserver/?page=2")
            .field("previous", Value::Null);
        let body = envelope.serialize_with([1, 2]).unwrap();
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"results":[1,2],"next":"http://testserver/?page=2","previous":null}"#
        );
        assert_eq!(envelope.get("previous"), Some(&Value::Null));
        assert_eq!(envelope.get("results"), None);
    }

    #[test]
    fn an_envelope_without_fields_is_the_bare_list() {
        let envelope = Envelope::new();
        assert_eq!(envelope.serialize_with([1]).unwrap(), b"[1]");
        assert_eq!(envelope.to_value(json!([1])), json!([1]));
    }
}

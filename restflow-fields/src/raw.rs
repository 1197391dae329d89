//! Values as a client sent them, before a field makes something of them.

use std::{collections::HashMap, fmt, slice};

use serde_json::{Map, Number, Value};

use crate::document::{Keys, NodeItems, Nodes};

/// A value as a client sent it: JSON that is looked at and not owned.
///
/// It is a view of a [`Document`](crate::Document) or of a [`Value`], and costs nothing to copy. A
/// field type reads it in [`FieldType::from_raw`](crate::FieldType::from_raw).
///
/// ```
/// use restflow_fields::Raw;
/// use serde_json::json;
///
/// let value = json!({"name": "Lamp", "sizes": [1, 2.5]});
/// let Raw::Object(object) = Raw::from(&value) else {
///     unreachable!()
/// };
/// assert!(matches!(object.get("name"), Some(Raw::Text("Lamp"))));
/// assert_eq!(object.get("sizes").map(Raw::to_value), Some(json!([1, 2.5])));
/// ```
#[derive(Clone, Copy)]
pub enum Raw<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(RawNumber),
    /// A text without its quotes and escapes.
    Text(&'a str),
    /// A list.
    List(RawList<'a>),
    /// An object.
    Object(RawObject<'a>),
}

impl<'a> Raw<'a> {
    /// Whether it is `null`.
    #[must_use]
    pub const fn is_null(self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text, if it is one.
    #[must_use]
    pub const fn as_str(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Copies it into a value of its own.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Number(number) => number.to_value(),
            Self::Text(text) => Value::String(text.to_owned()),
            Self::List(list) => Value::Array(list.iter().map(Raw::to_value).collect()),
            Self::Object(object) => Value::Object(object.to_map()),
        }
    }
}

impl<'a> From<&'a Value> for Raw<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(number.into()),
            Value::String(text) => Self::Text(text),
            Value::Array(items) => Self::List(RawList(Items::Values(items))),
            Value::Object(map) => Self::Object(RawObject(Entries::Map(map))),
        }
    }
}

/// Only the kind: it may be a password.
impl fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "Null",
            Self::Bool(_) => "Bool(..)",
            Self::Number(_) => "Number(..)",
            Self::Text(_) => "Text(..)",
            Self::List(_) => "List(..)",
            Self::Object(_) => "Object(..)",
        })
    }
}

/// A number of JSON, as `serde_json` reads it without `arbitrary_precision`: one without a
/// fraction and an exponent is exact where it has 64 bits, any other is the nearest float.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RawNumber {
    /// A whole number that is not negative.
    Unsigned(u64),
    /// A negative whole number.
    Negative(i64),
    /// Any other number.
    Float(f64),
}

impl RawNumber {
    /// The nearest float.
    #[must_use]
    pub const fn as_f64(self) -> f64 {
        match self {
            Self::Unsigned(number) => number as f64,
            Self::Negative(number) => number as f64,
            Self::Float(number) => number,
        }
    }

    fn to_value(self) -> Value {
        match self {
            Self::Unsigned(number) => number.into(),
            Self::Negative(number) => number.into(),
            Self::Float(number) => number.into(),
        }
    }
}

impl From<i64> for RawNumber {
    fn from(number: i64) -> Self {
        match u64::try_from(number) {
            Ok(number) => Self::Unsigned(number),
            Err(_) => Self::Negative(number),
        }
    }
}

impl From<&Number> for RawNumber {
    fn from(number: &Number) -> Self {
        if let Some(number) = number.as_u64() {
            Self::Unsigned(number)
        } else if let Some(number) = number.as_i64() {
            Self::Negative(number)
        } else {
            Self::Float(number.as_f64().unwrap_or(f64::NAN))
        }
    }
}

/// A list as a client sent it.
#[derive(Clone, Copy)]
pub struct RawList<'a>(Items<'a>);

#[derive(Clone, Copy)]
enum Items<'a> {
    Values(&'a [Value]),
    Nodes(Nodes<'a>),
}

impl<'a> RawList<'a> {
    pub(crate) const fn of_nodes(nodes: Nodes<'a>) -> Self {
        Self(Items::Nodes(nodes))
    }

    /// How many elements there are.
    #[must_use]
    pub const fn len(self) -> usize {
        match self.0 {
            Items::Values(values) => values.len(),
            Items::Nodes(nodes) => nodes.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The elements in order.
    pub fn iter(self) -> impl Iterator<Item = Raw<'a>> {
        match self.0 {
            Items::Values(values) => RawItems::Values(values.iter()),
            Items::Nodes(nodes) => RawItems::Nodes(nodes.items()),
        }
    }
}

enum RawItems<'a> {
    Values(slice::Iter<'a, Value>),
    Nodes(NodeItems<'a>),
}

impl<'a> Iterator for RawItems<'a> {
    type Item = Raw<'a>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Values(values) => values.next().map(Raw::from),
            Self::Nodes(nodes) => nodes.next_raw(),
        }
    }
}

impl fmt::Debug for RawList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// An object as a client sent it. Of the values of a key that came more than once the last one
/// counts.
#[derive(Clone, Copy)]
pub struct RawObject<'a>(Entries<'a>);

#[derive(Clone, Copy)]
enum Entries<'a> {
    Map(&'a Map<String, Value>),
    Nodes(Nodes<'a>, Option<Keys>),
}

impl<'a> RawObject<'a> {
    pub(crate) const fn of_nodes(nodes: Nodes<'a>, keys: Option<Keys>) -> Self {
        Self(Entries::Nodes(nodes, keys))
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(self) -> bool {
        match self.0 {
            Entries::Map(map) => map.is_empty(),
            Entries::Nodes(nodes, keys) => nodes.entries(keys).next().is_none(),
        }
    }

    /// The value of a key.
    #[must_use]
    pub fn get(self, name: &str) -> Option<Raw<'a>> {
        match self.0 {
            Entries::Map(map) => map.get(name).map(Raw::from),
            Entries::Nodes(nodes, keys) => nodes
                .entries(keys)
                .filter(|(key, _)| *key == name)
                .last()
                .map(|(_, position)| nodes.raw(position)),
        }
    }

    /// The keys, each once, with their values, in the order in which they first came.
    #[must_use]
    pub fn entries(self) -> Vec<(&'a str, Raw<'a>)> {
        match self.0 {
            Entries::Map(map) => map
                .iter()
                .map(|(key, value)| (key.as_str(), value.into()))
                .collect(),
            Entries::Nodes(nodes, keys) => {
                let mut entries: Vec<(&str, Raw<'_>)> = Vec::with_capacity(nodes.len());
                let mut places = HashMap::with_capacity(nodes.len());
                for (key, position) in nodes.entries(keys) {
                    let raw = nodes.raw(position);
                    let place = *places.entry(key).or_insert(entries.len());
                    match entries.get_mut(place) {
                        Some(entry) => entry.1 = raw,
                        None => entries.push((key, raw)),
                    }
                }
                entries
            }
        }
    }

    fn to_map(self) -> Map<String, Value> {
        match self.0 {
            Entries::Map(map) => map.clone(),
            Entries::Nodes(nodes, keys) => nodes
                .entries(keys)
                .map(|(key, position)| (key.to_owned(), nodes.raw(position).to_value()))
                .collect(),
        }
    }
}

impl fmt::Debug for RawObject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.entries()).finish()
    }
}

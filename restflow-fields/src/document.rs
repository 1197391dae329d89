//! JSON documents that are read once and never built.

use std::{fmt, num::NonZeroU32, sync::Arc};

use serde_json::Value;

use crate::{
    Raw, RawList, RawNumber, RawObject,
    scan::{Scanned, scan},
};

/// A JSON document, or a part of one: its text, and where in it which value stands.
///
/// To read one takes a fraction of the time of a tree of [`Value`]s: there is a handful of
/// allocations, not one for each value, and texts are not copied before a field wants them. It is
/// as cheap to clone, since what is read is shared.
///
/// ```
/// use restflow_fields::Document;
/// use serde_json::json;
///
/// let document = Document::parse(r#"{"size": [3, "4"], "size": [1]}"#).unwrap();
/// assert_eq!(document.raw().to_value(), json!({"size": [1]}));
/// assert!(Document::parse("[1,]").is_none());
/// ```
#[derive(Clone)]
pub struct Document {
    scanned: Arc<Scanned>,
    root: Position,
    keys: Option<Keys>,
}

/// Where a value stands in its [`Document`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position(NonZeroU32);

impl Position {
    /// Counted from 1, so that there is room for none.
    const ROOT: Self = Self(NonZeroU32::MIN);

    const fn index(self) -> u32 {
        self.0.get() - 1
    }

    const fn plus(self, count: u32) -> Self {
        Self(self.0.saturating_add(count))
    }
}

/// Which keys of an object count.
pub(crate) type Keys = fn(&str) -> bool;

impl Document {
    /// Reads a document: what `serde_json` takes for one, with the same limit of 127 levels, and
    /// less than 4 GiB.
    ///
    /// `None` does not say what is wrong; `serde_json` does.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self {
            scanned: Arc::new(scan(text)?),
            root: Position::ROOT,
            keys: None,
        })
    }

    /// The value.
    #[must_use]
    pub fn raw(&self) -> Raw<'_> {
        match self.nodes().raw(self.root) {
            Raw::Object(_) => Raw::Object(RawObject::of_nodes(self.nodes(), self.keys)),
            raw => raw,
        }
    }

    /// The keys of an object in order, as often as they came, and where their values stand. None
    /// of what is no object.
    #[inline]
    pub fn entries(&self) -> impl Iterator<Item = (&str, Position)> {
        self.nodes().entries(self.keys)
    }

    /// How many keys an object has, as often as they came; 0 of what is no object.
    #[must_use]
    pub fn entry_count(&self) -> usize {
        match self.nodes().node() {
            Node::Object { len, .. } => len as usize,
            _ => 0,
        }
    }

    /// The value at a position of this document. A position of another document gives any value of
    /// this one, or null.
    #[inline]
    #[must_use]
    pub fn at(&self, position: Position) -> Raw<'_> {
        self.nodes().raw(position)
    }

    /// The part at a position of this document.
    #[must_use]
    pub fn part(&self, position: Position) -> Self {
        Self {
            scanned: Arc::clone(&self.scanned),
            root: position,
            keys: None,
        }
    }

    /// The elements of a list; `None` of what is none.
    #[must_use]
    pub fn items(&self) -> Option<Vec<Self>> {
        let nodes = self.nodes();
        match nodes.node() {
            Node::List { .. } => Some(nodes.items().map(|at| self.part(at)).collect()),
            _ => None,
        }
    }

    /// The same object without the keys for which `counts` is `false`.
    #[must_use]
    pub fn with_keys(mut self, counts: fn(&str) -> bool) -> Self {
        self.keys = Some(counts);
        self
    }

    fn nodes(&self) -> Nodes<'_> {
        Nodes {
            scanned: &self.scanned,
            root: self.root,
        }
    }
}

/// The same values, wherever they stand.
impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.raw().to_value() == other.raw().to_value()
    }
}

/// Only the kind: it may hold a password.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Document").field(&self.raw()).finish()
    }
}

impl From<&Document> for Value {
    fn from(document: &Document) -> Self {
        document.raw().to_value()
    }
}

/// A value, or the key of the value that follows. What a list or an object consists of follows it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Unsigned(u64),
    Negative(i64),
    Float(f64),
    /// A part of the text.
    Text {
        start: u32,
        len: u32,
    },
    /// A part of the texts that had escapes.
    Unescaped {
        start: u32,
        len: u32,
    },
    /// `nodes` counts what belongs to it at any depth.
    List {
        len: u32,
        nodes: u32,
    },
    /// `len` is the number of keys.
    Object {
        len: u32,
        nodes: u32,
    },
}

/// What is below a position of a document.
#[derive(Clone, Copy)]
pub(crate) struct Nodes<'a> {
    scanned: &'a Scanned,
    root: Position,
}

impl<'a> Nodes<'a> {
    const fn node(self) -> Node {
        self.scanned.node(self.root)
    }

    /// The number of elements or keys.
    pub(crate) const fn len(self) -> usize {
        match self.node() {
            Node::List { len, .. } | Node::Object { len, .. } => len as usize,
            _ => 0,
        }
    }

    #[inline]
    pub(crate) fn raw(self, position: Position) -> Raw<'a> {
        let nodes = Self {
            root: position,
            ..self
        };
        match nodes.node() {
            Node::Null => Raw::Null,
            Node::Bool(value) => Raw::Bool(value),
            Node::Unsigned(number) => Raw::Number(RawNumber::Unsigned(number)),
            Node::Negative(number) => Raw::Number(RawNumber::Negative(number)),
            Node::Float(number) => Raw::Number(RawNumber::Float(number)),
            Node::Text { .. } | Node::Unescaped { .. } => Raw::Text(self.scanned.text(position)),
            Node::List { .. } => Raw::List(RawList::of_nodes(nodes)),
            Node::Object { .. } => Raw::Object(RawObject::of_nodes(nodes, None)),
        }
    }

    /// Where the elements of a list stand. None of what is no list.
    pub(crate) const fn items(self) -> NodeItems<'a> {
        NodeItems {
            nodes: self,
            next: self.root.plus(1),
            left: match self.node() {
                Node::List { len, .. } => len,
                _ => 0,
            },
        }
    }

    /// The keys of an object that count, and where their values stand. None of what is no object.
    #[inline]
    pub(crate) const fn entries(self, keys: Option<Keys>) -> NodeEntries<'a> {
        NodeEntries {
            scanned: self.scanned,
            next: self.root.plus(1),
            left: match self.node() {
                Node::Object { len, .. } => len,
                _ => 0,
            },
            keys,
        }
    }
}

/// The iterator of [`Nodes::items`].
pub(crate) struct NodeItems<'a> {
    nodes: Nodes<'a>,
    next: Position,
    left: u32,
}

impl<'a> NodeItems<'a> {
    #[inline]
    pub(crate) fn next_raw(&mut self) -> Option<Raw<'a>> {
        self.next().map(|position| self.nodes.raw(position))
    }
}

impl Iterator for NodeItems<'_> {
    type Item = Position;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let position = self.next;
        self.next = self.nodes.scanned.after(position);
        Some(position)
    }
}

/// The iterator of [`Nodes::entries`].
pub(crate) struct NodeEntries<'a> {
    scanned: &'a Scanned,
    next: Position,
    left: u32,
    keys: Option<Keys>,
}

impl<'a> Iterator for NodeEntries<'a> {
    type Item = (&'a str, Position);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        while self.left > 0 {
            self.left -= 1;
            let key = self.scanned.text(self.next);
            let value = self.next.plus(1);
            self.next = self.scanned.after(value);
            if self.keys.is_none_or(|counts| counts(key)) {
                return Some((key, value));
            }
        }
        None
    }
}

impl Scanned {
    #[inline]
    const fn node(&self, position: Position) -> Node {
        let nodes = self.nodes.as_slice();
        let index = position.index() as usize;
        if index < nodes.len() {
            nodes[index]
        } else {
            Node::Null
        }
    }

    /// The position after a value and all that belongs to it.
    const fn after(&self, position: Position) -> Position {
        match self.node(position) {
            Node::List { nodes, .. } | Node::Object { nodes, .. } => position.plus(1 + nodes),
            _ => position.plus(1),
        }
    }

    #[inline]
    fn text(&self, position: Position) -> &str {
        let (texts, start, len) = match self.node(position) {
            Node::Text { start, len } => (&*self.text, start as usize, len as usize),
            Node::Unescaped { start, len } => (&*self.unescaped, start as usize, len as usize),
            _ => return "",
        };
        &texts[start..start + len]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// What the documents say beside what `serde_json` says.
    fn check(text: &str) {
        let expected: Option<Value> = serde_json::from_str(text).ok();
        let document = Document::parse(text);
        let actual = document.as_ref().map(Value::from);
        assert_eq!(actual, expected, "{text:?}");
        let shown = |value: &Option<Value>| value.as_ref().map(Value::to_string);
        assert_eq!(shown(&actual), shown(&expected), "{text:?}");
    }

    #[test]
    fn documents_are_read_as_serde_json_reads_them() {
        let table = [
            "",
            " ",
            "null",
            " true\n",
            "false\t",
            "nul",
            "nulll",
            "truefalse",
            "NaN",
            "Infinity",
            "-",
            "-0",
            "0",
            "-0.0",
            "01",
            "-01",
            "00",
            "1.",
            ".5",
            "1.5",
            "1.5e3",
            "1E+3",
            "1e-3",
            "1e",
            "1e+",
            "1.e3",
            "+1",
            "0e99999999999999999999",
            "1e400",
            "-1e400",
            "1e-400",
            "5e-324",
            "2.4703282292062328e-324",
            "18446744073709551615",
            "18446744073709551616",
            "-9223372036854775808",
            "-9223372036854775809",
            "123456789012345678901234567890",
            "0.1000000000000000055511151231257827021181583404541015625",
            "8.5e22",
            "\"\"",
            "\"a",
            "\"a\\",
            "\"12345678\"",
            "\"1234567\\n8\"",
            "\"\\u00e9\\u20ac\"",
            "\"\\ud83d\\ude00x\"",
            "\"\\ud83d\"",
            "\"\\ud83dxxxxxx\"",
            "\"\\ud83d\\u0041\"",
            "\"\\ude00\"",
            "\"\\u12\"",
            "\"\\u+123\"",
            "\"\\uD83D\\uDE00\"",
            "\"\\x\"",
            "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
            "\"\n\"",
            "\"\u{7f}é日本😀\"",
            "\"\u{0}\"",
            "[]",
            "[ ]",
            "[1",
            "[1,",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[1] ]",
            "[1]x",
            "\u{feff}[1]",
            "[[],[1,[2]],{}]",
            "{}",
            "{ }",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{\"a\":1 \"b\":2}",
            "{a:1}",
            "{1:1}",
            "{\"a\":1,\"b\":[{\"c\":null}],\"a\":2}",
            "{\"a\\n\":{\"a\":{}},\"\":[]}",
            "\u{a0}1",
            "\u{c}1",
        ];
        for text in table {
            check(text);
        }
        for depth in 125..130 {
            check(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
            check(&format!(
                "{}0{}",
                "{\"a\":".repeat(depth),
                "}".repeat(depth)
            ));
        }
        check(&"[".repeat(1_000_000));
        check(&format!("\"{}\"", "x".repeat(100_000)));
    }

    fn piece() -> impl Strategy<Value = String> {
        let pieces = [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "\\u",
            "d83d",
            "\\ude00",
            "\\n",
            "null",
            "true",
            "false",
            "-",
            "0",
            "1",
            ".",
            "e",
            "E+",
            " ",
            "\n",
            "\"a\":",
            "\"a\"",
            "\"é\"",
            "[]",
            "{}",
            "[1,2]",
            "{\"a\":1}",
            "18446744073709551615",
            "0.1",
            "\u{1f}",
        ];
        prop_oneof![
            9 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned),
            1 => any::<String>(),
        ]
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[a-z\"\\\\\n]{0,30}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((".{0,9}", inner), 0..6)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 3000,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn nearly_json_is_read_as_serde_json_reads_it(
            pieces in prop::collection::vec(piece(), 0..12),
        ) {
            check(&pieces.concat());
        }

        #[test]
        fn any_value_is_read(value in value()) {
            check(&value.to_string());
            check(&serde_json::to_string_pretty(&value).unwrap());
        }

        #[test]
        fn any_number_is_read(
            number in "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?",
        ) {
            check(&number);
        }
    }

    #[test]
    fn the_parts_of_a_document_stand_alone() {
        let document =
            Document::parse(r#"{"a": [1, {"b": "x\ny"}], "c": {"d": 1, "d": 2}, "e": "z"}"#)
                .unwrap();
        assert_eq!(document.entry_count(), 3);
        let keys: Vec<_> = document.entries().map(|(key, _)| key).collect();
        assert_eq!(keys, ["a", "c", "e"]);
        let parts: Vec<_> = document
            .entries()
            .map(|(_, position)| document.part(position))
            .collect();
        let items = parts[0].items().unwrap();
        assert_eq!(Value::from(&items[1]), json!({"b": "x\ny"}));
        assert_eq!(Value::from(&parts[1]), json!({"d": 2}));
        let Raw::Object(object) = parts[1].raw() else {
            panic!("an object")
        };
        assert!(matches!(
            object.get("d"),
            Some(Raw::Number(RawNumber::Unsigned(2)))
        ));
        assert_eq!(object.entries().len(), 1);
        assert_eq!(parts[2].items(), None);
        assert_eq!(parts[2].entries().count(), 0);

        let some = document.with_keys(|key| key != "a");
        assert_eq!(Value::from(&some), json!({"c": {"d": 2}, "e": "z"}));
        assert_eq!(some.entries().count(), 2);
    }

    #[test]
    fn a_position_of_another_document_gives_any_value_or_null() {
        let document = Document::parse(r#"{"a": [1, {"b": 2}]}"#).unwrap();
        let other = Document::parse(r#"{"a": 1, "b": 2, "c": 3, "d": 4}"#).unwrap();
        let found = other.entries().map(|(_, at)| document.at(at).to_value());
        let found: Vec<_> = found.collect();
        assert_eq!(
            found,
            [json!([1, {"b": 2}]), json!({"b": 2}), json!(2), json!(null)]
        );
    }

    #[test]
    fn values_do_not_end_up_in_a_log() {
        let document = Document::parse(r#""hunter2""#).unwrap();
        assert_eq!(format!("{document:?}"), "Document(Text(..))");
    }
}

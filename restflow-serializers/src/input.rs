//! What a client sent, before any field looks at it.

use std::fmt;

use restflow_fields::{Document, Raw, python};
use serde_json::Value;

use crate::UploadedFile;

/// How many names `Debug` shows.
const SHOWN_NAMES: usize = 50;

/// What a client sent.
///
/// `Debug` shows the names only: a value may be a password.
#[derive(Clone, PartialEq)]
pub enum Input {
    /// A JSON document that a program made.
    Json(Value),
    /// A JSON document as it came.
    Document(Document),
    /// A form, urlencoded or multipart.
    Form(FormData),
}

impl Input {
    /// Input from JSON.
    #[must_use]
    pub const fn from_json(value: Value) -> Self {
        Self::Json(value)
    }

    /// Reads the bytes of a JSON document, without building it where it has less than 4 GiB.
    ///
    /// Fails as `serde_json` does, which is asked what is wrong.
    pub fn from_slice(json: &[u8]) -> Result<Self, serde_json::Error> {
        let text = std::str::from_utf8(json).ok();
        match text.and_then(Document::parse) {
            Some(document) => Ok(Self::Document(document)),
            None => serde_json::from_slice(json).map(Self::Json),
        }
    }

    /// The same with this value of a field of the object, whatever was sent for it. Anything but an
    /// object stays as it is, for a serializer to refuse.
    ///
    /// A form has texts only: there a text is the value, and anything else is written as JSON.
    #[must_use]
    pub fn with(self, name: &str, value: &Value) -> Self {
        match self {
            Self::Json(Value::Object(mut object)) => {
                object.insert(name.to_owned(), value.clone());
                Self::Json(Value::Object(object))
            }
            Self::Document(document) if matches!(document.raw(), Raw::Object(_)) => {
                Self::Json(document.raw().to_value()).with(name, value)
            }
            Self::Form(mut form) => {
                form.set(name.to_owned(), value);
                Self::Form(form)
            }
            other => other,
        }
    }

    /// The same for each object of a list.
    #[must_use]
    pub fn with_each(self, name: &str, value: &Value) -> Self {
        match self {
            Self::Json(Value::Array(items)) => {
                let items = items.into_iter();
                let items = items.map(|mut item| {
                    if let Value::Object(object) = &mut item {
                        object.insert(name.to_owned(), value.clone());
                    }
                    item
                });
                Self::Json(items.collect())
            }
            Self::Document(document) if matches!(document.raw(), Raw::List(_)) => {
                Self::Json(document.raw().to_value()).with_each(name, value)
            }
            Self::Form(mut form) => {
                for index in form.indexes("") {
                    form.set(format!("[{index}]{name}"), value);
                }
                Self::Form(form)
            }
            other => other,
        }
    }

    /// Whether it is JSON's `null`.
    pub(crate) fn is_null(&self) -> bool {
        self.raw().is_some_and(Raw::is_null)
    }

    /// The JSON, if it is none of a form.
    pub(crate) fn raw(&self) -> Option<Raw<'_>> {
        match self {
            Self::Json(value) => Some(value.into()),
            Self::Document(document) => Some(document.raw()),
            Self::Form(_) => None,
        }
    }
}

impl From<Document> for Input {
    fn from(document: Document) -> Self {
        Self::Document(document)
    }
}

impl From<Value> for Input {
    fn from(value: Value) -> Self {
        Self::Json(value)
    }
}

impl From<FormData> for Input {
    fn from(form: FormData) -> Self {
        Self::Form(form)
    }
}

/// The parts of a form in the order of the body; a name may come more than once.
///
/// Nested objects and lists are written as DRF reads them (`rest_framework.utils.html`):
/// `address.street`, `lines[0]sku` or `lines[0].sku`, `tags[0]` or `tags` more than once.
///
/// `Debug` shows the names only: a value may be a password.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FormData {
    texts: Vec<(String, String)>,
    files: Vec<(String, UploadedFile)>,
}

impl FormData {
    /// A form without parts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a text.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.texts.push((name.into(), value.into()));
    }

    /// Appends a file.
    pub fn push_file(&mut self, name: impl Into<String>, file: UploadedFile) {
        self.files.push((name.into(), file));
    }

    /// The last text of this name, which is the one that counts for a field of one value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.texts
            .iter()
            .rev()
            .find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    /// All texts of this name in order.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.texts
            .iter()
            .filter_map(move |(key, value)| (key == name).then_some(value.as_str()))
    }

    /// The last file of this name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&UploadedFile> {
        self.files
            .iter()
            .rev()
            .find_map(|(key, file)| (key == name).then_some(file))
    }

    /// The texts in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The files in order.
    pub fn files(&self) -> impl Iterator<Item = (&str, &UploadedFile)> {
        self.files.iter().map(|(name, file)| (name.as_str(), file))
    }

    /// Whether there is neither a text nor a file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.files.is_empty()
    }

    /// The parts below `name.`, as the form of a nested object.
    pub(crate) fn object(&self, name: &str) -> Option<Self> {
        let form = self.select(|key| {
            let rest = key.strip_prefix(name)?.strip_prefix('.')?;
            (!rest.is_empty()).then_some(rest)
        });
        (!form.is_empty()).then_some(form)
    }

    /// The forms of a nested list, by ascending index. Items of a plain list are under the empty
    /// name.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<Self>> {
        let indexes = self.indexes(name);
        let item = |index| {
            self.select(|key| {
                let (found, rest) = indexed(key, name)?;
                (found == index).then(|| rest.strip_prefix('.').unwrap_or(rest))
            })
        };
        let items: Vec<_> = indexes.into_iter().map(item).collect();
        (!items.is_empty()).then_some(items)
    }

    /// The indexes of a list, ascending.
    fn indexes(&self, name: &str) -> Vec<u32> {
        let names = self.texts.iter().map(|(key, _)| key);
        let names = names.chain(self.files.iter().map(|(key, _)| key));
        let mut indexes: Vec<u32> = names
            .filter_map(|key| indexed(key, name).map(|(index, _)| index))
            .collect();
        indexes.sort_unstable();
        indexes.dedup();
        indexes
    }

    /// Puts the value in the place of all texts and files of this name.
    fn set(&mut self, name: String, value: &Value) {
        self.texts.retain(|(other, _)| *other != name);
        self.files.retain(|(other, _)| *other != name);
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        self.texts.push((name, text));
    }

    pub(crate) fn select<'a>(&'a self, rest: impl Fn(&'a str) -> Option<&'a str>) -> Self {
        let texts = self.texts.iter();
        let files = self.files.iter();
        Self {
            texts: texts
                .filter_map(|(key, value)| Some((rest(key)?.to_owned(), value.clone())))
                .collect(),
            files: files
                .filter_map(|(key, file)| Some((rest(key)?.to_owned(), file.clone())))
                .collect(),
        }
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(Value::Object(object)) => {
                let names = object.keys().take(SHOWN_NAMES);
                f.write_str("Json ")?;
                f.debug_set().entries(names).finish()
            }
            Self::Document(document) if matches!(document.raw(), Raw::Object(_)) => {
                let names = document.entries().map(|(name, _)| name);
                f.write_str("Json ")?;
                f.debug_set().entries(names.take(SHOWN_NAMES)).finish()
            }
            Self::Json(other) => write!(f, "Json {}", python::type_name(other)),
            Self::Document(other) => write!(f, "Json {}", python::type_name(other.raw())),
            Self::Form(form) => form.fmt(f),
        }
    }
}

impl fmt::Debug for FormData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = self.iter().map(|(name, _)| name);
        let names = texts.chain(self.files().map(|(name, _)| name));
        f.write_str("Form ")?;
        f.debug_set().entries(names.take(SHOWN_NAMES)).finish()
    }
}

/// Reads `lines[3]sku` under the name `lines` as 3 and `sku`.
fn indexed<'a>(key: &'a str, name: &str) -> Option<(u32, &'a str)> {
    let (digits, rest) = key.strip_prefix(name)?.strip_prefix('[')?.split_once(']')?;
    Some((digits.parse().ok()?, rest))
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for FormData {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(parts: I) -> Self {
        let mut form = Self::new();
        for (name, value) in parts {
            form.push(name, value);
        }
        form
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn last_text_counts_and_all_are_kept() {
        let form: FormData = [("a", "1"), ("b", ""), ("a", "2")].into_iter().collect();
        assert_eq!(form.get("a"), Some("2"));
        assert_eq!(form.get_all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!((form.get("b"), form.get("c")), (Some(""), None));
        assert!(form.object("a").is_none() && form.list("a").is_none());
    }

    #[test]
    fn what_is_wrong_with_json_is_told_by_serde_json() {
        let table: [&[u8]; 5] = [b"", b"{\"a\":1,}", b"\"\xff\"", b"[1e400]", b"[NaN]"];
        for json in table {
            let expected = serde_json::from_slice::<Value>(json).unwrap_err();
            let error = Input::from_slice(json).unwrap_err();
            assert_eq!(error.to_string(), expected.to_string());
        }
    }

    #[test]
    fn values_do_not_end_up_in_a_log() {
        let mut form = FormData::new();
        form.push("password", "hunter2");
        let json = Value::Object(
            [("password".to_owned(), Value::from("hunter2"))]
                .into_iter()
                .collect(),
        );
        let table = [
            (Input::Form(form), r#"Form {"password"}"#),
            (Input::Json(json), r#"Json {"password"}"#),
            (Input::Json(Value::from("hunter2")), "Json str"),
            (
                Input::from_slice(br#"{"password": "hunter2"}"#).unwrap(),
                r#"Json {"password"}"#,
            ),
            (Input::from_slice(br#""hunter2""#).unwrap(), "Json str"),
        ];
        for (input, expected) in table {
            assert_eq!(format!("{input:?}"), expected);
        }
    }

    #[test]
    fn a_value_takes_the_place_of_what_was_sent() {
        let json = |text: &str| Input::from_json(serde_json::from_str(text).unwrap());
        let document = |text: &str| Input::from_slice(text.as_bytes()).unwrap();
        let two = Value::from(2);
        for (sent, expected) in [
            (r#"{"a":1,"b":3}"#, r#"{"a":2,"b":3}"#),
            (r#"{"b":3}"#, r#"{"a":2,"b":3}"#),
        ] {
            assert_eq!(json(sent).with("a", &two), json(expected));
            assert_eq!(document(sent).with("a", &two), json(expected));
            let (sent, expected) = (format!("[{sent},5]"), format!("[{expected},5]"));
            assert_eq!(json(&sent).with_each("a", &two), json(&expected));
            assert_eq!(document(&sent).with_each("a", &two), json(&expected));
        }
        for other in ["7", "null", "[{}]"] {
            assert_eq!(document(other).with("a", &two), document(other));
        }
        assert_eq!(document("{}").with_each("a", &two), document("{}"));

        let form: FormData = [("a", "1"), ("b", "3"), ("a", "4")].into_iter().collect();
        let Input::Form(form) = Input::Form(form).with("a", &two) else {
            unreachable!()
        };
        assert_eq!(form.get_all("a").collect::<Vec<_>>(), ["2"]);
        let form: FormData = [("[0].a", "1"), ("[01]a", "1"), ("[1]b", "3")]
            .into_iter()
            .collect();
        let Input::Form(form) = Input::Form(form).with_each("a", &Value::from("x")) else {
            unreachable!()
        };
        let items = form.list("").unwrap();
        let items: Vec<_> = items.iter().map(|item| item.get("a")).collect();
        assert_eq!(items, [Some("x"), Some("x")]);
    }

    #[test]
    fn nested_names_become_nested_forms() {
        let form: FormData = [
            ("address.street", "Main"),
            ("lines[10].sku", "b"),
            ("lines[2]sku", "a"),
            ("tags[1]", "y"),
            ("tags[0]", "x"),
            ("tags[x]", "no"),
        ]
        .into_iter()
        .collect();
        assert_eq!(form.object("address").unwrap().get("street"), Some("Main"));
        let lines = form.list("lines").unwrap();
        let skus: Vec<_> = lines.iter().map(|line| line.get("sku")).collect();
        assert_eq!(skus, [Some("a"), Some("b")]);
        let tags = form.list("tags").unwrap();
        let tags: Vec<_> = tags.iter().map(|tag| tag.get("")).collect();
        assert_eq!(tags, [Some("x"), Some("y")]);
    }
}

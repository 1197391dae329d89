//! The recorded conversations, as they stand in `cases/`.
use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

/// A conversation: requests in an order, with the answer to each.
#[derive(Clone, Debug, Deserialize)]
pub struct Scenario {
    /// The name of the file without its number.
    pub name: String,
    /// The folder.
    pub group: String,
    /// Whether it leaves the database and the server's memory as they were, so that such
    /// scenarios can share one application.
    #[serde(default)]
    pub readonly: bool,
    /// Set when the recording pins something of Python, Django or SQLite that the
    /// documentation does not promise; says what.
    #[serde(default)]
    pub quirk: Option<String>,
    /// The requests and their answers.
    pub steps: Vec<Step>,
    /// `<group>/<file name without .json>`: how lists and filters call it.
    #[serde(skip)]
    pub id: String,
}

/// One request with its answer and the liberties that the answer may take.
#[derive(Clone, Debug, Deserialize)]
pub struct Step {
    /// What to send.
    pub request: RecordedRequest,
    /// What came back from the original.
    pub response: Expected,
    /// Parts of the body that need not be equal; the first mask that fits counts.
    #[serde(default)]
    pub mask: Vec<Mask>,
    /// Headers that match a regular expression instead of being equal.
    #[serde(default)]
    pub header_mask: IndexMap<String, String>,
    /// Names for parts of the body (JSON pointers), written `{{name}}` in later requests.
    #[serde(default)]
    pub capture: IndexMap<String, String>,
}

/// A request; `{{name}}` in its texts stands for a captured value.
#[derive(Clone, Debug, Deserialize)]
pub struct RecordedRequest {
    /// The HTTP method.
    pub method: String,
    /// Path and query, or a whole URL on `http://testserver`.
    pub path: String,
    /// Headers beside `Host` and `Content-Length`.
    #[serde(default)]
    pub headers: IndexMap<String, String>,
    /// The body as text.
    #[serde(default)]
    pub body: Option<String>,
    /// The body in base64, where it is not text. It goes before `body`.
    #[serde(default)]
    pub body_base64: Option<String>,
}

/// The recorded answer: a JSON body or a text, not both.
#[derive(Clone, Debug, Deserialize)]
pub struct Expected {
    /// The status code.
    pub status: u16,
    /// Headers in lower case; `None` means that the header must be absent.
    #[serde(default)]
    pub headers: IndexMap<String, Option<String>>,
    /// The JSON body; `Some(Value::Null)` is the body `null`.
    #[serde(default, deserialize_with = "present")]
    pub json: Option<Value>,
    /// The body of an answer that is not JSON.
    #[serde(default)]
    pub text: Option<String>,
    /// `raw` (exact text), `ndjson` or `sse`; by default text compares as text.
    #[serde(default)]
    pub compare: Option<String>,
}

/// A part of the body that need not be equal.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Mask {
    /// The value at this pointer need only have the same JSON type.
    Type(String),
    /// The value at this pointer is compared by a rule.
    Rule {
        /// A JSON pointer in which `*` stands for any one part; empty for the body.
        pointer: String,
        /// The rule.
        #[serde(flatten)]
        rule: Rule,
    },
}

/// How a masked value is compared. All rules but `Ignore` want the same JSON type.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "rule", content = "value", rename_all = "lowercase")]
pub enum Rule {
    /// The same JSON type.
    Type,
    /// Anything goes.
    Ignore,
    /// A text that starts so.
    Prefix(String),
    /// A text that matches this regular expression as a whole.
    Regex(String),
    /// The same URL but for the value of its `cursor` parameter.
    Cursor,
}

impl Mask {
    /// The rule, if the mask is for the value at `path`.
    pub(crate) fn rule_at(&self, path: &[String]) -> Option<&Rule> {
        let (pointer, rule) = match self {
            Self::Type(pointer) => (pointer, &Rule::Type),
            Self::Rule { pointer, rule } => (pointer, rule),
        };
        let mut parts = pointer.split('/').skip(1);
        let fits = path
            .iter()
            .all(|part| parts.next().is_some_and(|mask| mask == "*" || mask == part));
        (fits && parts.next().is_none()).then_some(rule)
    }
}

/// Reads all scenarios below `root`, ordered by path.
pub fn load_cases(root: &Path) -> Result<Vec<Scenario>> {
    let mut files = Vec::new();
    collect(root, &mut files)?;
    files.sort();
    files.iter().map(|path| read(path)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Scenario> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut scenario: Scenario = serde_json::from_slice(&text)
        .with_context(|| format!("{} is not a scenario", path.display()))?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    scenario.id = format!("{}/{stem}", scenario.group);
    Ok(scenario)
}

/// Tells `"json": null` from a missing key.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

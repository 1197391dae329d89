//! Path templates: literal text and captures.

use std::fmt;

use restflow_views::UrlTemplate;

use crate::error::misconfigured;

/// A path with captures: `products/{pk}/related/{kind:[a-z]+}/`.
///
/// A capture matches one segment, or what the regular expression behind the colon says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathTemplate {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Literal(String),
    Capture {
        name: String,
        pattern: Option<String>,
    },
}

/// What a capture of a plain path matches (Django: the `str` path converter).
pub(crate) const SEGMENT: &str = "[^/]+";

/// What a lookup in a router matches (DRF: `lookup_value_regex`).
pub(crate) const LOOKUP: &str = "[^/.]+";

impl PathTemplate {
    /// Reads a template.
    ///
    /// # Panics
    ///
    /// When a brace has no partner, a capture has no name or one that starts with two underscores,
    /// or the regular expression of a capture cannot be read.
    #[must_use]
    #[track_caller]
    pub fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            push_literal(&mut parts, &rest[..start]);
            let Some(end) = closing_brace(rest, start) else {
                misconfigured(format_args!("`{text}`: a `{{` is not closed"))
            };
            let capture = &rest[start + 1..end];
            let (name, pattern) = match capture.split_once(':') {
                Some((name, pattern)) => (name, Some(pattern.to_owned())),
                None => (capture, None),
            };
            let valid = name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
                && name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic());
            if !valid {
                misconfigured(format_args!(
                    "`{text}`: `{name}` is not a name for a capture"
                ));
            }
            if name.starts_with("__") {
                misconfigured(format_args!(
                    "`{text}`: `{name}` is not a name for a capture: two underscores are kept for \
                     the router's own captures"
                ));
            }
            if let Some(pattern) = pattern.as_deref().filter(|pattern| *pattern != LOOKUP)
                && let Err(error) = regex::Regex::new(&format!("(?:{pattern})"))
            {
                misconfigured(format_args!(
                    "`{text}`: the pattern of `{name}` is not a regular expression: {error}"
                ));
            }
            parts.push(Part::Capture {
                name: name.to_owned(),
                pattern,
            });
            rest = &rest[end + 1..];
        }
        push_literal(&mut parts, rest);
        Self { parts }
    }

    /// This template and then `other`.
    pub(crate) fn join(&self, other: &Self) -> Self {
        let mut parts = self.parts.clone();
        for part in &other.parts {
            match part {
                Part::Literal(text) => push_literal(&mut parts, text),
                capture @ Part::Capture { .. } => parts.push(capture.clone()),
            }
        }
        Self { parts }
    }

    /// The names of the captures, in order.
    pub fn captures(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Capture { name, .. } => Some(name.as_str()),
            Part::Literal(_) => None,
        })
    }

    /// The names of the captures with what they must match.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Capture { name, pattern } => Some((name.as_str(), pattern.as_deref())),
            Part::Literal(_) => None,
        })
    }

    /// The literal segments, without the captures: what operations are named after.
    pub(crate) fn words(&self) -> Vec<String> {
        self.parts
            .iter()
            .filter_map(|part| match part {
                Part::Literal(text) => Some(text),
                Part::Capture { .. } => None,
            })
            .flat_map(|text| text.split('/'))
            .filter(|segment| !segment.is_empty())
            .map(|segment| {
                segment
                    .chars()
                    .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
                    .collect()
            })
            .collect()
    }

    /// The same for reversing.
    pub(crate) fn url_template(&self) -> UrlTemplate {
        self.parts
            .iter()
            .fold(UrlTemplate::new(), |url, part| match part {
                Part::Literal(text) => url.literal(text),
                Part::Capture { name, pattern } => {
                    url.capture(name, pattern.as_deref().unwrap_or(SEGMENT))
                }
            })
    }

    /// The regular expression without anchors.
    pub(crate) fn regex(&self) -> String {
        let mut regex = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => regex.push_str(&regex::escape(text)),
                Part::Capture { name, pattern } => {
                    let pattern = pattern.as_deref().unwrap_or(SEGMENT);
                    regex.push_str(&format!("(?P<{name}>{pattern})"));
                }
            }
        }
        regex
    }

    /// The regular expression without the captures' names: what two paths have in common that
    /// match the same.
    pub(crate) fn shape(&self) -> String {
        self.parts.iter().map(Part::shape).collect()
    }

    /// The same with a number behind the name of the last capture.
    pub(crate) fn numbered(&self, number: usize) -> Self {
        let mut parts = self.parts.clone();
        let capture = parts.iter_mut().rev().find_map(|part| match part {
            Part::Capture { name, .. } => Some(name),
            Part::Literal(_) => None,
        });
        if let Some(name) = capture {
            name.push_str(&format!("_{number}"));
        }
        Self { parts }
    }

    /// The literal texts and captures in order.
    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The same with `suffix` cut off the end, if it is there.
    pub(crate) fn trim_end(&self, suffix: char) -> Self {
        let mut parts = self.parts.clone();
        if let Some(Part::Literal(text)) = parts.last_mut()
            && text.ends_with(suffix)
        {
            text.pop();
        }
        parts.retain(|part| *part != Part::Literal(String::new()));
        Self { parts }
    }
}

impl Part {
    /// The regular expression without a name for the capture.
    pub(crate) fn shape(&self) -> String {
        match self {
            Self::Literal(text) => regex::escape(text),
            Self::Capture { pattern, .. } => {
                format!("({})", pattern.as_deref().unwrap_or(SEGMENT))
            }
        }
    }
}

fn push_literal(parts: &mut Vec<Part>, text: &str) {
    if text.is_empty() {
        return;
    }
    match parts.last_mut() {
        Some(Part::Literal(last)) => last.push_str(text),
        _ => parts.push(Part::Literal(text.to_owned())),
    }
}

/// The brace that closes the one at `start`; a regular expression may have braces of its own.
fn closing_brace(text: &str, start: usize) -> Option<usize> {
    let mut depth = 0;
    // Where a class of characters began: `[^{/]`, `[]}]`.
    let mut class: Option<usize> = None;
    let mut escaped = false;
    for (index, c) in text[start..].char_indices() {
        match (c, class) {
            _ if escaped => {
                escaped = false;
                continue;
            }
            ('\\', _) => escaped = true,
            (']', Some(begin)) => {
                let is_first = matches!(&text[start + begin..start + index], "[" | "[^");
                class = class.filter(|_| is_first);
            }
            ('[', None) => class = Some(index),
            ('{', None) => depth += 1,
            ('}', None) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(start + index);
        }
    }
    None
}

/// The form for people and for OpenAPI: `/products/{pk}/`.
impl fmt::Display for PathTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("/")?;
        for part in &self.parts {
            match part {
                Part::Literal(text) => f.write_str(text)?,
                Part::Capture { name, .. } => write!(f, "{{{name}}}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_become_regular_expressions_and_names() {
        let path = PathTemplate::parse("api/v1.0/{pk}/x-{kind:[a-z]{2,3}}/");
        assert_eq!(path.to_string(), "/api/v1.0/{pk}/x-{kind}/");
        assert_eq!(
            path.regex(),
            r"api/v1\.0/(?P<pk>[^/]+)/x\-(?P<kind>[a-z]{2,3})/"
        );
        assert_eq!(path.captures().collect::<Vec<_>>(), ["pk", "kind"]);
        assert_eq!(path.words(), ["api", "v1_0", "x_"]);
        assert_eq!(path.trim_end('/').to_string(), "/api/v1.0/{pk}/x-{kind}");
        assert_eq!(PathTemplate::parse("").to_string(), "/");
    }

    #[test]
    #[should_panic(expected = "a `{` is not closed")]
    fn an_open_brace_is_refused() {
        let _ = PathTemplate::parse("a/{pk/");
    }

    #[test]
    #[should_panic(expected = "`1a` is not a name for a capture")]
    fn a_bad_name_is_refused() {
        let _ = PathTemplate::parse("a/{1a}/");
    }

    #[test]
    #[should_panic(expected = "two underscores are kept for the router's own captures")]
    fn a_name_of_ours_is_refused() {
        let _ = PathTemplate::parse("a/{__format}/");
    }

    #[test]
    #[should_panic(expected = "is not a regular expression")]
    fn a_bad_pattern_is_refused() {
        let _ = PathTemplate::parse("a/{pk:(}/");
    }
}

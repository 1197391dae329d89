//! From a path to its route, in a time that does not depend on the number of routes.
//!
//! A tree of segments: literal segments are looked up, captures are asked one after the other, and
//! of all patterns that match, the first in the order of registration wins. What a tree cannot say
//! (a capture that may match a slash, two captures in one segment) it only narrows down, and a
//! regular expression decides.

use std::collections::HashMap;

use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};
use restflow_views::Kwargs;

use crate::{
    PathTemplate, Route,
    error::misconfigured,
    openapi::intern,
    path::{LOOKUP, Part, SEGMENT},
};

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Match {
    Route {
        index: usize,
        kwargs: Kwargs,
        format: Option<String>,
    },
    /// There is a route at the same path with a slash (Django: `APPEND_SLASH`).
    Slash,
    None,
}

/// Matches a path against all routes; the first in order wins.
pub(crate) struct Matcher {
    patterns: Vec<Pattern>,
    /// The paths as they are.
    plain: Node,
    /// The paths that a format may follow, without it.
    suffixed: Node,
}

/// A path of a route, with or without the format at its end.
struct Pattern {
    route: usize,
    suffixed: bool,
    segments: Segments,
    values: Values,
}

/// Where the values of the captures are found.
enum Values {
    /// Each is a segment of the path, counted from zero.
    Segments(Vec<(&'static str, usize)>),
    /// In the groups of a regular expression, which decides whether the path matches at all.
    Regex(Box<Regex>, Vec<&'static str>),
}

/// The segments of a template.
struct Segments {
    known: Vec<Segment>,
    /// Whether something follows that may have slashes of its own.
    open: bool,
}

enum Segment {
    Literal(String),
    /// The regular expression of the whole segment, and whether it is one capture.
    Regex {
        text: String,
        capture: bool,
    },
}

/// What has been read of a path.
#[derive(Default)]
struct Node {
    literals: HashMap<Box<str>, Self>,
    tests: Vec<(Test, Self)>,
    /// The patterns that end here.
    ends: Vec<usize>,
    /// The patterns whose rest may have slashes of its own.
    open: Vec<usize>,
}

/// What a segment that is not literal must be.
struct Test {
    text: String,
    check: Check,
}

enum Check {
    NotEmpty,
    /// [`LOOKUP`]
    NoDot,
    Regex(Box<Regex>),
}

/// The capture of a suffix, a name that no template can have.
const FORMAT: &str = "__format";

impl Matcher {
    pub(crate) fn new(routes: &[Route]) -> Self {
        let mut matcher = Self {
            patterns: Vec::new(),
            plain: Node::default(),
            suffixed: Node::default(),
        };
        for (index, route) in routes.iter().enumerate() {
            matcher.push(Pattern::new(index, route, &route.path, false));
            if route.optional_slash {
                let path = route.path.trim_end('/');
                matcher.push(Pattern::new(index, route, &path, false));
            }
            if route.format_suffixes {
                matcher.push(Pattern::new(index, route, &route.suffixed, true));
            }
        }
        matcher
    }

    fn push(&mut self, pattern: Pattern) {
        let index = self.patterns.len();
        let mut node = if pattern.suffixed {
            &mut self.suffixed
        } else {
            &mut self.plain
        };
        for segment in &pattern.segments.known {
            node = node.child(segment);
        }
        if pattern.segments.open {
            node.open.push(index);
        } else {
            node.ends.push(index);
        }
        self.patterns.push(pattern);
    }

    /// What the percent-decoded `path` leads to.
    pub(crate) fn find(&self, path: &str) -> Match {
        if let Some(found) = self.first(path) {
            return found;
        }
        if !path.ends_with('/') && self.first(&format!("{path}/")).is_some() {
            return Match::Slash;
        }
        Match::None
    }

    fn first(&self, path: &str) -> Option<Match> {
        let mut search = Search {
            patterns: &self.patterns,
            path,
            found: None,
        };
        search.visit(&self.plain, Some(path.strip_prefix('/')?));
        let format = split_format(path);
        if let Some((base, _)) = format {
            search.visit(&self.suffixed, base.strip_prefix('/'));
        }
        let (index, kwargs) = search.found?;
        let pattern = &self.patterns[index];
        let format = format.filter(|_| pattern.suffixed);
        Some(Match::Route {
            index: pattern.route,
            kwargs,
            format: format.map(|(_, format)| format.to_owned()),
        })
    }

    /// Each route none of whose paths can be reached without a format, with an earlier one that
    /// matches them all.
    pub(crate) fn unreachable(&self) -> impl Iterator<Item = (usize, usize)> {
        let plain = |pattern: &Pattern| !pattern.suffixed;
        let routes = self.patterns.chunk_by(|one, next| one.route == next.route);
        let mut start = 0;
        routes.filter_map(move |patterns| {
            let indexes = start..;
            start += patterns.len();
            let mut firsts = indexes
                .zip(patterns)
                .filter(|(_, pattern)| plain(pattern))
                .map(|(index, pattern)| self.shadow(index, pattern));
            let first = firsts.next()??;
            firsts
                .all(|other| other.is_some())
                .then_some((patterns[0].route, first))
        })
    }

    /// The earlier route that matches all paths of the pattern at `index`.
    fn shadow(&self, index: usize, pattern: &Pattern) -> Option<usize> {
        let first = match pattern.segments.literal_path() {
            Some(path) => match self.find(&path) {
                Match::Route { index, .. } => Some(index),
                _ => None,
            },
            None if pattern.segments.open => None,
            None => {
                let first = self.plain.covers(&pattern.segments.known);
                first
                    .filter(|first| *first < index)
                    .map(|first| self.patterns[first].route)
            }
        };
        first.filter(|first| *first < pattern.route)
    }
}

impl Pattern {
    fn new(index: usize, route: &Route, path: &PathTemplate, suffixed: bool) -> Self {
        let kwargs: Vec<_> = path.captures().map(intern).collect();
        for (position, name) in kwargs.iter().enumerate() {
            if kwargs[..position].contains(name) {
                misconfigured(format_args!(
                    "{} has the capture `{name}` twice: the router adds those of lookups and \
                     parents, call one of them differently",
                    route.place()
                ));
            }
        }
        let segments = Segments::of(path);
        let values = segments.values(&kwargs).unwrap_or_else(|| {
            let format = if suffixed {
                format!("\\.(?P<{FORMAT}>[a-z0-9]+)/?")
            } else {
                String::new()
            };
            let regex = Regex::new(&format!("^/{}{format}$", path.regex()));
            let regex = regex.unwrap_or_else(|error| {
                misconfigured(format_args!(
                    "the patterns of {} do not go together: {error}",
                    route.place()
                ))
            });
            Values::Regex(Box::new(regex), kwargs)
        });
        Self {
            route: index,
            suffixed,
            segments,
            values,
        }
    }

    /// The values of the captures; `None` where the path does not match after all.
    fn kwargs(&self, path: &str) -> Option<Kwargs> {
        match &self.values {
            Values::Segments(kwargs) => {
                // The format is no part of the last segment.
                let path = match split_format(path) {
                    Some((base, _)) if self.suffixed => base,
                    _ => path,
                };
                let mut segments = path.split('/').skip(1).enumerate();
                let value = |(name, wanted): &(&'static str, usize)| {
                    let (_, text) = segments.find(|(index, _)| index == wanted)?;
                    Some((*name, text.to_owned()))
                };
                kwargs.iter().map(value).collect()
            }
            Values::Regex(regex, names) => {
                let captures = regex.captures(path)?;
                let value =
                    |name: &&'static str| Some((*name, captures.name(name)?.as_str().to_owned()));
                Some(names.iter().filter_map(value).collect())
            }
        }
    }
}

/// `/products.json` and `/products.json/` as `/products` and `json` (DRF:
/// `format_suffix_patterns`).
fn split_format(path: &str) -> Option<(&str, &str)> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let (base, format) = path.rsplit_once('.')?;
    let valid = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (!format.is_empty() && format.bytes().all(valid)).then_some((base, format))
}

/// A walk through the tree for the first pattern that matches.
struct Search<'a> {
    patterns: &'a [Pattern],
    path: &'a str,
    found: Option<(usize, Kwargs)>,
}

impl Search<'_> {
    /// `rest` has the segments that are not read yet; none of them is none, not an empty one.
    fn visit(&mut self, node: &Node, rest: Option<&str>) {
        self.take_first_of(&node.open);
        let Some(rest) = rest else {
            self.take_first_of(&node.ends);
            return;
        };
        let (segment, rest) = match rest.split_once('/') {
            Some((segment, rest)) => (segment, Some(rest)),
            None => (rest, None),
        };
        if let Some(child) = node.literals.get(segment) {
            self.visit(child, rest);
        }
        for (test, child) in &node.tests {
            if test.passes(segment) {
                self.visit(child, rest);
            }
        }
    }

    /// `candidates` are in order.
    fn take_first_of(&mut self, candidates: &[usize]) {
        for index in candidates {
            if self.found.as_ref().is_some_and(|(found, _)| found < index) {
                return;
            }
            if let Some(kwargs) = self.patterns[*index].kwargs(self.path) {
                self.found = Some((*index, kwargs));
                return;
            }
        }
    }
}

impl Node {
    fn child(&mut self, segment: &Segment) -> &mut Self {
        match segment {
            Segment::Literal(text) => self.literals.entry(text.as_str().into()).or_default(),
            Segment::Regex { text, .. } => {
                let known = self.tests.iter().position(|(test, _)| test.text == *text);
                let index = known.unwrap_or_else(|| {
                    self.tests.push((Test::new(text), Self::default()));
                    self.tests.len() - 1
                });
                &mut self.tests[index].1
            }
        }
    }

    /// The first pattern that matches every path of `segments`.
    fn covers(&self, segments: &[Segment]) -> Option<usize> {
        let Some((segment, rest)) = segments.split_first() else {
            return self.ends.first().copied();
        };
        let literal = match segment {
            Segment::Literal(text) => self.literals.get(text.as_str()),
            Segment::Regex { .. } => None,
        };
        let tests = self.tests.iter().filter(|(test, _)| test.covers(segment));
        let children = literal.into_iter().chain(tests.map(|(_, child)| child));
        children.filter_map(|child| child.covers(rest)).min()
    }
}

impl Test {
    fn new(text: &str) -> Self {
        let check = match text {
            SEGMENT => Check::NotEmpty,
            LOOKUP => Check::NoDot,
            _ => {
                let regex = Regex::new(&format!("^(?:{text})$"));
                let regex = regex.unwrap_or_else(|error| {
                    misconfigured(format_args!("`{text}` is no pattern of a segment: {error}"))
                });
                Check::Regex(Box::new(regex))
            }
        };
        Self {
            text: text.to_owned(),
            check,
        }
    }

    fn passes(&self, segment: &str) -> bool {
        match &self.check {
            Check::NotEmpty => !segment.is_empty(),
            Check::NoDot => !segment.is_empty() && !segment.contains('.'),
            Check::Regex(regex) => regex.is_match(segment),
        }
    }

    /// Whether whatever `segment` matches passes.
    fn covers(&self, segment: &Segment) -> bool {
        match segment {
            Segment::Literal(text) => self.passes(text),
            Segment::Regex { text, .. } if *text == self.text => true,
            Segment::Regex { text, .. } => {
                matches!(self.check, Check::NotEmpty) && !may_be_empty(text)
            }
        }
    }
}

impl Segments {
    fn of(path: &PathTemplate) -> Self {
        let mut known = Vec::new();
        let mut parts: Vec<Part> = Vec::new();
        for part in path.parts() {
            match part {
                Part::Literal(text) => {
                    let mut texts = text.split('/');
                    parts.extend(texts.next().and_then(literal));
                    for text in texts {
                        known.push(Segment::of(&parts));
                        parts.clear();
                        parts.extend(literal(text));
                    }
                }
                Part::Capture { pattern, .. } => {
                    if pattern.as_deref().is_some_and(may_span) {
                        return Self { known, open: true };
                    }
                    parts.push(part.clone());
                }
            }
        }
        known.push(Segment::of(&parts));
        Self { known, open: false }
    }

    /// The path, if there are no captures in it.
    fn literal_path(&self) -> Option<String> {
        let mut path = String::new();
        for segment in &self.known {
            let Segment::Literal(text) = segment else {
                return None;
            };
            path.push('/');
            path.push_str(text);
        }
        (!self.open).then_some(path)
    }

    /// The captures as segments, if each is one.
    fn values(&self, kwargs: &[&'static str]) -> Option<Values> {
        let dynamic = self.known.iter().enumerate();
        let dynamic: Vec<_> = dynamic
            .filter_map(|(index, segment)| match segment {
                Segment::Literal(_) => None,
                Segment::Regex { capture, .. } => Some((index, *capture)),
            })
            .collect();
        if self.open || dynamic.iter().any(|(_, capture)| !capture) {
            return None;
        }
        let kwargs = kwargs.iter().zip(dynamic);
        Some(Values::Segments(
            kwargs.map(|(name, (index, _))| (*name, index)).collect(),
        ))
    }
}

impl Segment {
    fn of(parts: &[Part]) -> Self {
        match parts {
            [] => Self::Literal(String::new()),
            [Part::Literal(text)] => Self::Literal(text.clone()),
            [Part::Capture { pattern, .. }] => Self::Regex {
                text: pattern.as_deref().unwrap_or(SEGMENT).to_owned(),
                capture: true,
            },
            _ => Self::Regex {
                text: parts.iter().map(Part::shape).collect(),
                capture: false,
            },
        }
    }
}

fn literal(text: &str) -> Option<Part> {
    (!text.is_empty()).then(|| Part::Literal(text.to_owned()))
}

/// Whether what `pattern` matches may have a slash in it, or depends on what stands around it.
fn may_span(pattern: &str) -> bool {
    fn has_slash(hir: &Hir) -> bool {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => false,
            HirKind::Literal(literal) => literal.0.contains(&b'/'),
            HirKind::Class(Class::Unicode(class)) => class
                .iter()
                .any(|range| (range.start()..=range.end()).contains(&'/')),
            HirKind::Class(Class::Bytes(class)) => class
                .iter()
                .any(|range| (range.start()..=range.end()).contains(&b'/')),
            HirKind::Repetition(repetition) => has_slash(&repetition.sub),
            HirKind::Capture(capture) => has_slash(&capture.sub),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(has_slash),
        }
    }
    match regex_syntax::parse(pattern) {
        Ok(hir) => !hir.properties().look_set().is_empty() || has_slash(&hir),
        // The regular expression of the whole says what is wrong with it.
        Err(_) => true,
    }
}

fn may_be_empty(pattern: &str) -> bool {
    let hir = regex_syntax::parse(pattern);
    hir.map_or(true, |hir| hir.properties().minimum_len() == Some(0))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    /// Segments of templates; `@` becomes a number, so that names are unique.
    const TEMPLATES: &[&str] = &[
        "a",
        "b",
        "1",
        "a.b",
        "",
        "{x@}",
        "{x@:[^/.]+}",
        "{x@:[0-9]+}",
        "{x@:[a-z]*}",
        "{x@:(?i)A|b}",
        "{x@:\\bA}",
        "{x@:.+}",
        "{x@:.*}",
        "{x@:a/b|a}",
        "a-{x@}",
        "{x@}.{y@:[a-z]+}",
    ];

    const SEGMENTS: &[&str] = &[
        "a", "b", "", "1", "A", "a.b", "a-1", "a.json", "..", ".json", "é", "\n", "a\0",
    ];

    fn route(template: &str, format_suffixes: bool) -> Route {
        let path = PathTemplate::parse(template);
        Route {
            suffixed: path.trim_end('/'),
            path,
            name: None,
            namespace: None,
            format_suffixes,
            optional_slash: false,
            operation_prefix: None,
            collection: None,
            place: None,
            parents: Vec::new(),
            view: "View",
            location: None,
            mount: Arc::new(|_| unreachable!("nothing is mounted here")),
        }
    }

    /// Regular expressions one after the other: what the tree must agree with.
    struct Naive(Vec<(usize, Vec<&'static str>, Regex)>);

    impl Naive {
        fn new(routes: &[Route]) -> Self {
            let mut patterns = Vec::new();
            for (index, route) in routes.iter().enumerate() {
                let mut push = |regex: String| {
                    let names = route.path.captures().map(intern).collect();
                    let regex = Regex::new(&regex).expect("the templates are valid");
                    patterns.push((index, names, regex));
                };
                push(format!("^/{}$", route.path.regex()));
                if route.format_suffixes {
                    let suffix = format!("\\.(?P<{FORMAT}>[a-z0-9]+)/?$");
                    push(format!("^/{}{suffix}", route.suffixed.regex()));
                }
            }
            Self(patterns)
        }

        fn find(&self, path: &str) -> Match {
            let first = |path: &str| {
                self.0.iter().find_map(|(index, names, regex)| {
                    let captures = regex.captures(path)?;
                    let text = |name: &str| Some(captures.name(name)?.as_str().to_owned());
                    let kwargs = names.iter().filter_map(|name| Some((*name, text(name)?)));
                    Some(Match::Route {
                        index: *index,
                        kwargs: kwargs.collect(),
                        format: text(FORMAT),
                    })
                })
            };
            match first(path) {
                Some(found) => found,
                None if !path.ends_with('/') && first(&format!("{path}/")).is_some() => {
                    Match::Slash
                }
                None => Match::None,
            }
        }
    }

    fn templates() -> impl Strategy<Value = Vec<Route>> {
        let template = vec(select(TEMPLATES), 0..4).prop_map(|segments| {
            let numbered = segments.iter().enumerate();
            let numbered =
                numbered.map(|(number, segment)| segment.replace('@', &number.to_string()));
            numbered.collect::<Vec<_>>().join("/")
        });
        let route = (template, any::<bool>())
            .prop_map(|(template, format_suffixes)| route(&template, format_suffixes));
        vec(route, 1..8)
    }

    fn paths() -> impl Strategy<Value = String> {
        let path =
            vec(select(SEGMENTS), 0..5).prop_map(|segments| format!("/{}", segments.join("/")));
        prop_oneof![9 => path, 1 => any::<String>()]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn the_tree_agrees_with_the_first_regular_expression_that_matches(
            routes in templates(),
            paths in vec(paths(), 64),
        ) {
            let (matcher, naive) = (Matcher::new(&routes), Naive::new(&routes));
            for path in paths {
                prop_assert_eq!(matcher.find(&path), naive.find(&path), "{:?}", path);
            }
        }

        #[test]
        fn what_is_called_unreachable_is_reached_by_no_path(
            routes in templates(),
            paths in vec(paths(), 64),
        ) {
            let (matcher, naive) = (Matcher::new(&routes), Naive::new(&routes));
            let unreachable: Vec<_> = matcher.unreachable().map(|(route, _)| route).collect();
            for path in paths {
                if let Match::Route { index, format: None, .. } = naive.find(&path) {
                    prop_assert!(!unreachable.contains(&index), "{:?} {:?}", index, path);
                }
            }
        }
    }

    #[test]
    fn literal_routes_behind_captures_are_unreachable() {
        let unreachable = |templates: &[&str]| -> Vec<_> {
            let routes: Vec<_> = templates.iter().map(|text| route(text, false)).collect();
            Matcher::new(&routes).unreachable().collect()
        };
        assert_eq!(unreachable(&["{slug}/", "about/"]), [(1, 0)]);
        assert_eq!(unreachable(&["about/", "{slug}/"]), []);
        assert_eq!(unreachable(&["{x:[0-9]+}/", "about/", "7/"]), [(2, 0)]);
        assert_eq!(unreachable(&["{x:.+}", "a/b/"]), [(1, 0)]);
        assert_eq!(unreachable(&["{a}/x/{pk}/", "b/x/{pk:[0-9]+}/"]), [(1, 0)]);
        assert_eq!(unreachable(&["{a}/", "{b:[a-z]*}/"]), []);
        assert_eq!(unreachable(&["{a:[^/.]+}/", "a.b/"]), []);
    }
}

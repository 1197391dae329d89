//! The URLs of an API, made of its routes.

use std::{any::TypeId, collections::HashMap, fmt, sync::OnceLock};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use regex::Regex;
use restflow_exceptions::{ApiError, Result};

use crate::Kwargs;

/// What stands in a path as it is (RFC 3986 §3.3: `pchar` and the slash).
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'/');

/// The text in a path, percent-encoded.
pub fn encode_path(text: &str) -> impl Iterator<Item = &str> {
    utf8_percent_encode(text, PATH)
}

/// The path of a route, to be filled with values.
pub struct UrlTemplate {
    parts: Vec<Part>,
    place: Option<UrlPlace>,
}

enum Part {
    Literal(String),
    Capture(Capture),
}

struct Capture {
    name: String,
    pattern: String,
    /// Made of the pattern when the first value is checked.
    regex: OnceLock<Option<Regex>>,
}

/// Which route of a viewset it is, and what its captures mean.
#[derive(Debug, Clone)]
pub struct UrlPlace {
    /// The type of the viewset.
    pub view: TypeId,
    /// The last part of the route's name: `list`, `detail`, `set-price`.
    pub url_name: String,
    /// The captures with the keys of the parents, the outermost first.
    pub parents: Vec<&'static str>,
    /// The capture with the key of the object, on paths that address one.
    pub lookup: Option<&'static str>,
    /// The captures of the action's own path.
    pub parameters: Vec<String>,
    /// Why keys of the types that the viewset declares would lead nowhere, if they would.
    pub mistyped: Option<String>,
}

/// The values of the captures that [`UrlPlace`] tells apart.
#[derive(Debug, Clone, Default)]
pub struct UrlValues {
    /// The keys of the parents, the outermost first; none where the current request has them.
    pub parents: Vec<String>,
    /// The key of the object.
    pub key: Option<String>,
    /// The values of the action's own path.
    pub parameters: Vec<String>,
}

impl UrlTemplate {
    /// The path `/`, to which parts are added.
    #[must_use]
    pub fn new() -> Self {
        Self {
            parts: vec![Part::Literal("/".to_owned())],
            place: None,
        }
    }

    /// Goes on with `text`.
    #[must_use]
    pub fn literal(mut self, text: &str) -> Self {
        self.parts.push(Part::Literal(text.to_owned()));
        self
    }

    /// Goes on with a value that must match the regular expression `pattern` whole.
    #[must_use]
    pub fn capture(mut self, name: &str, pattern: &str) -> Self {
        self.parts.push(Part::Capture(Capture {
            name: name.to_owned(),
            pattern: pattern.to_owned(),
            regex: OnceLock::new(),
        }));
        self
    }

    /// Says which route of a viewset it is.
    #[must_use]
    pub fn place(mut self, place: Option<UrlPlace>) -> Self {
        self.place = place;
        self
    }

    fn captures(&self) -> impl Iterator<Item = &Capture> {
        self.parts.iter().filter_map(|part| match part {
            Part::Capture(capture) => Some(capture),
            Part::Literal(_) => None,
        })
    }

    fn takes(&self, kwargs: &[(&str, &str)]) -> bool {
        self.captures().count() == kwargs.len()
            && self
                .captures()
                .all(|capture| kwargs.iter().any(|(name, _)| *name == capture.name))
    }

    /// The path with these values; fails with what is wrong with one.
    fn fill<'v>(&self, value_of: impl Fn(&str) -> Option<&'v str>) -> Result<String, String> {
        let mut path = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => path.extend(encode_path(text)),
                Part::Capture(capture) => {
                    let value = value_of(&capture.name)
                        .ok_or_else(|| format!("`{self}` needs a value for `{}`", capture.name))?;
                    if !capture.matches(value) {
                        return Err(format!(
                            "`{value}` is no value for `{}` in `{self}`, which must match `{}`",
                            capture.name, capture.pattern
                        ));
                    }
                    path.extend(encode_path(value));
                }
            }
        }
        if path.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(format!(
                "`{path}` has a segment that clients take for a relative path and resolve"
            ));
        }
        // Two slashes at the start would name a host.
        match path.strip_prefix("//") {
            Some(rest) => Ok(format!("/%2F{rest}")),
            None => Ok(path),
        }
    }
}

impl Default for UrlTemplate {
    fn default() -> Self {
        Self::new()
    }
}

impl Capture {
    fn matches(&self, value: &str) -> bool {
        let regex = self
            .regex
            .get_or_init(|| Regex::new(&format!("^(?:{})$", self.pattern)).ok());
        regex.as_ref().is_none_or(|regex| regex.is_match(value))
    }
}

/// The form for people: `/products/{pk}/`.
impl fmt::Display for UrlTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                Part::Literal(text) => f.write_str(text)?,
                Part::Capture(capture) => write!(f, "{{{}}}", capture.name)?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for UrlTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UrlTemplate")
            .field(&self.to_string())
            .finish()
    }
}

/// The named URLs of an API, for reversing.
#[derive(Debug, Default)]
pub struct UrlTable {
    templates: Vec<UrlTemplate>,
    by_name: HashMap<String, Vec<usize>>,
    by_place: HashMap<TypeId, HashMap<String, Vec<usize>>>,
}

impl UrlTable {
    /// Adds the path of a route. Several routes may share a name when their captures differ.
    pub fn insert(&mut self, name: Option<&str>, template: UrlTemplate) {
        let index = self.templates.len();
        if let Some(name) = name {
            let known = self.by_name.entry(name.to_owned()).or_default();
            known.push(index);
        }
        if let Some(place) = &template.place {
            let routes = self.by_place.entry(place.view).or_default();
            let known = routes.entry(place.url_name.clone()).or_default();
            known.push(index);
        }
        self.templates.push(template);
    }

    /// The path of the route `name` with its captures filled in and percent-encoded.
    ///
    /// Fails with an internal error, whose text for the log names the reason, when no route has
    /// this name and exactly these captures, or a value does not match the pattern of its capture
    /// (Django: `NoReverseMatch`).
    pub fn reverse(&self, name: &str, kwargs: &[(&str, &str)]) -> Result<String> {
        let Some(named) = self.by_name.get(name) else {
            return Err(ApiError::internal(format!("no route is named `{name}`")));
        };
        let templates = named.iter().map(|index| &self.templates[*index]);
        let mut problem = None;
        for template in templates.clone().filter(|template| template.takes(kwargs)) {
            let value_of = |wanted: &str| {
                let mut values = kwargs.iter().filter(|(name, _)| *name == wanted);
                values.next().map(|(_, value)| *value)
            };
            match template.fill(value_of) {
                Ok(path) => return Ok(path),
                Err(error) => problem = problem.or(Some(error)),
            }
        }
        let problem = problem.unwrap_or_else(|| {
            let given: Vec<_> = kwargs.iter().map(|(name, _)| *name).collect();
            let known: Vec<_> = templates.map(ToString::to_string).collect();
            format!("it is {}, and was given {given:?}", known.join(" or "))
        });
        Err(ApiError::internal(format!(
            "the route `{name}` cannot be reversed: {problem}"
        )))
    }

    /// The path of a route of the viewset `view`. Captures that are not the viewset's own, those
    /// of a prefix, are filled from `current`, the request that asks; so are those of parents that
    /// `values` leaves out, all or the outermost, which are not nested by their types. Where the
    /// viewset is routed several times, that path wins which has most in common with the path of the
    /// request.
    ///
    /// Fails as [`reverse`](Self::reverse) does.
    pub fn reverse_view(
        &self,
        view: (TypeId, &str),
        url_name: &str,
        values: &UrlValues,
        current: Option<(&str, &Kwargs)>,
    ) -> Result<String> {
        let (type_id, view) = view;
        let fail = |problem: &str| {
            ApiError::internal(format!("`{url_name}` of `{view}` has no URL: {problem}"))
        };
        let routes = self.by_place.get(&type_id);
        let Some(known) = routes.and_then(|routes| routes.get(url_name)) else {
            return Err(fail("no router has such a route"));
        };
        let mut templates: Vec<_> = known.iter().map(|index| &self.templates[*index]).collect();
        if let Some((pattern, _)) = current.filter(|_| known.len() > 1) {
            // Stable, so that the first in the order of registration wins among equals.
            templates.sort_by_key(|template| {
                std::cmp::Reverse(common_segments(&template.to_string(), pattern))
            });
        }
        let mut problem = None;
        for template in templates {
            match fill_place(template, values, current.map(|(_, kwargs)| kwargs)) {
                Ok(path) => return Ok(path),
                Err(error) => problem = problem.or(Some(error)),
            }
        }
        Err(fail(&problem.unwrap_or_default()))
    }

    /// The names in no particular order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }
}

fn fill_place(
    template: &UrlTemplate,
    values: &UrlValues,
    current: Option<&Kwargs>,
) -> Result<String, String> {
    let place = template.place.as_ref();
    let place = place.expect("only templates with a place are found by it");
    let has_keys = values.key.is_some() || !values.parents.is_empty();
    if let Some(mistyped) = place.mistyped.as_ref().filter(|_| has_keys) {
        return Err(mistyped.clone());
    }
    // Those of the outer ones may be left out.
    let (needed, given) = (place.parents.len(), values.parents.len());
    let Some(left_out) = needed.checked_sub(given) else {
        return Err(format!(
            "`{template}` is below {needed} parents, and the keys of {given} were given"
        ));
    };
    let keys = &place.parents[left_out..];
    if place.lookup.is_some() != values.key.is_some()
        || place.parameters.len() != values.parameters.len()
    {
        return Err(format!("`{template}` has other captures"));
    }
    let parents = keys.iter().copied().zip(&values.parents);
    let key = place.lookup.into_iter().zip(&values.key);
    let parameters = place.parameters.iter().map(String::as_str);
    let given: Vec<(&str, &String)> = parents
        .chain(key)
        .chain(parameters.zip(&values.parameters))
        .collect();
    template.fill(|wanted| {
        let own = given.iter().find(|(name, _)| *name == wanted);
        match own {
            Some((_, value)) => Some(value.as_str()),
            None => current?.get(wanted),
        }
    })
}

/// How many segments two paths have in common from the start.
fn common_segments(one: &str, other: &str) -> usize {
    let segments = one.split('/').zip(other.split('/'));
    segments.take_while(|(one, other)| one == other).count()
}

/// What knows the URLs of an API: a request, which makes absolute ones, or the table of routes,
/// which makes paths.
pub trait UrlBase {
    /// The URLs.
    fn urls(&self) -> &UrlTable;

    /// The URL of a path of the API.
    fn url_of(&self, path: String) -> String;

    /// The path of the current request as a template, and its captures.
    fn current(&self) -> Option<(&str, &Kwargs)>;

    /// The place below the row with these keys, for the URLs of a nested viewset:
    /// `ReviewViewSet::detail_url(request.under(product.id), review.id)`. Below several parents the
    /// keys are a tuple, the outermost first: `request.under((client, maildrop))`.
    fn under<K>(&self, keys: K) -> Under<'_, Self, K>
    where
        Self: Sized,
    {
        Under { base: self, keys }
    }
}

/// The rows below which a nested viewset is addressed, see [`UrlBase::under`].
#[derive(Debug)]
pub struct Under<'a, B, K> {
    /// What knows the URLs.
    pub base: &'a B,
    /// The key of the parent, or a tuple of the keys of several, the outermost first.
    pub keys: K,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reversed(urls: &UrlTable, name: &str, kwargs: &[(&str, &str)]) -> Option<String> {
        urls.reverse(name, kwargs).ok()
    }

    #[test]
    fn urls_are_reversed_by_name_and_captures() {
        let mut urls = UrlTable::default();
        let tags = || UrlTemplate::new().literal("api/tags/");
        urls.insert(Some("tag-list"), tags());
        let detail = tags().capture("pk", "[^/.]+").literal("/");
        urls.insert(Some("tag-detail"), detail);
        let file = UrlTemplate::new().capture("path", ".*");
        urls.insert(Some("file"), file);
        let check = |name: &str, kwargs: &[(&str, &str)], expected: Option<&str>| {
            let found = reversed(&urls, name, kwargs);
            assert_eq!(found.as_deref(), expected, "{name} {kwargs:?}");
        };
        check("tag-list", &[], Some("/api/tags/"));
        check("tag-detail", &[("pk", "3")], Some("/api/tags/3/"));
        check(
            "tag-detail",
            &[("pk", "ä b%")],
            Some("/api/tags/%C3%A4%20b%25/"),
        );
        check(
            "tag-detail",
            &[("pk", "~a=b+c@d:e,f")],
            Some("/api/tags/~a=b+c@d:e,f/"),
        );
        check(
            "tag-detail",
            &[("pk", r#"a?b#c"\"#)],
            Some("/api/tags/a%3Fb%23c%22%5C/"),
        );
        // What the pattern would not match is no URL.
        check("tag-detail", &[("pk", "a/b")], None);
        check("tag-detail", &[("pk", "a.b")], None);
        check("tag-detail", &[("pk", "")], None);
        check("tag-detail", &[], None);
        check("tag-detail", &[("id", "3")], None);
        check("tag-detail", &[("pk", "3"), ("pk", "4")], None);
        check("tag-list", &[("pk", "3")], None);
        check("nope", &[], None);
        check("file", &[("path", "a/b.txt")], Some("/a/b.txt"));
        check("file", &[("path", "/evil.com")], Some("/%2Fevil.com"));
        for path in ["..", "a/../b", "./a"] {
            check("file", &[("path", path)], None);
        }
    }

    #[test]
    fn the_reason_is_told() {
        let mut urls = UrlTable::default();
        let year = UrlTemplate::new()
            .literal("in/")
            .capture("year", "[0-9]{4}");
        urls.insert(Some("year"), year);
        let reason = |name: &str, kwargs: &[(&str, &str)]| {
            let error = urls
                .reverse(name, kwargs)
                .expect_err("it cannot be reversed");
            let reason = std::error::Error::source(&error).expect("the log is told why");
            reason.to_string()
        };
        assert_eq!(reason("yaer", &[]), "no route is named `yaer`");
        assert_eq!(
            reason("year", &[("month", "1")]),
            "the route `year` cannot be reversed: it is /in/{year}, and was given [\"month\"]"
        );
        assert_eq!(
            reason("year", &[("year", "99")]),
            "the route `year` cannot be reversed: `99` is no value for `year` in `/in/{year}`, \
             which must match `[0-9]{4}`"
        );
    }
}

/// The query parameters of a request, decoded, in the order in which they
/// were sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueryParams {
    pairs: Vec<(String, String)>,
}

impl QueryParams {
    /// Reads a query string, without its question mark.
    ///
    /// Nothing is refused: bytes that are not UTF-8 become replacement
    /// characters, a name without `=` has an empty value.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        Self {
            pairs: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        }
    }

    /// The value of a parameter; the last one wins when it was sent several
    /// times, as in Django's `QueryDict`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// All values of a parameter, in their order.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter()
            .filter(move |(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// Whether the parameter was sent, even if empty.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.pairs.iter().any(|(key, _)| key == name)
    }

    /// All parameters with their values, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// All parameters with their values, as paginators take them.
    #[must_use]
    pub fn as_pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The name of a list and the place of an element in it, of a parameter such as `tags[0]`.
    ///
    /// Filters of lists put such elements in the order of their places, unless the name of the
    /// list itself is there, too.
    ///
    /// DRF: `rest_framework.utils.html.parse_html_list`.
    #[must_use]
    pub fn element(name: &str) -> Option<(&str, u32)> {
        let (list, index) = name.strip_suffix(']')?.rsplit_once('[')?;
        let is_number = index.bytes().all(|byte| byte.is_ascii_digit());
        Some((list, index.parse().ok().filter(|_| is_number)?))
    }

    /// Whether no parameter was sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for QueryParams {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self {
            pairs: pairs
                .into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_wins_and_all_are_kept() {
        let params = QueryParams::parse("tags=1&page&tags=2&name%21=a+b%20c&x=%FF");
        assert_eq!(params.get("tags"), Some("2"));
        assert_eq!(params.get_all("tags").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(params.get("page"), Some(""));
        assert_eq!(params.get("name!"), Some("a b c"));
        assert_eq!(params.get("x"), Some("\u{FFFD}"));
        assert_eq!(params.get("nope"), None);
        assert!(params.contains("page"));
        assert!(QueryParams::parse("").is_empty());
    }

    #[test]
    fn elements_have_a_list_and_a_place() {
        assert_eq!(QueryParams::element("tags[0]"), Some(("tags", 0)));
        assert_eq!(QueryParams::element("tags![12]"), Some(("tags!", 12)));
        for name in [
            "tags",
            "tags[]",
            "tags[x]",
            "tags[+1]",
            "tags[-1]",
            "tags[99999999999]",
            "]",
        ] {
            assert_eq!(QueryParams::element(name), None, "{name}");
        }
    }
}

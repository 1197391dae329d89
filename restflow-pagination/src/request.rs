use std::borrow::Cow;
use std::fmt::{self, Write};

/// The URL of one request, seen by a paginator: what the client asked for, and
/// what the links of the answer are made from.
#[derive(Clone, Copy)]
pub struct PageRequest<'a> {
    url: &'a str,
    pairs: &'a [(String, String)],
    is_filter: Option<&'a (dyn Fn(&str) -> bool + Sync)>,
}

impl<'a> PageRequest<'a> {
    /// Takes the absolute URL of the request and its decoded query pairs, in
    /// the order in which they were sent.
    ///
    /// The pairs are not read from the URL again: a query string and a
    /// fragment in `url` are ignored, the links get their query from `pairs`.
    #[must_use]
    pub fn new(url: &'a str, pairs: &'a [(String, String)]) -> Self {
        let end = url.find(['?', '#']).unwrap_or(url.len());
        Self {
            url: &url[..end],
            pairs,
            is_filter: None,
        }
    }

    /// Says which query parameters choose the rows of the list, by their names.
    ///
    /// A cursor of [`CursorPagination`](crate::CursorPagination) belongs to the
    /// values of these parameters: with others, it is refused. Parameters that
    /// filter nothing, such as `format` and the `_` that defeats caches, may
    /// change from page to page. Unless it is told, all parameters filter, but
    /// for those of the paginator itself. Views tell the parameters of their
    /// filter backends.
    #[must_use]
    pub const fn filtered_by(mut self, is_filter: &'a (dyn Fn(&str) -> bool + Sync)) -> Self {
        self.is_filter = Some(is_filter);
        self
    }

    /// The parameters that choose the rows of the list, sorted by name.
    pub(crate) fn filters(&self) -> Vec<(&'a str, &'a str)> {
        let pairs = self.pairs.iter();
        let mut filters: Vec<_> = pairs
            .filter(|(name, _)| self.is_filter.is_none_or(|is_filter| is_filter(name)))
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        filters.sort_by_key(|(name, _)| *name);
        filters
    }

    /// The URL without its scheme and host.
    pub(crate) fn path(&self) -> &'a str {
        match self.url.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("", |start| &rest[start..]),
            None => self.url,
        }
    }

    /// The value of a query parameter; the last one wins when it was sent
    /// several times, as in Django's `QueryDict`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.pairs
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The URL of the request with one query parameter set.
    ///
    /// The other parameters stay, sorted by name, as
    /// `rest_framework.utils.urls.replace_query_param` leaves them.
    #[must_use]
    pub fn replace_query_param(&self, name: &str, value: &str) -> String {
        self.link(&[(name, Some(value))])
    }

    /// The URL of the request without one query parameter, the others sorted
    /// by name.
    #[must_use]
    pub fn remove_query_param(&self, name: &str) -> String {
        self.link(&[(name, None)])
    }

    /// The URL of the request with several changes at once: a parameter is
    /// set (`Some`) or removed (`None`).
    #[must_use]
    pub fn link(&self, changes: &[(&str, Option<&str>)]) -> String {
        let kept = self
            .pairs
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .filter(|(key, _)| changes.iter().all(|(name, _)| name != key));
        let set = changes
            .iter()
            .filter_map(|(name, value)| value.map(|value| (*name, value)));
        let mut query: Vec<(&str, &str)> = kept.chain(set).collect();
        query.sort_by_key(|(key, _)| *key);

        let mut link = self.url.to_owned();
        for (index, (key, value)) in query.into_iter().enumerate() {
            link.push(if index == 0 { '?' } else { '&' });
            link.push_str(&quote_plus(key));
            link.push('=');
            link.push_str(&quote_plus(value));
        }
        link
    }
}

impl fmt::Debug for PageRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageRequest")
            .field("url", &self.url)
            .field("pairs", &self.pairs)
            .finish_non_exhaustive()
    }
}

/// Percent-encodes as Python's `urllib.parse.quote_plus` does: letters,
/// digits and `_.-~` stay, a space becomes `+`.
pub(crate) fn quote_plus(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte);
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut quoted = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        match byte {
            b' ' => quoted.push('+'),
            _ if plain(byte) => quoted.push(char::from(byte)),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "%{byte:02X}");
            }
        }
    }
    Cow::Owned(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(query: &str) -> Vec<(String, String)> {
        form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect()
    }

    #[test]
    fn links_are_those_of_drf() {
        let cases = [
            ("", "page=2"),
            ("page=1", "page=2"),
            ("page_size=1", "page=2&page_size=1"),
            (
                "tags=2&tags=1&page_size=2",
                "page=2&page_size=2&tags=2&tags=1",
            ),
            ("search=a%20b&page=1", "page=2&search=a+b"),
            ("x=&page_size=40", "page=2&page_size=40&x="),
            ("page=2&x=1&a=%C3%A9", "a=%C3%A9&page=2&x=1"),
            ("name%21=Whisk", "name%21=Whisk&page=2"),
            ("t=~*", "page=2&t=~%2A"),
        ];
        for (query, expected) in cases {
            let pairs = pairs(query);
            let url = format!("http://testserver/api/products/?{query}");
            let request = PageRequest::new(&url, &pairs);
            assert_eq!(
                request.replace_query_param("page", "2"),
                format!("http://testserver/api/products/?{expected}"),
            );
        }
    }

    #[test]
    fn removing_the_only_parameter_removes_the_question_mark() {
        let pairs = pairs("page=2");
        let request = PageRequest::new("http://testserver/a/?page=2#top", &pairs);
        assert_eq!(request.remove_query_param("page"), "http://testserver/a/");
    }

    #[test]
    fn filters_are_all_parameters_unless_it_is_told() {
        let pairs = pairs("b=2&_=1&b=1&a=");
        let request = PageRequest::new("https://example.org/a/b/?b=2", &pairs);
        assert_eq!(request.path(), "/a/b/");
        let all = [("_", "1"), ("a", ""), ("b", "2"), ("b", "1")];
        assert_eq!(request.filters(), all);
        let told = request.filtered_by(&|name| name == "b");
        assert_eq!(told.filters(), [("b", "2"), ("b", "1")]);
    }

    #[test]
    fn the_last_of_repeated_parameters_wins() {
        let pairs = pairs("page=1&page=2");
        assert_eq!(PageRequest::new("", &pairs).get("page"), Some("2"));
    }
}

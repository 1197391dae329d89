use std::borrow::Cow;
use std::fmt::Write;

/// The URL of one request, seen by a paginator: what the client asked for, and
/// what the links of the answer are made from.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest<'a> {
    url: &'a str,
    pairs: &'a [(String, String)],
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
    fn the_last_of_repeated_parameters_wins() {
        let pairs = pairs("page=1&page=2");
        assert_eq!(PageRequest::new("", &pairs).get("page"), Some("2"));
    }
}

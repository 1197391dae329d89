//! Media types as headers write them.

use mime::Mime;

/// Reads a media type or a range of them, with blanks around the semicolons and empty parameters,
/// which RFC 9110 §5.6.6 allows and `mime` does not. `None` for what is neither.
pub(crate) fn parse(text: &str) -> Option<Mime> {
    let text = text.trim();
    let parsed = text.parse().or_else(|_| {
        let parts: Vec<_> = split(text, ';')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect();
        parts.join(";").parse()
    });
    let media_type: Mime = parsed.ok()?;
    let subtype = media_type.subtype();
    let fits = if media_type.type_() == mime::STAR {
        subtype == mime::STAR
    } else {
        subtype != ""
    };
    fits.then_some(media_type)
}

/// Splits at `separator`, except for those in quotes.
pub(crate) fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |char| {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            _ => return !quoted && char == separator,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn blanks_and_empty_parameters_are_allowed() {
        for text in [
            "text/csv;q=0.5;x=\"a;b\"",
            "text/csv ; q=0.5 ; x=\"a;b\"",
            " text/csv;q=0.5;\tx=\"a;b\";",
            "TEXT/CSV;;Q=0.5;X=\"a;b\"",
        ] {
            let parsed = parse(text).unwrap();
            assert_eq!(parsed.essence_str(), "text/csv", "{text}");
            assert_eq!(parsed.get_param("q").unwrap(), "0.5", "{text}");
            assert_eq!(parsed.get_param("x").unwrap(), "a;b", "{text}");
        }
        for text in [
            "", ";", "text", "text/", "/csv", "*", "*/csv", "a/b/c", "a b/c", "a/b;=",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
        assert_eq!(parse("*/*;q=0").unwrap().type_(), mime::STAR);
    }
}

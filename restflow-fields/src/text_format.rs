//! The formats of texts, checked by `validator`'s traits and, where Django is stricter, its rules.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, Ipv6Addr},
    sync::{LazyLock, RwLock},
};

use regex::Regex;
use restflow_exceptions::ErrorMessage;
use validator::{ValidateEmail, ValidateIp, ValidateRegex, ValidateUrl};

use crate::{TextFormat, python};

/// A pattern of [`TextFormat::Regex`] that does not compile.
#[derive(Debug, Clone)]
pub struct InvalidPattern {
    pattern: &'static str,
    error: regex::Error,
}

impl std::fmt::Display for InvalidPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the pattern `{}` does not compile: {}",
            self.pattern, self.error
        )
    }
}

impl std::error::Error for InvalidPattern {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

const IP: &str = "Enter a valid IPv4 or IPv6 address.";

impl TextFormat {
    /// Tells whether the pattern compiles. Ask it when routes are built, so that a mistake in a
    /// pattern shows before the first request.
    pub fn check(self) -> Result<(), InvalidPattern> {
        match self {
            Self::Regex(pattern) => compiled(pattern).map(|_| ()),
            _ => Ok(()),
        }
    }

    /// Tells whether the format is one of the IP addresses.
    pub(crate) fn is_ip(self) -> bool {
        matches!(self, Self::Ip | Self::Ipv4 | Self::Ipv6)
    }

    /// DRF's complaint about a text that does not have the format.
    pub(crate) fn message(self) -> ErrorMessage {
        let text = match self {
            Self::Email => "Enter a valid email address.",
            Self::Url => "Enter a valid URL.",
            Self::Slug => {
                "Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens."
            }
            Self::UnicodeSlug => {
                "Enter a valid \"slug\" consisting of Unicode letters, numbers, underscores, or hyphens."
            }
            Self::Ip => IP,
            Self::Ipv4 => "Enter a valid IPv4 address.",
            Self::Ipv6 => "Enter a valid IPv6 address.",
            Self::Regex(_) => "This value does not match the required pattern.",
        };
        ErrorMessage::new(text, "invalid")
    }

    /// The complaint of `IPAddressField` about input that is not even a text of an address.
    pub(crate) fn not_an_ip() -> ErrorMessage {
        ErrorMessage::new(IP, "invalid")
    }

    /// Tells whether the text has the format.
    pub(crate) fn matches(self, text: &str) -> bool {
        match self {
            Self::Email => is_email(text),
            Self::Url => is_url(text),
            Self::Slug => {
                let is_slug =
                    |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
                !text.is_empty() && text.bytes().all(is_slug)
            }
            Self::UnicodeSlug => {
                let is_slug = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
                !text.is_empty() && text.chars().all(is_slug)
            }
            Self::Ip => text.validate_ip(),
            Self::Ipv4 => text.validate_ipv4(),
            Self::Ipv6 => text.validate_ipv6(),
            Self::Regex(pattern) => compiled(pattern).is_ok_and(|regex| text.validate_regex(regex)),
        }
    }
}

/// Compresses an IPv6 address and drops its scope; with `unpack`, a mapped IPv4 address becomes
/// IPv4.
///
/// DRF: `clean_ipv6_address`, which refuses more than 39 characters.
pub(crate) fn clean_ipv6(text: &str, unpack: bool) -> Option<String> {
    if text.len() > 39 {
        return None;
    }
    let address = match text.split_once('%') {
        Some((_, scope)) if scope.is_empty() || scope.contains('%') => return None,
        Some((address, _)) => address,
        None => text,
    };
    let address: Ipv6Addr = address.parse().ok()?;
    let mapped: Option<Ipv4Addr> = address.to_ipv4_mapped().filter(|_| unpack);
    Some(match mapped {
        Some(ipv4) => ipv4.to_string(),
        None => address.to_string(),
    })
}

/// Compiles each distinct pattern of the program once and keeps it.
fn compiled(pattern: &'static str) -> Result<&'static Regex, InvalidPattern> {
    type Compiled = Result<&'static Regex, InvalidPattern>;
    static COMPILED: LazyLock<RwLock<HashMap<&'static str, Compiled>>> =
        LazyLock::new(RwLock::default);

    let known = COMPILED
        .read()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
        .get(pattern)
        .cloned();
    if let Some(known) = known {
        return known;
    }
    COMPILED
        .write()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
        .entry(pattern)
        .or_insert_with(|| match Regex::new(pattern) {
            Ok(regex) => Ok(Box::leak(Box::new(regex))),
            Err(error) => Err(InvalidPattern { pattern, error }),
        })
        .clone()
}

/// A label of a host name: letters, digits and inner hyphens, at most 63 characters.
const LABEL: &str =
    r"[a-z\x{a1}-\x{ffff}0-9](?:[a-z\x{a1}-\x{ffff}0-9-]{0,61}[a-z\x{a1}-\x{ffff}0-9])?";

/// A top-level domain, with the dot in front of it.
const TLD: &str = r"\.(?:xn--[a-z0-9]{0,58}[a-z0-9]|[a-z\x{a1}-\x{ffff}][a-z\x{a1}-\x{ffff}-]{0,61}[a-z\x{a1}-\x{ffff}])";

fn built_in(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns of this module compile")
}

static EMAIL_DOMAIN: LazyLock<Regex> =
    LazyLock::new(|| built_in(&format!(r"(?i)^{LABEL}(?:\.{LABEL})*{TLD}\z")));

static QUOTED_USER: LazyLock<Regex> = LazyLock::new(|| {
    built_in(concat!(
        r#"^"(?:[\x01-\x08\x0b\x0c\x0e-\x1f!#-\[\]-\x7f]"#,
        r#"|\\[\x01-\x09\x0b\x0c\x0e-\x7f])*"\z"#
    ))
});

/// Django: `EmailValidator`, but a local part of more than 64 characters is refused (RFC 5321
/// §4.5.3.1.1). Beyond `validator`'s rules the domain is `localhost`, an address in
/// brackets, or has a top-level domain; and the local part has no empty atoms, or is quoted.
fn is_email(text: &str) -> bool {
    is_plain_email(text) || is_any_email(text)
}

/// Tells of most good addresses that they are, without a regular expression.
fn is_plain_email(text: &str) -> bool {
    let Some((user, host)) = text.split_once('@') else {
        return false;
    };
    let is_atom = |atom: &[u8]| {
        !atom.is_empty()
            && atom
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'+'))
    };
    user.len() <= 64
        && user.as_bytes().split(|byte| *byte == b'.').all(is_atom)
        && is_plain_host(host)
}

fn is_any_email(text: &str) -> bool {
    if text.chars().count() > 320 {
        return false;
    }
    let Some((user, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let is_user = if user.starts_with('"') {
        QUOTED_USER.is_match(user) && format!("quoted@{domain}").validate_email()
    } else {
        !user.split('.').any(str::is_empty) && text.validate_email()
    };
    is_user
        && (domain == "localhost"
            || domain.starts_with('[')
            || is_plain_host(domain)
            || EMAIL_DOMAIN.is_match(domain))
}

static URL: LazyLock<Regex> = LazyLock::new(|| {
    let octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9]?[0-9]?|[1-9][0-9]?|0)";
    built_in(&format!(
        r"(?i)^(?:https?|ftps?)://(?:[^\s:@/]+(?::[^\s:@/]*)?@)?(?P<host>{octet}(?:\.{octet}){{3}}|\[(?P<ipv6>[0-9a-f:.]+)\]|{LABEL}(?:\.{LABEL})*{TLD}\.?|localhost)(?::[0-9]{{1,5}})?(?:[/?#]\S*)?\z"
    ))
});

/// Django: `URLValidator`, but a port beyond 65535 is refused. Beyond `validator`'s rules the scheme is one of the web's, and the host
/// is an address, `localhost` or has a top-level domain.
fn is_url(text: &str) -> bool {
    is_plain_url(text) || is_any_url(text)
}

fn is_any_url(text: &str) -> bool {
    if text.chars().count() > 2048 || !text.validate_url() {
        return false;
    }
    let Some(captures) = URL.captures(text) else {
        return false;
    };
    let is_short = captures
        .name("host")
        .is_some_and(|host| host.as_str().chars().count() <= 253);
    is_short
        && captures
            .name("ipv6")
            .is_none_or(|ipv6| clean_ipv6(python::strip(ipv6.as_str()), false).is_some())
}

/// Tells of most good URLs that they are, without a parser and the regular expression, which take
/// longer than all other checks of an ordinary body together.
///
/// Nothing in the path, the query and the fragment makes a parser refuse a URL.
fn is_plain_url(text: &str) -> bool {
    let schemes = ["https://", "http://", "ftp://", "ftps://"];
    let Some(rest) = schemes.iter().find_map(|scheme| text.strip_prefix(scheme)) else {
        return false;
    };
    let is_end = |byte: u8| matches!(byte, b'/' | b'?' | b'#');
    let end = rest.bytes().position(is_end);
    let (host, tail) = rest.split_at(end.unwrap_or(rest.len()));
    text.len() <= 2048 && is_plain_host(host) && tail.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The same of hosts: ASCII labels, none of them encoded (`xn--`), and a top-level domain of
/// letters, at most 253 characters.
fn is_plain_host(host: &str) -> bool {
    if host.len() > 253 {
        return false;
    }
    let mut label_len = 0;
    let mut labels = 0;
    let mut last = b'-';
    let mut is_alphabetic = true;
    for byte in host.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' => is_alphabetic = false,
            // None at the start of a label; two in a row may be those of an encoded one.
            b'-' if last != b'-' => is_alphabetic = false,
            // None at its end.
            b'.' if last != b'-' && label_len <= 63 => {
                labels += 1;
                label_len = 0;
                is_alphabetic = true;
                last = b'-';
                continue;
            }
            _ => return false,
        }
        label_len += 1;
        last = byte;
    }
    labels > 0 && is_alphabetic && (2..=63).contains(&label_len)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn emails_are_those_of_django() {
        let long_user = format!("{}@example.com", "a".repeat(65));
        let table = [
            ("email@here.com", true),
            ("a@localhost", true),
            ("a@b", false),
            ("é@example.com", false),
            ("email@[127.0.0.1]", true),
            ("email@[2001:dB8::1]", true),
            ("email@127.0.0.1", false),
            ("email@[127.0.0.256]", false),
            ("test@domain.with.idn.tld.उदाहरण.परीक्षा", true),
            (r#""test@test"@example.com"#, true),
            (r#""\011"@here.com"#, true),
            ("a..b@example.com", false),
            (".a@example.com", false),
            ("a@example.c", false),
            ("a@example.com.", false),
            ("a@inv-.alid-.com", false),
            ("a@xn--80ak6aa92e.xn--p1ai", true),
            ("a@example.123", false),
            ("", false),
            ("@", false),
            (&long_user, false),
        ];
        for (text, expected) in table {
            assert_eq!(TextFormat::Email.matches(text), expected, "{text}");
        }
    }

    #[test]
    fn urls_are_those_of_django() {
        let table = [
            ("http://example.com", true),
            ("https://example.com/a?b=c#d", true),
            ("ftp://example.com", true),
            ("HTTP://EXAMPLE.COM", true),
            ("http://localhost:8000/", true),
            ("http://user:pass@example.com", true),
            ("http://127.0.0.1:80", true),
            ("http://[::1]:80/", true),
            ("http://[::1::]/", false),
            ("http://example.com.", true),
            ("http://उदाहरण.परीक्षा", true),
            ("http://xn--fsq.com", true),
            ("example.com", false),
            ("//example.com", false),
            ("mailto:a@example.com", false),
            ("javascript:alert(1)", false),
            ("gopher://example.com", false),
            ("http://example", false),
            ("http://a_b.com", false),
            ("http://-a.com", false),
            ("http://a b.com", false),
            ("http://example.com/a b", false),
            ("http://", false),
            ("http://256.1.1.1", false),
            ("http:/example.com", false),
        ];
        for (text, expected) in table {
            assert_eq!(TextFormat::Url.matches(text), expected, "{text}");
        }
        let long = format!("http://example.com/{}", "a".repeat(2048));
        assert!(!TextFormat::Url.matches(&long));
    }

    #[test]
    fn plain_hosts_and_urls_are_those_of_the_patterns() {
        let label = "a".repeat(63);
        let hosts = [
            "example.com",
            "EXAMPLE.COM",
            "a-b.c1.museum",
            "-a.com",
            "a-.com",
            "a..com",
            ".com",
            "com",
            "a.c",
            "a.c1",
            "127.0.0.1",
            "xn--fsq.com",
            "a_b.com",
            "é.com",
            "a.com.",
            "",
            &format!("{label}.{label}"),
            &format!("a{label}.com"),
            &format!("a.a{label}"),
        ];
        for host in hosts {
            check_plain(host, "a.b-c_d+e", "/a?b#c d");
        }
        assert!(is_plain_url("https://shop.example.com/a?b=c#d"));
        assert!(is_plain_email("first.last+tag@shop.example.com"));
    }

    /// What is taken for good at first sight is good.
    fn check_plain(host: &str, user: &str, tail: &str) {
        if is_plain_host(host) {
            assert!(EMAIL_DOMAIN.is_match(host), "{host}");
        }
        let email = format!("{user}@{host}");
        if is_plain_email(&email) {
            assert!(is_any_email(&email), "{email}");
        }
        for url in [format!("http://{host}"), format!("ftps://{host}{tail}")] {
            if is_plain_url(&url) {
                assert!(is_any_url(&url), "{url}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 3000,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn what_is_plain_is_good(
            host in "[a-zA-Z0-9-]{0,5}([.-]{1,2}[a-z0-9]{1,66}){0,5}\\.[a-zA-Z-]{0,66}",
            user in "[a-z0-9._+-]{0,66}",
            tail in "([/?#:@][!-~é ]{0,9}){0,4}",
        ) {
            check_plain(&host, &user, &tail);
        }
    }

    #[test]
    fn patterns_are_searched_and_compiled_once() {
        let plate = TextFormat::Regex(r"^[A-Z]{2}-\d+$");
        assert!(plate.check().is_ok());
        assert!(plate.matches("AB-12"));
        assert!(!plate.matches("ab-12"));
        assert!(TextFormat::Regex("b").matches("abc"));
        let (first, second) = (compiled("x+").unwrap(), compiled("x+").unwrap());
        assert!(std::ptr::eq(first, second));
    }

    #[test]
    fn broken_pattern_is_reported_and_matches_nothing() {
        let broken = TextFormat::Regex("(");
        let error = broken.check().unwrap_err().to_string();
        assert!(
            error.starts_with("the pattern `(` does not compile"),
            "{error}"
        );
        assert!(!broken.matches("("));
    }
}

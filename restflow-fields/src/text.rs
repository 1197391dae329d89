//! Texts. DRF: `CharField` and the fields that inherit from it.

use std::borrow::Cow;

use restflow_exceptions::{ErrorDetail, ErrorMessage};
use serde::Serializer;
use serde_json::Value;

use crate::{
    FieldInfo, FieldOptions, FieldType, Raw, Supports, TextFormat, limits::check_text_length,
    messages, python, text_format::clean_ipv6,
};

/// Reads texts and plain numbers. White space around them is removed, and a blank text is refused,
/// unless the options say otherwise; NUL characters are always refused.
impl FieldType for String {
    const SUPPORTS: Supports = Supports {
        length: true,
        text: true,
        allow_blank: true,
        ..Supports::NOTHING
    };

    fn describe(options: &FieldOptions) -> FieldInfo {
        FieldInfo::text(options)
    }

    fn to_internal_value(value: Value, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Self::from_raw((&value).into(), options)
    }

    fn from_raw(raw: Raw<'_>, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        let text = match raw {
            Raw::Text(text) => Cow::Borrowed(text),
            _ if options.format.is_some_and(TextFormat::is_ip) => {
                return Err(TextFormat::not_an_ip().into());
            }
            Raw::Number(_) => python::str_of(raw),
            _ => return Err(ErrorMessage::new("Not a valid string.", "invalid").into()),
        };
        let trimmed = if options.trim_whitespace {
            python::strip(&text)
        } else {
            &text
        };
        if trimmed.is_empty() {
            return if options.allow_blank {
                Ok(Self::new())
            } else {
                Err(messages::blank().into())
            };
        }
        if let Some(format @ (TextFormat::Ip | TextFormat::Ipv6)) = options.format
            && text.contains(':')
        {
            return clean_ipv6(&text, format == TextFormat::Ip)
                .ok_or_else(|| TextFormat::not_an_ip().into());
        }
        Ok(trimmed.to_owned())
    }

    fn run_validators(&self, options: &FieldOptions, errors: &mut Vec<ErrorMessage>) {
        if self.is_empty() && options.allow_blank {
            return;
        }
        check_text_length(self, options, errors);
        if has_nul(self) {
            errors.push(ErrorMessage::new(
                "Null characters are not allowed.",
                "null_characters_not_allowed",
            ));
        }
        if let Some(format) = options.format
            && !format.matches(self)
        {
            errors.push(format.message());
        }
    }

    fn to_representation<S: Serializer>(
        &self,
        _options: &FieldOptions,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

/// Whether there is a NUL, looked for in eight bytes at once.
fn has_nul(text: &str) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);

    let (chunks, rest) = text.as_bytes().as_chunks();
    let found = chunks.iter().any(|chunk| {
        let word = u64::from_ne_bytes(*chunk);
        word.wrapping_sub(ONES) & !word & (ONES << 7) != 0
    });
    found || rest.contains(&0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{FieldKind, testing::check};

    fn error(text: &str) -> Result<Value, Value> {
        Err(json!([text]))
    }

    fn blank() -> Result<Value, Value> {
        error("This field may not be blank.")
    }

    fn with_format(format: TextFormat) -> FieldOptions {
        FieldOptions {
            format: Some(format),
            ..FieldOptions::DEFAULT
        }
    }

    #[test]
    fn texts_are_read_as_drf_reads_them() {
        let options = FieldOptions {
            min_length: Some(2),
            max_length: Some(5),
            ..FieldOptions::DEFAULT
        };
        check::<String>(
            &options,
            [
                (json!("abc"), Ok(json!("abc"))),
                (json!("  abc  "), Ok(json!("abc"))),
                (
                    json!("a"),
                    error("Ensure this field has at least 2 characters."),
                ),
                (
                    json!("abcdef"),
                    error("Ensure this field has no more than 5 characters."),
                ),
                (json!(""), blank()),
                (json!("   "), blank()),
                (json!("\u{1f}\u{2003}"), blank()),
                (json!(12), Ok(json!("12"))),
                (json!(1.5), Ok(json!("1.5"))),
                (json!(true), error("Not a valid string.")),
                (json!([]), error("Not a valid string.")),
                (json!({}), error("Not a valid string.")),
                (json!("éèêëé"), Ok(json!("éèêëé"))),
                (json!("a\0b"), error("Null characters are not allowed.")),
                (json!(null), error("This field may not be null.")),
            ],
        );
    }

    #[test]
    fn blank_texts_pass_where_they_are_allowed_and_skip_the_limits() {
        let options = FieldOptions {
            allow_blank: true,
            min_length: Some(2),
            format: Some(TextFormat::Email),
            ..FieldOptions::DEFAULT
        };
        check::<String>(
            &options,
            [(json!(""), Ok(json!(""))), (json!("  "), Ok(json!("")))],
        );
    }

    #[test]
    fn a_nul_is_found_wherever_it_is() {
        for length in 0..40 {
            let text = "\u{1}é\u{80}a".repeat(10);
            let mut text: String = text.chars().take(length).collect();
            assert!(!has_nul(&text));
            for place in (0..text.len()).filter(|place| text.is_char_boundary(*place)) {
                let mut with_nul = text.clone();
                with_nul.insert(place, '\0');
                assert!(has_nul(&with_nul), "{with_nul:?}");
            }
            text.push('\0');
            assert!(has_nul(&text));
        }
    }

    #[test]
    fn white_space_stays_where_it_counts() {
        let options = FieldOptions {
            trim_whitespace: false,
            max_length: Some(5),
            ..FieldOptions::DEFAULT
        };
        check::<String>(
            &options,
            [
                (json!(" a "), Ok(json!(" a "))),
                (json!("   "), Ok(json!("   "))),
                (json!(""), blank()),
                (
                    json!("  abc  "),
                    error("Ensure this field has no more than 5 characters."),
                ),
            ],
        );
    }

    #[test]
    fn all_rules_that_fail_are_reported() {
        let options = FieldOptions {
            max_length: Some(3),
            ..with_format(TextFormat::Email)
        };
        check::<String>(
            &options,
            [(
                json!("no\0pe"),
                Err(json!([
                    "Ensure this field has no more than 3 characters.",
                    "Null characters are not allowed.",
                    "Enter a valid email address.",
                ])),
            )],
        );
    }

    #[test]
    fn emails_have_the_rules_and_words_of_drf() {
        let options = FieldOptions {
            max_length: Some(30),
            ..with_format(TextFormat::Email)
        };
        let invalid = || error("Enter a valid email address.");
        check::<String>(
            &options,
            [
                (json!("a@example.com"), Ok(json!("a@example.com"))),
                (json!(" a@example.com "), Ok(json!("a@example.com"))),
                (json!("nope"), invalid()),
                (json!("a@b"), invalid()),
                (json!("a b@example.com"), invalid()),
                (json!(""), blank()),
                (json!("é@example.com"), invalid()),
                (json!("a@localhost"), Ok(json!("a@localhost"))),
                (
                    json!("xxxxxxxxxxxxxxxxxxxx@example.com"),
                    error("Ensure this field has no more than 30 characters."),
                ),
                (json!(5), invalid()),
            ],
        );
    }

    #[test]
    fn slugs_have_the_rules_and_words_of_drf() {
        let invalid = || {
            error("Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens.")
        };
        check::<String>(
            &with_format(TextFormat::Slug),
            [
                (json!("a-b_C1"), Ok(json!("a-b_C1"))),
                (json!("a b"), invalid()),
                (json!("é"), invalid()),
                (json!("a.b"), invalid()),
                (json!(""), blank()),
                (json!(12), Ok(json!("12"))),
            ],
        );
        check::<String>(
            &with_format(TextFormat::UnicodeSlug),
            [
                (json!("é-ü"), Ok(json!("é-ü"))),
                (json!("日本"), Ok(json!("日本"))),
                (
                    json!("a b"),
                    error(
                        "Enter a valid \"slug\" consisting of Unicode letters, numbers, underscores, or hyphens.",
                    ),
                ),
            ],
        );
    }

    #[test]
    fn urls_and_patterns_have_the_words_of_drf() {
        check::<String>(
            &with_format(TextFormat::Url),
            [
                (
                    json!("http://example.com/"),
                    Ok(json!("http://example.com/")),
                ),
                (json!("nope"), error("Enter a valid URL.")),
            ],
        );
        check::<String>(
            &with_format(TextFormat::Regex(r"^[A-Z]{2}-\d+$")),
            [
                (json!("AB-1"), Ok(json!("AB-1"))),
                (
                    json!("x"),
                    error("This value does not match the required pattern."),
                ),
            ],
        );
    }

    #[test]
    fn ip_addresses_are_read_and_compressed_as_drf_does() {
        let invalid = || error("Enter a valid IPv4 or IPv6 address.");
        check::<String>(
            &with_format(TextFormat::Ip),
            [
                (json!("10.0.0.1"), Ok(json!("10.0.0.1"))),
                (json!(" 10.0.0.1 "), Ok(json!("10.0.0.1"))),
                (json!("2001:0DB8:0:0:0:0:0:1"), Ok(json!("2001:db8::1"))),
                (json!("::ffff:1.2.3.4"), Ok(json!("1.2.3.4"))),
                (json!("::"), Ok(json!("::"))),
                (json!("fe80::1%eth0"), Ok(json!("fe80::1"))),
                (json!("fe80::1%"), invalid()),
                (json!("1:2:3"), invalid()),
                (json!(" ::1"), invalid()),
                (json!("256.0.0.1"), invalid()),
                (json!("x"), invalid()),
                (json!(5), invalid()),
                (json!([]), invalid()),
                (json!(""), blank()),
            ],
        );
        let invalid = || error("Enter a valid IPv4 address.");
        check::<String>(
            &with_format(TextFormat::Ipv4),
            [
                (json!("10.0.0.1"), Ok(json!("10.0.0.1"))),
                (json!("::1"), invalid()),
                (json!("01.2.3.4"), invalid()),
            ],
        );
        check::<String>(
            &with_format(TextFormat::Ipv6),
            [
                (json!("::FFFF:1.2.3.4"), Ok(json!("::ffff:1.2.3.4"))),
                (json!("1.2.3.4"), error("Enter a valid IPv6 address.")),
            ],
        );
    }

    #[test]
    fn description_names_the_format() {
        let table = [
            (TextFormat::Email, FieldKind::Email, None),
            (TextFormat::Slug, FieldKind::Slug, Some("^[-a-zA-Z0-9_]+$")),
            (TextFormat::Ipv4, FieldKind::Ip, None),
            (TextFormat::Regex("^x$"), FieldKind::Regex, Some("^x$")),
        ];
        for (format, kind, pattern) in table {
            let info = String::describe(&with_format(format));
            assert_eq!((info.kind, info.pattern.as_deref()), (kind, pattern));
        }
    }
}

//! `#[validate(…)]`: the rules of the `validator` crate, as limits of the field where they are
//! limits, and as calls of that crate's traits and functions where they are not.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Error, Expr, ExprLit, ExprUnary, Lit, LitStr, Path, Result, UnOp,
    meta::ParseNestedMeta,
};

use super::attributes::{Complaints, each, name_of, path, text};

const RULES: &str = "unsupported rule, expected `length`, `range`, `email`, `url`, `ip`, `slug`, \
    `regex`, `contains`, `does_not_contain`, `custom` or `each`";

/// The rules of one field.
#[derive(Default)]
pub(super) struct Rules {
    /// Members of `FieldOptions`.
    pub(super) options: Vec<TokenStream>,
    /// Calls that take `value` and give a result.
    pub(super) checks: Vec<Check>,
    /// Members of `Field::messages`.
    pub(super) messages: Vec<TokenStream>,
    /// The kinds of options that the rules need, members of `Supports`.
    pub(super) needs: Vec<(&'static str, &'static str)>,
    format: Option<Span>,
    pub(super) child: Option<Box<Self>>,
}

/// A rule that is no limit.
pub(super) enum Check {
    /// `rule(value)` is a `bool`; text and code of its failure.
    Passes {
        rule: TokenStream,
        text: String,
        code: String,
    },
    /// A function of the user, with its declared text and code.
    Custom {
        function: Path,
        text: Option<String>,
        code: Option<String>,
    },
}

impl Rules {
    pub(super) fn parse(
        attributes: &[Attribute],
        root: &TokenStream,
        complaints: &mut Complaints,
    ) -> Self {
        let mut rules = Self::default();
        each(attributes, "validate", complaints, |meta| {
            rules.rule(&meta, root)
        });
        rules
    }

    /// Whether there is no rule at all.
    pub(super) fn is_empty(&self) -> bool {
        self.options.is_empty() && self.checks.is_empty() && self.child.is_none()
    }

    /// Whether there is nothing but `length`.
    pub(super) fn is_length(&self) -> bool {
        let is_length = |(kind, _): &(&str, &str)| *kind == "length";
        self.checks.is_empty() && self.child.is_none() && self.needs.iter().all(is_length)
    }

    /// The member `child` of `FieldOptions`. Elements are in the time zone of the field, `depth`
    /// levels of them also without rules.
    pub(super) fn child(
        &self,
        time_zone: Option<&TokenStream>,
        depth: usize,
        root: &TokenStream,
    ) -> Option<TokenStream> {
        let none = Self::default();
        let rules = match &self.child {
            Some(rules) => rules,
            None if depth > 0 && time_zone.is_some() => &none,
            None => return None,
        };
        let options = rules.options.iter().chain(time_zone);
        let child = rules.child(time_zone, depth.saturating_sub(1), root);
        let options = options.chain(&child);
        Some(quote! {
            child: ::core::option::Option::Some(&#root::__private::FieldOptions {
                #(#options,)*
                ..#root::__private::FieldOptions::DEFAULT
            })
        })
    }

    fn rule(&mut self, meta: &ParseNestedMeta<'_>, root: &TokenStream) -> Result<()> {
        let private = quote!(#root::__private);
        match name_of(meta)?.as_str() {
            "length" => self.length(meta, &private),
            "range" => self.range(meta, &private),
            "email" => self.text_format(meta, &private, "Email", &[]),
            "url" => self.text_format(meta, &private, "Url", &[]),
            "ip" => self.text_format(meta, &private, "Ip", &[("v4", "Ipv4"), ("v6", "Ipv6")]),
            "slug" => self.text_format(meta, &private, "Slug", &[("unicode", "UnicodeSlug")]),
            "regex" => self.regex(meta, &private),
            "contains" => self.contains(meta, &private, true),
            "does_not_contain" => self.contains(meta, &private, false),
            "custom" => self.custom(meta),
            "each" => {
                let child = self.child.get_or_insert_default();
                meta.parse_nested_meta(|meta| child.rule(&meta, root))?;
                if child.checks.is_empty() && child.messages.is_empty() {
                    Ok(())
                } else {
                    Err(meta.error("`each` takes limits and formats without `message` and `code`"))
                }
            }
            _ => Err(meta.error(RULES)),
        }
    }

    fn length(&mut self, meta: &ParseNestedMeta<'_>, private: &TokenStream) -> Result<()> {
        self.needs.push(("length", "`length`"));
        let mut words = Words::default();
        let options = &mut self.options;
        meta.parse_nested_meta(|meta| {
            let mut limit = |name: TokenStream| -> Result<()> {
                let value: Expr = meta.value()?.parse()?;
                options.push(quote!(#name: ::core::option::Option::Some(#value)));
                Ok(())
            };
            match name_of(&meta)?.as_str() {
                "min" => limit(quote!(min_length)),
                "max" => limit(quote!(max_length)),
                "equal" => {
                    let value: Expr = meta.value()?.parse()?;
                    options.push(quote!(min_length: ::core::option::Option::Some(#value)));
                    options.push(quote!(max_length: ::core::option::Option::Some(#value)));
                    Ok(())
                }
                other => words.parse(other, &meta, "`min`, `max`, `equal`"),
            }
        })?;
        self.reword(&["min_length", "max_length"], &words, private);
        Ok(())
    }

    fn range(&mut self, meta: &ParseNestedMeta<'_>, private: &TokenStream) -> Result<()> {
        self.needs.push(("range", "`range`"));
        let mut words = Words::default();
        let options = &mut self.options;
        meta.parse_nested_meta(|meta| {
            let name = match name_of(&meta)?.as_str() {
                "min" => quote!(min_value),
                "max" => quote!(max_value),
                "exclusive_min" => quote!(exclusive_min),
                "exclusive_max" => quote!(exclusive_max),
                other => {
                    let expected = "`min`, `max`, `exclusive_min`, `exclusive_max`";
                    return words.parse(other, &meta, expected);
                }
            };
            let bound = bound(&meta.value()?.parse()?, private)?;
            options.push(quote!(#name: ::core::option::Option::Some(#bound)));
            Ok(())
        })?;
        self.reword(&["min_value", "max_value"], &words, private);
        Ok(())
    }

    /// `variants` are the words in parentheses that choose a narrower or wider format.
    fn text_format(
        &mut self,
        meta: &ParseNestedMeta<'_>,
        private: &TokenStream,
        format: &str,
        variants: &[(&str, &str)],
    ) -> Result<()> {
        let mut words = Words::default();
        let mut format = format;
        if meta.input.peek(syn::token::Paren) {
            let others: Vec<_> = variants
                .iter()
                .map(|(word, _)| format!("`{word}`"))
                .collect();
            meta.parse_nested_meta(|meta| {
                let name = name_of(&meta)?;
                match variants.iter().find(|(word, _)| *word == name) {
                    Some((_, variant)) => format = variant,
                    None => words.parse(&name, &meta, &others.join(", "))?,
                }
                Ok(())
            })?;
        }
        let format = Ident::new(format, Span::call_site());
        self.set_format(meta, &quote!(#private::TextFormat::#format))?;
        self.reword(&["invalid"], &words, private);
        Ok(())
    }

    fn set_format(&mut self, meta: &ParseNestedMeta<'_>, format: &TokenStream) -> Result<()> {
        let span = meta.path.segments[0].ident.span();
        if self.format.replace(span).is_some() {
            return Err(Error::new(span, "a field has one format"));
        }
        self.needs.push(("text", "a format of texts"));
        self.options
            .push(quote!(format: ::core::option::Option::Some(#format)));
        Ok(())
    }

    fn regex(&mut self, meta: &ParseNestedMeta<'_>, private: &TokenStream) -> Result<()> {
        let mut words = Words::default();
        let mut compiled = None;
        let mut pattern = None;
        meta.parse_nested_meta(|nested| {
            match name_of(&nested)?.as_str() {
                "pattern" => pattern = Some(nested.value()?.parse::<LitStr>()?),
                "path" => compiled = Some(expression(&nested)?),
                other => return words.parse(other, &nested, "`pattern`, `path`"),
            }
            Ok(())
        })?;
        match (pattern, compiled) {
            (Some(pattern), None) => {
                if let Err(error) = regex::Regex::new(&pattern.value()) {
                    let message = format!("the pattern does not compile: {error}");
                    return Err(Error::new(pattern.span(), message));
                }
                self.set_format(meta, &quote!(#private::TextFormat::Regex(#pattern)))?;
                self.reword(&["invalid"], &words, private);
            }
            (None, Some(regex)) => self.checks.push(Check::Passes {
                rule: quote!(#private::validator::ValidateRegex::validate_regex(value, &#regex)),
                text: words.text_or("This value does not match the required pattern."),
                code: words.code_or("invalid"),
            }),
            _ => return Err(meta.error("expected `pattern = \"…\"` or `path = REGEX`")),
        }
        Ok(())
    }

    fn contains(
        &mut self,
        meta: &ParseNestedMeta<'_>,
        private: &TokenStream,
        wanted: bool,
    ) -> Result<()> {
        let mut words = Words::default();
        let mut pattern = None;
        meta.parse_nested_meta(|meta| {
            match name_of(&meta)?.as_str() {
                "pattern" => pattern = Some(meta.value()?.parse::<LitStr>()?),
                other => return words.parse(other, &meta, "`pattern`"),
            }
            Ok(())
        })?;
        let pattern = pattern.ok_or_else(|| meta.error("expected `pattern = \"…\"`"))?;
        let needle = pattern.value();
        let (rule, text, code) = if wanted {
            (
                quote!(#private::validator::ValidateContains::validate_contains(value, #pattern)),
                format!("This field must contain \"{needle}\"."),
                "contains",
            )
        } else {
            (
                quote! {
                    #private::validator::ValidateDoesNotContain::validate_does_not_contain(
                        value, #pattern
                    )
                },
                format!("This field must not contain \"{needle}\"."),
                "does_not_contain",
            )
        };
        self.checks.push(Check::Passes {
            rule,
            text: words.text_or(&text),
            code: words.code_or(code),
        });
        Ok(())
    }

    fn custom(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let mut words = Words::default();
        let mut function = None;
        meta.parse_nested_meta(|meta| {
            match name_of(&meta)?.as_str() {
                "function" => function = Some(path(&meta)?),
                other => return words.parse(other, &meta, "`function`"),
            }
            Ok(())
        })?;
        let function = function.ok_or_else(|| meta.error("expected `function = path`"))?;
        self.checks.push(Check::Custom {
            function,
            text: words.text,
            code: words.code,
        });
        Ok(())
    }

    fn reword(&mut self, rules: &[&str], words: &Words, private: &TokenStream) {
        if words.text.is_none() && words.code.is_none() {
            return;
        }
        let text = option(words.text.as_ref());
        let code = option(words.code.as_ref());
        for rule in rules {
            self.messages.push(quote! {
                #private::RuleMessage { rule: #rule, text: #text, code: #code }
            });
        }
    }
}

/// `message = "…"` and `code = "…"` of a rule.
#[derive(Default)]
struct Words {
    text: Option<String>,
    code: Option<String>,
}

impl Words {
    fn parse(&mut self, name: &str, meta: &ParseNestedMeta<'_>, others: &str) -> Result<()> {
        match name {
            "message" => self.text = Some(text(meta)?),
            "code" => self.code = Some(text(meta)?),
            _ => {
                let comma = if others.is_empty() { "" } else { ", " };
                return Err(meta.error(format!("expected {others}{comma}`message` or `code`")));
            }
        }
        Ok(())
    }

    fn text_or(&self, default: &str) -> String {
        self.text.clone().unwrap_or_else(|| default.to_owned())
    }

    fn code_or(&self, default: &str) -> String {
        self.code.clone().unwrap_or_else(|| default.to_owned())
    }
}

/// `Some(value)` or `None` as tokens.
pub(super) fn option<T: ToTokens>(value: Option<T>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// An expression, bare or in quotes.
fn expression(meta: &ParseNestedMeta<'_>) -> Result<Expr> {
    let value = meta.value()?;
    if value.peek(LitStr) {
        value.parse::<LitStr>()?.parse()
    } else {
        value.parse()
    }
}

/// A literal limit, printed later as it was written.
fn bound(limit: &Expr, private: &TokenStream) -> Result<TokenStream> {
    let literal = match limit {
        Expr::Lit(literal) => literal,
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => match expr.as_ref() {
            Expr::Lit(literal) => literal,
            _ => return Err(Error::new_spanned(limit, "expected a number")),
        },
        _ => return Err(Error::new_spanned(limit, "expected a number")),
    };
    match literal {
        ExprLit {
            lit: Lit::Int(number),
            ..
        } => {
            number.base10_parse::<i64>()?;
            Ok(quote!(#private::Bound::Integer(#limit)))
        }
        ExprLit {
            lit: Lit::Float(_), ..
        } => Ok(quote!(#private::Bound::Float(#limit))),
        _ => Err(Error::new_spanned(limit, "expected a number")),
    }
}

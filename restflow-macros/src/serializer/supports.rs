//! Refuses options that the type of a field would ignore.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};

use super::declaration::{Declaration, FieldDeclaration, Kind};

impl Declaration {
    /// Assertions that the compiler evaluates, each for itself, so that all complain at once.
    pub(super) fn check_options(&self) -> TokenStream {
        let fields = self.fields.iter();
        fields
            .flat_map(|field| field.check_options(&self.root))
            .collect()
    }
}

impl FieldDeclaration {
    fn check_options(&self, root: &TokenStream) -> Vec<TokenStream> {
        let is_value = matches!(
            self.kind,
            Kind::Value
                | Kind::Computed
                | Kind::ComputedMany(_)
                | Kind::Constant(_)
                | Kind::Annotated(_)
        );
        if !is_value {
            return Vec::new();
        }
        let inner = &self.inner;
        let supports = quote_spanned! {self.span=>
            <#inner as #root::__private::FieldType>::SUPPORTS
        };
        let mut checks = Vec::new();
        self.assert_supported(&supports, &self.needs(), "", &mut checks);
        let mut child = self.rules.child.as_deref();
        let (mut supports, mut of) = (supports, String::new());
        while let Some(rules) = child {
            supports = quote!(#supports.child());
            of.push_str(" of elements");
            self.assert_supported(&supports, &rules.needs, &of, &mut checks);
            child = rules.child.as_deref();
        }
        checks
    }

    fn assert_supported(
        &self,
        supports: &TokenStream,
        needs: &[(&str, &str)],
        of: &str,
        checks: &mut Vec<TokenStream>,
    ) {
        for (kind, words) in needs {
            let kind = format_ident!("{kind}");
            let message = format!(
                "the type of the field `{}` ignores {words}{of}: remove it, or change the type",
                self.ident
            );
            checks.push(quote_spanned! {self.span=>
                const _: () = ::core::assert!(#supports.#kind, #message);
            });
        }
    }

    /// The kinds of options that were declared, with the words for them.
    fn needs(&self) -> Vec<(&'static str, &'static str)> {
        let attributes = &self.attributes;
        let mut needs = self.rules.needs.clone();
        let declared = [
            (attributes.max_digits.is_some(), "digits", "`max_digits`"),
            (
                attributes.decimal_places.is_some(),
                "digits",
                "`decimal_places`",
            ),
            (
                attributes.coerce_to_string.is_some(),
                "digits",
                "`coerce_to_string`",
            ),
            (
                attributes.normalize_output.is_some(),
                "digits",
                "`normalize_output`",
            ),
            (attributes.rounding.is_some(), "digits", "`rounding`"),
            (
                attributes.allow_blank.is_some(),
                "allow_blank",
                "`allow_blank`",
            ),
            (
                attributes.trim_whitespace.is_some(),
                "text",
                "`trim_whitespace`",
            ),
            (
                attributes.allow_empty.is_some(),
                "allow_empty",
                "`allow_empty`",
            ),
            (attributes.format.is_some(), "datetime_format", "`format`"),
            (
                !attributes.input_formats.is_empty(),
                "datetime_format",
                "`input_formats`",
            ),
            (attributes.time_zone.is_some(), "time_zone", "`time_zone`"),
            (
                attributes.uuid_format.is_some(),
                "uuid_format",
                "`uuid_format`",
            ),
        ];
        needs.extend(
            declared
                .into_iter()
                .filter_map(|(is_declared, kind, words)| is_declared.then_some((kind, words))),
        );
        needs
    }
}

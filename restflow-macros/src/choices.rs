//! `#[derive(Choices)]` on a SeaORM `ActiveEnum`, or on any enum whose variants have values.

use std::collections::HashSet;

use heck::{
    ToKebabCase, ToLowerCamelCase, ToPascalCase, ToShoutySnakeCase, ToSnakeCase, ToTitleCase,
};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    Data, DeriveInput, Error, Expr, ExprLit, ExprUnary, Fields, Lit, LitInt, LitStr, Path, Result,
    UnOp, Variant, ext::IdentExt,
};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new_spanned(input, "choices are an enum"));
    };
    let ident = &input.ident;
    let container = Container::parse(input)?;
    let root = &container.root;
    let private = quote!(#root::__private);
    let mut choices = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new_spanned(variant, "a choice has no fields"));
        }
        choices.push(Choice::parse(variant, &container)?);
    }
    let variants: Vec<_> = data.variants.iter().map(|variant| &variant.ident).collect();
    let options = options(&choices, &variants, &private)?;
    let positions = 0..variants.len();
    let indexes = 0..variants.len();
    Ok(quote! {
        #[automatically_derived]
        impl #private::Choices for #ident {
            fn options() -> &'static [#private::ChoiceOption] {
                #options
            }

            fn position(&self) -> usize {
                match self {
                    #(Self::#variants => #positions,)*
                }
            }

            fn from_position(position: usize) -> ::core::option::Option<Self> {
                match position {
                    #(#indexes => ::core::option::Option::Some(Self::#variants),)*
                    _ => ::core::option::Option::None,
                }
            }
        }
    })
}

/// The options: of the declared values, else of those that the database has for the variants.
fn options(
    choices: &[Choice],
    variants: &[&syn::Ident],
    private: &TokenStream,
) -> Result<TokenStream> {
    if choices.iter().all(|choice| choice.value.is_none()) {
        let labels = choices.iter().map(|choice| &choice.label);
        return Ok(quote! {
            static OPTIONS: #private::ChoiceTable = #private::ChoiceTable::new();
            OPTIONS.get([#(#labels),*], || [#(Self::#variants),*])
        });
    }
    let mut known = HashSet::new();
    let mut options = Vec::new();
    for (choice, variant) in choices.iter().zip(variants) {
        let label = &choice.label;
        let (option, wire) = match &choice.value {
            Some(ChoiceValue::Text(text)) => (
                quote!(#private::ChoiceOption::text(#text, #label)),
                text.clone(),
            ),
            Some(ChoiceValue::Integer(number)) => {
                let option = quote!(#private::ChoiceOption::integer(#number, #label));
                (option, number.to_string())
            }
            None => {
                let message = "a choice without a value among others: add \
                    `#[choice(value = …)]`, or `#[choice(rename_all = \"snake_case\")]` to the enum";
                return Err(Error::new_spanned(variant, message));
            }
        };
        if !known.insert(wire.clone()) {
            let message = format!("the value `{wire}` stands for another choice already");
            return Err(Error::new_spanned(variant, message));
        }
        options.push(option);
    }
    Ok(quote!(const { &[#(#options),*] }))
}

/// `#[choice(…)]` on the enum.
struct Container {
    root: TokenStream,
    rename_all: Option<fn(&str) -> String>,
}

impl Container {
    fn parse(input: &DeriveInput) -> Result<Self> {
        let mut container = Self {
            root: quote!(::restflow::serializers),
            rename_all: None,
        };
        for attribute in input.attrs.iter().filter(|a| a.path().is_ident("choice")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("crate") {
                    let path: LitStr = meta.value()?.parse()?;
                    container.root = path.parse::<Path>()?.into_token_stream();
                } else if meta.path.is_ident("rename_all") {
                    container.rename_all = Some(case(&meta.value()?.parse()?)?);
                } else {
                    return Err(meta
                        .error("unknown attribute of choices, expected `rename_all` or `crate`"));
                }
                Ok(())
            })?;
        }
        Ok(container)
    }
}

/// serde's words for the spelling of names.
fn case(name: &LitStr) -> Result<fn(&str) -> String> {
    Ok(match name.value().as_str() {
        "lowercase" => str::to_lowercase,
        "UPPERCASE" => str::to_uppercase,
        "PascalCase" => |name| name.to_pascal_case(),
        "camelCase" => |name| name.to_lower_camel_case(),
        "snake_case" => |name| name.to_snake_case(),
        "SCREAMING_SNAKE_CASE" => |name| name.to_shouty_snake_case(),
        "kebab-case" => |name| name.to_kebab_case(),
        _ => {
            let message = "expected `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, \
                `snake_case`, `SCREAMING_SNAKE_CASE` or `kebab-case`";
            return Err(Error::new(name.span(), message));
        }
    })
}

/// One variant.
struct Choice {
    /// The name for people: the declared one, else the variant's words, `In Stock` of `InStock`.
    label: String,
    /// The value on the wire, if the enum declares its values.
    value: Option<ChoiceValue>,
}

enum ChoiceValue {
    Text(String),
    Integer(i64),
}

impl Choice {
    fn parse(variant: &Variant, container: &Container) -> Result<Self> {
        let name = variant.ident.unraw().to_string();
        let mut choice = Self {
            label: name.to_title_case(),
            value: container
                .rename_all
                .map(|rename| ChoiceValue::Text(rename(&name))),
        };
        for attribute in variant.attrs.iter().filter(|a| a.path().is_ident("choice")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("label") {
                    choice.label = meta.value()?.parse::<LitStr>()?.value();
                } else if meta.path.is_ident("value") {
                    choice.value = Some(value(&meta.value()?.parse()?)?);
                } else {
                    return Err(
                        meta.error("unknown attribute of a choice, expected `label` or `value`")
                    );
                }
                Ok(())
            })?;
        }
        Ok(choice)
    }
}

/// A text or a whole number.
fn value(expr: &Expr) -> Result<ChoiceValue> {
    let number = |number: &LitInt| number.base10_parse::<i64>();
    match expr {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Ok(ChoiceValue::Text(text.value())),
        Expr::Lit(ExprLit {
            lit: Lit::Int(value),
            ..
        }) => number(value).map(ChoiceValue::Integer),
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => match expr.as_ref() {
            Expr::Lit(ExprLit {
                lit: Lit::Int(value),
                ..
            }) => number(value).map(|value| ChoiceValue::Integer(-value)),
            _ => Err(Error::new_spanned(
                expr,
                "expected a text or a whole number",
            )),
        },
        _ => Err(Error::new_spanned(
            expr,
            "expected a text or a whole number",
        )),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use syn::parse_quote;

    use super::*;

    #[test]
    fn mistakes_are_named() {
        let table: [(DeriveInput, &str); 6] = [
            (
                parse_quote!(
                    struct S;
                ),
                "choices are an enum",
            ),
            (
                parse_quote!(
                    enum E {
                        A(i32),
                    }
                ),
                "a choice has no fields",
            ),
            (
                parse_quote!(
                    enum E {
                        #[choice(value = "a")]
                        A,
                        B,
                    }
                ),
                "a choice without a value among others",
            ),
            (
                parse_quote!(
                    #[choice(rename_all = "snake_case")]
                    enum E {
                        A,
                        #[choice(value = "a")]
                        B,
                    }
                ),
                "the value `a` stands for another choice already",
            ),
            (
                parse_quote!(
                    enum E {
                        #[choice(value = 1.5)]
                        A,
                    }
                ),
                "expected a text or a whole number",
            ),
            (
                parse_quote!(
                    #[choice(rename_all = "Snake")]
                    enum E {
                        A,
                    }
                ),
                "expected `lowercase`, `UPPERCASE`",
            ),
        ];
        for (input, expected) in table {
            let error = expand(&input).unwrap_err().to_string();
            assert!(error.contains(expected), "{error:?} lacks {expected:?}");
        }
    }
}

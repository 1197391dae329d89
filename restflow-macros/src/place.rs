//! `#[nested_under(ProductViewSet)]` and `#[lookup_key(String)]`: where a viewset stands among the
//! URLs.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{
    DeriveInput, Error, Path, Result, Token, Type,
    parse::{Parse, ParseStream},
    spanned::Spanned,
};

/// What a viewset says of its place.
pub(crate) struct Place {
    nested_under: Option<NestedUnder>,
    lookup_key: Option<Type>,
}

/// `ProductViewSet`, or `ProductViewSet, resolve_parents`.
struct NestedUnder {
    parent: Path,
    resolve_parents: bool,
}

impl Parse for NestedUnder {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let parent = input.parse()?;
        let mut resolve_parents = false;
        if input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let option: Ident = input.parse()?;
            if option != "resolve_parents" {
                return Err(Error::new(
                    option.span(),
                    format!("unknown option `{option}`, expected `resolve_parents`"),
                ));
            }
            resolve_parents = true;
        }
        Ok(Self {
            parent,
            resolve_parents,
        })
    }
}

impl Place {
    pub(crate) fn parse(input: &DeriveInput) -> Result<Self> {
        let mut place = Self {
            nested_under: None,
            lookup_key: None,
        };
        for attribute in &input.attrs {
            let name = attribute.path();
            let twice = if name.is_ident("nested_under") {
                place
                    .nested_under
                    .replace(attribute.parse_args()?)
                    .is_some()
            } else if name.is_ident("lookup_key") {
                place.lookup_key.replace(attribute.parse_args()?).is_some()
            } else {
                false
            };
            if twice {
                return Err(Error::new_spanned(
                    attribute,
                    "a viewset has one place: say this once",
                ));
            }
        }
        Ok(place)
    }

    /// The calls that tell routers.
    pub(crate) fn registered(&self) -> TokenStream {
        let nested = self.nested_under.iter().map(|NestedUnder { parent, .. }| {
            quote! {
                .nested(::restflow::viewsets::__private::Nesting::under::<Self, #parent>())
            }
        });
        let lookup_key = self
            .lookup_key
            .iter()
            .map(|key| quote! { .lookup_key::<#key>(::core::stringify!(#key)) });
        quote! { #(#nested)* #(#lookup_key)* }
    }

    /// The traits that tell the compiler.
    pub(crate) fn implement(&self, input: &DeriveInput) -> TokenStream {
        let name = &input.ident;
        let (generics, type_generics, bounds) = input.generics.split_for_impl();
        let parents = match &self.nested_under {
            Some(NestedUnder { parent, .. }) => {
                quote! { ::restflow::viewsets::__private::PathOf<#parent> }
            }
            None => quote! { () },
        };
        let lookup = match &self.lookup_key {
            Some(key) => quote! { ::restflow::viewsets::By<#key> },
            None => quote! { ::restflow::viewsets::ByPrimaryKey },
        };
        let nested = self.nested_under.iter().map(|nested| {
            let NestedUnder {
                parent,
                resolve_parents,
            } = nested;
            // Complained about at the name of the parent.
            quote_spanned! {parent.span()=>
                #[automatically_derived]
                impl #generics ::restflow::viewsets::__private::NestedUnder<#parent>
                    for #name #type_generics #bounds
                {
                    const RESOLVE_PARENTS: bool = #resolve_parents;
                }
            }
        });
        quote! {
            #[automatically_derived]
            impl #generics ::restflow::viewsets::Place for #name #type_generics #bounds {
                type Parents = #parents;
                type Lookup = #lookup;
            }
            #(#nested)*
        }
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::Place;

    #[test]
    fn mistakes_are_told() {
        let complaint = |input| match Place::parse(&input) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
        assert_eq!(
            complaint(parse_quote! {
                #[nested_under(ProductViewSet, resolve)]
                struct ReviewViewSet;
            }),
            "unknown option `resolve`, expected `resolve_parents`"
        );
        assert_eq!(
            complaint(parse_quote! {
                #[nested_under(ProductViewSet)]
                #[nested_under(UserViewSet)]
                struct ReviewViewSet;
            }),
            "a viewset has one place: say this once"
        );
        assert_eq!(
            complaint(parse_quote! {
                #[nested_under(shop::ProductViewSet, resolve_parents)]
                #[lookup_key(String)]
                struct ReviewViewSet;
            }),
            ""
        );
    }
}

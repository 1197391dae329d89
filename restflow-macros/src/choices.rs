//! `#[derive(Choices)]` on a SeaORM `ActiveEnum`.

use heck::ToTitleCase;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Data, DeriveInput, Error, Fields, LitStr, Path, Result, ext::IdentExt};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new_spanned(input, "choices are an enum"));
    };
    let ident = &input.ident;
    let root = root(input)?;
    let private = quote!(#root::__private);
    let mut labels = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new_spanned(variant, "a choice has no fields"));
        }
        labels.push(label(variant)?);
    }
    let variants: Vec<_> = data.variants.iter().map(|variant| &variant.ident).collect();
    let positions = 0..variants.len();
    let indexes = 0..variants.len();
    Ok(quote! {
        #[automatically_derived]
        impl #private::Choices for #ident {
            fn options() -> &'static [#private::ChoiceOption] {
                static OPTIONS: #private::ChoiceTable = #private::ChoiceTable::new();
                OPTIONS.get([#(#labels),*], || [#(Self::#variants),*])
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

fn root(input: &DeriveInput) -> Result<TokenStream> {
    let mut root = quote!(::restflow::serializers);
    for attribute in input.attrs.iter().filter(|a| a.path().is_ident("choice")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("crate") {
                return Err(meta.error("unknown attribute of choices, expected `crate`"));
            }
            root = meta
                .value()?
                .parse::<LitStr>()?
                .parse::<Path>()?
                .into_token_stream();
            Ok(())
        })?;
    }
    Ok(root)
}

/// The declared name for people, else the variant's words: `InStock` is `In Stock`.
fn label(variant: &syn::Variant) -> Result<String> {
    let mut label = variant.ident.unraw().to_string().to_title_case();
    for attribute in variant.attrs.iter().filter(|a| a.path().is_ident("choice")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("label") {
                return Err(meta.error("unknown attribute of a choice, expected `label`"));
            }
            label = meta.value()?.parse::<LitStr>()?.value();
            Ok(())
        })?;
    }
    Ok(label)
}

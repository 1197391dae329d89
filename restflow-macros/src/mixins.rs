//! `#[derive(ListModelMixin)]` and the like: an `impl` with empty braces.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{DeriveInput, Ident, Result};

pub(crate) fn expand(input: &DeriveInput, mixin: &str) -> Result<TokenStream> {
    Ok(implement(input, mixin))
}

/// Also used by the derives that imply mixins.
pub(crate) fn implement(input: &DeriveInput, mixin: &str) -> TokenStream {
    let name = &input.ident;
    let saves_fields_only = (mixin == "CreateModelMixin").then(|| {
        quote!(
            const SAVES_FIELDS_ONLY: bool = true;
        )
    });
    let mixin = Ident::new(mixin, Span::call_site());
    let (generics, type_generics, bounds) = input.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #generics ::restflow::mixins::#mixin for #name #type_generics #bounds {
            #saves_fields_only
        }
    }
}

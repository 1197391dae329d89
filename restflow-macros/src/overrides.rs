//! `#[overrides(CreateModelMixin)]`: which of the implied mixins are written by hand.

use proc_macro2::TokenStream;
use syn::{DeriveInput, Error, Ident, Result, Token, punctuated::Punctuated};

use crate::mixins;

/// The `impl`s of the `implied` mixins that `input` does not override.
pub(crate) fn implied_mixins(input: &DeriveInput, implied: &[&str]) -> Result<TokenStream> {
    let mut overridden = Vec::new();
    for attribute in &input.attrs {
        if !attribute.path().is_ident("overrides") {
            continue;
        }
        let names = attribute.parse_args_with(Punctuated::<Ident, Token![,]>::parse_terminated)?;
        for name in names {
            if !implied.iter().any(|mixin| name == mixin) {
                return Err(Error::new(
                    name.span(),
                    format!(
                        "`{name}` is not one of the mixins of this view: {}",
                        implied.join(", ")
                    ),
                ));
            }
            overridden.push(name);
        }
    }
    Ok(implied
        .iter()
        .filter(|mixin| !overridden.iter().any(|name| name == *mixin))
        .map(|mixin| mixins::implement(input, mixin))
        .collect())
}

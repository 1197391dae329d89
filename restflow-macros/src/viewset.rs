use proc_macro2::TokenStream;
use syn::{DeriveInput, Result};

pub(crate) fn expand(_input: &DeriveInput) -> Result<TokenStream> {
    Ok(TokenStream::new())
}

pub(crate) fn expand_model(_input: &DeriveInput) -> Result<TokenStream> {
    Ok(TokenStream::new())
}

pub(crate) fn expand_read_only_model(_input: &DeriveInput) -> Result<TokenStream> {
    Ok(TokenStream::new())
}

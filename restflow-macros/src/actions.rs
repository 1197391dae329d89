use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{ItemImpl, Result};

pub(crate) fn expand(_attribute: TokenStream, item: ItemImpl) -> Result<TokenStream> {
    Ok(item.into_token_stream())
}

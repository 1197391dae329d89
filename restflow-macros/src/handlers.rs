//! `#[handlers]`: the methods `get`, `post`, … of an `impl` block become the view's methods.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Error, ImplItem, ItemImpl, Result};

use crate::{docs::doc, http_methods};

pub(crate) fn expand(attribute: TokenStream, item: ItemImpl) -> Result<TokenStream> {
    if !attribute.is_empty() {
        return Err(Error::new_spanned(attribute, "`#[handlers]` takes nothing"));
    }
    if let Some((_, path, _)) = &item.trait_ {
        return Err(Error::new_spanned(
            path,
            "`#[handlers]` goes on the view's own `impl` block, not on that of a trait",
        ));
    }
    let view_doc = doc(&item.attrs);
    let mut complaints: Option<Error> = None;
    let mut bindings = Vec::new();
    for member in &item.items {
        let ImplItem::Fn(function) = member else {
            continue;
        };
        let name = &function.sig.ident;
        let Ok(method) = http_methods::constant(&name.to_string(), name.span()) else {
            continue;
        };
        if let Err(error) = http_methods::check_signature("a handler", &function.sig) {
            match &mut complaints {
                Some(complaints) => complaints.combine(error),
                None => complaints = Some(error),
            }
            continue;
        }
        let function_doc = doc(&function.attrs);
        let call = http_methods::call(name);
        bindings.push(quote! {
            .on(
                ::restflow::views::__private::http::Method::#method,
                ::restflow::views::OperationShape::Custom,
                #function_doc,
                #call,
            )
        });
    }
    if let Some(complaints) = complaints {
        return Err(complaints);
    }
    if bindings.is_empty() {
        return Err(Error::new_spanned(
            &item.self_ty,
            "no handler here: name a method `get`, `post`, `put`, `patch` or `delete`",
        ));
    }
    let ty = &item.self_ty;
    let (generics, _, bounds) = item.generics.split_for_impl();
    let view = quote! {
        #[automatically_derived]
        impl #generics ::restflow::views::AsView for #ty #bounds {
            fn handlers() -> ::restflow::views::Handlers<Self> {
                #[allow(unused_imports, reason = "which one is needed depends on the view")]
                use ::restflow::views::__private::{GenericProbe as _, GenericProbeFallback as _};
                let probe = &::restflow::views::__private::Probe::<Self>::new();
                ::restflow::views::Handlers::<Self>::new(#view_doc)
                    #(#bindings)*
                    .generic_if(probe.describe_generic())
            }
        }
    };
    let mut tokens = item.into_token_stream();
    tokens.extend(view);
    Ok(tokens)
}

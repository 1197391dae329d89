//! `#[handlers]`: the methods `get`, `post`, … of an `impl` block become the view's methods.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Error, ImplItem, ImplItemFn, ItemImpl, LitInt, Result};

use crate::{docs::doc, http_methods};

pub(crate) fn expand(attribute: TokenStream, mut item: ItemImpl) -> Result<TokenStream> {
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
    for member in &mut item.items {
        let ImplItem::Fn(function) = member else {
            continue;
        };
        match binding(function) {
            Ok(binding) => bindings.extend(binding),
            Err(error) => match &mut complaints {
                Some(complaints) => complaints.combine(error),
                None => complaints = Some(error),
            },
        }
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

/// The call that binds `function`, if it is named after a method. Takes its `#[handler(…)]` away.
fn binding(function: &mut ImplItemFn) -> Result<Option<TokenStream>> {
    let says = take_attribute(function)?;
    let name = &function.sig.ident;
    let method = match (
        http_methods::constant(&name.to_string(), name.span()),
        &says,
    ) {
        (Ok(method), _) => method,
        (Err(error), Some(_)) => return Err(error),
        (Err(_), None) => return Ok(None),
    };
    http_methods::check_signature("a handler", &function.sig)?;
    let Says { shape, status } = says.unwrap_or_default();
    let shape = shape.unwrap_or_else(|| Ident::new("Custom", name.span()));
    let status = status.iter().map(|status| quote! { .status(#status) });
    let function_doc = doc(&function.attrs);
    let call = http_methods::call(name);
    Ok(Some(quote! {
        .on(
            ::restflow::views::__private::http::Method::#method,
            ::restflow::views::OperationShape::#shape,
            #function_doc,
            #call,
        )
        #(#status)*
    }))
}

/// What `#[handler(…)]` says.
#[derive(Default)]
struct Says {
    /// The variant of `OperationShape`.
    shape: Option<Ident>,
    /// The status of a success.
    status: Option<LitInt>,
}

/// Takes the `#[handler(…)]` of `function` away; `None` where there is none.
fn take_attribute(function: &mut ImplItemFn) -> Result<Option<Says>> {
    let is_handler = |attribute: &syn::Attribute| attribute.path().is_ident("handler");
    let Some(position) = function.attrs.iter().position(is_handler) else {
        return Ok(None);
    };
    let mut says = Says::default();
    function.attrs.remove(position).parse_nested_meta(|meta| {
        if meta.path.is_ident("status") {
            says.status = Some(http_methods::success(meta.value()?.parse()?)?);
            return Ok(());
        }
        let shape = meta.path.get_ident().and_then(|action| {
            let shape = match action.to_string().as_str() {
                "list" => "List",
                "create" => "Create",
                "retrieve" => "Retrieve",
                "update" => "Update",
                "partial_update" => "PartialUpdate",
                "destroy" => "Destroy",
                _ => return None,
            };
            Some(Ident::new(shape, action.span()))
        });
        let Some(shape) = shape else {
            return Err(Error::new_spanned(
                &meta.path,
                "say which action the handler answers like: list, create, retrieve, update, \
                 partial_update or destroy; or its status: `status = 202`",
            ));
        };
        says.shape = Some(shape);
        Ok(())
    })?;
    Ok(Some(says))
}

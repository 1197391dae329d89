//! The HTTP methods that views can answer.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Error, Result};

/// `get` as `GET`, or an error that names the methods there are.
pub(crate) fn constant(name: &str, span: Span) -> Result<Ident> {
    let constant = match name.to_ascii_lowercase().as_str() {
        "get" => "GET",
        "post" => "POST",
        "put" => "PUT",
        "patch" => "PATCH",
        "delete" => "DELETE",
        other => {
            return Err(Error::new(
                span,
                format!(
                    "`{other}` is not a method that a view can answer: get, post, put, patch, \
                     delete (HEAD follows GET, OPTIONS is answered by `ApiView::options`)"
                ),
            ));
        }
    };
    Ok(Ident::new(constant, span))
}

/// A handler that calls the method `function` of the view.
pub(crate) fn call(function: &Ident) -> TokenStream {
    quote! { |view, request| ::std::boxed::Box::pin(view.#function(request)) }
}

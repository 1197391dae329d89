//! The HTTP methods that views can answer, and the functions that answer them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::{Error, LitInt, Result, Signature};

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

/// What can be seen of a handler's signature without types: `async`, `&self` and the request.
/// `what` is `a handler` or `an action`.
pub(crate) fn check_signature(what: &str, signature: &Signature) -> Result<()> {
    let name = &signature.ident;
    let complain = |is: &str| {
        Err(Error::new(
            name.span(),
            format!("{what} {is}: `async fn {name}(&self, request: &Request) -> Result<Response>`"),
        ))
    };
    if signature.asyncness.is_none() {
        return complain("is async");
    }
    let shares_self = signature
        .receiver()
        .is_some_and(|receiver| receiver.reference.is_some() && receiver.mutability.is_none());
    if !shares_self || signature.inputs.len() != 2 {
        return complain("takes `&self` and the request");
    }
    Ok(())
}

/// The status of a success, for the document.
pub(crate) fn success(status: LitInt) -> Result<LitInt> {
    if !(200..300).contains(&status.base10_parse::<u16>()?) {
        return Err(Error::new(
            status.span(),
            format!(
                "{status} is not the status of a success: 200 to 299; errors are documented by themselves"
            ),
        ));
    }
    Ok(status)
}

/// A handler that calls the method `function` of the view.
pub(crate) fn call(function: &Ident) -> TokenStream {
    // What the function returns is checked here, and complained about at its name.
    quote_spanned! {function.span()=>
        |view, request| ::std::boxed::Box::pin(view.#function(request))
    }
}

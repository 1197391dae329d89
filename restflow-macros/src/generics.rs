//! The derives of the nine concrete generic views: their mixins, and the methods bound to them.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{DeriveInput, Ident, Result};

use crate::{docs::doc, overrides::implied_mixins};

const LIST: &str = "ListModelMixin";
const CREATE: &str = "CreateModelMixin";
const RETRIEVE: &str = "RetrieveModelMixin";
const UPDATE: &str = "UpdateModelMixin";
const DESTROY: &str = "DestroyModelMixin";

/// Each view with the function that binds it and the mixins that it implies.
const VIEWS: &[(&str, &str, &[&str])] = &[
    ("ListApiView", "list", &[LIST]),
    ("CreateApiView", "create", &[CREATE]),
    ("RetrieveApiView", "retrieve", &[RETRIEVE]),
    ("UpdateApiView", "update", &[UPDATE]),
    ("DestroyApiView", "destroy", &[DESTROY]),
    ("ListCreateApiView", "list_create", &[LIST, CREATE]),
    (
        "RetrieveUpdateApiView",
        "retrieve_update",
        &[RETRIEVE, UPDATE],
    ),
    (
        "RetrieveDestroyApiView",
        "retrieve_destroy",
        &[RETRIEVE, DESTROY],
    ),
    (
        "RetrieveUpdateDestroyApiView",
        "retrieve_update_destroy",
        &[RETRIEVE, UPDATE, DESTROY],
    ),
];

pub(crate) fn expand(input: &DeriveInput, view: &str) -> Result<TokenStream> {
    let (_, bind, mixins) = VIEWS
        .iter()
        .find(|(name, ..)| *name == view)
        .expect("lib.rs names views of this table");
    let mixins = implied_mixins(input, mixins)?;
    let name = &input.ident;
    let bind = Ident::new(bind, Span::call_site());
    let doc = doc(&input.attrs);
    let (generics, type_generics, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        #mixins

        #[automatically_derived]
        impl #generics ::restflow::views::AsView for #name #type_generics #bounds {
            fn handlers() -> ::restflow::views::Handlers<Self> {
                ::restflow::generics::#bind(#doc)
            }
        }
    })
}

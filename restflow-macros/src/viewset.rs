//! `#[derive(ViewSet)]`, `#[derive(ReadOnlyModelViewSet)]` and `#[derive(ModelViewSet)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Result};

use crate::{docs::doc, overrides::implied_mixins};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let name = &input.ident;
    let doc = doc(&input.attrs);
    let (generics, type_generics, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::restflow::viewsets::ViewSet for #name #type_generics #bounds {
            fn actions() -> ::restflow::viewsets::Actions<Self> {
                #[allow(unused_imports, reason = "each probe is needed where a mixin is missing")]
                use ::restflow::viewsets::__private::{
                    CreateProbe as _, CreateProbeFallback as _, CustomProbe as _,
                    CustomProbeFallback as _, DestroyProbe as _, DestroyProbeFallback as _,
                    GenericProbe as _, GenericProbeFallback as _, ListProbe as _,
                    ListProbeFallback as _, RetrieveProbe as _, RetrieveProbeFallback as _,
                    UpdateProbe as _, UpdateProbeFallback as _,
                };
                let probe = &::restflow::viewsets::__private::Probe::<Self>::new();
                ::restflow::viewsets::Actions::<Self>::new(#doc)
                    .with(probe.list_actions())
                    .with(probe.create_actions())
                    .with(probe.retrieve_actions())
                    .with(probe.update_actions())
                    .with(probe.destroy_actions())
                    .with_custom(probe.custom_actions())
                    .with_generic(probe.describe_generic())
            }
        }
    })
}

pub(crate) fn expand_model(input: &DeriveInput) -> Result<TokenStream> {
    with_mixins(
        input,
        &[
            "CreateModelMixin",
            "RetrieveModelMixin",
            "UpdateModelMixin",
            "DestroyModelMixin",
            "ListModelMixin",
        ],
    )
}

pub(crate) fn expand_read_only_model(input: &DeriveInput) -> Result<TokenStream> {
    with_mixins(input, &["RetrieveModelMixin", "ListModelMixin"])
}

fn with_mixins(input: &DeriveInput, implied: &[&str]) -> Result<TokenStream> {
    let mixins = implied_mixins(input, implied)?;
    let view_set = expand(input)?;
    Ok(quote! { #mixins #view_set })
}

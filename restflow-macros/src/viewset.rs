//! `#[derive(ViewSet)]`, `#[derive(ReadOnlyModelViewSet)]` and `#[derive(ModelViewSet)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, LitStr, Result};

use crate::{docs::doc, overrides::implied_mixins, place::Place};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let name = &input.ident;
    let doc = doc(&input.attrs);
    let lookup = lookup(input)?;
    let place = Place::parse(input)?;
    let nested = place.registered();
    let place = place.implement(input);
    let (generics, type_generics, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        #place

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
                    .with(probe.own_default_actions())
                    .with_custom(probe.custom_actions())
                    .with_generic(probe.describe_generic())
                    .with_lookup(#lookup)
                    #nested
            }
        }
    })
}

/// What `#[viewset(…)]` says, as a `PlainLookup`.
fn lookup(input: &DeriveInput) -> Result<TokenStream> {
    let mut url_kwarg: Option<LitStr> = None;
    let mut value_pattern: Option<LitStr> = None;
    let attributes = input.attrs.iter();
    for attribute in attributes.filter(|attribute| attribute.path().is_ident("viewset")) {
        attribute.parse_nested_meta(|meta| {
            let slot = match meta.path.get_ident().map(ToString::to_string).as_deref() {
                Some("lookup_url_kwarg") => &mut url_kwarg,
                Some("lookup_value_pattern") => &mut value_pattern,
                _ => {
                    return Err(meta.error(
                        "unknown argument, expected one of: lookup_url_kwarg, lookup_value_pattern",
                    ));
                }
            };
            *slot = Some(meta.value()?.parse()?);
            Ok(())
        })?;
    }
    let option = |text: Option<LitStr>| match text {
        Some(text) => quote! { ::core::option::Option::Some(#text) },
        None => quote! { ::core::option::Option::None },
    };
    let (url_kwarg, value_pattern) = (option(url_kwarg), option(value_pattern));
    Ok(quote! {
        ::restflow::viewsets::__private::PlainLookup {
            url_kwarg: #url_kwarg,
            value_pattern: #value_pattern,
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

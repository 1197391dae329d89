//! `#[derive(FilterSet)]`: a table of parameters from the fields of a struct.

mod attributes;

use heck::ToUpperCamelCase;
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{DeriveInput, Ident, Path, Result, Type};

use self::attributes::{Container, Field, Limit, LookupAttribute, OrderTerm, Source};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let (container, fields) = attributes::parse(input)?;
    let root = &container.root;
    let entity = &container.entity;
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let filters = fields.iter().map(|field| filter(&container, field));
    let order_by = order_by(&container);
    let operator = container
        .operator
        .as_ref()
        .map(|operator| quote_spanned!(operator.span()=> .operator(#root::Operator::#operator)));
    let idents = fields.iter().map(|field| &field.ident);
    Ok(quote! {
        impl #impl_generics #root::FilterSet for #name #type_generics #where_clause {
            type Entity = #entity;

            fn filters() -> #root::Filters<#entity> {
                #[allow(dead_code, reason = "a filter set may have no columns")]
                type __Entity = #entity;
                #[allow(dead_code, reason = "a filter set may have no columns")]
                type __Column = <__Entity as #root::__private::sea_orm::EntityTrait>::Column;
                #[allow(dead_code, reason = "a filter set may have no columns")]
                type __Model = <__Entity as #root::__private::sea_orm::EntityTrait>::Model;
                #root::Filters::new() #(#filters)* #order_by #operator
            }
        }

        const _: () = {
            #[allow(dead_code, reason = "the fields of a filter set only declare parameters")]
            fn __declared #impl_generics (set: &#name #type_generics) #where_clause {
                #(let _ = &set.#idents;)*
            }
        };
    })
}

/// `.field(ColumnFilter::new(…)…)` or `.method(MethodFilter::new(…)…)`.
fn filter(container: &Container, field: &Field) -> TokenStream {
    let root = &container.root;
    let name = &field.name;
    let value = &field.value;
    let help_text = field.help_text.iter().map(|text| quote!(.help_text(#text)));
    let required = field.required.then(|| quote!(.required()));
    let options = (!field.limits.is_empty()).then(|| {
        let limits = field.limits.iter().map(|limit| self::limit(root, limit));
        quote!(.options(|options| { #(#limits)* }))
    });
    let settings = quote!(#(#help_text)* #required #options);

    if let Source::Method(method) = &field.source {
        let constructor = constructor(if field.list { "list" } else { "new" }, method.span());
        return quote_spanned! {method.span()=>
            .method(#root::MethodFilter::<__Entity>::#constructor::<#value, _, _>(#name, #method) #settings)
        };
    }

    let filter = quote!(#root::ColumnFilter::<__Entity, #value, _>);
    let source = match &field.source {
        Source::Column(column) => column_filter(&filter, name, column, value),
        Source::Related(related, Some(column)) => {
            let variant = variant(column);
            let member = member(column);
            let fits = quote_spanned! {value.span()=>
                .fits(|model: &__RelatedModel| &model.#member)
            };
            quote! {{
                type __Related = #related;
                type __RelatedColumn = <__Related as #root::__private::sea_orm::EntityTrait>::Column;
                type __RelatedModel = <__Related as #root::__private::sea_orm::EntityTrait>::Model;
                #filter::related::<__Related>(#name, __RelatedColumn::#variant) #fits
            }}
        }
        Source::Related(related, None) => quote!(#filter::related_key::<#related>(#name)),
        Source::Method(_) => TokenStream::new(),
    };
    let separator = field.separator.as_ref().or(container.separator.as_ref());
    let separator = separator.map(|separator| quote!(.separator(#separator)));
    let negate = (!field.allow_negate.unwrap_or(container.allow_negate))
        .then(|| quote!(.without_negation()));
    let base = constructor(if field.list { "one_of" } else { "exact" }, value.span());
    let lookups = field
        .lookups
        .iter()
        .map(|lookup| self::lookup(root, lookup));
    quote! {
        .field(#source #settings #separator #negate .#base() #(#lookups)*)
    }
}

/// A filter by a column of the entity, which fits the type `value`.
fn column_filter(filter: &TokenStream, name: &str, column: &Ident, value: &Type) -> TokenStream {
    let variant = variant(column);
    let member = member(column);
    let fits = quote_spanned!(value.span()=> .fits(|model: &__Model| &model.#member));
    quote!(#filter::new(#name, __Column::#variant) #fits)
}

fn lookup(root: &Path, lookup: &LookupAttribute) -> TokenStream {
    let marker = Ident::new(lookup.marker, lookup.span);
    // An error about the lookup is to point at it, not at `crate = …`.
    let mut root = root.clone();
    for segment in &mut root.segments {
        segment.ident.set_span(lookup.span);
    }
    match &lookup.alias {
        Some(alias) => quote_spanned! {lookup.span=>
            .lookup_as(#alias, #root::lookups::#marker)
        },
        None => quote_spanned!(lookup.span=> .lookup(#root::lookups::#marker)),
    }
}

fn limit(root: &Path, limit: &Limit) -> TokenStream {
    let Limit { option, value } = limit;
    if limit.is_bound() {
        quote!(options.#option = Some(#root::__private::Bound::from(#value));)
    } else {
        quote!(options.#option = Some(#value);)
    }
}

/// `.order_by(OrderBy::new().term(…)…)`, if there is any ordering.
fn order_by(container: &Container) -> Option<TokenStream> {
    let root = &container.root;
    if container.order_by.is_empty() && container.default_order.is_empty() {
        return None;
    }
    let order = |descending: bool| {
        let order = if descending {
            format_ident!("Desc")
        } else {
            format_ident!("Asc")
        };
        quote!(#root::__private::sea_orm::Order::#order)
    };
    let terms = container.order_by.iter().map(|term| {
        let OrderTerm {
            name,
            column,
            descending,
        } = term;
        let (column, order) = (variant(column), order(*descending));
        quote!(.term(#name, __Column::#column, #order))
    });
    let defaults = container.default_order.iter().map(|term| {
        let (column, order) = (variant(&term.column), order(term.descending));
        quote!(.default_order(__Column::#column, #order))
    });
    let param = container
        .order_param
        .iter()
        .map(|name| quote!(.param(#name)));
    let reversed = container.reversed.then(|| quote!(.reversed()));
    Some(quote! {
        .order_by(#root::OrderBy::new() #(#param)* #(#terms)* #(#defaults)* #reversed)
    })
}

/// The variant of `Column` that SeaORM derives for a field of the model.
fn variant(column: &Ident) -> Ident {
    let name = column.unraw().to_string().to_upper_camel_case();
    Ident::new(&name, column.span())
}

/// The field of the model, raw where it has to be.
fn member(column: &Ident) -> Ident {
    let name = column.unraw().to_string();
    let is_keyword = syn::parse_str::<Ident>(&name).is_err();
    if is_keyword {
        Ident::new_raw(&name, column.span())
    } else {
        Ident::new(&name, column.span())
    }
}

fn constructor(name: &str, span: Span) -> Ident {
    Ident::new(name, span)
}

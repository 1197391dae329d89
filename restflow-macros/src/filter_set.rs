//! `#[derive(FilterSet)]`: a table of parameters from the fields of a struct.

mod attributes;
mod lookups;
mod path;

use heck::ToUpperCamelCase;
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{DeriveInput, Ident, Path, Result};

use self::attributes::{Container, Field, Limit, OrderTerm, Shape, Source};
use self::lookups::{LookupAttribute, LookupName};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let (container, fields) = attributes::parse(input)?;
    let root = &container.root;
    let entity = &container.entity;
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let filters = fields.iter().map(|field| filter(&container, field));
    let order_by = order_by(&container);
    let made = container.made.iter();
    let made = made.map(|made| quote_spanned!(made.span()=> .with(#made)));
    let operator = container
        .operator
        .as_ref()
        .map(|operator| quote_spanned!(operator.span()=> .operator(#root::Operator::#operator)));
    let declared = fields.iter().filter(|field| field.value.is_some());
    let idents = declared.map(|field| &field.ident);
    let checks = fields.iter().flat_map(|field| check_limits(root, field));
    let preprocessors = container.preprocessors.iter();
    let preprocessors =
        preprocessors.map(|function| quote_spanned!(function.span()=> .preprocess(#function)));
    let postprocessors = container.postprocessors.iter();
    let postprocessors =
        postprocessors.map(|function| quote_spanned!(function.span()=> .postprocess(#function)));
    let extends = container.extends.as_ref();
    let extends = extends.map(|base| quote_spanned!(base.span()=> .extends::<#base>()));
    Ok(quote! {
        impl #impl_generics #root::FilterSet for #name #type_generics #where_clause {
            type Entity = #entity;

            #[allow(unused_qualifications, reason = "what is in scope is not known here")]
            fn filters() -> #root::Filters<#entity> {
                #[allow(dead_code, reason = "a filter set may have no columns")]
                type __Entity = #entity;
                #[allow(dead_code, reason = "a filter set may have no columns")]
                type __Column = <__Entity as #root::__private::sea_orm::EntityTrait>::Column;
                #[allow(dead_code, reason = "a filter set may have no columns")]
                type __Model = <__Entity as #root::__private::sea_orm::EntityTrait>::Model;
                #root::Filters::new() #(#filters)* #(#made)* #order_by #operator
                    #(#preprocessors)* #(#postprocessors)* #extends
            }
        }

        const _: () = {
            #[allow(dead_code, reason = "the fields of a filter set only declare parameters")]
            fn __declared #impl_generics (set: &#name #type_generics) #where_clause {
                #(let _ = &set.#idents;)*
            }
        };
        #(#checks)*
    })
}

/// `.field(ColumnFilter::new(…)…)`, `.method(MethodFilter::new(…)…)` or
/// `.condition(ConditionFilter::new(…)…)`.
fn filter(container: &Container, field: &Field) -> TokenStream {
    let root = &container.root;
    let name = &field.name;
    let help_text = field.help_text.iter().map(|text| quote!(.help_text(#text)));
    let required = field.required.then(|| quote!(.required()));
    let options = (!field.limits.is_empty()).then(|| {
        let limits = field.limits.iter().map(|limit| self::limit(root, limit));
        quote!(.options(|options| { #(#limits)* }))
    });
    let negate = (!field.allow_negate.unwrap_or(container.allow_negate))
        .then(|| quote!(.without_negation()));
    let settings = quote!(#(#help_text)* #required #options);
    let value = match &field.value {
        Some(value) => quote!(#value),
        None => quote!(_),
    };
    let function = |function: &syn::ExprPath| {
        let name = if field.shape == Shape::One {
            "new"
        } else {
            "list"
        };
        Ident::new(name, function.span())
    };

    let filter = quote!(#root::ColumnFilter::<__Entity, #value, _>);
    let source = match &field.source {
        Source::Made(made) => return quote_spanned!(made.span()=> .with(#made)),
        Source::Method(method) => {
            let constructor = function(method);
            return quote_spanned! {method.span()=>
                .method(#root::MethodFilter::<__Entity>::#constructor::<#value, _, _>(#name, #method) #settings)
            };
        }
        Source::Condition(condition) => {
            let constructor = function(condition);
            return quote_spanned! {condition.span()=>
                .condition(#root::ConditionFilter::#constructor::<#value, _, _>(#name, #condition) #settings #negate)
            };
        }
        Source::Column(column) => {
            let variant = variant(column);
            let typed = typed(field, column, &quote!(__Model));
            quote!(#filter::new(#name, __Column::#variant) #typed)
        }
        Source::Related(steps, Some(column)) => {
            let (end, path, variant) = (steps.end(root), steps.expand(root), variant(column));
            let typed = typed(field, column, &quote!(__RelatedModel));
            quote! {{
                type __Related = #end;
                type __RelatedColumn = <__Related as #root::__private::sea_orm::EntityTrait>::Column;
                type __RelatedModel = <__Related as #root::__private::sea_orm::EntityTrait>::Model;
                #filter::along(&#path, #name, __RelatedColumn::#variant) #typed
            }}
        }
        Source::Related(steps, None) => {
            let path = steps.expand(root);
            quote!(#filter::key_along(&#path, #name))
        }
    };
    let separator = field.separator.as_ref().or(container.separator.as_ref());
    let separator = separator.map(|separator| quote!(.separator(#separator)));
    let validators = field.validators.iter();
    let validators =
        validators.map(|function| quote_spanned!(function.span()=> .validate(#function)));
    let base = base(root, field);
    let all = field
        .lookups
        .all
        .map(|span| quote_spanned!(span=> .all_lookups()));
    let named = field.lookups.named.iter();
    let lookups = named.map(|lookup| self::lookup(root, lookup));
    quote! {
        .field(#source #settings #separator #negate #(#validators)* #base #all #(#lookups)*)
    }
}

/// The parameter without a suffix.
fn base(root: &Path, field: &Field) -> TokenStream {
    let span = field
        .value
        .as_ref()
        .map_or(field.ident.span(), Spanned::span);
    if let Some((lookup, span)) = &field.base {
        let marker = marker(root, lookup, *span);
        return quote_spanned!(*span=> .by(#marker));
    }
    let constructor = match field.shape {
        Shape::One => "exact",
        Shape::List => "one_of",
        Shape::Choices => "chosen",
    };
    let constructor = Ident::new(constructor, span);
    quote!(.#constructor())
}

/// Makes the type of a filter that of the column, or compares the two.
fn typed(field: &Field, column: &Ident, model: &TokenStream) -> TokenStream {
    let member = member(column);
    match &field.value {
        Some(value) => quote_spanned!(value.span()=> .fits(|model: &#model| &model.#member)),
        None => quote_spanned!(column.span()=> .typed_as(|model: &#model| &model.#member)),
    }
}

fn lookup(root: &Path, lookup: &LookupAttribute) -> TokenStream {
    let span = lookup.span;
    let marker = marker(root, &lookup.lookup, span);
    let suffix = match (&lookup.alias, &lookup.lookup) {
        (Some(alias), _) => Some(alias.as_str()),
        (None, LookupName::Known(name, _)) => Some(*name),
        (None, LookupName::Own(_)) => None,
    };
    match (&lookup.help_text, suffix) {
        (Some(help_text), Some(suffix)) => {
            quote_spanned!(span=> .lookup_described(#suffix, #marker, #help_text))
        }
        _ => match &lookup.alias {
            Some(alias) => quote_spanned!(span=> .lookup_as(#alias, #marker)),
            None => quote_spanned!(span=> .lookup(#marker)),
        },
    }
}

/// The value that names a lookup.
fn marker(root: &Path, lookup: &LookupName, span: Span) -> TokenStream {
    match lookup {
        LookupName::Own(path) => quote!(#path),
        LookupName::Known(_, marker) => {
            // An error about the lookup is to point at it, not at `crate = …`.
            let mut root = root.clone();
            for segment in &mut root.segments {
                segment.ident.set_span(span);
            }
            let segments = marker.split("::");
            let segments = segments.map(|segment| Ident::new(segment, span));
            quote_spanned!(span=> #root #(::#segments)*)
        }
    }
}

/// Refuses limits that the type of a filter ignores.
fn check_limits<'a>(root: &'a Path, field: &'a Field) -> impl Iterator<Item = TokenStream> + 'a {
    let value = field.value.iter();
    value.flat_map(move |value| {
        field.limits.iter().map(move |limit| {
            let supports = format_ident!("{}", limit.supports());
            let message = format!(
                "the type of the filter `{}` ignores `{}`: remove it, or change the type",
                field.ident, limit.option
            );
            quote_spanned! {value.span()=>
                const _: () = ::core::assert!(
                    <#value as #root::__private::FieldType>::SUPPORTS.#supports,
                    #message
                );
            }
        })
    })
}

fn limit(root: &Path, limit: &Limit) -> TokenStream {
    let Limit { option, value } = limit;
    if limit.is_bound() {
        quote!(options.#option = Some(#root::__private::Bound::from(#value));)
    } else if option == "format" {
        quote!(options.#option = Some(#root::__private::#value);)
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
            label,
        } = term;
        let (column, order) = (variant(column), order(*descending));
        let label = label.iter().map(|label| quote!(.label(#label)));
        quote!(.term(#name, __Column::#column, #order) #(#label)*)
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

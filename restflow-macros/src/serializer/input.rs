//! The calls that validate input.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Path, spanned::Spanned};

use super::{
    declaration::{Declaration, FieldDeclaration, Kind},
    names::{self, column_ident},
    rules::{Check, option},
};

impl Declaration {
    /// `Serializer::validate`.
    pub(super) fn validate(&self) -> TokenStream {
        let root = &self.root;
        let private = quote!(#root::__private);
        let data = names::data_ident(&self.ident);
        let read = self.writable().filter(|field| !field.hidden).map(|field| {
            let read = field.read(self.entity.as_ref(), root);
            let checks = field.checks(root);
            let unique = self.unique(field);
            quote!(#read #checks #unique)
        });
        let settle = self.writable().map(|field| {
            let hook = field.run_hook();
            let default = field.put_default();
            quote!(#hook #default)
        });
        let deny = self
            .deny_unknown_fields
            .then(|| quote!(form.deny_unknown_fields(&<Self as #root::Flatten>::NAMES);));
        let together = self.unique_together();
        let hook = self.validate.as_ref().map(|hook| {
            let outcome = quote_spanned!(hook.span()=> #hook(&mut data, validation));
            quote!(#private::object_hook(#outcome).await?;)
        });
        quote! {
            async fn validate(
                input: #root::Input,
                validation: &#root::Validation<'_>,
            ) -> #private::Result<#data> {
                let mut data = <#data as ::core::default::Default>::default();
                let mut form = #root::Form::open(&__FIELDS, input, validation)?;
                #(#read)*
                #deny
                let mut form = form.check(validation).await?;
                #(#settle)*
                form.finish()?;
                #together
                #hook
                ::core::result::Result::Ok(data)
            }
        }
    }

    fn unique(&self, field: &FieldDeclaration) -> Option<TokenStream> {
        let entity = self.entity.as_ref().filter(|_| field.unique)?;
        let FieldDeclaration { index, .. } = field;
        let column = column_path(entity, &self.root, &field.column, field.span);
        let words = &self.words;
        let value = field.sent_value();
        Some(quote!(form.unique::<#entity, _>(#index, #column, #words, #value);))
    }

    /// The call that checks the sets of columns that no two rows have together.
    fn unique_together(&self) -> Option<TokenStream> {
        let entity = self
            .entity
            .as_ref()
            .filter(|_| !self.unique_together.is_empty())?;
        let root = &self.root;
        let private = quote!(#root::__private);
        let sets = self.unique_together.iter().map(|set| {
            let members = set.iter().map(|position| {
                let FieldDeclaration {
                    ident,
                    index,
                    column,
                    span,
                    ..
                } = &self.fields[*position];
                let column = column_path(entity, root, column, *span);
                quote!(#private::Member::new(&__FIELDS[#index], #column, data.#ident.clone()))
            });
            quote!(::std::vec::Vec::from([#(#members),*]))
        });
        Some(quote! {
            #private::unique_together::<#entity>([#(#sets),*], validation).await?;
        })
    }

    /// `FromData`, for a serializer whose fields are all writable.
    pub(super) fn expand_from_data(&self) -> Option<TokenStream> {
        let is_whole = self.fields.iter().all(|field| {
            let is_slug = matches!(field.kind, Kind::Slug(..) | Kind::SlugMany(..));
            let is_known = matches!(field.kind, Kind::Constant(_)) || !field.read_only;
            is_known && !is_slug
        });
        if !is_whole || self.entity.is_some() {
            return None;
        }
        let root = &self.root;
        let ident = &self.ident;
        let fields = self.fields.iter().map(|field| field.make_from_data(root));
        let nested = self.fields.iter().filter_map(|field| match &field.kind {
            Kind::Nested => Some(&field.inner),
            Kind::NestedList(element) => Some(element),
            Kind::Flatten => Some(&field.ty),
            _ => None,
        });
        Some(quote! {
            #[automatically_derived]
            impl #root::FromData for #ident
            where
                #(for<'__nested> #nested: #root::FromData,)*
            {
                fn from_data(
                    data: Self::Data,
                ) -> ::core::result::Result<Self, #root::__private::ErrorDetail> {
                    ::core::result::Result::Ok(Self { #(#fields,)* })
                }
            }
        })
    }
}

impl FieldDeclaration {
    /// The call that reads the field.
    fn read(&self, entity: Option<&Path>, root: &TokenStream) -> TokenStream {
        let Self {
            index,
            ident,
            inner,
            ..
        } = self;
        let span = self.span;
        let nullable = self.nullable;
        let method = |plain: &str, with_null: &str| -> Ident {
            format_ident!("{}", if nullable { with_null } else { plain }, span = span)
        };
        match &self.kind {
            Kind::Value => {
                let method = method("value", "nullable");
                quote_spanned!(span=> form.#method::<#inner>(#index, &mut data.#ident);)
            }
            Kind::Computed
            | Kind::ComputedMany(_)
            | Kind::Constant(_)
            | Kind::Annotated(_)
            | Kind::PostFetch(_) => TokenStream::new(),
            Kind::Flatten => {
                quote_spanned!(span=> form.flatten::<#inner>(#index, &mut data.#ident).await?;)
            }
            Kind::Nested if self.is_written() => {
                let method = method("nested_row", "nested_row_nullable");
                let column = column_path(&entity, root, &self.column, span);
                quote_spanned! {span=>
                    form.#method::<#entity, #inner>(#index, #column, &mut data.#ident).await?;
                }
            }
            Kind::NestedList(element) if self.is_written() => quote_spanned! {span=>
                form.nested_rows::<#entity, #element>(#index, &mut data.#ident).await?;
            },
            Kind::Nested => {
                let method = method("nested", "nested_nullable");
                quote_spanned!(span=> form.#method::<#inner>(#index, &mut data.#ident).await?;)
            }
            Kind::NestedList(element) => {
                let method = method("nested_list", "nested_list_nullable");
                quote_spanned!(span=> form.#method::<#element>(#index, &mut data.#ident).await?;)
            }
            Kind::Related(entity) => {
                let method = method("related", "related_nullable");
                quote_spanned!(span=> form.#method::<#entity>(#index, &mut data.#ident);)
            }
            Kind::RelatedMany(entity) => {
                quote_spanned!(span=> form.related_many::<#entity>(#index, &mut data.#ident);)
            }
            Kind::Slug(entity, column) => {
                let method = method("slug", "slug_nullable");
                let column = column_path(entity, root, column, span);
                quote_spanned! {span=>
                    form.#method::<#entity, #inner>(#index, #column, &mut data.#ident);
                }
            }
            Kind::SlugMany(entity, column, element) => {
                let column = column_path(entity, root, column, span);
                quote_spanned! {span=>
                    form.slug_many::<#entity, #element>(#index, #column, &mut data.#ident);
                }
            }
        }
    }

    /// `Option<&T>` of what was sent.
    fn sent_value(&self) -> TokenStream {
        let ident = &self.ident;
        if self.nullable {
            quote!(data.#ident.as_ref().and_then(::core::option::Option::as_ref))
        } else {
            quote!(data.#ident.as_ref())
        }
    }

    fn checks(&self, root: &TokenStream) -> TokenStream {
        let private = quote!(#root::__private);
        let index = self.index;
        let value = self.sent_value();
        let inner = &self.inner;
        let checks = self.rules.checks.iter().map(|check| {
            let check = match check {
                Check::Passes { rule, text, code } => {
                    quote!(#private::passes(#rule, #text, #code))
                }
                Check::Custom {
                    function,
                    text,
                    code,
                } => {
                    let (text, code) = (option(text.as_ref()), option(code.as_ref()));
                    quote!(#private::custom(#function(value), #text, #code))
                }
            };
            quote_spanned!(self.span=> form.rule(#index, #value, |value: &#inner| #check);)
        });
        quote!(#(#checks)*)
    }

    fn run_hook(&self) -> Option<TokenStream> {
        let hook = self.hook.as_ref()?;
        let Self { index, ident, .. } = self;
        let value = if self.nullable {
            quote!(data.#ident.as_mut().and_then(::core::option::Option::as_mut))
        } else {
            quote!(data.#ident.as_mut())
        };
        let call = quote_spanned!(hook.span()=> #hook(value, validation));
        Some(quote! {
            let outcome = form.passed(#index, #value).map(|value| #call);
            form.hook(#index, outcome).await?;
        })
    }

    fn put_default(&self) -> Option<TokenStream> {
        let default = match (&self.default, &self.default_with) {
            (Some(default), _) => default.clone(),
            (None, Some(function)) => quote_spanned!(self.span=> #function(validation)),
            (None, None) => return None,
        };
        let Self { index, ident, .. } = self;
        // An `Option` that takes no null has no second `Option` for its default.
        Some(if self.is_option && !self.nullable {
            quote!(form.default_some(#index, &mut data.#ident, || #default);)
        } else {
            quote!(form.default(#index, &mut data.#ident, || #default);)
        })
    }

    fn make_from_data(&self, root: &TokenStream) -> TokenStream {
        let private = quote!(#root::__private);
        let Self { ident, index, .. } = self;
        match &self.kind {
            Kind::Constant(value) => return quote!(#ident: #value),
            Kind::Flatten => return quote!(#ident: #root::FromData::from_data(data.#ident)?),
            _ => {}
        }
        let (is_nested, is_list) = match self.kind {
            Kind::Nested => (true, false),
            Kind::NestedList(_) => (true, true),
            _ => (false, false),
        };
        let from = match (is_nested, is_list) {
            (false, _) => None,
            (true, false) => Some(quote!(#root::FromData::from_data)),
            (true, true) => Some(quote!(#private::from_list)),
        };
        let value = match (self.is_option, self.nullable, &self.default) {
            (true, true, None) => quote!(data.#ident.flatten()),
            (true, true, Some(default)) => quote!(data.#ident.unwrap_or_else(|| #default)),
            (true, false, _) => quote!(data.#ident),
            (false, _, Some(default)) if !is_nested => {
                quote!(data.#ident.unwrap_or_else(|| #default))
            }
            (false, ..) => quote!(#private::sent(data.#ident, &__FIELDS[#index])?),
        };
        match (from, self.is_option) {
            (None, _) => quote!(#ident: #value),
            (Some(from), false) => quote!(#ident: #from(#value)?),
            (Some(from), true) => quote!(#ident: #value.map(#from).transpose()?),
        }
    }
}

/// The column of an entity for a model field.
pub(crate) fn column_path(
    entity: &impl ToTokens,
    root: &TokenStream,
    name: &str,
    span: Span,
) -> TokenStream {
    let column = column_ident(name, span);
    quote_spanned! {span=>
        <#entity as #root::__private::sea_orm::EntityTrait>::Column::#column
    }
}

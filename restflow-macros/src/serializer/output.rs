//! The description of the fields and the way out with serde.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};

use super::declaration::{Declaration, FieldDeclaration, Kind, PostFetchDeclaration};

impl Declaration {
    /// `Serializer::fields`.
    pub(super) fn describe(&self) -> TokenStream {
        let private = {
            let root = &self.root;
            quote!(#root::__private)
        };
        let described = self.fields.iter().filter(|field| !field.hidden);
        let fields = described.map(|field| field.describe(&private));
        quote! {
            fn fields() -> ::std::vec::Vec<#private::FieldInfo> {
                ::std::vec::Vec::from([#(#fields),*])
            }
        }
    }

    /// `serde::Serialize`.
    pub(super) fn serialize(&self) -> TokenStream {
        let root = &self.root;
        let private = quote!(#root::__private);
        let ident = &self.ident;
        let name = ident.to_string();
        let shown: Vec<_> = self
            .fields
            .iter()
            .filter(|field| !field.write_only)
            .collect();
        let len = shown.len();
        // A write-only field is nowhere else read, and must not seem dead.
        let hidden = self.fields.iter().filter(|field| field.write_only);
        let hidden = hidden.map(|field| &field.ident);
        let fields = shown.into_iter().map(|field| {
            let FieldDeclaration { ident, index, .. } = field;
            let value = match field.kind {
                Kind::Nested | Kind::NestedList(_) | Kind::PostFetch(_) => quote!(&self.#ident),
                _ => {
                    let shown = format_ident!(
                        "{}",
                        if field.is_option {
                            "shown_option"
                        } else {
                            "shown"
                        }
                    );
                    quote_spanned!(field.span=> &#private::#shown(&self.#ident, &__FIELDS[#index]))
                }
            };
            quote! {
                #private::serde::ser::SerializeStruct::serialize_field(
                    &mut output,
                    __FIELDS[#index].name,
                    #value,
                )?;
            }
        });
        quote! {
            #[automatically_derived]
            impl #private::serde::Serialize for #ident {
                fn serialize<__S>(&self, serializer: __S) -> ::core::result::Result<__S::Ok, __S::Error>
                where
                    __S: #private::serde::Serializer,
                {
                    let mut output = #private::serde::Serializer::serialize_struct(
                        serializer, #name, #len,
                    )?;
                    #(#fields)*
                    #(let _ = &self.#hidden;)*
                    #private::serde::ser::SerializeStruct::end(output)
                }
            }
        }
    }
}

impl FieldDeclaration {
    fn describe(&self, private: &TokenStream) -> TokenStream {
        let Self { index, inner, .. } = self;
        let field = quote!(&__FIELDS[#index]);
        let info = match &self.kind {
            Kind::Value | Kind::Computed | Kind::Annotated(_) => {
                quote!(#private::describe::<#inner>(#field))
            }
            // `source = "category.name"` shows a value, where `slug_field` is a reference.
            Kind::Slug(..) if self.attributes.slug_field.is_none() => {
                quote!(#private::describe::<#inner>(#field))
            }
            Kind::Nested => quote!(#private::describe_nested::<#inner>(#field)),
            Kind::PostFetch(PostFetchDeclaration {
                element, is_list, ..
            }) => match is_list {
                false => quote!(#private::describe_nested::<#element>(#field)),
                true => quote!(#private::describe_nested_list::<#element>(#field)),
            },
            Kind::NestedList(element) => {
                quote!(#private::describe_nested_list::<#element>(#field))
            }
            _ => quote!(#private::describe_related::<#inner>(#field)),
        };
        let is_nested = matches!(self.kind, Kind::Nested | Kind::NestedList(_));
        match self.default.as_ref().filter(|_| !is_nested) {
            None => info,
            Some(default) if self.is_option => quote! {
                #private::with_nullable_default::<#inner>(#field, #info, &#default)
            },
            Some(default) => quote! {
                #private::with_default::<#inner>(#field, #info, &#default)
            },
        }
    }
}

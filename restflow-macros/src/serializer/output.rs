//! The description of the fields and the way out with serde.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Path;

use super::declaration::{Declaration, FieldDeclaration, Kind, PostFetchDeclaration};

impl Declaration {
    /// `Serializer::fields`.
    pub(super) fn describe(&self) -> TokenStream {
        let private = {
            let root = &self.root;
            quote!(#root::__private)
        };
        let root = &self.root;
        let described = self.fields.iter().filter(|field| !field.hidden);
        let fields = described.map(|field| match field.kind {
            Kind::Flatten => {
                let ty = &field.ty;
                quote!(fields.extend(<#ty as #root::Serializer>::fields());)
            }
            _ => {
                let info = field.describe(self.entity.as_ref(), &private);
                quote!(fields.push(#info);)
            }
        });
        let len = self.fields.len();
        quote! {
            fn fields() -> ::std::vec::Vec<#private::FieldInfo> {
                let mut fields = ::std::vec::Vec::with_capacity(#len);
                #(#fields)*
                fields
            }
        }
    }

    /// `serde::Serialize`.
    pub(super) fn serialize(&self) -> TokenStream {
        let root = &self.root;
        let private = quote!(#root::__private);
        let ident = &self.ident;
        let name = ident.to_string();
        // A write-only field is nowhere else read, and must not seem dead.
        let hidden = self.fields.iter().filter(|field| field.write_only);
        let hidden = hidden.map(|field| &field.ident);
        quote! {
            #[automatically_derived]
            impl #private::serde::Serialize for #ident {
                fn serialize<__S>(&self, serializer: __S) -> ::core::result::Result<__S::Ok, __S::Error>
                where
                    __S: #private::serde::Serializer,
                {
                    let mut output = #private::serde::Serializer::serialize_struct(
                        serializer, #name, <Self as #root::Flatten>::SHOWN,
                    )?;
                    <Self as #root::Flatten>::serialize_fields(self, &mut output)?;
                    #(let _ = &self.#hidden;)*
                    #private::serde::ser::SerializeStruct::end(output)
                }
            }
        }
    }

    /// `Flatten::serialize_fields`, with the number of fields.
    pub(super) fn serialize_fields(&self) -> TokenStream {
        let root = &self.root;
        let private = quote!(#root::__private);
        let shown: Vec<_> = self
            .fields
            .iter()
            .filter(|field| !field.write_only)
            .collect();
        let flattened = self.flattened().map(|field| &field.ty);
        let len = shown.len() - self.flattened().count();
        let fields = shown.into_iter().map(|field| {
            let FieldDeclaration {
                ident, index, ty, ..
            } = field;
            let value = match field.kind {
                Kind::Flatten => {
                    return quote! {
                        <#ty as #root::Flatten>::serialize_fields(&self.#ident, output)?;
                    };
                }
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
                    output,
                    __FIELDS[#index].name,
                    #value,
                )?;
            }
        });
        quote! {
            const SHOWN: usize = #len #(+ <#flattened as #root::Flatten>::SHOWN)*;

            fn serialize_fields<__S>(
                &self,
                output: &mut __S,
            ) -> ::core::result::Result<(), __S::Error>
            where
                __S: #private::serde::ser::SerializeStruct,
            {
                #(#fields)*
                ::core::result::Result::Ok(())
            }
        }
    }
}

impl FieldDeclaration {
    fn describe(&self, entity: Option<&Path>, private: &TokenStream) -> TokenStream {
        let Self {
            index, inner, ty, ..
        } = self;
        let field = quote!(&__FIELDS[#index]);
        let info = match &self.kind {
            Kind::Constant(value) => {
                let value = quote_spanned!(self.span=> #private::constant::<#ty>(#value));
                quote!(#private::describe_constant(#field, &#value))
            }
            Kind::Value | Kind::Computed | Kind::ComputedMany(_) | Kind::Annotated(_) => {
                quote!(#private::describe::<#inner>(#field))
            }
            // `source = "category.name"` shows a value, where `slug_field` is a reference.
            Kind::Slug(..) if self.attributes.slug_field.is_none() => {
                quote!(#private::describe::<#inner>(#field))
            }
            Kind::Nested if self.is_written() => {
                quote!(#private::describe_nested_row::<#inner>(#field))
            }
            Kind::NestedList(element) if self.is_written() => {
                quote_spanned!(self.span=> #private::describe_nested_rows::<#entity, #element>(#field))
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
        let info = match &self.attributes.example {
            None => info,
            Some(example) => {
                let example = quote_spanned!(self.span=> #private::constant::<#inner>(#example));
                quote!(#private::with_example(#field, #info, &#example))
            }
        };
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

//! `#[derive(Serializer)]`, and what it shares with `#[derive(ModelSerializer)]`.

mod attributes;
mod data;
mod declaration;
mod input;
mod names;
mod output;
mod rules;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Result};

pub(crate) use self::{
    attributes::JoinedColumns,
    declaration::{Declaration, FieldDeclaration, Kind, PostFetchDeclaration},
    input::column_path,
    names::{constant_ident, model_field},
};

/// The expansion for a struct without an entity.
pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let declaration = Declaration::parse(input, false)?;
    let Declaration { ident, root, .. } = &declaration;
    let scope = quote!(#root::AnyEntity);
    let class = quote! {
        static CLASS: #root::PlainClass<#ident> = #root::PlainClass::new();
        #root::SerializerClass::plain(&CLASS)
    };
    let from_data = declaration.expand_from_data();
    Ok(declaration.expand(&scope, &class, from_data.as_ref()))
}

impl Declaration {
    /// The struct of data, and everything else in a scope of its own.
    pub(crate) fn expand(
        &self,
        scope: &TokenStream,
        class: &TokenStream,
        more: Option<&TokenStream>,
    ) -> TokenStream {
        let Self {
            ident,
            root,
            component,
            ..
        } = self;
        let data = names::data_ident(ident);
        let data_struct = self.data_struct();
        let data_serialize = self.data_serialize();
        let table = self.field_table();
        let serialize = self.serialize();
        let describe = self.describe();
        let validate = self.validate();
        quote! {
            #data_struct

            #[allow(unused_mut, unused_variables, unused_qualifications, clippy::all)]
            const _: () = {
                #table
                #serialize
                #data_serialize

                #[automatically_derived]
                impl #root::Serializer for #ident {
                    type Data = #data;
                    type Scope = #scope;
                    const NAME: &'static str = #component;

                    #describe
                    #validate

                    fn class() -> #root::SerializerClass {
                        #class
                    }
                }

                #more
            };
        }
    }
}

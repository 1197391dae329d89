//! `#[derive(Serializer)]`, and what it shares with `#[derive(ModelSerializer)]`.

mod attributes;
mod data;
mod declaration;
mod flatten;
mod input;
mod names;
mod output;
mod rules;
mod supports;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Result};

pub(crate) use self::{
    attributes::{Complaints, JoinedColumns},
    declaration::{Declaration, FieldDeclaration, Kind, PostFetchDeclaration},
    flatten::{part_loads, part_read},
    input::column_path,
    names::{constant_ident, data_ident, model_field},
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
    let columns = declaration.flatten_columns();
    let more = quote!(#from_data #columns);
    Ok(declaration.expand(&scope, &class, Some(&more)))
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
        let data = data_ident(ident);
        let data_struct = self.data_struct();
        let data_serialize = self.data_serialize();
        let data_debug = self.data_debug();
        let supports = self.check_options();
        let table = self.field_table();
        let serialize = self.serialize();
        let flatten = self.flatten();
        let deny_unknown_fields = self.deny_unknown_fields.then(|| {
            quote!(
                const DENIES_UNKNOWN_FIELDS: bool = true;
            )
        });
        let describe = self.describe();
        let validate = self.validate();
        quote! {
            #data_struct

            #[allow(unused_mut, unused_variables, unused_qualifications, clippy::all)]
            const _: () = {
                #table
                #serialize
                #data_serialize
                #data_debug
                #supports
                #flatten

                #[automatically_derived]
                impl #root::Serializer for #ident {
                    type Data = #data;
                    type Scope = #scope;
                    const NAME: &'static str = #component;
                    #deny_unknown_fields

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

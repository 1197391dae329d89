//! `#[derive(ModelSerializer)]`: the columns and relations of an entity.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{DeriveInput, Path, Result};

use crate::serializer::{Declaration, FieldDeclaration, Kind, column_path, model_field};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let declaration = Declaration::parse(input, true)?;
    let Some(entity) = &declaration.entity else {
        return Ok(TokenStream::new());
    };
    let model = ModelDeclaration::new(&declaration, entity);
    let root = &declaration.root;
    let scope = quote!(#root::Of<#entity>);
    let class = quote!(#root::SerializerClass::model(
        <Self as #root::ModelSerializer>::model_class()
    ));
    Ok(declaration.expand(&scope, &class, Some(&model.expand())))
}

/// A serializer over an entity, with the positions of its columns.
struct ModelDeclaration<'d> {
    declaration: &'d Declaration,
    entity: &'d Path,
    /// The different model fields that are read, each with the first field that reads it.
    columns: Vec<&'d FieldDeclaration>,
}

/// What is loaded for a field beside its column.
struct Relation {
    ty: TokenStream,
    load: TokenStream,
}

impl<'d> ModelDeclaration<'d> {
    fn new(declaration: &'d Declaration, entity: &'d Path) -> Self {
        let mut columns: Vec<&FieldDeclaration> = Vec::new();
        for field in declaration.fields.iter().filter(|f| f.reads_column()) {
            if columns.iter().all(|known| known.column != field.column) {
                columns.push(field);
            }
        }
        Self {
            declaration,
            entity,
            columns,
        }
    }

    fn expand(&self) -> TokenStream {
        let Declaration {
            ident,
            root,
            words,
            fields,
            ..
        } = self.declaration;
        let private = quote!(#root::__private);
        let entity = self.entity;
        let relations: Vec<_> = fields.iter().map(|field| self.relation(field)).collect();
        let types = relations.iter().flatten().map(|relation| &relation.ty);
        let loads = relations.iter().flatten().map(|relation| &relation.load);
        let columns = self.columns.iter().map(|field| {
            let column = self.column(field);
            quote!(projection.column(#column);)
        });
        let needs_key = fields.iter().any(|field| {
            let is_many = matches!(
                field.kind,
                Kind::RelatedMany(_) | Kind::SlugMany(..) | Kind::NestedList(_)
            );
            is_many && !field.write_only
        });
        let key = needs_key.then(|| quote!(projection.key();));
        let from_record = self.expand_from_record(&relations);
        let writes = self
            .declaration
            .writable()
            .filter_map(|field| self.write(field));
        let checks = fields.iter().filter_map(|field| self.type_check(field));
        quote! {
            #[automatically_derived]
            impl #root::ModelSerializer for #ident {
                type Entity = #entity;
                type Relations = (#(#types,)*);

                fn columns(projection: &mut #root::Projection<#entity>) {
                    #(#columns)*
                    #key
                }

                async fn load(
                    records: #root::Records<'_, #entity>,
                    context: &#root::SerializerContext<'_>,
                ) -> #private::Result<Self::Relations> {
                    ::core::result::Result::Ok((#(#loads,)*))
                }

                fn from_record(
                    record: #root::Record<'_, #entity>,
                    relations: &Self::Relations,
                    context: &#root::SerializerContext<'_>,
                ) -> #private::Result<Self> {
                    #from_record
                }

                fn write(
                    data: Self::Data,
                    write: &mut #root::Write<#entity>,
                ) -> #private::Result<()> {
                    #(#writes)*
                    ::core::result::Result::Ok(())
                }

                fn model_class() -> &'static #root::ModelClass<Self> {
                    static CLASS: #root::ModelClass<#ident> = #root::ModelClass::new(#words);
                    &CLASS
                }
            }

            /// A field has the type of the model's field.
            #[allow(dead_code)]
            fn __check_types(
                model: &<#entity as #private::sea_orm::EntityTrait>::Model,
            ) {
                #(#checks)*
            }
        }
    }

    fn column(&self, field: &FieldDeclaration) -> TokenStream {
        let root = &self.declaration.root;
        column_path(self.entity, root, &field.column, field)
    }

    fn index(&self, field: &FieldDeclaration) -> usize {
        let same = |known: &&FieldDeclaration| known.column == field.column;
        self.columns.iter().position(same).unwrap_or_default()
    }

    fn relation(&self, field: &FieldDeclaration) -> Option<Relation> {
        if field.write_only {
            return None;
        }
        let root = &self.declaration.root;
        let private = quote!(#root::__private);
        let entity = self.entity;
        let (span, inner) = (field.span, &field.inner);
        let index = self.index(field);
        let (ty, arguments) = match &field.kind {
            Kind::Nested => {
                let column = self.column(field);
                let ty = quote_spanned!(span=> #private::ToOne<#inner>);
                (ty, quote!(records, #index, #column, context))
            }
            Kind::NestedList(element) => {
                let ty = quote_spanned!(span=> #private::ToMany<#entity, #element>);
                (ty, quote!(records, context))
            }
            Kind::RelatedMany(related) => {
                let ty = quote_spanned!(span=> #private::RelatedKeys<#entity, #related>);
                (ty, quote!(records, context))
            }
            Kind::Slug(related, value) => {
                let column = self.column(field);
                let value = column_path(related, root, value, field);
                let ty = quote_spanned!(span=> #private::RelatedValues<#related, #inner>);
                (ty, quote!(records, #index, #column, #value, context))
            }
            Kind::SlugMany(related, value, element) => {
                let value = column_path(related, root, value, field);
                let ty = quote_spanned! {span=>
                    #private::RelatedValuesMany<#entity, #related, #element>
                };
                (ty, quote!(records, #value, context))
            }
            Kind::Value | Kind::Computed | Kind::Related(_) => return None,
        };
        let load = quote_spanned!(span=> <#ty>::load(#arguments).await?);
        Some(Relation { ty, load })
    }

    fn expand_from_record(&self, relations: &[Option<Relation>]) -> TokenStream {
        let root = &self.declaration.root;
        let private = quote!(#root::__private);
        let mut position = 0_usize;
        let fields = self
            .declaration
            .fields
            .iter()
            .zip(relations)
            .map(|(field, relation)| {
                let (ident, span) = (&field.ident, field.span);
                let relation = relation.as_ref().map(|_| {
                    let index = syn::Index::from(position);
                    position += 1;
                    quote!(relations.#index)
                });
                let value = self.value(field, relation.as_ref(), &private);
                quote_spanned!(span=> #ident: #value)
            });
        let record = quote!(Self { #(#fields,)* });
        match &self.declaration.to_representation {
            Some(hook) => quote!(#private::present(#record, context, #hook)),
            None => quote!(::core::result::Result::Ok(#record)),
        }
    }

    fn value(
        &self,
        field: &FieldDeclaration,
        relation: Option<&TokenStream>,
        private: &TokenStream,
    ) -> TokenStream {
        let (span, ty) = (field.span, &field.ty);
        let Some(relation) = relation else {
            if !field.reads_column() {
                return quote_spanned!(span=> <#ty as ::core::default::Default>::default());
            }
            let (index, column) = (self.index(field), self.column(field));
            return quote_spanned!(span=> record.get::<#ty>(#index, #column)?);
        };
        let related = match &field.kind {
            Kind::Nested => {
                let column = self.column(field);
                quote!(#relation.get(record, #column, context)?)
            }
            Kind::Slug(..) => {
                let column = self.column(field);
                quote!(#relation.get(record, #column)?)
            }
            Kind::NestedList(_) => return quote!(#relation.get(record, context)?),
            _ => return quote!(#relation.get(record)?),
        };
        if field.is_option {
            return related;
        }
        let name = field.wire_name();
        quote!(#private::expect_related(#related, #name)?)
    }

    fn write(&self, field: &FieldDeclaration) -> Option<TokenStream> {
        if field.not_saved {
            return None;
        }
        let (ident, index, span) = (&field.ident, field.index, field.span);
        match &field.kind {
            Kind::Value | Kind::Related(_) | Kind::Slug(..) => {
                let column = self.column(field);
                Some(quote_spanned! {span=>
                    write.column(&__FIELDS[#index], #column, data.#ident)?;
                })
            }
            Kind::RelatedMany(related) | Kind::SlugMany(related, ..) => {
                Some(quote_spanned! {span=>
                    write.links::<#related>(&__FIELDS[#index], data.#ident)?;
                })
            }
            Kind::Computed | Kind::Nested | Kind::NestedList(_) => None,
        }
    }

    fn type_check(&self, field: &FieldDeclaration) -> Option<TokenStream> {
        let is_column = matches!(field.kind, Kind::Value | Kind::Related(_)) && !field.not_saved;
        let ty = &field.ty;
        let name = model_field(&field.column, field.span);
        // A read-only key uses the entity nowhere else, and its import must not seem unused.
        let related = match &field.kind {
            Kind::Related(related) => {
                Some(quote!(let _ = ::core::marker::PhantomData::<#related>;))
            }
            _ => None,
        };
        is_column.then(|| quote_spanned!(field.span=> let _: &#ty = &model.#name; #related))
    }
}

//! `#[derive(ModelSerializer)]`: the columns and relations of an entity.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{DeriveInput, Path, Result, Type, ext::IdentExt};

use crate::serializer::{
    Declaration, FieldDeclaration, JoinedColumns, Kind, PostFetchDeclaration, column_path,
    constant_ident, model_field,
};

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
    /// The different model fields that are read, each with the place that asks for it first.
    columns: Vec<(String, Span)>,
}

/// What is loaded for a field beside its column.
struct Relation {
    ty: TokenStream,
    load: TokenStream,
}

impl<'d> ModelDeclaration<'d> {
    fn new(declaration: &'d Declaration, entity: &'d Path) -> Self {
        let mut columns: Vec<(String, Span)> = Vec::new();
        let mut read = |name: String, span: Span| {
            if columns.iter().all(|(known, _)| *known != name) {
                columns.push((name, span));
            }
        };
        for field in declaration.fields.iter().filter(|f| f.reads_column()) {
            read(field.column.clone(), field.span);
        }
        // Whether they are shown or not, the rows are joined by them.
        for field in &declaration.fields {
            if let Kind::PostFetch(post_fetch) = &field.kind {
                for JoinedColumns { base, .. } in &post_fetch.joined {
                    read(base.value(), base.span());
                }
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
        let columns = self.columns.iter().map(|(name, span)| {
            let column = column_path(entity, root, name, *span);
            quote!(projection.column(#column);)
        });
        let annotations = self.annotations().map(|field| {
            let expr = annotation(field);
            quote_spanned!(field.span=> projection.annotation(#expr);)
        });
        let constants = fields.iter().filter_map(|field| self.constant(field));
        let constants: Vec<_> = constants.collect();
        let constants = (!constants.is_empty()).then(|| {
            quote! {
                #[automatically_derived]
                #[allow(private_interfaces)]
                impl #ident {
                    #(#constants)*
                }
            }
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
            #constants

            #[automatically_derived]
            impl #root::ModelSerializer for #ident {
                type Entity = #entity;
                type Relations = (#(#types,)*);

                fn columns(projection: &mut #root::Projection<#entity>) {
                    #(#columns)*
                    #(#annotations)*
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
        column_path(self.entity, root, &field.column, field.span)
    }

    /// Where a column is in the projection.
    fn index(&self, column: &str) -> usize {
        let same = |(known, _): &(String, Span)| known == column;
        self.columns.iter().position(same).unwrap_or_default()
    }

    /// The annotated fields, which come after the columns.
    fn annotations(&self) -> impl Iterator<Item = &'d FieldDeclaration> {
        let fields = self.declaration.fields.iter();
        fields.filter(|field| matches!(field.kind, Kind::Annotated(_)))
    }

    /// The constant that a `PostFetch` of the field is made with.
    fn constant(&self, field: &FieldDeclaration) -> Option<TokenStream> {
        if !matches!(field.kind, Kind::PostFetch(_)) {
            return None;
        }
        let (root, visibility) = (&self.declaration.root, &self.declaration.visibility);
        let (ty, name) = (&field.ty, field.ident.unraw().to_string());
        let constant = constant_ident(&field.ident);
        let doc = format!("The field `{name}`, for `PostFetch::new`.");
        Some(quote_spanned! {field.span=>
            #[doc = #doc]
            #visibility const #constant: #root::PostFetchField<Self, #ty> =
                #root::PostFetchField::new(#name);
        })
    }

    /// What joins the rows of a `PostFetch` with those of the page.
    fn join_key(&self, element: &Type, joined: &JoinedColumns) -> TokenStream {
        let root = &self.declaration.root;
        let private = quote!(#root::__private);
        let entity = self.entity;
        let (own, base) = (joined.own.unraw().to_string(), joined.base.value());
        let (own_span, base_span) = (joined.own.span(), joined.base.span());
        let attached = quote!(<#element as #root::ModelSerializer>::Entity);
        let own_column = column_path(&attached, root, &own, own_span);
        let own_field = model_field(&own, own_span);
        let base_index = self.index(&base);
        let base_column = column_path(entity, root, &base, base_span);
        let base_field = model_field(&base, base_span);
        quote_spanned! {own_span=>
            #private::JoinKey::new(
                (#own_column, |row: &#root::ModelOf<#element>| &row.#own_field),
                (
                    #base_index,
                    #base_column,
                    |row: &<#entity as #private::sea_orm::EntityTrait>::Model| &row.#base_field,
                ),
            )
        }
    }

    fn relation(&self, field: &FieldDeclaration) -> Option<Relation> {
        if field.write_only {
            return None;
        }
        let root = &self.declaration.root;
        let private = quote!(#root::__private);
        let entity = self.entity;
        let (span, inner) = (field.span, &field.inner);
        let index = self.index(&field.column);
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
                let value = column_path(related, root, value, span);
                let ty = quote_spanned!(span=> #private::RelatedValues<#related, #inner>);
                (ty, quote!(records, #index, #column, #value, context))
            }
            Kind::SlugMany(related, value, element) => {
                let value = column_path(related, root, value, span);
                let ty = quote_spanned! {span=>
                    #private::RelatedValuesMany<#entity, #related, #element>
                };
                (ty, quote!(records, #value, context))
            }
            Kind::Annotated(_) => {
                let same = |known: &FieldDeclaration| known.index == field.index;
                let place = self.annotations().position(same).unwrap_or_default();
                let (index, expr) = (self.columns.len() + place, annotation(field));
                let value = &field.ty;
                let ty = quote_spanned!(span=> #private::Annotated<#entity, #value>);
                (ty, quote!(records, #index, || #expr, context))
            }
            Kind::PostFetch(PostFetchDeclaration {
                element, joined, ..
            }) => {
                let (attached, name) = (&field.ty, field.ident.unraw().to_string());
                let keys = joined.iter().map(|joined| self.join_key(element, joined));
                let ty = quote_spanned!(span=> #private::PostFetchedRows<#entity, #attached>);
                let of = quote!(#root::PostFetchField::<Self, #attached>::new(#name));
                let keys = quote!(::std::vec::Vec::from([#(#keys),*]));
                (ty, quote!(records, #of, #keys, context))
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
        let computed = self.declaration.fields.iter().filter_map(|field| {
            let (ident, function) = (&field.ident, field.computed_by()?);
            Some(quote_spanned!(field.span=> record.#ident = #function(&record, context);))
        });
        let computed: Vec<_> = computed.collect();
        let record = if computed.is_empty() {
            record
        } else {
            quote!({ let mut record = #record; #(#computed)* record })
        };
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
            let (index, column) = (self.index(&field.column), self.column(field));
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
            Kind::NestedList(_) | Kind::PostFetch(_) => {
                return quote!(#relation.get(record, context)?);
            }
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
            Kind::Computed
            | Kind::Annotated(_)
            | Kind::PostFetch(_)
            | Kind::Nested
            | Kind::NestedList(_) => None,
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

/// The SQL expression of an annotated field.
fn annotation(field: &FieldDeclaration) -> TokenStream {
    match &field.kind {
        Kind::Annotated(expr) => quote_spanned! {field.span=>
            ::core::convert::Into::into(#expr)
        },
        _ => TokenStream::new(),
    }
}

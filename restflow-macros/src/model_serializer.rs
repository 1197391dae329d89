//! `#[derive(ModelSerializer)]`: the columns and relations of an entity.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{DeriveInput, Path, Result, Type, ext::IdentExt, spanned::Spanned};

use crate::serializer::{
    Declaration, FieldDeclaration, JoinedColumns, Kind, PostFetchDeclaration, column_path,
    constant_ident, data_ident, model_field, part_loads, part_read,
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
        for field in &declaration.fields {
            if let Some(key) = field.computed_key() {
                read(key.value(), key.span());
            }
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
        let parts = self.parts();
        let needs_key = fields.iter().any(|field| {
            let is_by_key = match field.kind {
                Kind::RelatedMany(_) | Kind::SlugMany(..) | Kind::NestedList(_) => true,
                Kind::ComputedMany(_) => field.computed_key().is_none(),
                _ => false,
            };
            is_by_key && !field.write_only
        });
        let key = needs_key.then(|| quote!(projection.key();));
        let from_record = self.expand_from_record(&relations);
        let writes = self
            .declaration
            .writable()
            .filter_map(|field| self.write(field));
        let column_fields = fields
            .iter()
            .filter(|field| field.has_column())
            .map(|field| {
                let (column, index) = (self.column(field), field.index);
                quote_spanned!(field.span=> (#column, &__FIELDS[#index]))
            });
        let checks = fields.iter().filter_map(|field| self.type_check(field));
        let merged = self.expand_merged();
        let merges = self.declaration.writable();
        let merges = merges.filter_map(|field| self.merge(field));
        let declare = self.expand_declare();
        quote! {
            #constants

            #merged

            #[automatically_derived]
            impl #root::ModelSerializer for #ident {
                type Entity = #entity;
                type Relations = (#(#types,)*);

                fn columns(projection: &mut #root::Projection<#entity>) {
                    #(#columns)*
                    #(#annotations)*
                    #(<#parts as #root::FlattenModel<#entity>>::columns(projection);)*
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

                fn column_fields() -> ::std::vec::Vec<(
                    <#entity as #private::sea_orm::EntityTrait>::Column,
                    &'static #private::Field,
                )> {
                    #[allow(unused_mut, reason = "nothing may be flattened")]
                    let mut fields = ::std::vec::Vec::from([#(#column_fields),*]);
                    #(fields.extend(<#parts as #root::FlattenModel<#entity>>::column_fields());)*
                    fields
                }

                fn write(
                    data: Self::Data,
                    write: &mut #root::Write<#entity>,
                ) -> #private::Result<()> {
                    #(#writes)*
                    ::core::result::Result::Ok(())
                }

                fn merge(data: &mut Self::Data, validation: &#root::Validation<'_>) {
                    #(#merges)*
                }

                #declare

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

    /// The types of the flattened serializers.
    fn parts(&self) -> Vec<&Type> {
        self.declaration
            .flattened()
            .map(|field| &field.ty)
            .collect()
    }

    /// How many columns there are before those of the flattened serializers.
    fn own_width(&self) -> TokenStream {
        let width = self.columns.len() + self.annotations().count();
        quote!(#width)
    }

    /// What is told about the entity beside the columns that are read and written.
    fn expand_declare(&self) -> Option<TokenStream> {
        let Declaration {
            root,
            supplied,
            fields,
            ..
        } = self.declaration;
        let entity = self.entity;
        let supplied = supplied.iter().map(|name| {
            let span = name.span();
            let column = column_path(entity, root, &name.unraw().to_string(), span);
            quote_spanned!(span=> declared.supplied(#column);)
        });
        let nested = fields.iter().filter(|field| {
            matches!(field.kind, Kind::Nested) && (field.reads_column() || field.is_written())
        });
        let nested = nested.map(|field| {
            let (inner, name, column) = (&field.inner, field.wire_name(), self.column(field));
            let method = match field.names_column() {
                true => quote!(nested_by),
                false => quote!(nested),
            };
            quote_spanned!(inner.span()=> declared.#method::<Self, #inner>(#name, #column);)
        });
        let new = fields.iter().filter(|field| field.creates_rows());
        let new = new.filter_map(|field| {
            let name = field.wire_name();
            match &field.kind {
                Kind::Nested => {
                    let inner = &field.inner;
                    Some(quote_spanned!(inner.span()=> declared.new_row::<#inner>(#name);))
                }
                Kind::NestedList(inner) => {
                    Some(quote_spanned!(inner.span()=> declared.new_rows::<#inner>(#name);))
                }
                _ => None,
            }
        });
        let links = self.declaration.writable().filter_map(|field| {
            let name = field.wire_name();
            match &field.kind {
                Kind::RelatedMany(related) | Kind::SlugMany(related, ..) => Some(quote_spanned! {
                    field.span=> declared.links::<#related>(#name);
                }),
                Kind::Related(related) if field.has_column() => {
                    let column = self.column(field);
                    Some(quote_spanned! {field.span=>
                        declared.related::<#related>(#name, #column);
                    })
                }
                _ => None,
            }
        });
        let flattened = self.parts().into_iter().map(|ty| {
            quote_spanned!(ty.span()=> <#ty as #root::FlattenModel<#entity>>::declare(declared);)
        });
        let statements: Vec<_> = supplied
            .chain(nested)
            .chain(new)
            .chain(links)
            .chain(flattened)
            .collect();
        (!statements.is_empty()).then(|| {
            quote! {
                fn declare(declared: &mut #root::Declared<#entity>) {
                    #(#statements)*
                }
            }
        })
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
            Kind::ComputedMany(function) => return Some(self.computed_many(field, function)),
            Kind::Flatten => {
                let parts = self.parts();
                let position = self.declaration.part_of(field);
                let part = parts[position];
                let entity = entity.to_token_stream();
                let mut loads = part_loads(root, &entity, &self.own_width(), &parts);
                return Some(Relation {
                    ty: quote_spanned! {span=>
                        <#part as #root::FlattenModel<#entity>>::Relations
                    },
                    load: loads.swap_remove(position),
                });
            }
            Kind::Value | Kind::Computed | Kind::Constant(_) | Kind::Related(_) => return None,
        };
        let load = quote_spanned!(span=> <#ty>::load(#arguments).await?);
        Some(Relation { ty, load })
    }

    /// The values that a function makes for the keys of all rows.
    fn computed_many(&self, field: &FieldDeclaration, function: &Path) -> Relation {
        let root = &self.declaration.root;
        let private = quote!(#root::__private);
        let (entity, value) = (self.entity, &field.ty);
        let ty = quote_spanned!(field.span=> #private::ComputedMany<#entity, #value>);
        let call = quote_spanned!(function.span()=> #function(keys, context));
        let load = match field.computed_key() {
            None => quote!(<#ty>::load(records, |keys| #call).await?),
            Some(key) => {
                let index = self.index(&key.value());
                let column = column_path(entity, root, &key.value(), key.span());
                let model_field = model_field(&key.value(), key.span());
                quote_spanned! {key.span()=>
                    <#ty>::load_by(
                        records,
                        (
                            #index,
                            #column,
                            |row: &<#entity as #private::sea_orm::EntityTrait>::Model| {
                                &row.#model_field
                            },
                        ),
                        |keys| #call,
                    )
                    .await?
                }
            }
        };
        Relation { ty, load }
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
            if let Kind::Constant(value) = &field.kind {
                return value.to_token_stream();
            }
            if !field.reads_column() {
                return quote_spanned!(span=> <#ty as ::core::default::Default>::default());
            }
            let (index, column) = (self.index(&field.column), self.column(field));
            return quote_spanned!(span=> record.get::<#ty>(#index, #column)?);
        };
        let related = match &field.kind {
            Kind::Flatten => {
                let position = self.declaration.part_of(field);
                return part_read(
                    &self.declaration.root,
                    &self.entity.to_token_stream(),
                    &self.own_width(),
                    &self.parts(),
                    position,
                    relation,
                );
            }
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
            Kind::Value => {
                let column = self.column(field);
                Some(quote_spanned!(span=> write.column(#column, data.#ident)?;))
            }
            Kind::Related(related) => {
                let column = self.column(field);
                Some(quote_spanned! {span=>
                    write.related::<#related>(&__FIELDS[#index], #column, data.#ident)?;
                })
            }
            Kind::Slug(related, _) => {
                let column = self.column(field);
                Some(quote_spanned! {span=>
                    write.slug::<#related>(&__FIELDS[#index], #column, data.#ident)?;
                })
            }
            Kind::Nested if field.is_written() => {
                let column = self.column(field);
                let row = match field.nullable {
                    true => quote!(data.#ident),
                    false => quote!(data.#ident.map(::core::option::Option::Some)),
                };
                Some(quote_spanned!(span=> write.nested(&__FIELDS[#index], #column, #row)?;))
            }
            Kind::NestedList(_) if field.is_written() => Some(quote_spanned! {span=>
                write.nested_list(&__FIELDS[#index], data.#ident)?;
            }),
            Kind::RelatedMany(related) | Kind::SlugMany(related, ..) => {
                Some(quote_spanned! {span=>
                    write.links::<#related>(&__FIELDS[#index], data.#ident)?;
                })
            }
            Kind::Flatten => {
                let (root, entity, ty) = (&self.declaration.root, self.entity, &field.ty);
                Some(quote_spanned! {span=>
                    <#ty as #root::FlattenModel<#entity>>::write(data.#ident, write)?;
                })
            }
            Kind::Computed
            | Kind::ComputedMany(_)
            | Kind::Constant(_)
            | Kind::Annotated(_)
            | Kind::PostFetch(_)
            | Kind::Nested
            | Kind::NestedList(_) => None,
        }
    }

    /// The validated data with the columns of the updated row below it.
    fn expand_merged(&self) -> TokenStream {
        let Declaration { ident, root, .. } = self.declaration;
        let data = data_ident(ident);
        quote! {
            #[automatically_derived]
            impl #data {
                /// The data with the columns that were not sent as they are in the updated row:
                /// what the row will be. Links to many rows that were not sent stay `None`.
                ///
                /// Hooks of the whole object compare fields in it, so that they hold for a
                /// partial update, too.
                #[must_use]
                #[allow(dead_code)]
                pub fn merged(&self, validation: &#root::Validation<'_>) -> Self {
                    let mut data = ::core::clone::Clone::clone(self);
                    <#ident as #root::ModelSerializer>::merge(&mut data, validation);
                    data
                }
            }
        }
    }

    /// The call that puts a column that was not sent in.
    fn merge(&self, field: &FieldDeclaration) -> Option<TokenStream> {
        let root = &self.declaration.root;
        let (entity, ident, ty) = (self.entity, &field.ident, &field.ty);
        match field.kind {
            Kind::Value | Kind::Related(_) | Kind::Slug(..) if !field.not_saved => {
                let column = self.column(field);
                Some(quote_spanned! {field.span=>
                    #root::__private::merge::<#entity, _>(&mut data.#ident, validation, #column);
                })
            }
            Kind::Flatten => Some(quote_spanned! {field.span=>
                <#ty as #root::FlattenModel<#entity>>::merge(&mut data.#ident, validation);
            }),
            _ => None,
        }
    }

    fn type_check(&self, field: &FieldDeclaration) -> Option<TokenStream> {
        let is_column = matches!(field.kind, Kind::Value | Kind::Related(_)) && !field.not_saved;
        let (root, ty) = (&self.declaration.root, &field.ty);
        let name = model_field(&field.column, field.span);
        // A read-only key uses the entity nowhere else, and its import must not seem unused.
        let related = match &field.kind {
            Kind::Related(related) => {
                Some(quote!(let _ = ::core::marker::PhantomData::<#related>;))
            }
            _ => None,
        };
        let private = quote!(#root::__private);
        is_column.then(|| {
            quote_spanned! {field.span=>
                #private::model_type(&model.#name).is::<#ty>();
                #related
            }
        })
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

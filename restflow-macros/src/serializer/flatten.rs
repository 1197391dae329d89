//! A serializer whose fields stand among those of another one.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};

use super::declaration::{Declaration, FieldDeclaration, Kind};

impl Declaration {
    /// `Flatten`, and the check that no name is taken twice.
    pub(super) fn flatten(&self) -> TokenStream {
        let Self { ident, root, .. } = self;
        let own = self.named().map(FieldDeclaration::wire_name);
        let flattened = self.flattened().map(|field| &field.ty);
        let names = quote! {
            const NAMES: #root::FieldNames = #root::FieldNames::new(
                &[#(#own),*],
                &[#(&<#flattened as #root::Flatten>::NAMES),*],
            );
        };
        let serialize_fields = self.serialize_fields();
        let serialize_data = self.serialize_data();
        let checks = self.check_names();
        quote! {
            #[automatically_derived]
            impl #root::Flatten for #ident {
                #names
                #serialize_fields
                #serialize_data
            }

            #checks
        }
    }

    fn named(&self) -> impl Iterator<Item = &FieldDeclaration> {
        let fields = self.fields.iter();
        fields.filter(|field| !field.hidden && !matches!(field.kind, Kind::Flatten))
    }

    /// Assertions that the compiler evaluates, each with the names in its message.
    fn check_names(&self) -> TokenStream {
        let root = &self.root;
        let mut checks = Vec::new();
        let flattened: Vec<_> = self.flattened().collect();
        for (index, field) in flattened.iter().enumerate() {
            let ty = &field.ty;
            let of = ty.to_token_stream().to_string();
            for own in self.named() {
                let name = own.wire_name();
                let message = format!("the field `{name}` is also one of `{of}`");
                checks.push(quote_spanned! {own.span=>
                    const _: () = ::core::assert!(
                        !<#ty as #root::Flatten>::NAMES.contains(#name),
                        #message
                    );
                });
            }
            for other in &flattened[index + 1..] {
                let other_ty = &other.ty;
                let message = format!(
                    "`{of}` and `{}` have a field of the same name",
                    other_ty.to_token_stream()
                );
                checks.push(quote_spanned! {other.span=>
                    const _: () = ::core::assert!(
                        !<#ty as #root::Flatten>::NAMES
                            .meets(&<#other_ty as #root::Flatten>::NAMES),
                        #message
                    );
                });
            }
        }
        quote!(#(#checks)*)
    }

    /// `FlattenModel` over every entity, for a serializer without an entity whose fields may all
    /// be columns.
    pub(super) fn flatten_columns(&self) -> Option<TokenStream> {
        let all = self.fields.iter().all(|field| {
            matches!(
                field.kind,
                Kind::Value | Kind::Related(_) | Kind::Constant(_) | Kind::Flatten
            )
        });
        if !all || self.fields.is_empty() {
            return None;
        }
        let Self {
            ident,
            root,
            component,
            ..
        } = self;
        let private = quote!(#root::__private);
        let parts: Vec<_> = self.flattened().map(|field| &field.ty).collect();
        let columns: Vec<_> = self.fields.iter().filter(|f| f.reads_column()).collect();
        let (types, spans): (Vec<_>, Vec<_>) = columns.iter().map(|f| (&f.ty, f.span)).unzip();
        let selects = columns.iter().map(|field| {
            let (ty, name) = (&field.ty, &field.column);
            quote_spanned!(field.span=> projection.named::<#ty>(#component, #name);)
        });
        let width = columns.len();
        let saved: Vec<_> = self
            .writable()
            .filter(|field| matches!(field.kind, Kind::Value | Kind::Related(_)))
            .collect();
        let saved_types: Vec<_> = saved.iter().map(|field| &field.ty).collect();
        let writes = self.writable().map(|field| {
            let (ident, index, name, ty) = (&field.ident, field.index, &field.column, &field.ty);
            match field.kind {
                Kind::Flatten => quote! {
                    <#ty as #root::FlattenModel<__E>>::write(data.#ident, write)?;
                },
                Kind::Related(ref related) => quote_spanned! {field.span=>
                    write.related_named::<#related>(&__FIELDS[#index], #name, data.#ident)?;
                },
                _ => quote_spanned!(field.span=> write.named(#name, data.#ident)?;),
            }
        });
        let column_fields = self.fields.iter().filter_map(|field| {
            let (index, name, ty) = (field.index, &field.column, &field.ty);
            match field.kind {
                Kind::Flatten => Some(quote!(<#ty as #root::FlattenModel<__E>>::column_fields())),
                _ if field.has_column() => Some(quote! {
                    #private::column_field::<__E>(#name, &__FIELDS[#index])
                }),
                _ => None,
            }
        });
        let merges = self.writable().map(|field| {
            let (ident, name, ty) = (&field.ident, &field.column, &field.ty);
            match field.kind {
                Kind::Flatten => quote! {
                    <#ty as #root::FlattenModel<__E>>::merge(&mut data.#ident, validation);
                },
                _ => quote_spanned! {field.span=>
                    #private::merge_named::<__E, _>(&mut data.#ident, validation, #name);
                },
            }
        });
        let before = quote!(#width);
        let loads = part_loads(root, &quote!(__E), &before, &parts);
        let reads = self.fields.iter().map(|field| {
            let (ident, ty) = (&field.ident, &field.ty);
            match &field.kind {
                Kind::Constant(value) => quote!(#ident: #value),
                Kind::Flatten => {
                    let position = self.part_of(field);
                    let relation = syn::Index::from(position);
                    let relation = quote!(relations.#relation);
                    let read = part_read(root, &quote!(__E), &before, &parts, position, &relation);
                    quote!(#ident: #read)
                }
                _ if field.reads_column() => {
                    let same = |known: &&FieldDeclaration| known.index == field.index;
                    let index = columns.iter().position(same).unwrap_or_default();
                    let name = &field.column;
                    quote_spanned!(field.span=> #ident: record.named::<#ty>(#index, #name)?)
                }
                _ => quote!(#ident: <#ty as ::core::default::Default>::default()),
            }
        });
        let bounds = types.iter().zip(&spans).map(|(ty, span)| {
            quote_spanned!(*span=> for<'__any> #ty: #root::ColumnValue + ::core::marker::Send,)
        });
        Some(quote! {
            #[automatically_derived]
            impl<__E> #root::FlattenModel<__E> for #ident
            where
                __E: #root::RestEntity,
                #(#bounds)*
                #(
                    for<'__any> #saved_types:
                        #root::ColumnValue + ::core::convert::Into<#private::sea_orm::Value>,
                )*
                #(for<'__any> #parts: #root::FlattenModel<__E>,)*
            {
                type Relations = (#(<#parts as #root::FlattenModel<__E>>::Relations,)*);

                fn columns(projection: &mut #root::Projection<__E>) {
                    #(#selects)*
                    #(<#parts as #root::FlattenModel<__E>>::columns(projection);)*
                }

                fn width() -> usize {
                    #width #(+ <#parts as #root::FlattenModel<__E>>::width())*
                }

                async fn load(
                    records: #root::Records<'_, __E>,
                    context: &#root::SerializerContext<'_>,
                ) -> #private::Result<Self::Relations> {
                    ::core::result::Result::Ok((#(#loads,)*))
                }

                fn from_record(
                    record: #root::Record<'_, __E>,
                    relations: &Self::Relations,
                    context: &#root::SerializerContext<'_>,
                ) -> #private::Result<Self> {
                    ::core::result::Result::Ok(Self { #(#reads,)* })
                }

                fn column_fields() -> ::std::vec::Vec<(
                    <__E as #private::sea_orm::EntityTrait>::Column,
                    &'static #private::Field,
                )> {
                    let mut fields = ::std::vec::Vec::new();
                    #(fields.extend(#column_fields);)*
                    fields
                }

                fn write(
                    data: Self::Data,
                    write: &mut #root::Write<__E>,
                ) -> #private::Result<()> {
                    #(#writes)*
                    ::core::result::Result::Ok(())
                }

                fn merge(data: &mut Self::Data, validation: &#root::Validation<'_>) {
                    #(#merges)*
                }
            }
        })
    }

    /// Which of the flattened serializers a field is.
    pub(crate) fn part_of(&self, field: &FieldDeclaration) -> usize {
        let same = |known: &FieldDeclaration| known.index == field.index;
        self.flattened().position(same).unwrap_or_default()
    }
}

/// Where the columns of a flattened serializer start: after those of the serializer itself and of
/// the parts before it.
fn part_offset<T: ToTokens>(
    root: &TokenStream,
    entity: &TokenStream,
    before: &TokenStream,
    parts: &[T],
    position: usize,
) -> TokenStream {
    let earlier = &parts[..position];
    quote!(#before #(+ <#earlier as #root::FlattenModel<#entity>>::width())*)
}

/// The calls that load what the flattened serializers refer to.
pub(crate) fn part_loads<T: ToTokens>(
    root: &TokenStream,
    entity: &TokenStream,
    before: &TokenStream,
    parts: &[T],
) -> Vec<TokenStream> {
    let loads = parts.iter().enumerate().map(|(position, part)| {
        let offset = part_offset(root, entity, before, parts, position);
        quote! {
            <#part as #root::FlattenModel<#entity>>::load(records.after(#offset), context).await?
        }
    });
    loads.collect()
}

/// The call that reads a flattened serializer of one row.
pub(crate) fn part_read<T: ToTokens>(
    root: &TokenStream,
    entity: &TokenStream,
    before: &TokenStream,
    parts: &[T],
    position: usize,
    relation: &TokenStream,
) -> TokenStream {
    let offset = part_offset(root, entity, before, parts, position);
    let part = &parts[position];
    quote! {
        <#part as #root::FlattenModel<#entity>>::from_record(
            record.after(#offset),
            &#relation,
            context,
        )?
    }
}

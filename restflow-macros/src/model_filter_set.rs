//! `#[model_filter_set(…)]`: a filter set by the columns of an entity.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Error, Expr, ExprLit, Fields, GenericArgument, ItemStruct, Lit, LitStr, Meta, MetaList,
    PathArguments, Result, Token, Type,
    ext::IdentExt,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};

use crate::{filter_set, serializer::Complaints};

const SHAPE: &str = "expected the name of the filter set and which columns it has: \
    `#[model_filter_set(ProductFilterSet, fields = \"__all__\")]`, `fields(id, name)` or \
    `exclude(cost)`";

/// The entity as it was written, and the filter set behind it. What is wrong with the filter set
/// does not hide the entity from the rest of the program.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let item: ItemStruct = syn::parse2(item)?;
    let filter_set = filter_set(arguments, &item).unwrap_or_else(Error::into_compile_error);
    Ok(quote!(#item #filter_set))
}

fn filter_set(arguments: TokenStream, item: &ItemStruct) -> Result<TokenStream> {
    if item.ident == "ModelEx" {
        // The same is said about `Model`, once.
        return Ok(TokenStream::new());
    }
    let arguments: Arguments = syn::parse2(arguments)?;
    let columns = columns(item)?;
    let fields = arguments.fields(&columns)?;
    let Arguments {
        ident, container, ..
    } = &arguments;
    let visibility = &item.vis;
    let declaration = quote! {
        #[filterset(entity = Entity, #fields, #(#container),*)]
        #visibility struct #ident;
    };
    let implementation = filter_set::expand(&syn::parse2(declaration)?)?;
    Ok(quote! {
        /// Filters by the columns of the model.
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #visibility struct #ident;
        #implementation
    })
}

/// What stands in the parentheses.
struct Arguments {
    ident: Ident,
    chosen: Chosen,
    /// Further attributes of columns.
    extra: Vec<MetaList>,
    /// The attributes of the filter set itself.
    container: Vec<Meta>,
}

enum Chosen {
    /// `fields(…)`, as `#[filterset(…)]` takes it.
    These(Box<Meta>),
    AllBut(Vec<Ident>),
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let shape = |error: Error| Error::new(error.span(), SHAPE);
        let ident = input.parse::<Ident>().map_err(shape)?;
        input.parse::<Token![,]>().map_err(shape)?;
        let metas = Punctuated::<Meta, Token![,]>::parse_terminated(input)?;
        let mut complaints = Complaints::default();
        let (mut these, mut excluded) = (None, None);
        let (mut all, mut extra, mut container) = (false, Vec::new(), Vec::new());
        for meta in metas {
            let path = meta.path();
            if path.is_ident("fields") {
                match is_all(&meta) {
                    true => all = true,
                    false => these = Some(meta),
                }
            } else if path.is_ident("exclude") {
                let parse = Punctuated::<Ident, Token![,]>::parse_terminated;
                let names = meta.require_list()?.parse_args_with(parse);
                excluded = complaints.take(names);
            } else if path.is_ident("extra") {
                let parse = Punctuated::<MetaList, Token![,]>::parse_terminated;
                extra.extend(meta.require_list()?.parse_args_with(parse)?);
            } else if path.is_ident("entity") {
                let message = "the entity is the one that the attribute stands on";
                complaints.add(Error::new_spanned(path, message));
            } else {
                container.push(meta);
            }
        }
        let chosen = match (these, excluded) {
            (Some(these), None) if !all => Chosen::These(Box::new(these)),
            (None, excluded) if all || excluded.is_some() => {
                Chosen::AllBut(excluded.into_iter().flatten().collect())
            }
            _ => {
                complaints.add(Error::new(ident.span(), SHAPE));
                Chosen::AllBut(Vec::new())
            }
        };
        complaints.finish(Self {
            ident,
            chosen,
            extra,
            container,
        })
    }
}

impl Arguments {
    /// `fields(…)` of the filter set.
    fn fields(&self, columns: &[Column]) -> Result<TokenStream> {
        let excluded = match &self.chosen {
            Chosen::These(meta) if self.extra.is_empty() => return Ok(meta.into_token_stream()),
            Chosen::These(meta) => {
                let text = "`extra` goes with `fields = \"__all__\"` or `exclude`; with \
                            `fields(…)` write `price(lookups(gte))`";
                return Err(Error::new_spanned(meta, text));
            }
            Chosen::AllBut(excluded) => excluded,
        };
        let mut complaints = Complaints::default();
        let extras = self.extra.iter().filter_map(|list| list.path.get_ident());
        for name in excluded.iter().chain(extras) {
            if !columns.iter().any(|column| column.name == *name) {
                let known: Vec<_> = columns
                    .iter()
                    .map(|column| format!("`{}`", column.name))
                    .collect();
                let known = known.join(", ");
                let text = format!("there is no filter `{name}`, expected one of {known}");
                complaints.add(Error::new(name.span(), text));
            }
        }
        let has_extra = |name: &Ident| self.extra.iter().any(|list| list.path.is_ident(name));
        let chosen = columns
            .iter()
            .filter(|column| !excluded.contains(&column.name))
            .filter(|column| !column.is_compound || has_extra(&column.name));
        let fields = chosen.map(|Column { name, column, .. }| {
            let extra = self.extra.iter().filter(|list| list.path.is_ident(name));
            let extra = extra.map(|list| &list.tokens);
            let column = column.iter().map(|column| quote!(column = #column));
            quote!(#name(#(#column,)* #(#extra),*))
        });
        let fields = quote!(fields(#(#fields),*));
        complaints.finish(fields)
    }
}

/// Whether it is `fields = "__all__"`.
fn is_all(meta: &Meta) -> bool {
    let Meta::NameValue(pair) = meta else {
        return false;
    };
    matches!(
        &pair.value,
        Expr::Lit(ExprLit { lit: Lit::Str(word), .. }) if word.value() == "__all__"
    )
}

/// A column of the model, a foreign key by the name of its relation.
struct Column {
    name: Ident,
    /// The field of the model, where it has another name.
    column: Option<LitStr>,
    /// Whether it is of a type that no filter follows from: an array or JSON.
    is_compound: bool,
}

/// The columns of the model in their order.
fn columns(item: &ItemStruct) -> Result<Vec<Column>> {
    let Fields::Named(fields) = &item.fields else {
        let text = "`#[model_filter_set(…)]` stands on the model of an entity";
        return Err(Error::new_spanned(item, text));
    };
    let mut relations = Vec::new();
    let mut columns = Vec::new();
    for field in &fields.named {
        let Some(ident) = &field.ident else { continue };
        let foreign_key = foreign_key(field);
        if is_relation(&field.ty) || foreign_key.is_some() {
            relations.extend(foreign_key.map(|column| (column, ident.clone())));
        } else if !is_ignored(field) {
            columns.push((ident.clone(), is_compound(&field.ty)));
        }
    }
    let columns = columns.into_iter().map(|(column, is_compound)| {
        let relation = relations
            .iter()
            .find(|(from, _)| column.unraw() == from.value());
        match relation {
            Some((from, name)) => Column {
                name: name.clone(),
                column: Some(from.clone()),
                is_compound,
            },
            None => Column {
                name: column,
                column: None,
                is_compound,
            },
        }
    });
    Ok(columns.collect())
}

/// Whether no filter follows from the type: an array, bytes, JSON, also in an `Option`.
fn is_compound(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let Some(segment) = path.path.segments.last() else {
        return false;
    };
    let is_of = |name: &str| {
        let segments = path.path.segments.iter().rev();
        segments
            .map(|segment| &segment.ident)
            .nth(1)
            .is_some_and(|ident| ident == name)
    };
    match (&*segment.ident.to_string(), &segment.arguments) {
        ("Option", PathArguments::AngleBracketed(arguments)) => match arguments.args.first() {
            Some(GenericArgument::Type(inner)) => is_compound(inner),
            _ => false,
        },
        ("Vec", PathArguments::AngleBracketed(_)) | ("Json" | "JsonValue", PathArguments::None) => {
            true
        }
        ("Value", PathArguments::None) => is_of("serde_json"),
        _ => false,
    }
}

/// Whether it is one of SeaORM's relations.
fn is_relation(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|segment| {
        let is_one = ["HasOne", "HasMany", "BelongsTo"].contains(&&*segment.ident.to_string());
        let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
            return false;
        };
        is_one && matches!(arguments.args.first(), Some(GenericArgument::Type(_)))
    })
}

/// The column that a relation goes from: `#[sea_orm(belongs_to, from = "category_id")]`.
fn foreign_key(field: &syn::Field) -> Option<LitStr> {
    let metas = sea_orm(field);
    if !metas.iter().any(|meta| meta.path().is_ident("belongs_to")) {
        return None;
    }
    metas.into_iter().find_map(|meta| match meta {
        Meta::NameValue(pair) if pair.path.is_ident("from") => match pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(from),
                ..
            }) => Some(from),
            _ => None,
        },
        _ => None,
    })
}

/// Whether it is no column.
fn is_ignored(field: &syn::Field) -> bool {
    let metas = sea_orm(field);
    metas.iter().any(|meta| meta.path().is_ident("ignore"))
}

/// What the `#[sea_orm(…)]` of a field say.
fn sea_orm(field: &syn::Field) -> Vec<Meta> {
    let attributes = field.attrs.iter();
    let attributes = attributes.filter(|attribute| attribute.path().is_ident("sea_orm"));
    let mut metas = Vec::new();
    for attribute in attributes {
        let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
        // What cannot be read so is SeaORM's to complain about.
        metas.extend(attribute.parse_args_with(parse).unwrap_or_default());
    }
    metas
}

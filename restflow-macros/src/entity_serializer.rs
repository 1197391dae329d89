//! `#[model_serializer(…)]`: a serializer whose fields are the columns of an entity.

mod arguments;
mod model;
#[cfg(test)]
mod tests;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, DeriveInput, Error, ItemStruct, Meta, Path, Result, Token, Type, ext::IdentExt,
    parse_quote, punctuated::Punctuated,
};

use self::{
    arguments::{Arguments, Chosen, is_false},
    model::{Model, ModelField, Source},
};
use crate::{model_serializer, serializer::Complaints};

/// The entity as it was written, and the serializer behind it. What is wrong with the serializer
/// does not hide the entity from the rest of the program.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let mut item: ItemStruct = syn::parse2(item)?;
    let serializer = serializer(arguments, &item).unwrap_or_else(Error::into_compile_error);
    if !item.attrs.iter().any(is_model_serializer) {
        strip(&mut item);
    }
    Ok(quote!(#item #serializer))
}

fn serializer(arguments: TokenStream, item: &ItemStruct) -> Result<TokenStream> {
    if item.ident == "ModelEx" {
        // The same is said about `Model`, once.
        return Ok(TokenStream::new());
    }
    let arguments: Arguments = syn::parse2(arguments)?;
    let model = Model::parse(item)?;
    let input = declaration(&arguments, &model)?;
    let implementation = model_serializer::expand(&input)?;
    let mut item: ItemStruct = syn::parse2(input.into_token_stream())?;
    item.attrs
        .retain(|attribute| attribute.path().is_ident("doc"));
    strip(&mut item);
    Ok(quote! {
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #[allow(missing_docs, reason = "the documentation is that of the model")]
        #item
        #implementation
    })
}

/// The struct that somebody would write by hand and derive `ModelSerializer` for.
fn declaration(arguments: &Arguments, model: &Model<'_>) -> Result<DeriveInput> {
    let mut complaints = Complaints::default();
    let chosen = chosen(arguments, model, &mut complaints);
    let extras = arguments.extra.iter().map(|(name, _)| name);
    for name in arguments.read_only.iter().chain(extras) {
        match model.field(name) {
            Err(error) => complaints.add(error),
            Ok(field) if !chosen.iter().any(|other| other.ident == field.ident) => {
                let message = format!("`{name}` is not one of the fields of `{}`", arguments.ident);
                complaints.add(Error::new(name.span(), message));
            }
            Ok(_) => {}
        }
    }
    let root = &arguments.root();
    let mut fields: Vec<_> = chosen
        .into_iter()
        .filter_map(|field| complaints.take(Declared::new(field, arguments, model, root)))
        .collect();
    let sets = match arguments.finds_unique_together {
        true => unique_together(model, &mut fields),
        false => Vec::new(),
    };
    let Arguments {
        ident, container, ..
    } = arguments;
    let visibility = model.visibility;
    let docs = model.docs.iter();
    let table_name = model.table_name.as_ref();
    let words = table_name.filter(|_| !says(container, "verbose_name"));
    let words = words.map(|name| {
        let words = name.value().replace('_', " ");
        quote!(verbose_name = #words,)
    });
    complaints.finish(parse_quote! {
        #(#docs)*
        #[serializer(entity = Entity, #words #(unique_together(#sets),)* #(#container),*)]
        #visibility struct #ident { #(#fields,)* }
    })
}

/// The unique keys of several columns that the serializer takes values for. As these are looked up,
/// none of them may be left to a default of the database.
fn unique_together(model: &Model<'_>, fields: &mut [Declared<'_>]) -> Vec<TokenStream> {
    let mut sets = Vec::new();
    for set in model.unique_together() {
        let is_member = |field: &Declared<'_>| set.contains(&&field.field.ident);
        let members = fields.iter().filter(|field| is_member(field));
        if members.filter(|field| field.has_value).count() == set.len() {
            let members = fields.iter_mut().filter(|field| is_member(field));
            members.for_each(|field| field.may_be_left_out = false);
            sets.push(quote!(#(#set),*));
        }
    }
    sets
}

/// The fields of the model that the serializer has, in their order.
fn chosen<'m>(
    arguments: &Arguments,
    model: &'m Model<'_>,
    complaints: &mut Complaints,
) -> Vec<&'m ModelField> {
    match &arguments.chosen {
        Chosen::All => model.all().collect(),
        Chosen::These(names) => names
            .iter()
            .filter_map(|name| complaints.take(model.field(name)))
            .collect(),
        Chosen::But(names) => {
            let left_out: Vec<_> = names
                .iter()
                .filter_map(|name| complaints.take(model.field(name)))
                .map(|field| &field.ident)
                .collect();
            let all = model.all();
            all.filter(|field| !left_out.contains(&&field.ident))
                .collect()
        }
    }
}

/// A field of the serializer: what the entity says of it, and then what was written about it,
/// which wins.
struct Declared<'m> {
    field: &'m ModelField,
    ty: Type,
    serializer: Vec<Meta>,
    validate: Vec<Meta>,
    /// Whether a new row has a value that is known here.
    has_value: bool,
    /// Whether the column has a default for rows without a value.
    may_be_left_out: bool,
}

impl<'m> Declared<'m> {
    fn new(
        field: &'m ModelField,
        arguments: &Arguments,
        model: &Model<'_>,
        root: &Path,
    ) -> Result<Self> {
        let given = arguments.given(field).into_iter();
        let (rules, given): (Vec<_>, Vec<_>) = given.partition(is_rules);
        let mut rules = inner(&rules)?;
        let (ty, column, mut serializer) = match &field.source {
            Source::Column(column) => {
                // A foreign key that is told here is this column, whatever its name ends in.
                let is_key = says(&given, "related").then(|| {
                    let name = field.ident.unraw().to_string();
                    parse_quote!(column = #name)
                });
                (
                    column.ty.clone(),
                    Some(column),
                    is_key.into_iter().collect(),
                )
            }
            Source::ToOne { from, entity } => {
                let (name, column) = model.column(from)?;
                let key = vec![
                    parse_quote!(related = #entity),
                    parse_quote!(column = #name),
                ];
                (column.ty.clone(), Some(column), key)
            }
            Source::ToMany { entity, via } => {
                let keys = parse_quote!(::std::vec::Vec<#root::KeyOf<#entity>>);
                let mut attributes = vec![parse_quote!(related = #entity)];
                if !via {
                    attributes.push(parse_quote!(read_only));
                }
                (keys, None, attributes)
            }
        };
        let is_value = matches!(field.source, Source::Column(_)) && !says(&given, "related");
        let is_made = MADE.iter().any(|word| says(&given, word));
        let mut validate = Vec::new();
        let mut has_value = false;
        let mut may_be_left_out = false;
        if let Some(column) = column {
            has_value = !is_made && !flag(&given, "read_only", column.is_generated);
            let takes_input = has_value && !flag(&given, "hidden", false);
            if column.is_generated && !is_made {
                serializer.push(parse_quote!(read_only));
            }
            // What is looked up by another column is not a value of this one.
            if takes_input && column.is_unique && !says(&given, "slug_field") {
                serializer.push(parse_quote!(unique));
            }
            if takes_input && column.has_default && !says(&given, "required") {
                may_be_left_out = true;
            }
            if let Some((digits, places)) = column.digits.as_ref().filter(|_| is_value)
                && !says(&given, "decimal")
            {
                serializer.push(parse_quote! {
                    decimal(max_digits = #digits, decimal_places = #places)
                });
            }
            if let Some(max) = column.max_length.as_ref().filter(|_| is_value)
                && !limits_length(&rules)
            {
                rules.push(parse_quote!(length(max = #max)));
            }
            if takes_input {
                validate = rules;
            }
        }
        serializer.extend(given);
        Ok(Self {
            field,
            ty,
            serializer,
            validate,
            has_value,
            may_be_left_out,
        })
    }
}

impl ToTokens for Declared<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            field,
            ty,
            serializer,
            validate,
            may_be_left_out,
            ..
        } = self;
        let required = may_be_left_out.then(|| quote!(required = false,));
        let (ident, docs) = (&field.ident, &field.docs);
        tokens.extend(quote! {
            #(#docs)*
            #[serializer(#required #(#serializer),*)]
            #[validate(#(#validate),*)]
            pub #ident: #ty
        });
    }
}

/// What a field is made by that is only shown, whatever its column says of input.
const MADE: [&str; 5] = [
    "computed",
    "computed_many",
    "constant",
    "annotated",
    "post_fetch",
];

/// The value of a flag that is written last; `default` where it is not written.
fn flag(metas: &[Meta], name: &str, default: bool) -> bool {
    let written = metas.iter().rev().find(|meta| meta.path().is_ident(name));
    written.map_or(default, |meta| !is_false(meta))
}

fn says(metas: &[Meta], name: &str) -> bool {
    metas.iter().any(|meta| meta.path().is_ident(name))
}

/// Whether it is `validate(…)`, the rules, and not `validate = path`, the hook.
fn is_rules(meta: &Meta) -> bool {
    meta.path().is_ident("validate") && matches!(meta, Meta::List(_))
}

/// The rules in the parentheses of `validate(…)`.
fn inner(rules: &[Meta]) -> Result<Vec<Meta>> {
    let mut inner = Vec::new();
    for rules in rules {
        let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
        inner.extend(rules.require_list()?.parse_args_with(parse)?);
    }
    Ok(inner)
}

/// Whether rules say how long a text may be.
fn limits_length(rules: &[Meta]) -> bool {
    let is_limit = |token| match token {
        TokenTree::Ident(word) => word == "max" || word == "equal",
        _ => false,
    };
    let lengths = rules.iter().filter(|rule| rule.path().is_ident("length"));
    let mut lengths = lengths.filter_map(|rule| rule.require_list().ok());
    lengths.any(|length| length.tokens.clone().into_iter().any(is_limit))
}

fn is_model_serializer(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|segment| segment.ident == "model_serializer")
}

/// Takes the attributes of fields away that nobody else understands.
fn strip(item: &mut ItemStruct) {
    let derives_validate = derives(&item.attrs, "Validate");
    let is_ours = |attribute: &Attribute| {
        let path = attribute.path();
        path.is_ident("serializer") || (path.is_ident("validate") && !derives_validate)
    };
    for field in &mut item.fields {
        field.attrs.retain(|attribute| !is_ours(attribute));
    }
}

/// Whether a derive of this name is in the lists.
fn derives(attributes: &[Attribute], name: &str) -> bool {
    let mut found = false;
    for attribute in attributes.iter().filter(|a| a.path().is_ident("derive")) {
        // What is no list of derives is the compiler's to complain about.
        let _ = attribute.parse_nested_meta(|meta| {
            let last = meta.path.segments.last();
            found |= last.is_some_and(|segment| segment.ident == name);
            Ok(())
        });
    }
    found
}

//! The way to related rows: `related = category::Entity`, `related(category::Entity,
//! brand::Entity)`, `related(linked(Parent), brand::Entity)`.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Path, Result, Token, parenthesized};

/// One step of the way.
#[derive(Clone)]
pub(super) enum Step {
    /// To the rows of an entity.
    Related(Path),
    /// Along a value that implements `Linked`.
    Linked(Path),
}

/// The steps, at least one.
#[derive(Clone)]
pub(super) struct Steps {
    first: Vec<Step>,
    last: Step,
}

impl Steps {
    /// `related = category::Entity`, or several in parentheses.
    pub(super) fn parse(meta: &ParseNestedMeta<'_>) -> Result<Self> {
        if meta.input.peek(Token![=]) {
            meta.input.parse::<Token![=]>()?;
        }
        Self::parse_value(meta.input)
    }

    /// `category::Entity`, or several in parentheses.
    pub(super) fn parse_value(input: ParseStream<'_>) -> Result<Self> {
        if !input.peek(syn::token::Paren) {
            return Ok(Self {
                first: Vec::new(),
                last: step(input)?,
            });
        }
        let content;
        parenthesized!(content in input);
        let mut first = Vec::new();
        let mut last = step(&content)?;
        while !content.is_empty() {
            content.parse::<Token![,]>()?;
            if !content.is_empty() {
                first.push(std::mem::replace(&mut last, step(&content)?));
            }
        }
        Ok(Self { first, last })
    }

    /// The entity, where the way is one step to the rows of it.
    pub(super) fn single(&self) -> Option<&Path> {
        match &self.last {
            Step::Related(path) if self.first.is_empty() => Some(path),
            _ => None,
        }
    }

    /// The type of the entity at the end.
    pub(super) fn end(&self, root: &Path) -> TokenStream {
        match &self.last {
            Step::Related(entity) => quote!(#entity),
            Step::Linked(link) => {
                quote!(<#link as #root::__private::sea_orm::Linked>::ToEntity)
            }
        }
    }

    /// `Path::new().to::<…>()…`.
    pub(super) fn expand(&self, root: &Path) -> TokenStream {
        let steps = self.first.iter().chain([&self.last]);
        let steps = steps.map(|step| match step {
            Step::Related(entity) => quote_spanned!(entity.span()=> .to::<#entity>()),
            Step::Linked(link) => quote_spanned!(link.span()=> .linked(&#link)),
        });
        quote!(#root::Path::<__Entity>::new() #(#steps)*)
    }
}

fn step(input: ParseStream<'_>) -> Result<Step> {
    let is_link = input
        .fork()
        .call(Ident::parse_any)
        .is_ok_and(|word| word == "linked");
    if is_link && input.peek2(syn::token::Paren) {
        input.call(Ident::parse_any)?;
        let content;
        parenthesized!(content in input);
        return Ok(Step::Linked(content.parse()?));
    }
    Ok(Step::Related(input.parse()?))
}

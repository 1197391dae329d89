//! What stands in the parentheses of `#[model_serializer(…)]`.

use proc_macro2::{Ident, Span};
use syn::{
    Error, Expr, ExprLit, Lit, LitStr, Meta, MetaList, Path, Result, Token,
    parse::{Parse, ParseStream},
    parse_quote,
    punctuated::Punctuated,
    spanned::Spanned,
};

use super::model::ModelField;
use crate::serializer::Complaints;

const SHAPE: &str = "expected the name of the serializer and which fields it has: \
    `#[model_serializer(ProductSerializer, fields = \"__all__\")]`, `fields(id, name)` or \
    `exclude(cost)`";

const WHICH: &str = "say which fields the serializer has: `fields = \"__all__\"`, \
    `fields(id, name)` or `exclude(cost)`; a column that is added to the entity later would \
    otherwise be public without anybody's decision";

/// The arguments.
pub(super) struct Arguments {
    /// The name of the serializer.
    pub(super) ident: Ident,
    pub(super) chosen: Chosen,
    pub(super) read_only: Vec<Ident>,
    /// Further attributes of fields.
    pub(super) extra: Vec<(Ident, Vec<Meta>)>,
    /// Whether the unique keys of the entity are looked up.
    pub(super) finds_unique_together: bool,
    /// The attributes of the serializer itself.
    pub(super) container: Vec<Meta>,
}

/// Which fields of the model the serializer has.
pub(super) enum Chosen {
    All,
    These(Vec<Ident>),
    But(Vec<Ident>),
}

impl Arguments {
    /// What was written about a field: on the model, then here.
    pub(super) fn given(&self, field: &ModelField) -> Vec<Meta> {
        let mut given = field.attributes.clone();
        if self.read_only.contains(&field.ident) {
            given.push(parse_quote!(read_only));
        }
        for (_, metas) in self.extra.iter().filter(|(name, _)| *name == field.ident) {
            given.extend(metas.iter().cloned());
        }
        given
    }

    /// The crate of the serializers.
    pub(super) fn root(&self) -> Path {
        let named = self.container.iter().find_map(|meta| match meta {
            Meta::NameValue(pair) if pair.path.is_ident("crate") => match &pair.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(path),
                    ..
                }) => path.parse().ok(),
                Expr::Path(path) => Some(path.path.clone()),
                _ => None,
            },
            _ => None,
        });
        named.unwrap_or_else(|| parse_quote!(::restflow::serializers))
    }
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let ident = input.parse::<Ident>();
        let ident = ident.map_err(|error| Error::new(error.span(), SHAPE))?;
        let metas = if input.is_empty() {
            Punctuated::new()
        } else {
            let comma = input.parse::<Token![,]>();
            comma.map_err(|error| Error::new(error.span(), SHAPE))?;
            Punctuated::<Meta, Token![,]>::parse_terminated(input)?
        };
        let mut complaints = Complaints::default();
        let mut chosen = None;
        let mut arguments = Self {
            ident,
            chosen: Chosen::All,
            read_only: Vec::new(),
            extra: Vec::new(),
            finds_unique_together: true,
            container: Vec::new(),
        };
        for meta in metas {
            let path = meta.path();
            let choice = if path.is_ident("fields") {
                complaints.take(fields(&meta))
            } else if path.is_ident("exclude") {
                complaints.take(names(&meta)).map(Chosen::But)
            } else {
                complaints.take(arguments.other(meta));
                continue;
            };
            if chosen.is_some() {
                let message = "either `fields` or `exclude`, once";
                complaints.add(Error::new(path.span(), message));
            }
            chosen = choice.or(Some(Chosen::All));
        }
        match chosen {
            Some(chosen) => arguments.chosen = chosen,
            None => complaints.add(Error::new(arguments.ident.span(), WHICH)),
        }
        complaints.finish(arguments)
    }
}

impl Arguments {
    fn other(&mut self, meta: Meta) -> Result<()> {
        let path = meta.path();
        if path.is_ident("read_only") {
            self.read_only = names(&meta)?;
        } else if path.is_ident("extra") {
            let list = meta.require_list()?;
            let parse = Punctuated::<MetaList, Token![,]>::parse_terminated;
            for field in list.parse_args_with(parse)? {
                let name = field.path.require_ident()?.clone();
                let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
                let metas = field.parse_args_with(parse)?;
                self.extra.push((name, metas.into_iter().collect()));
            }
        } else if path.is_ident("entity") {
            let message = "the entity is the one that the attribute stands on";
            return Err(Error::new(path.span(), message));
        } else if path.is_ident("unique_together") {
            self.finds_unique_together = false;
            if !is_false(&meta) {
                self.container.push(meta);
            }
        } else {
            self.container.push(meta);
        }
        Ok(())
    }
}

/// `fields = "__all__"`, or `fields(…)`.
fn fields(meta: &Meta) -> Result<Chosen> {
    let Meta::NameValue(pair) = meta else {
        return names(meta).map(Chosen::These);
    };
    match &pair.value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(word),
            ..
        }) if word.value() == "__all__" => Ok(Chosen::All),
        other => Err(Error::new(
            other.span(),
            "expected `fields = \"__all__\"` or `fields(id, name)`",
        )),
    }
}

/// The names in parentheses.
fn names(meta: &Meta) -> Result<Vec<Ident>> {
    let expected = |span: Span| Error::new(span, "expected fields of the model in parentheses");
    let Meta::List(list) = meta else {
        return Err(expected(meta.span()));
    };
    let names = list.parse_args_with(Punctuated::<Ident, Token![,]>::parse_terminated)?;
    if names.is_empty() {
        return Err(expected(meta.span()));
    }
    Ok(names.into_iter().collect())
}

/// Whether it is `name = false`.
pub(super) fn is_false(meta: &Meta) -> bool {
    match meta {
        Meta::NameValue(pair) => matches!(
            &pair.value,
            Expr::Lit(ExprLit { lit: Lit::Bool(value), .. }) if !value.value
        ),
        _ => false,
    }
}

/// The text of `name = "…"`.
pub(super) fn text(meta: &Meta) -> Option<LitStr> {
    match &meta.require_name_value().ok()?.value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.clone()),
        _ => None,
    }
}

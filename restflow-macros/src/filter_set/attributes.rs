//! The attributes of `#[derive(FilterSet)]`, parsed; all complaints of one
//! struct are reported together.

use std::collections::HashSet;

use heck::ToUpperCamelCase;
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    Data, DeriveInput, Error, Expr, ExprPath, Fields, GenericArgument, Ident, LitBool, LitStr,
    Path, PathArguments, Result, Token, Type, parenthesized, parse_quote,
};

use super::lookups::{self, LookupName, Lookups};
use super::path::Steps;

/// `#[filterset(…)]`.
pub(super) struct Container {
    pub(super) root: Path,
    pub(super) entity: Path,
    pub(super) order_by: Vec<OrderTerm>,
    pub(super) default_order: Vec<OrderTerm>,
    pub(super) order_param: Option<LitStr>,
    pub(super) reversed: bool,
    pub(super) operator: Option<Ident>,
    pub(super) separator: Option<LitStr>,
    pub(super) allow_negate: bool,
    pub(super) extends: Option<Type>,
    pub(super) preprocessors: Vec<ExprPath>,
    pub(super) postprocessors: Vec<ExprPath>,
    /// Filters made by hand.
    pub(super) made: Vec<Expr>,
    /// Columns of the entity that are chosen by name.
    chosen: Vec<ChosenColumn>,
}

/// A column that is chosen by name, of the entity or of a related one.
struct ChosenColumn {
    ident: Ident,
    /// The related entity, and the prefix of the name.
    related: Option<(Ident, Steps)>,
    attributes: FieldAttributes,
}

/// A field of the struct with its `#[filter(…)]`, or a column that is chosen by name.
pub(super) struct Field {
    pub(super) ident: Ident,
    pub(super) name: String,
    /// The type of one value; that of the column where there is none.
    pub(super) value: Option<Type>,
    pub(super) shape: Shape,
    pub(super) source: Source,
    /// The lookup of the parameter without a suffix, where it is not that of the shape.
    pub(super) base: Option<(LookupName, Span)>,
    pub(super) lookups: Lookups,
    pub(super) limits: Vec<Limit>,
    pub(super) validators: Vec<ExprPath>,
    pub(super) help_text: Option<String>,
    pub(super) required: bool,
    pub(super) allow_negate: Option<bool>,
    pub(super) separator: Option<LitStr>,
}

/// How many values a parameter takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    One,
    /// `Vec<T>`
    List,
    /// `MultipleChoice<T>`
    Choices,
}

/// What a parameter is compared with.
pub(super) enum Source {
    Column(Ident),
    Related(Steps, Option<Ident>),
    Method(ExprPath),
    Condition(ExprPath),
    /// A filter made by hand, which makes its parameters itself.
    Made(Box<Expr>),
}

/// A field of `FieldOptions` with its value.
pub(super) struct Limit {
    pub(super) option: Ident,
    pub(super) value: Expr,
}

impl Limit {
    pub(super) fn is_bound(&self) -> bool {
        self.option == "min_value" || self.option == "max_value"
    }

    /// Which types it concerns, as a field of `Supports`.
    pub(super) fn supports(&self) -> &'static str {
        match self.option.to_string().as_str() {
            "min_value" | "max_value" => "range",
            "max_digits" | "decimal_places" => "digits",
            "format" => "text",
            _ => "length",
        }
    }
}

/// `price`, `created = created_at` or `newest = -created_at`.
#[derive(Clone)]
pub(super) struct OrderTerm {
    pub(super) name: String,
    pub(super) column: Ident,
    pub(super) descending: bool,
    pub(super) label: Option<LitStr>,
}

impl Parse for OrderTerm {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.call(Ident::parse_any)?;
        let mut term = Self {
            name: name.unraw().to_string(),
            column: name,
            descending: false,
            label: None,
        };
        if input.parse::<Option<Token![=]>>()?.is_some() {
            term.parse_column(input)?;
        } else if input.peek(syn::token::Paren) {
            let content;
            parenthesized!(content in input);
            while !content.is_empty() {
                let key = content.call(Ident::parse_any)?;
                content.parse::<Token![=]>()?;
                match key.to_string().as_str() {
                    "column" => term.parse_column(&content)?,
                    "label" => term.label = Some(content.parse()?),
                    _ => {
                        let text = "expected `column = -created_at` or `label = \"…\"`";
                        return Err(Error::new(key.span(), text));
                    }
                }
                if !content.is_empty() {
                    content.parse::<Token![,]>()?;
                }
            }
        }
        Ok(term)
    }
}

impl OrderTerm {
    /// `created_at`, `-created_at`, or the same as a text.
    fn parse_column(&mut self, input: ParseStream<'_>) -> Result<()> {
        if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            (self.descending, self.column) = signed_column(&text.value(), text.span())?;
        } else {
            self.descending = input.parse::<Option<Token![-]>>()?.is_some();
            self.column = input.call(Ident::parse_any)?;
        }
        Ok(())
    }
}

/// Complaints, collected.
#[derive(Default)]
struct Errors(Option<Error>);

impl Errors {
    fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    fn keep<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }
}

pub(super) fn parse(input: &DeriveInput) -> Result<(Container, Vec<Field>)> {
    let mut errors = Errors::default();
    let container = errors.keep(parse_container(input));
    let mut fields = Vec::new();
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => {
                for field in &named.named {
                    fields.extend(errors.keep(parse_field(field)));
                }
            }
            Fields::Unit => {}
            Fields::Unnamed(unnamed) => {
                errors.push(Error::new(
                    unnamed.span(),
                    "the fields of a filter set have names",
                ));
            }
        },
        _ => errors.push(Error::new(input.ident.span(), "a filter set is a struct")),
    }
    let mut container = container;
    if let Some(container) = &mut container {
        for chosen in std::mem::take(&mut container.chosen) {
            // What is declared wins.
            let field = errors.keep(chosen.into_field());
            let is_declared = |field: &Field| fields.iter().any(|other| other.name == field.name);
            fields.extend(field.filter(|field| !is_declared(field)));
        }
        check_names(container, &fields, &mut errors);
    }
    match (errors.0, container) {
        (None, Some(container)) => Ok((container, fields)),
        (Some(errors), _) => Err(errors),
        (None, None) => Err(Error::new(
            input.ident.span(),
            "`#[filterset(…)]` is missing",
        )),
    }
}

/// Complains about parameters of one name, as far as the names are known here.
fn check_names(container: &Container, fields: &[Field], errors: &mut Errors) {
    let order_param = match (&container.order_param, container.order_by.is_empty()) {
        (Some(name), _) => Some(name.value()),
        (None, false) => Some("order_by".to_owned()),
        (None, true) => None,
    };
    let mut names: HashSet<String> = order_param.into_iter().collect();
    for field in fields {
        if matches!(field.source, Source::Made(_)) {
            // Its names are known when it is made.
            continue;
        }
        let name = std::iter::once((field.name.clone(), field.ident.span()));
        let separator = field.separator.as_ref().or(container.separator.as_ref());
        let separator = separator.map_or_else(|| "__".to_owned(), LitStr::value);
        let suffixes = field.lookups.suffixes();
        let suffixed = suffixes.map(|(suffix, span)| {
            let name = format!("{}{separator}{suffix}", field.name);
            (name, span)
        });
        let has_negation = field.allow_negate.unwrap_or(container.allow_negate)
            && !matches!(field.source, Source::Method(_));
        for (name, span) in name.chain(suffixed) {
            let negation = has_negation.then(|| format!("{name}!"));
            for name in std::iter::once(name).chain(negation) {
                if names.contains(&name) {
                    let text = format!(
                        "there is a parameter `{name}` already; give this one another name: \
                         `rename = \"…\"`, or an alias of the lookup, `lookups(min = gte)`"
                    );
                    errors.push(Error::new(span, text));
                }
                names.insert(name);
            }
        }
    }
    let mut terms = HashSet::new();
    for term in &container.order_by {
        if !terms.insert(&term.name) {
            let text = format!("there is a term `{}` already", term.name);
            errors.push(Error::new(term.column.span(), text));
        }
    }
}

fn parse_container(input: &DeriveInput) -> Result<Container> {
    let mut entity = None;
    let mut default_order = None;
    let mut container = Container {
        root: parse_quote!(::restflow::filters),
        entity: parse_quote!(Entity),
        order_by: Vec::new(),
        default_order: Vec::new(),
        order_param: None,
        reversed: false,
        operator: None,
        separator: None,
        allow_negate: true,
        extends: None,
        preprocessors: Vec::new(),
        postprocessors: Vec::new(),
        made: Vec::new(),
        chosen: Vec::new(),
    };
    for attribute in &input.attrs {
        if !attribute.path().is_ident("filterset") {
            continue;
        }
        attribute.parse_nested_meta(|meta| {
            let Some(key) = meta.path.get_ident().map(|key| key.unraw().to_string()) else {
                return Err(unknown_container(&meta));
            };
            match key.as_str() {
                "entity" => entity = Some(meta.value()?.parse()?),
                "crate" => container.root = path_or_text(&meta)?,
                "order_by" => {
                    let content;
                    parenthesized!(content in meta.input);
                    let terms = Punctuated::<OrderTerm, Token![,]>::parse_terminated(&content)?;
                    container.order_by = terms.into_iter().collect();
                }
                "default_order" => default_order = Some(meta.value()?.parse::<LitStr>()?),
                "order_param" => container.order_param = Some(meta.value()?.parse()?),
                "override_order_direction" => {
                    let direction: LitStr = meta.value()?.parse()?;
                    container.reversed = match direction.value().as_str() {
                        "asc" => false,
                        "desc" => true,
                        _ => {
                            return Err(Error::new(
                                direction.span(),
                                "expected \"asc\" or \"desc\"",
                            ));
                        }
                    };
                }
                "operator" => container.operator = Some(operator(&meta)?),
                "lookup_separator" => container.separator = Some(meta.value()?.parse()?),
                "allow_negate" => container.allow_negate = meta.value()?.parse::<LitBool>()?.value,
                "extends" => container.extends = Some(meta.value()?.parse()?),
                "preprocessors" => container.preprocessors = functions(&meta)?,
                "postprocessors" => container.postprocessors = functions(&meta)?,
                "with" => {
                    let content;
                    parenthesized!(content in meta.input);
                    let made = Punctuated::<Expr, Token![,]>::parse_terminated(&content)?;
                    container.made.extend(made);
                }
                "fields" => container.chosen.extend(chosen(meta.input, None)?),
                "related" => container.chosen.extend(chosen_of_related(&meta)?),
                _ => return Err(unknown_container(&meta)),
            }
            Ok(())
        })?;
    }
    container.entity = entity.ok_or_else(|| {
        Error::new(
            input.ident.span(),
            "say which rows are filtered: `#[filterset(entity = product::Entity)]`",
        )
    })?;
    if let Some(text) = default_order {
        for name in text.value().split(',').map(str::trim) {
            let (descending, column) = signed_column(name, text.span())?;
            let alias = container.order_by.iter().find(|term| column == term.name);
            container.default_order.push(match alias {
                Some(term) => OrderTerm {
                    descending: term.descending != descending,
                    ..term.clone()
                },
                None => OrderTerm {
                    name: column.to_string(),
                    column,
                    descending,
                    label: None,
                },
            });
        }
    }
    Ok(container)
}

fn unknown_container(meta: &ParseNestedMeta<'_>) -> Error {
    meta.error(
        "unknown attribute; `#[filterset(…)]` knows `entity`, `fields`, `related`, `with`, \
         `extends`, `order_by`, `default_order`, `order_param`, `override_order_direction`, `operator`, \
         `preprocessors`, `postprocessors`, `lookup_separator`, `allow_negate` and `crate`",
    )
}

/// Functions in parentheses.
fn functions(meta: &ParseNestedMeta<'_>) -> Result<Vec<ExprPath>> {
    let content;
    parenthesized!(content in meta.input);
    let functions = Punctuated::<ExprPath, Token![,]>::parse_terminated(&content)?;
    Ok(functions.into_iter().collect())
}

/// `(name, price(lookups(comparison)))`.
fn chosen(input: ParseStream<'_>, related: Option<&(Ident, Steps)>) -> Result<Vec<ChosenColumn>> {
    let content;
    parenthesized!(content in input);
    let mut columns = Vec::new();
    while !content.is_empty() {
        let ident = content.call(Ident::parse_any)?;
        let mut attributes = FieldAttributes::default();
        if content.peek(syn::token::Paren) {
            let inner;
            parenthesized!(inner in content);
            let parser = syn::meta::parser(|meta| attributes.parse(&meta));
            parser.parse2(inner.parse()?)?;
        }
        columns.push(ChosenColumn {
            ident,
            related: related.cloned(),
            attributes,
        });
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(columns)
}

/// `related(category = category::Entity, fields(name, slug))`.
fn chosen_of_related(meta: &ParseNestedMeta<'_>) -> Result<Vec<ChosenColumn>> {
    const EXPECTED: &str = "expected `related(category = category::Entity, fields(name, slug))`";

    let content;
    parenthesized!(content in meta.input);
    let prefix = content.call(Ident::parse_any)?;
    content
        .parse::<Token![=]>()
        .map_err(|error| Error::new(error.span(), EXPECTED))?;
    let steps = Steps::parse_value(&content)?;
    content
        .parse::<Token![,]>()
        .map_err(|error| Error::new(error.span(), EXPECTED))?;
    let word = content.call(Ident::parse_any)?;
    if word != "fields" {
        return Err(Error::new(word.span(), EXPECTED));
    }
    let columns = chosen(&content, Some(&(prefix, steps)))?;
    content.parse::<Option<Token![,]>>()?;
    Ok(columns)
}

fn operator(meta: &ParseNestedMeta<'_>) -> Result<Ident> {
    let operator: LitStr = meta.value()?.parse()?;
    let variant = match operator.value().to_ascii_lowercase().as_str() {
        "and" => "And",
        "or" => "Or",
        "xor" => "Xor",
        _ => {
            let text = "expected \"and\", \"or\" or \"xor\"";
            return Err(Error::new(operator.span(), text));
        }
    };
    Ok(Ident::new(variant, operator.span()))
}

fn path_or_text(meta: &ParseNestedMeta<'_>) -> Result<Path> {
    let value = meta.value()?;
    if value.peek(LitStr) {
        value.parse::<LitStr>()?.parse()
    } else {
        value.parse()
    }
}

/// A column name as text or identifier.
fn column(meta: &ParseNestedMeta<'_>) -> Result<Ident> {
    let value = meta.value()?;
    if value.peek(LitStr) {
        let text: LitStr = value.parse()?;
        text.parse_with(Ident::parse_any)
    } else {
        value.call(Ident::parse_any)
    }
}

fn signed_column(name: &str, span: Span) -> Result<(bool, Ident)> {
    let (descending, name) = match name.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, name),
    };
    let mut ident = syn::parse_str::<Ident>(name)
        .or_else(|_| syn::parse_str::<Ident>(&format!("r#{name}")))
        .map_err(|_| Error::new(span, format!("`{name}` is not the name of a column")))?;
    ident.set_span(span);
    Ok((descending, ident))
}

/// What `#[filter(…)]` says.
#[derive(Default)]
struct FieldAttributes {
    name: Option<LitStr>,
    column: Option<Ident>,
    base: Option<(LookupName, Span)>,
    related: Option<Steps>,
    method: Option<ExprPath>,
    condition: Option<ExprPath>,
    made: Option<Expr>,
    lookups: Lookups,
    limits: Vec<Limit>,
    validators: Vec<ExprPath>,
    help_text: Option<String>,
    required: bool,
    allow_negate: Option<bool>,
    separator: Option<LitStr>,
}

fn parse_field(field: &syn::Field) -> Result<Field> {
    let Some(ident) = field.ident.clone() else {
        return Err(Error::new(
            field.span(),
            "the fields of a filter set have names",
        ));
    };
    let mut attributes = FieldAttributes::default();
    for attribute in &field.attrs {
        if attribute.path().is_ident("filter") {
            attribute.parse_nested_meta(|meta| attributes.parse(&meta))?;
        }
    }
    if let Some(option) = generic_argument(&field.ty, "Option") {
        let text = "a filter is always optional; drop the `Option`, and say \
                    `#[filter(required)]` if it is not";
        return Err(Error::new(option.span(), text));
    }
    let (value, shape) = if let Some(element) = generic_argument(&field.ty, "Vec") {
        (element, Shape::List)
    } else if let Some(choice) = generic_argument(&field.ty, "MultipleChoice") {
        (choice, Shape::Choices)
    } else {
        (&field.ty, Shape::One)
    };
    let help_text = doc_comment(&field.attrs);
    attributes.into_field(ident, None, Some(value.clone()), shape, help_text)
}

impl ChosenColumn {
    fn into_field(self) -> Result<Field> {
        let Self {
            ident,
            related,
            mut attributes,
        } = self;
        if let Some(function) = attributes.method.as_ref().or(attributes.condition.as_ref()) {
            let text = "a filter by a function is a field of the struct, which has the type of \
                        its value";
            return Err(Error::new(function.span(), text));
        }
        if let Some(made) = &attributes.made {
            let text = "a filter that is made by hand stands in `with(…)` of the filter set, or \
                        at a field of the struct";
            return Err(Error::new(made.span(), text));
        }
        if attributes.related.is_some() {
            let text = "a filter by a related row is a field of the struct, or one of \
                        `related(category = category::Entity, fields(name))`";
            return Err(Error::new(ident.span(), text));
        }
        let mut prefix = None;
        if let Some((name, steps)) = related {
            attributes.column.get_or_insert_with(|| ident.clone());
            attributes.related = Some(steps);
            prefix = Some(name);
        }
        attributes.into_field(ident, prefix.as_ref(), None, Shape::One, None)
    }
}

impl FieldAttributes {
    fn parse(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let Some(key) = meta.path.get_ident().map(|key| key.unraw().to_string()) else {
            return Err(unknown_field(meta));
        };
        match key.as_str() {
            "rename" => self.name = Some(meta.value()?.parse()?),
            "column" => self.column = Some(column(meta)?),
            "related" => self.related = Some(Steps::parse(meta)?),
            "with" => self.made = Some(meta.value()?.parse()?),
            "method" => self.method = Some(meta.value()?.parse()?),
            "filter_by" => self.filter_by(meta)?,
            "lookups" => {
                let content;
                parenthesized!(content in meta.input);
                self.lookups.parse(&content)?;
            }
            "validate" => self.validators.push(meta.value()?.parse()?),
            "email" | "url" | "slug" | "ip" | "ipv4" | "ipv6" | "regex" => {
                self.format(&key, meta)?
            }
            "decimal" => meta.parse_nested_meta(|meta| {
                if meta.path.is_ident("max_digits") || meta.path.is_ident("decimal_places") {
                    self.limit(&meta)
                } else {
                    Err(meta.error("expected `max_digits` or `decimal_places`"))
                }
            })?,
            "min_length" | "max_length" | "min_value" | "max_value" => self.limit(meta)?,
            "help_text" => self.help_text = Some(meta.value()?.parse::<LitStr>()?.value()),
            "required" => self.required = true,
            "allow_negate" => self.allow_negate = Some(meta.value()?.parse::<LitBool>()?.value),
            "lookup_separator" => self.separator = Some(meta.value()?.parse()?),
            _ => return Err(unknown_field(meta)),
        }
        Ok(())
    }

    fn limit(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let option = meta.path.require_ident()?.clone();
        let value = meta.value()?.parse()?;
        self.limits.push(Limit { option, value });
        Ok(())
    }

    /// What the texts must look like.
    fn format(&mut self, key: &str, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let span = meta.path.span();
        let format = Ident::new(&key.to_upper_camel_case(), span);
        let pattern: Option<LitStr> = match key {
            "regex" => Some(meta.value()?.parse()?),
            _ => None,
        };
        let value = match pattern {
            Some(pattern) => parse_quote!(TextFormat::#format(#pattern)),
            None => parse_quote!(TextFormat::#format),
        };
        let option = Ident::new("format", span);
        self.limits.push(Limit { option, value });
        Ok(())
    }

    /// `filter_by = "name__icontains"`, or a function from a value to a condition.
    fn filter_by(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let value = meta.value()?;
        if !value.peek(LitStr) {
            self.condition = Some(value.parse()?);
            return Ok(());
        }
        let text: LitStr = value.parse()?;
        let expression = text.value();
        let (name, lookup) = match expression.rsplit_once("__") {
            Some((name, lookup)) => (name, Some(lookup)),
            None => (expression.as_str(), None),
        };
        if let Some(lookup) = lookup {
            let known = lookups::known(lookup).ok_or_else(|| {
                let text = format!(
                    "`{lookup}` is not a lookup; `filter_by` is a column with or without one, \
                     `\"name__icontains\"`, and relations are named by their entities: \
                     `related = category::Entity, filter_by = \"name\"`"
                );
                Error::new(meta.path.span(), text)
            })?;
            self.base = Some((known, text.span()));
        }
        let (_, column) = signed_column(name, text.span())?;
        self.column = Some(column);
        Ok(())
    }

    fn into_field(
        mut self,
        ident: Ident,
        prefix: Option<&Ident>,
        value: Option<Type>,
        shape: Shape,
        doc: Option<String>,
    ) -> Result<Field> {
        let name = ident.unraw().to_string();
        let name = match (&self.name, prefix) {
            (Some(name), _) => name.value(),
            (None, Some(prefix)) => format!("{}__{name}", prefix.unraw()),
            (None, None) => name,
        };
        if let Some(made) = self.made.take() {
            return self.made(made, ident, value, shape);
        }
        let source = self.source(&ident, shape)?;
        if let Some((_, span)) = &self.base
            && shape != Shape::One
        {
            let text = "a list is compared by `in`; name the column without a lookup";
            return Err(Error::new(*span, text));
        }
        Ok(Field {
            name,
            value,
            shape,
            source,
            base: self.base,
            lookups: self.lookups,
            limits: self.limits,
            validators: self.validators,
            help_text: self.help_text.or(doc),
            required: self.required,
            allow_negate: self.allow_negate,
            separator: self.separator,
            ident,
        })
    }

    /// A filter made by hand says everything itself.
    fn made(self, made: Expr, ident: Ident, value: Option<Type>, shape: Shape) -> Result<Field> {
        let is_more = self.name.is_some()
            || self.column.is_some()
            || self.base.is_some()
            || self.related.is_some()
            || self.method.is_some()
            || self.condition.is_some()
            || !self.lookups.is_empty()
            || !self.limits.is_empty()
            || !self.validators.is_empty()
            || self.help_text.is_some()
            || self.required
            || self.allow_negate.is_some()
            || self.separator.is_some();
        if is_more {
            let text = "a filter that is made by hand says everything itself: nothing stands \
                        beside `with`";
            return Err(Error::new(made.span(), text));
        }
        Ok(Field {
            name: ident.unraw().to_string(),
            value,
            shape,
            source: Source::Made(Box::new(made)),
            base: None,
            lookups: Lookups::default(),
            limits: Vec::new(),
            validators: Vec::new(),
            help_text: None,
            required: false,
            allow_negate: None,
            separator: None,
            ident,
        })
    }

    fn source(&mut self, ident: &Ident, shape: Shape) -> Result<Source> {
        let is_condition = self.condition.is_some();
        if let Some(function) = self.method.take().or(self.condition.take()) {
            let is_more = self.condition.is_some()
                || self.column.is_some()
                || self.related.is_some()
                || !self.lookups.is_empty()
                || !self.validators.is_empty();
            if is_more {
                let text = "a filter by a function has no `column`, `related`, `lookups` or \
                            `validate`, and no second function";
                return Err(Error::new(function.span(), text));
            }
            if shape == Shape::Choices {
                let text = "a function takes a list of choices as `Vec`";
                return Err(Error::new(function.span(), text));
            }
            return Ok(match is_condition {
                true => Source::Condition(function),
                false => Source::Method(function),
            });
        }
        let column = self.column.take();
        Ok(match self.related.take() {
            Some(steps) if shape != Shape::One || column.is_some() || steps.single().is_none() => {
                Source::Related(steps, column)
            }
            Some(_) => Source::Column(foreign_key(ident)),
            None => Source::Column(column.unwrap_or_else(|| ident.clone())),
        })
    }
}

fn unknown_field(meta: &ParseNestedMeta<'_>) -> Error {
    meta.error(
        "unknown attribute; `#[filter(…)]` knows `lookups`, `column`, `related`, `filter_by`, \
         `method`, `with`, `rename`, `required`, `validate`, `allow_negate`, `lookup_separator`, \
         `help_text`, `decimal`, `min_length`, `max_length`, `min_value`, `max_value`, `email`, \
         `url`, `slug`, `ip`, `ipv4`, `ipv6` and `regex`",
    )
}

/// The column of a foreign key: `category` is `category_id`.
fn foreign_key(ident: &Ident) -> Ident {
    let name = ident.unraw().to_string();
    if name.ends_with("_id") {
        ident.clone()
    } else {
        Ident::new(&format!("{name}_id"), ident.span())
    }
}

/// `T` of `Vec<T>`.
fn generic_argument<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(argument) if segment.ident == name => Some(argument),
        _ => None,
    }
}

/// The first paragraph of the doc comment.
fn doc_comment(attributes: &[syn::Attribute]) -> Option<String> {
    let mut lines = Vec::new();
    for attribute in attributes {
        if let syn::Meta::NameValue(meta) = &attribute.meta
            && meta.path.is_ident("doc")
            && let Expr::Lit(literal) = &meta.value
            && let syn::Lit::Str(text) = &literal.lit
        {
            lines.push(text.value().trim().to_owned());
        }
    }
    let paragraph: Vec<String> = lines
        .into_iter()
        .take_while(|line| !line.is_empty())
        .collect();
    (!paragraph.is_empty()).then(|| paragraph.join(" "))
}

//! The attributes of `#[derive(FilterSet)]`, parsed; all complaints of one
//! struct are reported together.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    Data, DeriveInput, Error, Expr, ExprPath, Fields, GenericArgument, Ident, LitBool, LitStr,
    Path, PathArguments, Result, Token, Type, parenthesized, parse_quote,
};

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
}

/// A field of the struct with its `#[filter(…)]`.
pub(super) struct Field {
    pub(super) ident: Ident,
    pub(super) name: String,
    /// The type of one value.
    pub(super) value: Type,
    pub(super) list: bool,
    pub(super) source: Source,
    pub(super) lookups: Vec<LookupAttribute>,
    pub(super) limits: Vec<Limit>,
    pub(super) help_text: Option<String>,
    pub(super) required: bool,
    pub(super) allow_negate: Option<bool>,
    pub(super) separator: Option<LitStr>,
}

/// What a parameter is compared with.
pub(super) enum Source {
    Column(Ident),
    Related(Path, Option<Ident>),
    Method(ExprPath),
}

/// A lookup of a field, under its own name or an alias.
pub(super) struct LookupAttribute {
    pub(super) marker: &'static str,
    pub(super) alias: Option<String>,
    pub(super) span: Span,
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
}

/// `price`, `created = created_at` or `newest = -created_at`.
#[derive(Clone)]
pub(super) struct OrderTerm {
    pub(super) name: String,
    pub(super) column: Ident,
    pub(super) descending: bool,
}

impl Parse for OrderTerm {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.call(Ident::parse_any)?;
        let mut term = Self {
            name: name.unraw().to_string(),
            column: name,
            descending: false,
        };
        if input.parse::<Option<Token![=]>>()?.is_some() {
            if input.peek(LitStr) {
                let text: LitStr = input.parse()?;
                (term.descending, term.column) = signed_column(&text.value(), text.span())?;
            } else {
                term.descending = input.parse::<Option<Token![-]>>()?.is_some();
                term.column = input.call(Ident::parse_any)?;
            }
        }
        Ok(term)
    }
}

/// The lookups and the groups of them, as in drf-restflow.
const GROUPS: [(&str, &[&str]); 5] = [
    ("basic", &["exact", "in", "isnull"]),
    (
        "text",
        &["icontains", "contains", "startswith", "endswith", "iexact"],
    ),
    ("comparison", &["gt", "gte", "lt", "lte"]),
    ("date_parts", &["year", "month", "day"]),
    ("time_parts", &["hour", "minute", "second"]),
];

const LOOKUPS: [(&str, &str); 30] = [
    ("exact", "Exact"),
    ("iexact", "IExact"),
    ("contains", "Contains"),
    ("icontains", "IContains"),
    ("startswith", "StartsWith"),
    ("istartswith", "IStartsWith"),
    ("endswith", "EndsWith"),
    ("iendswith", "IEndsWith"),
    ("regex", "Regex"),
    ("iregex", "IRegex"),
    ("gt", "Gt"),
    ("gte", "Gte"),
    ("lt", "Lt"),
    ("lte", "Lte"),
    ("in", "In"),
    ("range", "Range"),
    ("isnull", "IsNull"),
    ("date", "Date"),
    ("year", "Year"),
    ("iso_year", "IsoYear"),
    ("quarter", "Quarter"),
    ("month", "Month"),
    ("week", "Week"),
    ("week_day", "WeekDay"),
    ("iso_week_day", "IsoWeekDay"),
    ("day", "Day"),
    ("time", "Time"),
    ("hour", "Hour"),
    ("minute", "Minute"),
    ("second", "Second"),
];

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
    match (errors.0, container) {
        (None, Some(container)) => Ok((container, fields)),
        (Some(errors), _) => Err(errors),
        (None, None) => Err(Error::new(
            input.ident.span(),
            "`#[filterset(…)]` is missing",
        )),
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
                },
            });
        }
    }
    Ok(container)
}

fn unknown_container(meta: &ParseNestedMeta<'_>) -> Error {
    meta.error(
        "unknown attribute; `#[filterset(…)]` knows `entity`, `order_by`, `default_order`, \
         `order_param`, `override_order_direction`, `operator`, `lookup_separator`, \
         `allow_negate` and `crate`",
    )
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
    related: Option<Path>,
    method: Option<ExprPath>,
    lookups: Vec<LookupAttribute>,
    limits: Vec<Limit>,
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
    let element = generic_argument(&field.ty, "Vec");
    let list = element.is_some();
    let name = ident.unraw().to_string();
    let source = attributes.source(&ident, list)?;
    Ok(Field {
        name: attributes.name.map_or(name, |name| name.value()),
        value: element.unwrap_or(&field.ty).clone(),
        list,
        source,
        lookups: attributes.lookups,
        limits: attributes.limits,
        help_text: attributes.help_text.or_else(|| doc_comment(&field.attrs)),
        required: attributes.required,
        allow_negate: attributes.allow_negate,
        separator: attributes.separator,
        ident,
    })
}

impl FieldAttributes {
    fn parse(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let Some(key) = meta.path.get_ident().map(|key| key.unraw().to_string()) else {
            return Err(unknown_field(meta));
        };
        match key.as_str() {
            "rename" => self.name = Some(meta.value()?.parse()?),
            "column" => self.column = Some(column(meta)?),
            "related" => self.related = Some(meta.value()?.parse()?),
            "method" => self.method = Some(meta.value()?.parse()?),
            "lookups" => {
                let content;
                parenthesized!(content in meta.input);
                while !content.is_empty() {
                    self.lookups.extend(lookup(&content)?);
                    content.parse::<Option<Token![,]>>()?;
                }
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

    fn source(&mut self, ident: &Ident, list: bool) -> Result<Source> {
        if let Some(method) = self.method.take() {
            if self.column.is_some() || self.related.is_some() || !self.lookups.is_empty() {
                let text = "a filter by a method has no `column`, `related` or `lookups`";
                return Err(Error::new(method.span(), text));
            }
            return Ok(Source::Method(method));
        }
        let column = self.column.take();
        Ok(match self.related.take() {
            Some(related) if list || column.is_some() => Source::Related(related, column),
            Some(_) => Source::Column(foreign_key(ident)),
            None => Source::Column(column.unwrap_or_else(|| ident.clone())),
        })
    }
}

fn unknown_field(meta: &ParseNestedMeta<'_>) -> Error {
    meta.error(
        "unknown attribute; `#[filter(…)]` knows `lookups`, `column`, `related`, `method`, \
         `rename`, `required`, `allow_negate`, `lookup_separator`, `help_text`, `decimal`, \
         `min_length`, `max_length`, `min_value` and `max_value`",
    )
}

/// `gte`, `min = gte`, or a group.
fn lookup(input: ParseStream<'_>) -> Result<Vec<LookupAttribute>> {
    let first = input.call(Ident::parse_any)?;
    let (alias, name) = if input.parse::<Option<Token![=]>>()?.is_some() {
        (
            Some(first.unraw().to_string()),
            input.call(Ident::parse_any)?,
        )
    } else {
        (None, first)
    };
    let text = name.unraw().to_string();
    let group = GROUPS
        .iter()
        .find(|(group, _)| alias.is_none() && *group == text);
    let names = group.map_or(vec![text.as_str()], |(_, names)| names.to_vec());
    names
        .into_iter()
        .map(|lookup| {
            let marker = LOOKUPS.iter().find(|(name, _)| *name == lookup);
            let (_, marker) = marker.ok_or_else(|| unknown_lookup(&name))?;
            Ok(LookupAttribute {
                marker,
                alias: alias.clone(),
                span: name.span(),
            })
        })
        .collect()
}

fn unknown_lookup(name: &Ident) -> Error {
    let lookups: Vec<&str> = LOOKUPS.iter().map(|(name, _)| *name).collect();
    let groups: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
    let text = format!(
        "there is no lookup `{name}`; there are {}, and the groups {}",
        lookups.join(", "),
        groups.join(", ")
    );
    Error::new(name.span(), text)
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

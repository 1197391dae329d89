//! The attributes `#[serializer(…)]` of a struct and of its fields, as written.

use chrono::format::{Item, StrftimeItems};
use proc_macro2::Ident;
use syn::{
    Attribute, Error, Expr, ExprLit, Lit, LitBool, LitInt, LitStr, Path, Result, Token, Type,
    meta::ParseNestedMeta, punctuated::Punctuated, spanned::Spanned,
};

/// All complaints about one input, reported together.
#[derive(Default)]
pub(crate) struct Complaints(Option<Error>);

impl Complaints {
    pub(crate) fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// Keeps the value, or the complaint.
    pub(crate) fn take<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    pub(crate) fn finish<T>(self, value: T) -> Result<T> {
        self.0.map_or(Ok(value), Err)
    }
}

/// `#[serializer(…)]` on the struct.
#[derive(Default)]
pub(super) struct Container {
    pub(super) root: Option<Path>,
    pub(super) entity: Option<Path>,
    pub(super) name: Option<String>,
    pub(super) verbose_name: Option<String>,
    pub(super) validate: Option<Path>,
    pub(super) to_representation: Option<Path>,
}

impl Container {
    pub(super) fn parse(attributes: &[Attribute], complaints: &mut Complaints) -> Self {
        let mut container = Self::default();
        each(attributes, "serializer", complaints, |meta| {
            match name_of(&meta)?.as_str() {
                "crate" => container.root = Some(path(&meta)?),
                "entity" => container.entity = Some(path(&meta)?),
                "name" => container.name = Some(text(&meta)?),
                "verbose_name" => container.verbose_name = Some(text(&meta)?),
                "validate" => container.validate = Some(path(&meta)?),
                "to_representation" => container.to_representation = Some(path(&meta)?),
                _ => {
                    return Err(meta.error(
                        "unknown attribute of a serializer, expected `entity`, `name`, \
                         `verbose_name`, `validate`, `to_representation` or `crate`",
                    ));
                }
            }
            Ok(())
        });
        container
    }
}

/// `#[serializer(…)]` on a field.
#[derive(Default)]
pub(super) struct FieldAttributes {
    pub(super) read_only: bool,
    pub(super) write_only: bool,
    pub(super) hidden: bool,
    pub(super) not_saved: bool,
    pub(super) computed: Option<Computed>,
    pub(super) nested: bool,
    pub(super) required: Option<bool>,
    pub(super) null: Option<bool>,
    pub(super) default: Option<DefaultValue>,
    pub(super) default_with: Option<Path>,
    pub(super) create_only: bool,
    pub(super) unique: bool,
    pub(super) related: Option<Path>,
    pub(super) slug_field: Option<LitStr>,
    pub(super) source: Option<LitStr>,
    pub(super) column: Option<LitStr>,
    pub(super) rename: Option<String>,
    pub(super) label: Option<String>,
    pub(super) help_text: Option<String>,
    pub(super) allow_blank: Option<bool>,
    pub(super) trim_whitespace: Option<bool>,
    pub(super) allow_empty: Option<bool>,
    pub(super) format: Option<LitStr>,
    pub(super) input_formats: Vec<LitStr>,
    pub(super) max_digits: Option<LitInt>,
    pub(super) decimal_places: Option<LitInt>,
    pub(super) coerce_to_string: Option<bool>,
    pub(super) normalize_output: Option<bool>,
    pub(super) rounding: Option<Ident>,
    pub(super) error_messages: Vec<(String, LitStr)>,
    pub(super) validate: Option<Path>,
    pub(super) annotated: Option<Expr>,
    pub(super) post_fetch: Option<Vec<JoinedColumns>>,
}

/// `own = "base"` in `post_fetch(…)`: a model field of the attached rows and the one that it equals.
#[derive(Clone)]
pub(crate) struct JoinedColumns {
    pub(crate) own: Ident,
    pub(crate) base: LitStr,
}

/// `computed`, or `computed = path`.
pub(super) enum Computed {
    /// Filled by the serializer's `to_representation`.
    ByHook,
    /// The result of this function.
    By(Path),
}

/// `default`, or `default = expression`.
pub(super) enum DefaultValue {
    OfType,
    Expr(Box<Expr>),
}

/// The codes of DRF's messages, which all field types here use.
const ERROR_CODES: [&str; 21] = [
    "blank",
    "does_not_exist",
    "empty",
    "incorrect_type",
    "invalid",
    "invalid_choice",
    "max_decimal_places",
    "max_digits",
    "max_length",
    "max_string_length",
    "max_value",
    "max_whole_digits",
    "min_length",
    "min_value",
    "not_a_dict",
    "not_a_list",
    "null",
    "null_characters_not_allowed",
    "overflow",
    "required",
    "unique",
];

const FIELD_ATTRIBUTES: &str = "unknown attribute of a serializer field, expected `read_only`, \
    `write_only`, `hidden`, `not_saved`, `computed`, `required`, `null`, `default`, \
    `default_with`, `create_only`, `unique`, `related`, `slug_field`, `source`, `column`, `nested`, `annotated`, `post_fetch`, `rename`, `label`, \
    `help_text`, `decimal`, `format`, `input_formats`, `allow_blank`, `trim_whitespace`, `allow_empty`, \
    `error_messages` or `validate`";

impl FieldAttributes {
    pub(super) fn parse(attributes: &[Attribute], complaints: &mut Complaints) -> Self {
        let mut field = Self::default();
        each(attributes, "serializer", complaints, |meta| {
            match name_of(&meta)?.as_str() {
                "read_only" => field.read_only = flag(&meta)?,
                "write_only" => field.write_only = flag(&meta)?,
                "hidden" => field.hidden = flag(&meta)?,
                "not_saved" => field.not_saved = flag(&meta)?,
                "computed" => field.computed = Some(computed(&meta)?),
                "nested" => field.nested = flag(&meta)?,
                "required" => field.required = Some(flag(&meta)?),
                "null" => field.null = Some(flag(&meta)?),
                "default" => field.default = Some(default_value(&meta)?),
                "default_with" => field.default_with = Some(path(&meta)?),
                "create_only" => field.create_only = flag(&meta)?,
                "unique" => field.unique = flag(&meta)?,
                "related" => field.related = Some(path(&meta)?),
                "slug_field" => field.slug_field = Some(meta.value()?.parse()?),
                "source" => field.source = Some(meta.value()?.parse()?),
                "column" => field.column = Some(meta.value()?.parse()?),
                "rename" => field.rename = Some(text(&meta)?),
                "label" => field.label = Some(text(&meta)?),
                "help_text" => field.help_text = Some(text(&meta)?),
                "allow_blank" => field.allow_blank = Some(flag(&meta)?),
                "trim_whitespace" => field.trim_whitespace = Some(flag(&meta)?),
                "allow_empty" => field.allow_empty = Some(flag(&meta)?),
                "format" => field.format = Some(known_format(meta.value()?.parse()?)?),
                "input_formats" => field.input_formats = input_formats(&meta)?,
                "validate" => field.validate = Some(path(&meta)?),
                "annotated" => field.annotated = Some(meta.value()?.parse()?),
                "post_fetch" => field.post_fetch = Some(joined_columns(&meta)?),
                "error_messages" => field.error_messages = error_messages(&meta)?,
                "decimal" => field.decimal(&meta)?,
                _ => return Err(meta.error(FIELD_ATTRIBUTES)),
            }
            Ok(())
        });
        field
    }

    fn decimal(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        meta.parse_nested_meta(|meta| {
            match name_of(&meta)?.as_str() {
                "max_digits" => self.max_digits = Some(meta.value()?.parse()?),
                "decimal_places" => self.decimal_places = Some(meta.value()?.parse()?),
                "coerce_to_string" => self.coerce_to_string = Some(flag(&meta)?),
                "normalize_output" => self.normalize_output = Some(flag(&meta)?),
                "rounding" => self.rounding = Some(rounding(&meta.value()?.parse()?)?),
                _ => {
                    return Err(meta.error(
                        "expected `max_digits`, `decimal_places`, `coerce_to_string`, \
                         `normalize_output` or `rounding`",
                    ));
                }
            }
            Ok(())
        })
    }
}

/// The variant of `RoundingStrategy` for a constant of Python's module `decimal`.
fn rounding(word: &LitStr) -> Result<Ident> {
    let variant = match word.value().as_str() {
        "half_even" => "MidpointNearestEven",
        "half_up" => "MidpointAwayFromZero",
        "half_down" => "MidpointTowardZero",
        "up" => "AwayFromZero",
        "down" => "ToZero",
        "ceiling" => "ToPositiveInfinity",
        "floor" => "ToNegativeInfinity",
        _ => {
            let message = "expected `half_even`, `half_up`, `half_down`, `up`, `down`, `ceiling` \
                or `floor`";
            return Err(Error::new(word.span(), message));
        }
    };
    Ok(Ident::new(variant, word.span()))
}

/// The formats in `input_formats(…)`.
fn input_formats(meta: &ParseNestedMeta<'_>) -> Result<Vec<LitStr>> {
    const EXPECTED: &str = "expected formats such as `input_formats(\"%d/%m/%Y\", \"iso-8601\")`";
    if !meta.input.peek(syn::token::Paren) {
        return Err(meta.error(EXPECTED));
    }
    let content;
    syn::parenthesized!(content in meta.input);
    let formats = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
    if formats.is_empty() {
        return Err(meta.error(EXPECTED));
    }
    formats.into_iter().map(known_format).collect()
}

/// Refuses a format that chrono cannot write or read.
fn known_format(format: LitStr) -> Result<LitStr> {
    let text = format.value();
    let is_unknown = StrftimeItems::new(&text).any(|item| item == Item::Error);
    if text.is_empty() || is_unknown {
        let message = format!(
            "`{text}` is no format of dates and times, expected one such as `%d/%m/%Y`, or \
             `iso-8601`"
        );
        return Err(Error::new(format.span(), message));
    }
    Ok(format)
}

/// The words in `error_messages(…)`, by code.
fn error_messages(meta: &ParseNestedMeta<'_>) -> Result<Vec<(String, LitStr)>> {
    let mut messages = Vec::new();
    meta.parse_nested_meta(|meta| {
        let code = name_of(&meta)?;
        if !ERROR_CODES.contains(&code.as_str()) {
            let known = ERROR_CODES.map(|code| format!("`{code}`")).join(", ");
            return Err(meta.error(format!("no field has an error `{code}`, expected {known}")));
        }
        messages.push((code, meta.value()?.parse()?));
        Ok(())
    })?;
    Ok(messages)
}

/// Runs `visit` for each item of the attributes of this name and keeps every complaint.
pub(super) fn each(
    attributes: &[Attribute],
    name: &str,
    complaints: &mut Complaints,
    mut visit: impl FnMut(ParseNestedMeta<'_>) -> Result<()>,
) {
    for attribute in attributes.iter().filter(|a| a.path().is_ident(name)) {
        complaints.take(attribute.parse_nested_meta(&mut visit));
    }
}

/// The one word before `=` or `(`.
pub(super) fn name_of(meta: &ParseNestedMeta<'_>) -> Result<String> {
    meta.path
        .get_ident()
        .map(ToString::to_string)
        .ok_or_else(|| Error::new(meta.path.span(), "expected one word"))
}

/// The pairs in `post_fetch(…)`.
fn joined_columns(meta: &ParseNestedMeta<'_>) -> Result<Vec<JoinedColumns>> {
    const EXPECTED: &str = "expected the columns that join the rows: \
        `post_fetch(own_key = \"key\")`, where `own_key` is a field of the attached rows' model \
        and `key` one of this serializer's model";
    let mut joined = Vec::new();
    if !meta.input.peek(syn::token::Paren) {
        return Err(meta.error(EXPECTED));
    }
    meta.parse_nested_meta(|meta| {
        let own = meta.path.get_ident().cloned();
        let own = own.ok_or_else(|| meta.error(EXPECTED))?;
        let base = meta.value().and_then(|value| value.parse());
        let base = base.map_err(|_| meta.error(EXPECTED))?;
        joined.push(JoinedColumns { own, base });
        Ok(())
    })?;
    if joined.is_empty() {
        return Err(meta.error(EXPECTED));
    }
    Ok(joined)
}

/// `name` or `name = true`.
pub(super) fn flag(meta: &ParseNestedMeta<'_>) -> Result<bool> {
    if meta.input.peek(Token![=]) {
        Ok(meta.value()?.parse::<LitBool>()?.value)
    } else {
        Ok(true)
    }
}

pub(super) fn text(meta: &ParseNestedMeta<'_>) -> Result<String> {
    Ok(meta.value()?.parse::<LitStr>()?.value())
}

/// A path, bare or in quotes.
pub(super) fn path(meta: &ParseNestedMeta<'_>) -> Result<Path> {
    let value = meta.value()?;
    if value.peek(LitStr) {
        value.parse::<LitStr>()?.parse()
    } else {
        value.parse()
    }
}

fn computed(meta: &ParseNestedMeta<'_>) -> Result<Computed> {
    if meta.input.peek(Token![=]) {
        Ok(Computed::By(path(meta)?))
    } else {
        Ok(Computed::ByHook)
    }
}

fn default_value(meta: &ParseNestedMeta<'_>) -> Result<DefaultValue> {
    if !meta.input.peek(Token![=]) {
        return Ok(DefaultValue::OfType);
    }
    let mut expr: Expr = meta.value()?.parse()?;
    if let Expr::Lit(ExprLit {
        lit: Lit::Str(text),
        ..
    }) = &expr
    {
        expr = syn::parse_quote!(::core::convert::From::from(#text));
    }
    Ok(DefaultValue::Expr(Box::new(expr)))
}

/// The text of the doc comment.
pub(super) fn doc_text(attributes: &[Attribute]) -> Option<String> {
    let lines = attributes.iter().filter_map(|attribute| {
        let meta = attribute.meta.require_name_value().ok()?;
        if !meta.path.is_ident("doc") {
            return None;
        }
        match &meta.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.value().trim().to_owned()),
            _ => None,
        }
    });
    let lines: Vec<_> = lines.collect();
    let text = lines.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// The type in the angle brackets of `Option<T>` or `Vec<T>`, under whatever path.
pub(super) fn argument_of<'t>(ty: &'t Type, wrapper: &str) -> Option<&'t Type> {
    let Type::Path(path) = ty else {
        return None;
    };
    let segment = path.path.segments.last().filter(|s| s.ident == wrapper)?;
    let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(syn::GenericArgument::Type(ty)) => Some(ty),
        _ => None,
    }
}

/// Whether the type is named as a serializer.
pub(super) fn is_serializer(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|segment| segment.ident.to_string().ends_with("Serializer")),
        _ => false,
    }
}

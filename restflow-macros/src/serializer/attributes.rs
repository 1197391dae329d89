//! The attributes `#[serializer(…)]` of a struct and of its fields, as written.

use chrono::format::{Item, StrftimeItems};
use proc_macro2::Ident;
use syn::{
    Attribute, Error, Expr, ExprLit, Lit, LitBool, LitInt, LitStr, Path, Result, Token, Type,
    meta::ParseNestedMeta, parse::ParseStream, punctuated::Punctuated, spanned::Spanned,
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
    pub(super) deny_unknown_fields: bool,
    pub(super) time_zone: Option<Ident>,
    pub(super) supplied: Vec<Ident>,
    pub(super) unique_together: Vec<Vec<Ident>>,
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
                "supplied" => container.supplied = columns(&meta, SUPPLIED)?,
                "unique_together" => {
                    let fields = columns(&meta, UNIQUE_TOGETHER)?;
                    if fields.len() == 1 {
                        return Err(meta.error(UNIQUE_TOGETHER));
                    }
                    container.unique_together.push(fields);
                }
                "time_zone" => container.time_zone = Some(time_zone(&meta.value()?.parse()?)?),
                "deny_unknown_fields" => container.deny_unknown_fields = flag(&meta)?,
                _ => {
                    return Err(meta.error(
                        "unknown attribute of a serializer, expected `entity`, `name`, \
                         `verbose_name`, `validate`, `to_representation`, `supplied`, \
                         `unique_together`, `deny_unknown_fields`, `time_zone` or `crate`",
                    ));
                }
            }
            Ok(())
        });
        container
    }
}

/// `#[serializer(…)]` on a field.
#[derive(Default, PartialEq)]
pub(super) struct FieldAttributes {
    pub(super) read_only: bool,
    pub(super) write_only: bool,
    pub(super) hidden: bool,
    pub(super) not_saved: bool,
    pub(super) computed: Option<Computed>,
    pub(super) computed_many: Option<Path>,
    pub(super) key: Option<LitStr>,
    pub(super) constant: Option<Expr>,
    pub(super) flatten: bool,
    pub(super) nested: bool,
    pub(super) nested_write: Option<NestedWrite>,
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
    pub(super) time_zone: Option<Ident>,
    pub(super) uuid_format: Option<Ident>,
    pub(super) example: Option<Expr>,
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
#[derive(Clone, PartialEq)]
pub(crate) struct JoinedColumns {
    pub(crate) own: Ident,
    pub(crate) base: LitStr,
}

/// What becomes of nested rows that are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum NestedWrite {
    Link,
    Create,
    Replace,
    Upsert,
}

impl NestedWrite {
    fn parse(word: &LitStr) -> Result<Self> {
        match word.value().as_str() {
            "link" => Ok(Self::Link),
            "create" => Ok(Self::Create),
            "replace" => Ok(Self::Replace),
            "upsert" => Ok(Self::Upsert),
            _ => {
                let message = "expected `link`, `create`, `replace` or `upsert`";
                Err(Error::new(word.span(), message))
            }
        }
    }

    /// The variant of the runtime's enum.
    pub(super) fn variant(self) -> &'static str {
        match self {
            Self::Link => "Link",
            Self::Create => "Create",
            Self::Replace => "Replace",
            Self::Upsert => "Upsert",
        }
    }
}

/// `computed`, or `computed = path`.
#[derive(PartialEq)]
pub(super) enum Computed {
    /// Filled by the serializer's `to_representation`.
    ByHook,
    /// The result of this function.
    By(Path),
}

/// `default`, or `default = expression`.
#[derive(PartialEq)]
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
    `write_only`, `hidden`, `not_saved`, `computed`, `computed_many`, `key`, `constant`, \
    `flatten`, `required`, `null`, `default`, \
    `default_with`, `create_only`, `unique`, `related`, `slug_field`, `source`, `column`, `nested`, `annotated`, `post_fetch`, `rename`, `label`, \
    `help_text`, `example`, `decimal`, `format`, `input_formats`, `time_zone`, `uuid_format`, `allow_blank`, `trim_whitespace`, `allow_empty`, \
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
                "computed_many" => field.computed_many = Some(path(&meta)?),
                "key" => field.key = Some(meta.value()?.parse()?),
                "constant" => field.constant = Some(expression(meta.value()?)?),
                "flatten" => field.flatten = flag(&meta)?,
                "nested" => field.nested(&meta)?,
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
                "time_zone" => field.time_zone = Some(time_zone(&meta.value()?.parse()?)?),
                "uuid_format" => field.uuid_format = Some(uuid_format(&meta.value()?.parse()?)?),
                "example" => field.example = Some(expression(meta.value()?)?),
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

    /// `nested`, or `nested(write = "…")`.
    fn nested(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        self.nested = true;
        if !meta.input.peek(syn::token::Paren) {
            self.nested = flag(meta)?;
            return Ok(());
        }
        meta.parse_nested_meta(|meta| {
            if !meta.path.is_ident("write") {
                return Err(meta.error("expected `write`"));
            }
            self.nested_write = Some(NestedWrite::parse(&meta.value()?.parse()?)?);
            Ok(())
        })
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

/// The variant of `TimeZone` for a name of the IANA database. The compiler knows the names.
fn time_zone(name: &LitStr) -> Result<Ident> {
    let text = name.value();
    let mut variant = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '/' => variant.push_str("__"),
            '+' => variant.push_str("Plus"),
            '-' if rest.peek().is_some_and(char::is_ascii_digit) => variant.push_str("Minus"),
            '-' => {}
            c => variant.push(c),
        }
    }
    let ident = syn::parse_str::<Ident>(&variant);
    let ident = ident.map_err(|_| {
        let message = "expected a time zone such as `Europe/Berlin`";
        Error::new(name.span(), message)
    })?;
    Ok(Ident::new(&ident.to_string(), name.span()))
}

/// The variant of `UuidFormat` for DRF's word.
fn uuid_format(word: &LitStr) -> Result<Ident> {
    let variant = match word.value().as_str() {
        "hex_verbose" => "HexVerbose",
        "hex" => "Hex",
        "urn" => "Urn",
        "int" => "Int",
        _ => {
            let message = "expected `hex_verbose`, `hex`, `urn` or `int`";
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

const SUPPLIED: &str = "expected the fields of the model that `ActiveModelBehavior` or the \
    database fills: `supplied(created_at)`";

const UNIQUE_TOGETHER: &str = "expected the fields whose values no two rows have together: \
    `unique_together(shop, position)`; `unique` on a field is about one";

/// The names in `supplied(…)` and the like.
fn columns(meta: &ParseNestedMeta<'_>, expected: &str) -> Result<Vec<Ident>> {
    let mut columns = Vec::new();
    if meta.input.peek(syn::token::Paren) {
        meta.parse_nested_meta(|meta| {
            let column = meta.path.get_ident().cloned();
            columns.push(column.ok_or_else(|| meta.error(expected))?);
            Ok(())
        })?;
    }
    if columns.is_empty() {
        return Err(meta.error(expected));
    }
    Ok(columns)
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
    Ok(DefaultValue::Expr(Box::new(expression(meta.value()?)?)))
}

/// A value; a text is turned into the type of the field.
fn expression(input: ParseStream<'_>) -> Result<Expr> {
    let mut expr: Expr = input.parse()?;
    if let Expr::Lit(ExprLit {
        lit: Lit::Str(text),
        ..
    }) = &expr
    {
        expr = syn::parse_quote!(::core::convert::From::from(#text));
    }
    Ok(expr)
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

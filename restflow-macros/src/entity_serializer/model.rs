//! The model of an entity, with what its attributes say of the columns.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase;
use proc_macro2::Ident;
use syn::{
    Attribute, Error, Fields, GenericArgument, ItemStruct, LitInt, LitStr, Meta, Path,
    PathArguments, Result, Token, Type, Visibility, ext::IdentExt, parenthesized,
    parse::ParseStream, punctuated::Punctuated,
};

use super::{arguments::text, derives, flag, is_model_serializer, says};

// What stands below a derive is not told of it.
const NO_MODEL: &str = "`#[model_serializer(…)]` stands on the model of an entity, above \
    `#[sea_orm::model]` and the derive of `DeriveEntityModel`";

const ABOVE: &str = "put `#[model_serializer(…)]` above `#[sea_orm::model]`, which takes the \
    relations away";

/// The model, as far as a serializer can be made of it.
pub(super) struct Model<'i> {
    pub(super) visibility: &'i Visibility,
    pub(super) docs: Vec<&'i Attribute>,
    pub(super) table_name: Option<LitStr>,
    fields: Vec<ModelField>,
}

/// A field of the model.
pub(super) struct ModelField {
    pub(super) ident: Ident,
    pub(super) docs: Vec<Attribute>,
    /// What `#[serializer(…)]` and `#[validate(…)]` say, the latter as `validate(…)`.
    pub(super) attributes: Vec<Meta>,
    pub(super) source: Source,
}

/// What a field stands for.
pub(super) enum Source {
    Column(Column),
    /// The row that a column refers to.
    ToOne {
        from: ForeignKey,
        entity: Type,
    },
    /// Rows that refer to this one, or that a junction table links with it.
    ToMany {
        entity: Type,
        via: bool,
    },
}

/// The column that a relation says it goes from.
pub(super) struct ForeignKey {
    said: LitStr,
    /// The variant of `Column`.
    variant: String,
}

/// A column.
pub(super) struct Column {
    pub(super) ty: Type,
    /// Whether the database makes the value of a new row.
    pub(super) is_generated: bool,
    pub(super) is_unique: bool,
    /// Whether the column has a default, so that a new row does without a value.
    pub(super) has_default: bool,
    pub(super) max_length: Option<LitInt>,
    pub(super) digits: Option<(LitInt, LitInt)>,
    /// The unique keys of several columns that it belongs to.
    unique_keys: Vec<String>,
    is_primary_key: bool,
}

impl<'i> Model<'i> {
    pub(super) fn parse(item: &'i ItemStruct) -> Result<Self> {
        if !derives(&item.attrs, "DeriveEntityModel") {
            return Err(Error::new(item.ident.span(), NO_MODEL));
        }
        let attributes = metas(&item.attrs, "sea_orm")?;
        if says(&attributes, "model_ex") {
            return Err(Error::new(item.ident.span(), ABOVE));
        }
        let Fields::Named(fields) = &item.fields else {
            return Err(Error::new(item.ident.span(), "a model has named fields"));
        };
        let fields = fields.named.iter();
        let fields = fields.filter_map(|field| ModelField::parse(field).transpose());
        let mut fields: Vec<_> = fields.collect::<Result<_>>()?;
        settle_primary_key(&mut fields);
        let named = attributes.iter().find(|a| a.path().is_ident("table_name"));
        Ok(Self {
            visibility: &item.vis,
            docs: docs(&item.attrs).collect(),
            table_name: named.and_then(text),
            fields,
        })
    }

    /// The columns and the rows that they refer to, each once: a foreign key goes by the name of
    /// its relation.
    pub(super) fn all(&self) -> impl Iterator<Item = &ModelField> {
        let fields = self.fields.iter();
        fields.filter(|field| match &field.source {
            Source::Column(_) => self.relation_of(&field.ident).is_none(),
            Source::ToOne { .. } => true,
            Source::ToMany { .. } => false,
        })
    }

    /// The field of this name.
    pub(super) fn field(&self, name: &Ident) -> Result<&ModelField> {
        if let Some(relation) = self.relation_of(name) {
            let message = format!(
                "the foreign key `{name}` goes by the name of its relation: `{}`",
                relation.ident
            );
            return Err(Error::new(name.span(), message));
        }
        let found = self.fields.iter().find(|field| field.ident == *name);
        found.ok_or_else(|| {
            let known = self.fields.iter().map(|field| &field.ident);
            let known = known.filter(|ident| self.relation_of(ident).is_none());
            let known: Vec<_> = known.map(|ident| format!("`{ident}`")).collect();
            let known = known.join(", ");
            let message = format!("the model has no field `{name}`, expected one of {known}");
            Error::new(name.span(), message)
        })
    }

    /// The column behind a relation, and its name.
    pub(super) fn column(&self, from: &ForeignKey) -> Result<(String, &Column)> {
        let named = self.fields.iter().find(|field| from.is(&field.ident));
        match named.map(|field| (&field.ident, &field.source)) {
            Some((ident, Source::Column(column))) => Ok((ident.unraw().to_string(), column)),
            _ => {
                let message = format!("the model has no column `{}`", from.said.value());
                Err(Error::new(from.said.span(), message))
            }
        }
    }

    /// The sets of fields that must be unique together, each by the fields of the serializer.
    pub(super) fn unique_together(&self) -> Vec<Vec<&Ident>> {
        let mut sets: BTreeMap<&str, Vec<&Ident>> = BTreeMap::new();
        for field in &self.fields {
            let Source::Column(column) = &field.source else {
                continue;
            };
            let shown = self.relation_of(&field.ident).unwrap_or(field);
            for key in &column.unique_keys {
                sets.entry(key).or_default().push(&shown.ident);
            }
        }
        let sets = sets.into_values();
        sets.filter(|columns| columns.len() > 1).collect()
    }

    /// The relation whose foreign key a column is.
    fn relation_of(&self, column: &Ident) -> Option<&ModelField> {
        let mut fields = self.fields.iter();
        fields.find(|field| matches!(&field.source, Source::ToOne { from, .. } if from.is(column)))
    }
}

impl ForeignKey {
    /// Reads what SeaORM reads: `cake_id`, `Column::CakeId` or the same in parentheses. `None` for
    /// a key of several columns, and for what SeaORM complains about itself.
    fn parse(said: LitStr) -> Option<Self> {
        let paths = |input: ParseStream<'_>| {
            let content;
            parenthesized!(content in input);
            content.parse_terminated(Path::parse_mod_style, Token![,])
        };
        let path = match said.value().starts_with('(') {
            true => {
                let mut paths = said.parse_with(paths).ok()?.into_iter();
                paths.next().filter(|_| paths.next().is_none())
            }
            false => said.parse::<Path>().ok(),
        };
        let variant = variant(&path?.segments.last()?.ident);
        Some(Self { said, variant })
    }

    fn is(&self, field: &Ident) -> bool {
        variant(field) == self.variant
    }
}

/// The variant of `Column` behind a field.
fn variant(field: &Ident) -> String {
    field.unraw().to_string().to_upper_camel_case()
}

impl ModelField {
    /// `None` for what is neither a column nor a relation by one column.
    fn parse(field: &syn::Field) -> Result<Option<Self>> {
        let Some(ident) = field.ident.clone() else {
            return Ok(None);
        };
        let declared = metas(&field.attrs, "sea_orm")?;
        let source = match relation(&field.ty) {
            Some(("BelongsTo", entity)) => {
                let from = declared.iter().find(|meta| meta.path().is_ident("from"));
                match from.and_then(text).and_then(ForeignKey::parse) {
                    Some(from) => Source::ToOne { from, entity },
                    // A key of several columns is shown column by column.
                    None => return Ok(None),
                }
            }
            Some(("HasMany", entity)) => Source::ToMany {
                entity,
                via: says(&declared, "via"),
            },
            Some(_) => return Ok(None),
            None if says(&declared, "ignore") => return Ok(None),
            None => Source::Column(Column::parse(&field.ty, &declared)),
        };
        let mut attributes = metas(&field.attrs, "serializer")?;
        let rules = field.attrs.iter().filter(|a| a.path().is_ident("validate"));
        attributes.extend(rules.map(|attribute| attribute.meta.clone()));
        Ok(Some(Self {
            ident,
            docs: docs(&field.attrs).cloned().collect(),
            attributes,
            source,
        }))
    }
}

impl Column {
    fn parse(ty: &Type, declared: &[Meta]) -> Self {
        let column_type = named(declared, "column_type").find_map(text);
        let column_type = column_type.map(|text| (text.span(), text.value().replace(' ', "")));
        let inner = inner_type(ty);
        let is_generated = flag(declared, "primary_key", false)
            && flag(
                declared,
                "auto_increment",
                // SeaORM: `NOT_AUTO_INCRE_TYPE_SUFFIX`.
                !inner.ends_with("String") && !inner.ends_with("Uuid"),
            );
        let argument = |start: &str, end: &str| {
            let (span, text) = column_type.as_ref()?;
            let digits = text.strip_prefix(start)?.strip_suffix(end)?;
            Some((*span, digits.to_owned()))
        };
        let number = |(span, digits): (_, String)| {
            let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            is_number.then(|| LitInt::new(&digits, span))
        };
        let length =
            argument("String(StringLen::N(", "))").or_else(|| argument("Char(Some(", "))"));
        let digits = argument("Decimal(Some((", ")))").or_else(|| argument("Money(Some((", ")))"));
        let digits = digits.and_then(|(span, pair)| {
            let (digits, places) = pair.split_once(',')?;
            Some((
                number((span, digits.into()))?,
                number((span, places.into()))?,
            ))
        });
        Self {
            ty: ty.clone(),
            is_generated,
            is_unique: says(declared, "unique"),
            has_default: says(declared, "default_value") || says(declared, "default_expr"),
            max_length: length.and_then(number).filter(|_| inner == "String"),
            digits: digits.filter(|_| inner.ends_with("Decimal")),
            unique_keys: named(declared, "unique_key")
                .filter_map(text)
                .map(|key| key.value())
                .collect(),
            is_primary_key: says(declared, "primary_key"),
        }
    }
}

fn named<'m>(metas: &'m [Meta], name: &'m str) -> impl Iterator<Item = &'m Meta> {
    metas.iter().filter(move |meta| meta.path().is_ident(name))
}

/// A primary key of one column is unique; one of several columns is made by nobody.
fn settle_primary_key(fields: &mut [ModelField]) {
    let columns = fields
        .iter_mut()
        .filter_map(|field| match &mut field.source {
            Source::Column(column) if column.is_primary_key => Some(column),
            _ => None,
        });
    let mut keys: Vec<_> = columns.collect();
    let is_single = keys.len() == 1;
    for column in &mut keys {
        column.is_generated &= is_single;
        column.is_unique |= is_single && !column.is_generated;
    }
}

/// The kind of a relation and its entity.
fn relation(ty: &Type) -> Option<(&'static str, Type)> {
    let (kind, entity) = generic(ty)?;
    let kind = ["BelongsTo", "HasOne", "HasMany"]
        .into_iter()
        .find(|known| kind == known)?;
    match generic(entity) {
        Some((option, entity)) if option == "Option" => Some((kind, entity.clone())),
        _ => Some((kind, entity.clone())),
    }
}

/// The name of a type and the type in its angle brackets.
fn generic(ty: &Type) -> Option<(&Ident, &Type)> {
    let Type::Path(path) = ty else {
        return None;
    };
    let segment = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(ty) => Some((&segment.ident, ty)),
        _ => None,
    }
}

/// The last word of a type, without `Option`.
fn inner_type(ty: &Type) -> String {
    let ty = match generic(ty) {
        Some((option, inner)) if option == "Option" => inner,
        _ => ty,
    };
    match ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    }
    .unwrap_or_default()
}

/// The items of all attributes of this name.
fn metas(attributes: &[Attribute], name: &str) -> Result<Vec<Meta>> {
    let mut metas = Vec::new();
    for attribute in attributes.iter().filter(|a| a.path().is_ident(name)) {
        let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
        metas.extend(attribute.parse_args_with(parse)?);
    }
    Ok(metas)
}

fn docs(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    let others = attributes.iter().filter(|a| !is_model_serializer(a));
    others.filter(|attribute| attribute.path().is_ident("doc"))
}

//! A serializer as it was declared, checked for contradictions.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, Fields, Path, Result, Type, Visibility,
    ext::IdentExt, spanned::Spanned,
};

use super::{
    attributes::{
        Complaints, Computed, Container, DefaultValue, FieldAttributes, JoinedColumns, NestedWrite,
        argument_of, doc_text, is_serializer,
    },
    names,
    rules::Rules,
};

/// A serializer.
pub(crate) struct Declaration {
    pub(crate) ident: Ident,
    pub(crate) visibility: Visibility,
    /// The crate of the serializers.
    pub(crate) root: TokenStream,
    pub(crate) entity: Option<Path>,
    pub(crate) component: String,
    /// The name of the entity in messages.
    pub(crate) words: String,
    pub(crate) validate: Option<Path>,
    pub(crate) to_representation: Option<Path>,
    /// Whether a key that is no field is an error.
    pub(crate) deny_unknown_fields: bool,
    /// The model fields that something else than a field fills.
    pub(crate) supplied: Vec<Ident>,
    /// The positions of fields whose values no two rows have together.
    pub(super) unique_together: Vec<Vec<usize>>,
    pub(crate) fields: Vec<FieldDeclaration>,
}

/// A field of a serializer.
pub(crate) struct FieldDeclaration {
    pub(crate) index: usize,
    pub(crate) ident: Ident,
    pub(crate) span: Span,
    pub(crate) docs: Vec<Attribute>,
    /// The type as written.
    pub(crate) ty: Type,
    /// The type without `Option`.
    pub(crate) inner: Type,
    /// Whether the type is an `Option`.
    pub(crate) is_option: bool,
    /// Whether null is a value.
    pub(crate) nullable: bool,
    pub(crate) kind: Kind,
    pub(crate) read_only: bool,
    pub(crate) write_only: bool,
    /// Whether input is ignored and the value is the default.
    pub(crate) hidden: bool,
    pub(crate) not_saved: bool,
    pub(crate) required: bool,
    pub(crate) default: Option<TokenStream>,
    /// The function that makes the default of the validation.
    pub(crate) default_with: Option<Path>,
    pub(crate) unique: bool,
    /// The model field behind this one.
    pub(crate) column: String,
    pub(crate) hook: Option<Path>,
    /// The time zone of all moments of the serializer.
    pub(super) default_time_zone: Option<Ident>,
    pub(super) rules: Rules,
    pub(super) attributes: FieldAttributes,
}

/// What a field is.
pub(crate) enum Kind {
    /// A value of a column, or of the input.
    Value,
    /// A value that a function makes, or that `to_representation` fills in.
    Computed,
    /// A value that an async function makes for all rows of a page.
    ComputedMany(Path),
    /// Always this value.
    Constant(Box<Expr>),
    /// The fields of another serializer, among those of this one.
    Flatten,
    /// The value of an SQL expression over the row.
    Annotated(Box<Expr>),
    /// The rows of a `PostFetch`.
    PostFetch(PostFetchDeclaration),
    /// A nested serializer.
    Nested,
    /// A list of nested serializers of this type.
    NestedList(Type),
    /// The primary key of a related row.
    Related(Path),
    /// The primary keys of related rows.
    RelatedMany(Path),
    /// A column of a related row, by name.
    Slug(Path, String),
    /// A column of related rows of this type, by name.
    SlugMany(Path, String, Type),
}

/// A field that a `PostFetch` fills.
pub(crate) struct PostFetchDeclaration {
    /// The serializer of one attached row.
    pub(crate) element: Type,
    pub(crate) is_list: bool,
    pub(crate) joined: Vec<JoinedColumns>,
}

impl Declaration {
    pub(crate) fn parse(input: &DeriveInput, over_entity: bool) -> Result<Self> {
        let mut complaints = Complaints::default();
        let container = Container::parse(&input.attrs, &mut complaints);
        let fields = match &input.data {
            Data::Struct(data) => match &data.fields {
                Fields::Named(fields) => fields.named.iter().collect(),
                Fields::Unit => Vec::new(),
                Fields::Unnamed(_) => {
                    return Err(Error::new_spanned(input, "a serializer has named fields"));
                }
            },
            _ => return Err(Error::new_spanned(input, "a serializer is a struct")),
        };
        if !input.generics.params.is_empty() {
            let message = "a serializer has neither type parameters nor lifetimes";
            complaints.add(Error::new_spanned(&input.generics, message));
        }
        if over_entity && container.entity.is_none() {
            let message = "a model serializer needs `#[serializer(entity = …)]`";
            complaints.add(Error::new_spanned(&input.ident, message));
        }
        if let Some(entity) = container.entity.as_ref().filter(|_| !over_entity) {
            let message = "a serializer over an entity derives `ModelSerializer`";
            complaints.add(Error::new_spanned(entity, message));
        }
        let root = match &container.root {
            Some(root) => root.to_token_stream(),
            None => quote!(::restflow::serializers),
        };
        let component = container
            .name
            .unwrap_or_else(|| names::component(&input.ident));
        let words = container.verbose_name.unwrap_or_else(|| {
            container
                .entity
                .as_ref()
                .map_or_else(String::new, |entity| {
                    names::entity_words(entity, &component)
                })
        });
        let mut fields: Vec<_> = fields
            .into_iter()
            .enumerate()
            .map(|(index, field)| {
                FieldDeclaration::parse(index, field, &root, over_entity, &mut complaints)
            })
            .collect();
        for field in &mut fields {
            field.default_time_zone.clone_from(&container.time_zone);
        }
        refuse_same_names(&fields, &mut complaints);
        let sets = container.unique_together.iter();
        let unique_together = sets
            .map(|names| unique_together(names, &fields, over_entity, &mut complaints))
            .collect();
        complaints.finish(Self {
            ident: input.ident.clone(),
            visibility: input.vis.clone(),
            root,
            entity: container.entity,
            component,
            words,
            validate: container.validate,
            to_representation: container.to_representation,
            deny_unknown_fields: container.deny_unknown_fields,
            supplied: container.supplied,
            unique_together,
            fields,
        })
    }

    /// The serializers whose fields stand among those of this one.
    pub(crate) fn flattened(&self) -> impl Iterator<Item = &FieldDeclaration> {
        let fields = self.fields.iter();
        fields.filter(|field| matches!(field.kind, Kind::Flatten))
    }

    /// The fields that input may hold.
    pub(crate) fn writable(&self) -> impl Iterator<Item = &FieldDeclaration> {
        self.fields.iter().filter(|field| !field.read_only)
    }
}

impl FieldDeclaration {
    fn parse(
        index: usize,
        field: &syn::Field,
        root: &TokenStream,
        over_entity: bool,
        complaints: &mut Complaints,
    ) -> Self {
        let ident = field
            .ident
            .clone()
            .unwrap_or_else(|| Ident::new("_", field.span()));
        let attributes = FieldAttributes::parse(&field.attrs, complaints);
        let rules = Rules::parse(&field.attrs, root, complaints);
        let inner = argument_of(&field.ty, "Option");
        let is_option = inner.is_some();
        let inner = inner.unwrap_or(&field.ty).clone();
        let kind = kind(&inner, &attributes, complaints);
        let default = attributes.default.as_ref().map(|default| {
            let ty = &field.ty;
            match default {
                DefaultValue::OfType => quote!(<#ty as ::core::default::Default>::default()),
                DefaultValue::Expr(expr) => expr.to_token_stream(),
            }
        });
        let declaration = Self {
            index,
            span: ident.span(),
            docs: field
                .attrs
                .iter()
                .filter(|attribute| attribute.path().is_ident("doc"))
                .cloned()
                .collect(),
            ty: field.ty.clone(),
            inner,
            is_option,
            nullable: attributes.null.unwrap_or(is_option),
            read_only: attributes.read_only
                || matches!(
                    kind,
                    Kind::Computed
                        | Kind::ComputedMany(_)
                        | Kind::Constant(_)
                        | Kind::Annotated(_)
                        | Kind::PostFetch(_)
                ),
            write_only: attributes.write_only || attributes.hidden,
            hidden: attributes.hidden,
            not_saved: attributes.not_saved,
            required: attributes
                .required
                .unwrap_or(!is_option && default.is_none() && attributes.default_with.is_none()),
            default,
            default_with: attributes.default_with.clone(),
            unique: attributes.unique,
            column: column(&ident, &kind, &attributes),
            hook: attributes.validate.clone(),
            default_time_zone: None,
            kind,
            ident,
            rules,
            attributes,
        };
        declaration.check(over_entity, complaints);
        declaration
    }

    /// The key on the wire.
    pub(crate) fn wire_name(&self) -> String {
        let rename = self.attributes.rename.clone();
        rename.unwrap_or_else(|| self.ident.unraw().to_string())
    }

    /// The function whose result the field is.
    pub(crate) fn computed_by(&self) -> Option<&Path> {
        match &self.attributes.computed {
            Some(Computed::By(function)) => Some(function),
            _ => None,
        }
    }

    /// The model field whose values a `computed_many` function gets, instead of the primary key.
    pub(crate) fn computed_key(&self) -> Option<&syn::LitStr> {
        self.attributes.key.as_ref()
    }

    /// Whether a value is put in for input without the field.
    pub(super) fn has_default(&self) -> bool {
        self.default.is_some() || self.default_with.is_some()
    }

    /// Whether a new row may come without a value, and without one that is put in.
    fn lacks_value(&self) -> bool {
        !self.required && !self.is_option && !self.has_default()
    }

    /// The explanation for people.
    pub(super) fn help_text(&self) -> Option<String> {
        self.attributes
            .help_text
            .clone()
            .or_else(|| doc_text(&self.docs))
    }

    /// Whether nothing is said about the field beside its type.
    fn is_plain(&self) -> bool {
        let attributes = FieldAttributes {
            flatten: self.attributes.flatten,
            ..FieldAttributes::default()
        };
        self.rules.is_empty() && self.attributes == attributes
    }

    /// Whether the field is read from a column of the entity.
    pub(crate) fn reads_column(&self) -> bool {
        let reads = matches!(
            self.kind,
            Kind::Value | Kind::Related(_) | Kind::Slug(..) | Kind::Nested
        );
        reads && !self.write_only
    }

    /// Whether the field stands for a column of the entity, shown or not.
    pub(crate) fn has_column(&self) -> bool {
        let has_dot = self.attributes.source.as_ref();
        let has_dot = has_dot.is_some_and(|source| source.value().contains('.'));
        matches!(self.kind, Kind::Value | Kind::Related(_) | Kind::Slug(..))
            && !self.not_saved
            && !has_dot
    }

    /// Whether the column is named word for word, and not found by the name of the field.
    pub(crate) const fn names_column(&self) -> bool {
        self.attributes.column.is_some()
    }

    /// Whether the rows of a nested serializer are written.
    pub(crate) fn is_written(&self) -> bool {
        self.attributes.nested_write.is_some()
    }

    fn check(&self, over_entity: bool, complaints: &mut Complaints) {
        let attributes = &self.attributes;
        let is_many = matches!(
            self.kind,
            Kind::RelatedMany(_) | Kind::SlugMany(..) | Kind::NestedList(_)
        );
        let is_related = matches!(
            self.kind,
            Kind::Related(_) | Kind::RelatedMany(_) | Kind::Slug(..) | Kind::SlugMany(..)
        );
        let is_nested = matches!(self.kind, Kind::Nested | Kind::NestedList(_));
        let is_slug = matches!(self.kind, Kind::Slug(..) | Kind::SlugMany(..));
        let has_dot = attributes
            .source
            .as_ref()
            .is_some_and(|s| s.value().contains('.'));
        let contradictions = [
            (
                self.read_only && self.write_only,
                "a field is read-only or write-only, not both",
            ),
            (
                self.read_only && attributes.required == Some(true),
                "a read-only field is never required",
            ),
            (
                self.read_only && self.has_default(),
                "a read-only field takes no input and needs no default",
            ),
            (
                self.has_default() && attributes.required == Some(true),
                "a field with a default is not required",
            ),
            (
                self.default.is_some() && self.default_with.is_some(),
                "a field has one default: `default` or `default_with`",
            ),
            (
                attributes.create_only && !self.has_default(),
                "`create_only` is about a default: add `default` or `default_with`",
            ),
            (
                self.hidden && (self.read_only || !self.has_default()),
                "a hidden field takes its value from `default` or `default_with`",
            ),
            (
                self.hidden && !matches!(self.kind, Kind::Value | Kind::Related(_)),
                "a hidden field is a value or the key of a related row",
            ),
            (
                self.hidden
                    && (attributes.required.is_some()
                        || attributes.write_only
                        || self.unique
                        || self.hook.is_some()
                        || !self.rules.is_empty()
                        || !attributes.error_messages.is_empty()),
                "a hidden field takes no input: it is neither required nor validated, and always \
                 write-only",
            ),
            (
                self.read_only && !attributes.error_messages.is_empty(),
                "a read-only field takes no input and has no `error_messages`",
            ),
            (
                self.read_only && (!self.rules.is_empty() || self.hook.is_some()),
                "a read-only field takes no input and is not validated",
            ),
            (
                is_related && !(self.rules.is_empty() || (is_many && self.rules.is_length())),
                "a related field is checked to exist, and a list of them takes `length`; check \
                 more in its hook: `validate = path`",
            ),
            (
                is_slug && self.has_default(),
                "a field with `slug_field` has no default",
            ),
            (
                is_nested && !self.rules.checks.is_empty(),
                "a nested serializer validates itself; a list of them takes `length`",
            ),
            (
                is_many && self.is_option && over_entity,
                "a relation to many rows is a list and never null",
            ),
            (
                is_related && is_many && self.is_option,
                "a relation to many rows is a list and never null",
            ),
            (
                self.nullable && !self.is_option,
                "a field that may be null is an `Option`",
            ),
            (
                attributes.slug_field.is_some() && attributes.related.is_none(),
                "`slug_field` needs `related = Entity`",
            ),
            (
                has_dot && (attributes.related.is_none() || !self.read_only),
                "a source with a dot needs `read_only` and `related = Entity`",
            ),
            (
                self.unique && !over_entity,
                "`unique` needs an entity: derive `ModelSerializer`",
            ),
            (
                self.unique && !matches!(self.kind, Kind::Value | Kind::Related(_)),
                "`unique` is a rule of one column",
            ),
            (
                over_entity && is_nested && !self.read_only && !self.is_written(),
                "a nested serializer of a model serializer is `read_only`, or says what becomes of \
                 its rows: `nested(write = \"…\")` with `link`, `create`, `replace` or `upsert`",
            ),
            (
                self.is_written() && !over_entity,
                "`nested(write = \"…\")` is for a field of a model serializer",
            ),
            (
                self.is_written() && (self.read_only || self.not_saved),
                "a nested serializer is written, or `read_only` or `not_saved`, not both",
            ),
            (
                self.is_written() && !is_nested,
                "`nested(write = \"…\")` is for a serializer or a `Vec` of them",
            ),
            (
                self.is_written() && (self.has_default() || self.hook.is_some()),
                "a nested serializer that is written has neither a default nor a hook of its own: \
                 its fields have theirs",
            ),
            (
                attributes.nested_write == Some(NestedWrite::Replace)
                    && !matches!(self.kind, Kind::NestedList(_)),
                "`replace` is for lists; of one row take `upsert`, which changes it, or `create`",
            ),
            (
                self.not_saved && (self.read_only || !over_entity),
                "`not_saved` is for a writable field of a model serializer",
            ),
            (
                self.not_saved && !self.write_only,
                "a field that is not saved cannot be shown: add `write_only`",
            ),
            (
                matches!(self.kind, Kind::Computed) && !over_entity,
                "`computed` is for a field of a model serializer",
            ),
            (
                matches!(self.kind, Kind::ComputedMany(_)) && !over_entity,
                "`computed_many` is for a field of a model serializer",
            ),
            (
                attributes.example.is_some()
                    && (is_nested || matches!(self.kind, Kind::PostFetch(_))),
                "a nested serializer has the examples of its fields",
            ),
            (
                attributes.key.is_some() && attributes.computed_many.is_none(),
                "`key` names the column whose values a `computed_many` function gets",
            ),
            (
                attributes.flatten && !self.is_plain(),
                "a flattened serializer takes no other attributes; its own fields have theirs",
            ),
            (
                attributes.flatten && (self.is_option || argument_of(&self.ty, "Vec").is_some()),
                "a flattened serializer is neither an `Option` nor a `Vec`",
            ),
            (
                matches!(self.kind, Kind::Annotated(_)) && !over_entity,
                "`annotated` is for a field of a model serializer",
            ),
            (
                matches!(self.kind, Kind::PostFetch(_)) && !over_entity,
                "`post_fetch` is for a field of a model serializer",
            ),
            (
                matches!(&self.kind, Kind::PostFetch(post_fetch)
                    if post_fetch.is_list == self.is_option),
                "a post-fetched field is `Option<S>` (one row or null) or `Vec<S>` (several or \
                 all) of a model serializer `S`",
            ),
            (
                matches!(
                    self.kind,
                    Kind::Annotated(_)
                        | Kind::PostFetch(_)
                        | Kind::ComputedMany(_)
                        | Kind::Constant(_)
                ) && (attributes.source.is_some() || attributes.column.is_some()),
                "a field that is no column has no `source` and no `column`",
            ),
            (
                usize::from(attributes.computed.is_some())
                    + usize::from(attributes.computed_many.is_some())
                    + usize::from(attributes.constant.is_some())
                    + usize::from(attributes.annotated.is_some())
                    + usize::from(attributes.post_fetch.is_some())
                    + usize::from(attributes.related.is_some())
                    > 1,
                "`computed`, `computed_many`, `constant`, `annotated`, `post_fetch` and `related` \
                 exclude each other",
            ),
        ];
        for (is_wrong, message) in contradictions {
            if is_wrong {
                complaints.add(Error::new(self.span, message));
            }
        }
    }
}

fn refuse_same_names(fields: &[FieldDeclaration], complaints: &mut Complaints) {
    let mut names = std::collections::HashSet::new();
    for field in fields.iter().filter(|field| !field.attributes.flatten) {
        let name = field.wire_name();
        if !names.insert(name.clone()) {
            let message = format!("there are two fields `{name}`");
            complaints.add(Error::new(field.span, message));
        }
    }
}

/// The positions of the fields of one set, which must be known when a row is checked.
fn unique_together(
    names: &[Ident],
    fields: &[FieldDeclaration],
    over_entity: bool,
    complaints: &mut Complaints,
) -> Vec<usize> {
    let mut set = Vec::with_capacity(names.len());
    for name in names {
        let found = fields.iter().find(|field| field.ident == *name);
        let complaint = match found {
            _ if !over_entity => "`unique_together` needs an entity: derive `ModelSerializer`",
            None => {
                "`unique_together` takes fields of the serializer, and it has none of this name"
            }
            Some(field) if set.contains(&field.index) => "the field is named twice",
            Some(field) if !field.has_column() => {
                "`unique_together` takes fields that are columns, and this one is none"
            }
            Some(field) if field.read_only => {
                "a read-only field has no value when a new row is checked: let it be `hidden` with \
                 a default, or leave the set to the constraint of the database"
            }
            Some(field) if field.lacks_value() => {
                "a field of `unique_together` is required: take `required = false` away, give it a \
                 default, or make it an `Option`, which is not checked where it is null"
            }
            Some(field) => {
                set.push(field.index);
                continue;
            }
        };
        complaints.add(Error::new(name.span(), complaint));
    }
    set
}

fn kind(inner: &Type, attributes: &FieldAttributes, complaints: &mut Complaints) -> Kind {
    if attributes.flatten {
        return Kind::Flatten;
    }
    if attributes.computed.is_some() {
        return Kind::Computed;
    }
    if let Some(function) = &attributes.computed_many {
        return Kind::ComputedMany(function.clone());
    }
    if let Some(value) = &attributes.constant {
        return Kind::Constant(Box::new(value.clone()));
    }
    if let Some(expr) = &attributes.annotated {
        return Kind::Annotated(Box::new(expr.clone()));
    }
    let element = argument_of(inner, "Vec");
    if let Some(joined) = &attributes.post_fetch {
        return Kind::PostFetch(PostFetchDeclaration {
            element: element.unwrap_or(inner).clone(),
            is_list: element.is_some(),
            joined: joined.clone(),
        });
    }
    if let Some(entity) = &attributes.related {
        let dotted = attributes.source.as_ref().map(syn::LitStr::value);
        let dotted = dotted.as_deref().and_then(|s| s.split_once('.'));
        let column = match (dotted, &attributes.slug_field) {
            (Some((_, column)), None) => Some(column.to_owned()),
            (None, Some(column)) => Some(column.value()),
            (None, None) => None,
            (Some(_), Some(slug_field)) => {
                let message = "either `slug_field` or a source with a dot";
                complaints.add(Error::new(slug_field.span(), message));
                None
            }
        };
        return match (element, column) {
            (None, None) => Kind::Related(entity.clone()),
            (Some(_), None) => Kind::RelatedMany(entity.clone()),
            (None, Some(column)) => Kind::Slug(entity.clone(), column),
            (Some(element), Some(column)) => {
                Kind::SlugMany(entity.clone(), column, element.clone())
            }
        };
    }
    match element {
        Some(element) if attributes.nested || is_serializer(element) => {
            Kind::NestedList(element.clone())
        }
        _ if attributes.nested || is_serializer(inner) => Kind::Nested,
        _ => Kind::Value,
    }
}

/// The model field: the declared column, else the source or the field's own name, which for a
/// foreign key ends in `_id`.
fn column(ident: &Ident, kind: &Kind, attributes: &FieldAttributes) -> String {
    if let Some(column) = &attributes.column {
        return column.value();
    }
    let source = attributes.source.as_ref().map(syn::LitStr::value);
    let name = source.unwrap_or_else(|| ident.unraw().to_string());
    let name = name.split('.').next().unwrap_or_default();
    match kind {
        Kind::Related(_) | Kind::Slug(..) | Kind::Nested => names::foreign_key(name),
        _ => name.to_owned(),
    }
}

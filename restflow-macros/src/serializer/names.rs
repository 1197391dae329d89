//! From the name of a field to those of its column and its messages.

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::{Path, ext::IdentExt};

/// The variant of SeaORM's `Column` for the model field `name`.
pub(crate) fn column_ident(name: &str, span: Span) -> Ident {
    Ident::new(&name.to_upper_camel_case(), span)
}

/// The constant of a post-fetched field: `latest_review` is `LATEST_REVIEW`.
pub(crate) fn constant_ident(field: &Ident) -> Ident {
    let name = field.unraw().to_string().to_shouty_snake_case();
    Ident::new(&name, field.span())
}

/// The identifier of the model field `name`, which may be a keyword.
pub(crate) fn model_field(name: &str, span: Span) -> Ident {
    syn::parse_str::<Ident>(name).map_or_else(
        |_| Ident::new_raw(name, span),
        |mut ident| {
            ident.set_span(span);
            ident
        },
    )
}

/// The column of a foreign key: `category` is `category_id`, `owner_id` stays.
pub(super) fn foreign_key(name: &str) -> String {
    if name.ends_with("_id") {
        name.to_owned()
    } else {
        format!("{name}_id")
    }
}

/// The component name of a serializer: `ProductSerializer` is `Product`.
pub(super) fn component(ident: &Ident) -> String {
    let name = ident.unraw().to_string();
    match name.strip_suffix("Serializer") {
        Some(stem) if !stem.is_empty() => stem.to_owned(),
        _ => name,
    }
}

/// The name of an entity in messages: the module of `order_line::Entity` as words, else the
/// component in lower case.
pub(super) fn entity_words(entity: &Path, component: &str) -> String {
    let module = entity.segments.iter().rev().nth(1);
    module
        .map(|segment| segment.ident.unraw().to_string())
        .filter(|name| !["self", "super", "crate"].contains(&name.as_str()))
        .unwrap_or_else(|| component.to_snake_case())
        .replace('_', " ")
}

/// The name of the struct of validated data.
pub(crate) fn data_ident(serializer: &Ident) -> Ident {
    format_ident!("{}Data", serializer.unraw(), span = serializer.span())
}

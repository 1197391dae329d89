//! What OPTIONS answers.

use std::{fmt, sync::Arc};

use futures_util::future::BoxFuture;
use http::Method;
use restflow_exceptions::Result;
use restflow_fields::{Bound, FieldInfo, FieldKind};
use serde_json::{Map, Value, json};

use crate::{Request, Settings};

/// The methods that take a body and that this client may use, each with its fields.
pub type ActionFields = Vec<(Method, Vec<FieldInfo>)>;

/// Asks whether the client may touch the object of the path.
pub(crate) type ObjectCheck<V> =
    for<'a> fn(view: &'a V, request: &'a Request) -> BoxFuture<'a, Result<()>>;

/// Describes a view to a client that asks with OPTIONS.
///
/// DRF: `rest_framework.metadata.BaseMetadata`.
pub trait Metadata: Send + Sync + 'static {
    /// The body of the answer.
    fn determine_metadata(&self, request: &Request, actions: ActionFields) -> Value;
}

/// Any [`Metadata`] behind one type; cheap to clone.
///
/// [`ApiView::metadata_class`](crate::ApiView::metadata_class) takes an `Option` of it:
/// `Some(own.into())`, or `None` to refuse OPTIONS. [`SimpleMetadata`] converts into the `Option`,
/// too.
#[derive(Clone)]
pub struct MetadataClass(Source);

#[derive(Clone)]
enum Source {
    Settings,
    Own {
        metadata: Arc<dyn Metadata>,
        name: &'static str,
    },
}

impl MetadataClass {
    /// That of the API's settings, which takes the place of this value when the view is put on a
    /// path.
    #[must_use]
    pub const fn from_settings() -> Self {
        Self(Source::Settings)
    }

    pub(crate) const fn is_from_settings(&self) -> bool {
        matches!(self.0, Source::Settings)
    }

    /// Who answers OPTIONS, if anybody does where these are the settings.
    pub(crate) fn or_settings(&self, settings: &Settings) -> Option<Arc<dyn Metadata>> {
        match (&self.0, &settings.metadata_class) {
            (Source::Own { metadata, .. }, _)
            | (Source::Settings, Some(Self(Source::Own { metadata, .. }))) => {
                Some(Arc::clone(metadata))
            }
            (Source::Settings, _) => None,
        }
    }
}

impl fmt::Debug for MetadataClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Settings => "from_settings",
            Source::Own { name, .. } => name,
        })
    }
}

impl<M: Metadata> From<M> for MetadataClass {
    fn from(metadata: M) -> Self {
        Self(Source::Own {
            metadata: Arc::new(metadata),
            name: std::any::type_name::<M>(),
        })
    }
}

impl From<SimpleMetadata> for Option<MetadataClass> {
    fn from(metadata: SimpleMetadata) -> Self {
        Some(metadata.into())
    }
}

/// Name, description, media types, and the fields of POST and PUT where the client may use them.
///
/// DRF: `rest_framework.metadata.SimpleMetadata`.
#[derive(Debug, Clone, Copy, Default)]
pub struct SimpleMetadata;

impl Metadata for SimpleMetadata {
    fn determine_metadata(&self, request: &Request, actions: ActionFields) -> Value {
        let route = request.route();
        let renders: Vec<_> = request
            .renderers()
            .iter()
            .map(|renderer| renderer.media_type())
            .collect();
        let parses: Vec<_> = request.parsers().media_types().collect();
        let mut metadata = json!({
            "name": &*route.name,
            "description": &*route.description,
            "renders": renders,
            "parses": parses,
        });
        if !actions.is_empty() {
            metadata["actions"] = actions
                .iter()
                .map(|(method, fields)| (method.to_string(), serializer_info(fields)))
                .collect::<Map<_, _>>()
                .into();
        }
        metadata
    }
}

fn limit(bound: Bound) -> Value {
    match bound {
        Bound::Integer(number) => number.into(),
        Bound::Float(number) => number.into(),
    }
}

fn serializer_info(fields: &[FieldInfo]) -> Value {
    fields
        .iter()
        .map(|field| (field.name.to_string(), field_info(field)))
        .collect::<Map<_, _>>()
        .into()
}

/// A list of nested objects is a `ListSerializer`, for which DRF has no word of its own.
fn metadata_type(field: &FieldInfo) -> &'static str {
    let child = field.child.as_ref().map(|child| child.kind);
    match (field.kind, child) {
        (FieldKind::List, Some(FieldKind::Nested)) => FieldKind::Json.metadata_type(),
        (kind, _) => kind.metadata_type(),
    }
}

/// One field in DRF's words and order (`SimpleMetadata.get_field_info`).
fn field_info(field: &FieldInfo) -> Value {
    let mut info = Map::new();
    info.insert("type".into(), metadata_type(field).into());
    info.insert("required".into(), field.required.into());
    info.insert("read_only".into(), field.read_only.into());
    if !field.label.is_empty() {
        info.insert("label".into(), field.label.to_string().into());
    }
    if let Some(help_text) = &field.help_text {
        info.insert("help_text".into(), help_text.to_string().into());
    }
    let limits = [
        ("min_length", field.min_length.map(Value::from)),
        ("max_length", field.max_length.map(Value::from)),
        ("min_value", field.min_value.map(limit)),
        ("max_value", field.max_value.map(limit)),
        ("max_digits", field.max_digits.map(Value::from)),
        ("decimal_places", field.decimal_places.map(Value::from)),
    ];
    for (name, limit) in limits {
        if let Some(limit) = limit {
            info.insert(name.into(), limit);
        }
    }
    // The value of a related field is the document's business; here it is a `field`.
    let child = field
        .child
        .as_ref()
        .filter(|_| field.kind != FieldKind::Related);
    if let Some(child) = child {
        info.insert("child".into(), field_info(child));
    } else if !field.children.is_empty() {
        info.insert("children".into(), serializer_info(&field.children));
    }
    if !field.read_only && !field.choices.is_empty() {
        let choices: Vec<_> = field
            .choices
            .iter()
            .map(|choice| json!({"value": choice.value, "display_name": choice.display_name}))
            .collect();
        info.insert("choices".into(), choices.into());
    }
    info.into()
}

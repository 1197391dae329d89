//! Schemas of serializers, made of the descriptions of their fields.

use std::{collections::BTreeMap, time::Duration};

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use restflow_exceptions::{ApiError, FieldErrors};
use restflow_fields::{Bound, FieldInfo, FieldKind, RowKey};
use restflow_pagination::Paginator;
use restflow_serializers::SerializerClass;
use restflow_views::ViewState;
use serde_json::Value;

use super::intern;
use crate::error::misconfigured;

/// For which direction a schema is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// What a client sends: without read-only fields.
    Request,
    /// The same with every field optional.
    Patch,
    /// What the server answers: without write-only fields; every field is there.
    Response,
}

impl Direction {
    fn component(self, name: &str) -> String {
        match self {
            Self::Request => format!("{name}Request"),
            Self::Patch => format!("Patched{name}Request"),
            Self::Response => name.to_owned(),
        }
    }
}

/// The named schemas of a document.
#[derive(Default)]
pub(super) struct Components {
    schemas: BTreeMap<String, MetaSchema>,
    /// The type behind each name, for messages.
    owners: BTreeMap<String, &'static str>,
}

impl Components {
    pub(super) fn into_schemas(self) -> BTreeMap<String, MetaSchema> {
        self.schemas
    }

    /// The schema of a serializer.
    pub(super) fn serializer(
        &mut self,
        class: SerializerClass,
        direction: Direction,
    ) -> MetaSchemaRef {
        let name = direction.component(class.name());
        let object = Object {
            owner: class.type_name(),
            fields: &class.fields(),
            denies_unknown_fields: class.denies_unknown_fields(),
        };
        self.object(&name, &object, direction)
    }

    /// The schema of a page of a serializer's objects; all of them where there is no paginator.
    pub(super) fn page(
        &mut self,
        class: SerializerClass,
        paginator: Option<&Paginator>,
    ) -> MetaSchemaRef {
        let items = array(self.serializer(class, Direction::Response));
        let Some(fields) = paginator
            .map(Paginator::envelope_schema)
            .filter(|fields| !fields.is_empty())
        else {
            return items;
        };
        let mut schema = MetaSchema::new("object");
        let mut items = Some(items);
        for field in &fields {
            let property = if field.name == "results" {
                items.take()
            } else {
                Some(self.field(field, Direction::Response))
            };
            if let Some(property) = property {
                schema.properties.push((intern(&field.name), property));
            }
        }
        if let Some(items) = items {
            schema.properties.push(("results", items));
        }
        schema.required = schema.properties.iter().map(|(name, _)| *name).collect();
        // Another paginator may put something else around the same objects.
        let page = self.numbered(&format!("Paginated{}List", class.name()), schema);
        if !paginator.is_some_and(Paginator::is_on_demand) {
            return page;
        }
        let all = array(self.serializer(class, Direction::Response));
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            any_of: vec![page, all],
            ..MetaSchema::ANY
        }))
    }

    /// The body of errors of a view: `{"detail": …}`, or what its exception handler makes of them.
    pub(super) fn error(&mut self, view: &ViewState) -> MetaSchemaRef {
        let samples = errors();
        if is_drf(view, &samples) {
            let mut schema = MetaSchema::new("object");
            schema.description = Some("What went wrong, in one sentence.");
            schema.required = vec!["detail"];
            schema.properties = vec![(
                "detail",
                MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))),
            )];
            return self.numbered("Error", schema);
        }
        let schema = rendered(view, &samples, "What went wrong.");
        self.numbered("Error", schema)
    }

    /// The body of a 400 of a view: `{"field": ["…"]}`, or what its exception handler makes of it.
    pub(super) fn validation_error(&mut self, view: &ViewState) -> MetaSchemaRef {
        let mut by_field = FieldErrors::new();
        by_field.add("name", "This is not valid.");
        let samples = [
            ApiError::validation(by_field),
            ApiError::parse_error("It is no JSON."),
        ];
        if is_drf(view, &samples) {
            let mut object = MetaSchema::new("object");
            object.additional_properties =
                Some(Box::new(MetaSchemaRef::Inline(Box::new(MetaSchema::ANY))));
            let list = array(MetaSchemaRef::Inline(Box::new(MetaSchema::ANY)));
            let schema = MetaSchema {
                description: Some(
                    "The errors of each field, in the shape of the input; `non_field_errors` are \
                     about the whole. An unreadable body has only `detail`. What no field is to \
                     blame for is a list of texts.",
                ),
                any_of: vec![MetaSchemaRef::Inline(Box::new(object)), list],
                ..MetaSchema::ANY
            };
            return self.numbered("ValidationError", schema);
        }
        let schema = rendered(view, &samples, "The input is not valid.");
        self.numbered("ValidationError", schema)
    }

    /// A component of this name; a number is added where another schema has it already.
    fn numbered(&mut self, base: &str, schema: MetaSchema) -> MetaSchemaRef {
        let name = std::iter::once(base.to_owned())
            .chain((2..).map(|number| format!("{base}{number}")))
            .find(|name| self.schemas.get(name).is_none_or(|known| *known == schema))
            .expect("there are enough numbers");
        self.schemas.insert(name.clone(), schema);
        MetaSchemaRef::Reference(name)
    }

    fn object(&mut self, name: &str, object: &Object<'_>, direction: Direction) -> MetaSchemaRef {
        let owner = object.owner;
        let reference = MetaSchemaRef::Reference(name.to_owned());
        let mut schema = MetaSchema::new("object");
        if object.denies_unknown_fields && direction != Direction::Response {
            schema.additional_properties = Some(Box::new(nothing()));
        }
        for field in object.fields {
            let shown = match direction {
                Direction::Request | Direction::Patch => !field.read_only,
                Direction::Response => !field.write_only,
            };
            if !shown {
                continue;
            }
            let field_name = intern(&field.name);
            let required = match direction {
                Direction::Request => field.required,
                Direction::Patch => false,
                Direction::Response => true,
            };
            if required {
                schema.required.push(field_name);
            }
            let property = self.field(field, direction);
            schema.properties.push((field_name, property));
        }
        if let Some(known) = self.schemas.get(name)
            && *known != schema
        {
            misconfigured(format_args!(
                "two serializers have the name `{name}` in the OpenAPI document, `{}` and \
                 `{owner}`: give one of them another with `#[serializer(name = \"…\")]`",
                self.owners.get(name).copied().unwrap_or("another one"),
            ));
        }
        self.owners.insert(name.to_owned(), owner);
        self.schemas.insert(name.to_owned(), schema);
        reference
    }

    /// The schema of one field.
    pub(super) fn field(&mut self, field: &FieldInfo, direction: Direction) -> MetaSchemaRef {
        let schema = match field.kind {
            FieldKind::List | FieldKind::MultipleChoice if field.child.is_some() => {
                self.list(field, direction)
            }
            FieldKind::MultipleChoice => several(field),
            FieldKind::Nested => return self.nested(field, direction),
            // The child says what the keys are.
            FieldKind::Related => match field.child.as_deref() {
                Some(child) if child.kind == FieldKind::List => self.list(child, direction),
                Some(child) => scalar(child),
                None => MetaSchema::ANY,
            },
            FieldKind::Dict => self.dict(field, direction),
            _ => scalar(field),
        };
        MetaSchemaRef::Inline(Box::new(annotate(schema, field, direction)))
    }

    /// An object with any keys whose values are alike.
    fn dict(&mut self, field: &FieldInfo, direction: Direction) -> MetaSchema {
        let values = field.child.as_ref();
        MetaSchema {
            additional_properties: values.map(|child| Box::new(self.field(child, direction))),
            min_properties: fewest(field),
            ..scalar(field)
        }
    }

    fn list(&mut self, field: &FieldInfo, direction: Direction) -> MetaSchema {
        let mut schema = MetaSchema::new("array");
        schema.items = field
            .child
            .as_ref()
            .map(|child| Box::new(self.field(child, direction)));
        schema.min_items = fewest(field);
        schema.max_items = field.max_length.and_then(|limit| limit.try_into().ok());
        schema
    }

    /// A nested serializer, by reference where it has a name. Objects that name the row that they
    /// write are another component than those of the serializer alone.
    fn nested(&mut self, field: &FieldInfo, direction: Direction) -> MetaSchemaRef {
        let nested = |fields| Object {
            owner: "a nested serializer",
            fields,
            denies_unknown_fields: field.denies_unknown_fields,
        };
        let target = match (&field.reference, &field.row_key) {
            (None, _) => MetaSchemaRef::Inline(Box::new(MetaSchema::new("object"))),
            (Some(name), None) => {
                let name = direction.component(name);
                self.object(&name, &nested(&field.children), direction)
            }
            (Some(name), _) if direction == Direction::Response => {
                let name = direction.component(name);
                self.object(&name, &nested(&field.children), direction)
            }
            (Some(name), Some(RowKey::Only(key))) => {
                let name = Direction::Request.component(&format!("{name}Key"));
                let fields = with_key(&field.children, key, true);
                let key: Vec<_> = fields
                    .into_iter()
                    .filter(|field| field.name == *key)
                    .collect();
                let mut object = nested(&key);
                // Whatever else is in it does not count.
                object.denies_unknown_fields = false;
                self.object(&name, &object, Direction::Request)
            }
            (Some(name), Some(RowKey::Optional(key))) => {
                let name = direction.component(&format!("Nested{name}"));
                let fields = with_key(&field.children, key, false);
                self.object(&name, &nested(&fields), direction)
            }
            // A new row needs its fields also where the row around it is updated in part.
            (Some(name), Some(_)) => {
                let name = Direction::Request.component(name);
                self.object(&name, &nested(&field.children), Direction::Request)
            }
        };
        if !field.nullable && field.help_text.is_none() && field.example.is_none() {
            return target;
        }
        // OpenAPI 3.0 ignores what stands beside a reference.
        let schema = MetaSchema {
            all_of: vec![target],
            ..MetaSchema::ANY
        };
        MetaSchemaRef::Inline(Box::new(annotate(schema, field, direction)))
    }
}

/// Errors of several kinds, to see what a view makes of them.
fn errors() -> [ApiError; 3] {
    [
        ApiError::not_found(),
        ApiError::not_authenticated(),
        ApiError::throttled(Some(Duration::from_secs(1))),
    ]
}

fn is_drf(view: &ViewState, samples: &[ApiError]) -> bool {
    let drf = restflow_exceptions::exception_handler;
    samples
        .iter()
        .all(|sample| view.render_error(sample) == drf(sample))
}

/// What the bodies of the samples have in common.
fn rendered(view: &ViewState, samples: &[ApiError], description: &'static str) -> MetaSchema {
    let bodies: Vec<_> = samples
        .iter()
        .map(|sample| view.render_error(sample))
        .collect();
    MetaSchema {
        description: Some(description),
        ..common(&bodies.iter().collect::<Vec<_>>())
    }
}

/// A schema that holds for all values: the keys of objects that all have are required, those that
/// only some have may be anything, and what is not alike is anything.
fn common(values: &[&Value]) -> MetaSchema {
    let all = |is: fn(&Value) -> bool| values.iter().all(|value| is(value));
    if all(Value::is_string) {
        return MetaSchema::new("string");
    }
    if all(Value::is_i64) {
        return MetaSchema::new("integer");
    }
    if all(Value::is_boolean) {
        return MetaSchema::new("boolean");
    }
    if all(Value::is_array) {
        let MetaSchemaRef::Inline(list) = array(MetaSchemaRef::Inline(Box::new(MetaSchema::ANY)))
        else {
            return MetaSchema::ANY;
        };
        return *list;
    }
    let objects: Vec<_> = values
        .iter()
        .filter_map(|value| value.as_object())
        .collect();
    let Some(first) = objects.first().filter(|_| objects.len() == values.len()) else {
        return MetaSchema::ANY;
    };
    let mut schema = MetaSchema::new("object");
    for key in first.keys() {
        let values: Vec<_> = objects
            .iter()
            .filter_map(|object| object.get(key))
            .collect();
        if values.len() == objects.len() {
            let key = intern(key);
            schema.required.push(key);
            let property = MetaSchemaRef::Inline(Box::new(common(&values)));
            schema.properties.push((key, property));
        }
    }
    schema
}

/// What an object consists of.
struct Object<'a> {
    /// The type behind it, for messages.
    owner: &'static str,
    fields: &'a [FieldInfo],
    denies_unknown_fields: bool,
}

/// A schema that no value has: the registry cannot say `additionalProperties: false`.
fn nothing() -> MetaSchemaRef {
    let kinds = ["boolean", "string"].map(|ty| Box::new(MetaSchema::new(ty)));
    MetaSchemaRef::Inline(Box::new(MetaSchema {
        description: Some("There are no other properties."),
        all_of: kinds.map(MetaSchemaRef::Inline).into(),
        ..MetaSchema::ANY
    }))
}

/// The fields of an object that names its row by one of them.
fn with_key(fields: &[FieldInfo], key: &str, required: bool) -> Vec<FieldInfo> {
    let mut fields = fields.to_vec();
    for field in fields.iter_mut().filter(|field| field.name == key) {
        field.read_only = false;
        field.required = required;
    }
    fields
}

pub(super) fn array(items: MetaSchemaRef) -> MetaSchemaRef {
    MetaSchemaRef::Inline(Box::new(MetaSchema {
        items: Some(Box::new(items)),
        ..MetaSchema::new("array")
    }))
}

/// The fewest elements of a list or a dictionary.
fn fewest(field: &FieldInfo) -> Option<usize> {
    let at_least_one = (!field.allow_empty).then_some(1);
    let limit = field.min_length.and_then(|limit| limit.try_into().ok());
    limit.max(at_least_one)
}

/// A list of some of the choices.
fn several(field: &FieldInfo) -> MetaSchema {
    let mut choice = MetaSchema::new(choice_type(field));
    choice.enum_items = enum_items(field);
    MetaSchema {
        items: Some(Box::new(MetaSchemaRef::Inline(Box::new(choice)))),
        min_items: fewest(field),
        ..MetaSchema::new("array")
    }
}

/// The type of the values of the choices; none where they are of two.
fn choice_type(field: &FieldInfo) -> &'static str {
    let are = |is: fn(&Value) -> bool| field.choices.iter().all(|choice| is(&choice.value));
    if are(Value::is_string) {
        "string"
    } else if are(Value::is_i64) {
        "integer"
    } else {
        ""
    }
}

fn enum_items(field: &FieldInfo) -> Vec<Value> {
    field
        .choices
        .iter()
        .map(|choice| choice.value.clone())
        .collect()
}

/// Type, format and limits.
fn scalar(field: &FieldInfo) -> MetaSchema {
    let mut schema = match field.kind {
        FieldKind::Integer => MetaSchema::new("integer"),
        FieldKind::Float => MetaSchema::new_with_format("number", "double"),
        FieldKind::Decimal if !field.coerce_to_string => MetaSchema::new("number"),
        FieldKind::Decimal => MetaSchema::new_with_format("string", "decimal"),
        FieldKind::Boolean => MetaSchema::new("boolean"),
        FieldKind::Email => MetaSchema::new_with_format("string", "email"),
        FieldKind::Url => MetaSchema::new_with_format("string", "uri"),
        FieldKind::Uuid => MetaSchema::new_with_format("string", "uuid"),
        FieldKind::Date | FieldKind::Time | FieldKind::DateTime if field.own_format => {
            MetaSchema::new("string")
        }
        FieldKind::Date => MetaSchema::new_with_format("string", "date"),
        // Not `time`, which has an offset (RFC 3339, section 5.6: `partial-time`).
        FieldKind::Time => MetaSchema::new_with_format("string", "time-local"),
        FieldKind::DateTime => MetaSchema::new_with_format("string", "date-time"),
        FieldKind::Dict => MetaSchema::new("object"),
        FieldKind::Json => MetaSchema::ANY,
        FieldKind::List => MetaSchema {
            items: Some(Box::new(MetaSchemaRef::Inline(Box::new(MetaSchema::ANY)))),
            ..MetaSchema::new("array")
        },
        FieldKind::Choice => MetaSchema::new(choice_type(field)),
        _ => MetaSchema::new("string"),
    };
    let (min, max) = if field.kind == FieldKind::Dict {
        (&mut schema.min_properties, &mut schema.max_properties)
    } else {
        (&mut schema.min_length, &mut schema.max_length)
    };
    *min = field.min_length.and_then(|limit| limit.try_into().ok());
    *max = field.max_length.and_then(|limit| limit.try_into().ok());
    if schema.ty != "string" {
        // The limits of a decimal that travels as a text cannot be said in a schema.
        schema.minimum = field.min_value.or(field.exclusive_min).map(number);
        schema.exclusive_minimum = field.exclusive_min.map(|_| true);
        schema.maximum = field.max_value.or(field.exclusive_max).map(number);
        schema.exclusive_maximum = field.exclusive_max.map(|_| true);
    }
    schema.pattern = field
        .pattern
        .as_ref()
        .map(ToString::to_string)
        .or_else(|| decimal_pattern(field));
    schema.enum_items = enum_items(field);
    if field.nullable && !schema.enum_items.is_empty() {
        // A null that is not among the values is none of them, whatever else is said.
        schema.enum_items.push(Value::Null);
    }
    schema
}

/// A decimal text has at most so many digits on each side of the point.
fn decimal_pattern(field: &FieldInfo) -> Option<String> {
    if field.kind != FieldKind::Decimal || !field.coerce_to_string {
        return None;
    }
    let digits = field.max_digits?;
    let places = field.decimal_places?;
    let whole = digits.saturating_sub(places);
    Some(format!("^-?\\d{{0,{whole}}}(?:\\.\\d{{0,{places}}})?$"))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the registry keeps limits as f64"
)]
fn number(bound: Bound) -> f64 {
    match bound {
        Bound::Integer(number) => number as f64,
        Bound::Float(number) => number,
    }
}

fn annotate(mut schema: MetaSchema, field: &FieldInfo, direction: Direction) -> MetaSchema {
    schema.nullable = field.nullable;
    schema.read_only = field.read_only && direction == Direction::Response;
    schema.write_only = field.write_only;
    schema.description = field.help_text.as_ref().map(|text| intern(text));
    schema.example = field.example.clone();
    if direction == Direction::Request {
        schema.default = field.default.clone();
    }
    schema
}

//! One operation of the document.

use std::collections::HashMap;

use http::{Method, StatusCode};
use poem_openapi::registry::{
    MetaHeader, MetaMediaType, MetaOperation, MetaOperationParam, MetaParamIn, MetaRequest,
    MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef,
};
use restflow_fields::{FieldKind, Parameter};
use restflow_pagination::Paginator;
use restflow_serializers::SerializerClass;
use restflow_views::{Operation, OperationShape, ParentScope};

use super::{
    intern,
    schema::{Components, Direction},
};
use crate::table::MountedRoute;

pub(super) fn meta_operation(
    mounted: &MountedRoute,
    operation: &Operation,
    id: &'static str,
    components: &mut Components,
) -> MetaOperation {
    let (summary, description) = texts(mounted, operation);
    MetaOperation {
        method: operation.method.clone(),
        tags: vec![intern(&tag(mounted))],
        summary: Some(intern(&summary)),
        description: description.map(|text| intern(&text)),
        external_docs: None,
        params: parameters(mounted, operation, components),
        request: request(operation, components),
        responses: MetaResponses {
            responses: responses(mounted, operation, components),
        },
        deprecated: false,
        security: security(operation),
        operation_id: Some(id),
        code_samples: Vec::new(),
    }
}

/// The group of an operation: what a viewset is registered as; for a view on a path its table,
/// or else the last word of the path.
pub(super) fn tag(mounted: &MountedRoute) -> String {
    let state = mounted.endpoint.state();
    match (&mounted.route.collection, &state.generic) {
        (Some(collection), _) => collection.clone(),
        (None, Some(generic)) => generic.table.to_owned(),
        (None, None) => mounted
            .route
            .path
            .words()
            .pop()
            .unwrap_or_else(|| "root".to_owned()),
    }
}

/// The first line of the doc comment and the rest of it; for default actions what they do, and
/// the doc comment of the viewset.
fn texts(mounted: &MountedRoute, operation: &Operation) -> (String, Option<String>) {
    let view_doc = &*mounted.endpoint.mount_point().description;
    let non_empty = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    if operation.doc.is_empty() {
        return (default_summary(mounted, operation), non_empty(view_doc));
    }
    let (summary, rest) = match operation.doc.split_once("\n\n") {
        Some((first, rest)) => (first, rest),
        None => (operation.doc, ""),
    };
    (summary.replace('\n', " "), non_empty(rest.trim()))
}

fn default_summary(mounted: &MountedRoute, operation: &Operation) -> String {
    let generic = mounted.endpoint.state().generic.as_ref();
    let noun = generic
        .map_or("object", |generic| generic.table)
        .replace('_', " ");
    match operation.shape {
        OperationShape::List => format!("List {}", tag(mounted).replace('_', " ")),
        OperationShape::Create => format!("Create a {noun}"),
        OperationShape::Retrieve => format!("Retrieve a {noun}"),
        OperationShape::Update => format!("Update a {noun}"),
        OperationShape::PartialUpdate => format!("Partially update a {noun}"),
        OperationShape::Destroy => format!("Delete a {noun}"),
        _ => mounted.endpoint.mount_point().name.to_string(),
    }
}

fn parameters(
    mounted: &MountedRoute,
    operation: &Operation,
    components: &mut Components,
) -> Vec<MetaOperationParam> {
    let generic = mounted.endpoint.state().generic.as_ref();
    let mut parameters: Vec<_> = mounted
        .route
        .path
        .patterns()
        .zip(mounted.documented.captures())
        .map(|((name, pattern), documented)| MetaOperationParam {
            name: documented.to_owned(),
            ..path_parameter(name, pattern, mounted)
        })
        .collect();
    if operation.shape == OperationShape::List {
        let filters = generic.map_or(&[][..], |generic| &generic.filter_parameters);
        let pages = operation
            .paginator
            .as_ref()
            .map_or_else(Vec::new, |paginator| paginator.parameters());
        parameters.extend(
            filters
                .iter()
                .chain(&pages)
                .map(|parameter| query_parameter(parameter, components)),
        );
    }
    parameters
}

fn path_parameter(name: &str, pattern: Option<&str>, mounted: &MountedRoute) -> MetaOperationParam {
    let key = path_key(name, mounted);
    let mut schema = match key.as_ref().map(|(kind, _)| kind) {
        Some(FieldKind::Integer) => MetaSchema::new("integer"),
        Some(FieldKind::Uuid) => MetaSchema::new_with_format("string", "uuid"),
        _ => MetaSchema::new("string"),
    };
    if schema.ty == "string" {
        schema.pattern = pattern
            .filter(|pattern| *pattern != crate::path::LOOKUP)
            .map(|pattern| format!("^{pattern}$"));
    }
    MetaOperationParam {
        name: name.to_owned(),
        schema: MetaSchemaRef::Inline(Box::new(schema)),
        in_type: MetaParamIn::Path,
        description: key.and_then(|(_, description)| description),
        required: true,
        deprecated: false,
        explode: true,
        style: None,
    }
}

/// The type of a capture that is a key, the object's own or that of a parent, and what it says.
fn path_key(name: &str, mounted: &MountedRoute) -> Option<(FieldKind, Option<String>)> {
    let noun = |table: &str| table.replace('_', " ");
    let mut parents = mounted.route.parents.iter();
    if let Some(parent) = parents.find(|parent| parent.kwarg == name) {
        let description = parent
            .table
            .map(|table| format!("What identifies the {} that it belongs to.", noun(table)));
        return Some((parent.kind, description));
    }
    let state = mounted.endpoint.state();
    let lookup = state
        .generic
        .as_ref()
        .filter(|generic| generic.lookup_url_kwarg == name)?;
    let description = format!("What identifies the {}.", noun(lookup.table));
    Some((lookup.lookup_kind, Some(description)))
}

fn query_parameter(parameter: &Parameter, components: &mut Components) -> MetaOperationParam {
    MetaOperationParam {
        name: parameter.name.to_string(),
        schema: components.field(&parameter.info, Direction::Request),
        in_type: MetaParamIn::Query,
        description: parameter.description.as_ref().map(ToString::to_string),
        required: parameter.required,
        deprecated: false,
        explode: true,
        style: None,
    }
}

fn request(operation: &Operation, components: &mut Components) -> Option<MetaRequest> {
    let class = operation
        .request_serializer
        .filter(|_| takes_body(operation))?;
    let direction = if operation.method == Method::PATCH {
        Direction::Patch
    } else {
        Direction::Request
    };
    let schema = components.serializer(class, direction);
    Some(MetaRequest {
        description: None,
        content: contents(&operation.parses, &schema),
        required: operation.shape != OperationShape::Custom || needs_a_field(class),
    })
}

/// Whether an empty body is none that the class takes.
fn needs_a_field(class: SerializerClass) -> bool {
    let fields = class.fields();
    fields
        .iter()
        .any(|field| field.required && !field.read_only)
}

/// Whether a body may be read: a custom handler need not say which.
fn may_take_body(operation: &Operation) -> bool {
    takes_body(operation)
        || (operation.shape == OperationShape::Custom
            && [Method::POST, Method::PUT, Method::PATCH].contains(&operation.method))
}

fn takes_body(operation: &Operation) -> bool {
    operation.request_serializer.is_some()
        && operation.shape != OperationShape::Destroy
        && [Method::POST, Method::PUT, Method::PATCH].contains(&operation.method)
}

fn contents(media_types: &[&'static str], schema: &MetaSchemaRef) -> Vec<MetaMediaType> {
    media_types
        .iter()
        .map(|content_type| MetaMediaType {
            content_type,
            schema: schema.clone(),
        })
        .collect()
}

fn responses(
    mounted: &MountedRoute,
    operation: &Operation,
    components: &mut Components,
) -> Vec<MetaResponse> {
    let state = mounted.endpoint.state();
    let mut responses = vec![success(operation, components)];
    let may_take_body = may_take_body(operation);
    let looks_up = matches!(
        operation.shape,
        OperationShape::Retrieve
            | OperationShape::Update
            | OperationShape::PartialUpdate
            | OperationShape::Destroy
    );
    let lists = operation.shape == OperationShape::List;
    // What is looked up is filtered, too.
    let is_filtered = (lists || looks_up || operation.shape == OperationShape::Custom)
        && state
            .generic
            .as_ref()
            .is_some_and(|generic| !generic.filter_parameters.is_empty());
    let pages = operation.paginator.as_ref().filter(|_| lists);
    let refuses_pages = pages.is_some_and(Paginator::refuses_parameters);
    if may_take_body || is_filtered || refuses_pages {
        let schema = components.validation_error(state);
        responses.push(response(
            StatusCode::BAD_REQUEST,
            "The input is not valid.",
            operation,
            Some(schema),
        ));
    }
    let mut error = |status, description| {
        let schema = components.error(state);
        responses.push(response(status, description, operation, Some(schema)));
    };
    if !operation.security_schemes.is_empty() {
        error(
            StatusCode::UNAUTHORIZED,
            "The credentials are missing or wrong.",
        );
    }
    let parents = mounted.endpoint.mount_point().parents.as_ref();
    let resolves_parents = parents.is_some_and(ParentScope::resolves_parents);
    if operation.requires_authentication || resolves_parents {
        error(StatusCode::FORBIDDEN, "The user may not do this.");
    }
    let has_captures = mounted.route.path.captures().next().is_some();
    let not_found = if resolves_parents {
        Some("There is no such object, or none that it could belong to.")
    } else if looks_up || has_captures {
        Some("There is no such object.")
    } else if lists && operation.paginator.is_some() {
        Some("There is no such page.")
    } else if operation.takes_format || mounted.route.format_suffixes {
        Some("There is no such format.")
    } else {
        None
    };
    if let Some(not_found) = not_found {
        error(StatusCode::NOT_FOUND, not_found);
    }
    error(
        StatusCode::NOT_ACCEPTABLE,
        "None of the accepted media types can be written.",
    );
    if may_take_body {
        error(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The body is larger than allowed.",
        );
        error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The media type of the body is not supported.",
        );
    }
    if operation.throttled {
        error(StatusCode::TOO_MANY_REQUESTS, "Too many requests.");
    }
    responses
}

fn success(operation: &Operation, components: &mut Components) -> MetaResponse {
    let class = operation.response_serializer;
    let (usual, description) = match operation.shape {
        OperationShape::Create => (StatusCode::CREATED, "The new object."),
        OperationShape::Destroy => (StatusCode::NO_CONTENT, "The object is gone."),
        OperationShape::List => (StatusCode::OK, "The objects."),
        _ if operation.method == Method::DELETE => (StatusCode::NO_CONTENT, "Done."),
        _ => (StatusCode::OK, "The object."),
    };
    let status = operation.status.unwrap_or(usual);
    let is_empty = [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT].contains(&status);
    let schema = (!is_empty).then(|| match class {
        Some(class) if operation.shape == OperationShape::List => {
            components.page(class, operation.paginator.as_ref())
        }
        Some(class) => components.serializer(class, Direction::Response),
        // Something is answered, and no serializer says what.
        None => MetaSchemaRef::Inline(Box::new(MetaSchema::ANY)),
    });
    let mut response = response(status, description, operation, schema);
    let pages = operation.paginator.as_ref();
    if let Some(pages) = pages.filter(|_| operation.shape == OperationShape::List) {
        let headers = pages.response_headers().into_iter();
        response.headers = headers
            .map(|header| MetaHeader {
                name: header.name.into_owned(),
                description: header.description.map(Into::into),
                required: header.required,
                deprecated: false,
                schema: components.field(&header.info, Direction::Response),
            })
            .collect();
    }
    response
}

fn response(
    status: StatusCode,
    description: &'static str,
    operation: &Operation,
    schema: Option<MetaSchemaRef>,
) -> MetaResponse {
    MetaResponse {
        description,
        status: Some(status.as_u16()),
        status_range: None,
        content: schema.map_or_else(Vec::new, |schema| contents(&operation.renders, &schema)),
        headers: Vec::new(),
    }
}

/// Each scheme alone is enough; an empty one where a client need not log in.
fn security(operation: &Operation) -> Vec<HashMap<&'static str, Vec<&'static str>>> {
    let mut security: Vec<_> = operation
        .security_schemes
        .iter()
        .map(|scheme| HashMap::from([(scheme.name, Vec::new())]))
        .collect();
    if !operation.requires_authentication && !security.is_empty() {
        security.push(HashMap::new());
    }
    security
}

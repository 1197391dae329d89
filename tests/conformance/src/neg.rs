//! `/neg/`: media types in and out (SPEC.md, section 8).

use restflow::{
    prelude::*,
    views::{Data, FormParser, JsonParser, MultiPartParser},
};
use serde_json::{Map, Value, json};

use crate::renderers::{CsvRenderer, PlainTextRenderer};

pub(crate) fn urls() -> Urls {
    let renderers = || {
        Renderers::default()
            .with(PlainTextRenderer)
            .with(CsvRenderer)
    };
    let forms = Parsers::new().with(FormParser).with(MultiPartParser);
    Urls::new()
        .path("echo/", EchoView)
        .path("json-only/", TypesView::new().parsers(JsonParser))
        .path("form-only/", TypesView::new().parsers(forms))
        .path("multi/", TypesView::new().renderers(renderers()))
        .path("multi-suffix", TypesView::new().renderers(renderers()))
        .format_suffixes()
}

struct EchoView;

impl ApiView for EchoView {}

/// Echoes the parsed body.
#[handlers]
impl EchoView {
    async fn get(&self, _request: &Request) -> Result<Response> {
        Ok(hello())
    }

    async fn post(&self, request: &Request) -> Result<Response> {
        echo(request).await
    }

    async fn put(&self, request: &Request) -> Result<Response> {
        echo(request).await
    }
}

/// The same with media types of its own.
struct TypesView {
    parsers: Parsers,
    renderers: Renderers,
}

impl TypesView {
    fn new() -> Self {
        Self {
            parsers: Parsers::from_settings(),
            renderers: Renderers::from_settings(),
        }
    }

    fn parsers(mut self, parsers: impl Into<Parsers>) -> Self {
        self.parsers = parsers.into();
        self
    }

    fn renderers(mut self, renderers: Renderers) -> Self {
        self.renderers = renderers;
        self
    }
}

impl ApiView for TypesView {
    fn parser_classes(&self) -> Parsers {
        self.parsers.clone()
    }

    fn renderer_classes(&self) -> Renderers {
        self.renderers.clone()
    }
}

#[handlers]
impl TypesView {
    async fn get(&self, _request: &Request) -> Result<Response> {
        Ok(hello())
    }

    async fn post(&self, request: &Request) -> Result<Response> {
        echo(request).await
    }

    async fn put(&self, request: &Request) -> Result<Response> {
        echo(request).await
    }
}

fn hello() -> Response {
    Response::new(json!({"message": "hello é"}))
}

async fn echo(request: &Request) -> Result<Response> {
    let data = match request.data().await? {
        Data::Empty => json!({}),
        Data::Json(value) => value.clone(),
        Data::Form(form) => {
            let mut fields = Map::new();
            let mut add = |name: &str, value: Value| {
                let values = fields.entry(name).or_insert_with(|| json!([]));
                if let Value::Array(values) = values {
                    values.push(value);
                }
            };
            for (name, text) in form.iter() {
                add(name, text.into());
            }
            for (name, file) in form.files() {
                add(name, json!({"file": file.name(), "size": file.size()}));
            }
            fields.into()
        }
    };
    Ok(Response::new(
        json!({"data": data, "content_type": request.content_type()}),
    ))
}

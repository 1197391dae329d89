//! Policies of one's own: a permission, a filter backend, a paginator and a renderer.
//!
//! ```text
//! cargo run --example custom
//! curl 'localhost:8000/readings/?above=20&take=2' -H 'X-Key: open sesame' -H 'Accept: text/csv'
//! curl 'localhost:8000/readings/?format=yaml' -H 'X-Key: open sesame'
//! ```

#![allow(unreachable_pub, clippy::print_stdout, reason = "a program")]

use restflow::{
    fields::{FieldInfo, FieldKind, Parameter},
    pagination::{Envelope, Page, PageQuery, PageRequest, Window},
    prelude::*,
    serializers::Representation,
};
use sea_orm::Select;
use serde_json::Value;

mod reading {
    use sea_orm::entity::prelude::*;

    /// What a sensor measured.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "reading")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub sensor: String,
        pub celsius: f64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(ModelSerializer)]
#[serializer(entity = reading::Entity)]
struct ReadingSerializer {
    sensor: String,
    celsius: f64,
}

#[derive(ViewSet, ListModelMixin, CreateModelMixin)]
struct ReadingViewSet;

impl ApiView for ReadingViewSet {
    fn permission_classes(&self) -> Permissions {
        HasKey("open sesame").into()
    }

    /// The first renderer is the default one; `Accept` or `?format=csv` asks for another.
    fn renderer_classes(&self) -> Renderers {
        Renderers::default()
            .with(CsvRenderer::new().columns(["sensor", "celsius"]))
            .with(YamlRenderer)
    }
}

impl GenericView for ReadingViewSet {
    type Entity = reading::Entity;
    type Serializer = ReadingSerializer;

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new().with(Above(reading::Column::Celsius))
    }

    fn pagination_class(&self) -> Option<Paginator> {
        Some(TakePagination.into())
    }
}

/// Lets in requests that carry the key. Policies are values, so they can have arguments.
struct HasKey(&'static str);

impl Permission for HasKey {
    async fn has_permission(&self, request: &Request) -> Result<bool> {
        Ok(request
            .headers()
            .get("x-key")
            .is_some_and(|key| key == self.0))
    }

    fn message(&self) -> Option<&str> {
        Some("The door is shut.")
    }
}

/// `?above=20`: the rows whose column is greater. It works for a column of any entity.
struct Above<C>(C);

impl<C, E> FilterBackend<E> for Above<C>
where
    C: ColumnTrait + Send + Sync + 'static,
    E: EntityTrait<Column = C>,
{
    async fn filter_queryset(
        &self,
        select: Select<E>,
        context: &FilterContext<'_>,
    ) -> Result<Select<E>> {
        let Some(bound) = context.params.get("above") else {
            return Ok(select);
        };
        let Ok(bound) = bound.parse::<f64>() else {
            let mut errors = FieldErrors::new();
            errors.add("above", "Enter a number.");
            return Err(errors.into());
        };
        Ok(select.filter(self.0.gt(bound)))
    }
}

/// `?skip=20&take=10`, answered with `{"results": […], "more": true}` and without a `COUNT`.
struct TakePagination;

impl Pagination for TakePagination {
    async fn paginate(&self, query: PageQuery<'_>, request: &PageRequest<'_>) -> Result<Page> {
        let number = |name| request.get(name).and_then(|text| text.parse::<u64>().ok());
        let (skip, take) = (
            number("skip").unwrap_or(0),
            number("take").unwrap_or(10).min(100),
        );
        // One row more than is shown tells whether there are more.
        let mut rows = query.fetch(Window::new(skip, take + 1)).await?;
        let more = rows.len() as u64 > take;
        rows.truncate(rows.len() - usize::from(more));
        let envelope = Envelope::new().results("results").field("more", more);
        Ok(Page { rows, envelope })
    }

    /// For the OpenAPI document, as the next one.
    fn parameters(&self) -> Vec<Parameter> {
        let number = || FieldInfo::new(FieldKind::Integer);
        ["skip", "take"]
            .map(|name| Parameter::new(name, number()))
            .into()
    }

    fn envelope_schema(&self) -> Vec<FieldInfo> {
        vec![FieldInfo::new(FieldKind::Boolean).name("more")]
    }
}

/// YAML (RFC 9512), whose texts and numbers may be written as in JSON. It gets any data, so an
/// error comes out as well.
struct YamlRenderer;

impl Renderer for YamlRenderer {
    fn media_type(&self) -> &'static str {
        "application/yaml"
    }

    fn format(&self) -> &'static str {
        "yaml"
    }

    /// The client may ask for more room: `Accept: application/yaml; indent=4`.
    fn render(&self, data: &dyn Representation, context: &RendererContext<'_>) -> Result<Vec<u8>> {
        let data = data.to_value().map_err(ApiError::internal)?;
        let indent = match context.parameter("indent") {
            Some("4") => 4,
            _ => 2,
        };
        let mut yaml = "---".to_owned();
        write_yaml(&mut yaml, &data, indent, 0);
        yaml.push('\n');
        Ok(yaml.into_bytes())
    }
}

fn write_yaml(yaml: &mut String, value: &Value, indent: usize, depth: usize) {
    let line = format!("\n{}", " ".repeat(indent * depth));
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                yaml.push_str(&format!("{line}{}:", Value::from(name.as_str())));
                write_yaml(yaml, value, indent, depth + 1);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                yaml.push_str(&format!("{line}-"));
                write_yaml(yaml, item, indent, depth + 1);
            }
        }
        value => yaml.push_str(&format!(" {value}")),
    }
}

struct Readings;

impl UrlConf for Readings {
    fn urls() -> Urls {
        let mut router = SimpleRouter::new();
        router.register("readings", ReadingViewSet);
        Urls::new().include("", router)
    }
}

/// The API, for `main` and for the tests.
pub fn app(db: DatabaseConnection) -> impl Endpoint {
    let api = OpenApiService::new(restflow::api::<Readings>(db), "Readings", "1.0");
    Route::new().nest("/", api)
}

/// A database in memory. It lives in its one connection, which is never closed.
pub async fn database() -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None);
    let db = Database::connect(options).await?;
    let schema = db.get_schema_builder();
    schema.register(reading::Entity).apply(&db).await?;
    for (sensor, celsius) in [
        ("attic", 31.5),
        ("cellar", 12.0),
        ("hall", 21.0),
        ("oven, door", 48.5),
    ] {
        let reading = reading::ActiveModel {
            sensor: Set(sensor.to_owned()),
            celsius: Set(celsius),
            ..Default::default()
        };
        reading.insert(&db).await?;
    }
    Ok(db)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let app = app(database().await?);
    println!("http://127.0.0.1:8000/readings/");
    Server::new(TcpListener::bind("127.0.0.1:8000"))
        .run(app)
        .await?;
    Ok(())
}

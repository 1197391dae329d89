//! A viewset without an entity: actions that answer with anything, and serializers that stand
//! for themselves.
//!
//! ```text
//! cargo run --example health
//! curl localhost:8000/health/ready/
//! curl --json '{"reason": "A new disk."}' -H 'X-Operator: ann' localhost:8000/health/maintenance/
//! ```

#![allow(unreachable_pub, clippy::print_stdout, reason = "a program")]

use std::time::Instant;

use restflow::prelude::*;

/// Whether the service can work. A serializer without an entity is a struct with rules: it reads
/// bodies, writes answers and describes itself in the OpenAPI document.
#[derive(Debug, Serializer)]
struct HealthSerializer {
    database: String,
    /// How long the database took, in milliseconds.
    latency: f64,
}

/// An announcement that the service will be away.
#[derive(Debug, Serializer)]
struct MaintenanceSerializer {
    #[validate(length(min = 5, max = 200))]
    reason: String,
    /// For how long, in minutes.
    #[serializer(default = 15)]
    #[validate(range(min = 1, max = 240))]
    minutes: i32,
}

/// Says how the service is doing.
#[derive(ViewSet)]
struct HealthViewSet;

impl ApiView for HealthViewSet {
    /// What single actions do differently from the viewset, by their names. A name that is not an
    /// action stops the program at its start.
    fn action_configs(&self) -> ActionConfigs<Self> {
        ActionConfigs::new()
            .action(
                "ready",
                ActionConfig::new().response_serializer::<HealthSerializer>(),
            )
            .action(
                "maintenance",
                ActionConfig::new()
                    .serializer::<MaintenanceSerializer>()
                    .permission_classes(IsOperator),
            )
    }
}

/// Each function is an action at its own path: `/health/live/`, `/health/ready/`, …
#[actions]
impl HealthViewSet {
    /// Whether the process answers at all.
    #[action(detail = false)]
    async fn live(&self, _request: &Request) -> Result<Response> {
        Ok(Response::no_content())
    }

    /// Whether the database answers, too. An error of the database becomes a 500, whose cause is
    /// logged and not shown.
    #[action(detail = false)]
    async fn ready(&self, request: &Request) -> Result<Response> {
        let start = Instant::now();
        request.db().ping().await?;
        Ok(Response::new(HealthSerializer {
            database: "ok".to_owned(),
            latency: start.elapsed().as_secs_f64() * 1000.0,
        }))
    }

    /// Announces a maintenance.
    #[action(detail = false, methods("post"))]
    async fn maintenance(&self, request: &Request) -> Result<Response> {
        let announced: MaintenanceSerializer = self.validated_serializer(request).await?;
        Ok(Response::new(announced).with_status(StatusCode::ACCEPTED))
    }
}

/// Lets in whoever says that they operate the service. A real one would ask `request.user()`.
struct IsOperator;

impl Permission for IsOperator {
    async fn has_permission(&self, request: &Request) -> Result<bool> {
        Ok(request.headers().contains_key("x-operator"))
    }

    fn message(&self) -> Option<&str> {
        Some("Only operators announce a maintenance.")
    }
}

struct Urlpatterns;

impl UrlConf for Urlpatterns {
    fn urls() -> Urls {
        let mut router = SimpleRouter::new();
        router.register("health", HealthViewSet);
        Urls::new().include("", router)
    }
}

/// The API, for `main` and for the tests.
pub fn app(db: DatabaseConnection) -> impl Endpoint {
    let api = OpenApiService::new(restflow::api::<Urlpatterns>(db), "Health", "1.0");
    Route::new().nest("/", api)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let db = Database::connect("sqlite::memory:").await?;
    println!("http://127.0.0.1:8000/health/ready/");
    Server::new(TcpListener::bind("127.0.0.1:8000"))
        .run(app(db))
        .await?;
    Ok(())
}

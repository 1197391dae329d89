//! The shop over fresh databases, and its whole corpus played.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::{collections::BTreeMap, env, path::Path};

use poem::Endpoint;
use restflow_conformance::{Database, Fixtures, Outcome, Scenario, app, play};
use tempfile::TempDir;

/// Hands out filled databases.
pub(crate) struct Place {
    fixtures: Fixtures,
    url: Option<String>,
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            fixtures: Fixtures::read(&package().join("fixtures.json")).unwrap(),
            url: env::var("CONFORMANCE_DATABASE_URL").ok(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The shop over fresh rows. With a database URL the one before it loses its rows.
    pub(crate) async fn app(&self, name: &str) -> impl Endpoint + use<> {
        let database = match &self.url {
            Some(url) => Database::at(url),
            None => Database::file(&self.folder.path().join(name.replace('/', "-"))),
        };
        let db = database.connect().await.unwrap();
        Database::drop_tables(&db).await.unwrap();
        self.fixtures.load(&db).await.unwrap();
        app(db)
    }
}

pub(crate) fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Scenarios that only read share an application and come first, so that one that writes
/// can take over the database.
pub(crate) async fn play_all(cases: &[Scenario]) -> BTreeMap<&str, (&str, Outcome)> {
    let place = Place::new();
    let mut outcomes = BTreeMap::new();
    let shared = place.app("shared").await;
    for case in cases.iter().filter(|case| case.readonly) {
        outcomes.insert(
            case.id.as_str(),
            (case.group.as_str(), play(case, &shared).await),
        );
    }
    for case in cases.iter().filter(|case| !case.readonly) {
        let app = place.app(&case.id).await;
        outcomes.insert(
            case.id.as_str(),
            (case.group.as_str(), play(case, &app).await),
        );
    }
    outcomes
}

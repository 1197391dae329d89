//! The database servers at hand.

#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    unused_macros,
    reason = "shared by tests, some of which run without a server"
)]

use sea_orm::{ConnectionTrait, Database};

/// A fresh database on the server behind the variable `name`; `None` where there is no server.
pub async fn fresh_database(name: &str, database: &str) -> Option<String> {
    let Ok(url) = std::env::var(name) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "{name} must be set where CI is"
        );
        #[expect(clippy::print_stderr, reason = "a skipped test says so")]
        {
            eprintln!("skipped: {name} is not set");
        }
        return None;
    };
    let server = Database::connect(&url).await.unwrap();
    for statement in [
        format!("DROP DATABASE IF EXISTS {database}"),
        format!("CREATE DATABASE {database}"),
    ] {
        server.execute_unprepared(&statement).await.unwrap();
    }
    let (server, _) = url.rsplit_once('/').unwrap();
    Some(format!("{server}/{database}"))
}

/// Tests that `$story`, which takes the URL of an empty database, holds on each kind of database:
/// `$database` on the servers.
macro_rules! the_story_holds {
    ($story:path, $database:literal) => {
        #[tokio::test]
        async fn the_story_holds_on_sqlite() {
            $story("sqlite::memory:").await;
        }

        #[cfg(feature = "postgres")]
        #[tokio::test]
        async fn the_story_holds_on_postgres() {
            let url = servers::fresh_database("RESTFLOW_TEST_POSTGRES_URL", $database).await;
            if let Some(url) = url {
                $story(&url).await;
            }
        }

        #[cfg(feature = "mysql")]
        #[tokio::test]
        async fn the_story_holds_on_mysql() {
            let url = servers::fresh_database("RESTFLOW_TEST_MYSQL_URL", $database).await;
            if let Some(url) = url {
                $story(&url).await;
            }
        }
    };
}

pub(crate) use the_story_holds;

//! The database servers at hand.

#![allow(unreachable_pub, reason = "shared by tests")]

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

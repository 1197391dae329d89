//! Serves the shop of the conformance corpus, for players that speak HTTP.
use std::{path::PathBuf, time::Duration};

use anyhow::{Result, ensure};
use clap::Parser;
use poem::{Server, listener::TcpListener};
use restflow_conformance::{Database, Fixtures, app};

/// Serves the shop on 127.0.0.1 over a database that it fills first.
#[derive(Debug, Parser)]
#[command(name = "restflow-conformance")]
struct Arguments {
    /// The port to listen on.
    #[arg(long)]
    port: u16,
    /// The path of a SQLite file that does not exist yet, or the URL of a database
    /// without tables of the shop's names.
    #[arg(long)]
    db: String,
    /// The rows to start with.
    #[arg(long)]
    fixtures: PathBuf,
    /// Drop the shop's tables first, with everything in them.
    #[arg(long)]
    reset: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let is_file = !arguments.db.contains(':');
    ensure!(
        !is_file || arguments.reset || !PathBuf::from(&arguments.db).exists(),
        "{} exists; give --reset to overwrite its tables",
        arguments.db
    );
    let fixtures = Fixtures::read(&arguments.fixtures)?;
    let db = Database::at(&arguments.db).connect().await?;
    if arguments.reset {
        Database::drop_tables(&db).await?;
    }
    fixtures.load(&db).await?;
    Server::new(TcpListener::bind(("127.0.0.1", arguments.port)))
        .name("restflow-conformance")
        .run_with_graceful_shutdown(app(db), shutdown(), Some(Duration::from_secs(1)))
        .await?;
    Ok(())
}

/// Waits for Ctrl-C, or SIGTERM where there are signals.
async fn shutdown() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a handler there is nothing to wait for but the end of the process.
    let _ = interrupt.await;
}

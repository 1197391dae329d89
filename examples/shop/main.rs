//! A small shop: `cargo run --example shop`.
//!
//! It starts at once, on a database in memory with a few demo rows.

#![allow(unreachable_pub, missing_docs, reason = "a program, not a library")]

mod app;
mod categories;
mod database;
mod entities;
mod products;
mod reviews;
mod tags;
mod trace;
mod urls;

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use restflow::{prelude::*, routers::RouteTable};

/// The example shop of restflow.
#[derive(Parser)]
struct Options {
    /// Where the rows are: a URL of SQLite, or, built with the feature of that name, of postgres or
    /// mysql. A file needs to be there already, or `?mode=rwc` behind it.
    #[arg(long, default_value = "sqlite::memory:")]
    database_url: String,
    /// Where the server listens.
    #[arg(long, default_value = "127.0.0.1:8000")]
    listen: std::net::SocketAddr,
    /// How many products to add to the demo rows of a fresh database.
    #[arg(long, default_value_t = 0)]
    rows: u32,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Prints the routes and ends.
    Routes,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the one line that says why it ended")]
            {
                eprintln!("error: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

#[expect(
    clippy::print_stdout,
    reason = "the greeting is what the program prints"
)]
async fn run(options: Options) -> Result<()> {
    if let Some(Command::Routes) = options.command {
        print!("{}", RouteTable::of::<urls::Shop>());
        return Ok(());
    }
    tracing_subscriber::fmt().with_target(false).init();
    let db = database::open(&options.database_url, options.rows).await?;
    let listener = tokio::net::TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("cannot listen on {}", options.listen))?;
    let address = listener.local_addr()?;
    println!("API root  http://{address}/api/");
    println!("Docs      http://{address}/docs");
    println!("Write with  Authorization: Token {}", database::ALICE);
    println!("Ctrl-C ends it.");
    let acceptor = poem::listener::TcpAcceptor::from_tokio(listener)?;
    let stop = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    Server::new_with_acceptor(CancelOnDisconnect::new(acceptor))
        .run_with_graceful_shutdown(app::app(db), stop, Some(Duration::from_secs(10)))
        .await?;
    Ok(())
}

//! The shop's hot endpoints, served by peers of different stacks over one SQLite file and
//! measured in one run.
//!
//! Machines are noisy: the speed of one and the same binary drifts by tens of percent from
//! minute to minute. So the peers take turns in short rounds, every figure is the median of
//! the rounds, and every ratio is the median of the ratios *within* a round. Differences
//! under 15% say nothing.
//!
//! Each peer is a process of its own (this binary, started again), so that its CPU time and
//! memory can be read from `/proc`: the benchmark needs Linux.
#![allow(
    clippy::print_stdout,
    reason = "the terminal is the interface of this program"
)]

mod agreement;
mod data;
mod endpoints;
mod lists;
mod load;
mod peers;
mod process;
mod report;
mod routes;
mod serializers;
mod shop;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::{Args, Parser, Subcommand};

use crate::{
    endpoints::Endpoint,
    load::Load,
    peers::{PEERS, Peer},
    process::PeerProcess,
    report::Report,
    serializers::{Contestant, Work},
};

/// Measures the peers against each other.
#[derive(Debug, Parser)]
#[command(name = "restflow-bench", args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(flatten)]
    run: Run,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Args)]
struct Run {
    /// Requests to each endpoint of each peer in a round; four times as many retrieves.
    #[arg(long, default_value_t = 2000)]
    requests: usize,
    /// Measured rounds; one that is not measured comes first.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Connections that are kept open, each with one request at a time.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Products in the table.
    #[arg(long, default_value_t = 10_000)]
    rows: u32,
    /// Only these peers.
    #[arg(long, value_delimiter = ',', value_parser = peers::names())]
    peers: Vec<String>,
    /// Only these endpoints.
    #[arg(long, value_delimiter = ',', value_enum)]
    endpoints: Vec<Endpoint>,
    /// Rows or bodies of each serializer, and paths, in a round.
    #[arg(long, default_value_t = 20_000)]
    units: usize,
    /// Only the serializers, without routes, peers and endpoints.
    #[arg(long)]
    only_serializers: bool,
    /// Only the table of routes, without serializers, peers and endpoints.
    #[arg(long, conflicts_with = "only_serializers")]
    only_routes: bool,
    /// Only long lists, which are measured on request only: pages deep in a table, counts and
    /// filters beside SQL by hand.
    #[arg(long, conflicts_with_all = ["only_serializers", "only_routes"])]
    only_lists: bool,
    /// Rows of the tables of long lists.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 1_000_000], requires = "only_lists")]
    list_rows: Vec<u64>,
    /// A PostgreSQL database for long lists, beside SQLite; its tables `bench_product` and
    /// `bench_review` are replaced and dropped.
    #[arg(long, value_name = "URL", requires = "only_lists")]
    postgres: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve one peer: how the benchmark starts itself.
    #[command(hide = true)]
    Serve {
        peer: String,
        #[arg(long)]
        port: u16,
        #[arg(long)]
        db: PathBuf,
    },
    /// Do the work of a serializer many times, to count instructions.
    Repeat {
        work: Work,
        contestant: Contestant,
        times: usize,
    },
    /// Ask for a list many times, to count instructions.
    RepeatList {
        line: lists::Line,
        contestant: Contestant,
        times: usize,
        /// Rows of the table, in a file of SQLite.
        #[arg(long, default_value_t = 10_000)]
        rows: u64,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    let cli = Cli::parse();
    match cli.command {
        Some(Command::Serve { peer, port, db }) => {
            let peer = peers::named(&peer).with_context(|| format!("no peer is called {peer}"))?;
            peer.serve(port, db).await
        }
        Some(Command::Repeat {
            work,
            contestant,
            times,
        }) => serializers::repeat(work, contestant, times).await,
        Some(Command::RepeatList {
            line,
            contestant,
            times,
            rows,
        }) => lists::repeat(line, contestant, times, rows).await,
        None => measure(&cli.run).await,
    }
}

async fn measure(run: &Run) -> Result<()> {
    ensure!(
        run.requests > 0 && run.rounds > 0 && run.connections > 0,
        "--requests, --rounds and --connections must be at least 1"
    );
    ensure!(run.rows >= 100, "--rows must be at least 100");
    if cfg!(debug_assertions) {
        println!("This is a debug build: the figures mean nothing.\n");
    }
    if run.only_lists {
        let folder = tempfile::tempdir()?;
        let postgres = run.postgres.as_deref();
        return lists::measure(run.rounds, &run.list_rows, folder.path(), postgres).await;
    }
    if !run.only_routes {
        let figures = serializers::measure(run.rounds, run.units).await?;
        println!(
            "{} rounds of {} rows or bodies, medians of the rounds\n\n{figures}",
            run.rounds, run.units
        );
    }
    if !run.only_serializers {
        let figures = routes::measure(run.rounds, run.units).await?;
        println!(
            "{} rounds of {} paths, medians of the rounds\n\n{figures}",
            run.rounds, run.units
        );
    }
    if run.only_serializers || run.only_routes {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let db = folder.path().join("shop.sqlite3");
    data::create(&db, run.rows).await?;

    let wanted = |peer: &&&dyn Peer| {
        run.peers.is_empty() || run.peers.iter().any(|name| name == peer.name())
    };
    let mut processes = Vec::new();
    for peer in PEERS.iter().filter(wanted) {
        processes.push(PeerProcess::start(peer.name(), &db).await?);
    }
    agreement::check(&processes, run.rows).await?;

    let endpoints = match run.endpoints.as_slice() {
        [] => Endpoint::ALL,
        chosen => chosen,
    };
    let mut load = Load::new(run.connections, run.rows);
    let mut report = Report::default();
    for endpoint in endpoints {
        for process in &processes {
            load.run(process, *endpoint, run.requests.div_ceil(10))
                .await?;
        }
    }
    for round in 0..run.rounds {
        for endpoint in endpoints {
            for turn in 0..processes.len() {
                // Nobody is always first.
                let process = &processes[(turn + round) % processes.len()];
                let sample = load.run(process, *endpoint, run.requests).await?;
                report.add(*endpoint, process.name(), sample);
            }
        }
    }
    for process in &processes {
        report.set_memory(process.name(), process.peak_memory()?);
    }
    println!(
        "{} rows, {} rounds of {} requests over {} connections, medians of the rounds",
        run.rows, run.rounds, run.requests, run.connections
    );
    println!("{report}");
    Ok(())
}

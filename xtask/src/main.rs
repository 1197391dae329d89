//! The build tool of the workspace: `cargo xtask ci`, `test`, `docs` and `bench`.
//!
//! It only calls cargo. Every gate is one cargo command that can be copied from the output and run
//! by hand, and nothing else in the repository knows how the workspace is checked: the CI script
//! calls this tool, so a developer runs exactly what CI runs.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the terminal is the interface of this program"
)]

mod alone;
mod bench;
mod cargo;
mod ci;
mod deny;
mod docs;
mod steps;
mod tally;
mod test;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::steps::Steps;

/// The build tool of the workspace.
#[derive(Debug, Parser)]
#[command(name = "xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run every gate that a change has to pass, and stop at the first that it does not
    Ci(ci::Args),
    /// Run all tests, then all examples in the documentation
    Test,
    /// Build the documentation of all crates and print where it is
    Docs(docs::Args),
    /// Measure restflow against its peers, in release mode
    Bench(bench::Args),
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not by `Debug`, which adds a backtrace of this program to what another one did.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let mut steps = Steps::default();
    let outcome = match command {
        Command::Ci(args) => ci::run(&args, &mut steps),
        Command::Test => test::run(&mut steps),
        Command::Docs(args) => docs::run(&args, &mut steps),
        Command::Bench(args) => return bench::run(&args),
    };
    steps.print_summary();
    outcome
}

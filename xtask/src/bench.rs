//! `cargo xtask bench`: restflow against its peers.

use anyhow::{Context, Result, ensure};

use crate::cargo::cargo;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to pass to the benchmark; `cargo xtask bench -- --help` lists it
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// Runs the package `restflow-bench` in release mode with the arguments as they are.
pub(crate) fn run(args: &Args) -> Result<()> {
    let status = cargo(["run", "--release", "--package", "restflow-bench", "--"])
        .args(&args.args)
        .status()
        .context("cargo run did not start")?;
    ensure!(status.success(), "the benchmark ended with {status}");
    Ok(())
}

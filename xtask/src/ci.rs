//! `cargo xtask ci`: every gate that a change has to pass.
//!
//! Cheap gates come first. All of them look at the workspace with all features and share one target
//! folder, so that a dependency is compiled twice at most: once to be checked, once to be linked
//! into tests. Only the libraries on their own need other feature sets, and those are only checked.

use anyhow::Result;

use crate::cargo::cargo;
use crate::steps::Steps;
use crate::{alone, deny, test};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Leave out the tests, because `cargo xtask test` has just run them
    #[arg(long)]
    skip_test: bool,
}

pub(crate) fn run(args: &Args, steps: &mut Steps) -> Result<()> {
    steps.run("fmt", &mut cargo(["fmt", "--all", "--check"]))?;
    steps.run(
        "clippy",
        cargo(["clippy", "--workspace", "--all-targets", "--all-features"])
            .args(["--", "-D", "warnings"]),
    )?;
    if args.skip_test {
        steps.skip("tests", "as --skip-test asks");
    } else {
        test::run(steps)?;
    }
    steps.run(
        "rustdoc",
        cargo(["doc", "--no-deps", "--workspace", "--all-features"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    alone::run(steps)?;
    deny::run(steps)
}

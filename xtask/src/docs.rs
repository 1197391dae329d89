//! `cargo xtask docs`: the documentation of all crates.

use anyhow::Result;

use crate::cargo::{Metadata, cargo};
use crate::steps::Steps;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Open the documentation in a browser
    #[arg(long)]
    open: bool,
}

pub(crate) fn run(args: &Args, steps: &mut Steps) -> Result<()> {
    let mut command = cargo(["doc", "--no-deps", "--workspace", "--all-features"]);
    if args.open {
        command.arg("--open");
    }
    steps.run("docs", &mut command)?;
    let front_page = Metadata::read()?
        .target_directory
        .join("doc/restflow/index.html");
    println!("{}", front_page.display());
    Ok(())
}

//! What may enter the dependency tree, checked by cargo-deny with the rules in `deny.toml`.

use std::env;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::cargo::cargo;
use crate::steps::Steps;

const INSTALL: &str = "install it with `cargo install cargo-deny --locked`";

/// Checks bans, licenses and sources, and advisories if their database can be fetched.
///
/// Without cargo-deny the step is skipped, but with `CI=true` that is an error. An unreachable
/// database of advisories is never one: it says something about the network, nothing about the tree.
pub(crate) fn run(steps: &mut Steps) -> Result<()> {
    if !succeeds(&mut cargo(["deny", "--version"])) {
        if env::var("CI").is_ok_and(|ci| ci == "true") {
            bail!("step deny failed: cargo-deny is not installed; {INSTALL}");
        }
        steps.skip("deny", &format!("cargo-deny is not installed; {INSTALL}"));
        return Ok(());
    }
    let mut check = cargo(["deny", "--workspace", "check"]);
    check.args(["bans", "licenses", "sources"]);
    steps.run("deny", &mut check)?;
    if succeeds(&mut cargo(["deny", "fetch", "db"])) {
        steps.run(
            "advisories",
            &mut cargo(["deny", "--workspace", "check", "advisories"]),
        )
    } else {
        steps.skip("advisories", "their database cannot be fetched");
        Ok(())
    }
}

fn succeeds(command: &mut Command) -> bool {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

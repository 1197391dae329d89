//! The cargo that started this program, and what it knows about the workspace.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// Returns a cargo command that runs in the root of the workspace.
pub(crate) fn cargo<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).current_dir(workspace_root());
    command
}

/// Writes a cargo command as one would type it, without the values of its environment.
pub(crate) fn typed(command: &Command) -> String {
    let mut line = String::from("cargo");
    for arg in command.get_args() {
        line.push(' ');
        line.push_str(&arg.to_string_lossy());
    }
    line
}

/// What `cargo metadata` tells about the members of the workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) target_directory: PathBuf,
}

/// One member of the workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// The features by name, each with what it turns on; `default` is one of them where declared.
    pub(crate) features: BTreeMap<String, Vec<String>>,
    targets: Vec<Target>,
    /// The registries that may receive the package; `None` means all, an empty list none.
    publish: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct Target {
    kind: Vec<String>,
}

impl Metadata {
    /// Asks cargo for the members of the workspace, without their dependencies.
    pub(crate) fn read() -> Result<Self> {
        let output = cargo(["metadata", "--format-version", "1", "--no-deps"])
            .stderr(Stdio::inherit())
            .output()
            .context("cargo metadata did not start")?;
        ensure!(
            output.status.success(),
            "cargo metadata failed: {}",
            output.status
        );
        serde_json::from_slice(&output.stdout).context("cargo metadata printed unexpected JSON")
    }
}

impl Package {
    /// Tells whether the package is a library that other people depend on.
    pub(crate) fn is_published_library(&self) -> bool {
        let is_library = |kind: &String| kind == "lib" || kind == "proc-macro";
        self.publish.as_ref().is_none_or(|to| !to.is_empty())
            && self.targets.iter().flat_map(|t| &t.kind).any(is_library)
    }
}

fn workspace_root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

//! Each library by itself, without features and with each feature alone.
//!
//! In a build of the whole workspace the features of a dependency are the union of what all members
//! ask for, so a library that forgot to ask for what it uses compiles there and fails at its user's.

use anyhow::Result;

use crate::cargo::{Metadata, Package, cargo};
use crate::steps::Steps;

/// Checks every published library with every feature set of at most one feature.
///
/// Clippy does it and not `cargo check`, because only clippy turns warnings of our own crates into
/// errors without compiling the dependencies again.
pub(crate) fn run(steps: &mut Steps) -> Result<()> {
    let metadata = Metadata::read()?;
    for package in metadata
        .packages
        .iter()
        .filter(|p| p.is_published_library())
    {
        for feature in feature_sets(package) {
            let mut command = cargo(["clippy", "--package", &package.name]);
            command.arg("--no-default-features");
            let mut name = package.name.clone();
            if let Some(feature) = feature {
                command.args(["--features", feature]);
                name = format!("{name} + {feature}");
            }
            steps.run(&name, command.args(["--", "-D", "warnings"]))?;
        }
    }
    Ok(())
}

/// Returns no feature, then each one; the default features are the feature `default`.
fn feature_sets(package: &Package) -> impl Iterator<Item = Option<&str>> {
    let each = package
        .features
        .keys()
        .map(|feature| Some(feature.as_str()));
    std::iter::once(None).chain(each)
}

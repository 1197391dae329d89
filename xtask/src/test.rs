//! `cargo xtask test`: everything that shows that the workspace works.

use std::env;

use anyhow::{Result, ensure};

use crate::cargo::cargo;
use crate::steps::Steps;

/// The servers that some tests need, with the variable that leads to each.
///
/// A test whose variable is not set passes without doing anything, and says so where the harness
/// does not show it. So it is said here.
const SERVERS: [(&str, &str); 3] = [
    ("PostgreSQL", "RESTFLOW_TEST_POSTGRES_URL"),
    ("MySQL", "RESTFLOW_TEST_MYSQL_URL"),
    ("Redis", "RESTFLOW_TEST_REDIS_URL"),
];

pub(crate) fn run(steps: &mut Steps) -> Result<()> {
    for (server, variable) in SERVERS {
        if env::var_os(variable).is_none_or(|url| url.is_empty()) {
            println!("note: no tests with {server}, because {variable} is not set");
        }
    }
    steps.run_tests(
        "tests",
        cargo(["test", "--workspace", "--all-targets", "--all-features"]).arg("--no-fail-fast"),
    )?;
    ensure!(
        steps.tests_run() > 0,
        "step tests failed: it ran no test at all"
    );
    steps.run_tests(
        "doctests",
        cargo(["test", "--workspace", "--doc", "--all-features"]).arg("--no-fail-fast"),
    )
}

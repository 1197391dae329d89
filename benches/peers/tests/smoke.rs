//! The benchmark runs from end to end, on figures too small to mean anything.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::Command;

#[test]
fn all_peers_agree_and_are_measured() {
    let output = Command::new(env!("CARGO_BIN_EXE_restflow-bench"))
        .args([
            "--requests",
            "20",
            "--rounds",
            "2",
            "--rows",
            "400",
            "--connections",
            "4",
            "--units",
            "40",
        ])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}\n{errors}");
    for title in [
        "serializers",
        "routes",
        "list",
        "filtered list",
        "retrieve",
        "create",
        "peak memory",
        "restflow",
    ] {
        assert!(
            text.contains(&format!("\n{title} ")),
            "{title} is not in {text}"
        );
    }
}

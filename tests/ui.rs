//! What the compiler says about common mistakes: one directory for each mistake.
//!
//! `TRYBUILD=overwrite cargo test --test ui` writes the expected messages anew.

/// The compiler whose words the `.stderr` files have; other versions say the same in other words.
const RUSTC: &str = "rustc 1.95.";

#[test]
fn mistakes_are_explained() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = std::process::Command::new(rustc).arg("--version").output();
    let version = version.map_or_else(
        |error| error.to_string(),
        |output| String::from_utf8_lossy(&output.stdout).into_owned(),
    );
    if !version.starts_with(RUSTC) {
        #[expect(clippy::print_stderr, reason = "a skipped test says so")]
        {
            eprintln!("skipped: the messages are those of {RUSTC}x, this is {version}");
        }
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}

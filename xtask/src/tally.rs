//! The sum of what many test harnesses report, each about itself.

use std::fmt;

/// Results of tests, added up over all harnesses of a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
}

impl Tally {
    /// Adds the results of a harness if the line is the one with which libtest closes.
    pub(crate) fn add_line(&mut self, line: &str) {
        let Some(results) = line.trim_start().strip_prefix("test result: ") else {
            return;
        };
        let results = results.split_once(". ").map_or("", |(_, counts)| counts);
        for count in results.split(';') {
            let Some((number, word)) = count.trim().split_once(' ') else {
                continue;
            };
            let number = number.parse().unwrap_or(0);
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            passed,
            failed,
            ignored,
        } = self;
        write!(f, "{passed} passed, {failed} failed, {ignored} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    fn tally(lines: &[&str]) -> String {
        let mut tally = Tally::default();
        for line in lines {
            tally.add_line(line);
        }
        tally.to_string()
    }

    #[test]
    fn harnesses_are_added_up() {
        let lines = [
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n",
            "test result: FAILED. 12 passed; 2 failed; 0 ignored; 0 measured; 5 filtered out; finished in 1.20s",
        ];
        assert_eq!(tally(&lines), "15 passed, 2 failed, 1 skipped");
    }

    #[test]
    fn other_lines_count_nothing() {
        let lines = [
            "running 3 tests",
            "test page_zero ... ok",
            "test result:",
            "99 passed",
        ];
        assert_eq!(tally(&lines), "0 passed, 0 failed, 0 skipped");
    }
}

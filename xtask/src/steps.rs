//! Steps: one command each, announced, timed and listed again in the summary.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::cargo::typed;
use crate::tally::Tally;

/// The steps of one run so far, and what their tests came to.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    finished: Vec<Step>,
    tally: Tally,
}

#[derive(Debug)]
struct Step {
    name: String,
    end: End,
}

#[derive(Debug)]
enum End {
    Passed(Duration),
    Failed(Duration),
    Skipped(String),
}

impl Steps {
    /// Runs a command to its end with its output on the terminal.
    ///
    /// It fails, naming the step, if the command does not start or does not exit with zero.
    pub(crate) fn run(&mut self, name: &str, command: &mut Command) -> Result<()> {
        self.time(name, command, |command, _| Ok(command.status()?))
    }

    /// Runs a test command like [`run`](Self::run), and adds the results that its test harnesses
    /// report to the summary.
    ///
    /// The command's standard output passes through here line by line, its standard error does not.
    pub(crate) fn run_tests(&mut self, name: &str, command: &mut Command) -> Result<()> {
        self.time(name, command, |command, tally| {
            let mut child = command.stdout(Stdio::piped()).spawn()?;
            if let Some(output) = child.stdout.take() {
                copy_and_count(BufReader::new(output), tally)?;
            }
            Ok(child.wait()?)
        })
    }

    /// Records that a step was left out, and says why at once and again in the summary.
    pub(crate) fn skip(&mut self, name: &str, reason: &str) {
        println!("==> {name}: skipped, {reason}");
        self.finished.push(Step {
            name: name.to_owned(),
            end: End::Skipped(reason.to_owned()),
        });
    }

    /// Returns how many tests have run, passed or failed.
    pub(crate) fn tests_run(&self) -> u64 {
        self.tally.passed + self.tally.failed
    }

    /// Prints every step with its seconds, the sum, and the results of the tests if any ran.
    pub(crate) fn print_summary(&self) {
        let width = self.finished.iter().map(|step| step.name.len()).max();
        let width = width.unwrap_or_default().max("total".len());
        println!();
        let mut total = Duration::ZERO;
        for Step { name, end } in &self.finished {
            match end {
                End::Passed(time) => println!("{name:width$} {:8.1} s", time.as_secs_f64()),
                End::Failed(time) => println!("{name:width$} {:8.1} s FAILED", time.as_secs_f64()),
                End::Skipped(reason) => println!("{name:width$}  skipped: {reason}"),
            }
            if let End::Passed(time) | End::Failed(time) = end {
                total += *time;
            }
        }
        println!("{:width$} {:8.1} s", "total", total.as_secs_f64());
        if self.tests_run() > 0 {
            println!("tests: {}", self.tally);
        }
    }

    fn time(
        &mut self,
        name: &str,
        command: &mut Command,
        work: impl FnOnce(&mut Command, &mut Tally) -> Result<ExitStatus>,
    ) -> Result<()> {
        let line = typed(command);
        println!("==> {name}: {line}");
        let start = Instant::now();
        let status = work(command, &mut self.tally);
        let time = start.elapsed();
        let passed = status.as_ref().is_ok_and(ExitStatus::success);
        self.finished.push(Step {
            name: name.to_owned(),
            end: if passed {
                End::Passed(time)
            } else {
                End::Failed(time)
            },
        });
        let status = status.with_context(|| format!("step {name} could not run `{line}`"))?;
        if !passed {
            bail!("step {name} failed: `{line}` ended with {status}");
        }
        Ok(())
    }
}

/// Copies the output of a test command to the terminal and counts the results in it.
fn copy_and_count(mut output: impl BufRead, tally: &mut Tally) -> Result<()> {
    let mut terminal = std::io::stdout().lock();
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line)? > 0 {
        terminal.write_all(&line)?;
        tally.add_line(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(())
}

//! What ran, how long it took and how it ended.

use std::process::Command;
use std::time::Duration;

use super::servers::Ledger;
use super::tally::Tally;
use crate::failure::Failure;
use crate::step;

#[derive(Debug, Default)]
pub(crate) struct Summary {
    steps: Vec<(String, Option<Duration>)>,
    tests: Tally,
    doc_tests: Tally,
    ledger: Option<Ledger>,
    broken: bool,
}

impl Summary {
    /// Runs a step that is no test.
    pub(crate) fn step(&mut self, command: &mut Command) -> Result<(), Failure> {
        let outcome = step::run(command);
        self.note(command, outcome)
    }

    /// Runs tests and counts them.
    pub(crate) fn tests(&mut self, command: &mut Command) -> Result<(), Failure> {
        let outcome = step::watched(command, |line| self.tests.read(line));
        self.note(command, outcome)
    }

    /// Runs doc-tests and counts them.
    pub(crate) fn doc_tests(&mut self, command: &mut Command) -> Result<(), Failure> {
        let outcome = step::watched(command, |line| self.doc_tests.read(line));
        self.note(command, outcome)
    }

    pub(crate) fn real_servers(&mut self, ledger: Ledger) {
        self.ledger = Some(ledger);
    }

    /// A run failed, be it by a test or by something else.
    pub(crate) fn broken(&mut self) {
        self.broken = true;
    }

    /// Tests that did not run prove nothing.
    pub(crate) fn verify(&self, fast: bool) -> Result<(), Failure> {
        let ledger = self.ledger.unwrap_or_default();
        let used =
            [ledger.with_postgres, ledger.with_redis, ledger.with_mariadb, ledger.with_browser];
        if self.tests.passed == 0 {
            Err(Failure::new("no test ran: look at the output of the test step"))
        } else if !fast && used.contains(&0) {
            Err(Failure::new(
                "no test used a real PostgreSQL, or none a real Redis, MariaDB or browser: tests \
                 must take them from testbed",
            ))
        } else {
            Ok(())
        }
    }

    /// The last line is always `N passed, N failed`.
    pub(crate) fn print(&self) {
        println!("\nsummary");
        for (words, took) in &self.steps {
            match took {
                Some(took) => println!("  {:>7.1} s  {words}", took.as_secs_f64()),
                None => println!("     failed  {words}"),
            }
        }
        println!("  tests: {} passed, {} failed", self.tests.passed, self.tests.failed);
        println!("  doc-tests: {} passed, {} failed", self.doc_tests.passed, self.doc_tests.failed);
        if let Some(ledger) = self.ledger {
            println!(
                "  {} tests ran against real servers ({} with PostgreSQL, {} with Redis, \
                 {} with MariaDB, {} with a browser)",
                ledger.tests,
                ledger.with_postgres,
                ledger.with_redis,
                ledger.with_mariadb,
                ledger.with_browser
            );
        }
        let failed = self.tests.failed + self.doc_tests.failed;
        // A step that is no test counts as one failure, so that no broken run reads "0 failed".
        let failed = failed.max(u64::from(self.broken));
        println!("{} passed, {failed} failed", self.tests.passed + self.doc_tests.passed);
    }

    fn note(
        &mut self,
        command: &Command,
        outcome: Result<Duration, Failure>,
    ) -> Result<(), Failure> {
        self.steps.push((step::words(command), outcome.as_ref().ok().copied()));
        outcome.map(drop)
    }
}

//! `cargo xtask test`: everything that must hold before a change is taken.

mod servers;
mod summary;
mod tally;

use std::process::{Command, ExitCode, Stdio};

use lexopt::Arg;

use crate::failure::Failure;
use crate::metadata::Metadata;
use crate::{setup, step};

pub(crate) use self::servers::Servers;
use self::summary::Summary;
pub(crate) use self::tally::Tally;

#[derive(Debug, Default)]
pub(crate) struct Options {
    fast: bool,
}

impl Options {
    pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Self, Failure> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Long("fast") => options.fast = true,
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }
}

/// Stops at the first failing step. The closing summary is printed in any case.
pub(crate) fn run(options: &Options) -> Result<ExitCode, Failure> {
    let mut summary = Summary::default();
    let outcome = steps(options, &mut summary);
    if let Err(failure) = &outcome {
        eprintln!("xtask: {failure}");
        summary.broken();
    }
    summary.print();
    Ok(if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn steps(options: &Options, summary: &mut Summary) -> Result<(), Failure> {
    if !options.fast {
        setup::ensure(setup::Needs::TESTS)?;
    }
    let metadata = Metadata::read()?;
    summary.step(&mut step::cargo(&["fmt", "--all", "--check"]))?;
    summary.step(&mut step::cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "-D",
        "warnings",
    ]))?;
    if options.fast {
        for mut command in without_servers(&metadata.packages_with_servers()) {
            summary.tests(&mut command)?;
        }
    } else {
        let servers = Servers::start()?;
        let mut command = every_test("default");
        servers.announce(&mut command);
        let outcome = summary.tests(&mut command);
        summary.real_servers(servers.ledger()?);
        outcome?;
        // Doc-tests may ask for a server too.
        summary.doc_tests(servers.announce(&mut doc_tests(&[])))?;
    }
    if options.fast {
        summary.doc_tests(&mut doc_tests(&metadata.packages_with_servers()))?;
    }
    let mut documentation = step::cargo(&["doc", "--workspace", "--no-deps", "--all-features"]);
    summary.step(documentation.env("RUSTDOCFLAGS", "-D warnings"))?;
    summary.verify(options.fast)
}

/// All tests of the workspace but the doc-tests.
pub(crate) fn every_test(nextest_profile: &str) -> Command {
    if has_nextest() {
        let mut command = step::cargo(&["nextest", "run", "--workspace", "--all-features"]);
        command.args(["--no-fail-fast", "--profile", nextest_profile]);
        command
    } else {
        cargo_test(&["--workspace", "--lib", "--bins", "--tests", "--examples"])
    }
}

/// The unit tests of the packages that have servers, and all tests of the others.
fn without_servers(packages: &[&str]) -> Vec<Command> {
    if has_nextest() {
        let excluded: Vec<String> =
            packages.iter().map(|name| format!("package(={name})")).collect();
        let filter = format!("kind(lib) | kind(bin) | not ({})", excluded.join(" | "));
        let mut command = every_test("default");
        command.args(["--filterset", &filter]);
        return vec![command];
    }
    let mut units = cargo_test(&["--lib", "--bins"]);
    let mut others = cargo_test(&["--workspace", "--lib", "--bins", "--tests", "--examples"]);
    for name in packages {
        units.args(["--package", name]);
        others.args(["--exclude", name]);
    }
    vec![units, others]
}

fn doc_tests(excluded: &[&str]) -> Command {
    let mut command = cargo_test(&["--workspace", "--doc"]);
    for name in excluded {
        command.args(["--exclude", name]);
    }
    command
}

fn cargo_test(arguments: &[&str]) -> Command {
    let mut command = step::cargo(&["test", "--all-features", "--no-fail-fast"]);
    command.args(arguments);
    command
}

fn has_nextest() -> bool {
    let mut command = step::cargo(&["nextest", "--version"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

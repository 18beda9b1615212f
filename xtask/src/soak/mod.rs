//! `cargo xtask soak`: the tests again and again, with many more random cases, and with
//! axe-core judging the pages; and after each round the fuzz targets.

mod axe;
mod fuzz;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use lexopt::{Arg, ValueExt};
use testbed::AXE_VARIABLE;

use crate::failure::Failure;
use crate::metadata::Metadata;
use crate::test::{Servers, Tally};
use crate::{setup, step, test};

/// For each fuzz target in each round.
const FUZZ_SECONDS: u64 = 30;

const MINUTES: std::ops::RangeInclusive<u64> = 1..=10_000;

#[derive(Debug)]
pub(crate) struct Options {
    minutes: u64,
    only_fuzz: bool,
}

impl Options {
    pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Self, Failure> {
        let mut options = Self { minutes: 30, only_fuzz: false };
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Long("minutes") => options.minutes = minutes(&arguments.value()?.string()?)?,
                Arg::Long("only-fuzz") => options.only_fuzz = true,
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }
}

fn minutes(text: &str) -> Result<u64, Failure> {
    text.parse().ok().filter(|minutes| MINUTES.contains(minutes)).ok_or_else(|| {
        let (least, most) = (MINUTES.start(), MINUTES.end());
        Failure::new(format!("--minutes `{text}` is not one from {least} to {most}"))
    })
}

/// Ends at the first failing round, or after the first round that ends later than asked.
pub(crate) fn run(options: &Options) -> Result<ExitCode, Failure> {
    let metadata = Metadata::read()?;
    let target = metadata.target_directory();
    if options.only_fuzz {
        fuzz::build(&metadata.workspace_root(), &target)?;
        fuzz::run(&target, 60 * options.minutes / fuzz::TARGETS.len() as u64)?;
        return Ok(ExitCode::SUCCESS);
    }
    setup::ensure(setup::Needs::SOAK)?;
    let axe = axe::install(&target)?;
    fuzz::build(&metadata.workspace_root(), &target)?;
    let servers = Servers::start()?;
    let started = Instant::now();
    let mut rounds = 0;
    while rounds == 0 || started.elapsed() < Duration::from_secs(60 * options.minutes) {
        rounds += 1;
        let mut command = test::every_test("soak");
        servers.announce(&mut command);
        command.env("PERF_SOAK", "1").env("PERF_SOAK_SEEDS", "1000").env("PROPTEST_CASES", "20000");
        command.env(AXE_VARIABLE, &axe);
        let mut tally = Tally::default();
        step::watched(&mut command, |line| tally.read(line))?;
        println!("round {rounds}: {} passed, {} failed", tally.passed, tally.failed);
        fuzz::run(&target, FUZZ_SECONDS)?;
    }
    Ok(ExitCode::SUCCESS)
}

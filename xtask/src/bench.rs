//! `cargo xtask bench`: the package `benches` in release mode. It starts its own servers.

use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::{Arg, ValueExt};

use crate::failure::Failure;
use crate::{setup, step};

#[derive(Debug, Default)]
pub(crate) struct Options {
    names: Vec<String>,
    quick: bool,
    json: Option<PathBuf>,
}

impl Options {
    pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Self, Failure> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Value(name) => options.names.push(name.string()?),
                Arg::Long("quick") => options.quick = true,
                Arg::Long("json") => options.json = Some(arguments.value()?.into()),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }
}

pub(crate) fn run(options: &Options) -> Result<ExitCode, Failure> {
    setup::ensure(setup::Needs::servers(true))?;
    let mut command = step::cargo(&["run", "--release", "--quiet", "--package", "benches", "--"]);
    command.args(&options.names);
    if options.quick {
        command.arg("--quick");
    }
    if let Some(file) = &options.json {
        command.arg("--json").arg(file);
    }
    step::run(&mut command)?;
    Ok(ExitCode::SUCCESS)
}

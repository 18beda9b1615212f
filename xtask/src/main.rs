//! The workspace's own commands: `cargo xtask demo | test | bench | setup | soak`.

#![forbid(unsafe_code)]

mod bench;
mod demo;
mod failure;
mod metadata;
mod setup;
mod soak;
mod step;
mod test;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use lexopt::Arg;

use crate::failure::Failure;

const HELP: &str = include_str!("help.txt");

fn main() -> ExitCode {
    match dispatch(lexopt::Parser::from_env()) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(mut arguments: lexopt::Parser) -> Result<ExitCode, Failure> {
    let command = match arguments.next()? {
        None | Some(Arg::Long("help") | Arg::Short('h')) => return Ok(help()),
        Some(Arg::Value(command)) => command,
        Some(other) => return Err(other.unexpected().into()),
    };
    if asks_for_help(&arguments) {
        return Ok(help());
    }
    match command.to_string_lossy().as_ref() {
        "demo" => demo::run(&demo::Options::parse(arguments)?),
        "test" => test::run(&test::Options::parse(arguments)?),
        "bench" => bench::run(&bench::Options::parse(arguments)?),
        "setup" => setup::run(setup::Needs::parse(arguments)?),
        "soak" => soak::run(&soak::Options::parse(arguments)?),
        "help" => Ok(help()),
        unknown => Err(Failure::new(format!(
            "there is no command `{unknown}`: use demo, test, bench, setup or soak"
        ))),
    }
}

fn asks_for_help(arguments: &lexopt::Parser) -> bool {
    let mut rest = arguments.clone();
    rest.raw_args().is_ok_and(|mut rest| rest.any(|word| word == "--help" || word == "-h"))
}

/// A reader that has seen enough (`| head`) is no failure.
fn help() -> ExitCode {
    match io::stdout().write_all(HELP.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}

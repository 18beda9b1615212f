//! Looks at a database server and says what to change, dearest first.
//!
//! `doctor postgres://user@host/database` prints it as text; `mysql://…` is for MySQL and MariaDB. It
//! only reads, on at most two connections, and every statement is limited in time.
//!
//! It ends with 0, with 1 when something was found that is as bad as `--fail-on` says, and with 2 when
//! it could not look.

mod known;
mod look;
mod options;
mod report;
mod service;

use std::error::Error;
use std::fmt::{Display, Write};
use std::process::ExitCode;

use known::Known;
use options::{Options, USAGE};

const FOUND: u8 = 1;
const COULD_NOT_LOOK: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match options::parse(lexopt::Parser::from_env()) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => return could_not_look(error),
    };
    match run(&options).await {
        Ok(true) => ExitCode::from(FOUND),
        Ok(false) => ExitCode::SUCCESS,
        Err(error) => could_not_look(with_causes(&*error)),
    }
}

fn could_not_look(why: impl Display) -> ExitCode {
    eprintln!("{why}");
    ExitCode::from(COULD_NOT_LOOK)
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

/// Whether something was found that is as bad as the options say.
async fn run(options: &Options) -> Result<bool, Box<dyn Error>> {
    let known = Known::read(options)?;
    let mut report = look::look(options).await?;
    known.leave_out(&mut report);
    match report.write(options.format, &mut std::io::stdout().lock()) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        outcome => outcome?,
    }
    let worst = report.findings.iter().map(|finding| finding.severity).max();
    Ok(options.fail_on.is_some_and(|limit| worst >= Some(limit)))
}

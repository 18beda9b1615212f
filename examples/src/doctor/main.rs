//! Looks at a database server and says what to change, dearest first.
//!
//! `doctor postgres://user@host/database` prints it as text. It only reads, on at most two
//! connections, and every statement is limited in time.
//!
//! It ends with 0, with 1 when something was found that is as bad as `--fail-on` says, and with 2 when
//! it could not look.

mod baseline;
mod options;
mod report;
mod service;

use std::error::Error;
use std::process::ExitCode;

use options::{Options, USAGE};
use perf_db::advise::{Advisor, Checkup};
use report::{Format, Report};

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
        Err(error) => return could_not_look(&error),
    };
    match run(&options).await {
        Ok(true) => ExitCode::from(FOUND),
        Ok(false) => ExitCode::SUCCESS,
        Err(error) => could_not_look(&*error),
    }
}

fn could_not_look(error: &(impl std::fmt::Display + ?Sized)) -> ExitCode {
    eprintln!("{error}");
    ExitCode::from(COULD_NOT_LOOK)
}

/// Whether something was found that is as bad as the options say.
async fn run(options: &Options) -> Result<bool, Box<dyn Error>> {
    let known = options.baseline.as_deref().map(baseline::read).transpose()?.unwrap_or_default();
    let service = options.service.as_deref().map(service::read).transpose()?;
    let mut advisor = Advisor::connect(&options.url).await?;
    if let Some(service) = &service {
        advisor = advisor.recorder(service);
    }
    let diagnosis = Checkup::new().statements(options.statements).run(&advisor).await?;
    let mut report = Report::from(diagnosis);
    if !options.plans && !matches!(options.format, Format::Html) {
        report.plans.clear();
    }
    report.findings.retain(|finding| !known.contains(&finding.key));
    report.write(options.format, &mut std::io::stdout().lock())?;
    let worst = report.findings.iter().map(|finding| finding.severity).max();
    Ok(options.fail_on.is_some_and(|limit| worst >= Some(limit)))
}

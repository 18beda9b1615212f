use std::path::PathBuf;

use lexopt::{Arg, ValueExt};
use perf_core::finding::Severity;

use crate::report::Format;

pub(crate) const USAGE: &str = "\
usage: doctor URL [OPTIONS]

  URL                    postgres://user:password@host:port/database
  --format FORMAT        text, json, markdown or html (default: text)
  --fail-on SEVERITY     ends with 1 when a finding is info, warning or critical, or worse
  --baseline FILE        leaves out what a former run with --format json has found
  --plans                shows as text, too, the plans in which something was found
  --service FILE         names the lines that send statements, from a service's /perf/report.json
  --statements N         how many statements to plan, dearest first (default: 200)
";

/// What the command line asks for.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) url: String,
    pub(crate) format: Format,
    pub(crate) fail_on: Option<Severity>,
    pub(crate) baseline: Option<PathBuf>,
    pub(crate) plans: bool,
    pub(crate) service: Option<PathBuf>,
    pub(crate) statements: usize,
}

/// `None` when only help is asked for.
pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Option<Options>, String> {
    let (mut url, mut format, mut fail_on, mut baseline) = (None, Format::Text, None, None);
    let (mut plans, mut service, mut statements) = (false, None, 200);
    while let Some(argument) = arguments.next().map_err(|error| error.to_string())? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            Arg::Long("format") => format = Format::of(&value(&mut arguments)?)?,
            Arg::Long("fail-on") => fail_on = Some(severity(&value(&mut arguments)?)?),
            Arg::Long("baseline") => baseline = Some(PathBuf::from(value(&mut arguments)?)),
            Arg::Long("plans") => plans = true,
            Arg::Long("service") => service = Some(PathBuf::from(value(&mut arguments)?)),
            Arg::Long("statements") => {
                statements =
                    value(&mut arguments)?.parse().map_err(|_| "--statements takes a number")?;
            }
            Arg::Value(value) if url.is_none() => {
                url = Some(value.string().map_err(|error| error.to_string())?);
            }
            other => {
                return Err(format!("{}; doctor --help lists what there is", other.unexpected()));
            }
        }
    }
    let url = url.ok_or("which server? doctor postgres://user@host/database")?;
    Ok(Some(Options { url, format, fail_on, baseline, plans, service, statements }))
}

fn value(arguments: &mut lexopt::Parser) -> Result<String, String> {
    let value = arguments.value().map_err(|error| error.to_string())?;
    value.string().map_err(|error| error.to_string())
}

fn severity(name: &str) -> Result<Severity, String> {
    [Severity::Info, Severity::Warning, Severity::Critical]
        .into_iter()
        .find(|severity| severity.as_str() == name)
        .ok_or_else(|| format!("--fail-on takes info, warning or critical, not {name}"))
}

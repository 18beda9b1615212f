use std::path::PathBuf;
use std::time::Duration;

use lexopt::{Arg, ValueExt};
use perf_core::finding::Severity;
use perf_db::advise::settings::{Machine, Purpose, Storage};

use crate::report::Format;

pub(crate) const USAGE: &str = "\
usage: doctor URL [OPTIONS]

  URL                    postgres://user:password@host:port/database, or mysql://…
  --replica URL          a replica of it, which has counters of its own; may be repeated
  --format FORMAT        text, json, markdown or html (default: text)
  --details              shows as text, too, the plans in which something was found, and the
                         indexes that were looked at and are not proposed
  --fail-on SEVERITY     ends with 1 when a finding is info, warning or critical, or worse
  --suppress FILE        what to leave out, with reasons (default: perf.toml, where it is); the
                         other formats than text show the keys to name there
  --baseline FILE        leaves out what a former run with --format json has found
  --service FILE         names the lines that send statements, from a service's /perf/report.json
  --statements N         how many statements to plan, dearest first (default: 200)
  --counted-for DAYS     for how long a server must have counted before an index is called
                         unused or needless (default: 7)
  --memory GIB           the server's memory, and
  --cores N              its cores, for the settings that suit it
  --storage STORAGE      hdd, ssd, san or nvme (default: ssd)
  --purpose PURPOSE      web, oltp, warehouse, desktop or mixed (default: web)

For MySQL and MariaDB --replica, --service, --statements, --memory, --cores, --storage and --purpose
have no effect. It ends with 2 when it could not look.
";

/// What the command line asks for.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) server: Server,
    pub(crate) replicas: Vec<String>,
    pub(crate) format: Format,
    details: bool,
    pub(crate) fail_on: Option<Severity>,
    pub(crate) suppress: Option<PathBuf>,
    pub(crate) baseline: Option<PathBuf>,
    pub(crate) service: Option<PathBuf>,
    pub(crate) statements: usize,
    pub(crate) counted_for: Duration,
    pub(crate) machine: Option<Machine>,
}

/// The address of a server.
pub(crate) enum Server {
    Postgres(String),
    Mysql(String),
}

/// Without the address, which may hold a password.
impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Postgres(_) => "Postgres",
            Self::Mysql(_) => "Mysql",
        })
    }
}

impl Options {
    pub(crate) fn shows_details(&self) -> bool {
        self.details || matches!(self.format, Format::Html)
    }
}

/// `None` when only help is asked for.
pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Option<Options>, String> {
    let (mut url, mut replicas, mut format, mut details) = (None, Vec::new(), Format::Text, false);
    let (mut fail_on, mut suppress, mut baseline, mut service) = (None, None, None, None);
    let (mut statements, mut days) = (200, 7.0);
    let (mut memory, mut cores) = (None, None);
    let (mut storage, mut purpose) = (Storage::default(), Purpose::default());
    while let Some(argument) = arguments.next().map_err(|error| error.to_string())? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            Arg::Long("replica") => replicas.push(value(&mut arguments)?),
            Arg::Long("format") => format = Format::of(&value(&mut arguments)?)?,
            Arg::Long("details") => details = true,
            Arg::Long("fail-on") => fail_on = Some(severity(&value(&mut arguments)?)?),
            Arg::Long("suppress") => suppress = Some(PathBuf::from(value(&mut arguments)?)),
            Arg::Long("baseline") => baseline = Some(PathBuf::from(value(&mut arguments)?)),
            Arg::Long("service") => service = Some(PathBuf::from(value(&mut arguments)?)),
            Arg::Long("statements") => statements = number("--statements", &mut arguments)?,
            Arg::Long("counted-for") => days = number("--counted-for", &mut arguments)?,
            Arg::Long("memory") => memory = Some(number("--memory", &mut arguments)?),
            Arg::Long("cores") => cores = Some(number("--cores", &mut arguments)?),
            Arg::Long("storage") => storage = storage_named(&value(&mut arguments)?)?,
            Arg::Long("purpose") => purpose = purpose_named(&value(&mut arguments)?)?,
            Arg::Value(value) if url.is_none() => {
                url = Some(value.string().map_err(|error| error.to_string())?);
            }
            // Not shown: it may be an address with a password.
            Arg::Value(_) => return Err("doctor looks at one server: give one address".to_owned()),
            other => {
                return Err(format!("{}; doctor --help lists what there is", other.unexpected()));
            }
        }
    }
    let url: String = url.ok_or("which server? doctor postgres://user@host/database")?;
    let server = match url.split_once("://") {
        Some(("mysql", _)) => Server::Mysql(url),
        Some((scheme, _)) if is_other(scheme) => {
            return Err("an address begins with postgres:// or mysql://".to_owned());
        }
        _ => Server::Postgres(url),
    };
    let counted_for = Duration::try_from_secs_f64(days * 86_400.0)
        .map_err(|_| "--counted-for takes a number of days")?;
    let machine = match (memory, cores) {
        (Some(memory), Some(cores)) => Some(machine(memory, cores, storage, purpose)?),
        (None, None) => None,
        _ => return Err("--memory and --cores belong together: settings go by both".to_owned()),
    };
    Ok(Some(Options {
        server,
        replicas,
        format,
        details,
        fail_on,
        suppress,
        baseline,
        service,
        statements,
        counted_for,
        machine,
    }))
}

/// What a server has at least: 64 MiB.
const LEAST_GIB: f64 = 0.0625;

/// Whether it is the scheme of something else than PostgreSQL, and not the start of `host=… user=…`.
fn is_other(scheme: &str) -> bool {
    !["postgres", "postgresql"].contains(&scheme) && !scheme.contains('=')
}

fn machine(gib: f64, cores: u32, storage: Storage, purpose: Purpose) -> Result<Machine, String> {
    if gib.is_nan() || gib < LEAST_GIB {
        return Err(format!("--memory takes GiB, {LEAST_GIB} at least"));
    }
    let bytes = (gib * f64::from(1 << 30)) as u64;
    Machine::builder(bytes, cores)
        .storage(storage)
        .purpose(purpose)
        .build()
        .map_err(|error| error.to_string())
}

fn value(arguments: &mut lexopt::Parser) -> Result<String, String> {
    let value = arguments.value().map_err(|error| error.to_string())?;
    value.string().map_err(|error| error.to_string())
}

fn number<T: std::str::FromStr>(option: &str, arguments: &mut lexopt::Parser) -> Result<T, String> {
    value(arguments)?.parse().map_err(|_| format!("{option} takes a number"))
}

fn severity(name: &str) -> Result<Severity, String> {
    [Severity::Info, Severity::Warning, Severity::Critical]
        .into_iter()
        .find(|severity| severity.as_str() == name)
        .ok_or_else(|| format!("--fail-on takes info, warning or critical, not {name}"))
}

fn storage_named(name: &str) -> Result<Storage, String> {
    Ok(match name {
        "hdd" => Storage::Hdd,
        "ssd" => Storage::Ssd,
        "san" => Storage::San,
        "nvme" => Storage::Nvme,
        _ => return Err(format!("--storage takes hdd, ssd, san or nvme, not {name}")),
    })
}

fn purpose_named(name: &str) -> Result<Purpose, String> {
    Ok(match name {
        "web" => Purpose::Web,
        "oltp" => Purpose::Oltp,
        "warehouse" => Purpose::Warehouse,
        "desktop" => Purpose::Desktop,
        "mixed" => Purpose::Mixed,
        _ => {
            let text = "--purpose takes web, oltp, warehouse, desktop or mixed, not";
            return Err(format!("{text} {name}"));
        }
    })
}

use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lexopt::{Arg, ValueExt};

use super::token::Token;
use crate::failure::Failure;

const REPLICAS: std::ops::RangeInclusive<usize> = 0..=5;
const RATES: std::ops::RangeInclusive<u32> = 1..=100_000;

/// What the user asked of the demo.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) once: bool,
    pub(crate) json: Option<PathBuf>,
    pub(crate) redis: bool,
    /// Replicas of the database.
    pub(crate) replicas: usize,
    pub(crate) duration: Duration,
    /// Requests per second.
    pub(crate) rate: u32,
    pub(crate) port: u16,
    /// A random one unless the user chose it.
    pub(crate) token: Option<Token>,
}

impl Options {
    pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Self, Failure> {
        let mut options = Self {
            once: false,
            json: None,
            redis: true,
            replicas: 0,
            duration: Duration::from_secs(20),
            rate: 150,
            port: 3000,
            token: None,
        };
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Long("once") => options.once = true,
                Arg::Long("json") => options.json = Some(arguments.value()?.into()),
                Arg::Long("no-redis") => options.redis = false,
                Arg::Long("replicas") => {
                    options.replicas = replicas(&arguments.value()?.string()?)?;
                }
                Arg::Long("duration") => {
                    options.duration = duration(&arguments.value()?.string()?)?
                }
                Arg::Long("rate") => options.rate = rate(&arguments.value()?.string()?)?,
                Arg::Long("port") => options.port = port(&arguments.value()?.string()?)?,
                Arg::Long("token") => options.token = Some(token(arguments.value()?)?),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }

    /// Refuses now what would fail only after minutes of building and seeding.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if let Some(file) = &self.json {
            writable(file)?;
        }
        match TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)) {
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::because(
                format!(
                    "port {} of 127.0.0.1 cannot be used: end what uses it, or choose another \
                     with --port (0 takes a free one)",
                    self.port
                ),
                error,
            )),
        }
    }
}

fn duration(text: &str) -> Result<Duration, Failure> {
    humantime::parse_duration(text).ok().filter(|duration| !duration.is_zero()).ok_or_else(|| {
        Failure::new(format!("--duration `{text}` is no length of time: write one like 20s or 2m"))
    })
}

fn rate(text: &str) -> Result<u32, Failure> {
    text.parse().ok().filter(|rate| RATES.contains(rate)).ok_or_else(|| {
        let (least, most) = (RATES.start(), RATES.end());
        Failure::new(format!("--rate `{text}` is no rate: write a number from {least} to {most}"))
    })
}

fn replicas(text: &str) -> Result<usize, Failure> {
    text.parse().ok().filter(|replicas| REPLICAS.contains(replicas)).ok_or_else(|| {
        let (least, most) = (REPLICAS.start(), REPLICAS.end());
        Failure::new(format!("--replicas `{text}`: write a number from {least} to {most}"))
    })
}

fn port(text: &str) -> Result<u16, Failure> {
    text.parse().map_err(|_| {
        Failure::new(format!("--port `{text}` is no port: write a number from 0 to 65535"))
    })
}

/// Not by way of `ValueExt`, whose error quotes the value.
fn token(value: OsString) -> Result<Token, Failure> {
    value.to_str().map_or_else(|| Err(Token::refused()), Token::parse)
}

fn writable(file: &Path) -> Result<(), Failure> {
    let folder = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if file.is_dir() {
        Err(Failure::new(format!("--json {} is a folder: name a file", file.display())))
    } else if !folder.is_dir() {
        Err(Failure::new(format!(
            "--json {}: there is no folder {}: make it first",
            file.display(),
            folder.display()
        )))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Options, Failure> {
        Options::parse(lexopt::Parser::from_args(words))
    }

    fn refusal(words: &[&str]) -> String {
        parse(words).err().map_or_else(String::new, |failure| failure.to_string())
    }

    #[test]
    fn every_option_is_understood() -> Result<(), Failure> {
        let words = "--once --json r.json --no-redis --replicas 2 --duration 90s --rate 40 --port 0 \
                     --token lamp-lamp";
        let options = parse(&words.split_whitespace().collect::<Vec<_>>())?;
        assert!(options.once && !options.redis);
        assert_eq!(options.replicas, 2);
        assert_eq!(options.json, Some(PathBuf::from("r.json")));
        assert_eq!(options.duration, Duration::from_secs(90));
        assert_eq!((options.rate, options.port), (40, 0));
        assert_eq!(options.token, Some(Token::parse("lamp-lamp")?));
        Ok(())
    }

    #[test]
    fn a_bad_value_is_named_with_what_would_be_good() {
        assert!(refusal(&["--duration", "soon"]).contains("like 20s"));
        assert!(refusal(&["--duration", "0s"]).contains("like 20s"));
        assert!(refusal(&["--rate", "0"]).contains("from 1 to 100000"));
        assert!(refusal(&["--replicas", "6"]).contains("from 0 to 5"));
        assert!(refusal(&["--port", "65536"]).contains("from 0 to 65535"));
        assert!(refusal(&["--token", "short"]).contains("at least 8 visible ASCII"));
        assert!(refusal(&["--loud"]).contains("--loud"));
    }

    #[test]
    fn a_port_in_use_is_refused_before_anything_is_built() -> Result<(), Box<dyn std::error::Error>>
    {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = taken.local_addr()?.port();
        let options = parse(&["--port", &port.to_string()]).map_err(|error| error.to_string())?;
        let refusal = options.check().err().map_or_else(String::new, |error| error.to_string());
        assert!(refusal.contains(&port.to_string()) && refusal.contains("--port"), "{refusal}");
        Ok(())
    }

    #[test]
    fn a_report_file_that_cannot_be_written_is_refused() {
        let file = Path::new("/nowhere/report.json");
        assert!(writable(file).is_err_and(|failure| failure.to_string().contains("/nowhere")));
        assert!(writable(Path::new("/tmp")).is_err());
        assert!(writable(Path::new("report.json")).is_ok());
    }
}

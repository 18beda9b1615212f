//! `cargo xtask setup`: PostgreSQL and Redis are there, or get installed, or the user learns how.

use std::process::{Command, ExitCode, Stdio};

use lexopt::Arg;

use crate::failure::Failure;
use crate::step;

const INSTALL: &str = include_str!("install.sh");

/// Which servers a command needs, beside PostgreSQL.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needs {
    pub(crate) redis: bool,
}

impl Needs {
    pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Self, Failure> {
        let mut needs = Self { redis: true };
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Long("no-redis") => needs.redis = false,
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(needs)
    }
}

/// The command itself: also tells where the servers are.
pub(crate) fn run(needs: Needs) -> Result<ExitCode, Failure> {
    ensure(needs)?;
    println!("PostgreSQL: {}", testbed::locate::postgres()?.display());
    if needs.redis {
        println!("Redis: {}", testbed::locate::redis()?.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Installs what is missing. Quick and silent when nothing is.
pub(crate) fn ensure(needs: Needs) -> Result<(), Failure> {
    let missing = missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let Some(mut install) = as_root() else {
        return Err(by_hand(&missing));
    };
    install.args(["sh", "-c", INSTALL, "install"]).args(missing.iter().map(|need| need.debian));
    step::titled(&format!("installing {}", names(&missing)), &mut install)?;
    match self::missing(needs) {
        still if still.is_empty() => Ok(()),
        still => Err(Failure::new(format!(
            "apt-get installed its packages, but {} is still not found: look at PATH",
            names(&still)
        ))),
    }
}

/// A package by the names of those who package it.
#[derive(Debug)]
struct Package {
    debian: &'static str,
    fedora: &'static str,
    homebrew: &'static str,
}

const POSTGRES: Package =
    Package { debian: "postgresql", fedora: "postgresql-server", homebrew: "postgresql@17" };
const CONTRIB: Package = Package {
    debian: "postgresql-contrib",
    fedora: "postgresql-contrib",
    homebrew: "postgresql@17",
};
const REDIS: Package = Package { debian: "redis-server", fedora: "valkey", homebrew: "redis" };

fn missing(needs: Needs) -> Vec<Package> {
    let mut missing = Vec::new();
    match testbed::locate::postgres() {
        Ok(bin) if testbed::locate::pg_stat_statements(&bin).is_err() => missing.push(CONTRIB),
        Ok(_) => {}
        Err(_) => missing.extend([POSTGRES, CONTRIB]),
    }
    if needs.redis && testbed::locate::redis().is_err() {
        missing.push(REDIS);
    }
    missing
}

fn names(packages: &[Package]) -> String {
    packages.iter().map(|package| package.debian).collect::<Vec<_>>().join(" ")
}

/// The beginning of a command that runs as root with apt-get at hand, if there is a way.
fn as_root() -> Option<Command> {
    succeeds("apt-get", &["--version"]).then_some(())?;
    if is_root() {
        Some(Command::new("env"))
    } else if succeeds("sudo", &["-n", "true"]) {
        let mut command = Command::new("sudo");
        command.arg("-n");
        Some(command)
    } else {
        None
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn by_hand(missing: &[Package]) -> Failure {
    let list = |name: fn(&Package) -> &'static str| {
        let mut names: Vec<&str> = missing.iter().map(name).collect();
        names.dedup();
        names.join(" ")
    };
    Failure::new(format!(
        "{debian} is missing, and installing it needs apt-get with root or with sudo without a \
         password; install it by hand:\n  \
         Debian, Ubuntu   sudo apt-get install --no-install-recommends {debian}\n  \
         Fedora           sudo dnf install {fedora}\n  \
         Homebrew         brew install {homebrew}",
        debian = list(|package| package.debian),
        fedora = list(|package| package.fedora),
        homebrew = list(|package| package.homebrew),
    ))
}

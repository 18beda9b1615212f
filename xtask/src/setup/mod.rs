//! `cargo xtask setup`: the programs that tests and demo need are there, or get installed, or the
//! user learns how.

mod needs;
mod packages;

use std::process::{Command, ExitCode, Stdio};

pub(crate) use self::needs::Needs;
use self::packages::{Package, names};
use crate::failure::Failure;
use crate::step;

const INSTALL: &str = include_str!("install.sh");

/// The command itself: also tells where everything is.
pub(crate) fn run(needs: Needs) -> Result<ExitCode, Failure> {
    ensure(needs)?;
    needs.places()?.iter().for_each(|place| println!("{place}"));
    Ok(ExitCode::SUCCESS)
}

/// Installs what is missing. Quick and silent when nothing is.
pub(crate) fn ensure(needs: Needs) -> Result<(), Failure> {
    let missing = || needs.missing(|program| succeeds(program, &["--version"]));
    let mut before = missing();
    // Packages that have PostgreSQL's version in their names are known in the second round.
    for _ in 0..2 {
        if before.is_empty() {
            return Ok(());
        }
        before = install(&before, missing)?;
    }
    match before.is_empty() {
        true => Ok(()),
        false => Err(not_found(&before)),
    }
}

/// Installs these and returns what is missing then, which is none of these.
fn install(
    wanted: &[Package],
    missing: impl Fn() -> Vec<Package>,
) -> Result<Vec<Package>, Failure> {
    let Some(mut install) = as_root() else {
        return Err(by_hand(wanted));
    };
    install.args(["sh", "-c", INSTALL, "install"]).args(wanted.iter().map(|need| &*need.debian));
    step::titled(&format!("installing {}", debian(wanted)), &mut install)?;
    let (still, others): (Vec<_>, Vec<_>) = missing()
        .into_iter()
        .partition(|package| wanted.iter().any(|wanted| wanted.debian == package.debian));
    if still.is_empty() { Ok(others) } else { Err(not_found(&still)) }
}

fn not_found(packages: &[Package]) -> Failure {
    Failure::new(format!(
        "apt-get installed its packages, but {} is still not found: look at PATH",
        debian(packages)
    ))
}

fn debian(packages: &[Package]) -> String {
    names(packages, |package| &package.debian)
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
    Failure::new(format!(
        "{debian} is missing, and installing it needs apt-get with root or with sudo without a \
         password; install it by hand:\n  \
         Debian, Ubuntu   sudo apt-get install --no-install-recommends {debian}\n  \
         Fedora           sudo dnf install {fedora}\n  \
         Homebrew         brew install {homebrew}",
        debian = debian(missing),
        fedora = names(missing, |package| package.fedora),
        homebrew = names(missing, |package| package.homebrew),
    ))
}

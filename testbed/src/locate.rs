//! Where the programs are. `cargo xtask setup` asks the same questions.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;

const POSTGRES_MISSING: Error =
    Error::Missing { program: "PostgreSQL", package: Cow::Borrowed("postgresql") };

/// The folder with PostgreSQL's `initdb`, `postgres` and `psql`.
///
/// Looked for on `PATH`, at `pg_config --bindir`, under `/usr/lib/postgresql` (newest version
/// first) and where Homebrew puts it.
///
/// # Errors
/// [`Error::Missing`] when no folder has all three.
pub fn postgres() -> Result<PathBuf, Error> {
    let on_path = on_path("initdb").and_then(|file| parents(&file));
    on_path
        .into_iter()
        .flatten()
        .chain(pg_config(Path::new("pg_config"), "--bindir"))
        .chain(versions("/usr/lib/postgresql", "", "bin"))
        .chain(versions("/opt/homebrew/opt", "postgresql", "bin"))
        .chain(versions("/usr/local/opt", "postgresql", "bin"))
        .find(|bin| ["initdb", "postgres", "psql"].iter().all(|name| bin.join(name).is_file()))
        .ok_or(POSTGRES_MISSING)
}

/// The control file of PostgreSQL's extension `pg_stat_statements`.
///
/// `bin` is what [`postgres`] returned.
///
/// # Errors
/// [`Error::Missing`] when the extension is not installed.
pub fn pg_stat_statements(bin: &Path) -> Result<PathBuf, Error> {
    extension(bin, "pg_stat_statements").ok_or(Error::Missing {
        program: "PostgreSQL's extension pg_stat_statements",
        package: Cow::Borrowed("postgresql-contrib"),
    })
}

/// The control file of PostgreSQL's extension `hypopg`.
///
/// `bin` is what [`postgres`] returned.
///
/// # Errors
/// [`Error::Missing`] when the extension is not installed; Debian has a package of it for each
/// version of PostgreSQL.
pub fn hypopg(bin: &Path) -> Result<PathBuf, Error> {
    extension(bin, "hypopg").ok_or_else(|| Error::Missing {
        program: "PostgreSQL's extension hypopg",
        package: match postgres_version(bin) {
            Some(version) => format!("postgresql-{version}-hypopg").into(),
            None => Cow::Borrowed("hypopg"),
        },
    })
}

fn extension(bin: &Path, name: &str) -> Option<PathBuf> {
    let prefix = bin.parent().unwrap_or(bin);
    let version = prefix.file_name().unwrap_or_default();
    [
        pg_config(&bin.join("pg_config"), "--sharedir"),
        Some(Path::new("/usr/share/postgresql").join(version)),
        Some(prefix.join("share/pgsql")),
        Some(prefix.join("share/postgresql")),
    ]
    .into_iter()
    .flatten()
    .map(|share| share.join(format!("extension/{name}.control")))
    .find(|file| file.is_file())
}

/// The major version, which the program tells as `postgres (PostgreSQL) 15.14 (Debian …)`.
fn postgres_version(bin: &Path) -> Option<u32> {
    let output = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
    let answer = String::from_utf8(output.stdout).ok()?;
    let (_, version) = answer.split_once("(PostgreSQL) ")?;
    version.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

/// The program `redis-server`, or `valkey-server` where that took its place.
///
/// # Errors
/// [`Error::Missing`] when neither is on `PATH` or where Homebrew puts it.
pub fn redis() -> Result<PathBuf, Error> {
    program(&["redis-server", "valkey-server"])
        .ok_or(Error::Missing { program: "redis-server", package: Cow::Borrowed("redis-server") })
}

/// The program `pgbouncer`, which Debian puts where the `PATH` of most users does not lead.
///
/// # Errors
/// [`Error::Missing`] when it is neither on `PATH` nor where packages put programs.
pub fn pgbouncer() -> Result<PathBuf, Error> {
    program(&["pgbouncer"])
        .ok_or(Error::Missing { program: "pgbouncer", package: Cow::Borrowed("pgbouncer") })
}

/// The programs of MariaDB.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MariaDbPrograms {
    /// `mariadbd`.
    pub server: PathBuf,
    /// `mariadb-install-db`, which makes a data folder.
    pub install: PathBuf,
    /// `mariadb`.
    pub client: PathBuf,
}

/// The programs of MariaDB, of which Debian puts the server where the `PATH` of most users does
/// not lead.
///
/// # Errors
/// [`Error::Missing`] when one of them is neither on `PATH` nor where packages put programs.
pub fn mariadb() -> Result<MariaDbPrograms, Error> {
    let find = |name| {
        let package = Cow::Borrowed("mariadb-server");
        program(&[name]).ok_or(Error::Missing { program: name, package })
    };
    Ok(MariaDbPrograms {
        server: find("mariadbd")?,
        install: find("mariadb-install-db")?,
        client: find("mariadb")?,
    })
}

/// The program `chromium`, by that name or by one of those that other systems give it.
///
/// # Errors
/// [`Error::Missing`] when none is on `PATH`, where Homebrew puts it, or among the applications
/// of macOS.
pub fn chromium() -> Result<PathBuf, Error> {
    let application = Path::new("/Applications/Chromium.app/Contents/MacOS/Chromium");
    program(&["chromium", "chromium-browser", "google-chrome"])
        .or_else(|| application.is_file().then(|| application.to_owned()))
        .ok_or(Error::Missing { program: "chromium", package: Cow::Borrowed("chromium") })
}

/// The program `chromedriver`, which must be of the same version as [`chromium`].
///
/// # Errors
/// [`Error::Missing`] when it is neither on `PATH` nor where Homebrew puts it.
pub fn chromedriver() -> Result<PathBuf, Error> {
    program(&["chromedriver"]).ok_or(Error::Missing {
        program: "chromedriver",
        package: Cow::Borrowed("chromium-driver"),
    })
}

/// The program `promtool`. Debian has it in the package of the Prometheus server.
///
/// # Errors
/// [`Error::Missing`] when it is neither on `PATH` nor where Homebrew puts it.
pub fn promtool() -> Result<PathBuf, Error> {
    program(&["promtool"])
        .ok_or(Error::Missing { program: "promtool", package: Cow::Borrowed("prometheus") })
}

/// The first of these programs on `PATH`, else in the folders where packages put programs.
fn program(names: &[&str]) -> Option<PathBuf> {
    const FOLDERS: [&str; 4] = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/opt/homebrew/bin"];
    names.iter().find_map(|name| on_path(name)).or_else(|| {
        let places =
            FOLDERS.iter().flat_map(|at| names.iter().map(|name| Path::new(at).join(name)));
        places.into_iter().find(|file| file.is_file())
    })
}

/// The first file of that name on `PATH`.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The folder that a link points into, and the folder that the link lies in.
fn parents(file: &Path) -> Option<[PathBuf; 2]> {
    let target = file.canonicalize().ok()?;
    Some([target.parent()?.to_owned(), file.parent()?.to_owned()])
}

fn pg_config(program: &Path, question: &str) -> Option<PathBuf> {
    let output = Command::new(program).arg(question).output().ok()?;
    let answer = String::from_utf8(output.stdout).ok()?;
    (!answer.trim().is_empty()).then(|| PathBuf::from(answer.trim()))
}

/// `root/<prefix><version>/<below>` for each version that is there, newest first.
fn versions(root: &str, prefix: &str, below: &str) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name.strip_prefix(prefix)?.trim_start_matches('@').split('.').next()?;
            Some((version.parse().unwrap_or(0), entry.path().join(below)))
        })
        .collect();
    found.sort_by_key(|(version, _)| Reverse(*version));
    found.into_iter().map(|(_, path)| path).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_newest_version_comes_first_and_other_programs_are_left_out() -> std::io::Result<()> {
        let root = tempfile::tempdir()?;
        for name in ["postgresql", "postgresql@9.6", "postgresql@17", "postgresql@15", "redis"] {
            fs::create_dir(root.path().join(name))?;
        }
        let found = versions(&root.path().to_string_lossy(), "postgresql", "bin");
        let names = ["postgresql@17", "postgresql@15", "postgresql@9.6", "postgresql"];
        assert_eq!(found, names.map(|name| root.path().join(name).join("bin")));
        Ok(())
    }
}

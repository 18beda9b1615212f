//! What the packages are called by those who package them.

use std::borrow::Cow;

/// A package. An empty name means that the system needs none.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) debian: Cow<'static, str>,
    pub(crate) fedora: &'static str,
    pub(crate) homebrew: &'static str,
}

pub(crate) const POSTGRES: Package = package("postgresql", "postgresql-server", "postgresql@17");
pub(crate) const CONTRIB: Package =
    package("postgresql-contrib", "postgresql-contrib", "postgresql@17");
pub(crate) const PGBOUNCER: Package = package("pgbouncer", "pgbouncer", "pgbouncer");
pub(crate) const REDIS: Package = package("redis-server", "valkey", "redis");
pub(crate) const CHROMIUM: Package = package("chromium", "chromium", "chromium");
/// Without recommended packages Chromium may come without a font that is good to read.
pub(crate) const FONTS: Package = package("fonts-dejavu-core", "dejavu-sans-fonts", "");
pub(crate) const CHROMEDRIVER: Package = package("chromium-driver", "chromedriver", "chromedriver");
/// Nobody packages promtool apart from the server.
pub(crate) const PROMTOOL: Package = package("prometheus", "/usr/bin/promtool", "prometheus");
pub(crate) const NPM: Package = package("npm", "npm", "node");
/// The compiler of macOS comes with its linker, which Rust needs too.
pub(crate) const CXX: Package = package("g++", "gcc-c++", "");

pub(crate) const MARIADB: Package = package("mariadb-server", "mariadb-server", "mariadb");

/// Each version of PostgreSQL has a package of its own. Fedora has it from PostgreSQL's repository;
/// Homebrew has none.
pub(crate) fn hypopg(debian: impl Into<Cow<'static, str>>) -> Package {
    Package { debian: debian.into(), ..package("", "hypopg_17", "") }
}

const fn package(debian: &'static str, fedora: &'static str, homebrew: &'static str) -> Package {
    Package { debian: Cow::Borrowed(debian), fedora, homebrew }
}

/// The names that one packager gives to these packages, as words of a command.
pub(crate) fn names(packages: &[Package], name: fn(&Package) -> &str) -> String {
    let mut names: Vec<&str> = packages.iter().map(name).filter(|name| !name.is_empty()).collect();
    names.dedup();
    names.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_named_once_and_only_where_there_is_one() {
        let packages = [POSTGRES, CONTRIB, CHROMIUM, FONTS];
        assert_eq!(
            names(&packages, |package| &package.debian),
            "postgresql postgresql-contrib chromium fonts-dejavu-core"
        );
        assert_eq!(names(&packages, |package| package.homebrew), "postgresql@17 chromium");
    }

    #[test]
    fn hypopg_is_named_as_the_version_that_was_found() {
        let packages = [hypopg("postgresql-15-hypopg"), MARIADB];
        assert_eq!(
            names(&packages, |package| &package.debian),
            "postgresql-15-hypopg mariadb-server"
        );
        assert_eq!(names(&packages, |package| package.homebrew), "mariadb");
    }
}

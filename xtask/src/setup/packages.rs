//! What the packages are called by those who package them.

/// A package. An empty name means that the system needs none.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) debian: &'static str,
    pub(crate) fedora: &'static str,
    pub(crate) homebrew: &'static str,
}

pub(crate) const POSTGRES: Package =
    Package { debian: "postgresql", fedora: "postgresql-server", homebrew: "postgresql@17" };
pub(crate) const CONTRIB: Package = Package {
    debian: "postgresql-contrib",
    fedora: "postgresql-contrib",
    homebrew: "postgresql@17",
};
pub(crate) const PGBOUNCER: Package =
    Package { debian: "pgbouncer", fedora: "pgbouncer", homebrew: "pgbouncer" };
pub(crate) const REDIS: Package =
    Package { debian: "redis-server", fedora: "valkey", homebrew: "redis" };
pub(crate) const CHROMIUM: Package =
    Package { debian: "chromium", fedora: "chromium", homebrew: "chromium" };
/// Without recommended packages Chromium may come without a font that is good to read.
pub(crate) const FONTS: Package =
    Package { debian: "fonts-dejavu-core", fedora: "dejavu-sans-fonts", homebrew: "" };
pub(crate) const CHROMEDRIVER: Package =
    Package { debian: "chromium-driver", fedora: "chromedriver", homebrew: "chromedriver" };
/// Nobody packages promtool apart from the server.
pub(crate) const PROMTOOL: Package =
    Package { debian: "prometheus", fedora: "/usr/bin/promtool", homebrew: "prometheus" };
pub(crate) const NPM: Package = Package { debian: "npm", fedora: "npm", homebrew: "node" };
/// The compiler of macOS comes with its linker, which Rust needs too.
pub(crate) const CXX: Package = Package { debian: "g++", fedora: "gcc-c++", homebrew: "" };

/// The names that one packager gives to these packages, as words of a command.
pub(crate) fn names(packages: &[Package], name: fn(&Package) -> &'static str) -> String {
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
            names(&packages, |package| package.debian),
            "postgresql postgresql-contrib chromium fonts-dejavu-core"
        );
        assert_eq!(names(&packages, |package| package.homebrew), "postgresql@17 chromium");
    }
}

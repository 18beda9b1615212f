use lexopt::Arg;
use testbed::Error;

use super::packages::{self, Package};
use crate::failure::Failure;

/// What a command needs beside PostgreSQL.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needs {
    redis: bool,
    /// What stands between a service and PostgreSQL in production: pgbouncer.
    pooler: bool,
    /// What the advisors are tested on: hypopg and MariaDB.
    advised: bool,
    /// What judges pages and metrics: Chromium, its driver and promtool.
    judges: bool,
    /// What fetches axe-core, and what compiles libFuzzer. Debian's npm is hundreds of packages, hence
    /// only where it is used.
    soak: bool,
}

impl Needs {
    /// For the tests.
    pub(crate) const TESTS: Self =
        Self { redis: true, pooler: true, advised: true, judges: true, soak: false };
    /// For the tests with axe-core, and the fuzz targets.
    pub(crate) const SOAK: Self =
        Self { redis: true, pooler: true, advised: true, judges: true, soak: true };

    /// For what runs a service but judges nothing.
    pub(crate) fn servers(redis: bool) -> Self {
        Self { redis, pooler: false, advised: false, judges: false, soak: false }
    }

    pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Self, Failure> {
        let mut needs = Self::TESTS;
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Long("no-redis") => needs.redis = false,
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(needs)
    }

    /// The packages to install. `runs` is asked for a program only where it matters.
    ///
    /// That of hypopg has a version in its name, so it is known only once PostgreSQL is there.
    pub(crate) fn missing(self, runs: impl Fn(&str) -> bool) -> Vec<Package> {
        let mut missing = Vec::new();
        match testbed::locate::postgres() {
            Ok(bin) if testbed::locate::pg_stat_statements(&bin).is_err() => {
                missing.push(packages::CONTRIB);
            }
            Ok(_) => {}
            Err(_) => missing.extend([packages::POSTGRES, packages::CONTRIB]),
        }
        if self.redis && testbed::locate::redis().is_err() {
            missing.push(packages::REDIS);
        }
        if self.pooler && testbed::locate::pgbouncer().is_err() {
            missing.push(packages::PGBOUNCER);
        }
        if self.advised {
            let bin = testbed::locate::postgres();
            if let Some(Err(Error::Missing { package, .. })) =
                bin.ok().map(|bin| testbed::locate::hypopg(&bin))
            {
                missing.push(packages::hypopg(package));
            }
            if testbed::locate::mariadb().is_err() {
                missing.push(packages::MARIADB);
            }
        }
        if self.judges {
            if testbed::locate::chromium().is_err() {
                missing.extend([packages::CHROMIUM, packages::FONTS]);
            }
            if testbed::locate::chromedriver().is_err() {
                missing.push(packages::CHROMEDRIVER);
            }
            if testbed::locate::promtool().is_err() {
                missing.push(packages::PROMTOOL);
            }
        }
        if self.soak && !runs("npm") {
            missing.push(packages::NPM);
        }
        if self.soak && !runs("c++") {
            missing.push(packages::CXX);
        }
        missing
    }

    /// Each program with where it is.
    pub(crate) fn places(self) -> Result<Vec<String>, testbed::Error> {
        use testbed::locate::{
            chromedriver, chromium, hypopg, mariadb, pgbouncer, postgres, promtool, redis,
        };

        let mut places = vec![("PostgreSQL", postgres()?)];
        if self.redis {
            places.push(("Redis", redis()?));
        }
        if self.pooler {
            places.push(("pgbouncer", pgbouncer()?));
        }
        if self.advised {
            places.extend([("hypopg", hypopg(&postgres()?)?), ("MariaDB", mariadb()?.server)]);
        }
        if self.judges {
            places.extend([
                ("Chromium", chromium()?),
                ("chromedriver", chromedriver()?),
                ("promtool", promtool()?),
            ]);
        }
        Ok(places.into_iter().map(|(name, path)| format!("{name}: {}", path.display())).collect())
    }
}

use std::fmt;

use perf_core::time::Duration;

use super::question::{Asker, Refusal, number, text};
use crate::advise::Missing;

/// Whose server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Vendor {
    /// MySQL, Percona Server, and what calls itself so.
    MySql,
    /// MariaDB.
    MariaDb,
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MySql => "MySQL",
            Self::MariaDb => "MariaDB",
        })
    }
}

/// The server that was looked at.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MysqlServer {
    /// Whose it is.
    pub vendor: Vendor,
    /// As it says it: `10.11.14-MariaDB-0+deb12u2`.
    pub version: String,
    /// How long it has been running.
    pub uptime: Duration,
    /// Whom it takes us for: `doctor@%`.
    pub user: String,
    /// Whether the performance schema is on.
    pub has_performance_schema: bool,
}

impl MysqlServer {
    pub(super) async fn ask(asker: &mut Asker<'_>) -> Result<Self, Refusal> {
        let facts = "select version(), current_user(), @@global.performance_schema";
        let row = asker.row(facts, Vec::new()).await?;
        let uptime = asker.row("show global status like 'Uptime'", Vec::new()).await?;
        let version = text(&row, 0).unwrap_or_default();
        Ok(Self {
            vendor: Vendor::of(&version),
            version,
            uptime: Duration::from_secs(number(&uptime, 1)),
            user: text(&row, 1).unwrap_or_default(),
            has_performance_schema: number(&row, 2) == 1,
        })
    }

    /// Major and minor version, 0 where they cannot be read.
    pub(super) fn release(&self) -> (u32, u32) {
        // MariaDB behind a proxy of MySQL may say `5.5.5-10.11.14-MariaDB`.
        let version = self.version.strip_prefix("5.5.5-").unwrap_or(&self.version);
        let mut numbers = version.split(|letter: char| !letter.is_ascii_digit());
        let mut next = || numbers.next().and_then(|number| number.parse().ok()).unwrap_or(0);
        (next(), next())
    }

    /// Whether the rules were made for this version.
    pub(super) fn is_known(&self) -> bool {
        match self.vendor {
            Vendor::MySql => self.release() >= (8, 0),
            Vendor::MariaDb => self.release() >= (10, 6),
        }
    }

    /// The user, as `grant` takes it.
    pub(super) fn grantee(&self) -> String {
        let (user, host) = self.user.rsplit_once('@').unwrap_or((&self.user, "%"));
        let quoted = |name: &str| format!("'{}'", name.replace('\'', "''"));
        format!("{}@{}", quoted(user), quoted(host))
    }

    pub(super) fn missing(&self) -> Vec<Missing> {
        let mut missing = Vec::new();
        if !self.is_known() {
            missing.push(Missing::new(
                "rules for this version",
                format!(
                    "the rules are made for MySQL 8 and MariaDB 10.6 and later, and this is {} {}",
                    self.vendor, self.version
                ),
            ));
        }
        if !self.has_performance_schema {
            missing.push(
                Missing::new(
                    "statements, and how often each index is used",
                    "the performance schema is off, and only a start of the server turns it on",
                )
                .remedy("performance_schema = ON  # below [mysqld] in my.cnf"),
            );
        }
        missing
    }
}

impl Vendor {
    fn of(version: &str) -> Self {
        match version.to_ascii_lowercase().contains("mariadb") {
            true => Self::MariaDb,
            false => Self::MySql,
        }
    }
}

#[cfg(test)]
impl MysqlServer {
    /// One of this version that has been running for a month.
    pub(super) fn of(version: &str) -> Self {
        Self {
            vendor: Vendor::of(version),
            version: version.to_owned(),
            uptime: Duration::from_secs(30 * 24 * 3_600),
            user: "doctor@%".to_owned(),
            has_performance_schema: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(version: &str, user: &str) -> MysqlServer {
        MysqlServer { user: user.to_owned(), ..MysqlServer::of(version) }
    }

    #[test]
    fn a_version_is_read_as_the_vendors_write_it() {
        let read = |version| {
            let server = server(version, "root@localhost");
            (server.vendor, server.release(), server.is_known())
        };
        assert_eq!(read("8.0.36-0ubuntu0.22.04.1"), (Vendor::MySql, (8, 0), true));
        assert_eq!(read("5.7.44-log"), (Vendor::MySql, (5, 7), false));
        assert_eq!(read("10.11.14-MariaDB-0+deb12u2"), (Vendor::MariaDb, (10, 11), true));
        assert_eq!(read("5.5.5-10.5.9-MariaDB"), (Vendor::MariaDb, (10, 5), false));
        assert_eq!(read("8.4"), (Vendor::MySql, (8, 4), true));
        assert_eq!(read("nonsense"), (Vendor::MySql, (0, 0), false));
        assert_eq!(server("nonsense", "").missing().len(), 1);
    }

    #[test]
    fn a_user_is_quoted_for_the_grant_that_he_lacks() {
        assert_eq!(server("8.4.0", "o'hara@10.0.0.%").grantee(), "'o''hara'@'10.0.0.%'");
        assert_eq!(server("8.4.0", "odd@name@%").grantee(), "'odd@name'@'%'");
    }
}

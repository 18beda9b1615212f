use std::fmt::Write;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::error::{DbError, Reason};
use crate::tls::Ask;

/// Where the database is, in words for an error: all of the address but the password.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) servers: String,
    pub(crate) user: String,
    pub(crate) database: String,
}

/// What a text says about how to reach a database.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) config: Config,
    pub(crate) address: Address,
    /// The file with the authorities to trust.
    pub(crate) root: Option<String>,
}

impl Address {
    /// Reads `postgres://…` or `key=value …`.
    ///
    /// No error holds the cause: the parser quotes what it cannot read, which may be a part of
    /// the password. For the same reason an `@` is refused in the name of a host or database: it
    /// is there when one stands unescaped in the password, with the rest of the password.
    pub(crate) fn parse(url: &str) -> Result<Parsed, DbError> {
        if has_late_at_sign(url) {
            return Err(Reason::Address.into());
        }
        let Ask { url, root } = Ask::of(url);
        let config: Config = url.parse().map_err(|_| Reason::Address)?;
        let address = Self::of(&config);
        let misread = address.servers.contains('@') || address.database.contains('@');
        if address.servers.is_empty() || misread {
            return Err(Reason::Address.into());
        }
        Ok(Parsed { config, address, root })
    }

    fn of(config: &Config) -> Self {
        let user = config.get_user().unwrap_or_default();
        Self {
            servers: servers(config),
            user: user.to_owned(),
            database: config.get_dbname().unwrap_or(user).to_owned(),
        }
    }
}

/// Whether an `@` stands behind the host of a URL, as in `?password=se@cret`: the parser takes all
/// before it for user and password, and what it then calls the user or the host holds the secret.
pub(crate) fn has_late_at_sign(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    rest.find(['/', '?', '#']).is_some_and(|end| rest[end..].contains('@'))
}

fn servers(config: &Config) -> String {
    let hosts = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(folder) => folder.display().to_string(),
    });
    let addresses = config.get_hostaddrs().iter().map(ToString::to_string);
    let mut hosts: Vec<String> = hosts.collect();
    if hosts.is_empty() {
        hosts.extend(addresses);
    }
    let ports = config.get_ports();
    let mut text = String::new();
    for (place, host) in hosts.iter().enumerate() {
        let port = ports.get(place).or(ports.first()).unwrap_or(&5432);
        let comma = if place == 0 { "" } else { ", " };
        // Writing to a String cannot fail.
        _ = write!(text, "{comma}{host}:{port}");
    }
    text
}

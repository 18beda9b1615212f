//! Which Redis a URL means.
//!
//! - `redis://[user:password@]host[:port][/database]`
//! - `redis+cluster://[user:password@]host[:port],host[:port],…` (feature `cluster`)
//! - `redis+sentinel://[user:password@]host[:port],…/master[/database][?sentinel_user=…&sentinel_password=…]`
//!   (feature `sentinel`); user and password are those of Redis
//!
//! `rediss` in place of `redis` is TLS (feature `tls`), to Sentinel as well. No error shows any part of
//! the URL.

use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion};

use super::Lost;
#[cfg(feature = "cluster")]
use super::cluster::Seeds;
#[cfg(feature = "sentinel")]
use super::sentinel::Sentinels;
use super::trust::{self, Trust};

#[derive(Clone)]
pub(super) enum Target {
    /// Boxed because the others are small.
    One(Box<Client>),
    #[cfg(feature = "cluster")]
    Cluster(Seeds),
    #[cfg(feature = "sentinel")]
    Sentinel(Sentinels),
}

impl Target {
    pub(super) fn parse(url: &str, trust: &Trust) -> Result<Self, Lost> {
        let (scheme, rest) = url.split_once("://").ok_or("there is no scheme")?;
        let (tls, kind) = match scheme {
            "redis" => (false, ""),
            "rediss" => (true, ""),
            _ => match scheme.split_once('+') {
                Some(("redis", kind)) => (false, kind),
                Some(("rediss", kind)) => (true, kind),
                _ => {
                    return Err(
                        "the scheme is not redis, rediss, redis+cluster or redis+sentinel".into()
                    );
                }
            },
        };
        if tls {
            trust::prepare()?;
        } else if trust.is_given() {
            return Err("redis_ca() is for TLS: write rediss in place of redis".into());
        }
        match kind {
            "" => one(url, trust),
            "cluster" => cluster(&Parts::of(rest, tls, 6379, trust)?, trust),
            "sentinel" => sentinel(&Parts::of(rest, tls, 26379, trust)?, trust),
            _ => Err("after redis+ comes cluster or sentinel".into()),
        }
    }

    /// Host and port, without user and password.
    pub(super) fn address(&self) -> String {
        match self {
            Self::One(client) => client.get_connection_info().addr().to_string(),
            #[cfg(feature = "cluster")]
            Self::Cluster(seeds) => seeds.address(),
            #[cfg(feature = "sentinel")]
            Self::Sentinel(sentinels) => sentinels.address(),
        }
    }

    pub(super) fn database(&self) -> i64 {
        match self {
            Self::One(client) => client.get_connection_info().redis_settings().db(),
            #[cfg(feature = "cluster")]
            Self::Cluster(_) => 0,
            #[cfg(feature = "sentinel")]
            Self::Sentinel(sentinels) => sentinels.database(),
        }
    }

    pub(super) fn is_tls(&self) -> bool {
        let address = match self {
            Self::One(client) => client.get_connection_info().addr(),
            #[cfg(feature = "cluster")]
            Self::Cluster(seeds) => seeds.first().addr(),
            #[cfg(feature = "sentinel")]
            Self::Sentinel(sentinels) => sentinels.first().addr(),
        };
        matches!(address, ConnectionAddr::TcpTls { .. })
    }

    pub(super) fn is_cluster(&self) -> bool {
        match self {
            #[cfg(feature = "cluster")]
            Self::Cluster(_) => true,
            _ => false,
        }
    }
}

/// What stands behind the scheme of a URL with several hosts.
#[cfg_attr(
    not(any(feature = "cluster", feature = "sentinel")),
    expect(dead_code, reason = "several hosts are a cluster's or Sentinel's")
)]
struct Parts<'a> {
    nodes: Vec<ConnectionInfo>,
    /// After the first slash.
    path: &'a str,
    query: &'a str,
}

impl<'a> Parts<'a> {
    fn of(rest: &'a str, tls: bool, port: u16, trust: &Trust) -> Result<Self, Lost> {
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        // A password may hold an `@`; hosts never do.
        let (user, hosts) = rest.rsplit_once('@').unwrap_or(("", rest));
        let (hosts, path) = hosts.split_once('/').unwrap_or((hosts, ""));
        let scheme = if tls { "rediss" } else { "redis" };
        let at = if user.is_empty() { "" } else { "@" };
        let node = |host: &str| {
            // An address of IPv6 has its colons in brackets.
            let named = host.rsplit_once(']').map_or(host, |(_, rest)| rest).contains(':');
            let port = if named { String::new() } else { format!(":{port}") };
            let url = format!("{scheme}://{user}{at}{host}{port}");
            info(&url, trust).map_err(|_| "the list of hosts is not host:port,host:port".into())
        };
        let nodes = hosts.split(',').map(node).collect::<Result<_, Lost>>()?;
        Ok(Self { nodes, path: path.trim_end_matches('/'), query })
    }
}

fn one(url: &str, trust: &Trust) -> Result<Target, Lost> {
    Ok(Target::One(Box::new(Client::open(info(url, trust)?)?)))
}

/// RESP2 whatever the URL says: it is what the subscriptions of redis-rs are made for.
fn info(url: &str, trust: &Trust) -> Result<ConnectionInfo, Lost> {
    let info = url.into_connection_info()?;
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP2);
    let info = info.set_redis_settings(settings);
    if matches!(info.addr(), ConnectionAddr::TcpTls { .. }) { trust.info(info) } else { Ok(info) }
}

#[cfg(feature = "cluster")]
fn cluster(parts: &Parts<'_>, trust: &Trust) -> Result<Target, Lost> {
    if !matches!(parts.path, "" | "0") {
        return Err("a cluster has database 0 alone".into());
    }
    if !parts.query.is_empty() {
        return Err("the URL of a cluster takes no options".into());
    }
    Ok(Target::Cluster(Seeds::new(&parts.nodes, trust)?))
}

#[cfg(not(feature = "cluster"))]
fn cluster(_: &Parts<'_>, _: &Trust) -> Result<Target, Lost> {
    Err("Redis Cluster needs the feature `cluster` of perf-cache".into())
}

#[cfg(feature = "sentinel")]
fn sentinel(parts: &Parts<'_>, trust: &Trust) -> Result<Target, Lost> {
    let (master, database) = parts.path.split_once('/').unwrap_or((parts.path, "0"));
    if master.is_empty() {
        return Err("the name of the master is missing: redis+sentinel://host:port/master".into());
    }
    let database = database.parse().map_err(|_| "the database is not a number")?;
    let sentinels = Sentinels::new(&parts.nodes, master, database, parts.query, trust)?;
    Ok(Target::Sentinel(sentinels))
}

#[cfg(not(feature = "sentinel"))]
fn sentinel(_: &Parts<'_>, _: &Trust) -> Result<Target, Lost> {
    Err("Redis Sentinel needs the feature `sentinel` of perf-cache".into())
}

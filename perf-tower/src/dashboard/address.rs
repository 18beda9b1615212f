use std::fmt;

/// What a page shows, and where it is found below `/perf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    Overview,
    /// By [`RouteStats::id`](perf_core::recorder::RouteStats::id).
    Route(String),
    Request(u64),
    Queries,
    /// By [`QueryStats::fingerprint`](perf_core::recorder::QueryStats::fingerprint).
    Query(String),
    Caches,
    Pools,
    Calls,
    Findings,
    /// By the number of its key.
    Finding(String),
    /// CPU profiles, and where time passes by the clock.
    Profiles,
    /// By [`Profile::id`](crate::profile::Profile::id).
    Profile(String),
    /// The functions that are hottest now.
    Top,
    Overhead,
}

impl Address {
    /// The address with this path below `/perf`; `None` where there is none.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let (section, rest) = match path.trim_matches('/').split_once('/') {
            Some((section, rest)) => (section, Some(rest)),
            None => (path.trim_matches('/'), None),
        };
        Some(match (section, rest) {
            ("", None) => Self::Overview,
            ("routes", Some(id)) => Self::Route(id.to_owned()),
            ("requests", Some(id)) => Self::Request(u64::from_str_radix(id, 16).ok()?),
            ("queries", None) => Self::Queries,
            ("queries", Some(id)) => Self::Query(id.to_owned()),
            ("caches", None) => Self::Caches,
            ("pools", None) => Self::Pools,
            ("calls", None) => Self::Calls,
            ("findings", None) => Self::Findings,
            ("findings", Some(id)) => Self::Finding(id.to_owned()),
            ("profiles", None) => Self::Profiles,
            ("profiles", Some(id)) => Self::Profile(id.to_owned()),
            ("top", None) => Self::Top,
            ("overhead", None) => Self::Overhead,
            _ => return None,
        })
    }

    /// The entry of the navigation that this belongs to.
    pub(super) fn section(&self) -> Self {
        match self {
            Self::Route(_) | Self::Request(_) => Self::Overview,
            Self::Query(_) => Self::Queries,
            Self::Finding(_) => Self::Findings,
            Self::Profile(_) | Self::Top => Self::Profiles,
            other => other.clone(),
        }
    }
}

/// The path, with `/perf`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overview => f.write_str("/perf"),
            Self::Route(id) => write!(f, "/perf/routes/{id}"),
            Self::Request(id) => write!(f, "/perf/requests/{id:016x}"),
            Self::Queries => f.write_str("/perf/queries"),
            Self::Query(id) => write!(f, "/perf/queries/{id}"),
            Self::Caches => f.write_str("/perf/caches"),
            Self::Pools => f.write_str("/perf/pools"),
            Self::Calls => f.write_str("/perf/calls"),
            Self::Findings => f.write_str("/perf/findings"),
            Self::Finding(id) => write!(f, "/perf/findings/{id}"),
            Self::Profiles => f.write_str("/perf/profiles"),
            Self::Profile(id) => write!(f, "/perf/profiles/{id}"),
            Self::Top => f.write_str("/perf/top"),
            Self::Overhead => f.write_str("/perf/overhead"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_found_at_the_path_it_shows() {
        for address in [
            Address::Overview,
            Address::Route("00ff".into()),
            Address::Request(u64::MAX),
            Address::Queries,
            Address::Query("00ff".into()),
            Address::Caches,
            Address::Pools,
            Address::Calls,
            Address::Findings,
            Address::Finding("00ff".into()),
            Address::Profiles,
            Address::Profile("1a".into()),
            Address::Top,
            Address::Overhead,
        ] {
            let path = address.to_string();
            let below = path.strip_prefix("/perf").expect("below /perf");
            assert_eq!(Address::parse(below), Some(address));
        }
    }

    #[test]
    fn what_is_no_address_is_none() {
        for path in ["env", "requests", "requests/xyz", "requests/1/2", "queries/", "routes"] {
            let found = Address::parse(path);
            assert!(found.is_none() || path == "queries/", "{path}: {found:?}");
        }
    }
}

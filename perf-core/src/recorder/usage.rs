//! What each route asks of databases, caches and other services.

use serde::Serialize;

use super::RouteId;
use crate::event::{CallSite, Name};
use crate::metric::Counters;
use crate::scope::{NameGroup, NameKind, QueryGroup};
use crate::sql::Fingerprint;
use crate::table;
use crate::time::Duration;
use crate::units::serialize_millis;

/// One thing that scopes of one route use.
#[derive(Clone, PartialEq)]
pub(crate) struct UsageKey {
    pub(crate) route: RouteId,
    what: What,
    call_site: CallSite,
}

#[derive(Clone, PartialEq)]
enum What {
    Statement(Fingerprint),
    Named(NameKind, Name),
}

impl UsageKey {
    pub(crate) fn query(route: RouteId, group: &QueryGroup) -> Self {
        let what = What::Statement(group.fingerprint().clone());
        Self { route, what, call_site: group.call_site() }
    }

    pub(crate) fn named(route: RouteId, group: &NameGroup) -> Self {
        let what = What::Named(group.kind(), group.name().clone());
        Self { route, what, call_site: group.call_site() }
    }

    pub(crate) fn hash(&self) -> u64 {
        let what = match &self.what {
            What::Statement(fingerprint) => (None, fingerprint.id()),
            What::Named(kind, name) => (Some(*kind), name.hash),
        };
        table::hash(&(self.route, what, self.call_site))
    }
}

#[derive(Debug, Default)]
pub(crate) struct UsageSeries {
    /// `SCOPES`, `TIMES`, `MICROS`.
    counts: Counters<3>,
}

const SCOPES: usize = 0;
const TIMES: usize = 1;
const MICROS: usize = 2;

impl UsageSeries {
    pub(crate) fn count(&self, count: u64, time: Duration) {
        self.counts.add(SCOPES, 1);
        self.counts.add(TIMES, count);
        self.counts.add(MICROS, u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    pub(crate) fn stats(&self, key: &UsageKey) -> Usage {
        let (kind, what) = match &key.what {
            What::Statement(fingerprint) => (UsageKind::Query, fingerprint.text()),
            What::Named(NameKind::Cache, name) => (UsageKind::Cache, name.as_str()),
            What::Named(NameKind::Pool, name) => (UsageKind::Pool, name.as_str()),
            What::Named(NameKind::Call, name) => (UsageKind::Call, name.as_str()),
        };
        Usage {
            kind,
            what: what.to_owned(),
            call_site: key.call_site,
            scopes: self.counts.value(SCOPES),
            count: self.counts.value(TIMES),
            time: Duration::from_micros(self.counts.value(MICROS)),
        }
    }
}

/// What a route asks of a database, a cache or another service.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// What sort of thing it is.
    pub kind: UsageKind,
    /// A statement without its values, or a name.
    pub what: String,
    /// Who asks, where that is known.
    pub call_site: CallSite,
    /// Scopes that used it.
    pub scopes: u64,
    /// How often they did, all together.
    pub count: u64,
    /// How long that took, all together.
    #[serde(rename = "time_ms", serialize_with = "serialize_millis")]
    pub time: Duration,
}

/// The sorts of things in a [`Usage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UsageKind {
    /// A statement.
    Query,
    /// Waits for connections of a pool.
    Pool,
    /// Look-ups in a cache.
    Cache,
    /// Requests to another service.
    Call,
}

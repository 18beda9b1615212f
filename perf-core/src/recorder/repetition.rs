use super::RouteId;
use crate::event::CallSite;
use crate::finding::{FindingKind, Repeated};
use crate::scope::QueryGroup;
use crate::sql::Fingerprint;
use crate::sync::{AtomicU64, Ordering};
use crate::table;
use crate::time::Duration;

/// A statement repeated by one place in one route.
#[derive(Clone, PartialEq)]
pub(crate) struct RepetitionKey {
    pub(crate) kind: FindingKind,
    pub(crate) route: RouteId,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) call_site: CallSite,
    pub(crate) parameters_unknown: bool,
}

impl RepetitionKey {
    pub(crate) fn new(kind: FindingKind, route: RouteId, group: &QueryGroup) -> Self {
        let (fingerprint, call_site) = (group.fingerprint().clone(), group.call_site());
        let parameters_unknown = group.parameters_unknown();
        Self { kind, route, fingerprint, call_site, parameters_unknown }
    }

    pub(crate) fn hash(&self) -> u64 {
        table::hash(&(self.kind, self.route, self.fingerprint.id(), self.call_site))
    }
}

/// What scopes of one route do again and again, over all scopes that did.
#[derive(Debug, Default)]
pub(crate) struct RepetitionSeries {
    scopes: AtomicU64,
    times: AtomicU64,
    most: AtomicU64,
    micros: AtomicU64,
    wasted_micros: AtomicU64,
    scope_micros: AtomicU64,
}

impl RepetitionSeries {
    /// Counts a scope of `elapsed` time that did something `times` times.
    pub(crate) fn count(&self, times: u64, time: Duration, longest: Duration, elapsed: Duration) {
        let add = |sum: &AtomicU64, n| sum.fetch_add(n, Ordering::Relaxed);
        add(&self.scopes, 1);
        add(&self.times, times);
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        add(&self.micros, micros(time));
        add(&self.wasted_micros, micros(time.saturating_sub(longest)));
        add(&self.scope_micros, micros(elapsed));
        self.most.fetch_max(times, Ordering::Relaxed);
    }

    pub(crate) fn total(&self) -> Repeated {
        let sum = |sum: &AtomicU64| sum.load(Ordering::Relaxed);
        let time = |micros: &AtomicU64| Duration::from_micros(sum(micros));
        Repeated {
            scopes: sum(&self.scopes),
            times: sum(&self.times),
            most: sum(&self.most),
            time: time(&self.micros),
            wasted: time(&self.wasted_micros),
            scope_time: time(&self.scope_micros),
        }
    }
}

use super::RouteId;
use crate::event::CallSite;
use crate::finding::{FindingKind, Repetition};
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
    fingerprint: Fingerprint,
    call_site: CallSite,
}

impl RepetitionKey {
    pub(crate) fn new(kind: FindingKind, route: RouteId, group: &QueryGroup) -> Self {
        let (fingerprint, call_site) = (group.fingerprint().clone(), group.call_site());
        Self { kind, route, fingerprint, call_site }
    }

    pub(crate) fn hash(&self) -> u64 {
        table::hash(&(self.kind, self.route, self.fingerprint.id(), self.call_site))
    }
}

/// One statement that scopes of one route repeat, over all scopes that did.
#[derive(Debug, Default)]
pub(crate) struct RepetitionSeries {
    scopes: AtomicU64,
    queries: AtomicU64,
    most: AtomicU64,
    query_micros: AtomicU64,
    wasted_micros: AtomicU64,
    scope_micros: AtomicU64,
}

impl RepetitionSeries {
    pub(crate) fn count(&self, group: &QueryGroup, elapsed: Duration) {
        let add = |sum: &AtomicU64, n| sum.fetch_add(n, Ordering::Relaxed);
        add(&self.scopes, 1);
        add(&self.queries, group.count());
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        add(&self.query_micros, micros(group.time()));
        add(&self.wasted_micros, micros(group.time().saturating_sub(group.longest())));
        add(&self.scope_micros, micros(elapsed));
        self.most.fetch_max(group.count(), Ordering::Relaxed);
    }

    pub(crate) fn total<'a>(&self, key: &'a RepetitionKey) -> Repetition<'a> {
        let sum = |sum: &AtomicU64| sum.load(Ordering::Relaxed);
        let time = |micros: &AtomicU64| Duration::from_micros(sum(micros));
        Repetition {
            kind: key.kind,
            fingerprint: &key.fingerprint,
            call_site: key.call_site,
            scopes: sum(&self.scopes),
            queries: sum(&self.queries),
            most: sum(&self.most),
            query_time: time(&self.query_micros),
            wasted: time(&self.wasted_micros),
            scope_time: time(&self.scope_micros),
        }
    }
}

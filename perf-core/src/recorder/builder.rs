use super::family::{Family, OTHER};
use super::route::RouteKey;
use super::{Handle, Recorder, RepetitionKey, Series};
use crate::event::{CallSite, Name};
use crate::finding::FindingKind;
use crate::metric::Counter;
use crate::scope::Label;
use crate::sql::Fingerprint;
use crate::sync::Arc;
use crate::time;

/// The bounds of a [`Recorder`].
///
/// A series costs a few KiB, at most 130; with the default bounds and usual latencies a full
/// recorder stays below 50 MiB.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct RecorderBuilder {
    routes: usize,
    queries: usize,
    names: usize,
    repetitions: usize,
    repetitions_at: u64,
}

impl Default for RecorderBuilder {
    fn default() -> Self {
        Self { routes: 1_000, queries: 2_000, names: 200, repetitions: 500, repetitions_at: 5 }
    }
}

impl RecorderBuilder {
    /// Series for routes and jobs. Defaults to 1,000.
    pub fn routes(mut self, bound: usize) -> Self {
        self.routes = bound;
        self
    }

    /// Series for statements, one for each fingerprint and call site. Defaults to 2,000.
    pub fn queries(mut self, bound: usize) -> Self {
        self.queries = bound;
        self
    }

    /// Series for caches, for pools and for outgoing calls, each. Defaults to 200.
    pub fn names(mut self, bound: usize) -> Self {
        self.names = bound;
        self
    }

    /// Repeated statements kept for findings. Defaults to 500.
    pub fn repetitions(mut self, bound: usize) -> Self {
        self.repetitions = bound;
        self
    }

    /// How often one scope must send a statement from one place before that is a finding; less
    /// than 2 counts as 2. Defaults to 5, which Sentry found to be few enough and not too few.
    pub fn repetitions_at(mut self, times: u64) -> Self {
        self.repetitions_at = times.max(2);
        self
    }

    /// A recorder with these bounds.
    pub fn build(self) -> Recorder {
        Recorder { series: Handle::Own(Arc::new(self.into_series())) }
    }

    pub(super) fn into_series(self) -> Series {
        let other_statement = || (Fingerprint::of(OTHER), CallSite::here());
        let routes = Family::new(self.routes, RouteKey::from(Label::job(OTHER)));
        let (fingerprint, call_site) = other_statement();
        let other_repetition = RepetitionKey {
            kind: FindingKind::NPlusOne,
            route: routes.other_id(),
            fingerprint,
            call_site,
        };
        Series {
            started: time::now(),
            repetitions_at: self.repetitions_at,
            routes,
            queries: Family::new(self.queries, other_statement()),
            caches: Family::new(self.names, Name::new(OTHER)),
            pools: Family::new(self.names, Name::new(OTHER)),
            calls: Family::new(self.names, Name::new(OTHER)),
            repetitions: Family::new(self.repetitions, other_repetition),
            late_events: Counter::new(),
        }
    }
}

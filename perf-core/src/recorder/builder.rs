use super::family::{Family, OTHER};
use super::history::Ticks;
use super::kept::Budget;
use super::route::RouteKey;
use super::told::Told;
use super::{Handle, Recorder, Series};
use crate::event::{CallSite, Name};
use crate::metric::Counter;
use crate::scope::Label;
use crate::sql::Fingerprint;
use crate::sync::{Arc, OnceLock};
use crate::table::Table;
use crate::time;

/// The bounds of a [`Recorder`].
///
/// A series has one to three histograms of a few KiB each, 64 KiB at most, and a statement's text of
/// 4 KiB at most. With the default bounds and usual latencies a full recorder stays below 125 MiB,
/// 16 MiB of which are for kept scopes. Bounds above a million count as a million.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct RecorderBuilder {
    routes: usize,
    queries: usize,
    names: usize,
    pool_uses: usize,
    repetitions: usize,
    repetitions_at: u64,
    usages: usize,
    kept_bytes: usize,
}

impl Default for RecorderBuilder {
    fn default() -> Self {
        Self {
            routes: 1_000,
            queries: 2_000,
            names: 200,
            pool_uses: 500,
            repetitions: 500,
            repetitions_at: 5,
            usages: 4_000,
            kept_bytes: 16 << 20,
        }
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

    /// Series for who uses connections, one for each pool and call site. Defaults to 500.
    pub fn pool_uses(mut self, bound: usize) -> Self {
        self.pool_uses = bound;
        self
    }

    /// Repeated statements kept for findings, and as many patterns of outgoing calls. Defaults to 500.
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

    /// What routes ask of databases, caches and other services: pairs of a route and a statement or
    /// a name. Defaults to 4,000.
    pub fn usages(mut self, bound: usize) -> Self {
        self.usages = bound;
        self
    }

    /// Bytes for scopes that are kept whole, those of all routes together. When three quarters are
    /// used, scopes are kept without their single steps, and when all is used in exchange for lesser
    /// ones of their route or not at all. Defaults to 16 MiB.
    pub fn kept_bytes(mut self, bytes: usize) -> Self {
        self.kept_bytes = bytes;
        self
    }

    /// A recorder with these bounds.
    pub fn build(self) -> Recorder {
        Recorder { series: Handle::Own(Arc::new(self.into_series())) }
    }

    pub(super) fn into_series(self) -> Series {
        Series {
            started: time::now(),
            repetitions_at: self.repetitions_at,
            routes: Family::new(self.routes, RouteKey::from(Label::job(OTHER))),
            queries: Family::new(self.queries, (Fingerprint::of(OTHER), CallSite::NOWHERE)),
            caches: Family::new(self.names, Name::new(OTHER)),
            pools: Family::new(self.names, Name::new(OTHER)),
            pool_uses: Family::new(self.pool_uses, (Name::new(OTHER), CallSite::NOWHERE)),
            calls: Family::new(self.names, Name::new(OTHER)),
            repetitions: Table::new(self.repetitions),
            call_patterns: Table::new(self.repetitions),
            usages: Table::new(self.usages),
            budget: Budget::new(self.kept_bytes),
            ticks: Ticks::default(),
            ungrouped: Counter::new(),
            late_events: Counter::new(),
            observer: OnceLock::new(),
            told: Told::default(),
        }
    }
}

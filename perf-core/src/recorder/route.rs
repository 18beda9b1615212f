use std::collections::BTreeMap;

use serde::Serialize;

use super::Closed;
use super::exemplar::{Exemplar, Exemplars};
use super::history::{History, Totals};
use super::kept::KeptSeries;
use super::usage::Usage;
use crate::alloc::Allocations;
use crate::metric::{Counter, Counters, Histogram, Latency, Sizes};
use crate::scope::{Label, Outcome, Split, SplitNanos};
use crate::sql::fnv1a;
use crate::table::Table;
use crate::time::Duration;

/// Different statuses counted for one route, beside the usual one.
const STATUSES: usize = 32;

/// Counted without a look at the others.
const USUAL_STATUS: u16 = 200;

const OPENED: usize = 0;
const OUTCOMES: usize = OPENED + 1;
const PARTS: usize = OUTCOMES + Outcome::ALL.len();
/// Opened here and then given another label.
const MOVED: usize = PARTS + 6;
const ALLOCATIONS: usize = MOVED + 1;
const ALLOCATED_BYTES: usize = ALLOCATIONS + 1;
const USUAL_STATUSES: usize = ALLOCATED_BYTES + 1;
const COUNTS: usize = USUAL_STATUSES + 1;

/// A [`Label`] of its own.
pub(crate) struct RouteKey {
    method: Option<&'static str>,
    name: Box<str>,
    /// The same in every process, for addresses of pages.
    pub(crate) number: u64,
}

impl RouteKey {
    pub(crate) fn is(&self, label: Label<'_>) -> bool {
        // Methods are mostly the same constants.
        let is_method = match (self.method, label.method) {
            (Some(one), Some(other)) => std::ptr::eq(one, other) || one == other,
            (one, other) => one == other,
        };
        is_method && *self.name == *label.name
    }

    pub(crate) fn label(&self) -> Label<'_> {
        Label { method: self.method, name: &self.name }
    }

    pub(crate) fn id(&self) -> String {
        format!("{:016x}", self.number)
    }
}

impl From<Label<'_>> for RouteKey {
    fn from(label: Label<'_>) -> Self {
        let number = fnv1a(&label.to_string());
        Self { method: label.method, name: label.name.into(), number }
    }
}

#[derive(Debug)]
pub(crate) struct RouteSeries {
    /// At the places below.
    counts: Counters<COUNTS>,
    statuses: Table<u16, Counter>,
    pub(crate) head: Histogram,
    total: Histogram,
    streams: Histogram,
    request_body: Histogram,
    response_body: Histogram,
    pub(crate) kept: KeptSeries,
    pub(crate) history: History,
    exemplars: Exemplars,
}

impl Default for RouteSeries {
    fn default() -> Self {
        Self {
            counts: Counters::new(),
            statuses: Table::new(STATUSES),
            head: Histogram::new(),
            total: Histogram::new(),
            streams: Histogram::new(),
            request_body: Histogram::new(),
            response_body: Histogram::new(),
            kept: KeptSeries::default(),
            history: History::default(),
            exemplars: Exemplars::default(),
        }
    }
}

impl RouteSeries {
    pub(crate) fn open(&self) {
        self.counts.add(OPENED, 1);
    }

    /// Takes back an opening that now counts elsewhere.
    pub(crate) fn move_away(&self) {
        self.counts.add(MOVED, 1);
    }

    /// Whether every scope that was opened here got another label.
    pub(crate) fn is_deserted(&self) -> bool {
        let moved = self.counts.value(MOVED);
        moved > 0 && self.counts.value(OPENED) == moved
    }

    pub(crate) fn close(&self, closed: &Closed<'_>) {
        let Closed { outcome, elapsed, split, notes, .. } = closed;
        let durations = if notes.is_stream() { &self.streams } else { &self.total };
        durations.record(*elapsed);
        if let Some(trace) = notes.trace().filter(|_| !notes.is_stream()) {
            self.exemplars.keep(trace, *elapsed);
        }
        let counts = self.counts.here();
        counts.add(OUTCOMES + *outcome as usize, 1);
        match notes.status() {
            0 => {}
            USUAL_STATUS => counts.add(USUAL_STATUSES, 1),
            status => {
                if let Some(count) = self.statuses.value(status.into(), &status) {
                    count.add(1);
                }
            }
        }
        for (place, &part) in split.0.iter().enumerate() {
            if part > 0 {
                counts.add(PARTS + place, part);
            }
        }
        let allocations = notes.allocations();
        if !allocations.is_zero() {
            counts.add(ALLOCATIONS, allocations.count);
            counts.add(ALLOCATED_BYTES, allocations.bytes);
        }
        for (sizes, bytes) in [
            (&self.request_body, notes.request_bytes()),
            (&self.response_body, notes.response_bytes()),
        ] {
            if bytes > 0 {
                sizes.record_value(bytes);
            }
        }
    }

    pub(crate) fn totals(&self) -> Totals {
        let count = |outcome: Outcome| self.outcome(outcome);
        let errors = Outcome::ALL.into_iter().filter(|outcome| outcome.is_error());
        Totals {
            requests: Outcome::ALL.into_iter().map(count).sum(),
            errors: errors.map(count).sum(),
            time: self.split().whole(),
        }
    }

    fn outcome(&self, outcome: Outcome) -> u64 {
        self.counts.value(OUTCOMES + outcome as usize)
    }

    fn split(&self) -> Split {
        SplitNanos(std::array::from_fn(|place| self.counts.value(PARTS + place))).into()
    }

    fn statuses(&self) -> BTreeMap<u16, u64> {
        let usual = (USUAL_STATUS, self.counts.value(USUAL_STATUSES));
        let others = self.statuses.iter().map(|(status, count)| (*status, count.value()));
        others.chain((usual.1 > 0).then_some(usual)).collect()
    }

    pub(crate) fn stats(&self, key: &RouteKey, observed: Duration) -> RouteStats {
        let outcomes: BTreeMap<Outcome, u64> = Outcome::ALL
            .into_iter()
            .map(|outcome| (outcome, self.outcome(outcome)))
            .filter(|&(_, count)| count > 0)
            .collect();
        let Totals { requests, errors, .. } = self.totals();
        RouteStats {
            id: key.id(),
            route: key.label().to_string(),
            method: key.method,
            template: key.name.to_string(),
            requests,
            errors,
            per_second: requests as f64 / observed.as_secs_f64().max(f64::MIN_POSITIVE),
            in_flight: self
                .counts
                .value(OPENED)
                .saturating_sub(requests + self.counts.value(MOVED)),
            head: self.head.summary(),
            total: self.total.summary(),
            streams: self.streams.summary(),
            split: self.split(),
            request_body: self.request_body.sizes(),
            response_body: self.response_body.sizes(),
            allocations: Allocations {
                count: self.counts.value(ALLOCATIONS),
                bytes: self.counts.value(ALLOCATED_BYTES),
            },
            outcomes,
            statuses: self.statuses(),
            uses: Vec::new(),
            exemplars: self.exemplars.all(),
        }
    }
}

/// What is known about one route or job.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct RouteStats {
    /// The number of the route, in hexadecimal; the same in every process.
    pub id: String,
    /// Method and template, or the job's name.
    pub route: String,
    /// The method; none for a job.
    pub method: Option<&'static str>,
    /// The template, or the job's name.
    pub template: String,
    /// Scopes that have closed.
    pub requests: u64,
    /// Those that the service is to blame for: 5xx, inner errors and panics.
    pub errors: u64,
    /// Closed scopes per second since the recorder began.
    pub per_second: f64,
    /// Scopes open now.
    pub in_flight: u64,
    /// From the opening to the head of the answer.
    pub head: Latency,
    /// From the opening to the close; without streams.
    pub total: Latency,
    /// The lives of streams: server-sent events, upgraded connections.
    pub streams: Latency,
    /// Where the time of all closed scopes went.
    pub split: Split,
    /// The bodies of requests that had one.
    pub request_body: Sizes,
    /// The bodies of answers that had one, as far as they were sent.
    pub response_body: Sizes,
    /// What all closed scopes allocated; see [`alloc`](crate::alloc).
    #[serde(skip_serializing_if = "Allocations::is_zero")]
    pub allocations: Allocations,
    /// Closed scopes by how they ended; those that never happened are left out.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Closed scopes by the status of their answer: 200 and the first 32 others.
    pub statuses: BTreeMap<u16, u64>,
    /// What its scopes ask of databases, caches and other services, most time first.
    pub uses: Vec<Usage>,
    /// The latest scope with a trace for each step of [`Latency::cumulative`], quickest first.
    #[serde(skip)]
    pub exemplars: Vec<Exemplar>,
}

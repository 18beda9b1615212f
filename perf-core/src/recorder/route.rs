use std::collections::BTreeMap;

use serde::Serialize;

use crate::metric::{Counter, Histogram, Latency};
use crate::scope::{Label, Outcome};
use crate::time::Duration;

/// A [`Label`] of its own.
pub(crate) struct RouteKey {
    method: Option<&'static str>,
    name: Box<str>,
}

impl RouteKey {
    pub(crate) fn is(&self, label: Label<'_>) -> bool {
        self.label() == label
    }

    pub(crate) fn label(&self) -> Label<'_> {
        Label { method: self.method, name: &self.name }
    }
}

impl From<Label<'_>> for RouteKey {
    fn from(label: Label<'_>) -> Self {
        Self { method: label.method, name: label.name.into() }
    }
}

#[derive(Debug, Default)]
pub(crate) struct RouteSeries {
    opened: Counter,
    pub(crate) head: Histogram,
    pub(crate) total: Histogram,
    outcomes: [Counter; Outcome::ALL.len()],
}

impl RouteSeries {
    pub(crate) fn open(&self) {
        self.opened.add(1);
    }

    pub(crate) fn close(&self, outcome: Outcome, elapsed: Duration) {
        self.total.record(elapsed);
        self.outcomes[outcome as usize].add(1);
    }

    pub(crate) fn stats(&self, label: Label<'_>, elapsed: Duration) -> RouteStats {
        let outcomes: BTreeMap<Outcome, u64> = Outcome::ALL
            .into_iter()
            .map(|outcome| (outcome, self.outcomes[outcome as usize].value()))
            .filter(|&(_, count)| count > 0)
            .collect();
        let requests = outcomes.values().sum();
        let errors = outcomes.iter().filter(|(outcome, _)| outcome.is_error());
        RouteStats {
            route: label.to_string(),
            requests,
            errors: errors.map(|(_, count)| count).sum(),
            per_second: requests as f64 / elapsed.as_secs_f64().max(f64::MIN_POSITIVE),
            in_flight: self.opened.value().saturating_sub(requests),
            head: self.head.summary(),
            total: self.total.summary(),
            outcomes,
        }
    }
}

/// What is known about one route or job.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct RouteStats {
    /// Method and template, or the job's name.
    pub route: String,
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
    /// From the opening to the close.
    pub total: Latency,
    /// Closed scopes by how they ended; those that never happened are left out.
    pub outcomes: BTreeMap<Outcome, u64>,
}

use super::{CallSite, Event, EventOutcome};
use crate::recorder::{Observe, Recorder};
use crate::scope::{self, Work};
use crate::sql::Fingerprint;
use crate::time::{Duration, Instant};

/// One statement sent to a database.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "an event counts when it is recorded"]
pub struct QueryEvent {
    /// The statement without its values.
    pub fingerprint: Fingerprint,
    /// Who sent it.
    pub call_site: CallSite,
    /// A hash of the parameters, to tell equal sets from different ones. Defaults to 0.
    pub parameters: u64,
    /// Whether it may have parameters that nobody told. Defaults to false.
    pub parameters_unknown: bool,
    /// Rows returned or changed. Defaults to 0.
    pub rows: u64,
    /// From the moment it had a connection to the last row.
    pub duration: Duration,
    /// How it ended. Defaults to [`EventOutcome::Ok`].
    pub outcome: EventOutcome,
}

impl QueryEvent {
    /// A statement that took `duration`.
    pub fn new(fingerprint: Fingerprint, call_site: CallSite, duration: Duration) -> Self {
        let outcome = EventOutcome::Ok;
        let (parameters, parameters_unknown) = (0, false);
        Self { fingerprint, call_site, parameters, parameters_unknown, rows: 0, duration, outcome }
    }

    /// A hash of the parameters. Defaults to 0.
    pub fn parameters(mut self, hash: u64) -> Self {
        self.parameters = hash;
        self
    }

    /// Says that the parameters are not known, for a driver that does not tell them.
    ///
    /// A repeated statement with placeholders then counts as an N+1, and the finding says that its
    /// parameters may be the same each time.
    pub fn parameters_unknown(mut self) -> Self {
        self.parameters_unknown = true;
        self
    }

    /// Rows returned or changed. Defaults to 0.
    pub fn rows(mut self, rows: u64) -> Self {
        self.rows = rows;
        self
    }

    /// How it ended. Defaults to [`EventOutcome::Ok`].
    pub fn outcome(mut self, outcome: EventOutcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Hands the event in.
    ///
    /// # Cost
    /// At most 100 ns, without allocation for a statement and call site that the scope and the
    /// recorder have seen before (bench `query_event`).
    pub fn record(self) {
        scope::hand_in(&self);
    }
}

impl Event for QueryEvent {
    fn count(&self, recorder: &Recorder) {
        recorder.query(self).count(self);
    }

    fn show(&self, recorder: &Recorder, observer: &dyn Observe) {
        let (fingerprint, call_site) = recorder.query_key(self);
        let (fingerprint, call_site) = (fingerprint.clone(), *call_site);
        observer.query(&Self { fingerprint, call_site, ..self.clone() });
    }

    fn append(&self, work: &mut Work, opened: Instant) {
        work.add_query(self, opened);
    }
}

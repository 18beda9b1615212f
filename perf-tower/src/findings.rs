//! Says what is slow when it is first seen: in the log, and to whom the application wants it told.
//!
//! ```
//! use std::time::Duration;
//! use perf_core::Recorder;
//! use perf_tower::findings::Announcer;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let announcer = Announcer::new(Recorder::global())
//!     .every(Duration::from_secs(60))
//!     .to(|finding| println!("{}: {}", finding.subject, finding.remedy.advice));
//! let task = tokio::spawn(announcer.run());
//! # task.abort();
//! # }
//! ```

use std::fmt;

use perf_core::finding::Watch;
use perf_core::time::Duration;
use perf_core::{Finding, Recorder};

/// Announces findings as they appear; see the [module docs](self).
///
/// Each is announced once, by a `tracing` event at the level `WARN` with the target `perf`. It has no
/// value from SQL, as no finding has.
#[must_use = "nothing is announced until `run` is spawned"]
pub struct Announcer {
    watch: Watch,
    every: Duration,
    to: Option<Callback>,
}

type Callback = Box<dyn FnMut(&Finding) + Send>;

/// A look takes a snapshot of everything.
const SHORTEST: Duration = Duration::from_secs(1);

impl Announcer {
    /// An announcer of what this recorder finds.
    pub fn new(recorder: &Recorder) -> Self {
        Self { watch: Watch::new(recorder), every: Duration::from_secs(30), to: None }
    }

    /// How often to look; less than a second counts as one. Defaults to 30 seconds.
    ///
    /// # Cost
    /// A look takes a [snapshot](Recorder::snapshot).
    pub fn every(mut self, every: Duration) -> Self {
        self.every = every.max(SHORTEST);
        self
    }

    /// Whom to tell as well: an alert, a test. It must not block. Defaults to nobody.
    pub fn to(mut self, to: impl FnMut(&Finding) + Send + 'static) -> Self {
        self.to = Some(Box::new(to));
        self
    }

    /// Looks again and again; it never ends.
    ///
    /// # Cancel safety
    /// Dropping the future stops the announcements.
    ///
    /// # Panics
    /// Outside of a Tokio runtime with its time driver.
    pub async fn run(mut self) {
        let mut interval = tokio::time::interval(self.every);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            for finding in self.watch.look() {
                announce(&finding);
                if let Some(to) = &mut self.to {
                    to(&finding);
                }
            }
        }
    }
}

fn announce(finding: &Finding) {
    let call_site = finding.call_sites.first().map(tracing::field::display);
    tracing::warn!(
        target: "perf",
        key = %finding.key,
        kind = finding.kind.as_str(),
        subject = %finding.subject,
        call_site,
        impact_ms_per_minute = finding.impact.per_minute.as_secs_f64() * 1e3,
        share = finding.impact.share,
        remedy = %finding.remedy.advice,
        "new finding"
    );
}

impl fmt::Debug for Announcer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Announcer").field("every", &self.every).finish_non_exhaustive()
    }
}

use std::fmt::Display;

use perf_core::recorder::RouteStats;
use perf_core::sync::{Arc, Mutex};
use perf_core::time::{self, Duration, Instant};
use perf_core::{Finding, Recorder, Snapshot};

/// A snapshot serves all pages and watchers for this long.
const FRESH: Duration = Duration::from_millis(900);

/// The latest snapshot, so that many watchers cost as much as one.
#[derive(Debug)]
pub(super) struct Snapshots {
    recorder: Recorder,
    latest: Mutex<Option<(Instant, Arc<Snapshot>)>>,
}

impl Snapshots {
    pub(super) fn new(recorder: &Recorder) -> Self {
        Self { recorder: recorder.clone(), latest: Mutex::default() }
    }

    pub(super) fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    fn latest(&self) -> Arc<Snapshot> {
        let latest = &mut *self.latest.lock();
        if let Some((taken, snapshot)) = latest
            && taken.elapsed() < FRESH
        {
            return Arc::clone(snapshot);
        }
        let snapshot = Arc::new(self.recorder.snapshot());
        *latest = Some((time::now(), Arc::clone(&snapshot)));
        snapshot
    }
}

/// Where a page gets what it shows.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) recorder: &'a Recorder,
    pub(super) snapshot: Arc<Snapshot>,
    /// The path under which the pages are mounted; empty at the top.
    root: &'a str,
}

impl<'a> Source<'a> {
    pub(super) fn new(snapshots: &'a Snapshots, root: &'a str) -> Self {
        Self { recorder: snapshots.recorder(), snapshot: snapshots.latest(), root }
    }

    /// The address as a link on this server.
    pub(super) fn link(&self, address: impl Display) -> String {
        format!("{}{address}", self.root)
    }

    pub(super) fn route(&self, id: &str) -> Option<&RouteStats> {
        self.snapshot.routes.iter().find(|route| route.id == id)
    }

    /// The finding whose key has this number.
    pub(super) fn finding(&self, id: &str) -> Option<&Finding> {
        self.snapshot.findings.iter().find(|finding| finding.id() == id)
    }
}

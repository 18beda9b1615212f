use std::fmt::Display;

use perf_core::recorder::RouteStats;
use perf_core::sync::{Arc, Mutex};
use perf_core::time::{self, Duration, Instant};
use perf_core::{Finding, Recorder, Snapshot};

use super::address::Address;
use super::profiles::Shown;
use super::router::Dashboard;

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

    pub(super) fn latest(&self) -> Arc<Snapshot> {
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
    pub(super) profiles: Shown<'a>,
    /// The path under which the pages are mounted; empty at the top.
    root: &'a str,
}

impl<'a> Source<'a> {
    /// What the page at `address` needs; that of the hottest functions takes a second to gather.
    pub(super) async fn gather(dashboard: &'a Dashboard, root: &'a str, address: &Address) -> Self {
        // First, since it may take its time, and the snapshot is to be of now.
        let profiles = dashboard.profiles.shown(address).await;
        Self {
            recorder: dashboard.snapshots.recorder(),
            snapshot: dashboard.snapshots.latest(),
            profiles,
            root,
        }
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

use std::collections::{BTreeSet, VecDeque};

use perf_core::sync::Arc;
use perf_core::time::Duration;
use tokio::time::Instant;

use crate::fence::TagId;

/// Changes that wait; beyond, one change of everything stands for all.
const MAX_WAITING: usize = 10_000;

/// How long a confirmed change is remembered. Redis confirms before its replicas have it, so one that
/// takes over may not know what was confirmed within its lag.
const MEMORY: Duration = Duration::from_secs(5);
const MAX_REMEMBERED: usize = 1_000;

/// A change that this process makes. Making it twice is making it once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Intent {
    Key(Arc<str>),
    Tag(TagId),
    All,
    Matching(Arc<str>),
}

/// The changes that the store has not confirmed, and those that it may forget again.
#[derive(Debug, Default)]
pub(super) struct Recovery {
    /// Told in their order, so that a test can be played again.
    waiting: BTreeSet<Intent>,
    remembered: VecDeque<(Intent, Instant)>,
}

impl Recovery {
    pub(super) fn add(&mut self, intent: Intent) {
        if self.waiting.contains(&Intent::All) {
            return;
        }
        if self.waiting.len() >= MAX_WAITING || intent == Intent::All {
            tracing::debug!("the changes that wait for the store become one of everything");
            self.waiting.clear();
            self.waiting.insert(Intent::All);
        } else {
            self.waiting.insert(intent);
        }
    }

    /// Takes note of a change that was confirmed.
    pub(super) fn remember(&mut self, intent: Intent) {
        let now = Instant::now();
        while self.remembered.len() >= MAX_REMEMBERED
            || self.remembered.front().is_some_and(|(_, at)| now - *at > MEMORY)
        {
            self.remembered.pop_front();
        }
        self.remembered.push_back((intent, now));
    }

    /// The store may be another one now: what it confirmed a moment ago is told again.
    pub(super) fn recall(&mut self) {
        for (intent, at) in std::mem::take(&mut self.remembered) {
            if at.elapsed() <= MEMORY {
                self.add(intent);
            }
        }
    }

    pub(super) fn next(&self) -> Option<Intent> {
        self.waiting.iter().next().cloned()
    }

    pub(super) fn is_done(&mut self, intent: &Intent) {
        self.waiting.remove(intent);
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

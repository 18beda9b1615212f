use std::collections::VecDeque;

use perf_core::sync::{Arc, Mutex};
use perf_core::time::Duration;
use tokio::sync::Notify;

use super::Shared;
use crate::fence::Rule;
use crate::store::Sweep;

/// Keys looked at in one step, and the pause between two: about 20,000 keys a second and primary.
const STEP: usize = 1_000;
const PAUSE: Duration = Duration::from_millis(50);

/// How long after the sweep a rule stays in force: longer than any write that was under way can take.
const GRACE: Duration = Duration::from_secs(60);

/// Rules wait here for their keys to be removed from the store by this process, which added them.
/// Those for which there is no room stay in force until others push them out.
const MAX_WAITING: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Sweeper {
    waiting: Mutex<VecDeque<Rule>>,
    added: Notify,
}

impl Sweeper {
    pub(super) fn add(&self, rule: Rule) {
        let mut waiting = self.waiting.lock();
        if waiting.len() < MAX_WAITING {
            waiting.push_back(rule);
            self.added.notify_one();
        }
    }

    pub(super) fn wake(&self) {
        self.added.notify_one();
    }
}

/// Removes what the rules strike from the store, one rule at a time.
pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        let next = shared.sweeper.waiting.lock().pop_front();
        if shared.home().is_none() {
            return;
        }
        let Some(rule) = next else {
            shared.sweeper.added.notified().await;
            continue;
        };
        if sweep(&shared, &rule).await {
            let shared = shared.clone();
            tokio::spawn(async move {
                tokio::time::sleep(GRACE).await;
                if shared.home().is_some() {
                    // When this fails the rule stays in force, which costs look-ups and nothing else.
                    _ = shared.ask(|store| store.retire(rule.version)).await;
                }
            });
        }
    }
}

async fn sweep(shared: &Shared, rule: &Rule) -> bool {
    let mut progress = Sweep::default();
    loop {
        if shared.home().is_none() {
            return false;
        }
        let from = progress.clone();
        if let Ok(next) = shared.ask(|store| store.sweep(&rule.pattern, from, STEP)).await {
            progress = next;
            if progress.cursors.is_empty() {
                tracing::debug!(removed = progress.removed, "a pattern's keys are removed");
                return true;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

use perf_core::sync::Arc;
use perf_core::time::Duration;

use super::breaker::State;
use super::{Shared, Unavailable};
use crate::jitter::jittered;

const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long a store that answers again is not read yet. Other processes that were cut off have their
/// own changes to make up for, and find out within the longest pause that they can.
const QUARANTINE: Duration = Duration::from_millis(1_250);

/// Closes the breaker again, each time that it has opened.
pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        shared.opened.notified().await;
        if shared.home().is_none() {
            return;
        }
        if !shared.breaker.is_closed() {
            tracing::debug!("the store is not used");
            mend(&shared).await;
            tracing::debug!("the store is used again");
        }
    }
}

async fn mend(shared: &Shared) {
    let mut pause = SHORTEST_PAUSE;
    shared.recovery.lock().recall();
    while shared.home().is_some() {
        tokio::time::sleep(jittered(pause)).await;
        pause = LONGEST_PAUSE.min(2 * pause);
        if shared.breaker.take_silence() {
            shared.store.reconnect();
        }
        if !answers(shared).await || catch_up(shared).await.is_err() {
            shared.open_if(true);
            // Whatever it was: a connection that is replaced once too often costs little.
            shared.breaker.was_silent();
            continue;
        }
        tokio::time::sleep(QUARANTINE).await;
        if catch_up(shared).await.is_ok() && close(shared) {
            return;
        }
    }
}

/// From now on changes are made at once, so that those that wait become fewer.
async fn answers(shared: &Shared) -> bool {
    let answers = shared.within_limit(shared.store.world()).await.is_ok();
    if answers {
        shared.breaker.set(State::HalfOpen);
    }
    answers
}

/// Makes every change that waits, and learns what holds.
async fn catch_up(shared: &Shared) -> Result<(), Unavailable> {
    loop {
        let next = shared.recovery.lock().next();
        let Some(intent) = next else { break };
        shared.confirm(&intent).await?;
        shared.recovery.lock().is_done(&intent);
    }
    let Some(home) = shared.home() else {
        return Ok(());
    };
    home.ledger().missed_something();
    let asked = home.ledger().epoch();
    drop(home);
    let world = shared.within_limit(shared.store.world()).await.map_err(|_| Unavailable)?;
    if let Some(home) = shared.home() {
        home.ledger().learn_world(world, asked);
        home.rule_added();
    }
    Ok(())
}

/// Unless a change could not be made meanwhile.
fn close(shared: &Shared) -> bool {
    let recovery = shared.recovery.lock();
    let is_mended = recovery.is_empty() && shared.breaker.state() == State::HalfOpen;
    if is_mended {
        shared.breaker.set(State::Closed);
    }
    is_mended
}

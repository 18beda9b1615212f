//! Hears what all processes tell, for as long as somebody wants to know.

use perf_core::sync::Arc;
use perf_core::time::Duration;
use tokio::sync::{mpsc, watch};

use super::ear::{Ear, Sound};
use super::{RedisStore, wire};
use crate::jitter::jittered;
use crate::store::Heard;

const ROOM: usize = 1024;
/// How long a receiver without room is waited for. Meanwhile the connection keeps what comes without a
/// bound; after that it is closed, and what comes is lost, which the receiver is told.
const PATIENCE: Duration = Duration::from_millis(500);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

pub(super) fn start(store: Arc<RedisStore>) -> mpsc::Receiver<Heard> {
    let (heard, receiver) = mpsc::channel(ROOM);
    let runtime = store.link.runtime().clone();
    runtime.spawn(async move {
        let gone = heard.clone();
        tokio::select! {
            () = gone.closed() => {}
            () = forever(&store, &heard) => {}
            () = store.link.watch() => {}
        }
    });
    receiver
}

/// Ends when the receiver is dropped.
async fn forever(store: &RedisStore, heard: &mpsc::Sender<Heard>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let replaced = store.link.replaced();
        // Before there is a connection that would keep what comes while nobody receives.
        let Ok(opened) = heard.reserve().await else {
            return;
        };
        match Ear::open(store).await {
            Ok(ear) => {
                opened.send(Heard::Opened);
                pause = FIRST_PAUSE;
                listen(store, ear, replaced, heard).await;
                if heard.send(Heard::Broken).await.is_err() {
                    return;
                }
            }
            Err(error) => {
                store.link.look_at(&error);
                tracing::debug!(%error, "the channel of notices cannot be opened");
            }
        }
        tokio::time::sleep(jittered(pause)).await;
        pause = (2 * pause).min(LONGEST_PAUSE);
    }
}

/// Returns when the connection is lost, replaced or has to be given up.
async fn listen(
    store: &RedisStore,
    mut ear: Ear,
    mut replaced: watch::Receiver<u64>,
    heard: &mpsc::Sender<Heard>,
) {
    loop {
        let sound = tokio::select! {
            sound = ear.next() => sound,
            _ = replaced.changed() => return,
        };
        let delivered = match sound {
            Some(Sound::Payload(bytes)) => payload(&bytes, heard).await,
            Some(Sound::Touched(names)) => touched(store, &names, heard).await,
            Some(Sound::Flushed) | None => false,
        };
        if !delivered {
            return;
        }
    }
}

async fn payload(bytes: &[u8], heard: &mpsc::Sender<Heard>) -> bool {
    match wire::read(bytes) {
        wire::Read::Notice(notice) => deliver(Heard::Notice(notice), heard).await,
        wire::Read::Probe => true,
        wire::Read::Unreadable => {
            tracing::debug!(bytes = bytes.len(), "a notice that cannot be read is left out");
            true
        }
    }
}

async fn touched(store: &RedisStore, names: &[Vec<u8>], heard: &mpsc::Sender<Heard>) -> bool {
    for name in names {
        let Some(key) = store.names.key(name) else {
            continue;
        };
        let own = store.own.as_ref().is_some_and(|own| own.is_own(key));
        if !own && !deliver(Heard::Touched(Arc::from(key)), heard).await {
            return false;
        }
    }
    true
}

async fn deliver(what: Heard, heard: &mpsc::Sender<Heard>) -> bool {
    heard.send_timeout(what, PATIENCE).await.is_ok()
}

//! What a pool does by itself: it closes connections that are too old or of no use to anybody, and
//! opens some ahead of need.

use deadpool::managed::WeakPool;
use futures_util::future::join_all;
use perf_core::sync::Ordering;
use perf_core::time::{self, Duration};
use tokio::task::AbortHandle;
use tokio::time::sleep;

use super::manager::Manager;
use super::{Connection, Settings};

type Inner = deadpool::managed::Pool<Manager>;

/// As bb8: a connection may be a little older than it should.
const INTERVAL: Duration = Duration::from_secs(30);

const SHORTEST_INTERVAL: Duration = Duration::from_millis(50);

/// The task of one pool. It does not keep the pool, and ends with this handle.
#[derive(Debug)]
pub(super) struct Maintenance(AbortHandle);

impl Maintenance {
    pub(super) fn start(pool: &Inner) -> Self {
        let interval = interval(&pool.manager().settings);
        Self(tokio::spawn(run(pool.weak(), interval)).abort_handle())
    }

    pub(super) fn stop(&self) {
        self.0.abort();
    }
}

impl Drop for Maintenance {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn run(pool: WeakPool<Manager>, interval: Duration) {
    let mut is_first = true;
    loop {
        let Some(pool) = pool.upgrade() else { return };
        tidy(&pool);
        // One that was warmed up has them, but for those that are in use while the database is built.
        if !is_first || pool.status().size == 0 {
            fill(&pool).await;
        }
        if !is_first {
            pool.manager().census.take(&pool).await;
        }
        // When other instances that start with this one have connected as well.
        is_first = false;
        drop(pool);
        sleep(interval).await;
    }
}

fn interval(settings: &Settings) -> Duration {
    let shortest_life = settings.idle_timeout.min(settings.max_lifetime);
    (shortest_life / 4).clamp(SHORTEST_INTERVAL, INTERVAL)
}

/// Closes what is closed already, what is too old, and of the idle ones those that nobody has used
/// for long, down to `min_idle`.
fn tidy(pool: &Inner) {
    let manager = pool.manager();
    let settings = &manager.settings;
    let now = time::now();
    let mut spare = manager.spare.lock();
    let status = pool.status();
    // A caller may have opened one at the moment at which another was opened ahead of need.
    let above = (status.size + spare.len()).saturating_sub(status.max_size);
    let kept = spare.len().saturating_sub(above);
    let too_many = spare.split_off(kept);
    let idle = spare.len() + status.available;
    let mut superfluous = idle.saturating_sub(settings.min_idle);
    let mut is_kept = |connection: &Connection| {
        if connection.client().is_closed() || connection.expires <= now {
            superfluous = superfluous.saturating_sub(1);
            return false;
        }
        let is_superfluous = superfluous > 0 && now - connection.heard >= settings.idle_timeout;
        superfluous -= usize::from(is_superfluous);
        !is_superfluous
    };
    let closed_spare: Vec<Connection> =
        spare.extract_if(.., |connection| !is_kept(connection)).collect();
    // To close a connection takes locks of its own.
    drop(spare);
    drop((closed_spare, too_many));
    drop(pool.retain(|connection, _| is_kept(connection)));
}

/// Opens connections until `min_idle` are idle. They belong to the pool only when they are open, so
/// that nobody waits meanwhile; for that moment there may be more than `max_size`.
pub(super) async fn fill(pool: &Inner) {
    let manager = pool.manager();
    let room = || {
        let (status, spare) = (pool.status(), manager.spare.lock().len());
        let idle_wanted = manager.settings.min_idle.saturating_sub(status.available + spare);
        let others = status.size + spare + manager.opening.load(Ordering::Relaxed);
        idle_wanted.min(status.max_size.saturating_sub(others))
    };
    let opened = join_all((0..room()).map(|_| async {
        let limit = manager.settings.acquire_timeout;
        match tokio::time::timeout(limit, manager.open()).await {
            Ok(Ok(connection)) if room() > 0 => manager.spare.lock().push(connection),
            Ok(Err(error)) => tracing::warn!(%error, "no connection could be opened ahead of need"),
            _ => {}
        }
    }));
    opened.await;
}

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use perf_core::sync::{Arc, AtomicUsize, Mutex, Ordering};
use perf_core::time::{self, AtomicInstant, Duration};
use tokio::time::timeout;

use super::census::Census;
use super::doctor::Roster;
use super::{Connection, Dial, Settings};
use crate::address::Address;
use crate::error::{DbError, Reason};

/// How long a connection may take to say that it is alive. A server that is well answers within
/// milliseconds; HikariCP waits up to 5 s, which a request does not have.
const CHECK_PATIENCE: Duration = Duration::from_secs(1);

/// Opens connections for the pool, and looks at them before they are used again.
pub(super) struct Manager {
    dial: Dial,
    address: Address,
    pub(super) settings: Settings,
    pub(super) roster: Arc<Roster>,
    pub(super) census: Arc<Census>,
    /// Connections opened ahead of need, which nobody has used. They are handed out before another
    /// is opened.
    pub(super) spare: Mutex<Vec<Connection>>,
    /// How many connections callers are opening now, which the pool does not count yet.
    pub(super) opening: AtomicUsize,
    /// When a connection last did not answer its check. Those not heard of since are of the same
    /// dead network, most likely: to check each in turn would take its patience each.
    silent: AtomicInstant,
}

impl Manager {
    pub(super) fn new(dial: Dial, address: Address, settings: Settings) -> Self {
        let roster = Arc::new(Roster::new(settings.name.clone()));
        Self {
            dial,
            address,
            settings,
            roster,
            census: Arc::default(),
            spare: Mutex::default(),
            opening: AtomicUsize::new(0),
            silent: AtomicInstant::new(time::now()),
        }
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    pub(super) async fn open(&self) -> Result<Connection, DbError> {
        match self.dial.open().await {
            Ok(opened) => {
                let random = getrandom::u32().unwrap_or(u32::MAX / 2);
                let expires = time::now() + lifetime(self.settings.max_lifetime, random);
                let seat = self.roster.seat();
                let protocol = Arc::clone(&self.settings.protocol);
                let connection = Connection::new(opened, &self.dial, protocol, expires, seat);
                #[cfg(feature = "advise")]
                let connection = connection.keeping(self.settings.slow.clone());
                Ok(connection)
            }
            Err(error) => Err(Reason::connect(&self.address, error).into()),
        }
    }

    async fn spare_or_new(&self) -> Result<Connection, DbError> {
        loop {
            let spare = self.spare.lock().pop();
            match spare {
                Some(connection) if self.is_fit(&connection).await => return Ok(connection),
                Some(_) => {}
                None => {
                    let _opening = Opening::begin(&self.opening);
                    return self.open().await;
                }
            }
        }
    }

    /// Whether somebody may be handed the connection.
    async fn is_fit(&self, connection: &Connection) -> bool {
        let now = time::now();
        if connection.client().is_closed() || connection.expires <= now {
            return false;
        }
        if now - connection.heard <= self.settings.check_after_idle {
            return true;
        }
        if connection.heard <= self.silent.load() {
            return false;
        }
        // Less than the whole wait, so that there is time to open another.
        let patience = CHECK_PATIENCE.min(self.settings.acquire_timeout / 2);
        match Box::pin(timeout(patience, connection.client().check_connection())).await {
            Ok(answer) => answer.is_ok(),
            Err(_) => {
                tracing::warn!(
                    servers = self.address.servers,
                    "an idle connection does not answer; it is closed, and those as old"
                );
                self.silent.store(now);
                false
            }
        }
    }
}

struct Opening<'a>(&'a AtomicUsize);

impl<'a> Opening<'a> {
    fn begin(opening: &'a AtomicUsize) -> Self {
        opening.fetch_add(1, Ordering::Relaxed);
        Self(opening)
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl managed::Manager for Manager {
    /// In a box, since deadpool moves it several times for each checkout.
    type Type = Box<Connection>;
    type Error = DbError;

    /// In a box, since every checkout has room for this future, which seldom runs.
    async fn create(&self) -> Result<Box<Connection>, DbError> {
        Box::pin(self.spare_or_new()).await.map(Box::new)
    }

    async fn recycle(
        &self,
        connection: &mut Box<Connection>,
        _: &Metrics,
    ) -> RecycleResult<DbError> {
        if self.is_fit(connection).await {
            Ok(())
        } else {
            Err(RecycleError::message("the connection is closed, too old or silent"))
        }
    }
}

/// Up to a tenth shorter than the longest: connections that were opened together do not end together.
fn lifetime(longest: Duration, random: u32) -> Duration {
    let share = 1.0 - 0.1 * f64::from(random) / f64::from(u32::MAX);
    // `Duration::MAX` is a little more than what its own seconds make.
    Duration::try_from_secs_f64(longest.as_secs_f64() * share).unwrap_or(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_opened_together_end_apart_and_none_too_late() {
        let longest = Duration::from_secs(1_000);
        assert_eq!(lifetime(longest, 0), longest);
        assert_eq!(lifetime(longest, u32::MAX), Duration::from_secs(900));
        assert!(lifetime(longest, u32::MAX / 3) < lifetime(longest, u32::MAX / 4));
        assert!(lifetime(Duration::MAX, 7) > Duration::from_secs(1 << 40));
        assert_eq!(lifetime(Duration::MAX, 0), Duration::MAX);
    }
}

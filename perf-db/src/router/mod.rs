//! Which server a statement goes to.
//!
//! A database of one server has none of this at work: no task, no marks, no choice. With replicas a
//! task asks every server each second what it is and how far it has replayed; the primary is the
//! server that takes writes, whoever that was before.

mod choose;
mod history;
mod mark;
mod position;
mod server;
mod unsettled;
mod watch;

use std::cmp::Reverse;

use futures_util::future::join_all;
use perf_core::recorder::{TellServer, register_server};
use perf_core::sync::{Arc, AtomicUsize, Mutex, Ordering};
use perf_core::time::{self, Duration};
use perf_core::{CallSite, Name, Scope};
use tokio::sync::Notify;

use self::choose::choose;
pub(crate) use self::choose::{Need, Shortfall};
use self::history::History;
pub use self::mark::WriteMark;
pub(crate) use self::position::{has_written, replayed, written};
use self::server::Role;
pub(crate) use self::server::Server;
pub(crate) use self::unsettled::UnsettledWrite;
use self::watch::Measurement;
use crate::error::{DbError, Reason};
use crate::pool::{Holder, Lease, Pool};
#[cfg(feature = "advise")]
use crate::statement::KeptText;

/// No server is known to take writes.
const NOBODY: usize = usize::MAX;

/// Often enough to see a failover soon, seldom enough to cost nothing.
const INTERVAL: Duration = Duration::from_secs(1);

const SHORTEST_INTERVAL: Duration = Duration::from_millis(50);

/// What a read does when no replica will do; set by
/// [`DbBuilder::without_replica`](crate::DbBuilder::without_replica).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WithoutReplica {
    /// It goes to the primary.
    #[default]
    Primary,
    /// It fails with [`NoReplica`](crate::DbErrorKind::NoReplica), so that the primary keeps its
    /// strength for writes. Reads that must see a write which no replica has replayed yet still go
    /// to the primary.
    Fail,
}

#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) name: Name,
    pub(crate) acquire_timeout: Duration,
    pub(crate) max_lag: Duration,
    pub(crate) without_replica: WithoutReplica,
}

/// The servers of one database.
#[derive(Debug)]
pub(crate) struct Router {
    settings: Settings,
    servers: Box<[Arc<Server>]>,
    /// The place of the server that takes writes, or [`NOBODY`].
    primary: AtomicUsize,
    primary_found: Notify,
    history: Arc<Mutex<History>>,
    turn: AtomicUsize,
    hurry: Arc<Notify>,
}

impl Router {
    pub(crate) fn new(settings: Settings, pools: impl IntoIterator<Item = Pool>) -> Self {
        let history = Arc::default();
        let server = |pool| Arc::new(Server::new(pool, Arc::clone(&history)));
        let servers: Box<[_]> = pools.into_iter().map(server).collect();
        let primary = if servers.len() == 1 { 0 } else { NOBODY };
        Self {
            settings,
            servers,
            primary: AtomicUsize::new(primary),
            primary_found: Notify::new(),
            history,
            turn: AtomicUsize::new(0),
            hurry: Arc::default(),
        }
    }

    /// Looks at all servers and begins to watch them.
    pub(crate) async fn start(self: &Arc<Self>) -> Result<(), DbError> {
        if self.has_replicas() {
            for server in &self.servers {
                let teller: Arc<dyn TellServer> = Arc::clone(server) as _;
                register_server(server.pool.name(), Arc::downgrade(&teller));
            }
            watch::measure(self, &mut Vec::new()).await;
            tokio::spawn(watch::watch(Arc::downgrade(self), Arc::clone(&self.hurry)));
        }
        // Also says what is wrong when it cannot be reached.
        self.primary().await?.pool.warm_up(CallSite::here()).await?;
        self.servers.iter().for_each(|server| server.pool.maintain());
        Ok(())
    }

    /// Closes all pools; waits at most this long for those who hold connections, and tells who still
    /// does.
    pub(crate) async fn close(&self, patience: Duration) -> Vec<Holder> {
        self.servers.iter().for_each(|server| server.pool.close());
        let left = join_all(self.servers.iter().map(|server| server.pool.vacant(patience))).await;
        left.into_iter().flatten().collect()
    }

    fn is_closed(&self) -> bool {
        self.servers.iter().all(|server| server.pool.is_closed())
    }

    /// Who holds a connection to any of the servers, longest first.
    pub(crate) fn holders(&self) -> Vec<Holder> {
        let mut holders: Vec<Holder> =
            self.servers.iter().flat_map(|server| server.pool.holders()).collect();
        holders.sort_by_key(|holder| Reverse(holder.held));
        holders
    }

    /// Whether there is more than one server, and so whether anybody needs marks.
    pub(crate) fn has_replicas(&self) -> bool {
        self.servers.len() > 1
    }

    /// A connection to the server that takes writes.
    pub(crate) async fn writer(&self, call_site: CallSite) -> Result<Lease, DbError> {
        let leased = self.primary().await?.pool.lease(call_site).await;
        leased.inspect_err(|error| self.heard_of(error))
    }

    /// The server that takes writes; while there is none, waits for it.
    async fn primary(&self) -> Result<&Server, DbError> {
        match self.known_primary() {
            Some(server) => Ok(server),
            None => Box::pin(self.next_primary()).await,
        }
    }

    async fn next_primary(&self) -> Result<&Server, DbError> {
        let found = async {
            loop {
                let next = self.primary_found.notified();
                if let Some(server) = self.known_primary() {
                    return server;
                }
                self.hurry.notify_one();
                next.await;
            }
        };
        let waited = self.settings.acquire_timeout;
        let found = tokio::time::timeout(waited, found).await;
        found.map_err(|_| Reason::NoPrimary { waited }.into())
    }

    fn known_primary(&self) -> Option<&Server> {
        self.servers.get(self.primary.load(Ordering::Acquire)).map(Arc::as_ref)
    }

    /// The replica that should answer a read.
    pub(crate) fn replica(&self, need: &Need) -> Result<&Server, Shortfall> {
        let now = time::now();
        let servers = self.servers.iter().enumerate();
        let replicas: Vec<_> =
            servers.filter_map(|(index, server)| server.candidate(index, now)).collect();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        choose(&replicas, need, turn).map(|index| &*self.servers[index])
    }

    /// The mark that reads of the current scope must see.
    pub(crate) fn mark(&self) -> Option<WriteMark> {
        Scope::current_mark(&self.settings.name).map(WriteMark::from_number)
    }

    /// Makes the reads of the current scope see everything up to this mark.
    pub(crate) fn carry(&self, mark: WriteMark) {
        Scope::raise_current_mark(&self.settings.name, mark.to_number());
    }

    /// A write is about to be sent.
    pub(crate) fn write(&self) -> UnsettledWrite<'_> {
        UnsettledWrite::new(self)
    }

    /// Remembers in the current scope what has been written.
    fn wrote(&self, mark: WriteMark) {
        self.carry(mark);
        // Replicas are about to replay it, and reads are about to ask for it.
        self.hurry.notify_one();
    }

    /// Keeps the texts of statements from now on, and those that idle connections have prepared.
    #[cfg(feature = "advise")]
    pub(crate) fn keep_texts(&self) {
        if self.servers.first().is_some_and(|server| server.pool.protocol().keep_texts()) {
            self.servers.iter().for_each(|server| server.pool.keep_known_texts());
        }
    }

    /// The texts that are kept, in no order, and how many preparations there was no room for.
    #[cfg(feature = "advise")]
    pub(crate) fn texts(&self) -> (Vec<Arc<KeptText>>, u64) {
        // One protocol is shared by all servers.
        self.servers.first().map(|server| server.pool.protocol().texts.all()).unwrap_or_default()
    }

    pub(crate) fn max_lag(&self) -> Duration {
        self.settings.max_lag
    }

    pub(crate) fn without_replica(&self) -> WithoutReplica {
        self.settings.without_replica
    }

    /// A server may no longer be what it was.
    pub(crate) fn heard_of(&self, error: &DbError) {
        if self.has_replicas() && (error.is_connection() || error.is_failover()) {
            self.hurry.notify_one();
        }
    }

    fn interval(&self) -> Duration {
        // A lag cannot be known more exactly than it is measured.
        (self.settings.max_lag / 3).clamp(SHORTEST_INTERVAL, INTERVAL)
    }

    /// Takes in what each server said, in the order of the servers.
    fn heard(&self, measured: &[Option<Measurement>]) {
        let of_primary = |measurement: &Option<Measurement>| match measurement.as_ref()?.role {
            Role::Primary { timeline } => Some(timeline),
            _ => None,
        };
        let timelines = measured.iter().map(of_primary).enumerate();
        let elected = timelines
            .filter_map(|(index, timeline)| Some((timeline?, index)))
            // Of two with the same timeline the first, so that it does not change to and fro.
            .max_by_key(|&(timeline, index)| (timeline, usize::MAX - index))
            .map_or(NOBODY, |(_, index)| index);
        if let Some(Some(measurement)) = measured.get(elected) {
            self.history.lock().note(measurement.asked, measurement.position);
        }
        for (server, measurement) in self.servers.iter().zip(measured) {
            server.is_now(measurement.as_ref().map_or(Role::Gone, |measurement| measurement.role));
        }
        let before = self.primary.swap(elected, Ordering::AcqRel);
        if elected != before {
            let server = self.known_primary().map(|server| server.pool.name().as_str());
            tracing::info!(server, "the server that takes writes has changed");
            self.primary_found.notify_waiters();
        }
    }
}

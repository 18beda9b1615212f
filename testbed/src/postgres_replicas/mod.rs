//! A PostgreSQL with streaming replicas.

mod follow;
mod node;
mod setup;

pub use self::node::PostgresNode;
use crate::{Error, ledger};

const NAME: &str = "PostgreSQL and its replicas";

/// A private primary and its asynchronous streaming replicas, each on a free port of 127.0.0.1.
///
/// Replicas have the numbers 0, 1, …. Names tell how a server began, not what it is now:
/// [`promote`](Self::promote) makes a primary of a replica, which keeps its number, and nobody else
/// notices, as in life: the old primary goes on if it runs, and other replicas follow whom they
/// followed. Nothing fails over by itself. Dropping it ends all servers.
///
/// All methods that wait do so for 90 s at most. Those that take a number panic when no replica has
/// it.
#[derive(Debug)]
pub struct PostgresReplicas {
    /// Dropped first: a primary does not end before it has told its replicas, frozen ones too.
    replicas: Vec<PostgresNode>,
    primary: PostgresNode,
}

impl PostgresReplicas {
    /// Runs a primary and so many replicas, and waits until each is connected. Takes two to five
    /// seconds.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, the disk is full or a server does not start.
    pub fn start(replicas: usize) -> Result<Self, Error> {
        Self::start_with(replicas, &[])
    }

    /// Runs all servers with settings of `postgresql.conf`, as
    /// [`Postgres::start_with`](crate::Postgres::start_with).
    ///
    /// # Errors
    /// As [`start`](Self::start), and when PostgreSQL refuses a setting.
    pub fn start_with(replicas: usize, settings: &[(&str, &str)]) -> Result<Self, Error> {
        ledger::record("postgres");
        let (primary, replicas) = setup::start(replicas, settings)?;
        let all = Self { primary, replicas };
        all.caught_up()?;
        Ok(all)
    }

    /// The server that began as the primary.
    pub fn primary(&self) -> &PostgresNode {
        &self.primary
    }

    /// A server that began as a replica.
    pub fn replica(&self, index: usize) -> &PostgresNode {
        &self.replicas[index]
    }

    /// How many servers began as replicas.
    pub fn replicas(&self) -> usize {
        self.replicas.len()
    }

    /// Waits until each replica has replayed what the primary that it follows had written by now.
    /// Replicas that are dead or frozen are left out, as are those of such a primary.
    ///
    /// # Errors
    /// [`Error::Unsettled`] when that takes too long, as with a replica whose replay is paused.
    pub fn caught_up(&self) -> Result<(), Error> {
        for leader in self.running() {
            let follows = |node: &&PostgresNode| node.leader == Some(leader.port());
            let mut followers = self.running().filter(follows).peekable();
            if followers.peek().is_some() {
                let position = leader.sql("select pg_current_wal_lsn()")?;
                followers.try_for_each(|follower| follow::await_replay(follower, &position))?;
            }
        }
        Ok(())
    }

    /// Stops the replay of a replica: it goes on to serve reads and falls behind.
    ///
    /// # Errors
    /// When the replica does not run, or was promoted.
    pub fn pause_replay(&self, index: usize) -> Result<(), Error> {
        let replica = &self.replicas[index];
        replica.sql("select pg_wal_replay_pause()")?;
        // The order is one, its execution another.
        let state = "select pg_get_wal_replay_pause_state()";
        follow::until(replica, state, "paused", "goes on to replay")
    }

    /// Lets a paused replica catch up.
    ///
    /// # Errors
    /// When the replica does not run, or was promoted.
    pub fn resume_replay(&self, index: usize) -> Result<(), Error> {
        self.replicas[index].sql("select pg_wal_replay_resume()").map(drop)
    }

    /// Makes a primary of a replica, and waits until it takes writes.
    ///
    /// # Errors
    /// When the replica does not run or was promoted before, and [`Error::Unsettled`] when it does
    /// not get there.
    pub fn promote(&mut self, index: usize) -> Result<(), Error> {
        let replica = &mut self.replicas[index];
        replica.sql("select pg_promote(false)")?;
        follow::until(replica, "select pg_is_in_recovery()", "f", "is not promoted")?;
        replica.leader = None;
        Ok(())
    }

    /// Makes a replica follow a replica that was promoted, and waits until it is connected.
    ///
    /// # Errors
    /// When one of them does not run; [`Error::Unsettled`] when the follower has more of the old
    /// primary than the promoted one had.
    pub fn follow(&mut self, index: usize, promoted: usize) -> Result<(), Error> {
        let port = self.replicas[promoted].port();
        let replica = &mut self.replicas[index];
        follow::turn_to(replica, port)?;
        follow::await_streaming(replica, port)
    }

    /// Ends a replica and all its processes as a crash does (SIGKILL).
    ///
    /// # Errors
    /// When the process that guards the replica is gone.
    pub fn kill(&mut self, index: usize) -> Result<(), Error> {
        self.replicas[index].kill()
    }

    /// Stops the clock of a replica and all its processes (SIGSTOP): connections stay open and
    /// nobody answers.
    ///
    /// # Errors
    /// When the process that guards the replica is gone.
    pub fn freeze(&mut self, index: usize) -> Result<(), Error> {
        self.replicas[index].freeze()
    }

    /// Lets a frozen replica go on (SIGCONT).
    ///
    /// # Errors
    /// When the process that guards the replica is gone.
    pub fn thaw(&mut self, index: usize) -> Result<(), Error> {
        self.replicas[index].thaw()
    }

    /// Runs a replica again on its port and data, as what it was: a promoted one is a primary.
    /// Does not wait until it is connected: its primary may be gone.
    ///
    /// # Errors
    /// When the replica does not start.
    pub fn restart(&mut self, index: usize) -> Result<(), Error> {
        self.replicas[index].restart()
    }

    /// Ends the primary and every connection to it, after its replicas have received all.
    ///
    /// # Errors
    /// When the process that guards the primary is gone.
    pub fn stop_primary(&mut self) -> Result<(), Error> {
        self.primary.stop()
    }

    /// Ends the primary and all its processes as a crash does (SIGKILL).
    ///
    /// # Errors
    /// When the process that guards the primary is gone.
    pub fn kill_primary(&mut self) -> Result<(), Error> {
        self.primary.kill()
    }

    /// As [`freeze`](Self::freeze), the primary.
    ///
    /// # Errors
    /// When the process that guards the primary is gone.
    pub fn freeze_primary(&mut self) -> Result<(), Error> {
        self.primary.freeze()
    }

    /// As [`thaw`](Self::thaw), the primary.
    ///
    /// # Errors
    /// When the process that guards the primary is gone.
    pub fn thaw_primary(&mut self) -> Result<(), Error> {
        self.primary.thaw()
    }

    /// Runs the primary again, as a primary: after a promotion there are two (split brain).
    ///
    /// # Errors
    /// When the primary does not start.
    pub fn restart_primary(&mut self) -> Result<(), Error> {
        self.primary.restart()
    }

    /// Runs the old primary as a replica of one that was promoted, with a copy of its data, and
    /// waits until it is connected.
    ///
    /// # Errors
    /// When the promoted one does not run or the old primary does not start.
    pub fn rejoin_primary(&mut self, promoted: usize) -> Result<(), Error> {
        self.primary.stop()?;
        let leader = &self.replicas[promoted];
        follow::copy_running(leader, &self.primary)?;
        follow::become_replica(&mut self.primary, leader.port())?;
        self.primary.restart()?;
        follow::await_streaming(&self.primary, leader.port())
    }

    fn running(&self) -> impl Iterator<Item = &PostgresNode> {
        std::iter::once(&self.primary).chain(&self.replicas).filter(|node| node.runs())
    }
}

use std::cmp::Reverse;
use std::fmt;

use perf_core::Fingerprint;
use perf_core::sync::Arc;
use perf_core::time::Duration;

use crate::advise::Missing;

/// What a server has counted of the statements of one database, at one moment or between two.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Statements {
    /// Dearest first; at most 10,000.
    pub statements: Vec<ServerStatement>,
    /// The time of all statements of the database together, of those too that are not listed.
    pub time: Duration,
    /// How long they were counted for; `None` without `pg_stat_statements`. PostgreSQL 13 does not
    /// say: there, as long as the server runs or counts other things of this database.
    pub observed: Option<Duration>,
    /// How often statements had to make room for others, in all databases; `None` where the server
    /// does not say (PostgreSQL 13).
    pub evicted: Option<u64>,
    /// Statements of other users, whose text this user may not see.
    pub hidden: u64,
    /// Statements that are not listed since they are too many or their texts too long together.
    pub left_off: u64,
    /// What could not be looked at.
    pub missing: Vec<Missing>,
    /// The server's clock, in seconds.
    pub(super) clock: f64,
    /// When the counters of all databases were reset, by the server's clock.
    pub(super) reset: Option<f64>,
}

/// What [`Statements::top`] sorts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order {
    /// The time in all.
    Time,
    /// The time of one run on the average.
    Mean,
    /// The number of runs.
    Calls,
    /// The rows returned or changed in all.
    Rows,
    /// What was written to temporary files in all.
    TemporaryFiles,
}

impl Statements {
    /// The first statements in this order.
    pub fn top(&self, order: Order, limit: usize) -> Vec<&ServerStatement> {
        let mut statements: Vec<&ServerStatement> = self.statements.iter().collect();
        // Stable, so that among equals the dearest come first.
        match order {
            Order::Time => {}
            Order::Mean => statements.sort_by_key(|statement| Reverse(statement.mean())),
            Order::Calls => statements.sort_by_key(|statement| Reverse(statement.calls)),
            Order::Rows => statements.sort_by_key(|statement| Reverse(statement.rows)),
            Order::TemporaryFiles => {
                statements.sort_by_key(|statement| Reverse(statement.temporary_bytes));
            }
        }
        statements.truncate(limit);
        statements
    }

    /// The share that a statement has of the time of all, from 0 to 1.
    pub fn share(&self, statement: &ServerStatement) -> f64 {
        match self.time.is_zero() {
            true => 0.0,
            false => (statement.time().as_secs_f64() / self.time.as_secs_f64()).min(1.0),
        }
    }
}

/// What a server has counted of one statement of one user.
#[derive(Clone)]
#[non_exhaustive]
pub struct ServerStatement {
    /// The statement without its values. Of a text that is longer than 10,000 characters, that of
    /// its beginning.
    pub fingerprint: Fingerprint,
    /// As the server keeps it, with `$1` for its values; `None` for one that was cut. May hold
    /// literals, so it is never shown.
    pub(crate) text: Option<Arc<str>>,
    /// The server's own number for it.
    pub query_id: i64,
    /// The number of the user who sent it.
    pub user_oid: u32,
    /// Whether it was sent by itself, and not by a function. PostgreSQL 13 does not tell.
    pub is_top_level: bool,
    /// How often it was run.
    pub calls: u64,
    /// How long it ran in all, without the time to plan it.
    pub execution: Duration,
    /// How often it was planned, and how long that took in all; `None` where that is not counted.
    pub planning: Option<Planning>,
    /// Rows returned or changed in all.
    pub rows: u64,
    /// Blocks that were found in the server's own cache, in bytes.
    pub hit_bytes: u64,
    /// Blocks that were read from the disk or the system's cache, in bytes.
    pub read_bytes: u64,
    /// What was written to temporary files in all.
    pub temporary_bytes: u64,
    /// The time to read and write files of tables, indexes and temporary ones; zero without
    /// `track_io_timing`.
    pub io: Duration,
    /// The time to compile it (JIT); zero before PostgreSQL 15.
    pub jit: Duration,
    /// Since when it is counted, by the server's clock (PostgreSQL 17).
    pub(super) since: Option<f64>,
}

/// How often a statement was planned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Planning {
    /// How often.
    pub plans: u64,
    /// How long in all.
    pub time: Duration,
}

impl ServerStatement {
    /// The time to plan and to run it in all.
    pub fn time(&self) -> Duration {
        self.execution + self.planning.map_or(Duration::ZERO, |planning| planning.time)
    }

    /// How long one run takes on the average.
    pub fn mean(&self) -> Duration {
        mean(self.time(), self.calls)
    }
}

/// Zero for nothing at all.
pub(crate) fn mean(time: Duration, calls: u64) -> Duration {
    let nanos = time.as_nanos().checked_div(calls.into()).unwrap_or_default();
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// Without the text, which may hold literals.
impl fmt::Debug for ServerStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerStatement")
            .field("fingerprint", &self.fingerprint.text())
            .field("query_id", &self.query_id)
            .field("calls", &self.calls)
            .field("time", &self.time())
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

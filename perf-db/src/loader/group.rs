use std::thread::{self, ThreadId};

use perf_core::scope::ScopeId;
use perf_core::time::Duration;
use tokio::task;

use crate::db::{Db, Shared};
use crate::executor::Executor;
use crate::reader::Reader;
use crate::router::WriteMark;
use crate::statement::Dispatch;
use crate::writer::Writer;

/// Where a [`Loader`](super::Loader) can look up: a [`Db`], a [`Reader`] or a [`Writer`].
///
/// No transaction and no session: lookups that are sent together outlive any one of their callers.
pub trait LoadFrom: Executor + Clone + Send + 'static {
    /// Equal for those that one statement may serve.
    #[doc(hidden)]
    fn origin(&self) -> Origin;
}

/// From which servers, how fresh, and with what mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The database, by an address that is its own while anyone waits for it.
    database: usize,
    by: By,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum By {
    Db,
    Writer,
    Reader { after: Option<WriteMark>, max_lag: Option<Duration> },
}

impl Origin {
    fn new(database: &Shared, by: By) -> Self {
        Self { database: std::ptr::from_ref(database).addr(), by }
    }
}

impl LoadFrom for Db {
    fn origin(&self) -> Origin {
        Origin::new(self.shared(), By::Db)
    }
}

impl LoadFrom for Writer {
    fn origin(&self) -> Origin {
        Origin::new(self.shared(), By::Writer)
    }
}

impl LoadFrom for Reader {
    fn origin(&self) -> Origin {
        let (after, max_lag) = self.demands();
        Origin::new(self.shared(), By::Reader { after, max_lag })
    }
}

/// Whose lookups go together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Group {
    asker: Asker,
    origin: Origin,
}

/// Whose write marks and whose accounting.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Asker {
    Scope(ScopeId),
    Task(task::Id),
    Thread(ThreadId),
}

impl Group {
    /// Must be asked for inside a poll: scope and task are those that run now.
    pub(super) fn of(from: &impl LoadFrom) -> Self {
        let asker = match (ScopeId::current(), task::try_id()) {
            (Some(scope), _) => Asker::Scope(scope),
            (None, Some(task)) => Asker::Task(task),
            (None, None) => Asker::Thread(thread::current().id()),
        };
        Self { asker, origin: from.origin() }
    }
}

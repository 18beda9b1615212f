use perf_core::CallSite;
use perf_core::sync::Arc;
use perf_core::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::{MaterializedView, Refresh};
use crate::db::Db;

/// Writes that come within this time of each other are shown by one refresh.
const GATHER: Duration = Duration::from_millis(200);

/// Keeps a view fresh until it is dropped; made by [`MaterializedView::keep_fresh`].
#[derive(Debug)]
#[must_use = "a view is kept fresh until its keeper is dropped"]
pub struct ViewKeeper {
    touched: Arc<Notify>,
    task: JoinHandle<()>,
}

impl ViewKeeper {
    pub(super) fn start(
        view: MaterializedView,
        db: Db,
        age: Duration,
        call_site: CallSite,
    ) -> Self {
        let touched = Arc::new(Notify::new());
        let task = tokio::spawn(keep(view, db, age, call_site, Arc::clone(&touched)));
        Self { touched, task }
    }

    /// Something was written that the view shows: it is refreshed soon, however young it is. Many
    /// calls in a row cause one refresh.
    pub fn touch(&self) {
        self.touched.notify_one();
    }
}

/// A refresh that is under way is stopped on the server, and the view keeps its rows.
impl Drop for ViewKeeper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn keep(
    view: MaterializedView,
    db: Db,
    age: Duration,
    call_site: CallSite,
    touched: Arc<Notify>,
) {
    let mut pause = Duration::ZERO;
    loop {
        let is_touched = timeout(pause, touched.notified()).await.is_ok();
        let than = if is_touched { Duration::ZERO } else { age };
        if is_touched {
            sleep(GATHER).await;
        }
        pause = match view.refresh_at(&db, than, call_site).await {
            Ok(Refresh::Young { age: young }) => age.saturating_sub(young),
            // The other one began before the write of which we were told.
            Ok(Refresh::Elsewhere) if is_touched => {
                touched.notify_one();
                GATHER
            }
            Ok(Refresh::Done { .. } | Refresh::Elsewhere) => age,
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(view = view.name, error, "a materialized view is not refreshed");
                age
            }
        };
        // Also of a view whose age may be zero.
        pause = pause.max(GATHER);
    }
}

use std::collections::HashSet;

use perf_core::Recorder;
use perf_core::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::{Advisor, Checkup};

/// What cannot be looked at is logged once; of texts that change each time, so many.
const MOST_TOLD: usize = 100;

/// Repeats a checkup until it is dropped; made by [`Checkup::watch`].
#[derive(Debug)]
#[must_use = "a checkup is repeated until its task is dropped"]
pub struct CheckupTask {
    task: JoinHandle<()>,
}

impl Checkup {
    /// Runs it now and again after each `pause`, and shows what it finds beside the findings of this
    /// recorder: in its report and on its dashboard. What cannot be looked at is logged, once each. A
    /// checkup that fails is logged too, and what the one before has found stays.
    ///
    /// ```no_run
    /// # fn watch(db: &perf_db::Db) {
    /// use std::time::Duration;
    /// use perf_core::Recorder;
    /// use perf_db::advise::{Advisor, Checkup};
    ///
    /// let pause = Duration::from_secs(15 * 60);
    /// let _task = Checkup::new().watch(&Advisor::of(db), Recorder::global(), pause);
    /// # }
    /// ```
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn watch(self, advisor: &Advisor, recorder: &Recorder, pause: Duration) -> CheckupTask {
        let (advisor, recorder) = (advisor.clone(), recorder.clone());
        let task = tokio::spawn(async move {
            let mut told = HashSet::new();
            loop {
                match self.run(&advisor).await {
                    Ok(diagnosis) => {
                        let source = format!("database {}", diagnosis.server.database);
                        for missing in &diagnosis.missing {
                            if told.len() < MOST_TOLD && told.insert(missing.to_string()) {
                                tracing::info!(%missing, "a part of a database cannot be looked at");
                            }
                        }
                        recorder.tell_findings(&source, diagnosis.findings);
                    }
                    Err(error) => {
                        let error: &dyn std::error::Error = &error;
                        tracing::warn!(error, "a database could not be looked at");
                    }
                }
                // Also of a pause that may be zero.
                sleep(pause.max(Duration::from_secs(1))).await;
            }
        });
        CheckupTask { task }
    }
}

/// A look that is under way is stopped on the server.
impl Drop for CheckupTask {
    fn drop(&mut self) {
        self.task.abort();
    }
}

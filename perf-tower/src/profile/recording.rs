use std::future::poll_fn;
use std::pin::Pin;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::task::Poll;
use std::thread;

use http_body::Body;
use perf_core::sync::Arc;
use perf_core::time::{self, Duration};
use tokio::sync::oneshot;

use super::fold::{self, Asked};
use super::result::Profile;
use super::sampler::Sampler;
use super::slot::Slot;
use super::{ProfileError, marker, symbols};

/// pprof's report takes one call inside another for each of its 4,096 buckets, which is more than
/// the usual stack of a debug build has.
const STACK_BYTES: usize = 64 << 20;

const FRAMES_AT_ONCE: usize = 32;

/// What is to be recorded, for how long at most.
pub(super) struct Plan {
    pub(super) asked: Asked,
    pub(super) limit: Duration,
}

/// A profile under way, on a thread of its own that samples, stops, and looks names up.
///
/// Dropping it stops the sampling, gives the process's slot back and makes no result.
/// [`finish`](Self::finish) ends it before its limit.
pub(super) struct Recording {
    stop: Option<Arc<Sender<Finish>>>,
    done: oneshot::Receiver<Result<Profile, ProfileError>>,
}

/// Says: end the sampling now, keeping what there is.
pub(super) struct Finish;

/// How a recording is ended, made before it so that the slot may know it.
pub(super) struct Stop {
    pub(super) sender: Arc<Sender<Finish>>,
    receiver: Receiver<Finish>,
}

impl Stop {
    pub(super) fn new() -> Self {
        let (sender, receiver) = mpsc::channel();
        Self { sender: Arc::new(sender), receiver }
    }
}

impl Recording {
    /// Starts it; `made` gets the result as well, on the profile's thread.
    ///
    /// # Cancel safety
    /// A dropped call leaves nothing running.
    pub(super) async fn start(
        slot: Slot,
        plan: Plan,
        stop: Stop,
        made: impl FnOnce(&Profile) + Send + 'static,
    ) -> Result<Self, ProfileError> {
        let (started, has_started) = oneshot::channel();
        let Stop { sender, receiver: stopped } = stop;
        let (result, done) = oneshot::channel();
        let thread = move || {
            // Moved in: whatever happens to this thread, the slot is free after it.
            let slot = slot;
            let sampler = match Sampler::start(plan.asked.hz) {
                Ok(sampler) => sampler,
                Err(error) => {
                    // Whoever hears of it may try again at once.
                    drop(slot);
                    return drop(started.send(Err(error)));
                }
            };
            if started.send(Ok(())).is_err() {
                return;
            }
            if let Some(profile) = record(sampler, plan, &stopped) {
                if let Ok(profile) = &profile {
                    made(profile);
                }
                drop(slot);
                drop(result.send(profile));
            }
        };
        let thread = thread::Builder::new()
            .name("perf-profile".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(thread);
        thread.map_err(|error| ProfileError::Sampler(Some(Box::new(error))))?;
        has_started.await.map_err(|_| ProfileError::Sampler(None))??;
        Ok(Self { stop: Some(sender), done })
    }

    /// Ends the sampling now, keeping what there is.
    pub(super) fn finish(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread has gone if the limit came first.
            drop(stop.send(Finish));
        }
    }

    /// The result, at the limit or soon after [`finish`](Self::finish).
    ///
    /// # Cancel safety
    /// May be called again after it was dropped, until it gave a result.
    pub(super) async fn done(&mut self) -> Result<Profile, ProfileError> {
        (&mut self.done).await.unwrap_or(Err(ProfileError::Sampler(None)))
    }

    /// Polls `work` until it ends, or to the limit, and gives the result; a failure of it ends all.
    pub(super) async fn while_running<E>(
        &mut self,
        mut work: Pin<&mut impl Future<Output = Result<(), E>>>,
    ) -> Result<Result<Profile, ProfileError>, E> {
        poll_fn(|cx| {
            if let Poll::Ready(result) = Pin::new(&mut self.done).poll(cx) {
                return Poll::Ready(Ok(result.unwrap_or(Err(ProfileError::Sampler(None)))));
            }
            if self.stop.is_some() && ready_ok(work.as_mut().poll(cx))? {
                self.finish();
            }
            Poll::Pending
        })
        .await
    }

    /// Reads `body` to its end as part of the request, or to the limit, and gives the result.
    pub(super) async fn while_reading<B: Body>(
        &mut self,
        mut body: Pin<&mut B>,
    ) -> Result<Profile, ProfileError> {
        poll_fn(|cx| {
            // A body that always has more would keep the worker to itself.
            for _ in 0..FRAMES_AT_ONCE {
                if let Poll::Ready(result) = Pin::new(&mut self.done).poll(cx) {
                    return Poll::Ready(result.unwrap_or(Err(ProfileError::Sampler(None))));
                }
                if self.stop.is_none() {
                    return Poll::Pending;
                }
                let polled = marker::run(|| body.as_mut().poll_frame(cx));
                match polled.unwrap_or(Poll::Pending) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Some(Ok(_))) => {}
                    Poll::Ready(None | Some(Err(_))) => self.finish(),
                }
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await
    }
}

fn ready_ok<E>(polled: Poll<Result<(), E>>) -> Result<bool, E> {
    match polled {
        Poll::Ready(result) => result.map(|()| true),
        Poll::Pending => Ok(false),
    }
}

/// `None` where nobody waits any more.
fn record(
    sampler: Sampler,
    plan: Plan,
    stopped: &Receiver<Finish>,
) -> Option<Result<Profile, ProfileError>> {
    match stopped.recv_timeout(plan.limit) {
        Ok(Finish) | Err(RecvTimeoutError::Timeout) => {}
        Err(RecvTimeoutError::Disconnected) => return None,
    }
    if let Some(runs) = &plan.asked.runs {
        runs.close();
    }
    let samples = match sampler.stop() {
        Ok(samples) => samples,
        Err(error) => return Some(Err(error)),
    };
    let functions = symbols::resolve(&samples.stacks);
    let data = fold::profile(plan.asked, &samples, &functions);
    Some(Ok(Profile { inner: Arc::new(data) }))
}

impl Asked {
    pub(super) fn new(what: Arc<str>, is_request: bool, hz: u32) -> Self {
        let started_unix_millis = time::unix_millis();
        Self { id: super::store::new_id(), what, is_request, hz, started_unix_millis, runs: None }
    }
}

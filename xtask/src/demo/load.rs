//! Load at a constant rate, whatever the shop makes of it: an open loop, as visitors are. A closed
//! loop would send less when the shop is slow and so hide what it is to show.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fastrand::Rng;
use hyper::Method;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

use super::client::Client;
use super::mix;
use super::progress::Progress;
use crate::failure::Failure;

/// Requests under way at once. What would go beyond is not sent, and counted.
const IN_FLIGHT: usize = 512;
/// The same visitors in each run.
const SEED: u64 = 42;
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// What came of the load.
#[derive(Debug)]
pub(crate) struct Outcome {
    sent: u64,
    errors: u64,
    held_back: u64,
    took: Duration,
    first_error: Option<String>,
}

#[derive(Debug, Default)]
struct Counts {
    done: AtomicU64,
    errors: AtomicU64,
    first_error: std::sync::OnceLock<String>,
}

/// Sends `rate` requests a second for `duration` and waits for the last answer.
pub(crate) async fn drive(client: &Client, rate: u32, duration: Duration) -> Outcome {
    let counts = Arc::new(Counts::default());
    let slots = Arc::new(Semaphore::new(IN_FLIGHT));
    let mut random = Rng::with_seed(SEED);
    let mut progress = Progress::new();
    let (mut sent, mut held_back) = (0, 0);
    let total = (duration.as_secs_f64() * f64::from(rate)).ceil() as u64;
    let started = Instant::now();
    let mut shown = started;
    for turn in 0..total {
        sleep_until(started + Duration::from_secs_f64(turn as f64 / f64::from(rate))).await;
        let (method, path, known) = mix::next(&mut random);
        let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else {
            held_back += 1;
            continue;
        };
        sent += 1;
        let (client, answers) = (client.clone(), Arc::clone(&counts));
        tokio::spawn(async move {
            answers.note(visit(&client, method, &path, known).await);
            drop(slot);
        });
        if shown.elapsed() >= PROGRESS_EVERY {
            shown = Instant::now();
            progress.show(&counts.line(started.elapsed(), duration, sent));
        }
    }
    // All slots back: every answer is in.
    drop(slots.acquire_many(IN_FLIGHT as u32).await);
    Outcome {
        sent,
        errors: counts.errors.load(Ordering::Relaxed),
        held_back,
        took: started.elapsed(),
        first_error: counts.first_error.get().cloned(),
    }
}

/// An unknown path must be refused; every other one must succeed.
async fn visit(client: &Client, method: Method, path: &str, known: bool) -> Result<(), Failure> {
    let (status, _) = client.visit(method.clone(), path).await?;
    let expected = if known { status.is_success() } else { status == hyper::StatusCode::NOT_FOUND };
    if expected { Ok(()) } else { Err(Failure::new(format!("{method} {path} got {status}"))) }
}

impl Counts {
    fn note(&self, outcome: Result<(), Failure>) {
        self.done.fetch_add(1, Ordering::Relaxed);
        if let Err(failure) = outcome {
            self.errors.fetch_add(1, Ordering::Relaxed);
            self.first_error.get_or_init(|| failure.to_string());
        }
    }

    fn line(&self, elapsed: Duration, duration: Duration, sent: u64) -> String {
        let (elapsed, duration) = (elapsed.as_secs_f64(), duration.as_secs_f64());
        let done = self.done.load(Ordering::Relaxed);
        let errors = self.errors.load(Ordering::Relaxed);
        format!(
            "    {elapsed:.0} of {duration:.0} s: {sent} sent, {done} answered, {errors} errors"
        )
    }
}

impl Outcome {
    /// One line, and another one about what went wrong first.
    pub(crate) fn summary(&self) -> String {
        let rate = self.sent as f64 / self.took.as_secs_f64();
        let mut text = format!(
            "load: {} sent, {} errors, {} held back, {rate:.1} requests/s over {:.1} s",
            self.sent,
            self.errors,
            self.held_back,
            self.took.as_secs_f64()
        );
        if let Some(error) = &self.first_error {
            text.push_str(&format!("\n      first error: {error}"));
        }
        text
    }
}

//! The only file that calls pprof, and that closes its traps before it does.
//!
//! pprof interrupts whichever thread uses the processor, `hz` times per second of processor time of
//! the whole process, and walks that thread's stack in a signal handler. What would make that unsafe
//! or leave it broken:
//!
//! - **Its first sample reads files and allocates**, to load the unwind tables, in the handler and so
//!   perhaps in the middle of `malloc`. The first sample of a process is therefore taken here, on a
//!   thread that holds no lock, with the timer off.
//! - **A rate of 0 divides by zero, and one over 1 MHz turns the timer off.** The caller has checked
//!   the rate; the latter is how the timer is off for the first sample.
//! - **Without a folder for temporary files its start fails for ever, and its stop never ends.** Both
//!   wait for the folder here.
//! - **Its report holds a lock while it looks names up.** Only addresses are taken from it.
//! - Its list of libraries to leave out hides half of the time, so it is not used.
//!
//! After the stop SIGPROF is ignored, not back at its default, which would end the process.

use std::{fs, thread};

use nix::sys::signal::{Signal, raise};
use perf_core::sync::Mutex;
use perf_core::time::{self, Duration, Instant};
use pprof::{ProfilerGuard, ProfilerGuardBuilder};

use super::ProfileError;

/// The deepest stack that pprof keeps, counted from the innermost function.
pub(super) const MAX_DEPTH: usize = 128;

/// A rate at which the interval rounds to zero: `setitimer` then turns the timer off.
const TIMER_OFF: i32 = 2_000_000;

/// The kernel counts the processor time of a process in these units, whatever its clock does.
const TICKS_PER_SECOND: f64 = 100.0;

static IS_WARM: Mutex<bool> = Mutex::new(false);

/// A profiler that runs; it stops when it is dropped, after [`stop`](Self::stop) or without it.
pub(super) struct Sampler {
    guard: Option<ProfilerGuard<'static>>,
    started: Instant,
    cpu_seconds: f64,
}

/// The stacks of one profile, as addresses.
pub(super) struct Samples {
    pub(super) stacks: Vec<RawStack>,
    pub(super) duration: Duration,
    /// Processor time that the whole process used meanwhile.
    pub(super) cpu_seconds: f64,
}

/// Addresses of one stack, the innermost first, and how often it was met.
pub(super) struct RawStack {
    pub(super) thread: String,
    pub(super) addresses: Vec<usize>,
    pub(super) count: u64,
}

impl Sampler {
    /// Starts to sample. `hz` has been checked.
    pub(super) fn start(hz: u32) -> Result<Self, ProfileError> {
        has_temp_folder()?;
        warm_up()?;
        let guard = build(hz as i32)?;
        Ok(Self { guard: Some(guard), started: time::now(), cpu_seconds: cpu_seconds() })
    }

    /// Stops, and gives what was sampled.
    pub(super) fn stop(mut self) -> Result<Samples, ProfileError> {
        let duration = self.started.elapsed();
        let cpu_seconds = (cpu_seconds() - self.cpu_seconds).max(0.0);
        let stacks = self.guard.as_ref().map_or_else(|| Ok(Vec::new()), stacks)?;
        self.end();
        Ok(Samples { stacks, duration, cpu_seconds })
    }

    /// pprof makes a new temporary file as it stops and stays "running" for ever if it cannot.
    fn end(&mut self) {
        while self.guard.is_some() {
            match has_temp_folder() {
                Ok(()) => self.guard = None,
                Err(_) => thread::sleep(Duration::from_millis(500)),
            }
        }
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.end();
    }
}

/// Takes the first sample of this process on this thread.
fn warm_up() -> Result<(), ProfileError> {
    let mut is_warm = IS_WARM.lock();
    if !*is_warm {
        let guard = build(TIMER_OFF)?;
        raise(Signal::SIGPROF).map_err(failed)?;
        let sampled = stacks(&guard)?.iter().any(|stack| stack.count > 0);
        drop(guard);
        if !sampled {
            return Err(ProfileError::NoSignal);
        }
        *is_warm = true;
    }
    Ok(())
}

fn build(hz: i32) -> Result<ProfilerGuard<'static>, ProfileError> {
    ProfilerGuardBuilder::default().frequency(hz).build().map_err(|error| match error {
        pprof::Error::Running => ProfileError::OtherProfiler,
        error => failed(error),
    })
}

fn stacks(guard: &ProfilerGuard<'_>) -> Result<Vec<RawStack>, ProfileError> {
    let report = guard.report().build_unresolved().map_err(failed)?;
    let stacks = report.data.into_iter().map(|(stack, count)| RawStack {
        thread: String::from_utf8_lossy(&stack.thread_name[..stack.thread_name_length])
            .into_owned(),
        addresses: stack.frames.iter().map(|frame| frame.ip).collect(),
        count: u64::try_from(count).unwrap_or(0),
    });
    Ok(stacks.collect())
}

fn has_temp_folder() -> Result<(), ProfileError> {
    tempfile::NamedTempFile::new().map(drop).map_err(ProfileError::NoTempFolder)
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> ProfileError {
    ProfileError::Sampler(Some(Box::new(error)))
}

/// Processor time of this process, in user mode and in the kernel; 0 where there is no `/proc`.
fn cpu_seconds() -> f64 {
    let Ok(stat) = fs::read_to_string("/proc/self/stat") else { return 0.0 };
    // The program's name stands in parentheses and may hold spaces (proc(5), fields 14 and 15).
    let Some((_, fields)) = stat.rsplit_once(')') else { return 0.0 };
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS_PER_SECOND
}

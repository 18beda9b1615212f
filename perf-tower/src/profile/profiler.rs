use std::fmt;
use std::ops::RangeInclusive;

use http::request::Parts;
use perf_core::sync::{Arc, Mutex};
use perf_core::time::{self, Duration, Instant};

use super::fold::Asked;
use super::recording::{Plan, Recording, Stop};
use super::runs::Runs;
use super::slot::{self, Slot};
use super::store::Store;
use super::{Hot, Profile, ProfileError};
use crate::report::Authorize;

/// Rates that are allowed. The kernel sends a process no more signals than its tick, mostly 250 Hz.
pub(super) const HZ: RangeInclusive<u32> = 1..=250;

/// The windows of [`Profiler::top`].
const TOP_WINDOW: RangeInclusive<f64> = 0.1..=10.0;

/// Makes profiles and keeps the last of them.
///
/// A cheap handle: its clones keep results together. Settings belong to the handle that they were
/// made on, so make them before cloning. One profile at a time runs in a process, however many
/// profilers there are.
#[derive(Clone)]
pub struct Profiler {
    pub(super) authorize: Authorize,
    settings: Settings,
    store: Arc<Mutex<Store>>,
    /// The last live table, which all its readers share.
    last_top: Arc<tokio::sync::Mutex<Option<LastTop>>>,
}

#[derive(Clone, Debug)]
struct Settings {
    longest: Duration,
    hz: u32,
    keep: usize,
    keep_bytes: u64,
    pause: Duration,
}

struct LastTop {
    started: Instant,
    made: Instant,
    profile: Profile,
}

/// A profile under way.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Running {
    /// The request's method and route, or `process`.
    pub what: Arc<str>,
    /// How long it has been running.
    pub elapsed: Duration,
    /// How long it will run at most; names are looked up after that.
    pub left: Duration,
}

impl Profiler {
    /// A profiler for whom `authorize` lets in: its layer and its service ask that first.
    ///
    /// Nothing is profiled, and nothing kept in memory, until somebody asks.
    pub fn new(authorize: Authorize) -> Self {
        Self {
            authorize,
            settings: Settings {
                longest: Duration::from_secs(60),
                hz: 99,
                keep: 20,
                keep_bytes: 16 << 20,
                pause: Duration::from_secs(1),
            },
            store: Arc::default(),
            last_top: Arc::default(),
        }
    }

    /// The longest a profile may take: what asks for more is refused, and a request that takes
    /// longer is profiled up to here. Defaults to 60 s.
    #[must_use]
    pub fn longest(mut self, longest: Duration) -> Self {
        self.settings.longest = longest;
        self
    }

    /// Samples per second of processor time where nobody asked for another rate; within 1 to 250.
    /// Defaults to 99, which does not beat with what runs every 10 ms.
    #[must_use]
    pub fn hz(mut self, hz: u32) -> Self {
        self.settings.hz = hz.clamp(*HZ.start(), *HZ.end());
        self
    }

    /// How many results are kept. Defaults to 20.
    #[must_use]
    pub fn keep(mut self, results: usize) -> Self {
        self.settings.keep = results;
        self
    }

    /// How many bytes of results are kept. Defaults to 16 MiB.
    #[must_use]
    pub fn keep_bytes(mut self, bytes: u64) -> Self {
        self.settings.keep_bytes = bytes;
        self
    }

    /// The shortest time between two starts, whoever makes them. Defaults to one second.
    #[must_use]
    pub fn pause(mut self, pause: Duration) -> Self {
        self.settings.pause = pause;
        self
    }

    /// Profiles the whole process for `duration`, at `hz` samples per second of processor time.
    ///
    /// # Errors
    /// At once where a number is out of range, another profile runs or was started just now; see
    /// [`ProfileError`]. Nothing has changed then.
    ///
    /// # Cancel safety
    /// A dropped call stops sampling and lets the next profile start.
    ///
    /// # Cost
    /// The first profile of a process takes 40 to 85 MB, for the sampler's tables and the program's debug
    /// information, which stay; reading the latter takes 50 ms to seconds. A sample takes the
    /// interrupted thread about 1 µs for each function of its stack, and 20 µs at least.
    pub async fn record(&self, duration: Duration, hz: u32) -> Result<Profile, ProfileError> {
        let what: Arc<str> = "process".into();
        self.begin(what, false, duration, Some(hz), None).await?.1.done().await
    }

    /// The hottest functions of the process within `window` from now, the hottest first.
    ///
    /// Made for a table that is refreshed each second: whoever asks while it is made gets the same.
    /// These results are not kept. Any other profile ends it before its time, so that a table left
    /// open is in nobody's way, and it does not count against the pause between two starts.
    ///
    /// # Errors
    /// As [`record`](Self::record); a window is 0.1 to 10 s.
    ///
    /// # Cancel safety
    /// As [`record`](Self::record).
    ///
    /// # Cost
    /// As [`record`](Self::record); names are looked up once. A table refreshed each second takes
    /// about 1 % of one core for each core that is busy.
    pub async fn top(&self, window: Duration) -> Result<Vec<Hot>, ProfileError> {
        Ok(self.top_profile(window).await?.top(usize::MAX))
    }

    pub(super) async fn top_profile(&self, window: Duration) -> Result<Profile, ProfileError> {
        let range = TOP_WINDOW;
        if !range.contains(&window.as_secs_f64()) {
            return Err(ProfileError::OutOfRange { name: "window", range });
        }
        let asked = time::now();
        let mut last = self.last_top.lock().await;
        if let Some(last) = &*last
            && (last.made > asked || last.started.elapsed() < self.settings.pause)
        {
            return Ok(last.profile.clone());
        }
        let started = time::now();
        let asked = Asked::new("process".into(), false, self.settings.hz);
        let (plan, stop) = (Plan { asked, limit: window }, Stop::new());
        let slot = Slot::take_for_live(&plan, Arc::downgrade(&stop.sender))?;
        let mut recording = Recording::start(slot, plan, stop, |_| {}).await?;
        let profile = recording.done().await?;
        *last = Some(LastTop { started, made: time::now(), profile: profile.clone() });
        Ok(profile)
    }

    /// What runs in this process, if anything does.
    pub fn status(&self) -> Option<Running> {
        slot::status()
    }

    /// The result with this name, while it is kept.
    pub fn kept(&self, id: &str) -> Option<Profile> {
        self.store.lock().find(id)
    }

    /// The results that are kept, the newest first.
    pub fn all_kept(&self) -> Vec<Profile> {
        self.store.lock().all()
    }

    pub(crate) fn allows(&self, request: &Parts) -> bool {
        self.authorize.allows(request)
    }

    /// Whether the profile of this name runs, or its names are being looked up.
    pub(super) fn is_under_way(&self, id: &str) -> bool {
        slot::is_held_by(id)
    }

    pub(super) fn longest_duration(&self) -> Duration {
        self.settings.longest
    }

    pub(super) fn default_hz(&self) -> u32 {
        self.settings.hz
    }

    /// Starts a profile and tells the name that its result will be kept under.
    pub(super) async fn begin(
        &self,
        what: Arc<str>,
        is_request: bool,
        limit: Duration,
        hz: Option<u32>,
        runs: Option<Runs>,
    ) -> Result<(String, Recording), ProfileError> {
        let hz = hz.unwrap_or(self.settings.hz);
        if !HZ.contains(&hz) {
            let range = f64::from(*HZ.start())..=f64::from(*HZ.end());
            return Err(ProfileError::OutOfRange { name: "hz", range });
        }
        if limit.is_zero() || limit > self.settings.longest {
            let range = 0.1..=self.settings.longest.as_secs_f64();
            return Err(ProfileError::OutOfRange { name: "seconds", range });
        }
        let asked = Asked { runs, ..Asked::new(what, is_request, hz) };
        let id = asked.id.clone();
        let plan = Plan { asked, limit };
        let slot = Slot::take(&plan, self.settings.pause).await?;
        let (store, settings) = (self.store.clone(), self.settings.clone());
        let keep = move |profile: &Profile| {
            store.lock().keep(profile.clone(), settings.keep, settings.keep_bytes);
        };
        Ok((id, Recording::start(slot, plan, Stop::new(), keep).await?))
    }
}

impl fmt::Debug for Profiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profiler").field("settings", &self.settings).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_docs() {
        let Settings { longest, hz, keep, keep_bytes, pause } =
            Profiler::new(Authorize::bearer("t")).settings;
        assert_eq!((longest, pause), (Duration::from_secs(60), Duration::from_secs(1)));
        assert_eq!((hz, keep, keep_bytes), (99, 20, 16 << 20));
    }
}

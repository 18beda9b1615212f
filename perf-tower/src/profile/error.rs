use std::io;
use std::ops::RangeInclusive;

use http::StatusCode;
use perf_core::time::Duration;

/// Why there is no profile. The text is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// One profile at a time per process.
    #[error("a profile is running already: repeat in {} s at the latest", whole_seconds(*.left))]
    Running {
        /// How long it will run at most.
        left: Duration,
    },
    /// Starts are limited, so that nobody keeps a service busy with them.
    #[error("the last profile was started just now: repeat in {} s", whole_seconds(*.wait))]
    TooSoon {
        /// How long to wait.
        wait: Duration,
    },
    /// Another user of the `pprof` crate in this process profiles.
    #[error("another profiler of this process is running: repeat when it has ended")]
    OtherProfiler,
    /// A number that is none, or one that is too small or too large.
    #[error("{name} takes a number from {} to {}", .range.start(), .range.end())]
    OutOfRange {
        /// The parameter.
        name: &'static str,
        /// What it takes.
        range: RangeInclusive<f64>,
    },
    /// A value of `profile` or `format` that is none of its words.
    #[error("{name} is one of {words}")]
    UnknownWord {
        /// The parameter.
        name: &'static str,
        /// What it takes.
        words: &'static str,
    },
    /// Only what changes nothing may be run often, and a body can be read only once.
    #[error("seconds repeats the request, which takes GET or HEAD without a body")]
    NotRepeatable,
    /// The application's own answer is that of one run.
    #[error("profile=1 is of one run: with seconds use flamegraph, collapsed, pprof or top")]
    RepeatedLink,
    /// The layer knows no empty body of the application's type.
    #[error("this service cannot repeat requests: give it ProfileLayer::empty_body")]
    NoEmptyBody,
    /// The sampler keeps rare stacks in a temporary file.
    #[error("profiling needs a temporary folder it can write to: set TMPDIR to one")]
    NoTempFolder(#[source] io::Error),
    /// The sampler's signal does not reach the threads of this process.
    #[error("SIGPROF is blocked or taken in this process, and the sampler needs it")]
    NoSignal,
    /// The sampler itself failed.
    #[error("the sampler failed: repeat, and look at the log if it fails again")]
    Sampler(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
}

impl ProfileError {
    /// The status with which an HTTP answer says so.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Running { .. } | Self::OtherProfiler => StatusCode::CONFLICT,
            Self::TooSoon { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::OutOfRange { .. }
            | Self::UnknownWord { .. }
            | Self::NotRepeatable
            | Self::RepeatedLink => StatusCode::BAD_REQUEST,
            Self::NoEmptyBody => StatusCode::NOT_IMPLEMENTED,
            Self::NoTempFolder(_) | Self::NoSignal => StatusCode::SERVICE_UNAVAILABLE,
            Self::Sampler(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// After how many seconds it is worth to ask again, where that is known.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Running { left: wait } | Self::TooSoon { wait } => Some(whole_seconds(*wait)),
            _ => None,
        }
    }
}

fn whole_seconds(duration: Duration) -> u64 {
    duration.as_millis().div_ceil(1_000).clamp(1, u64::MAX.into()) as u64
}

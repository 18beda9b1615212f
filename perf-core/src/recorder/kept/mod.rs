//! The slowest scopes of each route, and a sample of the others, kept whole.

mod budget;
mod series;

use serde::{Serialize, Serializer};

pub(crate) use budget::Budget;
pub(crate) use series::KeptSeries;

use crate::scope::{Outcome, Split, TraceId, Work};
use crate::time::{Duration, Instant};
use crate::units::serialize_millis;

/// One request or job, whole.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Kept {
    /// Its own number, by which [`Recorder::kept`](crate::Recorder::kept) finds it.
    #[serde(serialize_with = "serialize_id")]
    pub id: u64,
    /// Method and template, or the job's name.
    pub route: String,
    /// Why it was kept.
    pub reason: KeptReason,
    /// When it was opened, in milliseconds since 1970.
    pub opened_unix_ms: u64,
    /// From the opening to the close.
    #[serde(rename = "elapsed_ms", serialize_with = "serialize_millis")]
    pub elapsed: Duration,
    /// From the opening to the head of the answer.
    #[serde(skip)]
    pub head: Option<Duration>,
    /// How it ended.
    pub outcome: Outcome,
    /// The status of its answer, where there was one.
    pub status: Option<u16>,
    /// Where its time went.
    pub split: Split,
    /// The distributed trace that it is a part of.
    pub trace: Option<TraceId>,
    /// Bytes of its body, and of the answer's.
    pub request_bytes: u64,
    /// Bytes of the answer's body.
    pub response_bytes: u64,
    /// What was done in it, where anything was.
    #[serde(skip)]
    pub work: Option<Box<Work>>,
    #[serde(skip)]
    closed: Instant,
}

/// Why a [`Kept`] was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeptReason {
    /// It was among the slowest of its route in the last minutes.
    Slow,
    /// By chance: about one a second is.
    Sample,
}

impl Kept {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.route.len() + self.work.as_ref().map_or(0, |work| work.bytes())
    }
}

/// In hexadecimal: JSON's numbers lose digits.
fn serialize_id<S: Serializer>(id: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{id:016x}"))
}

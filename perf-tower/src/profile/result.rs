use std::collections::HashMap;
use std::fmt;

use perf_core::sync::Arc;
use serde::Serialize;

use super::{Hot, Node, protobuf, svg, text, top, tree};

/// Where processor time went: stacks of functions, and how often each was met.
///
/// A handle to something that never changes; cloning it copies nothing. Every form of it carries
/// [`notes`](Self::notes): what the figures do not tell.
#[derive(Clone)]
pub struct Profile {
    pub(super) inner: Arc<Data>,
}

pub(super) struct Data {
    pub(super) about: About,
    pub(super) functions: Vec<Named>,
    /// Sorted; the first frame of each is the root: the request's label, or the thread's name.
    pub(super) stacks: Vec<Stack>,
}

/// A function's name, and its source file where that is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) file: Option<String>,
}

/// Indices of functions, the outermost first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stack {
    pub(super) frames: Vec<u32>,
    pub(super) count: u64,
}

/// A profile's figures.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct About {
    /// The name under which it is kept.
    pub id: String,
    /// The request's method and route, or `process`.
    pub what: String,
    /// Whether it is the profile of one request.
    pub is_request: bool,
    /// When it began, in milliseconds since 1970 (UTC).
    pub started_unix_millis: u64,
    /// How many times the request ran, where it was repeated; all figures are of all runs.
    pub runs: Option<u64>,
    /// How long it took.
    pub seconds: f64,
    /// Processor time that the whole process used meanwhile, in seconds.
    pub cpu_seconds: f64,
    /// Samples per second of processor time that were asked for.
    pub hz: u32,
    /// Samples of what was profiled.
    pub samples: u64,
    /// Samples of the whole process.
    pub process_samples: u64,
    /// Samples that should have been taken of the whole process and were not.
    pub lost_samples: u64,
    /// Samples of the whole process most of whose functions have no name.
    pub unresolved_samples: u64,
    /// Samples too deep to tell whether they are of the request.
    pub truncated_samples: u64,
    /// What the figures do not tell, in sentences.
    pub notes: Vec<String>,
}

impl Profile {
    /// Its figures.
    pub fn about(&self) -> &About {
        &self.inner.about
    }

    /// The name under which [`Profiler::kept`](super::Profiler::kept) finds it.
    pub fn id(&self) -> &str {
        &self.inner.about.id
    }

    /// How many samples it has.
    pub fn samples(&self) -> u64 {
        self.inner.about.samples
    }

    /// What the figures do not tell, in sentences; none where all is well and nothing was repeated.
    pub fn notes(&self) -> &[String] {
        &self.inner.about.notes
    }

    /// A flame graph as a page of its own: a click zooms, Ctrl-F searches.
    ///
    /// # Cost
    /// Milliseconds for some thousand stacks; not for the thread of a runtime.
    pub fn svg(&self) -> String {
        svg::of(&self.inner)
    }

    /// One line for each stack, `outer;inner count`, as flame graph tools read it. Notes are lines
    /// that begin with `#`.
    pub fn collapsed(&self) -> String {
        text::collapsed(&self.inner)
    }

    /// The gzipped protobuf that `go tool pprof` and most viewers read. Notes are its comments.
    pub fn pprof(&self) -> Vec<u8> {
        protobuf::gzipped(&self.inner)
    }

    /// The `count` functions with the most samples of their own, the hottest first.
    pub fn top(&self, count: usize) -> Vec<Hot> {
        let mut hot = top::of(&self.inner);
        hot.truncate(count);
        hot
    }

    /// The hottest functions as text: twenty by their own samples, twenty by those of all they call.
    pub fn top_text(&self) -> String {
        text::top(&self.inner)
    }

    /// The stacks as one tree whose root holds all samples.
    pub fn tree(&self) -> Node {
        tree::of(&self.inner)
    }

    /// Figures, hottest functions and tree as JSON.
    pub fn json(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Json<'a> {
            #[serde(flatten)]
            about: &'a About,
            top: Vec<Hot>,
            tree: Node,
        }
        let json = Json { about: self.about(), top: self.top(20), tree: self.tree() };
        serde_json::to_vec(&json).unwrap_or_default()
    }
}

impl Data {
    /// `GET /orders: 41 samples at 99 Hz in 0.52 s`.
    pub(super) fn headline(&self) -> String {
        let About { what, samples, hz, seconds, .. } = &self.about;
        let s = if *samples == 1 { "" } else { "s" };
        format!("{what}: {samples} sample{s} at {hz} Hz in {seconds:.2} s")
    }

    /// About how much memory it takes.
    pub(super) fn size_bytes(&self) -> u64 {
        let names = |named: &Named| named.name.len() + named.file.as_ref().map_or(0, String::len);
        let functions: usize = self.functions.iter().map(|f| names(f) + size_of::<Named>()).sum();
        let stacks: usize =
            self.stacks.iter().map(|s| s.frames.len() * 4 + size_of::<Stack>()).sum();
        (functions + stacks + size_of::<Self>()) as u64
    }
}

/// Gives each name one number.
#[derive(Default)]
pub(super) struct Functions {
    named: Vec<Named>,
    numbers: HashMap<String, u32>,
}

impl Functions {
    pub(super) fn number(&mut self, name: &str, file: Option<&str>) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = u32::try_from(self.named.len()).unwrap_or(u32::MAX);
        self.named.push(Named { name: name.to_owned(), file: file.map(str::to_owned) });
        self.numbers.insert(name.to_owned(), number);
        number
    }

    pub(super) fn into_named(self) -> Vec<Named> {
        self.named
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.about.fmt(f)
    }
}

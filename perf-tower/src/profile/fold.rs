//! Samples become a profile: which stacks are kept, where they begin, and what is to be said of them.

use std::collections::{BTreeMap, HashMap};

use perf_core::sync::Arc;

use super::result::{About, Data, Functions, Stack};
use super::sampler::{MAX_DEPTH, RawStack, Samples};
use super::symbols::{Function, UNKNOWN};
use super::{name, notes};

/// Frames of one stack, from the root on; what is deeper belongs to the last of them.
const MAX_FRAMES: usize = 256;

/// How much is kept of a stack that never reaches the application.
const PLUMBING_FRAMES: usize = 3;

/// What was profiled.
pub(super) struct Asked {
    pub(super) id: String,
    pub(super) what: Arc<str>,
    pub(super) is_request: bool,
    pub(super) hz: u32,
    pub(super) started_unix_millis: u64,
}

/// Folds `samples`, whose addresses are `functions`.
pub(super) fn profile(
    asked: Asked,
    samples: &Samples,
    functions: &HashMap<usize, Vec<Function>>,
) -> Data {
    let (mut numbers, mut folded) = (Functions::default(), BTreeMap::new());
    let mut seen = notes::Seen::default();
    for raw in &samples.stacks {
        let frames: Vec<&Function> =
            raw.addresses.iter().rev().filter_map(|at| functions.get(at)).flatten().collect();
        seen.add(raw, &frames);
        let (root, frames) = match asked.is_request {
            false => (raw.thread.as_str(), frames.as_slice()),
            true => match frames.iter().position(|frame| frame.is_marker()) {
                Some(marker) => (&*asked.what, &frames[marker + 1..]),
                None => {
                    seen.truncated += if is_cut(raw) { raw.count } else { 0 };
                    continue;
                }
            },
        };
        let is_nameless = |frame: &&Function| frame.name.ends_with(name::ASYNC_FN);
        let frames = of_application(frames);
        seen.nameless += if frames.iter().any(is_nameless) { raw.count } else { 0 };
        let mut stack = vec![numbers.number(root, None)];
        for function in frames {
            let number = numbers.number(&function.name, function.file.as_deref());
            // A closure in its function, and a function that calls itself, are one frame.
            if stack.last() != Some(&number) && stack.len() < MAX_FRAMES {
                stack.push(number);
            }
        }
        *folded.entry(stack).or_insert(0) += raw.count;
    }
    let stacks: Vec<Stack> =
        folded.into_iter().map(|(frames, count)| Stack { frames, count }).collect();
    let expected = (samples.cpu_seconds * f64::from(asked.hz)) as u64;
    let mut about = About {
        id: asked.id,
        what: asked.what.to_string(),
        is_request: asked.is_request,
        started_unix_millis: asked.started_unix_millis,
        seconds: samples.duration.as_secs_f64(),
        cpu_seconds: samples.cpu_seconds,
        hz: asked.hz,
        samples: stacks.iter().map(|stack| stack.count).sum(),
        process_samples: seen.samples,
        lost_samples: expected.saturating_sub(seen.samples),
        unresolved_samples: seen.unresolved,
        truncated_samples: seen.truncated,
        notes: Vec::new(),
    };
    about.notes = notes::of(&about, &seen);
    Data { about, functions: numbers.into_named(), stacks }
}

/// From the first function of the application on. Between the marker and the handler there are
/// dozens of frames of the HTTP stack, and the same before the first function of a task.
fn of_application<'a, 'b>(frames: &'a [&'b Function]) -> &'a [&'b Function] {
    let first = frames.iter().position(|frame| !frame.is_plumbing());
    &frames[first.unwrap_or(frames.len().saturating_sub(PLUMBING_FRAMES))..]
}

fn is_cut(raw: &RawStack) -> bool {
    raw.addresses.len() >= MAX_DEPTH
}

impl notes::Seen {
    fn add(&mut self, raw: &RawStack, frames: &[&Function]) {
        self.samples += raw.count;
        self.shallow += if raw.addresses.len() <= 2 { raw.count } else { 0 };
        let unknown = frames.iter().filter(|frame| frame.name == UNKNOWN).count();
        self.unresolved += if unknown * 2 > frames.len() { raw.count } else { 0 };
    }
}

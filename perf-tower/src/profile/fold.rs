//! Samples become a profile: which stacks are kept, where they begin, and what is to be said of them.

use std::collections::{BTreeMap, HashMap};

use perf_core::sync::Arc;

use super::result::{About, Data, Functions, Stack};
use super::runs::Runs;
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
    /// Of a repeated request.
    pub(super) runs: Option<Runs>,
}

/// Folds `samples`, whose addresses are `functions`.
pub(super) fn profile(
    asked: Asked,
    samples: &Samples,
    functions: &HashMap<usize, Arc<[Function]>>,
) -> Data {
    let (mut numbers, mut folded) = (Functions::default(), BTreeMap::new());
    let mut seen = notes::Seen::default();
    for raw in &samples.stacks {
        let frames: Vec<&Function> = raw
            .addresses
            .iter()
            .rev()
            .filter_map(|at| functions.get(at))
            .flat_map(|f| f.iter())
            .collect();
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
    let ran = asked.runs.as_ref().map(Runs::close);
    let mut about = About {
        id: asked.id,
        what: asked.what.to_string(),
        is_request: asked.is_request,
        started_unix_millis: asked.started_unix_millis,
        runs: ran.map(|ran| ran.times),
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
    about.notes = notes::of(&about, &seen, ran);
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

#[cfg(test)]
pub(super) mod tests {
    use perf_core::time::Duration;

    use super::*;
    use crate::profile::marker;
    use crate::profile::text::collapsed;

    /// Stacks written as names, the outermost first.
    fn folded(what: &str, is_request: bool, stacks: &[(&str, u64)]) -> Data {
        let (mut functions, mut raw) = (HashMap::new(), Vec::new());
        for (stack, count) in stacks {
            let mut addresses = Vec::new();
            for name in stack.split(' ').filter(|name| !name.is_empty()) {
                let address = functions.len();
                let from = name::crate_in(name).map(str::to_owned);
                let function = Function { name: name.to_owned(), file: None, from };
                functions.insert(address, vec![function].into());
                addresses.insert(0, address);
            }
            raw.push(RawStack { thread: "worker".to_owned(), addresses, count: *count });
        }
        let samples =
            Samples { stacks: raw, duration: Duration::from_millis(500), cpu_seconds: 0.0 };
        let id = "1".to_owned();
        let asked = Asked {
            id,
            what: what.into(),
            is_request,
            hz: 100,
            started_unix_millis: 1,
            runs: None,
        };
        profile(asked, &samples, &functions)
    }

    /// Four samples of `GET /orders`, three of them in `sum`.
    pub(in crate::profile) fn profile_of_shop() -> Data {
        let request = format!("__clone3 tokio::run {} axum::call core::poll", marker::NAME);
        folded(
            "GET /orders",
            true,
            &[
                (&format!("{request} shop::orders"), 1),
                (&format!("{request} shop::orders shop::sum shop::sum"), 3),
                ("__clone3 tokio::run shop::decoy", 5),
            ],
        )
    }

    #[test]
    fn a_request_begins_at_its_handler_and_has_only_its_own_stacks() {
        let data = profile_of_shop();
        let text = collapsed(&data);
        let stacks: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(stacks, ["GET /orders;shop::orders 1", "GET /orders;shop::orders;shop::sum 3"]);
        assert_eq!((data.about.samples, data.about.process_samples), (4, 9));
    }

    #[test]
    fn a_stack_that_never_reaches_the_application_keeps_its_innermost_functions() {
        let data = folded("process", false, &[("__clone3 tokio::a tokio::b mio::c std::d", 2)]);
        assert!(collapsed(&data).ends_with("\nworker;tokio::b;mio::c;std::d 2\n"));
    }

    #[test]
    fn a_stack_deeper_than_the_sampler_looks_is_counted_and_said() {
        let deep = vec!["shop::deep"; MAX_DEPTH].join(" ");
        let data = folded("GET /", true, &[(&deep, 7)]);
        assert_eq!((data.about.samples, data.about.truncated_samples), (0, 7));
        assert!(data.about.notes[0].starts_with("7 samples were deeper"), "{:?}", data.about);
    }

    #[test]
    fn missing_symbols_and_missing_frames_are_said_with_the_line_to_add() {
        let stripped = format!("{UNKNOWN} {UNKNOWN} {UNKNOWN} __GI___write");
        let data = folded("GET /", true, &[(&stripped, 90), ("shop::a shop::b shop::c", 10)]);
        assert!(data.about.notes[0].contains("strip = \"none\""), "{:?}", data.about.notes);
        assert_eq!(data.about.unresolved_samples, 90);
        let data = folded("process", false, &[("shop::a", 90), ("shop::a shop::b shop::c", 10)]);
        assert!(data.about.notes[0].contains("force-frame-pointers=yes"), "{:?}", data.about.notes);
        let data = folded("process", false, &[("a::a", 10), ("shop::a shop::b shop::c", 90)]);
        assert!(data.about.notes.is_empty(), "{:?}", data.about.notes);
    }

    #[test]
    fn notes_are_in_every_form_and_never_taken_for_a_stack() {
        let data = folded("GET /<&>", true, &[]);
        for text in
            [collapsed(&data), crate::profile::text::top(&data), crate::profile::svg::of(&data)]
        {
            assert!(text.contains("repeat it: add &"), "{text}");
        }
        let svg = crate::profile::svg::of(&profile_of_shop());
        assert!(svg.contains("Only 4 samples: repeat it: add &amp;seconds=2"), "{svg}");
        let mut all = folded("process", false, &[("a", 90), (&vec!["b::b"; 128].join(" "), 30)]);
        all.about.lost_samples = 1_000;
        all.about.samples = 1;
        let seen =
            notes::Seen { samples: 100, shallow: 90, unresolved: 90, nameless: 1, truncated: 1 };
        let notes = notes::of(&all.about, &seen, None);
        assert_eq!(notes.len(), 6);
        assert!(notes.iter().all(|note| note.ends_with('.')), "{notes:?}");
    }

    #[test]
    fn hostile_names_stay_text_in_the_graph() {
        let name = "shop::\"</title><script>alert(1)</script>&";
        let svg = crate::profile::svg::of(&folded(
            "GET /<b>&",
            true,
            &[(&format!("{} {name}", marker::NAME), 30)],
        ));
        assert!(!svg.contains("<script>") && !svg.contains("<b>"), "{svg}");
        assert!(svg.contains("<title>GET /&lt;b&gt;&amp; (30 samples, 100%)"), "{svg}");
        assert!(crate::profile::svg::policy(&svg).contains("script-src 'sha256-"));
    }
}

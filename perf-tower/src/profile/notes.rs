//! What a profile cannot tell by its figures, and what to do about it.

use super::result::About;
use super::runs::Ran;

/// Fewer samples than these are an anecdote.
const FEW: u64 = 20;

/// Counts over all samples of the process, whatever was profiled.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) samples: u64,
    /// Stacks of one or two functions.
    pub(super) shallow: u64,
    /// Stacks most of whose functions have no name.
    pub(super) unresolved: u64,
    /// Stacks with an inlined `async fn` whose name the line table left out.
    pub(super) nameless: u64,
    /// Stacks too deep to reach the request's marker.
    pub(super) truncated: u64,
}

/// The sentences for one profile. None ends with a digit: a reader of collapsed stacks would take
/// that for a count.
pub(super) fn of(about: &About, seen: &Seen, ran: Option<Ran>) -> Vec<String> {
    let mut notes = ran.map_or_else(Vec::new, |ran| repeated(about, ran));
    let mostly = |count: u64| seen.samples > 0 && count * 10 >= seen.samples * 8;
    if mostly(seen.unresolved) {
        notes.push(
            "Most functions have no name, so what belongs to whom is not known: build with \
             strip = \"none\" and debug = \"line-tables-only\" in the profile of Cargo.toml."
                .to_owned(),
        );
    }
    if mostly(seen.shallow) {
        notes.push(
            "Most stacks end after one or two functions: build with \
             rustflags = [\"-C\", \"force-frame-pointers=yes\", \"-C\", \"force-unwind-tables=yes\"] \
             in .cargo/config.toml."
                .to_owned(),
        );
    }
    if seen.nameless > 0 {
        notes.push(
            "{async fn} is one that was inlined and has no name in a line table: build with \
             debug = \"limited\" to see which."
                .to_owned(),
        );
    }
    if seen.truncated > 0 {
        notes.push(format!(
            "{} samples were deeper than the sampler looks and may be of this request.",
            seen.truncated
        ));
    }
    if about.lost_samples * 5 > about.process_samples + about.lost_samples && seen.samples >= FEW {
        notes.push(format!(
            "{} samples were lost: the kernel sends one process no more of them. Shares still hold.",
            about.lost_samples
        ));
    }
    notes.extend(few(about));
    notes
}

fn repeated(about: &About, ran: Ran) -> Vec<String> {
    let times = match ran.times {
        1 => "once".to_owned(),
        times => format!("{} times", with_commas(times)),
    };
    let all = format!(
        "{}, {times} in {:.1} s, one after the other: the figures are of all runs.",
        about.what, about.seconds
    );
    let mut notes = vec![all];
    if let Some(first) = ran.status.filter(|_| ran.differed > 0) {
        notes.push(format!(
            "{} of the answers had another status than the first, which had {}: see whether a limit \
             refused them.",
            with_commas(ran.differed),
            first.as_u16()
        ));
    }
    notes
}

/// Tells by the label, which has no method where the route is not known.
fn may_be_repeated(what: &str) -> bool {
    what.split_once(' ').is_none_or(|(method, _)| ["GET", "HEAD"].contains(&method))
}

fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn few(about: &About) -> Option<String> {
    let is_one_run = about.is_request && about.runs.is_none();
    let again = match (is_one_run, about.hz < 250) {
        (true, _) if may_be_repeated(&about.what) => "repeat it: add &seconds=2 to the query",
        (true, true) => "add hz=250, or repeat the request",
        (true, false) => "repeat the request with more work in it",
        (false, true) => "ask for more seconds, or for hz=250",
        (false, false) => "ask for more seconds",
    };
    match about.samples {
        0 => Some(format!(
            "No sample: at {} Hz there is one for each {:.0} ms of processor time, and waiting takes \
             none; {again}.",
            about.hz,
            1_000.0 / f64::from(about.hz.max(1)),
        )),
        samples if samples < FEW => Some(format!("Only {samples} samples: {again}.")),
        _ => None,
    }
}

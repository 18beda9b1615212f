//! One claim and what was measured for it.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::paired::Rounds;

#[derive(Serialize)]
pub(crate) struct Row {
    bench: String,
    ours: f64,
    /// This and the ratio are infinite or not a number where there is no peer: `null` in JSON.
    peer: f64,
    unit: &'static str,
    ratio: f64,
    low: f64,
    high: f64,
    goal: String,
    ok: bool,
}

/// What a row must reach.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    /// At most this many times the peer.
    Ratio(f64),
    /// At most this many nanoseconds.
    Nanos(f64),
    /// Nothing: the bench itself fails where it must not go wrong.
    Shown,
}

impl Row {
    /// Ours beside a peer.
    pub(crate) fn of(bench: &str, rounds: &Rounds<2>, goal: Goal) -> Self {
        Self::new(bench, rounds, |[ours, _]| *ours, |[_, peer]| *peer, goal)
    }

    /// What ours and a peer add to a thing that both do: bare, ours, peer.
    pub(crate) fn of_added(bench: &str, rounds: &Rounds<3>, goal: Goal) -> Self {
        Self::new(bench, rounds, |[bare, ours, _]| ours - bare, |[bare, _, peer]| peer - bare, goal)
    }

    /// The same with a bare of each one's own: bare, ours, bare, peer.
    pub(crate) fn of_added_to_each(bench: &str, rounds: &Rounds<4>, goal: Goal) -> Self {
        let (ours, peer) =
            (|round: &[f64; 4]| round[1] - round[0], |round: &[f64; 4]| round[3] - round[2]);
        Self::new(bench, rounds, ours, peer, goal)
    }

    /// Two shares of one whole, from 0 to 1, of which the greater one is the better: each comes from a
    /// trace that is always the same, so there is one round. They are shown in percent.
    pub(crate) fn of_shares(bench: &str, ours: f64, peer: f64, least_ratio: f64) -> Self {
        let ratio = rounded(ours / peer);
        Self {
            bench: bench.to_owned(),
            ours: rounded(ours * 100.0),
            peer: rounded(peer * 100.0),
            unit: "%",
            ratio,
            low: ratio,
            high: ratio,
            goal: format!("ratio >= {least_ratio}"),
            ok: ratio >= least_ratio,
        }
    }

    /// What was measured once, because it takes long and is far from its goal or from its peer.
    pub(crate) fn once(bench: &str, ours: Duration, peer: Duration, goal: Goal) -> Self {
        Self::of(bench, &Rounds::of_one([ours, peer]), goal)
    }

    /// What has no peer, measured once.
    pub(crate) fn alone(bench: &str, ours: Duration, goal: Goal) -> Self {
        Self::once(bench, ours, Duration::ZERO, goal)
    }

    fn new<const N: usize>(
        bench: &str,
        rounds: &Rounds<N>,
        ours: fn(&[f64; N]) -> f64,
        peer: fn(&[f64; N]) -> f64,
        goal: Goal,
    ) -> Self {
        let ratio = rounds.median(|round| ours(round) / peer(round));
        let (ours, peer) = (rounds.median(ours).value, rounds.median(peer).value);
        let (goal, ok) = match goal {
            Goal::Ratio(most) => (format!("ratio <= {most}"), ratio.value <= most),
            Goal::Nanos(most) => (format!("ours <= {most} ns"), ours <= most),
            Goal::Shown => ("shown".to_owned(), true),
        };
        Self {
            bench: bench.to_owned(),
            ours: rounded(ours),
            peer: rounded(peer),
            unit: "ns",
            ratio: rounded(ratio.value),
            low: rounded(ratio.low),
            high: rounded(ratio.high),
            goal,
            ok,
        }
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

pub(crate) fn heading() -> String {
    format!(
        "{:<44}{:>12}{:>12}{:>8}  {:<18}{:<22}",
        "bench, ours against peer", "ours ns", "peer ns", "ratio", "95 % interval", "goal"
    )
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bench, ours, peer, ratio, low, high, goal, .. } = self;
        let (peer, ratio, interval) = match ratio.is_finite() {
            true => (format!("{peer:.1}"), format!("{ratio:.3}"), format!("{low:.3} to {high:.3}")),
            false => ("-".to_owned(), "-".to_owned(), String::new()),
        };
        let verdict = if self.ok { "met" } else { "MISSED" };
        write!(f, "{bench:<44}{ours:>12.1}{peer:>12}{ratio:>8}  {interval:<18}{goal:<22}{verdict}")
    }
}

//! Findings, and what the SDK says of itself.

use perf_core::Snapshot;
use perf_core::finding::FindingKind;

use super::super::text::{Kind, Labels, Metric, Text};

static FINDINGS: Metric = Metric {
    name: "perf_findings",
    kind: Kind::Gauge,
    unit: "",
    help: "Findings in the report, by kind.",
};
static DROPPED: Metric = Metric {
    name: "perf_dropped",
    kind: Kind::Counter,
    unit: "",
    help: "What did not fit into the recorder, or fell into a series named _other.",
};
static UPTIME: Metric = Metric {
    name: "perf_recorder_uptime_seconds",
    kind: Kind::Gauge,
    unit: "seconds",
    help: "How long the recorder has been counting.",
};
static BUILD: Metric =
    Metric { name: "perf_build", kind: Kind::Info, unit: "", help: "The version of the SDK." };

pub(super) fn write(text: &mut Text, snapshot: &Snapshot) {
    text.family(&FINDINGS, |samples| {
        for kind in FindingKind::RECORDED.iter().chain(FindingKind::ADVISED) {
            let count = snapshot.findings.iter().filter(|finding| finding.kind == *kind).count();
            // What an advisor finds is a long list, and most services have none.
            if count == 0 && FindingKind::ADVISED.contains(kind) {
                continue;
            }
            samples.number("", Some(("kind", kind.as_str())), count);
        }
    });
    let dropped = &snapshot.dropped;
    text.family(&DROPPED, |samples| {
        for (what, count) in [
            ("routes", dropped.routes),
            ("queries", dropped.queries),
            ("names", dropped.names),
            ("repetitions", dropped.repetitions),
            ("usages", dropped.usages),
            ("kept", dropped.kept),
            ("ungrouped_queries", dropped.ungrouped_queries),
            ("late_events", dropped.late_events),
        ] {
            samples.number("", Some(("what", what)), count);
        }
    });
    text.family(&UPTIME, |samples| {
        samples.number("", None, format_args!("{:.3}", snapshot.observed.as_secs_f64()));
    });
    let version = Labels::default().and("version", env!("CARGO_PKG_VERSION")).end();
    text.family(&BUILD, |samples| samples.number(&version, None, 1));
}

//! A plan of ten thousand nodes, from its JSON to what is wrong with it.

use std::hint::black_box;
use std::time::{Duration, Instant};

use perf_core::Fingerprint;
use perf_db::advise::plan::{Context, Plan};
use serde_json::{Value, json};

use super::{Bench, Measured};
use crate::paired::{Effort, measure_uneven};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "plan_analysis", run };

const NODES: usize = 10_000;
const GOAL: Goal = Goal::Nanos(50e6);

/// The same nodes as the parts of a large partitioned table, and each below the one before.
fn run(effort: Effort) -> Measured {
    let wide = json!([{ "Plan": wide(), "Planning Time": 80.0, "Execution Time": 900.0 }]);
    let wide = serde_json::to_string_pretty(&wide)?;
    let rounds = measure_uneven(
        effort,
        [
            Box::new(|repetitions| repeated(repetitions, || analyzed(&wide))),
            Box::new(|repetitions| {
                repeated(repetitions, || {
                    serde_json::from_str::<Value>(&wide)
                        .map_or(0, |value| usize::from(value.is_array()))
                })
            }),
        ],
    );
    let chain = chain();
    let mut runs: Vec<Duration> = (0..9).map(|_| repeated(1, || analyzed(&chain))).collect();
    runs.sort();
    Ok(vec![
        Row::of("plan_analysis, 10,000 nodes, serde_json alone", &rounds, GOAL),
        Row::alone("plan_analysis, 10,000 nodes in a chain", runs[runs.len() / 2], GOAL),
    ])
}

fn repeated(repetitions: u64, mut work: impl FnMut() -> usize) -> Duration {
    let started = Instant::now();
    for _ in 0..repetitions {
        black_box(work());
    }
    started.elapsed()
}

/// Read, computed, and looked at by all rules.
fn analyzed(json: &str) -> usize {
    let plan = Plan::parse(json).expect("a plan");
    assert_eq!(plan.nodes().len(), NODES);
    let statement = Fingerprint::of("select * from reading where sensor = $1 order by at limit 10");
    plan.findings(&Context::new(&statement)).len()
}

fn wide() -> Value {
    let parts: Vec<Value> = (0..(NODES - 1) / 3).map(part).collect();
    let mut root = node("Append", "Outer", 0);
    root["Plans"] = parts.into();
    root
}

/// What the server says of a part with `analyze, buffers, verbose`.
fn part(number: usize) -> Value {
    let mut scan = node("Seq Scan", "Outer", number);
    scan["Filter"] = "((reading.sensor = 'a4711'::text) AND (reading.value > 12.5))".into();
    scan["Rows Removed by Filter"] = 40_000.into();
    let mut lookup = node("Index Scan", "Inner", number);
    lookup["Index Name"] = format!("sensor_{number}_pkey").into();
    lookup["Index Cond"] = "(sensor.id = reading.sensor_id)".into();
    let mut join = node("Nested Loop", "Member", number);
    join["Join Type"] = "Inner".into();
    join["Plans"] = json!([scan, lookup]);
    join
}

fn node(kind: &str, relationship: &str, number: usize) -> Value {
    let mut node = json!({
        "Node Type": kind,
        "Parent Relationship": relationship,
        "Parallel Aware": false,
        "Async Capable": false,
        "Startup Cost": 0.43,
        "Total Cost": 1234.56,
        "Plan Rows": 17,
        "Plan Width": 48,
        "Actual Startup Time": 0.021,
        "Actual Total Time": 0.044,
        "Actual Rows": 12,
        "Actual Loops": 1,
        "Output": ["reading.id", "reading.sensor", "reading.at", "reading.value"],
    });
    if kind.ends_with("Scan") {
        node["Relation Name"] = format!("reading_{number}").into();
        node["Schema"] = "public".into();
        node["Alias"] = "reading".into();
    }
    for kind in ["Shared", "Local"] {
        for what in ["Hit", "Read", "Dirtied", "Written"] {
            node[format!("{kind} {what} Blocks")] = 21.into();
        }
    }
    node["Temp Read Blocks"] = 0.into();
    node["Temp Written Blocks"] = 0.into();
    node
}

/// By hand, for nothing that writes values goes as deep.
fn chain() -> String {
    let mut head = node("Materialize", "Outer", 0).to_string();
    head.pop();
    let open = format!("{head}, \"Plans\": [").repeat(NODES - 1);
    let close = "]}".repeat(NODES - 1);
    format!("[{{\"Plan\": {open}{head}}}{close}}}]")
}

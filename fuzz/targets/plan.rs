//! Whatever is said to be a plan.
#![no_main]

use perf_core::Fingerprint;
use perf_db::advise::plan::{Context, Plan};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(plan) = Plan::parse(text) else { return };
    let (mut time, mut cost) = (0.0, 0.0);
    for (id, _) in plan.nodes() {
        time += plan.time_share(id).unwrap_or(0.0);
        cost += plan.cost_share(id);
        assert!(plan.exclusive_cost(id) >= 0.0);
    }
    assert!(time <= 1.0 + 1e-6 && cost <= 1.0 + 1e-6, "{time} {cost}");
    let statement = Fingerprint::of("select 1");
    let findings = plan.findings(&Context::new(&statement));
    let flagged = findings
        .iter()
        .fold(plan.tree(), |tree, found| tree.flag(found.node, found.finding.severity));
    assert!(flagged.to_string().lines().count() >= plan.nodes().len());
    assert!(!plan.picture().to_string().contains("<script"));
});

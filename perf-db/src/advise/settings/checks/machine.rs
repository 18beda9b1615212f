use perf_core::Finding;
use perf_core::finding::Severity;

use super::{advised, finding};
use crate::advise::settings::machine::Machine;
use crate::advise::settings::quantity::Quantity;
use crate::advise::settings::recommended::{Recommendation, Recommended, Value};
use crate::advise::settings::server::ServerSettings;

/// A number may be half or twice what the rule says before it is worth a word: the rules are no
/// more exact than that.
const TOLERANCE: f64 = 2.0;

/// More than this of memory is a burden (postgresqltuner).
const MOST_SHARED_BUFFERS: f64 = 0.4;

/// What decides most of the speed; the rest is for information.
const WEIGHTY: [&str; 3] = ["shared_buffers", "effective_cache_size", "max_wal_size"];

/// A server against pgtune's rules. A setting that another check has spoken of is left out.
pub(super) fn findings(
    server: &ServerSettings,
    machine: &Machine,
    recommended: &Recommended,
    known: &[String],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for recommendation in &recommended.settings {
        if known.contains(&format!("setting:{}", recommendation.name)) {
            continue;
        }
        let Some(how_far) = distance(server, machine, recommendation) else { continue };
        let is_weighty = WEIGHTY.contains(&recommendation.name) && how_far == Distance::Below;
        let severity = if is_weighty { Severity::Warning } else { Severity::Info };
        findings.push(finding_of(server, recommendation, severity));
    }
    findings
}

fn finding_of(
    server: &ServerSettings,
    recommendation: &Recommendation,
    severity: Severity,
) -> Finding {
    let Recommendation { name, value, reason, risk, .. } = recommendation;
    let value = value.to_string();
    let mut found = finding(server, name, severity).evidence("suits the machine", value.as_str());
    if let Some(risk) = risk {
        found = found.evidence("risk", *risk);
    }
    advised(found, server, name, &value, &format!("set {name} to {value}: {reason}"))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Distance {
    Below,
    Above,
    Other,
}

/// `None` where the server's value will do.
fn distance(
    server: &ServerSettings,
    machine: &Machine,
    recommendation: &Recommendation,
) -> Option<Distance> {
    let Recommendation { name, value, .. } = recommendation;
    let setting = server.get(name)?;
    match value {
        Value::Word(word) => {
            let suits = setting.value == *word || will_do(name, &setting.value);
            (!suits).then_some(Distance::Other)
        }
        Value::Quantity(quantity) => {
            let (now, then) = (size(setting.quantity()?), size(*quantity));
            let is_above = match *name {
                // Fewer is what a pool makes of it, and better.
                "max_connections" => return (now > then * TOLERANCE).then_some(Distance::Above),
                // By itself it is 3 % of shared_buffers.
                "wal_buffers" if now < 0.0 => return None,
                // By itself it is maintenance_work_mem, for each worker.
                "autovacuum_work_mem" if now < 0.0 => true,
                "shared_buffers" => now > machine.memory_bytes as f64 * MOST_SHARED_BUFFERS,
                "effective_cache_size" => now > machine.memory_bytes as f64,
                "random_page_cost" => now > then * TOLERANCE,
                // More of the others was somebody's choice.
                _ => false,
            };
            match is_above {
                true => Some(Distance::Above),
                false => (now < then / TOLERANCE).then_some(Distance::Below),
            }
        }
    }
}

/// Other words that are as good.
fn will_do(name: &str, value: &str) -> bool {
    match name {
        "wal_compression" => value != "off",
        // `try` costs nothing where there are none.
        "huge_pages" => value != "off",
        // Replicas or archives are no mistake on a desktop.
        "wal_level" => true,
        _ => false,
    }
}

fn size(quantity: Quantity) -> f64 {
    match quantity {
        Quantity::Bytes(bytes) => bytes as f64,
        Quantity::Number(number) => number,
        Quantity::Time(time) => time.as_secs_f64(),
    }
}

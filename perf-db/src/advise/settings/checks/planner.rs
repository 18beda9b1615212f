use perf_core::Finding;
use perf_core::finding::Severity;

use super::{advised, finding};
use crate::advise::settings::machine::{Machine, Storage};
use crate::advise::settings::server::ServerSettings;

/// PostgreSQL's own defaults.
const DEFAULT_RANDOM_PAGE_COST: f64 = 4.0;
const DEFAULT_JIT_ABOVE_COST: f64 = 100_000.0;
const DEFAULT_STATISTICS_TARGET: f64 = 100.0;

pub(super) fn findings(server: &ServerSettings, machine: Option<&Machine>) -> Vec<Finding> {
    let mut findings = turned_off(server);
    findings.extend(random_page_cost(server, machine));
    findings.extend(jit(server));
    findings.extend(statistics(server));
    findings
}

/// Ways to run a statement that nobody may choose (postgresqltuner). Those that are off by default
/// stay out.
fn turned_off(server: &ServerSettings) -> Vec<Finding> {
    let names = server.settings.iter().filter(|(name, setting)| {
        name.starts_with("enable_") && setting.value == "off" && setting.default == "on"
    });
    let finding_of = |name: &String| {
        let found = finding(server, name, Severity::Warning);
        let advice = format!(
            "turn {name} on for the server, and off only in the transaction of a statement that is \
             proven to need it"
        );
        advised(found, server, name, "on", &advice)
    };
    names.map(|(name, _)| finding_of(name)).collect()
}

/// The default is that of disks that turn, and makes the planner shun indexes.
fn random_page_cost(server: &ServerSettings, machine: Option<&Machine>) -> Option<Finding> {
    let name = "random_page_cost";
    let severity = match machine {
        // The machine's own rule has said what is right.
        Some(machine) if machine.storage == Storage::Hdd => return None,
        Some(_) => Severity::Warning,
        None => Severity::Info,
    };
    if server.number(name)? < DEFAULT_RANDOM_PAGE_COST {
        return None;
    }
    let found = finding(server, name, severity);
    let advice = "set random_page_cost to 1.1, unless the data are on disks that turn: flash reads \
                  pages out of order as quickly as in order";
    Some(advised(found, server, name, "1.1", advice))
}

/// Compiling at a lower cost than the default's seldom pays.
fn jit(server: &ServerSettings) -> Option<Finding> {
    let name = "jit_above_cost";
    let cost = server.number(name)?;
    if !server.is_on("jit") || !(0.0..DEFAULT_JIT_ABOVE_COST).contains(&cost) {
        return None;
    }
    let found = finding(server, name, Severity::Info);
    let advice = "raise jit_above_cost to its default of 100000: below it short statements are \
                  compiled for longer than they run";
    Some(advised(found, server, name, "100000", advice))
}

fn statistics(server: &ServerSettings) -> Option<Finding> {
    let name = "default_statistics_target";
    if server.number(name)? >= DEFAULT_STATISTICS_TARGET {
        return None;
    }
    let found = finding(server, name, Severity::Info);
    let advice = "set default_statistics_target to its default of 100 at least: with fewer samples \
                  the planner guesses wrong on columns with uneven values";
    Some(advised(found, server, name, "100", advice))
}

//! pgtune's rules as they were in July 2026. Sizes are whole kilobytes, as its are.

mod memory;
mod planner;
mod wal;
mod workers;

use super::machine::{Machine, Purpose};
use super::recommended::Recommendation;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

pub(super) fn settings(machine: &Machine) -> Vec<Recommendation> {
    let mut settings = memory::settings(machine);
    settings.extend(wal::settings(machine));
    settings.extend(planner::settings(machine));
    settings.extend(workers::settings(machine));
    settings
}

pub(super) fn caveat(machine: &Machine) -> Option<&'static str> {
    match machine.memory_bytes {
        ..268_435_456 => Some("below 256 MB of memory these rules do not fit well"),
        107_374_182_401.. => Some("above 100 GB of memory these rules do not fit well"),
        _ => None,
    }
}

fn connections(machine: &Machine) -> u32 {
    machine.connections.unwrap_or(match machine.purpose {
        Purpose::Web => 200,
        Purpose::Oltp => 300,
        Purpose::Warehouse => 40,
        Purpose::Desktop => 20,
        Purpose::Mixed => 100,
    })
}

/// Whole kilobytes.
fn share_of_memory(machine: &Machine, part: u64, whole: u64) -> u64 {
    machine.memory_bytes / KIB * part / whole * KIB
}

use perf_core::Finding;
use perf_core::finding::Severity;
use perf_core::time::Duration;
use perf_core::units;

use super::{advised, finding};
use crate::advise::settings::quantity::Quantity;
use crate::advise::settings::recommended::Recommended;
use crate::advise::settings::server::{Checkpoints, ServerSettings};

/// The default since PostgreSQL 14, and pgtune's.
const COMPLETION_TARGET: f64 = 0.9;

/// Fewer say nothing: a backup or a dropped database asks for one too.
const LEAST_REQUESTED: u64 = 10;

pub(super) fn findings(server: &ServerSettings, machine: Option<&Recommended>) -> Vec<Finding> {
    let findings = [size(server, machine), completion_target(server), compression(server)];
    findings.into_iter().flatten().collect()
}

/// Checkpoints that begin because the log is full, not because it is time.
fn size(server: &ServerSettings, machine: Option<&Recommended>) -> Option<Finding> {
    let name = "max_wal_size";
    let Checkpoints { timed, requested, log_bytes, counted_for } = server.checkpoints?;
    let Quantity::Time(interval) = server.quantity("checkpoint_timeout")? else { return None };
    let mean = counted_for.div_f64((timed + requested).max(1) as f64);
    if requested < LEAST_REQUESTED || requested <= timed || mean >= interval {
        return None;
    }
    let bytes = server.bytes(name)?;
    // A full log asks for one at about half of `max_wal_size`; with much less, somebody did.
    if log_bytes.is_some_and(|log| log / requested < bytes / 4) {
        return None;
    }
    let suggested = machine.and_then(|machine| match machine.find(name)?.value {
        super::super::Value::Quantity(Quantity::Bytes(bytes)) => Some(bytes),
        _ => None,
    });
    let value = suggested.filter(|&suggested| suggested > bytes).unwrap_or(bytes.saturating_mul(2));
    let found = finding(server, name, Severity::Warning)
        .evidence("checkpoints when it was time", units::count(timed))
        .evidence("checkpoints before", units::count(requested))
        .evidence(
            "time between two",
            units::duration(Duration::from_millis(mean.as_millis() as u64)),
        )
        .evidence("checkpoint_timeout", Quantity::Time(interval).to_string());
    let advice = "raise max_wal_size: checkpoints come early because the log is full, and after \
                  each one every page is written whole again";
    Some(advised(found, server, name, &Quantity::Bytes(value).to_string(), advice))
}

fn completion_target(server: &ServerSettings) -> Option<Finding> {
    let name = "checkpoint_completion_target";
    if server.number(name)? >= COMPLETION_TARGET {
        return None;
    }
    let found = finding(server, name, Severity::Info);
    let advice = "set checkpoint_completion_target to 0.9: the writes of a checkpoint come in a \
                  shorter burst than they need to";
    Some(advised(found, server, name, "0.9", advice))
}

fn compression(server: &ServerSettings) -> Option<Finding> {
    let name = "wal_compression";
    if !server.is_off(name) {
        return None;
    }
    let knows_lz4 = server.get(name)?.words.iter().any(|word| word == "lz4");
    let found = finding(server, name, Severity::Info);
    let advice = "turn wal_compression on: whole pages are most of the log after a checkpoint, and \
                  compress well";
    Some(advised(found, server, name, if knows_lz4 { "lz4" } else { "on" }, advice))
}

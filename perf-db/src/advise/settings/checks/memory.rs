use perf_core::Finding;
use perf_core::finding::Severity;
use perf_core::units;

use super::{advised, finding};
use crate::advise::settings::machine::Machine;
use crate::advise::settings::quantity::Quantity;
use crate::advise::settings::server::ServerSettings;

/// Shares of memory that the server may take at most (postgresqltuner).
const TIGHT: f64 = 0.8;
const TOO_MUCH: f64 = 1.0;

pub(super) fn findings(server: &ServerSettings, machine: Option<&Machine>) -> Vec<Finding> {
    let findings =
        [default_cache(server, machine), small_cache_size(server), work_mem(server, machine)];
    findings.into_iter().flatten().collect()
}

/// The default of 128 MB, which suits the smallest machine, with data that it does not hold. With a
/// machine at hand its rule says more.
fn default_cache(server: &ServerSettings, machine: Option<&Machine>) -> Option<Finding> {
    let name = "shared_buffers";
    let (bytes, data) = (server.bytes(name)?, server.database_bytes?);
    if machine.is_some() || bytes > 128 << 20 || data <= bytes {
        return None;
    }
    let found = finding(server, name, Severity::Warning).evidence("database", units::bytes(data));
    let advice = "set shared_buffers to a quarter of the machine's memory: it is at its default or \
                  below, and the database does not fit into it";
    Some(found.evidence("can be changed", "with a restart").advice(advice))
}

/// The one is a part of the other (postgresqltuner).
fn small_cache_size(server: &ServerSettings) -> Option<Finding> {
    let name = "effective_cache_size";
    let (size, buffers) = (server.bytes(name)?, server.bytes("shared_buffers")?);
    if size >= buffers {
        return None;
    }
    let found = finding(server, name, Severity::Warning)
        .evidence("shared_buffers", Quantity::Bytes(buffers).to_string());
    // Three quarters of memory where shared_buffers is a quarter.
    let value = Quantity::Bytes(buffers.saturating_mul(3)).to_string();
    let advice = "set effective_cache_size to what is cached in all, about three times \
                  shared_buffers: below that the planner shuns indexes";
    Some(advised(found, server, name, &value, advice))
}

/// One sort for each connection, and the server's own cache.
fn work_mem(server: &ServerSettings, machine: Option<&Machine>) -> Option<Finding> {
    let name = "work_mem";
    let each = server.bytes(name)?;
    let connections = server.number("max_connections")?.max(1.0);
    let all = each as f64 * connections;
    let (room, what) = match machine {
        Some(machine) => {
            let rest = machine.memory_bytes.saturating_sub(server.bytes("shared_buffers")?);
            (rest, "memory beside shared_buffers")
        }
        None => (server.bytes("effective_cache_size")?, "effective_cache_size"),
    };
    let severity = match all / room.max(1) as f64 {
        // What the server says of the machine's memory is a guess, and often its default.
        share if share > TOO_MUCH && machine.is_some() => Severity::Critical,
        share if share > TOO_MUCH => Severity::Warning,
        share if share > TIGHT && machine.is_some() => Severity::Warning,
        _ => return None,
    };
    // Three for each connection, as pgtune counts, in whole megabytes and not below the default.
    let fitting = ((room as f64 / (connections * 3.0)) as u64 >> 20).max(4) << 20;
    if fitting >= each {
        return None;
    }
    let found = finding(server, name, severity)
        .evidence("max_connections", format!("{connections}"))
        .evidence("together", units::bytes(all as u64))
        .evidence(what, units::bytes(room));
    let value = Quantity::Bytes(fitting).to_string();
    let advice = "lower work_mem or max_connections: one sort in each connection does not fit into \
                  memory; raise work_mem for single statements instead";
    Some(advised(found, server, name, &value, advice))
}

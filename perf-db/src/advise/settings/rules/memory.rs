use super::{GIB, KIB, MIB, connections, share_of_memory, workers};
use crate::advise::settings::machine::{Machine, Platform, Purpose};
use crate::advise::settings::recommended::Recommendation;

pub(super) fn settings(machine: &Machine) -> Vec<Recommendation> {
    let maintenance = maintenance_work_mem(machine);
    let mut settings = vec![
        Recommendation::count(
            "max_connections",
            connections(machine),
            "enough for this purpose; more is slower, a pool in the clients does better",
        )
        .risk("each connection costs the server a process and some megabytes")
        .restart(),
        Recommendation::bytes(
            "shared_buffers",
            shared_buffers(machine),
            "the server's own cache: a quarter of memory, a sixteenth on a desktop",
        )
        .risk("memory that is taken at the start and never given back")
        .restart(),
        Recommendation::bytes(
            "effective_cache_size",
            match machine.purpose {
                Purpose::Desktop => share_of_memory(machine, 1, 4),
                _ => share_of_memory(machine, 3, 4),
            },
            "what the planner counts on being cached, with the system's cache",
        ),
        Recommendation::bytes(
            "work_mem",
            work_mem(machine),
            "memory for each sort or hash of each statement, several per connection",
        )
        .risk("times all connections and workers it has to fit into memory"),
        Recommendation::bytes(
            "maintenance_work_mem",
            maintenance,
            "memory for vacuum and for making indexes",
        ),
        huge_pages(machine),
    ];
    if maintenance >= 2 * GIB {
        let bytes = (2 * GIB).min(machine.most_work_bytes());
        let reason = "each worker of autovacuum would take all of maintenance_work_mem otherwise";
        settings.push(Recommendation::bytes("autovacuum_work_mem", bytes, reason));
    }
    settings
}

pub(super) fn shared_buffers(machine: &Machine) -> u64 {
    match machine.purpose {
        Purpose::Desktop => share_of_memory(machine, 1, 16),
        _ => share_of_memory(machine, 1, 4),
    }
}

fn maintenance_work_mem(machine: &Machine) -> u64 {
    let share = match machine.purpose {
        Purpose::Warehouse => share_of_memory(machine, 1, 8),
        _ => share_of_memory(machine, 1, 16),
    };
    share.min(8 * GIB).min(machine.most_work_bytes())
}

/// What is left beside `shared_buffers`, over three uses for each connection and worker.
fn work_mem(machine: &Machine) -> u64 {
    let rest = (machine.memory_bytes / KIB * KIB - shared_buffers(machine)) / KIB;
    let users = u64::from(connections(machine)) + u64::from(workers::processes(machine));
    let divisor = match machine.purpose {
        Purpose::Warehouse | Purpose::Mixed => 2,
        Purpose::Desktop => 6,
        Purpose::Web | Purpose::Oltp => 1,
    };
    let kib = rest / (users * 3 * divisor);
    let kib = match machine.holds_database() {
        Some(true) => kib * 13 / 10,
        Some(false) => kib * 9 / 10,
        None => kib,
    };
    (kib * KIB).max(4 * MIB).min(machine.most_work_bytes())
}

fn huge_pages(machine: &Machine) -> Recommendation {
    let is_worth_it = shared_buffers(machine) >= 2 * GIB && machine.platform != Platform::MacOs;
    let word = if is_worth_it { "try" } else { "off" };
    Recommendation::word("huge_pages", word, "fewer page table entries for a large cache").restart()
}

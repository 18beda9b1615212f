use crate::advise::settings::machine::{Machine, Platform, Purpose};
use crate::advise::settings::recommended::Recommendation;

/// With fewer cores the defaults stay.
const LEAST_CORES: u32 = 4;

/// PostgreSQL's default.
const DEFAULT_WORKER_PROCESSES: u32 = 8;

pub(super) fn settings(machine: &Machine) -> Vec<Recommendation> {
    let cores = machine.cores;
    let mut settings = Vec::new();
    if cores >= LEAST_CORES {
        let half = cores.div_ceil(2);
        let per_gather = if machine.purpose == Purpose::Warehouse { half } else { half.min(4) };
        settings.extend([
            Recommendation::count("max_worker_processes", cores, "one for each core").restart(),
            Recommendation::count(
                "max_parallel_workers_per_gather",
                per_gather,
                "half of the cores for one statement, four at most where many share them",
            )
            .risk("each worker takes work_mem of its own"),
            Recommendation::count("max_parallel_workers", cores, "one for each core"),
            Recommendation::count(
                "max_parallel_maintenance_workers",
                half.min(4),
                "half of the cores to make an index, four at most",
            ),
        ]);
    }
    let autovacuum = match cores {
        32.. => Some(5),
        16.. => Some(4),
        _ => None,
    };
    if let Some(workers) = autovacuum {
        let reason = "more tables at once on a large machine";
        let workers = Recommendation::count("autovacuum_max_workers", workers, reason);
        // Since 18 it can be raised to `autovacuum_worker_slots`, which is 16, at any time.
        settings.push(if machine.version >= 18 { workers } else { workers.restart() });
    }
    if machine.version >= 18 {
        settings.extend(reading(machine));
    }
    settings
}

/// How PostgreSQL 18 reads ahead.
fn reading(machine: &Machine) -> Vec<Recommendation> {
    if machine.platform == Platform::Linux {
        let reason = "the kernel reads ahead without a process in between";
        return vec![
            Recommendation::word("io_method", "io_uring", reason)
                .risk("a server built without liburing does not start with it; say worker there")
                .otherwise("worker")
                .restart(),
        ];
    }
    let workers = (machine.cores / 4).clamp(3, 32);
    vec![
        Recommendation::word("io_method", "worker", "processes read ahead").restart(),
        Recommendation::count("io_workers", workers, "a quarter of the cores, three at least"),
    ]
}

/// How many workers share the memory with the connections.
pub(super) fn processes(machine: &Machine) -> u32 {
    if machine.cores >= LEAST_CORES { machine.cores } else { DEFAULT_WORKER_PROCESSES }
}

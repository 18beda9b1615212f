use super::{GIB, KIB, MIB, memory};
use crate::advise::settings::machine::{Machine, Purpose};
use crate::advise::settings::recommended::Recommendation;

pub(super) fn settings(machine: &Machine) -> Vec<Recommendation> {
    let (least, most) = match machine.purpose {
        Purpose::Web | Purpose::Mixed => (GIB, 4 * GIB),
        Purpose::Oltp => (2 * GIB, 8 * GIB),
        Purpose::Warehouse => (4 * GIB, 16 * GIB),
        Purpose::Desktop => (100 * MIB, 2 * GIB),
    };
    let mut settings = vec![
        Recommendation::bytes("min_wal_size", least, "files kept for reuse instead of made anew"),
        Recommendation::bytes("max_wal_size", most, "fewer checkpoints, each of which writes much")
            .risk("so much disk, and a longer recovery after a crash"),
        Recommendation::number(
            "checkpoint_completion_target",
            0.9,
            "a checkpoint's writes spread over the time to the next one",
        ),
        Recommendation::bytes(
            "wal_buffers",
            wal_buffers(machine),
            "3 % of shared_buffers, to 16 MB",
        )
        .restart(),
        compression(machine),
    ];
    if machine.purpose == Purpose::Desktop {
        settings.push(
            Recommendation::word("wal_level", "minimal", "a desktop has no replicas")
                .risk("no replicas, no archive, no point-in-time recovery")
                .restart(),
        );
        settings.push(
            Recommendation::count("max_wal_senders", 0, "wal_level = minimal demands it").restart(),
        );
    }
    settings
}

fn wal_buffers(machine: &Machine) -> u64 {
    let share = memory::shared_buffers(machine) / KIB * 3 / 100 * KIB;
    match share {
        // Near 16 MB it is 16 MB.
        share if share > 14 * MIB => 16 * MIB,
        share => share.max(32 * KIB),
    }
}

fn compression(machine: &Machine) -> Recommendation {
    let reason = "whole pages in the log are compressed: less to write for some processor time";
    match machine.version {
        15.. => Recommendation::word("wal_compression", "lz4", reason)
            .risk("a server built without lz4 does not start with it; say on there")
            .otherwise("on"),
        _ => Recommendation::word("wal_compression", "on", reason),
    }
}

use crate::advise::settings::machine::{Machine, Platform, Purpose, Storage};
use crate::advise::settings::recommended::Recommendation;

pub(super) fn settings(machine: &Machine) -> Vec<Recommendation> {
    let target = if machine.purpose == Purpose::Warehouse { 500 } else { 100 };
    let mut settings = vec![
        Recommendation::count(
            "default_statistics_target",
            target,
            "how many values of each column are sampled",
        ),
        Recommendation::number(
            "random_page_cost",
            random_page_cost(machine),
            "what a page out of order costs beside one in order",
        ),
    ];
    if machine.platform == Platform::Linux {
        let requests = match machine.storage {
            Storage::Hdd => 2,
            Storage::Ssd => 200,
            Storage::San => 300,
            Storage::Nvme => 1_000,
        };
        let reason = "reads that the storage takes at once";
        settings.push(Recommendation::count("effective_io_concurrency", requests, reason));
    }
    if matches!(machine.purpose, Purpose::Web | Purpose::Oltp | Purpose::Mixed) {
        let reason = "compiling short statements takes longer than it gains";
        settings
            .push(Recommendation::word("jit", "off", reason).risk("large reports may take longer"));
    }
    settings
}

fn random_page_cost(machine: &Machine) -> f64 {
    match (machine.holds_database(), machine.storage, machine.purpose) {
        // Read from memory, whatever the disk.
        (Some(true), ..) => 1.1,
        (_, Storage::Hdd, _) | (_, _, Purpose::Warehouse) => 4.0,
        _ => 1.1,
    }
}

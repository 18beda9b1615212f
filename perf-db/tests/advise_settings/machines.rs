//! pgtune's rules, against values worked out by hand.

use perf_db::DbErrorKind;
use perf_db::advise::settings::{Machine, Platform, Purpose, Recommended, Storage};

const GIB: u64 = 1 << 30;

/// What is expected of one machine: the settings by their names, `-` for one that is not there.
type Expected = [(&'static str, &'static str); 18];

fn row(
    max_connections: &'static str,
    [shared_buffers, effective_cache_size, maintenance_work_mem, work_mem]: [&'static str; 4],
    [min_wal_size, max_wal_size, wal_buffers]: [&'static str; 3],
    [target, random_page_cost, io]: [&'static str; 3],
    [processes, per_gather, workers, maintenance]: [&'static str; 4],
    huge_pages: &'static str,
    autovacuum: [&'static str; 2],
) -> Expected {
    [
        ("max_connections", max_connections),
        ("shared_buffers", shared_buffers),
        ("effective_cache_size", effective_cache_size),
        ("maintenance_work_mem", maintenance_work_mem),
        ("work_mem", work_mem),
        ("min_wal_size", min_wal_size),
        ("max_wal_size", max_wal_size),
        ("wal_buffers", wal_buffers),
        ("default_statistics_target", target),
        ("random_page_cost", random_page_cost),
        ("effective_io_concurrency", io),
        ("max_worker_processes", processes),
        ("max_parallel_workers_per_gather", per_gather),
        ("max_parallel_workers", workers),
        ("max_parallel_maintenance_workers", maintenance),
        ("huge_pages", huge_pages),
        ("autovacuum_max_workers", autovacuum[0]),
        ("autovacuum_work_mem", autovacuum[1]),
    ]
}

fn check(machine: &Machine, expected: Expected) {
    let recommended = Recommended::of(machine);
    for (name, value) in expected {
        let found = recommended.find(name).map(|setting| setting.value.to_string());
        assert_eq!(found.as_deref().unwrap_or("-"), value, "{name} of {machine:?}");
    }
    let completion = recommended.find("checkpoint_completion_target").unwrap();
    assert_eq!(completion.value.to_string(), "0.9");
}

const NO_WORKERS: [&str; 4] = ["-"; 4];
const NO_AUTOVACUUM: [&str; 2] = ["-"; 2];
const WEB: [&str; 3] = ["100", "1.1", "200"];

#[test]
fn small_machines_keep_the_defaults_of_workers() {
    let machine = Machine::builder(GIB, 1).version(15).build().unwrap();
    let memory = ["256MB", "768MB", "64MB", "4MB"];
    let wal = ["1GB", "4GB", "7864kB"];
    check(&machine, row("200", memory, wal, WEB, NO_WORKERS, "off", NO_AUTOVACUUM));

    let machine = Machine::builder(4 * GIB, 2).version(15).build().unwrap();
    let memory = ["1GB", "3GB", "256MB", "5041kB"];
    let wal = ["1GB", "4GB", "16MB"];
    check(&machine, row("200", memory, wal, WEB, NO_WORKERS, "off", NO_AUTOVACUUM));

    let machine = Machine::builder(GIB / 2, 2).storage(Storage::Hdd).purpose(Purpose::Mixed);
    let memory = ["128MB", "384MB", "32MB", "4MB"];
    let wal = ["1GB", "4GB", "3932kB"];
    let planner = ["100", "4", "2"];
    let machine = machine.version(15).build().unwrap();
    check(&machine, row("100", memory, wal, planner, NO_WORKERS, "off", NO_AUTOVACUUM));
}

#[test]
fn the_purpose_decides_on_connections_memory_and_log() {
    let machine = Machine::builder(16 * GIB, 4).purpose(Purpose::Oltp).version(15).build().unwrap();
    let memory = ["4GB", "12GB", "1GB", "13797kB"];
    let wal = ["2GB", "8GB", "16MB"];
    check(&machine, row("300", memory, wal, WEB, ["4", "2", "4", "2"], "try", NO_AUTOVACUUM));

    let machine = Machine::builder(8 * GIB, 8).purpose(Purpose::Mixed).version(16).build().unwrap();
    let memory = ["2GB", "6GB", "512MB", "9709kB"];
    let wal = ["1GB", "4GB", "16MB"];
    check(&machine, row("100", memory, wal, WEB, ["8", "4", "8", "4"], "try", NO_AUTOVACUUM));

    let machine = Machine::builder(64 * GIB, 16).purpose(Purpose::Warehouse);
    let machine = machine.storage(Storage::Hdd).version(17).build().unwrap();
    let memory = ["16GB", "48GB", "8GB", "149796kB"];
    let wal = ["4GB", "16GB", "16MB"];
    let planner = ["500", "4", "2"];
    check(&machine, row("40", memory, wal, planner, ["16", "8", "16", "4"], "try", ["4", "2GB"]));

    let machine = Machine::builder(16 * GIB, 8).purpose(Purpose::Desktop);
    let machine = machine.storage(Storage::Nvme).version(15).build().unwrap();
    let memory = ["1GB", "4GB", "1GB", "31207kB"];
    let wal = ["100MB", "2GB", "16MB"];
    let planner = ["100", "1.1", "1000"];
    check(&machine, row("20", memory, wal, planner, ["8", "4", "8", "4"], "off", NO_AUTOVACUUM));
    let recommended = Recommended::of(&machine);
    assert_eq!(recommended.find("wal_level").unwrap().value.to_string(), "minimal");
    assert_eq!(recommended.find("max_wal_senders").unwrap().value.to_string(), "0");
    assert!(recommended.find("jit").is_none());
}

#[test]
fn the_size_of_the_data_counts_beside_the_memory() {
    let machine = Machine::builder(32 * GIB, 8).purpose(Purpose::Oltp).storage(Storage::Nvme);
    let machine = machine.version(14).database_bytes(100 * GIB).build().unwrap();
    let memory = ["8GB", "24GB", "2GB", "24511kB"];
    let wal = ["2GB", "8GB", "16MB"];
    let planner = ["100", "1.1", "1000"];
    check(&machine, row("300", memory, wal, planner, ["8", "4", "8", "4"], "try", ["-", "2GB"]));

    let machine = Machine::builder(32 * GIB, 8).storage(Storage::San).version(13);
    let machine = machine.database_bytes(10 * GIB).build().unwrap();
    let memory = ["8GB", "24GB", "2GB", "52427kB"];
    let wal = ["1GB", "4GB", "16MB"];
    let planner = ["100", "1.1", "300"];
    check(&machine, row("200", memory, wal, planner, ["8", "4", "8", "4"], "try", ["-", "2GB"]));

    // Whatever the disk, the data are in memory.
    let machine = Machine::builder(32 * GIB, 8).storage(Storage::Hdd).database_bytes(GIB);
    let recommended = Recommended::of(&machine.build().unwrap());
    assert_eq!(recommended.find("random_page_cost").unwrap().value.to_string(), "1.1");
}

#[test]
fn large_machines_get_more_workers_up_to_a_limit() {
    let machine = Machine::builder(128 * GIB, 32).purpose(Purpose::Oltp).storage(Storage::Nvme);
    let machine = machine.build().unwrap();
    let memory = ["32GB", "96GB", "8GB", "101067kB"];
    let wal = ["2GB", "8GB", "16MB"];
    let planner = ["100", "1.1", "1000"];
    check(&machine, row("300", memory, wal, planner, ["32", "4", "32", "4"], "try", ["5", "2GB"]));
    assert!(Recommended::of(&machine).caveat.unwrap().contains("above 100 GB"));

    let machine = Machine::builder(256 * GIB, 64).purpose(Purpose::Warehouse).storage(Storage::San);
    let memory = ["64GB", "192GB", "8GB", "322638kB"];
    let wal = ["4GB", "16GB", "16MB"];
    let planner = ["500", "4", "300"];
    let machine = machine.build().unwrap();
    check(&machine, row("40", memory, wal, planner, ["64", "32", "64", "4"], "try", ["5", "2GB"]));

    let machine = Machine::builder(256 * GIB, 48).storage(Storage::Nvme).connections(1_000);
    let memory = ["64GB", "192GB", "8GB", "83245kB"];
    let wal = ["1GB", "4GB", "16MB"];
    let planner = ["100", "1.1", "1000"];
    let machine = machine.database_bytes(64 * GIB).build().unwrap();
    check(&machine, row("1000", memory, wal, planner, ["48", "4", "48", "4"], "try", ["5", "2GB"]));
}

#[test]
fn other_systems_have_limits_of_their_own() {
    let machine = Machine::builder(64 * GIB, 12).purpose(Purpose::Mixed).storage(Storage::Hdd);
    let machine = machine.platform(Platform::Windows).version(17).connections(500);
    let memory = ["16GB", "48GB", "2047MB", "16MB"];
    let wal = ["1GB", "4GB", "16MB"];
    let planner = ["100", "4", "-"];
    let machine = machine.build().unwrap();
    check(&machine, row("500", memory, wal, planner, ["12", "4", "12", "4"], "try", NO_AUTOVACUUM));

    let machine = Machine::builder(16 * GIB, 10).platform(Platform::MacOs).build().unwrap();
    let memory = ["4GB", "12GB", "1GB", "19972kB"];
    let planner = ["100", "1.1", "-"];
    check(&machine, row("200", memory, wal, planner, ["10", "4", "10", "4"], "off", NO_AUTOVACUUM));
    let recommended = Recommended::of(&machine);
    assert_eq!(recommended.find("io_method").unwrap().value.to_string(), "worker");
    assert_eq!(recommended.find("io_workers").unwrap().value.to_string(), "3");
}

#[test]
fn the_version_decides_on_compression_reading_and_restarts() {
    let of = |version| {
        let machine = Machine::builder(64 * GIB, 16).version(version).build().unwrap();
        Recommended::of(&machine)
    };
    let value = |recommended: &Recommended, name| {
        recommended.find(name).map(|setting| setting.value.to_string())
    };
    for (version, compression, io_method) in
        [(13, "on", None), (14, "on", None), (15, "lz4", None), (18, "lz4", Some("io_uring"))]
    {
        let recommended = of(version);
        assert_eq!(value(&recommended, "wal_compression").as_deref(), Some(compression));
        assert_eq!(value(&recommended, "io_method").as_deref(), io_method);
        assert_eq!(value(&recommended, "jit").as_deref(), Some("off"));
        let workers = recommended.find("autovacuum_max_workers").unwrap();
        assert_eq!(workers.needs_restart, version < 18);
    }
}

#[test]
fn a_machine_that_cannot_be_is_refused() {
    for (builder, word) in [
        (Machine::builder(GIB, 0), "core"),
        (Machine::builder(16, 4), "in bytes"),
        (Machine::builder(GIB, 4).version(12), "PostgreSQL 13"),
        (Machine::builder(GIB, 4).connections(0), "max_connections"),
        (Machine::builder(GIB, 4).connections(262_144), "max_connections"),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), DbErrorKind::Settings);
        assert!(error.to_string().contains(word), "{error}");
    }
    let largest = Machine::builder(u64::MAX, u32::MAX).database_bytes(u64::MAX).build().unwrap();
    assert!(Recommended::of(&largest).find("shared_buffers").is_some());
}

use perf_core::finding::Severity;
use perf_core::{Finding, FindingKind, units};

use crate::advise::mysql::server::{MysqlServer, Vendor};
use crate::advise::mysql::settings::Settings;

/// Reads that should be answered from memory (pghero's bar for its cache).
const HIT_RATE: f64 = 0.99;
/// Below this much of the time goes to the disk.
const BAD_HIT_RATE: f64 = 0.90;
/// Fewer reads say how the server started, not how it runs.
const ENOUGH_READS: u64 = 1_000_000;

/// The share of temporary tables on disk that is too much (MySQLTuner's).
const DISK_TABLES: f64 = 0.25;
/// Fewer temporary tables say little.
const ENOUGH_TABLES: u64 = 1_000;
/// More memory for each temporary table is no remedy (MySQLTuner's bar).
const LARGE_TABLE_BYTES: u64 = 256 << 20;

/// The share of connections in use that is near the limit (MySQLTuner's).
const CONNECTIONS: f64 = 0.85;

pub(super) fn findings(settings: &Settings, server: &MysqlServer) -> Vec<Finding> {
    let all = [
        buffer_pool(settings, server),
        temporary_tables(settings, server),
        connections(settings),
        slow_query_log(settings, server),
    ];
    all.into_iter().flatten().collect()
}

fn buffer_pool(settings: &Settings, server: &MysqlServer) -> Option<Finding> {
    let requests = settings.number("innodb_buffer_pool_read_requests")?;
    let reads = settings.number("innodb_buffer_pool_reads")?;
    let size = settings.number("innodb_buffer_pool_size")?;
    let rate = 1.0 - reads as f64 / requests.max(1) as f64;
    (requests >= ENOUGH_READS && rate < HIT_RATE).then(|| {
        Finding::new(FindingKind::BufferHitRate, "innodb", "the buffer pool of InnoDB")
            .severity(if rate < BAD_HIT_RATE { Severity::Critical } else { Severity::Warning })
            .evidence("hit rate", format!("{:.1} %", rate * 100.0))
            .evidence("reads from disk", units::count(reads))
            .evidence("innodb_buffer_pool_size", units::bytes(size))
            .advice(
                "give InnoDB more memory, up to three quarters of what the machine has, or read \
                 less: a full scan pushes out what others need",
            )
            .code(set(server, "innodb_buffer_pool_size", size.saturating_mul(2)))
    })
}

fn temporary_tables(settings: &Settings, server: &MysqlServer) -> Option<Finding> {
    let all = settings.number("created_tmp_tables")?;
    let on_disk = settings.number("created_tmp_disk_tables")?;
    let size = settings.number("tmp_table_size")?;
    // Where temporary tables are those of the engine MEMORY, the smaller of both holds.
    let is_memory = server.vendor == Vendor::MariaDb
        || settings.is("internal_tmp_mem_storage_engine", "MEMORY");
    let limit = match is_memory {
        true => size.min(settings.number("max_heap_table_size").unwrap_or(size)),
        false => size,
    };
    let share = on_disk as f64 / all.max(1) as f64;
    (all >= ENOUGH_TABLES && share > DISK_TABLES && limit < LARGE_TABLE_BYTES).then(|| {
        let larger = (limit * 2).min(LARGE_TABLE_BYTES);
        let mut code = set(server, "tmp_table_size", larger);
        if is_memory {
            code.push('\n');
            code.push_str(&set(server, "max_heap_table_size", larger));
        }
        Finding::new(FindingKind::Setting, "tmp_table_size", "temporary tables go to disk")
            .severity(Severity::Warning)
            .evidence("on disk", units::percent(share))
            .evidence("temporary tables", units::count(all))
            .evidence("limit in memory", units::bytes(limit))
            .advice(
                "let temporary tables be larger in memory; each connection may take that much, and \
                 those with text or blob columns go to disk however much there is",
            )
            .code(code)
    })
}

fn connections(settings: &Settings) -> Option<Finding> {
    let most = settings.number("max_used_connections")?;
    let limit = settings.number("max_connections")?;
    (most as f64 >= CONNECTIONS * limit as f64).then(|| {
        Finding::new(FindingKind::Connections, "max_connections", "connections near the limit")
            .severity(Severity::Warning)
            .evidence("most at once", units::count(most))
            .evidence("max_connections", units::count(limit))
            .advice(
                "make the pools of the services smaller, so that together they stay below the \
                 limit, before you set the limit higher",
            )
    })
}

fn slow_query_log(settings: &Settings, server: &MysqlServer) -> Option<Finding> {
    settings.is_off("slow_query_log").then(|| {
        Finding::new(FindingKind::Setting, "slow_query_log", "slow statements are not logged")
            .evidence("slow_query_log", "OFF")
            .advice(
                "log statements that take more than a second, to see with which values they are \
                 slow; the log holds those values",
            )
            .code(format!(
                "{}\n{}",
                set(server, "slow_query_log", 1),
                set(server, "long_query_time", 1)
            ))
    })
}

/// The statement that sets it, in MySQL for the next start too.
fn set(server: &MysqlServer, name: &str, value: u64) -> String {
    match server.vendor {
        Vendor::MySql if server.is_known() => format!("set persist {name} = {value};"),
        _ => format!("set global {name} = {value}; -- and below [mysqld] in my.cnf"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(values: &[(&str, &str)], version: &str) -> Vec<(String, Option<String>)> {
        let found = findings(&Settings::of(values), &MysqlServer::of(version));
        found.into_iter().map(|finding| (finding.key, finding.remedy.code)).collect()
    }

    #[test]
    fn a_buffer_pool_that_misses_is_told_only_once_it_was_read_enough() {
        let of = |requests, reads| {
            let size = ("innodb_buffer_pool_size", "134217728");
            let requests = ("innodb_buffer_pool_read_requests", requests);
            keys(&[size, requests, ("innodb_buffer_pool_reads", reads)], "8.4.0")
        };
        let code = "set persist innodb_buffer_pool_size = 268435456;".to_owned();
        assert_eq!(of("1000000", "20000"), [("buffer_hit_rate:innodb".to_owned(), Some(code))]);
        assert_eq!(of("1000000", "9000"), []);
        assert_eq!(of("999999", "900000"), []);
        assert_eq!(of("nonsense", ""), []);
    }

    #[test]
    fn the_limit_of_a_temporary_table_is_the_one_that_holds() {
        let of = |engine, version| {
            let values = [
                ("tmp_table_size", "16777216"),
                ("max_heap_table_size", "8388608"),
                ("created_tmp_tables", "1000"),
                ("created_tmp_disk_tables", "300"),
                ("internal_tmp_mem_storage_engine", engine),
            ];
            keys(&values, version).pop().and_then(|(_, code)| code).unwrap_or_default()
        };
        assert_eq!(of("TempTable", "8.4.0"), "set persist tmp_table_size = 33554432;");
        let both = "set persist tmp_table_size = 16777216;\n\
                    set persist max_heap_table_size = 16777216;";
        assert_eq!(of("MEMORY", "8.4.0"), both);
        assert!(of("", "10.11.14-MariaDB").contains("set global max_heap_table_size = 16777216;"));
    }

    #[test]
    fn few_temporary_tables_and_connections_are_no_trouble() {
        let values = [
            ("tmp_table_size", "16777216"),
            ("created_tmp_tables", "999"),
            ("created_tmp_disk_tables", "999"),
            ("max_used_connections", "84"),
            ("max_connections", "100"),
            ("slow_query_log", "ON"),
        ];
        assert_eq!(keys(&values, "8.4.0"), []);
        let near = [("max_used_connections", "85"), ("max_connections", "100")];
        assert_eq!(keys(&near, "8.4.0"), [("connections:max_connections".to_owned(), None)]);
    }
}

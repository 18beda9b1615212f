//! A checkup of a large schema: 2,000 tables, 10,000 indexes, 5,000 statements.

use std::env;
use std::error::Error;
use std::fmt::Write;
use std::process::Command;
use std::time::{Duration, Instant};

use perf_db::advise::{Advisor, Checkup};
use testbed::{Database, Postgres};
use tokio::runtime::Runtime;

use super::{Bench, Measured};
use crate::paired::Effort;
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "doctor", run };

const TABLES: usize = 2_000;
const STATEMENTS: usize = 5_000;
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// Tells the process that it is the child that runs the checkup, and on which server.
const CHILD: &str = "PERF_BENCH_DOCTOR";

fn run(_: Effort) -> Measured {
    let settings = [("pg_stat_statements.max", "10000"), ("max_locks_per_transaction", "1024")];
    let postgres = Postgres::start_with(&settings)?;
    let database = postgres.database()?;
    fill(&database)?;
    let (took, peak_bytes) = in_a_process_of_its_own(database.url())?;
    if peak_bytes > MOST_BYTES {
        return Err(format!("a checkup took {} MiB", peak_bytes / 1024 / 1024).into());
    }
    let name = format!("checkup, 2,000 tables, {} MiB", peak_bytes / 1024 / 1024);
    Ok(vec![Row::alone(&name, took, Goal::Nanos(5e9))])
}

fn fill(database: &Database) -> Result<(), Box<dyn Error>> {
    database.sql("create extension if not exists hypopg")?;
    for tables in (0..TABLES).collect::<Vec<_>>().chunks(100) {
        let mut sql = String::new();
        for n in tables {
            write!(
                sql,
                "create table t{n} (id bigint primary key, a int, b int, c text, at timestamptz);
                 create index on t{n} (a);
                 create index on t{n} (b, a);
                 create index on t{n} (at desc);
                 create index on t{n} (c, at);
                 insert into t{n} select n, n % 10, n % 7, n::text, now() from generate_series(1, 50) n;"
            )?;
        }
        database.sql(&sql)?;
    }
    database.sql("analyze")?;
    let columns = ["a", "b", "c", "at"];
    for statements in (0..STATEMENTS).collect::<Vec<_>>().chunks(500) {
        let mut sql = String::new();
        for n in statements {
            let (table, column) = (n % TABLES, columns[n % columns.len()]);
            let order = columns[(n / TABLES + 1) % columns.len()];
            write!(
                sql,
                "select id, {column} from t{table} where {column} is not null order by {order} limit 3;"
            )?;
        }
        database.sql(&sql)?;
    }
    Ok(())
}

/// How long it took and the most memory that the process had, from its start to its end.
fn in_a_process_of_its_own(url: &str) -> Result<(Duration, u64), Box<dyn Error>> {
    let output = Command::new(env::current_exe()?).env(CHILD, url).output()?;
    let text = String::from_utf8(output.stdout)?;
    let numbers: Vec<u64> = text.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    let [nanos, bytes] = numbers[..] else {
        return Err(format!("a checkup failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    };
    Ok((Duration::from_nanos(nanos), bytes))
}

/// `None` where this process is not the child.
pub(crate) fn child() -> Option<Result<(), Box<dyn Error>>> {
    let url = env::var(CHILD).ok()?;
    Some(check(&url))
}

fn check(url: &str) -> Result<(), Box<dyn Error>> {
    let runtime = Runtime::new()?;
    let started = Instant::now();
    let diagnosis = runtime.block_on(async {
        let advisor = Advisor::connect(url).await?;
        Checkup::new().run(&advisor).await
    })?;
    let took = started.elapsed();
    eprintln!("{diagnosis}");
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.ok_or("the kernel does not tell the peak of memory")?;
    let kibibytes: u64 = peak.trim().trim_end_matches(" kB").parse()?;
    println!("{} {}", took.as_nanos(), kibibytes * 1024);
    Ok(())
}

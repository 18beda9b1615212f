//! The search for missing indexes: 200 statements over 40 tables that have their primary keys only.

use std::error::Error;
use std::fmt::Write;
use std::time::Duration;

use perf_db::advise::candidates::IndexSearch;
use perf_db::advise::{Advisor, Statement, Workload};
use testbed::Database;
use tokio::runtime::Runtime;

use super::{Bench, Measured};
use crate::paired::Effort;
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "index_search", run };

const TABLES: usize = 40;
const ROWS: usize = 20_000;

/// What is asked of each table: filters, ranges, orders, joins and sums, as a service does.
const STATEMENTS: [&str; 5] = [
    "select * from TABLE where owner = $1 and state = $2 and kind = $3 order by at desc limit 20",
    "select * from TABLE where owner = $1 and at > $2",
    "select t.id, o.name from TABLE t join OTHER o on o.owner = t.owner where t.code = $1",
    "select state, count(*) from TABLE where region = $1 and deleted_at is null group by state",
    "update TABLE set state = $1 where code = $2 and region = $3",
];

fn run(_: Effort) -> Measured {
    let database = testbed::database();
    fill(&database)?;
    let runtime = Runtime::new()?;
    let advice = runtime.block_on(async {
        let advisor = Advisor::connect(database.url()).await?;
        let schema = advisor.schema().await?;
        IndexSearch::new().run(&advisor, &schema, &workload()).await
    })?;
    let (plans, indexes) = (advice.explains, advice.suggested.len());
    if advice.ran_out_of_time || indexes < TABLES {
        return Err(format!("{indexes} indexes after {plans} plans, in {:?}", advice.took).into());
    }
    let name = format!("index_search, {plans} plans, {indexes} indexes");
    Ok(vec![Row::alone(&name, advice.took, Goal::Nanos(30e9))])
}

fn fill(database: &Database) -> Result<(), Box<dyn Error>> {
    database.sql("create extension if not exists hypopg")?;
    for n in 0..TABLES {
        let mut sql = String::new();
        write!(
            sql,
            "create table thing_{n} (
                 id bigint primary key, owner int not null, state text not null, kind int not null,
                 region int not null, code text not null, name text, at timestamptz not null,
                 deleted_at timestamptz);
             insert into thing_{n}
                 select n, n % 200, (array['new', 'open', 'done'])[n % 3 + 1], n % 20, n % 50,
                     md5(n::text), 'name ' || n, now() - n * interval '1 minute',
                     case when n % 20 > 0 then now() end
                 from generate_series(1, {ROWS}) n;"
        )?;
        database.sql(&sql)?;
    }
    database.sql("vacuum analyze")?;
    Ok(())
}

fn workload() -> Workload {
    let mut statements = Vec::new();
    for n in 0..TABLES {
        let (table, other) = (format!("thing_{n}"), format!("thing_{}", (n + 1) % TABLES));
        for (place, statement) in STATEMENTS.iter().enumerate() {
            let text = statement.replace("TABLE", &table).replace("OTHER", &other);
            let calls = 1_000 + (n * STATEMENTS.len() + place) as u64;
            statements.push(Statement::new(&text, calls, Duration::from_millis(calls)));
        }
    }
    Workload::counted(statements, Duration::from_secs(3_600))
}

//! What the text of one statement says, on the schema of a shop.

use std::hint::black_box;
use std::time::{Duration, Instant};

use perf_db::advise::lint::Linter;
use perf_db::advise::{Advisor, Schema};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use tokio::runtime::Builder;

use super::{Bench, Measured};
use crate::paired::{Effort, measure};
use crate::row::{Goal, Row};

pub(crate) const BENCH: Bench = Bench { name: "lint", run };

/// 20,000 statements in a second.
const GOAL: Goal = Goal::Nanos(50_000.0);

const SHOP: &str = include_str!("../../../perf-db/tests/advise_lint/shop.sql");

/// Those that a shop sends, from a look-up by key to five tables with conditions.
const STATEMENTS: &str = include_str!("../../../perf-db/tests/advise_lint/harmless.sql");

/// In each of these there is something to find.
const FAULTS: &str = "select * from orders where id = $1
select id from orders where created::date = $1
select id from customer where email like '%@x.org'
update orders set status = 'done'
select o.id from orders o, customer c where o.status = 'open'
select id from orders where customer_id = $1::numeric
select id from orders where number = $1 or note = $2
select id from customer where id not in (select coupon_id from orders)";

fn run(effort: Effort) -> Measured {
    let schema = schema()?;
    let linter = Linter::new(&schema);
    let of = |statements: &'static str, bench: &str| {
        let statements: Vec<&str> = statements.lines().collect();
        let dialect = PostgreSqlDialect {};
        let rounds = measure(
            effort,
            [
                Box::new(|repetitions| {
                    repeated(&statements, repetitions, |sql| linter.lint(sql).len())
                }),
                Box::new(|repetitions| {
                    repeated(&statements, repetitions, |sql| {
                        Parser::parse_sql(&dialect, sql).map_or(0, |parsed| parsed.len())
                    })
                }),
            ],
        );
        Row::of(bench, &rounds, GOAL)
    };
    assert!(FAULTS.lines().all(|sql| !linter.lint(sql).is_empty()));
    Ok(vec![
        of(STATEMENTS, "lint, 219 statements, sqlparser alone"),
        of(FAULTS, "lint, 8 with findings, sqlparser alone"),
    ])
}

fn schema() -> Result<Schema, Box<dyn std::error::Error>> {
    let database = testbed::database();
    database.sql(SHOP)?;
    database.sql("update pg_class set reltuples = 20000 where relkind = 'r'")?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let advisor = runtime.block_on(Advisor::connect(database.url()))?;
    Ok(runtime.block_on(advisor.schema())?)
}

fn repeated(statements: &[&str], repetitions: u64, work: impl Fn(&str) -> usize) -> Duration {
    let started = Instant::now();
    for sql in statements.iter().cycle().take(repetitions as usize) {
        black_box(work(black_box(sql)));
    }
    started.elapsed()
}

//! Own times of real plans sum up to the time of the root, whoever runs what within whom.

use perf_db::advise::plan::{NodeId, Plan};
use testbed::Database;

use super::{analyzed, explained};

fn tables() -> Database {
    let database = testbed::database();
    database
        .sql(
            "create table big as select id, id % 100 as kind, md5(id::text) as body
                 from generate_series(1, 200000) id;
             create index on big (id);
             create table small as select id, id % 10 as kind from generate_series(1, 1000) id;
             create index on small (id);
             analyze big, small",
        )
        .unwrap();
    database
}

fn sum(plan: &Plan) -> f64 {
    plan.nodes().map(|(id, _)| plan.exclusive_time(id).unwrap().as_secs_f64()).sum()
}

/// Within what averages are rounded by and workers do side by side.
fn assert_sums_up(plan: &Plan, tolerance: f64) {
    eprintln!("{}", plan.tree());
    let root = plan.total_time(NodeId::ROOT).unwrap().as_secs_f64();
    let sum = sum(plan);
    // Each InitPlan is rounded by itself.
    let allowed = tolerance * root + 20e-6;
    assert!(
        (sum - root).abs() <= allowed,
        "own times sum up to {sum}, the root took {root}:\n{}",
        plan.tree()
    );
}

const PARALLEL: &str = "set max_parallel_workers_per_gather = 2; set parallel_setup_cost = 0; \
    set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0";

#[test]
fn own_times_sum_up_to_the_root() {
    let database = tables();
    for (before, sql) in [
        (
            "select",
            "select count(*) from big b join small s on s.kind = b.kind % 10 where b.id < 500",
        ),
        (
            "set enable_hashjoin = off; set enable_mergejoin = off",
            "select count(*) from small s join big b on b.id = s.id",
        ),
        // An InitPlan in a filter, in the output, and below an aggregate.
        ("select", "select id from small where kind > (select avg(kind) from big)"),
        ("select", "select id, (select max(kind) from big) from small"),
        ("select", "select min(id), max(id) from big"),
        (
            "select",
            "with b as materialized (select kind, count(*) n from big group by kind) \
          select * from b x join b y on x.n = y.n join b z on z.kind = x.kind where x.kind < 10 and y.kind < 10",
        ),
        ("select", "select id, (select count(*) from small i where i.kind = s.kind) from small s"),
        ("select", "select id from small where kind not in (select kind from big where id < 1000)"),
        (
            "select",
            "with recursive r as (select 1 as n union all select n + 1 from r where n < 10000) select count(*) from r",
        ),
        ("select", "select * from big order by body limit 10"),
        ("set plan_cache_mode = force_generic_plan", "select * from big where false"),
    ] {
        assert_sums_up(&analyzed(&database, before, sql), 0.05);
        let plan = explained(&database, before, "analyze", sql);
        assert_sums_up(&plan, 0.05);
    }
}

#[test]
fn own_times_of_workers_are_those_of_one_process() {
    let database = tables();
    for (before, sql) in [
        ("select", "select kind, count(*) from big group by kind"),
        ("set parallel_leader_participation = off", "select kind, count(*) from big group by kind"),
        (
            "select",
            "select count(*) from big where kind > (select avg(kind) from big where id < 100000)",
        ),
        (
            "select",
            "select count(*) from big b where b.kind = 7 or b.id in (select g * 3 from generate_series(1, 30000) g)",
        ),
        (
            "set enable_hashjoin = off; set enable_mergejoin = off",
            "select count(*) from small s join big b on b.id = s.id",
        ),
        (
            "set force_parallel_mode = on; set max_parallel_workers_per_gather = 0",
            "select body from big where id < 1000",
        ),
        ("select", "select body from big order by body offset 199000"),
    ] {
        let before = format!("{PARALLEL}; {before}");
        let plan = analyzed(&database, &before, sql);
        assert_sums_up(&plan, 0.5);
    }
}

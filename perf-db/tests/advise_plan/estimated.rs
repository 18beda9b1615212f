//! What the rules say of plans that were not run, by the planner's numbers and the catalog's.

use perf_core::finding::FindingKind;
use perf_core::{Finding, Fingerprint};
use perf_db::advise::plan::{Context, Plan};
use perf_db::advise::{Advisor, Schema};
use testbed::Database;

use super::rules::{SERIAL, shop};
use super::{evidence, explained, kinds, one};

async fn schema(database: &Database) -> Schema {
    Advisor::connect(database.url()).await.unwrap().schema().await.unwrap()
}

fn found(plan: &Plan, schema: &Schema) -> Vec<Finding> {
    let statement = Fingerprint::of("select 1");
    let context = Context::new(&statement).schema(schema).work_mem_bytes(4 << 20);
    let findings = plan.findings(&context).into_iter().map(|found| found.finding).collect();
    println!("{}{findings:#?}", plan.tree());
    findings
}

#[tokio::test]
async fn what_is_found_without_running_it() {
    let database = shop();
    database
        .sql(
            "create table events (id int, at int, kind int) partition by range (id);
             create table events_1 partition of events for values from (0) to (100000);
             create table events_2 partition of events for values from (100000) to (200000);
             insert into events select id, id, id % 3 from generate_series(0, 199999) id;
             create index on events (id);
             analyze events",
        )
        .unwrap();
    let schema = schema(&database).await;
    let no_hash = format!(
        "{SERIAL}; set local enable_hashjoin = off; set local enable_mergejoin = off; \
         set local enable_memoize = off; set local enable_indexscan = off; \
         set local enable_bitmapscan = off; set local enable_indexonlyscan = off"
    );
    let no_sort = format!("{SERIAL}; set local enable_sort = off");
    for (before, sql, kind, which) in [
        (SERIAL, "select * from orders where amount = 4711", FindingKind::SeqScan, "public.orders"),
        (SERIAL, "select * from events where at = 4711", FindingKind::SeqScan, "public.events"),
        (
            &no_sort,
            "select * from orders where amount = 4711 order by id limit 5",
            FindingKind::OrderByLimit,
            "public.orders:orders_id",
        ),
        (
            &no_hash,
            "select * from customers join orders on orders.id = customers.id",
            FindingKind::NestedLoop,
            "public.customers",
        ),
        (SERIAL, "select * from orders order by amount", FindingKind::SortOnDisk, "orders.amount"),
        (
            SERIAL,
            "select * from orders a join orders b on a.amount = b.amount",
            FindingKind::HashOnDisk,
            "join",
        ),
        (
            SERIAL,
            "select * from orders order by id limit 5 offset 9000",
            FindingKind::DeepOffset,
            "limit",
        ),
    ] {
        let findings = found(&explained(&database, before, "verbose", sql), &schema);
        let finding = one(&findings, kind);
        assert!(finding.key.ends_with(&format!(":{which}")), "{}", finding.key);
        assert_eq!(evidence(finding, "numbers"), "estimated by the planner, not measured");
    }
    for fine in [
        "select * from orders where id = 4711",
        "select * from orders where amount > 0",
        "select * from customers where name = 'x'",
        "select * from customers join orders on orders.id = customers.id",
        "select * from orders order by id limit 5",
        "select * from orders where state = 3 order by id limit 5",
        "select * from orders order by amount limit 5",
        "select * from customers order by name",
        "select state, count(*) from orders group by state",
        "select * from events where id = 4711",
        "insert into customers values (1, 'x')",
    ] {
        let findings = found(&explained(&database, SERIAL, "verbose", fine), &schema);
        assert!(findings.is_empty(), "{fine}: {:?}", kinds(&findings));
    }
    // A plan for all values, whose limit and offset the planner can only guess.
    for fine in [
        "select * from orders order by id limit $1 offset $2",
        "select * from orders order by id limit 20 offset $1 + $2",
        "select * from orders where state = $1 order by id limit $2",
        "select * from customers c, generate_series(c.id, $1 + $2) n",
    ] {
        let generic = format!(
            "{SERIAL}; set local plan_cache_mode = force_generic_plan; \
             prepare page (int, int) as {fine}"
        );
        let plan = explained(&database, &generic, "verbose", "execute page (1, 1)");
        let findings = found(&plan, &schema);
        database.sql("deallocate all").unwrap();
        assert!(findings.is_empty(), "{fine}: {:?}", kinds(&findings));
    }
}

/// What the finding says to run makes it go.
async fn assert_mended(database: &Database, sql: &str, cause: Option<&str>, code: &str) {
    let look = async || {
        let options = "analyze, verbose, buffers";
        found(&explained(database, SERIAL, options, sql), &schema(database).await)
    };
    let findings = look().await;
    let finding = one(&findings, FindingKind::RowMisestimate);
    assert_eq!(cause, cause.map(|_| evidence(finding, "cause")));
    let remedy = finding.remedy.code.clone().unwrap();
    assert_eq!(remedy, code);
    for statement in remedy.split(';') {
        database.sql(statement).unwrap();
    }
    let findings = look().await;
    assert!(!kinds(&findings).contains(&FindingKind::RowMisestimate), "{findings:#?}");
}

#[tokio::test]
async fn a_wrong_estimate_of_old_statistics() {
    let database = shop();
    database.sql("alter table orders set (autovacuum_enabled = off)").unwrap();
    database.sql("update orders set state = 8 where id <= 60000").unwrap();
    database.sql("select pg_stat_force_next_flush()").unwrap();
    let cause = "the table's statistics are old or missing";
    let sql = "select count(*) from orders where state = 8";
    assert_mended(&database, sql, Some(cause), "analyze public.orders").await;
}

#[tokio::test]
async fn a_wrong_estimate_of_columns_that_depend_on_each_other() {
    let database = testbed::database();
    database
        .sql(
            "create table places as select id, id % 200 as city, id % 200 as \"Zip\", 7 as text
                 from generate_series(1, 200000) id;
             alter table places set (autovacuum_enabled = off)",
        )
        .unwrap();
    database.sql("analyze places").unwrap();
    let code = "create statistics public.\"places_city_Zip\" (dependencies) on city, \"Zip\" from public.places; \
                analyze public.places";
    let sql = "select * from places where city = 5 and \"Zip\" = 5";
    let cause = "its columns depend on each other";
    assert_mended(&database, sql, Some(cause), code).await;
}

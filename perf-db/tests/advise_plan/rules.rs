//! For each rule a statement that it must find and one that it must not, on a real server.

use perf_core::finding::FindingKind;
use testbed::Database;

use super::{analyzed, assert_nothing, evidence, explained, found, is_grave, kinds, one};

pub(crate) const SERIAL: &str =
    "set local max_parallel_workers_per_gather = 0; set local jit = off";

pub(crate) fn shop() -> Database {
    let database = testbed::database();
    database
        .sql(
            "create table orders as select id, id % 5000 as customer, id % 7 as state, \
                 (id * 7919) % 100003 as amount, repeat('x', 80) as note
                 from generate_series(1, 200000) id;
             create unique index orders_id on orders (id);
             create index orders_customer on orders (customer);
             create table customers as select id, 'name ' || id as name from generate_series(1, 5000) id",
        )
        .unwrap();
    database.sql("vacuum analyze orders").unwrap();
    database.sql("vacuum analyze customers").unwrap();
    database
}

#[test]
fn a_scan_of_a_large_table_for_few_rows() {
    let database = shop();
    let sql = "select * from orders where amount = 'secret'::text::varchar::text::int";
    let sql = sql.replace("'secret'::text::varchar::text::int", "4711");
    let findings = found(&analyzed(&database, SERIAL, &sql), &sql);
    let finding = one(&findings, FindingKind::SeqScan);
    assert!(is_grave(finding));
    assert_eq!(evidence(finding, "filter"), "(orders.amount = ?)");
    assert!(finding.key.ends_with(":public.orders"), "{}", finding.key);
    for fine in [
        "select * from orders where id = 4711",
        "select * from orders where amount > 5000",
        "select count(*) from orders",
        "select * from customers where name = 'name 7'",
    ] {
        let findings = found(&analyzed(&database, SERIAL, fine), fine);
        assert!(!kinds(&findings).contains(&FindingKind::SeqScan), "{fine}: {findings:#?}");
    }
}

#[test]
fn an_index_that_finds_too_much() {
    let database = shop();
    let sql = "select * from orders where id between 1 and 20000 and amount = 4711";
    let findings = found(&analyzed(&database, SERIAL, sql), sql);
    let finding = one(&findings, FindingKind::InefficientIndex);
    assert_eq!(evidence(finding, "looked up"), "((orders.id >= ?) and (orders.id <= ?))");
    let fine = "select * from orders where id between 1 and 20000 and amount > 500";
    let findings = found(&analyzed(&database, SERIAL, fine), fine);
    assert!(!kinds(&findings).contains(&FindingKind::InefficientIndex));
}

#[test]
fn an_estimate_far_from_the_truth() {
    let database = shop();
    // The planner takes the two for independent.
    let sql = "select count(*) from orders where customer % 10 = 3 and id % 10 = 3 and amount > 0";
    let findings = found(&analyzed(&database, SERIAL, sql), sql);
    one(&findings, FindingKind::RowMisestimate);
    let fine = "select count(*) from orders where state = 3";
    let findings = found(&analyzed(&database, SERIAL, fine), fine);
    assert!(!kinds(&findings).contains(&FindingKind::RowMisestimate));
}

#[test]
fn fewer_rows_for_a_limit_are_no_wrong_estimate() {
    let database = shop();
    let fine = "select * from orders limit 10";
    let findings = found(&analyzed(&database, SERIAL, fine), fine);
    assert_nothing(&findings);
}

/// With the memory that the finding asks for, it is not found again.
fn assert_work_mem_suffices(database: &Database, before: &str, sql: &str, kind: FindingKind) {
    let findings = found(&analyzed(database, before, sql), sql);
    let finding = one(&findings, kind);
    let remedy = finding.remedy.code.clone().unwrap();
    let findings = found(&analyzed(database, &format!("{before}; {remedy}"), sql), sql);
    assert!(!kinds(&findings).contains(&kind), "after {remedy}: {findings:#?}");
}

#[test]
fn a_sort_on_disk_and_the_memory_for_it() {
    let database = shop();
    let before = format!("{SERIAL}; set local work_mem = '1MB'");
    for sql in [
        "select * from orders order by amount",
        "select amount from orders order by amount",
        "select id, repeat('y', 500) from orders where id < 50000 order by amount",
    ] {
        assert_work_mem_suffices(&database, &before, sql, FindingKind::SortOnDisk);
    }
    let parallel = "set local parallel_setup_cost = 0; set local parallel_tuple_cost = 0; \
                    set local work_mem = '1MB'";
    let sql = "select * from orders order by amount";
    assert_work_mem_suffices(&database, parallel, sql, FindingKind::SortOnDisk);
}

#[test]
fn a_hash_on_disk_and_the_memory_for_it() {
    let database = shop();
    let before = format!(
        "{SERIAL}; set local work_mem = '1MB'; set local enable_sort = off; \
                          set local enable_mergejoin = off; set local enable_nestloop = off"
    );
    for sql in [
        "select count(*) from orders a join orders b on a.amount = b.id",
        "select count(a.note), count(b.note) from orders a join orders b on a.amount = b.id",
        "select amount, count(*) from orders group by amount",
        "select amount, note, sum(id), max(state) from orders group by amount, note",
    ] {
        assert_work_mem_suffices(&database, &before, sql, FindingKind::HashOnDisk);
    }
}

#[test]
fn a_nested_loop_with_a_large_inner_side() {
    let database = shop();
    let sql =
        "select count(*) from customers a join customers b on a.id + b.id < 100 where a.id < 2000";
    let findings = found(&analyzed(&database, SERIAL, sql), sql);
    one(&findings, FindingKind::NestedLoop);
    let fine = "select * from customers join orders on orders.id = customers.id";
    let before =
        format!("{SERIAL}; set local enable_hashjoin = off; set local enable_mergejoin = off");
    let findings = found(&analyzed(&database, &before, fine), fine);
    assert!(!kinds(&findings).contains(&FindingKind::NestedLoop));
}

#[test]
fn a_bitmap_without_room_and_the_memory_for_it() {
    let database = shop();
    let before = format!(
        "{SERIAL}; set local enable_seqscan = off; set local enable_indexscan = off; \
                          set local work_mem = '64kB'"
    );
    let sql = "select count(note) from orders where customer < 2500";
    assert_work_mem_suffices(&database, &before, sql, FindingKind::LossyBitmap);
}

#[test]
fn an_index_only_scan_that_reads_the_table() {
    let database = shop();
    let sql = "select count(id) from orders where id < 50000";
    database.sql("update orders set state = 0 where id < 50000").unwrap();
    let before =
        format!("{SERIAL}; set local enable_seqscan = off; set local enable_bitmapscan = off");
    let findings = found(&analyzed(&database, &before, sql), sql);
    let finding = one(&findings, FindingKind::HeapFetches);
    assert_eq!(finding.remedy.code.as_deref(), Some("vacuum public.orders"));
    // Whoever looks at the database at that moment, as autovacuum does, keeps rows from being seen by all.
    let is_mended = (0..50).any(|_| {
        database.sql("vacuum public.orders").unwrap();
        let findings = found(&analyzed(&database, &before, sql), sql);
        !kinds(&findings).contains(&FindingKind::HeapFetches)
    });
    assert!(is_mended);
}

#[test]
fn an_index_in_order_past_rows_that_do_not_match() {
    let database = shop();
    let before = format!("{SERIAL}; set local enable_sort = off");
    let sql = "select * from orders where amount > 100001 order by id limit 5";
    let findings = found(&analyzed(&database, &before, sql), sql);
    one(&findings, FindingKind::OrderByLimit);
    assert!(!kinds(&findings).contains(&FindingKind::InefficientIndex));
    let fine = "select * from orders where state = 3 order by id limit 5";
    let findings = found(&analyzed(&database, &before, fine), fine);
    assert_nothing(&findings);
}

#[test]
fn a_deep_page() {
    let database = shop();
    let sql = "select * from orders order by id offset 100000 limit 20";
    let findings = found(&analyzed(&database, SERIAL, sql), sql);
    let finding = one(&findings, FindingKind::DeepOffset);
    assert_eq!(evidence(finding, "rows skipped"), "100\u{a0}000");
    let findings = found(&explained(&database, SERIAL, "verbose", sql), sql);
    one(&findings, FindingKind::DeepOffset);
    for fine in [
        "select * from orders order by id limit 20 offset 20",
        "select * from orders order by id limit 5000",
    ] {
        let findings = found(&analyzed(&database, SERIAL, fine), fine);
        assert!(!kinds(&findings).contains(&FindingKind::DeepOffset));
        let findings = found(&explained(&database, SERIAL, "verbose", fine), fine);
        assert_nothing(&findings);
    }
}

#[test]
fn workers_that_were_not_there() {
    let database = shop();
    let parallel = "set local parallel_setup_cost = 0; set local parallel_tuple_cost = 0";
    let sql = "select count(*) from orders where amount > 3";
    let without = format!("{parallel}; set local max_parallel_workers = 0");
    let findings = found(&analyzed(&database, &without, sql), sql);
    one(&findings, FindingKind::WorkersNotLaunched);
    let findings = found(&analyzed(&database, SERIAL, sql), sql);
    assert!(!kinds(&findings).contains(&FindingKind::WorkersNotLaunched));
}

#[test]
fn compilation_that_takes_longer_than_it_spares() {
    let database = shop();
    let sql = "select count(*), sum(amount), max(state) from orders where id < 100 and amount + state > 5";
    let forced = "set local max_parallel_workers_per_gather = 0; set local jit_above_cost = 0; \
                  set local jit_inline_above_cost = 0; set local jit_optimize_above_cost = 0";
    let findings = found(&analyzed(&database, forced, sql), sql);
    one(&findings, FindingKind::JitTime);
    let findings = found(&analyzed(&database, SERIAL, sql), sql);
    assert_nothing(&findings);
}

#[test]
fn planning_that_takes_longer_than_the_rest() {
    let database = shop();
    database.sql("create table part (id int); analyze part").unwrap();
    // All orders of nine tables that join each other are looked at, and none has a row.
    let sql = "select count(*) from part a join part b using (id) join part c using (id)
        join part d using (id) join part e using (id) join part f using (id)
        join part g using (id) join part h using (id) join part i using (id)";
    let all_orders = "set local join_collapse_limit = 20; set local geqo = off";
    let set = format!("{SERIAL}; {all_orders}");
    let findings = found(&analyzed(&database, &set, sql), sql);
    one(&findings, FindingKind::PlanningTime);
}

#[test]
fn a_trigger_that_takes_the_time() {
    let database = shop();
    database
        .sql(
            "create function slow() returns trigger language plpgsql as
                 $$ begin perform count(*) from orders where amount = new.id; return new; end $$;
             create table notes (id int);
             create trigger slow_check after insert on notes for each row execute function slow()",
        )
        .unwrap();
    let sql = "insert into notes select generate_series(1, 5)";
    let findings = found(&analyzed(&database, SERIAL, sql), sql);
    let finding = one(&findings, FindingKind::TriggerTime);
    assert!(finding.key.ends_with(":slow_check"), "{}", finding.key);
    let fine = "insert into customers select generate_series(1, 5)";
    let findings = found(&analyzed(&database, SERIAL, fine), fine);
    assert_nothing(&findings);
}

//! What is wrong with the faulty schema and its statements, and what must be found of it.

use perf_core::FindingKind::{self, *};

/// A statement that is sent, and what must be found about it.
pub(crate) struct Planted {
    pub(crate) sql: &'static str,
    pub(crate) times: usize,
    pub(crate) faults: &'static [FindingKind],
}

const fn planted(times: usize, sql: &'static str, faults: &'static [FindingKind]) -> Planted {
    Planted { sql, times, faults }
}

/// Found by what the server counts, by the plan for all values, or by the text. Sent by a `Db`.
pub(crate) const STATEMENTS: &[Planted] = &[
    planted(120, "select id, total_cents from orders where customer_id = 77", &[SeqScan]),
    planted(3, "select * from customer where email = 'a@example.com'", &[SelectStar, SeqScan]),
    planted(3, "select id from customer where lower(email) = 'a@example.com'", &[FunctionOnColumn]),
    planted(3, "select a from twice where id = 7.0", &[ImplicitConversion]),
    planted(120, "select id from correlated where city = 3 or postcode = 4", &[OrAcrossColumns]),
    planted(
        3,
        "select name from region where number not in (select order_id from visit)",
        &[NotInNullable],
    ),
    planted(3, "select count(*) from event", &[CountAll]),
    planted(3, "select id, kind, at from event order by at", &[MissingLimit]),
    planted(3, "select id from customer where name like '%mit%' limit 5", &[LeadingWildcard]),
    planted(3, "select id from event order by id limit 10 offset 100000", &[DeepOffset]),
    planted(3, "select id from customer order by random() limit 1", &[OrderByRandom]),
    planted(
        2,
        "select count(o.id) from orders o, region r where o.total_cents = 5",
        &[JoinWithoutCondition],
    ),
    planted(1, "update fresh set a = 1", &[WriteWithoutWhere]),
    planted(120, "select pg_sleep(0.025)", &[SlowQuery, HeavyStatement]),
    planted(
        12,
        "select name, note, email, country from customer order by note, name",
        &[TemporaryFiles],
    ),
];

/// Found in what was measured when they were run. Each with what is set before.
pub(crate) const MEASURED: &[(&str, Planted)] = &[
    (
        "",
        planted(1, "select id from correlated where city = 7 and postcode = 7", &[RowMisestimate]),
    ),
    (
        "set local work_mem = '64kB'",
        planted(1, "select id from event order by kind, at desc", &[SortOnDisk]),
    ),
    (
        "set local work_mem = '64kB'; set local enable_mergejoin = off; set local enable_nestloop = off; \
         set local max_parallel_workers_per_gather = 0",
        planted(1, "select count(*) from orders o join event e on e.id = o.id", &[HashOnDisk]),
    ),
    (
        "set local enable_hashjoin = off; set local enable_mergejoin = off; \
         set local enable_indexscan = off; set local enable_bitmapscan = off; \
         set local enable_indexonlyscan = off; set local enable_material = off; set local max_parallel_workers_per_gather = 0",
        planted(
            1,
            "select count(*) from region r join (select * from visit limit 1500) v \
             on v.number = r.number and v.country = r.country and r.name <> v.country",
            &[NestedLoop],
        ),
    ),
    (
        "set local work_mem = '64kB'; set local enable_seqscan = off; \
         set local enable_indexscan = off; set local max_parallel_workers_per_gather = 0",
        planted(1, "select count(a) from swollen where id < 140000", &[LossyBitmap]),
    ),
    (
        "set local enable_seqscan = off; set local enable_bitmapscan = off",
        planted(1, "select a from scattered where a < 50", &[HeapFetches]),
    ),
    (
        "",
        planted(1, "select id from event where kind = 7 order by at desc limit 5", &[OrderByLimit]),
    ),
    (
        "set local max_parallel_workers = 0; set local parallel_setup_cost = 0; \
         set local parallel_tuple_cost = 0; set local min_parallel_table_scan_size = 0",
        planted(1, "select count(total_cents) from orders", &[WorkersNotLaunched]),
    ),
    (
        "set local jit = on; set local jit_above_cost = 0; set local jit_optimize_above_cost = 0; \
         set local jit_inline_above_cost = 0",
        planted(1, "select sum(total_cents * 2 + 1) from orders where region < 3", &[JitTime]),
    ),
    (
        "",
        planted(1, "insert into audited select n, n from generate_series(1, 30) n", &[TriggerTime]),
    ),
    (
        "set local enable_seqscan = off",
        planted(
            1,
            "select id from event where at > '2026-01-01' and kind = 3 and id % 100 = 1",
            &[InefficientIndex],
        ),
    ),
];

/// Found in the catalog and its counters; with the end of its key.
pub(crate) const TABLES: &[(FindingKind, &str)] = &[
    (DuplicateIndex, "public.twice_a_again"),
    (OverlappingIndex, "public.twice_b"),
    (OverlappingIndex, "public.twice_id"),
    (InvalidIndex, "public.broken_code"),
    (UnindexedForeignKey, "public.visit.visit_customer_id_fkey"),
    (UnindexedForeignKey, "public.visit.visit_country_number_fkey"),
    (UnindexedForeignKey, "public.visit.visit_order_id_fkey"),
    (ForeignKeyType, "public.visit.visit_twice_id_fkey.twice_id"),
    (StaleStatistics, "public.fresh"),
    (StaleStatistics, "public.changed"),
    (SequenceOverflow, "public.ticket.id"),
    (SequenceOverflow, "public.receipt.id"),
    (Bloat, "public.swollen"),
    (AutovacuumLag, "public.swollen"),
    (SequentialReads, "public.correlated"),
];

/// Found on the server.
pub(crate) const SERVER: &[(FindingKind, &str)] = &[
    (Setting, "fsync"),
    (Setting, "autovacuum"),
    (Setting, "effective_cache_size"),
    (Setting, "checkpoint_completion_target"),
    (LongTransaction, ""),
    (BlockedStatement, ""),
    (ReplicationSlot, "forgotten"),
];

//! The questions, made of the columns that are there.

use std::fmt::Write;

use super::source::Source;
use crate::advise::OWN;

/// PostgreSQL 17 has given the first two other names.
const IO_TIMES: [&str; 8] = [
    "blk_read_time",
    "blk_write_time",
    "shared_blk_read_time",
    "shared_blk_write_time",
    "local_blk_read_time",
    "local_blk_write_time",
    "temp_blk_read_time",
    "temp_blk_write_time",
];

/// From PostgreSQL 15 on.
const JIT_TIMES: [&str; 4] =
    ["jit_generation_time", "jit_inlining_time", "jit_optimization_time", "jit_emission_time"];

/// The server's clock, the bytes of a block, how many have made room, when all were reset, and since
/// when they are counted: where the server does not say, as long as other things of it.
pub(super) fn head(source: &Source) -> String {
    let schema = &source.schema;
    let (evicted, reset, from) = match source.has_info {
        true => ("i.dealloc", "i.stats_reset", format!("from {schema}.pg_stat_statements_info i")),
        false => ("null::int8", "null::timestamptz", String::new()),
    };
    format!(
        "select extract(epoch from clock_timestamp())::float8, \
         current_setting('block_size')::int8, {evicted}, extract(epoch from {reset})::float8, \
         extract(epoch from clock_timestamp() - coalesce({reset}, \
           (select least(d.stats_reset, pg_postmaster_start_time()) from pg_stat_database d \
            where d.datname = current_database())))::float8 {from} {OWN}"
    )
}

/// The statements that have run to their end, dearest first and those whose texts are hidden last, each with the sums of all.
///
/// `$1` is what marks the advisor's own, `$2` the characters of a text, `$3` the bytes of all texts,
/// `$4` how many statements.
pub(super) fn list(source: &Source) -> String {
    let schema = &source.schema;
    let (io, jit) = (sum(source, &IO_TIMES), sum(source, &JIT_TIMES));
    let top = if source.has("toplevel") { "s.toplevel" } else { "true" };
    let since = match source.has("stats_since") {
        true => "extract(epoch from s.stats_since)::float8",
        false => "null::float8",
    };
    format!(
        "with counted as (\
           select s.userid, {top} as is_top, s.queryid, s.calls, s.plans, \
           s.total_plan_time as plan_time, s.total_exec_time as exec_time, s.rows, \
           s.shared_blks_hit, s.shared_blks_read, s.temp_blks_written, \
           {io} as io_time, {jit} as jit_time, {since} as since, left(s.query, $2) as query \
           from {schema}.pg_stat_statements s \
           where s.dbid = (select oid from pg_database where datname = current_database()) \
           and s.calls > 0 and strpos(coalesce(s.query, ''), $1) = 0), \
         summed as (\
           select *, \
           coalesce(sum(plan_time + exec_time) filter (where is_top) over (), 0) as whole, \
           count(*) over () as all_of_them, \
           count(*) filter (where queryid is null) over () as hidden, \
           sum(octet_length(query)) over (order by plan_time + exec_time desc, queryid, userid, \
             is_top rows unbounded preceding) as text_bytes \
           from counted) \
         select userid, is_top, queryid, calls, plans, plan_time, exec_time, rows, \
         shared_blks_hit, shared_blks_read, temp_blks_written, io_time, jit_time, since, \
         whole, all_of_them, hidden, case when text_bytes <= $3 then query end as text from summed \
         order by (queryid is null), plan_time + exec_time desc limit $4 {OWN}"
    )
}

fn sum(source: &Source, columns: &[&str]) -> String {
    let mut sum = String::from("(0");
    for column in columns.iter().filter(|column| source.has(column)) {
        _ = write!(sum, " + s.{column}");
    }
    sum + ")::float8"
}

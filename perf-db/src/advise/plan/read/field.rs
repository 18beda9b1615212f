use perf_core::time::Duration;

use super::detail;
use super::json::Value;
use crate::advise::plan::{
    Actual, Buffers, Expression, Hash, Node, NodeKind, Pages, Relation, Relationship, Sort, Wal,
    Workers,
};

/// Puts what stands under this name into the node.
pub(super) fn take(node: &mut Node, key: &str, value: Value<'_>) {
    match key {
        "Node Type" => {
            if let Value::Text(name) = &value {
                node.kind = NodeKind::of(name);
            }
        }
        "Parent Relationship" => node.relationship = relationship(&value),
        "Subplan Name" => node.subplan = value.text(),
        "Relation Name" => {
            if let Some(name) = value.text() {
                relation(node).name = name;
            }
        }
        "Schema" => relation(node).schema = value.text(),
        "Alias" => node.alias = value.text(),
        "Index Name" => node.index = value.text(),
        "Scan Direction" => {
            node.is_backward = matches!(&value, Value::Text(text) if text == "Backward");
        }
        "Parallel Aware" => node.is_parallel_aware = value.is_true(),
        "CTE Name" => node.cte = value.text(),
        "Join Type" => node.join_type = value.text(),
        "Inner Unique" => node.is_inner_unique = value.is_true(),
        "Strategy" => node.strategy = value.text(),
        "Partial Mode" => node.partial_mode = value.text().filter(|mode| mode != "Simple"),
        "Operation" => node.operation = value.text(),
        "Disabled" => node.is_disabled = value.is_true(),
        "Workers Planned" => workers(node).planned = small(&value),
        "Workers Launched" => workers(node).launched = Some(small(&value)),
        "Workers" => detail::workers(node, &value),
        "Async Capable" => (),
        _ => measure(node, key, value),
    }
}

fn measure(node: &mut Node, key: &str, value: Value<'_>) {
    let number = value.number();
    match key {
        "Startup Cost" => node.estimate.startup_cost = number.unwrap_or(0.0),
        "Total Cost" => node.estimate.total_cost = number.unwrap_or(0.0),
        "Plan Rows" => node.estimate.rows = number.unwrap_or(0.0),
        "Plan Width" => node.estimate.width_bytes = value.count().unwrap_or(0),
        "Actual Rows" => {
            let actual = actual(node);
            actual.rows = number.unwrap_or(0.0).max(0.0);
            actual.rows_are_exact = matches!(value, Value::Number(text) if text.contains('.'));
        }
        "Actual Loops" => actual(node).loops = number.unwrap_or(0.0).max(0.0),
        "Actual Startup Time" => actual(node).startup_time = millis(&value),
        "Actual Total Time" => actual(node).total_time = millis(&value),
        "Rows Removed by Filter" => node.removed.by_filter = number,
        "Rows Removed by Join Filter" => node.removed.by_join_filter = number,
        "Rows Removed by Index Recheck" => node.removed.by_recheck = number,
        "Exact Heap Blocks" => node.heap_blocks.exact = value.count().unwrap_or(0),
        "Lossy Heap Blocks" => node.heap_blocks.lossy = value.count().unwrap_or(0),
        "Heap Fetches" => node.heap_fetches = number,
        "Sort Method" => sort(node).method = value.text().unwrap_or_default(),
        "Sort Space Used" => sort(node).space_bytes = kilobytes(&value),
        "Sort Space Type" => {
            let sort = sort(node);
            sort.is_on_disk = matches!(&value, Value::Text(text) if text == "Disk");
            sort.processes_on_disk = u32::from(sort.is_on_disk);
        }
        "Full-sort Groups" | "Pre-sorted Groups" => detail::incremental_sort(node, &value),
        "Hash Batches" | "HashAgg Batches" => hash(node).batches = value.count().unwrap_or(1),
        "Original Hash Batches" => hash(node).planned_batches = value.count(),
        "Peak Memory Usage" => hash(node).memory_bytes = kilobytes(&value),
        "Disk Usage" => hash(node).disk_bytes = Some(kilobytes(&value)),
        "WAL Records" => wal(node).records = value.count().unwrap_or(0),
        "WAL FPI" => wal(node).full_pages = value.count().unwrap_or(0),
        "WAL Bytes" => wal(node).bytes = value.count().unwrap_or(0),
        _ => condition(node, key, value),
    }
}

fn condition(node: &mut Node, key: &str, value: Value<'_>) {
    let conditions = &mut node.conditions;
    match key {
        "Filter" => conditions.filter = expression(value),
        "Index Cond" | "TID Cond" => conditions.index = expression(value),
        "Recheck Cond" => conditions.recheck = expression(value),
        "Hash Cond" => conditions.hash = expression(value),
        "Merge Cond" => conditions.merge = expression(value),
        "Join Filter" => conditions.join_filter = expression(value),
        "One-Time Filter" => conditions.one_time_filter = expression(value),
        "Order By" => conditions.order_by = expression(value),
        "Cache Key" => conditions.cache_key = expression(value),
        "Sort Key" => conditions.sort_key = detail::expressions(&value),
        "Presorted Key" => conditions.presorted_key = detail::expressions(&value),
        "Group Key" => conditions.group_key = detail::expressions(&value),
        "Output" => conditions.output = detail::expressions(&value),
        _ => match buffers_have(key) {
            true => take_pages(node.buffers.get_or_insert_default(), key, &value),
            false => other(node, key, value),
        },
    }
}

fn other(node: &mut Node, key: &str, value: Value<'_>) {
    let text = match value {
        Value::Text(text) => text.into_owned(),
        Value::Number(text) | Value::Composite(text) => text.to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Null => return,
    };
    node.other.push((key.to_owned(), Expression::new(text)));
}

/// Whether [`take_pages`] knows this name.
pub(super) fn buffers_have(key: &str) -> bool {
    key.ends_with(" Blocks") || (key.contains("I/O") && key.ends_with(" Time"))
}

pub(super) fn take_pages(buffers: &mut Buffers, key: &str, value: &Value<'_>) {
    let count = value.count().unwrap_or(0);
    let (pages, what): (&mut Pages, _) = if let Some(what) = key.strip_prefix("Shared ") {
        (&mut buffers.shared, what)
    } else if let Some(what) = key.strip_prefix("Local ") {
        (&mut buffers.local, what)
    } else {
        match key {
            "Temp Read Blocks" => buffers.temp_read = count,
            "Temp Written Blocks" => buffers.temp_written = count,
            // Before PostgreSQL 17 one pair for all kinds but those of temporary files.
            key => take_times(buffers, key, value),
        }
        return;
    };
    match what {
        "Hit Blocks" => pages.hit = count,
        "Read Blocks" => pages.read = count,
        "Dirtied Blocks" => pages.dirtied = count,
        "Written Blocks" => pages.written = count,
        what => take_times(buffers, what, value),
    }
}

fn take_times(buffers: &mut Buffers, key: &str, value: &Value<'_>) {
    let time = millis(value).unwrap_or_default();
    if key.ends_with("I/O Read Time") {
        buffers.read_time = buffers.read_time.saturating_add(time);
    } else if key.ends_with("I/O Write Time") {
        buffers.write_time = buffers.write_time.saturating_add(time);
    }
}

pub(super) fn millis(value: &Value<'_>) -> Option<Duration> {
    value.number().map(|ms| Duration::try_from_secs_f64(ms.max(0.0) / 1e3).unwrap_or_default())
}

fn kilobytes(value: &Value<'_>) -> u64 {
    value.count().unwrap_or(0).saturating_mul(1_024)
}

fn small(value: &Value<'_>) -> u32 {
    value.number().unwrap_or(0.0) as u32
}

fn expression(value: Value<'_>) -> Option<Expression> {
    value.text().map(Expression::new)
}

fn relation(node: &mut Node) -> &mut Relation {
    node.relation.get_or_insert_with(|| Relation { schema: None, name: String::new() })
}

fn workers(node: &mut Node) -> &mut Workers {
    node.workers.get_or_insert_default()
}

fn actual(node: &mut Node) -> &mut Actual {
    node.actual.get_or_insert_default()
}

fn hash(node: &mut Node) -> &mut Hash {
    node.hash.get_or_insert_default()
}

fn wal(node: &mut Node) -> &mut Wal {
    node.wal.get_or_insert_default()
}

pub(super) fn sort(node: &mut Node) -> &mut Sort {
    node.sort.get_or_insert_with(|| Sort {
        method: String::new(),
        space_bytes: 0,
        is_on_disk: false,
        processes_on_disk: 0,
    })
}

fn relationship(value: &Value<'_>) -> Relationship {
    let Value::Text(text) = value else { return Relationship::Other };
    match &**text {
        "Outer" => Relationship::Outer,
        "Inner" => Relationship::Inner,
        "Member" => Relationship::Member,
        "Subquery" => Relationship::Subquery,
        "InitPlan" => Relationship::InitPlan,
        "SubPlan" => Relationship::SubPlan,
        _ => Relationship::Other,
    }
}

//! Lists and objects within a node.

use serde_json::Value as Json;

use super::PlanError;
use super::field::sort;
use super::json::{Reader, Value};
use crate::advise::plan::expression::Expression;
use crate::advise::plan::node::Node;

/// Parsed, where it is a list or an object that is not too deep.
pub(super) fn parsed(value: &Value<'_>) -> Option<Json> {
    match value {
        Value::Composite(text) => serde_json::from_str(text).ok(),
        _ => None,
    }
}

/// A list of texts, or one alone.
pub(super) fn expressions(value: &Value<'_>) -> Vec<Expression> {
    match value {
        Value::Text(text) => vec![Expression::new(&**text)],
        Value::Composite(list) => listed(list).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Without a detour by values of serde_json, for each node has some.
fn listed(list: &str) -> Result<Vec<Expression>, PlanError> {
    let mut reader = Reader::new(list);
    let mut expressions = Vec::new();
    reader.pass(b'[')?;
    while !reader.passes(b']')? {
        if let Value::Text(text) = reader.value()? {
            expressions.push(Expression::new(text.into_owned()));
        }
        reader.passes(b',')?;
    }
    Ok(expressions)
}

/// What each worker says: how it sorted, what its hash took and its pages. The rest is in the node's sums.
pub(super) fn workers(node: &mut Node, value: &Value<'_>) {
    let Some(Json::Array(workers)) = parsed(value) else { return };
    for worker in &workers {
        if let Some(method) = worker["Sort Method"].as_str() {
            let is_on_disk = worker["Sort Space Type"] == "Disk";
            take_sort(node, method, kilobytes(&worker["Sort Space Used"]), is_on_disk);
        }
        for groups in ["Full-sort Groups", "Pre-sorted Groups"] {
            take_groups(node, &worker[groups]);
        }
        if let Some(batches) = worker["HashAgg Batches"].as_u64() {
            let hash = node.hash.get_or_insert_default();
            hash.batches = hash.batches.max(batches);
            hash.memory_bytes = hash.memory_bytes.max(kilobytes(&worker["Peak Memory Usage"]));
            let disk = kilobytes(&worker["Disk Usage"]);
            hash.disk_bytes = Some(hash.disk_bytes.unwrap_or(0).saturating_add(disk));
        }
        // From PostgreSQL 18 on; the node has its leader's alone.
        let pages = |name: &str| worker[name].as_u64().unwrap_or(0);
        let blocks = &mut node.heap_blocks;
        blocks.exact = blocks.exact.saturating_add(pages("Exact Heap Blocks"));
        blocks.lossy = blocks.lossy.saturating_add(pages("Lossy Heap Blocks"));
    }
}

pub(super) fn incremental_sort(node: &mut Node, value: &Value<'_>) {
    if let Some(groups) = parsed(value) {
        take_groups(node, &groups);
    }
}

fn take_groups(node: &mut Node, groups: &Json) {
    let Some(methods) = groups["Sort Methods Used"].as_array() else { return };
    let (place, is_on_disk) = match groups["Sort Space Disk"].is_object() {
        true => ("Sort Space Disk", true),
        false => ("Sort Space Memory", false),
    };
    let method = methods.last().and_then(Json::as_str).unwrap_or_default();
    take_sort(node, method, kilobytes(&groups[place]["Peak Sort Space Used"]), is_on_disk);
}

/// Keeps the one on disk before the one in memory, and the larger before the smaller.
fn take_sort(node: &mut Node, method: &str, space_bytes: u64, is_on_disk: bool) {
    let sort = sort(node);
    sort.processes_on_disk += u32::from(is_on_disk);
    if (is_on_disk, space_bytes) >= (sort.is_on_disk, sort.space_bytes) {
        method.clone_into(&mut sort.method);
        sort.space_bytes = space_bytes;
        sort.is_on_disk = is_on_disk;
    }
}

fn kilobytes(value: &Json) -> u64 {
    value.as_u64().unwrap_or(0).saturating_mul(1_024)
}

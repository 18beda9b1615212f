use std::collections::HashMap;

use super::super::{Activity, Table, TableKind};
use super::Places;

/// A part of a part of a part: no schema nests deeper, and a damaged catalog must not loop.
const DEEPEST: usize = 32;

/// Gives partitioned tables and their indexes what their parts hold and have counted.
pub(super) fn sum(tables: &mut [Table], places: &Places) {
    for table in tables.iter_mut().filter(|table| table.kind == TableKind::Partitioned) {
        // What the server says of the whole is from its last `analyze`, and before PostgreSQL 14
        // nothing.
        table.rows = None;
        table.activity = Activity {
            analyzed_ago: table.activity.analyzed_ago,
            vacuumed_ago: table.activity.vacuumed_ago,
            ..Activity::default()
        };
    }
    for place in 0..tables.len() {
        if tables[place].kind == TableKind::Partitioned {
            continue;
        }
        let (rows, bytes, activity) =
            (tables[place].rows, tables[place].bytes, tables[place].activity);
        let mut parent = tables[place].partition_of;
        for _ in 0..DEEPEST {
            let Some(above) = parent.and_then(|oid| places.get(&oid)) else { break };
            let whole = &mut tables[*above];
            whole.bytes += bytes;
            if let Some(rows) = rows {
                *whole.rows.get_or_insert(0.0) += rows;
            }
            add(&mut whole.activity, &activity);
            parent = whole.partition_of;
        }
    }
    sum_indexes(tables);
}

fn sum_indexes(tables: &mut [Table]) {
    let mut above: HashMap<u32, u32> = HashMap::new();
    let mut held: Vec<(u32, u64, u64)> = Vec::new();
    for index in tables.iter().flat_map(|table| &table.indexes) {
        if let Some(whole) = index.partition_of {
            above.insert(index.oid, whole);
            held.push((index.oid, index.bytes, index.scans));
        }
    }
    let mut sums: HashMap<u32, (u64, u64)> = HashMap::new();
    for (oid, bytes, scans) in held {
        let mut part = oid;
        for _ in 0..DEEPEST {
            let Some(whole) = above.get(&part) else { break };
            let sum = sums.entry(*whole).or_default();
            *sum = (sum.0 + bytes, sum.1 + scans);
            part = *whole;
        }
    }
    for index in tables.iter_mut().flat_map(|table| &mut table.indexes) {
        if let Some((bytes, scans)) = sums.get(&index.oid) {
            (index.bytes, index.scans) = (*bytes, *scans);
        }
    }
}

fn add(whole: &mut Activity, part: &Activity) {
    whole.sequential_scans += part.sequential_scans;
    whole.sequential_rows += part.sequential_rows;
    whole.index_scans += part.index_scans;
    whole.inserted += part.inserted;
    whole.updated += part.updated;
    whole.deleted += part.deleted;
    whole.live_rows += part.live_rows;
    whole.dead_rows += part.dead_rows;
    whole.changed_since_analyze += part.changed_since_analyze;
}

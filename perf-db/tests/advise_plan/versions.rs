//! Plans of other versions than the one that the tests run on, written by hand after their
//! documentation.

use perf_core::finding::FindingKind;
use perf_core::time::Duration;
use perf_db::advise::plan::{NodeId, NodeKind, Plan};

use super::{evidence, found, kinds, one};

const POSTGRES_10: &str = include_str!("samples/postgres_10.json");
const POSTGRES_13: &str = include_str!("samples/postgres_13.json");
const POSTGRES_16: &str = include_str!("samples/postgres_16.json");
const POSTGRES_18: &str = include_str!("samples/postgres_18.json");

pub(crate) const ALL: [&str; 4] = [POSTGRES_10, POSTGRES_13, POSTGRES_16, POSTGRES_18];

fn micros(plan: &Plan, place: usize) -> u128 {
    let (id, _) = plan.nodes().nth(place).unwrap();
    let nanos = plan.exclusive_time(id).unwrap().as_nanos();
    (nanos + 500) / 1_000
}

fn node(plan: &Plan, place: usize) -> (NodeId, &perf_db::advise::plan::Node) {
    plan.nodes().nth(place).unwrap()
}

#[test]
fn postgres_10() {
    let plan = Plan::parse(POSTGRES_10).unwrap();
    // Three processes of 58.4 ms side by side are 58.4 ms of the statement.
    assert_eq!([0, 1, 2, 3].map(|place| micros(&plan, place)), [12, 3_677, 22, 58_400]);
    let (scan, node) = node(&plan, 3);
    assert_eq!(plan.rows_read(scan), Some(3.0 * (7.0 + 333_326.0)));
    let buffers = node.buffers.as_ref().unwrap();
    assert_eq!((buffers.shared.read, buffers.read_time), (2_409, Duration::from_micros(12_125)));
    assert_eq!(plan.label(scan), "Parallel Seq Scan on event e");
    let findings = found(&plan, "select count(*) from event where payload like '%it''s secret%'");
    assert_eq!(evidence(one(&findings, FindingKind::SeqScan), "rows read"), "999\u{a0}999");
}

#[test]
fn postgres_13() {
    let plan = Plan::parse(POSTGRES_13).unwrap();
    let root = plan.root();
    assert_eq!(root.wal.unwrap().bytes, 123_456);
    assert_eq!(root.buffers.as_ref().unwrap().temp_written, 310);
    let summary = plan.summary();
    assert_eq!(summary.setting("work_mem"), Some("1MB"));
    assert_eq!(summary.planning_buffers.as_ref().unwrap().asked(), 28);
    assert_eq!(summary.jit.unwrap().time, Some(Duration::from_millis(10)));
    let (sort, node) = node(&plan, 2);
    let how = node.sort.as_ref().unwrap();
    assert!(how.is_on_disk && how.method == "external merge" && how.space_bytes == 2_400 * 1_024);
    assert_eq!(plan.label(sort), "Incremental Sort");
    assert_eq!(
        plan.label(plan.outer(sort).unwrap()),
        "Index Scan Backward using line_shop on shop.line"
    );
    let findings = found(&plan, "insert into total select 1");
    one(&findings, FindingKind::SortOnDisk);
    let hash = one(&findings, FindingKind::HashOnDisk);
    assert_eq!(evidence(hash, "work_mem"), "1.0 MiB");
    let keys: Vec<String> =
        self::node(&plan, 1).1.conditions.group_key.iter().map(ToString::to_string).collect();
    assert_eq!(keys, ["line.product", "(line.kind || ?::text)"]);
    let trigger = one(&findings, FindingKind::TriggerTime);
    assert!(trigger.key.ends_with(":total_product_fkey"), "{}", trigger.key);
}

#[test]
fn postgres_16() {
    let plan = Plan::parse(POSTGRES_16).unwrap();
    assert_eq!(plan.summary().query_id, Some(-4_302_340_231_430_125_443));
    assert_eq!(plan.label(NodeId::ROOT), "Nested Loop Left Join");
    // 120 loops of 70 µs, of which 100 went on to 80 µs below.
    assert_eq!([0, 1, 2, 3].map(|place| micros(&plan, place)), [550, 50, 400, 8_000]);
    let read = plan.root().buffers.as_ref().unwrap().read_time;
    assert_eq!(read, Duration::from_micros(1_750));
    let (_, memoize) = node(&plan, 2);
    assert_eq!(memoize.other("Cache Hits").unwrap().text(), "?");
    let findings = found(&plan, "select 1");
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn postgres_18() {
    let plan = Plan::parse(POSTGRES_18).unwrap();
    // The leader waited for the InitPlan before its workers began.
    assert_eq!(
        [0, 1, 2, 3, 4].map(|place| micros(&plan, place)),
        [2_000, 500, 7_500, 38_000, 2_000]
    );
    let (unknown, node) = node(&plan, 5);
    assert_eq!(node.kind, NodeKind::Other("Quantum Scan".into()));
    assert_eq!(plan.rows(unknown), Some(1.0));
    let (_, bitmap) = self::node(&plan, 3);
    assert_eq!((bitmap.heap_blocks.exact, bitmap.heap_blocks.lossy), (190, 110));
    assert!(self::node(&plan, 4).1.is_disabled);
    assert_eq!(plan.summary().serialization_time, Some(Duration::from_micros(750)));
    let buffers = plan.root().buffers.as_ref().unwrap();
    assert_eq!(buffers.read_time, Duration::from_millis(3));
    assert_eq!(buffers.write_time, Duration::from_micros(250));
    let findings = found(&plan, "select * from reading");
    let kinds = kinds(&findings);
    for kind in [FindingKind::LossyBitmap, FindingKind::WorkersNotLaunched, FindingKind::JitTime] {
        assert!(kinds.contains(&kind), "{kind:?} of {kinds:?}");
    }
}

#[test]
fn no_value_of_the_statement_is_shown() {
    for json in ALL {
        let plan = Plan::parse(json).unwrap();
        let findings = found(&plan, "select 'secret'");
        let shown = format!("{plan:?} {} {} {findings:?}", plan.tree(), plan.picture());
        assert!(!shown.contains("secret"), "{shown}");
    }
}

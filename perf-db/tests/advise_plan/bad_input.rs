//! What is no plan, or half of one, is answered by a sentence; what is deep or large is read.

use std::time::Instant;

use perf_core::Fingerprint;
use perf_db::advise::plan::{Context, Plan, PlanError};

use super::versions;

#[test]
fn a_plan_that_is_cut_off_anywhere_says_so() {
    for json in versions::ALL {
        let json = json.trim_end();
        // The bracket around it all is not looked for.
        let whole = json.trim_end_matches([']', '}', ' ', '\n']).len();
        for end in (1..whole).filter(|end| json.is_char_boundary(*end)) {
            match Plan::parse(&json[..end]) {
                Err(PlanError::Truncated | PlanError::NotAPlan) => (),
                other => panic!("cut off at {end}: {other:?}"),
            }
        }
    }
}

#[test]
fn something_else_is_told_by_a_sentence() {
    for (text, sentence) in [
        ("", "this is no plan: the answer to explain (format json) is expected"),
        (
            "Seq Scan on orders  (cost=0.00..1.00 rows=1 width=4)",
            "this is no plan: the answer to explain (format json) is expected",
        ),
        ("<explain/>", "this is no plan: the answer to explain (format json) is expected"),
        ("[]", "this is no plan: the answer to explain (format json) is expected"),
        ("[{}]", "this is no plan: the answer to explain (format json) is expected"),
        (
            "{\"error\": \"secret\"}",
            "this is no plan: the answer to explain (format json) is expected",
        ),
        ("[{\"Plan\": 7}]", "this is no plan: the answer to explain (format json) is expected"),
        (
            "[\"Utility Statement\"]",
            "this statement has no plan: only queries and changes of rows have one",
        ),
        (
            "[{\"Plan\": {\"Node Type\": \"Result\", \"Plans\": [7]}}]",
            "the plan is not JSON from byte 44 on",
        ),
        (
            "[{\"Plan\": {\"Node Type\": \"Result\", \"Total Cost\": x}}]",
            "the plan is not JSON from byte",
        ),
        ("[{\"Plan\": {\"Plans\": [{}]}}]", "node 1 of the plan has no \"Node Type\""),
        ("[{\"Plan\": {\"Node Type\": \"Res", "the plan is cut off: its JSON has no end"),
    ] {
        let said = Plan::parse(text).map(drop).unwrap_err().to_string();
        assert!(said.starts_with(sentence), "{text:?}: {said}");
    }
}

#[test]
fn numbers_beyond_all_bounds_stay_numbers() {
    for number in
        ["1e999", "-1e308", "1e308", "18446744073709551616", "-5", "\"7\"", "\"x\"", "null", "[]"]
    {
        let json = versions::ALL.map(|json| replace_numbers(json, number));
        for json in json {
            let Ok(plan) = Plan::parse(&json) else { continue };
            let statement = Fingerprint::of("select 1");
            let findings = plan.findings(&Context::new(&statement));
            let shown = format!("{plan:?} {} {} {findings:?}", plan.tree(), plan.picture());
            assert!(!shown.contains("NaN"), "{number}: {shown}");
        }
    }
}

fn replace_numbers(json: &str, number: &str) -> String {
    let value = |line: &str| {
        let (key, value) = line.split_once(": ")?;
        let is_number = value.starts_with(|c: char| c.is_ascii_digit());
        let comma = if value.ends_with(',') { "," } else { "" };
        is_number.then(|| format!("{key}: {number}{comma}\n"))
    };
    json.lines().map(|line| value(line).unwrap_or_else(|| format!("{line}\n"))).collect()
}

/// Each below the one before, so that whatever goes down by calls would run out of stack.
fn chain(nodes: usize) -> String {
    let head = "{\"Node Type\": \"Append\", \"Total Cost\": 1.0, \"Actual Total Time\": 1.0, \
                \"Actual Rows\": 1, \"Actual Loops\": 1, \"Parent Relationship\": \"Member\"";
    let open = format!("{head}, \"Plans\": [").repeat(nodes - 1);
    let close = "]}".repeat(nodes - 1);
    format!("[{{\"Plan\": {open}{head}}}{close}}}]")
}

/// All below one.
fn fan(nodes: usize) -> String {
    let head = "{\"Node Type\": \"Append\", \"Total Cost\": 1.0, \"Actual Total Time\": 1.0, \
                \"Actual Rows\": 1, \"Actual Loops\": 1, \"Parent Relationship\": \"Member\"";
    let children = vec![format!("{head}}}"); nodes - 1].join(",");
    format!("[{{\"Plan\": {head}, \"Plans\": [{children}]}}}}]")
}

#[test]
fn a_plan_of_ten_thousand_nodes_is_read_whatever_its_shape() {
    for json in [chain(10_000), fan(10_000)] {
        let plan = Plan::parse(&json).unwrap();
        assert_eq!(plan.nodes().len(), 10_000);
        let statement = Fingerprint::of("select 1");
        plan.findings(&Context::new(&statement));
        // A line a node, and no square of blanks.
        assert!(plan.tree().to_string().len() < 3_000_000);
        assert!(plan.picture().to_string().len() < 1_000_000);
    }
}

#[test]
fn ten_times_the_nodes_take_about_ten_times_as_long() {
    let statement = Fingerprint::of("select 1");
    let took = |json: &str| {
        let once = || {
            let started = Instant::now();
            let plan = Plan::parse(json).unwrap();
            plan.findings(&Context::new(&statement));
            _ = plan.tree().to_string();
            started.elapsed()
        };
        (0..5).map(|_| once()).min().unwrap()
    };
    for shape in [chain, fan] {
        let (few, many) = (took(&shape(2_000)), took(&shape(20_000)));
        // A hundred times would be a square.
        assert!(many < few * 50, "{few:?} for 2,000 nodes, {many:?} for 20,000");
    }
}

#[test]
fn a_plan_without_end_is_refused() {
    assert_eq!(
        Plan::parse(&fan(100_001)).map(drop).unwrap_err(),
        PlanError::TooLarge { most: 100_000 }
    );
}

#[test]
fn names_do_not_move_a_terminal_or_a_page() {
    let json = r#"[{"Plan": {"Node Type": "Seq Scan", "Alias": "a\u001b[2Jb\n\u0007",
        "Relation Name": "<script>alert(\"1\")</script>", "Filter": "(\"x\u001b\" = '<b>')"}}]"#;
    let plan = Plan::parse(json).unwrap();
    let tree = plan.tree().to_string();
    assert!(!tree.contains(['\u{1b}', '\u{7}']), "{tree:?}");
    let picture = plan.picture().to_string();
    assert!(!picture.contains("<script") && !picture.contains('\u{1b}'), "{picture}");
    assert!(picture.contains("&lt;script&gt;"), "{picture}");
}

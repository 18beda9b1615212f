//! The table of rules in the documentation has every kind that the advisor can find.

use perf_core::FindingKind;

#[test]
fn every_kind_of_finding_has_a_row() {
    let table = include_str!("../src/advise/RULES.md");
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| `")).collect();
    for kind in FindingKind::ADVISED {
        let name = format!("`{}`", kind.as_str());
        let has_row =
            rows.iter().any(|row| row.split('|').nth(1).is_some_and(|kinds| kinds.contains(&name)));
        assert!(has_row, "no row for {name}");
    }
    for row in &rows {
        assert_eq!(row.split(" | ").count(), 4, "kind, when, source and key: {row}");
    }
}

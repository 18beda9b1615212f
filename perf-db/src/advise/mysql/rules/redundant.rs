use perf_core::finding::Severity;
use perf_core::{Finding, FindingKind};

use crate::advise::mysql::index::{Index, Part};
use crate::advise::mysql::indexes::Indexes;

/// Of what the evidence with this label tells.
pub(super) const STAYS: &str = "the one that stays";

/// Indexes that are there twice, and those whose work a longer one does (MySQL's `sys` schema,
/// `schema_redundant_indexes`).
pub(super) fn findings(indexes: &Indexes) -> Vec<Finding> {
    let same_table = |a: &Index, b: &Index| a.schema == b.schema && a.table == b.table;
    indexes.list.chunk_by(same_table).flat_map(of_table).collect()
}

fn of_table(indexes: &[Index]) -> Vec<Finding> {
    let comparable: Vec<&Index> = indexes.iter().filter(|index| is_comparable(index)).collect();
    let twins: Vec<(&Index, &Index)> =
        comparable.iter().filter_map(|index| Some((*index, twin(index, &comparable)?))).collect();
    let goes = |index: &Index| twins.iter().any(|(twin, _)| twin.name == index.name);
    let duplicates = twins.iter().map(|(index, kept)| {
        finding(FindingKind::DuplicateIndex, index, kept)
            .severity(Severity::Warning)
            .advice("the same index is there twice, and every write keeps both: drop this one")
    });
    let overlapping = comparable.iter().filter(|index| !goes(index) && !index.is_unique);
    let overlapping = overlapping.filter_map(|index| {
        let longer = comparable.iter().filter(|longer| {
            !longer.is_hidden && !goes(longer) && longer.name != index.name && covers(longer, index)
        });
        let kept = longer.max_by_key(|longer| longer.parts.len())?;
        Some(finding(FindingKind::OverlappingIndex, index, kept).severity(Severity::Info).advice(
            "another index begins with its columns and can do its work: drop it, unless what it \
             spares by being smaller was measured",
        ))
    });
    duplicates.chain(overlapping).collect()
}

/// What an expression computes is not looked at.
fn is_comparable(index: &Index) -> bool {
    index.parts.iter().all(|part| part.column.is_some())
}

/// The index that stays of those that are the same as this one; `None` when it is this one. A
/// primary key stays before a unique index, and that before others.
fn twin<'a>(index: &Index, indexes: &[&'a Index]) -> Option<&'a Index> {
    let rank = |index: &Index| {
        (index.is_hidden, !index.is_primary(), !index.is_unique, index.name.clone())
    };
    let same = indexes.iter().filter(|other| {
        other.parts == index.parts && other.method.eq_ignore_ascii_case(&index.method)
    });
    let kept = same.min_by_key(|other| rank(other))?;
    // A unique index that is hidden still keeps rows apart, which no other one does for it.
    let needed = index.is_primary() || index.is_unique && !kept.is_unique;
    (kept.name != index.name && !needed).then_some(kept)
}

/// Whether each lookup by the shorter index is one by the beginning of the longer one.
fn covers(longer: &Index, shorter: &Index) -> bool {
    let is_tree = |index: &Index| index.method.eq_ignore_ascii_case("BTREE");
    let Some((last, first)) = shorter.parts.split_last() else { return false };
    is_tree(longer)
        && is_tree(shorter)
        && longer.parts != shorter.parts
        && longer.parts.starts_with(first)
        && longer.parts.get(first.len()).is_some_and(|part| holds(part, last))
}

/// Whether a part holds all of the column that the other one holds.
fn holds(part: &Part, other: &Part) -> bool {
    part.column == other.column
        && part.order == other.order
        && match (part.length, other.length) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(length), Some(other)) => length >= other,
        }
}

fn finding(kind: FindingKind, index: &Index, kept: &Index) -> Finding {
    Finding::new(kind, index.which(), index.subject())
        .evidence(STAYS, kept.subject())
        .code(index.drop())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(list: &[Index]) -> Vec<String> {
        let indexes = Indexes { list: list.to_vec(), ..Indexes::default() };
        findings(&indexes).into_iter().map(|finding| finding.key).collect()
    }

    fn index(name: &str, columns: &[&str]) -> Index {
        Index::of("shop", "orders", name, columns)
    }

    #[test]
    fn of_three_that_are_the_same_the_one_that_is_needed_most_stays() {
        let mut unique = index("z_unique", &["a", "b"]);
        unique.is_unique = true;
        let three = [index("one", &["a", "b"]), index("two", &["a", "b"]), unique];
        assert_eq!(
            keys(&three),
            ["duplicate_index:shop.orders.one", "duplicate_index:shop.orders.two"]
        );
        let elsewhere = Index::of("shop", "other", "one", &["a", "b"]);
        assert_eq!(keys(&[index("one", &["a", "b"]), elsewhere]), [""; 0]);
    }

    #[test]
    fn an_index_overlaps_only_with_one_that_begins_with_all_of_it() {
        let overlap = |short: &[&str], long: &[&str]| {
            !keys(&[index("long", long), index("short", short)]).is_empty()
        };
        assert!(overlap(&["a"], &["a", "b"]));
        assert!(overlap(&["a", "b"], &["a", "b", "c"]));
        assert!(!overlap(&["b"], &["a", "b"]));
        assert!(!overlap(&["a", "c"], &["a", "b", "c"]));
        let lengths = |short, long| {
            let (mut shorter, mut longer) = (index("short", &["a"]), index("long", &["a", "b"]));
            (shorter.parts[0].length, longer.parts[0].length) = (short, long);
            !keys(&[longer, shorter]).is_empty()
        };
        assert!(lengths(Some(10), None) && lengths(Some(10), Some(20)));
        assert!(!lengths(None, Some(10)) && !lengths(Some(20), Some(10)));
    }

    #[test]
    fn a_hidden_index_does_the_work_of_none_and_an_expression_is_not_compared() {
        let mut hidden = index("long", &["a", "b"]);
        hidden.is_hidden = true;
        assert_eq!(keys(&[hidden, index("short", &["a"])]), [""; 0]);
        let mut expression = index("twin", &["a"]);
        expression.parts[0].column = None;
        assert_eq!(keys(&[expression.clone(), expression]), [""; 0]);
    }
}

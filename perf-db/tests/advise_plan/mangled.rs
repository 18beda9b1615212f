//! Plans with parts missing, doubled and swapped: a short run of what `fuzz/targets/plan.rs` does for
//! long.

use perf_core::Fingerprint;
use perf_db::advise::plan::{Context, Plan};
use proptest::collection::vec;
use proptest::prelude::*;

use super::versions;

#[derive(Clone, Debug)]
enum Edit {
    Cut(usize, usize),
    Double(usize, usize),
    Put(usize, &'static str),
}

fn edit() -> impl Strategy<Value = Edit> {
    let put =
        ["{", "}", "[", "]", ",", ":", "\"", "\\", "0", "-", "null", "é", "\"Plans\": [", "1e99"];
    prop_oneof![
        (any::<usize>(), 1..400_usize).prop_map(|(at, length)| Edit::Cut(at, length)),
        (any::<usize>(), 1..400_usize).prop_map(|(at, length)| Edit::Double(at, length)),
        (any::<usize>(), prop::sample::select(put.to_vec()))
            .prop_map(|(at, text)| Edit::Put(at, text)),
    ]
}

fn edited(text: &str, edit: &Edit) -> String {
    let characters: Vec<char> = text.chars().collect();
    let range = |at: usize, length: usize| {
        let start = at % (characters.len() + 1);
        (start, (start + length).min(characters.len()))
    };
    let string = |characters: &[char]| characters.iter().collect::<String>();
    match *edit {
        Edit::Cut(at, length) => {
            let (start, end) = range(at, length);
            string(&characters[..start]) + &string(&characters[end..])
        }
        Edit::Double(at, length) => {
            let (start, end) = range(at, length);
            string(&characters[..end]) + &string(&characters[start..])
        }
        Edit::Put(at, text) => {
            let (start, _) = range(at, 0);
            string(&characters[..start]) + text + &string(&characters[start..])
        }
    }
}

proptest! {
    #[test]
    fn a_mangled_plan_is_read_or_refused(
        which in 0..versions::ALL.len(),
        edits in vec(edit(), 1..4),
    ) {
        let whole = versions::ALL[which].to_owned();
        let json = edits.iter().fold(whole, |json, edit| edited(&json, edit));
        let plan = match Plan::parse(&json) {
            Ok(plan) => plan,
            Err(error) => {
                prop_assert!(!error.to_string().is_empty());
                return Ok(());
            }
        };
        let shares: f64 = plan.nodes().filter_map(|(id, _)| plan.time_share(id)).sum();
        let costs: f64 = plan.nodes().map(|(id, _)| plan.cost_share(id)).sum();
        prop_assert!(shares <= 1.0 + 1e-6 && costs <= 1.0 + 1e-6, "{shares} {costs}");
        let statement = Fingerprint::of("select 1");
        let findings = plan.findings(&Context::new(&statement));
        let tree = findings
            .iter()
            .fold(plan.tree(), |tree, found| tree.flag(found.node, found.finding.severity));
        prop_assert!(tree.to_string().lines().count() >= plan.nodes().len());
        prop_assert!(plan.picture().to_string().ends_with("</figure>\n"));
    }
}

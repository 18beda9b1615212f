use std::collections::HashMap;

/// What statements would cost with some indexes.
#[derive(Debug, Default)]
pub(super) struct Costs {
    /// One for each statement.
    pub(super) costs: Vec<f64>,
    /// For each statement, which of the indexes its plan uses.
    pub(super) uses: Vec<Vec<usize>>,
    /// Bytes of each of the indexes.
    pub(super) bytes: Vec<u64>,
}

impl Costs {
    /// What the server told: one row of the reset, then the numbers of the indexes, their sizes, and
    /// the plans.
    pub(super) fn read(told: Vec<String>, statements: usize, indexes: usize) -> Option<Self> {
        let mut rows = told.into_iter().skip(1);
        let oids: Vec<String> = rows.by_ref().take(indexes).collect();
        let places: HashMap<&str, usize> =
            oids.iter().enumerate().map(|(place, oid)| (&**oid, place)).collect();
        let bytes: Vec<u64> =
            rows.by_ref().take(indexes).map(|bytes| bytes.parse().unwrap_or_default()).collect();
        let plans: Vec<String> = rows.collect();
        if bytes.len() != indexes || plans.len() != statements {
            return None;
        }
        let costs: Option<Vec<f64>> = plans.iter().map(|plan| total_cost(plan)).collect();
        let uses = plans.iter().map(|plan| used(plan, &places)).collect();
        Some(Self { costs: costs?, uses, bytes })
    }
}

/// The cost of the whole plan, which comes before that of any part.
fn total_cost(plan: &str) -> Option<f64> {
    let (_, rest) = plan.split_once("\"Total Cost\": ")?;
    rest.split([',', '\n']).next()?.trim().parse().ok()
}

/// Hypothetical indexes have their number in angle brackets in front of their names.
fn used(plan: &str, places: &HashMap<&str, usize>) -> Vec<usize> {
    let mut used: Vec<usize> = Vec::new();
    for named in plan.split("\"Index Name\": \"<").skip(1) {
        let place = named.split_once('>').and_then(|(oid, _)| places.get(oid));
        used.extend(place.filter(|place| !used.contains(place)).copied());
    }
    used
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_told_is_shared_out() {
        let plan = r#"[{"Plan": {"Node Type": "Index Scan", "Index Name": "<13557>btree_t_a",
            "Startup Cost": 0.01, "Total Cost": 8.04, "Plans": [{"Total Cost": 900.00}]}}]"#;
        let told = |rows: &[&str]| rows.iter().map(|row| (*row).to_owned()).collect::<Vec<_>>();
        let rows = told(&["", "13556", "13557", "8192", "16384", plan]);
        let costs = Costs::read(rows, 1, 2).unwrap();
        assert_eq!(costs.costs, [8.04]);
        assert_eq!(costs.uses, [[1]]);
        assert_eq!(costs.bytes, [8_192, 16_384]);
        assert!(Costs::read(told(&["", "13556"]), 1, 1).is_none());
        assert!(Costs::read(told(&["", "13556", "8192", "[]"]), 1, 1).is_none());
    }
}

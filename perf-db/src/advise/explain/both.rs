use crate::advise::plan::Plan;

/// The plan of a statement for its values, and the one for all values; made by
/// [`Explain::run_both`](super::Explain::run_both).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BothPlans {
    /// For the values: the custom plan.
    pub custom: Plan,
    /// For all values: the generic plan.
    pub generic: Plan,
}

impl BothPlans {
    /// What the planner expects the plan for the values to cost, in its own unit.
    pub fn custom_cost(&self) -> f64 {
        self.custom.root().estimate.total_cost
    }

    /// What the planner expects the plan for all values to cost.
    ///
    /// It knows no values, so for rare ones this is too high, and for frequent ones too low.
    pub fn generic_cost(&self) -> f64 {
        self.generic.root().estimate.total_cost
    }

    /// Whether the two read their tables in another way: with another node, index or order of joins.
    pub fn differ(&self) -> bool {
        let shape = |plan: &Plan| -> Vec<_> {
            let nodes = plan.nodes();
            nodes.map(|(_, node)| (node.kind.clone(), node.parent, node.index.clone())).collect()
        };
        shape(&self.custom) != shape(&self.generic)
    }
}

//! Plans of any shape whose nodes' own times are known before they are summed up: they are found
//! again.

use perf_core::Fingerprint;
use perf_db::advise::plan::{Context, NodeId, Plan};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A node of which the plan is made.
#[derive(Clone, Debug)]
struct Made {
    /// Modulo the number of nodes before it.
    parent: usize,
    own_micros: u32,
    loops: u32,
    is_init_plan: bool,
    is_in_workers: bool,
}

fn made() -> impl Strategy<Value = Vec<Made>> {
    let node = (any::<usize>(), 0..50_000_u32, prop_oneof![Just(1_u32), Just(3), Just(40)]);
    let node = (node, prop::bool::weighted(0.2), prop::bool::weighted(0.1)).prop_map(
        |((parent, own_micros, loops), is_init_plan, is_in_workers)| Made {
            parent,
            own_micros,
            loops,
            is_init_plan,
            is_in_workers,
        },
    );
    vec(node, 1..60)
}

struct Shape<'a> {
    made: &'a [Made],
    children: Vec<Vec<usize>>,
}

impl<'a> Shape<'a> {
    fn of(made: &'a [Made]) -> Self {
        let mut children = vec![Vec::new(); made.len()];
        for (place, node) in made.iter().enumerate().skip(1) {
            children[node.parent % place].push(place);
        }
        Self { made, children }
    }

    fn is_init_plan(&self, place: usize) -> bool {
        place > 0 && self.made[place].is_init_plan
    }

    /// Whoever asks for an InitPlan of this node: the last below it in the flow of its rows.
    fn asker(&self, owner: usize) -> usize {
        let mut at = owner;
        while let Some(below) = self.children[at].iter().rfind(|child| !self.is_init_plan(**child))
        {
            at = *below;
        }
        at
    }

    /// With all below, and with the InitPlans that run within it.
    fn total(&self, place: usize, asked: &[Vec<usize>]) -> f64 {
        let flow = self.children[place].iter().filter(|child| !self.is_init_plan(**child));
        let below: f64 = flow.chain(&asked[place]).map(|child| self.total(*child, asked)).sum();
        f64::from(self.made[place].own_micros) + below
    }

    fn json(&self, place: usize, asked: &[Vec<usize>]) -> Value {
        let made = &self.made[place];
        let average = self.total(place, asked) / f64::from(made.loops) / 1e3;
        let filter: String = asked[place].iter().map(|plan| format!("(x > ${plan}) ")).collect();
        let mut node = json!({
            "Node Type": "Append",
            "Alias": place.to_string(),
            "Parent Relationship": "Member",
            "Actual Loops": made.loops,
            "Actual Rows": 1,
            "Actual Total Time": (average * 1e3).round() / 1e3,
            "Filter": filter,
        });
        if self.is_init_plan(place) {
            node["Parent Relationship"] = "InitPlan".into();
            node["Subplan Name"] = format!("InitPlan {place} (returns ${place})").into();
        }
        let children: Vec<Value> =
            self.children[place].iter().map(|child| self.json(*child, asked)).collect();
        if !children.is_empty() {
            node["Plans"] = children.into();
        }
        node
    }

    fn plan(&self) -> Plan {
        let mut asked = vec![Vec::new(); self.made.len()];
        for (owner, children) in self.children.iter().enumerate() {
            let plans = children.iter().filter(|child| self.is_init_plan(**child));
            asked[self.asker(owner)].extend(plans);
        }
        let json = json!([{ "Plan": self.json(0, &asked) }]);
        Plan::parse(&json.to_string()).unwrap()
    }
}

/// Averages are rounded to whole microseconds, and multiplied by the loops.
fn rounding(made: &[Made]) -> f64 {
    made.iter().map(|node| f64::from(node.loops)).sum()
}

proptest! {
    #[test]
    fn own_times_are_found_again_and_sum_up(made in made()) {
        let shape = Shape::of(&made);
        let plan = shape.plan();
        let rounding = rounding(&made);
        let mut sum = 0.0;
        for (id, node) in plan.nodes() {
            let place: usize = node.alias.as_deref().unwrap().parse().unwrap();
            let own = plan.exclusive_time(id).unwrap().as_secs_f64() * 1e6;
            let expected = f64::from(made[place].own_micros);
            prop_assert!((own - expected).abs() <= rounding, "{own} of node {place}, not {expected}");
            sum += own;
        }
        let total = plan.total_time(NodeId::ROOT).unwrap().as_secs_f64() * 1e6;
        prop_assert!((sum - total).abs() <= rounding, "{sum} of {total}");
        let shares: f64 = plan.nodes().map(|(id, _)| plan.share(id)).sum();
        prop_assert!(shares <= 1.0 + 1e-9, "{shares}");
    }

    /// Whatever the numbers are, also those that no server would give.
    #[test]
    fn no_time_and_no_cost_is_below_zero_or_more_than_all(
        made in made(),
        times in vec(0.0..1e6_f64, 60),
        costs in vec(-1.0..1e6_f64, 60),
    ) {
        let shape = Shape::of(&made);
        let asked = vec![Vec::new(); made.len()];
        let mut json = shape.json(0, &asked);
        wild(&mut json, &made, &times, &costs);
        let plan = Plan::parse(&json!([{ "Plan": json }]).to_string()).unwrap();
        let (mut time, mut cost) = (0.0, 0.0);
        for (id, _) in plan.nodes() {
            for share in [plan.time_share(id).unwrap(), plan.cost_share(id)] {
                prop_assert!((0.0..=1.0).contains(&share), "{share}");
            }
            prop_assert!(plan.exclusive_cost(id) >= 0.0);
            time += plan.time_share(id).unwrap();
            cost += plan.cost_share(id);
        }
        prop_assert!(time <= 1.0 + 1e-9 && cost <= 1.0 + 1e-9, "{time} {cost}");
        let statement = Fingerprint::of("select 1");
        for found in plan.findings(&Context::new(&statement)) {
            prop_assert!((0.0..=1.0).contains(&found.finding.impact.share));
        }
    }
}

fn wild(node: &mut Value, made: &[Made], times: &[f64], costs: &[f64]) {
    let place: usize = node["Alias"].as_str().unwrap().parse().unwrap();
    node["Actual Total Time"] = times[place].into();
    node["Total Cost"] = costs[place].into();
    node["Plan Rows"] = (costs[place] / 3.0).into();
    let kinds = ["Append", "Nested Loop", "Seq Scan", "Limit", "Hash", "CTE Scan", "Sort"];
    node["Node Type"] = kinds[place % kinds.len()].into();
    if made[place].is_in_workers {
        node["Node Type"] = "Gather".into();
        node["Workers Launched"] = 2.into();
    }
    for child in node["Plans"].as_array_mut().into_iter().flatten() {
        wild(child, made, times, costs);
    }
}

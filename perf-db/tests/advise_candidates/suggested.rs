//! Statements for which exactly one index must be suggested. Each is made then: the planner must use
//! it, and nothing more may be found.

use std::fmt::Write;

use super::shop::{search, shop};

/// A statement and the index that it needs.
struct Case {
    sql: &'static str,
    index: &'static str,
}

const CASES: &[Case] = &[
    Case {
        sql: "select * from orders where customer_id = $1",
        index: "create index concurrently on \"public\".\"orders\" (\"customer_id\")",
    },
    Case {
        sql: "select * from orders where shop = $1 order by placed desc limit 10",
        index: "create index concurrently on \"public\".\"orders\" (\"shop\", \"placed\")",
    },
];

/// What the planner says that the statement costs.
fn cost(database: &testbed::Database, sql: &str) -> f64 {
    let parameters = sql.matches('$').count();
    let values = vec!["null"; parameters].join(", ");
    let values = if parameters > 0 { format!("({values})") } else { String::new() };
    let plan = format!(
        "set plan_cache_mode = force_generic_plan; prepare s as {sql}; explain execute s{values}"
    );
    let plan = database.sql(&plan).unwrap();
    let (_, costs) = plan.split_once("cost=").unwrap();
    let (_, total) = costs.split_once("..").unwrap();
    total.split(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn an_index_that_is_suggested_is_used_once_it_is_there_and_ends_the_finding() {
    let mut wrong = String::new();
    for case in CASES {
        let database = shop(true);
        let searched = search(&database, &[case.sql]).await;
        let code = searched.code();
        if code != [case.index] {
            _ = writeln!(wrong, "{}\n  wanted {}\n  got    {code:#?}", case.sql, case.index);
            for rejected in &searched.advice.rejected {
                _ = writeln!(wrong, "  not    {}: {}", rejected.candidate, rejected.why);
            }
            continue;
        }
        let before = cost(&database, case.sql);
        database.sql(&format!("{};", code[0])).unwrap();
        database.sql("vacuum analyze").unwrap();
        let after = cost(&database, case.sql);
        println!("{before:>9.0} -> {after:>6.0}  {} plans  {}", searched.advice.explains, code[0]);
        assert!(after <= before / 2.0, "{before} -> {after} for {}", case.sql);
        let again = search(&database, &[case.sql]).await;
        assert!(again.code().is_empty(), "{:?} after {}", again.code(), case.index);
    }
    assert!(wrong.is_empty(), "{wrong}");
}

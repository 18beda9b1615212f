//! Which pairs of types defeat an index: the rule beside the server itself.

use perf_db::advise::Advisor;
use perf_db::advise::lint::Linter;
use perf_db::{Db, Executor};

const TYPES: [&str; 20] = [
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "real",
    "double precision",
    "text",
    "varchar(9)",
    "char(9)",
    "name",
    "citext",
    "date",
    "timestamp",
    "timestamptz",
    "time",
    "timetz",
    "interval",
    "uuid",
    "bit(9)",
    "varbit",
];

#[tokio::test]
async fn the_rule_and_the_planner_agree_for_each_pair_of_types() {
    let database = testbed::database();
    let mut sql = String::from("create extension citext;");
    for (number, column) in TYPES.iter().enumerate() {
        sql +=
            &format!("create table t{number} (id int, c {column}); create index on t{number} (c);");
    }
    database.sql(&sql).unwrap();
    let db = Db::connect(database.url()).await.unwrap();
    let schema = Advisor::of(&db).schema().await.unwrap();
    let linter = Linter::new(&schema);
    let session = db.session().await.unwrap();
    for setting in ["set enable_seqscan = off", "set enable_bitmapscan = off"] {
        session.execute(setting, &[]).await.unwrap();
    }

    let (mut compared, mut defeated) = (0, 0);
    for (number, column) in TYPES.iter().enumerate() {
        // The type of an extension has no number that is known: as a value it leaves the rule silent.
        for value in TYPES.into_iter().filter(|value| *value != "citext") {
            for condition in [
                format!("c = (select null::{value} limit 1)"),
                format!("c < (select null::{value} limit 1)"),
                format!("c = any ((select null::{value}[] limit 1)::{value}[])"),
            ] {
                let explain =
                    format!("explain (costs off) select id from t{number} where {condition}");
                // Most types cannot be compared at all.
                let Ok(rows) = session.query(explain, &[]).await else { continue };
                let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
                let plan = plan.join("\n");
                let is_defeated = !plan.contains("Index Cond: (");
                let text = condition
                    .replace(&format!("(select null::{value} limit 1)"), &format!("$1::{value}"))
                    .replace(
                        &format!("((select null::{value}[] limit 1)::{value}[])"),
                        &format!("($1::{value}[])"),
                    );
                let findings = linter.lint(&format!("select id from t{number} where {text}"));
                let is_found = findings.iter().any(|f| f.kind.as_str() == "implicit_conversion");
                assert_eq!(is_found, is_defeated, "{column} beside {value}: {text}\n{plan}");
                (compared, defeated) = (compared + 1, defeated + usize::from(is_defeated));
            }
        }
    }
    assert!(compared > 200 && defeated > 50, "{compared} {defeated}");
}

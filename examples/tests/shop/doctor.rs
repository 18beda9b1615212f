//! What the doctor finds in the shop's database is cured by what it says.

use std::process::Command;

use serde_json::Value;
use testbed::Database;

use crate::service::{Shop, Tried};

/// The counters of this database begin anew.
const RESET: &str = "select pg_stat_statements_reset(0, \
                     (select oid from pg_database where datname = current_database()), 0)";

/// Findings whose remedy is a statement that can be run as it is.
const CURED: [&str; 4] =
    ["missing_index", "overlapping_index", "seq_scan", "unindexed_foreign_key"];

#[test]
fn its_indexes_once_made_take_its_findings_away() -> Tried {
    let (database, redis) = (testbed::database(), testbed::redis());
    let shop = Shop::open(database.url(), &[], &redis.url())?;

    visit(&shop, &database)?;
    let before = findings(&shop, &database)?;
    let first = before.first().ok_or("nothing was found")?;
    let (subject, place) = (text(first, "subject"), first["call_sites"][0]["file"].as_str());
    assert!(subject.contains("from reviews where product_id = ?"), "{first:#}");
    assert_eq!(place, Some("examples/src/shop/reviews.rs"), "{first:#}");
    let keys = keys(&before);
    for expected in [
        "missing_index:public.reviews",
        "overlapping_index:public.orders_user_id_idx",
        "unindexed_foreign_key:public.reviews.reviews_product_id_fkey",
        "unindexed_foreign_key:public.reviews.reviews_user_id_fkey",
    ] {
        assert!(keys.iter().any(|key| key.starts_with(expected)), "no {expected} in {keys:#?}");
    }

    let of_reviews = |finding: &&Value| {
        text(finding, "key").contains("reviews") || text(finding, "key").contains("orders_user_id")
    };
    for finding in before.iter().filter(of_reviews) {
        if let Some(cost) = evidence(finding, "cost").filter(|cost| cost.contains("->")) {
            println!("{}: cost {cost}", text(finding, "key"));
        }
        if let Some(code) = finding["remedy"]["code"].as_str() {
            println!("{code}");
            database.sql(code)?;
        }
    }
    database.sql("analyze")?;
    visit(&shop, &database)?;
    let after = findings(&shop, &database)?;
    let left: Vec<&Value> = after
        .iter()
        .filter(of_reviews)
        .filter(|finding| CURED.contains(&text(finding, "kind")))
        .collect();
    assert!(left.is_empty(), "{left:#?}");
    Ok(())
}

/// As many as make a finding, with new counters.
fn visit(shop: &Shop, database: &Database) -> Tried {
    database.sql(RESET)?;
    for n in 1..=120 {
        shop.get(&format!("/slow/reviews/{n}"))?;
        shop.get(&format!("/orders?user={n}"))?;
    }
    Ok(())
}

fn findings(shop: &Shop, database: &Database) -> Tried<Vec<Value>> {
    let service = tempfile::NamedTempFile::new()?;
    std::fs::write(service.path(), shop.get("/perf/report.json")?)?;
    let doctor = Command::new(env!("CARGO_BIN_EXE_doctor"))
        .args([database.url(), "--format", "json", "--counted-for", "0", "--service"])
        .arg(service.path())
        .output()?;
    assert!(doctor.status.success(), "{}", String::from_utf8_lossy(&doctor.stderr));
    let mut report: Value = serde_json::from_slice(&doctor.stdout)?;
    match report["findings"].take() {
        Value::Array(findings) => Ok(findings),
        other => Err(format!("no findings but {other}").into()),
    }
}

fn keys(findings: &[Value]) -> Vec<&str> {
    findings.iter().map(|finding| text(finding, "key")).collect()
}

fn text<'a>(finding: &'a Value, field: &str) -> &'a str {
    finding[field].as_str().unwrap_or_default()
}

fn evidence<'a>(finding: &'a Value, label: &str) -> Option<&'a str> {
    let list = finding["evidence"].as_array()?;
    list.iter().find(|evidence| evidence["label"] == label)?["value"].as_str()
}

#[test]
fn what_it_cannot_do_it_says_in_a_sentence_and_ends_with_two() -> Tried {
    let database = testbed::database();
    let nowhere = "postgres://nobody:secret@127.0.0.1:1/nothing";
    let cases: [(&[&str], &str); 11] = [
        (&[], "which server? doctor postgres://user@host/database"),
        (&[nowhere], "PostgreSQL at 127.0.0.1:1 cannot be reached"),
        (&["mysql://nobody:secret@127.0.0.1:1/nothing"], "127.0.0.1:1"),
        (&[database.url(), "--format", "pdf"], "--format takes text, json, markdown or html"),
        (&[database.url(), "--fail-on", "often"], "--fail-on takes info, warning or critical"),
        (&[database.url(), "--baseline", "/nowhere.json"], "--baseline /nowhere.json: "),
        (&[database.url(), "--suppress", "/nowhere.toml"], "/nowhere.toml"),
        (&[database.url(), "--memory", "16"], "--memory and --cores belong together"),
        (&[database.url(), nowhere], "doctor looks at one server"),
        (&["redis://:secret@127.0.0.1"], "begins with postgres:// or mysql://"),
        (&[database.url(), "--colour"], "invalid option '--colour'"),
    ];
    for (arguments, sentence) in cases {
        let doctor = Command::new(env!("CARGO_BIN_EXE_doctor")).args(arguments).output()?;
        let told = String::from_utf8(doctor.stderr)?;
        assert!(told.contains(sentence), "{arguments:?}: {told}");
        assert!(!told.contains("secret"), "{told}");
        assert_eq!((doctor.status.code(), told.lines().count()), (Some(2), 1), "{told}");
    }
    Ok(())
}

#[test]
fn a_baseline_leaves_only_what_is_new_and_fail_on_counts_that_alone() -> Tried {
    let database = testbed::database();
    database.sql("create table thing (id smallint generated always as identity primary key)")?;
    let doctor = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_doctor")).arg(database.url()).args(arguments).output()
    };
    let baseline = tempfile::NamedTempFile::new()?;
    std::fs::write(baseline.path(), doctor(&["--format", "json"])?.stdout)?;
    let baseline = baseline.path().to_str().ok_or("a path of UTF-8")?;
    let same = doctor(&["--baseline", baseline, "--fail-on", "info"])?;
    assert_eq!(same.status.code(), Some(0), "{}", String::from_utf8_lossy(&same.stdout));

    database.sql("select setval('thing_id_seq', 32700)")?;
    let new = doctor(&["--baseline", baseline, "--fail-on", "info"])?;
    let told = String::from_utf8(new.stdout)?;
    assert_eq!(new.status.code(), Some(1), "{told}");
    assert!(told.contains("sequence_overflow") && !told.contains("2. "), "{told}");
    for format in ["markdown", "html"] {
        let page = String::from_utf8(doctor(&["--format", format])?.stdout)?;
        assert!(page.contains("public.thing.id"), "{format}: {page}");
    }
    Ok(())
}

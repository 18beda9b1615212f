//! What is found in the statements that a server has counted, and what findings show.

use std::time::Duration;

use perf_core::finding::Severity;
use perf_core::sql::Dialect;
use perf_db::advise::lint::Linter;
use perf_db::advise::{Schema, Statement, Workload};

use crate::shop;

#[tokio::test]
async fn a_finding_costs_what_its_statement_does_and_keeps_its_key() {
    let linter = Linter::new(shop::schema().await);
    let slow = "select id from customer where lower(email) = $1";
    let mut few_rows = Statement::new("select id, email from customer", 10, Duration::ZERO);
    few_rows.rows = 50;
    let mut many_rows = few_rows.clone();
    many_rows.rows = 200_000;
    let statements = |third: Statement| {
        let slow = Statement::new(slow, 100, Duration::from_secs(30));
        let star = "select * from orders where number = $1";
        let star = Statement::new(star, 100, Duration::from_secs(30));
        Workload::counted(vec![slow, star, third], Duration::from_secs(600))
    };
    let findings = linter.findings(&statements(few_rows));
    let kinds: Vec<&str> = findings.iter().map(|finding| finding.kind.as_str()).collect();
    assert_eq!(kinds, ["function_on_column", "select_star"], "50 rows need no limit");
    assert_eq!(findings[0].severity, Severity::Critical);
    assert_eq!(findings[0].impact.per_minute, Duration::from_secs(3));
    assert_eq!(findings[0].key, linter.lint(slow)[0].key);
    assert_eq!(findings[1].severity, Severity::Info, "nobody knows what the columns cost");
    assert_eq!(findings[1].impact.per_minute, Duration::ZERO);
    assert_eq!(linter.findings(&statements(many_rows)).len(), 3);
}

#[tokio::test]
async fn no_finding_shows_a_value() {
    let linter = Linter::new(shop::schema().await);
    let mut found = 0;
    for sql in [
        "select *, 'secret' as a from orders where number = 'secret' -- secret",
        "select id from orders where created::date = date '2047-11-08' and note = 'secret'",
        "select id from customer where lower(email) = E'secret' /* secret */",
        "select id from customer where email like '%secret%'",
        "update orders set status = $x$secret$x$",
        "select o.id from orders o, customer c where o.status = 'secret' and o.total = 20471108.5",
        "select id from orders where customer_id = 20471108.5",
        "select id from orders where number = 'secret' or note = U&'secret'",
        "select id from orders where customer_id = 20471108 or id in (select order_id from item where price = 20471108)",
        "select id from customer where id not in (select coupon_id from orders where note = 'secret' and shipped > now() - interval '20471108 days')",
        "select id from customer order by 'secret', random() limit 20471108",
        "select id, 'secret' from customer",
        "select id from orders where note = 'secret' order by id limit 3 offset 20471108",
        "select id from orders where coalesce(note, 'secret') = 'secret'",
        "select id from product where data ->> 'secret' = 'secret'",
    ] {
        let findings = linter.lint(sql);
        assert!(!findings.is_empty(), "{sql}");
        for finding in findings {
            let shown = format!("{finding:?}");
            let is_shown =
                ["secret", "20471108", "2047-11"].iter().any(|text| shown.contains(text));
            assert!(!is_shown, "{sql}\n{shown}");
            found += 1;
        }
    }
    assert!(found >= 15);
    assert!(!format!("{linter:?}").contains("brand"), "indexes are made of literals too");
}

#[test]
fn of_a_statement_of_mysql_is_said_what_needs_no_schema() {
    let schema = Schema::default();
    let linter = Linter::new(&schema).dialect(Dialect::MySql);
    let kinds = |sql: &str| -> Vec<&str> {
        linter.lint(sql).iter().map(|finding| finding.kind.as_str()).collect()
    };
    assert_eq!(kinds("DELETE FROM `cart`"), ["write_without_where"]);
    assert_eq!(kinds("UPDATE `cart` SET `a` = ?"), ["write_without_where"]);
    assert_eq!(kinds("SELECT `a` FROM `t` ORDER BY `rand` ( ) LIMIT ?"), ["order_by_random"]);
    assert_eq!(kinds("SELECT `a` FROM `t` , `u`"), ["join_without_condition"]);
    assert_eq!(kinds("SELECT a FROM t LIMIT 5000, 10"), ["deep_offset"]);
    for sql in [
        "DELETE FROM `cart` WHERE `id` = ?",
        "DELETE FROM `cart` LIMIT ?",
        "SELECT `a` FROM `t` WHERE `b` IN (...) LIMIT ?, ...",
        "SELECT `a` FROM `t` JOIN `u` ON `t` . `id` = `u` . `t_id`",
        "SELECT `a` FROM `t` , `u` WHERE `t` . `id` = `u` . `t_id`",
        "INSERT INTO `t` VALUES (...) /* , ... */",
        "SELECT `a` FROM `t` ORDER BY `a` LIMIT ?",
        "SHOW GLOBAL STATUS",
    ] {
        assert_eq!(kinds(sql), Vec::<&str>::new(), "{sql}");
    }
}

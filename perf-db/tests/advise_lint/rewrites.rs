//! What the remedies change: the plan, and not the rows.

use crate::shop::{self, Shop};

/// A statement with parameters, values for them, and what its plan shows before and after.
struct Case {
    sql: &'static str,
    /// One set of values each; those of the rewrite's own parameters come last.
    values: &'static [&'static [&'static str]],
    before: &'static str,
    after: &'static str,
}

const REWRITTEN: &[Case] = &[
    Case {
        sql: "select id from orders where created::date = $1",
        values: &[&["'2026-02-01'"], &["'2026-01-01'"], &["date '1999-01-01'"], &["null"]],
        before: "Seq Scan on orders",
        after: "Index Cond: ((created >= ",
    },
    Case {
        sql: "select id from orders where date(created) between $1 and $2",
        values: &[&["'2026-02-01'", "'2026-02-02'"], &["'2026-02-02'", "'2026-02-01'"]],
        before: "Seq Scan on orders",
        after: "Index Cond: ((created >= ",
    },
    Case {
        sql: "select id from orders where cast(shipped as date) > $1",
        values: &[&["'2026-05-19'"], &["'2026-05-20'"]],
        before: "Seq Scan on orders",
        after: "Index Cond: (shipped >= ",
    },
    Case {
        sql: "select id from orders where shipped::date <= $1",
        values: &[&["'2026-01-02'"], &["'2026-01-03'"]],
        before: "Seq Scan on orders",
        after: "Index Cond: (shipped < ",
    },
    Case {
        sql: "select id from customer where extract(year from born) = $1",
        values: &[&["1970"], &["2000"], &["1812"]],
        before: "Seq Scan on customer",
        after: "Index Cond: ((born >= ",
    },
    Case {
        sql: "select id from item where product_id::text = $1",
        values: &[&["'7'"], &["'20000'"], &["'0'"]],
        before: "Seq Scan on item",
        after: "Index Cond: (product_id = ",
    },
    Case {
        sql: "select id from item where product_id + 3 = $1",
        values: &[&["7", "3"], &["20003", "3"], &["0", "3"]],
        before: "Seq Scan on item",
        after: "Index Cond: (product_id = ",
    },
    Case {
        sql: "select id from orders where customer_id = $1::numeric",
        values: &[&["7"], &["19999"], &["0"]],
        before: "Seq Scan on orders",
        after: "Index Cond: (customer_id = ",
    },
    Case {
        sql: "select id from item where product_id = any($1::numeric[])",
        values: &[&["'{7,8}'"], &["'{}'"], &["null"]],
        before: "Seq Scan on item",
        after: "Index Cond: (product_id = ANY",
    },
    Case {
        sql: "select id from customer where login = $1::text",
        values: &[&["'Login7'"], &["'nobody'"]],
        before: "Seq Scan on customer",
        after: "Index Cond: (login = ",
    },
    Case {
        sql: "select o.id from orders o join customer c on c.id = o.customer_id \
              where c.email = $1 or o.number = $2",
        values: &[
            &["'e8@x.org'", "'n7'"],
            &["'e8@x.org'", "'n1'"],
            &["'e8@x.org'", "null"],
            &["'nobody'", "'n7'"],
        ],
        before: "Join Filter|Hash Join|Merge Join",
        after: "Append",
    },
    Case {
        sql: "select id from orders where customer_id = $1 \
              or id in (select order_id from item where product_id = $2)",
        values: &[&["8", "4"], &["50", "50"], &["0", "0"]],
        before: "Seq Scan on orders",
        after: "Append",
    },
    Case {
        sql: "select id from customer where id not in \
              (select referrer from customer r where r.id > $1)",
        values: &[&["100"], &["19990"], &["20000"]],
        before: "SubPlan",
        after: "Anti Join",
    },
    Case {
        sql: "select count(*) from product where not (id in \
              (select coupon_id from orders where coupon_id % 5 > $1 or coupon_id = $2))",
        values: &[&["1", "3", "5"], &["3", "2", "5"]],
        before: "SubPlan",
        after: "Anti Join",
    },
];

/// The text with values for its parameters.
fn with_values(sql: &str, values: &[&str]) -> String {
    let mut text = sql.to_owned();
    for (place, value) in values.iter().enumerate().rev() {
        text = text.replace(&format!("${}", place + 1), value);
    }
    text
}

impl Shop {
    fn plan(&self, sql: &str) -> String {
        self.database.sql(&format!("explain (costs off) {sql}")).unwrap()
    }

    fn rows(&self, sql: &str) -> Vec<String> {
        let rows = self.database.sql(sql).unwrap();
        let mut rows: Vec<String> = rows.lines().map(str::to_owned).collect();
        rows.sort();
        rows
    }

    fn code(&self, sql: &str) -> String {
        let code =
            shop::lint(&self.schema, sql).into_iter().find_map(|finding| finding.remedy.code);
        code.unwrap_or_else(|| panic!("no rewrite of {sql}"))
    }
}

#[tokio::test]
async fn a_rewritten_statement_gives_the_same_rows_by_another_plan() {
    let shop = Shop::open().await;
    let mut given = 0;
    for case in REWRITTEN {
        let code = shop.code(case.sql);
        for (number, values) in case.values.iter().enumerate() {
            let (before, after) = (with_values(case.sql, values), with_values(&code, values));
            let rows = shop.rows(&before);
            assert_eq!(shop.rows(&after), rows, "{before}\n{after}");
            given += rows.len();
            if number == 0 {
                let (before, after) = (shop.plan(&before), shop.plan(&after));
                let is_before = case.before.split('|').any(|text| before.contains(text));
                assert!(is_before, "{}\n{before}", case.sql);
                assert!(after.contains(case.after), "{code}\n{after}");
                assert!(!after.contains(case.before), "{code}\n{after}");
            }
        }
    }
    assert!(given > 10_000, "{given} rows say little");
}

/// On more than one thread, since `create index concurrently` waits for the advisor's transaction,
/// which is rolled back by a task.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_is_advised_is_read_and_the_finding_goes() {
    let mut shop = Shop::open().await;
    for (sql, after) in [
        ("select id from customer where lower(email) = 'e7@x.org'", "Index Cond: (lower(email)"),
        ("select id from orders where number = 'n7' or note = 'note 9'", "BitmapOr"),
        ("select id from customer where email like '%e777@%'", "Index Cond: (email ~~ "),
    ] {
        let before = shop.plan(sql);
        assert!(before.contains("Seq Scan"), "{sql}\n{before}");
        let rows = shop.rows(sql);
        let code = shop.code(sql);
        shop.database.sql(&code).unwrap();
        shop.database.sql("analyze").unwrap();
        let plan = shop.plan(sql);
        assert!(plan.contains(after), "{code}\n{plan}");
        assert_eq!(shop.rows(sql), rows);
        assert!(rows.len() < 20 && !rows.is_empty());
        shop.look_again().await;
        assert_eq!(shop::kinds(&shop.schema, sql), Vec::<&str>::new(), "{sql}");
    }
}

#[tokio::test]
async fn the_other_rewrites_run_as_they_are() {
    let shop = Shop::open().await;
    let page = "select id from orders order by created desc limit 20 offset 5000";
    let last =
        shop.rows("select created, id from orders order by created desc limit 1 offset 4999");
    let (created, id) = last[0].split_once('|').unwrap();
    let created = format!("'{created}'");
    let code = with_values(&shop.code(page), &["20", &created, id]);
    assert_eq!(shop.rows(&code), shop.rows(page));
    let plan = shop.plan(&code);
    assert!(plan.contains("Index Cond: (created <= ") && !plan.contains("Seq Scan"), "{plan}");

    let all = "select * from orders where customer_id = $1";
    let (named, all) = (with_values(&shop.code(all), &["8"]), with_values(all, &["8"]));
    assert_eq!(shop.rows(&named), shop.rows(&all));

    let random = shop.code("select id from product order by random() limit $1");
    assert_eq!(shop.rows(&with_values(&random, &["5"])).len(), 5);
    let plan = shop.plan(&with_values(&random, &["5"]));
    assert!(plan.contains("Sample Scan"), "{plan}");

    let estimate = shop.code("select count(*) from log");
    assert_eq!(shop.rows(&estimate), ["5000000"]);

    let limited = shop.code("select id from customer");
    assert_eq!(shop.rows(&with_values(&limited, &["7"])).len(), 7);

    let rounds = shop.code("update orders set status = $1");
    let rounds = format!("{} returning id", with_values(&rounds, &["'x'", "3", "5"]));
    assert_eq!(shop.rows(&rounds)[..3], ["3", "4", "5"]);

    let joined = shop.code("select o.id from orders o, customer c where o.status = $1");
    let joined = with_values(&joined, &["'open'"]);
    assert_eq!(shop.rows(&joined).len(), 2_000);
}

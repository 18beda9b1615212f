//! Statements for which nothing must be suggested, and why not.

use std::fmt::Write;

use super::shop::{WITHOUT_INDEXES, search, shop};

/// What is there, the statement, and a part of the reason of each index that was looked at.
struct Case {
    made: &'static str,
    sql: &'static str,
    why: Option<&'static str>,
}

const CASES: &[Case] = &[
    Case { made: "", sql: "select * from orders where id = $1", why: Some("orders_pkey") },
    Case { made: "", sql: "select * from orders", why: None },
    Case { made: "", sql: "select count(*) from orders", why: None },
    Case { made: "", sql: "select * from tag where name = $1", why: Some("400 rows only") },
    Case { made: "", sql: "select * from customer where document = $1", why: None },
    Case { made: "", sql: "select * from customer where document ->> 'a' = $1", why: None },
    Case {
        made: "create index by_customer on orders (customer_id, placed)",
        sql: "select * from orders where customer_id = $1",
        why: Some("by_customer"),
    },
    Case {
        made: "create index by_customer on orders using hash (customer_id)",
        sql: "select * from orders where customer_id = $1",
        why: Some("would not use it"),
    },
    Case { made: "", sql: "select * from orders where kind <> $1", why: None },
    Case { made: "", sql: "select * from orders where status = $1", why: Some("% must be saved") },
    Case {
        made: "",
        sql: "select * from customer where city = $1 or name <> $2",
        why: Some("would not use it"),
    },
    Case { made: "", sql: "select * from customer where deleted_at is not null", why: None },
    Case { made: "", sql: "select * from customer where upper(name) || $1 = $2", why: None },
    Case {
        made: "",
        sql: "select * from orders where placed::date = $1",
        why: Some("would not make it"),
    },
    Case {
        made: "",
        sql: "select id from orders where note like '%' || $1 || '%' order by placed limit 20",
        why: Some("reached by chance"),
    },
    // With the name beside it it would save enough, but one that is too long could not be written.
    Case {
        made: "",
        sql: "select name from customer where city = $1",
        why: Some("% must be saved"),
    },
    Case { made: "", sql: "insert into tag (id, name) values ($1, $2)", why: None },
    Case { made: "", sql: "select * from pg_class where relpages = $1", why: None },
    Case { made: "", sql: "vacuum orders", why: None },
];

#[tokio::test]
async fn where_an_index_gains_little_or_is_there_nothing_is_suggested() {
    let mut wrong = String::new();
    let database = shop(true);
    for case in CASES {
        database.sql(WITHOUT_INDEXES).unwrap();
        database.sql(case.made).unwrap();
        let searched = search(&database, &[case.sql]).await;
        let code = searched.code();
        let whys: Vec<String> = searched
            .advice
            .rejected
            .iter()
            .map(|rejected| format!("{}: {}", rejected.candidate, rejected.why))
            .collect();
        let is_said = case.why.is_none_or(|why| whys.iter().any(|said| said.contains(why)));
        if !code.is_empty() || !is_said {
            _ = writeln!(wrong, "{}\n  got {code:?}\n  not {whys:#?}", case.sql);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

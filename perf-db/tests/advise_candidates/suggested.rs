//! Statements for which exactly one index must be suggested. Each is made then: the planner must use
//! it, and nothing more may be found.

use std::fmt::Write;

use super::shop::{WITHOUT_INDEXES, search, shop};

/// A statement and the index that it needs.
struct Case {
    sql: &'static str,
    index: &'static str,
}

const CASES: &[Case] = &[
    Case {
        sql: "select * from orders where customer_id = $1",
        index: "create index concurrently on public.orders (customer_id)",
    },
    Case {
        sql: "select * from orders where shop = $1 order by placed desc limit 10",
        index: "create index concurrently on public.orders (shop, placed)",
    },
    Case {
        sql: "select * from orders where shop = $1 and placed > $2",
        index: "create index concurrently on public.orders (shop, placed)",
    },
    Case {
        sql: "select * from orders where shop = $1 order by placed desc, id limit 10",
        index: "create index concurrently on public.orders (shop, placed, id desc)",
    },
    Case {
        sql: "select * from orders where shop = $1 order by placed desc nulls last limit 10",
        index: "create index concurrently on public.orders (shop, placed desc nulls last)",
    },
    Case {
        sql: "select id, total from orders where customer_id = $1 and status = $2",
        index: "create index concurrently on public.orders (customer_id, status) include (id, total)",
    },
    Case {
        sql: "select * from orders order by placed desc limit 20",
        index: "create index concurrently on public.orders (placed)",
    },
    Case {
        sql: "select max(placed) from orders",
        index: "create index concurrently on public.orders (placed)",
    },
    Case {
        sql: "select * from customer where lower(email) = lower($1)",
        index: "create index concurrently on public.customer ((lower((email)::text)))",
    },
    Case {
        sql: "select * from customer where email = $1",
        index: "create index concurrently on public.customer (email)",
    },
    Case {
        sql: "select * from orders where (placed, id) < ($1, $2) order by placed desc, id desc limit 20",
        index: "create index concurrently on public.orders (placed, id)",
    },
    Case {
        sql: "select * from customer where deleted_at is null order by name limit 20",
        index: "create index concurrently on public.customer (name) where deleted_at is null",
    },
    Case {
        sql: "select * from orders where is_open",
        index: "create index concurrently on public.orders (id) where is_open",
    },
    Case {
        sql: "select c.name, o.total from customer c join orders o on o.customer_id = c.id where c.id = $1",
        index: "create index concurrently on public.orders (customer_id) include (total)",
    },
    Case {
        sql: "update orders set total = 0 where customer_id = $1",
        index: "create index concurrently on public.orders (customer_id)",
    },
    Case {
        sql: "delete from orders where customer_id = $1 and placed < $2",
        index: "create index concurrently on public.orders (customer_id, placed)",
    },
    Case {
        sql: "select * from orders where customer_id in ($1, $2, $3)",
        index: "create index concurrently on public.orders (customer_id)",
    },
    Case {
        sql: "select * from event where actor = $1",
        index: "create index on public.event (actor)",
    },
    Case {
        sql: "select sum(total) from orders where kind = $1",
        index: "create index concurrently on public.orders (kind) include (total)",
    },
    Case {
        sql: "with recent as (select * from orders where customer_id = $1) select * from recent where total > 5",
        index: "create index concurrently on public.orders (customer_id)",
    },
    Case {
        sql: "select date(paid), count(*) from orders where date(paid) = $1 group by 1",
        index: "create index concurrently on public.orders ((date(paid)))",
    },
    Case {
        sql: "select * from customer where name like 'name 77%'",
        index: "create index concurrently on public.customer (name)",
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
    let database = shop(true);
    for case in CASES {
        database.sql(WITHOUT_INDEXES).unwrap();
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
        database.sql(&code[0]).unwrap();
        database.sql("analyze").unwrap();
        let after = cost(&database, case.sql);
        println!("{before:>9.0} -> {after:>6.0}  {} plans  {}", searched.advice.explains, code[0]);
        if after > before / 2.0 {
            _ = writeln!(wrong, "{}\n  {before} -> {after} with {}", case.sql, case.index);
        }
        let again = search(&database, &[case.sql]).await.code();
        if !again.is_empty() {
            _ = writeln!(wrong, "{}\n  after {}\n  then  {again:#?}", case.sql, case.index);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

//! Whether an index can serve a statement, on tables that hold nothing.

use perf_db::assert_index_supported;

use super::{Case, panic_of};

const SCHEMA: &str = "
    create table customer (id bigint primary key, name text, email text);
    create unique index on customer (lower(email));
    create table orders (id bigint primary key, customer bigint, state text, total int,
        at timestamptz not null, tags text[]);
    create index on orders (customer, at);
    create index open_orders on orders (at) where state = 'open';
    create index on orders using gin (tags);
    create table note (id int, body text)";

const SUPPORTED: [&str; 15] = [
    "select * from orders where id = 7",
    "select * from orders where customer = 7 order by at desc limit 5",
    "select * from orders where customer = 7 and total > 5",
    "select * from orders where id in (1, 2, 3) or customer = 9",
    "select * from orders where state = 'open' and total > 5",
    "select * from orders where tags @> array['gift']",
    "select * from customer where lower(email) = 'a@b.de'",
    "select o.id from orders o join customer c on c.id = o.customer where c.id = 7",
    // Read as a whole, and meant to be.
    "select count(*) from orders",
    "select c.name, sum(o.total) from customer c join orders o on o.customer = c.id group by c.name",
    "select * from orders order by id limit 20",
    "select * from orders o where exists (select from note n where n.id = o.total)",
    "delete from orders where id = 7",
    "update orders set total = 0 where customer = 7",
    "insert into note values (1, 'one')",
];

const UNSUPPORTED: [(&str, &str); 11] = [
    ("select * from orders where total > 5", "orders reads the whole table for (orders.total > ?)"),
    ("select * from orders where at > now()", "reads the whole index for (orders.at"),
    ("select * from customer where email = 'a@b.de'", "reads the whole table"),
    ("select * from customer where name = 'Ann'", "Seq Scan on public.customer reads the whole"),
    ("select * from orders where 'gift' = any(tags)", "reads the whole table"),
    ("delete from orders where at < now()", "reads the whole index"),
    ("select customer from orders where at < now()", "reads the whole index"),
    ("select * from orders where id = 7 or total = 5", "reads the whole table"),
    // The order of an index is no way to find rows.
    ("select * from orders where total > 5 order by id limit 5", "reads the whole index"),
    (
        "select o.id from orders o join customer c on c.id = o.customer where c.name = 'Ann'",
        "customer",
    ),
    ("with a as (select id from note where body like 'x%') select * from a", "public.note"),
];

#[tokio::test]
async fn an_index_that_finds_the_rows_is_enough_also_in_an_empty_table() {
    let case = Case::new(SCHEMA).await;
    for sql in SUPPORTED {
        assert_index_supported!(case.db, sql);
    }
    for sql in UNSUPPORTED.map(|(sql, _)| sql) {
        panic_of(async { assert_index_supported!(case.db, sql) }).await;
    }
}

#[tokio::test]
async fn a_condition_that_no_index_serves_is_named_whatever_the_size_of_the_table() {
    let case = Case::new(SCHEMA).await;
    for turn in ["empty", "full"] {
        for (sql, expected) in UNSUPPORTED {
            let message = panic_of(async { assert_index_supported!(case.db, sql) }).await;
            assert!(message.contains(expected), "{turn}: {sql}: {message}");
        }
        case.database
            .sql(
                "insert into orders select n, n % 50, 'paid', n, now(), '{}' \
                 from generate_series(1, 20000) n on conflict do nothing; \
                 insert into customer select n, 'Ann', n from generate_series(1, 50) n \
                 on conflict do nothing; analyze",
            )
            .unwrap();
    }
    for sql in SUPPORTED {
        assert_index_supported!(case.db, sql);
    }
}

#[tokio::test]
async fn parameters_are_those_of_the_statement() {
    let case = Case::new(SCHEMA).await;
    let (db, sql) =
        (&case.db, "select id from orders where customer = $1 and at > $2::text::timestamptz");
    assert_index_supported!(db, sql, &[&7_i64, &"2026-01-01"]);
    assert_index_supported!(&db, format!("{sql} limit 5"), &[&7_i64, &"2026-01-01"],);
    let transaction = db.transaction().await.unwrap();
    assert_index_supported!(transaction, sql, &[&7_i64, &"2026-01-01"]);
    assert_index_supported!(db.read(), sql, &[&7_i64, &"2026-01-01"]);
    // For no customer there is nothing to be found, by an index or not.
    let message =
        panic_of(async { assert_index_supported!(db, sql, &[&None::<i64>, &"2026-01-01"]) });
    assert!(message.await.contains("nothing is shown: give others"));
    let message = panic_of(async { assert_index_supported!(db, sql, &[&7_i64]) }).await;
    assert!(message.contains("takes 2 parameters and was given 1"), "{message}");
}

#[tokio::test]
async fn a_session_that_has_turned_index_scans_off_makes_no_difference() {
    let case = Case::new(SCHEMA).await;
    let name = case.database.name();
    case.database.sql(&format!("alter database {name} set enable_indexscan = off")).unwrap();
    case.database.sql(&format!("alter database {name} set enable_bitmapscan = off")).unwrap();
    // Of a table of one row, where reading it all is the cheapest of ways that are all turned off.
    case.database
        .sql("insert into customer values (7, 'Ann', 'a@b.de'); analyze customer")
        .unwrap();
    let db = perf_db::Db::connect(case.database.url()).await.unwrap();
    assert_index_supported!(db, "select * from customer where id = 7");
}

//! For each rule what must be found, with its rewrite, and what must not.

use crate::shop::Shop;

/// What is found in each of these, with the remedy's code.
fn found(shop: &Shop, kind: &str, cases: &[(&str, Option<&str>)]) {
    for (sql, code) in cases {
        let findings = shop.lint(sql);
        let Some(finding) = findings.iter().find(|finding| finding.kind.as_str() == kind) else {
            panic!("{kind} is not found in {sql}: {findings:#?}");
        };
        assert_eq!(finding.remedy.code.as_deref(), *code, "{sql}");
    }
}

fn not_found(shop: &Shop, kind: &str, cases: &[&str]) {
    for sql in cases {
        assert!(!shop.kinds(sql).contains(&kind), "{kind} is found in {sql}");
    }
}

#[tokio::test]
async fn all_columns_of_a_table_with_many() {
    let shop = Shop::open().await;
    let columns = "id, customer_id, number, status, total, tax, created, shipped, coupon_id, \
                   street, city, zip, note, channel";
    let of = |alias: &str| {
        let columns: Vec<String> =
            columns.split(", ").map(|column| format!("{alias}.{column}")).collect();
        columns.join(", ")
    };
    let cases = [
        (
            "select * from orders where id = $1",
            format!("select {columns} from orders where id = $1"),
        ),
        (
            "SELECT * FROM Orders WHERE number = 'n7'",
            format!("select {columns} from orders where number = $1"),
        ),
        (
            "select o.*, c.email from orders o join customer c on c.id = o.customer_id where o.id = $1",
            format!(
                "select {}, c.email from orders o join customer c on c.id = o.customer_id where o.id = $1",
                of("o")
            ),
        ),
        (
            "select * from public.orders order by id limit 5",
            format!("select {columns} from public.orders order by id limit $1"),
        ),
    ];
    for (sql, code) in &cases {
        found(&shop, "select_star", &[(sql, Some(code))]);
    }
    not_found(
        &shop,
        "select_star",
        &[
            "select * from category where id = $1",
            "select count(*) from orders where customer_id = $1",
            "select id from customer c where exists (select * from orders o where o.customer_id = c.id)",
            "with o as (select id, number from orders where id = $1) select * from o",
            "select * from (select id, number from orders where id = $1) x",
            "with orders as (select 1 as id) select * from orders",
            "select * from elsewhere.orders where id = $1",
            "insert into log select * from log where id = $1",
            "select x.* from generate_series(1, 3) x",
        ],
    );
}

#[tokio::test]
async fn a_write_to_all_rows() {
    let shop = Shop::open().await;
    found(
        &shop,
        "write_without_where",
        &[
            (
                "update orders set status = 'done'",
                Some("update orders set status = $1 where id between $2 and $3"),
            ),
            (
                "update orders set status = $1",
                Some("update orders set status = $1 where id between $2 and $3"),
            ),
            ("delete from item", Some("delete from item where id between $1 and $2")),
            ("delete from item where true", Some("delete from item where id between $1 and $2")),
            (
                "update customer set score = 0 where 1 = 1",
                Some("update customer set score = $1 where id between $2 and $3"),
            ),
            ("with gone as (delete from item returning id) select count(*) from gone", None),
        ],
    );
    not_found(
        &shop,
        "write_without_where",
        &[
            "update setting set value = '1'",
            "delete from item where order_id = $1",
            "delete from item using orders o where o.id = order_id and o.status = 'gone'",
            "update orders o set status = 'x' from customer c where c.id = o.customer_id",
            "delete from work_of_today",
            "update orders set status = 'x' where $1 = $2",
        ],
    );
}

#[tokio::test]
async fn rows_in_random_order() {
    let shop = Shop::open().await;
    found(
        &shop,
        "order_by_random",
        &[
            (
                "select id from product order by random() limit 5",
                Some("select id from product tablesample system (50) order by random() limit $1"),
            ),
            (
                "select p.id from product p order by gen_random_uuid() limit $1",
                Some(
                    "select p.id from product p tablesample system (50) order by gen_random_uuid() limit $1",
                ),
            ),
            ("select id from product where category_id = 3 order by random() limit 5", None),
        ],
    );
    not_found(
        &shop,
        "order_by_random",
        &[
            "select id from category order by random() limit 1",
            "select id from orders where customer_id = $1 order by random() limit 1",
            "select random() from product where id = $1 order by id",
        ],
    );
}

#[tokio::test]
async fn patterns_that_begin_with_a_wildcard() {
    let shop = Shop::open().await;
    found(
        &shop,
        "leading_wildcard",
        &[
            (
                "select id from customer where email like '%@x.org'",
                Some("create index concurrently on public.customer using gin (email gin_trgm_ops)"),
            ),
            (
                "select id from customer where email ilike '%' || $1 || '%'",
                Some("create index concurrently on public.customer using gin (email gin_trgm_ops)"),
            ),
            ("select id from customer c where lower(c.email) like concat('%', $1::text)", None),
            (
                "select id from orders where note like '_x' or street like $1",
                Some("create index concurrently on public.orders using gin (note gin_trgm_ops)"),
            ),
        ],
    );
    not_found(
        &shop,
        "leading_wildcard",
        &[
            "select id from customer where email like 'e1%'",
            "select id from customer where email like $1",
            "select id from customer where email like $1 || '%'",
            "select id from product where name like '%abc%'",
            "select id from orders where customer_id = $1 and note like '%x%'",
            "select id from customer where email not like '%x%'",
            "select id from category where name like '%x%'",
        ],
    );
}

#[tokio::test]
async fn tables_without_a_condition_between_them() {
    let shop = Shop::open().await;
    found(
        &shop,
        "join_without_condition",
        &[
            (
                "select o.id, c.email from orders o, customer c where o.status = 'open'",
                Some(
                    "select o.id, c.email from orders o, customer c where o.customer_id = c.id and (o.status = $1)",
                ),
            ),
            ("select o.id from orders o cross join product p", None),
            (
                "select o.id from orders o join customer c on true",
                Some(
                    "select o.id from orders o join customer c on true where o.customer_id = c.id",
                ),
            ),
            (
                "select i.id from item i join orders o on o.id = i.order_id, product p where p.weight > 3",
                Some(
                    "select i.id from item i join orders o on o.id = i.order_id, product p where i.product_id = p.id and (p.weight > $1)",
                ),
            ),
        ],
    );
    not_found(
        &shop,
        "join_without_condition",
        &[
            "select o.id from orders o, customer c where o.customer_id = c.id",
            "select o.id from orders o join customer c on c.id = o.customer_id",
            "select o.id from orders o cross join category c",
            "select o.id from orders o cross join generate_series(1, 3)",
            "select o.id from orders o, unnest($1::int[]) x",
            "select o.id from orders o cross join lateral (select 1 from item i where i.order_id = o.id) x",
            "select o.id, c.id from orders o, customer c where o.id = $1 and c.id = $2",
            "select o.id from orders o, item i where o.id = $1 and i.order_id = $1",
            "select o.id from orders o natural join item i",
            "select o.id from orders o, customer c where (o.customer_id, o.id) in (select c.id, 1)",
            "select o.id from orders o cross join (select count(*) from item) x",
            "select o.id from orders o, elsewhere.stock s",
        ],
    );
}
